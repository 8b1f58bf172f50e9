"""Stable forms of products with an indicator: 0 outside, whatever the other factors are there."""

from __future__ import annotations

from sympy import Expr, Integer, Mul, Pow, cosh, exp, log, sinh

from symderive.codegen.primitives import Primitive, Select
from symderive.rules import Scope
from symderive.terms import Iverson, free_names, walk

__all__ = ["indicated"]


def indicated(term: Expr, scope: Scope) -> Expr | None:
    """``[c] u`` by cases, where u may be infinite outside of c: an infinite number times 0 is none."""
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        if isinstance(factor, Iverson):
            rest = Mul(*(f for f in term.args if f is not factor))
            if any(map(_may_overflow, walk(rest))):
                return Select(factor.args[0], rest, Integer(0))
    return None


def _may_overflow(node: Expr) -> bool:
    """Is it of what numbers of an ordinary size may make infinite?"""
    if isinstance(node, Primitive):
        return node.name in ("exp_product", "exp_shifted", "expm1", "log_ratio")
    return isinstance(node, (exp, sinh, cosh, log, Pow)) and bool(free_names(node))
