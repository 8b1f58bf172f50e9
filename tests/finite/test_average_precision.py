"""Average precision: the exact values, and six definitions against a slow oracle written from their formulas."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations, product
from math import comb

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symderive.decide import Status
from symderive.finite import (
    DEFINITIONS,
    average_precision,
    enumerated_random_average_precision,
    expected_random_average_precision,
    lost_grid_points,
    mean_average_precision,
    random_average_precision_derivation,
)

Y, SCORES = [1, 0, 1, 1, 0, 0, 1, 0, 0, 0], list(range(10, 0, -1))
EXACT = ("step", "trapezoid", "voc07", "voc10", "coco")


def oracle(y: list[int], scores: list[object], definition: str) -> Fraction | sympy.Expr:
    """Each definition as its formula reads, over blocks of equal scores."""
    total = sum(y)
    points = []
    for threshold in sorted(set(scores), reverse=True):
        chosen = [label for label, score in zip(y, scores, strict=True) if score >= threshold]
        points.append((Fraction(sum(chosen), total), Fraction(sum(chosen), len(chosen)), len(chosen)))
    recall = [Fraction(0), *(r for r, _, _ in points)]
    precision = [Fraction(1), *(p for _, p, _ in points)]
    steps = range(1, len(recall))
    if definition == "step":
        return sum((recall[k] - recall[k - 1]) * precision[k] for k in steps)
    if definition == "trapezoid":
        return sum((recall[k] - recall[k - 1]) * (precision[k] + precision[k - 1]) / 2 for k in steps)
    if definition == "voc10":
        return sum((recall[k] - recall[k - 1]) * max(precision[k:]) for k in steps)
    if definition in ("voc07", "coco"):
        grid = 10 if definition == "voc07" else 100
        best = [
            max((p for r, p, _ in points if r >= Fraction(j, grid)), default=Fraction(0))
            for j in range(grid + 1)
        ]
        return sum(best) / (grid + 1)
    t = sympy.Symbol("t", positive=True)
    area, before = sympy.Integer(0), (0, 0)
    for r, _, n in points:
        tp = int(r * total)
        if tp > before[0]:
            slope = sympy.Rational(n - tp - (before[1] - before[0]), tp - before[0])
            fp = before[1] - before[0] + slope * (t - before[0])
            area += sympy.integrate(sympy.cancel(t / (t + fp)), (t, before[0], tp))
        before = (tp, n)
    return area / total


VALUES = {
    "step": Fraction(251, 336),
    "trapezoid": Fraction(475, 672),
    "voc07": Fraction(237, 308),
    "voc10": Fraction(43, 56),
    "coco": Fraction(1089, 1414),
}


@pytest.mark.parametrize("definition", VALUES)
def test_values_of_the_example(definition: str) -> None:
    """The figures that the book prints; a change here is a change of a definition."""
    assert average_precision(Y, SCORES, definition) == VALUES[definition]
    assert average_precision(Y, SCORES, definition, exact=False) == pytest.approx(
        float(VALUES[definition]), rel=1e-15
    )


def test_davis_goadrich_value_of_the_example() -> None:
    """A closed form with logarithms, .7111 in decimals; the float path must not lose digits by cancellation."""
    value = average_precision(Y, SCORES, "davis-goadrich")
    assert sympy.simplify(value - (1 + sympy.log(2) / 2 + 3 * sympy.log(3) / 4 - 3 * sympy.log(7) / 4)) == 0
    assert round(float(value), 4) == 0.7111
    assert average_precision(Y, SCORES, "davis-goadrich", exact=False) == pytest.approx(
        float(value), rel=1e-15
    )


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_every_ranking_of_five_with_ties_agrees_with_the_formula(definition: str) -> None:
    """All 31 labelings × a set of score patterns with every kind of tie: an off-by-one at a block end shows."""
    patterns = [[5, 4, 3, 2, 1], [1, 1, 1, 1, 1], [3, 3, 2, 2, 1], [3, 2, 2, 2, 1], [1, 2, 3, 2, 1]]
    for labels in product([0, 1], repeat=5):
        if not any(labels):
            continue
        for scores in patterns if definition != "davis-goadrich" else patterns[2:3]:
            expected = oracle(list(labels), scores, definition)
            value = average_precision(labels, scores, definition)
            if definition == "davis-goadrich":
                assert abs(sympy.N(value - expected, 30)) < 1e-25
            else:
                assert value == expected
            fast = average_precision(labels, scores, definition, exact=False)
            assert fast == pytest.approx(float(expected), abs=1e-14)


cases = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=1, max_size=30).filter(
    lambda pairs: any(label for label, _ in pairs)
)


@given(cases, st.sampled_from(EXACT))
def test_agrees_with_the_formula(pairs: list[tuple[int, int]], definition: str) -> None:
    """Longer rankings with many ties, the exact path."""
    y, scores = [label for label, _ in pairs], [score for _, score in pairs]
    assert average_precision(y, scores, definition) == oracle(y, scores, definition)


@given(cases, st.sampled_from(DEFINITIONS), st.randoms(use_true_random=False))
def test_blocks_do_not_depend_on_the_order_of_samples(pairs, definition, random) -> None:
    """Ties are one block: shuffling samples changes nothing, to the last digit of the fraction."""
    shuffled = random.sample(pairs, len(pairs))
    values = [average_precision(*zip(*each, strict=True), definition) for each in (pairs, shuffled)]
    assert values[0] == values[1]


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_best_and_worst_orders_bound_every_order(definition: str) -> None:
    """`best` and `worst` are the extremes over all orders within ties: found by trying all of them."""
    y, scores = [1, 0, 0, 1, 1, 0], [2, 2, 1, 1, 1, 0]
    values = [
        average_precision(
            [y[i] for i in order], [scores[i] for i in order], definition, ties="order", exact=False
        )
        for order in permutations(range(6))
    ]
    assert average_precision(y, scores, definition, ties="best", exact=False) == pytest.approx(max(values))
    assert average_precision(y, scores, definition, ties="worst", exact=False) == pytest.approx(min(values))


def test_all_tied_is_the_prevalence() -> None:
    """A constant score knows nothing: the step AP is P/n."""
    for positives, n in [(1, 1), (1, 7), (3, 10), (10, 10)]:
        y = [1] * positives + [0] * (n - positives)
        assert average_precision(y, [0.5] * n) == Fraction(positives, n)


def test_float_grids_lose_points() -> None:
    """Three of the 11 and ten of the 101 thresholds are missed by float comparison; integers keep them."""
    assert lost_grid_points(10) == (3, 6, 7)
    assert len(lost_grid_points(100)) == 10
    # ten positives, then precision falls: recall is exactly 3/10 after the third positive
    y, scores = [1] * 3 + [0] * 5 + [1] * 7, list(range(15, 0, -1))
    right, lost = (average_precision(y, scores, "voc07", grid=grid) for grid in ("integer", "float"))
    envelope = Fraction(10, 15)
    assert right == (4 * 1 + 7 * envelope) / 11
    assert lost == (3 * 1 + 8 * envelope) / 11


def test_missed_positives_count_in_recall() -> None:
    """In detection a ground truth without a detection lowers every definition that integrates recall."""
    assert average_precision([1, 0], [2, 1], total_positives=2) == Fraction(1, 2)
    assert average_precision([1, 0], [2, 1], "voc07", total_positives=2) == Fraction(6, 11)
    assert average_precision([], [], "coco", total_positives=3) == 0
    assert average_precision([], [], total_positives=3, exact=False) == 0.0
    with pytest.raises(ValueError, match="less than the positives"):
        average_precision([1, 1], [2, 1], total_positives=1)


def test_weights_are_copies() -> None:
    """An integer weight is that many copies in one block; thirds are exact."""
    y, scores, weights = [1, 0, 1], [3, 2, 1], [2, 1, 3]
    copies = [(label, score) for label, score, w in zip(y, scores, weights, strict=True) for _ in range(w)]
    for definition in EXACT:
        expected = average_precision(*zip(*copies, strict=True), definition)
        assert average_precision(y, scores, definition, sample_weight=weights) == expected
        thirds = [Fraction(w, 3) for w in weights]
        assert average_precision(y, scores, definition, sample_weight=thirds) == expected
        fast = average_precision(y, scores, definition, sample_weight=thirds, exact=False)
        assert fast == pytest.approx(float(expected))


def test_scores_are_compared_exactly() -> None:
    """Fractions and integers beyond 2^53 that floats would tie stay apart; ±inf has its place."""
    close = [Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**30)]
    assert average_precision([0, 1], close) == 1
    assert average_precision([0, 1], [2**60, 2**60 + 1]) == 1
    assert average_precision([0, 1, 0], [-math.inf, math.inf, 0.0]) == 1
    assert average_precision([1, 0], np.array([0, 2**64 - 1], dtype=np.uint64)) == Fraction(1, 2)
    assert average_precision([1, 0], np.array([-(2**63), 0])) == Fraction(1, 2)
    assert average_precision([1, 0], [0.0, -0.0]) == Fraction(1, 2)  # one block


def test_no_positives_is_the_callers_choice() -> None:
    """0 with a warning, 0, −1 or an error; never silently a number."""
    for exact in (True, False):
        with pytest.raises(ValueError, match="no_positives="):
            average_precision([0, 0], [1, 2], exact=exact)
        assert average_precision([0, 0], [1, 2], no_positives="coco", exact=exact) == -1
        assert average_precision([0, 0], [1, 2], no_positives="zero", exact=exact) == 0
        with pytest.warns(UserWarning, match="no sample is positive"):
            assert average_precision([0, 0], [1, 2], no_positives="warn", exact=exact) == 0


def test_mean_average_precision_of_absent_classes() -> None:
    """Skipping (COCO) and counting zero (scikit-learn) give different means; neither is a default."""
    y, scores = [0, 1, 0], [[0.9, 0.1, 0.2], [0.6, 0.4, 0.1], [0.5, 0.5, 0.3]]
    with pytest.raises(ValueError, match="class 2 has no positives"):
        mean_average_precision(y, scores)
    skip, zero = (mean_average_precision(y, scores, absent=how) for how in ("skip", "zero"))
    assert (skip.value, zero.value) == (Fraction(2, 3), Fraction(4, 9))
    assert skip.per_class[2] is None
    assert skip.absent == (2,)
    weighted = mean_average_precision(y, scores, average="weighted", absent="skip").value
    assert weighted == Fraction(2, 3) * Fraction(5, 6) + Fraction(1, 3) * Fraction(1, 2)
    found = mean_average_precision([[1, 0], [0, 1]], [[2, 1], [1, 2]], total_positives=[2, 1])
    assert found.per_class == (Fraction(1, 2), 1)


def test_expected_ap_of_a_random_order_is_exhaustive() -> None:
    """exhaustive (36 pairs P ≤ n ≤ 8, all C(n, P) orders each): the closed form is the average of the AP itself."""
    for n in range(1, 9):
        for positives in range(1, n + 1):
            labelings = [y for y in product([0, 1], repeat=n) if sum(y) == positives]
            assert len(labelings) == comb(n, positives)
            mean = sum(average_precision(y, range(n, 0, -1)) for y in labelings) / len(labelings)
            assert mean == expected_random_average_precision(positives, n)
            assert mean == enumerated_random_average_precision(positives, n)


def test_expected_ap_of_a_random_order_is_derived() -> None:
    """Every link of the derivation is proved for symbolic n and P, none merely supported."""
    chain = random_average_precision_derivation()
    assert chain.status is Status.PROVED, str(chain)


def test_expected_ap_is_above_the_prevalence() -> None:
    """A random order beats P/n by (n − P)(H_n − 1)/(n(n − 1)); only constant scores give P/n."""
    assert expected_random_average_precision(5, 50) > Fraction(5, 50)
    assert expected_random_average_precision(7, 7) == 1
    for wrong in [(0, 5), (6, 5)]:
        with pytest.raises(ValueError, match="1 <= P <= n"):
            expected_random_average_precision(*wrong)
    with pytest.raises(ValueError, match="2 000 000"):
        enumerated_random_average_precision(20, 40)
