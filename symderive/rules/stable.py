"""Identities that keep digits: code is reached from the textbook's formula by these, each judged in place.

Over the reals they change nothing. An index a that is free in an example may be any index; code takes the
place of the largest entry.
"""

from __future__ import annotations

from sympy import Abs, Expr, Integer, KroneckerDelta, Max, Min, cosh, exp, log, sqrt

from symderive.rules.rule import Example, Rule
from symderive.terms import (
    Dim,
    Hypothesis,
    Index,
    Tensor,
    Vector,
    indexed_product,
    indexed_sum,
    operation,
    scalar,
    vec,
)

__all__ = ["ROWS"]


def _names() -> tuple[Tensor, Tensor, Index, Index, Index, Index]:
    K = Dim("K")
    x, y = Vector("x", K), Vector("y", K)
    i, j, k, a = Index("i", K), Index("j", K), Index("k", K), Index("a", K)
    return x, y, i, j, k, a


def _softmax(x: Tensor, place: Expr) -> Expr:
    j = Index("j", x.ranges[0][1])
    return operation("softmax", vec(x[j], j), place)


def _rest(x: Tensor, a: Expr) -> Expr:
    j = Index("j", x.ranges[0][1])
    return indexed_sum((1 - KroneckerDelta(j, a)) * exp(x[j] - x[a]), j)


def _unfold() -> Example:
    t = scalar("t")
    silu = operation("silu", t)
    after = t * operation("sigmoid", t)
    return Example(silu, after, (operation("sigmoid", t), -after))


def _other_factors() -> Example:
    x, _, _, j, k, _ = _names()
    one = KroneckerDelta(j, k)
    after = indexed_product(one + (1 - one) * x[j], j)
    wrong = (indexed_product(x[j], j), indexed_product((1 - one) * x[j], j), -after)
    return Example(indexed_product(x[j], j) / x[k], after, wrong)


def _weighted_mean() -> Example:
    x, y, i, j, _, _ = _names()
    before = indexed_sum(y[i] * exp(x[i]), i) / indexed_sum(exp(x[j]), j)
    after = indexed_sum(y[i] * _softmax(x, i), i)
    return Example(before, after, (-after, indexed_sum(y[i], i) * after, indexed_sum(_softmax(x, i) ** 2, i)))


def _positive(*families: Tensor) -> tuple[Hypothesis, ...]:
    i = Index("i", families[0].ranges[0][1])
    return tuple(Hypothesis(family[i], ">", Integer(0), (i,)) for family in families)


def _together() -> Example:
    p, q, i, _, _, _ = _names()
    before = indexed_sum(p[i] * log(p[i]), i) - indexed_sum(p[i] * log(q[i]), i)
    after = indexed_sum(p[i] * log(p[i] / q[i]), i)
    return Example(
        before, after, (-after, indexed_sum(q[i] * log(p[i] / q[i]), i)), hypotheses=_positive(p, q)
    )


def _divergence() -> Example:
    p, q, i, _, _, _ = _names()
    term = p[i] * log(p[i] / q[i])
    after = indexed_sum(term - p[i] + q[i], i) + indexed_sum(p[i] - q[i], i)
    wrong = (
        indexed_sum(term - p[i] + q[i], i),
        indexed_sum(term - p[i] + q[i], i) + indexed_sum(q[i] - p[i], i),
    )
    return Example(indexed_sum(term, i), after, wrong, hypotheses=_positive(p, q))


def _common_part() -> Example:
    x, y, i, _, k, a = _names()
    before = y[k] - indexed_sum(y[i] * _softmax(x, i), i)
    after = y[k] - y[a] - indexed_sum((y[i] - y[a]) * _softmax(x, i), i)
    wrong = (y[k] - indexed_sum((y[i] - y[a]) * _softmax(x, i), i), after + y[a])
    return Example(before, after, wrong)


def _target() -> Example:
    x, y, _, j, k, _ = _names()
    total = indexed_sum(y[j], j)
    before = total * _softmax(x, k) - y[k]
    after = _softmax(x, k) * (total - y[k]) - y[k] * (1 - _softmax(x, k))
    return Example(before, after, (-after, _softmax(x, k) * (1 - y[k]) - y[k] * (1 - _softmax(x, k))))


def _delta() -> Example:
    x, _, _, _, k, t = _names()
    one = KroneckerDelta(k, t)
    before = _softmax(x, k) - one
    after = (1 - one) * _softmax(x, k) - one * _rest(x, t) / (1 + _rest(x, t))
    wrong = ((1 - one) * _softmax(x, k) + one * _rest(x, t), _softmax(x, k) - one * _rest(x, t))
    return Example(before, after, wrong)


def _complement() -> Example:
    x, _, _, _, _, a = _names()
    after = _rest(x, a) / (1 + _rest(x, a))
    return Example(1 - _softmax(x, a), after, (_rest(x, a), 1 / (1 + _rest(x, a))))


def _opposite_sigmoid() -> Example:
    t = scalar("t")
    after = operation("sigmoid", -t)
    return Example(1 - operation("sigmoid", t), after, (-after, operation("sigmoid", t)))


def _label() -> Example:
    t, y = scalar("t"), scalar("y")
    there, back = operation("sigmoid", t), operation("sigmoid", -t)
    after = (1 - y) * there - y * back
    return Example(there - y, after, (-after, (1 - y) * there + y * back))


def _log_of_softmax() -> Example:
    x, _, i, j, _, _ = _names()
    after = operation("log_softmax", vec(x[j], j), i) + log(2)
    return Example(log(2 * _softmax(x, i)), after, (-after, after - log(2)))


def _less_logsumexp() -> Example:
    x, _, i, j, _, _ = _names()
    after = operation("log_softmax", vec(x[j], j), i)
    return Example(x[i] - operation("logsumexp", vec(x[j], j)), after, (-after, after + x[i]))


def _masked() -> Example:
    p, _, i, _, _, _ = _names()
    before = p[i] * log(p[i])
    after = log(p[i]) * p[i]
    return Example(before, after, (-after, log(p[i])), hypotheses=_positive(p))


def _largest() -> Example:
    x, _, i, _, _, a = _names()
    after = exp(x[i] - x[a]) / (1 + _rest(x, a))
    return Example(_softmax(x, i), after, (exp(x[i] - x[a]) / _rest(x, a), exp(x[i]) / (1 + _rest(x, a))))


def _shift() -> Example:
    x, _, i, j, _, a = _names()
    after = exp(x[i] - x[a]) / indexed_sum(exp(x[j] - x[a]), j)
    return Example(_softmax(x, i), after, (exp(x[i]) / indexed_sum(exp(x[j] - x[a]), j), 2 * after))


def _logistic() -> Example:
    t = scalar("t")
    after = Max(t, 0) + log(1 + exp(-Abs(t)))
    return Example(operation("softplus", t), after, (-after, Max(t, 0) + log(1 + exp(Abs(t)))))


def _log_cosh() -> Example:
    t = scalar("t")
    after = Abs(t) + log(1 + exp(-2 * Abs(t))) - log(2)
    return Example(log(cosh(t)), after, (after + log(2), Abs(t) + log(1 + exp(-Abs(t))) - log(2)))


def _expm1() -> Example:
    b, n = scalar("b"), scalar("n")
    after = -(exp(n * log(b)) - 1)
    positive = (Hypothesis(b, ">", Integer(0)),)
    return Example(1 - b**n, after, (-after, 1 - exp(log(b))), hypotheses=positive)


def _exp_of_square() -> Example:
    t = scalar("t")
    after = exp(-t / 2 * t)
    return Example(exp(-(t**2) / 2), after, (-after, exp(-t * t), exp(t / 2 * t), exp(-t / 2)))


def _log1p() -> Example:
    t = scalar("t")
    positive = (Hypothesis(t, ">", Integer(0)),)
    return Example(log(1 + t), log(t + 1), (log(t), 1 + log(t)), hypotheses=positive)


def _scale() -> Example:
    x, _, _, j, _, _ = _names()
    c = scalar("c")
    after = c * sqrt(indexed_sum((x[j] / c) ** 2, j))
    wrong = (sqrt(indexed_sum((x[j] / c) ** 2, j)), c**2 * sqrt(indexed_sum((x[j] / c) ** 2, j)))
    held = (Hypothesis(c, ">", Integer(0)),)
    return Example(sqrt(indexed_sum(x[j] ** 2, j)), after, wrong, hypotheses=held)


def _roots_apart() -> Example:
    x, y, _, j, _, _ = _names()
    epsilon = scalar("epsilon")
    one, two = (epsilon + indexed_sum(family[j] ** 2, j) for family in (x, y))
    after = sqrt(one) * sqrt(two)
    held = (Hypothesis(epsilon, ">", Integer(0)),)
    return Example(sqrt(one * two), after, (sqrt(one) + sqrt(two), sqrt(one) * two, -after), hypotheses=held)


def _scaled_terms() -> Example:
    x, y, _, j, _, _ = _names()
    c, d = scalar("c"), scalar("d")
    held = (Hypothesis(c, ">", Integer(0)), Hypothesis(d, ">", Integer(0)))
    after = indexed_sum((x[j] / c) * (y[j] / d), j)
    wrong = (indexed_sum(x[j] / c, j) * indexed_sum(y[j] / d, j), c * after, -after)
    return Example(indexed_sum(x[j] * y[j], j) / (c * d), after, wrong, hypotheses=held)


def _scaled_quotient() -> Example:
    u, v, c = scalar("u"), scalar("v"), scalar("c")
    held = (Hypothesis(c, ">", Integer(0)), Hypothesis(v, ">", Integer(0)))
    after = (u / Min(c, 1)) / (Max(c, 1) * v)
    return Example(u / (c * v), after, (u / (Max(c, 1) * v), u / (Min(c, 1) * v)), hypotheses=held)


def _log_ratio() -> Example:
    p, q, _, _, k, _ = _names()
    after = log(p[k]) - log(q[k])
    return Example(log(p[k] / q[k]), after, (-after, log(p[k]) + log(q[k])), hypotheses=_positive(p, q))


def _shifted_total() -> Example:
    a, b, c = scalar("a"), scalar("b"), scalar("c")
    after = c + log(exp(a - c) + 2 * exp(b - c))
    return Example(log(exp(a) + 2 * exp(b)), after, (after - c, -after, c + log(exp(a) + 2 * exp(b - c))))


def _less_root() -> Example:
    t = scalar("t")
    after = t / (sqrt(4 + t) + 2)
    wrong = (-after, t / (sqrt(4 + t) - 2), t / (sqrt(4 + t) + 4))
    return Example(sqrt(4 + t) - 2, after, wrong, hypotheses=(Hypothesis(t, ">", Integer(0)),))


def _one_root() -> Example:
    x, _, _, j, _, _ = _names()
    K = x.ranges[0][1]
    total = indexed_sum(x[j] ** 2, j)
    after = sqrt(total / K)
    return Example(sqrt(total) / sqrt(K), after, (sqrt(total) / K, sqrt(K * total)))


ROWS: tuple[Rule, ...] = (
    Rule("stable.unfold", "by definition", "정의에 의해", _unfold, rank=0),
    Rule(
        "stable.other_factors",
        "divided by one factor, a product is that of the others",
        "곱을 한 인수로 나누면 나머지 인수들의 곱이다",
        _other_factors,
        rank=1,
    ),
    Rule(
        "stable.weighted_mean",
        "exponentials over their sum are softmax weights",
        "지수함수를 그 합으로 나누면 소프트맥스 가중치이다",
        _weighted_mean,
    ),
    Rule("stable.together", "put both sums under one", "두 합을 하나로 묶는다", _together),
    Rule(
        "stable.divergence",
        "a divergence by terms that are never negative",
        "음수가 되지 않는 항들로 발산을 쓴다",
        _divergence,
        rank=2,
    ),
    Rule(
        "stable.common_part",
        "take off what is common before averaging",
        "평균을 내기 전에 공통 부분을 뺀다",
        _common_part,
        rank=2,
    ),
    Rule(
        "stable.target",
        "both complements are summed, nothing is subtracted from 1",
        "1에서 빼지 않고 양쪽의 나머지를 직접 더한다",
        _target,
        rank=2,
    ),
    Rule(
        "stable.delta",
        "the target's component is minus the sum of the others",
        "정답 성분은 나머지 성분들의 합에 음의 부호를 붙인 것이다",
        _delta,
        rank=2,
    ),
    Rule("stable.complement", "a complement is summed directly", "나머지를 직접 더한다", _complement, rank=2),
    Rule("stable.opposite_sigmoid", "1 − σ(t) is σ(−t)", "1 − σ(t)는 σ(−t)이다", _opposite_sigmoid),
    Rule("stable.label", "split by the label", "레이블에 따라 나눈다", _label),
    Rule(
        "stable.log_of_softmax",
        "the logarithm of a softmax without its exponentials",
        "지수를 거치지 않고 소프트맥스의 로그를 쓴다",
        _log_of_softmax,
    ),
    Rule(
        "stable.less_logsumexp",
        "an entry less the log-sum-exp is a log-softmax",
        "성분에서 로그합지수를 빼면 로그 소프트맥스이다",
        _less_logsumexp,
    ),
    Rule(
        "stable.masked", "a weight of 0 counts for nothing", "가중치가 0이면 기여하지 않는다", _masked, rank=0
    ),
    Rule(
        "stable.largest",
        "set the largest term apart",
        "가장 큰 항을 따로 둔다",
        _largest,
        rank=2,
    ),
    Rule("stable.shift", "shift by the largest entry", "가장 큰 성분만큼 옮긴다", _shift, rank=2),
    Rule("stable.logistic", "by the sign of the argument", "인수의 부호에 따라 나눈다", _logistic),
    Rule("stable.log_cosh", "log cosh without overflow", "넘침 없이 log cosh를 쓴다", _log_cosh),
    Rule("stable.expm1", "by expm1 near 1", "1 근처에서는 expm1로 쓴다", _expm1),
    Rule(
        "stable.shifted_total",
        "take the largest exponent off",
        "가장 큰 지수를 뺀다",
        _shifted_total,
        rank=1,
    ),
    Rule(
        "stable.less_root",
        "multiply by the sum of the root and its constant",
        "제곱근과 상수의 합을 곱해 유리화한다",
        _less_root,
        rank=1,
    ),
    Rule(
        "stable.exp_of_square",
        "the rounding error of a square is exponentiated with it",
        "제곱의 반올림 오차도 함께 지수에 넣는다",
        _exp_of_square,
        rank=0,
    ),
    Rule("stable.log1p", "by log1p near 1", "1 근처에서는 log1p로 쓴다", _log1p),
    Rule(
        "stable.log_ratio",
        "the logarithm of a quotient that may leave the range",
        "범위를 벗어날 수 있는 몫의 로그를 쓴다",
        _log_ratio,
    ),
    Rule(
        "stable.one_root", "take one root of the quotient", "몫의 제곱근을 한 번만 구한다", _one_root, rank=0
    ),
    Rule(
        "stable.roots_apart",
        "take the root of each factor",
        "인수마다 제곱근을 따로 구한다",
        _roots_apart,
        rank=0,
    ),
    Rule("stable.scale", "scale by a power of two", "2의 거듭제곱으로 크기를 맞춘다", _scale),
    Rule(
        "stable.scaled_terms",
        "divide each factor by its own scale before they are multiplied",
        "곱하기 전에 각 인수를 그 척도로 나눈다",
        _scaled_terms,
        rank=0,
    ),
    Rule(
        "stable.scaled_quotient", "divide by the scale first", "먼저 척도로 나눈다", _scaled_quotient, rank=0
    ),
)
