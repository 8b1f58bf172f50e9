"""Functions of one variable in normal forms: by exponentials, or as unknown ones that are even or odd."""

from __future__ import annotations

from typing import Any

from sympy import (
    Expr,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    sin,
    sinh,
    tan,
    tanh,
)

from symderive.decide.algebra import Algebra, Ratio, handles

__all__: list[str] = []

_ODD = (sin, tan, asin, atan, asinh, atanh, erf)
_EVEN = (cos,)
_NEITHER = (acos, acosh)


@handles(cosh)
def _cosh(algebra: Algebra, term: Expr) -> Ratio:
    t = term.args[0]
    return algebra.normalise((exp(t) + exp(-t)) / 2)


@handles(sinh)
def _sinh(algebra: Algebra, term: Expr) -> Ratio:
    t = term.args[0]
    return algebra.normalise((exp(t) - exp(-t)) / 2)


@handles(tanh)
def _tanh(algebra: Algebra, term: Expr) -> Ratio:
    t = term.args[0]
    return algebra.normalise((exp(2 * t) - 1) / (exp(2 * t) + 1))


@handles(erfc)
def _erfc(algebra: Algebra, term: Expr) -> Ratio:
    return algebra.normalise(1 - erf(term.args[0]))


@handles(*_ODD, *_EVEN, *_NEITHER)
def _unknown(algebra: Algebra, term: Any) -> Ratio:
    """Equal where the arguments are; of t and −t the one is taken whose leading coefficient is positive."""
    argument = algebra.normalise(term.args[0])
    if argument.is_zero and isinstance(term, _ODD):
        return argument
    turned = not isinstance(term, _NEITHER) and not argument.is_zero and argument.num.leading()[1] < 0
    if turned:
        argument = algebra.negate(argument)
    written = term.func(algebra.term(argument), evaluate=False)
    key = (term.func.__name__, argument)
    value = algebra.as_ratio(algebra.intern("function", key, written, algebra.height(argument)))
    return algebra.negate(value) if turned and isinstance(term, _ODD) else value
