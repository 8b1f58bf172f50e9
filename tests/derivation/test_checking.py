"""Claims that stand for others: what a part is replaced by must not make a false claim true."""

import pytest
from sympy import Abs, Expr, exp, log, sqrt

from symderive.decide import Status
from symderive.derivation.checking import verdict_of
from symderive.terms import Claim, Dim, Index, Matrix, Partial, Vector, indexed_sum, operation, scalar, vec

K = Dim("K")
N = Dim("N")
x, y, row, W = Vector("x", K), Vector("y", K), Vector("W_n", K), Matrix("W", N, K)
j, k, m, n = Index("j", K), Index("k", K), Index("m", K, 2), Index("n", N)
a, b = scalar("a"), scalar("b")


def total() -> Expr:
    """Σ_j x_j, with a bound index of its own each time."""
    return indexed_sum(x[j], j)


def s(at: Index, vector: Expr = x) -> Expr:
    """The softmax of a vector at an index, for all vectors of a matrix by its row n."""
    return operation("softmax", vec(W[n, j] if vector is row else vector[j], j), at)


def tail(at: Index) -> Expr:
    """The softmax of x_2, …, x_K, which is of nothing where K is 1."""
    return operation("softmax", vec(x[m], m), at)


def d(term: Expr) -> Expr:
    """Its derivative by x_k."""
    return Partial(term, x[k])


QUOTIENT = 2 * exp(x[k]) / total()
TRUE = {
    "constant out of a product": (d(a * total() * exp(x[k])), a * d(total() * exp(x[k]))),
    "product rule": (d(total() * exp(x[k])), d(total()) * exp(x[k]) + total() * d(exp(x[k]))),
    "quotient by a root": (
        d(exp(x[k]) / sqrt(total())),
        (d(exp(x[k])) * sqrt(total()) - exp(x[k]) * d(sqrt(total()))) / total(),
    ),
    "logarithm of a quotient": (d(log(QUOTIENT)), d(QUOTIENT) / QUOTIENT),
    "root of the variable": (d(b * x[k]), 2 * b * sqrt(x[k]) * d(sqrt(x[k]))),
    "reciprocal of a root": (Partial(1 / sqrt(a), a), -Partial(sqrt(a), a) / a),
    "softmax sums to 1": (s(k) * indexed_sum(s(j), j), s(k)),
    "softmax is positive": (log(s(k) * exp(b)), log(s(k)) + b),
    "softmax sums to 1, a sum beside it": (
        indexed_sum((b - s(j)) * s(k) * s(j), j),
        s(k) * (b - indexed_sum(s(j) ** 2, j)),
    ),
    "softmax of two vectors": (s(k) * indexed_sum(s(j) + s(j, y), j), s(k) + s(k) * indexed_sum(s(j, y), j)),
    "softmax of each row": (s(k, row) * indexed_sum(s(j, row), j), s(k, row)),
    "softmax of a part": (tail(m) * indexed_sum(tail(m), m), tail(m)),
}
FALSE = {
    "one of two equal factors lost": (d(a * total() * total()), d(a * total())),
    "one of two equal factors lost, with the variable": (d(x[k] * total() * total()), d(x[k] * total())),
    "equal factors on the other side": (d(a * total()), d(a * total() * total())),
    "a constant lost": (d(a * total() * exp(x[k])), d(total() * exp(x[k]))),
    "quotient by a root, sign": (
        d(exp(x[k]) / sqrt(total())),
        (d(exp(x[k])) * sqrt(total()) + exp(x[k]) * d(sqrt(total()))) / total(),
    ),
    "quotient by a root, not squared": (
        d(exp(x[k]) / sqrt(total())),
        (d(exp(x[k])) * sqrt(total()) - exp(x[k]) * d(sqrt(total()))) / sqrt(total()),
    ),
    "logarithm of a quotient, sign": (d(log(QUOTIENT)), -d(QUOTIENT) / QUOTIENT),
    "logarithm of a quotient, not divided": (d(log(QUOTIENT)), d(QUOTIENT) * QUOTIENT),
    "logarithm of a quotient, half divided": (d(log(QUOTIENT)), d(QUOTIENT) * total()),
    "root of the variable, 2 lost": (d(b * x[k]), b * sqrt(x[k]) * d(sqrt(x[k]))),
    "reciprocal of a root, sign": (Partial(1 / sqrt(a), a), Partial(sqrt(a), a) / a),
    "squares of softmax do not sum to 1": (s(k) * indexed_sum(s(j) ** 2, j), s(k)),
    "softmax is not 1": (s(k) * indexed_sum(s(j), j), indexed_sum(s(j), j)),
    "softmax is no negative number": (Abs(s(k)), -s(k)),
    "softmax summed over rows": (s(k, row) * indexed_sum(s(k, row), n), s(k, row)),
    "softmax of another vector": (s(k) * indexed_sum(s(j, y) * s(j), j), s(k)),
    "softmax of two vectors, one sum lost": (s(k) * indexed_sum(s(j) + s(j, y), j), s(k) + s(k, y)),
    "softmax of a part, over all": (tail(m) * indexed_sum(s(j), m), tail(m)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_lines_are_proved(name: str) -> None:
    lhs, rhs = TRUE[name]
    assert verdict_of(Claim(lhs, "=", rhs)).status is Status.PROVED


@pytest.mark.parametrize("name", FALSE)
def test_false_lines_are_refuted(name: str) -> None:
    lhs, rhs = FALSE[name]
    assert verdict_of(Claim(lhs, "=", rhs)).status is Status.REFUTED
