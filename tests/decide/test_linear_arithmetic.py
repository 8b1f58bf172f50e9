"""Inequalities that follow from products of two facts, and those that only look so."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Max, Min

from symderive.decide import Status, judge
from symderive.terms import Hypothesis, scalar

m, L, a, mu = (scalar(name) for name in ("m", "L", "a", "mu"))
BETWEEN = (
    Hypothesis(m, ">", 0),
    Hypothesis(m, "<", L),
    Hypothesis(m, "<=", a),
    Hypothesis(a, "<=", L),
    Hypothesis(mu, ">", 0),
)
FACTOR = Max(Abs(1 - mu * m), Abs(1 - mu * L))
BEST = (L - m) / (L + m)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (mu * m, mu * a),
        (Abs(1 - mu * a), FACTOR),
        (BEST, FACTOR),
        (Abs(1 - 2 * a / (m + L)), BEST),
        (2 * a / (m + L) - 1, BEST),
        (m * a, a * L),
    ],
)
def test_contraction_between_two_eigenvalues(left: Expr, right: Expr) -> None:
    """The steps of the proof that 2/(m + L) is the best learning rate."""
    assert judge(left, right, BETWEEN, relation="<=").status is Status.PROVED


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (mu * a, mu * m),
        (Abs(1 - mu * a), Min(Abs(1 - mu * m), Abs(1 - mu * L))),
        (FACTOR, BEST),
        (BEST, Abs(1 - mu * m)),
        (Abs(1 - 2 * a / (m + L)), BEST / 2),
        (Abs(1 - mu * a), Abs(1 - mu * L)),
    ],
)
def test_what_does_not_hold_is_refuted(left: Expr, right: Expr) -> None:
    """One end alone, the other direction, a factor too small."""
    assert judge(left, right, BETWEEN, relation="<=").status is Status.REFUTED


def test_sign_of_a_factor_is_needed() -> None:
    """Without μ > 0 the order may turn, and no product of facts may say otherwise."""
    assert judge(mu * m, mu * a, BETWEEN[:-1], relation="<=").status is Status.REFUTED


def test_product_of_weak_facts_is_weak() -> None:
    """``a ≥ 0`` and ``b > 0`` give ``ab ≥ 0``, not ``ab > 0``."""
    b = scalar("b")
    given = (Hypothesis(a, ">=", 0), Hypothesis(b, ">", 0))
    assert judge(a * b, 0, given, relation=">=").status is Status.PROVED
    assert judge(a * b, 0, given, relation=">").status is Status.REFUTED
