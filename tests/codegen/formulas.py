"""Formulas that code is generated of in the tests: written naively, as in a textbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Abs, KroneckerDelta, exp, log, sqrt

from symderive.terms import Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar

__all__ = ["FORMULAS", "Formula"]

K, N = Dim("K"), Dim("N")
x, y, p, q, w, h = (Vector(name, K) for name in "xypqwh")
A, Y, b = Matrix("A", N, K), Matrix("Y", N, K), Vector("b", N)
i, j, k, t = (Index(name, K) for name in "ijkt")
n, m, r = (Index(name, N) for name in "nmr")
gamma, epsilon, tau, z, label = (scalar(name) for name in ("gamma", "epsilon", "tau", "z", "y"))


@dataclass(frozen=True)
class Formula:
    """A formula with what is needed to generate it: integer inputs, variables, hypotheses."""

    name: str
    term: Any
    wrt: Any
    index: tuple[Index, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    vector: bool = False


def softmax(place: Any) -> Any:
    """The softmax of x, naively."""
    return exp(x[place]) / indexed_sum(exp(x[j]), j)


def _positive(*families: Any) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(family[i], ">", 0, (i,)) for family in families)


def _affine(row: Any) -> Any:
    return indexed_sum(A[row, j] * h[j], j) + b[row]


_SIGMOID = 1 / (1 + exp(-z))
_MIDDLE = (p[i] + softmax(i)) / 2
_NORM = sqrt(indexed_sum(x[j] ** 2, j) / K + epsilon)
_LABEL_N = Index("t", N)

FORMULAS = (
    Formula("softmax", softmax(i), x, vector=True),
    Formula("log_softmax", log(softmax(i)), x, vector=True),
    Formula("logsumexp", log(indexed_sum(exp(x[j]), j)), x),
    Formula("cross_entropy", -log(softmax(t)), x, (t,)),
    Formula("soft_cross_entropy", -indexed_sum(y[i] * log(softmax(i)), i), x),
    Formula(
        "normalised_cross_entropy",
        -indexed_sum(y[i] * log(softmax(i)), i),
        x,
        hypotheses=(Hypothesis(indexed_sum(y[i], i), "=", 1),),
    ),
    Formula("temperature", -log(exp(x[t] / tau) / indexed_sum(exp(x[j] / tau), j)), (x, tau), (t,)),
    Formula("focal", -((1 - softmax(t)) ** gamma) * log(softmax(t)), x, (t,)),
    Formula("sigmoid", _SIGMOID, z),
    Formula("softplus", log(1 + exp(z)), z),
    Formula("binary", -label * log(_SIGMOID) - (1 - label) * log(1 - _SIGMOID), z),
    Formula("rms", sqrt(indexed_sum(x[j] ** 2, j) / K), x),
    Formula("rmsnorm", x[i] * w[i] / _NORM, (x, w), vector=True),
    Formula("manhattan", indexed_sum(Abs(x[i] - y[i]), i), x),
    Formula("divergence", indexed_sum(p[i] * log(p[i] / q[i]), i), (p, q), hypotheses=_positive(p, q)),
    Formula(
        "divergence_of_softmax", indexed_sum(p[i] * log(p[i] / softmax(i)), i), x, hypotheses=_positive(p)
    ),
    Formula(
        "jensen_shannon",
        indexed_sum(p[i] * log(p[i] / _MIDDLE), i) / 2
        + indexed_sum(softmax(i) * log(softmax(i) / _MIDDLE), i) / 2,
        x,
        hypotheses=_positive(p),
    ),
    Formula("info_nce", log(indexed_sum(exp(x[j] / tau), j)) - x[t] / tau, x, (t,)),
    Formula(
        "affine_cross_entropy",
        -log(exp(_affine(_LABEL_N)) / indexed_sum(exp(_affine(r)), r)),
        (A, b, h),
        (_LABEL_N,),
    ),
    Formula("row_logsumexp", indexed_sum(log(indexed_sum(exp(A[n, j]), j)), n) / N, A),
    Formula(
        "row_soft_cross_entropy",
        -indexed_sum(indexed_sum(Y[n, k] * log(exp(A[n, k]) / indexed_sum(exp(A[n, j]), j)), k), n) / N,
        A,
    ),
    Formula(
        "label_smoothing",
        -indexed_sum(((1 - epsilon) * KroneckerDelta(i, t) + epsilon / K) * log(softmax(i)), i),
        x,
        (t,),
    ),
    Formula("centred", (x[i] - indexed_sum(x[j], j) / K) ** 2, x, vector=True),
)
