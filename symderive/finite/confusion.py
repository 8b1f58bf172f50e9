"""Confusion counts and matrices: what was predicted against what was true, counted or weighed exactly."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from symderive.finite.labelled_data import (
    Array,
    binary_labels,
    indicator_matrix,
    same_length,
    sample_weights,
)

__all__ = ["BinaryCounts", "ConfusionMatrix", "binary_counts", "confusion_matrix", "multilabel_counts"]


@dataclass(frozen=True)
class BinaryCounts:
    """True and false positives and negatives.

    The entries are integers, fractions or floats; SymPy expressions are allowed too, so that a score of
    symbolic counts is the formula that the code computes.

    Parameters
    ----------
    tp, fp, fn, tn
        Predicted and true; predicted, not true; true, not predicted; neither.

    Examples
    --------
    >>> counts = BinaryCounts(tp=3, fp=1, fn=2, tn=4)
    >>> counts.total, counts.positives, counts.predicted
    (10, 5, 4)
    """

    tp: Any
    fp: Any
    fn: Any
    tn: Any

    @property
    def total(self) -> Any:
        """All samples."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def positives(self) -> Any:
        """The samples that are positive."""
        return self.tp + self.fn

    @property
    def predicted(self) -> Any:
        """The samples that are predicted to be positive."""
        return self.tp + self.fp

    def __add__(self, other: BinaryCounts) -> BinaryCounts:
        return BinaryCounts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    def exchanged(self) -> BinaryCounts:
        """Prediction and truth exchanged: precision becomes recall."""
        return BinaryCounts(self.tp, self.fn, self.fp, self.tn)

    def complemented(self) -> BinaryCounts:
        """The negative class taken as the positive one."""
        return BinaryCounts(self.tn, self.fn, self.fp, self.tp)


def _unscale(total: Any, scale: int) -> Any:
    value = total.item() if isinstance(total, np.generic) else total
    if isinstance(value, float) or scale == 1:
        return value
    return Fraction(value, scale)


def binary_counts(y_true: Any, y_pred: Any, *, sample_weight: Any = None, exact: bool = True) -> BinaryCounts:
    """Count true and false positives and negatives.

    Parameters
    ----------
    y_true, y_pred
        Shape (n,), booleans or numbers equal to 0 or 1.
    sample_weight
        Shape (n,), non-negative: integers, fractions or floats.
    exact
        Read weights exactly (floats by their bits) and add them in fractions; else in float64.

    Raises
    ------
    ValueError
        For no samples, unequal lengths, labels outside {0, 1}, negative weights.

    Examples
    --------
    >>> binary_counts([1, 1, 0, 0], [1, 0, 0, 1])
    BinaryCounts(tp=1, fp=1, fn=1, tn=1)
    >>> binary_counts([1, 0], [1, 1], sample_weight=[Fraction(1, 3), 2]).tp
    Fraction(1, 3)
    """
    truth, guess = binary_labels(y_true), binary_labels(y_pred, "y_pred")
    same_length(truth, guess, ("y_true", "y_pred"))
    if not len(truth):
        raise ValueError("there are no samples: pass at least one label and one prediction")
    weights, scale = sample_weights(sample_weight, len(truth), exact)
    sums = [
        weights[where].sum() for where in (truth & guess, ~truth & guess, truth & ~guess, ~truth & ~guess)
    ]
    return BinaryCounts(*(_unscale(total, scale) for total in sums))


def multilabel_counts(
    y_true: Any,
    y_pred: Any,
    *,
    by: Literal["label", "sample"] = "label",
    sample_weight: Any = None,
    exact: bool = True,
) -> tuple[BinaryCounts, ...]:
    """Confusion counts of a multi-label prediction, one for each label or for each sample.

    Parameters
    ----------
    y_true, y_pred
        Shape (n, K), indicators.
    by
        ``label``: K counts over the samples; ``sample``: n counts over the labels (the weights then belong
        into the average over samples and are refused here).
    sample_weight, exact
        As in `binary_counts`.

    Examples
    --------
    >>> multilabel_counts([[1, 0], [1, 1]], [[1, 1], [0, 1]])[0]
    BinaryCounts(tp=1, fp=0, fn=1, tn=0)
    """
    truth, guess = indicator_matrix(y_true), indicator_matrix(y_pred, "y_pred")
    if truth.shape != guess.shape:
        raise ValueError(f"y_true has shape {truth.shape} and y_pred {guess.shape}: pass equal shapes")
    if by not in ("label", "sample"):
        raise ValueError(f"by={by!r}: count by 'label' or by 'sample'")
    if by == "sample":
        if sample_weight is not None:
            raise ValueError("counts of one sample have no weight: pass the weights to averaged_score")
        truth, guess = truth.T, guess.T
    weights, scale = sample_weights(sample_weight, len(truth), exact)
    column = weights[:, None]
    sums = [
        (column * where).sum(axis=0)
        for where in (truth & guess, ~truth & guess, truth & ~guess, ~truth & ~guess)
    ]
    return tuple(
        BinaryCounts(*(_unscale(each, scale) for each in entry)) for entry in zip(*sums, strict=True)
    )


@dataclass(frozen=True)
class ConfusionMatrix:
    """``counts[i][j]``: the weight of the samples of class ``labels[i]`` predicted as ``labels[j]``.

    Rows are the truth and columns the prediction, as in scikit-learn.

    Parameters
    ----------
    labels
        The classes, in the order of rows and columns.
    counts
        Shape (K, K), integers, fractions or floats.
    """

    labels: tuple[Hashable, ...]
    counts: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.labels)
        if not size or len(set(self.labels)) != size:
            raise ValueError("labels must be distinct, at least one: name each class once")
        if len(self.counts) != size or any(len(row) != size for row in self.counts):
            raise ValueError(f"counts must have shape ({size}, {size}), one row and one column a label")
        if any(entry < 0 for row in self.counts for entry in row):
            raise ValueError("counts must not be negative")

    @property
    def total(self) -> Any:
        """The weight of all samples."""
        return sum(self.support)

    @property
    def correct(self) -> Any:
        """The trace: the weight of the samples that were predicted right."""
        return sum(self.counts[i][i] for i in range(len(self.labels)))

    @property
    def support(self) -> tuple[Any, ...]:
        """Row sums: the weight of each true class."""
        return tuple(sum(row) for row in self.counts)

    @property
    def predicted(self) -> tuple[Any, ...]:
        """Column sums: the weight of each predicted class."""
        return tuple(sum(column) for column in zip(*self.counts, strict=True))

    def one_vs_rest(self, label: Hashable) -> BinaryCounts:
        """The counts of one class against all others; zero everywhere but in `tn` for an absent class."""
        if label not in self.labels:
            return BinaryCounts(0, 0, 0, self.total)
        i = self.labels.index(label)
        tp = self.counts[i][i]
        fp, fn = self.predicted[i] - tp, self.support[i] - tp
        return BinaryCounts(tp, fp, fn, self.total - tp - fp - fn)

    def per_class(self, labels: Iterable[Hashable] | None = None) -> tuple[BinaryCounts, ...]:
        """`one_vs_rest` for each of `labels` (by default every class of the matrix), absent ones included."""
        return tuple(self.one_vs_rest(label) for label in (self.labels if labels is None else labels))

    def as_array(self) -> Array:
        """The counts as an array, of dtype object where they are fractions."""
        exact = any(isinstance(entry, Fraction) for row in self.counts for entry in row)
        return np.array(self.counts, dtype=object if exact else None)

    def __str__(self) -> str:
        heads = [str(label) for label in self.labels]
        rows = [["", *heads], *([head, *map(str, row)] for head, row in zip(heads, self.counts, strict=True))]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        )


def confusion_matrix(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Sequence[Hashable] | None = None,
    outside: Literal["error", "drop"] = "error",
    sample_weight: Any = None,
    exact: bool = True,
) -> ConfusionMatrix:
    """The confusion matrix of a single-label prediction.

    Parameters
    ----------
    y_true, y_pred
        Shape (n,), hashable labels.
    labels
        The classes and their order; classes that do not occur get rows and columns of zeros. By default
        all that occur, sorted.
    outside
        What to do with a sample whose label or prediction is not in `labels`: ``error``, or ``drop`` it as
        scikit-learn silently does.
    sample_weight, exact
        As in `binary_counts`.

    Raises
    ------
    ValueError
        For no samples, unequal lengths, labels that cannot be sorted or lie outside `labels`.

    Examples
    --------
    >>> print(confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"], labels=["cat", "dog", "elk"]))
         cat  dog  elk
    cat    1    1    0
    dog    0    1    0
    elk    0    0    0
    """
    truth, guess = _labels(y_true, "y_true"), _labels(y_pred, "y_pred")
    same_length(truth, guess, ("y_true", "y_pred"))
    if not len(truth):
        raise ValueError("there are no samples: pass at least one label and one prediction")
    weights, scale = sample_weights(sample_weight, len(truth), exact)
    codes, names = _codes(truth, guess)
    if labels is None:
        try:
            order: tuple[Hashable, ...] = tuple(sorted(names))
        except TypeError as error:
            raise ValueError("the labels cannot be sorted: pass labels= in the order you want") from error
    else:
        order = tuple(label.item() if isinstance(label, np.generic) else label for label in labels)
    place = {label: i for i, label in enumerate(order)}
    strangers = [name for name in names if name not in place]
    if strangers and outside != "drop":
        raise ValueError(
            f"{strangers[0]!r} is not in labels: add it, or pass outside='drop' to leave such samples out"
        )
    positions = np.array([place.get(name, -1) for name in names])[codes]
    rows, columns = positions[: len(truth)], positions[len(truth) :]
    inside = (rows >= 0) & (columns >= 0)
    size = len(order)
    places = (rows * size + columns)[inside]
    if sample_weight is None:
        cells: Array = np.bincount(places, minlength=size * size)
    else:
        cells = np.zeros(size * size, dtype=weights.dtype)
        np.add.at(cells, places, weights[inside])
    table = cells.reshape(size, size)
    return ConfusionMatrix(order, tuple(tuple(_unscale(entry, scale) for entry in row) for row in table))


def _labels(values: Any, name: str) -> Any:
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise ValueError(f"{name} has shape {values.shape}: pass one label a sample, shape (n,)")
        missing = values.dtype.kind == "f" and np.isnan(values).any()
    else:
        values = list(values)
        missing = any(label != label for label in values if isinstance(label, float))
    if missing:
        raise ValueError(f"{name} holds NaN, which is no class: drop those samples or name the class")
    return values


def _codes(truth: Any, guess: Any) -> tuple[Array, list[Any]]:
    """An integer for each label of both, and the labels that the integers stand for."""
    if isinstance(truth, np.ndarray) and isinstance(guess, np.ndarray) and truth.dtype == guess.dtype:
        if truth.dtype.kind != "O":
            values = np.concatenate((truth, guess))
            if values.dtype.kind == "i":
                least, largest = int(values.min()), int(values.max())
                if largest - least < len(values):  # counting is faster than sorting
                    shifted = values.astype(np.int64) - least
                    present = np.flatnonzero(np.bincount(shifted))
                    places = np.zeros(largest - least + 1, dtype=np.intp)
                    places[present] = np.arange(len(present))
                    return places[shifted], (present + least).tolist()
            names, codes = np.unique(values, return_inverse=True)
            return codes, names.tolist()
    seen: dict[Any, int] = {}
    both = [*truth, *guess]
    try:
        codes = np.array([seen.setdefault(label, len(seen)) for label in both])
    except TypeError as error:
        raise ValueError("labels must be hashable: pass numbers or strings") from error
    return codes, [name.item() if isinstance(name, np.generic) else name for name in seen]
