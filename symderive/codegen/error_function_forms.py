"""Stable forms of what is left of 1 by the error function: of normal probabilities and their logarithms."""

from __future__ import annotations

import itertools

from sympy import (
    Add,
    Dummy,
    Expr,
    Integer,
    Mul,
    Rational,
    apart,
    cancel,
    erf,
    exp,
    expand,
    fraction,
    log,
    together,
)
from sympy.polys.polyerrors import PolynomialError

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
        left = expand(above - power * square * rest**2)
        decays = (left / rest**2).cancel()
        if decays.is_Rational and decays <= 0:
            near = exp(above) * _difference(t) ** power
            return others * Select(t > _HALF, exp(left) * primitive("erfcx", t) ** power, near)
    return None


def probabilities_apart(term: Expr, scope: Scope) -> Expr | None:
    """``e^{−t²} (a + b erf(t))/(1 − erf²(t))`` as what is over 1 − erf(t), and what is over 1 + erf(t).

    What has one exponential in common is taken apart together: much of it cancels.
    """
    if not isinstance(term, Mul) or not any(isinstance(factor, exp) for factor in term.args):
        return None
    found = {node for node in term.atoms(erf) if free_names(node)}
    if len(found) != 1:
        return None
    (function,) = found
    e = Dummy("e", real=True)
    parts: list[Expr] = []
    for exponent, coefficient in _by_exponent(term).items():
        outside = [f for f in Mul.make_args(coefficient) if not f.has(function)]
        inside = [f.xreplace({function: e}) for f in Mul.make_args(coefficient) if f.has(function)]
        try:
            share = cancel(together(Mul(*inside)))
            if share.has(exp, log) or not share.is_rational_function(e):
                return None
            pieces = apart(share, e) if fraction(share)[1].has(e) else share
        except PolynomialError:  # cases in it
            return None
        shares = (piece.xreplace({e: function}) for piece in Add.make_args(pieces))
        parts += [Mul(exp(exponent), share, *outside) for share in shares]
    ends = [fraction(part)[1].has(function) for part in parts]
    return Add(*parts) if len(parts) > 1 and any(ends) else None


def _by_exponent(term: Expr) -> dict[Expr, Expr]:
    """``Σ c e^s`` as s → c, products with sums multiplied out where an exponential stands in them."""
    if isinstance(term, exp):
        return {term.args[0]: _ONE}
    if not term.has(exp) or not isinstance(term, (Add, Mul)):
        return {_ZERO: term}
    found: dict[Expr, Expr] = {} if isinstance(term, Add) else {_ZERO: _ONE}
    for arg in term.args:
        inner = _by_exponent(arg)
        if isinstance(term, Add):
            for exponent, coefficient in inner.items():
                found[exponent] = found.get(exponent, _ZERO) + coefficient
            continue
        product: dict[Expr, Expr] = {}
        for (s, a), (t, b) in itertools.product(found.items(), inner.items()):
            product[s + t] = product.get(s + t, _ZERO) + a * b
        found = product
    return found


def _complement(t: Expr) -> Expr:
    """``1 − erf(t)``; the exponent is as exact as t² is, not as a rounded t."""
    rest, square = _square(t)
    small = primitive("exp_product", -square * rest, rest) * primitive("erfcx", t)
    return Select(t > _HALF, small, _difference(t))


def _difference(t: Expr) -> Expr:
    return primitive("shifted", _ONE, erf(t))


def _square(t: Expr) -> tuple[Expr, Expr]:
    """``t = c r`` as (r, c²), where c is a number whose square is rational: x/√2 as (x, 1/2)."""
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
