"""Looking for a counterexample: both sides at explicit small sizes, exactly or in balls."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from flint import arb

from symderive.decide.evaluate import NoValue, Number, TooMuchWork, Unclear, as_ball, compare, subtract
from symderive.decide.problem import Problem
from symderive.decide.sampling import Point, Sampler, show_number

__all__ = ["Trial", "holds_at", "try_points"]


@dataclass
class Trial:
    """What a series of points has shown."""

    tried: int = 0
    sizes: set[tuple[int, ...]] = field(default_factory=set)
    unclear: int = 0
    counterexample: dict[str, str] | None = None
    closest: arb | None = None


def holds_at(left: Number, relation: str, right: Number) -> bool | None:
    """Is ``left relation right`` certainly true (True), certainly false (False), or unclear (None)?"""
    try:
        order = compare(subtract(left, right))
    except Unclear:
        return None
    return {
        "=": order == 0,
        "!=": order != 0,
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
    }[relation]


def try_points(problem: Problem, count: int, *, seed: int = 1) -> Trial:
    """Evaluate both sides at up to `count` points that satisfy the hypotheses and the domain."""
    trial = Trial()
    terms = (problem.lhs, problem.rhs)
    sampler = Sampler(terms, (*problem.hypotheses, *problem.domain), problem.recurrences)
    for point in sampler.points(count, seed):
        if monotonic() > problem.deadline:
            break
        try:
            left, right = point.value(problem.lhs), point.value(problem.rhs)
        except (NoValue, Unclear, TooMuchWork, ZeroDivisionError, OverflowError):
            continue
        if not (_finite(left) and _finite(right)):
            continue
        trial.tried += 1
        trial.sizes.add(tuple(point.sizes[d] for d in sampler.dims))
        verdict = holds_at(left, problem.relation, right)
        if verdict is None:
            gap = abs(as_ball(left) - as_ball(right))
            if trial.closest is None or gap.upper() > trial.closest:
                trial.closest = gap.upper()
            trial.unclear += 1
        if verdict is False:
            trial.counterexample = _witness(point, left, right)
            return trial
    return trial


def _finite(value: Number) -> bool:
    return not isinstance(value, arb) or bool(value.is_finite())


def _witness(point: Point, left: Number, right: Number) -> dict[str, str]:
    shown = point.describe()
    digits = 30
    while digits < 90 and show_number(left, digits) == show_number(right, digits):
        digits += 15
    shown["left side"] = show_number(left, digits)
    shown["right side"] = show_number(right, digits)
    return shown
