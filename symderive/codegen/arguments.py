"""What a kernel is given: the families, integers and scalars that its terms hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr, Indexed, Symbol

from symderive.codegen.kernel import Argument, Kind
from symderive.codegen.primitives import Primitive
from symderive.terms import Dim, Index, Operation, Tensor, free_names, walk

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
