"""Inequalities: each true one is proved, and beside it one that is false, strict at an equality point too."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Max, Rational, binomial, exp, log, sqrt

from symderive.decide import Status, judge
from symderive.terms import Dim, Hypothesis, Index, Vector, indexed_product, indexed_sum, scalar

K, d, m = Dim("K"), Dim("d"), Dim("m")
i, j = Index("i", K), Index("j", K)
x, y, z, p, q = (Vector(name, K) for name in "xyzpq")
a, b, c, t = (scalar(name) for name in "abct")


def positive(vector: Vector) -> Hypothesis:  # type: ignore[valid-type]
    return Hypothesis(vector[i], ">", 0, (i,))


def normalised(vector: Vector) -> Hypothesis:  # type: ignore[valid-type]
    return Hypothesis(indexed_sum(vector[i], i), "=", 1)


def total(body: Expr) -> Expr:
    return indexed_sum(body, i)


s = exp(x[j]) / total(exp(x[i]))
kl = total(p[i] * log(p[i] / q[i]))
on_simplex = (positive(p), positive(q), normalised(p), normalised(q))

# name → (lhs, relation, rhs, hypotheses, a relation or side that makes it false)
CASES = {
    "log": (log(t), "<=", t - 1, (), t - 2),
    "exp": (exp(t), ">=", 1 + t, (), 1 + t + t**2 / 2),
    "Gibbs": (kl, ">=", 0, on_simplex, Rational(1, 1000)),
    "Gibbs, unnormalised": (kl, ">=", total(p[i]) - total(q[i]), on_simplex[:2], total(p[i])),
    "entropy is at most log K": (
        -total(p[i] * log(p[i])),
        "<=",
        log(K),
        (positive(p), normalised(p)),
        log(K) / 2,
    ),
    "Cauchy–Schwarz": (
        total(x[i] * y[i]) ** 2,
        "<=",
        total(x[i] ** 2) * total(y[i] ** 2),
        (),
        total(x[i] ** 2 * y[i] ** 2),
    ),
    "Cauchy–Schwarz with roots": (
        total(x[i] * y[i]),
        "<=",
        sqrt(total(x[i] ** 2)) * sqrt(total(y[i] ** 2)),
        (),
        sqrt(total(x[i] ** 2)),
    ),
    "mean square": ((total(x[i]) / K) ** 2, "<=", total(x[i] ** 2) / K, (), total(x[i] ** 2) / K**2 / 2),
    "Jensen for exp": (
        exp(total(p[i] * x[i])),
        "<=",
        total(p[i] * exp(x[i])),
        (positive(p), normalised(p)),
        total(p[i] * exp(x[i])) / 2,
    ),
    "Jensen for log": (
        total(p[i] * log(q[i])),
        "<=",
        log(total(p[i] * q[i])),
        (positive(p), normalised(p), positive(q)),
        log(total(p[i] * q[i])) - Rational(1, 10),
    ),
    "AM–GM of two": (
        (a + b) / 2,
        ">=",
        sqrt(a * b),
        (Hypothesis(a, ">=", 0), Hypothesis(b, ">=", 0)),
        2 * sqrt(a * b),
    ),
    "AM–GM of K": (
        total(p[i]) / K,
        ">=",
        indexed_product(p[i], i) ** (1 / K),
        (positive(p),),
        2 * indexed_product(p[i], i) ** (1 / K),
    ),
    "triangle inequality": (
        total(Abs(x[i] - z[i])),
        "<=",
        total(Abs(x[i] - y[i])) + total(Abs(y[i] - z[i])),
        (),
        total(Abs(x[i] - y[i])),
    ),
    "absolute value of a sum": (Abs(total(x[i])), "<=", total(Abs(x[i])), (), total(x[i])),
    "reverse triangle": (Abs(Abs(a) - Abs(b)), "<=", Abs(a - b), (), Abs(a - b) / 2),
    "norms": (total(x[i] ** 2), "<=", total(Abs(x[i])) ** 2, (), total(Abs(x[i])) ** 2 / K),
    "square": (a**2 + b**2, ">=", 2 * a * b, (), 3 * a * b),
    "quadratic form": (a**2 + a * b + b**2, ">=", 0, (), a),
    "maximum": (a, "<=", Max(a, b), (), b),
    "weighted squares": (
        total(exp(x[i]) * (y[i] - total(exp(x[i]) * y[i])) ** 2),
        ">=",
        0,
        (),
        1,
    ),
    "powers below one": (
        (d / m) ** d * indexed_sum(binomial(m, j), j, 0, d),
        "<=",
        indexed_sum(binomial(m, j) * (d / m) ** j, j, 0, d),
        (Hypothesis(m, ">=", d),),
        indexed_sum(binomial(m, j) * (d / m) ** (j + 2), j, 0, d),
    ),
    "a longer sum": (
        indexed_sum(binomial(m, j) * (d / m) ** j, j, 0, d),
        "<=",
        indexed_sum(binomial(m, j) * (d / m) ** j, j, 0, m),
        (Hypothesis(m, ">=", d),),
        indexed_sum(binomial(m, j) * (d / m) ** j, j, 1, m),
    ),
    "compound interest": ((1 + d / m) ** m, "<=", exp(d), (Hypothesis(m, ">=", d),), exp(d) - 1),
    "a probability is positive": (s, ">", 0, (), 1),
    "a probability is at most one": (s, "<=", 1, (), Rational(1, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_inequality_is_proved(name: str) -> None:
    """Each follows from signs, squares, cells or one known fact."""
    lhs, relation, rhs, hypotheses, _ = CASES[name]
    verdict = judge(lhs, rhs, hypotheses, relation=relation)
    assert verdict.status is Status.PROVED, verdict


@pytest.mark.parametrize("name", CASES)
def test_false_bound_is_refuted(name: str) -> None:
    """The same left side against a bound that does not hold."""
    lhs, relation, _, hypotheses, wrong = CASES[name]
    assert judge(lhs, wrong, hypotheses, relation=relation).status is Status.REFUTED


@pytest.mark.parametrize("name", CASES)
def test_reversed_inequality_is_not_proved(name: str) -> None:
    """The relation turned round is false somewhere."""
    lhs, relation, rhs, hypotheses, _ = CASES[name]
    turned = {"<=": ">", ">=": "<", ">": "<=", "<": ">="}[relation]
    assert judge(lhs, rhs, hypotheses, relation=turned).status is Status.REFUTED


STRICT = [name for name, case in CASES.items() if case[1] in ("<=", ">=")]


@pytest.mark.parametrize("name", STRICT)
def test_strict_inequality_fails_where_equality_holds(name: str) -> None:
    """p = q, proportional vectors, t = 1, K = 1: a strict bound is false there."""
    lhs, relation, rhs, hypotheses, _ = CASES[name]
    verdict = judge(lhs, rhs, hypotheses, relation=relation[0])
    assert verdict.status is not Status.PROVED


def test_strict_inequality_is_proved_where_it_holds() -> None:
    """Strictness is not lost where a term keeps its distance."""
    assert judge(a**2 + a + 1, 0, relation=">").status is Status.PROVED
    assert judge(exp(t), t, relation=">").status is not Status.REFUTED
    assert judge(total(p[i]), 0, [positive(p)], relation=">").status is Status.PROVED


def test_support_is_never_given_to_an_inequality() -> None:
    """Agreement at many points says nothing about an inequality."""
    verdict = judge((exp(t) + exp(-t)) / 2, exp(t**2), relation="<=")
    assert verdict.status is Status.UNDECIDED


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        ((exp(t) + exp(-t)) / 2, exp(t**2 / 2), Status.PROVED),
        ((exp(a * t) + exp(-a * t)) / 2, exp(a**2 * t**2 / 2), Status.PROVED),
        ((exp(t) + exp(-t)) / 2, exp(t**2 / 3), Status.REFUTED),
        ((exp(t) + exp(-t)) / 2, exp(t**2 / 2) - Rational(1, 10), Status.REFUTED),
        (exp(t) + exp(-t), exp(t**2 / 2), Status.REFUTED),
        (-exp(t) - exp(-t), -2 * exp(t**2 / 2), Status.REFUTED),
        (exp(t), exp(t**2 / 2), Status.REFUTED),
    ],
)
def test_the_hyperbolic_cosine_lies_below_its_gaussian(left: Expr, right: Expr, status: Status) -> None:
    """Hoeffding's lemma for a sign, and bounds that look like it."""
    assert judge(left, right, relation="<=").status is status
