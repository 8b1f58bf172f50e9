"""What a hypothesis about a fraction says of its numerator, and what it leaves open."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, KroneckerDelta, exp, log

from symderive.decide import Status, judge_claim
from symderive.terms import Claim, Dim, Hypothesis, Index, Vector, indexed_sum, scalar

K = Dim("K")
x, y = Vector("x", K), Vector("y", K)
i, j, k = (Index(name, K) for name in "ijk")
a, t, gamma = (scalar(name) for name in ("a", "t", "gamma"))
Z = indexed_sum(exp(x[j]), j)


def s(at: Index) -> Expr:
    """The softmax of x, written out: 1 − s is positive wherever a power of it is taken."""
    return exp(x[at]) / Z


def status(lhs: Expr, relation: str, rhs: Expr, *known: Hypothesis) -> Status:
    return judge_claim(Claim(lhs, relation, rhs, tuple(known))).status


REST = (1 - s(i)) ** (gamma - 1)
FOCAL = indexed_sum(
    y[i] * (gamma * s(i) * REST * log(s(i)) - (1 - s(i)) ** gamma) * (KroneckerDelta(i, k) - s(k)), i
)


def factored(power: Expr, sign: int) -> Expr:
    inner = gamma * s(i) * log(s(i)) - sign * (1 - s(i))
    return indexed_sum(y[i] * power * inner * (KroneckerDelta(i, k) - s(k)), i)


def test_powers_of_one_minus_softmax_join_under_a_sum() -> None:
    """(1 − s)(1 − s)^(γ−1) = (1 − s)^γ: the gradient of the focal loss has both forms in textbooks."""
    assert status(
        indexed_sum(y[i] * REST * (1 - s(i)), i), "=", indexed_sum(y[i] * (1 - s(i)) ** gamma, i)
    ) is (Status.PROVED)
    assert status(FOCAL, "=", factored(REST, 1)) is Status.PROVED


@pytest.mark.parametrize(
    "wrong",
    [
        factored(REST, -1),
        factored((1 - s(i)) ** gamma, 1),
        factored((1 - s(i)) ** (gamma - 2), 1),
        factored((1 + s(i)) ** (gamma - 1), 1),
        factored(s(i) ** (gamma - 1), 1),
    ],
)
def test_wrong_powers_do_not_join(wrong: Expr) -> None:
    """One step of the exponent, a sign or the base is all that a wrong gradient differs by."""
    assert status(FOCAL, "=", wrong) is Status.REFUTED


def test_a_positive_denominator_is_multiplied_out() -> None:
    """a/e^t > 0 says that a > 0."""
    assert status(Abs(a), "=", a, Hypothesis(a / exp(t), ">", 0)) is Status.PROVED
    assert status(Abs(a), "=", -a, Hypothesis(-a / exp(t), ">", 0)) is Status.PROVED
    assert status(Abs(a), "=", -a, Hypothesis(a / t, ">", 0), Hypothesis(t, "<", 0)) is Status.PROVED


@pytest.mark.parametrize(
    "known",
    [
        (Hypothesis(a / t, ">", 0),),
        (Hypothesis(a / t, ">", 0), Hypothesis(t, "<", 0)),
        (Hypothesis(a / t, ">", 0), Hypothesis(t, "!=", 0)),
        (Hypothesis(a / (t**2 - 1), ">=", 0),),
        (Hypothesis(a / exp(t), "<", 0),),
    ],
)
def test_a_denominator_of_unknown_sign_is_not(known: tuple[Hypothesis, ...]) -> None:
    """a/t > 0 says nothing of a alone, and the opposite of it where t < 0."""
    assert status(Abs(a), "=", a, *known) is Status.REFUTED
