"""Rational rewriting: cancelled, factored, multiplied out, written in another way."""

from __future__ import annotations

from sympy import Expr

from symderive.rules.rule import Example, Rule
from symderive.terms import scalar

__all__ = ["ROWS"]


def _names() -> tuple[Expr, Expr, Expr]:
    return scalar("a"), scalar("b"), scalar("c")


def _example_factor() -> Example:
    a, b, c = _names()
    return Example(a * b - a * c, a * (b - c), (a * (b + c), b - c, a * (c - b)))


def _example_expand() -> Example:
    a, b, c = _names()
    return Example(
        (a + b) * (a - c), a**2 - a * c + a * b - b * c, (a**2 - b * c, a**2 + a * c + a * b - b * c)
    )


def _example_simplify() -> Example:
    a, b, c = _names()
    return Example((a**2 - b**2) / (a - b) / c, (a + b) / c, ((a - b) / c, a + b, -(a + b) / c))


def _example_rearrange() -> Example:
    a, b, c = _names()
    return Example(a / b - c, (a - b * c) / b, ((a - c) / b, (a + b * c) / b))


ROWS: tuple[Rule, ...] = (
    Rule("algebra.factor", "take out the common factor", "공통 인수로 묶는다", _example_factor, None, 2),
    Rule("algebra.expand", "multiply out", "전개한다", _example_expand, None, 1),
    Rule("algebra.simplify", "simplify", "정리한다", _example_simplify, None, 2),
    Rule("algebra.rearrange", "written in another way", "다른 꼴로 쓴다", _example_rearrange, None, 2),
)
