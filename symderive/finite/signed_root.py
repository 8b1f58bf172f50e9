"""±√q for a rational q: the numbers that Euclidean lengths and correlation coefficients are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from numbers import Rational
from typing import Any

from sympy import Expr, sqrt
from sympy import Rational as SymPyRational

__all__ = ["SignedRoot"]


@total_ordering
@dataclass(frozen=True, eq=False)
class SignedRoot:
    """The exact number ``sign · √square``.

    Comparison with another, with a fraction, an integer or a float is exact; ``float`` is the nearest
    double (half an ulp); products and quotients by rationals stay exact.

    Parameters
    ----------
    sign
        −1, 0 or 1, the sign of the number.
    square
        Its square, a non-negative fraction.

    Examples
    --------
    >>> root = SignedRoot.of(2)
    >>> root * root, root > Fraction(7, 5), float(root)
    (Fraction(2, 1), True, 1.4142135623730951)
    >>> SignedRoot.of(Fraction(9, 4))
    3/2
    """

    sign: int
    square: Fraction

    def __post_init__(self) -> None:
        if self.square < 0 or self.sign != (0 if self.square == 0 else math.copysign(1, self.sign)):
            raise ValueError("a root has a square >= 0, and sign 0 exactly where that is 0")

    @classmethod
    def of(cls, square: Rational | int, sign: int = 1) -> SignedRoot:
        """``sign · √square``."""
        value = Fraction(square)
        return cls(0 if value == 0 or sign == 0 else sign, value if sign else Fraction(0))

    @classmethod
    def rational(cls, value: Rational | float) -> SignedRoot:
        """A rational number (a float by its bits) as the root of its square."""
        value = Fraction(value)
        return cls((value > 0) - (value < 0), value * value)

    @property
    def as_fraction(self) -> Fraction | None:
        """The number as a fraction, None where it is irrational."""
        up, down = math.isqrt(self.square.numerator), math.isqrt(self.square.denominator)
        if up * up == self.square.numerator and down * down == self.square.denominator:
            return Fraction(self.sign * up, down)
        return None

    def as_sympy(self) -> Expr:
        """The number as a SymPy expression, such as 3*sqrt(5)/7."""
        return self.sign * sqrt(SymPyRational(self.square.numerator, self.square.denominator))

    @property
    def _signed_square(self) -> Fraction:
        return self.sign * self.square

    def __eq__(self, other: object) -> bool:
        value = _root(other)
        return NotImplemented if value is None else self._signed_square == value._signed_square

    def __lt__(self, other: Any) -> bool:
        value = _root(other)
        return NotImplemented if value is None else self._signed_square < value._signed_square

    def __hash__(self) -> int:
        value = self.as_fraction
        return hash((self.sign, self.square)) if value is None else hash(value)

    def __neg__(self) -> SignedRoot:
        return SignedRoot(-self.sign, self.square)

    def __abs__(self) -> SignedRoot:
        return SignedRoot(abs(self.sign), self.square)

    def __mul__(self, other: Any) -> SignedRoot | Fraction:
        value = _root(other)
        if value is None:
            return NotImplemented
        product = SignedRoot(self.sign * value.sign, self.square * value.square)
        rational = product.as_fraction
        return product if rational is None else rational

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> SignedRoot | Fraction:
        value = _root(other)
        if value is None:
            return NotImplemented
        if value.sign == 0:
            raise ZeroDivisionError("division of a root by zero")
        return self * SignedRoot(value.sign, 1 / value.square)

    def __float__(self) -> float:
        if self.sign == 0:
            return 0.0
        # 70 bits of √(up/down) and a sticky bit for what was cut off: the division then rounds once.
        up, down = self.square.numerator, self.square.denominator
        shift = max(0, 142 - up.bit_length() + down.bit_length())
        shift += shift % 2
        scaled, rest = divmod(up << shift, down)
        root = math.isqrt(scaled)
        sticky = 0 if rest == 0 and root * root == scaled else 1
        return self.sign * float(Fraction(2 * root + sticky, 1 << (shift // 2 + 1)))

    def __repr__(self) -> str:
        return str(self.as_sympy())


def _root(value: object) -> SignedRoot | None:
    if isinstance(value, SignedRoot):
        return value
    if isinstance(value, (Rational, int)) or (isinstance(value, float) and math.isfinite(value)):
        return SignedRoot.rational(value)
    return None
