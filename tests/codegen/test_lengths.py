"""Axes whose length is no name of its own, and places that are shifted from an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sympy import Expr

from c_formulas import needs_compiler
from symderive.codegen.generate import generate
from symderive.terms import Dim, Index, Tensor, Vector, indexed_sum

K, N = Dim("K"), Dim("N")
x, y, z, w = Vector("x", K), Vector("y", K - 1), Vector("z", N - K + 1), Vector("w", 3)
i, m, q, t = Index("i", K - 1), Index("m", 3), Index("q", N - K + 1), Index("t", K, 2)
ROW = np.array([1.0, 2.0, 4.0, 8.0])


def _caller(target: str, formula: Expr, wrt: Tensor, compute: str, **options: Any) -> Callable[..., Any]:
    if target == "c":
        needs_compiler()
    convert: Callable[[Any], Any] = np.asarray
    if target == "torch":
        convert = pytest.importorskip("torch").tensor
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
        convert = pytest.importorskip("jax.numpy").asarray
    function = generate(formula, wrt, compute=compute, target=target, **options)[compute]
    return lambda *arguments: np.asarray(function(*(convert(argument) for argument in arguments)))


TARGETS = pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])


@TARGETS
@pytest.mark.parametrize(
    ("formula", "wrt", "compute", "options", "arguments", "expected"),
    [
        (indexed_sum(y[i] ** 2, i), y, "value", {}, (ROW[:3],), 21),
        (indexed_sum(y[i], i) / K, y, "value", {}, (ROW[:3],), 7 / 4),
        (indexed_sum(y[i] * x[i], i), y, "gradient", {}, (ROW, ROW[:3]), ROW[:3]),
        (x[i + 1] - x[i], x, "value", {}, (ROW,), [1, 2, 4]),
        (indexed_sum((x[i + 1] - x[i]) ** 2, i), x, "gradient", {}, (ROW,), [-2, -2, -4, 8]),
        (indexed_sum(w[m] ** 2, m), w, "value", {}, (ROW[:3],), 21),
        (x[t - 1] ** 2 + x[t], x, "value", {"index": t}, (ROW, 2), 24),
        (x[t - 1] ** 2 + x[t], x, "gradient", {"index": t}, (ROW, 0), [2, 1, 0, 0]),
    ],
)
def test_lengths_go_with_each_other(
    target: str, formula: Expr, wrt: Tensor, compute: str, options: Any, arguments: Any, expected: Any
) -> None:
    assert np.allclose(_caller(target, formula, wrt, compute, **options)(*arguments), expected)


@TARGETS
@pytest.mark.parametrize(
    ("formula", "wrt", "options", "arguments", "error", "message"),
    [
        (indexed_sum(w[m] ** 2, m), w, {}, (ROW,), ValueError, "4 entries"),
        (indexed_sum(y[i] * x[i], i), y, {}, (ROW, ROW), ValueError, "4 entries"),
        (x[t - 1] + x[t], x, {"index": t}, (ROW, 3), IndexError, "t must lie in 0, ..., 2"),
        (x[t - 1] + x[t], x, {"index": t}, (ROW, -1), IndexError, "t must lie in 0, ..., 2"),
    ],
)
def test_what_does_not_go_together_is_said(
    target: str, formula: Expr, wrt: Tensor, options: Any, arguments: Any, error: Any, message: str
) -> None:
    function = _caller(target, formula, wrt, "value", **options)
    with pytest.raises(error, match=message):
        function(*arguments)


@TARGETS
@pytest.mark.parametrize(
    ("formula", "options"),
    [
        (x[Index("t", K) - 1] ** 2, {"index": Index("t", K)}),
        (x[Index("t", K) + 1] ** 2, {"index": Index("t", K)}),
        (x[Index("k", K) + 1] - x[Index("k", K)], {}),
        (indexed_sum(x[Index("k", K) - 1], Index("k", K)), {}),
        (indexed_sum(x[K - Index("k", K)], Index("k", K)), {}),
        (x[0], {}),
        (w[4], {}),
    ],
)
def test_a_formula_that_reads_outside_a_family_has_no_code(target: str, formula: Expr, options: Any) -> None:
    """NumPy would read the last entry for the one before the first."""
    with pytest.raises(ValueError, match=r"is outside 1, …, (K|3)"):
        generate(formula, compute="value", target=target, **options)


def test_other_lengths_have_no_code_in_python() -> None:
    with pytest.raises(ValueError, match="give the length a name of its own"):
        generate(indexed_sum(z[q], q), z, compute="value", target="numpy")
