"""Functions by cases as the `Select` of kernels, and the terms that one shields by a case."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Heaviside, Integer, Or, Piecewise, Pow, S, acosh, atanh, cosh, exp, log, sinh, tan

from symderive.codegen.primitives import Primitive, Select
from symderive.terms import Dim, rebuild, walk

__all__ = ["by_cases", "selected", "steep"]

_STEEP = (exp, log, sinh, cosh, tan, acosh, atanh)
_STEEP_PRIMITIVES = ("erfcx", "exp_product", "expm1", "log1p", "log_ratio")


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
    if isinstance(term, Piecewise) and Or(*(condition for _, condition in term.args)) == S.true:
        *cases, (last, _) = term.args  # what no other case takes
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


def steep(term: Expr) -> bool:
    """May it, or a derivative of it, be infinite or no number where its names have values?"""
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
