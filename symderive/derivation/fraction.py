"""A term as a fraction of polynomials in its parts that are not rational, and ways to write it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import gcd

from flint import fmpq
from sympy import Add, Basic, Expr, Integer, Mul, Pow, Rational, exp

from symderive.decide.polynomial import Poly, TooLarge, cancel, exact_quotient, factor
from symderive.derivation.cost import cost
from symderive.terms.substitution import alpha_normal

__all__ = ["Fraction"]

#: A fraction with more monomials than this is left as it is written.
_MONOMIALS = 200
#: A fraction with more monomials in its numerator is not taken apart.
_APART = 12
#: A polynomial with more monomials than this is not factored.
_FACTORED = 80
_ONE = Poly.constant(1)
_NOTHING = Integer(1)


class Fraction:
    """A term as a fraction of polynomials in its parts that are not rational (its atoms)."""

    def __init__(self) -> None:
        self.atoms: list[Expr] = []
        self._numbers: dict[Basic, int] = {}
        #: what a square root is taken of → the root's atom, which its powers are written in
        self._roots: dict[Basic, int] = {}
        #: base and exponent without its number → the least number, as in ``b^{γ − 1}`` beside ``b^γ``
        self._shifts: dict[tuple[Basic, Expr], Rational] = {}
        #: how polynomials were written: the factors of one are tried with one number in front and another
        self._poly: dict[Poly, Expr] = {}
        self._nested: dict[Poly, Expr] = {}
        self._factored: dict[tuple[Poly, Expr], Expr] = {}

    def take_powers(self, term: Expr) -> None:
        """Make roots and least powers atoms: ``s/√s`` cancels, and ``b^γ`` is no ``b^{γ − 1}/b^{−1}``."""
        if isinstance(term, Pow) and term.exp.is_Rational and term.exp.q == 2:
            root = Pow(term.base, Rational(1, 2))
            self._roots.setdefault(alpha_normal(term.base), self.atom(root))
        elif isinstance(term, Pow) and not isinstance(term, exp) and not term.exp.is_number:
            number, rest = term.exp.as_coeff_Add()
            key = (alpha_normal(term.base), rest)
            self._shifts[key] = min(number, self._shifts.get(key, number))
        elif isinstance(term, (Add, Mul, Pow)):
            for arg in term.args:
                self.take_powers(arg)

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
        if self._roots and alpha_normal(term) in self._roots:
            return Poly.generator(self._roots[alpha_normal(term)], 2), _ONE
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
        if isinstance(term, Pow) and not isinstance(term, exp) and self._shifts:
            number, rest = term.exp.as_coeff_Add()
            least = self._shifts.get((alpha_normal(term.base), rest))
            if least is not None and (number - least).is_Integer:
                lowest = Poly.generator(self.atom(Pow(term.base, rest + least))), _ONE
                if number == least:
                    return lowest
                num, den = self._power(term.base, number - least)
                return _limited(*cancel(num * lowest[0], den))
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
        found = self._poly.get(poly)
        if found is None:
            found = Add(*(_number(c) * self.monomial(mono) for mono, c in sorted(poly)))
            self._poly[poly] = found
        return found

    def nested(self, poly: Poly) -> Expr:
        """A polynomial with the factor that most of its monomials share in front of them, and so on."""
        found = self._nested.get(poly)
        if found is None:
            found = self._nested[poly] = self._as_nested(poly)
        return found

    def _as_nested(self, poly: Poly) -> Expr:
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
        return self.factored(inside, self.atoms[best]) + self.nested(rest)

    def squared(self, poly: Poly) -> Expr:
        """A polynomial with one square completed where all of it is there: ``c + (a − b)²``."""
        monomials = dict(poly)
        if not 3 <= len(monomials) <= _APART:
            return self.poly(poly)
        halves = {
            tuple((g, e // 2) for g, e in mono): c
            for mono, c in monomials.items()
            if mono and all(e % 2 == 0 for _, e in mono)
        }
        ways = [self.poly(poly)]
        for (one, c), (two, d) in combinations(sorted(halves.items()), 2):
            a, b = Poly({one: fmpq(1)}), Poly({two: fmpq(1)})
            for sign in (1, -1):
                square = (a + b.scale(fmpq(sign))).power(2).scale(c)
                rest = poly + square.scale(fmpq(-1))
                if c == d and len(rest) == len(poly) - 3:
                    root = self.monomial(one) + sign * self.monomial(two)
                    ways.append(_number(c) * Pow(root, 2) + self.shortest(rest))
        return min(ways, key=cost)

    def shortest(self, poly: Poly) -> Expr:
        """The shortest of the ways to write a polynomial."""
        return min((self.poly(poly), self.factored(poly), self.nested(poly), self.squared(poly)), key=cost)

    def apart(self, num: Poly, den: Poly) -> Iterator[Expr]:
        """Ways to write a fraction as a sum of fractions, with what they share in front."""
        if not 1 < len(num) <= _APART:
            return
        content, irreducible = factor(num)
        single = [n for n, (_, e) in enumerate(irreducible) if e == 1]
        if not single:
            return
        longest = max(single, key=lambda n: len(irreducible[n][0]))
        front = Poly.constant(abs(content))
        for n, (piece, exponent) in enumerate(irreducible):
            if n != longest:
                front = front * piece.power(exponent)
        inner = irreducible[longest][0].scale(fmpq(1 if content > 0 else -1))
        if len(inner) < 2:
            return
        by_root = max(den.generators(), key=lambda g: (cost(self.atoms[g]), -g))
        for terms in (
            [Poly({mono: c}) for mono, c in sorted(inner)],
            [part * Poly({mono: fmpq(1)}) for mono, part in inner.split(frozenset((by_root,))).items()],
        ):
            groups: dict[Poly, Poly] = {}
            for term in terms:
                above, below = cancel(term, den)
                groups[below] = groups.get(below, Poly({})) + above
            if len(groups) > 1:
                yield from self._as_sums(front, groups)

    def _as_sums(self, front: Poly, groups: dict[Poly, Poly]) -> Iterator[Expr]:
        """Fractions by their denominators, with what those share in front, and each on its own."""
        common, *others = groups
        for below in others:
            common = exact_quotient(common, cancel(common, below)[0])[0]
        inside = Add(*(self._quotient(above, cancel(below, common)[0]) for below, above in groups.items()))
        yield Mul(self.shortest(front) / self.shortest(common), inside)
        yield Add(*(self._quotient(above * front, below) for below, above in groups.items()))

    def _quotient(self, above: Poly, below: Poly) -> Expr:
        num, den = cancel(above, below)
        return self.shortest(num) / self.shortest(den)

    def factored(self, poly: Poly, beside: Expr = _NOTHING) -> Expr:
        """A polynomial as a product of its irreducible factors, and of what stands beside it."""
        found = self._factored.get((poly, beside))
        if found is None:
            found = self._factored[poly, beside] = self._as_factors(poly, beside)
        return found

    def _as_factors(self, poly: Poly, beside: Expr) -> Expr:
        if len(poly) < 2 or len(poly) > _FACTORED:
            return self.poly(poly) * beside
        content, irreducible = factor(poly)
        pieces = _conjugates_joined(irreducible)
        ways = []
        for scale in _scales(content, pieces):
            place, number = scale
            factors = []
            for n, (piece, exponent) in enumerate(pieces):
                scaled = piece.scale(number) if n == place else piece
                written = self.poly(scaled)
                if exponent == 1 and (len(pieces) == 1 or len(irreducible) > 1) and len(piece) > 2:
                    written = min((written, self.nested(scaled)), key=cost)
                factors.append((written, exponent))
            if beside != 1:
                # At once: a number before one bracket alone is multiplied into it.
                factors.append((beside, 1))
            ways.append(_signed_product(content / number, factors))
        return min(ways, key=cost)


def _scales(content: fmpq, pieces: Sequence[tuple[Poly, int]]) -> list[tuple[int, fmpq]]:
    """Numbers to be multiplied into the longest factor: none, what makes it integral, all of the content."""
    long = [n for n, (piece, e) in enumerate(pieces) if e == 1 and len(piece) > 1]
    if not long:
        return [(-1, fmpq(1))]
    place = max(long, key=lambda n: len(pieces[n][0]))
    common = 1
    for _, c in pieces[place][0]:
        common = common * int(c.q) // gcd(common, int(c.q))
    numbers = dict.fromkeys((fmpq(1), fmpq(common), content))
    return [(place, number) for number in numbers]


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
