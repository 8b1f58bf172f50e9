"""Precision-recall and ROC curves from scores: cumulative counts, and the points they give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from symderive.finite.exact_input import exact_number
from symderive.finite.labelled_data import (
    Array,
    binary_labels,
    numeric_scores,
    same_length,
    sample_weights,
)

__all__ = [
    "PrecisionRecallCurve",
    "RankedCounts",
    "RocCurve",
    "Ties",
    "area_under",
    "precision_recall_curve",
    "ranked_counts",
    "roc_auc",
    "roc_curve",
]

Ties = Literal["block", "order", "best", "worst"]


@dataclass(frozen=True)
class RankedCounts:
    """What is found as the threshold falls.

    Parameters
    ----------
    thresholds
        Shape (m,), decreasing: the scores at which a point is taken.
    tp, fp
        Shape (m,): the weight of the positives and negatives with a score at or above the threshold, as
        integers over the common denominator `scale` (int64 or Python integers), or as floats.
    positives
        The weight of all positives there are, found or not: the denominator of recall.
    scale
        The common denominator of the weights.
    """

    thresholds: Array
    tp: Array
    fp: Array
    positives: Any
    scale: int = 1

    @property
    def exact(self) -> bool:
        """Whether the counts are integers."""
        return self.tp.dtype.kind != "f"


def ranked_counts(
    y_true: Any,
    scores: Any,
    *,
    ties: Ties = "block",
    sample_weight: Any = None,
    total_positives: Any = None,
    exact: bool = True,
) -> RankedCounts:
    """Cumulative true and false positives in the order of falling scores.

    Parameters
    ----------
    y_true
        Shape (n,), booleans or numbers equal to 0 or 1.
    scores
        Shape (n,), any real dtype; fractions and long integers are compared exactly; ±inf is allowed.
    ties
        ``block``: equal scores are one point, the answer does not depend on the order of the samples
        (scikit-learn, torchmetrics); ``order``: a point for each sample, equal scores in the order given
        (pycocotools); ``best``, ``worst``: the same with the positives, or the negatives, of a tie first: the
        most and the least that any order can reach.
    sample_weight
        Shape (n,), non-negative. Samples of weight 0 are left out.
    total_positives
        Recall's denominator where positives can be missed altogether (detection: the number of ground
        truths); by default the positives that are ranked.
    exact
        Keep weights as integers over a common denominator.

    Raises
    ------
    ValueError
        For no samples (unless `total_positives` says what there was to be found), unequal lengths, labels
        outside {0, 1}, NaN scores, negative weights, fewer `total_positives` than are ranked.
    """
    truth, values = binary_labels(y_true), numeric_scores(scores)
    same_length(truth, values, ("y_true", "scores"))
    if not len(truth) and total_positives is None:
        raise ValueError("there are no samples: pass at least one label and one score")
    weights, scale = sample_weights(sample_weight, len(truth), exact)
    if sample_weight is not None and (weights == 0).any():
        kept = weights != 0
        truth, values, weights = truth[kept], values[kept], weights[kept]
    order = _descending(truth, values, ties)
    values, truth, weights = values[order], truth[order], weights[order]
    if ties == "block":
        ends = np.flatnonzero(np.append(values[1:] != values[:-1], True)[: len(values)])
    elif ties in ("order", "best", "worst"):
        ends = np.arange(len(values))
    else:
        raise ValueError(f"ties={ties!r}: pass 'block', 'order', 'best' or 'worst'")
    if sample_weight is None:
        tp = np.cumsum(truth, dtype=np.int64)[ends]
        fp = ends + 1 - tp
    else:
        nothing = weights.dtype.type(0) if weights.dtype.kind != "O" else 0
        tp = np.cumsum(np.where(truth, weights, nothing))[ends]
        fp = np.cumsum(np.where(truth, nothing, weights))[ends]
    ranked = tp[-1].item() if len(tp) and isinstance(tp[-1], np.generic) else (tp[-1] if len(tp) else 0)
    positives = ranked
    if total_positives is not None:
        wanted = exact_number(total_positives, "total_positives") * scale
        if wanted < ranked:
            raise ValueError(f"total_positives={total_positives} is less than the positives that are ranked")
        if wanted.denominator != 1 and tp.dtype.kind != "f":
            tp, fp = tp.astype(object) * wanted.denominator, fp.astype(object) * wanted.denominator
            scale, wanted = scale * wanted.denominator, wanted * wanted.denominator
        positives = float(wanted) if tp.dtype.kind == "f" else int(wanted)
    return RankedCounts(values[ends], tp, fp, positives, scale)


def _descending(truth: Array, values: Array, ties: str) -> Array:
    if values.dtype.kind in "bu":
        values = values.astype(object if values.dtype.itemsize == 8 else np.int64)
    if values.dtype.kind == "i" and values.dtype.itemsize < 8:
        values = values.astype(np.int64)
    # ~v = −1 − v turns the order of integers round and cannot overflow; −v does the same for the rest
    falling = ~values if values.dtype.kind == "i" else -values
    if ties in ("best", "worst"):
        first = truth if ties == "worst" else ~truth
        return np.lexsort((first, falling)) if falling.dtype.kind != "O" else _sorted(first, falling)
    # Within a block the order does not matter, and the unstable sort is the faster one.
    return np.argsort(falling, kind="stable" if ties == "order" or falling.dtype.kind == "O" else "quicksort")


def _sorted(first: Array, falling: Array) -> Array:
    return np.array(sorted(range(len(falling)), key=lambda i: (falling[i], first[i])), dtype=np.intp)


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Points of a precision-recall curve, recall rising; no point is added at recall 0.

    Parameters
    ----------
    recall, precision
        Shape (m,): tuples of fractions, or float64 arrays.
    thresholds
        Shape (m,), decreasing: predict positive at or above it.
    """

    recall: Sequence[Any]
    precision: Sequence[Any]
    thresholds: Array


def precision_recall_curve(
    y_true: Any,
    scores: Any,
    *,
    ties: Ties = "block",
    sample_weight: Any = None,
    total_positives: Any = None,
    exact: bool = True,
) -> PrecisionRecallCurve:
    """The precision-recall curve, one point for each threshold.

    scikit-learn returns the same points in reverse and appends (recall 0, precision 1), which no threshold
    attains; here that point is part of the trapezoid definition of AP only.

    Raises
    ------
    ValueError
        As `ranked_counts`, and where there are no positives: recall is 0/0 then.

    Examples
    --------
    >>> curve = precision_recall_curve([1, 0, 1], [0.9, 0.8, 0.8])
    >>> list(zip(curve.recall, curve.precision))
    [(Fraction(1, 2), Fraction(1, 1)), (Fraction(1, 1), Fraction(2, 3))]
    """
    counts = ranked_counts(
        y_true, scores, ties=ties, sample_weight=sample_weight, total_positives=total_positives, exact=exact
    )
    if counts.positives == 0:
        raise ValueError("recall is 0/0: no sample is positive; a precision-recall curve needs one")
    return PrecisionRecallCurve(
        _shares(counts.tp, counts.positives, exact),
        _shares(counts.tp, counts.tp + counts.fp, exact),
        counts.thresholds,
    )


def _shares(numerators: Array, denominators: Any, exact: bool) -> Any:
    if not exact:
        return numerators / np.asarray(denominators, dtype=np.float64)
    below = np.broadcast_to(np.asarray(denominators), numerators.shape)
    return tuple(Fraction(int(up), int(down)) for up, down in zip(numerators, below, strict=True))


@dataclass(frozen=True)
class RocCurve:
    """Points of an ROC curve from (0, 0) to (1, 1).

    Parameters
    ----------
    false_positive_rate, true_positive_rate
        Shape (m + 1,): tuples of fractions, or float64 arrays.
    thresholds
        Shape (m + 1,), decreasing; the first, infinity, predicts nothing to be positive.
    """

    false_positive_rate: Sequence[Any]
    true_positive_rate: Sequence[Any]
    thresholds: Sequence[Any]


def roc_curve(
    y_true: Any, scores: Any, *, ties: Ties = "block", sample_weight: Any = None, exact: bool = True
) -> RocCurve:
    """The ROC curve with every threshold (scikit-learn's with ``drop_intermediate=False``).

    Raises
    ------
    ValueError
        As `ranked_counts`, and where one class is missing: its rate is 0/0 then.

    Examples
    --------
    >>> curve = roc_curve([1, 0, 1], [0.9, 0.8, 0.7])
    >>> [str(rate) for rate in curve.true_positive_rate], [str(rate) for rate in curve.false_positive_rate]
    (['0', '1/2', '1/2', '1'], ['0', '0', '1', '1'])
    """
    counts = ranked_counts(y_true, scores, ties=ties, sample_weight=sample_weight, exact=exact)
    _both_classes(counts)
    start = counts.tp[:1] * 0
    return RocCurve(
        _shares(np.concatenate((start, counts.fp)), counts.fp[-1], exact),
        _shares(np.concatenate((start, counts.tp)), counts.tp[-1], exact),
        [math.inf, *counts.thresholds.tolist()],
    )


def _both_classes(counts: RankedCounts) -> None:
    if counts.tp[-1] == 0 or counts.fp[-1] == 0:
        missing = "positive" if counts.tp[-1] == 0 else "negative"
        raise ValueError(f"the ROC curve is 0/0: no sample is {missing}; pass samples of both classes")


def roc_auc(
    y_true: Any, scores: Any, *, ties: Ties = "block", sample_weight: Any = None, exact: bool = True
) -> Any:
    """The area under the ROC curve: the probability that a positive is ranked above a negative, ties half.

    Examples
    --------
    >>> roc_auc([1, 0, 1, 0], [0.9, 0.8, 0.8, 0.1])
    Fraction(7, 8)
    """
    counts = ranked_counts(y_true, scores, ties=ties, sample_weight=sample_weight, exact=exact)
    _both_classes(counts)
    tp, fp = counts.tp, counts.fp
    if counts.exact and int(tp[-1]) * int(fp[-1]) >= 2**60:
        tp, fp = tp.astype(object), fp.astype(object)
    start = tp[:1] * 0
    rise = np.diff(fp, prepend=start)
    twice = (rise * (tp + np.concatenate((start, tp[:-1])))).sum()
    if counts.exact and exact:
        return Fraction(int(twice), 2 * int(tp[-1]) * int(fp[-1]))
    return float(twice) / 2 / float(tp[-1]) / float(fp[-1])


def area_under(x: Sequence[Any], y: Sequence[Any]) -> Any:
    """The area under a polygon by trapezoids, in the arithmetic of its points.

    Parameters
    ----------
    x, y
        Shape (m,), x not falling.

    Examples
    --------
    >>> area_under([0, Fraction(1, 2), 1], [0, 1, 1])
    Fraction(3, 4)
    """
    same_length(x, y, ("x", "y"))
    if len(x) < 2:
        raise ValueError("an area needs two points or more")
    if any(after < before for before, after in pairwise(x)):
        raise ValueError("x falls: sort the points by x first")
    steps = zip(x[:-1], x[1:], y[:-1], y[1:], strict=True)
    twice = sum((after - before) * (left + right) for before, after, left, right in steps)
    return Fraction(twice, 2) if isinstance(twice, int) else twice / 2
