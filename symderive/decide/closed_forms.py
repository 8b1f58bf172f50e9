"""Sums that have a closed form: powers of the index, geometric sums, the binomial theorem."""

from __future__ import annotations

from sympy import Expr, Integer, Symbol, binomial, expand
from sympy import bernoulli as bernoulli_number
from sympy import binomial as choose

from symderive.decide.algebra import ONE, Algebra, Ratio
from symderive.decide.reindexing import pull_out
from symderive.terms import Index

__all__ = ["closed_sum"]

_HIGHEST_POWER = 12
_MISSING = 4


def closed_sum(algebra: Algebra, body: Ratio, index: Index) -> Ratio | None:
    """The closed form of ``Σ_index body``, where one is known."""
    if not algebra.facts.integers.at_least(index.upper, index.lower - 1):
        return None
    body, index = _from_the_binomial(algebra, body, index)
    outside, body = pull_out(algebra, body, index)
    shape = _shape(algebra, body, index)
    if shape is None:
        return None
    power, ratio, choice = shape
    if choice is not None:
        closed = _binomial_theorem(algebra, ratio, choice, index) if power == 0 else None
    elif ratio == ONE:
        closed = _power_sum(algebra, power, index)
    else:
        closed = _geometric(algebra, power, ratio, index)
    return None if closed is None else algebra.multiply(outside, closed)


def _from_the_binomial(algebra: Algebra, body: Ratio, index: Index) -> tuple[Ratio, Index]:
    """Re-index so that a binomial coefficient is C(n, index)."""
    for g in body.num.generators():
        generator = algebra.generators[g]
        if generator.kind != "binomial" or index not in generator.names:
            continue
        n, k = generator.data
        choices = (k, expand(n - k))
        if index in choices:
            return body, index
        for place in sorted(choices, key=lambda place: place.coeff(index, 1) != 1):
            slope = place.coeff(index, 1)
            offset = expand(place - slope * index)
            if slope not in (1, -1) or index in offset.free_symbols:
                continue
            if slope == -1 and index in n.free_symbols:
                continue
            ends = [expand(slope * end + offset) for end in (index.lower, index.upper)]
            fresh = Index(index.name, *(reversed(ends) if slope == 1 else ends))
            shifted = algebra.substitute(body, {index: expand(slope * (fresh - offset))})
            return shifted, fresh
    return body, index


def _shape(algebra: Algebra, body: Ratio, index: Index) -> tuple[int, Ratio, Expr | None] | None:
    """Read the body as index^p · r^index · C(n, index)."""
    power, ratio, choice = 0, ONE, None
    for poly, direction in ((body.num, 1), (body.den, -1)):
        if len(poly) != 1:
            return None
        ((mono, c),) = poly.terms.items()
        if c != 1:
            return None
        for g, e in mono:
            generator = algebra.generators[g]
            e = e * direction
            if index not in generator.names:
                return None
            if generator.kind == "symbol":
                power += e
            elif generator.kind == "power":
                base, exponent, _ = generator.data
                if exponent != ((algebra.intern("symbol", index, index), 1),):
                    return None
                if any(algebra.depends(h, index) for h in base.generators()):
                    return None
                ratio = algebra.multiply(ratio, algebra.power(algebra.ratio(base), e))
            elif generator.kind == "exp":
                unit = generator.data
                place = algebra.intern("symbol", index, index)
                rest = unit.num.split(frozenset((place,)))
                if set(rest) != {((place, 1),)} or place in unit.den.generators():
                    return None
                if any(algebra.depends(h, index) for h in (rest[((place, 1),)].generators())):
                    return None
                from symderive.decide.powers import exponential

                step = exponential(algebra, algebra.ratio(rest[((place, 1),)], unit.den))
                ratio = algebra.multiply(ratio, algebra.power(step, e))
            elif generator.kind == "binomial" and e == 1 and choice is None:
                n, k = generator.data
                if (k == index and index not in n.free_symbols) or (
                    expand(n - k) == index and index not in n.free_symbols
                ):
                    choice = n
                else:
                    return None
            else:
                return None
    if power < 0 or power > _HIGHEST_POWER:
        return None
    return power, ratio, choice


def _power_sum(algebra: Algebra, power: int, index: Index) -> Ratio:
    """Faulhaber: Σ_{j=1}^{n} j^p as a polynomial, at both limits."""
    variable = Symbol("n", integer=True)
    total: Expr = 0
    for j in range(power + 1):
        # B_1 = +1/2 in this form
        total += choose(power + 1, j) * abs_bernoulli(j) * variable ** (power + 1 - j)
    total = expand(total / (power + 1))
    upper = algebra.normalise(total.xreplace({variable: index.upper}))
    lower = algebra.normalise(total.xreplace({variable: index.lower - 1}))
    return algebra.subtract(upper, lower)


def abs_bernoulli(j: int) -> Expr:
    """The Bernoulli number with B_1 = +1/2."""
    return bernoulli_number(j) if j != 1 else abs(bernoulli_number(1))


def _geometric(algebra: Algebra, power: int, ratio: Ratio, index: Index) -> Ratio:
    """Σ j^p r^j by summation by parts: (1 − r) S_p is a sum of lower powers and boundary terms."""
    base = algebra.term(ratio)
    lower, upper = index.lower, index.upper
    boundary = algebra.normalise(lower**power * base**lower - upper**power * base ** (upper + 1))
    total = boundary
    if power:
        polynomial = expand(index**power - (index - 1) ** power)
        for exponent in range(power):
            c = polynomial.coeff(index, exponent)
            if c != 0:
                inner = _lower_sum(algebra, exponent, ratio, index)
                total = algebra.add(total, algebra.multiply(algebra.constant(c), inner))
    return algebra.divide(total, algebra.subtract(ONE, ratio))


def _lower_sum(algebra: Algebra, power: int, ratio: Ratio, index: Index) -> Ratio:
    """``Σ_{lower+1}^{upper}``, as the whole sum less its first term."""
    whole = _geometric(algebra, power, ratio, index)
    first = algebra.normalise(index.lower**power * algebra.term(ratio) ** index.lower)
    return algebra.subtract(whole, first)


def _binomial_theorem(algebra: Algebra, ratio: Ratio, n: Expr, index: Index) -> Ratio | None:
    """Σ_{k=0}^{n} C(n, k) r^k = (1 + r)^n; a range that lacks a few terms is completed."""
    before, after = index.lower, expand(n - index.upper)
    if not (before.is_Integer and after.is_Integer and 0 <= before <= _MISSING and 0 <= after <= _MISSING):
        return None
    if not algebra.facts.integers.at_least(n, 0):
        return None
    one_plus = algebra.add(ONE, ratio)
    if one_plus.is_zero:
        whole = algebra.normalise(_delta_at_zero(n))
    else:
        whole = algebra.normalise(algebra.term(one_plus) ** n)
    base = algebra.term(ratio)
    missing = [Integer(k) for k in range(int(before))] + [n - k for k in range(int(after))]
    for k in missing:
        term = algebra.normalise(binomial(n, k, evaluate=False) * base**k)
        whole = algebra.subtract(whole, term)
    return whole


def _delta_at_zero(n: Expr) -> Expr:
    from sympy import KroneckerDelta

    return KroneckerDelta(n, 0)
