"""Rademacher complexity: exact values, conventions, brute force, intervals, bounds above exact values."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational

from symderive.decide import Status
from symderive.finite.contraction import ABSOLUTE_COUNTEREXAMPLE, contraction, contraction_chain
from symderive.finite.halfspaces import Halfspaces
from symderive.finite.line_classes import Intervals, Thresholds
from symderive.finite.linear_rademacher import (
    gram_matrix,
    kernel_rademacher,
    l1_ball_bound,
    l1_ball_rademacher,
    l2_ball_rademacher,
    trace_bound,
)
from symderive.finite.massart import growth_bound, hoeffding_sign_chain, massart_bound, massart_chain
from symderive.finite.rademacher import (
    class_rademacher,
    loss_class,
    rademacher_complexity,
    rademacher_estimate,
)
from symderive.finite.sign_enumeration import sum_of_maxima
from symderive.finite.symmetrization import symmetrization

THRESHOLDS = [(-1,) * k + (1,) * (9 - k) for k in range(10)]


def brute_force(vectors: list[tuple[Fraction, ...]], *, scale: str, absolute: bool) -> Fraction:
    """The definition, sign vector by sign vector."""
    m = len(vectors[0])
    size: Callable[[Fraction], Fraction] = abs if absolute else Fraction
    best = [
        max(size(Fraction(sum(s * a for s, a in zip(signs, v, strict=True)))) for v in vectors)
        for signs in product((1, -1), repeat=m)
    ]
    return sum(best, Fraction(0)) * (2 if scale == "2/m" else 1) / (m * 2**m)


KNOWN = {
    "cube": (list(product((1, -1), repeat=5)), False, Fraction(1)),
    "singleton": ([(5, -3, 2)], False, Fraction(0)),
    "singleton with |·|": ([(1, 1)], True, Fraction(1, 2)),
    "thresholds, m = 9": (THRESHOLDS, False, Fraction(251, 576)),
    "two functions, one point": ([(3,), (-1,)], False, Fraction(2)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_values(name: str) -> None:
    """Values that are known in closed form, in either scale."""
    vectors, absolute, value = KNOWN[name]
    assert rademacher_complexity(vectors, scale="1/m", absolute=absolute) == value
    assert rademacher_complexity(vectors, scale="2/m", absolute=absolute) == 2 * value


VALUES = st.fractions(min_value=-3, max_value=3, max_denominator=4)
CLASSES = st.integers(1, 5).flatmap(lambda m: st.lists(st.tuples(*[VALUES] * m), min_size=1, max_size=5))


@settings(max_examples=40)
@given(CLASSES, st.sampled_from(["1/m", "2/m"]), st.booleans())
def test_enumeration_agrees_with_the_definition(
    vectors: list[tuple[Fraction, ...]], scale: str, absolute: bool
) -> None:
    """The split tables against the plain sum, and Massart's bound above it."""
    exact = rademacher_complexity(vectors, scale=scale, absolute=absolute)
    assert exact == brute_force(vectors, scale=scale, absolute=absolute)
    assert float(exact) <= massart_bound(vectors, scale=scale, absolute=absolute) + 1e-15


@pytest.mark.parametrize("size", [3, 2**14, 2**30, 2**45, 2**60])
@pytest.mark.parametrize("m", [1, 11, 13, 14])
def test_no_overflow_in_any_width(size: int, m: int) -> None:
    """Values that need 16, 32, 64 or more bits give what big integers give."""
    generator = random.Random(m)
    vectors = [[generator.randint(-size, size) for _ in range(m)] for _ in range(3)]
    for absolute in (False, True):
        total = 0
        for code in range(2**m):
            signs = [1 - 2 * (code >> i & 1) for i in range(m)]
            sums = [sum(s * a for s, a in zip(signs, v, strict=True)) for v in vectors]
            total += max(map(abs, sums)) if absolute else max(sums)
        assert sum_of_maxima(vectors, absolute=absolute) == total


def test_twenty_functions_on_twenty_four_points_in_time() -> None:
    """2^24 sign vectors times 20 functions in ten seconds."""
    generator = random.Random(0)
    vectors = [[generator.randint(-9, 9) for _ in range(24)] for _ in range(20)]
    started = time.perf_counter()
    assert sum_of_maxima(vectors) > 0
    assert time.perf_counter() - started < 10


def test_classes_through_their_labellings() -> None:
    """Thresholds on any nine points, halfspaces that shatter, and the order of classes by inclusion."""
    assert class_rademacher(
        Thresholds(), [4, 1, 7, 9, 2, 8, 0, 5, 3], scale="1/m", absolute=False
    ) == Fraction(251, 576)
    assert class_rademacher(Halfspaces(2), [(0, 0), (1, 0), (0, 1)], scale="1/m", absolute=False) == 1
    smaller = class_rademacher(Thresholds(), range(6), scale="1/m", absolute=False)
    assert smaller < class_rademacher(Intervals(), range(6), scale="1/m", absolute=False)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(*[st.sampled_from((1, -1))] * 4), min_size=1, max_size=6),
    st.tuples(*[st.sampled_from((1, -1))] * 4),
)
def test_loss_class_has_half_the_complexity(rows: list[tuple[int, ...]], labels: tuple[int, ...]) -> None:
    """0-1 loss: ½ R(H) for every labelling; with |·| this fails for some."""
    full = rademacher_complexity(rows, scale="1/m", absolute=False)
    assert rademacher_complexity(loss_class(rows, labels), scale="1/m", absolute=False) == full / 2


def test_massart_and_growth() -> None:
    """0.715 for thresholds on nine points, above 251/576; |·| doubles the class."""
    assert massart_bound(THRESHOLDS, scale="1/m", absolute=False) == pytest.approx(0.7153, abs=1e-4)
    assert massart_bound(THRESHOLDS, scale="1/m", absolute=True) > growth_bound(9, 10)
    assert massart_bound([(1, 2)], scale="1/m", absolute=False) == 0 == growth_bound(5, 1)


def test_estimate_holds_the_exact_value_and_repeats() -> None:
    """Intervals around exact values, for both conventions; equal seeds, equal answers."""
    for absolute in (False, True):
        exact = float(rademacher_complexity(THRESHOLDS, scale="2/m", absolute=absolute))
        inside = 0
        for seed in range(20):
            found = rademacher_estimate(THRESHOLDS, scale="2/m", absolute=absolute, samples=500, seed=seed)
            inside += found.low <= exact <= found.high
        assert inside >= 19
    again = [
        rademacher_estimate(THRESHOLDS, scale="1/m", absolute=False, samples=50, seed=3) for _ in range(2)
    ]
    assert again[0] == again[1]
    few = rademacher_estimate(THRESHOLDS, scale="1/m", absolute=False, samples=10)
    many = rademacher_estimate(THRESHOLDS, scale="1/m", absolute=False, samples=50_000)
    assert few.method == "Hoeffding"
    assert many.method == "empirical Bernstein"
    assert many.high - many.low < few.high - few.low


def norm(vector: list[int]) -> float:
    return sqrt(sum(x * x for x in vector))


def test_l2_ball_and_trace_bound() -> None:
    """Sums of roots against floats over all signs; below the trace bound, with equality for equal lengths of sums."""
    generator = random.Random(2)
    for m in (1, 2, 5, 11):
        points = [[generator.randint(-4, 4) for _ in range(3)] for _ in range(m)]
        mean = 0.0
        for signs in product((1, -1), repeat=m):
            mean += norm([sum(s * x[k] for s, x in zip(signs, points, strict=True)) for k in range(3)])
        exact = l2_ball_rademacher(points, "3/2")
        assert float(exact) == pytest.approx(1.5 * mean / (m * 2**m))
        gram = gram_matrix([tuple(map(Fraction, x)) for x in points])
        assert exact <= trace_bound(gram, "3/2")
        assert float(kernel_rademacher(gram, "3/2", scale="2/m")) == pytest.approx(2 * float(exact))
    orthogonal = [(1, 0, 0), (0, 2, 0), (0, 0, 2)]
    assert l2_ball_rademacher(orthogonal).expression == Rational(1)
    assert kernel_rademacher([["1/2"]]).expression == Rational(1, 2) * Rational(2) ** Rational(1, 2)


def test_l1_ball() -> None:
    """The largest coordinate of Σ σ_i x_i, below Massart's bound for the 2d corners."""
    points = [(1, -2), (3, 0), (0, 5)]
    corners = [tuple(s * x[k] for x in points) for k in (0, 1) for s in (1, -1)]
    exact = l1_ball_rademacher(points)
    assert exact == rademacher_complexity(corners, scale="1/m", absolute=False)
    assert float(exact) <= l1_ball_bound(points)


def test_contraction_and_its_counterexample() -> None:
    """With |·| in the definition the lemma is false by 20/17; without, it holds there."""
    false = contraction(ABSOLUTE_COUNTEREXAMPLE, abs, scale="1/m", absolute=True)
    assert (false.before, false.after, false.ratio) == (Fraction(17, 12), Fraction(5, 3), Fraction(20, 17))
    assert false.status is Status.REFUTED
    assert contraction(ABSOLUTE_COUNTEREXAMPLE, abs, scale="1/m", absolute=False).status is Status.PROVED
    assert contraction([(1, 1)], lambda x: x, scale="1/m", absolute=False).ratio is None


@settings(max_examples=40)
@given(CLASSES)
def test_contraction_without_absolute_value(vectors: list[tuple[Fraction, ...]]) -> None:
    """Kinked and shifted maps with their own Lipschitz constants."""
    for mapping in (abs, lambda x: max(x, Fraction(0)), lambda x: 3 * x + 1, lambda x: min(Fraction(1), x)):
        assert contraction(vectors, mapping, scale="1/m", absolute=False).holds


@settings(max_examples=40)
@given(
    st.lists(st.tuples(*[VALUES] * 3), min_size=1, max_size=3),
    st.lists(st.integers(0, 3), min_size=3, max_size=3).filter(any),
    st.integers(1, 3),
)
def test_symmetrization(functions: list[tuple[Fraction, ...]], weights: list[int], m: int) -> None:
    """deviation ≤ ghost sample ≤ twice the complexity, on every finite distribution that is drawn."""
    probabilities = [Fraction(w, sum(weights)) for w in weights]
    assert symmetrization(functions, probabilities, m).status is Status.PROVED


def test_symmetrization_against_all_ordered_samples() -> None:
    """The sum over samples up to order agrees with the sum over all ordered ones."""
    functions = [(0, 1, 3), (2, 1, 0)]
    p = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    truth = [sum(q * x for q, x in zip(p, f, strict=True)) for f in functions]
    total = Fraction(0)
    for sample in product(range(3), repeat=3):
        weight = p[sample[0]] * p[sample[1]] * p[sample[2]]
        gaps = [t - Fraction(sum(f[i] for i in sample), 3) for t, f in zip(truth, functions, strict=True)]
        total += weight * max(gaps)
    assert symmetrization(functions, p, 3).deviation == total


def test_derivations_are_judged() -> None:
    """Every link is proved or cited; the computations among them are proved."""
    for chain in (massart_chain(), hoeffding_sign_chain(), contraction_chain()):
        assert chain.status is Status.CITED
        assert set(chain.statuses.values()) == {Status.PROVED, Status.CITED}
    proved = {name for name, status in massart_chain().statuses.items() if status is Status.PROVED}
    assert {"length", "logarithm", "best λ", "no better λ"} <= proved


BAD = [
    (lambda: rademacher_complexity([], scale="1/m", absolute=False), "empty"),
    (lambda: rademacher_complexity([()], scale="1/m", absolute=False), "empty"),
    (lambda: rademacher_complexity([(1, 2), (1,)], scale="1/m", absolute=False), "lengths"),
    (lambda: rademacher_complexity([(float("nan"),)], scale="1/m", absolute=False), "nan"),
    (lambda: rademacher_complexity([(1,)], scale="m", absolute=False), "scale"),
    (lambda: rademacher_complexity([(1,) * 40], scale="1/m", absolute=False), "rademacher_estimate"),
    (lambda: sum_of_maxima([[2**70] * 24]), "bits"),
    (lambda: rademacher_estimate([(1,)], scale="1/m", absolute=False, samples=1), "at least 2"),
    (lambda: rademacher_estimate([(1,)], scale="1/m", absolute=False, confidence=1), "between 0 and 1"),
    (lambda: rademacher_estimate([(2**2000,)], scale="1/m", absolute=False), "float"),
    (lambda: loss_class([(1, 1)], [0, 1]), r"\+1 and"),
    (lambda: loss_class([(1,)], [1, 1]), "one label a point"),
    (lambda: kernel_rademacher([[1, 2], [2, 1]]), "semidefinite"),
    (lambda: kernel_rademacher([[0, 1], [1, 5]]), "semidefinite"),
    (lambda: kernel_rademacher([[1, 2], [3, 1]]), "symmetric"),
    (lambda: kernel_rademacher([[1, 2]]), "square"),
    (lambda: l2_ball_rademacher([(1,)], -1), "radius"),
    (lambda: l2_ball_rademacher([(1,)] * 30), "trace_bound"),
    (lambda: symmetrization([(1, 2)], ["1/2", "1/3"], 1), "sum 1"),
    (lambda: symmetrization([(1, 2)], [1], 1), "outcomes"),
    (lambda: symmetrization([(1,) * 30], [Fraction(1, 30)] * 30, 9), "too many"),
    (lambda: growth_bound(0, 1), "at least one"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_input_is_refused_with_advice(case: int) -> None:
    """An answer to a question that has none."""
    call, advice = BAD[case]
    with pytest.raises(ValueError, match=advice):
        call()
