"""Average precision: one name, six definitions, each exact or fast.

Let the ranking pass through the points (R_k, P_k), k = 1 … m, as the threshold falls.

================== ================================================= =========================
``step``           Σ (R_k − R_{k−1}) P_k                             scikit-learn, torchmetrics
``trapezoid``      Σ (R_k − R_{k−1})(P_k + P_{k−1})/2, from (0, 1)   ``auc`` of the PR curve
``davis-goadrich`` ∫ P dR, TP and FP linear between points [1]_      Keras ``AUC(curve="PR")``
``voc07``          mean of max{P_k : R_k ≥ j/10}, j = 0 … 10 [2]_    VOC 2007
``voc10``          Σ (R_k − R_{k−1}) max{P_l : l ≥ k}                VOC 2010
``coco``           mean of max{P_k : R_k ≥ j/100}, j = 0 … 100 [3]_  pycocotools
================== ================================================= =========================

A maximum over no points is 0. Recall reaches a threshold j/g when g·TP_k ≥ j·P, compared in integers. Peers
compare floats, ``TP_k/P ≥ grid[j]``, and lose points: ``j * 0.1 > j / 10`` for j = 3, 6 and 7;
`lost_grid_points` lists them, and ``grid="float"`` does as they do.

References
----------
.. [1] J. Davis, M. Goadrich, The relationship between precision-recall and ROC curves, ICML 2006.
.. [2] M. Everingham et al., The PASCAL visual object classes (VOC) challenge, IJCV 88, 2010.
.. [3] T.-Y. Lin et al., Microsoft COCO: common objects in context, ECCV 2014; pycocotools 2.0.11.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import sympy
from flint import fmpq

from symderive.finite.classification_scores import UndefinedScoreWarning
from symderive.finite.curves import RankedCounts, Ties, ranked_counts
from symderive.finite.labelled_data import Array
from symderive.finite.progress import progress

__all__ = ["DEFINITIONS", "Definition", "NoPositives", "average_precision", "lost_grid_points"]

Definition = Literal["step", "trapezoid", "davis-goadrich", "voc07", "voc10", "coco"]
NoPositives = Literal["error", "warn", "zero", "coco"]
#: The names of the six definitions.
DEFINITIONS: tuple[Definition, ...] = ("step", "trapezoid", "davis-goadrich", "voc07", "voc10", "coco")


def average_precision(
    y_true: Any,
    scores: Any,
    definition: Definition = "step",
    *,
    ties: Ties = "block",
    no_positives: NoPositives = "error",
    grid: Literal["integer", "float"] = "integer",
    sample_weight: Any = None,
    total_positives: Any = None,
    exact: bool = True,
) -> Any:
    """Average precision of a ranking.

    Parameters
    ----------
    y_true
        Shape (n,), booleans or numbers equal to 0 or 1.
    scores
        Shape (n,), real, no NaN.
    definition
        One of `DEFINITIONS`; see the module.
    ties
        ``block`` (scikit-learn, torchmetrics) or ``order`` (pycocotools), ``best``, ``worst``; see
        `ranked_counts`.
    no_positives
        AP is 0/0 without positives: ``error``; ``warn``: 0 and a warning, as scikit-learn; ``zero``;
        ``coco``: −1, as pycocotools marks absent categories.
    grid
        ``integer`` compares recall with the thresholds of `voc07` and `coco` exactly; ``float`` as the peers
        do, in float64.
    sample_weight
        Shape (n,), non-negative.
    total_positives
        Recall's denominator where positives can be missed altogether: in detection `y_true` says which
        detections match, and this is the number of ground truths.
    exact
        A `Fraction` (a SymPy expression with logarithms for ``davis-goadrich``), else a float from NumPy.

    Raises
    ------
    ValueError
        As `ranked_counts`; an unknown definition; no positives, unless `no_positives` says otherwise.

    Examples
    --------
    >>> y, scores = [1, 0, 1, 1, 0, 0, 1, 0, 0, 0], range(10, 0, -1)
    >>> {name: str(average_precision(y, scores, name)) for name in ("step", "voc07", "voc10", "coco")}
    {'step': '251/336', 'voc07': '237/308', 'voc10': '43/56', 'coco': '1089/1414'}
    >>> average_precision(y, scores, "trapezoid"), average_precision(y, scores, "davis-goadrich")
    (Fraction(475, 672), -3*log(7)/4 + log(2)/2 + 3*log(3)/4 + 1)
    >>> round(average_precision(y, scores, "davis-goadrich", exact=False), 4)
    0.7111
    >>> average_precision([1, 0, 0, 0], [5, 5, 5, 5])  # all tied: the share of positives
    Fraction(1, 4)
    >>> average_precision([1, 0], [0.9, 0.8], total_positives=2)  # one of two ground truths is never found
    Fraction(1, 2)
    """
    if definition not in DEFINITIONS:
        raise ValueError(f"definition={definition!r}: pass one of {', '.join(map(repr, DEFINITIONS))}")
    if grid not in ("integer", "float"):
        raise ValueError(f"grid={grid!r}: pass 'integer' or 'float'")
    counts = ranked_counts(
        y_true, scores, ties=ties, sample_weight=sample_weight, total_positives=total_positives, exact=exact
    )
    if counts.positives == 0:
        return _without_positives(no_positives, exact)
    if definition in ("voc07", "coco"):
        steps = 10 if definition == "voc07" else 100
        return _on_grid(counts, steps, grid, exact)
    return (_EXACT if exact else _FAST)[definition](counts)


def _without_positives(no_positives: str, exact: bool) -> Any:
    if no_positives == "warn":
        warnings.warn("no sample is positive: AP is 0/0; 0 is returned", UndefinedScoreWarning, stacklevel=3)
    elif no_positives == "error":
        raise ValueError("AP is 0/0: no sample is positive; pass no_positives='zero', 'warn' or 'coco' (-1)")
    elif no_positives not in ("zero", "coco"):
        raise ValueError(f"no_positives={no_positives!r}: pass 'error', 'warn', 'zero' or 'coco'")
    value = -1 if no_positives == "coco" else 0
    return Fraction(value) if exact else float(value)


def lost_grid_points(steps: int) -> tuple[int, ...]:
    """The j at which a recall of exactly j/steps misses ``numpy.linspace(0, 1, steps + 1)[j]`` in float64.

    There a float comparison takes the precision of the next recall instead.

    Examples
    --------
    >>> lost_grid_points(10)
    (3, 6, 7)
    >>> lost_grid_points(100)
    (35, 41, 47, 57, 69, 70, 82, 83, 94, 95)
    """
    if steps < 1:
        raise ValueError("a grid has at least one step")
    return tuple(j for j, threshold in enumerate(np.linspace(0, 1, steps + 1)) if j / steps < threshold)


def _points(counts: RankedCounts) -> list[tuple[int, int]]:
    """(TP, TP + FP) at every point."""
    return list(zip(counts.tp.tolist(), (counts.tp + counts.fp).tolist(), strict=True))


def exact_sum(terms: list[tuple[int, int]]) -> Fraction:
    """Σ numerator/denominator, added in pairs: the numbers stay short until the last additions.

    Examples
    --------
    >>> exact_sum([(1, 2), (1, 3), (1, 6)])
    Fraction(1, 1)
    """
    values = [fmpq(up, down) for up, down in terms] or [fmpq(0)]
    with progress(max(1, len(values).bit_length()), "adding fractions") as bar:
        while len(values) > 1:
            paired = [left + right for left, right in zip(values[::2], values[1::2], strict=False)]
            values = paired + values[-1:] if len(values) % 2 else paired
            bar.advance()
    return Fraction(int(values[0].p), int(values[0].q))


def _exact_step(counts: RankedCounts) -> Fraction:
    terms, before = [], 0
    for tp, n in _points(counts):
        if tp > before:
            terms.append(((tp - before) * tp, n))
        before = tp
    return exact_sum(terms) / counts.positives


def _exact_trapezoid(counts: RankedCounts) -> Fraction:
    terms, before, height = [], 0, (1, 1)
    for tp, n in _points(counts):
        if tp > before:
            terms += [((tp - before) * tp, n), ((tp - before) * height[0], height[1])]
        before, height = tp, (tp, n)
    return exact_sum(terms) / (2 * counts.positives)


def _exact_envelope(counts: RankedCounts) -> Fraction:
    points, terms = _points(counts), []
    heights = _envelope(points)
    before = 0
    for (tp, _), (up, down) in zip(points, heights, strict=True):
        if tp > before:
            terms.append(((tp - before) * up, down))
        before = tp
    return exact_sum(terms) / counts.positives


def _envelope(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """For each point the largest precision there or later."""
    heights, best = [], (0, 1)
    for tp, n in reversed(points):
        if tp * best[1] > best[0] * n:
            best = (tp, n)
        heights.append(best)
    return heights[::-1]


def _exact_integral(counts: RankedCounts) -> sympy.Expr:
    """Between two points FP is linear in TP, so n = TP + FP = α·TP + β, and ∫ t/(αt + β) dt is elementary."""
    rational, logarithms = Fraction(0), dict[int, Fraction]()
    before, n_before = 0, 0
    for tp, n in _points(counts):
        if tp > before:
            alpha = Fraction(n - n_before, tp - before)
            beta = n_before - alpha * before
            rational += (tp - before) / alpha
            if beta:
                for number, sign in ((n, -1), (n_before, 1)):
                    for prime, power in _factors(number):
                        share = sign * power * beta / alpha**2
                        logarithms[prime] = logarithms.get(prime, Fraction(0)) + share
        before, n_before = tp, n
    terms = [_rational(rational / counts.positives)]
    for prime, factor in sorted(logarithms.items()):
        terms.append(_rational(factor / counts.positives) * sympy.log(prime))
    return sympy.Add(*terms)


def _factors(number: int) -> Iterable[tuple[int, int]]:
    """Prime factors: then the logarithms are independent, and equal values look equal. Long numbers stay."""
    return sympy.factorint(number).items() if number.bit_length() <= 64 else [(number, 1)]


def _rational(value: Fraction) -> sympy.Rational:
    return sympy.Rational(value.numerator, value.denominator)


def _steps(counts: RankedCounts) -> tuple[Array, Array]:
    """TP and TP + FP in float64."""
    tp = counts.tp.astype(np.float64)
    return tp, (counts.tp + counts.fp).astype(np.float64)


def _fast_step(counts: RankedCounts) -> float:
    tp, n = _steps(counts)
    return float((np.diff(tp, prepend=0.0) * (tp / n)).sum() / counts.positives)


def _fast_trapezoid(counts: RankedCounts) -> float:
    tp, n = _steps(counts)
    height = tp / n
    before = np.append(1.0, height[:-1])[: len(height)]
    return float((np.diff(tp, prepend=0.0) * (height + before)).sum() / (2 * counts.positives))


def _fast_envelope(counts: RankedCounts) -> float:
    tp, n = _steps(counts)
    height = np.maximum.accumulate((tp / n)[::-1])[::-1]
    return float((np.diff(tp, prepend=0.0) * height).sum() / counts.positives)


def _fast_integral(counts: RankedCounts) -> float:
    tp, n = _steps(counts)
    before = np.append(0.0, tp[:-1])[: len(tp)]
    n_before = np.append(0.0, n[:-1])[: len(n)]
    rises = tp > before
    tp, n, before, n_before = tp[rises], n[rises], before[rises], n_before[rises]
    alpha = (n - n_before) / (tp - before)
    area = (tp - before) / alpha  # right where n_before is 0: precision is constant there
    later = n_before > 0
    x = (n - n_before)[later] / n_before[later]
    a, grown = alpha[later], np.log1p(x)
    # (b − a)/α − β/α²·log(n_b/n_a) with β = n_a − α·TP_a, so that nothing large cancels
    area[later] = n_before[later] / a**2 * (x - grown) + before[later] / a * grown
    return float(area.sum() / counts.positives)


_EXACT: dict[str, Callable[[RankedCounts], Any]] = {
    "step": _exact_step,
    "trapezoid": _exact_trapezoid,
    "davis-goadrich": _exact_integral,
    "voc10": _exact_envelope,
}
_FAST: dict[str, Callable[[RankedCounts], float]] = {
    "step": _fast_step,
    "trapezoid": _fast_trapezoid,
    "davis-goadrich": _fast_integral,
    "voc10": _fast_envelope,
}


def _on_grid(counts: RankedCounts, steps: int, grid: str, exact: bool) -> Any:
    """The mean envelope at the recalls j/steps."""
    if not len(counts.tp):
        return Fraction(0) if exact else 0.0
    if grid == "float" or not counts.exact:
        reached = np.searchsorted(
            counts.tp.astype(np.float64) / float(counts.positives), np.linspace(0, 1, steps + 1)
        )
    else:
        tp = counts.tp if steps * counts.positives < 2**62 else counts.tp.astype(object)
        wanted = [j * counts.positives for j in range(steps + 1)]
        reached = np.searchsorted(tp * steps, np.array(wanted, dtype=tp.dtype))
    reached = reached[reached < len(counts.tp)]
    if exact:
        heights = _envelope(_points(counts))
        return exact_sum([heights[k] for k in reached]) / (steps + 1)
    found, n = _steps(counts)
    envelope = np.maximum.accumulate((found / n)[::-1])[::-1]
    return float(envelope[reached].sum() / (steps + 1))
