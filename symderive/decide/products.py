"""Normal forms of products of symbolic length, and of extrema over an index."""

from __future__ import annotations

from sympy import Integer, Product, expand, factorial, oo

from symderive.decide.algebra import ONE, ZERO, Algebra, Ratio, Unsupported, handles
from symderive.decide.atoms import canonical_index
from symderive.decide.polynomial import factor
from symderive.decide.powers import exponential
from symderive.decide.reindexing import anchored
from symderive.decide.sums import WRITE_OUT, nested, sum_over
from symderive.terms import Index, IndexedMax, IndexedMin, product_of

__all__ = ["product_over"]


@handles(Product)
def _product(algebra: Algebra, term: Product) -> Ratio:
    return nested(algebra, term, product_over)


@handles(IndexedMax, IndexedMin)
def _indexed_extremum(algebra: Algebra, term: IndexedMax | IndexedMin) -> Ratio:
    return nested(algebra, term, lambda a, r, v: _extremum_over(a, r, v, type(term)))


def product_over(algebra: Algebra, ratio: Ratio, index: Index) -> Ratio:
    """``Π_{index} ratio``: split into factors; exponentials and powers add up their exponents."""
    count = expand(index.upper - index.lower + 1)
    if count.is_Integer and count <= WRITE_OUT:
        result = ONE
        for n in range(max(int(count), 0)):
            result = algebra.multiply(result, algebra.substitute(ratio, {index: index.lower + n}))
        return result
    if index.upper == oo:
        raise Unsupported("an infinite product")
    if ratio.is_zero:
        raise Unsupported("a product of zeros")
    apart = _one_apart(algebra, ratio, index)
    if apart is not None:
        return apart
    result = ONE
    constant = ONE
    for poly, direction in ((ratio.num, 1), (ratio.den, -1)):
        content, pieces = factor(poly)
        constant = algebra.multiply(constant, algebra.power(algebra.constant(content), direction))
        for piece, e in pieces:
            if not any(algebra.depends(g, index) for g in piece.generators()):
                constant = algebra.multiply(constant, algebra.power(algebra.ratio(piece), e * direction))
                continue
            (g, *others) = sorted(piece.generators())
            if not others and len(piece) == 1 and algebra.generators[g].kind == "exp":
                exponent = sum_over(algebra, algebra.generators[g].data, index)
                part = exponential(algebra, exponent)
            else:
                part = _product_generator(algebra, algebra.ratio(piece), index)
            result = algebra.multiply(result, algebra.power(part, e * direction))
    if constant != ONE:
        if not algebra.facts.integers.at_least(count, 0):
            raise Unsupported("a product that may be over a negative number of factors")
        shown = algebra.term(constant) ** count
        result = algebra.multiply(result, algebra.normalise(shown))
    return result


def _one_apart(algebra: Algebra, ratio: Ratio, index: Index) -> Ratio | None:
    """``Π_j (δ_jk g_j + (1 − δ_jk) f_j)`` is ``g_k/f_k Π_j f_j`` for a k of the range, where f_k is not 0."""
    for g in sorted(ratio.generators()):
        generator = algebra.generators[g]
        if generator.kind != "delta" or index not in generator.names:
            continue
        slope = generator.data.coeff(index)
        place = expand(index - slope * generator.data)
        integers = algebra.facts.integers
        if abs(slope) != 1 or index in place.free_symbols:
            continue
        if not (integers.at_least(place, index.lower) and integers.at_least(index.upper, place)):
            continue
        others = algebra.replace(ratio, {g: ZERO})
        there = algebra.substitute(algebra.replace(ratio, {g: ONE}), {index: place})
        left_out = algebra.substitute(others, {index: place})
        if others.is_zero or left_out.is_zero:
            continue
        for piece, _ in factor(left_out.num)[1]:
            algebra.needed[algebra.poly_term(piece), "!="] = None
        whole = product_over(algebra, others, index)
        return algebra.divide(algebra.multiply(whole, there), left_out)
    return None


def _product_generator(algebra: Algebra, body: Ratio, index: Index) -> Ratio:
    place = algebra.term(body)
    if place.is_integer and expand(place - index).is_Integer:
        # Π_{i=a}^{b} (i + c) = (b + c)! / (a + c − 1)!
        offset = expand(place - index)
        if algebra.facts.integers.at_least(index.lower + offset, 1) and algebra.facts.integers.at_least(
            index.upper, index.lower - 1
        ):
            first, last = expand(index.lower + offset - 1), expand(index.upper + offset)
            return algebra.divide(algebra.normalise(factorial(last)), algebra.normalise(factorial(first)))
    outside, body, index = anchored(algebra, body, index)
    if outside != ONE:
        return algebra.multiply(
            product_over(algebra, outside, index), _product_generator(algebra, body, index)
        )
    height = algebra.height(body)
    neutral = canonical_index(height, Integer(0), Integer(0))
    key = ("product", algebra.substitute(body, {index: neutral}))
    bases = algebra.sum_bases.setdefault(key, [])
    for lower, upper in bases:
        below, above = expand(index.lower - lower), expand(index.upper - upper)
        if (
            below == 0
            and above.is_Integer
            and abs(above) <= 12
            and algebra.facts.integers.at_least(upper if above >= 0 else index.upper, lower - 1)
        ):
            base = canonical_index(height, lower, upper)
            result = _raw_product(algebra, algebra.substitute(body, {index: base}), base)
            for n in range(abs(int(above))):
                start = upper + 1 if above > 0 else index.upper + 1
                part = algebra.substitute(body, {index: expand(start + n)})
                result = algebra.multiply(result, part if above > 0 else algebra.invert(part))
            return result
    bases.append((index.lower, index.upper))
    return _raw_product(algebra, body, index)


def _raw_product(algebra: Algebra, body: Ratio, index: Index) -> Ratio:
    height = algebra.height(body) + 1
    number = algebra.intern(
        "product",
        ((index,), body),
        lambda: product_of(algebra.term(body), (index, index.lower, index.upper)),
        height,
    )
    return algebra.as_ratio(number)


def _extremum_over(algebra: Algebra, ratio: Ratio, index: Index, node: type) -> Ratio:
    """max_j (c + f_j) = c + max_j f_j; positive factors come out too."""
    if not any(algebra.depends(g, index) for g in ratio.generators()):
        return ratio
    dependent = frozenset(g for g in ratio.generators() if algebra.depends(g, index))
    outside = ZERO
    if not ratio.den.generators() & dependent:
        parts = ratio.num.split(dependent)
        if () in parts:
            outside = algebra.ratio(parts[()], ratio.den)
            ratio = algebra.subtract(ratio, outside)
    scale = ratio.num.leading()[1]
    flipped = scale < 0
    if flipped:
        scale = -scale
    ratio = algebra.multiply(ratio, algebra.constant(1 / scale))
    height = algebra.height(ratio)
    fresh = canonical_index(height, index.lower, index.upper)
    body = algebra.substitute(ratio, {index: fresh})
    number = algebra.intern(
        "extremum",
        ((fresh,), body, node.__name__),
        lambda: node(algebra.term(body), (fresh, fresh.lower, fresh.upper)),
        height + 1,
    )
    scaled = algebra.multiply(algebra.constant(scale), algebra.as_ratio(number))
    return algebra.add(outside, scaled)
