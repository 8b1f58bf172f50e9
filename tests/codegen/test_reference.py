"""The truth that accuracy is measured against: ball arithmetic of its own, checked by the judge's evaluator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from sympy import Abs, Expr, exp, log, sqrt, tanh

from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.functions import Function
from symderive.codegen.generate import generate
from symderive.codegen.reference import Reference, Truth, ulps
from symderive.codegen.regimes import drawn
from symderive.decide.balls import as_ball
from symderive.decide.evaluate import Evaluator
from symderive.terms import Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar, unfold

K, N = Dim("K"), Dim("N")
x, p, q = (Vector(name, K) for name in "xpq")
A = Matrix("A", N, K)
i, j, n, t = Index("i", K), Index("j", K), Index("n", N), Index("t", K)
z, y = scalar("z"), scalar("y")


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
