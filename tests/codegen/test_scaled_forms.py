"""Cosine similarities of vectors of any size: no product of two entries over- or underflows."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, exp, log, sqrt

from c_formulas import needs_compiler
from symderive.codegen.generate import Generated, generate
from symderive.codegen.stabilising import Level, stabilised
from symderive.terms import Dim, Hypothesis, Index, Matrix, Tensor, Vector, indexed_sum, scalar

K, B = Dim("K"), Dim("B")
x, y = Vector("x", K), Vector("y", K)
i, epsilon = Index("i", K), scalar("epsilon")
SCALES = [(1.0, 1.0), *((s, s) for s in (1e-300, 1e-200, 1e-160, 1e150, 1e155))]
SCALES += [(1e150, 1e-300), (1e-300, 1e150), (1e-300, 1.0), (1.0, 1e-300)]
COSINE = indexed_sum(x[i] * y[i], i) / sqrt(indexed_sum(x[i] ** 2, i) * indexed_sum(y[i] ** 2, i))
GUARDED = indexed_sum(x[i] * y[i], i) / sqrt(
    (indexed_sum(x[i] ** 2, i) + epsilon) * (indexed_sum(y[i] ** 2, i) + epsilon)
)


@pytest.fixture(scope="module", params=["numpy", "c"])
def target(request: pytest.FixtureRequest, empty_cache: None) -> str:
    """A target of float64 with subnormal numbers."""
    if request.param == "c":
        needs_compiler()
    return str(request.param)


@pytest.fixture(scope="module")
def cosine(target: str) -> Generated:
    """With its derivatives."""
    return generate(COSINE, x, compute="value,gradient,jvp", target=target, name="cosine")


def truth(a: Any, b: Any, v: Any, e: float = 0.0) -> tuple[Any, list[Any], Any]:
    """The cosine, its gradient, and the derivative along v."""
    a, b, v = ([mpmath.mpf(float(entry)) for entry in vector] for vector in (a, b, v))
    dot, squares, others = mpmath.fdot(a, b), mpmath.fdot(a, a) + e, mpmath.fdot(b, b) + e
    root = mpmath.sqrt(squares * others)
    gradient = [(other - dot * one / squares) / root for one, other in zip(a, b, strict=True)]
    return dot / root, gradient, mpmath.fdot(gradient, v)


def close(got: Any, wanted: Any, bound: float = 4e-15) -> None:
    """In units of the largest entry."""
    many = wanted if isinstance(wanted, list) else [wanted]
    size = max(abs(entry) for entry in many)
    for one, other in zip(np.atleast_1d(got), many, strict=True):
        assert np.isfinite(one)
        assert abs(mpmath.mpf(float(one)) - other) <= bound * size


@pytest.mark.parametrize("scales", SCALES, ids=str)
def test_both_vectors_may_be_extreme(cosine: Generated, scales: tuple[float, float]) -> None:
    """Divided after the sum, Σ x_j y_j of two vectors of 1e−200 is 0, and of 1e155 infinite."""
    rng = np.random.default_rng(1)
    a, b, v = (rng.normal(size=5) * scale for scale in (*scales, scales[0]))
    with mpmath.workdps(50), np.errstate(under="ignore"):
        value, gradient, derivative = truth(a, b, v)
        close(cosine["value"](a, b), value)
        close(cosine["gradient"](a, b), gradient)
        close(cosine["jvp"](a, b, v), derivative)


def test_with_something_added_to_the_squares(target: str) -> None:
    """What is added to the sum of squares is divided by the square of the scale."""
    held = [Hypothesis(epsilon, ">", 0)]
    made = generate(GUARDED, x, compute="value,gradient", target=target, hypotheses=held, name="guarded")
    for scale in (1.0, 1e150, 1e155):
        rng = np.random.default_rng(2)
        a, b = (rng.normal(size=5) * scale for _ in range(2))
        with mpmath.workdps(400), np.errstate(under="ignore"):
            value, gradient, _ = truth(a, b, a, 1.0)
            close(made["value"](a, b, 1.0), value)
            close(made["gradient"](a, b, 1.0), gradient)


def test_inside_a_contrastive_loss(target: str) -> None:
    """The cosines are logits of a softmax, for every pair of rows."""
    X, Z = Matrix("X", B, K), Matrix("Z", B, K)
    a, b = Index("a", B), Index("b", B)

    def norm(family: Tensor, row: Index) -> Expr:
        return sqrt(indexed_sum(family[row, i] ** 2, i))

    def logit(row: Index, other: Index) -> Expr:
        return indexed_sum(X[row, i] * Z[other, i], i) / (norm(X, row) * norm(Z, other))

    loss = -indexed_sum(log(exp(logit(a, a)) / indexed_sum(exp(logit(a, b)), b)), a) / B
    made = generate(loss, X, compute="value,gradient", target=target, name="contrastive")
    rows = [np.random.default_rng(seed).normal(size=(6, 4)) for seed in (1, 2)]
    value, gradient = made["value"](*rows), made["gradient"](*rows)
    for scale in (2.0**-996, 2.0**-664, 2.0**-530, 2.0**515):
        with np.errstate(under="ignore"):
            there = [scale * row for row in rows]
            np.testing.assert_allclose(made["value"](*there), value, rtol=1e-14)
            np.testing.assert_allclose(made["gradient"](*there) * scale, gradient, rtol=1e-13)


def test_each_step_is_proved() -> None:
    """And a sum that no scale belongs to stays as it is."""
    form = stabilised(GUARDED, (Hypothesis(epsilon, ">", 0),), Level(scaled=True))
    assert [(step.rule, step.verdict.status.name) for step in form.steps] == [
        ("stable.roots_apart", "PROVED"),
        ("stable.scale", "PROVED"),
        ("stable.scaled_terms", "PROVED"),
    ]
    single = indexed_sum(y[i], i) * x[i] / sqrt(indexed_sum(x[i] ** 2, i))
    rules = [step.rule for step in stabilised(single, (), Level(scaled=True)).steps]
    assert "stable.scaled_terms" not in rules
