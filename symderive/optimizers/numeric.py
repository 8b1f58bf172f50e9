"""Terms in floating point, many values at once: proposals, which the judge then proves or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import (
    Abs,
    Add,
    Eq,
    Expr,
    Max,
    Min,
    Mul,
    Ne,
    Number,
    NumberSymbol,
    Piecewise,
    Pow,
    Symbol,
    cos,
    exp,
    log,
    sign,
    sin,
    tanh,
)

__all__ = ["Unvalued", "value"]

_Array = NDArray[np.float64]
_FUNCTIONS: dict[type[Expr], Callable[..., Any]] = {
    Abs: np.abs,
    sign: np.sign,
    exp: np.exp,
    log: np.log,
    sin: np.sin,
    cos: np.cos,
    tanh: np.tanh,
}


class Unvalued(Exception):
    """A term that has no value here."""


def value(term: Expr, given: Mapping[Symbol, Any]) -> Any:
    """A term at many points: NaN where it has no value.

    Parameters
    ----------
    term
        Arithmetic, powers, extrema and a few functions.
    given
        A number or an array for every name.

    Raises
    ------
    Unvalued
        For other terms, or where a name has no value.

    Examples
    --------
    >>> from sympy import sqrt
    >>> x = Symbol("x")
    >>> value(1 + sqrt(x), {x: np.array([4.0, 9.0])})
    array([3., 4.])
    """
    with np.errstate(all="ignore"):
        return _value(term, given)


def _value(term: Any, given: Mapping[Symbol, Any]) -> Any:
    if isinstance(term, Symbol):
        if term not in given:
            raise Unvalued(term.name)
        return given[term]
    if isinstance(term, (Number, NumberSymbol)):
        return float(term)
    arguments = term.args
    match term:
        case Add():
            total = _value(arguments[0], given)
            for argument in arguments[1:]:
                total = total + _value(argument, given)
            return total
        case Mul():
            total = _value(arguments[0], given)
            for argument in arguments[1:]:
                total = total * _value(argument, given)
            return total
        case Pow():
            return np.power(_value(arguments[0], given) + 0.0, _value(arguments[1], given))
        case Max() | Min():
            choose = np.maximum if isinstance(term, Max) else np.minimum
            total = _value(arguments[0], given)
            for argument in arguments[1:]:
                total = choose(total, _value(argument, given))
            return total
        case Piecewise():
            return _cases(term, given)
    function = _FUNCTIONS.get(term.func)
    if function is None or len(arguments) != 1:
        raise Unvalued(str(term.func))
    return function(_value(arguments[0], given))


def _cases(term: Piecewise, given: Mapping[Symbol, Any]) -> Any:
    total: Any = np.nan
    for body, condition in reversed(term.args):
        if condition == True:  # noqa: E712 - SymPy's truth
            total = _value(body, given)
        elif isinstance(condition, (Eq, Ne)):
            equal = _value(condition.lhs, given) == _value(condition.rhs, given)
            holds = equal if isinstance(condition, Eq) else np.logical_not(equal)
            total = np.where(holds, _value(body, given), total)
        else:
            raise Unvalued(str(condition))
    return total
