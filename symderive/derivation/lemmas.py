"""What is known about a name: its derivative by each parameter, derived once and used at every place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sympy import Basic, Expr, Indexed, Symbol

from symderive.derivation.rewriting import Trace
from symderive.derivation.step import Step
from symderive.rules import Scope
from symderive.rules.chain_rules import plain_entry
from symderive.rules.dependence import label
from symderive.terms import (
    Apply,
    Definition,
    Index,
    Partial,
    Tensor,
    Vec,
    free_names,
    fresh_index,
    substitute,
    walk,
)

__all__ = ["Lemmas", "takes_families"]

Places = tuple[Expr, ...]


class Lemmas:
    """Derivatives of defined names, each derived when it is first asked for."""

    def __init__(self, derive: Callable[[Expr, Scope], Trace]) -> None:
        self._derive = derive
        self._known: dict[tuple[str, int, int], tuple[Trace, tuple[Index, ...]] | None] = {}

    def instance(self, node: Expr, scope: Scope) -> tuple[Expr, tuple[Step, ...]] | None:
        """The derivative at a node, ``∂s_i(x)/∂x_k`` or ``s_i^{(0,k)}(x)``, and the steps to it, or None."""
        found = _asked(node)
        if found is None:
            return None
        application, slot, place = found
        definition = scope.definitions.get(application.head)
        if definition is None or len(application.components) != len(definition.components):
            return None
        if len(application.arguments) != len(definition.parameters):
            return None
        families = [
            (parameter, argument)
            for parameter, argument in zip(definition.parameters, application.arguments, strict=True)
            if isinstance(parameter, Symbol) and _is_family(definition, parameter)
        ]
        if any(parameter != argument for parameter, argument in families):
            return None  # a family by another name: the definition says more
        key = (application.head, slot, len(place))
        if key not in self._known:
            self._known[key] = None  # a definition that leads back to itself has no lemma
            self._known[key] = self._prove(definition, slot, node, place, scope)
        known = self._known[key]
        if known is None:
            return None
        trace, index = known
        mapping: dict[Any, Any] = {
            parameter: argument
            for parameter, argument in zip(definition.parameters, application.arguments, strict=True)
            if parameter != argument
        }
        mapping.update(zip(definition.components, application.components, strict=True))
        mapping.update(zip(index, place, strict=True))
        return substitute(trace.line, mapping), _instantiated(trace.steps, mapping)

    def _prove(
        self, definition: Definition, slot: int, node: Expr, place: Places, scope: Scope
    ) -> tuple[Trace, tuple[Index, ...]] | None:
        parameter = definition.parameters[slot]
        ranges = _ranges(parameter, place, scope)
        if ranges is None:
            return None
        taken = {name.name for name in _names(definition)}
        index: list[Index] = []
        for lower, upper in ranges:
            name = next(letter for letter in _letters() if letter not in taken)
            taken.add(name)
            index.append(Index(name, upper, lower))
        variable: Expr = parameter
        if isinstance(parameter, Tensor):
            variable = parameter[tuple(index)]
        elif index:
            # A bare name that stands for a family or a function: the variable is an entry of it.
            if not isinstance(node, Partial):
                return None
            entry = node.wrt[0]
            if isinstance(entry, Indexed):
                variable = entry.func(entry.base, *index)
            else:
                variable = Apply(entry.args[0], entry.arguments, tuple(index), entry.derivatives)
        statement = Partial(
            Apply(definition.head, tuple(_own(p) for p in definition.parameters), definition.components),
            variable,
        )
        # Hypotheses of the document are about its names, and a lemma's parameters are names of its own.
        trace = self._derive(statement, replace(scope, hypotheses=(), ranges={}))
        if not trace.steps or any(isinstance(inner, Partial) for inner in walk(trace.line)):
            return None
        return trace, tuple(index)


def _ranges(parameter: Any, place: Places, scope: Scope) -> tuple[tuple[Expr, Expr], ...] | None:
    """The ranges of the indices of the entry that a lemma differentiates by."""
    if isinstance(parameter, Tensor):
        return parameter.ranges
    found = [scope.range_of(index) for index in place]
    return None if None in found else tuple(limits for limits in found if limits is not None)


def _asked(node: Expr) -> tuple[Apply, int, Places] | None:
    """The application, the slot and the entry that a node asks the derivative by."""
    if isinstance(node, Apply):
        first, *rest = node.derivatives
        if rest:
            return None
        bare = Apply(node.args[0], node.arguments, node.components)
        return bare, int(first[0]), tuple(first[1:])
    if isinstance(node, Partial) and isinstance(node.term, Apply) and len(node.wrt) == 1:
        variable = node.wrt[0]
        slots = [n for n, a in enumerate(node.term.arguments) if label(variable) in free_names(a)]
        if node.term.derivatives or len(slots) != 1:
            return None
        place = plain_entry(node.term.arguments[slots[0]], variable)
        return None if place is None else (node.term, slots[0], place)
    return None


def _own(parameter: Any) -> Expr:
    """A parameter as an argument: a vector as the comprehension of its own entries."""
    if not isinstance(parameter, Tensor):
        assert isinstance(parameter, Expr)
        return parameter
    indices = [fresh_index("j") for _ in parameter.ranges]
    limits = [(i, lower, upper) for i, (lower, upper) in zip(indices, parameter.ranges, strict=True)]
    return Vec(parameter[tuple(indices)], *limits)


def takes_families(definition: Definition) -> bool:
    """Does a parameter stand for a family or a function by its bare name? No chain rule goes through it."""
    return any(isinstance(p, Symbol) and _is_family(definition, p) for p in definition.parameters)


def _is_family(definition: Definition, parameter: Symbol) -> bool:
    """Does a parameter by its bare name stand for a family of numbers, or for a function?"""
    return any(
        (isinstance(node, Apply) and node.head == parameter.name)
        or (isinstance(node, Indexed) and str(node.base) == parameter.name)
        for node in walk(definition.body)
    )


def _names(definition: Definition) -> set[Symbol]:
    names = set(free_names(definition.body)) | set(definition.components)
    for node in walk(definition.body):
        if isinstance(node, Symbol):
            names.add(node)
    return names


def _letters() -> Iterable[str]:
    yield from "kjlmnipqrstuvwabcdefgh"
    number = 0
    while True:
        number += 1
        yield f"k{number}"


def _instantiated(steps: Iterable[Step], mapping: dict[Any, Any]) -> tuple[Step, ...]:
    """Steps with the lemma's names replaced; the steps that say nothing any more are left out."""

    def change(term: Any) -> Any:
        return substitute(term, mapping) if isinstance(term, Basic) else term

    made = []
    for step in steps:
        before, after = change(step.before), change(step.after)
        if before == after:
            continue
        # Substitution may rename what is bound: the piece that changed is then the whole line.
        made.append(
            replace(
                step,
                before=before,
                after=after,
                where=(),
                redex=before,
                contractum=after,
                ranges=(),
                about=change(step.about),
                verdict=None,
                steps=_instantiated(step.steps, mapping),
            )
        )
    return tuple(made)
