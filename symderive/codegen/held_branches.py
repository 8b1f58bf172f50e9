"""Which cases torch and JAX may not differentiate where they are not taken, and what these are made of.

Where a case is not taken it is given a derivative of 0, and 0 times one that overflows is NaN. What such a
case is made of is therefore held there: it counts as a constant, so that the NaN is given to nothing. A part
that is written elsewhere, as a statement of its own, is written out for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Expr, Indexed, Symbol

from symderive.codegen.cases import steep
from symderive.codegen.kernel import Statement
from symderive.terms import rebuild, substitute

__all__ = ["Branches"]


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
        return found if steep(found) else None

    def meets(self, here: Expr, there: Expr, edge: Mapping[Expr, Expr]) -> bool:
        """Are two cases seen to be one number at their edge, where one side of the condition is the other?"""
        difference = self._over_arguments(here, every=True) - self._over_arguments(there, every=True)
        return bool(difference.xreplace(dict(edge)) == 0)

    def _over_arguments(self, term: Any, *, every: bool = False) -> Any:
        """A term with steep statements, or every one, put back where they are named."""
        if isinstance(term, (Indexed, Symbol)):
            name = term.base.name if isinstance(term, Indexed) else term.name
            statement = self._written.get(str(name))
            if statement is None:
                return term
            places = term.indices if isinstance(term, Indexed) else ()
            expression = self._over_arguments(statement.expression, every=every)
            if not every and not steep(expression):
                return term
            return substitute(expression, dict(zip(statement.indices, places, strict=True)))
        return rebuild(term, lambda arg: self._over_arguments(arg, every=every)) if term.args else term
