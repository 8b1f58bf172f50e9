"""From a line to a given form of it."""

from __future__ import annotations

from sympy import Expr

from symderive.decide import Status
from symderive.derivation.checking import verdict_of
from symderive.derivation.folding import Rewriting
from symderive.derivation.problem import Problem
from symderive.terms import plain

__all__ = ["connect"]


def connect(problem: Problem, term: Expr) -> list[Rewriting] | str:
    """The steps from `term` to the problem's goal, or a sentence that says how far it came."""
    assert problem.goal is not None
    if verdict_of(problem.claim(term, problem.goal)).status is Status.PROVED:
        return [Rewriting("algebra.rearrange", problem.goal)]
    return f"it was not shown that {plain(term)} is {plain(problem.goal)}"
