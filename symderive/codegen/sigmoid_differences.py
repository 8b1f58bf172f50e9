"""Stable forms of differences of two sigmoids and of their logarithms: ordinal labels, binned logistics."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, log

from symderive.codegen.primitives import Select, primitive
from symderive.rules import Scope
from symderive.terms import is_operation, operation

__all__ = ["difference_of_sigmoids", "logarithm_of_difference"]


def difference_of_sigmoids(term: Expr, scope: Scope) -> Expr | None:
    """``c σ(a) − c σ(b)`` is ``c σ(a) σ(−b) (1 − e^{b − a})``: no digit cancels in either tail."""
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        found = _share(one)
        for other, opposite in enumerate(term.args):
            against = _share(opposite) if found is not None and number < other else None
            if found is None or against is None or against[0] != -found[0]:
                continue
            weight, a, b = found[0], found[1], against[1]
            above = _between(a, b, weight)
            others = Add(*(t for n, t in enumerate(term.args) if n not in (number, other)))
            return Select(a >= b, above, -_between(b, a, weight)) + others
    return None


def logarithm_of_difference(term: Expr, scope: Scope) -> Expr | None:
    """``log(w (σ(a) − σ(b)))`` factor by factor: none of them underflows alone."""
    if not isinstance(term, log):
        return None
    factors = Mul.make_args(term.args[0])
    for factor in factors:
        pair = [_share(arg) for arg in factor.args] if isinstance(factor, Add) else []
        shares = [share for share in pair if share is not None]
        if len(pair) != 2 or len(shares) != 2 or shares[0][0] != -shares[1][0]:
            continue
        (weight, a), (_, b) = sorted(shares, key=lambda share: bool(share[0].could_extract_minus_sign()))
        rest = Mul(weight, *(f for f in factors if f is not factor))
        both = -operation("softplus", -a) - operation("softplus", b) + log(-primitive("expm1", b - a))
        return both if rest == 1 else both + log(rest)
    return None


def _between(a: Expr, b: Expr, weight: Expr) -> Expr:
    """``c (σ(a) − σ(b))`` for a ≥ b."""
    return -weight * operation("sigmoid", a) * operation("sigmoid", -b) * primitive("expm1", b - a)


def _share(term: Any) -> tuple[Expr, Expr] | None:
    """``c σ(a)`` as (c, a)."""
    for factor in Mul.make_args(term):
        if is_operation(factor, "sigmoid"):
            return Mul(*(f for f in Mul.make_args(term) if f is not factor)), factor.arguments[0]
    return None
