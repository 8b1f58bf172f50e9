"""What the arguments of a function are: logits, probabilities, weights, labels; read off the formula."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Indexed, Pow, Sum, Symbol, exp, log

from symderive.codegen.kernel import Argument, Kind
from symderive.codegen.plan import Function, Plan
from symderive.terms import Operation, unfold, walk

__all__ = ["KINDS", "kinds_of"]

#: What an argument may be.
KINDS = (
    "distribution",  # not negative, of sum exactly 1: whole multiples of 2^-20
    "logits",  # any real numbers that are exponentiated
    "probabilities",  # positive, of sum about 1
    "reference",  # the same, for what probabilities are divided by
    "positive",  # positive numbers of any scale
    "targets",  # weights of logits, not negative
    "vector",  # real numbers that are squared or averaged
    "direction",  # what a derivative is multiplied with
    "label",  # a number between 0 and 1
    "scale",  # a positive number of ordinary size
    "index",  # a class
)


def kinds_of(plan: Plan, function: Function) -> dict[str, str]:
    """What each argument is, from where it stands in the formula and from the hypotheses.

    What stands in an exponential is a logit; what a logarithm is taken of is positive; what multiplies a
    logarithm is a weight. Give kinds to `measured` where that guesses wrong.
    """
    term = unfold(plan.expression, (), operations=True)
    kinds: dict[str, str] = {}
    original = {argument.name for argument in plan.functions[0].arguments}
    for argument in function.arguments:
        if argument.kind is Kind.INDEX:
            kinds[argument.name] = "index"
        elif argument.name not in original or argument.name.startswith(("cotangent", "direction")):
            kinds[argument.name] = "direction"
        else:
            kinds[argument.name] = _kind(term, plan, argument)
    return kinds


def _kind(term: Expr, plan: Plan, argument: Argument) -> str:
    if any(
        h.relation == "=" and h.rhs == 1 and h.lhs.has(Sum) and _holds(h.lhs, argument)
        for h in plan.hypotheses
    ):
        return "distribution"
    positive = any(
        h.relation in (">", ">=") and h.rhs == 0 and _holds(h.lhs, argument) for h in plan.hypotheses
    )
    for node in walk(term):
        if isinstance(node, exp) and _holds(node, argument):
            # A temperature divides: it is not exponentiated itself.
            below = any(
                isinstance(n, Pow) and n.exp == -1 and _holds(n, argument) for n in walk(node.args[0])
            )
            return "scale" if below or (positive and not argument.axes) else "logits"
    logarithms = [node for node in walk(term) if isinstance(node, log) and _holds(node, argument)]
    if logarithms or positive:
        if not argument.axes:
            return "scale"
        below = any(isinstance(n, Pow) and n.exp == -1 and _holds(n, argument) for n in walk(term))
        return "reference" if below else "probabilities"
    if any(isinstance(node, (log, Operation)) for node in walk(term)):
        return "targets" if argument.axes else "label"
    return "vector"


def _holds(term: Any, argument: Argument) -> bool:
    for node in walk(term):
        if isinstance(node, Indexed) and node.base.name == argument.name:
            return True
        if isinstance(node, Symbol) and not argument.axes and node.name == argument.name:
            return True
    return False
