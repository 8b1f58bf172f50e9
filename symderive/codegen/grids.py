"""Balls over named axes, and the operations on single balls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from flint import arb
from numpy.typing import NDArray
from sympy import S, Symbol

__all__ = [
    "BATCH",
    "CONSTANTS",
    "FUNCTIONS",
    "INF",
    "NAN",
    "ONE",
    "ZERO",
    "Grid",
    "both",
    "choose",
    "either",
    "larger",
    "limit_inverse",
    "scalar",
    "smaller",
    "times",
]

#: The axis of the points that are evaluated together.
BATCH = Symbol("batch", integer=True)

ZERO, ONE = arb(0), arb(1)
INF, NAN = arb("inf"), arb("nan")


class Grid(NamedTuple):
    """Values over named axes; `data` holds balls, integers or truth values."""

    axes: tuple[Symbol, ...]
    data: NDArray[Any]


def scalar(value: Any) -> Grid:
    """A value without axes."""
    data = np.empty((), dtype=object)
    data[()] = value
    return Grid((), data)


def times(a: arb, b: arb) -> arb:
    """A product; 0 times anything is 0, as 0 · log 0 is by continuity."""
    # 0 · log 0 is 0 by continuity, as in every entropy.
    if a.is_zero() or b.is_zero():
        return ZERO
    return a * b


def limit_inverse(below: arb) -> arb:
    """The reciprocal of an infinite ball."""
    return ZERO if below > 0 and not below.is_nan() else NAN


def both(a: arb, b: arb) -> arb:
    """Conjunction of 0, 1 and NaN (not known)."""
    return ZERO if a.is_zero() or b.is_zero() else a * b


def either(a: arb, b: arb) -> arb:
    """Disjunction of 0, 1 and NaN (not known)."""
    return ONE if a == 1 or b == 1 else a + b - a * b


def choose(condition: arb, value: arb, other: arb) -> arb:
    """One of two values by a condition; NaN where it is not known."""
    if condition.is_nan():
        return NAN
    return other if condition.is_zero() else value


def larger(a: arb, b: arb) -> arb:
    """The maximum."""
    return a.max(b)


def smaller(a: arb, b: arb) -> arb:
    """The minimum."""
    return a.min(b)


CONSTANTS: dict[Any, Callable[[], arb]] = {S.Exp1: arb.const_e, S.Pi: arb.pi}

FUNCTIONS = {
    name: name
    for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "atan", "asinh", "atanh", "erf", "erfc")
} | {"gamma": "gamma", "loggamma": "lgamma"}
