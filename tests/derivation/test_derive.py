"""`derive` as people call it: goals, products, and everything that it must refuse."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, KroneckerDelta, Max, exp, log, loggamma

from derivation.cases import CASES
from derivation.test_unprepared import derived
from symderive import derive
from symderive.decide import Status
from symderive.terms import (
    Apply,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Matrix,
    Partial,
    Vector,
    alpha_equal,
    indexed_sum,
    operation,
    scalar,
    vec,
)

K = Dim("K")
x, y, v = (Vector(name, K) for name in "xyv")
i, j, k, o = (Index(name, K) for name in "ijko")
t = scalar("t")
SOFTMAX = exp(x[i]) / indexed_sum(exp(x[j]), j)


def s(at: Index) -> Expr:
    """softmax(x) as a named operation."""
    return operation("softmax", vec(x[j], j), at)


@pytest.mark.parametrize(
    "goal", [s(i) * (KroneckerDelta(i, k) - s(k)), s(i) * KroneckerDelta(i, k) - s(i) * s(k)]
)
def test_a_goal_is_reached_as_it_is_written(goal: Expr) -> None:
    """To show that it equals something ends in the form that was asked for."""
    derivation = derive(SOFTMAX, x[k], goal)
    assert derivation.verdict.status is Status.PROVED
    assert alpha_equal(derivation.result, goal)


@pytest.mark.parametrize(
    "goal",
    [
        s(i) * (KroneckerDelta(i, k) + s(k)),
        s(i) * (1 - s(k)),
        KroneckerDelta(i, k) - s(k),
        s(k) * (KroneckerDelta(i, k) - s(k)),
        -s(i) * s(k),
    ],
)
def test_a_wrong_goal_is_not_reached(goal: Expr) -> None:
    """A derivation of something false would be the worst thing to print."""
    derivation = derive(SOFTMAX, x[k], goal)
    assert derivation.verdict.status is not Status.PROVED
    assert derivation.missing is not None


@pytest.mark.parametrize("name", [name for name in CASES if not CASES[name].options][::4])
def test_a_wrong_goal_of_an_unprepared_loss_is_not_reached(name: str) -> None:
    """Twice the gradient, and the gradient with its sign flipped."""
    case, right = CASES[name], derived(name)
    for wrong in (2 * right.result, -right.result):
        derivation = derive(
            case.formula,
            right.problem.start.args[1:],
            wrong,
            hypotheses=case.hypotheses,
            definitions=right.abbreviations,
        )
        assert derivation.verdict.status is not Status.PROVED


def test_identities_and_inequalities_without_a_variable() -> None:
    """Without `wrt` the expression is brought to the goal."""
    total = indexed_sum(SOFTMAX, i)
    assert derive(total, goal=1).verdict.status is Status.PROVED
    assert derive(total, goal=2).verdict.status is not Status.PROVED
    known = [Hypothesis(t, ">", 0)]
    assert derive(log(t), goal=t - 1, relation="<=", hypotheses=known).verdict.status is Status.PROVED
    assert derive(log(t), goal=t - 2, relation="<=", hypotheses=known).verdict.status is not Status.PROVED


def test_products_with_the_jacobian() -> None:
    """Backward and forward mode, by their own definition."""
    backward = derive(SOFTMAX, x, vjp=v)
    forward = derive(SOFTMAX, x, jvp=v)
    for derivation in (backward, forward):
        assert derivation.verdict.status is Status.PROVED
        assert not any(isinstance(node, Partial) for node in derivation.result.args)


def test_definitions_are_used_by_their_names() -> None:
    """A gradient in the names that the author gave."""
    soft = Definition("p", (i,), (x,), SOFTMAX)
    named = Apply("p", (vec(x[j], j),), (i,))
    derivation = derive(-indexed_sum(y[i] * log(named), i), x, definitions=[soft])
    assert derivation.verdict.status is Status.PROVED
    assert "p" in {node.head for node in derivation.result.atoms(Apply)}


def test_what_the_judge_cannot_evaluate_stays_undecided() -> None:
    """A derivative from a table that nobody checked is no proof."""
    derivation = derive(loggamma(t), t)
    assert derivation.verdict.status is Status.UNDECIDED


def test_an_unspecified_function_stops_or_stays_a_derivative_by_name() -> None:
    """Nothing is known about J: its partial derivative keeps its name."""
    derivation = derive(Apply("J", (vec(x[j] ** 2, j),)), x)
    assert derivation.verdict.status is Status.PROVED
    stuck = derive(Apply("J"), x)
    assert stuck.verdict.status is not Status.PROVED
    assert stuck.missing


def test_kinks_are_said() -> None:
    """|t| has no derivative at 0, and the derivation says where it holds."""
    derivation = derive(Abs(t), t)
    assert derivation.verdict.status is Status.PROVED
    assert any(h.relation == "!=" for h in derivation.problem.domain)
    assert derive(Max(t, 0), t).verdict.status is Status.PROVED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"expression": t**2, "wrt": 3}, "nothing can be differentiated by 3"),
        ({"expression": t**2, "wrt": i}, "nothing can be differentiated by i"),
        ({"expression": t**2, "wrt": []}, "nothing to differentiate by"),
        ({"expression": t**2, "wrt": t, "vjp": v}, "exactly one free index"),
        ({"expression": t**2, "vjp": v}, "needs wrt"),
        ({"expression": x[i], "wrt": x[1], "jvp": v}, "free indices"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(arguments: dict[str, object], message: str) -> None:
    """A traceback from inside says nothing to the caller."""
    with pytest.raises((TypeError, ValueError), match=message):
        derive(**arguments)  # type: ignore[arg-type]


def test_nothing_to_do_is_said() -> None:
    """No variable and no goal: nothing was asked."""
    derivation = derive(t**2)
    assert derivation.missing
    assert derivation.verdict.status is Status.UNDECIDED


def test_the_time_limit_holds() -> None:
    """A formula that is too large ends in an honest answer."""
    formula: Expr = x[i]
    family = x

    def of(depth: int, at: Index) -> Expr:
        if depth == 0:
            return family[at]
        inner = Index(f"j{depth}", K)
        return exp(of(depth - 1, at)) / indexed_sum(exp(of(depth - 1, inner)), inner)

    formula = of(5, i)
    derivation = derive(formula, x, timeout=0.2)
    assert derivation.verdict.status is Status.UNDECIDED


def test_a_matrix_gets_two_indices_of_its_own() -> None:
    """The entry's indices clash with no letter of the formula."""
    N = Dim("N")
    W, h = Matrix("W", K, N), Vector("h", N)
    m = Index("m", N)
    derivation = derive(indexed_sum(W[k, m] * h[m], m), W)
    (entry,) = derivation.problem.start.args[1:]
    assert {index.name for index in entry.indices}.isdisjoint({"k", "m", "W", "h"})
    assert derivation.verdict.status is Status.PROVED
