"""Where something saturates: tanh near 1, a clip that is active, a triplet that is easy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, Max, Min, Rational, exp, log, tanh

from symderive.codegen.generate import Generated, generate
from symderive.codegen.stabilising import stabilised
from symderive.terms import Dim, Index, Vector, indexed_sum, scalar

K = Dim("K")
x, y, w, i = Vector("x", K), Vector("y", K), Vector("w", K), Index("i", K)
z, o, a = scalar("z"), scalar("o"), scalar("a")
Number = Any
#: Name → formula, value, slope.
TANH: dict[str, tuple[Expr, Callable[[Number], Number], Callable[[Number], Number]]] = {
    "slope": (
        1 - tanh(z) ** 2,
        lambda t: mpmath.sech(t) ** 2,
        lambda t: -2 * mpmath.sech(t) ** 2 * mpmath.tanh(t),
    ),
    "log of the slope": (
        log(1 - tanh(z) ** 2),
        lambda t: 2 * mpmath.log(mpmath.sech(t)),
        lambda t: -2 * mpmath.tanh(t),
    ),
    "probability": (
        (1 + tanh(z)) / 2,
        lambda t: 1 / (1 + mpmath.exp(-2 * t)),
        lambda t: mpmath.sech(t) ** 2 / 2,
    ),
    "its logarithm": (
        log((1 + tanh(z)) / 2),
        lambda t: -mpmath.log1p(mpmath.exp(-2 * t)),
        lambda t: 2 / (1 + mpmath.exp(2 * t)),
    ),
    "the other": (
        log(3 - 3 * tanh(z)),
        lambda t: mpmath.log(6) - mpmath.log1p(mpmath.exp(2 * t)),
        lambda t: -2 / (1 + mpmath.exp(-2 * t)),
    ),
}


def called(made: Generated, compute: str, target: str, **given: Any) -> Any:
    arguments = [given[argument.name] for argument in made.plan.function(compute).arguments]
    if target == "torch":
        torch = pytest.importorskip("torch")
        arguments = [torch.as_tensor(argument) for argument in arguments]
    return np.asarray(made[compute](*arguments))


@pytest.mark.parametrize("name", TANH)
def test_what_tanh_leaves_of_1(name: str, target: str) -> None:
    formula, value, slope = TANH[name]
    made = generate(formula, z, compute="value,gradient", target=target, name="f")
    points = np.array([-900.0, -30.0, -11.4, -0.5, 0.25, 3.0, 13.9, 25.0, 400.0])
    for compute, true in (("value", value), ("gradient", slope)):
        for point, found in zip(points, called(made, compute, target, z=points), strict=True):
            with mpmath.workdps(1000):
                right = true(mpmath.mpf(float(point)))
                # A logarithm that is a difference of two counts what they are.
                size = abs(right) + (2 if name == "the other" and compute == "value" else 0)
                assert abs(mpmath.mpf(float(found)) - right) <= 2e-15 * size + 1e-300, (point, compute)


def test_forms_of_tanh_are_proved() -> None:
    for formula, _, _ in TANH.values():
        steps = stabilised(formula).steps
        assert "stable.complement_of_tanh" in [step.rule for step in steps]
        for step in steps:
            assert step.verdict is not None and step.verdict.status.name == "PROVED"
    for other in (1 + tanh(z) ** 2, 2 - tanh(z), 1 - tanh(z) ** 3, a - tanh(z) * z, 1 - tanh(z) ** a):
        assert not stabilised(other).steps


def test_an_active_clip_is_what_counts(target: str) -> None:
    """PPO: the ratio overflows, and its slope is 0 there all the same."""
    ratio = exp(z - o)
    loss = -Min(ratio * a, Min(Max(ratio, Rational(4, 5)), Rational(6, 5)) * a)
    made = generate(loss, z, compute="value,gradient", target=target, name="ppo")
    for point, advantage, value, slope in (
        (710.0, 1.5, -1.8, 0.0),
        (0.0, 1.5, -1.5, -1.5),
        (-3.0, 1.5, -1.5 * np.exp(-3.0), -1.5 * np.exp(-3.0)),
        (-800.0, -1.5, 1.2, 0.0),
        (1.0, -1.5, 1.5 * np.e, 1.5 * np.e),
    ):
        given = {"z": np.float64(point), "o": np.float64(0.0), "a": np.float64(advantage)}
        assert called(made, "value", target, **given) == pytest.approx(value, rel=1e-14)
        assert called(made, "gradient", target, **given) == pytest.approx(slope, rel=1e-14)


def test_an_easy_triplet_has_no_slope(target: str) -> None:
    """Two sums in one exponential: their indices have other names in each."""
    near, far = (indexed_sum((x[i] - other[i]) ** 2, i) for other in (y, w))
    made = generate(log(1 + exp(near - far + a)), x, compute="value,gradient", target=target, name="triplet")
    given = {"x": np.array([30.0]), "y": np.array([0.0]), "w": np.array([100.0]), "a": np.float64(0.5)}
    assert called(made, "value", target, **given) == pytest.approx(0.0, abs=1e-300)
    np.testing.assert_array_equal(called(made, "gradient", target, **given), [0.0])
    given["w"] = np.array([29.0])
    np.testing.assert_allclose(called(made, "gradient", target, **given), [58.0], rtol=1e-15)


def sigmoid(t: Expr) -> Expr:
    return 1 / (1 + exp(-t))


#: Name → formula, addends of the value, addends of the slope; each with the precision of the numbers given.
DIFFERENCES: dict[str, tuple[Expr, Callable[[Number], Number]]] = {
    "between": (sigmoid(z + 1) - sigmoid(z - 2), lambda s: s(1) - s(-2)),
    "turned": (sigmoid(z - 2) - sigmoid(z + 1), lambda s: s(-2) - s(1)),
    "weighted": (
        3 * a * sigmoid(z) / 7 - 3 * a * sigmoid(z - o) / 7,
        lambda s: (s(0) - s(-0.5)) * 1.5 * 3 / 7,
    ),
    "ordinal": (-log(sigmoid(z + 1) - sigmoid(z - 2)), lambda s: -mpmath.log(s(1) - s(-2))),
    "in a product": (
        log(a * (sigmoid(z + o) - sigmoid(z)) / 2),
        lambda s: mpmath.log(0.75 * (s(0.5) - s(0))),
    ),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences_of_sigmoids(name: str, target: str) -> None:
    """In both tails; ordinal labels and binned logistics."""
    formula, value = DIFFERENCES[name]
    made = generate(formula, z, compute="value,gradient", target=target, name="f")
    points = np.array([-700.0, -100.0, -37.0, -30.0, -1.0, 0.0, 0.75, 5.0, 37.0, 100.0, 700.0])
    given: dict[str, Any] = {"z": points, "a": np.float64(1.5), "o": np.float64(0.5)}
    found = {compute: called(made, compute, target, **given) for compute in ("value", "gradient")}
    with mpmath.workdps(900):
        h = mpmath.mpf(10) ** -300

        def at(point: Number) -> Number:
            return value(lambda shift: 1 / (1 + mpmath.exp(-point - shift)))

        for n, point in enumerate(mpmath.mpf(float(p)) for p in points):
            slope = (at(point + h) - at(point - h)) / (2 * h)
            for number, right in ((found["value"][n], at(point)), (found["gradient"][n], slope)):
                # The logarithm of a tail is as large as the logit; two slopes of it may cancel.
                size = abs(right) + (1 if "log" in str(formula) else 0)
                assert abs(mpmath.mpf(float(number)) - right) <= 3e-15 * size + 1e-290, (point, number)


def test_differences_of_sigmoids_are_proved() -> None:
    for formula, _ in DIFFERENCES.values():
        steps = {step.rule: step.verdict for step in stabilised(formula).steps}
        assert steps.keys() & {"stable.between_sigmoids", "stable.log_of_sigmoids"}
        assert all(verdict is not None and verdict.status.name == "PROVED" for verdict in steps.values())
    for other in (sigmoid(z) + sigmoid(o), 2 * sigmoid(z) - sigmoid(o), log(sigmoid(z) + sigmoid(o))):
        rules = {step.rule for step in stabilised(other).steps}
        assert not rules & {"stable.between_sigmoids", "stable.log_of_sigmoids"}
