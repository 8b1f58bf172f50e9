"""Average precision beside scikit-learn, torchmetrics and pycocotools: thousands of cases, differences included."""

from __future__ import annotations

import contextlib
import io
import warnings

import numpy as np
import pytest

from symderive.finite import (
    average_precision,
    mean_average_precision,
    precision_recall_curve,
    roc_auc,
    roc_curve,
)


def rankings(count: int, longest: int, seed: int):
    """Random labels and scores, half of them with many ties, all labels of one kind among them."""
    rng = np.random.default_rng(seed)
    for case in range(count):
        n = int(rng.integers(1, longest + 1))
        y = (rng.random(n) < rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], p=[0.02, 0.3, 0.36, 0.3, 0.02])).astype(
            int
        )
        scores = rng.integers(0, 5, n) / 4 if case % 2 else rng.random(n)
        yield y, scores


def test_step_and_curves_are_scikit_learns() -> None:
    """2 000 rankings with ties and weights: step AP; of a sixth, the curves' points and areas."""
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    sklearn = pytest.importorskip("sklearn", reason="needs scikit-learn")
    with sklearn.config_context(skip_parameter_validation=True):  # most of its time on short rankings
        compare_with_scikit_learn(metrics)


def compare_with_scikit_learn(metrics) -> None:
    rng = np.random.default_rng(1)
    for case, (y, scores) in enumerate(rankings(2000, 40, seed=0)):
        weights = rng.integers(0, 4, len(y)) if rng.random() < 0.3 else None
        if weights is not None and not (weights * y).any():
            weights = None
        if not y.any():
            with pytest.warns(UserWarning, match="No positive"):
                theirs = metrics.average_precision_score(y, scores)
            assert theirs == average_precision(y, scores, no_positives="zero", exact=False) == 0
            continue
        theirs = metrics.average_precision_score(y, scores, sample_weight=weights)
        exact = average_precision(y, scores, sample_weight=weights)
        assert theirs == pytest.approx(float(exact), abs=1e-12)
        assert average_precision(y, scores, sample_weight=weights, exact=False) == pytest.approx(
            theirs, abs=1e-12
        )
        if weights is not None or y.all() or case % 6:  # a sixth: each call checks its input
            continue
        precision, recall, thresholds = metrics.precision_recall_curve(y, scores)
        curve = precision_recall_curve(y, scores, exact=False)
        np.testing.assert_allclose(curve.precision[::-1], precision[:-1], rtol=1e-13)
        np.testing.assert_allclose(curve.recall[::-1], recall[:-1], rtol=1e-13)
        np.testing.assert_array_equal(curve.thresholds[::-1], thresholds)
        trapezoid = average_precision(y, scores, "trapezoid")
        assert metrics.auc(recall, precision) == pytest.approx(float(trapezoid), abs=1e-12)
        assert metrics.roc_auc_score(y, scores) == pytest.approx(float(roc_auc(y, scores)), abs=1e-12)
        fpr, tpr, _ = metrics.roc_curve(y, scores, drop_intermediate=False)
        ours = roc_curve(y, scores)
        np.testing.assert_allclose([float(rate) for rate in ours.false_positive_rate], fpr, rtol=1e-13)
        np.testing.assert_allclose([float(rate) for rate in ours.true_positive_rate], tpr, rtol=1e-13)


def test_mean_average_precision_is_scikit_learns() -> None:
    """macro, weighted and micro over 60 multi-label problems; an absent class counts 0 there."""
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    rng = np.random.default_rng(2)
    for _ in range(60):
        y = (rng.random((12, 4)) < 0.25).astype(int)
        y[0, 0] = 1
        scores = rng.integers(0, 6, (12, 4)) / 5
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            for average in ("macro", "weighted", "micro"):
                theirs = metrics.average_precision_score(y, scores, average=average)
                ours = mean_average_precision(y, scores, average=average, absent="zero").value
                assert theirs == pytest.approx(float(ours), abs=1e-12)


@pytest.mark.frameworks
def test_step_is_torchmetrics_exact_mode() -> None:
    """600 rankings in float32; no positives gives 0 with a warning there."""
    torch = pytest.importorskip("torch", reason="needs torch")
    functional = pytest.importorskip("torchmetrics.functional.classification", reason="needs torchmetrics")
    for y, scores in rankings(600, 40, seed=3):
        scores = scores.astype(np.float32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            theirs = functional.binary_average_precision(torch.from_numpy(scores), torch.from_numpy(y)).item()
        assert theirs == pytest.approx(
            average_precision(y, scores, no_positives="zero", exact=False), abs=2e-6
        )


@pytest.mark.frameworks
def test_torchmetrics_differs_on_logits_and_grids() -> None:
    """Scores outside [0, 1] go through a float32 sigmoid, which ties large ones; `thresholds=` bins the curve."""
    torch = pytest.importorskip("torch", reason="needs torch")
    functional = pytest.importorskip("torchmetrics.functional.classification", reason="needs torchmetrics")
    y, logits = [0, 1, 0, 1], [50.0, 100.0, 40.0, -1.0]
    theirs = functional.binary_average_precision(torch.tensor(logits), torch.tensor(y)).item()
    squashed = (1 / (1 + np.exp(-np.array(logits)))).astype(np.float32)
    assert theirs == pytest.approx(float(average_precision(y, squashed)), abs=1e-6)
    assert theirs == pytest.approx(5 / 12)
    assert average_precision(y, logits) == 3 / 4
    y, scores = [0, 1], [0.51, 0.52]
    binned = functional.binary_average_precision(torch.tensor(scores), torch.tensor(y), thresholds=3).item()
    assert binned == 0.5
    assert average_precision(y, scores) == 1


def coco_values(detections, missed: list[int]):
    """pycocotools' AP at IoU 0.5 for each ranking, one category each, on one image of separate boxes."""
    coco = pytest.importorskip("pycocotools.coco", reason="needs pycocotools")
    evaluation = pytest.importorskip("pycocotools.cocoeval", reason="needs pycocotools")
    truths, found, place = [], [], 0
    for category, ((matches, scores), extra) in enumerate(zip(detections, missed, strict=True), start=1):
        for match, score in zip(matches, scores, strict=True):
            box = [40 * place, 0, 10, 10]
            found.append({"image_id": 1, "category_id": category, "bbox": box, "score": float(score)})
            if match:
                truths.append((category, box))
            place += 1
        for _ in range(extra):
            truths.append((category, [40 * place, 0, 10, 10]))
            place += 1
    annotations = [
        {"id": n, "image_id": 1, "category_id": category, "bbox": box, "area": 100, "iscrowd": 0}
        for n, (category, box) in enumerate(truths, start=1)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {
            "images": [{"id": 1}],
            "annotations": annotations,
            "categories": [{"id": n} for n in range(1, len(missed) + 1)],
        }
        truth.createIndex()
        run = evaluation.COCOeval(truth, truth.loadRes(found), "bbox")
        run.params.iouThrs = np.array([0.5])
        run.params.maxDets = [1000]
        run.params.areaRng = [run.params.areaRng[0]]
        run.params.areaRngLbl = ["all"]
        run.evaluate()
        run.accumulate()
    return run.eval["precision"][0, :, :, 0, 0].mean(axis=0)


def test_coco_is_pycocotools() -> None:
    """2 000 rankings with ties and missed ground truths: the float grid reproduces it, the integer grid is right.

    Where they differ, it is because pycocotools lost one of the ten grid points; ties follow the given order.
    """
    rng = np.random.default_rng(4)
    detections = list(rankings(2000, 25, seed=5))
    missed = [int(extra) for extra in rng.integers(0, 4, len(detections))]
    theirs = coco_values(detections, missed)
    differing = tied = 0
    for value, (y, scores), extra in zip(theirs, detections, missed, strict=True):
        options = {"no_positives": "coco", "total_positives": int(y.sum()) + extra, "ties": "order"}
        float_grid = average_precision(y, scores, "coco", grid="float", exact=False, **options)
        assert value == pytest.approx(float_grid, abs=1e-12)
        assert float(average_precision(y, scores, "coco", grid="float", **options)) == pytest.approx(
            value, abs=1e-12
        )
        right = float(average_precision(y, scores, "coco", **options))
        assert right >= value - 1e-12
        differing += right > value + 1e-12
        options["ties"] = "block"
        tied += abs(float(average_precision(y, scores, "coco", **options)) - right) > 1e-12
    assert differing > 20  # a threshold of the grid fell on a recall: not averaged away
    assert tied > 200  # and the order of equal scores matters


def test_coco_differs_by_order_of_ties() -> None:
    """Two detections of one score: pycocotools' value depends on which is listed first, the block's does not."""
    first, second = coco_values([([1, 0], [0.5, 0.5]), ([0, 1], [0.5, 0.5])], [0, 0])
    assert (first, second) == pytest.approx((1, 0.5))
    assert (
        average_precision([1, 0], [0.5, 0.5], "coco") == average_precision([0, 1], [0.5, 0.5], "coco") == 0.5
    )
