"""Capture-safe substitution, and terms up to the names of what is bound.

SymPy's `subs` lets a free index fall under a binder of the same name; no verdict rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic, Dummy, Expr, Indexed, Product, Sum, Symbol, Tuple, sympify

from symderive.terms.assembling import alike, rebuild
from symderive.terms.free import free_names
from symderive.terms.nodes import BINDERS, Vec, limits_of
from symderive.terms.remembering import remembered
from symderive.terms.symbols import Tensor, fresh_index

__all__ = [
    "alpha_equal",
    "alpha_normal",
    "binder_height",
    "freshen",
    "renamed",
    "substitute",
]

_HEIGHTS: dict[Basic, int] = {}
_HEIGHTS_LIMIT = 50_000


def freshen(term: Expr) -> Expr:
    """`term` with every bound index replaced by a fresh one; the meaning is unchanged."""
    return _Substitution({}, always=True).of(term)


def alpha_equal(a: Basic, b: Basic) -> bool:
    """Are two terms equal up to the names of bound indices?"""
    return a == b or alpha_normal(a) == alpha_normal(b)


def alpha_normal(term: Any) -> Any:
    """`term` with canonical names for what is bound: equal for terms that differ in bound names only.

    A bound index is named after how deeply binders are nested under it, so that a part has one normal form
    wherever it stands, which is remembered: the same lines are compared again and again.
    """
    if not binder_height(term):
        return term
    return _numbered(term)


@remembered(maxsize=20_000)
def _numbered(term: Any) -> Any:
    if not isinstance(term, BINDERS):
        return rebuild(term, alpha_normal)
    body = alpha_normal(term.args[0])
    height = binder_height(term)
    renaming: dict[Any, Any] = {}
    limits = []
    for index, lower, upper in limits_of(term):
        height -= 1
        lower, upper = (alpha_normal(end) for end in (lower, upper))
        # No binder inside has this name or a higher one: nothing is captured.
        name = Symbol(f"\u00b7{height}", integer=True)
        limits.append(Tuple(name, renamed(lower, renaming), renamed(upper, renaming)))
        renaming[index] = name
    if isinstance(term, (Sum, Product)):
        limits.reverse()
    return alike(term, (renamed(body, renaming), *limits))


def renamed(term: Any, renaming: Mapping[Any, Any]) -> Any:
    """`term` with names replaced by names, each by another one, that nothing in it has or binds.

    A part that occurs again is rewritten once.
    """
    touched = frozenset(renaming)
    done: dict[Any, Any] = {}

    def change(node: Any) -> Any:
        if node in renaming:
            return renaming[node]
        if not node.args or not (touched & free_names(node)):
            return node
        found = done.get(node)
        if found is None:
            found = done[node] = rebuild(node, change)
        return found

    return change(term)


def binder_height(term: Basic) -> int:
    """How deeply binders are nested in a term: each index of a binder counts for one."""
    found = _HEIGHTS.get(term)
    if found is None:
        found = max((binder_height(arg) for arg in term.args), default=0)
        if isinstance(term, BINDERS):
            found += len(term.args) - 1
        if len(_HEIGHTS) > _HEIGHTS_LIMIT:
            _HEIGHTS.clear()
        _HEIGHTS[term] = found
    return found


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
    return _Substitution({key: sympify(value) for key, value in mapping.items()}).of(term)


class _Substitution:
    """One substitution at work; a part that occurs again is rewritten once, to one and the same term."""

    def __init__(self, mapping: dict[Any, Any], *, always: bool = False) -> None:
        self.mapping, self.always = mapping, always
        touched: set[Symbol] = set()
        for key, value in mapping.items():
            touched |= free_names(key) | free_names(value)
        self.touched = frozenset(touched)
        self.families = frozenset(key.label for key in mapping if isinstance(key, Tensor))
        self.done: dict[Any, Any] = {}

    def of(self, term: Any) -> Any:
        if self.mapping and term in self.mapping:
            return self.mapping[term]
        if not term.args:
            return term
        if not self.always:
            names = free_names(term)
            if self.touched.isdisjoint(names) and self.families.isdisjoint(names):
                return term
        found = self.done.get(term)
        if found is None:
            found = self.done[term] = self._changed(term)
        return found

    def _changed(self, term: Any) -> Any:
        if isinstance(term, BINDERS):
            return self._binder(term)
        if isinstance(term, Indexed) and term.base in self.mapping:
            return _entry(self.mapping[term.base], tuple(self.of(i) for i in term.indices))
        return rebuild(term, self.of)

    def _binder(self, term: Any) -> Any:
        renaming: dict[Any, Any] = {}
        limits = []
        for index, lower, upper in limits_of(term):
            lower, upper = (self.of(renamed(end, renaming)) for end in (lower, upper))
            if self.always or index in self.touched or not isinstance(index, Dummy):
                fresh = fresh_index(index.name)
                renaming[index] = fresh
                index = fresh
            limits.append(Tuple(index, lower, upper))
        body = self.of(renamed(term.args[0], renaming))
        if isinstance(term, (Sum, Product)):
            limits.reverse()
        return alike(term, (body, *limits))


def _entry(family: Any, indices: tuple[Expr, ...]) -> Expr:
    """The entry of a family or comprehension at `indices`; further axes of nested comprehensions follow."""
    if isinstance(family, Vec):
        limits = family.limits
        inner = substitute(family.body, dict(zip((limit[0] for limit in limits), indices, strict=False)))
        rest = indices[len(limits) :]
        return _entry(inner, rest) if rest else inner
    if isinstance(family, Tensor):
        return family.entry(indices)
    raise TypeError(f"{family} cannot stand for an indexed family: give a Vec or a Tensor")
