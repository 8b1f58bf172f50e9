"""Narrower claims imply the given one: what is false must not be proved by way of them."""

from __future__ import annotations

import pytest
from sympy import Expr, Indexed, KroneckerDelta, Symbol, exp, log, tanh

from symderive.decide import Status, judge_claim
from symderive.decide.narrowing import for_any_values, where_they_differ
from symderive.terms import (
    Claim,
    Dim,
    Hypothesis,
    Index,
    Matrix,
    Partial,
    Tensor,
    Vector,
    indexed_sum,
    substitute,
)
from symderive.terms.substitution import alpha_normal, binder_height

K, M = Dim("K"), Dim("M")
x, y, z = (Vector(name, K) for name in "xyz")
W, V = Matrix("W", K, K), Matrix("V", M, K)
i, j, k, n, m = *(Index(name, K) for name in "ijkn"), Index("m", M)


def unit(place: Expr, of: Tensor = W, at: Index = j) -> Expr:
    """A long part that moves with an index."""
    return tanh(indexed_sum(of[place, at] * x[at] ** 2 + y[at], at))


def pair(one: Expr, other: Expr) -> Expr:
    """A long part that moves with two indices."""
    return tanh(indexed_sum(W[one, n] * x[n] ** 2 + W[n, other] * y[n] ** 3 + z[n] ** 4, n))


def status(lhs: Expr, rhs: Expr, *hypotheses: Hypothesis) -> Status:
    return judge_claim(Claim(lhs, "=", rhs, hypotheses), listed=False).status


def test_equal_addends_and_factors_are_struck_out() -> None:
    assert where_they_differ(exp(x[i]) * (y[i] + z[i]), exp(x[i]) * (y[i] + x[i])) == (z[i], x[i])


def test_a_sum_is_left_for_its_summands() -> None:
    lhs, rhs = where_they_differ(indexed_sum(y[j] * x[j], j), indexed_sum(y[k] * z[k], k))
    assert isinstance(lhs.indices[0], Index) and lhs.indices == rhs.indices  # type: ignore[attr-defined]
    assert (lhs.base, rhs.base) == (x, z)  # type: ignore[attr-defined]


def test_sums_over_other_ranges_are_not() -> None:
    sides = indexed_sum(x[j], j), indexed_sum(x[j], Symbol("j", integer=True), 1, K - 1)
    assert where_they_differ(*sides) == sides


def test_what_is_differentiated_is_not_narrowed() -> None:
    sides = Partial(unit(i) + x[k], x[k]), Partial(unit(i) + y[k], x[k])
    assert where_they_differ(*sides) == sides


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (y[i] + indexed_sum(exp(x[j]) * y[j], j), y[i] + indexed_sum(exp(x[j]) * z[j], j)),
        (y[i] * unit(i), y[i] * unit(k)),
        (indexed_sum(unit(j, at=i) * x[j], j), indexed_sum(unit(j, at=i) * x[j] ** 2, j)),
        (1 - unit(i) ** 2, (1 - unit(i)) * (1 + unit(k))),
        (unit(i) * unit(k), unit(i) ** 2),
        (indexed_sum(unit(m, V) * V[m, i], m), indexed_sum(unit(m, V) * V[m, k], m)),
        (log(1 + unit(i) ** 2) + unit(i), 2 * log(1 + unit(i) ** 2)),
        (pair(i, k) ** 2 - pair(i, j) ** 2, (pair(i, k) - pair(i, j)) * (pair(i, k) + pair(i, k))),
        (pair(i, k) ** 2 - pair(j, k) ** 2, (pair(i, k) - pair(j, k)) * (pair(i, k) + pair(i, k))),
        (pair(i, k) ** 3 + pair(i, k) * pair(k, i), pair(i, k) ** 3 + pair(i, k) ** 2),
    ],
)
def test_what_is_false_is_refuted(lhs: Expr, rhs: Expr) -> None:
    assert status(lhs, rhs) is Status.REFUTED


def test_a_derivative_is_more_than_a_value() -> None:
    """With any number for tanh, its derivative would be 0."""
    part = unit(i) * (1 + unit(i) + unit(k) ** 2 + unit(j, at=k) ** 3)
    assert for_any_values(Partial(part, x[k]), 2 * Partial(part, x[k])) is None
    assert status(Partial(part, x[k]), 2 * Partial(part, x[k])) is not Status.PROVED


def test_an_index_that_is_set_free_is_none_of_the_hypotheses() -> None:
    """Under j ≠ k the two sides would agree if the bound index became that j."""
    lhs = indexed_sum((KroneckerDelta(j, k) + 1) * x[j], j)
    rhs = indexed_sum(x[j], j)
    assert status(lhs, rhs, Hypothesis(j, "!=", k)) is not Status.PROVED
    inner, _ = where_they_differ(lhs, rhs, (j, k))
    assert j not in inner.free_symbols


def test_long_parts_stand_for_any_values_at_their_indices() -> None:
    lhs = (unit(i) - unit(k)) * (unit(i) + unit(k)) + indexed_sum(unit(j, at=i) * y[j], j)
    rhs = unit(i) ** 2 - unit(k) ** 2 + indexed_sum(y[j] * unit(j, at=i), j)
    sides = for_any_values(lhs, rhs)
    assert sides is not None
    assert not any(side.has(tanh) for side in sides)
    assert status(lhs, rhs) is Status.PROVED


def test_parts_that_move_with_two_indices_stand_for_any_values_at_both() -> None:
    parts = pair(i, k) + 2 * pair(i, j) + 3 * pair(j, k) + 4 * pair(k, i)
    sides = for_any_values(parts, parts)
    assert sides is not None
    assert len(sides[0].atoms(Indexed)) == 4  # no two of them are one
    lhs = (pair(i, k) - pair(i, j)) * (pair(i, k) + pair(i, j))
    rhs = pair(i, k) ** 2 - pair(i, j) ** 2
    assert for_any_values(lhs, rhs) is not None
    assert status(lhs, rhs) is Status.PROVED


def test_relations_of_a_part_are_not_lost_for_good() -> None:
    """For any values this is false; for these it holds, and the whole is judged in its turn."""
    weight = exp(indexed_sum(W[i, j] * x[j] + y[j], j))
    twice = exp(2 * indexed_sum(W[i, j] * x[j] + y[j], j))
    assert status(weight**2 + unit(i), twice + unit(i)) is Status.PROVED


def test_a_part_has_one_normal_form_wherever_it_stands() -> None:
    part = indexed_sum(x[j] * y[i], j)
    around = indexed_sum(part * z[i], i)
    assert binder_height(around) == 2
    inner = {limit[0] for limit in alpha_normal(part).limits}
    assert inner <= {limit[0] for node in alpha_normal(around).atoms(type(part)) for limit in node.limits}
    assert alpha_normal(around) == alpha_normal(indexed_sum(indexed_sum(x[k] * y[j], k) * z[j], j))
    assert alpha_normal(around) != alpha_normal(indexed_sum(indexed_sum(x[j] * y[k], k) * z[j], j))


def test_a_part_that_occurs_twice_is_substituted_to_one_term() -> None:
    total = indexed_sum(exp(x[j] + y[i]), j)
    after = substitute(total + 1 / total**2, {y[i]: x[j]})
    assert len(after.atoms(type(total))) == 1
