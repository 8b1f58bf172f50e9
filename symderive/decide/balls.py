"""Numbers for evaluation: exact rationals as long as possible, else Arb balls that hold the true value."""

from __future__ import annotations

from flint import arb, fmpq

__all__ = [
    "NoValue",
    "Number",
    "TooMuchWork",
    "Unclear",
    "add",
    "as_ball",
    "compare",
    "divide",
    "multiply",
    "power",
    "subtract",
]

Number = fmpq | arb


class NoValue(ArithmeticError):
    """The term has no value at this point (a division by zero, the log of a negative number)."""


class Unclear(ArithmeticError):
    """The balls are too wide to say (which branch, whether a denominator is zero)."""


class TooMuchWork(ArithmeticError):
    """The evaluation takes too many steps."""


def as_ball(value: Number | int) -> arb:
    """A ball around a value."""
    return value if isinstance(value, arb) else arb(value)


def compare(value: Number) -> int:
    """-1, 0 or 1; raises `Unclear` where a ball straddles zero."""
    if isinstance(value, arb):
        if value > 0:
            return 1
        if value < 0:
            return -1
        if value.is_exact():
            return 0
        raise Unclear("a ball straddles zero")
    return (value > 0) - (value < 0)


def subtract(a: Number, b: Number) -> Number:
    """The difference; exact where both are."""
    if isinstance(a, arb) or isinstance(b, arb):
        return as_ball(a) - as_ball(b)
    return a - b


def add(a: Number, b: Number) -> Number:
    """The sum; exact where both are."""
    if isinstance(a, arb) or isinstance(b, arb):
        return as_ball(a) + as_ball(b)
    return a + b


def multiply(a: Number, b: Number) -> Number:
    """The product; exact where both are, and 0 where one is exactly 0."""
    if isinstance(a, arb) or isinstance(b, arb):
        return as_ball(a) * as_ball(b)
    return a * b


def divide(a: Number, b: Number) -> Number:
    """The quotient."""
    if compare(b) == 0:
        raise NoValue("a division by zero")
    if isinstance(a, arb) or isinstance(b, arb):
        return as_ball(a) / as_ball(b)
    return a / b


def power(base: Number, exponent: Number) -> Number:
    """base^exponent over the reals."""
    if not isinstance(exponent, arb) and exponent.q == 1:
        n = int(exponent.p)
        if n < 0:
            return divide(fmpq(1), power(base, -exponent))
        if isinstance(base, arb):
            return base ** arb(n) if n > 64 else base**n
        bits = max(int(base.p).bit_length(), int(base.q).bit_length())
        if n * bits > 20_000:
            return arb(base) ** arb(n)
        return base**n
    if not isinstance(exponent, arb) and exponent.q % 2 == 0 and exponent.q == 2:
        if compare(base) < 0:
            raise NoValue("a root of a negative number")
        if compare(base) == 0:
            if exponent < 0:
                raise NoValue("a division by zero")
            return fmpq(0)
        return as_ball(base).sqrt() ** int(exponent.p)
    order = compare(base)
    if order < 0:
        raise NoValue("a power of a negative number")
    if order == 0:
        if compare(exponent) <= 0:
            raise NoValue("a division by zero")
        return fmpq(0)
    return (as_ball(exponent) * as_ball(base).log()).exp()
