"""Names replaced by what they stand for."""

from __future__ import annotations

from sympy import Expr, Indexed, Symbol, exp

from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import (
    Apply,
    Definition,
    Dim,
    Index,
    MisusedDefinition,
    Operation,
    Partial,
    Vec,
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


def _derivative(term: Expr, scope: Scope) -> Expr | None:
    """``f'(t)`` as ``∂f(t)/∂t``, where the arguments are variables."""
    if not isinstance(term, Apply) or not term.derivatives:
        return None
    bare = Apply(term.args[0], term.arguments, term.components)
    variables = []
    for slot, *place in term.derivatives:
        argument = term.arguments[int(slot)]
        if isinstance(argument, Vec):
            bound = tuple(limit[0] for limit in argument.limits)
            entry = argument.body
            if not isinstance(entry, Indexed) or tuple(entry.indices) != bound:
                return None
            argument = entry.func(entry.base, *place)
        elif not isinstance(argument, Symbol) or place:
            return None
        variables.append(argument)
    return Partial(bare, *variables)


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


def _example_derivative() -> Example:
    t = scalar("t")
    f = Definition("f", (), (t,), t**3)
    before = Apply("f", (t,), (), ((0,),))
    after = Partial(Apply("f", (t,)), t)
    return Example(before, after, (-after, Apply("f", (t,)), after * t), definitions=(f,))


ROWS: tuple[Rule, ...] = (
    Rule("definition.unfold", "definition of {}", "{}의 정의", _example_unfold, _unfold, 3),
    Rule(
        "definition.derivative",
        "what the derivative's sign stands for",
        "도함수 기호의 뜻",
        _example_derivative,
        _derivative,
        1,
    ),
    Rule("definition.operation", "definition of {}", "{}의 정의", _example_operation, _operation, 3),
)
