"""True identities for every K, and beside each a wrong variant that must not pass."""

from __future__ import annotations

import pytest
from sympy import Expr, KroneckerDelta, Rational, Symbol, exp, sign, sqrt

from identities import TRUE, K, N, Q, W, a, b, c, dots, gamma, i, j, k, length, m, n, p, s, x, y
from symderive.decide import Status, judge
from symderive.terms import (
    Apply,
    Hypothesis,
    Iverson,
    differentiate,
    indexed_sum,
    vec,
)


@pytest.mark.parametrize("name", TRUE)
def test_true_identity_is_proved(name: str) -> None:
    """A lost normal form would leave a textbook identity undecided."""
    verdict = judge(*TRUE[name])
    assert verdict.status is Status.PROVED, verdict


@pytest.mark.parametrize("name", TRUE)
@pytest.mark.parametrize("factor", [Rational(10**20 + 1, 10**20), -1, 2])
def test_scaled_side_is_refuted(name: str, factor: Expr) -> None:
    """A judge that rounds, or that ignores a sign, would pass a side that is off by a factor."""
    left, right = TRUE[name]
    if right == 0:
        pytest.skip("zero has no multiples")
    verdict = judge(left, factor * right)
    assert verdict.status is Status.REFUTED, verdict
    assert verdict.counterexample


FALSE = {
    "an index captured by a sum that is joined": (
        indexed_sum(indexed_sum(KroneckerDelta(i, k) * dots(i, j) * Q[j, i] / length(j), j), i),
        indexed_sum(dots(j, j) * Q[j, j] / length(j), j),
    ),
    "an index captured by a vector": (
        indexed_sum(Apply("F", (vec(Q[i, j], j),), ()), i),
        K * Apply("F", (vec(Q[j, j], j),), ()),
    ),
    "delta on the wrong index": (differentiate(s(i), x[k]), s(i) * (KroneckerDelta(i, k) - s(i))),
    "sign of the off-diagonal": (differentiate(s(i), x[k]), s(i) * (KroneckerDelta(i, k) + s(k))),
    "the delta lost": (differentiate(s(i), x[k]), -s(i) * s(k)),
    "transposed": (
        indexed_sum(W[i, m] * y[i], i),
        indexed_sum(W[i, m] * y[i], m, 1, N),
    ),
    "a term too many": (indexed_sum(x[j], j, 1, K), indexed_sum(x[j], j, 1, K - 1)),
    "a range that starts late": (indexed_sum(j, j, 1, n), indexed_sum(j, j, 2, n)),
    "true for K = 1 alone": (indexed_sum(x[j], j) ** 2, indexed_sum(x[j] ** 2, j)),
    "false for K = 1 alone": (Iverson(K > 1), 1),
    "root of a square": (sqrt(a**2), a),
    "sign squared": (sign(a) ** 2, 1),
    "strict indicators": (Iverson(a > 0) + Iverson(a < 0), 1),
    "half-integer index": (indexed_sum(KroneckerDelta(2 * j, k) * x[j], j), x[k]),
    "a product of sums is no sum of products": (
        indexed_sum(x[j], j) * indexed_sum(y[j], j),
        indexed_sum(x[j] * y[j], j),
    ),
    "constant summed": (indexed_sum(a, j), a),
    "a sum that may be empty": (indexed_sum(1, j, 3, K), K - 2),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_identity_is_refuted(name: str) -> None:
    """A false PROVED is the worst bug there can be."""
    assert judge(*FALSE[name]).status is Status.REFUTED


@pytest.mark.parametrize(
    ("left", "right", "hypothesis"),
    [
        (differentiate(s(i), x[k]), -s(i) * s(k), Hypothesis(i, "!=", k)),
        (differentiate(s(i), x[k]), s(i) * (1 - s(i)), Hypothesis(i, "=", k)),
        (indexed_sum(y[j] * (a + 1), j), a + 1, Hypothesis(indexed_sum(y[j], j), "=", 1)),
        (
            indexed_sum(indexed_sum(W[i, m], m), i),
            K,
            Hypothesis(indexed_sum(W[i, m], m), "=", 1, (i,)),
        ),
        (sqrt(a**2), a, Hypothesis(a, ">=", 0)),
        (sqrt(x[k] ** 2), x[k], Hypothesis(x[i], ">", 0, (i,))),
        (indexed_sum(x[j], j, 3, K), indexed_sum(x[j], j) - x[1] - x[2], Hypothesis(K, ">=", 2)),
    ],
)
def test_hypothesis_is_used_and_needed(left: Expr, right: Expr, hypothesis: Hypothesis) -> None:
    """Without its hypothesis each of these is false, with it each is proved, and it is printed."""
    with_it = judge(left, right, [hypothesis])
    assert with_it.status is Status.PROVED
    assert with_it.hypotheses
    if hypothesis.lhs != K:
        assert judge(left, right).status is Status.REFUTED


def test_contradictory_hypotheses_prove_nothing() -> None:
    """From a contradiction everything follows; a proof needs a point where the hypotheses hold."""
    contradictions = [
        [Hypothesis(a, ">", 0), Hypothesis(a, "<", 0)],
        [Hypothesis(indexed_sum(p[j], j), "=", 1), Hypothesis(indexed_sum(p[j], j), "=", 2)],
        [Hypothesis(p[i], ">", 0, (i,)), Hypothesis(indexed_sum(p[j], j), "=", -1)],
        [Hypothesis(i, "=", k), Hypothesis(i, "!=", k)],
    ]
    for hypotheses in contradictions:
        assert judge(x[1], x[1], hypotheses).status is Status.UNDECIDED
        assert judge(a, a + 1, hypotheses).status is Status.UNDECIDED


def test_clashing_names_change_nothing() -> None:
    """A bound i under a free i, and bound names that repeat, must not capture."""
    clash = exp(x[i]) / indexed_sum(exp(x[i]), i)
    assert judge(differentiate(clash, x[k]), clash * (KroneckerDelta(i, k) - s(k))).status is Status.PROVED
    assert judge(indexed_sum(clash, i), 1).status is Status.PROVED


def test_assumptions_of_a_symbol_are_facts() -> None:
    """A positive SymPy symbol is as good as a hypothesis."""
    t = Symbol("t", positive=True)
    assert judge(sqrt(t**2), t).status is Status.PROVED


def test_verdict_is_no_boolean() -> None:
    """`if judge(...)` would read REFUTED as true."""
    with pytest.raises(TypeError, match="status"):
        bool(judge(a, a))


def test_time_out_is_undecided() -> None:
    """Running out of time is never an answer."""
    hard = indexed_sum(exp(x[j] * a), j) ** 30 * (a + b + c + gamma) ** 12
    assert judge(hard, hard + 1, timeout=0.0).status is Status.UNDECIDED
