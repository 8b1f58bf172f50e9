"""The verdict on a form where it is taken: an identity for every value of what stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, Indexed, Symbol, Tuple

from symderive.codegen.primitives import generalised
from symderive.decide import Verdict
from symderive.derivation.checking import verdict_of
from symderive.rules import Scope
from symderive.terms import (
    Claim,
    Hypothesis,
    Index,
    Operation,
    Tensor,
    Vec,
    free_names,
    operation,
    substitute,
)
from symderive.terms.substitution import alpha_equal

__all__ = ["Form", "for_any_argument", "identity_verdict", "judged", "surroundings"]

#: What a term becomes in a scope; None where the form does not fit.
Form = Callable[[Expr, Scope], Expr | None]
_SECONDS = 2.0


def for_any_argument(form: Form, node: Expr, after: Expr, around: Scope) -> tuple[Expr, Expr]:
    """What a form makes of a named function, as an identity for every number or vector, where it is one."""
    arguments = node.arguments if isinstance(node, Operation) else node.args
    vectors = [arg for arg in arguments if isinstance(arg, Vec)]
    if len(vectors) == 1 and not isinstance(vectors[0].body, Indexed):
        (vector,) = vectors
        family = Tensor("any vector", *((lower, upper) for _, lower, upper in vector.limits))
        entries = Vec(family[tuple(limit[0] for limit in vector.limits)], *vector.limits)
        general = node.func(*(entries if arg is vector else arg for arg in node.args))
        return _if_it_is_one(form, (node, after), general, {family: vector}, around)
    if isinstance(node, Operation) and len(arguments) == 1 and arguments[0].args and not vectors:
        number = Symbol("any number", real=True)
        return _if_it_is_one(
            form, (node, after), operation(node.name, number), {number: arguments[0]}, around
        )
    return node, after


def _if_it_is_one(
    form: Form, sides: tuple[Expr, Expr], general: Expr, instance: dict[Any, Any], around: Scope
) -> tuple[Expr, Expr]:
    """What the form makes of the general term, if both sides are its instance; or else the sides."""
    made = form(general, around)
    if made is None or not alpha_equal(substitute(made, instance), sides[1]):
        return sides
    return general, made


def surroundings(node: Expr, scope: Scope) -> tuple[Any, ...]:
    """The ranges of the bound indices in a part: all that it sees of its surroundings."""
    if not scope.ranges:
        return ()
    pending, found = [free_names(node)], dict[Any, Any]()
    while pending:
        for name in pending.pop():
            if name in scope.ranges and name not in found:
                found[name] = scope.ranges[name]
                pending += [free_names(end) for end in found[name]]
    return tuple((name, *limits) for name, limits in scope.ranges.items() if name in found)


def judged(before: Expr, after: Expr, scope: Scope) -> Verdict:
    """The verdict on one place, for all values of the indices that are bound around it."""
    sides = Tuple(before, after)
    around = list(surroundings(sides, scope))
    bound = {index for index, _, _ in around}.union(*(_names_of(h) for h in scope.hypotheses))
    around += [
        (index, index.lower, index.upper)
        for index in sorted(free_names(sides) - bound, key=str)
        if isinstance(index, Index)
    ]
    # One name whatever the place called it: the same identity is judged once.
    names: dict[Any, Any] = {}
    for number, (index, lower, upper) in enumerate(around):
        names[index] = Index(f"n\u0332{number}", substitute(upper, names), substitute(lower, names))
    return identity_verdict(substitute(before, names), substitute(after, names), scope.hypotheses)


def _names_of(hypothesis: Hypothesis) -> frozenset[Symbol]:
    return (free_names(hypothesis.lhs) | free_names(hypothesis.rhs)) - set(hypothesis.forall)


def identity_verdict(before: Expr, after: Expr, hypotheses: tuple[Hypothesis, ...]) -> Verdict:
    """The verdict on an identity, with any index, number and scale for those that a form chose."""
    (left, right), scales = generalised(before, after)
    return verdict_of(Claim(left, "=", right, (*hypotheses, *scales)), _SECONDS)
