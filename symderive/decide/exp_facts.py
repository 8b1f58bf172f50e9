"""1 + t ≤ exp t, alone and as the tangent under a sum (Jensen for exp, AM–GM); cosh t ≤ exp(t²/2)."""

from __future__ import annotations

from collections.abc import Iterator

from flint import fmpq

from symderive.decide.algebra import ONE, Algebra, Ratio
from symderive.decide.fact_instances import Instance, is_positive, linear_coefficient
from symderive.decide.polynomial import Poly
from symderive.decide.powers import exponential, logarithm
from symderive.decide.sums import sum_over
from symderive.terms import Index

__all__ = ["exponentials", "hyperbolic_cosines", "jensen_exponential"]


def exponentials(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """For each exponential that occurs linearly with a positive coefficient: e^u ≥ 1 + u."""
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind == "exp":
            coefficient = linear_coefficient(algebra, gap, g)
            if coefficient is None or not is_positive(algebra, coefficient, strict=False):
                continue
            u = generator.data
            fact = algebra.subtract(algebra.subtract(algebra.ratio(Poly.generator(g)), ONE), u)
            yield "1 + t ≤ exp t", algebra.multiply(coefficient, fact)
    for g in sorted(gap.den.generators()):
        if algebra.generators[g].kind == "exp":
            inverse = algebra.ratio(Poly.constant(1), Poly.generator(g))
            u = algebra.negate(algebra.generators[g].data)
            fact = algebra.subtract(algebra.subtract(inverse, ONE), u)
            coefficient = algebra.multiply(gap, algebra.ratio(Poly.generator(g)))
            at_zero = coefficient.num.split(frozenset((g,))).get(())
            if at_zero is None:
                continue
            scale = algebra.ratio(at_zero, coefficient.den)
            if is_positive(algebra, scale, strict=False):
                yield "1 + t ≤ exp t", algebra.multiply(scale, fact)


def hyperbolic_cosines(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """For each exponential e^u beside which e^{u²/2} occurs: e^{u²/2} ≥ (e^u + e^{−u})/2.

    Term by term in the power series: (2n)! ≥ 2ⁿ n!. Hoeffding's lemma for a sign.
    """
    half = algebra.constant(fmpq(1, 2))
    for g in sorted(gap.generators()):
        if algebra.generators[g].kind != "exp":
            continue
        u = algebra.generators[g].data
        bound = exponential(algebra, algebra.multiply(half, algebra.multiply(u, u)))
        if len(bound.num) != 1 or not bound.den.is_constant:
            continue
        ((monomial, _),) = bound.num
        wanted = frozenset(number for number, _ in monomial)
        part = gap.num.split(wanted).get(monomial)
        if part is None or wanted & gap.den.generators() or g in wanted:
            continue
        scale = algebra.divide(
            algebra.ratio(part, gap.den), Ratio(bound.num.split(wanted)[monomial], ONE.num)
        )
        if is_positive(algebra, scale, strict=False):
            both = algebra.add(exponential(algebra, u), exponential(algebra, algebra.negate(u)))
            fact = algebra.subtract(bound, algebra.multiply(half, both))
            yield "cosh t ≤ exp(t²/2)", algebra.multiply(scale, fact)


def jensen_exponential(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_j w_j (e^{u_j} − e^m (1 + u_j − m)) ≥ 0``: the tangent at m, an exponent outside the sums."""
    outside = _outside_exponents(algebra, gap)
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "sum" or len(generator.data[0]) != 1:
            continue
        coefficient = linear_coefficient(algebra, gap, g)
        if coefficient is None or not is_positive(algebra, coefficient, strict=False):
            continue
        (index,), body = generator.data
        exponent, weight = _split_exponential(algebra, body, index)
        name = "Jensen (exp)"
        if exponent is None and is_positive(algebra, body):
            # A sum of positive numbers is one of exponentials of logarithms: AM–GM.
            exponent, weight, name = logarithm(algebra, body), ONE, "AM–GM"
        if exponent is None or not is_positive(algebra, weight, strict=False):
            continue
        for m in outside:
            tangent = algebra.multiply(
                exponential(algebra, m), algebra.add(ONE, algebra.subtract(exponent, m))
            )
            inner = algebra.multiply(weight, algebra.subtract(exponential(algebra, exponent), tangent))
            yield name, algebra.multiply(coefficient, sum_over(algebra, inner, index))


def _outside_exponents(algebra: Algebra, gap: Ratio) -> list[Ratio]:
    found = []
    for mono, _ in gap.num:
        exponent = _exponent_of(algebra, mono)
        if exponent is not None and exponent not in found:
            found.append(exponent)
    return found


def _exponent_of(algebra: Algebra, mono: tuple[tuple[int, int], ...]) -> Ratio | None:
    total = None
    for g, e in mono:
        generator = algebra.generators[g]
        part = None
        if generator.kind == "exp":
            part = algebra.multiply(generator.data, algebra.constant(e))
        elif generator.kind == "root" and len(generator.data[0]) == 1:
            (h,) = generator.data[0].generators() or (None,)
            if h is not None and algebra.generators[h].kind == "exp":
                scale = fmpq(e, generator.data[1])
                part = algebra.multiply(algebra.generators[h].data, algebra.constant(scale))
        if part is not None:
            total = part if total is None else algebra.add(total, part)
    return total


def _split_exponential(algebra: Algebra, body: Ratio, index: Index) -> tuple[Ratio | None, Ratio]:
    """A summand as weight times an exponential."""
    if len(body.num) != 1:
        return None, body
    (mono,) = body.num.terms
    exponent = _exponent_of(algebra, mono)
    if exponent is None:
        return None, body
    return exponent, algebra.divide(body, exponential(algebra, exponent))
