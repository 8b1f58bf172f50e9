"""Cases: equal or different indices, signs."""

from __future__ import annotations

from sympy import Abs, Expr, Integer, KroneckerDelta, Max

from symderive.rules.rule import Example, Rule
from symderive.terms import Dim, Hypothesis, Index, Vector, scalar

__all__ = ["ROWS"]


def _indices() -> tuple[Index, Index, Expr]:
    K = Dim("K")
    return Index("i", K), Index("k", K), Vector("x", K)


def _example_equal() -> Example:
    i, k, x = _indices()
    return Example(x[k] * x[i], x[i] ** 2, (x[i], -(x[i] ** 2)), hypotheses=(Hypothesis(i, "=", k),))


def _example_indices() -> Example:
    i, k, x = _indices()
    delta = KroneckerDelta(i, k)
    return Example(x[i] * delta, x[k] * delta, (x[i], x[k] * (1 - delta)))


def _example_signs() -> Example:
    a, b = scalar("a"), scalar("b")
    return Example(Max(Abs(a - b), Abs(a + b)), Abs(a) + Abs(b), (Abs(a + b), Abs(a) - Abs(b), Integer(0)))


ROWS: tuple[Rule, ...] = (
    Rule("case.equal-indices", "the two indices are equal", "두 첨자가 같다", _example_equal, None, 2),
    Rule(
        "case.indices",
        "by cases: the indices are equal, or they differ",
        "경우를 나눈다: 두 첨자가 같거나 다르다",
        _example_indices,
        None,
        2,
    ),
    Rule("case.signs", "by cases on the signs", "부호에 따라 경우를 나눈다", _example_signs, None, 2),
)
