"""Where a derivative has no value: at kinks in what it is taken by, and at no others."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Integer, Max, exp, log, sign

from symderive.decide import Status, judge
from symderive.decide.domain import kinks_of
from symderive.derivation.derive import derive
from symderive.terms import Apply, Dim, Index, Iverson, Partial, Vector, indexed_sum, scalar

K = Dim("K")
x, y = Vector("x", K), Vector("y", K)
i, j, k = (Index(name, K) for name in "ijk")
t, u = scalar("t"), scalar("u")


@pytest.mark.parametrize(
    ("term", "variable", "edges"),
    [
        (Abs(t), t, {t}),
        (Abs(t) + Abs(u), t, {t}),
        (Abs(t * u), t, {t * u}),
        (Max(u, 0) * t, t, set()),
        (Iverson(y[i] > y[k]) * x[i], x[j], set()),
        (Iverson(x[i] > y[k]) * x[i], x[j], {x[i] - y[k]}),
        (Abs(Apply("f", (), (i,))) * t, t, {Apply("f", (), (i,))}),
    ],
)
def test_a_kink_is_one_in_the_variable(term: Expr, variable: Expr, edges: set[Expr]) -> None:
    """What is constant in the variable has no kink in it; a function by name may hold the variable."""
    found = {h.lhs for h in kinks_of(term, variable)}
    assert found in (edges, {-edge for edge in edges})


def test_the_kink_of_a_derivative_is_still_said() -> None:
    """∂|t|/∂t has no value at 0, whatever the right side has there."""
    assert judge(Partial(Abs(t), t), sign(t)).hypotheses == ("t ≠ 0",)
    assert judge(Partial(Abs(t) * Abs(u), t), sign(t) * Abs(u)).hypotheses == ("t ≠ 0",)
    assert judge(Partial(Abs(t), t), sign(t) + Iverson(t > 5)).status is Status.REFUTED


def test_pairwise_losses_are_proved() -> None:
    """RankNet compares all pairs, i = j among them, where no data differ."""
    loss = indexed_sum(indexed_sum(Iverson(y[i] > y[j]) * log(1 + exp(x[j] - x[i])), j), i)
    derivation = derive(loss, x)
    assert derivation.verdict.status is Status.PROVED
    wrong = -derivation.result
    assert judge(Partial(loss, x[k]), wrong, definitions=derivation.abbreviations).status is Status.REFUTED


def test_the_partial_likelihood_is_proved() -> None:
    """Cox: the risk set of t is [y_j ≥ y_t], which holds t itself."""
    risk = indexed_sum(Iverson(y[j] >= y[i]) * exp(x[j]), j)
    assert derive(indexed_sum(x[i] - log(risk), i), x).verdict.status is Status.PROVED


def test_brackets_of_the_variable_keep_their_kinks() -> None:
    """Where the pairs compare what is differentiated by, every pair has its kink: i = j has no other."""
    loss = indexed_sum(indexed_sum(Iverson(x[i] > x[j]), j), i)
    assert judge(Partial(loss, x[k]), Integer(0)).status is not Status.PROVED
