"""Identities that keep digits in a sum of exponentials without one of its terms."""

from __future__ import annotations

from sympy import KroneckerDelta, exp, log

from symderive.rules.rule import Example, Rule
from symderive.terms import Dim, Index, Vector, indexed_sum, operation, vec

__all__ = ["ROWS"]

_K = Dim("K")
_X = Vector("x", _K)
_J, _CLASS, _TARGET = Index("j", _K), Index("k", _K), Index("t", _K)
_OTHERS = indexed_sum((1 - KroneckerDelta(_J, _TARGET)) * exp(_X[_J]), _J)


def _without_a_term() -> Example:
    everything = indexed_sum(exp(_X[_J]), _J)
    wrong = (-_OTHERS, everything, indexed_sum(KroneckerDelta(_J, _TARGET) * exp(_X[_J]), _J))
    return Example(everything - exp(_X[_TARGET]), _OTHERS, wrong)


def _odds() -> Example:
    share, target = (operation("softmax", vec(_X[_J], _J), place) for place in (_CLASS, _TARGET))
    after = exp(_X[_CLASS]) / _OTHERS
    return Example(share / (1 - target), after, (-after, after / _OTHERS, exp(_X[_TARGET]) / _OTHERS))


def _log_of_odds() -> Example:
    target = operation("softmax", vec(_X[_J], _J), _TARGET)
    after = _X[_TARGET] - log(_OTHERS)
    wrong = (-after, _X[_TARGET] + log(_OTHERS), _X[_TARGET] - operation("logsumexp", vec(_X[_J], _J)))
    return Example(log(target / (1 - target)), after, wrong)


ROWS: tuple[Rule, ...] = (
    Rule(
        "stable.without_a_term",
        "a sum less one of its terms is the sum of the others",
        "합에서 한 항을 빼면 나머지 항들의 합이다",
        _without_a_term,
        rank=1,
    ),
    Rule(
        "stable.odds",
        "a share over what another leaves of 1, by the others' exponentials",
        "몫을 1에서 다른 몫을 뺀 값으로 나누면 나머지 지수의 합으로 나눈 것이다",
        _odds,
        rank=1,
    ),
    Rule(
        "stable.log_of_odds",
        "the logarithm of odds by the others' log-sum-exp",
        "오즈의 로그를 나머지 성분의 로그합지수로 쓴다",
        _log_of_odds,
        rank=1,
    ),
)
