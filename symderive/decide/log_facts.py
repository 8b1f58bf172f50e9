"""log t ≤ t − 1, for logarithms alone, in pairs, and under sums (Gibbs, Jensen, maximal entropy)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from symderive.decide.algebra import ONE, Algebra, Ratio
from symderive.decide.fact_instances import Instance, is_positive, linear_coefficient
from symderive.decide.powers import logarithm
from symderive.decide.sums import sum_over
from symderive.terms import Index

__all__ = ["logarithms", "ratios_of_logarithms", "sums_of_logarithms"]


def _log_fact(algebra: Algebra, t: Ratio) -> Ratio:
    """T − 1 − log t ≥ 0 for t > 0."""
    return algebra.subtract(algebra.subtract(t, ONE), logarithm(algebra, t))


def logarithms(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """For each logarithm that occurs linearly: log f ≤ f − 1, or −log f ≤ 1/f − 1."""
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "log":
            continue
        coefficient = linear_coefficient(algebra, gap, g)
        if coefficient is None:
            continue
        argument = algebra.ratio(generator.data)
        if not is_positive(algebra, argument):
            continue
        if is_positive(algebra, algebra.negate(coefficient), strict=False):
            yield "log t ≤ t − 1", algebra.multiply(algebra.negate(coefficient), _log_fact(algebra, argument))
        elif is_positive(algebra, coefficient, strict=False):
            yield "log t ≤ t − 1", algebra.multiply(coefficient, _log_fact(algebra, algebra.invert(argument)))


def ratios_of_logarithms(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """For c (log f − log g): t = f/g, or its reciprocal."""
    found = []
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind == "log":
            coefficient = linear_coefficient(algebra, gap, g)
            argument = algebra.ratio(generator.data)
            if coefficient is not None and is_positive(algebra, argument):
                found.append((argument, coefficient))
    for f, c in found:
        for h, d in found:
            if algebra.add(c, d).is_zero and is_positive(algebra, d, strict=False):
                # −d log f + d log h, so log(f/h) has to be bounded from above
                fact = _log_fact(algebra, algebra.divide(f, h))
                yield "log t ≤ t − 1", algebra.multiply(d, fact)


def sums_of_logarithms(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_j w_j log(f_j / g_j)``: t is a ratio of arguments inside, or of one inside and one outside."""
    parts = _log_sums(algebra, gap)
    outer = _outer_scale(algebra, gap)
    for index, weight, argument, coefficient in parts:
        sign = algebra.facts.sign_of(coefficient)
        if sign is None or sign[0] == 0 or not is_positive(algebra, weight, strict=False):
            continue
        if not is_positive(algebra, argument):
            continue
        # The other arguments that stand under the same weight with the opposite sign.
        partners = [
            other
            for other_index, other_weight, other, other_coefficient in parts
            if other_index == index
            and other_weight == weight
            and algebra.add(coefficient, other_coefficient).is_zero
            and is_positive(algebra, other)
        ]
        partners += outer(coefficient, index, weight)
        partners.append(ONE)
        size = coefficient if sign[0] > 0 else algebra.negate(coefficient)
        for partner in partners:
            t = algebra.divide(partner, argument)
            if sign[0] < 0:
                t = algebra.invert(t)
            body = algebra.multiply(weight, _log_fact(algebra, t))
            yield "log t ≤ t − 1", algebra.multiply(size, sum_over(algebra, body, index))


def _log_sums(algebra: Algebra, gap: Ratio) -> list[tuple[Index, Ratio, Ratio, Ratio]]:
    """The sums ``c · Σ_j w_j log f_j`` of a difference, as (index, w, f, c)."""
    found = []
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "sum" or len(generator.data[0]) != 1:
            continue
        coefficient = linear_coefficient(algebra, gap, g)
        if coefficient is None:
            continue
        (index,), body = generator.data
        for h in sorted(body.num.generators()):
            inner = algebra.generators[h]
            if inner.kind == "log":
                weight = linear_coefficient(algebra, body, h)
                if weight is None:
                    continue
                canonical = Index("\u00b7log", index.upper, index.lower)
                renaming = {index: canonical}
                found.append(
                    (
                        canonical,
                        algebra.substitute(weight, renaming),
                        algebra.substitute(algebra.ratio(inner.data), renaming),
                        coefficient,
                    )
                )
    return found


def _outer_scale(algebra: Algebra, gap: Ratio) -> Callable[[Ratio, Index, Ratio], list[Ratio]]:
    """Arguments of logarithms outside the sums, as constants that t may be scaled by."""
    outside = []
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind == "log":
            coefficient = linear_coefficient(algebra, gap, g)
            argument = algebra.ratio(generator.data)
            if coefficient is not None and is_positive(algebra, argument):
                outside.append((argument, coefficient))

    def scales(coefficient: Ratio, index: Index, weight: Ratio) -> list[Ratio]:
        total = sum_over(algebra, weight, index)
        product, single = ONE, []
        for argument, outer in outside:
            if total.is_zero:
                continue
            # c Σ w log f + d log h: t = h^(−d/(c Σ w)) / f
            exponent = algebra.negate(algebra.divide(outer, algebra.multiply(coefficient, total)))
            if exponent.is_constant and int(exponent.value.q) == 1 and abs(exponent.value.p) <= 4:
                power = algebra.power(argument, int(exponent.value.p))
                product = algebra.multiply(product, power)
                single.append(power)
        return [product, *single] if outside else []

    return scales
