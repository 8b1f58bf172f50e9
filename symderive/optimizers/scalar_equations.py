"""Formulas of a document over families, as equations in one coordinate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Indexed, Symbol

from symderive.optimizers.recurrent_system import TIME, Unfit, at, gradient, gradient_nodes
from symderive.terms import (
    Apply,
    Definition,
    Index,
    Operation,
    Partial,
    Recurrence,
    Update,
    Vec,
    rebuild,
    substitute,
)

__all__ = ["Equation", "Stated", "read_equation", "step_letters", "stepwise"]


@dataclass(frozen=True)
class Stated:
    """A formula of a document that gives a name a value.

    Parameters
    ----------
    place
        Its number in the order of the document.
    section
        The section that it stands in.
    meaning
        What was read.
    """

    place: int
    section: int
    meaning: Definition | Recurrence | Update


@dataclass(frozen=True)
class Equation:
    """One formula, scalar: its name, and its body with other sequences as ``at(name, lag)``.

    `timeless` are names that it uses without a step: they have the value that they were given last.
    """

    name: str
    place: int
    section: int
    body: Expr
    assigned: bool
    timeless: frozenset[str]


def read_equation(item: Stated, letters: frozenset[str] = frozenset()) -> Equation | None:
    """A formula of a document in one coordinate; None where it has no such form.

    Parameters
    ----------
    item
        The formula.
    letters
        Letters that count steps in the document.
    """
    meaning = stepwise(item.meaning, letters)
    try:
        match meaning:
            case Recurrence():
                reader = _Reader(meaning.components, meaning.step, meaning.at - meaning.step)
                if not reader.offset.is_Integer:
                    return None
                # α_t = α √(1 − β^t): a number and a sequence of one name; its own step would be no recurrence
                own = {at(meaning.head, 0): Symbol(meaning.head, real=True)}
                body = reader.scalar(meaning.body).xreplace(own)
                return Equation(
                    meaning.head, item.place, item.section, body, False, frozenset(reader.timeless)
                )
            case Definition():
                if meaning.parameters:
                    return None
                reader = _Reader(meaning.components, None, None)
                body = reader.scalar(meaning.body)
                assigned = False
                name = meaning.head
            case Update():
                name, components = _target(meaning.target)
                reader = _Reader(components, None, None)
                body = reader.scalar(meaning.body)
                assigned = True
            case _:
                return None
    except (Unfit, TypeError, ValueError, AttributeError):
        return None
    return Equation(name, item.place, item.section, body, assigned, frozenset(reader.timeless))


def stepwise(
    meaning: Definition | Recurrence | Update, letters: frozenset[str] = frozenset()
) -> Definition | Recurrence | Update:
    """``x_k = y_{k−1} − …`` as what it is where its body shifts k: a recurrence, though not of its own.

    Parameters
    ----------
    meaning
        A definition, an assignment, or a recurrence already.
    letters
        Letters that other formulas shift: they count steps here, too.
    """
    match meaning:
        case Definition(parameters=(), components=(*rest, place)):
            head = meaning.head
        case Update(target=Indexed(indices=(*rest, place))):
            head = str(meaning.target.base.label)
        case Update(target=Apply(arguments=(), derivatives=(), components=(*rest, place))):
            head = meaning.target.head
        case _:
            return meaning
    steps = [name for name in place.free_symbols if isinstance(name, Index)]
    if len(steps) != 1 or not (place - steps[0]).is_Integer:
        return meaning
    (step,) = steps
    indices = [index for entry in meaning.body.atoms(Indexed) for index in entry.indices]
    indices += [index for entry in meaning.body.atoms(Apply) for index in entry.components]
    shifts = {index - place for index in indices if index.has(step)}
    if not all(shift.is_Integer for shift in shifts) or not (shifts - {0} or step.name in letters):
        return meaning
    return Recurrence(head, tuple(rest), step, place, meaning.body)


def step_letters(stated: Sequence[Stated]) -> frozenset[str]:
    """The letters that count steps in some formula."""
    found = (stepwise(item.meaning) for item in stated)
    return frozenset(meaning.step.name for meaning in found if isinstance(meaning, Recurrence))


def _target(target: Expr) -> tuple[str, tuple[Symbol, ...]]:
    if isinstance(target, Indexed):
        if not all(isinstance(index, Index) for index in target.indices):
            raise Unfit("one entry is assigned")
        return str(target.base.label), tuple(target.indices)
    if isinstance(target, Apply) and not target.arguments and not target.derivatives:
        return target.head, target.components
    if isinstance(target, Symbol):
        return target.name, ()
    raise Unfit("no name is assigned")


class _Reader:
    """Terms over families to terms over ``at(name, lag)``, in one coordinate."""

    def __init__(self, components: Iterable[Any], step: Symbol | None, offset: Any) -> None:
        self.components = tuple(components)
        self.step = step
        self.offset = offset
        self.timeless: set[str] = set()

    def scalar(self, term: Expr) -> Expr:
        body = self._term(term)
        if gradient_nodes(body) and any(isinstance(node, Vec) for node in body.atoms(Vec)):
            raise Unfit("a vector in a gradient")
        return body

    def _term(self, term: Any) -> Any:
        if self.step is not None and term == self.step:
            return TIME - self.offset
        match term:
            case Indexed():
                return self._entry(str(term.base.label), term.indices, term)
            case Apply():
                return self._applied(term)
            case Partial():
                return self._partial(term)
            case Operation():
                return self._term(term.unfold())
            case Index():
                return Symbol(term.name, integer=True, positive=True)
            case Symbol():
                return self._plain(term.name)
        if isinstance(term, Vec) or hasattr(term, "limits"):
            raise Unfit("a sum over coordinates")
        return rebuild(term, self._term)

    def _plain(self, name: str) -> Symbol:
        self.timeless.add(name)
        return at(name, 0)

    def _entry(self, name: str, indices: Sequence[Expr], term: Expr) -> Expr:
        """A value of a family: its indices are the coordinate and, perhaps, a step."""
        rest = list(indices)
        lag = None
        if self.step is not None:
            steps = [index for index in rest if index.has(self.step)]
            if len(steps) > 1:
                raise Unfit("two steps")
            if steps:
                (index,) = steps
                lag = self.offset - (index - self.step)
                if not lag.is_Integer:
                    raise Unfit("a step that is no shift")
                rest.remove(index)
        if not self._is_own(rest):
            if lag is None and len(rest) == 1 and isinstance(rest[0], Index):
                return Symbol(str(term), real=True)  # η_t in an assignment: some number
            raise Unfit("another coordinate")
        if lag is None:
            return self._plain(name)
        return at(name, int(lag))

    def _is_own(self, indices: Sequence[Expr]) -> bool:
        return not indices or tuple(indices) == self.components

    def _applied(self, term: Apply) -> Expr:
        if term.derivatives:
            if len(term.derivatives) > 1 or term.components:
                raise Unfit("a second derivative")
            slot, *places = term.derivatives[0]
            if places and not self._is_own(places):
                raise Unfit("the derivative by another coordinate")
            return gradient(term.head, self._point(term.arguments[int(slot)]))
        if not term.arguments:
            return self._entry(term.head, term.components, term)
        if len(term.arguments) == 1 and not term.components and isinstance(term.arguments[0], Symbol):
            return Symbol(str(term), real=True)  # a schedule η(t): some number
        raise Unfit("a function of the parameters")

    def _partial(self, term: Partial) -> Expr:
        if len(term.wrt) != 1:
            raise Unfit("a second derivative")
        (variable,) = term.wrt
        inner = term.term
        entry = self._term(variable)
        if isinstance(inner, Apply) and not inner.derivatives and not inner.components:
            points = [self._point(argument) for argument in inner.arguments]
            moving = [point for point in points if entry in point.free_symbols]
            # The derivative of J(θ − γv) by θ is the gradient of J at θ − γv: the point moves as θ does.
            if len(moving) != 1 or moving[0].diff(entry) != 1:
                raise Unfit("the derivative of a function of several points")
            return gradient(inner.head, moving[0])
        if isinstance(inner, Symbol):
            return gradient(inner.name, entry)
        raise Unfit("the derivative of a formula")

    def _point(self, argument: Expr) -> Expr:
        """Where a derivative is taken, in the coordinate in question."""
        if isinstance(argument, Vec):
            if len(argument.limits) != len(self.components):
                raise Unfit("a point of another shape")
            places = {
                limit[0]: component for limit, component in zip(argument.limits, self.components, strict=True)
            }
            argument = substitute(argument.body, places)
        return self._term(argument)
