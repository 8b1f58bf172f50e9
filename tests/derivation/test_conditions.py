"""A chain is proved where all of its lines have a value: its verdict says where that is."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Abs, Expr, Integer, exp, log, sqrt

from symderive.decide import Status, judge
from symderive.decide.conditions import conditions_of, independent, unimplied
from symderive.derivation.chains import explain_chain
from symderive.derivation.derive import derive
from symderive.render import from_json
from symderive.terms import (
    Definition,
    Dim,
    Hypothesis,
    Index,
    Partial,
    Tensor,
    Vector,
    fresh_index,
    indexed_product,
    indexed_sum,
    plain_hypothesis,
    scalar,
)

K = Dim("K")
x = Vector("x", K)
i, j = Index("i", K), Index("j", K)
a, b = scalar("a"), scalar("b")
#: It is 0 where a > 0, and has no value elsewhere.
NOUGHT = log(a**2) - 2 * log(a)


@pytest.mark.parametrize(
    "lines",
    [
        [a, a + NOUGHT, Abs(a)],
        [Integer(0), NOUGHT, a - Abs(a)],
        [log(a**2), 2 * log(a), 2 * log(a) + NOUGHT],
        [a, sqrt(a) ** 2 + NOUGHT, Abs(a)],
    ],
)
def test_a_chain_says_where_its_lines_have_a_value(lines: list[Expr]) -> None:
    """Through a line without a value at a < 0, a would be |a| for every a."""
    found = explain_chain(lines)
    assert found.verdict.status is Status.PROVED
    assert found.verdict.hypotheses == ("a > 0",)
    assert explain_chain(lines, hypotheses=[Hypothesis(a, ">", 0)]).derivation.conditions == ()


def test_what_one_hypothesis_excludes_is_still_a_condition() -> None:
    """a ≥ 0 is too little for log a, and a free index says nothing of every one."""
    found = explain_chain([a, a + NOUGHT, Abs(a)], hypotheses=[Hypothesis(a, ">=", 0)])
    assert found.verdict.hypotheses == ("a ≥ 0", "a > 0")
    known, asked = Hypothesis(x[i], ">", 0), Hypothesis(x[i], ">", 0, (i,))
    assert unimplied([known], [asked]) == (asked,)
    assert unimplied([asked], [known]) == ()


def test_lines_that_have_no_value_together_prove_nothing() -> None:
    """a = |a| where a > 0, |a| = −a where a < 0: and a = −a nowhere that both hold."""
    below = log(a**2) - 2 * log(-a)
    found = explain_chain([a, a + NOUGHT, Abs(a), below - a, -a])
    assert found.bad is None
    assert found.verdict.status is Status.UNDECIDED
    assert "contradiction" in str(found.verdict.evidence)
    assert "contradiction" in found.derivation.text()
    assert "PROVED" not in found.derivation.markdown()
    replayed = from_json(found.derivation.to_json())
    assert replayed.verdict.status is Status.UNDECIDED


def test_a_derivation_says_it_in_every_format() -> None:
    """The gradient of a product, written with a division by its entries."""
    derivation = derive(indexed_product(x[j], j), x)
    assert derivation.verdict.hypotheses == ("x[j] ≠ 0 for all j",)
    for written in (derivation.text(), derivation.markdown(), derivation.latex(), derivation.to_json()):
        assert "≠ 0" in written or r"\neq 0" in written or r"\ne 0" in written, written
    assert from_json(derivation.to_json()).verdict.hypotheses == derivation.verdict.hypotheses
    assert derive(indexed_product(exp(x[j]), j), x).conditions == ()


def test_what_always_has_a_value_is_no_condition() -> None:
    """A softmax divides by a sum of exponentials, a smoothed length by a root of a positive sum."""
    total = indexed_sum(exp(x[j]), j)
    assert derive(log(total), x).verdict.hypotheses == ()
    length = sqrt(indexed_sum(x[j] ** 2, j) + b)
    assert derive(length, x, hypotheses=[Hypothesis(b, ">", 0)]).verdict.hypotheses == ("b > 0",)
    assert derive(length, x).verdict.hypotheses == ("b + Σ_{j=1}^{K} x[j]**2 > 0",)


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        (log(a), {"a > 0"}),
        (Partial(sqrt(a), a), {"a ≥ 0", "a > 0"}),
        (Partial(sqrt(a) * b, b), {"a ≥ 0"}),
        (Partial(Abs(a) * b, b), set()),
        (Partial(Abs(a) * b, a), {"a ≠ 0"}),
        (1 / (a * b**2), {"a ≠ 0", "b ≠ 0"}),
        (indexed_sum(log(x[i]), i), {"x[i] > 0 for all i"}),
        (indexed_sum(Partial(Abs(x[i]), x[i]), i), {"x[i] ≠ 0 for all i"}),
        (exp(a) / indexed_sum(exp(x[i]), i), set()),
    ],
)
def test_the_conditions_of_a_term(term: Expr, shown: set[str]) -> None:
    """What a derivative needs is more than what is differentiated needs."""
    assert {plain_hypothesis(h) for h in conditions_of(term)} == shown


def test_conditions_are_found_behind_names() -> None:
    """A name hides its logarithm, its kink and a power of what it is applied to."""
    from symderive.terms import Apply

    t, n = scalar("t"), Index("n", K)
    names: tuple[Definition, ...] = (
        Definition("f", (), (t,), log(t)),
        Definition("g", (), (t,), Apply("f", (t + 1,))),
        Definition("h", (), (t,), Abs(t)),
        Definition("q", (n,), (), a ** (n - 2)),
    )

    def shown(term: Any) -> set[str]:
        return {plain_hypothesis(c) for c in conditions_of(term, names)}

    assert shown(Apply("g", (a,))) == {"a + 1 > 0"}
    assert shown(Partial(Apply("h", (a,)), a)) == {"a ≠ 0"}
    assert shown(Apply("h", (a,))) == set()
    assert shown(Apply("q", (), (Integer(1),))) == {"a ≠ 0"}


def test_indices_of_one_name_are_two() -> None:
    """log(x_i − x_i') for all i, i' is no condition on x_i − x_i = 0."""
    one, other = fresh_index("i"), fresh_index("i")
    term = indexed_sum(1, i) + _twice(1 / (x[one] * x[other] - 2), one, other)
    (condition,) = conditions_of(term)
    assert len(set(condition.forall)) == 2
    assert isinstance(x, Tensor)


def _twice(body: Expr, *indices: Any) -> Expr:
    from sympy import Sum

    return Sum(Sum(body, (indices[0], 1, K)), (indices[1], 1, K))


def test_of_conditions_that_follow_from_each_other_one_is_shown() -> None:
    """Both a² > 0 and a ≠ 0 follow from a > 0; neither gives a > 0."""
    square, apart, above = Hypothesis(a**2, ">", 0), Hypothesis(a, "!=", 0), Hypothesis(a, ">", 0)
    assert independent([], [square, apart, above]) == (above,)
    assert above in independent([square, apart], [above])
    below = Hypothesis(a, "<", 0)
    assert independent([above], [below]) == (below,)
    assert judge(a, Abs(a)).status is Status.REFUTED
