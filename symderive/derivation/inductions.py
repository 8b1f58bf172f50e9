"""Closed forms of sequences: the first step, and from every step to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from sympy import Expr, Indexed, Integer, expand, oo

from symderive.decide import Status
from symderive.decide.induction import may_induct, unfold_entry
from symderive.decide.problem import algebra_for, prepare
from symderive.derivation.checking import checked, verdict_of
from symderive.derivation.connecting import connect
from symderive.derivation.folding import Rewriting
from symderive.derivation.lines import printed
from symderive.derivation.opening import last_terms_off
from symderive.derivation.problem import Problem
from symderive.derivation.step import Derivation, Part, PartKind, Step
from symderive.terms import Dim, Hypothesis, Index, alpha_equal, free_names, substitute, walk

__all__ = ["derive_by_induction", "unrolled_steps"]

_SECONDS = 5.0
#: Printed lines of the base and of the step.
_BASE_LINES, _STEP_LINES = 3, 5


def derive_by_induction(problem: Problem) -> Derivation | None:
    """Base and step of an induction over a step or a dimension that the claim leaves free; or None."""
    assert problem.goal is not None
    claim = problem.claim(problem.start, problem.goal)
    whole = verdict_of(claim)
    if whole.status is not Status.PROVED:
        return None
    for step in _variables(problem):
        first = step.lower if isinstance(step, Index) else Integer(1)
        base = _part(problem, PartKind.BASE, step, {step: first}, ())
        assumed = Hypothesis(problem.start, "=", problem.goal)
        following = _part(problem, PartKind.INDUCTION, step, {step: step + 1}, (assumed,))
        if base is None or following is None:
            continue
        derivation = Derivation(problem, (base, following), conclusion=whole)
        if derivation.weakest.status is Status.PROVED:
            return derivation
    # The step needs an induction of its own: the judge found both, and the derivation is one line.
    line = Step(problem.start, problem.goal, "recurrence.induction", verdict=whole)
    return Derivation(problem, (Part(PartKind.MAIN, (line,)),))


def _variables(problem: Problem) -> list[Any]:
    assert problem.goal is not None
    names = free_names(problem.start) | free_names(problem.goal)
    found = [n for n in names if (isinstance(n, Index) and n.upper == oo) or isinstance(n, Dim)]
    prepared = prepare(problem.claim(problem.start, problem.goal), monotonic() + _SECONDS)
    return sorted((n for n in found if may_induct(prepared, n)), key=lambda n: (isinstance(n, Dim), str(n)))


def _part(
    problem: Problem, kind: PartKind, step: Any, place: dict[Any, Any], assumed: tuple[Hypothesis, ...]
) -> Part | None:
    """One chain: both sides at a step, with what is assumed there."""
    assert problem.goal is not None
    at = replace(
        problem,
        start=substitute(problem.start, place),
        goal=substitute(problem.goal, place),
        hypotheses=tuple(_at(h, place) for h in problem.hypotheses),
    )
    assert at.goal is not None
    if alpha_equal(at.start, at.goal):
        line = Step(at.start, at.goal, "recurrence.base", hypotheses=assumed)
        return Part(kind, (checked(at, line),), assumed, step)
    rewritings = list(unrolled_steps(at, assumed)) if assumed else []
    line = rewritings[-1].after if rewritings else at.start
    rest: list[Rewriting] = []
    if not alpha_equal(line, at.goal):
        found = connect(replace(at, hypotheses=(*at.hypotheses, *assumed)), line)
        if isinstance(found, str):
            return None
        else:
            rest = found
    steps = _steps(at.start, [*rewritings, *rest], assumed)
    if not steps:
        return None
    most = _STEP_LINES if assumed else _BASE_LINES
    lines = tuple(checked(at, one) for one in printed(steps, most))
    return Part(kind, lines, assumed, step)


def _at(h: Hypothesis, place: dict[Any, Any]) -> Hypothesis:
    return Hypothesis(substitute(h.lhs, place), h.relation, substitute(h.rhs, place), h.forall)


def _steps(start: Expr, rewritings: Sequence[Rewriting], assumed: tuple[Hypothesis, ...]) -> list[Step]:
    steps = []
    line = start
    for rewriting in rewritings:
        if not alpha_equal(line, rewriting.after):
            steps.append(
                Step(
                    line,
                    rewriting.after,
                    rewriting.rule,
                    about=rewriting.about,
                    hypotheses=() if rewriting.rule == "recurrence.unfold" else assumed,
                )
            )
        line = rewriting.after
    return steps


def unrolled_steps(problem: Problem, assumed: Sequence[Hypothesis] = ()) -> Iterator[Rewriting]:
    """The last terms split off sums, the recurrences used, then what is assumed."""
    line = problem.start
    split = last_terms_off(line)
    if split != line:
        line = split
        yield Rewriting("recurrence.last-term", line)
    used: Expr | None = _assumption_used(line, assumed)
    for _ in range(6):
        if used is not None:
            break
        found = _unfolded(line, problem)
        if found is None:
            break
        entry, line = found
        yield Rewriting("recurrence.unfold", line, entry)
        used = _assumption_used(line, assumed)
    if used is not None:
        yield Rewriting("recurrence.hypothesis", used, assumed[0].lhs)


def _unfolded(line: Expr, problem: Problem) -> tuple[Expr, Expr] | None:
    """The latest entry of a sequence by its recurrence."""
    table = {recurrence.head: recurrence for recurrence in problem.recurrences}
    facts = algebra_for(prepare(problem.claim(line, line), monotonic() + _SECONDS)).facts
    entries = sorted(
        {
            node
            for node in walk(line)
            if isinstance(node, Indexed) and str(node.base) in table and free_names(node) <= free_names(line)
        },
        key=lambda entry: (-_late(entry), str(entry)),
    )
    for entry in entries:
        if _late(entry) <= 0:
            continue
        body = unfold_entry(entry, table[str(entry.base)], facts)
        if body is not None:
            return entry, substitute(line, {entry: body})
    return None


def _late(entry: Indexed) -> int:
    offset = expand(entry.indices[-1]).as_coeff_Add()[0]
    return int(offset) if offset.is_Integer else 0


def _assumption_used(line: Expr, assumed: Sequence[Hypothesis]) -> Expr | None:
    from symderive.derivation.rewriting import put_for
    from symderive.terms.substitution import alpha_normal

    for h in assumed:
        after = put_for(line, {alpha_normal(h.lhs): h.rhs})
        if after != line:
            result: Expr = after
            return result
    return None
