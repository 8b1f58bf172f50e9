"""Replacing names by what they stand for: definitions and named operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Expr, Symbol

from symderive.terms.assembling import rebuild
from symderive.terms.calculus import differentiate
from symderive.terms.claim import Definition
from symderive.terms.nodes import Apply, Partial, Vec
from symderive.terms.operations import Operation
from symderive.terms.substitution import freshen, substitute
from symderive.terms.symbols import Tensor, fresh_index

__all__ = ["CircularDefinition", "MisusedDefinition", "unfold"]

_DEPTH = 64


class MisusedDefinition(ValueError):
    """A defined name is applied to something else than its definition takes."""


class CircularDefinition(ValueError):
    """A definition leads back to its own head."""


def unfold(
    term: Expr, definitions: Iterable[Definition] = (), *, operations: bool = True, derivatives: bool = True
) -> Expr:
    """`term` with every defined name replaced by its definition.

    Parameters
    ----------
    term
        Any term.
    definitions
        The definitions in force; of two with one head the later one counts.
    operations
        Unfold named operations too.
    derivatives
        Carry out `Partial` nodes (after unfolding what they differentiate).

    Raises
    ------
    CircularDefinition
        When a definition leads back to its own head.
    """
    table = {definition.head: definition for definition in definitions}
    return _Unfolding(table, operations, derivatives).of(term, 0)


class _Unfolding:
    """One unfolding at work; a part that occurs again is unfolded once, to one and the same term."""

    def __init__(self, table: Mapping[str, Definition], operations: bool, derivatives: bool) -> None:
        self.table, self.operations, self.derivatives = table, operations, derivatives
        self.done: dict[Any, Any] = {}

    def of(self, term: Any, depth: int) -> Any:
        """The term unfolded, where `depth` definitions led to it."""
        if not term.args:
            return term
        if depth > _DEPTH:
            raise CircularDefinition(
                "a definition leads back to its own head: " + ", ".join(sorted(self.table))
            )
        found = self.done.get(term)
        if found is None:
            found = self.done[term] = self._unfolded(term, depth)
        return found

    def _unfolded(self, term: Any, depth: int) -> Any:
        if isinstance(term, Apply) and term.head in self.table:
            return self.of(_instance(term, self.table, self.table[term.head]), depth + 1)
        if isinstance(term, Operation) and self.operations:
            return self.of(freshen(term.unfold()), depth + 1)
        if isinstance(term, Partial) and self.derivatives:
            return self._derivative(term, depth)
        return rebuild(term, lambda inner: self.of(inner, depth))

    def _derivative(self, term: Partial, depth: int) -> Any:
        # A variable such as q(x)_j is itself while it is differentiated by, even where q has a definition.
        kept = {variable.head for variable in term.wrt if isinstance(variable, Apply)}
        if kept & self.table.keys():
            rest = {head: definition for head, definition in self.table.items() if head not in kept}
            partly = _Unfolding(rest, self.operations, self.derivatives).of(term, depth + 1)
            return self.of(partly, depth)
        inner = self.of(term.term, depth)
        if isinstance(inner, Apply) and not inner.arguments:
            return differentiate(inner, *term.wrt)
        return self.of(differentiate(inner, *term.wrt), depth + 1)


def _instance(term: Apply, table: Mapping[str, Definition], definition: Definition) -> Expr:
    """The body of a definition at the arguments and components of one application."""
    if len(term.components) != len(definition.components) or (
        len(term.arguments) != len(definition.parameters)
    ):
        raise MisusedDefinition(
            f"{term.head} is defined with {len(definition.parameters)} arguments and "
            f"{len(definition.components)} indices, but used with {len(term.arguments)} and "
            f"{len(term.components)}"
        )
    # Names of our own for the head's indices: the indices of a derivative come from the place of use, and
    # may be called like them.
    own = {index: fresh_index(index.name) for index in definition.components}
    body = substitute(freshen(definition.body), own)
    mapping: dict[Any, Any] = {own[i]: c for i, c in zip(definition.components, term.components, strict=True)}
    for derivative in term.derivatives:
        parameter = definition.parameters[int(derivative[0])]
        variable = parameter
        if isinstance(parameter, Tensor):
            places = [fresh_index("k") for _ in derivative[1:]]
            mapping.update(zip(places, derivative[1:], strict=True))
            variable = parameter[tuple(places)]
        body = differentiate(_Unfolding(table, True, True).of(body, 1), variable)
    for parameter, argument in zip(definition.parameters, term.arguments, strict=True):
        if isinstance(parameter, Tensor):
            if not isinstance(argument, Vec):
                raise MisusedDefinition(
                    f"{term.head} takes a vector {parameter.name}, but is given {argument}"
                )
            mapping[parameter] = argument
        else:
            mapping[parameter] = argument
            if isinstance(argument, Symbol):
                # A function parameter: KL(p, q) whose body applies p.
                mapping[Symbol(parameter.name, real=True)] = Symbol(argument.name, real=True)
    return substitute(body, mapping)
