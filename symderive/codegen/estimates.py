"""Balls that carry a bound on the error of the operations that led to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb

__all__ = ["Estimate", "estimate"]


#: A function's slope, from where it is taken and from its value there.
_SLOPES: dict[str, Callable[[arb, arb], arb]] = {
    "exp": lambda t, value: value,
    "log": lambda t, value: 1 / t,
    "sin": lambda t, value: t.cos(),
    "cos": lambda t, value: t.sin(),
    "tan": lambda t, value: 1 + value**2,
    "sinh": lambda t, value: t.cosh(),
    "cosh": lambda t, value: t.sinh(),
    "tanh": lambda t, value: 1 - value**2,
    "asin": lambda t, value: 1 / (1 - t**2).sqrt(),
    "acos": lambda t, value: 1 / (1 - t**2).sqrt(),
    "atan": lambda t, value: 1 / (1 + t**2),
    "asinh": lambda t, value: 1 / (1 + t**2).sqrt(),
    "acosh": lambda t, value: 1 / (t**2 - 1).sqrt(),
    "atanh": lambda t, value: 1 / (1 - t**2),
    "erf": lambda t, value: 2 * (-(t**2)).exp() / arb.pi().sqrt(),
    "floor": lambda t, value: arb(0),
    "ceil": lambda t, value: arb(0),
}


@dataclass(frozen=True)
class Estimate:
    """A value, and a first-order bound on its error in units of one rounding."""

    value: arb
    error: arb

    def __add__(self, other: Any) -> Estimate:
        b = estimate(other)
        value = self.value + b.value
        return Estimate(value, self.error + b.error + abs(value))

    def __mul__(self, other: Any) -> Estimate:
        if isinstance(other, int) and abs(other) == 1:
            return Estimate(self.value * other, self.error)  # a sign is not rounded
        b = estimate(other)
        value = self.value * b.value
        return Estimate(value, self.error * abs(b.value) + b.error * abs(self.value) + abs(value))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Estimate:
        b = estimate(other)
        value = self.value / b.value
        error = (self.error + b.error * abs(value)) / abs(b.value)
        return Estimate(value, error + abs(value))

    def __rtruediv__(self, other: Any) -> Estimate:
        return estimate(other) / self

    def __pow__(self, exponent: Any) -> Estimate:
        if isinstance(exponent, Estimate):
            return (exponent * self.log()).exp()
        value = self.value**exponent
        return Estimate(value, self.error * abs(value * exponent / self.value) + abs(value))

    def __abs__(self) -> Estimate:
        return Estimate(abs(self.value), self.error)

    def _through(self, value: arb, slope: arb) -> Estimate:
        return Estimate(value, self.error * abs(slope) + abs(value))

    def exp(self) -> Estimate:
        """The exponential of the value."""
        return self.function("exp")

    def log(self) -> Estimate:
        """Its logarithm."""
        return self.function("log")

    def sqrt(self) -> Estimate:
        """Its root."""
        value = self.value.sqrt()
        return self._through(value, 1 / (2 * value))

    def function(self, name: str) -> Estimate:
        """One of the functions that balls have, by name."""
        value = getattr(self.value, name)()
        return self._through(value, _SLOPES[name](self.value, value))

    def sgn(self) -> Estimate:
        """Its sign."""
        return Estimate(self.value.sgn(), arb(0))

    def max(self, other: Any) -> Estimate:
        """The larger one."""
        b = estimate(other)
        return Estimate(self.value.max(b.value), self.error + b.error)

    def min(self, other: Any) -> Estimate:
        """The smaller one."""
        b = estimate(other)
        return Estimate(self.value.min(b.value), self.error + b.error)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < estimate(other).value)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > estimate(other).value)

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= estimate(other).value)

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= estimate(other).value)


def estimate(value: Any) -> Estimate:
    """A number as an estimate; one that is none yet has no error."""
    return value if isinstance(value, Estimate) else Estimate(arb(value), arb(0))
