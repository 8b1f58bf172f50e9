"""Stable forms of what is left of 1 by the error function: of normal probabilities and their logarithms."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Dummy, Expr, Integer, Mul, Rational, diff, erf, exp, expand, log

from symderive.codegen.exponential_sums import exponential_apart
from symderive.codegen.primitives import Select, primitive
from symderive.rules import Scope
from symderive.terms import free_names

__all__ = ["complement_of_erf", "logarithm_of_complement", "probabilities_apart", "ratio_to_complement"]

_ZERO, _ONE, _HALF = Integer(0), Integer(1), Rational(1, 2)


def complement_of_erf(term: Expr, scope: Scope) -> Expr | None:
    """``c − c erf(t)``, and with the sign of t turned ``c + c erf(t)``, where little is left: by erfcx."""
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        found = _error_function(one)
        if found is None:
            continue
        factor, t = found
        for other, constant in enumerate(term.args):
            if other != number and constant in (factor, -factor):
                others = Add(*(a for n, a in enumerate(term.args) if n not in (number, other)))
                return constant * _complement(t if constant == -factor else -t) + others
    return None


def logarithm_of_complement(term: Expr, scope: Scope) -> Expr | None:
    """``log(w (1 − erf(t)))`` is ``log(w erfcx(t)) − t²``, which does not underflow."""
    if not isinstance(term, log):
        return None
    factors = Mul.make_args(term.args[0])
    for factor in factors:
        found = _pair(factor)
        if found is None:
            continue
        weight, t = found
        weight = weight * Mul(*(f for f in factors if f is not factor))
        rest, square = _square(t)
        far = log(weight * primitive("erfcx", t)) - square * rest**2
        if weight == _HALF:  # near 1, by what is missing
            return Select(t > _HALF, far, primitive("log1p", -_complement(-t) / 2))
        near = primitive("log1p", -erf(t)) if weight == 1 else log(weight * _difference(t))
        return Select(t > _HALF, far, near)
    return None


def ratio_to_complement(term: Expr, scope: Scope) -> Expr | None:
    """``e^{−t²}/(1 − erf(t))`` is ``1/erfcx(t)``: neither part of it underflows."""
    factors = Mul.make_args(term)
    above = Add(*(f.args[0] for f in factors if isinstance(f, exp)))
    powers: dict[Expr, Expr] = {}
    others = _ONE
    for factor in factors:
        base, exponent = factor.as_base_exp()
        found = _pair(base) if exponent.is_Rational else None
        if found is not None:  # 1 − erf and erf − 1 are powers of one
            weight, t = found
            powers[t] = powers.get(t, _ZERO) + exponent
            others *= weight**exponent
        elif not isinstance(factor, exp):
            others *= factor
    for t, power in powers.items():
        rest, square = _square(t)
        if len(powers) > 1 or power >= 0 or above == 0:
            return None
        spread = _spread(factors, scope)
        if spread is not None:
            return spread
        if expand(above - power * square * rest**2) == 0:
            near = exp(above) * _difference(t) ** power
            return others * Select(t > _HALF, primitive("erfcx", t) ** power, near)
    return None


def probabilities_apart(term: Expr, scope: Scope) -> Expr | None:
    """``e^{−t²} (a + b erf(t))/(1 − erf²(t))`` as what is over 1 − erf(t), and what is over 1 + erf(t)."""
    factors = Mul.make_args(term)
    above = Add(*(f.args[0] for f in factors if isinstance(f, exp)))
    for factor in factors:
        base, exponent = factor.as_base_exp()
        found = _square_less_one(base) if exponent == -1 else None
        if found is None:
            continue
        weight, t = found
        rest, square = _square(t)
        if above == 0 or expand(above + square * rest**2) != 0:
            continue
        others = [f for f in factors if f is not factor]
        e = Dummy("e", real=True)
        numerator = Mul(*(f.xreplace({erf(t): e}) for f in others if f.has(erf(t))))
        slope = diff(numerator, e)
        if slope.has(e):
            continue
        start = numerator.xreplace({e: _ZERO})
        outside = Mul(*(f for f in others if not f.has(erf(t)))) / (2 * weight)
        return -outside * (start + slope) / (1 - erf(t)) - outside * (start - slope) / (1 + erf(t))
    return None


def _square_less_one(term: Expr) -> tuple[Expr, Expr] | None:
    """``c erf(t)² − c`` as (c, t)."""
    if not isinstance(term, Add) or len(term.args) != 2:
        return None
    for one, constant in (term.args, term.args[::-1]):
        for factor in Mul.make_args(one):
            base, exponent = factor.as_base_exp()
            if isinstance(base, erf) and exponent == 2 and free_names(base) and constant == -one / factor:
                return -constant, base.args[0]
    return None


def _spread(factors: Sequence[Expr], scope: Scope) -> Expr | None:
    """``e^s (a + b e^t) w`` addend by addend, where that brings a density beside its probability."""
    mixed = next((f for f in factors if isinstance(f, Add) and f.has(exp)), None)
    if mixed is None:
        return None
    found = False
    addends = []
    for addend in mixed.args:
        rest, exponent = exponential_apart(Mul(addend, *(f for f in factors if f is not mixed)))
        addends.append(rest * exp(exponent))
        found = found or ratio_to_complement(addends[-1], scope) is not None
    return Add(*addends) if found else None


def _complement(t: Expr) -> Expr:
    """``1 − erf(t)``; the exponent is as exact as t² is, not as a rounded t."""
    rest, square = _square(t)
    small = primitive("exp_product", -square * rest, rest) * primitive("erfcx", t)
    return Select(t > _HALF, small, _difference(t))


def _difference(t: Expr) -> Expr:
    return primitive("shifted", _ONE, erf(t))


def _square(t: Expr) -> tuple[Expr, Expr]:
    """T = c r as (r, c²), where c is a number whose square is rational: x/√2 as (x, 1/2)."""
    numbers = [f for f in Mul.make_args(t) if (f**2).is_Rational]
    return Mul(*(f for f in Mul.make_args(t) if f not in numbers)), Mul(*numbers) ** 2


def _pair(term: Expr) -> tuple[Expr, Expr] | None:
    """``c − c erf(t)`` as (c, t)."""
    if not isinstance(term, Add) or len(term.args) != 2:
        return None
    for one, constant in (term.args, term.args[::-1]):
        found = _error_function(one)
        if found is not None and constant in (found[0], -found[0]):
            return constant, found[1] if constant == -found[0] else -found[1]
    return None


def _error_function(term: Expr) -> tuple[Expr, Expr] | None:
    """``c erf(t)`` as (c, t), where t is no number."""
    for factor in Mul.make_args(term):
        if isinstance(factor, erf) and free_names(factor):
            return Mul(*(f for f in Mul.make_args(term) if f is not factor)), factor.args[0]
    return None
