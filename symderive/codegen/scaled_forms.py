"""Stable forms of roots of squares and of products that are divided by them: factors first.

Cosine similarities, correlations and their derivatives: where both vectors are 10⁻²⁰⁰, each x_j y_j is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Abs, Add, Expr, Indexed, Integer, Max, Mul, Pow, Rational, Sum, sqrt

from symderive.codegen.primitives import Binade, primitive
from symderive.rules import Scope
from symderive.terms import IndexedMax, alpha_equal, free_names, indexed_max, substitute, sum_of, walk

__all__ = ["roots_apart", "scaled_root", "scaled_terms"]

_HALF = Rational(1, 2)


def roots_apart(term: Expr, scope: Scope) -> Expr | None:
    """``((r + Σ f²)(s + Σ g²))^e`` is ``(r + Σ f²)^e (s + Σ g²)^e``: the product may leave the range."""
    if not isinstance(term, Pow) or not isinstance(term.base, Mul):
        return None
    if not term.exp.is_Rational or term.exp.q != 2:
        return None
    totals = [factor for factor in term.base.args if any(map(_is_total, Add.make_args(factor)))]
    if len(totals) < 2:
        return None
    rest = Mul(*(factor for factor in term.base.args if factor not in totals))
    return Mul(Pow(rest, term.exp), *(Pow(total, term.exp) for total in totals))


def _is_total(part: Expr) -> bool:
    """A multiple of a sum of squares."""
    for factor in Mul.make_args(part):
        if isinstance(factor, Sum) and all(f.as_base_exp()[1] == 2 for f in Mul.make_args(factor.function)):
            return True
    return False


def scaled_terms(term: Expr, scope: Scope) -> Expr | None:
    """``Σ x_j y_j/(c d)`` is ``Σ (x_j/c)(y_j/d)``, c and d scales: no product leaves the range."""
    if not isinstance(term, Mul):
        return None
    scales = [_Scale(f) for f in term.args if isinstance(f.as_base_exp()[0], Binade)]
    for above in term.args:
        if not isinstance(above, (Add, Sum)):
            continue
        times = [min(scale.room, scale.capacity(above)) for scale in scales]
        if sum(times) < 2:
            continue  # a single factor of a scale may be divided last
        small, left = above, Integer(1)
        for scale, n in zip(scales, times, strict=True):
            small, left = scale.divided(small, n), left * scale.binade**n
        return Mul(*(f for f in term.args if f is not above)) * left * small
    return None


class _Scale:
    """A divisor c^n, and the numbers that c is the largest of."""

    def __init__(self, factor: Expr) -> None:
        self.binade, exponent = factor.as_base_exp()
        self.room = max(0, -int(exponent)) if exponent.is_Integer else 0
        self._measured = [
            (node.args[0].args[0], node.args[1][0])
            for node in walk(self.binade.args[0])
            if isinstance(node, IndexedMax) and isinstance(node.args[0], Abs)
        ]
        # The r of √(r + Σ f²) is as large as a square.
        sizes = self.binade.args[0].args if isinstance(self.binade.args[0], Max) else ()
        self._squares = [root.base.args[0] for root in sizes if root.is_Pow and isinstance(root.base, Abs)]
        self._free = free_names(self.binade)

    def capacity(self, term: Expr) -> int:
        """How often a term can be divided, factor by factor."""
        if self._measures(term):
            return 1
        if term in self._squares:
            return 2
        if isinstance(term, Add):
            return min(map(self.capacity, term.args))
        if isinstance(term, Mul):
            return sum(map(self.capacity, term.args))
        if isinstance(term, Pow) and term.exp.is_Integer and term.exp > 0:
            return int(term.exp) * self.capacity(term.base)
        if isinstance(term, Sum) and not any(limit[0] in self._free for limit in term.limits):
            return self.capacity(term.function)
        return 0

    def divided(self, term: Expr, times: int) -> Expr:
        """A term over c^times, each division one of a number that c measures."""
        if times == 0:
            return term
        if self._measures(term):
            return primitive("scaled", term, self.binade)
        if term in self._squares:
            once = primitive("scaled", term, self.binade)
            return once if times == 1 else primitive("scaled", once, self.binade)
        if isinstance(term, Add):
            return Add(*(self.divided(arg, times) for arg in term.args))
        if isinstance(term, Sum):
            return sum_of(self.divided(term.function, times), *term.limits)
        factors: list[Expr] = []
        powers = (
            f.as_base_exp() if isinstance(f, Pow) and f.exp.is_Integer else (f, Integer(1))
            for f in Mul.make_args(term)
        )
        for base, exponent in powers:
            if exponent < 0:
                factors.append(Pow(base, exponent))
                continue
            for _ in range(int(exponent)):
                here = min(times, self.capacity(base))
                factors.append(self.divided(base, here))
                times -= here
        return Mul(*factors)

    def _measures(self, term: Expr) -> bool:
        """Is a term one of the numbers, at some place?"""
        for body, bound in self._measured:
            if term.func != body.func:
                continue
            places = {i for node in walk(term) if isinstance(node, Indexed) for i in node.indices}
            if any(alpha_equal(_at(body, bound, place), term) for place in places):
                return True
        return False


def _at(body: Expr, bound: Any, place: Any) -> Expr:
    found: Expr = substitute(body, {bound: place})
    return found


def scaled_root(term: Expr, scope: Scope) -> Expr | None:
    """``(r + c Σ f² + d u²)^e`` by an exact power of two, so that no square overflows or underflows."""
    if not isinstance(term, Pow) or not term.exp.is_Rational or (term.exp > 0 and term.exp != _HALF):
        return None
    parts = [(part, _squared(part)) for part in Add.make_args(term.base)]
    squares = [square for _, square in parts if square is not None]
    if not squares:
        return None
    remainder = Add(*(part for part, square in parts if square is None))
    sizes = [square.size for square in squares]
    if remainder != 0:
        sizes.append(sqrt(Abs(remainder)))
    scale = Binade(Max(*sizes) if len(sizes) > 1 else sizes[0])
    inner = Add(*(square.over(scale) for square in squares))
    if remainder != 0:
        inner += primitive("scaled", primitive("scaled", remainder, scale), scale)
    return scale ** (2 * term.exp) * inner**term.exp


@dataclass(frozen=True)
class _Square:
    """``c u²``, or ``c Σ u²`` over `limit`."""

    coefficient: Expr
    root: Expr
    limit: Any = None

    @property
    def size(self) -> Expr:
        """The largest |u|."""
        if self.limit is None:
            return Abs(self.root)
        return indexed_max(Abs(self.root), *self.limit)

    def over(self, scale: Expr) -> Expr:
        """It, over the scale's square."""
        square = primitive("scaled", self.root, scale) ** 2
        return self.coefficient * (square if self.limit is None else sum_of(square, self.limit))


def _squared(part: Expr) -> _Square | None:
    """A part of what a root is taken of as a square, or as a sum of squares."""
    for factor in Mul.make_args(part):
        if isinstance(factor, Sum) and len(factor.limits) == 1:
            root = _square(factor.function)
            coefficient = Mul(*(f for f in Mul.make_args(part) if f is not factor))
            return None if root is None else _Square(coefficient, root, factor.limits[0])
    number, rest = part.as_coeff_Mul()
    root = _square(rest)
    return None if root is None or root.is_number or not number > 0 else _Square(number, root)


def _square(body: Expr) -> Expr | None:
    """The u of a body u², which may be a quotient."""
    powers = [factor.as_base_exp() for factor in Mul.make_args(body)]
    if body.has(Binade) or not all(abs(exponent) == 2 for _, exponent in powers):
        return None
    return Mul(*(Pow(base, exponent / 2) for base, exponent in powers))
