"""Several sequences at once: what holds at their start, and at a step if it did at the step before.

That ``b(n) = v(n)`` may need ``ψ(n) = θ(n) − γ v(n)``, and the other way round. An initial condition that
relates sequences (``b(0) = v(0)``) suggests what holds at every step; of all suggestions those are kept that
follow, at the next step, from one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Indexed, oo

from symderive.decide.algebra import Undefined, Unsupported
from symderive.decide.equality import Proof, prove_equal
from symderive.decide.induction import may_induct, prove_unrolled, unfold_entry
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, algebra_for
from symderive.terms import Hypothesis, Index, free_names, rebuild, substitute, walk
from symderive.terms.substitution import freshen

__all__ = ["prove_by_invariants"]

_MOST, _MOST_UNFOLDINGS = 6, 40


@dataclass(frozen=True)
class _Invariant:
    """An equation at the step `n`, and the indices that it holds for all of."""

    lhs: Expr
    rhs: Expr
    forall: tuple[Index, ...]

    def hypothesis(self) -> Hypothesis:
        return Hypothesis(self.lhs, "=", self.rhs, self.forall)


def prove_by_invariants(problem: Problem) -> Proof | None:
    """The claim together with the equations that initial conditions suggest, all by one induction."""
    if problem.relation != "=" or not problem.recurrences:
        return None
    steps = [
        name
        for name in free_names(problem.lhs) | free_names(problem.rhs)
        if isinstance(name, Index) and name.upper == oo and may_induct(problem, name)
    ]
    for step in sorted(steps, key=str):
        # The claim is one for every value of its own indices, and so is what is assumed at the step before.
        own = {name for name in free_names(problem.lhs) | free_names(problem.rhs) if isinstance(name, Index)}
        for h in problem.hypotheses:
            own -= (free_names(h.lhs) | free_names(h.rhs)) - set(h.forall)
        claim = _Invariant(problem.lhs, problem.rhs, tuple(sorted(own - {step}, key=str)))
        suggested = [one for one in _suggestions(problem, step) if not _same(one, claim)][:_MOST]
        if not suggested:
            continue
        base = _at_the_start(problem, step, tuple(suggested))
        if base is None:
            continue
        kept = _inductive(problem, step, [claim, *suggested])
        if kept is not None:
            needed, others = kept
            return Proof(
                "induction",
                f"base {step} = {step.lower}: {base.evidence}; step {step} → {step} + 1: together with "
                f"{others} other equation{'s' if others > 1 else ''} that hold{'' if others > 1 else 's'} "
                "at the start",
                (*base.needed, *needed),
            )
    return None


def _at_the_start(problem: Problem, step: Index, suggested: tuple[_Invariant, ...]) -> Proof | None:
    """The claim at the first step, where every suggestion is an initial condition."""
    proof = _proved(problem.substitute({step: step.lower}))
    if proof is None:
        put = problem.sides(_put(problem.lhs, step, suggested), _put(problem.rhs, step, suggested))
        proof = _proved(put.substitute({step: step.lower}))
    return proof


def _suggestions(problem: Problem, step: Index) -> Iterator[_Invariant]:
    """Initial conditions, moved from the first step to any."""
    heads = {recurrence.head for recurrence in problem.recurrences}
    for h in problem.hypotheses:
        if h.relation != "=" or step in free_names(h.lhs) | free_names(h.rhs):
            continue
        entries = {
            node
            for side in (h.lhs, h.rhs)
            for node in walk(side)
            if isinstance(node, Indexed) and str(node.base) in heads
        }
        # Every sequence has to stand at the first step of the induction, and two have to be related.
        if any(entry.indices[-1] != step.lower for entry in entries):
            continue
        if len({str(entry.base) for entry in entries}) < 2:
            continue
        mapping = {entry: entry.base[(*entry.indices[:-1], step)] for entry in entries}
        yield _Invariant(substitute(h.lhs, mapping), substitute(h.rhs, mapping), _indices(h))


def _same(one: _Invariant, two: _Invariant) -> bool:
    if len(one.forall) != len(two.forall):
        return False
    renamed = dict(zip(one.forall, two.forall, strict=True))
    sides = substitute(one.lhs, renamed), substitute(one.rhs, renamed)
    return sides in ((two.lhs, two.rhs), (two.rhs, two.lhs))


def _indices(h: Hypothesis) -> tuple[Index, ...]:
    return tuple(name for name in h.forall if isinstance(name, Index))


def _inductive(
    problem: Problem, step: Index, suggested: list[_Invariant]
) -> tuple[tuple[Hypothesis, ...], int] | None:
    """What the step from `step` to the next needed, once only such equations are left of which each follows
    from all; None if the claim, the first of them, is not among those.
    """
    while len(suggested) > 1:
        assumed = tuple(suggested)
        needed: tuple[Hypothesis, ...] = ()
        kept = []
        for one in suggested:
            proof = _next(problem, step, one, assumed)
            if proof is not None:
                kept.append(one)
                needed += proof.needed
            elif one is suggested[0]:
                return None
        if len(kept) == len(suggested):
            return needed, len(kept) - 1
        suggested = kept
    return None


def _next(problem: Problem, step: Index, one: _Invariant, assumed: tuple[_Invariant, ...]) -> Proof | None:
    """One equation at the next step, for any of its indices."""
    following = problem.sides(one.lhs, one.rhs).substitute({step: step + 1})
    following = replace(following, hypotheses=problem.hypotheses, domain=(*problem.domain, *following.domain))
    # What an equation says of an entry is put in its place, also under the indices that a vector binds.
    sides = [_unfolded(side, step, following) for side in (following.lhs, following.rhs)]
    # Without the claim first: an equation and its reverse would lead in circles.
    for chosen in (assumed[1:], assumed):
        lhs, rhs = (_put(side, step, chosen) for side in sides)
        try:
            proof = prove_equal(following.sides(lhs, rhs))
        except (Unsupported, Undefined, TooLarge):
            continue
        if proof is not None:
            return proof
    return _proved(
        replace(
            following,
            hypotheses=(*problem.hypotheses, *(other.hypothesis() for other in assumed)),
        )
    )


def _unfolded(term: Expr, step: Index, problem: Problem) -> Expr:
    """Every later entry of a sequence unfolded until it is written in what stands at `step`."""
    recurrences = {r.head: r for r in problem.recurrences}
    facts = algebra_for(problem).facts
    for _ in range(_MOST_UNFOLDINGS):
        later = {
            node
            for node in walk(term)
            if isinstance(node, Indexed)
            and str(node.base) in recurrences
            and (node.indices[-1] - step).is_positive
            and free_names(node) <= free_names(term)
        }
        if not later:
            break
        entry = min(later, key=str)
        body = unfold_entry(entry, recurrences[str(entry.base)], facts)
        if body is None:
            break
        term = substitute(term, {entry: body})
    return term


def _put(term: Expr, step: Index, assumed: tuple[_Invariant, ...]) -> Expr:
    """`term` with the entries that the equations are solved for replaced, each by its other side."""
    table = {
        one.lhs.base: one
        for one in assumed
        if isinstance(one.lhs, Indexed) and one.lhs.indices == (*one.forall, step) and _closed(one, step)
    }

    def put(part: Any) -> Any:
        if isinstance(part, Indexed) and part.base in table and part.indices[-1] == step:
            one = table[part.base]
            mapping = dict(zip(one.forall, part.indices[:-1], strict=True))
            return substitute(freshen(one.rhs), mapping)
        return rebuild(part, lambda arg: put(arg) if arg.args else arg)

    for _ in table:
        term = put(term)
    return term


def _closed(one: _Invariant, step: Index) -> bool:
    """Nothing of the other side can be caught by an index that is bound where it is put."""
    return {name for name in free_names(one.rhs) if isinstance(name, Index)} <= {*one.forall, step}


def _proved(problem: Problem) -> Proof | None:
    try:
        return prove_unrolled(problem)
    except (Unsupported, Undefined, TooLarge):
        return None
