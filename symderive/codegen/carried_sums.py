"""Sums whose rounding errors count: what is added there, in parts that no rounding comes before."""

from __future__ import annotations

from sympy import Add, Expr, Integer

from symderive.codegen.kernel import Reduction, Statement
from symderive.codegen.primitives import Primitive, Select

__all__ = ["carried_parts"]


def carried_parts(statement: Statement) -> tuple[Expr, ...]:
    """The terms that a sum adds up, where it has to carry its rounding errors along; none for other sums.

    Differences that add up to nearly nothing, as those of two distributions do, have to keep the digits that
    rounding each of them would lose; the terms of a divergence are accurate, and what loses digits is adding.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, scalar
    >>> K = Dim("K")
    >>> i, p, q = Index("i", K), Vector("p", K), Vector("q", K)
    >>> carried_parts(Statement(scalar("total"), (), p[i] - q[i], Reduction.SUM, i))
    (p[i], -q[i])
    """
    if statement.reduction is not Reduction.SUM or statement.excluding is not None:
        return ()
    return _parts(statement.expression)


def _parts(term: Expr) -> tuple[Expr, ...]:
    if isinstance(term, Select):
        first, *others = _parts(term.there) or (None,)
        if first is None:
            return ()
        chosen = (Select(term.condition, part, Integer(0)) for part in others)
        return (Select(term.condition, first, term.elsewhere), *chosen)
    if isinstance(term, Primitive) and term.name == "kl_term":
        return (term,)
    if not isinstance(term, Add) or len(term.args) != 2:
        return ()
    negative = [arg for arg in term.args if arg.could_extract_minus_sign()]
    return (*(arg for arg in term.args if arg not in negative), *negative) if len(negative) == 1 else ()
