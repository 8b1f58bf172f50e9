"""Derivatives as the rules leave them, and the form that a textbook prints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import Expr, Integer, KroneckerDelta, Rational, exp, log, sqrt, tanh

from symderive.rules import Scope
from symderive.terms import (
    Apply,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Matrix,
    Vector,
    differentiate,
    indexed_sum,
    operation,
    scalar,
    unfold,
    vec,
)

K, N, M, D = (Dim(name) for name in "KNMD")
i, j, k, c = (Index(name, K) for name in "ijkc")
m, l_ = Index("m", M), Index("l", M)
n, r, o = Index("n", N), Index("r", N), Index("o", N)
d, f = Index("d", D), Index("f", D)
x, y, p, q, v, b = (Vector(name, K) for name in "xypqvb")
w, h = Vector("w", M), Vector("h", M)
t = Vector("t", N)
W, B, X, Y = Matrix("W", K, M), Matrix("B", M, K), Matrix("X", N, M), Matrix("Y", N, K)
Q, A, U, V, R, S = (
    Matrix("Q", N, D),
    Matrix("A", N, D),
    Matrix("U", N, D),
    Matrix("V", K, D),
    Matrix("R", N, K),
    Matrix("S", N, N),
)
tau, alpha, gamma, mu, var, z, eps = (
    scalar(name) for name in ("tau", "alpha", "gamma", "mu", "var", "z", "eps")
)
total, delta = indexed_sum, KroneckerDelta
whole = vec(x[j], j)
ONE_HOT = (Hypothesis(total(y[i], i), "=", 1),)


def named(head: str, components: tuple[Any, ...], body: Expr, *parameters: Any) -> Definition:
    """A definition."""
    return Definition(head, components, parameters, body)


SOFTMAX = named("s", (i,), exp(x[i]) / total(exp(x[j]), j), x)
LSE = named("L", (), log(total(exp(x[j]), j)), x)
WARM = named("s", (i,), exp(x[i] / tau) / total(exp(x[j] / tau), j), x)
RMS = named("r", (), sqrt(total(x[j] ** 2, j) / K), x)
SIGMOID = named("sigma", (), 1 / (1 + exp(-z)), z)
AFFINE = named("z", (i,), total(W[i, m] * h[m], m) + b[i])
NESTED = named("u", (i,), exp(Apply("s", (whole,), (i,))) / total(exp(Apply("s", (whole,), (j,))), j), x)


def s(at: Expr) -> Expr:
    """``s_i(x)``."""
    return Apply("s", (whole,), (at,))


def u(at: Expr) -> Expr:
    """``u_i(x)``."""
    return Apply("u", (whole,), (at,))


lse, rms, sigma = Apply("L", (whole,)), Apply("r", (whole,)), Apply("sigma", (z,))


def soft(family: Any, at: Expr) -> Expr:
    """The named operation."""
    return operation("softmax", family, at)


def cross(logits: Any) -> Expr:
    """Cross-entropy of the probabilities ``logits`` gives."""
    return -total(y[i] * log(logits(i)), i)


@dataclass(frozen=True)
class Raw:
    """A formula and what it is differentiated by, or a line as the rules leave it; and its compact form."""

    expected: Expr
    formula: Expr | None = None
    by: tuple[Expr, ...] = ()
    line: Expr | None = None
    definitions: tuple[Definition, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    keep: tuple[Expr, ...] = ()

    @property
    def scope(self) -> Scope:
        """What is in force."""
        return Scope({one.head: one for one in self.definitions}, self.hypotheses)

    @cache  # noqa: B019 - the table lives as long as the tests do
    def raw(self) -> Expr:
        """The line to be folded."""
        if self.line is not None:
            return self.line
        assert self.formula is not None
        return differentiate(unfold(self.formula, self.definitions), *self.by)


def of(
    formula: Expr, by: Expr | tuple[Expr, ...], expected: Expr, *definitions: Definition, **more: Any
) -> Raw:
    """The raw derivative of a formula whose names are all unfolded."""
    wrt = by if isinstance(by, tuple) else (by,)
    return Raw(expected, formula, wrt, definitions=definitions, **more)


def line(term: Expr, expected: Expr, *definitions: Definition, **more: Any) -> Raw:
    """A line in which names were left standing."""
    return Raw(expected, line=term, definitions=definitions, **more)


kernel = vec(B[m, j], j)
mix = total(w[m] * soft(kernel, i), m)
scores = vec(total(Q[n, d] * A[r, d], d) / sqrt(D), r)
dot = total(U[n, d] * V[i, d], d)
focal = (1 - s(i)) ** gamma
weights = y[i] * (focal - gamma * (1 - s(i)) ** (gamma - 1) * s(i) * log(s(i)))


def at_k(term: Expr) -> Expr:
    """A summand at k."""
    from symderive.terms import substitute

    return substitute(term, {i: k})


RAW: dict[str, Raw] = {
    "softmax": of(s(i), x[k], s(i) * (delta(i, k) - s(k)), SOFTMAX, keep=(s(i),)),
    "softmax, second": of(
        s(i),
        (x[k], x[c]),
        s(i) * ((delta(i, c) - s(c)) * (delta(i, k) - s(k)) - s(k) * (delta(k, c) - s(c))),
        SOFTMAX,
        keep=(s(i),),
    ),
    "softmax with temperature": of(s(i), x[k], s(i) * (delta(i, k) - s(k)) / tau, WARM, keep=(s(i),)),
    "log-softmax": of(log(s(i)), x[k], delta(i, k) - s(k), SOFTMAX, keep=(s(i),)),
    "logsumexp": of(lse, x[k], s(k), SOFTMAX, LSE, keep=(lse, s(k))),
    "Hessian of logsumexp": of(
        lse, (x[k], x[c]), s(k) * (delta(k, c) - s(c)), SOFTMAX, LSE, keep=(lse, s(k))
    ),
    "cross-entropy by logits": of(cross(s), x[k], s(k) * total(y[i], i) - y[k], SOFTMAX, keep=(s(i),)),
    "cross-entropy by logits, Σy = 1": of(
        cross(s), x[k], s(k) - y[k], SOFTMAX, keep=(s(i),), hypotheses=ONE_HOT
    ),
    "KL by p": of(total(p[i] * log(p[i] / q[i]), i), p[k], log(p[k] / q[k]) + 1),
    "KL by q": of(total(p[i] * log(p[i] / q[i]), i), q[k], -p[k] / q[k]),
    "KL by logits": of(
        total(p[i] * log(p[i] / s(i)), i),
        x[k],
        s(k) - p[k],
        SOFTMAX,
        keep=(s(i),),
        hypotheses=(Hypothesis(total(p[i], i), "=", 1),),
    ),
    "RMS": of(rms, x[k], x[k] / (K * rms), RMS, keep=(rms,)),
    "RMSNorm": of(x[i] / rms, x[k], (delta(i, k) - x[i] * x[k] / (K * rms**2)) / rms, RMS, keep=(rms,)),
    "RMSNorm, backwards": line(
        total(v[i] * (delta(i, k) / rms - x[i] * x[k] / (K * rms**3)), i),
        (v[k] - x[k] * total(v[i] * x[i], i) / (K * rms**2)) / rms,
        RMS,
        keep=(rms,),
    ),
    "sigmoid": of(sigma, z, sigma * (1 - sigma), SIGMOID, keep=(sigma,)),
    "binary cross-entropy": of(
        -alpha * log(sigma) - (1 - alpha) * log(1 - sigma), z, sigma - alpha, SIGMOID, keep=(sigma,)
    ),
    "softmax of softmax": of(
        u(i),
        x[k],
        u(i) * s(k) * (delta(i, k) - s(i) - u(k) + total(u(j) * s(j), j)),
        SOFTMAX,
        NESTED,
        keep=(s(i), u(i)),
    ),
    "label smoothing": of(
        -total(((1 - alpha) * y[i] + alpha / K) * log(s(i)), i),
        x[k],
        s(k) - (1 - alpha) * y[k] - alpha / K,
        SOFTMAX,
        keep=(s(i),),
        hypotheses=ONE_HOT,
    ),
    "focal loss": of(
        -total(y[i] * focal * log(s(i)), i),
        x[k],
        s(k) * total(weights, i) - at_k(weights),
        SOFTMAX,
        keep=(s(i),),
    ),
    "cosine similarity": of(
        total(x[i] * y[i], i) / sqrt(total(x[i] ** 2, i)),
        x[k],
        (y[k] - x[k] * total(x[i] * y[i], i) / total(x[i] ** 2, i)) / sqrt(total(x[i] ** 2, i)),
    ),
    "squared error by W": of(
        total(total((total(W[i, m] * X[n, m], m) - Y[n, i]) ** 2, i), n) / 2,
        W[k, l_],
        total((total(W[k, m] * X[n, m], m) - Y[n, k]) * X[n, l_], n),
    ),
    "attention by Q": of(
        soft(scores, r),
        Q[n, f],
        soft(scores, r) * (A[r, f] - total(soft(scores, o) * A[o, f], o)) / sqrt(D),
        keep=(soft(scores, r),),
    ),
    "Gaussian by the mean": of(
        total((x[i] - mu) ** 2, i) / (2 * var) + K * log(2 * var) / 2, mu, total(mu - x[i], i) / var
    ),
    "Gaussian by the variance": of(
        total((x[i] - mu) ** 2, i) / (2 * var) + K * log(2 * var) / 2,
        var,
        (K - total((x[i] - mu) ** 2, i) / var) / (2 * var),
    ),
    "Jensen–Shannon by logits": of(
        total(p[i] * log(2 * p[i] / (p[i] + s(i))), i) / 2
        + total(s(i) * log(2 * s(i) / (p[i] + s(i))), i) / 2,
        x[k],
        s(k) * (log(2 * s(k) / (p[k] + s(k))) - total(s(i) * log(2 * s(i) / (p[i] + s(i))), i)) / 2,
        SOFTMAX,
        keep=(s(i),),
    ),
    "InfoNCE": of(
        -total(log(soft(vec(S[n, r] / tau, r), n)), n) / N,
        S[o, r],
        (soft(vec(S[o, n] / tau, n), r) - delta(o, r)) / (N * tau),
        keep=(soft(vec(S[n, r] / tau, r), n),),
    ),
    "mixture of softmaxes": of(
        -total(y[i] * log(mix), i),
        B[l_, k],
        w[l_]
        * soft(vec(B[l_, j], j), k)
        * (total(y[i] * soft(vec(B[l_, j], j), i) / mix, i) - y[k] / total(w[m] * soft(kernel, k), m)),
        keep=(soft(kernel, i),),
    ),
    "logistic matrix factorization": of(
        total(total(log(1 + exp(dot)) - R[n, i] * dot, i), n),
        U[o, f],
        total((operation("sigmoid", total(U[o, d] * V[i, d], d)) - R[o, i]) * V[i, f], i),
        keep=(operation("sigmoid", dot),),
    ),
    # -- lines with names left standing --
    "expanded Jacobian": line(
        s(i) * delta(i, k) - s(i) * s(k), s(i) * (delta(i, k) - s(k)), SOFTMAX, keep=(s(i),)
    ),
    "Jacobian written at k": line(
        s(k) * delta(i, k) - s(i) * s(k), s(k) * (delta(i, k) - s(i)), SOFTMAX, keep=(s(i),)
    ),
    "half-folded sum": line(
        -total(y[i] / s(i) * s(i) * (delta(i, k) - s(k)), i),
        s(k) * total(y[i], i) - y[k],
        SOFTMAX,
        keep=(s(i),),
    ),
    "half-folded sum, Σy = 1": line(
        total(y[i] * (delta(i, k) - s(k)), i), y[k] - s(k), SOFTMAX, keep=(s(i),), hypotheses=ONE_HOT
    ),
    "constraint inside another sum": line(
        total((total(s(j) * W[j, m], j) - W[i, m]) * y[i], i),
        total((s(i) - y[i]) * W[i, m], i),
        SOFTMAX,
        keep=(s(i),),
        hypotheses=ONE_HOT,
    ),
    "Hessian of a perceptron's output": line(
        total(W[i, m] * (s(i) * delta(i, k) - s(i) * s(k)), i),
        s(k) * (W[k, m] - total(W[i, m] * s(i), i)),
        SOFTMAX,
        keep=(s(i),),
    ),
    "GELU by a sigmoid": line(
        delta(i, k) * operation("sigmoid", Rational(17, 10) * x[i])
        + x[i]
        * Rational(17, 10)
        * operation("sigmoid", Rational(17, 10) * x[i])
        * (1 - operation("sigmoid", Rational(17, 10) * x[i]))
        * delta(i, k),
        delta(i, k)
        * operation("sigmoid", Rational(17, 10) * x[i])
        * (1 + Rational(17, 10) * x[i] * (1 - operation("sigmoid", Rational(17, 10) * x[i]))),
    ),
    "sums with other factors in front": line(
        alpha * s(k) * total(y[i] * log(s(i)), i) - s(k) * total(y[i], i),
        s(k) * total(y[i] * (alpha * log(s(i)) - 1), i),
        SOFTMAX,
        keep=(s(i),),
    ),
    "rows sum to zero": line(total(s(i) * (delta(i, k) - s(k)), i), Integer(0), SOFTMAX, keep=(s(i),)),
    "hyperbolic tangent": line(
        w[m] * (1 - tanh(z) ** 2) * y[k] - w[m] * (1 - tanh(z) ** 2) * s(k),
        w[m] * (1 - tanh(z) ** 2) * (y[k] - s(k)),
        SOFTMAX,
        keep=(s(i),),
    ),
    "mean over samples": of(
        total((total(X[n, m] * w[m], m) - t[n]) ** 2, n) / (2 * N) + eps * total(w[m] ** 2, m) / 2,
        w[l_],
        total((total(X[n, m] * w[m], m) - t[n]) * X[n, l_], n) / N + eps * w[l_],
    ),
}
