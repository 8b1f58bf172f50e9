"""Sums without an entry are told by their factors: shifted, reversed, and not by a place too many."""

import pytest
from sympy import Expr

from symderive.decide import Status, judge
from symderive.terms import Dim, Hypothesis, Index, indexed_sum, scalar

n = Dim("n")
j, k = Index("j", n), Index("k", n)
later, beyond = Index("j", n + 1, 2), Index("j", n + 1)
a = scalar("a")
HARMONIC = indexed_sum(1 / k, k)

SAME = {
    "reversed": (indexed_sum(1 / (n - j + 1), j), HARMONIC),
    "shifted": (indexed_sum(1 / (later - 1), later), HARMONIC),
    "squares": (indexed_sum(1 / (n - j + 1) ** 2, j), indexed_sum(1 / k**2, k)),
    "scaled": (indexed_sum(a / (n - j + 1), j) - a * HARMONIC, 0 * a),
    "one more": (indexed_sum(1 / (beyond), beyond), HARMONIC + 1 / (n + 1)),
}
OTHER = {
    "reversed, one place off": (indexed_sum(1 / (n - j + 2), j), HARMONIC),
    "shifted, limits kept": (indexed_sum(1 / (j + 1), j), HARMONIC),
    "shifted the other way": (indexed_sum(1 / (later + 1), later), HARMONIC),
    "sign": (indexed_sum(1 / (j - n - 1), j), HARMONIC),
    "power": (indexed_sum(1 / (n - j + 1), j), indexed_sum(1 / k**2, k)),
    "no place": (indexed_sum(1 / (2 * j), j), HARMONIC),
}


@pytest.mark.parametrize("name", SAME)
def test_one_sum_however_it_is_counted(name: str) -> None:
    left, right = SAME[name]
    assert judge(left, right).status is Status.PROVED


@pytest.mark.parametrize("name", OTHER)
def test_another_sum_is_refuted(name: str) -> None:
    left, right = OTHER[name]
    assert judge(left, right, (Hypothesis(n, ">", 1),)).status is Status.REFUTED


def test_a_number_is_no_place() -> None:
    half: Expr = indexed_sum(1 / (j + a), j)
    assert judge(half, indexed_sum(1 / (k + a), k)).status is Status.PROVED
    assert judge(half, HARMONIC).status is Status.REFUTED
