"""Sums of exponentials without a term, odds of a softmax, and weights of 0: against mpmath at 1200 digits."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, KroneckerDelta, Piecewise, Symbol, exp, log

from symderive.codegen.generate import generate
from symderive.codegen.stabilising import stabilised
from symderive.terms import (
    Dim,
    Hypothesis,
    Index,
    Iverson,
    Matrix,
    Vector,
    indexed_sum,
    operation,
    scalar,
    vec,
)

K = Dim("K")
x, y, v, w = (Vector(name, K) for name in "xyvw")
Q = Matrix("Q", K, K)
i, j, k, t = (Index(name, K) for name in "ijkt")
z, o, a, tau = (scalar(name) for name in ("z", "o", "a", "tau"))
OTHERS = indexed_sum((1 - KroneckerDelta(j, t)) * exp(x[j]), j)
Z = indexed_sum(exp(x[j]), j)


def softmax(family: Vector, at: Index) -> Expr:
    return exp(family[at]) / indexed_sum(exp(family[j]), j)


SHARE = softmax(x, t)
POSITIVE = (Hypothesis(a, ">", 0), Hypothesis(tau, ">", 0))
RISK = indexed_sum(Piecewise((exp(x[j]), y[j] >= y[i]), (0, True)), j)
#: Formulas of x alone, of z alone, and whether a label is needed.
FORMULAS: dict[str, Expr] = {
    "log-sum-exp of the others": log(OTHERS),
    "decoupled contrastive": -x[t] / tau + log(indexed_sum((1 - KroneckerDelta(j, t)) * exp(x[j] / tau), j)),
    "without a term": log(Z - exp(x[t])),
    "log odds": log(SHARE / (1 - SHARE)),
    "unlikelihood": log(1 - SHARE),
    "weighted": log(indexed_sum(w[i] * exp(x[i]), i)),
    "one and weighted": log(1 + indexed_sum(w[i] * exp(-x[i]), i)),
    "masked attention": indexed_sum(w[i] * exp(x[i]) * v[i], i) / indexed_sum(w[i] * exp(x[i]), i),
    "risk sets": indexed_sum(log(RISK), i),
    "constant": log(a + Z),
}
POINTS = {
    "usual": [0.3, -1.2, 0.7],
    "equal": [0.0, 0.0, 0.0],
    "masked one largest": [800.0, 0.0, 1.0],
    "label leads": [38.0, -0.1, 0.25],
    "label trails": [-40.0, 0.5, 0.0],
    "far below": [-800.0, -790.0, -805.0],
}
GIVEN: dict[str, Any] = {
    "w": np.array([0.0, 1.5, 0.25]),
    "v": np.array([1.0, 2.0, 3.0]),
    "y": np.array([1.0, 2.0, 3.0]),
    "a": np.float64(2.5),
    "tau": np.float64(0.5),
    "t": 0,
}


def truth(name: str, point: list[float]) -> tuple[Any, list[Any]]:
    """The value and the gradient, by differences with 500 digits to spare."""

    def value(entries: list[Any]) -> Any:
        e = [mpmath.exp(u) for u in entries]
        weights, others = [mpmath.mpf(float(u)) for u in GIVEN["w"]], mpmath.fsum(e[1:])
        known = {
            "log-sum-exp of the others": lambda: mpmath.log(others),
            "decoupled contrastive": lambda: (
                -entries[0] / 0.5 + mpmath.log(mpmath.fsum(mpmath.exp(u / 0.5) for u in entries[1:]))
            ),
            "without a term": lambda: mpmath.log(others),
            "log odds": lambda: entries[0] - mpmath.log(others),
            "unlikelihood": lambda: mpmath.log(others / mpmath.fsum(e)),
            "weighted": lambda: mpmath.log(mpmath.fdot(weights, e)),
            "one and weighted": lambda: mpmath.log(
                1 + mpmath.fsum(c / u for c, u in zip(weights, e, strict=True))
            ),
            "masked attention": lambda: (
                mpmath.fdot([c * n for n, c in enumerate(weights, 1)], e) / mpmath.fdot(weights, e)
            ),
            "risk sets": lambda: mpmath.fsum(mpmath.log(mpmath.fsum(e[n:])) for n in range(3)),
            "constant": lambda: mpmath.log(2.5 + mpmath.fsum(e)),
        }
        return known[name]()

    h = mpmath.mpf(10) ** -400
    entries = [mpmath.mpf(u) for u in point]
    shifted = [[u + (h if n == m else 0) for n, u in enumerate(entries)] for m in range(3)]
    return value(entries), [(value(one) - value(entries)) / h for one in shifted]


@pytest.mark.parametrize("name", FORMULAS)
def test_what_does_not_count_decides_nothing(name: str, target: str) -> None:
    """Nor is anything lost that another entry outweighs."""
    formula = FORMULAS[name]
    labelled = formula.has(Symbol("t")) or t in formula.free_symbols
    made = generate(
        formula,
        x,
        compute="value,gradient",
        index=t if labelled else (),
        hypotheses=POSITIVE,
        target=target,
        name="f",
    )
    for point, entries in POINTS.items():
        given = {**GIVEN, "x": np.array(entries)}
        with mpmath.workdps(1200):
            value, gradient = truth(name, entries)
        for compute, true in (("value", [value]), ("gradient", gradient)):
            arguments = [given[argument.name] for argument in made.plan.function(compute).arguments]
            if target == "torch":
                torch = pytest.importorskip("torch")
                arguments = [torch.as_tensor(argument) for argument in arguments]
            found = np.ravel(np.asarray(made[compute](*arguments)))
            for number, right in zip(found, true, strict=True):
                # A value is a difference of logits, an attention's slope one of values: their rounding counts.
                size = 2e-13 + 4e-16 * max(map(abs, entries)) if compute == "value" else 0
                size = 2e-15 if (compute, name) == ("gradient", "masked attention") else size
                assert abs(number - float(right)) <= 1e-12 * abs(float(right)) + size + 1e-300, (
                    point,
                    compute,
                )


@pytest.mark.parametrize("q", [-800.0, 0.0, 800.0])
def test_sums_over_two_indices(q: float, target: str) -> None:
    both = log(indexed_sum(indexed_sum(exp(x[i] + Q[i, j] + y[j]), j), i))
    made = generate(both, Q, compute="value,gradient", target=target, name="f")
    given = {"Q": np.full((2, 2), q), "x": np.array([0.5, -700.0]), "y": np.array([1.0, 1.0])}
    arguments = [given[argument.name] for argument in made.plan.function("value").arguments]
    if target == "torch":
        torch = pytest.importorskip("torch")
        arguments = [torch.as_tensor(argument) for argument in arguments]
    assert float(made["value"](*arguments)) == pytest.approx(q + 1.5 + np.log(2), rel=1e-15)
    slopes = np.asarray(made["gradient"](*arguments))
    np.testing.assert_allclose(slopes, [[0.5, 0.5], [0.0, 0.0]], rtol=1e-14, atol=1e-300)


def test_the_forms_are_proved() -> None:
    s = [operation("softmax", vec(x[j], j), place) for place in (k, t)]
    for term in (*FORMULAS.values(), s[0] / (1 - s[1]), (KroneckerDelta(k, t) - s[0]) / (1 - s[1])):
        for step in stabilised(term, POSITIVE).steps:
            assert step.verdict is not None
            assert step.verdict.status.name == "PROVED", (term, step.rule)


@pytest.mark.parametrize(
    ("term", "rule"),
    [
        (Z + exp(x[t]), "without_a_term"),
        (Z - 2 * exp(x[t]), "without_a_term"),
        (Z - exp(y[t]), "without_a_term"),
        (Z - exp(Vector("x", Dim("N"))[Index("n", Dim("N"))]), "without_a_term"),
        (operation("softmax", vec(x[j], j), k) / (1 - operation("softmax", vec(y[j], j), t)), "odds"),
        (operation("softmax", vec(x[j], j), k) / (2 - operation("softmax", vec(x[j], j), t)), "odds"),
        (log(2 - operation("softmax", vec(x[j], j), t)), "log_of_odds"),
        (log(a + exp(z)), "shifted_total"),
        (log(indexed_sum(Iverson(y[j] > y[i]) * x[j], j)), "shifted_total"),
    ],
)
def test_what_is_something_else_stays(term: Expr, rule: str) -> None:
    assert f"stable.{rule}" not in [step.rule for step in stabilised(term).steps]
