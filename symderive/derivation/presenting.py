"""The cheapest way to write a term: cancelled, factored, constants in front of sums — without new names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from flint import fmpq
from sympy import Add, Basic, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Rational, Sum, exp, expand

from symderive.decide.polynomial import Poly, TooLarge, cancel, factor
from symderive.terms import BINDERS, Apply, Operation, Partial, Vec, free_names, rebuild
from symderive.terms.substitution import alpha_normal

__all__ = ["Fraction", "cost", "present"]

#: A fraction with more monomials than this is left as it is written.
_MONOMIALS = 200
_ONE = Poly.constant(1)


@lru_cache(maxsize=50_000)
def cost(term: Basic) -> int:
    """How long a term is on paper, roughly in symbols."""
    if isinstance(term, (Indexed, KroneckerDelta)):
        return 2
    if isinstance(term, Apply):
        return 2 + sum(cost(argument) for argument in term.arguments if not isinstance(argument, Vec))
    if isinstance(term, Operation):
        vectors = sum(1 for argument in term.arguments if isinstance(argument, Vec))
        return (
            2 + vectors + sum(cost(a) for a in term.arguments if not isinstance(a, Vec) and not a.is_integer)
        )
    if isinstance(term, exp):
        # What a name covers is not left as exponentials.
        return 4 + cost(term.args[0])
    if isinstance(term, BINDERS):
        body = term.args[0]
        # What does not move with the index is better in front.
        bound = {limit[0] for limit in term.args[1:]}
        still = sum(1 for part in Mul.make_args(body) if not free_names(part) & bound)
        return 3 + cost(body) + (1 if isinstance(body, Add) else min(still, 2))
    if isinstance(term, Rational):
        return (1 if term.q == 1 else 2) + (1 if term < 0 else 0)
    if isinstance(term, Mul):
        brackets = sum(1 for arg in term.args if isinstance(arg, Add))
        return sum(cost(arg) for arg in term.args if arg != -1) + brackets + (-1 in term.args)
    if isinstance(term, Pow):
        base, exponent = term.args
        if exponent == -1:
            return 1 + cost(base)
        if exponent == Rational(1, 2):
            return 1 + cost(base)
        return (2 if exponent.is_Rational and exponent < 0 else 1) + cost(base) + cost(abs(exponent))
    if not term.args:
        return 1
    if isinstance(term, Add):
        return sum(cost(arg) for arg in term.args) + len(term.args) - 1
    return 1 + sum(cost(arg) for arg in term.args)


class Fraction:
    """A term as a fraction of polynomials in its parts that are not rational (its atoms)."""

    def __init__(self) -> None:
        self.atoms: list[Expr] = []
        self._numbers: dict[Basic, int] = {}

    def atom(self, term: Expr) -> int:
        """The number of an atom; parts that differ in bound names only are one."""
        key = alpha_normal(term)
        number = self._numbers.get(key)
        if number is None:
            number = len(self.atoms)
            self._numbers[key] = number
            self.atoms.append(term)
        return number

    def of(self, term: Expr) -> tuple[Poly, Poly]:
        """Numerator and denominator.

        Raises
        ------
        TooLarge : where the fraction outgrows its limit
        """
        if isinstance(term, Rational):
            return Poly.constant(fmpq(int(term.p), int(term.q))), _ONE
        if isinstance(term, Add):
            by_den: dict[Poly, Poly] = {}
            for arg in term.args:
                num, den = self.of(arg)
                by_den[den] = by_den[den] + num if den in by_den else num
            num, den = Poly({}), _ONE
            for other, part in by_den.items():
                num, den = _limited(*cancel(num * other + part * den, den * other))
            return num, den
        if isinstance(term, Mul):
            return self._product(term.args)
        if isinstance(term, exp) and isinstance(term.args[0], Add):
            # e^(a + b) is e^a e^b: the parts are the atoms.
            return self._product([exp(part) for part in term.args[0].args])
        if isinstance(term, exp):
            times, rest = term.args[0].as_coeff_Mul()
            if times.is_Integer and times != 1:
                return self._power(exp(rest), times)
        if isinstance(term, Pow) and term.exp.is_Rational:
            return self._power(term.base, term.exp)
        if isinstance(term, Pow) and isinstance(term.exp, Add) and not isinstance(term, exp):
            return self._product([Pow(term.base, part) for part in term.exp.args])
        if isinstance(term, Pow) and not isinstance(term, exp):
            times, rest = term.exp.as_coeff_Mul()
            if times.is_Integer and times != 1:
                return self._power(Pow(term.base, rest), times)
        return Poly.generator(self.atom(term)), _ONE

    def _product(self, factors: Iterable[Expr]) -> tuple[Poly, Poly]:
        num, den = _ONE, _ONE
        for factor_ in factors:
            a, b = self.of(factor_)
            num, den = _limited(*cancel(num * a, den * b))
        return num, den

    def _power(self, base: Expr, exponent: Rational) -> tuple[Poly, Poly]:
        size = abs(int(exponent.p))
        if exponent.q == 1:
            if size > 12:
                return Poly.generator(self.atom(Pow(base, exponent))), _ONE
            num, den = self.of(base)
        else:
            num, den = Poly.generator(self.atom(Pow(base, Rational(1, exponent.q)))), _ONE
        num, den = _limited(num.power(size), den.power(size))
        if exponent < 0:
            if not num:
                raise TooLarge("a division by zero")
            num, den = den, num
            return cancel(num, den)
        return num, den

    def monomial(self, mono: Iterable[tuple[int, int]]) -> Expr:
        """A monomial as a term."""
        return Mul(*(Pow(self.atoms[g], e) for g, e in mono))

    def poly(self, poly: Poly) -> Expr:
        """A polynomial as a term, multiplied out."""
        return Add(*(_number(c) * self.monomial(mono) for mono, c in sorted(poly)))

    def nested(self, poly: Poly) -> Expr:
        """A polynomial with the factor that most of its monomials share in front of them, and so on."""
        if len(poly) < 2:
            return self.poly(poly)
        counts: dict[int, int] = {}
        for mono, _ in poly:
            for g, _ in mono:
                counts[g] = counts.get(g, 0) + 1
        best = max(counts, key=lambda g: (counts[g], cost(self.atoms[g])), default=None)
        if best is None or counts[best] < 2:
            return self.poly(poly)
        with_it = Poly({m: c for m, c in poly if any(g == best for g, _ in m)})
        rest = Poly({m: c for m, c in poly if not any(g == best for g, _ in m)})
        inside = Poly(
            {tuple((g, e - (g == best)) for g, e in m if e > 1 or g != best): c for m, c in with_it}
        )
        return _times(self.atoms[best], self.factored(inside)) + self.nested(rest)

    def factored(self, poly: Poly) -> Expr:
        """A polynomial as a product of its irreducible factors."""
        if len(poly) < 2:
            return self.poly(poly)
        content, irreducible = factor(poly)
        pieces = _conjugates_joined(irreducible)
        factors = []
        for piece, exponent in pieces:
            written = self.poly(piece)
            if len(pieces) > 1 or exponent > 1 or len(piece) < 3:
                nested = written
            else:
                nested = self.nested(piece)
            factors.append((min((written, nested), key=cost), exponent))
        return _signed_product(content, factors)


def _conjugates_joined(pieces: Sequence[tuple[Poly, int]]) -> list[tuple[Poly, int]]:
    """``(1 − t)(1 + t)`` as ``1 − t²``: two factors whose product has no more terms than either."""
    joined = list(pieces)
    for n, (a, e) in enumerate(joined):
        for m in range(n + 1, len(joined)):
            b, f = joined[m]
            if e == f and len(a) == len(b) == 2 and len(a * b) == 2:
                return _conjugates_joined([*joined[:n], *joined[n + 1 : m], *joined[m + 1 :], (a * b, e)])
    return joined


def _limited(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    if len(num) + len(den) > _MONOMIALS:
        raise TooLarge("a fraction with too many terms to be rewritten")
    return num, den


def _number(c: fmpq) -> Rational:
    return Rational(int(c.p), int(c.q))


def _times(factor_: Expr, rest: Expr) -> Expr:
    return Mul(factor_, rest)


def _signed_product(content: fmpq, factors: list[tuple[Expr, int]]) -> Expr:
    """The product with its sign moved into a factor where that leaves fewer signs on paper."""
    number = _number(content)
    if number < 0:
        odd = [n for n, (term, e) in enumerate(factors) if e % 2 and isinstance(term, Add)]
        gains = {n: cost(factors[n][0]) - cost(_negated(factors[n][0])) for n in odd}
        best = max(gains, key=lambda n: gains[n], default=None)
        if best is not None and gains[best] >= 0:
            factors = [(_negated(t), e) if n == best else (t, e) for n, (t, e) in enumerate(factors)]
            number = -number
    return Mul(number, *(Pow(term, e) for term, e in factors))


def _negated(term: Expr) -> Expr:
    return Add(*(-arg for arg in Add.make_args(term)))


# -- presenting ----------------------------------------------------------------------------------------


@lru_cache(maxsize=20_000)
def present(term: Expr) -> Expr:
    """The cheapest way to write a term, of those that are tried; equal to it wherever it has a value.

    Examples
    --------
    >>> from symderive.terms import scalar
    >>> a, b = scalar("a"), scalar("b")
    >>> present((a**2 - b**2) / (a - b))
    a + b
    """
    if not term.args or isinstance(term, (Indexed, KroneckerDelta, Apply, Partial)):
        return term
    inner = rebuild(term, _presented_part)
    if not isinstance(inner, Expr):
        return term
    choices = [term, inner]
    if isinstance(inner, Sum):
        choices = [*_sums(inner), *choices]
    elif isinstance(inner, (Add, Mul, Pow)):
        choices += _fractions(inner)
    return min(choices, key=cost)


def _presented_part(arg: Basic) -> Basic:
    if isinstance(arg, Expr) and arg.args and not isinstance(arg, Vec):
        return present(arg)
    return arg


def _fractions(term: Expr) -> list[Expr]:
    """Ways to write a rational combination of atoms."""
    choices: list[Expr] = []
    for oriented in _oriented(term):
        parts = Fraction()
        try:
            num, den = parts.of(oriented)
        except (TooLarge, ZeroDivisionError):
            continue
        below = [parts.poly(den), parts.factored(den)]
        bottom = min(below, key=cost)
        tops = (parts.poly(num), parts.factored(num), parts.nested(num))
        choices.extend(_over(top, bottom) for top in tops)
        if len(num) > 1 and not den.is_constant:
            # Each monomial over the denominator on its own: log(p/q) + 1.
            apart = []
            for mono, c in sorted(num):
                above, under = cancel(Poly({mono: c}), den)
                apart.append(_over(parts.poly(above), parts.factored(under)))
            choices.append(Add(*apart))
        if isinstance(oriented, Add):
            choices.append(_merged_sums(oriented))
    return choices


def _over(top: Expr, bottom: Expr) -> Expr:
    if bottom.is_Rational:
        if isinstance(top, Add) and bottom != 1:
            return Add(*(arg / bottom for arg in top.args))
        return top / bottom
    return top / bottom


def _oriented(term: Expr) -> list[Expr]:
    """The term, and the term with what stands beside each free delta written in one of its two indices."""
    from symderive.terms import substitute

    choices = [term]
    deltas = sorted({node for node in _outside(term) if isinstance(node, KroneckerDelta)}, key=str)
    if len(deltas) == 1:
        (delta,) = deltas
        a, b = delta.args
        for old, new in ((a, b), (b, a)):
            if not old.is_Symbol:
                continue

            def change(part: Any, old: Any = old, new: Any = new) -> Any:
                if delta not in part.args and part != delta:
                    return part
                rest = Mul(*(f for f in Mul.make_args(part) if f != delta))
                return substitute(rest, {old: new}) * delta

            spread = expand(term, deep=False) if isinstance(term, Mul) else term
            if isinstance(spread, (Add, Mul)):
                choices.append(Add(*(change(part) for part in Add.make_args(spread))))
    return list(dict.fromkeys(choices))


def _outside(term: Basic) -> Iterable[Basic]:
    """The nodes that stand in no binder."""
    yield term
    if not isinstance(term, BINDERS):
        for arg in term.args:
            yield from _outside(arg)


def _sums(term: Sum) -> list[Expr]:
    """Ways to write a sum: with constants in front, split, counted."""
    bound = {limit[0] for limit in term.limits}
    body = term.function
    content, primitive = body.as_content_primitive()
    if content != 1:
        term = Sum(primitive, *term.limits)
        return [content * choice for choice in (*_sums(term), term)]
    choices = [_constants_out(term, bound)]
    for spread in (body, expand(body, deep=False)):
        if isinstance(spread, Add):
            parts = [_constants_out(Sum(part, *term.limits), bound) for part in spread.args]
            choices.append(Add(*parts))
    if len(term.limits) == 1 and not free_names(body) & bound:
        _, lower, upper = term.limits[0]
        size = expand(upper - lower + 1)
        if size.is_nonnegative:
            choices.append(size * body)
    return choices


def _constants_out(term: Sum, bound: set[Any]) -> Expr:
    factors = Mul.make_args(term.function)
    outside = [f for f in factors if not free_names(f) & bound]
    if not outside:
        return term
    inside = Mul(*(f for f in factors if f not in outside))
    if inside == 1 and len(term.limits) == 1:
        _, lower, upper = term.limits[0]
        size = expand(upper - lower + 1)
        if size.is_nonnegative:
            return Mul(*outside, size)
    return Mul(*outside, Sum(inside, *term.limits))


def _merged_sums(term: Add) -> Expr:
    """``c Σ f + c Σ g`` as ``c Σ (f + g)``, where the ranges agree."""
    from symderive.terms import substitute

    groups: dict[Any, list[Sum]] = {}
    others: list[Expr] = []
    for part in term.args:
        factors = Mul.make_args(part)
        sums = [f for f in factors if isinstance(f, Sum) and len(f.limits) == 1]
        if len(sums) != 1:
            others.append(part)
            continue
        coefficient = Mul(*(f for f in factors if f is not sums[0]))
        sign = Integer(-1) if coefficient.could_extract_minus_sign() else Integer(1)
        key = (coefficient * sign, sums[0].limits[0][1:])
        groups.setdefault(key, []).append(Sum(sign * sums[0].function, sums[0].limits[0]))
    merged = []
    for (coefficient, _), members in groups.items():
        first = members[0]
        index = first.limits[0][0]
        body = Add(*(substitute(m.function, {m.limits[0][0]: index}) for m in members))
        merged.append(coefficient * Sum(present(body), first.limits[0]))
    return Add(*merged, *others)
