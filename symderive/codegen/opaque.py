"""Functions without a definition are inputs: ``p(x)_i`` of unspecified p is a vector from the caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Expr, Symbol

from symderive.terms import BINDERS, Apply, Index, Tensor, free_names, limits_of, rebuild, walk
from symderive.terms.substitution import alpha_normal

__all__ = ["opaque_as_inputs"]


def opaque_as_inputs(term: Expr) -> Expr:
    """`term` with each application of a function without a definition replaced by an input.

    An application is an input where its arguments do not change while the formula is computed: ``p(x)_i``
    over i, not ``f(x_i)``. A first derivative ``∂J/∂θ_k`` becomes the gradient that the caller gives.

    Raises
    ------
    ValueError
        For an application that changes with a bound index, or a higher derivative.

    Examples
    --------
    >>> from symderive.terms import Dim, Vector, indexed_sum, vec
    >>> K = Dim("K"); x = Vector("x", K); i, j = Index("i", K), Index("j", K)
    >>> opaque_as_inputs(indexed_sum(Apply("p", (vec(x[j], j),), (i,)), i))
    Sum(p[_i], (_i, 1, K))
    """
    if not any(isinstance(node, Apply) for node in walk(term)):
        return term
    heads = {node.args[0] for node in walk(term) if isinstance(node, Apply)}
    taken = {name.name for name in free_names(term) - heads}
    names: dict[Any, str] = {}
    found: Expr = _replaced(term, {}, names, taken)
    return found


def _replaced(
    term: Any, around: Mapping[Any, tuple[Expr, Expr]], names: dict[Any, str], taken: set[str]
) -> Any:
    if not term.args:
        return term
    if isinstance(term, Apply):
        return _input(term, around, names, taken)
    inner = dict(around)
    if isinstance(term, BINDERS):
        inner.update({index: (lower, upper) for index, lower, upper in limits_of(term)})
    return rebuild(term, lambda arg: _replaced(arg, inner, names, taken))


def _input(
    term: Apply, around: Mapping[Any, tuple[Expr, Expr]], names: dict[Any, str], taken: set[str]
) -> Expr:
    if any(name in around for argument in term.arguments for name in free_names(argument)):
        raise ValueError(f"{term.head} has no definition, and is applied to something that changes in a sum")
    if len(term.derivatives) > 1:
        raise ValueError(f"{term.head} has no definition, so its higher derivatives have no code")
    places = [*term.components, *(place for order in term.derivatives for place in order[1:])]
    key = (term.head, alpha_normal(term.args[1]), bool(term.derivatives))
    if key not in names:
        names[key] = _fresh(f"{term.head}_gradient" if term.derivatives else term.head, taken)
    if not places:
        return Symbol(names[key], real=True)
    ranges = []
    for place in places:
        if place in around:
            ranges.append(around[place])
        elif isinstance(place, Index):
            ranges.append((place.lower, place.upper))
        else:
            raise ValueError(f"the range of {place} in {term.head} is not known")
    return Tensor(names[key], *ranges)[tuple(places)]


def _fresh(name: str, taken: set[str]) -> str:
    """The function's own name, or that with a number where it is used already."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{number}"
    taken.add(found)
    return found
