"""Places in families: a formula that reads outside of one, wherever its indices run, has no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic, Expr, Indexed, Piecewise, expand, oo

from symderive.terms import BINDERS, Index, Tensor, free_names, limits_of, plain

__all__ = ["check_places"]

Ranges = Mapping[Any, tuple[Expr, Expr]]


def check_places(term: Basic) -> None:
    """Is every entry inside its family for every value of the indices?

    Only what is certainly outside is refused: of ranges that no hypothesis compares, the code itself asks.
    A case of a `Piecewise` may be read at the places where it is not taken.

    Raises
    ------
    ValueError
        With the entry, the value of the index at which it is outside, and what to write instead.

    Examples
    --------
    >>> from symderive.terms import Dim, Vector
    >>> K = Dim("K"); x = Vector("x", K)
    >>> check_places(x[Index("t", K, 2) - 1])
    >>> check_places(x[Index("t", K) - 1])
    Traceback (most recent call last):
    ...
    ValueError: x[t - 1] is outside 1, …, K at t = 1: give the index a range in which every place exists
    """
    _check(term, {})


def _check(term: Basic, ranges: Ranges) -> None:
    if not term.args or isinstance(term, Piecewise):
        return
    if isinstance(term, BINDERS):
        inner = dict(ranges)
        for index, lower, upper in limits_of(term):
            inner[index] = lower, upper
        _check(term.args[0], inner)
        return
    if isinstance(term, Indexed) and isinstance(term.base, Tensor):
        for place, (lower, upper) in zip(term.indices, term.base.ranges, strict=False):
            _check_place(term, place, lower, upper, ranges)
    for arg in term.args:
        _check(arg, ranges)


def _check_place(entry: Expr, place: Expr, lower: Expr, upper: Expr, ranges: Ranges) -> None:
    for gap in (place - lower, upper - place):
        least, at = gap, dict[Any, Expr]()
        for _ in range(len(ranges) + 4):
            index = next((name for name in sorted(free_names(least), key=str) if _range(name, ranges)), None)
            if index is None:
                break
            rise = expand(least).coeff(index, 1)
            if rise not in (1, -1) or index in free_names(expand(least - rise * index)):
                return
            first, last = _range(index, ranges) or (index, index)
            at[index] = first if rise == 1 else last
            least = expand(least.subs(index, at[index]))
        if least.is_Integer and least < 0 and oo not in at.values():
            where = ", ".join(f"{str(index).lstrip('_')} = {plain(value)}" for index, value in at.items())
            family = f"{plain(lower)}, …, {plain(upper)}{f' at {where}' if where else ''}"
            raise ValueError(
                f"{plain(entry)} is outside {family}: give the index a range in which every place exists"
            )


def _range(name: Any, ranges: Ranges) -> tuple[Expr, Expr] | None:
    if name in ranges:
        return ranges[name]
    return (name.lower, name.upper) if isinstance(name, Index) else None
