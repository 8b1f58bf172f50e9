"""Stable forms of products with a factor that is exactly 0, where the others may have no value."""

from __future__ import annotations

from sympy import Add, Expr, Indexed, Integer, Mul, Not, Symbol

from symderive.codegen.cases import steep
from symderive.codegen.primitives import Select, primitive
from symderive.rules import Scope
from symderive.terms import Iverson, walk

__all__ = ["inactive", "one_of_two"]

_ZERO = Integer(0)


def inactive(term: Expr, scope: Scope) -> Expr | None:
    """``[c] u`` is 0 where c fails, though u may be infinite there or no number, and u elsewhere.

    Neither c nor its contrary holds of NaN: then u, which tells of it, is taken.
    """
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        rest = Mul(*(f for f in term.args if f is not factor))
        if not steep(rest):
            continue
        if isinstance(factor, Iverson):
            return Select(Not(factor.args[0]), _ZERO, rest)
        if isinstance(factor, Select) and factor.elsewhere == 0:
            return Select(Not(factor.condition), _ZERO, factor.there * rest)
        if isinstance(factor, Select) and factor.there == 0:
            return Select(factor.condition, _ZERO, factor.elsewhere * rest)
        if isinstance(factor, Add) and all(_is_indicated(addend) for addend in factor.args):
            return Add(*(addend * rest for addend in factor.args))
    return None


def _is_indicated(term: Expr) -> bool:
    """Is a product 0 where some condition fails?"""
    return any(
        isinstance(f, Iverson) or (isinstance(f, Select) and 0 in (f.there, f.elsewhere))
        for f in Mul.make_args(term)
    )


def one_of_two(term: Expr, scope: Scope) -> Expr | None:
    """``y u + (1 − y) v`` is u alone where y is 1, v alone where it is 0: no part of the other is in it.

    What the whole is divided by divides each part.
    """
    if isinstance(term, Mul):
        for factor in term.args:
            rest = Mul(*(f for f in term.args if f is not factor))
            weights = _weights(factor) if steep(rest) else None
            if weights is not None and weights[1] not in walk(rest):
                return Add(*(_weighed(addend * rest, weights) for addend in factor.args))
        return None
    weights = _weights(term)
    return None if weights is None else Add(*(_weighed(addend, weights) for addend in term.args))


def _weights(term: Expr) -> tuple[Expr, Expr] | None:
    """Two weights of sum 1 that the addends of a sum have: 1 − y, or less that, and y."""
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for weight in Mul.make_args(one):
            share = _complement(weight)
            others = (other for n, other in enumerate(term.args) if n != number)
            if share is not None and any(share in Mul.make_args(other) for other in others):
                return weight, share
    return None


def _complement(weight: Expr) -> Expr | None:
    """What a factor leaves of 1, or of −1: y for 1 − y and y − 1."""
    constant, rest = weight.as_coeff_Add()
    share = rest if constant == -1 else -rest
    named = isinstance(share, (Symbol, Indexed)) and not share.is_integer
    return share if abs(constant) == 1 and named else None


def _weighed(addend: Expr, weights: tuple[Expr, Expr]) -> Expr:
    """An addend with one of the weights, as a product that is 0 where the weight is."""
    factors = Mul.make_args(addend)
    for own in weights:
        rest = Mul(*(f for f in factors if f != own))
        if own in factors and steep(rest) and weights[1] not in walk(rest):
            return primitive("masked_product", own, rest)
    return addend
