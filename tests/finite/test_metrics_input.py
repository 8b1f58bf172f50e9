"""Bad input: every function refuses it with an error that says what to do."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from symderive.finite import (
    BinaryCounts,
    area_under,
    average_precision,
    averaged_score,
    balanced_accuracy,
    binary_counts,
    confusion_matrix,
    mean_average_precision,
    multilabel_counts,
    precision,
    precision_recall_curve,
    roc_auc,
    roc_curve,
)

RANKERS = (average_precision, precision_recall_curve, roc_curve, roc_auc)


@pytest.mark.parametrize("rank", RANKERS)
@pytest.mark.parametrize(
    ("y", "scores", "options", "advice"),
    [
        ([1, 0], [0.5, math.nan], {}, "NaN, which has no rank: drop"),
        ([1, 0], [Fraction(1, 2), math.nan], {}, "NaN, which has no rank: drop"),
        ([1, 2], [0.5, 0.6], {}, r"labels are 0 or 1; pass y_true == LABEL"),
        ([1, -1], [0.5, 0.6], {}, r"holds -1: labels are 0 or 1"),
        ([1, 0.5], [0.5, 0.6], {}, "labels are 0 or 1"),
        (["a", "b"], [0.5, 0.6], {}, "labels are 0 or 1"),
        ([], [], {}, "no samples: pass at least one"),
        ([1, 0, 1], [0.5, 0.6], {}, "3 entries and scores has 2"),
        ([[1, 0]], [0.5, 0.6], {}, r"shape \(1, 2\): pass one number a sample"),
        ([1, 0], ["x", "y"], {}, "pass real numbers"),
        ([1, 0], [1j, 2], {}, "pass real numbers"),
        ([1, 0], [1, 2], {"sample_weight": [1, -1]}, "negative number: weights count samples"),
        ([1, 0], [1, 2], {"sample_weight": [1]}, "1 entries for 2 samples"),
        ([1, 0], [1, 2], {"sample_weight": [0, 0]}, "0 for every sample: give"),
        ([1, 0], [1, 2], {"sample_weight": [1, math.inf]}, "sample.weight"),
        ([1, 0], [1, 2], {"ties": "random"}, "pass 'block', 'order', 'best' or 'worst'"),
    ],
)
@pytest.mark.parametrize("exact", [True, False])
def test_rankings_refuse(rank, y, scores, options, advice, exact) -> None:
    """A NaN sorted somewhere, a third class or a negative weight would give a plausible wrong number."""
    with pytest.raises(ValueError, match=advice):
        rank(y, scores, exact=exact, **options)


def test_curves_need_their_classes() -> None:
    """A rate over no samples is 0/0, not 0."""
    with pytest.raises(ValueError, match="no sample is positive"):
        precision_recall_curve([0, 0], [1, 2])
    with pytest.raises(ValueError, match="no sample is negative; pass samples of both"):
        roc_auc([1, 1], [1, 2])
    with pytest.raises(ValueError, match="x falls: sort"):
        area_under([1, 0], [0, 1])
    with pytest.raises(ValueError, match="two points"):
        area_under([1], [0])


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: average_precision([1], [1], "map"), "pass one of 'step'"),
        (lambda: average_precision([1], [1], grid="fine"), "pass 'integer' or 'float'"),
        (lambda: average_precision([0], [1], no_positives="nan"), "pass 'error', 'warn'"),
        (lambda: binary_counts([1], [0, 1]), "1 entries and y_pred has 2"),
        (lambda: binary_counts([], []), "no samples"),
        (lambda: binary_counts([1, 3], [0, 1]), "confusion_matrix for more"),
        (lambda: multilabel_counts([1, 0], [1, 0]), r"indicator of shape \(samples, labels\)"),
        (lambda: multilabel_counts([[1, 0]], [[1], [0]]), "pass equal shapes"),
        (lambda: multilabel_counts([[1], [1, 0]], [[1], [0]]), "ragged"),
        (lambda: multilabel_counts([[1]], [[1]], by="row"), "by 'label' or by 'sample'"),
        (lambda: multilabel_counts([[1]], [[1]], by="sample", sample_weight=[1]), "averaged_score"),
        (lambda: confusion_matrix([], []), "no samples"),
        (lambda: confusion_matrix([1, "a"], [1, 1]), "pass labels= in the order"),
        (lambda: confusion_matrix([math.nan], [1.0]), "NaN, which is no class"),
        (lambda: confusion_matrix(np.array([math.nan]), [1.0]), "NaN, which is no class"),
        (lambda: confusion_matrix([[1]], [1]), "hashable"),
        (lambda: averaged_score(precision, []), "no classes to average"),
        (lambda: averaged_score(precision, [BinaryCounts(1, 1, 1, 1)], "mean"), "pass 'micro', 'macro'"),
        (lambda: balanced_accuracy(BinaryCounts(0, 0, 0, 0), absent="skip"), "no samples"),
        (lambda: mean_average_precision([0, 5], [[1, 2], [2, 1]]), "renumber the classes"),
        (lambda: mean_average_precision([0, 1], [1, 2]), "one row a sample"),
        (lambda: mean_average_precision([[1, 0]], [[1, 2], [2, 1]]), "pass equal shapes"),
        (lambda: mean_average_precision([0], [[1, 2]], absent="nan"), "pass absent="),
        (lambda: mean_average_precision([[0, 0]], [[1, 2]], absent="skip"), "nothing to average"),
    ],
)
def test_other_functions_refuse(call, advice) -> None:
    """Each error names the way out."""
    with pytest.raises(ValueError, match=advice):
        call()
