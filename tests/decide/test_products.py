"""Products of which one factor is another one: ``Π_j (δ_jk g_j + (1 − δ_jk) f_j)``."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, KroneckerDelta

from symderive.decide import Status, judge_claim
from symderive.terms import Claim, Dim, Hypothesis, Index, Vector, indexed_product, indexed_sum

K = Dim("K")
x, y = Vector("x", K), Vector("y", K)
j, k = Index("j", K), Index("k", K)
far = Index("m", K + 1)
ONE = Integer(1)
whole = indexed_product(x[j], j)


def others(place: Expr, there: Expr = ONE) -> Expr:
    """The product of all factors but one."""
    one = KroneckerDelta(j, place)
    return indexed_product(one * there + (1 - one) * x[j], j)


def status(lhs: Expr, rhs: Expr, *hypotheses: Hypothesis) -> Status:
    """What the judge says."""
    return judge_claim(Claim(lhs, "=", rhs, hypotheses), 3.0).status


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (whole / x[k], others(k)),
        (whole, x[k] * others(k)),
        (others(k, y[j]) * x[k], y[k] * whole),
        (whole * indexed_sum(y[k] / x[k], k), indexed_sum(y[k] * others(k), k)),
    ],
    ids=str,
)
def test_one_factor_apart(lhs: Expr, rhs: Expr) -> None:
    """Where a claim divides by the factor, and where it does not."""
    assert status(lhs, rhs) is Status.PROVED


@pytest.mark.parametrize(
    ("lhs", "rhs", "hypotheses"),
    [
        (whole, others(k), ()),
        (others(k), Integer(0), (Hypothesis(whole, "=", 0),)),
        (others(k), Integer(0), (Hypothesis(x[k], "=", 0),)),
        (whole, x[1] * others(far), ()),
    ],
    ids=str,
)
def test_nothing_is_proved_by_dividing_by_0(lhs: Expr, rhs: Expr, hypotheses: tuple[Hypothesis, ...]) -> None:
    """Of Π_j x_j = 0 it does not follow that the other factors' product is 0; a place may lie outside."""
    assert status(lhs, rhs, *hypotheses) is not Status.PROVED
