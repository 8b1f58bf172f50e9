"""A system of recurrences in one form for documents and for rules: equations of sequences with lags.

Every quantity that changes from step to step is a sequence; ``at(name, lag)`` is its value `lag` steps
before the step that is being made: ``at(v, 0)`` is the new value, ``at(v, 1)`` the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

from sympy import Expr, Function, Symbol
from sympy.core.function import AppliedUndef

__all__ = [
    "GRADIENT_NAME",
    "TIME",
    "Equations",
    "Form",
    "Unfit",
    "as_written",
    "at",
    "forms",
    "gradient",
    "gradient_nodes",
    "is_gradient",
    "lagged",
    "shifted",
    "split",
]

#: The number of the step that is being made, where a formula names it: β₁ⁿ.
TIME = Symbol("·n", integer=True, positive=True)
_MARK = "·"
_MOST_SEQUENCES = 12
_LONGEST_LAG = 4


class Unfit(Exception):
    """A system that has no such form: nothing is said about it."""


@lru_cache(maxsize=4096)
def at(name: str, lag: int) -> Symbol:
    """The value of a sequence `lag` steps ago."""
    return Symbol(f"{_MARK}{name}{_MARK}{lag}", real=True)


def split(symbol: Symbol) -> tuple[str, int] | None:
    """The name and lag of a value of a sequence; None for any other name."""
    text = symbol.name
    if not text.startswith(_MARK) or symbol == TIME:
        return None
    name, _, lag = text[1:].rpartition(_MARK)
    return (name, int(lag)) if name else None


def lagged(term: Expr) -> dict[Symbol, tuple[str, int]]:
    """The values of sequences in a term."""
    found = {}
    for symbol in term.free_symbols:
        parts = split(symbol) if isinstance(symbol, Symbol) else None
        if parts is not None:
            found[symbol] = parts
    return found


def shifted(term: Expr, steps: int) -> Expr:
    """A term as it was `steps` steps earlier."""
    if steps == 0:
        return term
    changes = {symbol: at(name, lag + steps) for symbol, (name, lag) in lagged(term).items()}
    return term.xreplace({**changes, TIME: TIME - steps})


def gradient(function: str, point: Expr) -> Expr:
    """The derivative of a function by the coordinate in question, at a point."""
    return Function(f"{_MARK}grad {function}", real=True)(point)


def is_gradient(term: Expr) -> bool:
    """Is this node `gradient`?"""
    return isinstance(term, AppliedUndef) and str(term.func).startswith(f"{_MARK}grad ")


def gradient_nodes(term: Expr) -> set[Expr]:
    """The gradients in a term."""
    return {node for node in term.atoms(AppliedUndef) if is_gradient(node)}


@dataclass(frozen=True)
class Equations:
    """One equation a sequence: its new value in terms of other values.

    Parameters
    ----------
    parameter
        The sequence that the method is about.
    bodies
        Name of a sequence → its value ``at(name, 0)``.
    """

    parameter: str
    bodies: Mapping[str, Expr]

    def without_helpers(self) -> Equations:
        """With every sequence put in that does not depend on its own past."""
        bodies = dict(self.bodies)
        for _ in range(_MOST_SEQUENCES):
            helper = next(
                (name for name in bodies if name != self.parameter and not _names_itself(name, bodies)), None
            )
            if helper is None:
                break
            body = bodies.pop(helper)
            bodies = {name: _put_in(term, {helper: body}) for name, term in bodies.items()}
        reached = _reached(self.parameter, bodies)
        return replace(self, bodies={name: bodies[name] for name in sorted(bodies) if name in reached})

    def moved(self, shifts: Mapping[str, int]) -> Equations:
        """Re-indexed: the sequence ``v`` becomes ``w(n) = v(n − shift)``."""
        bodies = {}
        for name, body in self.bodies.items():
            own = shifts.get(name, 0)
            term = shifted(body, own)
            bodies[name] = term.xreplace(
                {s: at(other, lag - shifts.get(other, 0)) for s, (other, lag) in lagged(term).items()}
            )
        return replace(self, bodies=bodies)


@dataclass(frozen=True)
class Form:
    """Equations over old values alone, with the gradient as a sequence of its own.

    Parameters
    ----------
    parameter
        The sequence that the method is about.
    states
        The other sequences that remember.
    kept
        Equations as they stand: new values of states may occur.
    opened
        The same with new values put in: every value of a sequence in them is an old one.
    gradient
        The name of the gradient's sequence; None where none was chosen.
    point
        Where the gradient is taken, in old values; None where nothing says so.
    """

    parameter: str
    states: tuple[str, ...]
    kept: Mapping[str, Expr]
    opened: Mapping[str, Expr]
    gradient: str
    point: Expr | None


#: The gradient's sequence in a form: no name that a document could give a sequence of its own.
GRADIENT_NAME = "∇"


def forms(system: Equations, gradients: Iterable[str] = ()) -> Iterator[Form]:
    """The forms of a system that differ in how its sequences are counted: new values or old ones.

    Parameters
    ----------
    system
        The equations.
    gradients
        Names of sequences without an equation that may be the gradient, where none is written out.
    """
    system = system.without_helpers()
    if len(system.bodies) > _MOST_SEQUENCES:
        return
    states = tuple(name for name in system.bodies if name != system.parameter)
    if len(states) > 4:
        return
    seen: set[tuple[tuple[str, Expr], ...]] = set()
    for choice in product((0, 1), repeat=len(states)):
        try:
            moved = _anchored(system, dict(zip(states, choice, strict=True)))
            for form in as_written(moved, states, gradients):
                key = (*sorted(form.opened.items(), key=lambda item: item[0]), ("", form.point or TIME))
                if key not in seen:
                    seen.add(key)
                    yield form
        except Unfit:
            continue


def _anchored(system: Equations, newest: Mapping[str, int]) -> Equations:
    """Re-indexed so that the newest value of each state that is used by what comes before it is new (0)
    or old (1), level by level from the parameter on.
    """
    placed = {system.parameter: 0}
    level = [system.parameter]
    while level:
        seen: dict[str, int] = {}
        for name in level:
            body = system.bodies[name]
            for other, lag in lagged(body).values():
                if other in newest and other not in placed:
                    used = lag + placed[name]
                    seen[other] = min(seen.get(other, used), used)
        for other, used in seen.items():
            placed[other] = used - newest[other]
        level = list(seen)
    return system.moved(placed)


def as_written(system: Equations, states: tuple[str, ...], gradients: Iterable[str] = ()) -> Iterator[Form]:
    """The form of a system whose sequences are counted as they are: one a name that may be the gradient."""
    opened = _opened(system)
    nodes = set().union(*(gradient_nodes(body) for body in opened.values()))
    if nodes:
        # With gradients written out, a point may hold new values: those are opened, too.
        yield _with_written_gradient(system, states, opened, nodes)
        return
    for name in gradients:
        lags = [lag for body in opened.values() for other, lag in lagged(body).values() if other == name]
        if not lags:
            continue
        least = min(lags)
        renamed = {
            key: {owner: _renamed_gradient(body, name, least) for owner, body in bodies.items()}
            for key, bodies in (("kept", system.bodies), ("opened", opened))
        }
        yield Form(system.parameter, states, renamed["kept"], renamed["opened"], name, None)


def _renamed_gradient(body: Expr, name: str, least: int) -> Expr:
    return body.xreplace(
        {s: at(GRADIENT_NAME, lag - least) for s, (other, lag) in lagged(body).items() if other == name}
    )


def _with_written_gradient(
    system: Equations, states: tuple[str, ...], opened: Mapping[str, Expr], nodes: set[Expr]
) -> Form:
    """All gradients as values of one sequence: each is the newest one, some steps earlier."""
    places: dict[Expr, int] = {}
    for newest in sorted(nodes, key=str):
        places = {}
        for node in nodes:
            steps = next((d for d in range(_LONGEST_LAG) if shifted(newest, d) == node), None)
            if steps is None:
                break
            places[node] = steps
        else:
            break
    if len(places) < len(nodes):
        raise Unfit("gradients at points that are no shifts of each other")
    (point,) = newest.args
    replaced = {node: at(GRADIENT_NAME, steps) for node, steps in places.items()}
    new = {name: body.xreplace(replaced) for name, body in opened.items()}
    kept = {}
    for name, body in system.bodies.items():
        own = {node: _open(node, system) for node in gradient_nodes(body)}
        kept[name] = body.xreplace({node: replaced[full] for node, full in own.items() if full in replaced})
    for body in (*new.values(), point):
        if gradient_nodes(body):
            raise Unfit("a gradient within the point of another")
    return Form(system.parameter, states, kept, new, GRADIENT_NAME, point)


def _opened(system: Equations) -> dict[str, Expr]:
    return {name: _open(body, system) for name, body in system.bodies.items()}


def _open(body: Expr, system: Equations) -> Expr:
    """With new values of sequences put in."""
    for _ in range(_MOST_SEQUENCES):
        new = {s: parts for s, parts in lagged(body).items() if parts[0] in system.bodies and parts[1] <= 0}
        if not new:
            break
        if any(lag < 0 for _, lag in new.values()):
            raise Unfit("a value of the future")
        body = body.xreplace({symbol: system.bodies[name] for symbol, (name, _) in new.items()})
    else:
        raise Unfit("new values that need each other")
    if any(lag > _LONGEST_LAG for _, lag in lagged(body).values()):
        raise Unfit("a value of long ago")
    return body


def _names_itself(name: str, bodies: Mapping[str, Expr]) -> bool:
    return any(other == name for other, _ in lagged(bodies[name]).values())


def _put_in(term: Expr, bodies: Mapping[str, Expr]) -> Expr:
    # Deep first would not do: the body that is put in holds no value of the helper itself.
    return term.xreplace(
        {symbol: shifted(bodies[name], lag) for symbol, (name, lag) in lagged(term).items() if name in bodies}
    )


def _reached(start: str, bodies: Mapping[str, Expr]) -> set[str]:
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in bodies:
            continue
        reached.add(name)
        waiting.extend(other for other, _ in lagged(bodies[name]).values())
    return reached
