"""Known inequalities, and their instances that a difference suggests.

An instance is a normal form that is ≥ 0 by the fact. Each family reads from the difference where its fact
could apply; a wrong guess costs time only, because the rest still has to have a known sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flint import fmpq

from symderive.decide.algebra import ONE, Algebra, Ratio, Undefined, Unsupported
from symderive.decide.polynomial import Poly, TooLarge
from symderive.decide.powers import exponential, logarithm
from symderive.decide.sums import sum_over
from symderive.terms import Index

__all__ = ["FAMILIES", "instances"]

Instance = tuple[str, Ratio]


def instances(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """Instances of every family, as (name of the fact, term ≥ 0)."""
    for family in FAMILIES:
        try:
            yield from family(algebra, gap)
        except (Unsupported, Undefined, TooLarge):
            continue


def _positive(algebra: Algebra, ratio: Ratio, *, strict: bool = True) -> bool:
    sign = algebra.facts.sign_of(ratio)
    return sign is not None and sign[0] == 1 and (sign[1] or not strict)


def _linear_coefficient(algebra: Algebra, gap: Ratio, g: int) -> Ratio | None:
    """The coefficient of a generator that occurs linearly."""
    parts = gap.num.split(frozenset((g,)))
    if g in gap.den.generators() or any(mono not in ((), ((g, 1),)) for mono in parts):
        return None
    return algebra.ratio(parts.get(((g, 1),), Poly({})), gap.den)


def _log_fact(algebra: Algebra, t: Ratio) -> Ratio:
    """T − 1 − log t ≥ 0 for t > 0."""
    return algebra.subtract(algebra.subtract(t, ONE), logarithm(algebra, t))


# -- log t ≤ t − 1 -------------------------------------------------------------------------------------


def _logarithms(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """For each logarithm that occurs linearly: log f ≤ f − 1, or −log f ≤ 1/f − 1."""
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "log":
            continue
        coefficient = _linear_coefficient(algebra, gap, g)
        if coefficient is None:
            continue
        argument = algebra.ratio(generator.data)
        if not _positive(algebra, argument):
            continue
        if _positive(algebra, algebra.negate(coefficient), strict=False):
            yield "log t ≤ t − 1", algebra.multiply(algebra.negate(coefficient), _log_fact(algebra, argument))
        elif _positive(algebra, coefficient, strict=False):
            yield "log t ≤ t − 1", algebra.multiply(coefficient, _log_fact(algebra, algebra.invert(argument)))


def _sums_of_logarithms(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_j w_j log(f_j / g_j)``: t is a ratio of arguments inside, or of one inside and one outside."""
    parts = _log_sums(algebra, gap)
    outer = _outer_scale(algebra, gap)
    for index, weight, argument, coefficient in parts:
        sign = algebra.facts.sign_of(coefficient)
        if sign is None or sign[0] == 0 or not _positive(algebra, weight, strict=False):
            continue
        if not _positive(algebra, argument):
            continue
        # The other arguments that stand under the same weight with the opposite sign.
        partners = [
            other
            for other_index, other_weight, other, other_coefficient in parts
            if other_index == index
            and other_weight == weight
            and algebra.add(coefficient, other_coefficient).is_zero
            and _positive(algebra, other)
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
        coefficient = _linear_coefficient(algebra, gap, g)
        if coefficient is None:
            continue
        (index,), body = generator.data
        for h in sorted(body.num.generators()):
            inner = algebra.generators[h]
            if inner.kind == "log":
                weight = _linear_coefficient(algebra, body, h)
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
            coefficient = _linear_coefficient(algebra, gap, g)
            if coefficient is not None:
                outside.append((algebra.ratio(generator.data), coefficient))

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


# -- e^u ≥ 1 + u ---------------------------------------------------------------------------------------


def _exponentials(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """For each exponential that occurs linearly with a positive coefficient: e^u ≥ 1 + u."""
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind == "exp":
            coefficient = _linear_coefficient(algebra, gap, g)
            if coefficient is None or not _positive(algebra, coefficient, strict=False):
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
            if _positive(algebra, scale, strict=False):
                yield "1 + t ≤ exp t", algebra.multiply(scale, fact)


def _jensen_exponential(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_j w_j (e^{u_j} − e^m (1 + u_j − m)) ≥ 0``: the tangent at m, an exponent outside the sums."""
    outside = _outside_exponents(algebra, gap)
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "sum" or len(generator.data[0]) != 1:
            continue
        coefficient = _linear_coefficient(algebra, gap, g)
        if coefficient is None or not _positive(algebra, coefficient, strict=False):
            continue
        (index,), body = generator.data
        exponent, weight = _split_exponential(algebra, body, index)
        name = "Jensen (exp)"
        if exponent is None and _positive(algebra, body):
            # A sum of positive numbers is one of exponentials of logarithms: AM–GM.
            exponent, weight, name = logarithm(algebra, body), ONE, "AM–GM"
        if exponent is None or not _positive(algebra, weight, strict=False):
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


# -- Cauchy–Schwarz ------------------------------------------------------------------------------------


def _cauchy_schwarz(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ f² Σ g² − (Σ f g)² ≥ 0`` for the squares and products whose sums occur."""
    singles: dict[tuple[object, object], list[tuple[int, Index, Ratio]]] = {}
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind == "sum" and len(generator.data[0]) == 1:
            (index,), body = generator.data
            singles.setdefault((index.lower, index.upper), []).append((g, index, body))
    for (lower, upper), members in singles.items():
        shared = Index("\u00b7square", upper, lower)
        factors: list[Ratio] = [ONE]
        for _, index, body in members:
            renamed = algebra.substitute(body, {index: shared})
            for candidate in (renamed, _square_root(algebra, renamed), *_halves(algebra, renamed)):
                if candidate is not None and candidate not in factors:
                    factors.append(candidate)
        for n, f in enumerate(factors):
            for h in factors[n + 1 :]:
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
    """The root of a perfect square of monomials."""
    parts = []
    for poly in (body.num, body.den):
        if len(poly) != 1:
            return None
        ((mono, c),) = poly.terms.items()
        if c != 1 or any(e % 2 for _, e in mono):
            return None
        parts.append(Poly({tuple((g, e // 2) for g, e in mono): fmpq(1)}))
    return algebra.ratio(*parts)


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
        if _positive(algebra, scale, strict=False):
            return scale
    return None


# -- sums of non-negative terms ------------------------------------------------------------------------


def _terms_of_sums(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """``Σ_j a_j − a_e ≥ 0`` and ``(Σ_j a_j)² − Σ_j a_j² ≥ 0`` for a ≥ 0."""
    places = sorted(
        {name for g in gap.generators() for name in algebra.generators[g].names if isinstance(name, Index)},
        key=str,
    )
    for g in sorted(gap.num.generators()):
        generator = algebra.generators[g]
        if generator.kind != "sum" or len(generator.data[0]) != 1:
            continue
        (index,), body = generator.data
        if not _positive(algebra, body, strict=False):
            continue
        coefficient = _linear_coefficient(algebra, gap, g)
        if coefficient is not None and _positive(algebra, coefficient, strict=False):
            for place in places:
                if algebra.facts.integers.in_range(place, index):
                    fact = algebra.subtract(
                        algebra.ratio(Poly.generator(g)), algebra.substitute(body, {index: place})
                    )
                    yield "a term is at most the sum", algebra.multiply(coefficient, fact)
        squares = sum_over(algebra, algebra.power(body, 2), index)
        fact = algebra.subtract(algebra.ratio(Poly.generator(g, 2)), squares)
        scale = _matching_scale(algebra, gap, fact)
        if scale is not None:
            yield "a sum of squares is at most the square of the sum", algebra.multiply(scale, fact)


#: One function a known fact: difference → instances.
FAMILIES: tuple[Callable[[Algebra, Ratio], Iterator[Instance]], ...] = (
    _logarithms,
    _sums_of_logarithms,
    _exponentials,
    _jensen_exponential,
    _cauchy_schwarz,
    _terms_of_sums,
)
