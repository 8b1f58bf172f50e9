"""What is known at one place of a document: notation, definitions, and the hypotheses in force."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Basic, Expr, Symbol

from symderive.documents.prose import stated
from symderive.notation.access import unbraced
from symderive.notation.elaborate import (
    Elaborator,
)
from symderive.notation.notation import Notation
from symderive.notation.syntax import (
    Name,
    Node,
    Sum,
)
from symderive.notation.uses import uses
from symderive.terms import Apply, Hypothesis, Index, free_names, walk

__all__ = ["Held", "State", "current_step", "is_about", "names_of"]


@dataclass(frozen=True)
class Held:
    """A stated formula in force, and the sentence it is confined to, if any.

    It is kept as it was written and read anew for each claim: by then more may be known about its names.
    """

    node: Node
    root: Node
    position: int
    section: int
    sentence: int | None = None

    def hypotheses(self, notation: Notation) -> tuple[Hypothesis, ...]:
        """What it states, as far as its names are still undefined."""
        here = notation.at(self.position, self.section)
        key = (self, frozenset(here.learned.items()), frozenset(here.known))
        if key not in _READ:
            if len(_READ) > 2000:
                _READ.clear()
            found = stated(self.node, self.root, here)
            _READ[key] = found.hypotheses if found is not None else ()
        return _READ[key]


_READ: dict[object, tuple[Hypothesis, ...]] = {}


@dataclass(frozen=True)
class State:
    """What is known at one place of the document."""

    notation: Notation
    held: tuple[Held, ...] = ()

    def hold(self, node: Node, root: Node, sentence: int | None) -> State:
        """With a stated formula in force from here on."""
        new = Held(node, root, self.notation.position, self.notation.section, sentence)
        return replace(self, held=(*self.held, new))


def names_of(term: Basic) -> set[str]:
    """The names of variables, families, dimensions and functions in a term."""
    names = {
        str(name) for name in free_names(term) if isinstance(name, Symbol) and not isinstance(name, Index)
    }
    for part in walk(term):
        if isinstance(part, Apply):
            names.add(part.head)
    return names


def is_about(hypothesis: Hypothesis, names: set[str]) -> bool:
    """Does a claim with these names use everything that a hypothesis is about?"""
    mine = set()
    for side in (hypothesis.lhs, hypothesis.rhs):
        mine |= {
            str(name) for name in free_names(side) if isinstance(name, Symbol) and not isinstance(name, Index)
        }
    indices = any(isinstance(name, Index) for name in free_names(hypothesis.lhs))
    return mine <= names and (bool(mine) or indices)


def current_step(reader: Elaborator, left: Node | None) -> Expr | None:
    """The step that a statement is about: the step letter of its left side, else the only one in it."""
    roots = [left, reader.root] if left is not None else [reader.root]
    for root in roots:
        letters: list[str] = []
        for use in uses(root, reader.facts.is_index):
            for slot in use.slots:
                if (use.name, slot.style, slot.place) in reader.facts.steps:
                    node = unbraced(slot.node)
                    names = node.terms if isinstance(node, Sum) else (node,)
                    for name in names:
                        name = unbraced(name)
                        if isinstance(name, Name) and name.text not in use.scope and name.text not in letters:
                            letters.append(name.text)
        if len(letters) == 1:
            return reader.index(letters[0])
    return None
