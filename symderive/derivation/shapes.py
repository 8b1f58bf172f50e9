"""Shapes that a named operation covers: sums of exponentials, one plus an exponential."""

from __future__ import annotations

from sympy import Add, Basic, Expr, Sum, exp, preorder_traversal

from symderive.terms import Index, Vec, fresh_index, operation, substitute
from symderive.terms.substitution import alpha_normal

__all__ = ["covering", "exponential_sum", "family", "one_plus_exponential"]


def covering(term: Expr) -> tuple[Expr, ...]:
    """The softmax of every sum of exponentials in a term, and the sigmoid of every ``1 + e^t``.

    Examples
    --------
    >>> from sympy import exp
    >>> from symderive.terms import Dim, Vector, indexed_sum
    >>> K = Dim("K"); x, j = Vector("x", K), Index("j", K)
    >>> covering(1 / indexed_sum(exp(x[j]), j))
    (softmax(x, j),)
    """
    found: dict[Basic, Expr] = {}
    for node in preorder_traversal(term):
        total = exponential_sum(node)
        if total is not None:
            index, lower, upper = total.limits[0]
            found.setdefault(
                alpha_normal(total), operation("softmax", family(total), Index(index.name, upper, lower))
            )
            continue
        exponent = one_plus_exponential(node)
        if exponent is not None:
            found.setdefault(exponent, operation("sigmoid", exponent))
    return tuple(found.values())


def exponential_sum(term: Basic) -> Sum | None:
    """``Σ_j e^{a_j}`` over one index."""
    if isinstance(term, Sum) and len(term.limits) == 1 and isinstance(term.function, exp):
        return term
    return None


def family(total: Sum) -> Vec:
    """The vector of the exponents of ``Σ_j e^{a_j}``."""
    index, lower, upper = total.limits[0]
    name = fresh_index(index.name)
    return Vec(substitute(total.function.args[0], {index: name}), (name, lower, upper))


def one_plus_exponential(term: Basic) -> Expr | None:
    """The exponent t of ``1 + e^t``."""
    if isinstance(term, Add) and len(term.args) == 2 and 1 in term.args:
        (other,) = (arg for arg in term.args if arg != 1)
        if isinstance(other, exp):
            exponent: Expr = other.args[0]
            return exponent
    return None
