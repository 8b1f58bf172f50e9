"""Results that are remembered by term, told apart by the ranges of its families.

Families are equal where their names are, so that one name cannot silently become two variables. What was
found for an x_1, …, x_K must still not be taken for an x_0, …, x_{N−1} that somebody else calls x, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from sympy import Basic
from sympy.core.cache import clear_cache

from symderive.terms.symbols import Tensor

__all__ = ["Remembered", "forget_other_ranges", "ranges_in", "remembered"]

P = ParamSpec("P")
R = TypeVar("R")
Ranges = frozenset[tuple[Any, ...]]

_NONE: Ranges = frozenset()
#: By the object: equal terms may differ in what is asked for here. It is held, or its number is used again.
_RANGES: dict[int, tuple[Basic, Ranges]] = {}
_LIMIT = 200_000
#: The ranges of each name in what was worked on last.
_LAST: dict[Any, list[Any]] = {}


def ranges_in(given: Any) -> Ranges:
    """The families that occur, in a term or in what holds terms, and where their indices run.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector
    >>> K = Dim("K"); n = Index("n", K)
    >>> one, other = Vector("x", K)[n], Vector("x", K, lower=0)[n]
    >>> ranges_in(one) == ranges_in(other)
    False
    """
    if isinstance(given, Basic):
        return _ranges_in_term(given)
    if isinstance(given, (tuple, list)):
        return _NONE.union(*map(ranges_in, given))
    if is_dataclass(given):
        return _NONE.union(*(ranges_in(getattr(given, field.name)) for field in fields(given)))
    return _NONE


def _ranges_in_term(term: Basic) -> Ranges:
    if not term.args:
        return _NONE
    found = _RANGES.get(id(term))
    if found is None:
        ranges = _NONE.union(*map(_ranges_in_term, term.args))
        if isinstance(term, Tensor):
            ranges = ranges | {(term.label, term.ranges)}
        if len(_RANGES) > _LIMIT:
            _RANGES.clear()
        found = _RANGES[id(term)] = term, ranges
    return found[1]


def forget_other_ranges(*given: Any) -> None:
    """Make SymPy forget what it remembers about families of the same names and other ranges.

    It remembers by equality: a product that was made once is given again, with the families that were in it.
    """
    ranges = ranges_in(given)
    if any(_LAST.get(label, own) != own for label, *own in ranges):
        clear_cache()
        _LAST.clear()
    _LAST.update((label, own) for label, *own in ranges)


class Remembered(Generic[P, R]):
    """A function of terms, as `remembered` makes it."""

    def __init__(self, function: Callable[P, R], maxsize: int) -> None:
        update_wrapper(self, function)

        @lru_cache(maxsize=maxsize)
        def held(ranges: Ranges, *args: Any, **named: Any) -> R:
            return function(*args, **named)

        self._held = held

    def __call__(self, *args: P.args, **named: P.kwargs) -> R:
        """The result, worked out once."""
        given = args[0] if len(args) == 1 and not named else (*args, *named.values())
        return self._held(ranges_in(given), *args, **named)  # type: ignore[arg-type]

    def cache_clear(self) -> None:
        """Forget all results."""
        self._held.cache_clear()


def remembered(maxsize: int) -> Callable[[Callable[P, R]], Remembered[P, R]]:
    """`functools.lru_cache` for functions of terms: a call about families of other ranges is another call."""
    return lambda function: Remembered(function, maxsize)
