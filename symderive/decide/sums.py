"""Normal forms of sums of symbolic length.

A sum is split into its terms, constants are pulled out, deltas collapse under their range conditions, nested
sums are joined into one sum over several indices whose names are canonical, factors that share no index are
separated. What is left is a generator. Sums with one body and limits that differ by a number are reduced to
one of them by splitting terms off, where the ranges allow it.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

from flint import fmpq
from sympy import Expr, Sum, Symbol, expand, oo

from symderive.decide.algebra import ONE, ONE_POLY, ZERO, Algebra, Ratio, Unsupported, handles
from symderive.decide.atoms import canonical_index, indicator, opened
from symderive.decide.closed_forms import closed_sum
from symderive.decide.polynomial import Monomial, Poly, TooLarge, exact_quotient, factor
from symderive.decide.reindexing import (
    anchored,
    count_values,
    first_unused,
    straightened,
    sum_generator,
    with_base_limits,
)
from symderive.terms import Index, substitute

__all__ = ["WRITE_OUT", "nested", "sum_over"]

#: Sums with number limits are written out up to this many terms.
WRITE_OUT = 40
_MOST_INDICES = 4


@handles(Sum)
def _sum(algebra: Algebra, term: Sum) -> Ratio:
    return nested(algebra, term, sum_over)


def nested(algebra: Algebra, term: Expr, over: Any) -> Ratio:
    """The normal form of a body, taken `over` its indices from the innermost one outwards."""
    body, chain = opened(term)
    ratio = algebra.normalise(body)
    if len(chain) == 1 and isinstance(term, Sum):
        algebra.summands[chain[0], ratio] = None
    for index in reversed(chain):
        ratio = over(algebra, ratio, index)
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
        if count <= WRITE_OUT:
            return algebra.total(
                algebra.substitute(ratio, {index: index.lower + n}) for n in range(int(count))
            )
    dependent = {g for g in ratio.generators() if algebra.depends(g, index)}
    if not dependent:
        return algebra.multiply(ratio, count_values(algebra, index))
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


def _solve_index(difference: Expr, index: Symbol) -> Expr | None:
    """The integer term e with ``difference = 0 ⇔ index = e``, where the index has coefficient ±1."""
    slope = expand(difference).coeff(index, 1)
    if slope not in (1, -1):
        return None
    rest = expand(difference - slope * index)
    # δ_{j,e} under a sum is 1 for some j only where e is an integer.
    return expand(-slope * rest) if rest.is_integer and not rest.has(index) else None


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
    if not (
        facts.integers.at_least(place, index.lower - 1) and facts.integers.at_least(index.upper + 1, place)
    ):
        return None
    if slope == 1 and not facts.integers.at_least(place, index.lower):
        return None
    if slope == -1 and not facts.integers.at_least(index.upper, place):
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


def _proper_parts(num: Poly, den: Poly, pieces: list[tuple[Poly, int]]) -> list[tuple[Poly, Poly]]:
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
    dependent = [(g, e) for g, e in _monomial(joined.num) if any(algebra.depends(g, v) for v in variables)]
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
    first = first_unused(algebra, body, "~")
    rest: Ratio = algebra.ratio(
        Poly({tuple(p for p in mono if not _joins(algebra, p, index)): fmpq(1)}), body.den
    )
    for g, e in mono:
        if not _joins(algebra, (g, e), index):
            continue
        for _ in range(e):
            inner_variables, inner_body = algebra.generators[g].data
            renaming: dict[Symbol, Expr] = {}
            for v in inner_variables:
                ends = (substitute(end, renaming) for end in (v.upper, v.lower))
                fresh = Index(f"~{first + len(variables)}", *ends)
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


def _multiple_sum(algebra: Algebra, body: Ratio, variables: list[Index]) -> Ratio:
    """A sum over several tied indices, under the least of its possible labellings."""
    if len(variables) > _MOST_INDICES:
        raise TooLarge("a sum over too many tied indices")
    body, variables = straightened(algebra, body, variables)
    height = algebra.height(body)
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
    return sum_generator(algebra, best[1], best[2])


def _single_sum(algebra: Algebra, body: Ratio, index: Index) -> Ratio:
    closed = closed_sum(algebra, body, index)
    if closed is not None:
        return closed
    outside, body, index = anchored(algebra, body, index)
    height = algebra.height(body)
    return algebra.multiply(outside, with_base_limits(algebra, body, index, height))
