"""The judge: proof by the exact methods, refutation by a witness, support by agreement, else undecided."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from time import monotonic, perf_counter
from typing import Any

from flint import arb
from flint import ctx as ball_context
from sympy import Abs, Basic, Dummy, KroneckerDelta, Max, Min, Piecewise, ceiling, floor, sign, sympify

from symderive.decide.algebra import Timeout, Undefined, Unsupported
from symderive.decide.conditions import unimplied
from symderive.decide.equality import Proof, prove_equal
from symderive.decide.induction import prove_by_induction, prove_by_unfolding
from symderive.decide.inequality import prove_inequality
from symderive.decide.invariants import prove_by_invariants
from symderive.decide.narrowing import for_any_values, where_they_differ
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, prepare
from symderive.decide.refute import Trial, try_few_points, try_points
from symderive.decide.step_inequalities import prove_inequality_on_steps
from symderive.decide.verdict import Status, Verdict
from symderive.terms import (
    BINDERS,
    CircularDefinition,
    Claim,
    Definition,
    Hypothesis,
    Index,
    IndexedMax,
    IndexedMin,
    Iverson,
    MisusedDefinition,
    NotDifferentiable,
    Tensor,
    free_names,
    limits_of,
    plain,
    plain_hypothesis,
    substitute,
    walk,
)
from symderive.terms.remembering import forget_other_ranges

__all__ = ["judge", "judge_claim"]

#: Bits of the balls.
PRECISION = 320
#: Points that back a proof up, and points that a claim without a proof is tried at.
_CHECKS, _FIRST_TRIALS, _TRIALS = 4, 10, 24
_DEFAULT_SECONDS = 10.0
_NO_ANSWER = (CircularDefinition, MisusedDefinition, NotDifferentiable, Unsupported, Undefined)
#: What a claim that implies the given one may take of the time that is left.
_SHARE = 0.3
#: What proves a claim that is not one by its normal form.
_METHODS = (
    prove_by_unfolding,
    prove_by_induction,
    prove_by_invariants,
    prove_inequality,
    prove_inequality_on_steps,
)


def judge_claim(
    claim: Claim, timeout: float | None = None, *, listed: bool = True, doubted: bool = False
) -> Verdict:
    """Judge a claim.

    Parameters
    ----------
    claim
        What is stated, with everything in force.
    timeout
        Seconds after which the answer is ``UNDECIDED``; 10 by default.
    listed
        List the hypotheses that a proof rests on; for a line among many, it is left out, and where the sides
        differ in one part alone, that part is judged first.
    doubted
        The claim says more than is asked and may well be false: points are tried before proofs.

    Returns
    -------
    Verdict
        ``PROVED`` for every value under the printed hypotheses, ``REFUTED`` with a counterexample,
        ``SUPPORTED`` (an analytic equality that holds at many points), or ``UNDECIDED`` with the reason.
    """
    started = perf_counter()
    held = ball_context.prec
    ball_context.prec = PRECISION
    try:
        _check_indices(claim)
        if listed:
            forget_other_ranges(claim)
        deadline = monotonic() + (_DEFAULT_SECONDS if timeout is None else timeout)
        trial = try_few_points(prepare(claim, deadline)) if doubted else Trial()
        found = None
        if not listed and trial.counterexample is None:
            found = _where_it_changes(claim, deadline, trial)
        verdict = _judge(claim, deadline, trial, listed) if found is None else found
    except Timeout:
        verdict = Verdict(Status.UNDECIDED, evidence="the time was up")
    except TooLarge as error:
        verdict = Verdict(Status.UNDECIDED, evidence=str(error))
    except _NO_ANSWER as error:
        verdict = Verdict(Status.UNDECIDED, evidence=str(error))
    except RecursionError:
        verdict = Verdict(Status.UNDECIDED, evidence="the formula is nested too deeply")
    finally:
        ball_context.prec = held
    return Verdict(
        verdict.status,
        verdict.method,
        verdict.hypotheses,
        verdict.evidence,
        verdict.counterexample,
        perf_counter() - started,
    )


def _check_indices(claim: Claim) -> None:
    """A bound index that stands outside of its sum, too, was brought there by mistake: it has no value."""
    loose = {n for side in (claim.lhs, claim.rhs) for n in free_names(side) if isinstance(n, Dummy)}
    if not loose:
        return
    for side in (claim.lhs, claim.rhs):
        for node in walk(side):
            if isinstance(node, BINDERS) and any(index in loose for index, _, _ in limits_of(node)):
                raise Unsupported("an index stands outside of the sum that binds it")


def judge(
    lhs: Any,
    rhs: Any = 0,
    hypotheses: Iterable[Hypothesis] = (),
    *,
    relation: str = "=",
    definitions: Iterable[Definition] = (),
    timeout: float | None = None,
) -> Verdict:
    """Judge ``lhs relation rhs``.

    Parameters
    ----------
    lhs, rhs
        Terms; free indices are meant for all their values.
    hypotheses
        What may be used, as `Hypothesis`.
    relation
        ``=``, ``<=``, ``>=``, ``<``, ``>`` or ``!=``.
    definitions
        Definitions of the names that occur.
    timeout
        Seconds after which the answer is ``UNDECIDED``.

    Examples
    --------
    >>> from sympy import KroneckerDelta, exp
    >>> from symderive.terms import Dim, Index, Vector, differentiate, indexed_sum
    >>> K = Dim("K"); x = Vector("x", K); i, j, k = (Index(name, K) for name in "ijk")
    >>> s = lambda i: exp(x[i]) / indexed_sum(exp(x[j]), j)
    >>> judge(differentiate(s(i), x[k]), s(i) * (KroneckerDelta(i, k) - s(k))).status
    <Status.PROVED: 'PROVED'>
    """
    claim = Claim(sympify(lhs), relation, sympify(rhs), tuple(hypotheses), tuple(definitions))
    return judge_claim(claim, timeout)


def _where_it_changes(claim: Claim, deadline: float, trial: Trial) -> Verdict | None:
    """The proof of a line from the part that changes in it, definitions still folded."""
    if claim.relation != "=":
        return None
    around = _terms_of(*claim.hypotheses, *claim.domain)
    around += [definition.body for definition in claim.definitions]
    around += [recurrence.body for recurrence in claim.recurrences]
    sides = where_they_differ(claim.lhs, claim.rhs, around)
    if sides == (claim.lhs, claim.rhs):
        return None
    started = monotonic()
    inner = replace(claim, lhs=sides[0], rhs=sides[1])
    try:
        problem = prepare(inner, started + _SHARE * (deadline - started))
        proof = _first(problem, (_direct,))
        verdict = None if proof is None else _confirm(inner, problem, proof, trial, listed=False)
    except (*_NO_ANSWER, Timeout, TooLarge):
        return None
    return verdict if verdict is not None and verdict.status is Status.PROVED else None


def _judge(claim: Claim, deadline: float, trial: Trial, listed: bool) -> Verdict:
    """The verdict on a claim, where a `trial` of a few points may have been made."""
    if claim.relation == "in":
        return Verdict(Status.UNDECIDED, evidence="membership is not decided")
    problem = prepare(claim, deadline)
    if trial.counterexample is not None:
        return _refuted(claim, problem, trial)
    proof = _first(problem, (_direct,))
    if proof is not None:
        return _confirm(claim, problem, proof, trial, listed=listed)
    # A few points refute most of what is false; all of them are spent on what no method proves.
    trial = try_points(problem, _FIRST_TRIALS)
    if trial.counterexample is not None:
        return _refuted(claim, problem, trial)
    proof = _first(problem, _METHODS)
    if proof is not None:
        return _confirm(claim, problem, proof, trial, listed=listed)
    trial = try_points(problem, _TRIALS)
    if trial.counterexample is not None:
        return _refuted(claim, problem, trial)
    if problem.relation == "=" and _is_supported(problem, trial):
        return Verdict(
            Status.SUPPORTED,
            hypotheses=_printed(claim, problem),
            evidence=f"both sides agree at {trial.tried} points to {_bits(trial)} bits",
        )
    if trial.tried == 0:
        return Verdict(Status.UNDECIDED, evidence=_no_point(problem))
    return Verdict(Status.UNDECIDED, evidence=f"neither proved nor refuted ({trial.tried} points tried)")


def _terms_of(*hypotheses: Hypothesis) -> list[Basic]:
    return [term for h in hypotheses for term in (h.lhs, h.rhs, *h.forall)]


def _direct(problem: Problem) -> Proof | None:
    """By the normal form: of what differs, of that for any values of what both sides share, of the whole."""
    if problem.relation != "=":
        return None
    around = _terms_of(*problem.hypotheses, *problem.domain)
    inner = where_they_differ(problem.lhs, problem.rhs, around)
    general = for_any_values(*inner)
    attempts = [general, inner] if general is not None else [inner]
    for sides in attempts:
        if sides == (problem.lhs, problem.rhs):
            continue
        if sides is general and try_few_points(problem.sides(*sides)).counterexample is not None:
            continue
        started = monotonic()
        spent = started + _SHARE * (problem.deadline - started)
        try:
            proof = prove_equal(replace(problem.sides(*sides), deadline=spent))
        except Timeout:
            proof = None
        if proof is not None and not proof.needed:
            return proof
    return prove_equal(problem)


def _first(problem: Problem, methods: tuple[Callable[[Problem], Proof | None], ...]) -> Proof | None:
    for method in methods:
        try:
            proof = method(problem)
        except (Unsupported, Undefined, TooLarge):
            continue
        if proof is not None:
            return proof
    return None


def _same_zeros(one: Hypothesis, other: Hypothesis) -> bool:
    """Do two conditions ``f ≠ g`` leave out the same places, by how they are written?"""
    if [(i.lower, i.upper) for i in one.forall] != [(i.lower, i.upper) for i in other.forall]:
        return False
    first, second = one.lhs - one.rhs, other.lhs - other.rhs
    if one.forall:
        second = substitute(second, dict(zip(other.forall, one.forall, strict=True)))
    first, second = first.primitive()[1], second.primitive()[1]
    return bool(first == second or first == -second)


def _confirm(claim: Claim, problem: Problem, proof: Proof, trial: Trial, *, listed: bool) -> Verdict:
    """A proof counts once a point has been found that satisfies every hypothesis, and none contradicts it.

    The points of a `trial` count where it found any, and the proof needs no more than the claim says.
    """
    needed = tuple(dict.fromkeys(proof.needed))
    checked = replace(
        problem,
        hypotheses=(*problem.hypotheses, *needed),
        deadline=max(problem.deadline, monotonic() + 1.0),
    )
    if trial.tried == 0 or needed:
        # A line of a derivation stands among others that were tried at the same places.
        trial = try_points(checked, _CHECKS) if listed else try_points(checked, _CHECKS // 2, sharpened=0)
    if trial.counterexample is not None:
        return _refuted(claim, problem, trial)
    for h in needed:
        # The proof leaves the zeros of f out (sign(f)² = 1); the claim does not, unless it says so.
        said = (*problem.hypotheses, *problem.domain)
        if any(g.relation == "!=" and _same_zeros(g, h) for g in said):
            continue
        on_border = replace(problem, hypotheses=(*problem.hypotheses, Hypothesis(h.lhs, "=", h.rhs)))
        border = try_points(on_border, _CHECKS)
        if border.counterexample is not None:
            return _refuted(claim, problem, border)
        if border.tried == 0:
            return Verdict(
                Status.UNDECIDED, evidence=f"proved but where {plain(h.lhs)} = 0, which could not be examined"
            )
    if trial.tried == 0:
        return Verdict(Status.UNDECIDED, evidence=_no_point(problem))
    shown = _printed(claim, problem, needed) if listed else ()
    return Verdict(Status.PROVED, proof.method, shown, proof.evidence)


def _no_point(problem: Problem) -> str:
    if problem.hypotheses:
        return "no point was found that satisfies all hypotheses, and from a contradiction nothing is proved"
    return "no point was found at which both sides have a value"


def _refuted(claim: Claim, problem: Problem, trial: Trial) -> Verdict:
    return Verdict(
        Status.REFUTED,
        "witness",
        _printed(claim, problem),
        "both sides were computed at the point",
        trial.counterexample,
    )


def _is_supported(problem: Problem, trial: Trial) -> bool:
    """Agreement is evidence for analytic equalities only, at enough points and sizes."""
    if trial.tried < 8 or (trial.closest is None and trial.unclear):
        return False
    if any(len(values) < 3 for values in trial.values.values()):
        return False
    if trial.closest is not None and not trial.closest < arb(2) ** (-PRECISION // 2):
        return False
    kinked = (Abs, sign, Max, Min, Piecewise, Iverson, IndexedMax, IndexedMin, floor, ceiling, KroneckerDelta)
    return not any(isinstance(node, kinked) for side in (problem.lhs, problem.rhs) for node in walk(side))


def _bits(trial: Trial) -> str:
    return "all" if trial.closest is None else str(PRECISION // 2)


def _printed(claim: Claim, problem: Problem, needed: tuple[Hypothesis, ...] = ()) -> tuple[str, ...]:
    """The hypotheses that concern the claim, and those domain conditions that they do not imply."""
    names: set[Basic] = set()
    for side in (claim.lhs, claim.rhs, problem.lhs, problem.rhs):
        names |= _all_names(side)
    kept: list[Hypothesis] = []
    pending = list(claim.hypotheses)
    while True:
        # A hypothesis matters as soon as it shares a name with the claim or with one that matters.
        touching = [h for h in pending if (_all_names(h.lhs) | _all_names(h.rhs)) & names]
        if not touching:
            break
        kept += touching
        pending = [h for h in pending if h not in touching]
        for h in touching:
            names |= _all_names(h.lhs) | _all_names(h.rhs)
    shown = [plain_hypothesis(h) for h in claim.hypotheses if h in kept]
    beyond = unimplied(problem.hypotheses, (*problem.domain, *needed))
    shown += [plain_hypothesis(h) for h in beyond]
    return tuple(dict.fromkeys(shown))


def _all_names(term: Basic) -> set[Basic]:
    """The free names of a term, and those in the ranges of its indices and families."""
    names: set[Basic] = set(free_names(term))
    for node in walk(term):
        ranges: Iterable[tuple[Basic, Basic]] = [(node.lower, node.upper)] if isinstance(node, Index) else ()
        if isinstance(node, Tensor):
            ranges = node.ranges
        for lower, upper in ranges:
            names |= free_names(lower) | free_names(upper)
    return names
