"""Replacing names by what they stand for: definitions and named operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Basic, Expr, Symbol

from symderive.terms.calculus import differentiate
from symderive.terms.claim import Definition
from symderive.terms.nodes import Apply, Partial, Vec
from symderive.terms.operations import Operation
from symderive.terms.substitution import freshen, rebuild, substitute
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
    return _unfold(term, table, operations, derivatives, 0)


def _unfold(
    term: Any, table: Mapping[str, Definition], operations: bool, derivatives: bool, depth: int
) -> Any:
    if not term.args:
        return term
    if depth > _DEPTH:
        raise CircularDefinition("a definition leads back to its own head: " + ", ".join(sorted(table)))

    def again(inner: Basic) -> Any:
        return _unfold(inner, table, operations, derivatives, depth)

    if isinstance(term, Apply) and term.head in table:
        return _unfold(_instance(term, table, table[term.head]), table, operations, derivatives, depth + 1)
    if isinstance(term, Operation) and operations:
        return _unfold(freshen(term.unfold()), table, operations, derivatives, depth + 1)
    if isinstance(term, Partial) and derivatives:
        # A variable such as q(x)_j is itself while it is differentiated by, even where q has a definition.
        kept = {variable.head for variable in term.wrt if isinstance(variable, Apply)}
        if kept & table.keys():
            rest = {head: definition for head, definition in table.items() if head not in kept}
            return again(_unfold(term, rest, operations, derivatives, depth + 1))
        inner = _unfold(term.term, table, operations, derivatives, depth)
        return (
            _unfold(differentiate(inner, *term.wrt), table, operations, derivatives, depth + 1)
            if (not isinstance(inner, Apply) or inner.arguments)
            else differentiate(inner, *term.wrt)
        )
    return rebuild(term, again)


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
        body = differentiate(_unfold(body, table, True, True, 1), variable)
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
