"""The recurrences, assignments and helper definitions of a document as systems of sequences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from symderive.optimizers.recurrent_system import (
    GRADIENT_NAME,
    Equations,
    Form,
    at,
    forms,
    gradient_nodes,
    lagged,
)
from symderive.optimizers.scalar_equations import Equation, Stated, read_equation, step_letters

__all__ = ["Stated", "System", "systems"]


_MOST = 400


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


def systems(stated: Sequence[Stated]) -> Iterator[System]:
    """Each parameter's update with everything that it uses, in document order.

    Formulas that have no scalar form (sums over coordinates, other components) are left out, and with them
    the systems that need them.
    """
    letters = step_letters(stated[:_MOST])
    equations = [
        equation for item in stated[:_MOST] if (equation := read_equation(item, letters)) is not None
    ]
    for number, equation in enumerate(equations):
        if equation.name in _used(equation) or equation.assigned or _through_others(equation, equations):
            seen = set()
            for order in range(3):
                system = _system(number, equations, order)
                if system is not None:
                    key = tuple(sorted(system.places.items()))
                    if key not in seen:
                        seen.add(key)
                        yield system


def _through_others(equation: Equation, equations: Sequence[Equation]) -> bool:
    """Does another equation use this name: as ``x = y − …`` where y is ``x + …``?"""
    return any(equation.name in _used(other) for other in equations if other.name in _used(equation))


def _used(equation: Equation) -> set[str]:
    return {name for name, _ in lagged(equation.body).values()}


def _system(number: int, equations: Sequence[Equation], order: int) -> System | None:
    """The closure of one equation: each name by its nearest equation."""
    start = equations[number]
    chosen: dict[str, Equation] = {start.name: start}
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


def _nearest(name: str, number: int, equations: Sequence[Equation], order: int) -> Equation | None:
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
    ]
    if order == 1:
        groups[1], groups[2] = groups[2], groups[1]
    elif order == 2:  # what an earlier section says of a name may be of that section alone
        groups.pop()
    return next((equations[n] for group in groups for n in group), None)


def _timed(equation: Equation, chosen: dict[str, Equation]) -> Expr:
    """With the step of each name that is used without one: what is assigned later has its old value."""
    changes = {}
    for name in equation.timeless:
        other = chosen.get(name)
        old = other is not None and other.place >= equation.place and other.assigned
        if old:
            changes[at(name, 0)] = at(name, 1)
    return equation.body.xreplace(changes)
