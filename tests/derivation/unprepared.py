"""Losses that no document of ours holds, each as a formula and as a torch function of the same arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sympy import Abs, Expr, Integer, Max, Piecewise, Rational, exp, log, pi, sqrt, tanh

from symderive.terms import (
    Dim,
    Hypothesis,
    Index,
    Matrix,
    Vector,
    indexed_sum,
    operation,
    scalar,
)

K, N, M, D, P, H = (Dim(name) for name in "KNMDPH")
SIZES = {"K": 4, "N": 3, "M": 5, "D": 2, "P": 6, "H": 7}
i, j, k, o = (Index(name, K) for name in "ijko")
m, n, r = Index("m", M), Index("n", N), Index("r", N)
d, p_, h_ = Index("d", D), Index("p", P), Index("h", H)
x, y, q, p, u, v, b = (Vector(name, K) for name in "xyqpuvb")
w, h, t, a = Vector("w", M), Vector("h", M), Vector("t", N), Vector("a", H)
W, X, Y = Matrix("W", K, M), Matrix("X", N, M), Matrix("Y", N, K)
Q, A, S = Matrix("Q", N, D), Matrix("A", N, D), Matrix("S", N, N)
B, U, V, R = Matrix("B", M, K), Matrix("U", N, D), Matrix("V", P, D), Matrix("R", N, P)
F, G = Matrix("F", H, M), Matrix("G", K, H)
tau, alpha, gamma, delta, epsilon, mu, s2, z = (
    scalar(name) for name in ("tau", "alpha", "gamma", "delta", "epsilon", "mu", "s2", "z")
)
total = indexed_sum


def positive(*terms: Expr, forall: tuple[Index, ...] = ()) -> tuple[Hypothesis, ...]:
    """Terms that are > 0."""
    return tuple(Hypothesis(term, ">", 0, forall) for term in terms)


ONE_HOT = (Hypothesis(total(y[i], i), "=", 1),)


def softmax(of: Callable[[Any], Expr], at: Any, over: Index = j) -> Expr:
    """``e^{a_i}/Σ_j e^{a_j}``, written out."""
    return exp(of(at)) / total(exp(of(over)), over)


def plain(at: Any) -> Expr:
    """``softmax(x)_i``, written out."""
    return softmax(lambda index: x[index], at)


@dataclass(frozen=True)
class Case:
    """A formula, what it is differentiated by, and the same function for torch.

    `torch` takes torch itself and the arrays by name; its free indices come first in the result's shape.
    """

    formula: Expr
    by: Any
    torch: Callable[[Any, dict[str, Any]], Any]
    hypotheses: tuple[Hypothesis, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def mixture(at: Any) -> Expr:
    """A mixture of softmaxes of the rows of B."""
    return total(w[m] * softmax(lambda index: B[m, index], at), m)


def half(at: Any) -> Expr:
    """The mean of p and softmax(x)."""
    return (p[at] + plain(at)) / 2


def score(row: Any, column: Any) -> Expr:
    """The scaled dot product of a query and a key."""
    return total(Q[row, d] * A[column, d], d) / sqrt(D)


def affine(at: Any) -> Expr:
    """``Wh + b``."""
    return total(W[at, m] * h[m], m) + b[at]


def hidden(at: Any) -> Expr:
    """The hidden layer of a perceptron."""
    return tanh(total(F[at, m] * w[m], m) + a[at])


def output(at: Any) -> Expr:
    """The logits of a two-layer perceptron."""
    return total(G[at, h_] * hidden(h_), h_) + b[at]


def entropy_loss(logit: Callable[[Any], Expr]) -> Expr:
    """Cross-entropy of a softmax, written out."""
    return -total(y[i] * log(softmax(logit, i)), i)


def product(row: Any, column: Any) -> Expr:
    """The logit of logistic matrix factorization."""
    return total(U[row, d] * V[column, d], d)


centred = x[i] - total(x[j], j) / K

CASES: dict[str, Case] = {
    "softmax with temperature": Case(
        softmax(lambda index: x[index] / tau, i),
        x,
        lambda torch, at: torch.softmax(at["x"] / at["tau"], 0),
        positive(tau),
    ),
    "softmax by its temperature": Case(
        softmax(lambda index: x[index] / tau, i),
        tau,
        lambda torch, at: torch.softmax(at["x"] / at["tau"], 0),
        positive(tau),
    ),
    "label smoothing": Case(
        -total(((1 - alpha) * y[i] + alpha / K) * log(plain(i)), i),
        x,
        lambda torch, at: (
            -(((1 - at["alpha"]) * at["y"] + at["alpha"] / 4) * torch.log_softmax(at["x"], 0)).sum()
        ),
        ONE_HOT,
    ),
    "focal loss": Case(
        -total(y[i] * (1 - plain(i)) ** gamma * log(plain(i)), i),
        x,
        lambda torch, at: (
            -(at["y"] * (1 - torch.softmax(at["x"], 0)) ** at["gamma"] * torch.log_softmax(at["x"], 0)).sum()
        ),
        positive(gamma),
    ),
    "Huber loss": Case(
        Piecewise((z**2 / 2, Abs(z) <= delta), (delta * (Abs(z) - delta / 2), True)),
        z,
        lambda torch, at: torch.where(
            at["z"].abs() <= at["delta"],
            at["z"] ** 2 / 2,
            at["delta"] * (at["z"].abs() - at["delta"] / 2),
        ),
        positive(delta),
    ),
    "hinge loss": Case(
        total(Max(0, 1 - y[i] * x[i]), i),
        x,
        lambda torch, at: torch.relu(1 - at["y"] * at["x"]).sum(),
    ),
    "squared error of an affine map by W": Case(
        total(total((total(W[i, m] * X[n, m], m) + b[i] - Y[n, i]) ** 2, i), n) / (2 * N),
        W,
        lambda torch, at: ((at["X"] @ at["W"].T + at["b"] - at["Y"]) ** 2).sum() / 6,
    ),
    "ridge regression": Case(
        total((total(X[n, m] * w[m], m) - t[n]) ** 2, n) + alpha * total(w[m] ** 2, m),
        w,
        lambda torch, at: ((at["X"] @ at["w"] - at["t"]) ** 2).sum() + at["alpha"] * (at["w"] ** 2).sum(),
    ),
    "cosine similarity": Case(
        total(x[i] * y[i], i) / (sqrt(total(x[i] ** 2, i)) * sqrt(total(y[i] ** 2, i))),
        x,
        lambda torch, at: torch.cosine_similarity(at["x"], at["y"], 0),
    ),
    "attention scores by Q": Case(
        exp(score(n, r)) / total(exp(score(n, Index("c", N))), Index("c", N)),
        Q,
        lambda torch, at: torch.softmax(at["Q"] @ at["A"].T / 2**0.5, 1),
    ),
    "Gaussian negative log-likelihood by the mean": Case(
        total((x[i] - mu) ** 2, i) / (2 * s2) + K * log(2 * pi * s2) / 2,
        mu,
        lambda torch, at: (
            ((at["x"] - at["mu"]) ** 2).sum() / (2 * at["s2"]) + 2 * torch.log(2 * torch.pi * at["s2"])
        ),
        positive(s2),
    ),
    "Gaussian negative log-likelihood by the variance": Case(
        total((x[i] - mu) ** 2, i) / (2 * s2) + K * log(2 * pi * s2) / 2,
        s2,
        lambda torch, at: (
            ((at["x"] - at["mu"]) ** 2).sum() / (2 * at["s2"]) + 2 * torch.log(2 * torch.pi * at["s2"])
        ),
        positive(s2),
    ),
    "Jensen–Shannon divergence by logits": Case(
        total(p[i] * log(p[i] / half(i)), i) / 2 + total(plain(i) * log(plain(i) / half(i)), i) / 2,
        x,
        lambda torch, at: _jensen_shannon(torch, at["p"], torch.softmax(at["x"], 0)),
        positive(p[i], forall=(i,)),
    ),
    "mixture of softmaxes": Case(
        -total(y[i] * log(mixture(i)), i),
        B,
        lambda torch, at: -(at["y"] * torch.log(at["w"] @ torch.softmax(at["B"], 1))).sum(),
        positive(w[m], forall=(m,)),
    ),
    "softmax of softmax": Case(
        softmax(plain, i), x, lambda torch, at: torch.softmax(torch.softmax(at["x"], 0), 0)
    ),
    "logistic matrix factorization": Case(
        total(total(log(1 + exp(product(n, p_))) - R[n, p_] * product(n, p_), p_), n),
        U,
        lambda torch, at: (
            torch.nn.functional.softplus(at["U"] @ at["V"].T) - at["R"] * (at["U"] @ at["V"].T)
        ).sum(),
    ),
    "InfoNCE": Case(
        -total(log(exp(S[n, n] / tau) / total(exp(S[n, r] / tau), r)), n) / N,
        S,
        lambda torch, at: -torch.log_softmax(at["S"] / at["tau"], 1).diagonal().sum() / 3,
        positive(tau),
    ),
    "Hessian of logsumexp": Case(
        log(total(exp(x[j]), j)), (x[k], x[o]), lambda torch, at: torch.logsumexp(at["x"], 0)
    ),
    "vector–Jacobian product of softmax": Case(
        plain(i), x, lambda torch, at: (at["v"] * torch.softmax(at["x"], 0)).sum(), (), {"vjp": v}
    ),
    "entropy of a softmax": Case(
        -total(plain(i) * log(plain(i)), i),
        x,
        lambda torch, at: -(torch.softmax(at["x"], 0) * torch.log_softmax(at["x"], 0)).sum(),
    ),
    "binary cross-entropy by logits": Case(
        -total(y[i] * log(1 / (1 + exp(-x[i]))) + (1 - y[i]) * log(1 - 1 / (1 + exp(-x[i]))), i) / K,
        x,
        lambda torch, at: (
            -(
                at["y"] * torch.log(torch.sigmoid(at["x"]))
                + (1 - at["y"]) * torch.log(1 - torch.sigmoid(at["x"]))
            ).mean()
        ),
    ),
    "logistic regression": Case(
        total(log(1 + exp(-t[n] * total(X[n, m] * w[m], m))), n) / N,
        w,
        lambda torch, at: torch.nn.functional.softplus(-at["t"] * (at["X"] @ at["w"])).mean(),
    ),
    "RMS normalisation, backwards": Case(
        x[i] / sqrt(total(x[j] ** 2, j) / K + epsilon),
        x,
        lambda torch, at: (at["v"] * at["x"] / torch.sqrt((at["x"] ** 2).mean() + at["epsilon"])).sum(),
        positive(epsilon),
        {"vjp": v},
    ),
    "layer normalisation, backwards": Case(
        centred / sqrt(total((x[o] - total(x[j], j) / K) ** 2, o) / K + epsilon),
        x,
        lambda torch, at: (
            at["v"] * (at["x"] - at["x"].mean()) / torch.sqrt(at["x"].var(correction=0) + at["epsilon"])
        ).sum(),
        positive(epsilon),
        {"vjp": v},
    ),
    "GELU by a sigmoid": Case(
        x[i] * operation("sigmoid", Rational(1702, 1000) * x[i]),
        x,
        lambda torch, at: at["x"] * torch.sigmoid(1.702 * at["x"]),
    ),
    "cross-entropy of an affine map by W": Case(
        entropy_loss(affine),
        W,
        lambda torch, at: -(at["y"] * torch.log_softmax(at["W"] @ at["h"] + at["b"], 0)).sum(),
        ONE_HOT,
    ),
    "two-layer perceptron by its second layer": Case(
        entropy_loss(output), G, lambda torch, at: _perceptron(torch, at), ONE_HOT
    ),
    "two-layer perceptron by its first layer": Case(
        entropy_loss(output), F, lambda torch, at: _perceptron(torch, at), ONE_HOT
    ),
    "Poisson negative log-likelihood": Case(
        total(exp(x[i]) - y[i] * x[i], i), x, lambda torch, at: (at["x"].exp() - at["y"] * at["x"]).sum()
    ),
    "triplet loss": Case(
        Max(Integer(0), total((x[i] - p[i]) ** 2, i) - total((x[i] - q[i]) ** 2, i) + alpha),
        x,
        lambda torch, at: torch.relu(
            ((at["x"] - at["p"]) ** 2).sum() - ((at["x"] - at["q"]) ** 2).sum() + at["alpha"]
        ),
    ),
}


def _jensen_shannon(torch: Any, first: Any, second: Any) -> Any:
    middle = (first + second) / 2
    return (first * torch.log(first / middle)).sum() / 2 + (second * torch.log(second / middle)).sum() / 2


def _perceptron(torch: Any, at: dict[str, Any]) -> Any:
    inner = torch.tanh(at["F"] @ at["w"] + at["a"])
    return -(at["y"] * torch.log_softmax(at["G"] @ inner + at["b"], 0)).sum()
