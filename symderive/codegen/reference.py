"""What a function should have returned: its textbook formula in ball arithmetic at the floats it was given.

The formula is lowered as it stands, without any stable form, and evaluated over whole batches of Arb balls;
rows whose balls are too wide are taken again with more bits. A logit of −∞ is the limit of ever smaller
ones, a probability of 0 that of ever smaller ones: −2^2200 and 2^−5000 stand for them; where a second pair
of numbers gives another result, there is no limit, and the function has a hole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from flint import arb, ctx

from symderive.codegen.estimates import Estimate
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kind
from symderive.codegen.lowering import lowered
from symderive.codegen.reference_terms import Evaluation, NotMeasured
from symderive.terms import Dim, unfold

__all__ = ["NotMeasured", "Reference", "Truth", "infinite", "ulps"]

Array: TypeAlias = "np.ndarray[Any, Any]"

#: Bits that are tried one after the other; the last suffice for what lies at the bottom of float64.
BITS = (128, 320, 1280, 2560)
_DIGITS = {"float32": (24, -149, 128), "float64": (53, -1074, 1024)}
_MASK = 2200
_NOTHING = -5000
_EXTRA = 12  # a ball may be this many bits narrower than the unit in the last place


@dataclass(frozen=True)
class Truth:
    """The values that one result should have: balls, and where there is one (False at holes)."""

    balls: Array
    defined: Array


class Reference:
    """A generated function's textbook formula, to be evaluated at floats.

    Parameters
    ----------
    function
        A function of a plan; its terms before any stable form are what counts.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        terms = {o.name: (unfold(o.term, (), operations=True), o.axes) for o in function.outputs}
        self.kernel = lowered(function.name, terms, function.arguments)

    def __call__(
        self, arguments: Mapping[str, Array], dtype: str, *, zeros: Sequence[str] = ()
    ) -> tuple[Truth, ...]:
        """The truth at a batch.

        Parameters
        ----------
        arguments
            Name → array of shape ``(rows, …axes)``; indices count from 0.
        dtype
            The type whose unit in the last place the balls have to resolve.
        zeros
            Names whose zeros stand for a limit from above.
        """
        found, known = self._settle(arguments, dtype, zeros, 0)
        edge = np.zeros(len(found[0]), dtype=bool)
        for name, array in arguments.items():
            flat = array.reshape(len(array), -1)
            edge |= (np.isneginf(flat) | ((flat == 0) & (name in zeros))).any(axis=1)
        if edge.any():
            again, known_again = self._settle({n: a[edge] for n, a in arguments.items()}, dtype, zeros, 1)
            for number, second in enumerate(again):
                same = np.frompyfunc(lambda a, b: _same(a, b, dtype), 2, 1)(found[number][edge], second)
                known[number][edge] &= known_again[number] & same.astype(bool)
        return tuple(Truth(balls, defined) for balls, defined in zip(found, known, strict=True))

    def _settle(
        self, arguments: Mapping[str, Array], dtype: str, zeros: Sequence[str], stand_in: int
    ) -> tuple[list[Array], list[Array]]:
        """Balls narrow enough, and which of them are."""
        # Each family has a stand-in of its own: 0/0 has no limit.
        exact = {
            name: _exact(array, name in zeros, stand_in * (1 + number))
            for number, (name, array) in enumerate(arguments.items())
        }
        sizes = sizes_of(self.function, arguments)
        rows = len(next(iter(exact.values())))
        found = [np.empty((rows, *_core(o, sizes)), dtype=object) for o in self.function.outputs]
        known = [np.zeros(array.shape, dtype=bool) for array in found]
        left = np.arange(rows)
        for bits in BITS:
            with _precision(bits):
                values = self._values({n: a[left] for n, a in exact.items()}, sizes, len(left))
                wide = np.zeros(len(left), dtype=bool)
                for number, value in enumerate(values):
                    settled = _settled(value, dtype)
                    found[number][left], known[number][left] = value, settled
                    wide |= ~settled.reshape(len(left), -1).all(axis=1)
            left = left[wide]
            if not left.size:
                break
        return found, known

    def magnitudes(self, arguments: Mapping[str, Array], *, zeros: Sequence[str] = ()) -> tuple[Array, ...]:
        """First-order bounds on the error of the formula itself if each of its operations is rounded once.

        In units of one rounding; what cancels counts in full, and overflow is not considered.
        """
        sizes = sizes_of(self.function, arguments)
        with _precision(256):
            exact = {
                name: a if a.dtype.kind == "i" else _estimates(a)
                for name, a in ((n, _exact(a, n in zeros)) for n, a in arguments.items())
            }
            rows = len(next(iter(exact.values())))
            values = self._values(exact, sizes, rows, estimate=True)
            return tuple(_errors(value) for value in values)

    def _values(
        self, arguments: Mapping[str, Array], sizes: Mapping[str, int], rows: int, *, estimate: bool = False
    ) -> list[Array]:
        return Evaluation(self.kernel, arguments, sizes, rows, estimate=estimate).outputs()


def sizes_of(function: Function, arguments: Mapping[str, Array]) -> dict[str, int]:
    """The length of each dimension, read off the arguments."""
    sizes: dict[str, int] = {}
    for argument in function.arguments:
        if argument.kind is Kind.INDEX:
            continue
        for size, length in zip(argument.sizes, arguments[argument.name].shape[1:], strict=True):
            if isinstance(size, Dim):
                sizes[size.name] = length
    return sizes


def ulps(results: Array, truth: Truth, dtype: str) -> Array:
    """``|result − truth| / ulp(truth)``, NaN at holes, +∞ for a result that is not finite where it should be.

    Where the truth is larger than every number of the type, an infinity of its sign is right.

    Examples
    --------
    >>> third = np.array([arb(1) / 3], dtype=object)
    >>> bool(ulps(np.array([1 / 3]), Truth(third, np.array([True])), "float64") < 0.5)
    True
    """
    digits, bottom, top = _DIGITS[dtype]

    def one(result: float, ball: arb, defined: bool) -> float:
        if not defined:
            return float("nan")
        middle = ball.mid()
        mantissa, exponent = middle.man_exp()
        size = int(exponent) + int(mantissa).bit_length() - 1
        if mantissa != 0 and size >= top:
            return 0.0 if result == (np.inf if mantissa > 0 else -np.inf) else float("inf")
        if not np.isfinite(result):
            return float("inf")
        unit = bottom if mantissa == 0 else max(size - digits + 1, bottom)
        return _scaled(abs(arb(result) - middle), unit)

    # Beside a truth of 0 ulps are huge; a hole of the domain counts as NaN.
    with _precision(128), np.errstate(over="ignore", invalid="ignore"):
        found = np.frompyfunc(one, 3, 1)(results.astype(np.float64), truth.balls, truth.defined)
    return np.asarray(found, dtype=np.float64)


def infinite(truth: Truth, dtype: str) -> Array:
    """Where the truth is larger than every number of the type."""
    top = _DIGITS[dtype][2]
    found = np.frompyfunc(lambda ball: _size(ball) >= top, 1, 1)(truth.balls)
    return np.asarray(found, dtype=bool) & truth.defined


def _size(ball: arb) -> int:
    mantissa, exponent = ball.mid().man_exp() if ball.is_finite() else (0, 0)
    return int(exponent) + int(mantissa).bit_length() - 1 if mantissa != 0 else -(10**9)


def _scaled(value: arb, exponent: int) -> float:
    """``value / 2^exponent`` as a float."""
    mantissa, own = value.mid().man_exp()
    number, power = int(mantissa), int(own)
    extra = number.bit_length() - 64
    if extra > 0:
        number, power = number >> extra, power + extra
    try:
        return math.ldexp(float(number), max(min(power - exponent, 4000), -4000))
    except OverflowError:
        return float(np.finfo(np.float64).max)  # a finite result, however wrong


def _settled(values: Array, dtype: str) -> Array:
    digits, bottom, _ = _DIGITS[dtype]

    def one(ball: arb) -> bool:
        if not ball.is_finite():
            return False
        if ball.rel_accuracy_bits() >= digits + _EXTRA:
            return True
        mantissa, exponent = ball.rad().man_exp()
        if mantissa == 0:
            return True
        radius = int(exponent) + int(mantissa).bit_length()
        return radius <= max(_size(ball) - digits + 1, bottom) - _EXTRA

    return np.asarray(np.frompyfunc(one, 1, 1)(values), dtype=bool)


def _core(output: Any, sizes: Mapping[str, int]) -> tuple[int, ...]:
    lengths = []
    for axis in output.axes:
        size = axis.upper - axis.lower + 1
        lengths.append(int(size.subs({dim: sizes[dim.name] for dim in size.free_symbols})))
    return tuple(lengths)


def _same(one: arb, other: arb, dtype: str) -> bool:
    """Do two balls agree in the type, or are both beyond it?"""
    digits, bottom, top = _DIGITS[dtype]
    if not one.is_finite() or not other.is_finite():
        return False
    if _size(one) >= top and _size(other) >= top:
        return bool((one > 0) == (other > 0))
    with _precision(128):
        return _size(one.mid() - other.mid()) <= max(_size(one) - digits + 1, bottom) - _EXTRA // 2


def _exact(array: Array, limits: bool, stand_in: int = 0) -> Array:
    if array.dtype.kind in "iu":
        return array.astype(np.int64)

    def one(value: float) -> arb:
        if value == -np.inf:
            return -_power(_MASK + 100 * stand_in)
        if value == 0 and limits:
            return _power(_NOTHING - 1000 * stand_in)
        return arb(value)

    return np.asarray(np.frompyfunc(one, 1, 1)(array.astype(np.float64)), dtype=object)


def _power(exponent: int) -> arb:
    return arb(2) ** exponent


def _estimates(array: Array) -> Array:
    return np.asarray(np.frompyfunc(lambda v: Estimate(v, arb(0)), 1, 1)(array), dtype=object)


def _errors(array: Array) -> Array:
    return np.asarray(np.frompyfunc(lambda v: v.error, 1, 1)(array), dtype=object)


class _precision:
    """Arb's working precision, for a while."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        self.before = ctx.prec
        ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        ctx.prec = self.before
