"""Empirical Rademacher complexity of finite classes: exact by enumerating all signs, or estimated.

R(A) = c · E_σ max_{a ∈ A} ⟨σ, a⟩ with c = 1/m or 2/m, and with or without |·| around the inner product: four
quantities under one name. Every call says which one is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import log, sqrt
from typing import Any

import numpy as np

from symderive.finite.exact_input import exact_labels, exact_number, exact_vectors
from symderive.finite.hypothesis_class import HypothesisClass
from symderive.finite.progress import progress
from symderive.finite.sign_enumeration import sum_of_maxima, to_integers

__all__ = ["Estimate", "class_rademacher", "loss_class", "rademacher_complexity", "rademacher_estimate"]

SCALES = {"1/m": 1, "2/m": 2}
_BATCH = 1024


def scale_factor(scale: str, m: int) -> Fraction:
    """C = 1/m or 2/m."""
    if scale not in SCALES:
        raise ValueError(f"scale {scale!r}: choose '1/m' or '2/m', the factor in front of the expectation")
    return Fraction(SCALES[scale], m)


def rademacher_complexity(vectors: Iterable[Iterable[Any]], *, scale: str, absolute: bool) -> Fraction:
    """The exact empirical Rademacher complexity of a finite class.

    Parameters
    ----------
    vectors
        N vectors of m values, shape (N, m): each member of the class on the sample. Floats are taken as the
        binary rationals that they are.
    scale
        ``"1/m"`` or ``"2/m"``.
    absolute
        Whether |⟨σ, a⟩| is maximised.

    Returns
    -------
    Fraction

    Raises
    ------
    ValueError
        For an empty class, unequal lengths, values that are not finite, or a 2^m · N that is too large.

    Examples
    --------
    >>> thresholds = [(-1,) * k + (1,) * (9 - k) for k in range(10)]
    >>> rademacher_complexity(thresholds, scale="1/m", absolute=False)
    Fraction(251, 576)
    >>> rademacher_complexity([(3, 4)], scale="1/m", absolute=False)  # one function follows no signs
    Fraction(0, 1)
    >>> rademacher_complexity([(3, 4)], scale="1/m", absolute=True)
    Fraction(2, 1)
    """
    exact = exact_vectors(vectors)
    m = len(exact[0])
    factor = scale_factor(scale, m)
    integers, denominator = to_integers(exact)
    return factor * Fraction(sum_of_maxima(integers, absolute=absolute), denominator * 2**m)


def class_rademacher(
    family: HypothesisClass, points: Iterable[Any], *, scale: str, absolute: bool
) -> Fraction:
    """The exact complexity of a class of classifiers on some points, through its labellings of them.

    Parameters
    ----------
    family
        The class, e.g. ``Thresholds()`` or ``Halfspaces(2)``.
    points
        The m points of the sample.
    scale, absolute
        As in `rademacher_complexity`.

    Examples
    --------
    >>> from symderive.finite.line_classes import Thresholds
    >>> class_rademacher(Thresholds(), range(9), scale="1/m", absolute=False)
    Fraction(251, 576)
    """
    return rademacher_complexity(family.dichotomies(points).labellings, scale=scale, absolute=absolute)


def loss_class(
    labellings: Iterable[Iterable[Any]], labels: Iterable[Any]
) -> tuple[tuple[Fraction, ...], ...]:
    """The 0-1 losses of labellings against the true labels: (1 − y_i h_i)/2.

    Parameters
    ----------
    labellings
        N labellings of m points, +1 and −1.
    labels
        The m true labels.

    Notes
    -----
    Its complexity (without |·|) is half of that of the labellings, whatever the labels: σ_i y_i are signs
    again, and the constant ½ has mean 0.

    Examples
    --------
    >>> losses = loss_class([(1, 1), (-1, 1)], [1, -1])
    >>> rademacher_complexity(losses, scale="1/m", absolute=False)
    Fraction(1, 4)
    >>> rademacher_complexity([(1, 1), (-1, 1)], scale="1/m", absolute=False)
    Fraction(1, 2)
    """
    truth = tuple(labels)
    true = exact_labels(truth, len(truth))
    rows = [exact_labels(row, len(true)) for row in labellings]
    return tuple(tuple(Fraction(1 - y * h, 2) for h, y in zip(row, true, strict=True)) for row in rows)


@dataclass(frozen=True)
class Estimate:
    """An estimate from random signs with an interval that holds the true value with the given confidence.

    Parameters
    ----------
    value
        The mean over the samples.
    low, high
        The interval.
    confidence
        The probability, over the random signs, that it holds the true value.
    samples, seed
        How many sign vectors were drawn, and from which seed.
    method
        The inequality behind the interval.
    """

    value: float
    low: float
    high: float
    confidence: float
    samples: int
    seed: int
    method: str


def rademacher_estimate(
    vectors: Iterable[Iterable[Any]],
    *,
    scale: str,
    absolute: bool,
    samples: int = 20_000,
    confidence: Any = "99/100",
    seed: int = 0,
) -> Estimate:
    """The complexity from random signs, for more points than can be enumerated.

    Parameters
    ----------
    vectors, scale, absolute
        As in `rademacher_complexity`.
    samples
        How many sign vectors are drawn, at least 2.
    confidence
        Probability that the interval holds the true value.
    seed
        Of NumPy's generator; equal seeds give equal answers.

    Returns
    -------
    Estimate
        The shorter of two intervals that hold together with the given confidence: Hoeffding 1963 for a mean
        of bounded variables, and the empirical Bernstein bound of Maurer and Pontil 2009, Theorem 4.

    Examples
    --------
    >>> thresholds = [(-1,) * k + (1,) * (9 - k) for k in range(10)]
    >>> found = rademacher_estimate(thresholds, scale="1/m", absolute=False)
    >>> found.low < 251 / 576 < found.high
    True
    """
    exact = exact_vectors(vectors)
    m = len(exact[0])
    factor = float(scale_factor(scale, m))
    trust = exact_number(confidence, "the confidence")
    if not 0 < trust < 1:
        raise ValueError(f"confidence {confidence}: give a probability strictly between 0 and 1")
    if samples < 2:
        raise ValueError(f"{samples} samples: draw at least 2, better some thousands")
    try:
        matrix = np.array([[float(x) for x in row] for row in exact])
    except OverflowError as error:
        raise ValueError("a value overflows a float: divide all values by a common factor") from error
    generator = np.random.default_rng(seed)
    drawn = []
    with progress(samples, "random signs") as bar:
        for first in range(0, samples, _BATCH):
            size = min(_BATCH, samples - first)
            products = (1.0 - 2.0 * generator.integers(0, 2, (size, m))) @ matrix.T
            drawn.append((np.abs(products) if absolute else products).max(axis=1))
            bar.advance(size)
    values = np.concatenate(drawn) * factor
    most = factor * float(np.abs(matrix).sum(axis=1).max())
    # Without |·| the maximum may be negative: it lies in [−most, most], else in [0, most].
    width = most if absolute else 2 * most
    failure = float(1 - trust)
    mean, variance = float(values.mean()), float(values.var(ddof=1))
    # Each of the two inequalities fails with probability at most failure/2, either side with failure/4.
    hoeffding = width * sqrt(log(4 / failure) / (2 * samples))
    bernstein = sqrt(2 * variance * log(8 / failure) / samples) + 7 * width * log(8 / failure) / (
        3 * (samples - 1)
    )
    radius, method = min((hoeffding, "Hoeffding"), (bernstein, "empirical Bernstein"))
    radius += 1e-9 * most  # rounding of the float sums
    return Estimate(mean, mean - radius, mean + radius, float(trust), samples, seed, method)
