"""What is computed: statements in order, over named arguments; every target prints the same kernel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sympy import Eq, Expr, Integer, Product, Sum, Symbol

from symderive.codegen.primitives import Argmax, Select, dimensions
from symderive.terms import (
    Dim,
    Index,
    IndexedMax,
    IndexedMin,
    Tensor,
    Vec,
    free_names,
    fresh_index,
    substitute,
)

__all__ = ["Argument", "Kernel", "Kind", "Reduction", "Statement"]


class Kind(StrEnum):
    """What an argument is to the caller."""

    REAL = "real"
    INDEX = "index"


class Reduction(StrEnum):
    """How a statement folds one index away."""

    SUM = "sum"
    PRODUCT = "product"
    MAX = "max"
    MIN = "min"
    ARGMAX = "argmax"


@dataclass(frozen=True)
class Argument:
    """An input of a kernel.

    Parameters
    ----------
    name
        The name in generated code: an identifier of every target.
    term
        What it is in the formula: a scalar `Symbol`, a `Tensor`, or the `Index` that an integer input gives.
    axes
        The limits ``(lower, upper)`` of each axis; empty for a scalar or an index.
    kind
        A real number or an index (counted from 0 by the caller, from `lower` in the formula).
    """

    name: str
    term: Symbol | Tensor
    axes: tuple[tuple[Expr, Expr], ...] = ()
    kind: Kind = Kind.REAL

    @property
    def sizes(self) -> tuple[Expr, ...]:
        """The lengths of its axes."""
        return tuple(upper - lower + 1 for lower, upper in self.axes)


@dataclass(frozen=True)
class Statement:
    """``target[indices] = expression``, or a reduction of it over `index`.

    Parameters
    ----------
    target
        A `Symbol` (one number a batch element), a `Tensor` entry's family, or an `Index`-like integer symbol
        for the place of a maximum.
    indices
        The loops: the target has one axis an index, in this order.
    expression
        Over arguments, earlier targets, the loop indices and (in a reduction) `index`.
    reduction, index
        How `index` is folded away; None where nothing is.
    excluding
        In a sum or a product: the one value of `index` that is left out (an integer argument or an earlier
        place of a maximum), or None.
    integer
        Is the value an index? (The place of a maximum.)
    """

    target: Symbol | Tensor
    indices: tuple[Index, ...]
    expression: Expr
    reduction: Reduction | None = None
    index: Index | None = None
    excluding: Expr | None = None
    integer: bool = False

    @property
    def name(self) -> str:
        """The target's name."""
        return self.target.name

    @property
    def leaves_out_its_own(self) -> bool:
        """Is it the product of all factors but one, for each one in turn?"""
        loops = self.indices
        return (
            self.reduction is Reduction.PRODUCT
            and self.index is not None
            and bool(loops)
            and self.excluding == loops[-1]
            and (loops[-1].lower, loops[-1].upper) == (self.index.lower, self.index.upper)
            and loops[-1] not in free_names(self.expression)
        )

    @property
    def reference(self) -> Expr:
        """The target at its own indices, as later statements write it."""
        return self.target[self.indices] if isinstance(self.target, Tensor) else self.target

    def value(self) -> Expr:
        """The term that the statement stands for, over what its expression refers to."""
        if self.reduction is None:
            return self.expression
        assert self.index is not None
        bound = fresh_index(self.index.name)
        body = substitute(self.expression, {self.index: bound})
        limits = (bound, self.index.lower, self.index.upper)
        if self.reduction is Reduction.ARGMAX:
            return Argmax(Vec(body, limits))
        if self.reduction is Reduction.MAX:
            return IndexedMax(body, limits)
        if self.reduction is Reduction.MIN:
            return IndexedMin(body, limits)
        neutral = Integer(0) if self.reduction is Reduction.SUM else Integer(1)
        if self.excluding is not None:
            body = Select(Eq(bound, self.excluding), neutral, body)
        folded: Expr = (Sum if self.reduction is Reduction.SUM else Product)(body, limits)
        return folded


@dataclass(frozen=True)
class Kernel:
    """A function of one batch element: arguments, statements, results.

    Parameters
    ----------
    name
        The function's name in generated code.
    arguments
        In calling order.
    statements
        In an order in which every name stands before its use.
    outputs
        Result's name → the target that holds it: a `Symbol` or a `Tensor` of a statement.
    """

    name: str
    arguments: tuple[Argument, ...]
    statements: tuple[Statement, ...]
    outputs: tuple[tuple[str, Symbol | Tensor], ...]

    @property
    def dimensions(self) -> tuple[Dim, ...]:
        """The dimensions that the arguments tell, by name: lengths of arrays, not the range of a label."""
        arrays = (argument for argument in self.arguments if argument.kind is not Kind.INDEX)
        sizes = [size for argument in arrays for size in argument.sizes]
        return _by_name(sizes)

    @property
    def named_dimensions(self) -> tuple[Dim, ...]:
        """The dimensions that the statements name."""
        terms: list[Expr] = []
        for statement in self.statements:
            loops = [*statement.indices, *([] if statement.index is None else [statement.index])]
            terms += [statement.expression, *(bound for loop in loops for bound in (loop.lower, loop.upper))]
        return _by_name(terms)

    def statement(self, target: Symbol | Tensor) -> Statement:
        """The statement that computes a target."""
        return next(s for s in self.statements if s.target == target)

    def terms(self) -> dict[str, Expr]:
        """Each result as one term over the arguments: every statement put back where it is used.

        The loops of a result's statement are its free indices. What the kernel means is what these mean; they
        are compared with the formula that the kernel was made from.
        """
        values: dict[Any, Any] = {}
        for statement in self.statements:
            value = substitute(statement.value(), values)
            if isinstance(statement.target, Tensor):
                places = {index: fresh_index(index.name) for index in statement.indices}
                limits = [(places[index], index.lower, index.upper) for index in statement.indices]
                values[statement.target] = Vec(substitute(value, places), *limits)
            else:
                values[statement.target] = value
        return {name: substitute(self.statement(target).reference, values) for name, target in self.outputs}


def _by_name(terms: Iterable[Expr]) -> tuple[Dim, ...]:
    found: set[Dim] = set().union(*map(dimensions, terms))
    return tuple(sorted(found, key=str))
