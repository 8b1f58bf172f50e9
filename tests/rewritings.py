"""Rewritings that do not change what a claim says: what was proved must stay proved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sympy import Add, Expr, Integer, Mul, Product, Sum, expand, log, together

from symderive.terms import Claim, free_names, fresh_index, freshen, rebuild, substitute, unfold


def everywhere(term: Any, change: Callable[[Any], Any]) -> Any:
    """Apply a change to every node, the innermost first."""
    return change(rebuild(term, lambda arg: everywhere(arg, change) if arg.args else arg))


def renamed(term: Expr) -> Expr:
    """Fresh names for every bound index."""
    return freshen(term)


def clashing(term: Expr) -> Expr:
    """Every bound index called like a free one (another object, but the same letter)."""

    def change(node: Any) -> Any:
        if not isinstance(node, Sum) or len(node.limits) != 1:
            return node
        index, lower, upper = node.limits[0]
        letter = min((name.name for name in free_names(node) if name.is_integer), default="i")
        other = fresh_index(letter)
        return Sum(substitute(node.function, {index: other}), (other, lower, upper))

    return everywhere(term, change)


def shifted(term: Expr) -> Expr:
    """Σ_{j=a}^{b} f(j) as Σ_{j=a+1}^{b+1} f(j−1)."""

    def change(node: Any) -> Any:
        if not isinstance(node, Sum) or len(node.limits) != 1:
            return node
        index, lower, upper = node.limits[0]
        other = fresh_index("j")
        return Sum(substitute(node.function, {index: other - 1}), (other, lower + 1, upper + 1))

    return everywhere(term, change)


def reversed_(term: Expr) -> Expr:
    """Σ_{j=a}^{b} f(j) as Σ_{j=a}^{b} f(a+b−j)."""

    def change(node: Any) -> Any:
        if not isinstance(node, Sum) or len(node.limits) != 1:
            return node
        index, lower, upper = node.limits[0]
        other = fresh_index("j")
        return Sum(substitute(node.function, {index: lower + upper - other}), (other, lower, upper))

    return everywhere(term, change)


def split(term: Expr) -> Expr:
    """Σ_{j=1}^{K} f(j) as its first term and the rest; only where the range surely holds a term."""

    def change(node: Any) -> Any:
        if not isinstance(node, Sum) or len(node.limits) != 1:
            return node
        index, lower, upper = node.limits[0]
        if not (upper - lower).is_nonnegative:
            return node
        first = substitute(node.function, {index: lower})
        return first + Sum(node.function, (index, lower + 1, upper))

    return everywhere(term, change)


def swapped(term: Expr) -> Expr:
    """Σ_i Σ_j as Σ_j Σ_i, where the ranges do not depend on each other."""

    def change(node: Any) -> Any:
        if not isinstance(node, Sum) or not isinstance(node.function, Sum):
            return node
        outer, inner = node.limits, node.function.limits
        if any(limit[0] in part.free_symbols for limit in outer for other in inner for part in other[1:]):
            return node
        return Sum(Sum(node.function.function, *outer), *inner)

    return everywhere(term, change)


def distributed(term: Expr) -> Expr:
    """Products multiplied out."""
    return everywhere(term, lambda node: expand(node, deep=False) if isinstance(node, (Mul, Add)) else node)


def factored(term: Expr) -> Expr:
    """One common denominator."""
    return everywhere(term, lambda node: together(node) if isinstance(node, Add) else node)


def logs_expanded(term: Expr) -> Expr:
    """log(a b) as log a + log b, where a claim's own domain makes both positive."""

    def change(node: Any) -> Any:
        if isinstance(node, log) and isinstance(node.args[0], Mul):
            num, den = node.args[0].as_numer_denom()
            return log(num) - log(den) if den != 1 else node
        return node

    return everywhere(term, change)


def sums_of_sums(term: Expr) -> Expr:
    """Σ (f + g) as Σ f + Σ g."""

    def change(node: Any) -> Any:
        if isinstance(node, Sum) and isinstance(node.function, Add):
            return Add(*(Sum(part, *node.limits) for part in node.function.args))
        return node

    return everywhere(term, change)


def products_of_logs(term: Expr) -> Expr:
    """Σ log f as log Π f."""

    def change(node: Any) -> Any:
        if isinstance(node, Sum) and isinstance(node.function, log):
            return log(Product(node.function.args[0], *node.limits))
        return node

    return everywhere(term, change)


REWRITINGS: dict[str, Callable[[Expr], Expr]] = {
    "bound names": renamed,
    "clashing names": clashing,
    "range shifted": shifted,
    "range reversed": reversed_,
    "first term split off": split,
    "sums swapped": swapped,
    "multiplied out": distributed,
    "one denominator": factored,
    "logarithms expanded": logs_expanded,
    "sums split": sums_of_sums,
    "logarithm of a product": products_of_logs,
}


def variants(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Each rewriting that changes something, on the left side, on the right one, and definitions unfolded."""
    for name, change in REWRITINGS.items():
        for side in ("lhs", "rhs"):
            before = getattr(claim, side)
            after = change(before)
            if after != before:
                yield f"{name} ({side})", replace(claim, **{side: after})
    if claim.definitions:
        for side in ("lhs", "rhs"):
            before = getattr(claim, side)
            after = unfold(before, claim.definitions)
            if after != before:
                yield f"definition for the name ({side})", replace(claim, **{side: after})
                yield f"definition, shifted ({side})", replace(claim, **{side: shifted(after)})
    if claim.relation == "=":
        yield "sides exchanged", replace(claim, lhs=claim.rhs, rhs=claim.lhs)
        yield "all on one side", replace(claim, lhs=claim.lhs - claim.rhs, rhs=Integer(0))
