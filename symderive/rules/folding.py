"""Names put back, equations between them used: the way to the compact form."""

from __future__ import annotations

from sympy import Expr, Integer, exp

from symderive.rules.rule import Example, Rule
from symderive.terms import (
    Apply,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Vector,
    indexed_sum,
    vec,
)

__all__ = ["CONSTRAINTS", "FOLDS"]

_ONE = Integer(1)


def _softmax() -> tuple[Definition, Expr, Expr, Index, Index]:
    K = Dim("K")
    x, i, j = Vector("x", K), Index("i", K), Index("j", K)
    body = exp(x[i]) / indexed_sum(exp(x[j]), j)
    k = Index("k", K)
    return Definition("s", (i,), (x,), body), Apply("s", (vec(x[j], j),), (k,)), x, j, k


def _example_fold() -> Example:
    s, applied, x, j, k = _softmax()
    before = exp(x[k]) / indexed_sum(exp(x[j]), j)
    return Example(before, applied, (1 / applied, -applied, applied**2), definitions=(s,))


def _example_constraint() -> Example:
    K = Dim("K")
    y, x, j, k = Vector("y", K), Vector("x", K), Index("j", K), Index("k", K)
    total = indexed_sum(y[j], j)
    return Example(
        x[k] * total,
        x[k],
        (_ONE, -x[k], 2 * x[k]),
        hypotheses=(Hypothesis(total, "=", _ONE),),
    )


def _example_known() -> Example:
    s, _, x, j, k = _softmax()
    whole = indexed_sum(Apply("s", (vec(x[j], j),), (k,)), k)
    return Example(whole, _ONE, (Integer(0), Dim("K"), 2 * whole), definitions=(s,))


FOLDS: tuple[Rule, ...] = (
    Rule("definition.fold", "by the definition of {}", "{}의 정의에 의해", _example_fold, None, 3),
)

CONSTRAINTS: tuple[Rule, ...] = (
    Rule(
        "sum.constraint", "use the known value of {}", "알려진 {}의 값을 쓴다", _example_constraint, None, 3
    ),
    Rule("sum.known", "the value of {}", "{}의 값", _example_known, None, 3),
)
