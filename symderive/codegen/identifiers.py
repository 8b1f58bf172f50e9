"""Names in generated code: what a document calls a thing is never printed as it stands."""

from __future__ import annotations

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
    union unsigned volatile exp log sqrt pow abs fabs min sum true false main""".split()
)


def identifier(name: str, taken: set[str]) -> str:
    """A name that is an identifier in every target and none of `taken`, which it joins."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "f"
    if plain[0].isdigit():
        plain = f"f{plain}"
    if keyword.iskeyword(plain) or keyword.issoftkeyword(plain) or plain in _RESERVED:
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
    for dim in sorted((n for n in free_names(term) if isinstance(n, Dim)), key=str):
        new = identifier(dim.name, taken)
        if new != dim.name:
            changed[dim] = Dim(new)
    families = {n.base.name: n.base for n in walk(term) if isinstance(n, Indexed)}
    for family in (families[key] for key in sorted(families)):
        if not isinstance(family, Tensor):
            raise ValueError(f"{family} has no ranges: declare it by Vector, Matrix or Tensor")
        new = identifier(family.name, taken)
        if new != family.name:
            changed[family] = Tensor(new, *family.ranges)
    labels = {family.label for family in families.values()}
    for symbol in sorted(free_names(term) - labels, key=str):
        if isinstance(symbol, Dim):
            continue
        if isinstance(symbol, Index):
            new = identifier(symbol.name, taken)
            if new != symbol.name:
                changed[symbol] = Index(new, symbol.upper, symbol.lower)
        else:
            new = identifier(symbol.name, taken)
            if new != symbol.name:
                changed[symbol] = Symbol(new, **symbol.assumptions0)
    return changed
