"""Normal forms of sums and products of symbolic length, and of extrema over an index.

A sum is split into its terms, constants are pulled out, deltas collapse under their range conditions, nested
sums are joined into one sum over several indices whose names are canonical, factors that share no index are
separated. What is left is a generator. Sums with one body and limits that differ by a number are reduced to
one of them by splitting terms off, where the ranges allow it.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

from flint import fmpq
from sympy import Expr, Indexed, Integer, Product, Sum, Symbol, expand, factorial, oo

from symderive.decide.algebra import ONE, ONE_POLY, ZERO, Algebra, Ratio, TooLarge, Unsupported, handles
from symderive.decide.atoms import canonical_index, indicator, term_height
from symderive.decide.closed_forms import closed_sum
from symderive.decide.polynomial import Monomial, Poly, exact_quotient, factor
from symderive.terms import Apply, Index, IndexedMax, IndexedMin, limits_of, substitute, walk

__all__ = ["product_over", "sum_over"]

#: Sums with number limits are written out up to this many terms.
_WRITE_OUT = 40
_MOST_INDICES = 4


@handles(Sum)
def _sum(algebra: Algebra, term: Sum) -> Ratio:
    return _nested(algebra, term, sum_over)


@handles(Product)
def _product(algebra: Algebra, term: Product) -> Ratio:
    return _nested(algebra, term, product_over)


@handles(IndexedMax, IndexedMin)
def _indexed_extremum(algebra: Algebra, term: IndexedMax | IndexedMin) -> Ratio:
    return _nested(algebra, term, lambda a, r, v: _extremum_over(a, r, v, type(term)))


def _nested(algebra: Algebra, term: Expr, over: Any) -> Ratio:
    """Canonical bound indices from the innermost limit outwards."""
    limits = list(limits_of(term))
    body = term.args[0]
    height = term_height(body)
    chain: list[Index] = []
    renaming: dict[Symbol, Expr] = {}
    for depth, (index, lower, upper) in enumerate(limits):
        lower, upper = substitute(lower, renaming), substitute(upper, renaming)
        canonical = canonical_index(height + len(limits) - 1 - depth, expand(lower), expand(upper))
        renaming[index] = canonical
        chain.append(canonical)
    ratio = algebra.normalise(substitute(body, renaming))
    for canonical in reversed(chain):
        ratio = over(algebra, ratio, canonical)
    return ratio


# -- sums ----------------------------------------------------------------------------------------------


def sum_over(algebra: Algebra, ratio: Ratio, index: Index) -> Ratio:
    """``Σ_{index} ratio`` over the range that `index` carries."""
    algebra.check_deadline()
    if ratio.is_zero:
        return ZERO
    count = expand(index.upper - index.lower + 1)
    if count.is_Integer:
        if count <= 0:
            return ZERO
        if count <= _WRITE_OUT:
            return algebra.total(
                algebra.substitute(ratio, {index: index.lower + n}) for n in range(int(count))
            )
    dependent = {g for g in ratio.generators() if algebra.depends(g, index)}
    if not dependent:
        return algebra.multiply(ratio, _count(algebra, index))
    if index.upper == oo:
        raise Unsupported("an infinite series")
    for g in sorted(dependent):
        generator = algebra.generators[g]
        if generator.kind == "delta":
            place = _solve_index(generator.data, index)
            if place is not None:
                return _collapse(algebra, ratio, index, g, place)
        if generator.kind == "iverson" and isinstance(generator.data, Expr):
            cut = _cut(algebra, ratio, index, g)
            if cut is not None:
                return cut
    return _sum_parts(algebra, ratio, index, dependent)


def _count(algebra: Algebra, index: Index) -> Ratio:
    """How many values an index has; ``upper − lower + 1`` only where that cannot be negative."""
    count = expand(index.upper - index.lower + 1)
    if count.has(oo):
        raise Unsupported("an infinite series")
    if algebra.facts.at_least(count, 0):
        return algebra.normalise(count)
    canonical = canonical_index(0, index.lower, index.upper)
    term = Sum(Integer(1), (canonical, index.lower, index.upper))
    return algebra.as_ratio(algebra.intern("count", (index.lower, index.upper), term, 1))


def _solve_index(difference: Expr, index: Symbol) -> Expr | None:
    """The integer term e with ``difference = 0 ⇔ index = e``, where the index has coefficient ±1."""
    slope = expand(difference).coeff(index, 1)
    if slope not in (1, -1):
        return None
    rest = expand(difference - slope * index)
    return None if rest.has(index) else expand(-slope * rest)


def _collapse(algebra: Algebra, ratio: Ratio, index: Index, g: int, place: Expr) -> Ratio:
    """``Σ_j f(j, δ_{j,e}) = Σ_j f(j, 0) + [e in range] (f(e, 1) − f(e, 0))``."""
    without = algebra.replace(ratio, {g: ZERO})
    with_delta = algebra.replace(ratio, {g: ONE})
    jump = algebra.subtract(with_delta, without)
    inside = algebra.multiply(
        indicator(algebra, _ge(place, index.lower)), indicator(algebra, _ge(index.upper, place))
    )
    result = sum_over(algebra, without, index)
    if not inside.is_zero and not jump.is_zero:
        at_place = algebra.substitute(jump, {index: place})
        result = algebra.add(result, algebra.multiply(inside, at_place))
    return result


def _ge(a: Expr, b: Expr) -> Expr:
    from sympy import Ge

    return Ge(a, b, evaluate=False)


def _cut(algebra: Algebra, ratio: Ratio, index: Index, g: int) -> Ratio | None:
    """``Σ_j f(j, [d(j) ≥ 0])``: the sum over the part of the range where the indicator is 1."""
    difference = algebra.generators[g].data
    slope = expand(difference).coeff(index, 1)
    rest = expand(difference - slope * index)
    if slope not in (1, -1) or rest.has(index):
        return None
    facts = algebra.facts
    place = expand(-rest) if slope == 1 else rest
    # slope 1: the part is place..upper; slope -1: it is lower..place. It must lie inside the range.
    if not (facts.at_least(place, index.lower - 1) and facts.at_least(index.upper + 1, place)):
        return None
    if slope == 1 and not facts.at_least(place, index.lower):
        return None
    if slope == -1 and not facts.at_least(index.upper, place):
        return None
    without = algebra.replace(ratio, {g: ZERO})
    jump = algebra.subtract(algebra.replace(ratio, {g: ONE}), without)
    result = sum_over(algebra, without, index)
    if jump.is_zero:
        return result
    lower, upper = (place, index.upper) if slope == 1 else (index.lower, place)
    part = Index(index.name, upper, lower)
    return algebra.add(result, sum_over(algebra, algebra.substitute(jump, {index: part}), part))


def _sum_parts(algebra: Algebra, ratio: Ratio, index: Index, dependent: set[int]) -> Ratio:
    """Split the summand into its terms; pull out what does not depend on the index."""
    content, pieces = factor(ratio.den)
    outer, inner = Poly.constant(content), ONE_POLY
    dependent_pieces = []
    for piece, exponent in pieces:
        if piece.generators() & dependent:
            inner = inner * piece.power(exponent)
            dependent_pieces.append((piece, exponent))
        else:
            outer = outer * piece.power(exponent)
    parts = []
    for num, den in _proper_parts(ratio.num, inner, dependent_pieces):
        for mono, coefficient in num.split(frozenset(dependent)).items():
            body = algebra.ratio(Poly({mono: fmpq(1)}), den)
            value = _sum_body(algebra, body, index)
            parts.append(algebra.multiply(algebra.ratio(coefficient), value))
    return algebra.divide(algebra.total(parts), algebra.ratio(outer))


def _proper_parts(
    num: Poly, den: Poly, pieces: list[tuple[Poly, int]]
) -> list[tuple[Poly, Poly]]:
    """The expansion of num/d^e in powers of a single irreducible d, which is unique."""
    if len(pieces) != 1 or len(pieces[0][0]) == 1:
        return [(num, den)]
    piece, exponent = pieces[0]
    parts = []
    for power in range(exponent, 0, -1):
        num, remainder = exact_quotient(num, piece)
        if remainder:
            parts.append((remainder, piece.power(power)))
        if not num:
            return parts
    if num:
        parts.append((num, ONE_POLY))
    return parts


def _sum_body(algebra: Algebra, body: Ratio, index: Index) -> Ratio:
    """The sum of one monomial over a denominator: joined with inner sums, split into independent factors."""
    variables, outside, joined = _join(algebra, body, index)
    dependent = [
        (g, e) for g, e in _monomial(joined.num) if any(algebra.depends(g, v) for v in variables)
    ]
    free = [(g, e) for g, e in _monomial(joined.num) if (g, e) not in dependent]
    _, c = joined.num.leading()
    constant = algebra.multiply(outside, algebra.ratio(Poly({tuple(free): c})))
    blocks = _components(algebra, variables, dependent, joined.den)
    result = constant
    for names, mono, den in blocks:
        factor_body = algebra.ratio(Poly({tuple(sorted(mono)): fmpq(1)}), den)
        if len(names) == 1:
            value = _single_sum(algebra, factor_body, names[0])
        else:
            value = _multiple_sum(algebra, factor_body, names)
        result = algebra.multiply(result, value)
    return result


def _monomial(poly: Poly) -> Monomial:
    if len(poly) != 1:
        raise Unsupported("a summand that is no monomial")
    (mono,) = poly.terms
    return mono


def _join(algebra: Algebra, body: Ratio, index: Index) -> tuple[list[Index], Ratio, Ratio]:
    """Join ``Σ_i a_i (Σ_j b_ij)`` into one sum over i and j."""
    variables = [index]
    outside = ONE
    mono = _monomial(body.num)
    rest: Ratio = algebra.ratio(Poly({tuple(p for p in mono if not _joins(algebra, p, index)): fmpq(1)}), body.den)
    for g, e in mono:
        if not _joins(algebra, (g, e), index):
            continue
        for _ in range(e):
            inner_variables, inner_body = algebra.generators[g].data
            renaming: dict[Symbol, Expr] = {}
            for v in inner_variables:
                fresh = Index(
                    f"~{len(variables)}", substitute(v.upper, renaming), substitute(v.lower, renaming)
                )
                renaming[v] = fresh
                variables.append(fresh)
            if len(variables) > 2 * _MOST_INDICES:
                raise TooLarge("a sum over too many indices")
            rest = algebra.multiply(rest, algebra.substitute(inner_body, renaming))
    if len(rest.num) != 1:
        raise Unsupported("a nested sum that does not join")
    return variables, outside, rest


def _joins(algebra: Algebra, power: tuple[int, int], index: Index) -> bool:
    generator = algebra.generators[power[0]]
    return (
        generator.kind == "sum"
        and index in generator.names
        and power[1] <= _MOST_INDICES
        # a triangular range stays nested: its limits are no constants
        and not any(index in v.upper.free_symbols | v.lower.free_symbols for v in generator.data[0])
    )


def _components(
    algebra: Algebra, variables: list[Index], mono: list[tuple[int, int]], den: Poly
) -> list[tuple[list[Index], list[tuple[int, int]], Poly]]:
    """Group the indices that some factor ties together."""
    content, pieces = factor(den)
    parts: list[tuple[set[Index], list[tuple[int, int]], Poly]] = []
    items: list[tuple[set[Index], list[tuple[int, int]], Poly]] = []
    for g, e in mono:
        items.append(({v for v in variables if algebra.depends(g, v)}, [(g, e)], ONE_POLY))
    for piece, e in pieces:
        held = {v for v in variables for g in piece.generators() if algebra.depends(g, v)}
        items.append((held, [], piece.power(e)))
    for v in variables:
        ties = {v} | (set(v.upper.free_symbols) | set(v.lower.free_symbols)) & set(variables)
        items.append((ties, [], ONE_POLY))
    for held, factors, piece in items:
        touching = [part for part in parts if part[0] & held]
        for part in touching:
            parts.remove(part)
            held, factors, piece = held | part[0], factors + part[1], piece * part[2]
        parts.append((held, factors, piece))
    if content != 1:
        held, factors, piece = parts[0]
        parts[0] = (held, factors, piece.scale(content))
    return [([v for v in variables if v in held], factors, piece) for held, factors, piece in parts]


def _body_height(algebra: Algebra, body: Ratio) -> int:
    return algebra.height(body)


def _multiple_sum(algebra: Algebra, body: Ratio, variables: list[Index]) -> Ratio:
    """A sum over several tied indices, under the least of its possible labellings."""
    if len(variables) > _MOST_INDICES:
        raise TooLarge("a sum over too many tied indices")
    height = _body_height(algebra, body)
    best: tuple[str, Ratio, tuple[Index, ...]] | None = None
    for order in permutations(variables):
        placed: set[Symbol] = set()
        if any(
            (set(v.upper.free_symbols) | set(v.lower.free_symbols)) & (set(variables) - set(order[:n]))
            for n, v in enumerate(order)
        ):
            continue
        renaming: dict[Symbol, Expr] = {}
        for position, v in enumerate(order):
            lower, upper = substitute(v.lower, renaming), substitute(v.upper, renaming)
            renaming[v] = canonical_index(height + len(order) - 1 - position, lower, upper)
            placed.add(v)
        labelled = algebra.substitute(body, renaming)
        key = str((tuple((str(v.lower), str(v.upper)) for v in renaming.values()), labelled))
        if best is None or key < best[0]:
            best = key, labelled, tuple(renaming.values())
    assert best is not None
    return _sum_generator(algebra, best[1], best[2])


def _sum_generator(algebra: Algebra, body: Ratio, variables: tuple[Index, ...]) -> Ratio:
    if not any(algebra.depends(g, v) for g in body.generators() for v in variables):
        result = body
        for v in variables:
            result = algebra.multiply(result, _count(algebra, v))
        return result
    if body.num.leading()[1] != 1:
        scale = body.num.leading()[1]
        scaled = algebra.multiply(body, algebra.constant(1 / scale))
        return algebra.multiply(algebra.constant(scale), _sum_generator(algebra, scaled, variables))
    height = _body_height(algebra, body) + len(variables)
    limits = [(v, v.lower, v.upper) for v in reversed(variables)]
    number = algebra.intern(
        "sum", (variables, body), lambda: Sum(algebra.term(body), *limits), height
    )
    return algebra.as_ratio(number)


# -- one index: anchors, limits ------------------------------------------------------------------------


def _single_sum(algebra: Algebra, body: Ratio, index: Index) -> Ratio:
    closed = closed_sum(algebra, body, index)
    if closed is not None:
        return closed
    outside, body, index = _anchored(algebra, body, index)
    height = _body_height(algebra, body)
    return algebra.multiply(outside, _with_base_limits(algebra, body, index, height))


def _anchored(algebra: Algebra, body: Ratio, index: Index) -> tuple[Ratio, Ratio, Index]:
    """Re-index so that a canonical entry stands at the bare index: ``Σ x_{j+1}``, ``Σ x_{n−j}`` → ``Σ x_j``.

    Returns what no longer depends on the index (γ^n of ``γ^{n−j}``), the body and its index.
    """
    best: tuple[str, Ratio, Ratio, Index] | None = None
    height = _body_height(algebra, body)
    for place in _places(algebra, body, index) or [index]:
        slope = expand(place).coeff(index, 1)
        offset = expand(place - slope * index)
        lower, upper = (index.lower, index.upper) if slope == 1 else (index.upper, index.lower)
        lower, upper = expand(slope * lower + offset), expand(slope * upper + offset)
        fresh = canonical_index(height, lower, upper)
        # place = fresh  ⇔  index = slope · (fresh − offset)
        shifted = algebra.substitute(body, {index: expand(slope * (fresh - offset))})
        outside, shifted = _pull_out(algebra, shifted, fresh)
        neutral = canonical_index(height, Integer(0), Integer(0))
        shown = str((slope != 1, algebra.substitute(shifted, {fresh: neutral}), str(lower), str(upper)))
        if best is None or shown < best[0]:
            best = shown, outside, shifted, fresh
    assert best is not None
    return best[1], best[2], best[3]


def _pull_out(algebra: Algebra, body: Ratio, index: Index) -> tuple[Ratio, Ratio]:
    """Separate the factors of a monomial that do not depend on the index."""
    outside, inside = ONE, ONE
    for poly, direction in ((body.num, 1), (body.den, -1)):
        content, pieces = factor(poly)
        outside = algebra.multiply(outside, algebra.power(algebra.constant(content), direction))
        for piece, e in pieces:
            part = algebra.power(algebra.ratio(piece), e * direction)
            if any(algebra.depends(g, index) for g in piece.generators()):
                inside = algebra.multiply(inside, part)
            else:
                outside = algebra.multiply(outside, part)
    return outside, inside


def _places(algebra: Algebra, body: Ratio, index: Index) -> list[Expr]:
    """The index terms of the body in which the index has coefficient ±1."""
    places: set[Expr] = set()
    for g in body.generators():
        generator = algebra.generators[g]
        if index not in generator.names:
            continue
        for node in walk(generator.term):
            if isinstance(node, Indexed):
                candidates = node.indices
            elif isinstance(node, Apply):
                candidates = (*node.components, *(a for a in node.arguments if a.is_integer))
            else:
                continue
            for place in candidates:
                place = expand(place)
                if index in place.free_symbols and place.coeff(index, 1) in (1, -1):
                    if index not in expand(place - place.coeff(index, 1) * index).free_symbols:
                        places.add(place)
    return sorted(places, key=str)


def _with_base_limits(algebra: Algebra, body: Ratio, index: Index, height: int) -> Ratio:
    """Reduce to the limits under which this body was summed first, splitting terms off."""
    neutral = canonical_index(height, Integer(0), Integer(0))
    key = algebra.substitute(body, {index: neutral})
    bases = algebra.sum_bases.setdefault(key, [])
    for lower, upper in bases:
        below, above = expand(index.lower - lower), expand(index.upper - upper)
        if not (below.is_Integer and above.is_Integer and abs(below) <= 12 and abs(above) <= 12):
            continue
        reduced = _rebase(algebra, body, index, lower, upper, int(below), int(above), height)
        if reduced is not None:
            return reduced
    bases.append((index.lower, index.upper))
    return _sum_generator(algebra, body, (index,))


def _rebase(
    algebra: Algebra, body: Ratio, index: Index, lower: Expr, upper: Expr, below: int, above: int, height: int
) -> Ratio | None:
    """``Σ_{lower+below}^{upper+above}`` from ``Σ_lower^upper``, by way of the range that covers both.

    Splitting off is right when neither range is shorter than the empty one (upper = lower − 1).
    """
    facts = algebra.facts
    if not (facts.at_least(upper, lower - 1) and facts.at_least(index.upper, index.lower - 1)):
        return None
    base = canonical_index(height, lower, upper)
    parts = [_sum_generator(algebra, algebra.substitute(body, {index: base}), (base,))]
    for n in range(abs(below)):
        if below > 0:
            parts.append(algebra.negate(algebra.substitute(body, {index: expand(lower + n)})))
        else:
            parts.append(algebra.substitute(body, {index: expand(index.lower + n)}))
    for n in range(abs(above)):
        if above > 0:
            parts.append(algebra.substitute(body, {index: expand(upper + 1 + n)}))
        else:
            parts.append(algebra.negate(algebra.substitute(body, {index: expand(index.upper + 1 + n)})))
    return algebra.total(parts)


# -- products and extrema ------------------------------------------------------------------------------


def product_over(algebra: Algebra, ratio: Ratio, index: Index) -> Ratio:
    """``Π_{index} ratio``: split into factors; exponentials and powers add up their exponents."""
    from symderive.decide.powers import exponential

    count = expand(index.upper - index.lower + 1)
    if count.is_Integer and count <= _WRITE_OUT:
        result = ONE
        for n in range(max(int(count), 0)):
            result = algebra.multiply(result, algebra.substitute(ratio, {index: index.lower + n}))
        return result
    if index.upper == oo:
        raise Unsupported("an infinite product")
    if ratio.is_zero:
        raise Unsupported("a product of zeros")
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
        if not algebra.facts.at_least(count, 0):
            raise Unsupported("a product that may be over a negative number of factors")
        shown = algebra.term(constant) ** count
        result = algebra.multiply(result, algebra.normalise(shown))
    return result


def _product_generator(algebra: Algebra, body: Ratio, index: Index) -> Ratio:
    place = algebra.term(body)
    if place.is_integer and expand(place - index).is_Integer:
        # Π_{i=a}^{b} (i + c) = (b + c)! / (a + c − 1)!
        offset = expand(place - index)
        if algebra.facts.at_least(index.lower + offset, 1) and algebra.facts.at_least(
            index.upper, index.lower - 1
        ):
            first, last = expand(index.lower + offset - 1), expand(index.upper + offset)
            return algebra.divide(
                algebra.normalise(factorial(last)), algebra.normalise(factorial(first))
            )
    outside, body, index = _anchored(algebra, body, index)
    if outside != ONE:
        return algebra.multiply(
            product_over(algebra, outside, index), _product_generator(algebra, body, index)
        )
    height = _body_height(algebra, body)
    neutral = canonical_index(height, Integer(0), Integer(0))
    key = ("product", algebra.substitute(body, {index: neutral}))
    bases = algebra.sum_bases.setdefault(key, [])
    for lower, upper in bases:
        below, above = expand(index.lower - lower), expand(index.upper - upper)
        if below == 0 and above.is_Integer and abs(above) <= 12 and algebra.facts.at_least(
            upper if above >= 0 else index.upper, lower - 1
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
    height = _body_height(algebra, body) + 1
    number = algebra.intern(
        "product",
        ((index,), body),
        lambda: Product(algebra.term(body), (index, index.lower, index.upper)),
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


