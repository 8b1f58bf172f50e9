"""Counts of labellings: closed forms, degenerate position, independent enumeration, bad input."""

from __future__ import annotations

import random
import sys
import time
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from symderive.finite import separation
from symderive.finite.finite_class import FiniteClass
from symderive.finite.halfspaces import Halfspaces, cover_count
from symderive.finite.hypothesis_class import HypothesisClass, sauer_sum
from symderive.finite.line_classes import Intervals, Thresholds, UnionsOfIntervals, counts_chain
from symderive.finite.polynomials import Polynomials
from symderive.finite.progress import Progress, progress
from symderive.finite.rational_simplex import convex_combination_of_zero
from symderive.finite.rectangles import Rectangles
from symderive.finite.separation import separate
from symderive.finite.sine import Sine
from symderive.finite.stumps import Stumps


def moment_curve(count: int, dimension: int) -> list[tuple[int, ...]]:
    """Points in general position, exactly: no d + 1 of them lie on a hyperplane."""
    return [tuple(t**k for k in range(1, dimension + 1)) for t in range(count)]


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("solver", ["highs", "exact"])
def test_cover_count_up_to_eight_points(dimension: int, solver: str) -> None:
    """Cover's count, with all certificates, from either solver."""
    family = Halfspaces(dimension, solver)
    for count in range(1, 9) if solver == "exact" else (8,):
        found = family.dichotomies(moment_curve(count, dimension))
        assert found.count == cover_count(count, dimension)
        assert found.verify()


# points in special position → number of labellings by halfspaces
SPECIAL = {
    "collinear": ([(i, 2 * i) for i in range(4)], 8),
    "square, cocircular": ([(0, 0), (1, 0), (0, 1), (1, 1)], 14),
    "cocircular": ([(3, 4), (4, 3), (-3, 4), (5, 0), (0, -5)], cover_count(5, 2)),
    "duplicate": ([(0, 0), (1, 0), (0, 1), (0, 1)], 8),
    "all equal": ([(1, 1)] * 4, 2),
    "point in a triangle": ([(0, 0), (3, 0), (0, 3), (1, 1)], 14),
    "midpoint of an edge": ([(0, 0), (2, 0), (1, 0), (0, 2)], 12),
    "floats": ([(0.1, 0.2), (0.3, 0.6), (0.2, 0.4)], 8),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_position(name: str) -> None:
    """A general-position formula applied to points that are not; floats as the binary rationals they are."""
    points, count = SPECIAL[name]
    found = Halfspaces(2).dichotomies(points)
    assert found.verify()
    if (
        name == "floats"
    ):  # 0.3, 0.6 is exactly twice 0.15, 0.3 but 0.1 + 0.2 ≠ 0.3: whatever they are, exactly
        exact = [tuple(map(Fraction, p)) for p in points]
        (a, b), (c, d), (e, f) = exact
        assert found.count == (6 if (c - a) * (f - b) == (e - a) * (d - b) else 8)
    else:
        assert found.count == count


@pytest.mark.parametrize(
    ("family", "closed_form"),
    [
        (Thresholds(), lambda m: m + 1),
        (Intervals(), lambda m: m * (m + 1) // 2 + 1),
        (UnionsOfIntervals(2), lambda m: sauer_sum(m, 4)),
        (Polynomials(1), lambda m: 2 * m),
        (Polynomials(3), lambda m: cover_count(m, 3)),
        (Stumps(1), lambda m: 2 * m),
        (Rectangles(1), lambda m: m * (m + 1) // 2 + 1),
    ],
    ids=lambda value: repr(value) if isinstance(value, HypothesisClass) else "closed form",
)
def test_counts_equal_closed_forms(family: HypothesisClass, closed_form) -> None:  # type: ignore[no-untyped-def]
    """Counted, certified, and as the growth function says."""
    for m in range(1, 9):
        found = family.dichotomies(random.Random(m).sample(range(-50, 50), m))
        assert found.verify()
        assert found.count == closed_form(m) == family.growth_function(m)


def test_growth_functions_of_planar_classes() -> None:
    """The maximum over all orders of five points is reached by certified points and by no others."""
    best = Rectangles(2).growth_function(5)
    assert [Rectangles(2).growth_function(m) for m in range(5)] == [1, 2, 4, 8, 16]
    generator = random.Random(0)
    counts = []
    for _ in range(60):
        points = [(x, y) for x, y in zip(range(5), generator.sample(range(5), 5), strict=True)]
        counts.append(Rectangles(2).dichotomies(points).count)
    assert max(counts) == best < 32
    assert [Stumps(2).growth_function(m) for m in (1, 2, 3, 4, 5)] == [2, 4, 8, 14, 18]
    with pytest.raises(ValueError, match="sauer_sum"):
        Rectangles(2).growth_function(12)


def test_rectangles_against_all_boxes() -> None:
    """An independent count: every box whose sides pass through coordinates of points."""
    generator = random.Random(3)
    for _ in range(20):
        points = [(generator.randint(0, 4), generator.randint(0, 4)) for _ in range(6)]
        sides = [sorted({p[k] for p in points}) for k in (0, 1)]
        cut = {(-1,) * 6}
        for a, b, c, d in product(sides[0], sides[0], sides[1], sides[1]):
            cut.add(tuple(1 if a <= x <= b and c <= y <= d else -1 for x, y in points))
        assert set(Rectangles(2).dichotomies(points).labellings) == cut


def test_halfspaces_of_the_line_are_linear_polynomials() -> None:
    """Two independent ways to the same labellings."""
    points = [0, 3, 1, 1, 7]
    assert Halfspaces(1).dichotomies(points).labellings == Polynomials(1).dichotomies(points).labellings
    cubic = Halfspaces(3).dichotomies(moment_curve(6, 3)).labellings
    assert cubic == Polynomials(3).dichotomies(range(6)).labellings


def test_a_wrong_proposal_is_never_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly parallel vectors that floats cannot tell apart, and a proposer that lies."""
    tiny = Fraction(1, 10**40)
    close = [(Fraction(1), Fraction(1)), (Fraction(-1), Fraction(-1) + tiny)]
    direction, _ = separate(close)
    assert direction is not None
    assert all(sum(w * x for w, x in zip(direction, v, strict=True)) > 0 for v in close)
    opposite = [close[0], tuple(-x for x in close[0])]
    assert separate(opposite)[1] is not None
    monkeypatch.setattr(separation, "_rounded", lambda proposal, vectors: None)
    assert separate([(Fraction(1), Fraction(2))])[0] is not None


def test_without_scipy_the_exact_method_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """SciPy only proposes."""
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    assert Halfspaces(2).dichotomies([(0, 0), (1, 0), (0, 1)]).shattered


def test_simplex_gives_one_of_the_two_alternatives() -> None:
    """Random small integer vectors: the answer verifies, whichever it is."""
    generator = random.Random(5)
    for _ in range(300):
        n, m = generator.randint(1, 4), generator.randint(1, 7)
        vectors = [tuple(Fraction(generator.randint(-2, 2)) for _ in range(n)) for _ in range(m)]
        multipliers, direction = convex_combination_of_zero(vectors)
        assert (multipliers is None) != (direction is None)
        if multipliers is not None:
            assert min(multipliers) >= 0
            assert sum(multipliers) == 1
            for k in range(n):
                assert sum(x * v[k] for x, v in zip(multipliers, vectors, strict=True)) == 0
        elif direction is not None:
            assert all(sum(w * x for w, x in zip(direction, v, strict=True)) > 0 for v in vectors)


def test_eight_points_in_space_in_time() -> None:
    """Shattering of eight points in ℝ³ takes at most five seconds."""
    started = time.perf_counter()
    found = Halfspaces(3).shatters(moment_curve(8, 3))
    assert not found
    assert time.perf_counter() - started < 5


def test_judged_counts() -> None:
    """The closed forms are identities for every m, not observations."""
    assert all(status.value == "PROVED" for status in counts_chain().statuses.values())


BAD = [
    (lambda: Halfspaces(2).dichotomies([]), "no points"),
    (lambda: Halfspaces(2).dichotomies([(0, float("nan"))]), "nan"),
    (lambda: Halfspaces(2).dichotomies([(0, float("inf"))]), "inf"),
    (lambda: Halfspaces(2).dichotomies([(0, 1, 2)]), "3 coordinates"),
    (lambda: Halfspaces(2).dichotomies([(0, 1j)]), "no rational"),
    (lambda: Halfspaces(2).dichotomies([(0, "1e9999999")]), "no rational"),
    (lambda: Halfspaces(3).dichotomies(np.random.default_rng(0).normal(size=(400, 3))), "fewer points"),
    (lambda: Halfspaces(2).realise([(0, 1)], [1, -1]), "one label a point"),
    (lambda: Halfspaces(2).realise([(0, 1)], [0]), r"\+1 and"),
    (lambda: Halfspaces(0), "at least 1"),
    (lambda: Halfspaces(2, "magic"), "solver"),
    (lambda: Thresholds().growth_function(-1), "at least 0"),
    (lambda: UnionsOfIntervals(0), "at least 1"),
    (lambda: FiniteClass([]), "empty"),
    (lambda: FiniteClass([(1, 1)], domain=[0, 0]), "twice"),
    (lambda: FiniteClass([(1, 1)]).realise([5], [1]), "domain"),
    (lambda: Sine().realise([Fraction(1, 10**7), 3], [1, 1]), "sweep"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_input_is_refused_with_advice(case: int) -> None:
    """An error that does not say what to do, or an answer about something else."""
    call, advice = BAD[case]
    with pytest.raises(ValueError, match=advice):
        call()


def test_array_input() -> None:
    """NumPy arrays of either shape are points."""
    assert Thresholds().dichotomies(np.arange(4)).count == 5
    assert Halfspaces(2).dichotomies(np.eye(2)).shattered


def test_progress_is_quiet_off_a_terminal_and_interruptible(capsys: pytest.CaptureFixture[str]) -> None:
    """A bar in a log file, or a swallowed interruption."""
    bar = Progress(3, "counting", patience=-1)
    bar.advance()
    bar.close()
    with pytest.raises(KeyboardInterrupt), progress(3, "counting"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""


def test_progress_shows_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long count on a terminal gets a bar, which goes away."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    bar = Progress(3, "counting", patience=-1)
    bar.advance()
    assert bar._bar is not None
    bar.close()
