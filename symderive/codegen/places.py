"""Places in families: a formula that reads outside of one, wherever its indices run, has no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic, Expr, Indexed, Piecewise, expand, oo

from symderive.codegen.arguments import NotLowered
from symderive.codegen.kernel import Kernel
from symderive.optimizers.names import canonical
from symderive.terms import BINDERS, Index, Tensor, free_names, limits_of, plain, walk

__all__ = ["check_places", "check_sequences", "check_sizes"]

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


def check_sequences(term: Basic, origin: str | None = None) -> None:
    """Is no family of the term a sequence over steps, which has no last entry?

    Parameters
    ----------
    term
        Any term.
    origin
        Where it is from: ``adam/no-memory`` is about the update rule ``adam``.

    Raises
    ------
    ValueError
        With the family, and what to generate instead.

    Examples
    --------
    >>> from sympy import Integer
    >>> theta = Tensor("theta", (Integer(0), oo))
    >>> check_sequences(theta[2] - theta[1], "adam/no-memory")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: theta is a sequence over steps n = 0, 1, …, which has no code: generate ... (generate adam)
    """
    for node in walk(term):
        if isinstance(node, Indexed) and isinstance(node.base, Tensor):
            for place, (lower, upper) in zip(node.indices, node.base.ranges, strict=False):
                if upper is oo:
                    letter = min((str(n) for n in free_names(place)), default="n")
                    steps = f"{letter.lstrip('_')} = {plain(lower)}, {plain(lower + 1)}, …"
                    raise ValueError(
                        f"{node.base.name} is a sequence over steps {steps}, which has no code: generate the "
                        f"optimizer's step by its name (generate {_rule(origin)})"
                    )


def _rule(origin: str | None) -> str:
    topic = (origin or "").partition("/")[0].replace("_", "-")
    return topic if canonical(topic) is not None else "adam"


def check_sizes(kernel: Kernel) -> None:
    """Does some argument have every dimension that a kernel's statements name?

    Raises
    ------
    NotLowered
        With the dimensions that no array tells.
    """
    told = kernel.dimensions
    missing = ", ".join(str(dim) for dim in kernel.named_dimensions if dim not in told)
    if missing:
        raise NotLowered(f"no argument says what {missing} is: it is the length of no array")


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
