"""Inequalities between sequences: by the recurrences, and by induction on the step."""

from __future__ import annotations

from dataclasses import replace

from sympy import oo

from symderive.decide.algebra import Undefined, Unsupported
from symderive.decide.equality import Proof
from symderive.decide.induction import may_induct, unroll
from symderive.decide.inequality import prove_inequality
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem
from symderive.terms import Hypothesis, Index, free_names

__all__ = ["prove_inequality_on_steps"]


def prove_inequality_on_steps(problem: Problem) -> Proof | None:
    """``u(n+1) ≥ u(n)`` from the recurrence of u; ``v(n) ≥ 0`` from the first step and every next one."""
    if problem.relation not in ("<", "<=", ">", ">=") or not problem.recurrences:
        return None
    proof = _unrolled(problem)
    if proof is not None:
        return proof
    steps = [
        name
        for name in free_names(problem.lhs) | free_names(problem.rhs)
        if isinstance(name, Index) and name.upper == oo and may_induct(problem, name)
    ]
    for step in sorted(steps, key=str):
        base = _proved(problem.substitute({step: step.lower}))
        if base is None:
            continue
        following = problem.substitute({step: step + 1})
        assumed = Hypothesis(problem.lhs, problem.relation, problem.rhs)
        proof = _unrolled(
            replace(
                following,
                hypotheses=(*problem.hypotheses, assumed),
                domain=(*problem.domain, *following.domain),
            )
        )
        if proof is not None:
            return Proof(
                "induction",
                f"base {step} = {step.lower}: {base.evidence}; step {step} → {step} + 1: {proof.evidence}",
                (*base.needed, *proof.needed),
            )
    return None


def _unrolled(problem: Problem) -> Proof | None:
    heads = [recurrence.head for recurrence in problem.recurrences]
    # All sequences at first; then one alone, for what is said of the others as they stand.
    for chosen, floors in ((heads, 0), (heads, 1), *(([head], floor) for head in heads for floor in (0, 1))):
        unrolled = unroll(problem, chosen, floors)
        if unrolled is not None:
            proof = _proved(unrolled)
            if proof is not None:
                return replace(proof, evidence="by the recurrence, " + proof.evidence)
    return None


def _proved(problem: Problem) -> Proof | None:
    try:
        return prove_inequality(problem)
    except (Unsupported, Undefined, TooLarge):
        return None
