"""The functions whose accuracy is measured: those that can be accurate everywhere, and those that cancel."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Expr, exp, log, sqrt

from symderive.codegen.regimes import REGIMES
from symderive.terms import Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar

K = Dim("K")
x, y, p, q, w = (Vector(name, K) for name in "xypqw")
A, d = Matrix("A", K, K), Index("d", K)
i, j, t = Index("i", K), Index("j", K), Index("t", K)
z, label, epsilon, gamma, T = (scalar(name) for name in ("z", "y", "epsilon", "gamma", "T"))


def softmax(place: Index) -> Expr:
    return exp(x[place]) / indexed_sum(exp(x[j]), j)


def similarity(place: Index) -> Expr:
    return indexed_sum(A[place, d] * x[d], d)


SIGMOID = 1 / (1 + exp(-z))
BCE = -label * log(SIGMOID) - (1 - label) * log(1 - SIGMOID)
KL = indexed_sum(p[i] * log(p[i] / q[i]), i)
RMS = sqrt(indexed_sum(x[j] ** 2, j) / K)
RMSNORM = x[i] * w[i] / sqrt(indexed_sum(x[j] ** 2, j) / K + epsilon)
POSITIVE = (Hypothesis(p[i], ">", 0, (i,)), Hypothesis(q[i], ">", 0, (i,)))
NORMALISED = (Hypothesis(indexed_sum(y[i], i), "=", 1),)
MIXTURE = (p[i] + softmax(i)) / 2
JENSEN = (
    indexed_sum(p[i] * log(p[i] / MIXTURE), i) / 2
    + indexed_sum(softmax(i) * log(softmax(i) / MIXTURE), i) / 2
)
SOFT = -indexed_sum(y[i] * log(softmax(i)), i)

#: Name → how it is generated, the kinds of its arguments, regimes where its formula cancels.
WELL: dict[str, tuple[dict[str, Any], dict[str, str], set[str]]] = {
    "softmax": ({"expression": softmax(i), "axes": [i]}, {}, set()),
    "log_softmax": ({"expression": log(softmax(i)), "axes": [i]}, {}, set()),
    "cross_entropy": (
        {"expression": -log(softmax(t)), "wrt": x, "index": t, "compute": "value,gradient"},
        {},
        set(),
    ),
    "soft_cross_entropy": ({"expression": SOFT}, {"y": "targets"}, set()),
    "sigmoid": ({"expression": SIGMOID}, {}, set()),
    "softplus": ({"expression": log(1 + exp(z))}, {}, set()),
    "bce": ({"expression": BCE}, {"y": "label"}, set()),
    "bce_hard": (
        {"expression": BCE, "wrt": z, "compute": "gradient"},
        {"y": "label"},
        set(REGIMES) - {"dominant", "one-hot"},  # where labels are 0 or 1
    ),
    "rms": ({"expression": RMS, "wrt": x, "compute": "value,gradient"}, {}, set()),
    "rmsnorm": (
        {"expression": RMSNORM, "axes": [i], "hypotheses": [Hypothesis(epsilon, ">", 0)]},
        {"w": "direction", "epsilon": "scale"},
        set(),
    ),
    "manhattan": ({"expression": indexed_sum(Abs(x[i] - y[i]), i)}, {"y": "vector"}, set()),
    # One dominant class in both makes p and q nearly equal; where Σp ≠ Σq the sum may cancel altogether.
    "kl": ({"expression": KL, "hypotheses": POSITIVE}, {}, {"near-equal", "dominant", "offset"}),
}
#: The same where digits cancel in the formula itself.
CANCELLING: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "soft_gradient": ({"expression": SOFT, "wrt": x, "compute": "gradient"}, {"y": "targets"}),
    "normalised_gradient": (
        {"expression": SOFT, "wrt": x, "compute": "gradient", "hypotheses": NORMALISED},
        {},
    ),
    "bce_soft": ({"expression": BCE, "wrt": z, "compute": "gradient"}, {"y": "label"}),
    "kl_near": ({"expression": KL, "wrt": [p, q], "hypotheses": POSITIVE, "compute": "value,gradient"}, {}),
    "kl_logits": (
        {
            "expression": indexed_sum(p[i] * log(p[i] / softmax(i)), i),
            "wrt": x,
            "hypotheses": POSITIVE[:1],
            "compute": "value,gradient",
        },
        {},
    ),
    "softmax_vjp": ({"expression": softmax(i), "axes": [i], "compute": "vjp,jvp"}, {}),
    "logsumexp": ({"expression": log(indexed_sum(exp(x[j]), j))}, {}),
    "rmsnorm_vjp": (
        {
            "expression": RMSNORM,
            "wrt": [x, w],
            "axes": [i],
            "compute": "vjp",
            "hypotheses": [Hypothesis(epsilon, ">", 0)],
        },
        {"w": "direction", "epsilon": "scale"},
    ),
    "focal": (
        {
            "expression": -((1 - softmax(t)) ** gamma) * log(softmax(t)),
            "wrt": x,
            "index": t,
            "compute": "value,gradient",
        },
        {"gamma": "scale"},
    ),
    "temperature": (
        {
            "expression": -log(exp(x[t] / T) / indexed_sum(exp(x[j] / T), j)),
            "wrt": x,
            "index": t,
            "compute": "value,gradient",
            "hypotheses": [Hypothesis(T, ">", 0)],
        },
        {"T": "scale"},
    ),
    "infonce": (
        {
            "expression": -log(exp(similarity(t) / T) / indexed_sum(exp(similarity(j) / T), j)),
            "wrt": x,
            "index": t,
            "compute": "value,gradient",
            "hypotheses": [Hypothesis(T, ">", 0)],
        },
        {"T": "scale", "x": "direction", "A": "direction"},
    ),
    "jensen_shannon": (
        {"expression": JENSEN, "wrt": x, "hypotheses": POSITIVE[:1], "compute": "value,gradient"},
        {"p": "probabilities"},
    ),
}
