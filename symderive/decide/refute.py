"""Looking for a counterexample: both sides at explicit small sizes, exactly or in balls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import monotonic

from flint import arb
from flint import ctx as ball_context
from sympy import Integer

from symderive.decide.algebra import Timeout, Undefined, Unsupported
from symderive.decide.balls import NoValue, Number, TooMuchWork, Unclear, as_ball, compare, subtract
from symderive.decide.equality import difference
from symderive.decide.points import Point, show_number
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, prepare
from symderive.decide.sampling import Sampler
from symderive.terms import Claim

__all__ = ["Trial", "holds_at", "may_hold", "try_few_points", "try_points"]


_HIGH_PRECISION = 4_000
#: How many points are looked at again in narrow balls.
_SHARPENED = 2
#: So many sizes and styles are tried where a point is wanted quickly.
_FEW_PLANS = 4


@dataclass
class Trial:
    """What a series of points has shown."""

    tried: int = 0
    #: dimension or step → the values that it took
    values: dict[str, set[int]] = field(default_factory=dict)
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


def try_points(
    problem: Problem, count: int, *, seed: int = 1, plans: int | None = None, sharpened: int = _SHARPENED
) -> Trial:
    """Evaluate both sides at up to `count` points that satisfy the hypotheses and the domain; they are looked
    for at so many `plans` of sizes and styles, and so many are looked at again in narrow balls.
    """
    trial = Trial()
    terms = (problem.lhs, problem.rhs)
    sampler = Sampler(terms, (*problem.hypotheses, *problem.domain), problem.recurrences)
    equal_at_size: dict[tuple[tuple[str, int], ...], bool] = {}
    for point in sampler.points(count, seed, problem.deadline, plans):
        if monotonic() > problem.deadline:
            break
        try:
            left, right = point.value(problem.lhs), point.value(problem.rhs)
        except (NoValue, Unclear, TooMuchWork, ZeroDivisionError, OverflowError):
            continue
        if not (_finite(left) and _finite(right)):
            continue
        trial.tried += 1
        for name in sampler.scales:
            trial.values.setdefault(name.name, set()).add(point.sizes[name])
        verdict = holds_at(left, problem.relation, right)
        if verdict is None and trial.unclear < sharpened:
            left, right = _sharper(problem, point)
            verdict = holds_at(left, problem.relation, right)
        if verdict is None:
            gap = abs(as_ball(left) - as_ball(right))
            if trial.closest is None or gap.upper() > trial.closest:
                trial.closest = gap.upper()
            trial.unclear += 1
            if problem.relation in ("<", ">", "!="):
                # Balls never show equality; at explicit sizes the normal form may.
                key = tuple(sorted((str(name), value) for name, value in point.sizes.items()))
                if key not in equal_at_size:
                    equal_at_size[key] = _equal_at(problem, point)
                verdict = False if equal_at_size[key] else None
        if verdict is False:
            trial.counterexample = _witness(point, left, right)
            return trial
    return trial


def may_hold(claim: Claim, deadline: float) -> bool:
    """Is there a point where the claim has a meaning, and none of a few that refutes it?

    Of many claims nearly all are false, and a point says so. Where the claim cannot be prepared the answer is
    True: the judge says what is wrong with it.
    """
    try:
        trial = try_few_points(prepare(claim, deadline))
        return trial.tried > 0 and trial.counterexample is None
    except (ArithmeticError, ValueError, RecursionError, Timeout):
        return True


def try_few_points(problem: Problem) -> Trial:
    """What two points say, if so many are found at once: for what is doubted."""
    return try_points(problem, 2, plans=_FEW_PLANS, sharpened=0)


def _sharper(problem: Problem, point: Point) -> tuple[Number, Number]:
    """Both sides in much narrower balls: tanh 1000 differs from 1 after 868 digits only."""
    held = ball_context.prec
    ball_context.prec = _HIGH_PRECISION
    try:
        point.refresh()
        return point.value(problem.lhs), point.value(problem.rhs)
    finally:
        ball_context.prec = held
        point.refresh()


def _equal_at(problem: Problem, point: Point) -> bool:
    """Are both sides equal at the point's sizes and indices, whatever the values?"""
    mapping = {name: Integer(value) for name, value in point.sizes.items()}
    try:
        _, gap = difference(replace(problem, hypotheses=(), domain=()).substitute(mapping))
    except (Unsupported, Undefined, TooLarge):
        return False
    return gap.is_zero


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
