"""Derivatives of products where factors are 0: what torch's own prod differentiates to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Expr

from symderive.codegen.generate import generate
from symderive.codegen.stabilising import stabilised
from symderive.terms import Dim, Index, Matrix, Vector, indexed_product, indexed_sum

K, N = Dim("K"), Dim("N")
x, A = Vector("x", K), Matrix("A", N, K)
i, k, n = Index("i", K), Index("k", K), Index("n", N)
product = indexed_product(x[i], i)
#: Name → (formula of x, what it is for numbers).
FORMULAS: dict[str, tuple[Expr, Any]] = {
    "product": (product, lambda v: v.prod(-1)),
    "noisy_or": (1 - indexed_product(1 - x[i], i), lambda v: 1 - (1 - v).prod(-1)),
    "cube": (product**3, lambda v: v.prod(-1) ** 3),
    "squares": (indexed_product(x[i] ** 2, i), lambda v: (v**2).prod(-1)),
    "shifted": (indexed_product(2 + 3 * x[i], i) / K, lambda v: (2 + 3 * v).prod(-1) / v.shape[-1]),
}
#: No zero, one and two; of 1 − x_i, too, and of 2 + 3 x_i.
ROWS = np.array(
    [
        [1.5, 2.0, -3.0, 0.5],
        [0.0, 2.0, -3.0, 0.5],
        [0.0, 2.0, 0.0, 0.5],
        [1.0, 2.0, 3.0, 0.5],
        [1.0, 2.0, 1.0, 0.5],
        [-2 / 3, 2.0, 1.0, 0.5],
    ]
)


def numbers(target: str, *arrays: Any) -> list[Any]:
    """Arrays as a target takes them."""
    if target == "torch":
        import torch

        return [torch.tensor(array) for array in arrays]
    return list(arrays)


def gradient_of(function: Any, rows: Any) -> Any:
    """By torch's rules."""
    torch = pytest.importorskip("torch")
    there = torch.tensor(rows, requires_grad=True)
    (found,) = torch.autograd.grad(function(there).sum(), there)
    return found.numpy()


@pytest.mark.parametrize("accuracy", ["default", "fast"])
@pytest.mark.parametrize("name", FORMULAS)
def test_one_zero_and_two(name: str, target: str, accuracy: str) -> None:
    """By 1/x_k each of these would be NaN."""
    formula, function = FORMULAS[name]
    made = generate(formula, x, compute="gradient,jvp", target=target, name=name, accuracy=accuracy)
    along = np.ones_like(ROWS) * [1.0, -2.0, 3.0, 0.25]
    wanted = gradient_of(function, ROWS)
    rows, direction = numbers(target, ROWS, along)
    np.testing.assert_allclose(np.asarray(made["gradient"](rows)), wanted, rtol=1e-13, atol=1e-13)
    derivative = np.asarray(made["jvp"](rows, direction))
    np.testing.assert_allclose(derivative, (wanted * along).sum(-1), rtol=1e-13, atol=1e-13)


def test_row_by_row(target: str) -> None:
    """The axis that a factor is left out of is the last of several."""
    weights = Vector("w", N)
    formula = indexed_sum(weights[n] * indexed_product(A[n, i], i) ** 2, n)
    made = generate(formula, A, compute="gradient", target=target, name="rows")
    for batch in ROWS, ROWS[:, :1], np.stack([ROWS, ROWS + 1]):
        w = np.arange(1.0, 1 + len(ROWS))
        wanted = gradient_of(lambda v: (v.new_tensor(w) * v.prod(-1) ** 2).sum(-1), batch)  # noqa: B023
        got = np.asarray(made["gradient"](*numbers(target, *_ordered(made, batch, w))))
        np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-13)


def _ordered(made: Any, matrix: Any, weights: Any) -> list[Any]:
    given = {"A": matrix, "w": weights}
    return [given[argument.name] for argument in made.plan.function("gradient").arguments]


def test_what_remains_is_said() -> None:
    """A second derivative leaves out two factors; the formula still divides by one of them."""
    hole = "a factor of 0 in a product gives NaN"
    made = generate(product, x, compute="gradient,hvp", name="product")
    parts = made.source.split("def product_hvp(")
    assert hole not in parts[0].split("def product_gradient(")[1]
    assert hole in parts[1]


def test_is_proved_and_leaves_other_quotients() -> None:
    """Where f_k is not 0; an entry of another vector is no factor of the product."""
    steps = stabilised(product / x[k]).steps
    assert [(step.rule, step.verdict.status.name) for step in steps if step.verdict is not None] == [
        ("stable.other_factors", "PROVED")
    ]
    y = Vector("y", K)
    assert not stabilised(product / y[k]).steps
    assert not stabilised(product / (1 + x[k])).steps
