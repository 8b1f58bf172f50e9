"""Under which conditions a chain of lines is one statement about its ends.

Each line is proved where both of its sides have a value. That is not transitive: a + log a² − 2 log a is a
where a > 0, and |a| where a > 0, but a is not |a|. A chain proves what it says where all of its lines have a
value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from sympy import Expr, Integer

from symderive.decide import Status, judge_claim
from symderive.decide.algebra import Timeout, Undefined, Unsupported
from symderive.decide.conditions import conditions_of, gap_of, independent
from symderive.decide.domain import domain_of
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import prepare
from symderive.derivation.problem import Problem
from symderive.terms import (
    CircularDefinition,
    Definition,
    Hypothesis,
    MisusedDefinition,
    NotDifferentiable,
)

if TYPE_CHECKING:
    from symderive.derivation.step import Derivation, Step

__all__ = ["conditions_beyond", "presumed_by"]

#: Seconds for one condition that no sign tells.
_SECONDS = 1.0

_NOT_READ = (
    CircularDefinition,
    MisusedDefinition,
    NotDifferentiable,
    Timeout,
    TooLarge,
    Undefined,
    Unsupported,
    TypeError,
    ValueError,
)


def conditions_beyond(derivation: Derivation) -> tuple[Hypothesis, ...]:
    """The conditions of all lines of a derivation that its hypotheses and its stated domain do not imply."""
    problem = derivation.problem
    definitions = tuple(dict.fromkeys((*problem.definitions, *derivation.abbreviations)))
    terms = dict.fromkeys(_terms(derivation))
    found = dict.fromkeys(h for term in terms for h in presumed_by(term, definitions))
    if not found:
        return ()
    ready = prepare(problem.claim(Integer(0), Integer(0)), monotonic() + 1.0)
    open_ones = independent((*ready.hypotheses, *ready.domain), found)
    return tuple(h for h in open_ones if not _always(problem, h))


def _always(problem: Problem, condition: Hypothesis) -> bool:
    """Does a condition follow in another way, by a recurrence or an inequality?"""
    claim = problem.claim(gap_of(condition), Integer(0), condition.relation)
    return judge_claim(claim, _SECONDS, listed=False, doubted=True).status is Status.PROVED


def presumed_by(term: Expr, definitions: tuple[Definition, ...]) -> tuple[Hypothesis, ...]:
    """Where a line has a value; by its own parts alone, where its names cannot be unfolded."""
    try:
        return conditions_of(term, definitions)
    except _NOT_READ:
        return domain_of(term)


def _terms(derivation: Derivation) -> Iterator[Expr]:
    """The terms whose values the derivation needs."""
    problem = derivation.problem
    yield problem.start
    if problem.goal is not None:
        yield problem.goal
    if derivation.conclusion is not None:
        return  # the whole was judged: it does not rest on its lines
    for step in derivation.steps:
        yield from _judged_terms(step)


def _judged_terms(step: Step) -> Iterable[Expr]:
    """A line's sides, and the lines between them where it is proved through these."""
    yield step.before
    yield step.after
    if step.verdict is not None and step.verdict.method == "steps":
        for inner in step.steps:
            yield from _judged_terms(inner)
