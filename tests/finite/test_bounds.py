"""Cited bounds: constants, inversions, monotone sample sizes, and the exact law that they bound."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import pairwise
from math import e, exp, log, sqrt

import pytest
from sympy import Rational

from symderive.decide import Status
from symderive.finite.ball_values import ball_value
from symderive.finite.bound_plot import bound_table, plot_bounds
from symderive.finite.deviations import deviation_probability
from symderive.finite.generalization_bounds import GeneralizationBound
from symderive.finite.rademacher_bounds import RADEMACHER_BOUNDS, RademacherBound
from symderive.finite.vc_bounds import (
    BOUNDS,
    DVORETZKY_KIEFER_WOLFOWITZ,
    FINITE_CLASS,
    MOHRI,
    SHALEV_SHWARTZ_BEN_DAVID,
    VAPNIK_1998,
    VAPNIK_CHERVONENKIS_1971,
    lecture_form_inversion,
)

# ε at m = 5000, δ = 1/20, d = 10 written out by hand
BY_HAND = {
    VAPNIK_CHERVONENKIS_1971: lambda m, d, t: sqrt(8 / m * (d * log(2 * e * m / d) + log(4 / t))),
    VAPNIK_1998: lambda m, d, t: sqrt((d * (log(2 * m / d) + 1) - log(t / 4)) / m) + 1 / m,
    SHALEV_SHWARTZ_BEN_DAVID: lambda m, d, t: (4 + sqrt(d * log(2 * e * m / d))) / (t * sqrt(2 * m)),
    MOHRI: lambda m, d, t: sqrt(2 * d * log(e * m / d) / m) + sqrt(log(1 / t) / (2 * m)),
    FINITE_CLASS: lambda m, d, t: sqrt(log(2 * d / t) / (2 * m)),
    DVORETZKY_KIEFER_WOLFOWITZ: lambda m, d, t: sqrt(log(2 / t) / (2 * m)),
}
NAMES = [bound.name for bound in BOUNDS]


@pytest.mark.parametrize("bound", BOUNDS, ids=NAMES)
def test_inversion_is_proved(bound: GeneralizationBound) -> None:
    """From probability to ε and m is algebra, and the fall in m that the bisection needs is judged."""
    chain = bound.inversion()
    assert chain.links
    assert chain.status is Status.PROVED


@pytest.mark.parametrize("bound", BOUNDS, ids=NAMES)
def test_constants_by_hand(bound: GeneralizationBound) -> None:
    """A theorem with another theorem's constant."""
    assert bound.epsilon(5000, "1/20", 10) == pytest.approx(BY_HAND[bound](5000, 10, 0.05), rel=1e-12)
    assert bound.epsilon(5000, "1/20", 10) >= BY_HAND[bound](5000, 10, 0.05) * (1 - 1e-14)


@pytest.mark.parametrize("bound", BOUNDS, ids=NAMES)
def test_sample_size_is_the_smallest(bound: GeneralizationBound) -> None:
    """One point fewer does not reach ε; the closed form, where there is one, agrees."""
    size = bound.sample_size("1/4", "1/10", 2)
    assert bound.epsilon(size, "1/10", 2) <= 0.25 * (1 + 1e-12)
    assert bound.epsilon(size - 1, "1/10", 2) > 0.25
    closed = bound.closed_form_size("1/4", "1/10", 2)
    assert closed in (None, size)
    if bound.tail is not None:
        assert bound.failure_probability(size, "1/4", 2) <= 0.1 * (1 + 1e-12)


@pytest.mark.parametrize("bound", BOUNDS, ids=NAMES)
def test_deviation_falls_in_m(bound: GeneralizationBound) -> None:
    """Bisection needs it from the least size on."""
    first = max(1, bound.least_size(6))
    values = [bound.epsilon(m, "1/20", 6) for m in (first, first + 1, first + 2, 10, 100, 10**4, 10**6)]
    assert all(a >= b for a, b in pairwise(sorted(values, reverse=True)))
    assert values[:3] == sorted(values[:3], reverse=True)


def test_bounds_have_sources_and_differ() -> None:
    """Each is a theorem of its own."""
    assert all(bound.source and bound.statement and bound.constants for bound in BOUNDS)
    at = {round(bound.epsilon(1000, "1/20", 3), 9) for bound in BOUNDS}
    assert len(at) == len(BOUNDS)


def test_lecture_form_inversion() -> None:
    """4(2eN/D)^D e^{−ε²N} = η is solved by the printed ε."""
    assert lecture_form_inversion().status is Status.PROVED


BAD = [
    (lambda: VAPNIK_1998.epsilon(100, 0, 3), "between 0 and 1"),
    (lambda: VAPNIK_1998.epsilon(100, "1/2", 0), "at least 1"),
    (lambda: VAPNIK_1998.epsilon(1, "1/2", 50), "needs m"),
    (lambda: VAPNIK_1998.epsilon(10.5, "1/2", 5), "whole number"),
    (lambda: VAPNIK_1998.sample_size(0, "1/2", 5), "positive"),
    (lambda: VAPNIK_1998.sample_size(float("nan"), "1/2", 5), "nan"),
    (lambda: MOHRI.failure_probability(100, "1/2", 5), "epsilon"),
    (lambda: deviation_probability(0, "1/2"), "at least 1"),
    (lambda: deviation_probability(5, -1), "at least 0"),
    (lambda: deviation_probability(10**6, "1/2"), "m ε"),
    (lambda: bound_table(5, []), "no deviations"),
    (lambda: RADEMACHER_BOUNDS[0].epsilon(5, 2, 0), "between 0 and 1"),
    (lambda: RADEMACHER_BOUNDS[0].epsilon(0, "1/2", 0), "at least 1"),
    (lambda: RADEMACHER_BOUNDS[0].epsilon(5, "1/2", 0, c=0), "positive"),
    (lambda: RADEMACHER_BOUNDS[0].sample_size("1/10", "1/2", "1/10"), "complexity"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_input_is_refused_with_advice(case: int) -> None:
    """Silence, or a number that means nothing."""
    call, advice = BAD[case]
    with pytest.raises(ValueError, match=advice):
        call()


def test_exact_deviation_of_one_and_two_points() -> None:
    """m = 1: max(u, 1 − u); m = 2 by integration: 2(2ε − ½)² below ½ and 1 − 2(1 − ε)² above."""
    assert deviation_probability(1, "3/4") == Fraction(1, 2)
    assert deviation_probability(2, "3/8") == 1 - 2 * (2 * Fraction(3, 8) - Fraction(1, 2)) ** 2
    assert deviation_probability(2, "3/4") == 2 * Fraction(1, 4) ** 2
    assert deviation_probability(7, 1) == 0
    assert deviation_probability(7, "1/14") == 1
    assert deviation_probability(7, 0, two_sided=False) == 1


def test_exact_deviation_against_scipy() -> None:
    """An independent implementation, in floats."""
    stats = pytest.importorskip("scipy.stats")
    for m, gap in ((3, "1/2"), (10, "3/10"), (40, "1/10"), (60, "1/4")):
        value = float(Fraction(gap))
        assert float(deviation_probability(m, gap)) == pytest.approx(stats.kstwo.sf(value, m), rel=1e-9)
        one = float(deviation_probability(m, gap, two_sided=False))
        assert one == pytest.approx(stats.ksone.sf(value, m), rel=1e-9)


def test_every_bound_lies_above_the_exact_probability() -> None:
    """A two-sided theorem below the exact probability would be false."""
    for row in bound_table(30, [Fraction(k, 20) for k in range(1, 14)]):
        exact = row.pop("exact")
        row.pop("epsilon")
        assert all(value >= exact for value in row.values())


def test_plot_shows_the_exact_curve_and_every_bound() -> None:
    """A picture without the exact curve, or on a linear scale, shows nothing."""
    pytest.importorskip("matplotlib")
    (axes,) = plot_bounds(20, ["1/5", "2/5", "3/5"]).axes
    labels = [line.get_label() for line in axes.lines]
    assert labels[0] == "exact probability"
    assert len(labels) == 5
    assert axes.get_yscale() == "log"


def test_plot_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that is absent."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="symderive\\[plot\\]"):
        plot_bounds(5, ["1/2"])


@pytest.mark.parametrize("bound", RADEMACHER_BOUNDS, ids=lambda bound: bound.name)
def test_rademacher_bounds(bound: RademacherBound) -> None:
    """The complexity counts twice, and the sample size is the smallest."""
    wide, narrow = bound.epsilon(400, "1/20", "1/5"), bound.epsilon(400, "1/20", 0)
    assert wide - narrow == pytest.approx(0.4)
    size = bound.sample_size("1/2", "1/20", "1/10")
    assert bound.epsilon(size, "1/20", "1/10") <= 0.5 < bound.epsilon(size - 1, "1/20", "1/10")


def test_rademacher_constants_by_hand() -> None:
    """Three theorems, three confidence terms."""
    m, delta = 500, 0.05
    by_hand = [
        sqrt(log(1 / delta) / (2 * m)),
        3 * sqrt(log(2 / delta) / (2 * m)),
        4 * sqrt(2 * log(4 / delta) / m),
    ]
    assert [bound.epsilon(m, "1/20", 0) for bound in RADEMACHER_BOUNDS] == pytest.approx(by_hand)


def test_ball_values_refuse_unknown_names() -> None:
    """A name without a value is an error, not a zero."""
    with pytest.raises(ValueError, match="no value"):
        ball_value(VAPNIK_1998.deviation, {})
    assert float(ball_value(Rational(1, 3))) == pytest.approx(1 / 3)
    assert exp(1) == pytest.approx(e)
