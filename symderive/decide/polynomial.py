"""Sparse polynomials over ℚ in numbered generators, and their fractions.

A monomial is a sorted tuple of (generator, exponent); python-flint's `fmpq_mpoly` does the heavy arithmetic
(large products, gcd, factorisation) in a context that holds only the generators that occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

__all__ = ["Monomial", "Poly", "TooLarge", "cancel", "exact_quotient", "factor", "from_flint", "to_flint"]

Monomial = tuple[tuple[int, int], ...]

_ONE = fmpq(1)
#: Products whose operands have more terms than this go through flint.
_FLINT_FROM = 64
#: No polynomial may grow beyond this many terms: the answer is then "undecided".
_TERM_LIMIT = 20_000


class TooLarge(ArithmeticError):
    """A polynomial outgrew the limit; nothing is decided."""


def multiply_monomials(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials."""
    if not a:
        return b
    if not b:
        return a
    exponents = dict(a)
    for generator, exponent in b:
        exponents[generator] = exponents.get(generator, 0) + exponent
    return tuple(sorted((g, e) for g, e in exponents.items() if e))


class Poly:
    """An immutable polynomial: monomial → non-zero rational coefficient."""

    __slots__ = ("_hash", "terms")
    terms: dict[Monomial, fmpq]

    def __init__(self, terms: dict[Monomial, fmpq]) -> None:
        self.terms = terms
        self._hash: int | None = None

    @classmethod
    def constant(cls, value: fmpq | int) -> Poly:
        """A constant."""
        value = fmpq(value)
        return cls({(): value}) if value != 0 else cls({})

    @classmethod
    def generator(cls, number: int, exponent: int = 1) -> Poly:
        """A power of one generator."""
        return cls({((number, exponent),): _ONE})

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Poly) and self.terms == other.terms

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __iter__(self) -> Iterator[tuple[Monomial, fmpq]]:
        return iter(self.terms.items())

    def __len__(self) -> int:
        return len(self.terms)

    def __repr__(self) -> str:
        shown = (
            "*".join([str(c), *(f"g{g}^{e}" for g, e in mono)]) for mono, c in sorted(self.terms.items())
        )
        return " + ".join(shown) or "0"

    @property
    def is_constant(self) -> bool:
        """Is it a number?"""
        return not self.terms or (len(self.terms) == 1 and () in self.terms)

    def value(self) -> fmpq:
        """The number that a constant polynomial is."""
        return self.terms.get((), fmpq(0))

    def generators(self) -> set[int]:
        """The generators that occur."""
        return {g for mono in self.terms for g, _ in mono}

    def leading(self) -> tuple[Monomial, fmpq]:
        """The term that comes last in the monomials' order; it fixes sign and scale of a factor."""
        mono = max(self.terms)
        return mono, self.terms[mono]

    def __neg__(self) -> Poly:
        return Poly({mono: -c for mono, c in self.terms.items()})

    def __add__(self, other: Poly) -> Poly:
        if len(self.terms) < len(other.terms):
            self, other = other, self
        if not other.terms:
            return self
        terms = dict(self.terms)
        for mono, c in other.terms.items():
            total = terms.get(mono)
            if total is None:
                terms[mono] = c
            else:
                total = total + c
                if total == 0:
                    del terms[mono]
                else:
                    terms[mono] = total
        return Poly(terms)

    def __sub__(self, other: Poly) -> Poly:
        return self + (-other)

    def scale(self, c: fmpq) -> Poly:
        """The product with a number."""
        return Poly({mono: c * v for mono, v in self.terms.items()}) if c != 0 else Poly({})

    def __mul__(self, other: Poly) -> Poly:
        if not self.terms or not other.terms:
            return Poly({})
        if len(self.terms) * len(other.terms) > _TERM_LIMIT * 50:
            raise TooLarge("a product of polynomials has too many terms")
        if len(self.terms) > _FLINT_FROM and len(other.terms) > _FLINT_FROM:
            (a, b), names = to_flint((self, other))
            product = from_flint(a * b, names)
            if len(product.terms) > _TERM_LIMIT:
                raise TooLarge("a product of polynomials has too many terms")
            return product
        terms: dict[Monomial, fmpq] = {}
        for m1, c1 in self.terms.items():
            for m2, c2 in other.terms.items():
                mono = multiply_monomials(m1, m2)
                c = terms.get(mono)
                terms[mono] = c1 * c2 if c is None else c + c1 * c2
        if len(terms) > _TERM_LIMIT:
            raise TooLarge("a product of polynomials has too many terms")
        return Poly({mono: c for mono, c in terms.items() if c != 0})

    def power(self, exponent: int) -> Poly:
        """A non-negative integer power."""
        if len(self.terms) == 1:
            ((mono, c),) = self.terms.items()
            return Poly({tuple((g, e * exponent) for g, e in mono) if exponent else (): c**exponent})
        result, base = Poly.constant(1), self
        while exponent:
            if exponent & 1:
                result = result * base
            exponent >>= 1
            if exponent:
                base = base * base
        return result

    def split(self, wanted: set[int] | frozenset[int]) -> dict[Monomial, Poly]:
        """Collect by the sub-monomials in the `wanted` generators: sub-monomial → coefficient polynomial."""
        parts: dict[Monomial, dict[Monomial, fmpq]] = {}
        for mono, c in self.terms.items():
            inner = tuple(pair for pair in mono if pair[0] in wanted)
            outer = tuple(pair for pair in mono if pair[0] not in wanted)
            parts.setdefault(inner, {})[outer] = c
        return {inner: Poly(terms) for inner, terms in parts.items()}


@lru_cache(maxsize=64)
def _context(count: int) -> fmpq_mpoly_ctx:
    return fmpq_mpoly_ctx.get([f"g{n}" for n in range(max(count, 1))], Ordering.lex)


def to_flint(polys: Iterable[Poly]) -> tuple[list[fmpq_mpoly], list[int]]:
    """The polynomials in one flint context, and the generator that each of its variables stands for."""
    polys = list(polys)
    names = sorted(set().union(*(p.generators() for p in polys)))
    place = {name: n for n, name in enumerate(names)}
    context = _context(len(names))
    width = max(len(names), 1)
    converted = []
    for poly in polys:
        terms = {}
        for mono, c in poly.terms.items():
            exponents = [0] * width
            for g, e in mono:
                exponents[place[g]] = e
            terms[tuple(exponents)] = c
        converted.append(context.from_dict(terms))
    return converted, names


def from_flint(poly: fmpq_mpoly, names: list[int]) -> Poly:
    """Back from flint."""
    terms: dict[Monomial, fmpq] = {}
    for exponents, c in poly.to_dict().items():
        terms[tuple((g, int(e)) for g, e in zip(names, exponents, strict=False) if e)] = fmpq(c)
    return Poly(terms)


def common_monomial(poly: Poly) -> Monomial:
    """The largest monomial that divides every term."""
    common: dict[int, int] | None = None
    for mono in poly.terms:
        exponents = dict(mono)
        if common is None:
            common = exponents
        else:
            common = {g: min(e, exponents[g]) for g, e in common.items() if g in exponents}
        if not common:
            return ()
    return tuple(sorted((common or {}).items()))


def divide_monomial(poly: Poly, divisor: Monomial) -> Poly:
    """The exact quotient by a monomial."""
    if not divisor:
        return poly
    inverse = tuple((g, -e) for g, e in divisor)
    return Poly({multiply_monomials(mono, inverse): c for mono, c in poly.terms.items()})


def cancel(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    """The fraction in lowest terms, its denominator's leading coefficient 1."""
    if not den:
        raise ZeroDivisionError
    if not num:
        return num, Poly.constant(1)
    if not den.is_constant:
        shared_num, shared_den = dict(common_monomial(num)), common_monomial(den)
        shared = tuple((g, min(e, shared_num[g])) for g, e in shared_den if g in shared_num)
        num, den = divide_monomial(num, shared), divide_monomial(den, shared)
        if len(den.terms) > 1 and len(num.terms) > 1 and num.generators() & den.generators():
            (a, b), names = to_flint((num, den))
            divisor = a.gcd(b)
            if not divisor.is_constant():
                num, den = from_flint(a / divisor, names), from_flint(b / divisor, names)
    _, c = den.leading()
    if c != 1:
        num, den = num.scale(1 / c), den.scale(1 / c)
    return num, den


@lru_cache(maxsize=4096)
def factor(poly: Poly) -> tuple[fmpq, tuple[tuple[Poly, int], ...]]:
    """Content and irreducible factors over ℚ, each with leading coefficient 1; deterministic order."""
    if poly.is_constant:
        return poly.value(), ()
    mono = common_monomial(poly)
    rest = divide_monomial(poly, mono)
    factors = [(Poly.generator(g), e) for g, e in mono]
    content = fmpq(1)
    if rest.is_constant:
        content = rest.value()
    else:
        (a,), names = to_flint((rest,))
        content, found = a.factor()
        content = fmpq(content)
        for piece, exponent in found:
            part = from_flint(piece, names)
            _, c = part.leading()
            content = content * c ** int(exponent)
            factors.append((part.scale(1 / c), int(exponent)))
    factors.sort(key=lambda pair: sorted(pair[0].terms))
    return content, tuple(factors)


def exact_quotient(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    """Quotient and remainder by one divisor in the lexicographic order (unique for a single divisor)."""
    (a, b), names = to_flint((num, den))
    q, r = divmod(a, b)
    return from_flint(q, names), from_flint(r, names)
