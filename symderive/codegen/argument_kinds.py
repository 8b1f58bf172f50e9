"""What the arguments of a function are: logits, probabilities, weights, labels; read off the formula."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Indexed, Mul, Pow, Sum, Symbol, exp, log

from symderive.codegen.functions import Function
from symderive.codegen.kernel import Argument, Kind
from symderive.codegen.plan import Plan
from symderive.terms import IndexedMax, Operation, unfold, walk

__all__ = ["KINDS", "kinds_of"]

#: What an argument may be.
KINDS = (
    "distribution",  # not negative, of sum exactly 1: whole multiples of 2^-20
    "logits",  # real numbers that are exponentiated; -inf leaves a class out
    "probabilities",  # positive, of sum about 1
    "reference",  # the same, for what probabilities are divided by
    "positive",  # positive numbers of any scale
    "targets",  # weights of logits, not negative
    "vector",  # real numbers that are squared or averaged
    "factor",  # real numbers in an exponent that no mask has: a tilt, a query, a distance
    "direction",  # what a derivative is multiplied with
    "label",  # a number between 0 and 1
    "scale",  # a positive number of ordinary size
    "index",  # a class
)


def kinds_of(plan: Plan, function: Function) -> dict[str, str]:
    """What each argument is, from where it stands in the formula and from the hypotheses.

    What every exponent rises with at a constant positive rate is a logit, and may be −inf; what else stands
    in an exponential is a factor or a scale. What a logarithm is taken of is positive; what multiplies a
    logarithm is a weight. Give kinds to `measured` where that guesses wrong.

    Examples
    --------
    >>> from symderive.codegen.generate import generate
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum, scalar
    >>> K, u = Dim("K"), scalar("u")
    >>> x, i = Vector("x", K), Index("i", K)
    >>> for exponent in x[i] + u, u * x[i]:
    ...     plan = generate(log(indexed_sum(exp(exponent), i)), name="f").plan
    ...     print(kinds_of(plan, plan.functions[0]))
    {'x': 'logits', 'u': 'logits'}
    {'x': 'factor', 'u': 'factor'}
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
    exponentials = [node for node in walk(term) if isinstance(node, exp) and _holds(node, argument)]
    if exponentials:
        # A temperature divides: it is not exponentiated itself.
        if positive or any(_divides(node.args[0], argument) for node in exponentials):
            return "scale"
        odds = _odds(term)
        masked = all(
            _rises(node.args[0], plan, argument) or (node in odds and _rises(-node.args[0], plan, argument))
            for node in exponentials
        )
        return "logits" if masked else "factor"
    logarithms = [node for node in walk(term) if isinstance(node, log) and _holds(node, argument)]
    if logarithms or positive:
        if not argument.axes:
            return "scale"
        return "reference" if _divides(term, argument) else "probabilities"
    if any(isinstance(node, (log, Operation)) for node in walk(term)):
        return "targets" if argument.axes else "label"
    return "vector"


def _divides(term: Expr, argument: Argument) -> bool:
    return any(isinstance(n, Pow) and n.exp.is_negative and _holds(n.base, argument) for n in walk(term))


def _odds(term: Expr) -> set[Expr]:
    """Exponentials that are taken relative to others, so that what falls there is one of two logits.

    Those of ``1 + exp(−z)``, and those by which a sum of exponentials is divided: ``exp(−x_t) Σ_j exp(x_j)``.
    """
    found: set[Expr] = set()
    for node in walk(term):
        exponentials = {arg for arg in node.args if isinstance(arg, exp)}
        if isinstance(node, Add) and any(arg.is_number and arg.is_positive for arg in node.args):
            found |= exponentials
        if isinstance(node, Mul) and any(isinstance(arg, Sum) and arg.has(exp) for arg in node.args):
            found |= exponentials
    return found


def _rises(term: Expr, plan: Plan, argument: Argument) -> bool:
    """Does a term rise with an argument that it holds linearly, at a positive rate that is constant?

    Beside a part that rises another may fall: a difference of two logits, or of one and the largest.
    """
    if isinstance(term, (Indexed, Symbol)):
        return True
    if isinstance(term, (Sum, IndexedMax)):
        inner = term.args[0]
        return isinstance(inner, Expr) and _rises(inner, plan, argument)
    held = [arg for arg in term.args if _holds(arg, argument)]
    if isinstance(term, Add):
        falling = [arg for arg in held if not _rises(arg, plan, argument)]
        return len(falling) < len(held) and all(_falls(arg, plan, argument) for arg in falling)
    if isinstance(term, Mul) and len(held) == 1:
        rate = (arg for arg in term.args if arg not in held)
        return all(_positive(arg, plan) for arg in rate) and _rises(held[0], plan, argument)
    return False


def _falls(term: Expr, plan: Plan, argument: Argument) -> bool:
    return isinstance(-term, log) or _rises(-term, plan, argument)


def _positive(term: Any, plan: Plan) -> bool:
    """Is a factor positive, by itself or by a hypothesis?"""
    if isinstance(term, (Mul, Pow)):
        parts = term.args if isinstance(term, Mul) else term.args[:1]
        return bool(term.is_positive) or all(_positive(part, plan) for part in parts)
    return bool(term.is_positive) or any(
        h.relation == ">" and h.rhs == 0 and _same(h.lhs, term) for h in plan.hypotheses
    )


def _same(held: Any, term: Any) -> bool:
    """The same number, or entries of one family, of which a hypothesis speaks for all indices."""
    entries = isinstance(held, Indexed) and isinstance(term, Indexed)
    return bool(held.base == term.base if entries else held == term)


def _holds(term: Any, argument: Argument) -> bool:
    for node in walk(term):
        if isinstance(node, Indexed) and node.base.name == argument.name:
            return True
        if isinstance(node, Symbol) and not argument.axes and node.name == argument.name:
            return True
    return False
