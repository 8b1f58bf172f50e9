"""Formulas that the tests of the C target share, and inputs for them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from sympy import Abs, cosh, exp, log, sin, sqrt, tanh

from symderive.codegen import numpy_target
from symderive.codegen.c_compiler import CompilerNotFound, compiler
from symderive.codegen.functions import Function
from symderive.codegen.generate import Generated, generate
from symderive.terms import Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar

K, N = Dim("K"), Dim("N")
x, y, p, q, w = (Vector(name, K) for name in "xypqw")
A, h, b = Matrix("A", N, K), Vector("h", K), Vector("b", N)
i, j, t = (Index(name, K) for name in "ijt")
n, r, u = (Index(name, N) for name in "nru")
z, label, epsilon, gamma, temperature = (scalar(name) for name in ("z", "y", "epsilon", "gamma", "T"))


def softmax(place: Any) -> Any:
    """The textbook's softmax of x."""
    return exp(x[place]) / indexed_sum(exp(x[j]), j)


def logits(place: Any) -> Any:
    """The entries of A h + b."""
    return indexed_sum(A[place, j] * h[j], j) + b[place]


MIXTURE = (p[i] + softmax(i)) / 2
SIGMOID = 1 / (1 + exp(-z))
#: Name → (formula, what to differentiate by, more for `generate`).
FORMULAS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "softmax": (softmax(i), x, {}),
    "log_softmax": (log(softmax(i)), x, {}),
    "logsumexp": (log(indexed_sum(exp(x[j]), j)), x, {"compute": "value,gradient"}),
    "cross_entropy": (-log(softmax(t)), x, {"compute": "value,gradient,value_and_gradient", "index": t}),
    "soft_target": (-indexed_sum(y[i] * log(softmax(i)), i), x, {"compute": "value,gradient"}),
    "focal": (
        -((1 - softmax(t)) ** gamma) * log(softmax(t)),
        x,
        {"compute": "value,gradient", "index": t},
    ),
    "jensen_shannon": (
        indexed_sum(p[i] * log(p[i] / MIXTURE), i) / 2
        + indexed_sum(softmax(i) * log(softmax(i) / MIXTURE), i) / 2,
        x,
        {"compute": "value,gradient", "hypotheses": [Hypothesis(p[i], ">", 0, (i,))]},
    ),
    "kl": (indexed_sum(p[i] * log(p[i] / q[i]), i), [p, q], {}),
    "manhattan": (indexed_sum(Abs(x[i] - y[i]), i), [x, y], {}),
    "rms": (sqrt(indexed_sum(x[j] ** 2, j) / K), x, {"compute": "value,gradient"}),
    "rmsnorm": (
        x[i] * w[i] / sqrt(indexed_sum(x[j] ** 2, j) / K + epsilon),
        [x, w],
        {},
    ),
    "temperature": (
        log(exp(x[t] / temperature) / indexed_sum(exp(x[j] / temperature), j)),
        [x, temperature],
        {"compute": "value,gradient", "index": t},
    ),
    "affine": (
        -log(exp(logits(u)) / indexed_sum(exp(logits(r)), r)),
        [A, b, h],
        {"compute": "value,gradient", "index": u},
    ),
    "product": (indexed_sum(A[n, j] * h[j], j), [A, h], {"axes": [n]}),
    "mean_logsumexp": (
        indexed_sum(log(indexed_sum(exp(A[n, j]), j)), n) / N,
        A,
        {"compute": "value,gradient"},
    ),
    "places": (indexed_sum(x[i] * i**2, i) + x[t] * t, x, {"compute": "value,gradient", "index": t}),
    "bce": (
        -label * log(SIGMOID) - (1 - label) * log(1 - SIGMOID),
        z,
        {"compute": "value,gradient"},
    ),
    "smooth": (
        tanh(z) * log(cosh(z)) + sin(z) ** 2 * sqrt(1 + z**2) + z**5,
        z,
        {"compute": "value,gradient"},
    ),
}


#: Name → what takes longer to derive than values and gradients.
PRODUCTS = {
    "softmax": "vjp,jvp,jacobian",
    "logsumexp": "hvp",
    "rmsnorm": "vjp",
    "product": "vjp,jvp",
    "affine": "vjp",
}


@cache
def made(name: str, target: str = "c", accuracy: str = "default", compute: str = "") -> Generated:
    """A generated formula of the table; its plan is made once for both targets."""
    if target != "c":
        compiled = made(name, "c", accuracy, compute)
        text = numpy_target.source(compiled.plan)
        functions = numpy_target.load(compiled.plan, text)
        return replace(compiled, target=target, source=text, functions=functions)
    formula, by, more = FORMULAS[name]
    options = {**more, **({"compute": compute} if compute else {})}
    return generate(formula, by, target=target, name=name, accuracy=accuracy, **options)


def inputs(function: Function, dtype: Any, rows: int = 3) -> list[Any]:
    """Arguments of a function: numbers between 0.05 and 0.95, positive like probabilities, unlike logits."""
    rng = np.random.default_rng(len(function.name))
    sizes = {K: 7, N: 4}
    found: list[Any] = []
    for argument in function.arguments:
        shape = tuple(int(size.subs(sizes)) for size in argument.sizes)
        if argument.kind == "index":
            found.append(rng.integers(0, shape[0], rows))
        elif argument.name in ("epsilon", "gamma", "T"):
            found.append(1.5)
        else:
            found.append(rng.uniform(0.05, 0.95, (rows, *shape)).astype(dtype))
    return found


def needs_compiler() -> None:
    """Skip where no C compiler answers."""
    try:
        compiler()
    except CompilerNotFound as error:
        pytest.skip(str(error))
