"""What a kernel is given: the families, integers and scalars that its terms hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sympy import Basic, Expr, Indexed, IndexedBase, Symbol

from symderive.codegen.kernel import Argument, Kind
from symderive.codegen.primitives import Primitive
from symderive.terms import Dim, Index, Operation, Tensor, free_names, walk
from symderive.terms.remembering import remembered

__all__ = ["NotLowered", "arguments_of"]


class NotLowered(ValueError):
    """A term that no kernel computes: an unspecified function, a sum without an end."""


def arguments_of(terms: Iterable[Expr], inputs: Sequence[Symbol] = ()) -> tuple[Argument, ...]:
    """The arguments that terms need: families first, then scalars, then integer inputs, each by name.

    Parameters
    ----------
    terms
        What is to be computed.
    inputs
        Free indices that the caller gives (a class label), not axes of the result.

    Raises
    ------
    NotLowered
        For a family without ranges, or an integer that nothing gives.
    ValueError
        For one name of a family and of a scalar.
    """
    families: dict[str, Argument] = {}
    scalars: dict[str, Argument] = {}
    for term in terms:
        labels = set()
        for node in walk(term):
            if isinstance(node, (Primitive, Operation)):
                labels.add(node.args[0])
            if isinstance(node, Indexed):
                base = node.base
                if not isinstance(base, Tensor) or not base.ranges:
                    raise NotLowered(f"{base} has no ranges: declare it by Vector, Matrix or Tensor")
                families[base.name] = Argument(base.name, base, base.ranges)
                labels.add(base.label)
        for label in sorted(labels & _standing_alone(term), key=str):
            raise ValueError(f"{label} is a scalar and a family of numbers: give one of them another name")
        for name in free_names(term) - labels:
            if isinstance(name, (Dim, Index)) or name in inputs:
                continue
            if name.is_integer and not isinstance(name, Index):
                raise NotLowered(f"{name} is an integer that nothing gives a value")
            scalars[name.name] = Argument(name.name, name)
    integers = [
        Argument(index.name, index, ((index.lower, index.upper),), Kind.INDEX)
        for index in inputs
        if isinstance(index, Index)
    ]
    return (
        *(families[name] for name in sorted(families)),
        *integers,
        *(scalars[name] for name in sorted(scalars)),
    )


@remembered(maxsize=5_000)
def _standing_alone(term: Basic) -> frozenset[Any]:
    """The names that stand in a term as numbers, not as the name of a family or of an operation."""
    if isinstance(term, Symbol):
        return frozenset((term,))
    if isinstance(term, IndexedBase):
        return frozenset()
    inner = term.args[1:] if isinstance(term, (Primitive, Operation)) else term.args
    return frozenset().union(*map(_standing_alone, inner))
