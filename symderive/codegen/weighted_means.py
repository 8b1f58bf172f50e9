"""Means by softmax weights: the weighted sum is divided by the weights' total once, not each of its terms."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Sum

from symderive.codegen.primitives import Argmax, Primitive, Select
from symderive.terms import free_names, rebuild, sum_of

__all__ = ["divided_once"]


def divided_once(term: Any) -> Any:
    """A term with ``Σ_i w_i e_i / T`` for ``Σ_i w_i (e_i / T)``, where T is a total of shifted exponentials.

    One division instead of one a term, and one rounding less in each: where the w_i are subnormal, what each
    quotient is rounded by is no relative error, and a thousand of them add up. T is at least 1 and at most
    the number of its terms: the sum over- and underflows where its terms did, but for that factor.

    Examples
    --------
    >>> from symderive.codegen.primitives import primitive
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x, w = Vector("x", K), Vector("w", K); i, j, a = (Index(n, K) for n in "ija")
    >>> e = lambda place: primitive("exp_shifted", x[place], x[a])
    >>> mean = divided_once(indexed_sum(w[i] * e(i) / indexed_sum(e(j), j), i))
    >>> [type(factor).__name__ for factor in mean.args]
    ['Pow', 'Sum']
    """
    done: dict[Any, Any] = {}

    def change(node: Any) -> Any:
        # The place of a maximum is compared with others: its vector stays as it is written elsewhere.
        if not node.args or isinstance(node, Argmax):
            return node
        found = done.get(node)
        if found is None:
            found = done[node] = _divided_last(rebuild(node, change))
        return found

    return change(term)


def _divided_last(term: Any) -> Any:
    if not isinstance(term, Sum):
        return term
    bound = {limit[0] for limit in term.limits}
    factors = Mul.make_args(term.function)
    outside = [factor for factor in factors if _divides(factor) and not free_names(factor) & bound]
    if not outside:
        return term
    inside = Mul(*(factor for factor in factors if factor not in outside))
    return Mul(*outside, sum_of(inside, *term.limits))


def _divides(factor: Expr) -> bool:
    """Is it one over a total of weights?"""
    return isinstance(factor, Pow) and factor.exp.is_Integer and factor.exp < 0 and _is_total(factor.base)


def _is_total(term: Expr) -> bool:
    """A sum of shifted exponentials, or 1 and the sum of the others: the largest one is 1."""
    if isinstance(term, Add):
        one, *others = term.args
        return one == Integer(1) and len(others) == 1 and _is_total(others[0])
    if not isinstance(term, Sum):
        return False
    body = term.function
    if isinstance(body, Select) and body.there == 0:
        body = body.elsewhere
    return isinstance(body, Primitive) and body.name == "exp_shifted"
