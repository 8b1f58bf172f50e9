"""Sequences: closed forms by induction, with base and step shown; wrong closed forms refuted."""

from __future__ import annotations

import pytest
from sympy import Expr, factorial, oo

from symderive.decide import Status, judge_claim
from symderive.terms import Claim, Hypothesis, Index, Recurrence, Tensor, indexed_product, indexed_sum, scalar

gamma, mu = scalar("gamma"), scalar("mu")
n, n1 = Index("n", oo, 0), Index("n", oo, 1)
i = Index("i", oo, 1)
v, g, theta = (Tensor(name, (0, oo)) for name in ("v", "g", "theta"))

MOMENTUM = Recurrence("v", (), n1, n1, gamma * v[n1 - 1] + mu * g[n1])
SHIFTED = Recurrence("v", (), n, n + 1, gamma * v[n] + mu * g[n + 1])
DESCENT = Recurrence("theta", (), n, n + 1, theta[n] - v[n])
AVERAGE = Recurrence("v", (), n1, n1, gamma * v[n1 - 1] + (1 - gamma) * g[n1] ** 2)


def unrolled(weight: Expr, step: Expr = n, power: Expr = n) -> Expr:
    return mu * indexed_sum(weight * g[i], i, 1, step) + gamma**power * v[0]


@pytest.mark.parametrize("rule", [MOMENTUM, SHIFTED])
def test_unrolled_momentum_is_proved(rule: Recurrence) -> None:
    """v(n) = μ Σ γ^(n−i) g(i) + γ^n v(0), whichever step the recurrence is written for."""
    verdict = judge_claim(Claim(v[n], "=", unrolled(gamma ** (n - i)), recurrences=(rule,)))
    assert (verdict.status, verdict.method) == (Status.PROVED, "induction")
    assert "base" in str(verdict.evidence)


def test_unrolled_average_is_proved() -> None:
    """The exponential average of squares, from a zero start."""
    claim = Claim(
        v[n],
        "=",
        (1 - gamma) * indexed_sum(gamma ** (n - i) * g[i] ** 2, i, 1, n),
        hypotheses=(Hypothesis(v[0], "=", 0),),
        recurrences=(AVERAGE,),
    )
    assert judge_claim(claim).status is Status.PROVED


@pytest.mark.parametrize(
    "wrong",
    [
        unrolled(gamma ** (n - i), power=n - 1),
        unrolled(gamma ** (n - i), power=n + 1),
        unrolled(gamma ** (n - i + 1)),
        unrolled(gamma**i),
        unrolled(gamma ** (n - i), step=n - 1),
        unrolled(gamma ** (n - i)) + v[0] * 10**-20,
    ],
)
def test_wrong_closed_form_is_refuted(wrong: Expr) -> None:
    """A step lost or a power shifted shows at n = 1 or 2."""
    assert judge_claim(Claim(v[n], "=", wrong, recurrences=(MOMENTUM,))).status is Status.REFUTED


def test_initial_value_is_needed() -> None:
    """Without v(0) = 0 the sum alone is not the sequence."""
    claim = Claim(v[n], "=", mu * indexed_sum(gamma ** (n - i) * g[i], i, 1, n), recurrences=(MOMENTUM,))
    assert judge_claim(claim).status is Status.REFUTED


def test_two_sequences_unfold() -> None:
    """θ(n+1) − θ(n) = γ(θ(n) − θ(n−1)) − μ g(n), from both recurrences."""
    heavy_ball = theta[n1] + gamma * (theta[n1] - theta[n1 - 1]) - mu * g[n1]
    claim = Claim(theta[n1 + 1], "=", heavy_ball, recurrences=(MOMENTUM, DESCENT))
    assert judge_claim(claim).status is Status.PROVED
    wrong = Claim(theta[n1 + 1], "=", heavy_ball + mu * g[n1 - 1], recurrences=(MOMENTUM, DESCENT))
    assert judge_claim(wrong).status is Status.REFUTED


def test_induction_on_an_upper_limit() -> None:
    """Σ j·j! = (n+1)! − 1 has no closed form in the table; induction proves it."""
    claim = Claim(indexed_sum(i * factorial(i), i, 1, n), "=", factorial(n + 1) - 1)
    assert judge_claim(claim).status is Status.PROVED
    wrong = Claim(indexed_sum(i * factorial(i), i, 1, n), "=", factorial(n + 1))
    assert judge_claim(wrong).status is Status.REFUTED


def test_telescoping_product() -> None:
    """Π (i+1)/i = n + 1."""
    claim = Claim(indexed_product((i + 1) / i, i, 1, n), "=", n + 1)
    assert judge_claim(claim).status is Status.PROVED


def test_other_sequence_stays_inside_a_sum() -> None:
    """θ(n+1) = θ(1) − Σ v(i): v has a recurrence too, and must not be unfolded on one side alone."""
    claim = Claim(
        theta[n1 + 1],
        "=",
        theta[1] - indexed_sum(v[i], i, 1, n1),
        recurrences=(MOMENTUM, DESCENT),
    )
    assert judge_claim(claim).status is Status.PROVED
    wrong = Claim(claim.lhs, "=", theta[1] - indexed_sum(v[i], i, 0, n1), recurrences=claim.recurrences)
    assert judge_claim(wrong).status is Status.REFUTED


def test_sum_of_a_sequence() -> None:
    """Σ u(i) in closed form needs the closed form of u itself, which nobody stated."""
    u, g0 = Tensor("u", (0, oo)), scalar("g")
    rule = Recurrence("u", (), n1, n1, gamma * u[n1 - 1] + mu * g0)
    closed = mu * g0 / (1 - gamma) * (n1 - gamma * (1 - gamma**n1) / (1 - gamma))
    zero = (Hypothesis(u[0], "=", 0),)
    claim = Claim(indexed_sum(u[i], i, 1, n1), "=", closed, hypotheses=zero, recurrences=(rule,))
    assert judge_claim(claim).status is Status.PROVED
    implicit = mu * g0 * n1 - gamma * (u[n1] - u[0])
    by_itself = Claim((1 - gamma) * indexed_sum(u[i], i, 1, n1), "=", implicit, recurrences=(rule,))
    assert judge_claim(by_itself).status is Status.PROVED
    wrong = Claim(claim.lhs, "=", closed + gamma**n1, hypotheses=zero, recurrences=(rule,))
    assert judge_claim(wrong).status is Status.REFUTED
