"""Which cases torch and JAX may not differentiate where they are not taken, and what these are made of.

Where a case is not taken it is given a derivative of 0, and 0 times one that overflows is NaN. What such a
case is made of is therefore held there: it counts as a constant, so that the NaN is given to nothing. A part
that is written elsewhere, as a statement of its own, is written out for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr, Indexed, Pow, Symbol, acosh, atanh, cosh, exp, log, sinh, tan

from symderive.codegen.kernel import Statement
from symderive.codegen.primitives import Primitive
from symderive.terms import Dim, rebuild, substitute, walk

__all__ = ["Branches"]

_STEEP = (exp, log, sinh, cosh, tan, acosh, atanh)
_STEEP_PRIMITIVES = ("expm1", "log1p", "log_ratio")


class Branches:
    """What a kernel's cases are made of.

    Parameters
    ----------
    statements
        The kernel's.
    """

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._written = {s.name: s for s in statements if s.reduction is None and not s.integer}

    def written_out(self, case: Expr) -> Expr | None:
        """A case whose derivative may overflow, by what may be held; None for any other."""
        found = self._over_arguments(case)
        return found if _steep(found) else None

    def _over_arguments(self, term: Any) -> Any:
        """A term with every steep statement put back where it is named."""
        if isinstance(term, (Indexed, Symbol)):
            name = term.base.name if isinstance(term, Indexed) else term.name
            statement = self._written.get(str(name))
            if statement is None:
                return term
            places = term.indices if isinstance(term, Indexed) else ()
            expression = self._over_arguments(statement.expression)
            if not _steep(expression):
                return term
            return substitute(expression, dict(zip(statement.indices, places, strict=True)))
        return rebuild(term, self._over_arguments) if term.args else term


def _steep(term: Expr) -> bool:
    """May a derivative of it be infinite, or not a number, where it is not taken?"""
    return any(_steep_at(node) for node in walk(term))


def _steep_at(node: Any) -> bool:
    if isinstance(node, exp):
        return not node.args[0].is_nonpositive
    if isinstance(node, Pow):
        whole = node.exp.is_Integer and node.exp > 0
        return not (whole or node.base.is_number or isinstance(node.base, Dim))
    if isinstance(node, Primitive):
        return node.name in _STEEP_PRIMITIVES
    return isinstance(node, _STEEP)
