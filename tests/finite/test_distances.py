"""Norms and distances: exact values, dual norms and constants that are attained, medians with certificates."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderive.finite import (
    MedianCertificate,
    SignedRoot,
    absolute_deviation,
    certify_median,
    chebyshev,
    dual_exponent,
    dual_norm,
    equivalence_constant,
    equivalence_witness,
    euclidean,
    hoelder_witness,
    inner_product,
    manhattan,
    median_interval,
    minkowski,
    norm,
    pairwise_distances,
)

ORDERS = (1, 2, math.inf)
vectors = st.lists(st.fractions(-9, 9, max_denominator=7), min_size=1, max_size=6)


def test_values() -> None:
    """The distances of one pair, exactly; a float would not equal the fraction."""
    x, y = [Fraction(1, 3), 2, -1], [1, Fraction(1, 2), -1]
    assert manhattan(x, y) == Fraction(13, 6)
    assert euclidean(x, y) == SignedRoot.of(Fraction(4, 9) + Fraction(9, 4))
    assert chebyshev(x, y) == Fraction(3, 2)
    assert manhattan([0.1], [0.3]) == Fraction(0.3) - Fraction(0.1) != Fraction(1, 5)
    assert minkowski([1, 2], [0, 0], 3, exact=False) == pytest.approx(9 ** (1 / 3))


@given(vectors, st.sampled_from(ORDERS))
def test_fast_norms_are_the_exact_ones(x: list[Fraction], p: float) -> None:
    """float64 to a few ulps, p = 2 through squares that are scaled first."""
    floats = [float(entry) for entry in x]
    assert norm(floats, p, exact=False) == pytest.approx(float(norm(floats, p)), rel=4e-16 * len(x))


def test_norms_do_not_overflow() -> None:
    """Squares of 1e200 overflow and of 1e-200 vanish unless they are scaled."""
    for scale in (2.0**600, 2.0**-600, 5e-324):
        assert norm([3 * scale, 4 * scale], 2, exact=False) == 5 * scale
        assert norm([scale] * 8, 3, exact=False) == pytest.approx(2 * scale)
    assert norm([0.0, 0.0], 2, exact=False) == 0.0


def test_arrays_are_measured_along_the_last_axis() -> None:
    """Batches and all pairs, beside SciPy where it is installed."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 4)), rng.normal(size=(5, 4))
    for p in (1, 2, 3.5, math.inf):
        table = pairwise_distances(x, y, p)
        assert table.shape == (7, 5)
        np.testing.assert_allclose(table[2], minkowski(x[2], y, p, exact=False), rtol=1e-14)
    scipy = pytest.importorskip("scipy.spatial.distance", reason="needs SciPy")
    for p, name in ((1, "cityblock"), (2, "euclidean"), (math.inf, "chebyshev")):
        np.testing.assert_allclose(pairwise_distances(x, y, p), scipy.cdist(x, y, name), rtol=1e-14)
    near = np.array([[1e8 + 1, 1.0], [1e8, 1.0]])
    assert pairwise_distances(near, p=2)[0, 1] == 1.0  # ‖x‖² − 2⟨x, y⟩ + ‖y‖² would give 0 or 2 here


@given(vectors, st.sampled_from(ORDERS), st.randoms(use_true_random=False))
def test_dual_norm_bounds_and_is_attained(y: list[Fraction], p: float, random: random.Random) -> None:
    """⟨x, y⟩ ≤ ‖x‖_p·‖y‖_q for random x, with equality at the witness."""
    x = [Fraction(random.randint(-5, 5)) for _ in y]
    bound = dual_norm(y, p)
    assert inner_product(x, y) <= norm(x, p) * bound
    if any(y):
        witness = hoelder_witness(y, p)
        assert any(witness)
        assert inner_product(witness, y) == norm(witness, p) * bound
    assert dual_exponent(dual_exponent(p)) == p


def test_hoelder_witness_of_other_orders() -> None:
    """p = 3 in floats, to rounding."""
    y = [1.0, -2.0, 0.5]
    x = hoelder_witness(y, 3)
    assert float(np.dot(x, y)) == pytest.approx(norm(x, 3, exact=False) * dual_norm(y, 3, exact=False))
    assert dual_exponent(3) == Fraction(3, 2)


@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("q", ORDERS)
def test_equivalence_constants_are_sharp(p: float, q: float) -> None:
    """‖x‖_p ≤ c·‖x‖_q on random vectors, and equality at the witness: no smaller c will do."""
    rng = random.Random(0)
    for size in range(1, 7):
        constant = equivalence_constant(p, q, size)
        for _ in range(20):
            x = [Fraction(rng.randint(-4, 4), rng.randint(1, 4)) for _ in range(size)]
            assert norm(x, p) <= constant * norm(x, q)
        witness = equivalence_witness(p, q, size)
        assert norm(witness, p) == constant * norm(witness, q) != 0


def test_equivalence_constants_of_other_orders() -> None:
    """K^(1/p − 1/q) in general; 3/2 and 3 give the cube root of K."""
    assert equivalence_constant(1.5, 3, 8) == pytest.approx(2)
    assert equivalence_constant(3, 1.5, 8) == 1
    assert equivalence_constant(1, Fraction(2), 4) == 2


samples = st.lists(st.fractions(-5, 5, max_denominator=4), min_size=1, max_size=8)


@given(samples, st.data())
def test_medians_minimise(values: list[Fraction], data: st.DataObject) -> None:
    """Against all candidates: the sum is smallest exactly on the interval, and certificates hold there only."""
    weights = data.draw(st.none() | st.lists(st.integers(0, 4), min_size=len(values), max_size=len(values)))
    if weights is not None and not any(weights):
        return
    lower, upper = median_interval(values, weights)
    least = absolute_deviation(values, lower, weights)
    inside = (lower + upper) / 2
    for c in (*values, lower - Fraction(1, 100), upper + Fraction(1, 100), inside):
        deviation = absolute_deviation(values, c, weights)
        assert (deviation == least) == (lower <= c <= upper)
        assert deviation >= least
        if lower <= c <= upper:
            assert certify_median(values, c, weights).holds(values, weights)
        else:
            with pytest.raises(ValueError, match="does not minimise"):
                certify_median(values, c, weights)


def test_corrupted_median_certificates_are_rejected() -> None:
    """A wrong centre, sign, sum or length, or a subgradient outside [−1, 1], does not pass."""
    values = [1, 2, 2, 10]
    good = certify_median(values, 2)
    assert good.holds(values)
    one, zero = Fraction(1), Fraction(0)
    for bad in (
        MedianCertificate(Fraction(3), good.subgradients),
        MedianCertificate(Fraction(2), (-one, zero, zero, one)),
        MedianCertificate(Fraction(2), (one, one, zero, -one)),
        MedianCertificate(Fraction(2), (one, 2 * one, -2 * one, -one)),
        MedianCertificate(Fraction(2), good.subgradients[:3]),
    ):
        assert not bad.holds(values)
    assert not good.holds([1, 2, 2, 1])


def test_p_below_one_is_no_norm() -> None:
    """The error's counterexample is one: (1 + 1)² > 1 + 1 for p = 1/2."""
    with pytest.raises(ValueError, match="triangle inequality fails"):
        norm([1, 1], 0.5, exact=False)
    assert (1**0.5 + 1**0.5) ** 2 > 1 + 1


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: manhattan([], []), "empty: pass at least one"),
        (lambda: manhattan([1], [1, 2]), "1 entries and y has 2"),
        (lambda: manhattan([1.0], [1.0, 2.0], exact=False), "1 entries and y has 2"),
        (lambda: manhattan([math.nan], [1]), "an entry of x is nan"),
        (lambda: manhattan([math.nan], [1], exact=False), "NaN or infinity"),
        (lambda: manhattan([math.inf], [1]), "an entry of x is inf"),
        (lambda: manhattan(["a"], ["b"], exact=False), "no array of real numbers"),
        (lambda: manhattan("12", "34"), "pass a vector"),
        (lambda: norm([1, 2], 3), "pass exact=False"),
        (lambda: norm([1, 2], math.nan), "pass p >= 1"),
        (lambda: hoelder_witness([0, 0], 2), "y is 0"),
        (lambda: equivalence_constant(1, 2, 0), "at least one entry"),
        (lambda: pairwise_distances([1, 2]), r"pass \(n, K\) and \(m, K\)"),
        (lambda: median_interval([]), "empty"),
        (lambda: median_interval([1], [-1]), "pass weights >= 0"),
        (lambda: median_interval([1], [0]), "give one a positive weight"),
        (lambda: median_interval([1], [1, 2]), "pass one each"),
    ],
)
def test_bad_input(call, advice) -> None:
    """Each error names the way out."""
    with pytest.raises(ValueError, match=advice):
        call()
