"""Identities by which a factor of 0 outweighs what has no value there; see `stable` for the others."""

from __future__ import annotations

from sympy import exp

from symderive.rules.rule import Example, Rule
from symderive.terms import Iverson, scalar

__all__ = ["ROWS"]


def _inactive() -> Example:
    u, v = scalar("u"), scalar("v")
    holds = Iverson(u > v)
    before = holds * exp(u - v)
    after = holds * exp(u - v) + (1 - holds) * 0
    return Example(before, after, (exp(u - v), (1 - holds) * exp(u - v), -after))


def _one_of_two() -> Example:
    y, u, v = scalar("y"), scalar("u"), scalar("v")
    before = y * exp(u) + (1 - y) * exp(v)
    after = exp(v) + y * (exp(u) - exp(v))
    return Example(before, after, (exp(u) + y * (exp(u) - exp(v)), -after))


ROWS = (
    Rule(
        "stable.one_of_two",
        "of two weighted parts one counts alone where the other's weight is 0",
        "두 부분의 가중 평균에서 한쪽의 가중치가 0이면 다른 쪽만 센다",
        _one_of_two,
        rank=0,
    ),
    Rule(
        "stable.inactive",
        "what a condition multiplies counts only where it holds",
        "조건이 성립하는 곳에서만 곱해지는 값을 센다",
        _inactive,
        rank=0,
    ),
)
