"""Less to judge: the place where two sides differ, and what both sides hold alike as any values.

Both make a claim that implies the given one. Neither refutes: what they do not prove is judged as it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Function,
    Indexed,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Pow,
    Symbol,
    Tuple,
    exp,
    log,
    sign,
)

from symderive.terms import (
    BINDERS,
    Index,
    Partial,
    Tensor,
    Vec,
    free_names,
    limits_of,
    rebuild,
    substitute,
    walk,
)
from symderive.terms.substitution import alpha_normal, binder_height, renamed

__all__ = ["for_any_values", "where_they_differ"]

Sides = tuple[Expr, Expr]
#: Functions whose relations to other terms a proof may need: their arguments stand for any value, not they.
_TRANSPARENT = (exp, log, Abs, sign, Max, Min)
#: What holds indices, limits or cases: no part of it is a number that may have any value.
_CLOSED = (Indexed, KroneckerDelta, Tuple)
#: A part of fewer nodes than this, with no sum in it, is as well judged as it stands.
_HEAVY = 12
#: Two sides of fewer nodes than this are.
_LONG = 150


def where_they_differ(lhs: Expr, rhs: Expr, around: Iterable[Basic] = ()) -> Sides:
    """The innermost parts in which two sides differ: where these are equal, so are the sides.

    Parameters
    ----------
    lhs, rhs
        Terms without definitions.
    around
        Terms of the hypotheses: an index that is set free gets none of their names.

    Returns
    -------
    tuple of Expr
        The parts, indices that were bound around them free, with ranges of their own.

    Examples
    --------
    >>> from sympy import exp
    >>> from symderive.terms import Dim, Vector, indexed_sum
    >>> K = Dim("K"); x, y = Vector("x", K), Vector("y", K); i, j = Index("i", K), Index("j", K)
    >>> def weighted(x):
    ...     return y[i] + indexed_sum(exp(x[j] + 1) * y[j], j)
    >>> where_they_differ(weighted(x), weighted(y))
    (x[j'], y[j'])
    """
    terms = (lhs, rhs, *around)
    taken = {node.name for term in terms for node in walk(term) if isinstance(node, Symbol)}
    while True:
        inner = _inner(lhs, rhs, taken)
        if inner is None:
            return lhs, rhs
        lhs, rhs = inner


def _inner(lhs: Any, rhs: Any, taken: set[str]) -> Sides | None:
    """One step inwards; None where the sides differ in more than one part."""
    if lhs.func != rhs.func or not lhs.args or isinstance(lhs, (Partial, Indexed)):
        return None
    if isinstance(lhs, (Add, Mul)):
        ours, theirs = _left_over(lhs.args, rhs.args)
        if len(ours) == len(lhs.args) and len(theirs) == len(rhs.args):
            return None
        return lhs.func(*ours), lhs.func(*theirs)
    if isinstance(lhs, BINDERS):
        return _bodies(lhs, rhs, taken)
    if len(lhs.args) != len(rhs.args):
        return None
    differing = [n for n, (a, b) in enumerate(zip(lhs.args, rhs.args, strict=True)) if not _same(a, b)]
    if len(differing) != 1:
        return None
    a, b = lhs.args[differing[0]], rhs.args[differing[0]]
    return (a, b) if isinstance(a, Expr) and isinstance(b, Expr) and not a.is_integer else None


def _same(a: Any, b: Any) -> bool:
    return a == b or alpha_normal(a) == alpha_normal(b)


def _left_over(ours: Any, theirs: Any) -> tuple[list[Any], list[Any]]:
    """What is left when equal parts are struck out, one for one."""
    keys = [alpha_normal(arg) for arg in ours], [alpha_normal(arg) for arg in theirs]
    common = Counter(keys[0]) & Counter(keys[1])
    left: tuple[list[Any], list[Any]] = [], []
    for side, parts, rest in zip(keys, (ours, theirs), left, strict=True):
        struck = Counter(common)
        for key, part in zip(side, parts, strict=True):
            if struck[key]:
                struck[key] -= 1
            else:
                rest.append(part)
    return left


def _bodies(lhs: Any, rhs: Any, taken: set[str]) -> Sides | None:
    """The bodies of two binders over one range, at one index each."""
    if len(lhs.args) != len(rhs.args):
        return None
    ours: dict[Any, Any] = {}
    theirs: dict[Any, Any] = {}
    for (i, lower, upper), (j, low, high) in zip(limits_of(lhs), limits_of(rhs), strict=True):
        lower, upper = substitute(lower, ours), substitute(upper, ours)
        if not (_same(lower, substitute(low, theirs)) and _same(upper, substitute(high, theirs))):
            return None
        name = i.name.lstrip("_")
        while name in taken:
            name += "'"
        taken.add(name)
        ours[i] = theirs[j] = Index(name, upper, lower)
    return substitute(lhs.args[0], ours), substitute(rhs.args[0], theirs)


# -- any values ----------------------------------------------------------------------------------------


def for_any_values(lhs: Expr, rhs: Expr) -> Sides | None:
    """Both sides with each long part that they share, at whatever indices, as an entry of any family.

    What holds for every value of the part holds for the values that it has. None where that is no shorter.

    Examples
    --------
    >>> from sympy import tanh
    >>> from symderive.terms import Dim, Matrix, Vector, indexed_sum
    >>> K = Dim("K"); W, x, i, j = Matrix("W", K, K), Vector("x", K), Index("i", K), Index("j", K)
    >>> unit = lambda i: tanh(indexed_sum(W[i, j] * sum(x[j] ** n for n in range(20)), j))
    >>> for_any_values(1 - unit(i) ** 2, (1 - unit(i)) * (1 + unit(i)))
    (1 - a̲0[i]**2, (1 - a̲0[i])*(a̲0[i] + 1))
    """
    if _size(lhs) + _size(rhs) < _LONG:
        return None
    if any(isinstance(node, Partial) for side in (lhs, rhs) for node in walk(side)):
        return None  # what is differentiated is more than its value
    ours, theirs = ({_pattern(node)[0] for node in _candidates(side)} for side in (lhs, rhs))
    shared = ours & theirs
    if not shared:
        return None
    names: dict[Any, str] = {}
    done: dict[tuple[Any, bool], Any] = {}

    def change(node: Any, inside: bool) -> Any:
        if not node.args or isinstance(node, _CLOSED):
            return node
        found = done.get((node, inside))
        if found is None:
            found = done[node, inside] = changed(node, inside)
        return found

    def changed(node: Any, inside: bool) -> Any:
        if _may_stand_for_any(node, inside):
            key, places = _pattern(node)
            if key in shared:
                name = names.setdefault(key, f"a\u0332{len(names)}")
                return Tensor(name)[places] if places else Symbol(name, real=True)
        return rebuild(node, lambda arg: change(arg, isinstance(node, _TRANSPARENT)))

    general = change(lhs, False), change(rhs, False)
    return general if 4 * sum(map(_size, general)) <= 3 * (_size(lhs) + _size(rhs)) else None


def _candidates(side: Expr) -> list[Any]:
    found: dict[Any, None] = {}
    seen: set[Any] = set()

    def look(node: Any, inside: bool) -> None:
        if not node.args or isinstance(node, _CLOSED) or (node, inside) in seen:
            return
        seen.add((node, inside))
        if _may_stand_for_any(node, inside):
            found[node] = None
        for arg in node.args:
            look(arg, isinstance(node, _TRANSPARENT))

    look(side, False)
    return list(found)


def _may_stand_for_any(node: Any, inside: bool) -> bool:
    """A long function, root or sum, or what a transparent function is taken of."""
    if not isinstance(node, Expr) or isinstance(node, (Vec, *_TRANSPARENT)):
        return False
    whole = isinstance(node, (Function, *BINDERS)) or (isinstance(node, Pow) and not node.exp.is_Integer)
    return (whole or inside) and (binder_height(node) > 0 or _size(node) >= _HEAVY)


@lru_cache(maxsize=5_000)
def _size(node: Basic) -> int:
    """How many nodes a term has; its parts recur."""
    return 1 + sum(map(_size, node.args))


@lru_cache(maxsize=5_000)
def _pattern(node: Any) -> tuple[Any, tuple[Symbol, ...]]:
    """A part with its free indices numbered, and these: one for all parts that differ in indices only."""
    places: list[Symbol] = []
    free = free_names(node)

    def look(term: Any) -> None:
        if isinstance(term, Symbol) and _is_index(term) and term in free and term not in places:
            places.append(term)
        for arg in term.args:
            look(arg)

    normal = alpha_normal(node)
    look(normal)
    numbered = {place: Symbol(f"\u00b7place{n}", integer=True) for n, place in enumerate(places)}
    return renamed(normal, numbered), tuple(places)


def _is_index(name: Symbol) -> bool:
    return bool(name.is_integer) and not name.is_positive
