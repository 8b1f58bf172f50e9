"""Plots with matplotlib (the extra ``plot``): the confusion matrix, and AP as the areas that it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from symderive.finite.average_precision import DEFINITIONS, average_precision
from symderive.finite.confusion import ConfusionMatrix
from symderive.finite.curves import Ties, ranked_counts

__all__ = ["plot_confusion_matrix", "plot_precision_recall"]


def _axes(axes: Any) -> Any:
    if axes is not None:
        return axes
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "plots need matplotlib: install it with pip install 'symderive[plot]', or pass axes="
        ) from error
    # A figure of its own, without pyplot: no global state, no window, no backend to choose.
    return Figure(figsize=(6.4, 5.2), layout="constrained").add_subplot()


def plot_precision_recall(y_true: Any, scores: Any, *, ties: Ties = "block", axes: Any = None) -> Any:
    """The precision-recall curve of a ranking with the area that each definition of AP measures.

    Parameters
    ----------
    y_true, scores, ties
        As in `average_precision`.
    axes
        Matplotlib axes to draw into; by default those of a new figure (``axes.figure.savefig(…)``).

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> axes = plot_precision_recall([1, 0, 1, 1, 0], [5, 4, 3, 2, 1])  # doctest: +SKIP
    >>> axes.figure.savefig("curve.png")  # doctest: +SKIP
    """
    counts = ranked_counts(y_true, scores, ties=ties)
    if counts.positives == 0:
        raise ValueError("recall is 0/0: no sample is positive; a precision-recall curve needs one")
    recall, precision = counts.tp / counts.positives, counts.tp / (counts.tp + counts.fp)
    area: dict[str, float] = {
        name: average_precision(y_true, scores, name, ties=ties, exact=False) for name in DEFINITIONS
    }
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    axes = _axes(axes)
    start = np.concatenate(([0.0], recall))
    label = "{} {:.4f}".format
    axes.plot(recall, precision, "ko", markersize=4, label="thresholds")
    axes.step(start, np.append(precision[0], precision), where="pre", label=label("step", area["step"]))
    axes.plot(start, np.append(1.0, precision), "--", label=label("trapezoid", area["trapezoid"]))
    axes.plot(*_hyperbolas(recall, precision), ":", label=label("davis-goadrich", area["davis-goadrich"]))
    axes.step(
        start, np.append(envelope[0], envelope), where="pre", linewidth=1, label=label("voc10", area["voc10"])
    )
    for name, count, marker in (("voc07", 11, "s"), ("coco", 101, "|")):
        grid, steps = np.linspace(0, 1, count), np.arange(count)
        reached = np.searchsorted(counts.tp * (count - 1), steps * counts.positives)
        height = np.append(envelope, 0.0)[reached]
        axes.plot(grid, height, marker, fillstyle="none", markersize=5, label=label(name, area[name]))
    axes.set(xlabel="recall", ylabel="precision", xlim=(-0.02, 1.02), ylim=(-0.02, 1.05))
    axes.legend(title="average precision", loc="lower left", fontsize="small")
    return axes


def _hyperbolas(recall: Any, precision: Any) -> tuple[Any, Any]:
    """Between two points TP and FP grow in proportion, precision is t/(αt + β): 20 points of each piece."""
    found, total = recall, recall / np.where(precision > 0, precision, 1.0)
    keep = precision > 0
    found, total = np.append(0.0, found[keep]), np.append(0.0, total[keep])
    share = np.linspace(0, 1, 20)[1:]
    tp = found[:-1, None] + np.diff(found)[:, None] * share
    n = total[:-1, None] + np.diff(total)[:, None] * share
    return tp.ravel(), (tp / n).ravel()


def plot_confusion_matrix(matrix: ConfusionMatrix, *, normalise: bool = False, axes: Any = None) -> Any:
    """A confusion matrix as a coloured table, truth in rows and prediction in columns.

    Parameters
    ----------
    matrix
        From `confusion_matrix`.
    normalise
        Show each row's shares of its true class instead of counts; a class without samples stays blank.
    axes
        Matplotlib axes to draw into; by default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    counts = np.array([[float(entry) for entry in row] for row in matrix.counts])
    support = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, support, out=np.full_like(counts, np.nan), where=support > 0)
    axes = _axes(axes)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, row in enumerate(matrix.counts):
        for j, entry in enumerate(row):
            text = str(entry) if not normalise else "" if np.isnan(shares[i, j]) else f"{shares[i, j]:.2f}"
            axes.text(j, i, text, ha="center", va="center", color="white" if shares[i, j] > 0.5 else "black")
    places, names = range(len(matrix.labels)), [str(label) for label in matrix.labels]
    axes.set_xticks(places, names)
    axes.set_yticks(places, names)
    axes.set(xlabel="predicted", ylabel="true")
    axes.figure.colorbar(image, ax=axes, label="share of the true class")
    return axes
