"""Names replaced by what they stand for."""

from __future__ import annotations

from sympy import Expr, exp

from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import (
    Apply,
    Definition,
    Dim,
    Index,
    MisusedDefinition,
    Operation,
    Vector,
    freshen,
    indexed_sum,
    operation,
    scalar,
    unfold,
    vec,
)

__all__ = ["ROWS"]


def _unfold(term: Expr, scope: Scope) -> Expr | None:
    if not isinstance(term, Apply) or term.derivatives:
        return None
    definition = scope.definitions.get(term.head)
    if definition is None:
        return None
    try:
        return unfold(term, (definition,), operations=False, derivatives=False)
    except MisusedDefinition:
        return None


def _operation(term: Expr, scope: Scope) -> Expr | None:
    return freshen(term.unfold()) if isinstance(term, Operation) else None


def _example_unfold() -> Example:
    K = Dim("K")
    x, i, j = Vector("x", K), Index("i", K), Index("j", K)
    body = exp(x[i]) / indexed_sum(exp(x[j]), j)
    s = Definition("s", (i,), (x,), body)
    k = Index("k", K)
    return Example(
        Apply("s", (vec(x[j], j),), (k,)),
        exp(x[k]) / indexed_sum(exp(x[j]), j),
        (exp(-x[k]) / indexed_sum(exp(x[j]), j), exp(x[k]), exp(x[k]) * indexed_sum(exp(x[j]), j)),
        definitions=(s,),
    )


def _example_operation() -> Example:
    t = scalar("t")
    return Example(operation("sigmoid", t), 1 / (1 + exp(-t)), (1 / (1 + exp(t)), 1 / (1 - exp(-t))))


ROWS: tuple[Rule, ...] = (
    Rule("definition.unfold", "definition of {}", "{}의 정의", _example_unfold, _unfold, 3),
    Rule("definition.operation", "definition of {}", "{}의 정의", _example_operation, _operation, 3),
)
