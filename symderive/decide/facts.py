"""What the hypotheses say: signs of terms, integer ranges, and generators that an equation eliminates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flint import fmpq
from sympy import Expr, Indexed, Symbol

from symderive.decide.equations import Equations, index_places
from symderive.decide.integers import IntegerFacts
from symderive.decide.polynomial import Monomial, Poly, factor
from symderive.terms import Dim, Hypothesis, Index, free_indices, is_whole, substitute

if TYPE_CHECKING:
    from symderive.decide.algebra import Algebra, Ratio

__all__ = ["NEGATIVE", "POSITIVE", "Facts", "Sign", "is_about_family"]

#: A sign is (sign, strict): (1, True) is > 0, (1, False) is ≥ 0, (0, False) is = 0.
Sign = tuple[int, bool]
POSITIVE: Sign = (1, True)
NEGATIVE: Sign = (-1, True)
#: Functions between −1 and 1, and whether they stay away from these.
_BOUNDED = {"sin": False, "cos": False, "erf": True}
#: Not a sign, but what ``≠`` says.
NOT_ZERO: Sign = (0, True)


class Facts:
    """The facts that one judgement may use."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self.integers = IntegerFacts()
        self._given: list[Hypothesis] = []
        self._families: dict[str, Sign] = {}
        self._ratios: list[tuple[Poly, Sign]] = []
        self._fractions: list[tuple[Ratio, Sign]] = []  # whose denominators have no known sign yet
        self._forall: list[tuple[Hypothesis, Sign]] = []
        self._instances: set[tuple[int, Expr]] = set()
        self._nonzero: list[Poly] = []
        self.equations = Equations(algebra)
        self._matching = False
        self._signs: dict[Poly, Sign | None] = {}

    # -- installing ------------------------------------------------------------------------------------

    def assume(self, hypothesis: Hypothesis) -> None:
        """Install an inequality or a non-equality."""
        self._given.append(hypothesis)
        lhs, rhs, relation = hypothesis.lhs, hypothesis.rhs, hypothesis.relation
        if relation in ("<", "<="):
            lhs, rhs, relation = rhs, lhs, ">" if relation == "<" else ">="
        self._signs.clear()
        if relation == "!=":
            if hypothesis.forall:
                self._forall.append((hypothesis, NOT_ZERO))
            else:
                self._install(lhs - rhs, NOT_ZERO)
            return
        if relation not in (">", ">="):
            return
        sign: Sign = (1, relation == ">")
        difference = lhs - rhs
        if hypothesis.forall:
            if is_about_family(difference, hypothesis.forall):
                self._families[str(difference.base)] = sign
            else:
                self._forall.append((hypothesis, sign))
            return
        self._install(difference, sign)

    def _install(self, difference: Expr, sign: Sign) -> None:
        if sign == NOT_ZERO:
            if is_whole(difference):
                self.integers.assume_apart(difference)
            self._nonzero.append(self.algebra.normalise(difference).num)
            return
        if is_whole(difference):
            self.integers.assume(difference, strict=sign[1])
        # 1 − e^{x_i}/Z > 0 says that Z − e^{x_i} > 0: Z is positive. Another sign may be said later.
        pending = [*self._fractions, (self.algebra.normalise(difference), sign)]
        self._fractions = []  # a sign that is asked for here may install more
        for ratio, said in pending:
            below = self._termwise(ratio.den)
            if below is not None and below[0] != 0 and below[1]:
                self._ratios.append((ratio.num, (said[0] * below[0], said[1])))
            else:
                self._fractions.append((ratio, said))

    def known(self) -> list[tuple[Poly, Sign]]:
        """The polynomials whose sign a hypothesis states."""
        return self._ratios

    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """Everything that was installed."""
        return tuple(self._given)

    def eliminate(self, hypothesis: Hypothesis) -> None:
        """Install an equation."""
        self._given.append(hypothesis)
        self._signs.clear()
        self.equations.eliminate(hypothesis)

    # -- signs -----------------------------------------------------------------------------------------

    def sign_of(self, ratio: Ratio) -> Sign | None:
        """The sign of a fraction wherever it has a value, or None."""
        num, den = self.poly_sign(ratio.num), self.poly_sign(ratio.den)
        if num is None or den is None or den[0] == 0:
            return None
        return num[0] * den[0], num[1]

    def poly_sign(self, poly: Poly) -> Sign | None:
        """The sign of a polynomial in the generators, or None."""
        if poly.is_constant:
            value = poly.value()
            return (0, False) if value == 0 else ((1, True) if value > 0 else (-1, True))
        if poly in self._signs:
            return self._signs[poly]
        self._signs[poly] = None  # a question that leads back to itself is not answered
        found = self._find_sign(poly)
        self._signs[poly] = found
        return found

    def _find_sign(self, poly: Poly) -> Sign | None:
        direct = self._termwise(poly)
        if direct is not None:
            return direct
        for fact, sign in self._facts_about(poly):
            scale = _multiple(poly, fact)
            if scale:
                return (sign[0] if scale > 0 else -sign[0]), sign[1]
        content, pieces = factor(poly)
        if len(pieces) > 1 or (pieces and pieces[0][1] > 1):
            total, strict = (1 if content > 0 else -1), True
            absolute = self._absolute_values(pieces)
            for piece, exponent in pieces:
                if piece in absolute:
                    strict = False
                    continue
                known = self.poly_sign(piece)
                if exponent % 2 == 0:
                    strict = strict and self.is_nonzero(piece)
                    continue
                if known is None:
                    return None
                total, strict = total * known[0], strict and known[1]
            return total, strict
        return (
            self._integer_sign(poly)
            or self._by_logarithms(poly)
            or self._square_plus(poly)
            or self._bounded(poly)
        )

    def _integer_sign(self, poly: Poly) -> Sign | None:
        """The sign of a linear form in integer names, such as d − i for i ≤ d."""
        names = [self.algebra.generators[g] for g in poly.generators()]
        if not all(name.kind == "symbol" and name.data.is_integer for name in names):
            return None
        if any(sum(e for _, e in mono) > 1 for mono, _ in poly):
            return None
        term = self.algebra.poly_term(poly)
        for direction in (1, -1):
            if self.integers.at_least(direction * term, 0):
                return direction, self.integers.at_least(direction * term, 1)
        return None

    def _bounded(self, poly: Poly) -> Sign | None:
        """The sign of ``c + a sin s + b erf t``, where c outweighs all that the others may reach."""
        constant, most, strict = fmpq(0), fmpq(0), False
        for mono, c in poly:
            generators = [self.algebra.generators[g] for g, _ in mono]
            if any(g.kind != "function" or g.data[0] not in _BOUNDED for g in generators):
                return None
            if not mono:
                constant = c
                continue
            most += abs(c)
            strict = strict or any(_BOUNDED[g.data[0]] for g in generators)
        if abs(constant) < most or constant == 0:
            return None
        return (1 if constant > 0 else -1), strict or abs(constant) > most

    def _by_logarithms(self, poly: Poly) -> Sign | None:
        """The sign of A − B for positive monomials, or of log f − log g: that of the other one."""
        if len(poly) != 2:
            return None
        (first, c1), (second, c2) = sorted(poly, key=lambda pair: -pair[1])
        if not c1 > 0 > c2:
            return None
        algebra = self.algebra
        logs = [self._lone_logarithm(mono) for mono in (first, second)]
        if c1 == -c2 and logs[0] is not None and logs[1] is not None:
            return self.poly_sign(logs[0] - logs[1])
        if self._monomial_sign(first) != POSITIVE or self._monomial_sign(second) != POSITIVE:
            return None
        if not any(algebra.generators[g].kind in ("power", "exp", "root") for g in poly.generators()):
            return None
        from symderive.decide.powers import logarithm

        left = logarithm(algebra, algebra.ratio(Poly({first: c1})))
        right = logarithm(algebra, algebra.ratio(Poly({second: -c2})))
        return self.sign_of(algebra.subtract(left, right))

    def _lone_logarithm(self, mono: Monomial) -> Poly | None:
        """f, where the monomial is log f and f is positive."""
        if len(mono) != 1 or mono[0][1] != 1:
            return None
        generator = self.algebra.generators[mono[0][0]]
        if generator.kind != "log" or self.poly_sign(generator.data) != POSITIVE:
            return None
        argument: Poly = generator.data
        return argument

    def _absolute_values(self, pieces: tuple[tuple[Poly, int], ...]) -> set[Poly]:
        """The factors s and f of each |f| = s·f, s the sign of f."""
        odd = {piece for piece, exponent in pieces if exponent % 2}
        found: set[Poly] = set()
        for piece in odd:
            if len(piece) == 1 and len(piece.generators()) == 1:
                (g,) = piece.generators()
                generator = self.algebra.generators[g]
                if generator.kind == "sign" and generator.data in odd:
                    found |= {piece, generator.data}
        return found

    def _termwise(self, poly: Poly) -> Sign | None:
        overall, strict = 0, False
        for mono, c in poly:
            sign = self._monomial_sign(mono)
            if sign is None:
                return None
            if sign[0] == 0:
                continue
            here = sign[0] * (1 if c > 0 else -1)
            if overall and here != overall:
                return None
            overall, strict = here, strict or sign[1]
        return overall, strict and overall != 0

    def _monomial_sign(self, mono: Monomial) -> Sign | None:
        total, strict = 1, True
        for g, e in mono:
            sign = self.generator_sign(g)
            if e % 2 == 0:
                strict = strict and ((sign is not None and sign[1]) or self.is_nonzero(Poly.generator(g)))
            elif sign is None:
                return None
            else:
                total, strict = total * sign[0], strict and sign[1]
        return total, strict

    def generator_sign(self, number: int) -> Sign | None:
        """The sign of one generator, from what it is and from the hypotheses."""
        generator = self.algebra.generators[number]
        kind, data = generator.kind, generator.data
        if kind == "symbol":
            if isinstance(data, Dim) or data.is_positive:
                return POSITIVE
            if data.is_nonnegative:
                return 1, False
            if isinstance(data, Index) and self.integers.at_least(data, 0):
                return 1, self.integers.at_least(data, 1)
            if data.is_integer and self.integers.at_least(data, 0):
                return 1, self.integers.at_least(data, 1)
        elif kind == "entry":
            if data[0] in self._families:
                return self._families[data[0]]
        elif kind in ("exp", "constant") or (kind == "factorial" and data.is_integer):
            return POSITIVE
        elif kind in ("delta", "iverson", "count") or (
            kind == "binomial" and data[1].is_integer and self.integers.at_least(data[0], 0)
        ):
            return 1, False
        elif kind == "root":
            sign = self.poly_sign(data[0])
            return 1, sign is not None and sign[1]
        elif kind == "power":
            sign = self.poly_sign(data[0])
            if sign is not None and sign[0] == 1:
                return sign
            if data[2]:  # a power of an absolute value
                return 1, False
        elif kind in ("sum", "product", "extremum"):
            return self._binder_sign(kind, data)
        elif kind == "log" and self.poly_sign(data) == POSITIVE:
            return self.poly_sign(data - Poly.constant(1))
        for fact, sign in self._facts_about(Poly.generator(number)):
            scale = _multiple(Poly.generator(number), fact)
            if scale:
                return (sign[0] if scale > 0 else -sign[0]), sign[1]
        return None

    def _binder_sign(self, kind: str, data: Any) -> Sign | None:
        variables, body = data[0], data[1]
        sign = self.sign_of(body)
        if sign is None:
            return None
        nonempty = all(self.integers.at_least(v.upper, v.lower) for v in variables)
        if kind == "sum":
            return sign[0], sign[1] and nonempty
        if kind == "product":
            return sign if sign[0] == 1 else None
        return sign if nonempty else None

    def is_nonzero(self, poly: Poly) -> bool:
        """Is a polynomial certainly nowhere zero?"""
        self._facts_about(poly)
        if any(_multiple(poly, fact) for fact in self._nonzero):
            return True
        sign = self.poly_sign(poly)
        return sign is not None and sign[0] != 0 and sign[1]

    def _facts_about(self, poly: Poly) -> list[tuple[Poly, Sign]]:
        if not self._forall or self._matching:
            return self._ratios
        self._matching = True
        try:
            names: set[Expr] = set()
            for g in poly.generators():
                term = self.algebra.generators[g].term
                names |= index_places(term) | free_indices(term)
            for number, (hypothesis, sign) in enumerate(self._forall):
                for name in sorted(names, key=str):
                    if (number, name) in self._instances or len(hypothesis.forall) != 1:
                        continue
                    self._instances.add((number, name))
                    if self.integers.in_range(name, hypothesis.forall[0]):
                        difference = hypothesis.lhs - hypothesis.rhs
                        if hypothesis.relation in ("<", "<="):
                            difference = -difference
                        self._install(substitute(difference, {hypothesis.forall[0]: name}), sign)
        finally:
            self._matching = False
        return self._ratios

    def _square_plus(self, poly: Poly) -> Sign | None:
        """The sign of a quadratic in one generator with negative discriminant, such as x² + x + 1."""
        for g in sorted(poly.generators()):
            parts = poly.split(frozenset((g,)))
            if not set(parts) <= {(), ((g, 1),), ((g, 2),)} or ((g, 2),) not in parts:
                continue
            a, b, c = parts[((g, 2),)], parts.get(((g, 1),), Poly({})), parts.get((), Poly({}))
            leading = self.poly_sign(a)
            if leading is None or not leading[1]:
                continue
            if not b and not c:
                continue
            gap = self.poly_sign((a * c).scale(fmpq(4)) - b * b)
            if gap is not None and gap[0] >= 0:
                return leading[0], gap[1] and gap[0] == 1
        return None


def is_about_family(term: Expr, forall: tuple[Symbol, ...]) -> bool:
    """Is the term an entry whose indices run over the whole family?"""
    if not isinstance(term, Indexed) or set(term.indices) != set(forall) or len(forall) != len(term.indices):
        return False
    ranges = getattr(term.base, "ranges", ())
    return bool(ranges) and all(
        isinstance(index, Index) and (index.lower, index.upper) == held
        for index, held in zip(term.indices, ranges, strict=False)
    )


def _multiple(poly: Poly, fact: Poly) -> Any:
    """The number c with ``poly = c · fact``, or 0."""
    if len(poly) != len(fact) or not fact or not poly:
        return 0
    mono, c = fact.leading()
    other = poly.terms.get(mono)
    if other is None:
        return 0
    scale = other / c
    return scale if fact.scale(scale) == poly else 0
