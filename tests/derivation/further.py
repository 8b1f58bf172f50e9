"""More losses that no document of ours holds, each as a formula and as a torch function of the same arrays."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Expr, Integer, Max, Min, cosh, exp, log, sqrt, tanh

from derivation.unprepared import (
    ONE_HOT,
    Case,
    F,
    G,
    K,
    N,
    Q,
    S,
    W,
    X,
    a,
    affine,
    alpha,
    b,
    delta,
    entropy_loss,
    epsilon,
    gamma,
    h_,
    hidden,
    i,
    j,
    k,
    m,
    mu,
    n,
    o,
    p,
    plain,
    positive,
    q,
    s2,
    score,
    softmax,
    t,
    tau,
    total,
    w,
    x,
    y,
    z,
)
from symderive.terms import Index, Matrix, Vector, scalar

P = Matrix("P", K, K)
g, ell, sigma = Vector("g", K), Vector("ell", K), Vector("sigma", K)
nu, lam, rho = scalar("nu"), scalar("lambda"), scalar("rho")
other, l_ = Index("c", N), Index("l", K)


def each(*families: Vector) -> Any:
    """Families of positive entries."""
    return positive(*(family[i] for family in families), forall=(i,))


def relu(at: Any) -> Expr:
    """The hidden layer of a perceptron of rectified units."""
    return Max(Integer(0), total(F[at, m] * w[m], m) + a[at])


def rectified(at: Any) -> Expr:
    """Its logits."""
    return total(G[at, h_] * relu(h_), h_) + b[at]


FURTHER: dict[str, Case] = {
    "Tversky index": Case(
        total(x[i] * y[i], i)
        / (total(x[i] * y[i], i) + alpha * total(x[i] * (1 - y[i]), i) + rho * total((1 - x[i]) * y[i], i)),
        x,
        lambda torch, at: (
            (at["x"] * at["y"]).sum()
            / (
                (at["x"] * at["y"]).sum()
                + at["alpha"] * (at["x"] * (1 - at["y"])).sum()
                + at["rho"] * ((1 - at["x"]) * at["y"]).sum()
            )
        ),
    ),
    "Dice loss by logits": Case(
        1 - 2 * total(plain(i) * y[i], i) / (1 + total(y[i], i)),
        x,
        lambda torch, at: 1 - 2 * (torch.softmax(at["x"], 0) * at["y"]).sum() / (1 + at["y"].sum()),
        each(y),
    ),
    "logit-adjusted cross-entropy": Case(
        entropy_loss(lambda at: x[at] + tau * log(p[at])),
        x,
        lambda torch, at: -(at["y"] * torch.log_softmax(at["x"] + at["tau"] * at["p"].log(), 0)).sum(),
        (*ONE_HOT, *each(p)),
    ),
    "Student-t negative log-likelihood": Case(
        total((nu + 1) * log(1 + (x[i] - mu) ** 2 / (nu * s2)) / 2, i),
        mu,
        lambda torch, at: (
            (at["nu"] + 1) / 2 * torch.log(1 + (at["x"] - at["mu"]) ** 2 / (at["nu"] * at["s2"]))
        ).sum(),
        positive(nu, s2),
    ),
    "log-cosh": Case(
        total(log(cosh(x[i] - y[i])), i) / K,
        x,
        lambda torch, at: torch.log(torch.cosh(at["x"] - at["y"])).mean(),
    ),
    "quantile loss": Case(
        total(tau * Max(0, y[i] - x[i]) + (1 - tau) * Max(0, x[i] - y[i]), i),
        x,
        lambda torch, at: (
            at["tau"] * torch.relu(at["y"] - at["x"]) + (1 - at["tau"]) * torch.relu(at["x"] - at["y"])
        ).sum(),
    ),
    "lasso": Case(
        total((total(X[n, m] * w[m], m) - t[n]) ** 2, n) / (2 * N) + alpha * total(Abs(w[m]), m),
        w,
        lambda torch, at: ((at["X"] @ at["w"] - at["t"]) ** 2).mean() / 2 + at["alpha"] * at["w"].abs().sum(),
    ),
    "Hessian of logistic regression": Case(
        total(log(1 + exp(-t[n] * total(X[n, m] * w[m], m))), n),
        (w[m], w[Index("r", m.upper)]),
        lambda torch, at: torch.nn.functional.softplus(-at["t"] * (at["X"] @ at["w"])).sum(),
    ),
    "perceptron of rectified units by its first layer": Case(
        entropy_loss(rectified), F, lambda torch, at: _rectified(torch, at), ONE_HOT
    ),
    "squared error of a perceptron": Case(
        total((total(G[i, h_] * hidden(h_), h_) - y[i]) ** 2, i) / 2,
        F,
        lambda torch, at: ((at["G"] @ torch.tanh(at["F"] @ at["w"] + at["a"]) - at["y"]) ** 2).sum() / 2,
    ),
    "variance of a batch": Case(
        total((x[j] - total(x[l_], l_) / K) ** 2, j) / K, x, lambda torch, at: at["x"].var(correction=0)
    ),
    "Mahalanobis distance": Case(
        total(total((x[i] - q[i]) * P[i, j] * (x[j] - q[j]), j), i),
        x,
        lambda torch, at: (at["x"] - at["q"]) @ at["P"] @ (at["x"] - at["q"]),
    ),
    "hinge loss of many classes": Case(
        total(Max(0, x[i] - total(y[j] * x[j], j) + delta), i),
        x,
        lambda torch, at: torch.relu(at["x"] - at["y"] @ at["x"] + at["delta"]).sum(),
        ONE_HOT,
    ),
    "contrastive loss": Case(
        z * total((x[i] - q[i]) ** 2, i) + (1 - z) * Max(0, delta - sqrt(total((x[i] - q[i]) ** 2, i))) ** 2,
        x,
        lambda torch, at: (
            at["z"] * ((at["x"] - at["q"]) ** 2).sum()
            + (1 - at["z"]) * torch.relu(at["delta"] - ((at["x"] - at["q"]) ** 2).sum().sqrt()) ** 2
        ),
    ),
    "weight decay": Case(
        entropy_loss(affine) + lam / 2 * total(total(W[i, m] ** 2, m), i),
        W,
        lambda torch, at: (
            -(at["y"] * torch.log_softmax(at["W"] @ at["h"] + at["b"], 0)).sum()
            + at["lambda"] / 2 * (at["W"] ** 2).sum()
        ),
        ONE_HOT,
    ),
    "weighted cross-entropy": Case(
        -total(g[i] * y[i] * log(plain(i)), i),
        x,
        lambda torch, at: -(at["g"] * at["y"] * torch.log_softmax(at["x"], 0)).sum(),
    ),
    "generalised mean": Case(
        (total(x[i] ** rho, i) / K) ** (1 / rho),
        x,
        lambda torch, at: (at["x"] ** at["rho"]).mean() ** (1 / at["rho"]),
        (*each(x), *positive(rho)),
    ),
    "Rényi entropy": Case(
        log(total(p[i] ** alpha, i)) / (1 - alpha),
        p,
        lambda torch, at: torch.log((at["p"] ** at["alpha"]).sum()) / (1 - at["alpha"]),
        each(p),
    ),
    "Kullback–Leibler term of an autoencoder": Case(
        -total(1 + ell[i] - g[i] ** 2 - exp(ell[i]), i) / 2,
        ell,
        lambda torch, at: -(1 + at["ell"] - at["g"] ** 2 - at["ell"].exp()).sum() / 2,
    ),
    "Gaussian by its deviations": Case(
        total((x[i] - y[i]) ** 2 / (2 * sigma[i] ** 2) + log(sigma[i]), i),
        sigma,
        lambda torch, at: ((at["x"] - at["y"]) ** 2 / (2 * at["sigma"] ** 2) + at["sigma"].log()).sum(),
        each(sigma),
    ),
    "distillation": Case(
        tau**2 * total(p[i] * (log(p[i]) - log(softmax(lambda at: x[at] / tau, i))), i),
        x,
        lambda torch, at: (
            at["tau"] ** 2 * (at["p"] * (at["p"].log() - torch.log_softmax(at["x"] / at["tau"], 0))).sum()
        ),
        (*positive(tau), *each(p)),
    ),
    "attention's output by Q": Case(
        total(softmax(lambda at: score(n, at), other, Index("r", N)) * X[other, m], other),
        Q,
        lambda torch, at: (torch.softmax(at["Q"] @ at["A"].T / 2**0.5, 1) @ at["X"]).T,
    ),
    "generalised cross-entropy": Case(
        total(y[i] * (1 - plain(i) ** rho) / rho, i),
        x,
        lambda torch, at: (at["y"] * (1 - torch.softmax(at["x"], 0) ** at["rho"]) / at["rho"]).sum(),
        positive(rho),
    ),
    "Gini impurity of a softmax": Case(
        1 - total(plain(i) ** 2, i), x, lambda torch, at: 1 - (torch.softmax(at["x"], 0) ** 2).sum()
    ),
    "length of a softmax": Case(
        sqrt(total(plain(i) ** 2, i)), x, lambda torch, at: (torch.softmax(at["x"], 0) ** 2).sum().sqrt()
    ),
    "Boltzmann operator": Case(
        total(x[i] * exp(alpha * x[i]), i) / total(exp(alpha * x[j]), j),
        x,
        lambda torch, at: (at["x"] * torch.softmax(at["alpha"] * at["x"], 0)).sum(),
    ),
    "focal loss of a sigmoid": Case(
        -total(y[i] * (1 - 1 / (1 + exp(-x[i]))) ** gamma * log(1 / (1 + exp(-x[i]))), i),
        x,
        lambda torch, at: (
            -(at["y"] * (1 - torch.sigmoid(at["x"])) ** at["gamma"] * torch.sigmoid(at["x"]).log()).sum()
        ),
        positive(gamma),
    ),
    "Cauchy loss": Case(
        total(log(1 + ((x[i] - y[i]) / rho) ** 2), i),
        x,
        lambda torch, at: torch.log(1 + ((at["x"] - at["y"]) / at["rho"]) ** 2).sum(),
        positive(rho),
    ),
    "Hessian of cross-entropy by logits": Case(
        entropy_loss(lambda at: x[at]),
        (x[k], x[o]),
        lambda torch, at: -(at["y"] * torch.log_softmax(at["x"], 0)).sum(),
        ONE_HOT,
    ),
    "InfoNCE both ways": Case(
        -total(
            log(exp(S[n, n]) / total(exp(S[n, other]), other))
            + log(exp(S[n, n]) / total(exp(S[other, n]), other)),
            n,
        )
        / N,
        S,
        lambda torch, at: (
            -(torch.log_softmax(at["S"], 1) + torch.log_softmax(at["S"], 0)).diagonal().sum() / 3
        ),
    ),
    "clipped surrogate": Case(
        Min(z * rho, rho * Max(1 - epsilon, Min(1 + epsilon, z))),
        z,
        lambda torch, at: torch.minimum(
            at["z"] * at["rho"], at["rho"] * at["z"].clamp(1 - at["epsilon"], 1 + at["epsilon"])
        ),
    ),
    "Swish": Case(
        x[i] / (1 + exp(-rho * x[i])), x, lambda torch, at: at["x"] * torch.sigmoid(at["rho"] * at["x"])
    ),
    "GELU by tanh": Case(
        z / 2 * (1 + tanh(rho * (z + alpha * z**3))),
        z,
        lambda torch, at: at["z"] / 2 * (1 + torch.tanh(at["rho"] * (at["z"] + at["alpha"] * at["z"] ** 3))),
    ),
}


def _rectified(torch: Any, at: dict[str, Any]) -> Any:
    inner = torch.relu(at["F"] @ at["w"] + at["a"])
    return -(at["y"] * torch.log_softmax(at["G"] @ inner + at["b"], 0)).sum()
