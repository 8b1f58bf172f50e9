"""Inequalities (placeholder while the rest is integrated)."""
from __future__ import annotations
from symderive.decide.equality import Proof
from symderive.decide.problem import Problem
def prove_inequality(problem: Problem) -> Proof | None:
    return None
