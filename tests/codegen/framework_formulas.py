"""Formulas that both frameworks' targets are tested on, with random arguments for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sympy import Abs, Expr, exp, log, sqrt

from symderive.codegen.generate import Generated, generate
from symderive.terms import Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar

K, N = Dim("K"), Dim("N")
x, y, p, q, w, h = (Vector(name, K) for name in "xypqwh")
b = Vector("b", N)
W = Matrix("W", N, K)
i, j = Index("i", K), Index("j", K)
n, r = Index("n", N), Index("r", N)
t, label = Index("t", K), Index("t", N)
z, target, gamma, T, epsilon = (scalar(name) for name in ("z", "y", "gamma", "T", "epsilon"))


def softmax(k: Index) -> Expr:
    return exp(x[k]) / indexed_sum(exp(x[j]), j)


def affine(k: Index) -> Expr:
    return indexed_sum(W[k, j] * h[j], j) + b[k]


@dataclass(frozen=True)
class Formula:
    """A formula, what its integer inputs are, and how its arguments are drawn: name → shape and kind."""

    term: Expr
    draw: Mapping[str, tuple[tuple[int, ...], str]]
    index: tuple[Index, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()


def _logits(**more: tuple[tuple[int, ...], str]) -> dict[str, tuple[tuple[int, ...], str]]:
    return {"x": ((5,), "normal"), **more}


_SIGMOID = 1 / (1 + exp(-z))
_MIDDLE = (p[i] + softmax(i)) / 2
_POSITIVE = Hypothesis(p[i], ">", 0, (i,))

FORMULAS: Mapping[str, Formula] = {
    "softmax": Formula(softmax(i), _logits()),
    "log_softmax": Formula(log(softmax(i)), _logits()),
    "logsumexp": Formula(log(indexed_sum(exp(x[j]), j)), _logits()),
    "cross_entropy": Formula(-log(softmax(t)), _logits(t=((), "label 5")), (t,)),
    "soft_cross_entropy": Formula(-indexed_sum(y[i] * log(softmax(i)), i), _logits(y=((5,), "positive"))),
    "bce": Formula(
        -target * log(_SIGMOID) - (1 - target) * log(1 - _SIGMOID),
        {"z": ((), "normal"), "y": ((), "positive")},
    ),
    "kl": Formula(
        indexed_sum(p[i] * log(p[i] / q[i]), i), {"p": ((5,), "positive"), "q": ((5,), "positive")}
    ),
    "focal": Formula(
        -((1 - softmax(t)) ** gamma) * log(softmax(t)),
        _logits(t=((), "label 5"), gamma=((), "positive")),
        (t,),
    ),
    "jensen_shannon": Formula(
        indexed_sum(p[i] * log(p[i] / _MIDDLE), i) / 2
        + indexed_sum(softmax(i) * log(softmax(i) / _MIDDLE), i) / 2,
        _logits(p=((5,), "positive")),
        (),
        (_POSITIVE,),
    ),
    "temperature": Formula(
        -log(exp(x[t] / T) / indexed_sum(exp(x[j] / T), j)),
        _logits(t=((), "label 5"), T=((), "positive")),
        (t,),
    ),
    "info_nce": Formula(
        -log(
            exp(indexed_sum(W[label, j] * h[j], j) / T)
            / indexed_sum(exp(indexed_sum(W[r, j] * h[j], j) / T), r)
        ),
        {"W": ((4, 5), "normal"), "h": ((5,), "normal"), "t": ((), "label 4"), "T": ((), "positive")},
        (label,),
    ),
    "rmsnorm": Formula(
        x[i] * w[i] / sqrt(indexed_sum(x[j] ** 2, j) / K + epsilon),
        _logits(w=((5,), "normal"), epsilon=((), "positive")),
    ),
    "manhattan": Formula(indexed_sum(Abs(x[j] - y[j]), j), _logits(y=((5,), "normal"))),
    "affine_cross_entropy": Formula(
        -log(exp(affine(label)) / indexed_sum(exp(affine(r)), r)),
        {"W": ((4, 5), "normal"), "b": ((4,), "normal"), "h": ((5,), "normal"), "t": ((), "label 4")},
        (label,),
    ),
}


@cache
def made(name: str, library: str, compute: str = "value", accuracy: str = "default") -> Generated:
    """The generated functions of a formula."""
    formula = FORMULAS[name]
    return generate(
        formula.term,
        target=library,
        compute=compute,
        accuracy=accuracy,
        index=formula.index,
        hypotheses=formula.hypotheses,
        name=name,
    )


def names_of(generated: Generated) -> list[str]:
    """The value's arguments, in calling order."""
    return [argument.name for argument in generated.plan.function("value").arguments]


def drawn(name: str, batch: tuple[int, ...] = (3,), seed: int = 0) -> dict[str, Any]:
    """Random arguments: float64 arrays and integer labels."""
    rng = np.random.default_rng(seed)
    draws: dict[str, Callable[[Any], Any]] = {
        "normal": lambda shape: rng.normal(size=shape),
        "positive": lambda shape: rng.uniform(0.2, 0.9, shape),
    }
    found = {}
    for argument, (shape, kind) in FORMULAS[name].draw.items():
        if kind.startswith("label"):
            found[argument] = rng.integers(0, int(kind.split()[1]), batch)
        else:
            found[argument] = draws[kind]((*batch, *shape))
    return found
