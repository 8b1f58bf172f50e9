"""Rational rewriting: cancelled, factored, multiplied out, written in another way."""

from __future__ import annotations

from sympy import Expr, Integer, Rational, binomial, exp, log, oo, sqrt

from symderive.rules.rule import Example, Rule
from symderive.terms import Hypothesis, Index, scalar

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


def _example_normal_form() -> Example:
    a, b, c = _names()
    before = 1 / (1 + exp(-a)) + 1 / (1 + exp(a)) + b - c
    return Example(before, 1 + b - c, (b - c, 1 + b + c))


def _example_equation() -> Example:
    a, b, c = _names()
    known = (Hypothesis(a, "=", b**2),)
    return Example(a * c, b**2 * c, (b * c, -(b**2) * c), hypotheses=known)


def _example_numbers() -> Example:
    third = Rational(1, 3)
    return Example(
        third + Rational(1, 6) + log(4, evaluate=False), Rational(1, 2) + 2 * log(2), (third, Rational(1, 2))
    )


def _example_logarithm() -> Example:
    a, b, c = _names()
    known = tuple(Hypothesis(name, ">", Integer(0)) for name in (a, b))
    right = log(a) + c - 2 * log(b)
    return Example(
        log(a * exp(c) / b**2), right, (log(a) - c - 2 * log(b), log(a) * c / b**2), hypotheses=known
    )


def _example_exponential() -> Example:
    a, b, c = _names()
    known = (Hypothesis(b, ">", Integer(0)),)
    before = exp(a + log(b)) / (exp(a) + exp(c))
    return Example(
        before, b / (1 + exp(c - a)), (b / (1 + exp(a - c)), 1 / (1 + exp(c - a))), hypotheses=known
    )


def _example_power() -> Example:
    a, b, _ = _names()
    known = tuple(Hypothesis(name, ">", Integer(0)) for name in (a, b))
    before = sqrt(a) + sqrt(b)
    return Example(
        before, (a - b) / (sqrt(a) - sqrt(b)), (sqrt(a + b), (a + b) / (sqrt(a) - sqrt(b))), hypotheses=known
    )


def _example_binomial() -> Example:
    n, k = Index("n", oo, 1), Index("k", oo, 1)
    before = binomial(n, k)
    right = binomial(n - 1, k) + binomial(n - 1, k - 1)
    return Example(before, right, (binomial(n - 1, k) - binomial(n - 1, k - 1), binomial(n - 1, k)))


ROWS: tuple[Rule, ...] = (
    Rule("algebra.factor", "take out the common factor", "공통 인수로 묶는다", _example_factor, None, 2),
    Rule("algebra.expand", "multiply out", "전개한다", _example_expand, None, 1),
    Rule("algebra.simplify", "simplify", "정리한다", _example_simplify, None, 2),
    Rule("algebra.logarithm", "laws of the logarithm", "로그의 성질", _example_logarithm, None, 2),
    Rule("algebra.exponential", "laws of the exponential", "지수의 성질", _example_exponential, None, 2),
    Rule("algebra.power", "laws of powers and roots", "거듭제곱과 제곱근의 성질", _example_power, None, 2),
    Rule(
        "algebra.binomial",
        "binomial theorem and Pascal's rule",
        "이항정리와 파스칼의 규칙",
        _example_binomial,
        None,
        2,
    ),
    Rule(
        "algebra.equation", "by an equation that is given", "주어진 등식에 의해", _example_equation, None, 2
    ),
    Rule("algebra.numbers", "exact arithmetic", "정확한 계산", _example_numbers, None, 2),
    Rule(
        "algebra.normal-form",
        "both have the same normal form",
        "두 식의 표준형이 같다",
        _example_normal_form,
        None,
        2,
    ),
    Rule("algebra.rearrange", "written in another way", "다른 꼴로 쓴다", _example_rearrange, None, 2),
)
