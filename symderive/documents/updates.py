"""The optimizers of a document: which rule of the registry each update of a parameter is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symderive.documents.reading_types import DocumentReading, Statement
    from symderive.optimizers.recognising import Recogniser, System

__all__ = ["Updates"]


@dataclass(frozen=True, slots=True)
class Found:
    """What is said of a display that updates a parameter.

    Parameters
    ----------
    recognised : the rule that it is, with the libraries that step so
    advice : the rule that it would be but for one place, and which
    """

    recognised: str | None = None
    advice: str | None = None


class Updates:
    """The updates of a document, read once; matched with the registry where a display is asked for.

    A document without recurrences and assignments costs nothing: the registry is not loaded.
    """

    def __init__(self, reading: DocumentReading) -> None:
        self._lines = [display.display.line for display in reading.readings]
        self._of_display: dict[int, list[int]] = {}
        self._corrected: dict[int, int] = {}  # a recurrence that names its own step -> its line
        self._recogniser: Recogniser | None = None
        if not any(_recurs(statement) for display in reading.readings for statement in display.statements):
            return
        from symderive.optimizers.recognising import Recogniser, Stated

        stated: list[Stated] = []
        for number, display in enumerate(reading.readings):
            for statement in display.statements:
                meaning = statement.update or statement.definition or statement.meant
                if meaning is None:
                    continue
                place = len(stated)
                self._of_display.setdefault(number, []).append(place)
                if statement.meant is not None:
                    self._corrected[place] = display.display.line
                stated.append(Stated(place, display.display.section, meaning))
        self._recogniser = Recogniser(stated)

    def found(self, display: int, deadline: float | None = None) -> Found:
        """What is said of the parameters that a display updates.

        Parameters
        ----------
        display
            Its number among the displays that were read.
        deadline
            On the monotonic clock; past it nothing more is looked for.
        """
        if self._recogniser is None:
            return Found()
        from symderive.optimizers.recognising import text_of

        texts, advice = [], []
        for place in self._of_display.get(display, ()):
            matches = self._recogniser.recognised(place, deadline)
            if matches:
                system = next(s for s in self._recogniser.at(place) if self._recogniser.match(s, deadline))
                texts.append(self._once_corrected(system) + text_of(matches[0]))
                continue
            for system in self._recogniser.at(place):
                near = self._recogniser.near(system, deadline=deadline)
                if near is not None:
                    advice.append(self._once_corrected(system) + near.text)
                    break
        return Found("; ".join(texts) or None, "; ".join(advice) or None)

    def unmet(self, display: int, names: Sequence[str], deadline: float | None = None) -> str | None:
        """How a display's update differs from the rules that its author expects; None where it is one.

        Parameters
        ----------
        display
            Its number among the displays that were read.
        names
            Families, or ``family/variant``; one of them is enough.
        deadline
            On the monotonic clock.
        """
        expected = " or ".join(names)
        systems: list[System] = []
        if self._recogniser is not None:
            for place in self._of_display.get(display, ()):
                systems += self._recogniser.around(place)
        if self._recogniser is None or not systems:
            return f"expected {expected}, found no update of a parameter that this formula belongs to"
        others = []
        for system in systems:
            match = self._recogniser.match(system, deadline)
            if match is not None and {match.rule.family, match.rule.name} & set(names):
                return None
            if match is not None:
                others.append(match.rule.title)
        said = f"expected {expected}, found {others[0]}" if others else f"expected {expected}"
        for system in systems:
            near = self._recogniser.near(system, names, deadline)
            if near is not None:
                return f"{said}: this {near.text}"
        for system in systems:
            reason = self._recogniser.difference(system, names)
            if reason is not None:
                return f"{said}: {reason}"
        return said if others else f"{said}, found another method"

    def _once_corrected(self, system: System) -> str:
        lines = sorted({self._corrected[p] for p in system.places.values() if p in self._corrected})
        if not lines:
            return ""
        return f"once line {', '.join(map(str, lines))} names the step before: "


def _recurs(statement: Statement) -> bool:
    """Does a statement say how a value changes from step to step?"""
    if statement.update is not None or statement.meant is not None:
        return True
    from symderive.terms import Recurrence

    return isinstance(statement.definition, Recurrence)
