"""True identities for every K, over names that the tests share."""

from __future__ import annotations

from sympy import Abs, Expr, KroneckerDelta, Max, Min, Rational, binomial, exp, log, oo, sqrt

from symderive.terms import (
    Dim,
    Index,
    Iverson,
    Matrix,
    Tensor,
    Vector,
    differentiate,
    indexed_max,
    indexed_product,
    indexed_sum,
    scalar,
)

K, N = Dim("K"), Dim("N")
i, j, k, other = (Index(name, K) for name in "ijkl")
m = Index("m", N)
n = Index("n", oo, 0)
x, y, p, q, z = (Vector(name, K) for name in "xypqz")
W, Q = Matrix("W", K, N), Matrix("Q", K, K)
u = Vector("u", N)
g = Tensor("g", (0, oo))
a, b, c, gamma = (scalar(name) for name in ("a", "b", "c", "gamma"))
Z = indexed_sum(exp(x[j]), j)


def s(index: Expr) -> Expr:
    return exp(x[index]) / Z


mean = indexed_sum(x[j], j) / K
rms = sqrt(indexed_sum(x[j] ** 2, j) / K)


def dots(one: Index, other: Index) -> Expr:
    """The product of two rows."""
    return indexed_sum(W[one, m] * W[other, m], m)


def length(row: Index) -> Expr:
    """The length of a row."""
    return sqrt(indexed_sum(W[row, m] ** 2, m))


TRUE = {
    "softmax Jacobian": (differentiate(s(i), x[k]), s(i) * (KroneckerDelta(i, k) - s(k))),
    "softmax Jacobian, the delta on the other index": (
        differentiate(s(i), x[k]),
        s(k) * (KroneckerDelta(i, k) - s(i)),
    ),
    "Hessian of logsumexp": (
        differentiate(log(Z), x[k], x[other]),
        s(k) * KroneckerDelta(k, other) - s(k) * s(other),
    ),
    "rows sum to one": (indexed_sum(s(i), i), 1),
    "shift by the maximum": (
        log(indexed_sum(exp(x[j] - indexed_max(x[j], j)), j)) + indexed_max(x[j], j),
        log(Z),
    ),
    "sums swapped": (
        indexed_sum(indexed_sum(W[i, m] * y[i], i) * u[m], m),
        indexed_sum(y[i] * indexed_sum(W[i, m] * u[m], m), i),
    ),
    "telescoping": (indexed_sum(x[j + 1] - x[j], j, 1, K - 1), x[K] - x[1]),
    "range shifted": (indexed_sum(x[j], j, 1, K), indexed_sum(x[j + 1], j, 0, K - 1)),
    "range reversed": (
        indexed_sum(gamma ** (n - j) * g[j], j, 1, n),
        indexed_sum(gamma**j * g[n - j], j, 0, n - 1),
    ),
    "last term split off": (
        indexed_sum(gamma ** (n + 1 - j) * g[j], j, 1, n + 1),
        gamma * indexed_sum(gamma ** (n - j) * g[j], j, 1, n) + g[n + 1],
    ),
    "geometric sum": (indexed_sum(gamma**j, j, 0, n - 1), (1 - gamma**n) / (1 - gamma)),
    "sum of j γ^j": (
        indexed_sum(j * gamma**j, j, 1, n),
        gamma * (1 - (n + 1) * gamma**n + n * gamma ** (n + 1)) / (1 - gamma) ** 2,
    ),
    "sum of squares of the index": (indexed_sum(j**2, j, 1, n), n * (n + 1) * (2 * n + 1) / 6),
    "binomial theorem": (indexed_sum(binomial(n, j) * gamma**j, j, 0, n), (1 + gamma) ** n),
    "log of a product": (log(indexed_product(exp(x[j]), j)), indexed_sum(x[j], j)),
    "square of a sum": (indexed_sum(x[j], j) ** 2, indexed_sum(indexed_sum(x[i] * x[j], i), j)),
    "delta across the border": (
        indexed_sum(KroneckerDelta(j, k + 1) * x[j], j),
        Iverson(k < K) * x[k + 1],
    ),
    "deltas summed twice": (indexed_sum(indexed_sum(1 - KroneckerDelta(i, j), i), j), K * (K - 1)),
    "partial fractions in a sum": (
        indexed_sum(p[j] / (p[j] + q[j]), j) + indexed_sum(q[j] / (p[j] + q[j]), j),
        K,
    ),
    "dependent summands": (
        indexed_sum(1 / (x[j] * (1 + x[j])), j),
        indexed_sum(1 / x[j], j) - indexed_sum(1 / (1 + x[j]), j),
    ),
    "variance": (
        indexed_sum((x[i] - mean) ** 2, i) / K,
        indexed_sum(x[j] ** 2, j) / K - mean**2,
    ),
    "gradient of RMS": (differentiate(rms, x[k]), x[k] / (K * rms)),
    "scale of RMS": (sqrt(indexed_sum((a * x[j]) ** 2, j) / K), Abs(a) * rms),
    "roots multiply": (sqrt(a) * sqrt(b), sqrt(a * b)),
    "cube and square roots": (a ** Rational(1, 2) * a ** Rational(1, 3), a ** Rational(5, 6)),
    "logarithms expand": (log(a**2 * b / c), 2 * log(a) + log(b) - log(c)),
    "logarithms of numbers": (log(12), 2 * log(2) + log(3)),
    "exponents add": (exp(a + 2 * b), exp(a) * exp(b) ** 2),
    "rational exponents": (exp(a / 2) * exp(a / 3), exp(5 * a / 6)),
    "maximum and minimum": (Max(a, b) + Min(a, b), a + b),
    "maximum is associative": (Max(a, Max(b, c)), Max(Max(a, b), c)),
    "absolute value": (Abs(a) * Abs(b), Abs(a * b)),
    "indicator": (Iverson(a >= 0) + Iverson(a < 0), 1),
    "a delta over a sum that joins another, beside a root": (
        indexed_sum(indexed_sum(KroneckerDelta(i, k) * dots(i, j) * Q[j, i] / length(j), j), i),
        indexed_sum(dots(k, j) * Q[j, k] / length(j), j),
    ),
    "powers of minus one": ((-1) ** (2 * n) * (-1) ** (n + 1), -((-1) ** n)),
    "integer powers": ((a * b) ** n, a**n * b**n),
}
