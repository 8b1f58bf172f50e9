"""Loops that statements share: one index may be the outer loop of one statement and the inner one of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sympy import Abs, Expr, exp, log, sqrt

from symderive.codegen.generate import generate
from symderive.terms import Dim, Index, IndexedMax, Matrix, indexed_sum, scalar

B, D = Dim("B"), Dim("D")
A, Z = Matrix("A", B, D), Matrix("Z", B, D)
T = scalar("T")
a, b, e = (Index(name, B) for name in "abe")
c, d = Index("c", D), Index("d", D)


pytestmark = pytest.mark.usefixtures("compiled")


def cosine(row: Expr, other: Expr) -> Expr:
    """Of a row of A and one of Z."""
    one, two = (sqrt(indexed_sum(X[r, c] ** 2, c)) for X, r in ((A, row), (Z, other)))
    return indexed_sum(A[row, c] * Z[other, c], c) / (one * two)


def largest(row: Expr) -> Expr:
    """In a row of Z."""
    return IndexedMax(Abs(Z[row, d]), (d, d.lower, d.upper))


FORMULAS = {
    "infonce": (
        -indexed_sum(log(exp(cosine(a, a) / T) / indexed_sum(exp(cosine(a, b) / T), b)), a) / B,
        "gradient",
    ),
    "diagonal": (indexed_sum(indexed_sum(cosine(a, b), b) * cosine(a, a), a), "value"),
    "cosines": (indexed_sum(cosine(a, b) ** 2, b), "value"),
    "maxima": (indexed_sum(A[a, c] * Z[b, c], c) / (largest(a) + largest(b)), "value"),
    "crossed": (
        indexed_sum(A[a, c] * Z[b, c], c) * largest(b)
        + indexed_sum(indexed_sum(A[b, c] * Z[e, c], c) * largest(e), e) * indexed_sum(A[a, c] ** 2, c),
        "value",
    ),
    "swapped": (
        indexed_sum(indexed_sum(exp(A[a, c] * Z[b, c]), c) * indexed_sum(exp(A[b, c] + Z[a, c]), c), b),
        "value",
    ),
}


@pytest.mark.parametrize("accuracy", ["fast", "default", "high"])
@pytest.mark.parametrize("name", FORMULAS)
def test_each_statement_has_its_own_loops(name: str, accuracy: str) -> None:
    """An index that is looked up by its name alone is another statement's loop, or none that is open."""
    formula, compute = FORMULAS[name]
    rng = np.random.default_rng(5)
    args: tuple[Any, ...] = (rng.normal(size=(2, 4, 7)), rng.normal(size=(2, 4, 7)))
    if formula.has(T):
        args = *args, 0.5
    made = [
        generate(formula, A, compute=compute, accuracy=accuracy, name=name, target=target)
        for target in ("c", "numpy")
    ]
    for function in compute.split(","):
        got, wanted = (generated[function](*args) for generated in made)
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-13)
