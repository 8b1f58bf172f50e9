"""The chain rule for powers, roots, exponentials, logarithms and the other elementary functions."""

from __future__ import annotations

from sympy import (
    Abs,
    Expr,
    Function,
    Integer,
    KroneckerDelta,
    Pow,
    Rational,
    Symbol,
    binomial,
    ceiling,
    cos,
    exp,
    factorial,
    floor,
    log,
    sign,
    sin,
    sqrt,
)
from sympy.core.function import ArgumentIndexError

from symderive.rules.dependence import depends
from symderive.rules.derivatives import scalar_example, single
from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import Partial

__all__ = ["ROWS"]

_ZERO = Integer(0)


def _power(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Pow) or isinstance(found[0], exp):
        return None
    (base, exponent), variable = found[0].args, found[1]
    if depends(exponent, variable, scope.definitions) or exponent == Rational(1, 2):
        return None
    return exponent * base ** (exponent - 1) * Partial(base, variable)


def _root(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Pow) or found[0].exp != Rational(1, 2):
        return None
    return Partial(found[0].base, found[1]) / (2 * found[0])


def _variable_exponent(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Pow) or isinstance(found[0], exp):
        return None
    inner, variable = found
    base, exponent = inner.args
    if not depends(exponent, variable, scope.definitions):
        return None
    if base == exp(1):
        return inner * Partial(exponent, variable)
    return inner * Partial(exponent * log(base), variable)


def _exponential(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], exp):
        return None
    return found[0] * Partial(found[0].args[0], found[1])


def _logarithm(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], log):
        return None
    return Partial(found[0].args[0], found[1]) / found[0].args[0]


def _absolute(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Abs):
        return None
    return sign(found[0].args[0]) * Partial(found[0].args[0], found[1])


#: Functions that have rules of their own or are flat.
_OWN = (exp, log, Abs, sign, KroneckerDelta, floor, ceiling, factorial, binomial)


def _elementary(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Function) or isinstance(found[0], _OWN):
        return None
    inner, variable = found
    total: Expr = _ZERO
    for n, argument in enumerate(inner.args, start=1):
        if depends(argument, variable, scope.definitions):
            try:
                total += inner.fdiff(n) * Partial(argument, variable)
            except (ArgumentIndexError, NotImplementedError, AttributeError):
                return None
    return total


# -- examples ------------------------------------------------------------------------------------------


def _example_power() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f = 1 + t**2
        return f**3, 3 * f**2 * Partial(f, t), (3 * f**2, 3 * f**3 * Partial(f, t), 2 * f**2 * Partial(f, t))

    return scalar_example(make)


def _example_root() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f = 1 + t**2
        right = Partial(f, t) / (2 * sqrt(f))
        return sqrt(f), right, (2 * right, right * f, -right)

    return scalar_example(make)


def _example_exponent() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        right = t**t * Partial(t * log(t), t)
        return t**t, right, (t * t ** (t - 1), -right)

    return scalar_example(make, positive=True)


def _example_exponential() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f = t**2
        return exp(f), exp(f) * Partial(f, t), (exp(f), exp(Partial(f, t)), -exp(f) * Partial(f, t))

    return scalar_example(make)


def _example_logarithm() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f = t**2 + 1
        return log(f), Partial(f, t) / f, (1 / f, f / Partial(f, t) + t, -Partial(f, t) / f)

    return scalar_example(make)


def _example_absolute() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f = t**3 - 1
        return Abs(f), sign(f) * Partial(f, t), (Partial(f, t), -sign(f) * Partial(f, t))

    return scalar_example(make)


def _example_elementary() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f = t**2
        return sin(f), cos(f) * Partial(f, t), (-cos(f) * Partial(f, t), cos(f), sin(f) * Partial(f, t))

    return scalar_example(make)


ROWS: tuple[Rule, ...] = (
    Rule("derivative.root", "chain rule for the square root", "제곱근의 연쇄 법칙", _example_root, _root, 2),
    Rule(
        "derivative.power",
        "power rule and chain rule",
        "거듭제곱의 미분과 연쇄 법칙",
        _example_power,
        _power,
        2,
    ),
    Rule(
        "derivative.exponential",
        "chain rule for the exponential",
        "지수 함수의 연쇄 법칙",
        _example_exponential,
        _exponential,
        2,
    ),
    Rule(
        "derivative.logarithm",
        "chain rule for the logarithm",
        "로그 함수의 연쇄 법칙",
        _example_logarithm,
        _logarithm,
        2,
    ),
    Rule(
        "derivative.absolute",
        "chain rule for |·|, away from 0",
        "|·|의 연쇄 법칙(0이 아닌 곳)",
        _example_absolute,
        _absolute,
        2,
    ),
    Rule(
        "derivative.exponent",
        "a variable exponent: a^b = exp(b log a)",
        "지수가 변수일 때: a^b = exp(b log a)",
        _example_exponent,
        _variable_exponent,
        2,
    ),
    Rule(
        "derivative.elementary",
        "chain rule for an elementary function",
        "초등 함수의 연쇄 법칙",
        _example_elementary,
        _elementary,
        2,
    ),
)
