"""The exact normal form: a term as a fraction of polynomials in independent generators.

Everything that is not rational — exp, log, roots, sums of symbolic length, entries, applied functions —
becomes a numbered generator. Two terms with one normal form are equal wherever both have a value; the
generators' own relations (r² = s, δ² = δ, …) are applied by `Algebra.reduce`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from flint import fmpq
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol

from symderive.decide.polynomial import Monomial, Poly, TooLarge, cancel
from symderive.terms import free_names, substitute

__all__ = ["Algebra", "Generator", "Ratio", "Timeout", "Undefined", "Unsupported", "handles"]


class Unsupported(ValueError):
    """A term that the normal form has no meaning for."""


class Undefined(ValueError):
    """A term that has no value anywhere, such as a division by zero."""


class Timeout(RuntimeError):
    """The deadline has passed."""


@dataclass(frozen=True)
class Ratio:
    """A fraction in lowest terms."""

    num: Poly
    den: Poly

    @property
    def is_zero(self) -> bool:
        """Is it the zero function?"""
        return not self.num

    @property
    def is_constant(self) -> bool:
        """Is it a number?"""
        return self.num.is_constant and self.den.is_constant

    @property
    def value(self) -> fmpq:
        """The number that it is."""
        return self.num.value() / self.den.value()

    def generators(self) -> set[int]:
        """The generators that occur."""
        return self.num.generators() | self.den.generators()


ONE_POLY = Poly.constant(1)
ZERO = Ratio(Poly({}), ONE_POLY)
ONE = Ratio(ONE_POLY, ONE_POLY)


@dataclass(frozen=True, eq=False)
class Generator:
    """One independent function: its kind, what it is built from, and a SymPy term that denotes it."""

    number: int
    kind: str
    data: Any
    term: Expr
    names: frozenset[Symbol]
    height: int


Handler = Callable[["Algebra", Any], Ratio]
_HANDLERS: dict[type, Handler] = {}


def handles(*kinds: type) -> Callable[[Handler], Handler]:
    """Register the normal form of SymPy node types."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            _HANDLERS[kind] = handler
        return handler

    return register


class Algebra:
    """One judgement's generators, relations and facts."""

    def __init__(self, deadline: float | None = None) -> None:
        from symderive.decide.facts import Facts

        self.deadline = deadline
        self.generators: list[Generator] = []
        self._numbers: dict[Hashable, int] = {}
        self._normal: dict[Expr, Ratio] = {}
        self._terms: dict[Ratio, Expr] = {}
        #: generator → (from which exponent, what its power becomes)
        self.relations: dict[int, tuple[int, Callable[[int], Poly]]] = {}
        #: expand C(n + a, k) by Pascal's rule down to this a, for each n
        self.pascal_floors: dict[Expr, Expr] = {}
        #: base → the order of its root generator (see `powers`)
        self.root_orders: dict[Poly, int] = {}
        #: generators that a hypothesis eliminates
        self.rules: dict[int, Ratio] = {}
        #: sums with one body share their base limits (see `sums`)
        self.sum_bases: dict[Hashable, Any] = {}
        #: the summands of single sums as they were written, for facts that act on whole summands
        self.summands: dict[tuple[Symbol, Ratio], None] = {}
        #: conditions that the rewriting itself needed, as (term, relation to zero)
        self.needed: dict[tuple[Expr, str], None] = {}
        self.facts = Facts(self)

    # -- generators ------------------------------------------------------------------------------------

    def check_deadline(self) -> None:
        """Raise `Timeout` when the time is up."""
        if self.deadline is not None and monotonic() > self.deadline:
            raise Timeout("the time is up")

    def intern(self, kind: str, data: Hashable, term: Callable[[], Expr] | Expr, height: int = 0) -> int:
        """The number of a generator, made when it is new."""
        key = (kind, data)
        number = self._numbers.get(key)
        if number is None:
            expression = term if isinstance(term, Expr) else term()
            number = len(self.generators)
            self.generators.append(Generator(number, kind, data, expression, free_names(expression), height))
            self._numbers[key] = number
            if number > 5_000:
                raise TooLarge("a formula has too many parts")
        return number

    def known(self, kind: str, data: Hashable) -> int | None:
        """The number of a generator that exists already."""
        return self._numbers.get((kind, data))

    def as_ratio(self, number: int) -> Ratio:
        """A generator as a fraction, or what a hypothesis makes of it."""
        rule = self.rules.get(number)
        if rule is None:
            rule = self.facts.equations.rule_for(number)
        return rule if rule is not None else Ratio(Poly.generator(number), ONE_POLY)

    def depends(self, number: int, name: Symbol) -> bool:
        """Does a generator depend on a name?"""
        return name in self.generators[number].names

    def height(self, ratio: Ratio) -> int:
        """How deeply the binders are nested in a fraction."""
        return max((self.generators[g].height for g in ratio.generators()), default=0)

    # -- arithmetic ------------------------------------------------------------------------------------

    def ratio(self, num: Poly, den: Poly = ONE_POLY) -> Ratio:
        """A fraction, its relations applied, in lowest terms."""
        num, den = self.reduce(num), self.reduce(den)
        if not den:
            raise Undefined("a denominator is zero")
        if self.relations and not den.is_constant:
            num, den = self._rationalise(num, den)
        return Ratio(*cancel(num, den))

    def _rationalise(self, num: Poly, den: Poly) -> tuple[Poly, Poly]:
        """Clear the denominator of roots, signs and deltas, so that equal fractions look equal."""
        for g in sorted(den.generators()):
            relation = self.relations.get(g)
            if relation is None or g not in den.generators():
                continue
            parts = den.split(frozenset((g,)))
            order = relation[0]
            if len(parts) == 1:
                ((mono, _),) = parts.items()
                if self.generators[g].kind in ("root", "sign", "power"):
                    conjugate = Poly.generator(g, order - mono[0][1])
                else:
                    continue
            elif order == 2 and set(parts) == {(), ((g, 1),)} and len(den) <= 40:
                a, b = parts[()], parts[((g, 1),)]
                if self.generators[g].kind in ("delta", "iverson"):
                    # 1/(a + bδ) = (a + b - bδ)/(a(a + b))
                    if not (a + b):
                        continue
                    conjugate = a + b - b * Poly.generator(g)
                else:
                    conjugate = a - b * Poly.generator(g)
            else:
                continue
            new_den = self.reduce(den * conjugate)
            if new_den:
                num, den = self.reduce(num * conjugate), new_den
        return num, den

    def constant(self, value: Any) -> Ratio:
        """A rational number."""
        if isinstance(value, Rational):
            value = fmpq(int(value.p), int(value.q))
        return Ratio(Poly.constant(value), ONE_POLY)

    def add(self, a: Ratio, b: Ratio) -> Ratio:
        """The sum."""
        if not a.num:
            return b
        if not b.num:
            return a
        if a.den == b.den:
            return self.ratio(a.num + b.num, a.den)
        return self.ratio(a.num * b.den + b.num * a.den, a.den * b.den)

    def total(self, parts: Iterable[Ratio]) -> Ratio:
        """The sum of many: those with one denominator first, which keeps the fractions small."""
        by_den: dict[Poly, Poly] = {}
        for part in parts:
            held = by_den.get(part.den)
            by_den[part.den] = part.num if held is None else held + part.num
        result = ZERO
        for den, num in by_den.items():
            result = self.add(result, self.ratio(num, den))
        return result

    def negate(self, a: Ratio) -> Ratio:
        """The negative."""
        return Ratio(-a.num, a.den)

    def subtract(self, a: Ratio, b: Ratio) -> Ratio:
        """The difference."""
        return self.add(a, self.negate(b))

    def multiply(self, a: Ratio, b: Ratio) -> Ratio:
        """The product."""
        self.check_deadline()
        if not a.num or not b.num:
            return ZERO
        return self.ratio(a.num * b.num, a.den * b.den)

    def invert(self, a: Ratio) -> Ratio:
        """The reciprocal."""
        if not a.num:
            raise Undefined("a division by zero")
        return self.ratio(a.den, a.num)

    def divide(self, a: Ratio, b: Ratio) -> Ratio:
        """The quotient."""
        return self.multiply(a, self.invert(b))

    def power(self, a: Ratio, exponent: int) -> Ratio:
        """An integer power."""
        if exponent < 0:
            return self.power(self.invert(a), -exponent)
        return self.ratio(a.num.power(exponent), a.den.power(exponent))

    def reduce(self, poly: Poly) -> Poly:
        """Apply the generators' relations and the hypotheses' eliminations until none applies."""
        if not self.relations:
            return poly
        while True:
            reducible = [
                (mono, c)
                for mono, c in poly
                if any(g in self.relations and e >= self.relations[g][0] for g, e in mono)
            ]
            if not reducible:
                return poly
            self.check_deadline()
            rest = Poly({mono: c for mono, c in poly if not self._is_reducible(mono)})
            for mono, c in reducible:
                piece = Poly.constant(c)
                for g, e in mono:
                    relation = self.relations.get(g)
                    if relation is not None and e >= relation[0]:
                        piece = piece * relation[1](e)
                    else:
                        piece = piece * Poly.generator(g, e)
                rest = rest + piece
            poly = rest

    def _is_reducible(self, mono: Monomial) -> bool:
        return any(g in self.relations and e >= self.relations[g][0] for g, e in mono)

    # -- terms -----------------------------------------------------------------------------------------

    def normalise(self, term: Expr) -> Ratio:
        """The normal form of a term whose definitions are unfolded."""
        found = self._normal.get(term)
        if found is None:
            self.check_deadline()
            for kind in type(term).__mro__:
                handler = _HANDLERS.get(kind)
                if handler is not None:
                    found = handler(self, term)
                    break
            else:
                raise Unsupported(f"{type(term).__name__} has no normal form")
            self._normal[term] = found
        return found

    def forget_terms(self) -> None:
        """Drop cached normal forms: a hypothesis that came later may change them."""
        self._normal.clear()

    def poly_term(self, poly: Poly) -> Expr:
        """A polynomial as a SymPy term."""
        parts = []
        for mono, c in sorted(poly):
            factors = [Pow(self.generators[g].term, e) for g, e in mono]
            parts.append(Mul(Rational(int(c.p), int(c.q)), *factors))
        return Add(*parts)

    def term(self, ratio: Ratio) -> Expr:
        """A fraction as a SymPy term."""
        found = self._terms.get(ratio)
        if found is None:
            found = self.poly_term(ratio.num)
            if not ratio.den.is_constant:
                found = found / self.poly_term(ratio.den)
            else:
                value = ratio.den.value()
                found = found / Rational(int(value.p), int(value.q))
            self._terms[ratio] = found
        return found

    def substitute(self, ratio: Ratio, mapping: Mapping[Symbol, Expr]) -> Ratio:
        """Replace names in a fraction, generator by generator."""
        names = {name for name, image in mapping.items() if name != image}
        changed = {g for g in ratio.generators() if names & self.generators[g].names}
        if not changed:
            return ratio
        images = {g: self.normalise(substitute(self.generators[g].term, mapping)) for g in changed}
        return self.divide(self._image(ratio.num, images), self._image(ratio.den, images))

    def replace(self, ratio: Ratio, images: Mapping[int, Ratio]) -> Ratio:
        """Replace generators in a fraction by fractions (not inside other generators)."""
        if not images.keys() & ratio.generators():
            return ratio
        return self.divide(self._image(ratio.num, images), self._image(ratio.den, images))

    def _image(self, poly: Poly, images: Mapping[int, Ratio]) -> Ratio:
        # Powers of one image recur in many terms.
        powers: dict[tuple[int, int], Ratio] = {}
        parts = []
        for mono, inner in poly.split(frozenset(images)).items():
            part = Ratio(inner, ONE_POLY)
            for g, e in mono:
                if (g, e) not in powers:
                    powers[g, e] = self.power(images[g], e)
                part = self.multiply(part, powers[g, e])
            parts.append(part)
        return self.total(parts)


@handles(Integer, Rational)
def _rational(algebra: Algebra, term: Rational) -> Ratio:
    return algebra.constant(term)


@handles(Add)
def _add(algebra: Algebra, term: Add) -> Ratio:
    return algebra.total([algebra.normalise(arg) for arg in term.args])


@handles(Mul)
def _mul(algebra: Algebra, term: Mul) -> Ratio:
    result = ONE
    for arg in term.args:
        result = algebra.multiply(result, algebra.normalise(arg))
    return result
