"""Confusion counts, scores and averages: exact values, agreement with scikit-learn, 0/0 and absent classes."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symderive.finite import (
    BinaryCounts,
    ConfusionMatrix,
    SignedRoot,
    accuracy,
    averaged_score,
    balanced_accuracy,
    binary_counts,
    cohen_kappa,
    confusion_matrix,
    f1,
    f_beta,
    jaccard,
    matthews_correlation,
    multilabel_counts,
    multilabel_score,
    precision,
    recall,
    specificity,
)

COUNTS = BinaryCounts(tp=3, fp=1, fn=2, tn=4)


def test_scores_of_one_table_are_exact() -> None:
    """Every score of one table by hand; a float in between would show in the fraction."""
    assert accuracy(COUNTS) == balanced_accuracy(COUNTS) == Fraction(7, 10)
    assert (precision(COUNTS), recall(COUNTS), specificity(COUNTS)) == (
        Fraction(3, 4),
        Fraction(3, 5),
        Fraction(4, 5),
    )
    assert (f1(COUNTS), jaccard(COUNTS), cohen_kappa(COUNTS)) == (
        Fraction(2, 3),
        Fraction(1, 2),
        Fraction(2, 5),
    )
    assert matthews_correlation(COUNTS) == SignedRoot.of(Fraction(1, 6))
    assert matthews_correlation(BinaryCounts(1, 4, 3, 2)) == SignedRoot(-1, Fraction(1, 6))
    assert all(isinstance(score(COUNTS), Fraction) for score in (accuracy, precision, f1, cohen_kappa))
    assert all(
        isinstance(score(COUNTS, exact=False), float) for score in (accuracy, f1, matthews_correlation)
    )


def test_f_beta_runs_from_precision_to_recall() -> None:
    """β = 0 and ∞ are the ends, with their own empty sets; a float β is read by its bits."""
    assert f_beta(COUNTS, 0) == precision(COUNTS)
    assert f_beta(COUNTS, 1) == f1(COUNTS)
    assert f_beta(COUNTS, math.inf) == recall(COUNTS)
    assert f_beta(COUNTS, 0.5) == f_beta(COUNTS, Fraction(1, 2)) == Fraction(5, 7)
    nothing_predicted = BinaryCounts(0, 0, 2, 1)
    assert f_beta(nothing_predicted, 1) == 0
    with pytest.raises(ValueError, match="precision is 0/0"):
        f_beta(nothing_predicted, 0)
    with pytest.raises(ValueError, match="beta=-1"):
        f_beta(COUNTS, -1)


def test_zero_division_is_explicit() -> None:
    """No default value hides an empty set: the error names it and the ways out."""
    empty = BinaryCounts(0, 0, 0, 5)
    for score, reason in (
        (precision, "nothing was predicted"),
        (recall, "no sample is positive"),
        (f1, "F1 is 0/0"),
    ):
        with pytest.raises(ValueError, match=reason):
            score(empty)
        assert score(empty, zero_division=0) == 0
        assert score(empty, zero_division=1) == 1
        assert math.isnan(score(empty, zero_division="nan"))
        with pytest.warns(UserWarning, match="0 is returned"):
            assert score(empty, zero_division="warn") == 0
        with pytest.raises(ValueError, match="'error', 'warn'"):
            score(empty, zero_division="zero")
    assert matthews_correlation(empty, zero_division=0) == 0
    with pytest.raises(ValueError, match="MCC is 0/0"):
        matthews_correlation(empty, exact=False)
    with pytest.raises(ValueError, match="kappa is 0/0"):
        cohen_kappa(empty)


def test_absent_classes_are_explicit() -> None:
    """A class of `labels` that does not occur takes part with its 0/0; a label outside is an error or dropped."""
    y, guess = ["a", "a", "b"], ["a", "b", "b"]
    matrix = confusion_matrix(y, guess, labels=["a", "b", "c"])
    assert matrix.counts == ((1, 1, 0), (0, 1, 0), (0, 0, 0))
    assert matrix.per_class(["c", "z"]) == (BinaryCounts(0, 0, 0, 3), BinaryCounts(0, 0, 0, 3))
    with pytest.raises(ValueError, match="recall is 0/0"):
        averaged_score(recall, matrix.per_class())
    assert averaged_score(recall, matrix.per_class(), zero_division=0) == Fraction(1, 2)
    assert averaged_score(recall, matrix.per_class(), zero_division="nan") == Fraction(3, 4)
    with pytest.raises(ValueError, match="not in labels"):
        confusion_matrix(y, guess, labels=["a"])
    assert confusion_matrix(y, guess, labels=["a"], outside="drop").counts == ((1,),)
    with pytest.raises(ValueError, match="absent='skip'"):
        balanced_accuracy(matrix)
    assert balanced_accuracy(matrix, absent="skip") == Fraction(3, 4)
    assert balanced_accuracy(matrix, absent="skip", adjusted=True) == Fraction(1, 2)


def test_micro_averages_are_the_accuracy_unless_a_label_is_left_out() -> None:
    """The identity holds over all labels and fails over a subset, as the proved and the refuted claim say."""
    matrix = confusion_matrix([0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 2, 0])
    for score in (precision, recall, f1):
        assert averaged_score(score, matrix.per_class(), "micro") == accuracy(matrix)
    subset = matrix.per_class([0, 1])
    assert averaged_score(precision, subset, "micro") == Fraction(1, 2) != accuracy(matrix)
    assert averaged_score(recall, subset, "micro") == Fraction(2, 3)
    assert averaged_score(recall, matrix.per_class(), "weighted") == accuracy(matrix)


def test_weights_stay_exact() -> None:
    """Thirds add up to one exactly; floats are taken by their bits; float64 is for exact=False."""
    third = Fraction(1, 3)
    counts = binary_counts([1, 1, 1, 0], [1, 1, 1, 1], sample_weight=[third, third, third, 2])
    assert counts == BinaryCounts(1, 2, 0, 0)
    assert binary_counts([1], [1], sample_weight=[0.1]).tp == Fraction(0.1)
    assert isinstance(binary_counts([1], [1], sample_weight=[0.1], exact=False).tp, float)
    matrix = confusion_matrix([0, 1], [0, 0], sample_weight=[third, 1])
    assert matrix.counts == ((third, 0), (1, 0))
    assert accuracy(matrix) == Fraction(1, 4)


def test_symbolic_counts_give_the_formula() -> None:
    """The identities are proved of these very functions: symbols must pass through them."""
    tp, fp, fn, tn = sympy.symbols("TP FP FN TN")
    symbolic = BinaryCounts(tp, fp, fn, tn)
    assert f1(symbolic) == 2 * tp / (2 * tp + fp + fn)
    values = {tp: 3, fp: 1, fn: 2, tn: 4}
    for score in (accuracy, precision, recall, f1, jaccard, balanced_accuracy, cohen_kappa):
        assert score(symbolic).subs(values) == score(COUNTS)
    assert matthews_correlation(symbolic).subs(values) == matthews_correlation(COUNTS).as_sympy()


@given(st.integers(-50, 50), st.integers(1, 50), st.integers(-50, 50), st.integers(1, 50))
def test_signed_roots_order_like_numbers(a: int, b: int, c: int, d: int) -> None:
    """Comparison by signed squares is exact where floats would tie; float() is the nearest double."""
    left, right = (SignedRoot.of(Fraction(abs(n), m), (n > 0) - (n < 0)) for n, m in ((a, b), (c, d)))
    assert (left < right) == (a * d < c * b)
    assert left == SignedRoot.of(left.square, left.sign)
    exact = sympy.N(left.as_sympy(), 40)
    assert abs(float(left) - exact) <= math.ulp(float(left)) / 2


def test_signed_roots_round_correctly_near_a_tie() -> None:
    """A sticky bit decides: 1 + 2⁻⁵³ is halfway between doubles, its square root's neighbours are not."""
    half = 1 + Fraction(1, 2**53)
    assert float(SignedRoot.of(half**2)) == 1.0
    assert float(SignedRoot.of(half**2 + Fraction(1, 2**200))) == 1 + 2**-52
    assert float(SignedRoot.of(half**2 - Fraction(1, 2**200))) == 1.0
    assert float(SignedRoot.of(Fraction(10) ** 600)) == 1e300
    assert SignedRoot.of(4) == 2
    assert hash(SignedRoot.of(4)) == hash(2)
    with pytest.raises(ValueError, match="sign 0"):
        SignedRoot(1, Fraction(0))


def test_agreement_with_scikit_learn() -> None:
    """120 single-label problems: every score and average, with absent classes, subsets of labels and weights."""
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    rng = np.random.default_rng(0)
    warnings.simplefilter(
        "ignore"
    )  # theirs, of undefined scores and single classes; pytest restores the filters
    for _ in range(120):
        n, classes = int(rng.integers(1, 25)), int(rng.integers(2, 5))
        y, guess = rng.integers(0, classes, n), rng.integers(0, classes, n)
        weights = rng.integers(1, 5, n) if rng.random() < 0.5 else None
        labels = sorted(rng.choice(5, int(rng.integers(1, 6)), replace=False).tolist())
        matrix = confusion_matrix(y, guess, sample_weight=weights)
        theirs = metrics.confusion_matrix(y, guess, sample_weight=weights)
        np.testing.assert_array_equal(matrix.as_array(), theirs)
        option = {"sample_weight": weights}
        assert float(accuracy(matrix)) == pytest.approx(metrics.accuracy_score(y, guess, **option))
        phi = metrics.matthews_corrcoef(y, guess, **option)
        assert float(matthews_correlation(matrix, zero_division=0)) == pytest.approx(phi, abs=1e-12)
        assert matthews_correlation(matrix, zero_division=0, exact=False) == pytest.approx(phi, abs=1e-12)
        balanced = metrics.balanced_accuracy_score(y, guess, **option)
        assert float(balanced_accuracy(matrix, absent="skip")) == pytest.approx(balanced)
        for kind in (None, "linear", "quadratic"):
            kappa = metrics.cohen_kappa_score(y, guess, weights=kind, **option)
            ours = cohen_kappa(matrix, weights=kind, zero_division="nan")
            assert float(ours) == pytest.approx(kappa, nan_ok=True, abs=1e-12)
        average = ("micro", "macro", "weighted")[int(rng.integers(3))]
        kept = matrix.per_class(labels)
        for zero in (0, 1):
            p, r, f, _ = metrics.precision_recall_fscore_support(
                y, guess, beta=2, labels=labels, average=average, zero_division=zero, **option
            )
            if average == "weighted" and not sum(each.positives for each in kept):
                continue  # their NaN; ours is an error or the zero_division of the average
            for score, value in ((precision, p), (recall, r), (partial(f_beta, beta=2), f)):
                exact = averaged_score(score, kept, average, zero_division=zero)
                assert float(exact) == pytest.approx(value)
                fast = averaged_score(score, kept, average, zero_division=zero, exact=False)
                assert fast == pytest.approx(value)


def test_agreement_with_scikit_learn_on_multiple_labels() -> None:
    """100 multi-label problems: samples, micro, macro and weighted averages."""
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    rng = np.random.default_rng(1)
    warnings.simplefilter(
        "ignore"
    )  # theirs, of undefined scores and single classes; pytest restores the filters
    for _ in range(100):
        shape = int(rng.integers(1, 12)), int(rng.integers(2, 5))
        y, guess = rng.integers(0, 2, shape), rng.integers(0, 2, shape)
        average = ("samples", "micro", "macro", "weighted")[int(rng.integers(4))]
        if average == "weighted" and not y.any():
            continue
        weights = rng.integers(1, 4, shape[0]) if rng.random() < 0.5 else None
        tables = metrics.multilabel_confusion_matrix(y, guess, sample_weight=weights)
        for each, table in zip(multilabel_counts(y, guess, sample_weight=weights), tables, strict=True):
            assert [[each.tn, each.fp], [each.fn, each.tp]] == table.tolist()
        for score, theirs in ((f1, metrics.f1_score), (jaccard, metrics.jaccard_score)):
            value = theirs(y, guess, average=average, zero_division=0, sample_weight=weights)
            ours = multilabel_score(score, y, guess, average, zero_division=0, sample_weight=weights)
            assert float(ours) == pytest.approx(value)


def test_where_scikit_learn_differs() -> None:
    """MCC of one class is 0 there and 0/0 here; κ is NaN there; labels outside `labels` vanish silently there."""
    metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn")
    with pytest.warns(UserWarning, match="single label"):
        assert metrics.matthews_corrcoef([1, 1], [1, 1]) == 0.0
    with pytest.raises(ValueError, match="0/0"):
        matthews_correlation(confusion_matrix([1, 1], [1, 1]))
    assert metrics.confusion_matrix([0, 1, 2], [0, 1, 2], labels=[0, 1]).sum() == 2
    with pytest.raises(ValueError, match="not in labels"):
        confusion_matrix([0, 1, 2], [0, 1, 2], labels=[0, 1])


def test_a_matrix_must_be_square_with_distinct_labels() -> None:
    """A transposed or truncated table would give wrong scores without a sign of it."""
    with pytest.raises(ValueError, match="distinct"):
        ConfusionMatrix((0, 0), ((1, 0), (0, 1)))
    with pytest.raises(ValueError, match="shape"):
        ConfusionMatrix((0, 1), ((1, 0),))
    with pytest.raises(ValueError, match="negative"):
        ConfusionMatrix((0,), ((-1,),))
