"""Does a term depend on a variable? Through definitions too, which a look at the free names would miss."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Basic, Expr, Indexed, Symbol

from symderive.terms import Apply, Definition, Tensor, free_names

__all__ = ["depends", "free_body_names", "label"]


def label(variable: Expr) -> Symbol:
    """The name that a variable of differentiation belongs to: ``x`` for ``x[k]``."""
    if isinstance(variable, Indexed):
        name: Symbol = variable.base.label
        return name
    if isinstance(variable, Apply):
        head: Symbol = variable.args[0]
        return head
    assert isinstance(variable, Symbol)
    return variable


def depends(term: Expr, variable: Expr, definitions: Mapping[str, Definition]) -> bool:
    """May the value of `term` change with `variable`? A function by name without a definition may."""
    return _depends(term, label(variable), definitions, frozenset())


def _depends(term: Basic, name: Symbol, definitions: Mapping[str, Definition], seen: frozenset[str]) -> bool:
    if not isinstance(term, Apply):
        if not term.args:
            return term == name
        if name in free_names(term):
            return True
        return any(_depends(arg, name, definitions, seen) for arg in term.args)
    if term.args[0] == name:
        return True
    if any(_depends(arg, name, definitions, seen) for arg in term.arguments):
        return True
    definition = definitions.get(term.head)
    if definition is None:
        return not term.arguments
    return name in free_body_names(definition, definitions, seen)


def free_body_names(
    definition: Definition, definitions: Mapping[str, Definition], seen: frozenset[str] = frozenset()
) -> frozenset[Symbol]:
    """The names that a definition's body holds beyond its parameters, those of definitions in it included."""
    if definition.head in seen:
        return frozenset()
    own = {
        parameter.label if isinstance(parameter, Tensor) else parameter for parameter in definition.parameters
    }
    names = set(free_names(definition.body))
    inside = seen | {definition.head}
    for name in list(names):
        inner = definitions.get(str(name))
        if inner is not None:
            names |= free_body_names(inner, definitions, inside)
    return frozenset(names - own)
