"""Scores of a classifier as functions of its confusion counts: exact fractions, floats, or formulas.

Every score takes `BinaryCounts` (those of several classes a `ConfusionMatrix`) and is a quotient of counts.
Where the denominator is 0 a score has no value, and libraries differ in what they return; the caller says:

========== ==========================================================================
``error``  a ValueError that names the empty set (the default)
``warn``   0 and an `UndefinedScoreWarning`, scikit-learn's default
``0``,``1`` that value, silently
``nan``    NaN; averages leave it out
========== ==========================================================================
"""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from typing import Any, Literal

import sympy

from symderive.finite.confusion import BinaryCounts, ConfusionMatrix
from symderive.finite.exact_input import exact_number
from symderive.finite.signed_root import SignedRoot

__all__ = [
    "UndefinedScoreWarning",
    "ZeroDivision",
    "accuracy",
    "balanced_accuracy",
    "cohen_kappa",
    "f1",
    "f_beta",
    "informedness",
    "jaccard",
    "markedness",
    "matthews_correlation",
    "negative_predictive_value",
    "precision",
    "prevalence",
    "quotient",
    "recall",
    "specificity",
]

ZeroDivision = Literal["error", "warn", "nan", 0, 1]


class UndefinedScoreWarning(UserWarning):
    """A score is 0/0 and was replaced by 0."""


def quotient(
    numerator: Any,
    denominator: Any,
    *,
    zero_division: ZeroDivision = "error",
    exact: bool = True,
    undefined: str = "the score is 0/0",
) -> Any:
    """``numerator / denominator`` as a fraction, as a float, or as a formula of symbolic counts.

    Parameters
    ----------
    numerator, denominator
        Numbers, or SymPy expressions.
    zero_division
        What 0/0 is; see the module.
    exact
        A `Fraction` (floats read by their bits), else a float.
    undefined
        What to say where the denominator is 0.
    """
    if isinstance(numerator, sympy.Expr) or isinstance(denominator, sympy.Expr):
        return numerator / denominator
    if denominator == 0:
        if zero_division == "warn":
            warnings.warn(f"{undefined}; 0 is returned", UndefinedScoreWarning, stacklevel=3)
            return Fraction(0) if exact else 0.0
        if zero_division == "nan" or (isinstance(zero_division, float) and math.isnan(zero_division)):
            return math.nan
        if zero_division in (0, 1):
            return Fraction(zero_division) if exact else float(zero_division)
        if zero_division == "error":
            raise ValueError(f"{undefined}: pass zero_division=0, 1, 'warn' or 'nan'")
        raise ValueError(f"zero_division={zero_division!r}: pass 'error', 'warn', 'nan', 0 or 1")
    if exact:
        return exact_number(numerator) / exact_number(denominator)
    return float(numerator) / float(denominator)


def accuracy(counts: BinaryCounts | ConfusionMatrix, *, exact: bool = True) -> Any:
    """The share of samples that are predicted right.

    Examples
    --------
    >>> accuracy(BinaryCounts(3, 1, 2, 4))
    Fraction(7, 10)
    """
    right = counts.correct if isinstance(counts, ConfusionMatrix) else counts.tp + counts.tn
    return quotient(right, counts.total, exact=exact, undefined="accuracy is 0/0: there are no samples")


def prevalence(counts: BinaryCounts, *, exact: bool = True) -> Any:
    """The share of positives; what the step AP of an uninformative (constant) score is."""
    return quotient(
        counts.positives, counts.total, exact=exact, undefined="prevalence is 0/0: there are no samples"
    )


def precision(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """TP/(TP + FP): of what was predicted to be positive, the share that is.

    Parameters
    ----------
    counts
        Numbers, or SymPy expressions.
    zero_division
        What it is where nothing is predicted to be positive; see the module.
    exact
        A fraction, else a float.

    Examples
    --------
    >>> precision(BinaryCounts(3, 1, 2, 4)), recall(BinaryCounts(3, 1, 2, 4))
    (Fraction(3, 4), Fraction(3, 5))
    """
    return quotient(
        counts.tp,
        counts.tp + counts.fp,
        zero_division=zero_division,
        exact=exact,
        undefined="precision is 0/0: nothing was predicted to be positive",
    )


def recall(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """TP/(TP + FN): of what is positive, the share that was found (sensitivity, true positive rate)."""
    return quotient(
        counts.tp,
        counts.tp + counts.fn,
        zero_division=zero_division,
        exact=exact,
        undefined="recall is 0/0: no sample is positive",
    )


def specificity(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """TN/(TN + FP): the recall of the negative class."""
    return quotient(
        counts.tn,
        counts.tn + counts.fp,
        zero_division=zero_division,
        exact=exact,
        undefined="specificity is 0/0: no sample is negative",
    )


def negative_predictive_value(
    counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True
) -> Any:
    """TN/(TN + FN): the precision of the negative class."""
    return quotient(
        counts.tn,
        counts.tn + counts.fn,
        zero_division=zero_division,
        exact=exact,
        undefined="the negative predictive value is 0/0: nothing was predicted to be negative",
    )


def f1(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """2TP/(2TP + FP + FN), the harmonic mean of precision and recall where both have a value.

    Examples
    --------
    >>> f1(BinaryCounts(3, 1, 2, 4))
    Fraction(2, 3)
    >>> f1(BinaryCounts(*sympy.symbols("TP FP FN TN")))
    2*TP/(FN + FP + 2*TP)
    """
    return quotient(
        2 * counts.tp,
        2 * counts.tp + counts.fp + counts.fn,
        zero_division=zero_division,
        exact=exact,
        undefined="F1 is 0/0: no sample is positive or predicted to be",
    )


def f_beta(
    counts: BinaryCounts, beta: Any, *, zero_division: ZeroDivision = "error", exact: bool = True
) -> Any:
    """(1 + β²)TP/((1 + β²)TP + β²FN + FP): recall counts β times as much as precision.

    β = 0 is precision, β = ∞ recall (each with its own empty set), β = 1 is F1.

    Examples
    --------
    >>> f_beta(BinaryCounts(3, 1, 2, 4), 2), f_beta(BinaryCounts(3, 1, 2, 4), Fraction(1, 2))
    (Fraction(5, 8), Fraction(5, 7))
    """
    if isinstance(beta, sympy.Expr) and not beta.is_Rational:
        square = beta**2
    elif beta == math.inf:
        return recall(counts, zero_division=zero_division, exact=exact)
    elif beta == 0:
        return precision(counts, zero_division=zero_division, exact=exact)
    elif not beta > 0:
        raise ValueError(f"beta={beta}: pass a number >= 0 (1 for F1, infinity for recall)")
    else:
        square = exact_number(beta, "beta") ** 2 if exact else float(beta) ** 2
    return quotient(
        (1 + square) * counts.tp,
        (1 + square) * counts.tp + square * counts.fn + counts.fp,
        zero_division=zero_division,
        exact=exact,
        undefined="F-beta is 0/0: no sample is positive or predicted to be",
    )


def jaccard(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """TP/(TP + FP + FN): intersection over union of the positives and those predicted."""
    return quotient(
        counts.tp,
        counts.tp + counts.fp + counts.fn,
        zero_division=zero_division,
        exact=exact,
        undefined="Jaccard is 0/0: no sample is positive or predicted to be",
    )


def informedness(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """Recall + specificity − 1 (Youden's J)."""
    return (
        recall(counts, zero_division=zero_division, exact=exact)
        + specificity(counts, zero_division=zero_division, exact=exact)
        - 1
    )


def markedness(counts: BinaryCounts, *, zero_division: ZeroDivision = "error", exact: bool = True) -> Any:
    """Precision + negative predictive value − 1."""
    return (
        precision(counts, zero_division=zero_division, exact=exact)
        + negative_predictive_value(counts, zero_division=zero_division, exact=exact)
        - 1
    )


def balanced_accuracy(
    counts: BinaryCounts | ConfusionMatrix,
    *,
    absent: Literal["error", "skip"] = "error",
    adjusted: bool = False,
    exact: bool = True,
) -> Any:
    """The mean of the classes' recalls.

    Parameters
    ----------
    counts
        Of two classes or of several.
    absent
        A class without samples has no recall: ``error``, or ``skip`` it (scikit-learn, with a warning).
    adjusted
        Rescale so that a guess scores 0 and perfection 1, as scikit-learn does; needs two classes.

    Examples
    --------
    >>> balanced_accuracy(BinaryCounts(3, 1, 2, 4))
    Fraction(7, 10)
    """
    if absent not in ("error", "skip"):
        raise ValueError(f"absent={absent!r}: pass 'error' or 'skip'")
    if isinstance(counts, BinaryCounts):
        each: tuple[BinaryCounts, ...] = (counts, counts.complemented())
    else:
        each = counts.per_class()
    recalls = []
    for one in each:
        if one.positives == 0 and absent == "skip":
            continue
        if one.positives == 0:
            raise ValueError(
                "balanced accuracy: a class has no samples, so no recall; pass absent='skip' to leave it out"
            )
        recalls.append(recall(one, exact=exact))
    if not recalls:
        raise ValueError("balanced accuracy: there are no samples")
    mean = sum(recalls[1:], recalls[0]) / len(recalls)
    if not adjusted:
        return mean
    if len(recalls) == 1:
        raise ValueError("adjusted balanced accuracy needs samples of two classes: pass adjusted=False")
    return (mean * len(recalls) - 1) / (len(recalls) - 1)


def matthews_correlation(
    counts: BinaryCounts | ConfusionMatrix, *, zero_division: ZeroDivision = "error", exact: bool = True
) -> Any:
    """Matthews' correlation coefficient φ, Gorodkin's R_K for several classes.

    (TP·TN − FP·FN)/√((TP+FP)(TP+FN)(TN+FP)(TN+FN)); the exact answer is a root, so it is returned as a
    `SignedRoot`: its sign and its square, comparable without rounding.

    Examples
    --------
    >>> phi = matthews_correlation(BinaryCounts(3, 1, 2, 4))
    >>> phi, phi.square, float(phi)
    (sqrt(6)/6, Fraction(1, 6), 0.408248290463863)
    """
    if isinstance(counts, BinaryCounts):
        covariance = counts.tp * counts.tn - counts.fp * counts.fn
        spread = (counts.tp + counts.fp) * (counts.tp + counts.fn)
        spread *= (counts.tn + counts.fp) * (counts.tn + counts.fn)
        if isinstance(spread, sympy.Expr):
            return covariance / sympy.sqrt(spread)
    if exact:
        table = _table(counts, exact_number)
    else:
        table = _table(counts, float)
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    total, right = sum(rows), sum(row[i] for i, row in enumerate(table))
    covariance = right * total - sum(p * q for p, q in zip(rows, columns, strict=True))
    spread = (total**2 - sum(p * p for p in rows)) * (total**2 - sum(q * q for q in columns))
    undefined = "MCC is 0/0: all samples are of one class, or are predicted to be"
    if spread == 0:
        value = quotient(0, 0, zero_division=zero_division, exact=exact, undefined=undefined)
        return SignedRoot.rational(value) if isinstance(value, Fraction) else value
    if exact:
        return SignedRoot.of(covariance**2 / spread, (covariance > 0) - (covariance < 0))
    return covariance / math.sqrt(spread)


def _table(counts: BinaryCounts | ConfusionMatrix, number: Any) -> list[list[Any]]:
    if isinstance(counts, ConfusionMatrix):
        return [[number(entry) for entry in row] for row in counts.counts]
    return [[number(counts.tn), number(counts.fp)], [number(counts.fn), number(counts.tp)]]


def cohen_kappa(
    counts: BinaryCounts | ConfusionMatrix,
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    zero_division: ZeroDivision = "error",
    exact: bool = True,
) -> Any:
    """Cohen's κ: agreement beyond that of the marginals, 1 − (observed)/(expected disagreement).

    Parameters
    ----------
    counts
        Of two classes or of several.
    weights
        How much a disagreement of the classes number i and j counts: 1 (None), |i − j| or (i − j)².
    zero_division
        What κ is where both raters only ever name one class (scikit-learn: NaN).

    Examples
    --------
    >>> cohen_kappa(BinaryCounts(3, 1, 2, 4))
    Fraction(2, 5)
    """
    if weights not in (None, "linear", "quadratic"):
        raise ValueError(f"weights={weights!r}: pass None, 'linear' or 'quadratic'")
    if isinstance(counts, BinaryCounts) and isinstance(counts.total, sympy.Expr):
        agreement = (counts.tp + counts.tn) / counts.total
        chance = counts.predicted * counts.positives + (counts.fn + counts.tn) * (counts.fp + counts.tn)
        chance /= counts.total**2
        return (agreement - chance) / (1 - chance)
    table = _table(counts, exact_number if exact else float)
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    cells = [(i, j) for i in range(len(rows)) for j in range(len(rows))]
    observed = sum(_price(weights, i, j) * table[i][j] for i, j in cells)
    expected = sum(_price(weights, i, j) * rows[i] * columns[j] for i, j in cells)
    undefined = "kappa is 0/0: both raters name one and the same class only"
    excess = expected - observed * sum(rows)
    return quotient(excess, expected, zero_division=zero_division, exact=exact, undefined=undefined)


def _price(weights: str | None, i: int, j: int) -> int:
    """What it costs to confuse the classes number i and j."""
    if weights is None:
        return int(i != j)
    return abs(i - j) if weights == "linear" else (i - j) ** 2
