"""Softmaxes in what was written without them: true for every vector, and only where the whole is there."""

from __future__ import annotations

import pytest
from sympy import Expr, exp, log

from symderive.decide import Status, judge
from symderive.derivation.recognising import recognise
from symderive.rules import Scope
from symderive.terms import (
    Dim,
    Index,
    Operation,
    Vector,
    alpha_equal,
    indexed_sum,
    operation,
    scalar,
    vec,
    walk,
)

K, N = Dim("K"), Dim("N")
x, y = Vector("x", K), Vector("y", K)
i, j, k = (Index(name, K) for name in "ijk")
a, tau = scalar("a"), scalar("tau")
Z = indexed_sum(exp(x[j]), j)
S = operation("softmax", vec(x[j], j), i)


def recognised(term: Expr) -> Expr:
    steps = recognise(term, Scope())
    return steps[-1].after if steps else term


@pytest.mark.parametrize(
    ("term", "named"),
    [
        (exp(x[i]) / Z, S),
        (Z * exp(-x[i]), 1 / S),
        (Z / exp(x[i]) - 1, 1 / S - 1),
        (a * Z * exp(-x[i]) * y[k], a * y[k] / S),
        (Z**2 * exp(-2 * x[i]), S**-2),
        (exp(2 * x[i]) / Z**2, S**2),
        (exp(x[i]) / Z**3, S / Z**2),
        (Z**3 * exp(-x[i]), Z**2 / S),
        (exp(x[i] + a) / Z, S * exp(a)),
        (Z * exp(a - x[i]), exp(a) / S),
        (
            indexed_sum(exp(x[j] / tau), j) * exp(-x[k] / tau),
            1 / operation("softmax", vec(x[j] / tau, j), k),
        ),
        (log(Z) + exp(x[i]) / Z, operation("logsumexp", vec(x[j], j)) + S),
    ],
)
def test_a_softmax_and_one_over_it(term: Expr, named: Expr) -> None:
    found = recognised(term)
    assert alpha_equal(found, named), found
    assert judge(found, term).status is Status.PROVED


@pytest.mark.parametrize(
    "term",
    [
        Z * exp(x[i]),
        exp(-x[i]) / Z,
        exp(y[i]) / Z,
        Z * exp(-y[i]),
        Z * exp(-x[i] / 2),
        indexed_sum(exp(x[j]), j) * exp(-Vector("x", N)[Index("n", N)]),
        exp(x[i]) / (1 + Z),
        exp(x[i]) / indexed_sum(2 * exp(x[j]), j) ** a,
    ],
)
def test_what_is_none_stays(term: Expr) -> None:
    assert not any(isinstance(node, Operation) for node in walk(recognised(term)))
