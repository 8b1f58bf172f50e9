"""The recurrences, assignments and helper definitions of a document as systems of sequences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Indexed, Symbol

from symderive.optimizers.recurrent_system import (
    GRADIENT_NAME,
    TIME,
    Equations,
    Form,
    Unfit,
    at,
    forms,
    gradient,
    gradient_nodes,
    lagged,
)
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

__all__ = ["Stated", "System", "Unfit", "systems"]

_MOST = 400


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
class System:
    """The equations that belong to one update of one parameter, and where each stands."""

    equations: Equations
    places: dict[str, int]
    inputs: tuple[str, ...]  # sequences that no formula defines
    constants: tuple[str, ...]  # names without a step that no formula defines
    assigned: bool  # is a value assigned: then a gradient, too, may stand without a step

    @property
    def place(self) -> int:
        """Where the parameter is updated."""
        return self.places[self.equations.parameter]

    @property
    def has_gradient(self) -> bool:
        """Is a gradient written out?"""
        return any(gradient_nodes(body) for body in self.equations.bodies.values())

    @property
    def is_gradient_point(self) -> bool:
        """Is the gradient taken at the parameter, or at a point that moves as it does (θ − γv)?"""
        nodes = {node for body in self.equations.bodies.values() for node in gradient_nodes(body)}
        return any(
            name == self.equations.parameter and node.args[0].diff(symbol) == 1
            for node in nodes
            for symbol, (name, _) in lagged(node).items()
        )

    def forms(self) -> Iterator[Form]:
        """Its forms, for each name that may be the gradient."""
        yield from (_with_schedules(form) for form in self._forms())

    def _forms(self) -> Iterator[Form]:
        if self.has_gradient:
            yield from forms(self.equations)
            return
        for name in self.inputs:
            yield from forms(self.equations, (name,))
        for name in self.constants if self.assigned else ():
            renamed = {Symbol(name, real=True): at(name, 0)}
            bodies = {owner: body.xreplace(renamed) for owner, body in self.equations.bodies.items()}
            yield from forms(Equations(self.equations.parameter, bodies), (name,))


def _with_schedules(form: Form) -> Form:
    """With the values of sequences that nothing defines as numbers: a learning rate that changes."""
    own = {form.parameter, *form.states, GRADIENT_NAME}

    def named(body: Expr) -> Expr:
        return body.xreplace(
            {
                symbol: Symbol(f"{name}(n{-lag:+d})" if lag else f"{name}(n)", real=True)
                for symbol, (name, lag) in lagged(body).items()
                if name not in own
            }
        )

    return replace(
        form,
        kept={name: named(body) for name, body in form.kept.items()},
        opened={name: named(body) for name, body in form.opened.items()},
        point=None if form.point is None else named(form.point),
    )


@dataclass(frozen=True)
class _Equation:
    """One formula, scalar: its name, and its body with other sequences as ``at(name, lag)``.

    `timeless` are names that it uses without a step: they have the value that they were given last.
    """

    name: str
    place: int
    section: int
    body: Expr
    assigned: bool
    timeless: frozenset[str]


def systems(stated: Sequence[Stated]) -> Iterator[System]:
    """Each parameter's update with everything that it uses, in document order.

    Formulas that have no scalar form (sums over coordinates, other components) are left out, and with them
    the systems that need them.
    """
    equations = [equation for item in stated[:_MOST] if (equation := _read(item)) is not None]
    for number, equation in enumerate(equations):
        if equation.name in _used(equation) or equation.assigned or _through_others(equation, equations):
            seen = set()
            for order in (0, 1):
                system = _system(number, equations, order)
                if system is not None:
                    key = tuple(sorted(system.places.items()))
                    if key not in seen:
                        seen.add(key)
                        yield system


def _through_others(equation: _Equation, equations: Sequence[_Equation]) -> bool:
    """Does another equation use this name: as ``x = y − …`` where y is ``x + …``?"""
    return any(equation.name in _used(other) for other in equations if other.name in _used(equation))


def _used(equation: _Equation) -> set[str]:
    return {name for name, _ in lagged(equation.body).values()}


def _system(number: int, equations: Sequence[_Equation], order: int) -> System | None:
    """The closure of one equation: each name by its nearest equation."""
    start = equations[number]
    chosen: dict[str, _Equation] = {start.name: start}
    waiting = [start]
    while waiting:
        for name in sorted(_used(waiting.pop())):
            if name not in chosen:
                found = _nearest(name, number, equations, order)
                if found is not None:
                    chosen[name] = found
                    waiting.append(found)
    bodies = {}
    for name, equation in chosen.items():
        bodies[name] = _timed(equation, chosen)
    unknown = {name for body in bodies.values() for name, _ in lagged(body).values()} - set(bodies)
    timed = {
        name
        for owner, body in bodies.items()
        for name, _ in lagged(body).values()
        if name in unknown and name not in chosen[owner].timeless
    }
    constants = unknown - timed
    plain = {at(name, 0): Symbol(name, real=True) for name in constants}
    return System(
        Equations(start.name, {name: body.xreplace(plain) for name, body in bodies.items()}),
        {name: equation.place for name, equation in chosen.items()},
        tuple(sorted(timed)),
        tuple(sorted(constants)),
        any(equation.assigned for equation in chosen.values()),
    )


def _nearest(name: str, number: int, equations: Sequence[_Equation], order: int) -> _Equation | None:
    """The equation of a name that an update means: of its section, of its own stretch between two updates
    of the same parameter, else the last one before it.
    """
    start = equations[number]
    own = [n for n, equation in enumerate(equations) if equation.name == start.name]
    before = max((n for n in own if n < number), default=-1)
    after = min((n for n in own if n > number), default=len(equations))
    places = [n for n, equation in enumerate(equations) if equation.name == name]
    here = [n for n in places if equations[n].section == start.section]
    groups = [
        [n for n in reversed(here) if before < n < number],
        [n for n in here if number < n < after],
        [n for n in reversed(places) if n < number],
        [n for n in places if n > number],
    ]
    if order:
        groups[1], groups[2] = groups[2], groups[1]
    return next((equations[n] for group in groups for n in group), None)


def _timed(equation: _Equation, chosen: dict[str, _Equation]) -> Expr:
    """With the step of each name that is used without one: what is assigned later has its old value."""
    changes = {}
    for name in equation.timeless:
        other = chosen.get(name)
        old = other is not None and other.place >= equation.place and other.assigned
        if old:
            changes[at(name, 0)] = at(name, 1)
    return equation.body.xreplace(changes)


# --- from terms to scalar equations ---


def _read(item: Stated) -> _Equation | None:
    meaning = item.meaning
    try:
        match meaning:
            case Recurrence():
                reader = _Reader(meaning.components, meaning.step, meaning.at - meaning.step)
                if not reader.offset.is_Integer:
                    return None
                body = reader.scalar(meaning.body)
                return _Equation(
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
    return _Equation(name, item.place, item.section, body, assigned, frozenset(reader.timeless))


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
            if not self._is_own(term.components):
                raise Unfit("another coordinate")
            return self._plain(term.head)
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
