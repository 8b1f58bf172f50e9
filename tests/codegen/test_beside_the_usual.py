"""Formulas one step beside the usual ones: sigmoids of squares and of labels, lengths squared, several variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Expr, KroneckerDelta, exp, log

from symderive.codegen.generate import generate
from symderive.terms import Dim, Index, Matrix, Vector, indexed_sum

K, N = Dim("K"), Dim("N")
x, y = Vector("x", K), Vector("y", K)
A, Q = Matrix("A", N, K), Matrix("Q", K, K)
i, j, t = Index("i", K), Index("j", K), Index("t", K)
n, m = Index("n", N), Index("m", N)
X, Y = np.array([0.5, -1.25, 2.0]), np.array([0.25, 1.0, -0.5])


def sigmoid(term: Expr) -> Expr:
    return 1 / (1 + exp(-term))


def numbers(target: str, *values: Any) -> list[Any]:
    if target != "torch":
        return list(values)
    torch = pytest.importorskip("torch")
    return [torch.as_tensor(value) for value in values]


def logistic(values: Any) -> Any:
    return 1 / (1 + np.exp(-values))


def test_a_sigmoid_of_squares(target: str) -> None:
    made = generate(indexed_sum(sigmoid(x[i] ** 2), i), x, compute="value,gradient", target=target, name="f")
    s = logistic(X**2)
    assert float(made["value"](*numbers(target, X))) == pytest.approx(s.sum(), rel=1e-14)
    np.testing.assert_allclose(
        np.asarray(made["gradient"](*numbers(target, X))), 2 * X * s * (1 - s), rtol=1e-14
    )


def test_one_label_against_the_rest(target: str) -> None:
    signs = 2 * KroneckerDelta(i, t) - 1
    loss = -indexed_sum(log(sigmoid(signs * x[i])), i)
    made = generate(loss, x, compute="value,gradient", index=t, target=target, name="f")
    sign = np.array([-1.0, 1.0, -1.0])
    given = {"x": X, "t": 1}
    for compute, right in (
        ("value", np.log1p(np.exp(-sign * X)).sum()),
        ("gradient", -sign * logistic(-sign * X)),
    ):
        arguments = numbers(
            target, *(given[argument.name] for argument in made.plan.function(compute).arguments)
        )
        np.testing.assert_allclose(np.asarray(made[compute](*arguments)), right, rtol=1e-14)


def test_a_mean_over_pairs(target: str) -> None:
    """The number of pairs is a length squared: no array on any target."""
    near = exp(-2 * indexed_sum((A[n, i] - A[m, i]) ** 2, i))
    made = generate(log(indexed_sum(indexed_sum(near, m), n) / N**2), target=target, name="f")
    rows = np.array([[0.0, 1.0], [0.5, 1.5], [2.0, 0.0]])
    distances = ((rows[:, None] - rows[None]) ** 2).sum(axis=-1)
    assert float(made(*numbers(target, rows))) == pytest.approx(
        np.log(np.exp(-2 * distances).mean()), rel=1e-12
    )


def test_a_hessian_by_two_vectors_of_one_sum() -> None:
    """What is one number is not taken for an entry of an array."""
    both = log(indexed_sum(indexed_sum(exp(x[i] + Q[i, j] + y[j]), j), i))
    made = generate(both, (x, y), compute="gradient,hvp", name="f")
    given = {"x": X, "y": Y, "Q": np.outer(X, Y) / 3, "direction_x": Y, "direction_y": X}

    def gradients(step: float) -> list[Any]:
        moved = {**given, "x": X + step * Y, "y": Y + step * X}
        found = made["gradient"](
            *(moved[argument.name] for argument in made.plan.function("gradient").arguments)
        )
        return [np.asarray(part) for part in found]

    products = made["hvp"](*(given[argument.name] for argument in made.plan.function("hvp").arguments))
    for product, up, down in zip(products, gradients(1e-5), gradients(-1e-5), strict=True):
        np.testing.assert_allclose(product, (up - down) / 2e-5, rtol=1e-6, atol=1e-9)
