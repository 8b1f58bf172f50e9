"""Names that a formula is built from: dimensions, indices with ranges, scalars and indexed families."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Dummy, Expr, IndexedBase, Integer, Symbol, sympify

__all__ = ["Dim", "Index", "Matrix", "Tensor", "Vector", "fresh_index", "scalar"]


class Dim(Symbol):
    """A symbolic dimension: a positive integer of unknown value, such as a number of classes K.

    Examples
    --------
    >>> Dim("K").is_positive
    True
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Dim:
        return Symbol.__xnew__(cls, name, integer=True, positive=True)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.name,), {}


class Index(Symbol):
    """An integer index with its range ``lower, …, upper`` (both ends included).

    The range is part of the identity: an ``i`` over classes and an ``i`` over samples are two indices.
    ``upper`` may be ``sympy.oo`` for the step of a sequence.

    Parameters
    ----------
    name
        How the index is printed.
    upper, lower
        The ends of its range, integers or symbolic (a `Dim`, say); `lower` is 1 by default.

    Examples
    --------
    >>> K = Dim("K")
    >>> i = Index("i", K)
    >>> i.lower, i.upper
    (1, K)
    """

    __slots__ = ("lower", "upper")
    lower: Expr
    upper: Expr

    def __new__(cls, name: str, upper: Expr | int, lower: Expr | int = 1) -> Index:
        index: Index = Symbol.__xnew__(cls, name, integer=True)
        index.lower = sympify(lower)
        index.upper = sympify(upper)
        return index

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.lower, self.upper)

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.name, self.upper, self.lower), {}


def scalar(name: str) -> Symbol:
    """A real number of unknown value.

    Facts about it (positivity, bounds) are hypotheses of a claim, not assumptions of the symbol: two symbols
    of one name and different assumptions would be different variables to SymPy.
    """
    return Symbol(name, real=True)


def fresh_index(name: str = "j") -> Dummy:
    """A bound index that is equal to no other index, whatever its name."""
    return Dummy(name, integer=True)


class Indexed(sympy.Indexed):
    """An entry of a `Tensor`: SymPy's node, which works out neither its assumptions nor its identity anew.

    What is known about an entry is what is known about its family, whose identity is among its arguments.
    Terms are rebuilt entry by entry, and most of what SymPy spends on that goes into these two. The class has
    SymPy's name because the order of a sum's addends depends on the names of classes.
    """

    def __new__(cls, base: Tensor, *indices: Expr | int) -> Indexed:
        entry: Indexed = Expr.__new__(cls, base, *map(sympify, indices))
        entry._assumptions = base._assumptions
        return entry

    def _hashable_content(self) -> tuple[Any, ...]:
        return self._args


class Tensor(IndexedBase):
    """A real indexed family: a vector, a matrix, a higher tensor, or a sequence indexed by a step.

    Identity is the name alone; the ranges say where its indices run and are not part of equality, so that
    one name cannot silently become two variables.

    Parameters
    ----------
    name
        The family's name.
    ranges
        One ``(lower, upper)`` an axis. A step axis is ``(0, oo)`` and comes last.

    Examples
    --------
    >>> K = Dim("K")
    >>> x = Tensor("x", (1, K))
    >>> x[Index("i", K)]
    x[i]
    """

    ranges: tuple[tuple[Expr, Expr], ...]

    def __new__(cls, name: str | Symbol, *ranges: tuple[Expr | int, Expr | int]) -> Tensor:
        label = Symbol(name, real=True) if isinstance(name, str) else name
        family: Tensor = IndexedBase.__new__(cls, label)
        family.ranges = tuple((sympify(lower), sympify(upper)) for lower, upper in ranges)
        return family

    def __getitem__(self, indices: Any, **kw_args: Any) -> Indexed:
        indices = tuple(indices) if isinstance(indices, (tuple, list)) else (indices,)
        if self.ranges and len(indices) != len(self.ranges):
            raise IndexError(
                f"{self.name} has {len(self.ranges)} axes and is given {len(indices)} indices: "
                f"write {self.name}[{', '.join('ijklmn'[: len(self.ranges)])}]"
            )
        return self.entry(indices)

    def entry(self, indices: tuple[Expr | int, ...]) -> Indexed:
        """The entry at `indices`, of whatever number: a part of a term that somebody else put together."""
        return Indexed(self, *indices)

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.label, *self.ranges)  # a copy and a pickle keep the ranges, which are no arguments

    @property
    def name(self) -> str:
        """The family's name."""
        return str(self.label)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.ranges)


def Vector(name: str, size: Expr | int, lower: int = 1) -> Tensor:
    """A vector of `size` real entries, its index counted from `lower`.

    Examples
    --------
    >>> K = Dim("K")
    >>> x = Vector("x", K)
    >>> x.ranges
    ((1, K),)
    """
    return Tensor(name, (lower, sympify(size) + lower - 1))


def Matrix(name: str, rows: Expr | int, columns: Expr | int, lower: int = 1) -> Tensor:
    """A matrix of real entries with `rows` rows and `columns` columns, its indices counted from `lower`."""
    shift = Integer(lower) - 1
    return Tensor(name, (lower, sympify(rows) + shift), (lower, sympify(columns) + shift))
