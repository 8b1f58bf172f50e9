"""Identities that keep digits in what the error function leaves of 1."""

from __future__ import annotations

from sympy import Integer, erf, exp, log, sqrt

from symderive.rules.rule import Example, Rule
from symderive.terms import Hypothesis, scalar

__all__ = ["ROWS"]


def _complement() -> Example:
    t = scalar("t")
    scaled = exp(t**2) * (1 - erf(t))
    after = exp(-(t**2)) * scaled
    return Example(2 - 2 * erf(t), 2 * after, (after, -2 * after, 2 * exp(t**2) * scaled, 2 * scaled))


def _logarithm() -> Example:
    t = scalar("t")
    scaled = exp(t**2) * (1 - erf(t))
    after = log(scaled / 2) - t**2
    held = (Hypothesis(1 - erf(t), ">", Integer(0)),)
    wrong = (-after, log(scaled) - t**2, log(scaled / 2) + t**2, log(scaled / 2) - t)
    return Example(log((1 - erf(t)) / 2), after, wrong, hypotheses=held)


def _ratio() -> Example:
    z = scalar("z")
    left = 1 - erf(z / sqrt(2))
    after = 1 / (exp(z**2 / 2) * left)
    held = (Hypothesis(left, ">", Integer(0)),)
    wrong = (-after, 1 / (exp(z**2) * left), exp(z**2 / 2) / left)
    return Example(exp(-(z**2) / 2) / left, after, wrong, hypotheses=held)


def _apart() -> Example:
    t, y = scalar("t"), scalar("y")
    held = (Hypothesis(1 - erf(t), ">", Integer(0)), Hypothesis(1 + erf(t), ">", Integer(0)))
    before = (2 * y - 1 - erf(t)) / (1 - erf(t) ** 2)
    after = y / (1 + erf(t)) - (1 - y) / (1 - erf(t))
    wrong = (-after, y / (1 - erf(t)) - (1 - y) / (1 + erf(t)), y / (1 + erf(t)) + (1 - y) / (1 - erf(t)))
    return Example(before, after, wrong, hypotheses=held)


ROWS: tuple[Rule, ...] = (
    Rule(
        "stable.complement_of_erf",
        "what erf leaves of 1, by its size beside e^(-t^2)",
        "1에서 erf를 뺀 값을 e^(-t^2)에 대한 크기로 쓴다",
        _complement,
        rank=1,
    ),
    Rule(
        "stable.log_of_complement",
        "the logarithm of what erf leaves of 1, without its exponential",
        "지수를 거치지 않고 1에서 erf를 뺀 값의 로그를 쓴다",
        _logarithm,
        rank=1,
    ),
    Rule(
        "stable.probabilities_apart",
        "a quotient by both probabilities is one by each",
        "두 확률로 나눈 몫을 각 확률로 나눈 몫의 합으로 쓴다",
        _apart,
        rank=1,
    ),
    Rule(
        "stable.ratio_to_complement",
        "the exponentials of a density and of the probability beyond it cancel",
        "밀도와 그 바깥 확률의 지수함수를 약분한다",
        _ratio,
        rank=1,
    ),
)
