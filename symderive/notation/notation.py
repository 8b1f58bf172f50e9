"""What is known about the names of a document at one place: what was declared, inferred and defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sympy import Expr

from symderive.notation.words import NO_WORDS, Words
from symderive.terms import Definition, Dim, Hypothesis, Recurrence

if TYPE_CHECKING:
    from symderive.notation.facts import Facts

__all__ = ["Axis", "Entry", "Known", "Notation"]

#: The ends of an index's range, both included.
Axis = tuple[Expr, Expr]


@dataclass(frozen=True)
class Entry:
    """What one name is.

    Parameters
    ----------
    name
        The name as the reader spells it: ``x``, ``theta``, ``hat(v)``.
    kind
        ``scalar``, ``dim``, ``index``, ``step``, ``tensor``, ``function`` or ``sequence``.
    axes
        The ranges of its component indices (for an index: its own range, alone).
    parameters
        For a function: one rank an argument, where it is declared (0 a scalar, 1 a vector).
    line
        Where it was declared, if in the document.
    inferred
        False for what the author declared.
    """

    name: str
    kind: str
    axes: tuple[Axis, ...] = ()
    parameters: tuple[int, ...] | None = None
    line: int | None = None
    inferred: bool = False
    arguments: tuple[str, ...] = ()  # for a function: the names that it depends on

    def describe(self) -> str:
        """In words, for `--show-declarations`."""
        axes = ", ".join(f"{low}..{high}" for low, high in self.axes)
        if self.kind == "tensor":
            word = {1: "vector", 2: "matrix"}.get(len(self.axes), "tensor")
            return f"{word} {axes}"
        if self.kind == "sequence" and axes:
            return f"sequence of vectors {axes}" if len(self.axes) == 1 else f"sequence of tensors {axes}"
        if self.kind == "function" and axes:
            return f"function into {axes}"
        return f"{self.kind} {axes}".strip()


@dataclass(frozen=True)
class Known:
    """A definition or recurrence in force, with what is needed to use it."""

    meaning: Definition | Recurrence
    axes: tuple[Axis, ...] = ()  # ranges of its components
    ranks: tuple[int, ...] = ()  # ranks of its parameters
    style: str = ""  # how the author writes the step of a sequence: call, sub, sup, bracket
    domain: tuple[Hypothesis, ...] = ()
    line: int | None = None
    section: int = 0
    recursive: bool = False  # a recurrence that names other steps of itself


@dataclass(frozen=True)
class Notation:
    """Everything known about names at one place; never changed, only copied with more in it."""

    declared: Mapping[str, Entry] = field(default_factory=dict)
    facts: Facts | None = None
    known: Mapping[str, Known] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    words: Words = NO_WORDS
    position: int = 0
    section: int = 0
    line: int | None = None
    learned: Mapping[str, tuple[Axis, ...]] = field(default_factory=dict)
    unified: Mapping[Dim, Axis] = field(default_factory=dict)

    def declare(self, *entries: Entry) -> Notation:
        """With more names declared."""
        return replace(self, declared={**self.declared, **{entry.name: entry for entry in entries}})

    def define(self, name: str, known: Known) -> Notation:
        """With a definition or recurrence in force; it replaces an earlier one of the same name."""
        return replace(self, known={**self.known, name: known})

    def learn(self, name: str, axes: tuple[Axis, ...]) -> Notation:
        """With the component ranges of a name settled by use."""
        return replace(self, learned={**self.learned, name: axes})

    def unify(self, dimension: Dim, axis: Axis) -> Notation:
        """With a range that nothing stated settled by use."""
        return replace(self, unified={**self.unified, dimension: axis})

    def settled(self, axis: Axis) -> Axis:
        """A range with what is known about it by now."""
        for _ in range(8):
            found = self.unified.get(axis[1]) if isinstance(axis[1], Dim) else None
            if found is None or found == axis:
                break
            axis = found
        return axis

    def at(self, position: int, section: int = 0, line: int | None = None) -> Notation:
        """Seen from one place of the document.

        What was learned about a name in another section is forgotten where a section uses the name only bare.
        """
        learned = self.learned
        unified = self.unified if section == self.section else {}
        if section != self.section and learned and self.facts is not None:
            facts = self.facts
            learned = {
                name: axes for name, axes in learned.items() if self._still(name, len(axes), section, facts)
            }
        return replace(self, position=position, section=section, line=line, learned=learned, unified=unified)

    def _still(self, name: str, rank: int, section: int, facts: Facts) -> bool:
        """Does what another section showed about a name still count in this one?"""
        shown = facts.ranks.get(section, {}).get(name)
        if shown is None:
            shown = facts.hints.get(section, {}).get(name)
        if shown is not None:
            return shown <= rank and (name in facts.stepped.get(section, ()) or shown == rank)
        if name in facts.stated or name in facts.stepped.get(section, ()):
            return True
        known = self.known.get(name)
        return name not in facts.plain.get(section, ()) or (
            known is not None and isinstance(known.meaning, Definition)
        )

    def kind(self, name: str) -> str | None:
        """The declared kind of a name."""
        entry = self.declared.get(name)
        return entry.kind if entry else None
