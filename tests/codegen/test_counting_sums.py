"""Sums over an index that stands nowhere in the summand: it is counted; and sums that leave out what is one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Eq, Expr, Integer, Piecewise, exp

from symderive.codegen.generate import generate
from symderive.terms import Dim, Index, Vector, indexed_sum, sum_of

K = Dim("K")
x, y, w = (Vector(name, K) for name in "xyw")
i, j = Index("i", K), Index("j", K)
X, Y, W = np.array([0.3, -0.8, 1.1]), np.array([0.5, -1.0, 0.25]), np.array([0.7, 0.1, -0.4])
OTHERS = indexed_sum(Piecewise((w[j], Eq(i, j)), (exp(x[j]), True)), j)
CASES: dict[str, tuple[Expr, Any, Any]] = {
    "product": (indexed_sum(sum_of(w[i] * x[i], (Index("n", K), 1, K)), i), 3 * (W * X).sum(), 3 * W),
    "under a factor": (indexed_sum(y[i] * indexed_sum(w[i] * x[i], j), i), 3 * (Y * W * X).sum(), 3 * Y * W),
    "beside an entry": (
        indexed_sum(x[i] + indexed_sum(w[i] * x[i], j), i),
        X.sum() + 3 * (W * X).sum(),
        1 + 3 * W,
    ),
    "three": (indexed_sum(indexed_sum(w[i] * x[i] * y[i], j), i), 3 * (W * X * Y).sum(), 3 * W * Y),
    "number": (indexed_sum(indexed_sum(Integer(2), j) * x[i], i), 6 * X.sum(), np.full(3, 6.0)),
    "all but one": (
        indexed_sum(x[i] ** 2 + OTHERS, i),
        (X**2 + W - np.exp(X)).sum() + 3 * np.exp(X).sum(),
        2 * X + 2 * np.exp(X),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_sum_counts_its_range(name: str, target: str) -> None:
    """NumPy, torch and JAX contracted such products once."""
    term, value, slope = CASES[name]
    made = generate(term, x, compute="value,gradient", target=target, name="f")
    for compute, right in (("value", value), ("gradient", slope)):
        given = {"x": X, "y": Y, "w": W}
        arguments: list[Any] = [given[argument.name] for argument in made.plan.function(compute).arguments]
        if target == "torch":
            torch = pytest.importorskip("torch")
            arguments = [torch.as_tensor(argument) for argument in arguments]
        np.testing.assert_allclose(np.asarray(made[compute](*arguments)), right, rtol=1e-13)
