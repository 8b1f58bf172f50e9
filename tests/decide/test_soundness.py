"""Claims that once passed, or failed, wrongly: each is a place where a shortcut of the judge would show."""

from __future__ import annotations

import pytest
from sympy import (
    Abs,
    Eq,
    Expr,
    KroneckerDelta,
    Matrix,
    Max,
    Ne,
    Piecewise,
    Rational,
    binomial,
    exp,
    expand,
    factorial,
    log,
    oo,
    sign,
    tanh,
)

from identities import K, N, a, b, c, g, gamma, i, j, k, n, p, q, x, y
from symderive.decide import Status, judge, judge_claim
from symderive.terms import (
    Apply,
    Claim,
    Definition,
    Hypothesis,
    Index,
    Iverson,
    Partial,
    Recurrence,
    Tensor,
    indexed_sum,
    scalar,
    vec,
)

t = scalar("t")
l = Index("l", K)  # noqa: E741
m = Index("m", N)


def cases(value: Expr, condition: object, otherwise: Expr | int) -> Expr:
    return Piecewise((value, condition), (otherwise, True), evaluate=False)


# name → (lhs, relation, rhs, hypotheses): none of these is true
FALSE = {
    "a constant spread over a sum that may be empty": (
        5 - n + indexed_sum(g[j] ** 2, j, n + 1, 5), ">=", 0, (),
    ),
    "an indicator at the kink of an absolute value": (
        Max(t, Abs(t)) + Iverson(Eq(t, 0)), "=", Abs(t), (),
    ),
    "an indicator of an absolute value": (Iverson(Eq(Abs(t), t)), "=", Iverson(t > 0), ()),
    "borders of indicators under a sum": (
        indexed_sum(Iverson(x[j] > Rational(1, 7)) + Iverson(x[j] < Rational(1, 7)), j), ">=", K, (),
    ),
    "one is no logarithm of one": (
        log(1 + t * c), ">=", 1, (Hypothesis(t, ">", 0), Hypothesis(c, ">", 10**6)),
    ),
    "the logarithm of a factor of unknown sign": (
        a * indexed_sum(p[j] / q[j], j) - 1 - log(a**2) / 2 + indexed_sum(p[j] * log(q[j]), j), ">=", 0,
        (
            Hypothesis(a, ">", Rational(-1, 1000)),
            Hypothesis(p[i], ">", 0, (i,)),
            Hypothesis(q[i], ">", 0, (i,)),
            Hypothesis(indexed_sum(p[j], j), "=", 1),
        ),
    ),
    "a delta at a place that is no integer": (indexed_sum(KroneckerDelta(j, 30 / K), j, 0, 100), "=", 1, ()),
    "a value under a guard": (cases(1 / t, Ne(t, 0), 42), "=", cases(1 / t, Ne(t, 0), 0), ()),
    "an entry under a guard": (cases(x[i - 1], i > 1, 42), "=", cases(x[i - 1], i > 1, 0), ()),
    "a logarithm under a guard": (cases(log(t), t > 0, 42), "=", cases(log(t), t > 0, 0), ()),
    "a binomial coefficient of a real number": (binomial(a, n), ">=", 0, (Hypothesis(a, ">", 0),)),
    "a factorial of a real number": (factorial(a), ">", 0, ()),
}  # fmt: skip


FALSE |= {
    "kinks at neighbouring integers": (Abs(n - 60) - 2 * Abs(n - 59) + Abs(n - 58), "=", 0, ()),
    "kinks at neighbouring sizes": (Abs(K - 60) - 2 * Abs(K - 59) + Abs(K - 58), "<=", 0, ()),
    "a sign that cannot be sampled at its border": (sign(exp(t) - 2) ** 2, "=", 1, ()),
    "agreement to 868 digits": (tanh(a), "=", 1, (Hypothesis(a, ">", 1000),)),
    "a delta that no small size meets": (indexed_sum(KroneckerDelta(j, 3 * K - 29), j), "=", 0, ()),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_claim_is_not_proved(name: str) -> None:
    """Undecided is allowed where the counterexample is hard to find; proved is not."""
    lhs, relation, rhs, hypotheses = FALSE[name]
    verdict = judge(lhs, rhs, hypotheses, relation=relation)
    assert verdict.status in (Status.REFUTED, Status.UNDECIDED) or (
        # A proof that says what it leaves out is a proof of something else.
        verdict.status is Status.PROVED
        and any("≠" in shown for shown in verdict.hypotheses)
        and not name.startswith(("an indicator", "borders"))
    ), verdict


def test_derivative_of_a_definition_with_a_clashing_index() -> None:
    """∂s_j/∂x_i, where the definition of s calls its own component i."""
    definition = Definition("s", (i,), (x,), Apply("e", (x[i],)) / indexed_sum(Apply("e", (x[j],)), j))
    family = vec(y[l], l)
    definitions = (definition, Definition("e", (), (t,), t**2 + 1))

    def s(index: Expr, *by: Expr) -> Apply:
        return Apply("s", (family,), (index,), tuple((0, other) for other in by))

    slope = 2 * y[i] / indexed_sum(y[l] ** 2 + 1, l)
    true = Claim(s(j, i), "=", slope * (KroneckerDelta(i, j) - s(j)), definitions=definitions)
    assert judge_claim(true).status is Status.PROVED
    false = Claim(s(j, i), "=", slope * (1 - s(j)), definitions=definitions)
    assert judge_claim(false).status is Status.REFUTED


def test_every_hypothesis_that_matters_is_printed() -> None:
    """A proof that rests on K ≤ 1 must say so, though K is no letter of the claim."""
    verdict = judge(KroneckerDelta(i, 1), 1, [Hypothesis(K, "<=", 1)])
    assert (verdict.status, len(verdict.hypotheses)) == (Status.PROVED, 1)
    chained = judge(a, 0, [Hypothesis(b, "=", 0), Hypothesis(a, "=", b)])
    assert (chained.status, len(chained.hypotheses)) == (Status.PROVED, 2)


@pytest.mark.parametrize(
    ("lhs", "rhs", "hypothesis"),
    [
        (x[i], x[1], Hypothesis(K, "=", 1)),
        (indexed_sum(KroneckerDelta(j, m), j), 1, Hypothesis(N, "=", K)),
        (indexed_sum(KroneckerDelta(j, m), j), 1, Hypothesis(K, "=", N)),
    ],
)
def test_equal_dimensions(lhs: Expr, rhs: Expr | int, hypothesis: Hypothesis) -> None:
    """A dimension stands in ranges too: an equation about it is more than a substitution."""
    assert judge(lhs, rhs, [hypothesis]).status is Status.PROVED


def test_index_that_a_hypothesis_quantifies() -> None:
    """The claim's i and the hypothesis' i may be one object."""
    positive = Hypothesis(q[i], ">", 0, (i,))
    assert judge(log(q[i] ** 2), 2 * log(q[i]), [positive]).status is Status.PROVED
    assert judge(log(q[i] ** 2), 3 * log(q[i]), [positive]).status is Status.REFUTED


def test_recurrence_that_jumps_is_left_alone() -> None:
    """v(2n) = v(n) + 1 names no step after the other: nothing is unfolded, nothing refuted."""
    v, step = Tensor("v", (0, 10**6)), Index("n", 10**6, 1)
    rule = Recurrence("v", (), step, 2 * step, v[step] + 1)
    assert judge_claim(Claim(v[2 * step], "=", v[step] + 1, recurrences=(rule,))).status is Status.UNDECIDED


def test_support_is_not_fooled_by_sums_of_exponentials() -> None:
    """An unspecified function satisfies no differential equation: its Hankel determinant is not zero."""

    def f(order: int) -> Apply:
        return Apply("f", (t,), (), ((0,),) * order)

    hankel = expand(Matrix(3, 3, lambda r, s: f(r + s)).det())
    assert judge(hankel, 0).status is Status.REFUTED
    assert judge(gamma * f(1), gamma * f(2)).status is Status.REFUTED


def test_nothing_happens_at_small_sizes() -> None:
    """A delta at 7 is zero at every size up to 5: agreement there supports nothing."""
    assert judge(indexed_sum(KroneckerDelta(j, 7), j), 0).status is Status.REFUTED
    assert judge(indexed_sum(g[j] * KroneckerDelta(j, 9), j, 0, n), 0).status is Status.REFUTED


def test_pascal_expansion_keeps_the_deadline() -> None:
    """C(n, k) is not expanded down to the least n that a range allows."""
    r = Index("r", oo, 24)
    verdict = judge(binomial(r + 1, k), binomial(r, k) + 2 * binomial(r, k - 1), timeout=3)
    assert verdict.status is Status.REFUTED
    assert verdict.seconds < 3
    assert judge(binomial(r + 1, k), binomial(r, k) + binomial(r, k - 1)).status is Status.PROVED


def test_quantified_hypothesis_on_steps() -> None:
    """A hypothesis for all n ≥ 1 holds at every step that a point touches."""
    v, step = Tensor("v", (0, oo)), Index("n", oo, 1)
    assert judge(v[step], 0, [Hypothesis(v[step], "=", 0, (step,))]).status is not Status.REFUTED


def test_derivative_by_a_defined_quantity() -> None:
    """∂L/∂q_k, where both L and q have definitions."""
    total = indexed_sum(Apply("e", (x[j],)), j)
    q_definition = Definition("q", (i,), (), Apply("e", (x[i],)) / total)
    e_definition = Definition("e", (), (t,), t**2 + 1)
    loss = Definition("L", (), (), -indexed_sum(y[j] * log(Apply("q", (), (j,))), j))
    q_k = Apply("q", (), (k,))
    definitions = (e_definition, q_definition, loss)
    slope = Partial(Apply("L"), q_k)
    assert judge(slope, -y[k] / q_k, definitions=definitions).status is Status.PROVED
    assert judge(slope, y[k] / q_k, definitions=definitions).status is Status.REFUTED


def test_hypothesis_about_some_entries_says_nothing_of_the_others() -> None:
    """r_i > 0 for i ≥ 2 leaves r_1 free, with or without a declared range."""
    some = Index("i", K, 2)
    for family in (Tensor("r"), Tensor("r", (1, K))):
        verdict = judge(Abs(family[1]), family[1], [Hypothesis(family[some], ">", 0, (some,))])
        assert verdict.status is Status.REFUTED


def test_range_that_ends_at_an_index() -> None:
    """i ≤ w ≤ K: w takes values of its own range."""
    w = Index("w", K)
    assert judge(Iverson(Index("i", w) <= K), 1).status is Status.PROVED


@pytest.mark.parametrize(
    "lhs", [indexed_sum(exp(j), j, 1, 10**7), (1 + a) ** (10**6), a ** (10**7) / (1 - a)]
)
def test_huge_exponents_do_not_hang(lhs: Expr) -> None:
    """Dense gcds of high degree cannot be interrupted: they are not begun."""
    verdict = judge(lhs, 1, timeout=3)
    assert verdict.status in (Status.UNDECIDED, Status.REFUTED)
    assert verdict.seconds < 4
