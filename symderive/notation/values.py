"""Values of sub-formulas: scalars, and vectors and matrices as functions from indices to scalars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sympy import Expr, Integer, Mul

from symderive.notation.errors import ReadError
from symderive.notation.notation import Axis
from symderive.notation.syntax import Node
from symderive.terms import Dim, Vec, fresh_index, indexed_sum

__all__ = [
    "Learn",
    "Open",
    "Unify",
    "Value",
    "add",
    "divide",
    "elementwise",
    "implicit",
    "likeliest",
    "multiply",
    "scalar_value",
    "to_argument",
]


@dataclass(frozen=True, order=True)
class Open:
    """A name whose rank is not settled, how likely it is a vector (0 most), and the axes that it has for
    certain.
    """

    level: int
    name: str
    axes: tuple[Axis, ...] = field(default=(), compare=False)


class Unify(Exception):
    """A range that nothing stated turned out to be this one: read the statement again, knowing that."""

    def __init__(self, dimension: Dim, axis: Axis):
        super().__init__(dimension.name)
        self.dimension = dimension
        self.axis = axis


class Learn(Exception):
    """A name turned out to have these component ranges: read the statement again, knowing that."""

    def __init__(self, name: str, axes: tuple[Axis, ...]):
        super().__init__(name)
        self.name = name
        self.axes = axes


@dataclass(frozen=True)
class Value:
    """A scalar (no axes), vector, matrix or tensor: its entries as a function of as many index terms.

    `open` holds names of unknown rank in it, each with how likely it is a vector (0 most): if the context
    wants a
    vector, the likeliest of them is one.
    """

    axes: tuple[Axis, ...]
    entry: Callable[[tuple[Expr, ...]], Expr]
    row: bool = False  # x^\top
    open: tuple[Open, ...] = ()
    entrywise: bool = False  # made by an operation on single entries (a square, a root)

    @property
    def rank(self) -> int:
        return len(self.axes)

    def scalar(self) -> Expr:
        return self.entry(())


def scalar_value(term: Expr, open_names: tuple[Open, ...] = ()) -> Value:
    """A number."""
    return Value((), lambda _: term, open=open_names)


def likeliest(value: Value, axes: tuple[Axis, ...], node: Node) -> Learn:
    """What is learned where a vector is needed: which of the open names is it; an error where two are
    equally likely.
    """
    ordered = sorted(set(value.open))
    if len(ordered) > 1 and ordered[0].level == ordered[1].level:
        first, second = ordered[0].name, ordered[1].name
        raise ReadError(
            f"a vector is needed here, and either {first} or {second} can be it",
            node.start,
            node.end,
            f"declare `names: {{{first}: vector}}` or `names: {{{second}: vector}}`",
            "ambiguous",
        )
    return Learn(ordered[0].name, (*ordered[0].axes, *axes))


def same_range(mine: Axis, theirs: Axis) -> bool:
    """Are two ranges of one length? A range that nothing stated becomes the other one."""
    if mine[1] - mine[0] == theirs[1] - theirs[0]:
        return True
    for one, other in ((mine, theirs), (theirs, mine)):
        if implicit(one):
            dimension = one[1]
            assert isinstance(dimension, Dim)
            raise Unify(dimension, other)
    return False


def implicit(axis: Axis) -> bool:
    """Is this range one that nothing stated (``dim x``)?"""
    upper = axis[1]
    return isinstance(upper, Dim) and upper.name.startswith("dim ")


def elementwise(value: Value, function: Callable[[Expr], Expr]) -> Value:
    """A function of every entry."""
    if value.rank == 0:
        return scalar_value(function(value.scalar()), value.open)
    entry = value.entry
    return replace(value, entry=lambda at: function(entry(at)), entrywise=True)


def _aligned(value: Value, axes: tuple[Axis, ...], node: Node) -> Value:
    """`value` with its indices counted as in `axes`."""
    if value.axes == axes:
        return value
    shifts = []
    for mine, theirs in zip(value.axes, axes, strict=True):
        if not same_range(mine, theirs):
            raise ReadError(
                f"one side runs over {theirs[0]}..{theirs[1]}, the other over {mine[0]}..{mine[1]}",
                node.start,
                node.end,
                "declare the sizes, for example `x: vector K`",
                "ambiguous",
            )
        shifts.append(mine[0] - theirs[0])
    entry = value.entry
    return replace(
        value, axes=axes, entry=lambda at: entry(tuple(i + s for i, s in zip(at, shifts, strict=True)))
    )


def common_axes(values: list[Value], node: Node, loose: bool = False) -> tuple[Axis, ...]:
    """The shape that values added or compared with each other share; learns the rank of open names."""
    rank = max(value.rank for value in values)
    if rank == 0:
        return ()
    full = [value for value in values if value.rank == rank]
    stated = [value for value in full if not any(implicit(axis) for axis in value.axes)]
    axes = (stated or full)[0].axes
    broadcast = loose or any(value.entrywise for value in full)
    for value in values:
        if value.rank == rank:
            continue
        if value.rank == 0 and value.open and not broadcast:
            raise likeliest(value, axes, node)
        if value.rank == 0 and (broadcast or value.scalar() == 0):
            continue
        raise ReadError(
            "a scalar and a vector are added or compared" if value.rank == 0 else "the shapes do not fit",
            node.start,
            node.end,
            "declare what is a vector, for example `b: vector K`, or write the scalar times a vector of ones",
            "ambiguous",
        )
    return axes


def add(values: list[Value], signs: list[str], node: Node) -> Value:
    """A sum of values of one shape."""
    axes = common_axes(values, node)
    if not axes:
        total: Expr = Integer(0)
        names: list[Open] = []
        for value, sign in zip(values, signs, strict=True):
            total = total + value.scalar() if sign == "+" else total - value.scalar()
            names.extend(value.open)
        return scalar_value(total, tuple(names))
    parts = [_aligned(value, axes, node) if value.rank else value for value in values]

    def entry(at: tuple[Expr, ...]) -> Expr:
        total: Expr = Integer(0)
        for part, sign in zip(parts, signs, strict=True):
            term = part.entry(at if part.rank else ())
            total = total + term if sign == "+" else total - term
        return total

    return Value(
        axes,
        entry,
        row=all(part.row for part in parts if part.rank),
        entrywise=any(part.entrywise for part in parts),
        open=tuple(name for part in parts for name in part.open),
    )


def multiply(left: Value, right: Value, operator: str, node: Node) -> Value:
    """The product that juxtaposition, a dot or ⊙ means for these shapes."""
    if left.rank == 0 and right.rank == 0:
        return scalar_value(left.scalar() * right.scalar(), (*left.open, *right.open))
    if left.rank == 0 or right.rank == 0:
        scalar, other = (left, right) if left.rank == 0 else (right, left)
        entry_like = [found for found in scalar.open if found.level == 3]
        if (
            scalar is right
            and operator == "juxt"
            and len(scalar.open) == len(entry_like) == 1
            and (other.row or other.rank == 2)
        ):
            raise likeliest(scalar, (other.axes[-1],), node)  # w^\top x_n: each x_n is a vector
        if scalar is left and other.rank == 1 and not other.row and operator == "juxt":
            _no_matrix(scalar, node)
        if scalar is right and other.rank == 2 and operator == "juxt":
            _no_vector(scalar, node)
        entry = other.entry
        factor = scalar.scalar()
        return replace(other, entry=lambda at: Mul(factor, entry(at)))
    if operator == "odot" or (
        operator in ("juxt", "*")
        and left.rank == right.rank == 1
        and (left.entrywise or right.entrywise)
        and not left.row
        and not right.row
    ):
        axes = common_axes([left, right], node)
        one, two = _aligned(left, axes, node), _aligned(right, axes, node)
        return Value(axes, lambda at: one.entry(at) * two.entry(at), entrywise=True)
    if left.rank == right.rank == 1:
        if left.row and not right.row:
            return contract(left, right, node)
        if right.row and not left.row:
            return Value((left.axes[0], right.axes[0]), lambda at: left.entry(at[:1]) * right.entry(at[1:]))
        if operator == "*" and not left.row and not right.row:
            return contract(left, right, node)
        raise ReadError(
            "two vectors stand side by side",
            node.start,
            node.end,
            "write x^\\top y for the inner product, x \\odot y for entry by entry",
            "ambiguous",
        )
    if operator in ("juxt", "*"):
        if left.rank == 2 and right.rank == 1 and right.row:
            raise ReadError(
                "the shapes of this product do not fit", node.start, node.end, "check the transposes"
            )
        if (left.rank == 1 and not left.row) and right.rank == 2:
            raise ReadError(
                "the shapes of this product do not fit", node.start, node.end, "check the transposes"
            )
        if left.rank <= 2 and right.rank <= 2:
            return contract(left, right, node)
    raise ReadError("this product of tensors has no reading", node.start, node.end, "write it with indices")


def _no_matrix(scalar: Value, node: Node) -> None:
    """An undeclared capital before a vector may be a matrix as well as a number."""
    names = [found.name for found in scalar.open if found.level < 3]
    if len(names) == 1 and len(names[0]) == 1 and names[0].isupper():
        raise ReadError(
            f"{names[0]} before a vector can be a matrix or a number",
            node.start,
            node.end,
            f"declare `names: {{{names[0]}: matrix M N}}` or `names: {{{names[0]}: scalar}}`",
            "ambiguous",
        )


def _no_vector(scalar: Value, node: Node) -> None:
    """An undeclared letter after a matrix may be a vector as well as a number."""
    names = [found.name for found in scalar.open if found.level < 3]
    if len(names) == 1 and len(names[0]) == 1 and names[0].isascii() and names[0].islower():
        raise ReadError(
            f"{names[0]} after a matrix can be a vector or a number",
            node.start,
            node.end,
            f"declare `names: {{{names[0]}: vector N}}` or `names: {{{names[0]}: scalar}}`",
            "ambiguous",
        )


def contract(left: Value, right: Value, node: Node) -> Value:
    """Sum over the last axis of `left` and the first of `right`."""
    inner, other = left.axes[-1], right.axes[0]
    if not same_range(inner, other):
        raise ReadError(
            f"the left factor's last index runs over {inner[0]}..{inner[1]}, the right one's first over "
            f"{other[0]}..{other[1]}",
            node.start,
            node.end,
            "declare the sizes, for example `W: matrix M N`",
            "ambiguous",
        )
    offset = other[0] - inner[0]
    axes = (*left.axes[:-1], *right.axes[1:])

    def entry(at: tuple[Expr, ...]) -> Expr:
        j = fresh_index("j")
        split = left.rank - 1
        term = left.entry((*at[:split], j)) * right.entry((j + offset, *at[split:]))
        return indexed_sum(term, j, inner[0], inner[1])

    return Value(axes, entry, row=left.row and right.rank == 2)


def divide(left: Value, right: Value, node: Node) -> Value:
    """A quotient; of vectors, entry by entry."""
    if right.rank == 0:
        divisor = right.scalar()
        if left.rank == 0:
            return scalar_value(left.scalar() / divisor, (*left.open, *right.open))
        entry = left.entry
        return replace(left, entry=lambda at: entry(at) / divisor)
    if left.rank == 0:
        numerator = left.scalar()
        return Value(right.axes, lambda at: numerator / right.entry(at), entrywise=True)
    axes = common_axes([left, right], node)
    one, two = _aligned(left, axes, node), _aligned(right, axes, node)
    return Value(axes, lambda at: one.entry(at) / two.entry(at), entrywise=True)


def to_argument(value: Value) -> Expr:
    """A value as the argument of a function: a scalar, or a comprehension over its axes."""
    if value.rank == 0:
        return value.scalar()
    indices = tuple(fresh_index("ijkl"[number]) for number in range(value.rank))
    return Vec(
        value.entry(indices), *((index, *axis) for index, axis in zip(indices, value.axes, strict=True))
    )
