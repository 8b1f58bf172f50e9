"""Normal forms of exponentials, logarithms, roots and powers.

Each is split along sums of exponents and factors of arguments, over the absolute values of the factors:
log(ab) = log|a| + log|b| holds wherever log(ab) has a value. What a factor's sign is, the facts say.
"""

from __future__ import annotations

from math import gcd

from flint import fmpq
from sympy import Abs, Expr, Integer, Pow, Rational, exp, log
from sympy import factorint as integer_factors

from symderive.decide.algebra import ONE, ZERO, Algebra, Ratio, Undefined, Unsupported, handles
from symderive.decide.polynomial import Monomial, Poly, TooLarge, factor
from symderive.decide.signs import absolute, poly_height

__all__ = ["exponential", "logarithm", "root"]

#: A power is multiplied out up to this many terms.
_EXPAND_LIMIT = 3_000
#: Beyond this degree a gcd takes long and cannot be interrupted.
_LARGEST_DEGREE = 4_000
_LARGEST_EXPONENT = 100_000
_FACTOR_LIMIT = 10**15


# -- exponentials --------------------------------------------------------------------------------------


@handles(exp)
def _exp(algebra: Algebra, term: Expr) -> Ratio:
    return exponential(algebra, algebra.normalise(term.args[0]))


def exponential(algebra: Algebra, exponent: Ratio) -> Ratio:
    """Exp of a fraction: one generator a monomial of the exponent, so that exponents add up."""
    result = ONE
    for mono, c in exponent.num:
        part = algebra.ratio(Poly({mono: fmpq(1)}), exponent.den)
        _, scale = part.num.leading()
        unit = Ratio(part.num.scale(1 / scale), part.den)
        result = algebra.multiply(result, _exp_of_unit(algebra, unit, c * scale))
    return result


def _exp_of_unit(algebra: Algebra, unit: Ratio, c: fmpq) -> Ratio:
    """exp(c · unit), where `unit` is a monomial over a denominator."""
    if unit.den.is_constant:
        (mono,) = unit.num.terms
        logs = [g for g, e in mono if algebra.generators[g].kind == "log"]
        if len(logs) == 1 and dict(mono)[logs[0]] == 1:
            base = algebra.generators[logs[0]].data
            rest = tuple(pair for pair in mono if pair[0] != logs[0])
            return _positive_power(algebra, base, rest, c)
    height = algebra.height(unit)
    number = algebra.intern("exp", unit, lambda: exp(algebra.term(unit)), height)
    return _rational_power(algebra, Poly.generator(number), c)


def _positive_power(algebra: Algebra, base: Poly, exponent: Monomial, c: fmpq) -> Ratio:
    """|base|^(c · exponent), where log|base| is a generator."""
    if not exponent:
        size = absolute(algebra, algebra.ratio(base))
        if int(c.q) == 1:
            return algebra.power(size, int(c.p))
        return root(algebra, size, int(c.p), int(c.q))
    return _symbolic_power(algebra, base, exponent, c, absolute_value=True)


# -- logarithms ----------------------------------------------------------------------------------------


@handles(log)
def _log(algebra: Algebra, term: Expr) -> Ratio:
    if len(term.args) != 1:
        raise Unsupported("a logarithm with two arguments")
    return logarithm(algebra, algebra.normalise(term.args[0]))


def logarithm(algebra: Algebra, ratio: Ratio) -> Ratio:
    """log|ratio| as a sum over its irreducible factors."""
    if ratio.is_zero:
        raise Undefined("the logarithm of zero")
    return algebra.subtract(_log_poly(algebra, ratio.num), _log_poly(algebra, ratio.den))


def _log_poly(algebra: Algebra, poly: Poly) -> Ratio:
    content, pieces = factor(poly)
    parts = []
    for prime, exponent in _prime_powers(content):
        parts.append(algebra.multiply(algebra.constant(exponent), _log_number(algebra, prime)))
    for piece, exponent in pieces:
        parts.append(algebra.multiply(algebra.constant(exponent), log_factor(algebra, piece)))
    return algebra.total(parts)


def _prime_powers(value: fmpq) -> list[tuple[int, int]]:
    """Primes and exponents of |value|; a number too large to factor counts as one prime."""
    found: list[tuple[int, int]] = []
    for number, direction in ((abs(int(value.p)), 1), (int(value.q), -1)):
        if number == 1:
            continue
        parts = integer_factors(number) if number < _FACTOR_LIMIT else integer_factors(number, limit=1000)
        found += [(int(p), direction * int(e)) for p, e in parts.items()]
    return found


def _log_number(algebra: Algebra, prime: int) -> Ratio:
    return algebra.as_ratio(algebra.intern("log", Poly.constant(prime), log(Integer(prime), evaluate=False)))


def log_factor(algebra: Algebra, piece: Poly) -> Ratio:
    """log|piece| of an irreducible polynomial."""
    if len(piece) == 1:
        (g,) = piece.generators()
        generator = algebra.generators[g]
        kind, data = generator.kind, generator.data
        if kind == "exp":
            return data
        if kind == "sign":
            return ZERO
        if kind == "root":
            return algebra.divide(_log_poly(algebra, data[0]), algebra.constant(data[1]))
        if kind == "power":
            exponent = algebra.ratio(Poly({data[1]: fmpq(1)}))
            return algebra.multiply(exponent, _log_poly(algebra, data[0]))
        if kind == "product":
            from symderive.decide.sums import sum_over

            result = logarithm(algebra, data[1])
            for variable in data[0]:
                result = sum_over(algebra, result, variable)
            return result
    term = algebra.poly_term(piece)
    return algebra.as_ratio(algebra.intern("log", piece, lambda: log(Abs(term)), poly_height(algebra, piece)))


# -- powers --------------------------------------------------------------------------------------------


@handles(Pow)
def _pow(algebra: Algebra, term: Pow) -> Ratio:
    base, exponent = term.args
    if exponent.is_Integer:
        return integer_power(algebra, algebra.normalise(base), int(exponent))
    if exponent.is_Rational:
        return root(algebra, algebra.normalise(base), int(exponent.p), int(exponent.q))
    ratio, power = algebra.normalise(base), algebra.normalise(exponent)
    if power.is_constant:
        value = power.value
        return root(algebra, ratio, int(value.p), int(value.q))
    if ratio.is_zero:
        raise Unsupported("a power of zero with a symbolic exponent")
    if exponent.is_integer and power.den.is_constant:
        return _integer_symbolic(algebra, ratio, power)
    return exponential(algebra, algebra.multiply(power, logarithm(algebra, ratio)))


def integer_power(algebra: Algebra, ratio: Ratio, exponent: int) -> Ratio:
    """An integer power, multiplied out while that stays small."""
    terms = max(len(ratio.num), len(ratio.den))
    if abs(exponent) > (_LARGEST_EXPONENT if ratio.is_constant else _LARGEST_DEGREE):
        raise TooLarge("an exponent is too large")
    if terms > 1 and abs(exponent) > 1:
        size = 1
        for step in range(1, abs(exponent) + 1):
            size = size * (terms - 1 + step) // step
            if size > _EXPAND_LIMIT:
                raise TooLarge("a power has too many terms")
    return algebra.power(ratio, exponent)


def _integer_symbolic(algebra: Algebra, base: Ratio, exponent: Ratio) -> Ratio:
    """base^exponent for an integer-valued exponent: (ab)^n = a^n b^n, a^(m+n) = a^m a^n."""
    scale = exponent.den.value()
    result = ONE
    for mono, c in exponent.num:
        c = c / scale
        if not mono:
            if int(c.q) != 1:
                return _opaque_power(algebra, base, exponent)
            result = algebra.multiply(result, integer_power(algebra, base, int(c.p)))
            continue
        if int(c.q) != 1 and algebra.facts.sign_of(base) != (1, True):
            return _opaque_power(algebra, base, exponent)
        for poly, direction in ((base.num, 1), (base.den, -1)):
            content, pieces = factor(poly)
            if content < 0:
                result = algebra.multiply(result, _power_of_minus_one(algebra, mono, c))
            for prime, e in _prime_powers(content):
                part = _symbolic_power(algebra, Poly.constant(prime), mono, c * (e * direction))
                result = algebra.multiply(result, part)
            for piece, e in pieces:
                part = _symbolic_power(algebra, piece, mono, c * (e * direction))
                result = algebra.multiply(result, part)
    return result


def _opaque_power(algebra: Algebra, base: Ratio, exponent: Ratio) -> Ratio:
    term = Pow(algebra.term(base), algebra.term(exponent))
    height = max(algebra.height(base), algebra.height(exponent))
    return algebra.as_ratio(algebra.intern("opaque", (base, exponent), term, height))


def _power_of_minus_one(algebra: Algebra, mono: Monomial, c: fmpq) -> Ratio:
    if int(c.p) % 2 == 0:
        return ONE
    data = (Poly.constant(-1), mono, False)
    exponent = algebra.poly_term(Poly({mono: fmpq(1)}))
    number = algebra.intern("power", data, lambda: Pow(Integer(-1), exponent))
    if number not in algebra.relations:
        algebra.relations[number] = (2, lambda e: Poly.generator(number) if e % 2 else Poly.constant(1))
    return algebra.as_ratio(number)


def _symbolic_power(
    algebra: Algebra, base: Poly, exponent: Monomial, c: fmpq, *, absolute_value: bool = False
) -> Ratio:
    """base^(c · exponent) for an irreducible base, or |base|^(…) with `absolute_value`."""
    if len(base) == 1 and not base.is_constant:
        (g,) = base.generators()
        generator = algebra.generators[g]
        if generator.kind == "exp":
            whole = algebra.multiply(generator.data, Ratio(Poly({exponent: c}), ONE.den))
            return exponential(algebra, whole)
        if generator.kind == "power" and (not absolute_value or generator.data[0].is_constant):
            inner, mono, was_absolute = generator.data
            if inner != Poly.constant(-1):
                product = algebra.ratio(Poly({mono: fmpq(1)}) * Poly({exponent: fmpq(1)}))
                (joined,) = product.num.terms
                return _symbolic_power(algebra, inner, joined, c, absolute_value=was_absolute)
    if absolute_value:
        known = algebra.facts.poly_sign(base)
        if known is not None and known[0] == 1:
            absolute_value = False
    height = max(poly_height(algebra, base), poly_height(algebra, Poly({exponent: fmpq(1)})))
    shown = algebra.poly_term(base)
    if absolute_value:
        shown = Abs(shown)
    power = algebra.poly_term(Poly({exponent: fmpq(1)}))
    number = algebra.intern("power", (base, exponent, absolute_value), lambda: Pow(shown, power), height)
    return _rational_power(algebra, Poly.generator(number), c)


def _rational_power(algebra: Algebra, base: Poly, c: fmpq) -> Ratio:
    """A rational power of a positive generator."""
    if abs(int(c.p)) > _LARGEST_DEGREE:
        raise TooLarge("an exponent is too large")
    if int(c.q) == 1:
        (g,) = base.generators()
        return algebra.power(algebra.as_ratio(g), int(c.p))
    return _root_power(algebra, base, int(c.p), int(c.q))


# -- roots ---------------------------------------------------------------------------------------------


def root(algebra: Algebra, ratio: Ratio, p: int, q: int) -> Ratio:
    """ratio^(p/q) for ratio ≥ 0, as |factor|^(1/q) generators."""
    if q == 1:
        return integer_power(algebra, ratio, p)
    if ratio.is_zero:
        if p < 0:
            raise Undefined("a division by zero")
        return ZERO
    if algebra.facts.sign_of(ratio) == NEGATIVE_SIGN:
        raise Undefined("a root of a negative number")
    result = ONE
    unknown: list[tuple[Poly, int]] = []
    sign_so_far = 1
    for poly, direction in ((ratio.num, 1), (ratio.den, -1)):
        content, pieces = factor(poly)
        if content < 0:
            sign_so_far = -sign_so_far
        for prime, e in _prime_powers(content):
            part = _root_power(algebra, Poly.constant(prime), p * e * direction, q)
            result = algebra.multiply(result, part)
        for piece, e in pieces:
            known = algebra.facts.poly_sign(piece)
            if known is None and e % 2:
                unknown.append((piece, e * direction))
                continue
            if known is not None and known[0] < 0:
                if e % 2:
                    sign_so_far = -sign_so_far
                piece = -piece
            even = known is None
            if even:
                size = absolute(algebra, algebra.ratio(piece))
                # (f²)^(p/q): f² is the radicand, whatever the sign of f
                part = _absolute_power(algebra, piece, size, e * direction * p, q)
            else:
                part = _root_power(algebra, piece, e * direction * p, q)
            result = algebra.multiply(result, part)
    if unknown:
        result = algebra.multiply(result, _joint_root(algebra, unknown, sign_so_far, p, q))
    return result


NEGATIVE_SIGN = (-1, True)


def _joint_root(algebra: Algebra, unknown: list[tuple[Poly, int]], direction: int, p: int, q: int) -> Ratio:
    """The root of the factors of unknown sign: only their product is known to be non-negative."""
    if len(unknown) == 1:
        piece, e = unknown[0]
        return _root_power(algebra, piece if direction > 0 else -piece, e * p, q)
    shared = unknown[0][1]
    if any(e != shared for _, e in unknown):
        num, den = Poly.constant(direction), Poly.constant(1)
        for piece, e in unknown:
            if e > 0:
                num = num * piece.power(e)
            else:
                den = den * piece.power(-e)
        # f/g = fg/g², and g² is positive.
        joint = _root_power(algebra, num * den, p, q)
        return algebra.divide(joint, root(algebra, algebra.ratio(den * den), p, q))
    product = Poly.constant(direction)
    for piece, _ in unknown:
        product = product * piece
    return _root_power(algebra, product, shared * p, q)


def _absolute_power(algebra: Algebra, piece: Poly, size: Ratio, p: int, q: int) -> Ratio:
    common = gcd(p, q)
    p, q = p // common, q // common
    if q == 1:
        return algebra.power(size, p)
    if not size.den.is_constant:
        return _root_power(algebra, piece * piece, p, 2 * q)
    return _root_power(algebra, size.num, p, q)


def _root_power(algebra: Algebra, base: Poly, p: int, q: int) -> Ratio:
    """base^(p/q) for a base that is non-negative on the domain."""
    common = gcd(p, q)
    p, q = p // common, q // common
    if q == 1:
        return algebra.power(algebra.ratio(base), p)
    if len(base) == 1 and not base.is_constant:
        ((mono, c),) = base.terms.items()
        if c == 1 and len(mono) == 1 and mono[0][1] == 1:
            generator = algebra.generators[mono[0][0]]
            if generator.kind == "root":
                return _root_power(algebra, generator.data[0], p, q * generator.data[1])
    order = _joined_order(algebra, base, q)
    number = _root_generator(algebra, base, order)
    return algebra.power(algebra.as_ratio(number), p * (order // q))


def _root_generator(algebra: Algebra, base: Poly, order: int) -> int:
    number = algebra.intern(
        "root",
        (base, order),
        lambda: Pow(algebra.poly_term(base), Rational(1, order)),
        poly_height(algebra, base),
    )
    if number not in algebra.relations:

        def relation(e: int) -> Poly:
            return base.power(e // order) * (
                Poly.generator(number, e % order) if e % order else Poly.constant(1)
            )

        algebra.relations[number] = (order, relation)
    return number


def _joined_order(algebra: Algebra, base: Poly, q: int) -> int:
    """One order for all roots of a base: √f and ∛f are both powers of the sixth root."""
    held = algebra.root_orders.get(base)
    if held is None:
        algebra.root_orders[base] = q
        return q
    if held % q == 0:
        return held
    joined = held * q // gcd(held, q)
    old = algebra.known("root", (base, held))
    algebra.root_orders[base] = joined
    fresh = _root_generator(algebra, base, joined)
    if old is not None:
        algebra.relations[old] = (1, lambda e: Poly.generator(fresh, e * (joined // held)))
    return joined
