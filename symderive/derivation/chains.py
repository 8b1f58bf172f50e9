"""A chain that a person wrote: each line judged, its rule named, the first bad line found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from time import monotonic
from typing import Any

from sympy import Expr, sympify

from symderive.decide import Status, Verdict
from symderive.decide.refute import may_hold
from symderive.derivation.checking import checked, verdict_of
from symderive.derivation.connecting import bridge
from symderive.derivation.engine import derive_problem
from symderive.derivation.problem import Problem
from symderive.derivation.step import Derivation, Part, PartKind, Step
from symderive.derivation.witness import contradiction
from symderive.rules import rule
from symderive.terms import Claim, Definition, Hypothesis, Partial, Recurrence, walk
from symderive.terms.slips import Slip, slips

__all__ = ["BadLine", "Explained", "explain_chain"]

#: So many one-edit corrections of a false line are looked at, for so many seconds.
_CORRECTIONS, _SECONDS = 400, 8.0


@dataclass(frozen=True)
class BadLine:
    """The first line that does not follow: its number (the first line is 0), and what went wrong.

    `slip` is the one edit that makes the line follow, where one was found; its `kind` names the slip (sign,
    delta, factor, index, …) and its claim holds the corrected line.
    """

    number: int
    verdict: Verdict
    slip: Slip | None = None

    def describe(self, language: str = "en") -> str:
        """What is wrong, in a sentence."""
        if self.slip is not None:
            return self.slip.describe(language)
        words = {
            "en": {Status.REFUTED: "the line is false"},
            "ko": {Status.REFUTED: "이 줄은 거짓이다"},
        }
        other = {"en": "the line was not proved", "ko": "이 줄은 증명되지 않았다"}
        return words[language].get(self.verdict.status, other[language])


@dataclass(frozen=True)
class Explained:
    """A chain as it was written, each line with its rule and verdict."""

    derivation: Derivation
    bad: BadLine | None = None

    @property
    def verdict(self) -> Verdict:
        """The weakest line's verdict."""
        return self.derivation.verdict


def explain_chain(
    lines: Sequence[Any],
    *,
    relations: Sequence[str] | None = None,
    hypotheses: Iterable[Hypothesis] = (),
    definitions: Iterable[Definition] = (),
    recurrences: Iterable[Recurrence] = (),
    name: str | None = None,
) -> Explained:
    """Judge a chain of lines, name the rule of each step, and find the first line that does not follow.

    Parameters
    ----------
    lines
        Terms, two at least: each is claimed to be related to the one before.
    relations
        One for each line after the first; ``=`` where left out.
    hypotheses, definitions, recurrences
        What is in force.
    name
        How the chain is called.

    Raises
    ------
    ValueError
        For fewer than two lines, or relations that do not fit them.

    Examples
    --------
    >>> from symderive.terms import Partial, scalar
    >>> t = scalar("t")
    >>> found = explain_chain([Partial(t**3 - t, t), 3 * t**2 * Partial(t, t) - Partial(t, t), 3 * t**2 + 1])
    >>> found.bad.number, found.bad.slip.kind
    (2, 'sign')
    """
    terms = [sympify(line) for line in lines]
    related = ["="] * (len(terms) - 1) if relations is None else list(relations)
    if len(terms) < 2 or len(related) != len(terms) - 1:
        raise ValueError("a chain has at least two lines, and a relation for each line after the first")
    problem = Problem(
        terms[0],
        terms[-1],
        _overall(related),
        tuple(hypotheses),
        tuple(definitions),
        tuple(recurrences),
        name=name,
    )
    steps: list[Step] = []
    bad: BadLine | None = None
    for number, ((before, after), relation) in enumerate(zip(pairwise(terms), related, strict=True), 1):
        step = _explained(replace(problem, start=before, goal=after, relation=relation))
        steps.append(step)
        assert step.verdict is not None
        if bad is None and step.verdict.status is not Status.PROVED:
            bad = BadLine(number, step.verdict, _correction(problem, step))
    missing = contradiction(problem) if bad is None else f"line {bad.number}: {bad.describe()}"
    return Explained(Derivation(problem, (Part(PartKind.MAIN, tuple(steps)),), missing=missing), bad)


def _overall(relations: Sequence[str]) -> str:
    """How the last line is related to the first: the strictest direction that the lines have."""
    for relation in ("<", ">", "<=", ">="):
        if relation in relations:
            return relation
    return "="


def _explained(problem: Problem) -> Step:
    """One line by the one before: by the rule of the engine's own way between them."""
    before, after = problem.start, problem.goal
    assert after is not None
    step = Step(before, after, "algebra.normal-form", relation=problem.relation)
    judged = checked(problem, step)
    assert judged.verdict is not None
    if judged.verdict.status is not Status.PROVED:
        return judged
    if problem.relation == "=" and not _differentiates(before):
        return replace(judged, rule=bridge(before, after, problem.scope))
    steps = derive_problem(problem).steps
    if not steps:
        return judged
    leading = max(steps, key=lambda one: (one.relation != "=", rule(one.rule).rank))
    finer = tuple(steps) if len(steps) > 1 else ()
    return replace(judged, rule=leading.rule, about=leading.about, steps=finer)


def _differentiates(term: Expr) -> bool:
    return any(isinstance(node, Partial) for node in walk(term))


def _correction(problem: Problem, step: Step) -> Slip | None:
    """The one edit of a false line that makes it follow from the one before."""
    if step.verdict is None or step.verdict.status is not Status.REFUTED:
        return None
    claim: Claim = problem.claim(step.before, step.after, step.relation)
    ours = (slip for slip in slips(claim) if slip.side != "lhs")
    deadline = monotonic() + _SECONDS
    for slip in islice(ours, _CORRECTIONS):
        if monotonic() > deadline:
            break
        if may_hold(slip.claim, deadline) and verdict_of(slip.claim, 2.0).status is Status.PROVED:
            return slip
    return None
