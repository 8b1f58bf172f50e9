"""Farkas: the facts, linear in their monomials, leave no room for the contrary of an inequality."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from flint import fmpq

from symderive.decide.algebra import Algebra
from symderive.decide.linear import feasible
from symderive.decide.polynomial import Monomial, Poly

__all__ = ["follows"]

_Row = dict[Any, Fraction]

#: Longer polynomials, more rows and more factors than these are left to other methods.
_LONGEST_GOAL, _LONGEST_FACT, _MOST_ROWS = 16, 12, 40
_LONGEST_FACTOR, _MOST_FACTORS = 4, 16


def follows(algebra: Algebra, poly: Poly, strict: bool) -> bool:
    """Is a polynomial ≥ 0 (``> 0`` when strict) by the facts and the products of two of them?

    Its monomials, and those of the facts, count as variables of their own; what is known of their signs is
    used.
    """
    if len(poly) > _LONGEST_GOAL:
        return False
    facts = algebra.facts
    monomials = {mono for mono, _ in poly if mono}
    weak: list[_Row] = []
    strict_rows: list[_Row] = []
    for fact, sign in facts.known():
        if len(fact) <= _LONGEST_FACT:
            (strict_rows if sign[1] else weak).append(_linear(fact if sign[0] > 0 else -fact))
            monomials |= {mono for mono, _ in fact if mono}
    for mono in sorted(monomials):
        sign_here = facts.poly_sign(Poly({mono: fmpq(1)}))
        if sign_here is not None and sign_here[0]:
            (strict_rows if sign_here[1] else weak).append({mono: Fraction(sign_here[0])})
    known = list(weak), list(strict_rows)
    (weak if strict else strict_rows).append(_linear(-poly))
    if len(weak) + len(strict_rows) > _MOST_ROWS:
        return False
    if not feasible(weak, strict_rows):
        return True
    products = list(_products(algebra, monomials, *known))
    if not products or len(weak) + len(strict_rows) + len(products) > _MOST_ROWS:
        return False
    weak += [_linear(product) for product, is_strict in products if not is_strict]
    strict_rows += [_linear(product) for product, is_strict in products if is_strict]
    return not feasible(weak, strict_rows)


def _products(
    algebra: Algebra, monomials: set[Monomial], weak: list[_Row], strict_rows: list[_Row]
) -> Iterator[tuple[Poly, bool]]:
    """Products of two facts, each ≥ 0 or > 0, that speak of the monomials at hand alone.

    ``μ > 0`` and ``a ≥ m`` give ``μa ≥ μm``, which no linear combination of them does.
    """
    facts = algebra.facts
    factors: dict[Poly, bool] = {}
    for fact, sign in facts.known():
        if sign[0] and len(fact) <= _LONGEST_FACTOR:
            factors[fact if sign[0] > 0 else -fact] = sign[1]
    for g in sorted({g for mono in monomials for g, _ in mono}):
        sign_here = facts.generator_sign(g)
        if sign_here is not None and sign_here[0]:
            factors[Poly.generator(g) * Poly.constant(sign_here[0])] = sign_here[1]
        elif not feasible([*weak, {((g, 1),): Fraction(-1)}], strict_rows):
            factors[Poly.generator(g)] = True  # b > a > 0: b is positive too
    if len(factors) > _MOST_FACTORS:
        return
    for (one, one_strict), (two, two_strict) in combinations_with_replacement(factors.items(), 2):
        product = one * two
        if all(not mono or mono in monomials for mono, _ in product):
            yield product, one_strict and two_strict


def _linear(poly: Poly) -> _Row:
    """A polynomial as a linear form in its monomials."""
    return {(mono or None): Fraction(int(c.p), int(c.q)) for mono, c in poly}
