"""Stable forms of products over an index that are divided by a factor of their own, as derivatives are.

``Π_j f_j / f_k`` is 0/0 where f_k is 0, and not what was meant: the product over all j but k, which has a
value there.
"""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Indexed, Integer, Mul, Pow, Product, Sum

from symderive.codegen.primitives import Select
from symderive.rules import Scope
from symderive.terms import alpha_equal, fresh_index, product_of, substitute, sum_of, walk

__all__ = ["other_factors"]


def other_factors(term: Expr, scope: Scope) -> Expr | None:
    """``Π_j f_j / f_k`` is ``Π_{j≠k} f_j``, and ``Π_j f_j Σ_k d_k / f_k`` is ``Σ_k d_k Π_{j≠k} f_j``."""
    if not isinstance(term, Mul):
        return None
    for whole in term.args:
        base, times = whole.as_base_exp()
        if not isinstance(base, Product) or len(base.limits) != 1 or not (times.is_Integer and times > 0):
            continue
        for factor in term.args:
            if factor is whole:
                continue
            rest = Mul(*(f for f in term.args if f is not whole and f is not factor))
            divided = _divided(base, factor)
            if divided is None and isinstance(factor, Sum) and len(factor.limits) == 1:
                index, lower, upper = factor.limits[0]
                bound = fresh_index(index.name)
                inner = Mul(base, substitute(factor.function, {index: bound}))
                body = other_factors(inner, scope)
                divided = None if body is None else sum_of(body, (bound, lower, upper))
            if divided is not None:
                return rest * Pow(base, times - 1) * divided
    return None


def _divided(product: Product, divisor: Expr) -> Expr | None:
    """``product · divisor`` without one of its factors, where the divisor is one over a part of that."""
    below, exponent = divisor.as_base_exp()
    if not (exponent.is_Integer and exponent < 0):
        return None
    index, lower, upper = product.limits[0]
    for factor in Mul.make_args(product.function):
        part, power = factor.as_base_exp()
        if not (power.is_Integer and power > 0):
            continue
        for place in _places(below):
            for sign in (1, -1):
                if alpha_equal(sign * substitute(part, {index: place}), below):
                    bound = fresh_index(index.name)
                    inside = Select(
                        Eq(bound, place), Integer(1), substitute(product.function, {index: bound})
                    )
                    others = product_of(inside, (bound, lower, upper))
                    left = substitute(product.function / factor, {index: place})
                    # f_k = left · (±below)^power
                    return others * left * sign**power * Pow(below, power + exponent)
    return None


def _places(term: Expr) -> list[Any]:
    found = {i for node in walk(term) if isinstance(node, Indexed) for i in node.indices if i.is_integer}
    return sorted(found, key=str)
