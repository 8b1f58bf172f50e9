"""What generated functions return where the formula has no value: as their docstrings say."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Expr, exp, log, sqrt

from symderive.codegen.generate import generate
from symderive.terms import Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar

K = Dim("K")
x, y, p, q = (Vector(name, K) for name in "xypq")
i, j, t = Index("i", K), Index("j", K), Index("t", K)
z, label, gamma = scalar("z"), scalar("y"), scalar("gamma")
INF, NAN = np.inf, np.nan
POSITIVE = (Hypothesis(p[i], ">", 0, (i,)), Hypothesis(q[i], ">", 0, (i,)))
LEVELS = pytest.mark.parametrize(
    ("accuracy", "dtype"), [("default", "float32"), ("default", "float64"), ("high", "float64")]
)


def softmax(place: Index) -> Expr:
    return exp(x[place]) / indexed_sum(exp(x[j]), j)


@LEVELS
def test_masked_logits(accuracy: str, dtype: str) -> None:
    """-inf is how a class is left out; a NaN would spread over the whole batch."""
    made = generate(softmax(i), axes=[i], accuracy=accuracy, name="f")
    for given, expected in (
        ([0, -INF, 0], [0.5, 0, 0.5]),
        ([-INF, -INF, 3], [0, 0, 1]),
        ([-INF, -INF], [0.5, 0.5]),
        ([INF, 0], [1, 0]),
        ([NAN, 0], [NAN, NAN]),
    ):
        np.testing.assert_array_equal(made(np.array(given, dtype)), np.array(expected, dtype))


@LEVELS
def test_cross_entropy_of_masked_classes(accuracy: str, dtype: str) -> None:
    """A target at a masked class has infinite loss; a weight of 0 there has none."""
    hard = generate(-log(softmax(t)), x, index=t, compute="value,gradient", accuracy=accuracy, name="f")
    logits = np.array([1.0, -INF], dtype)
    assert hard(logits, 1) == INF
    assert hard(logits, 0) == 0
    np.testing.assert_array_equal(hard["gradient"](logits, 1), [1, -1])
    soft = generate(-indexed_sum(y[i] * log(softmax(i)), i), accuracy=accuracy, name="f")
    assert soft(logits, np.array([1.0, 0.0], dtype)) == 0
    assert soft(logits, np.array([0.5, 0.5], dtype)) == INF


@LEVELS
def test_divergence_at_zeros(accuracy: str, dtype: str) -> None:
    """0 log 0 is 0; what has probability under p alone makes the divergence infinite."""
    made = generate(indexed_sum(p[i] * log(p[i] / q[i]), i), hypotheses=POSITIVE, accuracy=accuracy, name="f")
    half = np.array([0.5, 0.5], dtype)
    assert made(np.array([0.0, 1.0], dtype), half) == pytest.approx(np.log(2))
    assert made(half, np.array([0.0, 1.0], dtype)) == INF
    assert made(np.array([0.0, 1.0], dtype), np.array([0.0, 1.0], dtype)) == 0


@LEVELS
def test_labels_at_infinite_logits(accuracy: str, dtype: str) -> None:
    """A certain and right answer costs nothing, a certain and wrong one everything."""
    sigma = 1 / (1 + exp(-z))
    formula = -label * log(sigma) - (1 - label) * log(1 - sigma)
    made = generate(formula, z, compute="value,gradient", accuracy=accuracy, name="f")
    labels, logits = np.array([1, 0, 1, 0], dtype), np.array([INF, -INF, -INF, INF], dtype)
    np.testing.assert_array_equal(made(labels, logits), [0, 0, INF, INF])
    np.testing.assert_array_equal(made["gradient"](labels, logits), [0, 0, -1, 1])


@LEVELS
def test_a_root_at_zero(accuracy: str, dtype: str) -> None:
    """The root mean square of zeros is 0, and it has no gradient there."""
    rms = sqrt(indexed_sum(x[j] ** 2, j) / K)
    made = generate(rms, x, compute="value,gradient", accuracy=accuracy, name="f")
    assert made(np.zeros(3, dtype)) == 0
    assert np.isnan(made["gradient"](np.zeros(3, dtype))).all()


@LEVELS
def test_focal_loss_where_the_complement_vanishes(accuracy: str, dtype: str) -> None:
    """(1 − s)^(γ − 1) is infinite where s rounds to 1 and γ < 1; the gradient is not."""
    focal = -((1 - softmax(t)) ** gamma) * log(softmax(t))
    made = generate(focal, x, index=t, compute="value,gradient", accuracy=accuracy, name="f")
    found = made["gradient"](np.array([12000.0, 0.0], dtype), 0, 0.5)
    np.testing.assert_array_equal(found, [0, 0])


def test_no_holes_but_those_of_the_formula() -> None:
    """A contrastive loss of cosines has a gradient at orthogonal vectors, though a shorter form has none."""
    A = Matrix("A", Dim("N"), K)
    n, m = Index("n", Dim("N")), Index("m", Dim("N"))

    def cosine(row: Index) -> Expr:
        lengths = sqrt(indexed_sum(A[row, i] ** 2, i)) * sqrt(indexed_sum(x[i] ** 2, i))
        return indexed_sum(A[row, i] * x[i], i) / lengths

    loss = -log(exp(cosine(n)) / indexed_sum(exp(cosine(m)), m))
    made = generate(loss, x, index=n, compute="gradient,jvp,hvp", name="contrastive")
    rows, point, along = np.eye(3), np.array([2.0, 0.0, 0.0]), np.array([0.5, 1.0, -1.0])
    weights = np.exp([1.0, 0, 0]) / np.exp([1.0, 0, 0]).sum()
    # By the projection I − x xᵀ/|x|² of Σ w A − A_n, over |x|.
    gradient = np.array([0.0, weights[1] - 1, weights[2]]) / 2
    np.testing.assert_allclose(made["gradient"](rows, point, 1), gradient, rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(made["jvp"](rows, point, 1, along), gradient @ along, rtol=1e-14)
    step = 1e-5
    ends = [made["gradient"](rows, point + sign * step * along, 1) for sign in (1, -1)]
    difference = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(made["hvp"](rows, point, 1, along), difference, rtol=1e-8, atol=1e-9)


def test_one_name_of_a_scalar_and_a_family() -> None:
    """The scalar was lost, and its place taken by the family."""
    for formula in (scalar("x") * indexed_sum(x[i] ** 2, i), scalar("x") * x[i]):
        with pytest.raises(ValueError, match="x is a scalar and a family of numbers"):
            generate(formula, name="f")
