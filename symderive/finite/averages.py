"""Micro, macro, weighted and samples averages of a score over classes, labels or samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any, Literal

from symderive.finite.classification_scores import ZeroDivision, quotient
from symderive.finite.confusion import BinaryCounts, multilabel_counts
from symderive.finite.labelled_data import sample_weights

__all__ = ["Average", "averaged_score", "multilabel_score"]

Average = Literal["micro", "macro", "weighted"]


def averaged_score(
    score: Callable[..., Any],
    counts: Sequence[BinaryCounts],
    average: Average | None = "macro",
    *,
    zero_division: ZeroDivision = "error",
    weights: Any = None,
    exact: bool = True,
) -> Any:
    """One number for several classes.

    Parameters
    ----------
    score
        `precision`, `recall`, `f1`, `jaccard`, …, or ``functools.partial(f_beta, beta=2)``.
    counts
        One-vs-rest counts of the classes that take part, e.g. ``matrix.per_class(labels)``; a class that does
        not occur takes part with its `zero_division`.
    average
        ``micro``: the score of the summed counts; ``macro``: the mean; ``weighted``: the mean weighted by the
        classes' support TP + FN; None: the scores themselves, a tuple.
    zero_division
        What a class's 0/0 is; with ``nan`` the class is left out of the mean.
    weights
        For ``macro``, one weight for each of `counts` (for an average over per-sample counts).
    exact
        Fractions, else floats.

    Examples
    --------
    >>> from symderive.finite import confusion_matrix, precision
    >>> matrix = confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0])
    >>> [averaged_score(precision, matrix.per_class(), kind) for kind in ("micro", "macro", "weighted")]
    [Fraction(2, 3), Fraction(2, 3), Fraction(3, 4)]
    >>> averaged_score(precision, matrix.per_class([0, 1]), "micro")  # a subset: no longer the accuracy
    Fraction(1, 2)
    """
    if not counts:
        raise ValueError("there are no classes to average over: pass at least one")
    if average == "micro":
        return score(reduce(add, counts), zero_division=zero_division, exact=exact)
    values = tuple(score(each, zero_division=zero_division, exact=exact) for each in counts)
    if average is None:
        return values
    if average == "weighted":
        shares: list[Any] = [each.positives for each in counts]
    elif average == "macro":
        shares = sample_weights(weights, len(values), exact)[0].tolist()
    else:
        raise ValueError(f"average={average!r}: pass 'micro', 'macro', 'weighted' or None")
    defined = [
        (value, share)
        for value, share in zip(values, shares, strict=True)
        if not (isinstance(value, float) and math.isnan(value))
    ]
    if not defined:
        return math.nan
    return quotient(
        sum(value * share for value, share in defined),
        sum(share for _, share in defined),
        zero_division=zero_division,
        exact=exact,
        undefined="the weighted average is 0/0: no class has a sample",
    )


def multilabel_score(
    score: Callable[..., Any],
    y_true: Any,
    y_pred: Any,
    average: Average | Literal["samples"] | None = "samples",
    *,
    zero_division: ZeroDivision = "error",
    sample_weight: Any = None,
    exact: bool = True,
) -> Any:
    """A score of a multi-label prediction, averaged over its labels or, with ``samples``, over its samples.

    Parameters
    ----------
    y_true, y_pred
        Shape (n, K), indicators.
    average
        ``samples``: the score of each sample's set of labels, averaged over samples; else as in
        `averaged_score` over the labels.

    Examples
    --------
    >>> from symderive.finite import jaccard
    >>> multilabel_score(jaccard, [[1, 0, 1], [0, 1, 0]], [[1, 0, 0], [0, 1, 1]])
    Fraction(1, 2)
    """
    by: Literal["label", "sample"] = "sample" if average == "samples" else "label"
    counts = multilabel_counts(
        y_true, y_pred, by=by, sample_weight=None if average == "samples" else sample_weight, exact=exact
    )
    if average == "samples":
        return averaged_score(
            score, counts, "macro", zero_division=zero_division, weights=sample_weight, exact=exact
        )
    return averaged_score(score, counts, average, zero_division=zero_division, exact=exact)
