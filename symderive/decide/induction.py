"""Sequences: unfolding recurrences, and induction on a step or a dimension."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from sympy import Add, Expr, Indexed, Integer, Max, Min, Sum, expand, oo

from symderive.decide.algebra import Undefined, Unsupported
from symderive.decide.equality import Proof, difference, needed_conditions, prove_equal
from symderive.decide.facts import Facts
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, algebra_for
from symderive.terms import (
    Dim,
    Hypothesis,
    Index,
    IndexedMax,
    IndexedMin,
    Recurrence,
    free_names,
    rebuild,
    substitute,
    walk,
)
from symderive.terms.substitution import freshen

__all__ = [
    "_unrollings",
    "may_induct",
    "prove_by_induction",
    "prove_by_unfolding",
    "prove_unrolled",
    "unfold_entry",
    "unroll",
]

_MOST_UNFOLDINGS = 40


def _sequence_entries(term: Expr, recurrences: dict[str, Recurrence]) -> Iterator[Indexed]:
    for node in walk(term):
        if isinstance(node, Indexed) and str(node.base) in recurrences:
            yield node


def unfold_entry(entry: Indexed, recurrence: Recurrence, facts: Facts) -> Expr | None:
    """One entry by its recurrence, where its step provably has one."""
    offset = expand(recurrence.at - recurrence.step)
    if not offset.is_Integer or len(entry.indices) != len(recurrence.components) + 1:
        return None
    place = expand(entry.indices[-1] - offset)
    if not facts.integers.at_least(place, recurrence.step.lower):
        return None
    mapping = dict(zip(recurrence.components, entry.indices[:-1], strict=True))
    mapping[recurrence.step] = place
    return substitute(recurrence.body, mapping)


def unroll(problem: Problem, heads: Collection[str], floors: int = 0) -> Problem | None:
    """Unfold the later steps of the sequences `heads` until only the earliest one that occurs is left.

    Equations among the hypotheses count too: an induction hypothesis says what its own step is. `floors`
    lowers that step further.
    """
    recurrences = {r.head: r for r in problem.recurrences if r.head in heads}
    problem = problem.sides(_written_out(problem.lhs), _written_out(problem.rhs))
    opened = _opened(problem) if len(recurrences) == len(problem.recurrences) else problem
    facts = algebra_for(problem).facts
    changed = opened is not problem
    current = opened
    lowest = _lowest_steps(current, recurrences)
    lowest = {key: step - floors for key, step in lowest.items()}
    for _ in range(_MOST_UNFOLDINGS):
        target = None
        for entry in _all_entries(current, recurrences):
            step = expand(entry.indices[-1])
            free, offset = _offset(step)
            key = (str(entry.base), free)
            if key not in lowest or offset > lowest[key]:
                body = unfold_entry(entry, recurrences[str(entry.base)], facts)
                if body is not None:
                    target = entry, body
                    break
                lowest.setdefault(key, offset)
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


def _opened(problem: Problem) -> Problem:
    """Sequences that are given step by step without a recursion (``φ(n) = θ(n) − γ v(n)``) as what they stand
    for, inside the arguments of functions and other places that bind an index, too.
    """
    table = {}
    for r in problem.recurrences:
        own = any(isinstance(node, Indexed) and str(node.base) == r.head for node in walk(r.body))
        indices = {name for name in free_names(r.body) if isinstance(name, Index)}
        if not own and indices <= {*r.components, r.step}:
            table[r.head] = r
    if not table:
        return problem
    facts = algebra_for(problem).facts

    def opened(term: Any) -> Any:
        if isinstance(term, Indexed) and str(term.base) in table:
            body = unfold_entry(term, table[str(term.base)], facts)
            if body is not None:
                return freshen(body)
        return rebuild(term, lambda arg: opened(arg) if arg.args else arg)

    for _ in range(len(table)):
        lhs, rhs = opened(problem.lhs), opened(problem.rhs)
        if (lhs, rhs) == (problem.lhs, problem.rhs):
            break
        problem = problem.sides(lhs, rhs)
    return problem


def _written_out(term: Any) -> Any:
    """Short sums between numbers as their terms: what they hold can then be unfolded."""
    if isinstance(term, Sum) and len(term.limits) == 1:
        index, lower, upper = term.limits[0]
        if lower.is_Integer and upper.is_Integer and upper - lower < _MOST_UNFOLDINGS:
            places = range(int(lower), int(upper) + 1)
            return Add(*(_written_out(substitute(term.function, {index: Integer(p)})) for p in places))
    if isinstance(term, (IndexedMax, IndexedMin)) and len(term.limits) == 1:
        index, lower, upper = term.limits[0]
        if lower.is_Integer and upper.is_Integer and 0 <= upper - lower < _MOST_UNFOLDINGS:
            places = range(int(lower), int(upper) + 1)
            chosen = Max if isinstance(term, IndexedMax) else Min
            return chosen(*(_written_out(substitute(term.body, {index: Integer(p)})) for p in places))
    return rebuild(term, lambda arg: _written_out(arg) if arg.args else arg)


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
    equations = [h for h in problem.hypotheses if h.relation == "="]
    stated = [
        entry for h in equations for side in (h.lhs, h.rhs) for entry in _sequence_entries(side, recurrences)
    ]
    for entry in (*_all_entries(problem, recurrences), *stated):
        free, offset = _offset(expand(entry.indices[-1]))
        key = (str(entry.base), free)
        if key not in lowest or offset < lowest[key]:
            lowest[key] = offset
    return lowest


def prove_by_unfolding(problem: Problem) -> Proof | None:
    """Equal once the recurrences are unfolded a fixed number of steps."""
    for unrolled in _unrollings(problem, 3):
        proof = prove_equal(unrolled)
        if proof is not None:
            return replace(proof, evidence="recurrences unfolded; " + proof.evidence)
    return None


def _unrollings(problem: Problem, depth: int) -> Iterator[Problem]:
    """The problem with its recurrences unfolded: all of them, then one sequence alone.

    A sequence that the other side holds only inside a sum has to stay as it is.
    """
    heads = [r.head for r in problem.recurrences]
    choices = [heads] if len(heads) == 1 else [heads, *([head] for head in heads)]
    for chosen in choices:
        for floors in range(depth if chosen is heads else 1):
            unrolled = unroll(problem, chosen, floors)
            if unrolled is not None:
                yield unrolled


def prove_by_induction(problem: Problem) -> Proof | None:
    """Base and step, over a step index or a dimension that the claim leaves free."""
    if problem.relation != "=":
        return None
    names = free_names(problem.lhs) | free_names(problem.rhs)
    steps = [n for n in names if isinstance(n, Index) and n.upper == oo]
    steps += [n for n in names if isinstance(n, Dim)]
    opened = _opened(problem)
    for variant in (problem,) if opened is problem else (problem, opened):
        for step in sorted(steps, key=lambda n: (isinstance(n, Dim), str(n))):
            if not may_induct(variant, step):
                continue
            try:
                proof = _induct(variant, step)
            except (Unsupported, Undefined, TooLarge):
                continue
            if proof is not None:
                return proof
    return None


def may_induct(problem: Problem, step: Expr) -> bool:
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


def _induct(problem: Problem, step: Expr, *, helped: bool = True) -> Proof | None:
    start = step.lower if isinstance(step, Index) else Integer(1)
    at_start = problem.substitute({step: start})
    base = prove_unrolled(at_start.sides(_written_out(at_start.lhs), _written_out(at_start.rhs)))
    if base is None:
        return None
    following = problem.substitute({step: step + 1})
    following = following.sides(
        _last_apart(following.lhs, step, problem), _last_apart(following.rhs, step, problem)
    )
    assumed = replace(
        following,
        hypotheses=(*problem.hypotheses, Hypothesis(problem.lhs, "=", problem.rhs)),
        domain=(*problem.domain, *following.domain),
    )
    proof = prove_unrolled(assumed)
    if proof is None:
        # Both sides grow by the same amount; where that needs an induction of its own (the closed form of the
        # last term of a sum), it gets one.
        growth = following.sides(following.lhs - problem.lhs, following.rhs - problem.rhs)
        growth = replace(growth, domain=assumed.domain)
        proof = prove_unrolled(growth)
        if proof is None and helped:
            proof = _induct(growth, step, helped=False)
    if proof is None:
        return None
    return Proof(
        "induction",
        f"base {step} = {start}: {base.evidence}; step {step} → {step} + 1: {proof.evidence}",
        (*base.needed, *proof.needed),
    )


def _last_apart(term: Any, step: Expr, problem: Problem) -> Any:
    """The last entry split off a maximum or minimum that ends at the next step, as sums split by themselves:
    ``max_{i ≤ n+1} f_i = max(max_{i ≤ n} f_i, f_{n+1})``, where there is an entry before it.
    """
    if isinstance(term, (IndexedMax, IndexedMin)) and len(term.limits) == 1:
        index, lower, upper = term.limits[0]
        facts = algebra_for(problem).facts
        if step in upper.free_symbols and facts.integers.at_least(expand(upper - 1 - lower), 0):
            chosen = Max if isinstance(term, IndexedMax) else Min
            rest = term.func(term.body, (index, lower, expand(upper - 1)))
            return chosen(rest, substitute(term.body, {index: upper}))
    return rebuild(term, lambda arg: _last_apart(arg, step, problem) if arg.args else arg)


def _prove_late(problem: Problem) -> Proof | None:
    """Unfold what only the normal form brings to light: the last term that is split off a sum."""
    recurrences = {r.head: r for r in problem.recurrences}
    lowest = _lowest_steps(problem, recurrences)
    algebra, gap = difference(problem)
    for g in algebra.rules:
        # What an induction hypothesis was solved for is the step that it speaks of.
        term = algebra.generators[g].term
        if isinstance(term, Indexed) and str(term.base) in recurrences:
            free, offset = _offset(expand(term.indices[-1]))
            lowest[str(term.base), free] = min(offset, lowest.get((str(term.base), free), offset))
    for _ in range(_MOST_UNFOLDINGS):
        if gap.is_zero:
            return Proof("normal form", "both sides have one normal form", needed_conditions(algebra))
        for g in sorted(gap.generators()):
            term = algebra.generators[g].term
            if not isinstance(term, Indexed) or str(term.base) not in recurrences:
                continue
            free, offset = _offset(expand(term.indices[-1]))
            key = (str(term.base), free)
            if key not in lowest or offset <= lowest[key]:
                continue
            body = unfold_entry(term, recurrences[str(term.base)], algebra.facts)
            if body is not None:
                gap = algebra.replace(gap, {g: algebra.normalise(body)})
                break
        else:
            return None
    return None


def prove_unrolled(problem: Problem) -> Proof | None:
    """Equal as they stand, or by the recurrences."""
    proof = prove_equal(problem)
    if proof is None and problem.recurrences:
        proof = _prove_late(problem)
    if proof is not None:
        return proof
    for unrolled in _unrollings(problem, 2):
        proof = prove_equal(unrolled)
        if proof is not None:
            return replace(proof, evidence="by the recurrence, " + proof.evidence)
    return None
