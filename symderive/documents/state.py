"""What is known at one place of a document: notation, definitions, and the hypotheses in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Basic, Dummy, Expr, Indexed, Symbol, Tuple

from symderive.documents.prose import Bounds, stated
from symderive.documents.reserves import Aside, read_aside
from symderive.notation.access import unbraced
from symderive.notation.elaborate import (
    Elaborator,
)
from symderive.notation.naming import own_argument
from symderive.notation.notation import Known, Notation
from symderive.notation.syntax import (
    Chain,
    Name,
    Node,
    Quantifier,
    Sum,
    descend,
)
from symderive.notation.uses import all_uses
from symderive.terms import (
    Apply,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Operation,
    Partial,
    free_names,
    rebuild,
)

__all__ = [
    "Held",
    "State",
    "current_step",
    "is_about",
    "names_of",
    "names_of_hypothesis",
    "relinked",
    "spelled",
]


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
    bounds: Bounds = "between"
    assumed: bool = False  # the author's notation assumes it, in whatever form

    @property
    def is_membership(self) -> bool:
        """Is it ``x ∈ S``?"""
        node = self.node.body if isinstance(self.node, Quantifier) else self.node
        return isinstance(node, Chain) and node.relations == ("in",)

    def may_be_about(self, letters: set[str]) -> bool:
        """Does it name anything that a claim with these letters names? A glance, before it is read."""
        kept = self.node.__dict__.get("_letters")
        if kept is None:
            kept = {name.text for name in descend(self.node) if isinstance(name, Name)}
            self.node.__dict__["_letters"] = kept
        return not kept.isdisjoint(letters)

    def hypotheses(self, notation: Notation) -> tuple[Hypothesis, ...] | None:
        """What it states, as far as its names are still undefined; None where it is no hypothesis by now."""
        here = notation.at(self.position, self.section)
        key = (id(self.node), self.position, frozenset(here.learned.items()), frozenset(here.known))
        if key not in _READ:
            if len(_READ) > 2000:
                _READ.clear()
            found = stated(self.node, self.root, here, self.bounds)
            hypotheses = found.hypotheses if found is not None else None
            if hypotheses is None and self.assumed:
                alternatives = read_aside(self.as_aside(), here)
                if alternatives is not None and len(alternatives) == 1:
                    hypotheses = alternatives[0]
            # The node is kept with its reading: as long as it is here, no other can have its identity.
            _READ[key] = (self.node, hypotheses)
        return _READ[key][1]

    def as_aside(self) -> Aside:
        """The same as a condition that proves nothing, for where it is about a name that is defined."""
        latex = getattr(self.root, "latex", "")[self.node.start : self.node.end]
        letters = frozenset(name.text for name in descend(self.node) if isinstance(name, Name))
        section = None if self.assumed else self.section
        return Aside(latex, self.node, self.root, self.position, section, self.sentence, letters)


_READ: dict[object, tuple[Node, tuple[Hypothesis, ...] | None]] = {}


@dataclass(frozen=True)
class State:
    """What is known at one place of the document."""

    notation: Notation
    held: tuple[Held, ...] = ()
    opaque: Mapping[str, str] = field(default_factory=dict)  # names whose definition is not known, and why
    asides: tuple[Aside, ...] = ()  # what is stated and no hypothesis

    def obscured(
        self, name: str, line: int | None, why: str = "by a formula that was not understood"
    ) -> State:
        """With a name that is defined, but by a formula that nothing can be derived from."""
        where = f"at line {line} " if line is not None else ""
        known = {key: item for key, item in self.notation.known.items() if key != name}
        notation = replace(self.notation, known=known)
        return replace(
            self, notation=notation, opaque={**self.opaque, name: f"{name} is defined {where}{why}"}
        )

    def understood(self, name: str) -> State:
        """With a name that a formula that is read defines (again)."""
        if name not in self.opaque:
            return self
        return replace(self, opaque={key: why for key, why in self.opaque.items() if key != name})

    def redeclared(self, names: Node | None, section: int) -> State:
        """Without what an earlier section stated of names that are declared anew: ``Let x ∈ ℝ``."""
        if names is None:
            return self
        said = {name.text for name in descend(names) if isinstance(name, Name)}
        kept = tuple(h for h in self.held if h.section == section or not h.may_be_about(said))
        return self if len(kept) == len(self.held) else replace(self, held=kept)

    def hold(
        self,
        node: Node,
        root: Node,
        sentence: int | None,
        bounds: Bounds = "between",
        assumed: bool = False,
    ) -> State:
        """With a stated formula in force from here on."""
        new = Held(node, root, self.notation.position, self.notation.section, sentence, bounds, assumed)
        return replace(self, held=(*self.held, new))

    def noting(self, aside: Aside) -> State:
        """With a stated formula that is no hypothesis."""
        return replace(self, asides=(*self.asides, aside))


def names_of(term: Basic) -> set[str]:
    """The names in a term, each with what it is: ``a`` a number, ``x[]`` a family, ``s()`` a function or
    defined name.

    A number m and a sequence m of another section are two things of one name.
    """
    found: set[str] = set()
    stack: list[Basic] = [term]
    while stack:
        node = stack.pop()
        if isinstance(node, Indexed):
            found.add(f"{node.base.label}[]")
            stack.extend(node.indices)
        elif isinstance(node, Apply):
            found.add(f"{node.head}()")
            stack.extend(node.args[1:])
        elif isinstance(node, Symbol):
            if not isinstance(node, (Index, Dummy)):
                found.add(node.name)
        elif isinstance(node, Operation):
            stack.extend(node.arguments)
        else:
            stack.extend(node.args)
    return found


def spelled(name: str) -> set[str]:
    """The letters and words that a name of `names_of` may be written with.

    >>> sorted(spelled("lambda_min[]"))
    ['_', 'a', 'b', 'd', 'i', 'l', 'lambda', 'lambda_min', 'm', 'min', 'n']
    """
    bare = name.rstrip("()[]")
    return {bare, *bare, *bare.split("_")}


def names_of_hypothesis(hypothesis: Hypothesis) -> set[str]:
    """The names in a hypothesis, as `names_of` gives them."""
    return names_of(hypothesis.lhs) | names_of(hypothesis.rhs)


def is_about(hypothesis: Hypothesis, names: set[str]) -> bool:
    """Does a claim with these names use everything that a hypothesis is about?"""
    mine = names_of_hypothesis(hypothesis)
    indices = any(isinstance(name, Index) for name in free_names(hypothesis.lhs))
    return mine <= names and (bool(mine) or indices)


def relinked(term: Any, known: Mapping[str, Known], section: int, own: frozenset[str]) -> Any:
    """A definition's body with the names that its section explained only after it: ``L = -Σ y_i \\log
    s_i``, then ``s_i = …``.
    """
    if isinstance(term, Indexed) or (isinstance(term, Symbol) and not isinstance(term, (Index, Dummy, Dim))):
        name = str(term.base.label) if isinstance(term, Indexed) else term.name
        item = known.get(name)
        if item is not None and name not in own and item.section == section:
            meaning = item.meaning
            indices = tuple(term.indices) if isinstance(term, Indexed) else ()
            if isinstance(meaning, Definition) and len(meaning.components) == len(indices):
                arguments = [own_argument(parameter) for parameter in meaning.parameters]
                return Apply(name, arguments, indices)
        return term
    if isinstance(term, Apply):
        arguments = Tuple(*(relinked(a, known, section, own) for a in term.arguments))
        return Apply(term.args[0], arguments, term.components, term.derivatives)
    if isinstance(term, Partial):
        return term
    return rebuild(term, lambda part: relinked(part, known, section, own))


def current_step(reader: Elaborator, left: Node | None) -> Expr | None:
    """The step that a statement is about: the step letter of its left side, else the only one in it."""
    roots = [left, reader.root] if left is not None else [reader.root]
    for root in roots:
        letters: list[str] = []
        for use in all_uses(root, reader.facts):
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
