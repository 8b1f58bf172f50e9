"""What is known about the names of a document at one place: what was declared, inferred and defined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sympy import Expr, Integer

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

    def declare(self, *entries: Entry) -> Notation:
        """With more names declared."""
        return replace(self, declared={**self.declared, **{entry.name: entry for entry in entries}})

    def define(self, name: str, known: Known) -> Notation:
        """With a definition or recurrence in force; it replaces an earlier one of the same name."""
        return replace(self, known={**self.known, name: known})

    def learn(self, name: str, axes: tuple[Axis, ...]) -> Notation:
        """With the component ranges of a name settled by use."""
        return replace(self, learned={**self.learned, name: axes})

    def at(self, position: int, section: int = 0, line: int | None = None) -> Notation:
        """Seen from one place of the document.

        What was learned about a name in another section is forgotten where a section uses the name only bare.
        """
        learned = self.learned
        if section != self.section and learned and self.facts is not None:
            facts = self.facts
            bare = facts.plain.get(section, set()) - facts.stepped.get(section, set()) - facts.stated
            bare -= set(facts.ranks.get(section, ())) | set(facts.hints)
            bare -= {name for name, known in self.known.items() if isinstance(known.meaning, Definition)}
            learned = {name: axes for name, axes in learned.items() if name not in bare}
        return replace(self, position=position, section=section, line=line, learned=learned)

    def kind(self, name: str) -> str | None:
        """The declared kind of a name."""
        entry = self.declared.get(name)
        return entry.kind if entry else None


def dimension(name: str) -> Expr:
    """A dimension by name, or a number."""
    return Integer(name) if name.isdigit() else Dim(name)
