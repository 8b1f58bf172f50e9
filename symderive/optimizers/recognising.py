"""Which rule of the registry a document's recurrences are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from time import monotonic

from sympy import Expr

from symderive.optimizers.document_system import Stated, System, systems
from symderive.optimizers.matching import Match, match
from symderive.optimizers.near import Near, first_difference, near
from symderive.optimizers.numeric import Unvalued
from symderive.optimizers.recurrent_system import Equations, lagged
from symderive.optimizers.registry import RULES, rules_named
from symderive.optimizers.update_rule import LEARNING_RATE, UpdateRule
from symderive.optimizers.wording import described, in_text

__all__ = ["Recogniser", "Stated", "System", "text_of"]

#: More updates than this are in no document that is about optimizers.
_MOST_SYSTEMS = 60
_AVERAGES = tuple(rule for rule in RULES.values() if rule.family == "averaging")
_METHODS = tuple(rule for rule in RULES.values() if rule.family not in ("averaging", "clipping"))


class Recogniser:
    """The updates of parameters in a document, and the rules that they are.

    Parameters
    ----------
    stated
        Every formula of the document that gives a name a value, in order.

    Examples
    --------
    >>> from symderive.terms import Index, Recurrence, Tensor, scalar
    >>> from sympy import oo
    >>> t = Index("t", oo, 0); w, u, g = (Tensor(name, (0, oo)) for name in "wug")
    >>> velocity = Recurrence("u", (), t, t, scalar("rho") * u[t - 1] + g[t])
    >>> step = Recurrence("w", (), t, t + 1, w[t] - scalar("eta") * u[t])
    >>> found = Recogniser([Stated(0, 1, velocity), Stated(1, 1, step)])
    >>> found.recognised(1)[0].rule.title
    'momentum with the learning rate outside the velocity'
    """

    def __init__(self, stated: Sequence[Stated]) -> None:
        found = []
        for system in systems(stated):
            found.append(system)
            if len(found) == _MOST_SYSTEMS:
                break
        self._matches: dict[int, Match | None] = {}
        self.averages = [alone for system in found if (alone := self._average(system, found)) is not None]
        self.systems = [system for system in found if self._is_update(system, found)]

    def _average(self, system: System, found: Sequence[System]) -> System | None:
        """The system of one sequence that nothing else uses, where it is an average of another."""
        if system.is_gradient_point or self._users(system, found):
            return None
        alone = _alone(system)
        matched = _matched(alone, _AVERAGES, None)
        if matched is None:
            return None
        self._matches[id(alone)] = matched
        return alone

    def _users(self, system: System, found: Sequence[System]) -> list[System]:
        """The systems of other parameters that use the parameter of this one."""
        return [
            other for other in found if other.place != system.place and system.place in other.places.values()
        ]

    def _is_update(self, system: System, found: Sequence[System]) -> bool:
        """Is this the parameter of its method, rather than something that the method remembers?"""
        averages = {average.place for average in self.averages}
        if system.place in averages:
            return False
        if system.has_gradient:
            return system.is_gradient_point
        return all(other.place in averages for other in self._users(system, found))

    def at(self, place: int) -> list[System]:
        """The readings of the update whose parameter stands at a place."""
        return [system for system in (*self.systems, *self.averages) if system.place == place]

    def around(self, place: int) -> list[System]:
        """The updates that a formula belongs to."""
        return [system for system in (*self.systems, *self.averages) if place in system.places.values()]

    def match(self, system: System, deadline: float | None = None) -> Match | None:
        """The rule that a system is; computed once."""
        key = id(system)
        if key not in self._matches:
            found = _matched(system, _METHODS, deadline)
            if found is None and deadline is not None and monotonic() > deadline:
                return None  # not looked at to the end
            self._matches[key] = found
        return self._matches[key]

    def recognised(self, place: int, deadline: float | None = None) -> list[Match]:
        """The rules of the update whose parameter stands at a place."""
        matches = (self.match(system, deadline) for system in self.at(place))
        return [found for found in matches if found is not None][:1]

    def near(self, system: System, names: Iterable[str] = (), deadline: float | None = None) -> Near | None:
        """The rule that a system would be but for one place: any, or one of these names."""
        rules = [rule for name in names for rule in rules_named(name)] or list(_METHODS)
        forms = list(system.forms())
        for rule in rules:
            if deadline is not None and monotonic() > deadline:
                return None
            found = near(forms, (rule,))
            if found is not None:
                return found
        return None

    def difference(self, system: System, names: Iterable[str]) -> str | None:
        """Where a system first differs from rules that it is far from."""
        rules = [rule for name in names for rule in rules_named(name)]
        return first_difference(list(system.forms()), rules)


def text_of(found: Match) -> str:
    """What a match is reported as."""
    rate = found.values.get(LEARNING_RATE)
    text = described(found.rule, changing_rate=rate is not None and _changes(rate))
    special = [f"{in_text(symbol)} = {term}" for symbol, term in found.values.items() if term in (0, 1)]
    return (
        text.replace(found.rule.title, f"{found.rule.title} ({', '.join(special)})", 1) if special else text
    )


def _changes(rate: Expr) -> bool:
    """Does a learning rate depend on the step? Values of a sequence are named by their step."""
    return any("(" in symbol.name or "[" in symbol.name for symbol in rate.free_symbols)


def _matched(system: System, rules: Iterable[UpdateRule], deadline: float | None) -> Match | None:
    forms = list(system.forms())
    for rule in rules:
        if deadline is not None and monotonic() > deadline:
            return None
        for form in forms:
            try:
                found = match(form, rule)
            except Unvalued:
                continue
            if found is not None:
                return found
    return None


def _alone(system: System) -> System:
    """One sequence with all others as what comes in."""
    name = system.equations.parameter
    body = system.equations.bodies[name]
    inputs = {other for other, _ in lagged(body).values()} - {name}
    return replace(
        system,
        equations=Equations(name, {name: body}),
        places={name: system.place},
        inputs=tuple(sorted(inputs)),
    )
