"""Capture-safe substitution, and which names are free.

SymPy's `subs` lets a free index fall under a binder of the same name; no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Basic, Dummy, Expr, Indexed, Product, Sum, Symbol, Tuple, sympify

from symderive.terms.nodes import BINDERS, Apply, Vec, limits_of
from symderive.terms.symbols import Tensor, fresh_index

__all__ = ["alpha_equal", "free_indices", "free_names", "freshen", "occurs", "rebuild", "substitute"]

_FREE: dict[Basic, frozenset[Symbol]] = {}
_FREE_LIMIT = 200_000
_NUMBERED: dict[Any, Any] = {}
_NUMBERED_LIMIT = 20_000


def free_names(term: Basic) -> frozenset[Symbol]:
    """The symbols that occur free: scalars, dimensions, indices, and the labels of tensors and functions."""
    found = _FREE.get(term)
    if found is None:
        if isinstance(term, Symbol):
            found = frozenset((term,))
        elif isinstance(term, BINDERS):
            # From the outermost inwards: an inner limit may hold an outer index, never the reverse.
            names: set[Symbol] = set()
            bound: set[Symbol] = set()
            for index, lower, upper in limits_of(term):
                names |= (free_names(lower) | free_names(upper)) - bound
                bound.add(index)
            found = frozenset(names | (free_names(term.args[0]) - bound))
        else:
            found = frozenset().union(*(free_names(arg) for arg in term.args))
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
    elif term.__class__.__name__ == "KroneckerDelta":
        found |= free_names(term)
    for arg in term.args:
        found |= free_indices(arg)
    return frozenset(found)


def occurs(name: Symbol, term: Basic) -> bool:
    """Does `name` occur free in `term`?"""
    return name in free_names(term)


def rebuild(term: Basic, change: Callable[[Basic], Basic]) -> Basic:
    """`term` with `change` applied to each of its arguments; the same object where nothing changed."""
    args = term.args
    if not args:
        return term
    changed = tuple(change(arg) for arg in args)
    if all(new is old for new, old in zip(changed, args, strict=True)):
        return term
    if isinstance(term, Apply):
        return Apply(changed[0], changed[1], changed[2], changed[3])
    if isinstance(term, Indexed):
        return Indexed(*changed)
    return term.func(*changed)


def freshen(term: Expr) -> Expr:
    """`term` with every bound index replaced by a fresh one; the meaning is unchanged."""
    return _substitute(term, {}, frozenset(), always=True)


def alpha_equal(a: Basic, b: Basic) -> bool:
    """Are two terms equal up to the names of bound indices?"""
    return a == b or alpha_normal(a) == alpha_normal(b)


def alpha_normal(term: Any) -> Any:
    """`term` with canonical names for what is bound: equal for terms that differ in bound names only."""
    # The same lines are compared again and again while a derivation is searched for.
    found = _NUMBERED.get(term)
    if found is None:
        if len(_NUMBERED) > _NUMBERED_LIMIT:
            _NUMBERED.clear()
        found = _NUMBERED[term] = _numbered(term, 0)
    return found


def _numbered(term: Any, depth: int) -> Any:
    """`term` with its bound indices named after their depth."""
    if not term.args:
        return term
    if not isinstance(term, BINDERS):
        return rebuild(term, lambda arg: _numbered(arg, depth))
    renaming: dict[Any, Any] = {}
    limits = []
    for index, lower, upper in limits_of(term):
        name = Symbol(f"\u00b7{depth}", integer=True)
        limits.append(Tuple(name, substitute(lower, renaming), substitute(upper, renaming)))
        renaming[index] = name
        depth += 1
    if isinstance(term, (Sum, Product)):
        limits.reverse()
    return term.func(_numbered(substitute(term.args[0], renaming), depth), *limits)


def substitute(term: Any, mapping: Mapping[Any, Any]) -> Any:
    """Replace free occurrences, all at once, renaming bound indices where a free name would be captured.

    Parameters
    ----------
    term
        Any term.
    mapping
        Keys are terms (symbols, `Indexed` entries, …) or `Tensor` families. A family is replaced by a
        `Vec` (its entries become the comprehension's body at the index) or by another family.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x, y = Vector("x", K), Vector("y", K); i, j = Index("i", K), Index("j", K)
    >>> substitute(indexed_sum(x[i] * y[j], j), {i: j})
    Sum(x[j]*y[_j], (_j, 1, K))
    """
    if not mapping:
        return term
    mapping = {key: sympify(value) for key, value in mapping.items()}
    touched: set[Symbol] = set()
    for key, value in mapping.items():
        touched |= free_names(key) | free_names(value)
    return _substitute(term, dict(mapping), frozenset(touched), always=False)


def _substitute(term: Any, mapping: dict[Any, Any], touched: frozenset[Symbol], *, always: bool) -> Any:
    if mapping and term in mapping:
        return mapping[term]
    if not term.args:
        return term
    if not always and not (touched & free_names(term)) and not _may_hold_family(term, mapping):
        return term
    if isinstance(term, BINDERS):
        return _substitute_binder(term, mapping, touched, always=always)
    if isinstance(term, Indexed) and term.base in mapping:
        indices = tuple(_substitute(i, mapping, touched, always=always) for i in term.indices)
        return _entry(mapping[term.base], indices)
    return rebuild(term, lambda arg: _substitute(arg, mapping, touched, always=always))


def _may_hold_family(term: Basic, mapping: dict[Any, Any]) -> bool:
    names = free_names(term)
    return any(isinstance(key, Tensor) and key.label in names for key in mapping)


def _entry(family: Any, indices: tuple[Expr, ...]) -> Expr:
    """The entry of a family or comprehension at `indices`; further axes of nested comprehensions follow."""
    if isinstance(family, Vec):
        limits = family.limits
        inner = substitute(family.body, dict(zip((limit[0] for limit in limits), indices, strict=False)))
        rest = indices[len(limits) :]
        return _entry(inner, rest) if rest else inner
    if isinstance(family, Tensor):
        return Indexed(family, *indices)
    raise TypeError(f"{family} cannot stand for an indexed family: give a Vec or a Tensor")


def _substitute_binder(
    term: Any, mapping: dict[Any, Any], touched: frozenset[Symbol], *, always: bool
) -> Any:
    renaming: dict[Any, Any] = {}
    limits = []
    for index, lower, upper in limits_of(term):
        lower = _substitute(substitute(lower, renaming), mapping, touched, always=always)
        upper = _substitute(substitute(upper, renaming), mapping, touched, always=always)
        if always or index in touched or not isinstance(index, Dummy):
            fresh = fresh_index(index.name)
            renaming[index] = fresh
            index = fresh
        limits.append(Tuple(index, lower, upper))
    body = substitute(term.args[0], renaming) if renaming else term.args[0]
    body = _substitute(body, mapping, touched, always=always)
    if isinstance(term, (Sum, Product)):
        limits.reverse()
    return term.func(body, *limits)
