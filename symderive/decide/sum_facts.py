"""Cauchy–Schwarz, and sums of non-negative terms against their parts."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Symbol

from symderive.decide.algebra import ONE, Algebra, Ratio
from symderive.decide.fact_instances import Instance, is_positive, linear_coefficient
from symderive.decide.polynomial import Poly, factor
from symderive.decide.sums import sum_over
from symderive.terms import Index

__all__ = ["cauchy_schwarz", "terms_of_sums"]


def cauchy_schwarz(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ f² Σ g² − (Σ f g)² ≥ 0`` for the squares and products whose sums occur."""
    for (lower, upper), bodies in _summands(algebra, gap).items():
        shared = Index("\u00b7square", upper, lower)
        factors: list[Ratio] = [ONE]
        for index, body in bodies:
            renamed = algebra.substitute(body, {index: shared})
            for candidate in (_square_root(algebra, renamed), renamed, *_halves(algebra, renamed)):
                if candidate is not None and candidate not in factors:
                    factors.append(candidate)
        for n, h in enumerate(factors):
            for f in factors[:n]:
                first = sum_over(algebra, algebra.power(f, 2), shared)
                second = sum_over(algebra, algebra.power(h, 2), shared)
                cross = sum_over(algebra, algebra.multiply(f, h), shared)
                fact = algebra.subtract(algebra.multiply(first, second), algebra.power(cross, 2))
                if fact.is_zero:
                    continue
                scale = _matching_scale(algebra, gap, fact)
                if scale is not None:
                    yield "Cauchy–Schwarz", algebra.multiply(scale, fact)


def _square_root(algebra: Algebra, body: Ratio) -> Ratio | None:
    """The root of a perfect square."""
    parts = []
    for poly in (body.num, body.den):
        content, pieces = factor(poly)
        if content != 1 or any(e % 2 for _, e in pieces):
            return None
        root = Poly.constant(1)
        for piece, e in pieces:
            root = root * piece.power(e // 2)
        parts.append(root)
    return algebra.ratio(*parts)


def _summands(algebra: Algebra, gap: Ratio) -> dict[tuple[Expr, Expr], list[tuple[Symbol, Ratio]]]:
    """The summands of single sums by their limits: those that are left, and those that were written."""
    left: dict[tuple[Expr, Expr], list[tuple[Symbol, Ratio]]] = {}
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind == "sum" and len(generator.data[0]) == 1:
            (index,), body = generator.data
            left.setdefault((index.lower, index.upper), []).append((index, body))
    # Whole summands as they were written come first: the likeliest, and there are few of them.
    written: dict[tuple[Expr, Expr], list[tuple[Symbol, Ratio]]] = {}
    for index, body in algebra.summands:
        if (index.lower, index.upper) in left and len(body.num) > 1:
            written.setdefault((index.lower, index.upper), []).append((index, body))
    return {limits: [*written.get(limits, []), *bodies] for limits, bodies in left.items()}


def _halves(algebra: Algebra, body: Ratio) -> list[Ratio]:
    """The two sides of a product of two factors."""
    if len(body.num) != 1:
        return []
    ((mono, _),) = body.num.terms.items()
    if len(mono) != 2:
        return []
    return [algebra.ratio(Poly.generator(g, e)) for g, e in mono]


def _matching_scale(algebra: Algebra, gap: Ratio, fact: Ratio) -> Ratio | None:
    """A non-negative number or constant λ for which a term of the fact cancels one of the difference."""
    for mono, c in fact.num:
        here = gap.num.terms.get(mono)
        if here is None:
            continue
        scale = algebra.divide(
            algebra.multiply(algebra.constant(here / c), algebra.ratio(fact.den)), algebra.ratio(gap.den)
        )
        if is_positive(algebra, scale, strict=False):
            return scale
    return None


def terms_of_sums(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_j a_j − a_e ≥ 0`` and ``(Σ_j a_j)² − Σ_j a_j² ≥ 0`` for a ≥ 0."""
    places = sorted(
        {name for g in gap.generators() for name in algebra.generators[g].names if isinstance(name, Index)},
        key=str,
    )
    yield from _longer_sums(algebra, gap)
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "sum" or len(generator.data[0]) != 1:
            continue
        (index,), body = generator.data
        if not is_positive(algebra, body, strict=False):
            continue
        coefficient = linear_coefficient(algebra, gap, g)
        if coefficient is not None and is_positive(algebra, coefficient, strict=False):
            for place in places:
                if algebra.facts.integers.in_range(place, index):
                    fact = algebra.subtract(
                        algebra.ratio(Poly.generator(g)), algebra.substitute(body, {index: place})
                    )
                    yield "a term is at most the sum", algebra.multiply(coefficient, fact)
    for bodies in _summands(algebra, gap).values():
        for index, body in bodies:
            if not is_positive(algebra, body, strict=False):
                continue
            whole = sum_over(algebra, body, index)
            squares = sum_over(algebra, algebra.power(body, 2), index)
            fact = algebra.subtract(algebra.power(whole, 2), squares)
            scale = _matching_scale(algebra, gap, fact)
            if scale is not None:
                yield "a sum of squares is at most the square of the sum", algebra.multiply(scale, fact)


def _longer_sums(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_{j ≤ m} a_j − Σ_{j ≤ d} a_j ≥ 0`` for a ≥ 0 and d ≤ m."""
    integers = algebra.facts.integers
    ends = sorted({name for g in gap.generators() for name in algebra.generators[g].names}, key=str)
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "sum" or len(generator.data[0]) != 1:
            continue
        (index,), body = generator.data
        coefficient = linear_coefficient(algebra, gap, g)
        if coefficient is None or not is_positive(algebra, algebra.negate(coefficient), strict=False):
            continue
        for end in ends:
            if not end.is_integer or end == index.upper or not integers.at_least(end, index.upper):
                continue
            longer = Index("\u00b7longer", end, index.lower)
            longer_body = algebra.substitute(body, {index: longer})
            if not is_positive(algebra, longer_body, strict=False):
                continue
            fact = algebra.subtract(sum_over(algebra, longer_body, longer), algebra.ratio(Poly.generator(g)))
            yield "a longer sum is larger", algebra.multiply(algebra.negate(coefficient), fact)
