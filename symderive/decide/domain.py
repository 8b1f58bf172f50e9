"""Where a term has a value: the side conditions of its divisions, logarithms and roots."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, count

from sympy import Abs, Add, Basic, Expr, Indexed, Max, Min, Mul, Piecewise, Pow, Sum, Symbol, exp, log, sign
from sympy.core.relational import Relational

from symderive.terms import BINDERS, Apply, Dim, Hypothesis, Index, free_names, limits_of, substitute, walk
from symderive.terms.remembering import remembered

__all__ = ["about", "domain_of", "is_positive", "kinks_of", "opened"]


@remembered(maxsize=4096)
def domain_of(term: Expr) -> tuple[Hypothesis, ...]:
    """The conditions under which a term has a value, quantified over the indices that bind them."""
    if not any(_may_ask(node) for node in walk(term)):
        return ()
    found: dict[Hypothesis, None] = {}
    for condition in _conditions(term, ()):
        if not (condition.relation in (">", ">=", "!=") and is_positive(condition.lhs)):
            found[condition] = None
    return tuple(found)


def _may_ask(node: Basic) -> bool:
    """Does a logarithm or a power ask for something? (A look, before indices are named.)"""
    if isinstance(node, Pow):
        return not (node.exp.is_Integer and node.exp > 0)
    return isinstance(node, log)


def is_positive(term: Expr) -> bool:
    """Is a term built of exponentials and positive numbers, so that a condition would say nothing?"""
    if isinstance(term, exp) or term.is_Rational or isinstance(term, Dim):
        return bool(isinstance(term, (exp, Dim)) or term > 0)
    if isinstance(term, (Add, Mul)):
        return all(is_positive(arg) for arg in term.args)
    if isinstance(term, Pow):
        return is_positive(term.base)
    if isinstance(term, Sum):
        # Σ over an empty range would be 0.
        full = all(isinstance(up - low + 1, Dim) for _, low, up in term.limits)
        return full and is_positive(term.function)
    return False


def _conditions(term: Expr, bound: tuple[Index, ...]) -> Iterator[Hypothesis]:
    if not term.args:
        return
    if isinstance(term, BINDERS):
        yield from _conditions(*opened(term, bound))
        return
    if isinstance(term, Piecewise):
        return  # what a case asks for is asked under its condition only
    if isinstance(term, Pow):
        base, exponent = term.args
        if exponent.is_Rational and exponent.q != 1:
            yield about(base, ">" if exponent < 0 else ">=", bound)
        elif exponent.is_Rational:
            if exponent < 0:
                yield about(base, "!=", bound)
        elif not exponent.is_integer:
            yield about(base, ">", bound)
    elif isinstance(term, log):
        yield about(term.args[0], ">", bound)
    for arg in term.args:
        if isinstance(arg, Expr):
            yield from _conditions(arg, bound)
        else:
            for inner_arg in arg.args:
                if isinstance(inner_arg, Expr):
                    yield from _conditions(inner_arg, bound)


def opened(binder: Expr, bound: tuple[Index, ...]) -> tuple[Expr, tuple[Index, ...]]:
    """The body of a binder, its indices named with their ranges, and all indices that are bound there."""
    renaming: dict[Symbol, Expr] = {}
    taken = {name.name for name in (*free_names(binder), *bound)}
    for index, lower, upper in limits_of(binder):
        # Two indices of one name are two: x_i − x_i' is not 0.
        name = next(name for name in _letters(index.name) if name not in taken)
        taken.add(name)
        renaming[index] = Index(name, substitute(upper, renaming), substitute(lower, renaming))
    return substitute(binder.args[0], renaming), (*bound, *renaming.values())


def _letters(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}{number}" for number in count(1))


def about(term: Expr, relation: str, bound: tuple[Index, ...]) -> Hypothesis:
    """``term relation 0`` for every value of those bound indices that occur in it."""
    held = tuple(index for index in bound if index in term.free_symbols)
    return Hypothesis(term, relation, 0, held)


@remembered(maxsize=4096)
def kinks_of(term: Expr, *variables: Expr) -> tuple[Hypothesis, ...]:
    """Where a term may have no derivative by `variables`: the zeros of f in |f|, sign f, max(f, g), [f > 0].

    An f that none of the variables occurs in is a constant: its zeros are no kinks.
    """
    found: dict[Hypothesis, None] = {}
    for edge, bound in _edges(term, ()):
        if not _depends(edge, variables):
            continue
        if free_names(edge) - {name for name in free_names(edge) if name.is_integer}:
            shown = -edge if edge.could_extract_minus_sign() else edge
            found[about(shown, "!=", bound)] = None
    return tuple(found)


def _depends(term: Expr, variables: tuple[Expr, ...]) -> bool:
    """May a term change with one of the variables? A function by name may hold any of them."""
    if any(isinstance(node, Apply) for node in walk(term)):
        return True
    for variable in variables:
        if isinstance(variable, Indexed):
            label = variable.base.label
            if any(isinstance(node, Indexed) and node.base.label == label for node in walk(term)):
                return True
        elif not isinstance(variable, Symbol) or variable in free_names(term):
            return True
    return False


def _edges(term: Basic, bound: tuple[Index, ...]) -> Iterator[tuple[Expr, tuple[Index, ...]]]:
    if isinstance(term, BINDERS):
        yield from _edges(*opened(term, bound))
        return
    if isinstance(term, (Abs, sign)):
        yield term.args[0], bound
    elif isinstance(term, (Max, Min)):
        for left, right in combinations(term.args, 2):
            yield left - right, bound
    elif isinstance(term, Relational):
        yield term.args[0] - term.args[1], bound
    for arg in term.args:
        yield from _edges(arg, bound)
