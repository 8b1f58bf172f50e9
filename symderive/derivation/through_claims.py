"""An inequality by way of claims before it: each link of the chain is one of them, rescaled."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from sympy import Expr, Integer, Mul

from symderive.decide import Status
from symderive.derivation.checking import checked, verdict_of
from symderive.derivation.inequalities import rule_of
from symderive.derivation.lines import LINES
from symderive.derivation.problem import Problem
from symderive.derivation.step import Derivation, Part, PartKind, Step
from symderive.terms import Claim, alpha_equal

__all__ = ["derive_through"]

_MIRRORED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "=": "="}


def derive_through(problem: Problem, earlier: Sequence[Claim]) -> Derivation | None:
    """``a ≤ b`` through ``c a ≤ d``, ``d = e``, ``e ≤ c b``: the shortest such chain, every line judged.

    The claims are taken for hints, not for granted: each line, divided by c, is judged on its own.
    """
    goal, relation = problem.goal, problem.relation
    if goal is None or relation not in ("<=", ">="):
        return None
    links = [link for claim in earlier for link in _directed(claim, relation)]
    for scale, first in _starts(problem.start, links):
        chain = _chain(problem, scale, first, links)
        if chain is not None:
            lines = tuple(checked(problem, step) for step in chain)
            if all(step.verdict is not None and step.verdict.status is Status.PROVED for step in lines):
                return Derivation(problem, (Part(PartKind.MAIN, lines),))
    return None


#: From one term to a larger (or smaller, or equal) one.
_Link = tuple[Expr, str, Expr]


def _directed(claim: Claim, relation: str) -> Iterator[_Link]:
    """A claim as links in one direction."""
    strict = relation[0]
    if claim.relation in (relation, strict, "="):
        yield claim.lhs, claim.relation, claim.rhs
    if _MIRRORED.get(claim.relation) in (relation, strict, "="):
        yield claim.rhs, _MIRRORED[claim.relation], claim.lhs


def _starts(start: Expr, links: Sequence[_Link]) -> Iterator[tuple[Expr, _Link]]:
    """The links whose left side is the start, or a multiple of it, with the factor."""
    for link in links:
        factors = Mul.make_args(link[0])
        for factor in factors:
            if alpha_equal(factor, start):
                yield Mul(*(other for other in factors if other is not factor)), link
                break
        else:
            if alpha_equal(link[0], start):
                yield Integer(1), link


def _chain(problem: Problem, scale: Expr, first: _Link, links: Sequence[_Link]) -> list[Step] | None:
    """The fewest links to a term that is the goal, once it is divided by the scale."""
    assert problem.goal is not None
    queue: deque[tuple[_Link, ...]] = deque([(first,)])
    seen = [first[2]]
    while queue:
        path = queue.popleft()
        end = path[-1][2] / scale
        steps = _steps(problem, scale, path)
        if alpha_equal(end, problem.goal):
            return steps
        if verdict_of(problem.claim(end, problem.goal)).status is Status.PROVED:
            return [*steps, Step(end, problem.goal, "algebra.power")]
        if len(path) >= LINES - 1:
            continue
        for link in links:
            if alpha_equal(link[0], path[-1][2]) and not any(alpha_equal(link[2], old) for old in seen):
                seen.append(link[2])
                queue.append((*path, link))
    return None


def _steps(problem: Problem, scale: Expr, path: Sequence[_Link]) -> list[Step]:
    steps = []
    line = problem.start
    for left, relation, right in path:
        after = right / scale
        steps.append(Step(line, after, rule_of(problem, left, relation, right), relation=relation))
        line = after
    return steps
