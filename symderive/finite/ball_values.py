"""Elementary constant expressions as Arb balls: every comparison made with them is certain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction

from flint import arb, ctx, fmpq
from sympy import Add, E, Expr, Mul, Pow, Rational, Symbol, exp, log

__all__ = ["at_most", "ball", "ball_value", "round_up", "working_precision"]

_MOST_BITS = 4096


@contextmanager
def working_precision(bits: int) -> Iterator[None]:
    """Work with so many bits, then with as many as before."""
    held = ctx.prec
    ctx.prec = bits
    try:
        yield
    finally:
        ctx.prec = held


def ball(value: Fraction) -> arb:
    """A ball around a rational."""
    return arb(fmpq(value.numerator, value.denominator))


def ball_value(term: Expr, values: Mapping[Symbol, Fraction] | None = None, bits: int = 128) -> arb:
    """A ball that holds the value of a term in +, ·, powers, exp and log.

    Parameters
    ----------
    term
        The term.
    values
        What its symbols are.
    bits
        The working precision.

    Raises
    ------
    ValueError
        For a name without a value, or a function other than these.

    Examples
    --------
    >>> from sympy import sqrt
    >>> (ball_value(sqrt(2)) ** 2).contains(arb(2))
    True
    """
    with working_precision(bits):
        return _value(term, values or {})


def _value(term: Expr, values: Mapping[Symbol, Fraction]) -> arb:
    if isinstance(term, Rational):
        return arb(fmpq(int(term.p), int(term.q)))
    if isinstance(term, Symbol) and term in values:
        return ball(values[term])
    if term is E:
        return arb.const_e()
    if isinstance(term, (Add, Mul)):
        parts = [_value(part, values) for part in term.args]
        total = parts[0]
        for part in parts[1:]:
            total = total + part if isinstance(term, Add) else total * part
        return total
    if isinstance(term, Pow):
        base, exponent = term.args
        if exponent == Rational(1, 2):
            return _value(base, values).sqrt()
        if exponent.is_Integer:
            return _value(base, values) ** int(exponent)
        return (_value(exponent, values) * _value(base, values).log()).exp()
    if isinstance(term, exp):
        return _value(term.args[0], values).exp()
    if isinstance(term, log):
        return _value(term.args[0], values).log()
    raise ValueError(
        f"{term} has no value here: give every name a value, and use +, ·, powers, exp and log only"
    )


def at_most(term: Expr, limit: Fraction, values: Mapping[Symbol, Fraction]) -> bool:
    """Is the term ≤ `limit`? With as many bits as it takes.

    Raises
    ------
    ArithmeticError
        Where 4096 bits do not tell.
    """
    bits = 64
    while bits <= _MOST_BITS:
        with working_precision(bits):
            gap = _value(term, values) - ball(limit)
            if gap <= 0:
                return True
            if gap > 0:
                return False
        bits *= 2
    raise ArithmeticError(f"{term} and {limit} agree to {_MOST_BITS} bits: change one of them a little")


def round_up(value: arb) -> float:
    """A float that is not below the value, and next to it."""
    return math.nextafter(float(value.upper()), math.inf)
