"""Identities that keep digits in powers: of sigmoids with any exponent, and of what may be 0."""

from __future__ import annotations

from sympy import Abs, Integer, Max, Min, exp, log, tanh

from symderive.rules.rule import Example, Rule
from symderive.terms import Dim, Hypothesis, Index, Vector, operation, scalar, vec

__all__ = ["ROWS"]


def _sigmoid_powers() -> Example:
    t, n = scalar("t"), scalar("n")
    there, back = operation("sigmoid", t), operation("sigmoid", -t)
    before = (1 + exp(-t)) ** (-n - 1) * exp(-t)
    after = there**n * back
    return Example(before, after, (-after, there ** (n + 1) * back, there**n * back**2, there * back**n))


def _sigmoid_power() -> Example:
    t, n = scalar("t"), scalar("n")
    small = 1 + exp(-Abs(t))
    after = exp(n * Min(t, 0)) * small ** (-n)
    wrong = (-after, exp(n * Min(t, 0)) * small**n, exp(n * Max(t, 0)) * small ** (-n), small ** (-n))
    return Example(operation("sigmoid", t) ** n, after, wrong)


def _share_less_one() -> Example:
    t, n = scalar("t"), scalar("n")
    after = exp(-n * operation("softplus", -t)) - 1
    wrong = (-after, exp(-n * operation("softplus", t)) - 1, exp(-operation("softplus", -t)) - 1)
    return Example(operation("sigmoid", t) ** n - 1, after, wrong)


def _between_sigmoids() -> Example:
    a, b = scalar("a"), scalar("b")
    there, back = operation("sigmoid", a), operation("sigmoid", -b)
    after = there * back * (1 - exp(b - a))
    wrong = (-after, there * back * (1 - exp(a - b)), there * operation("sigmoid", b) * (1 - exp(b - a)))
    return Example(there - operation("sigmoid", b), after, wrong)


def _log_of_sigmoids() -> Example:
    a, b = scalar("a"), scalar("b")
    before = log(operation("sigmoid", a) - operation("sigmoid", b))
    after = log(1 - exp(b - a)) - operation("softplus", -a) - operation("softplus", b)
    wrong = (-after, log(1 - exp(b - a)) - operation("softplus", -a), after + 2 * operation("softplus", b))
    return Example(before, after, wrong, hypotheses=(Hypothesis(a - b, ">", Integer(0)),))


def _quotient_of_shares() -> Example:
    K = Dim("K")
    x, y, i, j = Vector("x", K), Vector("y", K), Index("i", K), Index("j", K)
    share, other = (operation("softmax", vec(v[j], j), i) for v in (x, y))
    logs = [operation("log_softmax", vec(v[j], j), i) for v in (x, y)]
    after = exp(2 * logs[0] - logs[1])
    return Example(share**2 / other, after, (-after, exp(2 * logs[0] + logs[1]), exp(logs[0] - logs[1])))


def _complement_of_tanh() -> Example:
    t = scalar("t")
    there, back = operation("sigmoid", 2 * t), operation("sigmoid", -2 * t)
    after = 4 * there * back
    return Example(1 - tanh(t) ** 2, after, (-after, 2 * there * back, 4 * there**2, 2 * there))


def _vanishing() -> Example:
    u, n = scalar("u"), scalar("n")
    before = (u - log(1 - u)) * u**n
    after = u**n * (u - log(1 - u))
    held = (Hypothesis(u, ">", Integer(0)), Hypothesis(1 - u, ">", Integer(0)))
    return Example(before, after, (-after, u**n * (u + log(1 - u))), hypotheses=held)


def _lowered_exponent() -> Example:
    u, n = scalar("u"), scalar("n")
    before = n * (n - 1) * u ** (n - 2)
    after = n * (u ** (n - 2) * (n - 1))
    held = (Hypothesis(u, ">", Integer(0)),)
    return Example(before, after, (-after, n * u ** (n - 2), n * (n - 1) * u ** (n - 1)), hypotheses=held)


ROWS: tuple[Rule, ...] = (
    Rule(
        "stable.sigmoid_powers",
        "powers of 1 + e^t and the exponentials beside them are powers of sigmoids",
        "1 + e^t의 거듭제곱과 함께 있는 지수함수를 시그모이드의 거듭제곱으로 쓴다",
        _sigmoid_powers,
    ),
    Rule(
        "stable.sigmoid_power",
        "a power of a sigmoid without the sigmoid, which may underflow",
        "아래넘침할 수 있는 시그모이드를 거치지 않고 그 거듭제곱을 쓴다",
        _sigmoid_power,
    ),
    Rule(
        "stable.share_less_one",
        "a power of a share less 1 by expm1 of its logarithm",
        "몫의 거듭제곱에서 1을 뺀 값을 그 로그의 expm1로 쓴다",
        _share_less_one,
    ),
    Rule(
        "stable.between_sigmoids",
        "a difference of two sigmoids as a product",
        "두 시그모이드의 차를 곱으로 쓴다",
        _between_sigmoids,
        rank=1,
    ),
    Rule(
        "stable.log_of_sigmoids",
        "the logarithm of a difference of two sigmoids, factor by factor",
        "두 시그모이드의 차의 로그를 인수마다 쓴다",
        _log_of_sigmoids,
        rank=1,
    ),
    Rule(
        "stable.quotient_of_shares",
        "a quotient of two softmaxes by their logarithms",
        "두 소프트맥스의 몫을 로그로 쓴다",
        _quotient_of_shares,
    ),
    Rule(
        "stable.complement_of_tanh",
        "what tanh leaves of 1, by sigmoids",
        "1에서 tanh를 뺀 값을 시그모이드로 쓴다",
        _complement_of_tanh,
        rank=1,
    ),
    Rule(
        "stable.vanishing",
        "a factor that is 0 outweighs a power that is infinite there",
        "무한대가 되는 거듭제곱에 0인 인수를 곱하면 0이다",
        _vanishing,
        rank=0,
    ),
    Rule(
        "stable.lowered_exponent",
        "a derivative of a power is 0 where its coefficient is 0",
        "거듭제곱의 도함수는 그 계수가 0이면 0이다",
        _lowered_exponent,
        rank=0,
    ),
)
