"""Sequences: the recurrence used, the assumption of an induction used."""

from __future__ import annotations

from sympy import Expr, Integer, oo

from symderive.rules.rule import Example, Rule
from symderive.terms import Hypothesis, Index, Recurrence, Tensor, indexed_sum, scalar

__all__ = ["ROWS"]


def _names() -> tuple[Index, Expr, Expr, Expr, Recurrence]:
    n = Index("n", oo, 0)
    u, q, c = Tensor("u", (0, oo)), scalar("q"), scalar("c")
    return n, u, q, c, Recurrence("u", (), n, n + 1, q * u[n] + c)


def _example_unfold() -> Example:
    n, u, q, c, rule = _names()
    return Example(u[n + 1], q * u[n] + c, (q * u[n] - c, u[n] + c, q * u[n + 1] + c), recurrences=(rule,))


def _example_used() -> Example:
    n, u, q, c, rule = _names()
    v = Tensor("v", (0, oo))
    other = Recurrence("v", (), n, n + 1, q * v[n])
    before = q * u[n] + c + q * v[n]
    after = u[n + 1] + v[n + 1]
    return Example(before, after, (u[n + 1] - v[n + 1], u[n] + v[n + 1]), recurrences=(rule, other))


def _example_hypothesis() -> Example:
    n, u, q, c, _rule = _names()
    assumed = Hypothesis(u[n], "=", q**n * u[0])
    before = q * u[n] + c
    return Example(
        before, q * (q**n * u[0]) + c, (q**n * u[0] + c, -before), hypotheses=(assumed,), recurrences=()
    )


def _example_last() -> Example:
    n, u, q, _, _ = _names()
    i = Index("i", oo, 1)
    before = indexed_sum(q * u[i], i, 1, n + 1)
    right = indexed_sum(q * u[i], i, 1, n) + q * u[n + 1]
    return Example(before, right, (indexed_sum(q * u[i], i, 1, n) + q * u[n], right - 2 * q * u[n + 1]))


def _example_induction() -> Example:
    n, u, q, _, _ = _names()
    rule = Recurrence("u", (), n, n + 1, q * u[n])
    return Example(u[n], q**n * u[0], (q ** (n + 1) * u[0], n * q * u[0], -u[n] - 1), recurrences=(rule,))


def _example_base() -> Example:
    _n, u, q, c, _rule = _names()
    i = Index("i", oo, 1)
    before = q ** Integer(0) * u[0] + c * indexed_sum(q ** (-i), i, 1, 0)
    return Example(before, u[0], (u[0] + c, q * u[0]))


ROWS: tuple[Rule, ...] = (
    Rule("recurrence.unfold", "the recurrence of {}", "{}의 점화식", _example_unfold, None, 3),
    Rule("recurrence.used", "by the recurrences", "점화식에 의해", _example_used, None, 2),
    Rule(
        "recurrence.hypothesis",
        "by the induction hypothesis",
        "귀납 가정에 의해",
        _example_hypothesis,
        None,
        3,
    ),
    Rule(
        "recurrence.induction",
        "by induction on the step",
        "단계에 대한 귀납법",
        _example_induction,
        None,
        3,
    ),
    Rule("recurrence.last-term", "split off the last term", "마지막 항을 떼어 낸다", _example_last, None, 2),
    Rule("recurrence.base", "the first step", "첫 단계", _example_base, None, 2),
)
