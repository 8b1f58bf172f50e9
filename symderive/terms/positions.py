"""The places of a term: each node with what is in scope there and how to put another node in its stead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Basic, Expr, Indexed, KroneckerDelta, Piecewise, Symbol, Tuple

from symderive.terms.assembling import rebuild
from symderive.terms.free import free_indices, free_names
from symderive.terms.nodes import BINDERS, Apply, Iverson, Partial, Vec
from symderive.terms.operations import Operation
from symderive.terms.symbols import Index

__all__ = ["Place", "Scope", "free_scope", "places"]

#: The indices that may stand at a place, each with its range (None where it is unknown).
Scope = tuple[tuple[Symbol, Expr | None, Expr | None], ...]


@dataclass(frozen=True)
class Place:
    """One node of one side of a claim.

    Parameters
    ----------
    node
        What stands there.
    parent
        What it is an argument of; None for the whole side.
    scope
        The indices in scope: the free ones of the claim, then the bound ones around the place.
    put
        The whole side with another node in this place.
    side, other
        The whole side, and the other one.
    """

    node: Expr
    parent: Basic | None
    scope: Scope
    put: Callable[[Expr], Expr]
    side: Expr
    other: Expr

    @property
    def is_product(self) -> bool:
        """Does a whole product (or its only factor) stand here, rather than a factor of a larger one?"""
        return self.parent is None or not self.parent.is_Mul

    @property
    def is_vector(self) -> bool:
        """Is this the entry of a vector that is written as a whole: x in s(x)? Only its step can go wrong."""
        return isinstance(self.parent, Vec) and isinstance(self.node, Indexed)

    def like(self, index: Basic) -> list[Symbol]:
        """The other indices in scope with the range of this one."""
        own = next(((low, up) for name, low, up in self.scope if name == index), None)
        return [
            name
            for name, low, up in self.scope
            if name != index and own is not None and (None in (low, *own) or (low, up) == own)
        ]


def free_scope(*sides: Expr) -> Scope:
    """The free indices of a claim with their ranges, by name."""
    found = sorted(set().union(*(free_indices(side) for side in sides)), key=lambda index: str(index.name))
    return tuple(
        (index, index.lower, index.upper) if isinstance(index, Index) else (index, None, None)
        for index in found
        if not index.is_positive  # a dimension may stand in an index position, but nothing varies over it
    )


def places(side: Expr, other: Expr, scope: Scope) -> Iterator[Place]:
    """Every place of a side, from the whole side inwards, left to right."""

    def visit(node: Any, parent: Basic | None, inner: Scope, put: Callable[[Expr], Expr]) -> Iterator[Place]:
        yield Place(node, parent, inner, put, side, other)
        for slot, child, bound in _children(node):
            deeper = inner + bound

            def put_child(new: Expr, slot: int = slot) -> Expr:
                return put(_with_argument(node, slot, new))

            if isinstance(child, Tuple):
                # The arguments of an application: each stands one level deeper.
                for n, item in enumerate(child):

                    def put_item(new: Expr, slot: int = slot, n: int = n, child: Tuple = child) -> Expr:
                        return put(_with_argument(node, slot, Tuple(*child[:n], new, *child[n + 1 :])))

                    yield from visit(item, node, deeper, put_item)
            else:
                yield from visit(child, node, deeper, put_child)

    yield from visit(side, None, scope, lambda new: new)


def _children(node: Any) -> Iterator[tuple[int, Any, Scope]]:
    """The arguments of a node that are terms of their own, with the indices that it binds over them."""
    if not node.args or isinstance(node, (Indexed, KroneckerDelta, Iverson, Partial)):
        return
    if isinstance(node, BINDERS):
        bound = tuple((index, lower, upper) for index, lower, upper in node.args[1:])
        yield 0, node.args[0], bound
    elif isinstance(node, Apply):
        yield 1, node.args[1], ()
    elif isinstance(node, Operation):
        for slot, argument in enumerate(node.args[1:], start=1):
            if free_names(argument) and not argument.is_integer:
                yield slot, argument, ()
    elif isinstance(node, Piecewise):
        for slot, pair in enumerate(node.args):
            yield slot, pair.args[0], ()
    else:
        for slot, argument in enumerate(node.args):
            if isinstance(argument, Expr):
                yield slot, argument, ()


def _with_argument(node: Any, slot: int, new: Any) -> Any:
    if isinstance(node, Piecewise):
        pairs = [tuple(pair.args) for pair in node.args]
        pairs[slot] = (new, pairs[slot][1])
        return Piecewise(*pairs, evaluate=False)
    position = iter(range(len(node.args)))
    return rebuild(node, lambda arg: new if next(position) == slot else arg)
