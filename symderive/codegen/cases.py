"""SymPy's functions by cases as the `Select` of kernels, which a `Sum` around them leaves where they are."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Heaviside, Integer, Piecewise, S

from symderive.codegen.primitives import Select
from symderive.terms import rebuild

__all__ = ["by_cases", "selected"]


def selected(term: Any) -> Expr | None:
    """A function by cases as a `Select`; None for any other term, and where no case is the last one.

    Examples
    --------
    >>> from sympy import Piecewise
    >>> from symderive.terms import scalar
    >>> z = scalar("z")
    >>> selected(Piecewise((z, z > 0), (0, True)))
    Select(z > 0, z, 0)
    """
    if isinstance(term, Piecewise) and term.args[-1][1] == S.true:
        *cases, (last, _) = term.args
        for value, condition in reversed(cases):
            last = Select(condition, value, last)
        return last
    if isinstance(term, Heaviside):
        return Select(term.args[0] > 0, Integer(1), Select(Eq(term.args[0], 0), term.args[1], Integer(0)))
    return None


def by_cases(term: Any) -> Any:
    """A term with every function by cases in it as a `Select`, the inner ones too."""
    if not term.args or not term.has(Piecewise, Heaviside):
        return term
    found = selected(term)
    return rebuild(term if found is None else found, by_cases)
