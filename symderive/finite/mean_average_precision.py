"""Mean average precision: one AP a class, and what is done with classes that do not occur."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from symderive.finite.average_precision import Definition, average_precision
from symderive.finite.curves import Ties
from symderive.finite.labelled_data import indicator_matrix

__all__ = ["MeanAveragePrecision", "mean_average_precision"]


@dataclass(frozen=True)
class MeanAveragePrecision:
    """The mean, and what it is the mean of.

    Parameters
    ----------
    value
        The mean.
    per_class
        One AP for each class, None for a class that was left out.
    absent
        The classes without positives.
    """

    value: Any
    per_class: tuple[Any, ...]
    absent: tuple[int, ...]


def mean_average_precision(
    y_true: Any,
    scores: Any,
    definition: Definition = "step",
    *,
    average: Literal["macro", "weighted", "micro"] = "macro",
    absent: Literal["error", "skip", "zero"] = "error",
    ties: Ties = "block",
    grid: Literal["integer", "float"] = "integer",
    sample_weight: Any = None,
    total_positives: Sequence[Any] | None = None,
    exact: bool = True,
) -> MeanAveragePrecision:
    """The mean over classes of the average precision.

    Parameters
    ----------
    y_true
        Shape (n, K), an indicator; or shape (n,), class numbers 0 … K − 1.
    scores
        Shape (n, K).
    definition, ties, grid, sample_weight, exact
        As in `average_precision`.
    average
        ``macro``: the mean over classes; ``weighted``: weighted by the classes' positives; ``micro``: one
        ranking of all n·K pairs.
    absent
        A class without positives has no AP: ``error``; ``skip`` it (pycocotools); count it as ``zero``
        (scikit-learn, with a warning).
    total_positives
        For each class the number of positives there are, found or not.

    Raises
    ------
    ValueError
        As `average_precision`; class numbers outside 0 … K − 1; unequal shapes; an absent class.

    Examples
    --------
    >>> y, scores = [0, 1, 0], [[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.5, 0.5, 0.0]]
    >>> mean_average_precision(y, scores, absent="skip")
    MeanAveragePrecision(value=Fraction(2, 3), per_class=(Fraction(5, 6), Fraction(1, 2), None), absent=(2,))
    >>> mean_average_precision(y, scores, absent="zero").value
    Fraction(4, 9)
    """
    if absent not in ("error", "skip", "zero") or average not in ("macro", "weighted", "micro"):
        raise ValueError(
            f"absent={absent!r}, average={average!r}: pass absent='error', 'skip' or 'zero' and"
            " average='macro', 'weighted' or 'micro'"
        )
    values = np.asarray(scores)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"scores has shape {values.shape}: pass one row a sample and one column a class")
    truth = _indicator(y_true, values.shape[1])
    if truth.shape != values.shape:
        raise ValueError(f"y_true has shape {truth.shape} and scores {values.shape}: pass equal shapes")
    if average == "micro":
        if sample_weight is not None:
            sample_weight = np.repeat(np.asarray(sample_weight), truth.shape[1])
        pooled = average_precision(
            truth.ravel(),
            values.ravel(),
            definition,
            ties=ties,
            grid=grid,
            sample_weight=sample_weight,
            total_positives=None if total_positives is None else sum(total_positives),
            exact=exact,
        )
        return MeanAveragePrecision(pooled, (), ())
    if total_positives is not None and len(total_positives) != truth.shape[1]:
        raise ValueError(f"total_positives has {len(total_positives)} entries for {truth.shape[1]} classes")
    weights = np.ones(len(truth), dtype=object) if sample_weight is None else np.asarray(sample_weight)
    support: list[Any] = (
        [weights[column].sum() if column.any() else 0 for column in truth.T]
        if total_positives is None
        else list(total_positives)
    )
    missing = tuple(k for k, positives in enumerate(support) if positives == 0)
    if missing and absent == "error":
        raise ValueError(f"class {missing[0]} has no positives: pass absent='skip' or 'zero'")
    per_class: list[Any] = []
    for k, positives in enumerate(support):
        if positives == 0:
            per_class.append(None if absent == "skip" else Fraction(0) if exact else 0.0)
            continue
        per_class.append(
            average_precision(
                truth[:, k],
                values[:, k],
                definition,
                ties=ties,
                grid=grid,
                sample_weight=sample_weight,
                total_positives=None if total_positives is None else positives,
                exact=exact,
            )
        )
    return MeanAveragePrecision(_mean(per_class, support, average, exact), tuple(per_class), missing)


def _mean(per_class: list[Any], support: list[Any], average: str, exact: bool) -> Any:
    number = Fraction if exact else float
    pairs = [
        (value, number(positives) if average == "weighted" else 1)
        for value, positives in zip(per_class, support, strict=True)
        if value is not None
    ]
    total = sum(share for _, share in pairs)
    if total == 0:
        raise ValueError("no class has positives: there is nothing to average")
    return sum(value * share for value, share in pairs) / total


def _indicator(y_true: Any, classes: int) -> Any:
    array = np.asarray(y_true)
    if array.ndim != 1:
        return indicator_matrix(y_true)
    if array.dtype.kind not in "iu" or (len(array) and (array.min() < 0 or array.max() >= classes)):
        raise ValueError(f"y_true holds more than the class numbers 0 … {classes - 1}: renumber the classes")
    return array[:, None] == np.arange(classes)
