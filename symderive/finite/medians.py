"""Medians as minimisers of Σ w|x − c|, each with a certificate that anyone can re-check by counting."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symderive.finite.norms import exact_vector

__all__ = ["MedianCertificate", "absolute_deviation", "certify_median", "median_interval"]

Vector = tuple[Fraction, ...]


def _weighted(values: Any, weights: Any) -> tuple[Vector, Vector]:
    entries = exact_vector(values, "values")
    shares = (Fraction(1),) * len(entries) if weights is None else exact_vector(weights, "weights")
    if len(shares) != len(entries):
        raise ValueError(f"there are {len(entries)} values and {len(shares)} weights: pass one each")
    if min(shares) < 0:
        raise ValueError("weights holds a negative number: the sum then has no minimum; pass weights >= 0")
    if not any(shares):
        raise ValueError("all weights are 0: every point is a minimiser; give one a positive weight")
    return entries, shares


def absolute_deviation(values: Any, c: Any, weights: Any = None) -> Fraction:
    """Σ w_i |x_i − c|, exact.

    Examples
    --------
    >>> absolute_deviation([1, 2, 10], 2)
    Fraction(9, 1)
    """
    entries, shares = _weighted(values, weights)
    (centre,) = exact_vector([c], "c")
    return sum((w * abs(x - centre) for x, w in zip(entries, shares, strict=True)), Fraction(0))


def median_interval(values: Any, weights: Any = None) -> tuple[Fraction, Fraction]:
    """All minimisers of c ↦ Σ w_i |x_i − c|: a closed interval, of one point where the median is unique.

    Parameters
    ----------
    values
        Shape (n,).
    weights
        Shape (n,), non-negative; one each by default.

    Returns
    -------
    lower, upper
        The lower and the upper median.

    Examples
    --------
    >>> median_interval([1, 2, 10]), median_interval([1, 2, 4, 10])
    ((Fraction(2, 1), Fraction(2, 1)), (Fraction(2, 1), Fraction(4, 1)))
    >>> median_interval([1, 2, 10], weights=[1, 1, 3])
    (Fraction(10, 1), Fraction(10, 1))
    """
    entries, shares = _weighted(values, weights)
    ordered = sorted((x, w) for x, w in zip(entries, shares, strict=True) if w)
    half, below = sum(shares, Fraction(0)) / 2, Fraction(0)
    for place, (x, w) in enumerate(ordered):
        below += w
        if below > half:
            return x, x
        if below == half:
            return x, ordered[place + 1][0]
    raise AssertionError("the weights sum to more than half of themselves")


@dataclass(frozen=True)
class MedianCertificate:
    """Why `centre` minimises Σ w_i |x_i − c|: subgradients of the terms that sum to zero.

    Then Σ w_i|x_i − t| ≥ Σ w_i|x_i − c| + (t − c)·Σ w_i g_i = Σ w_i|x_i − c| for every t.

    Parameters
    ----------
    centre
        The minimiser c.
    subgradients
        Shape (n,): g_i ∈ ∂|· − x_i|(c): −1 left of x_i, 1 right of it, a number from [−1, 1] at x_i.
    """

    centre: Fraction
    subgradients: Vector

    def holds(self, values: Any, weights: Any = None) -> bool:
        """Check the certificate against the values, from scratch.

        Examples
        --------
        >>> certify_median([1, 2, 10], 2).holds([1, 2, 10])
        True
        >>> MedianCertificate(Fraction(3), (Fraction(1), Fraction(1), Fraction(-1))).holds([1, 2, 10])
        False
        """
        entries, shares = _weighted(values, weights)
        if len(entries) != len(self.subgradients):
            return False
        for x, g in zip(entries, self.subgradients, strict=True):
            if not -1 <= g <= 1 or g * (self.centre - x) != abs(self.centre - x):
                return False
        return sum((w * g for w, g in zip(shares, self.subgradients, strict=True)), Fraction(0)) == 0


def certify_median(values: Any, c: Any = None, weights: Any = None) -> MedianCertificate:
    """A certificate that c (by default the lower median) minimises Σ w_i |x_i − c|.

    Raises
    ------
    ValueError
        Where c does not, with a point that is better.

    Examples
    --------
    >>> certificate = certify_median([1, 2, 2, 10])
    >>> certificate.centre, [str(g) for g in certificate.subgradients]
    (Fraction(2, 1), ['1', '0', '0', '-1'])
    """
    entries, shares = _weighted(values, weights)
    lower, upper = median_interval(values, weights)
    centre = lower if c is None else exact_vector([c], "c")[0]
    if not lower <= centre <= upper:
        better = lower if centre < lower else upper
        raise ValueError(
            f"c={centre} does not minimise the sum: {better} gives"
            f" {absolute_deviation(values, better, weights)}"
            f" and c gives {absolute_deviation(values, centre, weights)}"
        )
    signs = [(centre > x) - (centre < x) for x in entries]
    slope = sum((w * s for w, s in zip(shares, signs, strict=True)), Fraction(0))
    tied = sum((w for w, s in zip(shares, signs, strict=True) if s == 0), Fraction(0))
    share = -slope / tied if tied else Fraction(0)
    return MedianCertificate(centre, tuple(Fraction(s) if s else share for s in signs))
