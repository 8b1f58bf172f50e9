"""The truth that accuracy is measured against: ball arithmetic of its own, checked by the judge's evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from sympy import (
    Abs,
    Eq,
    Expr,
    Float,
    Heaviside,
    KroneckerDelta,
    Max,
    Min,
    Piecewise,
    Rational,
    acosh,
    ceiling,
    diff,
    exp,
    floor,
    log,
    sign,
    sqrt,
    tanh,
)

from symderive.codegen.accuracy import measured
from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.estimates import Estimate
from symderive.codegen.functions import Function
from symderive.codegen.generate import generate
from symderive.codegen.lowering import FUNCTIONS
from symderive.codegen.reference import Reference, Truth, ulps
from symderive.codegen.regimes import drawn
from symderive.decide.balls import as_ball
from symderive.decide.evaluate import Evaluator
from symderive.terms import Dim, Hypothesis, Index, Iverson, Matrix, Vector, indexed_sum, scalar, unfold

K, N = Dim("K"), Dim("N")
x, p, q = (Vector(name, K) for name in "xpq")
A = Matrix("A", N, K)
i, j, n, t = Index("i", K), Index("j", K), Index("n", N), Index("t", K)
z, y, w = scalar("z"), scalar("y"), scalar("w")


def softmax(place: Index) -> Expr:
    return exp(x[place]) / indexed_sum(exp(x[j]), j)


FORMULAS: dict[str, dict[str, Any]] = {
    "softmax": {"expression": softmax(i), "axes": [i], "compute": "value,jacobian,vjp"},
    "cross_entropy": {"expression": -log(softmax(t)), "wrt": x, "index": t, "compute": "value,gradient"},
    "kl": {
        "expression": indexed_sum(p[i] * log(p[i] / q[i]), i),
        "wrt": [p, q],
        "compute": "value,gradient",
        "hypotheses": [Hypothesis(p[i], ">", 0, (i,)), Hypothesis(q[i], ">", 0, (i,))],
    },
    "rms": {"expression": sqrt(indexed_sum(x[j] ** 2, j) / K), "compute": "value,gradient"},
    "distance": {"expression": indexed_sum(Abs(x[i] - p[i]), i), "compute": "value,gradient"},
    "affine": {"expression": indexed_sum(tanh(A[n, i]) * x[i], i), "axes": [n]},
    "rows": {"expression": exp(A[n, i]) / indexed_sum(exp(A[n, j]), j), "axes": [n, i]},
    "bce": {
        "expression": -y * log(1 / (1 + exp(-z))) - (1 - y) * log(1 - 1 / (1 + exp(-z))),
        "wrt": z,
        "compute": "value,gradient",
    },
}


class Floats:
    """Where the judge's evaluator gets its numbers: one row of a batch, exactly."""

    def __init__(self, function: Function, arguments: dict[str, np.ndarray], row: int, size: int) -> None:
        self.arguments, self.row, self.size = arguments, row, size

    def _exact(self, value: Any) -> fmpq:
        return fmpq(*(int(part) for part in float(value).as_integer_ratio()))

    @contextmanager
    def noting(self) -> Iterator[set[Any]]:
        """Nothing changes here, so nothing that values rest on is noted."""
        yield set()

    def note(self, names: Any) -> None:
        """As above."""

    def symbol(self, name: Any) -> fmpq | int:
        if isinstance(name, Dim):
            return self.size
        value = self.arguments[name.name][self.row]
        return int(value) + 1 if isinstance(name, Index) else self._exact(value)

    def entry(self, family: str, indices: tuple[int, ...]) -> fmpq:
        return self._exact(self.arguments[family][(self.row, *(index - 1 for index in indices))])


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("name", FORMULAS)
def test_the_reference_agrees_with_the_judges_evaluator(name: str, size: int) -> None:
    """A reference that is wrong would call wrong code right: the two share no evaluation."""
    generated = generate(**FORMULAS[name], name=name)
    for function in generated.plan.functions:
        kinds = kinds_of(generated.plan, function)
        point = drawn(function, kinds, "N(0,1)", rows=3, size=size, dtype="float64", seed=(1,))
        truths = Reference(function)(point, "float64")
        for output, truth in zip(function.outputs, truths, strict=True):
            term = unfold(output.term, (), operations=True)
            assert truth.defined.all()
            for row in range(3):
                evaluate = Evaluator(Floats(function, point, row, size))
                for place in product(range(size), repeat=len(output.axes)):
                    before, ctx.prec = ctx.prec, 200
                    try:
                        bound = {axis: at + 1 for axis, at in zip(output.axes, place, strict=True)}
                        expected = as_ball(evaluate(term, bound))
                        assert expected.overlaps(truth.balls[(row, *place)]), (function.name, place)
                        assert expected.rel_accuracy_bits() > 80 or expected.rad() < 1e-50
                    finally:
                        ctx.prec = before


def test_balls_are_narrowed_until_the_last_place_is_certain() -> None:
    """log(1 + e^-700) needs a thousand bits: with 128 it would look like 0."""
    generated = generate(log(softmax(t)), index=t, name="f")
    (truth,) = Reference(generated.plan.functions[0])(
        {"x": np.array([[0.0, -700.0]]), "t": np.array([0])}, "float64"
    )
    assert truth.defined.all()
    assert float(truth.balls[0].mid()) == pytest.approx(-np.exp(-700.0), rel=1e-10)


def test_holes_are_left_out_and_limits_taken() -> None:
    """A logit of -inf has a limit; 0/0 and log 0 have none, and no error in ulps."""
    generated = generate(softmax(i), axes=[i], name="f")
    (truth,) = Reference(generated.plan.functions[0])({"x": np.array([[0.0, -np.inf]])}, "float64")
    assert truth.defined.all()
    assert list(ulps(np.array([[1.0, 0.0]]), truth, "float64")[0]) == [0, 0]

    kl = generate(**FORMULAS["kl"], name="kl")
    point = {"p": np.array([[0.0, 1.0]]), "q": np.array([[0.0, 0.5]])}
    (value,) = Reference(kl.plan.functions[0])(point, "float64", zeros=("p", "q"))
    assert value.defined.all()
    first, second = Reference(kl.plan.functions[1])(point, "float64", zeros=("p", "q"))
    assert list(first.defined[0]) == [False, True]
    assert list(second.defined[0]) == [False, True]
    assert np.isnan(ulps(np.array([[np.nan, 0.0]]), first, "float64")[0, 0])


@pytest.mark.parametrize(
    ("result", "truth", "dtype", "expected"),
    [
        (1.0, arb(1), "float64", 0.0),
        (1.0 + 2**-52, arb(1), "float64", 1.0),
        (1.0 + 2**-23, arb(1), "float32", 1.0),
        (5e-324, arb(0), "float64", 1.0),
        (0.0, arb(2) ** -1075, "float64", 0.5),
        (2.0**-149, arb(2) ** -148, "float32", 1.0),
        (np.inf, arb(1), "float64", np.inf),
        (np.nan, arb(1), "float64", np.inf),
        (np.inf, arb(2) ** 1024, "float64", 0.0),
        (-np.inf, arb(2) ** 1024, "float64", np.inf),
    ],
)
def test_units_in_the_last_place(result: float, truth: arb, dtype: str, expected: float) -> None:
    """Subnormal numbers have a unit too, and an infinity is right only beyond the largest number."""
    balls = np.empty(1, dtype=object)
    balls[0] = truth
    found = ulps(np.array([result]), Truth(balls, np.array([True])), dtype)
    assert found[0] == expected


def test_magnitudes_count_what_cancels() -> None:
    """A bound that shrinks with the result would excuse nothing; one that never shrinks would excuse all."""
    generated = generate(exp(z) - y, name="f")
    reference = Reference(generated.plan.functions[0])
    (near,) = reference.magnitudes({"z": np.array([0.0]), "y": np.array([1 - 2.0**-40])})
    (far,) = reference.magnitudes({"z": np.array([0.0]), "y": np.array([-5.0])})
    assert 1 <= float(near[0].mid()) <= 2
    assert 6 <= float(far[0].mid()) < 9


#: A condition that no number of bits decides at z = 2, w = 3: the same root twice.
TIE = sqrt(z) * sqrt(w) <= sqrt(z * w)


@pytest.mark.parametrize(
    ("term", "point", "expected"),
    [
        (Piecewise((z, z > 0), (exp(z) - 1, True)), {"z": -1.0}, np.expm1(-1.0)),
        (Piecewise((z, z > 0), (exp(z) - 1, True)), {"z": 3.0}, 3.0),
        (Piecewise((5, z > 0), (7, True)), {"z": 0.0}, 7.0),
        (Piecewise((5, (z > 0) & (z < w)), (6, (z < -1) | (z > 3)), (7, True)), {"z": 4.0, "w": 3.0}, 6.0),
        (Heaviside(z) + z, {"z": 0.0}, 0.5),
        (Iverson(z > w) + z, {"z": 1.0, "w": 0.0}, 2.0),
        (Piecewise((z, TIE), (2 * z - 2, True)), {"z": 2.0, "w": 3.0}, 2.0),
        (Piecewise((z, TIE), (3 * z, True)), {"z": 2.0, "w": 3.0}, None),
        (Float(0.1) * z, {"z": 1.0}, 0.1),
    ],
)
def test_cases_are_decided_by_balls(term: Expr, point: dict[str, float], expected: float | None) -> None:
    """What two balls leave open takes more bits; where these do not tell, a value is one of both cases."""
    reference = Reference(generate(term, name="f").plan.functions[0])
    (truth,) = reference({name: np.array([value]) for name, value in point.items()}, "float64")
    assert bool(truth.defined[0]) == (expected is not None)
    assert expected is None or float(truth.balls[0].mid()) == expected


def test_a_condition_takes_the_bits_that_it_needs() -> None:
    """1 + exp(−700) is more than 1, which 128 bits do not tell."""
    term = Piecewise((5, exp(z) + 1 > 1), (7, True))
    reference = Reference(generate(term, name="f").plan.functions[0])
    (truth,) = reference({"z": np.array([-700.0])}, "float64")
    assert truth.defined[0]
    assert float(truth.balls[0].mid()) == 5


def test_the_one_place_that_a_sum_leaves_out() -> None:
    """A sum by cases of an index is lowered as one without a term."""
    others = indexed_sum(Piecewise((0, Eq(i, t)), (x[i], True)), i)
    reference = Reference(generate(others, index=t, name="f").plan.functions[0])
    (truth,) = reference({"x": np.array([[1.0, 2.0, 4.0]]), "t": np.array([1])}, "float64")
    assert float(truth.balls[0].mid()) == 5


def test_whole_numbers_are_results_and_meet_estimates() -> None:
    """A second derivative of 0, and a hinge max(0, …) with the error of its argument."""
    hinge = generate(indexed_sum(Max(0, 1 - x[i]), i), x, compute="value,hvp", name="f")
    point = {"x": np.array([[0.25, 3.0]]), "direction_x": np.array([[1.0, 1.0]])}
    for function in hinge.plan.functions:
        reference = Reference(function)
        own = {argument.name: point[argument.name] for argument in function.arguments}
        (truth,) = reference(own, "float64")
        (error,) = reference.magnitudes(own)
        assert truth.defined.all()
        assert float(truth.balls.reshape(-1)[0].mid()) == (0.75 if function.compute == "value" else 0)
        assert all(ball.is_finite() for ball in error.reshape(-1))


@pytest.mark.parametrize("function", ["elu", "huber"])
def test_errors_of_formulas_by_cases_are_measured(function: str) -> None:
    """They were not: there was no ball for a value by cases."""
    huber = indexed_sum(Piecewise((x[i] ** 2 / 2, Abs(x[i]) <= 1), (Abs(x[i]) - Rational(1, 2), True)), i)
    term = Piecewise((z, z > 0), (exp(z) - 1, True)) if function == "elu" else huber
    made = generate(term, compute="value", name="f", measure=True)
    assert made.unmeasured is None
    assert made.accuracy


@pytest.mark.parametrize(
    "function",
    [f for f in FUNCTIONS if f not in (Max, Min, KroneckerDelta)],
    ids=lambda function: function.__name__,
)
def test_every_function_that_has_code_is_measured(function: type[Expr]) -> None:
    """An estimate carries an error on by the function's slope, and adds a rounding."""
    made = generate(function(z), z, compute="value", name="f")
    found = measured(made, dtype="float64", regimes=["N(0,1)"], sizes=(0,), budget=1)
    assert found and all(row.ulps < 5 and not row.nonfinite for row in found)
    if function not in (floor, ceiling, sign, Abs):
        point = 1.5 if function is acosh else 0.375
        carried = Estimate(arb(point), arb(1)).function(function.__name__)
        slope = abs(float(diff(function(z), z).subs(z, point)))
        assert float(carried.error) == pytest.approx(slope + abs(float(function(point))), rel=1e-12)
