"""Sequences: unfolding recurrences, and induction on a step or a dimension."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Expr, Indexed, Integer, expand, oo

from symderive.decide.algebra import Undefined, Unsupported
from symderive.decide.equality import Proof, prove_equal
from symderive.decide.facts import Facts
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, algebra_for
from symderive.terms import Dim, Hypothesis, Index, Recurrence, free_names, substitute, walk

__all__ = ["prove_by_induction", "prove_by_unfolding", "unroll"]

_MOST_UNFOLDINGS = 40


def _sequence_entries(term: Expr, recurrences: dict[str, Recurrence]) -> Iterator[Indexed]:
    for node in walk(term):
        if isinstance(node, Indexed) and str(node.base) in recurrences:
            yield node


def _unfold_entry(entry: Indexed, recurrence: Recurrence, facts: Facts) -> Expr | None:
    """One entry by its recurrence, where its step provably has one."""
    offset = expand(recurrence.at - recurrence.step)
    place = expand(entry.indices[-1] - offset)
    if not facts.integers.at_least(place, recurrence.step.lower):
        return None
    mapping = dict(zip(recurrence.components, entry.indices[:-1], strict=True))
    mapping[recurrence.step] = place
    return substitute(recurrence.body, mapping)


def unroll(problem: Problem, floors: int = 0) -> Problem | None:
    """Unfold the later steps of every sequence until only the earliest one that occurs is left.

    `floors` lowers that step further. Entries at numbered steps are unfolded down to the initial value.
    """
    recurrences = {r.head: r for r in problem.recurrences}
    facts = algebra_for(problem).facts
    changed = False
    current = problem
    lowest = _lowest_steps(current, recurrences)
    lowest = {key: step - floors for key, step in lowest.items()}
    for _ in range(_MOST_UNFOLDINGS):
        target = None
        for entry in _all_entries(current, recurrences):
            step = expand(entry.indices[-1])
            free, offset = _offset(step)
            key = (str(entry.base), free)
            if free == 0 or key not in lowest or offset > lowest[key]:
                body = _unfold_entry(entry, recurrences[str(entry.base)], facts)
                if body is not None:
                    target = entry, body
                    break
                if key not in lowest and free != 0:
                    lowest[key] = offset
        if target is None:
            break
        entry, body = target
        current = current.sides(
            substitute(current.lhs, {entry: body}), substitute(current.rhs, {entry: body})
        )
        for key, step in _lowest_steps(current, recurrences).items():
            lowest.setdefault(key, step)
            if step < lowest[key]:
                lowest[key] = step
        changed = True
    return current if changed else None


def _all_entries(problem: Problem, recurrences: dict[str, Recurrence]) -> list[Indexed]:
    entries = {
        entry
        for side in (problem.lhs, problem.rhs)
        for entry in _sequence_entries(side, recurrences)
        if free_names(entry) <= free_names(side)
    }
    return sorted(entries, key=str)


def _offset(step: Expr) -> tuple[Expr, Expr]:
    offset = step.as_coeff_Add()[0]
    return expand(step - offset), offset


def _lowest_steps(problem: Problem, recurrences: dict[str, Recurrence]) -> dict[tuple[str, Expr], Expr]:
    lowest: dict[tuple[str, Expr], Expr] = {}
    for entry in _all_entries(problem, recurrences):
        free, offset = _offset(expand(entry.indices[-1]))
        key = (str(entry.base), free)
        if free != 0 and (key not in lowest or offset < lowest[key]):
            lowest[key] = offset
    return lowest


def prove_by_unfolding(problem: Problem) -> Proof | None:
    """Equal once the recurrences are unfolded a fixed number of steps."""
    if not problem.recurrences:
        return None
    for floors in range(3):
        unrolled = unroll(problem, floors)
        if unrolled is None:
            continue
        proof = prove_equal(unrolled)
        if proof is not None:
            return replace(proof, evidence="recurrences unfolded; " + proof.evidence)
    return None


def prove_by_induction(problem: Problem) -> Proof | None:
    """Base and step, over a step index or a dimension that the claim leaves free."""
    if problem.relation != "=":
        return None
    names = free_names(problem.lhs) | free_names(problem.rhs)
    steps = [n for n in names if isinstance(n, Index) and n.upper == oo]
    steps += [n for n in names if isinstance(n, Dim)]
    for step in sorted(steps, key=lambda n: (isinstance(n, Dim), str(n))):
        if not _may_induct(problem, step):
            continue
        try:
            proof = _induct(problem, step)
        except (Unsupported, Undefined, TooLarge):
            continue
        if proof is not None:
            return proof
    return None


def _may_induct(problem: Problem, step: Expr) -> bool:
    """Induction needs the rest of the problem to stand still while the step moves."""
    names = free_names(problem.lhs) | free_names(problem.rhs)
    for name in names:
        if (
            isinstance(name, Index)
            and name != step
            and (step in name.upper.free_symbols or step in name.lower.free_symbols)
        ):
            return False
    return all(step not in free_names(h.lhs) | free_names(h.rhs) for h in problem.hypotheses)


def _induct(problem: Problem, step: Expr) -> Proof | None:
    start = step.lower if isinstance(step, Index) else Integer(1)
    base = _prove_unrolled(problem.substitute({step: start}))
    if base is None:
        return None
    following = problem.substitute({step: step + 1})
    assumed = replace(
        following,
        hypotheses=(*problem.hypotheses, Hypothesis(problem.lhs, "=", problem.rhs)),
        domain=(*problem.domain, *following.domain),
    )
    proof = _prove_unrolled(assumed)
    if proof is None:
        return None
    return Proof(
        "induction",
        f"base {step} = {start}: {base.evidence}; step {step} → {step} + 1: {proof.evidence}",
        (*base.needed, *proof.needed),
    )


def _prove_unrolled(problem: Problem) -> Proof | None:
    proof = prove_equal(problem)
    if proof is not None:
        return proof
    recurrences = {r.head: r for r in problem.recurrences}
    if not recurrences:
        return None
    for floors in range(2):
        unrolled = unroll(problem, floors)
        if unrolled is not None:
            proof = prove_equal(unrolled)
            if proof is not None:
                return replace(proof, evidence="by the recurrence, " + proof.evidence)
    return None
