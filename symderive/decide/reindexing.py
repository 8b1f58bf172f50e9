"""Re-indexing a sum over one index: canonical anchors, and limits that differ by a number."""

from __future__ import annotations

from sympy import Expr, Indexed, Integer, binomial, expand, oo

from symderive.decide.algebra import ONE, Algebra, Ratio, Unsupported
from symderive.decide.atoms import canonical_index
from symderive.decide.polynomial import factor
from symderive.terms import Apply, Index, sum_of, walk

__all__ = [
    "anchored",
    "count_values",
    "first_unused",
    "pull_out",
    "straightened",
    "sum_generator",
    "with_base_limits",
]


def count_values(algebra: Algebra, index: Index) -> Ratio:
    """How many values an index has; ``upper − lower + 1`` only where that cannot be negative."""
    count = expand(index.upper - index.lower + 1)
    if count.has(oo):
        raise Unsupported("an infinite series")
    if algebra.facts.integers.at_least(count, 0):
        return algebra.normalise(count)
    canonical = canonical_index(0, index.lower, index.upper)
    term = sum_of(Integer(1), (canonical, index.lower, index.upper))
    return algebra.as_ratio(algebra.intern("count", (index.lower, index.upper), term, 1))


def sum_generator(algebra: Algebra, body: Ratio, variables: tuple[Index, ...]) -> Ratio:
    """A sum as a generator: what is left when nothing can be pulled out, joined or collapsed."""
    if not any(algebra.depends(g, v) for g in body.generators() for v in variables):
        result = body
        for v in variables:
            result = algebra.multiply(result, count_values(algebra, v))
        return result
    if body.num.leading()[1] != 1:
        scale = body.num.leading()[1]
        scaled = algebra.multiply(body, algebra.constant(1 / scale))
        return algebra.multiply(algebra.constant(scale), sum_generator(algebra, scaled, variables))
    height = algebra.height(body) + len(variables)
    limits = [(v, v.lower, v.upper) for v in reversed(variables)]
    number = algebra.intern("sum", (variables, body), lambda: sum_of(algebra.term(body), *limits), height)
    return algebra.as_ratio(number)


def anchored(algebra: Algebra, body: Ratio, index: Index) -> tuple[Ratio, Ratio, Index]:
    """Re-index so that a canonical entry stands at the bare index: ``Σ x_{j+1}``, ``Σ x_{n−j}`` → ``Σ x_j``.

    Returns what no longer depends on the index (γ^n of ``γ^{n−j}``), the body and its index.
    """
    best: tuple[tuple[int, str], Ratio, Ratio, Index] | None = None
    height = algebra.height(body)
    places = _places(algebra, body, index) or [index]
    if len(places) == 1:
        fresh, back = _moved(places[0], index, f"\u00b7{height}")
        return (*pull_out(algebra, algebra.substitute(body, {index: back}), fresh), fresh)
    for place in places:
        fresh, back = _moved(place, index, f"\u00b7{height}")
        outside, shifted = pull_out(algebra, algebra.substitute(body, {index: back}), fresh)
        neutral = canonical_index(height, Integer(0), Integer(0))
        # The plainest limits win, then the least body: a choice that does not depend on where we started.
        limits = str(fresh.lower), str(fresh.upper)
        shown = sum(map(len, limits)), str((algebra.substitute(shifted, {fresh: neutral}), limits))
        if best is None or shown < best[0]:
            best = shown, outside, shifted, fresh
    assert best is not None
    return best[1], best[2], best[3]


def _moved(place: Expr, index: Index, name: str) -> tuple[Index, Expr]:
    """A new index that stands for `place`, and the old one in terms of it."""
    slope = expand(place).coeff(index, 1)
    offset = expand(place - slope * index)
    ends = [expand(slope * end + offset) for end in (index.lower, index.upper)]
    lower, upper = ends if slope == 1 else reversed(ends)
    fresh = Index(name, upper, lower)
    return fresh, expand(slope * (fresh - offset))


def first_unused(algebra: Algebra, body: Ratio, letter: str) -> int:
    """A number from which on no name of this letter is free in a body.

    While a sum is worked on its indices have names of their own, and sums inside others are worked on
    meanwhile: under roots, in exponents.
    """
    names = (name.name for g in body.generators() for name in algebra.generators[g].names)
    return 1 + max((int(name[len(letter) :]) for name in names if _is_numbered(name, letter)), default=-1)


def _is_numbered(name: str, letter: str) -> bool:
    return name.startswith(letter) and name[len(letter) :].isdecimal()


def straightened(algebra: Algebra, body: Ratio, variables: list[Index]) -> tuple[Ratio, list[Index]]:
    """Each index of a sum over several, moved to where an entry stands at the bare index."""
    result = []
    for number, variable in enumerate(variables, first_unused(algebra, body, "~s")):
        tied = set(variables) & (variable.lower.free_symbols | variable.upper.free_symbols)
        tied |= {v for v in variables if variable in v.lower.free_symbols | v.upper.free_symbols}
        places = [] if tied else _places(algebra, body, variable)
        if places and variable not in places:
            fresh, back = min(
                (_moved(place, variable, f"~s{number}") for place in places),
                key=lambda pair: (len(str(pair[0].lower)) + len(str(pair[0].upper)), str(pair[0].upper)),
            )
            body = algebra.substitute(body, {variable: back})
            variable = fresh
        result.append(variable)
    return body, result


def pull_out(algebra: Algebra, body: Ratio, index: Index) -> tuple[Ratio, Ratio]:
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
    """The index terms where the index has coefficient ±1: of entries, else of binomials, else of factors."""
    entries: set[Expr] = set()
    choices: set[Expr] = set()
    for g in body.generators():
        generator = algebra.generators[g]
        if index not in generator.names:
            continue
        for node in walk(generator.term):
            if isinstance(node, Indexed):
                entries |= set(node.indices)
            elif isinstance(node, Apply):
                entries |= {*node.components, *(a for a in node.arguments if a.is_integer)}
            elif isinstance(node, binomial):
                choices |= {node.args[1], node.args[0] - node.args[1]}
    found = {place for place in map(expand, entries) if _moves_with(place, index)}
    found = found or {place for place in map(expand, choices) if _moves_with(place, index)}
    found = found or {place for place in _linear_factors(algebra, body) if _moves_with(place, index)}
    return sorted(found, key=str)


def _linear_factors(algebra: Algebra, body: Ratio) -> set[Expr]:
    """The factors of a fraction that are index terms, up to their sign: ``j − 1`` of ``1/(j − 1)``."""
    found = set()
    for poly in (body.num, body.den):
        for piece, _ in factor(poly)[1]:
            if all(algebra.generators[g].term.is_Symbol for g in piece.generators()):
                term = expand(algebra.poly_term(piece))
                if term.is_integer:
                    found |= {term, expand(-term)}
    return found


def _moves_with(place: Expr, index: Index) -> bool:
    slope = place.coeff(index, 1)
    return slope in (1, -1) and index not in expand(place - slope * index).free_symbols


def with_base_limits(algebra: Algebra, body: Ratio, index: Index, height: int) -> Ratio:
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
    return sum_generator(algebra, body, (index,))


def _rebase(
    algebra: Algebra, body: Ratio, index: Index, lower: Expr, upper: Expr, below: int, above: int, height: int
) -> Ratio | None:
    """``Σ_{lower+below}^{upper+above}`` from ``Σ_lower^upper``, by way of the range that covers both.

    Splitting off is right when neither range is shorter than the empty one (upper = lower − 1).
    """
    facts = algebra.facts
    if not (
        facts.integers.at_least(upper, lower - 1) and facts.integers.at_least(index.upper, index.lower - 1)
    ):
        return None
    base = canonical_index(height, lower, upper)
    parts = [sum_generator(algebra, algebra.substitute(body, {index: base}), (base,))]
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
