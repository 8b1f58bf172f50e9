"""sign sin(ωx): one parameter and infinite VC dimension, decided exactly for rational points."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import inf, lcm

from symderive.finite.certificates import Exclusion, Realised
from symderive.finite.exact_input import Labels, Point
from symderive.finite.hypothesis_class import Dichotomies, HypothesisClass, VCDimension, checked_size

__all__ = ["Sine", "SineSign", "Swept", "decimal_points"]

_MOST_ZEROS = 200_000


@dataclass(frozen=True)
class SineSign:
    """The sign of sin(πqx), with ω = πq and q rational.

    For rational x no rounding occurs: the sign is that of the place of qx modulo 2.

    Examples
    --------
    >>> SineSign(Fraction(3, 2)).predict((Fraction(1),))  # sin(3π/2)
    -1
    """

    q: Fraction

    def predict(self, point: Point) -> int:
        """The sign at the point, 0 where the sine vanishes."""
        turn = self.q * point[0] % 2
        return 0 if turn in (0, 1) else (1 if turn < 1 else -1)


@dataclass(frozen=True)
class Swept:
    """All frequencies of one period were tried: between neighbouring zeros of the sines no sign changes.

    Parameters
    ----------
    points, labels
        All m points and labels; the certificate is about the first `size` of them.
    size
        How many points it is about.
    """

    points: tuple[Point, ...]
    labels: Labels
    size: int

    @property
    def pattern(self) -> dict[int, int]:
        """Place → label for the points that it is about."""
        return dict(enumerate(self.labels[: self.size]))

    def verify(self) -> bool:
        """Sweep again."""
        if not 0 < self.size <= min(len(self.points), len(self.labels)):
            return False
        return _sweep(self.points[: self.size], self.labels[: self.size]) is None


@dataclass(frozen=True)
class Sine(HypothesisClass):
    """x ↦ sign sin(ωx) on the line.

    Examples
    --------
    >>> wave = Sine()
    >>> wave.realise([1, 2, 3, 4], [1, 1, -1, 1])  # impossible for every ω
    Swept(points=...
    >>> bool(wave.shatters(decimal_points(4)))
    True
    >>> wave.vc_dimension().value
    inf
    """

    @property
    def dimension(self) -> int:
        """One coordinate."""
        return 1

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Frequencies, and sweeps."""
        if isinstance(certificate, Realised):
            return isinstance(certificate.hypothesis, SineSign)
        return isinstance(certificate, Swept)

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """A frequency, by the decimal construction or by sweeping a period; or the sweep that finds none.

        Raises
        ------
        ValueError
            Where a period holds too many zeros to be swept.
        """
        q = _decimal_frequency(points, labels)
        if q is None:
            q = _sweep(points, labels)
        if q is None:
            return Swept(points, labels, len(points))
        return Realised(points, labels, SineSign(q))

    def growth_function(self, m: int) -> int:
        """2^m, on the points 10^−1, …, 10^−m."""
        return 2 ** checked_size(m)

    def vc_dimension(self, size: int = 6) -> VCDimension:
        """Infinite; the witness is the decimal construction for `size` points, every labelling certified.

        For any d: with b_i = [y_i = −1], q = 1 + Σ b_i 10^i. In q·10^−j the terms i > j are even, the term
        i = j is b_j, and 10^−j with the terms i < j is strictly between 0 and 1: the sign is (−1)^b_j = y_j.
        """
        return VCDimension(inf, self.shatters_decimal(size), None)

    def shatters_decimal(self, size: int) -> Dichotomies:
        """The points 10^−1, …, 10^−size with a frequency for each of the 2^size labellings."""
        return self.dichotomies(decimal_points(size))


def decimal_points(size: int) -> tuple[Fraction, ...]:
    """10^−1, …, 10^−size."""
    return tuple(Fraction(1, 10**i) for i in range(1, checked_size(size, 1) + 1))


def _decimal_frequency(points: tuple[Point, ...], labels: Labels) -> Fraction | None:
    """1 + Σ_{y_i = −1} 10^i, where every point is a distinct 10^−i with i ≥ 1."""
    exponents = []
    for (x,) in points:
        power = len(str(x.denominator)) - 1
        if x.numerator != 1 or power < 1 or x.denominator != 10**power:
            return None
        exponents.append(power)
    if len(set(exponents)) != len(exponents):
        return None
    return Fraction(1 + sum(10**i for i, y in zip(exponents, labels, strict=True) if y < 0))


def _sweep(points: tuple[Point, ...], labels: Labels) -> Fraction | None:
    """A frequency between neighbouring zeros of the sines with these signs; None if a period has none."""
    values = sorted({abs(x) for (x,) in points})
    if values[0] == 0:
        return None  # sin 0 = 0 has no sign, whatever the frequency
    period = 2 * lcm(*(x.denominator for x in values))
    zeros = sum(period * x for x in values)
    if zeros > _MOST_ZEROS:
        raise ValueError(
            f"about {int(zeros)} zeros lie in a period, too many to sweep: give smaller denominators,"
            " or points 10^-i, which have a construction"
        )
    places = sorted({Fraction(k) / x for x in values for k in range(int(period * x) + 1)})
    for left, right in pairwise(places):
        candidate = SineSign((left + right) / 2)
        if all(candidate.predict(point) == y for point, y in zip(points, labels, strict=True)):
            return candidate.q
    return None
