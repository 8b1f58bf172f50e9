"""Which names are free in a term, and whether it is an integer, which they tell more cheaply than SymPy."""

from __future__ import annotations

from sympy import Basic, Expr, Indexed, KroneckerDelta, Symbol, ceiling, floor, sign

from symderive.terms.nodes import BINDERS, Apply, Iverson, limits_of

__all__ = ["free_indices", "free_names", "is_whole", "occurs"]

#: What is an integer though real names stand in it.
_WHOLE = (Iverson, KroneckerDelta, ceiling, floor, sign)
_FREE: dict[Basic, frozenset[Symbol]] = {}
_FREE_LIMIT = 200_000


def free_names(term: Basic) -> frozenset[Symbol]:
    """The symbols that occur free: scalars, dimensions, indices, and the labels of tensors and functions."""
    if isinstance(term, Symbol):
        return frozenset((term,))
    found = _FREE.get(term)
    if found is None:
        if isinstance(term, BINDERS):
            # From the outermost inwards: an inner limit may hold an outer index, never the reverse.
            names: set[Symbol] = set()
            bound: set[Symbol] = set()
            for index, lower, upper in limits_of(term):
                names |= (free_names(lower) | free_names(upper)) - bound
                bound.add(index)
            found = frozenset(names | (free_names(term.args[0]) - bound))
        else:
            found = frozenset().union(*map(free_names, term.args))
        if len(_FREE) > _FREE_LIMIT:
            _FREE.clear()
        _FREE[term] = found
    return found


def free_indices(term: Basic) -> frozenset[Symbol]:
    """The free integer symbols that stand in an index position (a subscript, a delta, a component)."""
    found: set[Symbol] = set()
    if isinstance(term, BINDERS):
        inner = free_indices(term.args[0])
        return frozenset(inner - {limit[0] for limit in limits_of(term)})
    if isinstance(term, Indexed):
        for index in term.indices:
            found |= free_names(index)
    elif isinstance(term, Apply):
        for component in term.components:
            found |= free_names(component)
        for derivative in term.derivatives:
            for index in derivative[1:]:
                found |= free_names(index)
    elif isinstance(term, KroneckerDelta):
        found |= free_names(term)
    for arg in term.args:
        found |= free_indices(arg)
    return frozenset(found)


def occurs(name: Symbol, term: Basic) -> bool:
    """Does `name` occur free in `term`?"""
    return name in free_names(term)


def is_whole(term: Expr) -> bool:
    """Is a term known to be an integer? SymPy is asked only where it may be one: sums of reals take it long.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector
    >>> K = Dim("K"); n = Index("n", K)
    >>> is_whole(K - n), is_whole(K - Vector("x", K)[n])
    (True, False)
    """
    if not all(name.is_integer for name in free_names(term)) and not term.has(*_WHOLE):
        return False
    return bool(term.is_integer)
