"""Sums of exponentials beside the softmax family, at logits of hundreds: against differences at 500 digits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, Rational, exp, log, sqrt

from oracle import World
from symderive.codegen.generate import Generated, generate
from symderive.codegen.stabilising import stabilised
from symderive.terms import Dim, Hypothesis, Index, Matrix, Tensor, Vector, indexed_sum, scalar

K, N = Dim("K"), Dim("N")
x, y, p = (Vector(name, K) for name in "xyp")
A, b = Matrix("A", N, K), Vector("b", N)
i, j, n, t = Index("i", K), Index("j", K), Index("n", N), Index("t", K)
z = scalar("z")
POSITIVE = (Hypothesis(p[i], ">", 0, (i,)),)


def softmax(vector: Tensor, place: Index) -> Expr:
    """By its definition."""
    return exp(vector[place]) / indexed_sum(exp(vector[j]), j)


def distance(row: Index) -> Expr:
    """Of a row from x."""
    return sqrt(indexed_sum((A[row, i] - x[i]) ** 2, i))


score = exp(indexed_sum(A[n, i] * x[i], i))
#: Name → formula; each is differentiated by x.
FORMULAS: dict[str, Expr] = {
    "roots of shares": indexed_sum(sqrt(softmax(x, i)), i),
    "cube roots of shares": indexed_sum(p[i] * softmax(x, i) ** Rational(1, 3), i),
    "Bhattacharyya": -log(indexed_sum(sqrt(softmax(x, i) * softmax(y, i)), i)),
    "attention": indexed_sum(score * b[n], n) / indexed_sum(score, n),
    "one more logit": log(1 + indexed_sum(exp(x[i]), i)),
    "weighted": -log(p[t] * exp(x[t]) / indexed_sum(p[j] * exp(x[j]), j)),
    "mixture": -log(indexed_sum(softmax(y, i) * exp(-((z - x[i]) ** 2) / 2), i)),
    "distances": log(indexed_sum(exp(-distance(n)), n)),
    "two sums": log(indexed_sum(exp(x[i]), i) + 3 * indexed_sum(exp(-x[i]), i)),
    "quotient of sums": indexed_sum(p[i] * exp(x[i]), i) / (2 + indexed_sum(exp(x[i]), i)),
}
POINTS = {
    "usual": [0.3, -1.2, 0.7],
    "equal": [0.0, 0.0, 0.0],
    "dominant": [800.0, 0.0, -3.0],
    "far below": [-800.0, -790.0, -805.0],
    "far above": [900.0, 890.0, 905.0],
}


def arrays(point: str) -> dict[str, Any]:
    """What each argument is given."""
    return {
        "x": np.array(POINTS[point]),
        "y": np.array([0.5, -700.0, 0.1]),
        "p": np.array([0.5, 1.5, 0.25]),
        "A": np.array([[1.0, 0.5, -1.0], [0.25, 1.0, 1.0]]),
        "b": np.array([1.0, -2.0]),
        "z": 40.0,
        "t": 1,
    }


def truth(formula: Expr, given: dict[str, Any]) -> tuple[Any, list[Any], Any]:
    """The value, the gradient, and how large what it is made of may be."""
    h = mpmath.mpf(10) ** -160

    def value(shift: dict[int, Any]) -> Any:
        world = World(3, 0)
        world.values["dims"] = []
        for name, array in given.items():
            if name == "t":
                world.values[t] = mpmath.mpf(array + 1)
            elif np.ndim(array) == 0:
                world.values[z] = mpmath.mpf(array)
                world.values["z"] = mpmath.mpf(array)
            else:
                for place, number in np.ndenumerate(array):
                    key = (name, tuple(k + 1 for k in place))
                    world.values[key] = mpmath.mpf(float(number))
        for place, by in shift.items():
            world.values["x", (place + 1,)] += by
        world.ranged = False
        return world(formula, {K: 3, N: 2})

    gradient = [(value({k: h}) - value({k: -h})) / (2 * h) for k in range(3)]
    # The exponents of a mixture of normals are squares.
    size = max(abs(entry) for entry in given["x"])
    return value({}), gradient, (40 + size) ** 2 / 2 if z in formula.free_symbols else size


def called(made: Generated, compute: str, target: str, given: dict[str, Any]) -> Any:
    """Its result as an array."""
    arguments = [given[a.name] for a in made.plan.function(compute).arguments]
    if target == "torch":
        tensor = pytest.importorskip("torch").tensor
        arguments = [tensor(a) if np.ndim(a) else a for a in arguments]
    with np.errstate(all="ignore"):
        return np.asarray(made[compute](*arguments))


@pytest.mark.parametrize("name", FORMULAS)
def test_at_every_point(name: str, target: str) -> None:
    """Near the true numbers, by what the rounding of the logits themselves allows."""
    formula = FORMULAS[name]
    index = (t,) if t in formula.free_symbols else ()
    made = generate(
        formula, x, index=index, compute="value,gradient", hypotheses=POSITIVE, target=target, name="f"
    )
    for point in POINTS:
        given = arrays(point)
        with mpmath.workdps(500):
            value, gradient, size = truth(formula, given)
        found = called(made, "value", target, given)
        slope = called(made, "gradient", target, given)
        allowed = 1e-15 * (8 + float(size))
        assert abs(float(found) - float(value)) <= allowed * max(1.0, abs(float(value))), point
        np.testing.assert_allclose(slope, [float(one) for one in gradient], rtol=allowed, atol=allowed)


def test_what_is_near_0_keeps_its_digits() -> None:
    """log(1 + Σ e^x) is Σ e^x where that is small."""
    made = generate(FORMULAS["one more logit"], x, name="f")
    assert made(np.array([-50.0, -60.0])) == pytest.approx(np.exp(-50) + np.exp(-60), rel=1e-15)


def test_each_step_is_proved() -> None:
    """And a sum of something else stays as it is."""
    for name, formula in FORMULAS.items():
        for step in stabilised(formula, POSITIVE).steps:
            assert step.verdict is not None
            assert step.verdict.status.name == "PROVED", (name, step.rule)
    for other in (log(1 + indexed_sum(x[i], i)), 1 / (z + indexed_sum(exp(x[i]), i)), 1 / (exp(z) - 1)):
        assert "stable.shifted_total" not in [step.rule for step in stabilised(other).steps]


def test_divergence_of_two_softmaxes() -> None:
    """Recognised in e^-x sums, too, it is finite where a softmax is 0."""
    terms = softmax(y, i) * log(softmax(y, i) / softmax(x, i))
    made = generate(indexed_sum(terms, i), y, compute="value,gradient", name="f")
    equal, apart = np.zeros(2), np.array([800.0, 0.0])
    np.testing.assert_allclose(made["gradient"](equal, apart), [0.0, 0.0], atol=1e-300)
    np.testing.assert_allclose(made["gradient"](apart, equal), [-200.0, 200.0], rtol=1e-15)
    assert made(apart, equal) == pytest.approx(400 - np.log(2), rel=1e-15)
