"""From a claim or a problem to its derivation: the trace is the computation, every line is judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from time import monotonic

from sympy import Dummy, Expr, Symbol

from symderive.decide import Status, Verdict
from symderive.decide.domain import domain_of, kinks_of
from symderive.derivation.checking import checked
from symderive.derivation.differentiation import Differentiation, fold
from symderive.derivation.folding import Rewriting
from symderive.derivation.lines import LINES, printed
from symderive.derivation.problem import Problem
from symderive.derivation.rewriting import Trace
from symderive.derivation.step import Derivation, Part, PartKind, Step
from symderive.derivation.witness import contradiction
from symderive.rules import rule
from symderive.terms import (
    Apply,
    CircularDefinition,
    Claim,
    Hypothesis,
    MisusedDefinition,
    NotDifferentiable,
    Operation,
    Partial,
    alpha_equal,
    free_names,
    plain,
    unfold,
    walk,
)

__all__ = ["SECONDS", "derive_claim", "derive_problem"]

#: A derivation stops after so many seconds, with the lines that it has.
SECONDS = 120.0


def derive_claim(
    claim: Claim, name: str | None = None, timeout: float = SECONDS, *, earlier: Sequence[Claim] = ()
) -> Derivation:
    """The derivation of a claim: from its left side to its right one.

    Parameters
    ----------
    claim
        What is stated, with everything in force.
    name
        How the derivation is called.
    timeout
        Seconds after which it stops where it is.
    earlier
        Claims that stand before this one: an inequality may be reached through them.

    Returns
    -------
    Derivation
        With every printed line judged; ``missing`` says what is missing where it stops short.

    Examples
    --------
    >>> from sympy import exp
    >>> from symderive.terms import Claim, Partial, scalar
    >>> t = scalar("t")
    >>> derive_claim(Claim(Partial(exp(t**2), t), "=", 2 * t * exp(t**2))).verdict.status
    <Status.PROVED: 'PROVED'>
    """
    problem = Problem.of(claim, name)
    derivation = derive_problem(problem, timeout=timeout)
    if earlier and not derivation.steps and claim.relation != "=":
        from symderive.derivation.through_claims import derive_through

        through = derive_through(problem, earlier)
        return derivation if through is None else _held(through, problem)
    return derivation


def derive_problem(
    problem: Problem, first: Sequence[Rewriting] = (), *, timeout: float = SECONDS
) -> Derivation:
    """The derivation of a problem, its printed lines judged; `first` are steps to begin with."""
    return _held(_derived(problem, first, timeout), problem)


def derive_compact(problem: Problem, *, timeout: float = SECONDS) -> Derivation:
    """How a line without derivatives becomes compact; `missing` says so where it is compact already."""
    trace = Trace(problem.start, problem.scope)
    fold(trace)
    return _held(conclude(problem, trace.steps, deadline=monotonic() + timeout), problem)


def _held(derivation: Derivation, problem: Problem) -> Derivation:
    """A derivation that arrived, unless nothing satisfies what it assumes."""
    if derivation.missing is None and (why := contradiction(problem)) is not None:
        return replace(derivation, missing=why)
    return derivation


def _derived(problem: Problem, first: Sequence[Rewriting], timeout: float) -> Derivation:
    deadline = monotonic() + timeout
    if problem.relation == "=":
        heads = {definition.head for definition in problem.definitions}
        if (
            problem.goal is not None
            and not _differentiates(problem.start, heads)
            and _differentiates(problem.goal, heads)
        ):
            problem = replace(problem, start=problem.goal, goal=problem.start)
        if _differentiates(problem.start, heads):
            return _by_differentiation(problem, first, deadline)
    from symderive.derivation.identities import derive_without_derivatives

    return derive_without_derivatives(problem)


def _differentiates(term: Expr, heads: Collection[str] = ()) -> bool:
    """Is there a derivative in a term, of a name in `heads` by its sign (``f'``) too?"""
    return any(
        isinstance(node, Partial) or (isinstance(node, Apply) and node.derivatives and node.head in heads)
        for node in walk(term)
    )


def _by_differentiation(problem: Problem, first: Sequence[Rewriting], deadline: float) -> Derivation:
    problem = replace(problem, domain=(*problem.domain, *_domain(problem)))
    trace = Trace(problem.start, problem.scope)
    for rewriting in first:
        trace.rewrite((), rewriting.rule, rewriting.after, rewriting.about)
    if isinstance(trace.line, Apply):
        trace.use(rule("definition.derivative"))
    work = Differentiation(deadline)
    work.carry_out(trace, _asked(trace.line))
    stuck = [node for node in walk(trace.line) if isinstance(node, Partial)]
    missing = None
    if stuck and not (problem.goal is not None and _differentiates(problem.goal)):
        missing = f"no rule differentiates {plain(stuck[0])}"
    if work.late:
        missing = f"the time was up after {len(trace.steps)} steps"
    else:
        fold(trace)
    if problem.goal is not None and missing is None:
        missing = arrive(trace, problem)
    return conclude(problem, trace.steps, missing, deadline=deadline)


def _domain(problem: Problem) -> list[Hypothesis]:
    """Where the first line has a value: later lines may no longer show it."""
    found = []
    for node in walk(problem.start):
        if isinstance(node, Partial):
            try:
                plain_term = unfold(node.term, problem.definitions)
            except (CircularDefinition, MisusedDefinition, NotDifferentiable):
                continue
            found += [*domain_of(plain_term), *kinks_of(plain_term, *node.wrt)]
    names = set(free_names(problem.start))
    return [h for h in found if _is_about(h, names)]


def _is_about(hypothesis: Hypothesis, names: set[Symbol]) -> bool:
    """Does a condition speak of the first line's own names, not of an index that is bound there?"""
    held = set(free_names(hypothesis.lhs)) - set(hypothesis.forall)
    return not any(isinstance(name, Dummy) and name not in names for name in held)


def _asked(start: Expr) -> str | None:
    """The name whose derivative is asked for: it is unfolded, others are known."""
    if not isinstance(start, Partial) or len(start.wrt) != 1:
        return None
    inner = start.term
    if isinstance(inner, Apply):
        return inner.head
    return inner.name if isinstance(inner, Operation) else None


def arrive(trace: Trace, problem: Problem) -> str | None:
    """From the line that was reached to the goal; what is missing, where the goal is not reached."""
    from symderive.derivation.connecting import connect

    assert problem.goal is not None
    if alpha_equal(trace.line, problem.goal):
        return None
    found = connect(problem, trace.line)
    if isinstance(found, str):
        return found
    for rewriting in found:
        trace.rewrite((), rewriting.rule, rewriting.after, rewriting.about)
    return None


def conclude(
    problem: Problem, steps: Sequence[Step], missing: str | None = None, *, deadline: float
) -> Derivation:
    """The derivation of one chain: fine steps put together to lines, and every line judged."""
    lines = tuple(_in_time(problem, line, deadline) for line in printed(steps, LINES))
    for line in lines:
        if line.verdict is not None and line.verdict.status is Status.REFUTED:
            missing = missing or f"the line {plain(line.after)} does not follow from the one before it"
    parts = (Part(PartKind.MAIN, lines),) if lines else ()
    return Derivation(problem, parts, missing=missing or (None if lines else "nothing to be done was found"))


def _in_time(problem: Problem, line: Step, deadline: float) -> Step:
    """A line judged, or left undecided once the time is up."""
    if monotonic() > deadline:
        return replace(line, verdict=Verdict(Status.UNDECIDED, evidence="the time was up"))
    return checked(problem, line)
