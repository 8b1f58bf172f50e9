"""Names in generated code: what a document calls a thing is never printed as it stands."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Any

from sympy import Expr, Indexed, Symbol

from symderive.terms import Dim, Index, Tensor, free_names, walk

__all__ = ["identifier", "identifiers"]

_RESERVED = frozenset(
    """np math one rows axis out torch jax jnp numpy self ctx len max
    auto double float int long short char void const static inline if else for while do switch case
    return break continue default enum extern goto register restrict signed sizeof struct typedef
    union unsigned volatile exp log sqrt pow abs fabs min sum true false main threads""".split()
) | {word for word in dir(builtins) if not word.startswith("_")}  # the files' own helpers call them
#: What results are called in a kernel; with several variables the name follows, as in ``gradient_x``.
_RESULTS = ("value", "gradient", "jacobian", "vjp", "jvp", "hvp")


def identifier(name: str, taken: set[str], *, argument: bool = False) -> str:
    """A name that is an identifier in every target and none of `taken`, which it joins.

    That of an `argument` is no result's name, either.
    """
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "f"
    if plain[0].isdigit():
        plain = f"f{plain}"
    reserved = keyword.iskeyword(plain) or keyword.issoftkeyword(plain) or plain in _RESERVED
    if argument:
        several = tuple(f"{result}_" for result in _RESULTS)
        reserved = reserved or plain in _RESULTS or plain.startswith(several)
    if reserved:
        plain += "_"
    found, number = plain, 1
    while found in taken:
        number += 1
        found = f"{plain}{number}"
    taken.add(found)
    return found


def identifiers(term: Expr) -> dict[Any, Any]:
    """Free names of a term that are no identifiers, with what takes their place.

    Examples
    --------
    >>> from symderive.terms import scalar
    >>> identifiers(scalar("lambda") * scalar("x"))
    {lambda: lambda_}
    """
    taken: set[str] = set()
    changed: dict[Any, Any] = {}
    # A dimension is what the arrays' shapes say, so its name comes before theirs.
    for dim in sorted((n for n in _all_names(term) if isinstance(n, Dim)), key=str):
        new = identifier(dim.name, taken, argument=True)
        if new != dim.name:
            changed[dim] = Dim(new)
    sizes = dict(changed)
    families = {n.base.name: n.base for n in walk(term) if isinstance(n, Indexed)}
    for family in (families[key] for key in sorted(families)):
        if not isinstance(family, Tensor):
            raise ValueError(f"{family} has no ranges: declare it by Vector, Matrix or Tensor")
        ranges = tuple((lower.xreplace(sizes), upper.xreplace(sizes)) for lower, upper in family.ranges)
        new = identifier(family.name, taken, argument=True)
        if new != family.name or ranges != family.ranges:
            changed[family] = Tensor(new, *ranges)
    labels = {family.label for family in families.values()}
    for symbol in sorted(free_names(term) - labels, key=str):
        if isinstance(symbol, Dim):
            continue
        new = identifier(symbol.name, taken, argument=True)
        if isinstance(symbol, Index):
            lower, upper = symbol.lower.xreplace(sizes), symbol.upper.xreplace(sizes)
            if (new, lower, upper) != (symbol.name, symbol.lower, symbol.upper):
                changed[symbol] = Index(new, upper, lower)
        elif new != symbol.name:
            changed[symbol] = Symbol(new, **symbol.assumptions0)
    return changed


def _all_names(term: Expr) -> set[Any]:
    """The free names, with those that stand in the ranges of families and of indices alone."""
    found: set[Any] = set(free_names(term))
    for index in [n for n in found if isinstance(n, Index)]:
        found |= index.lower.free_symbols | index.upper.free_symbols
    for node in walk(term):
        if isinstance(node, Indexed) and isinstance(node.base, Tensor):
            for limit in node.base.ranges:
                for bound in limit:
                    found |= bound.free_symbols
    return found
