"""What a text states around a claim that is none of its hypotheses.

Only whitelisted forms are hypotheses. A condition of another form (``‖w‖ = 1``, ``x ∈ ℤ``, words) proves
nothing, but a point that it excludes refutes nothing either: a claim that is false without it is `UNDECIDED`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, product

from sympy import Expr, Integer

from symderive.documents.reading_types import Reserve
from symderive.notation.access import unbraced
from symderive.notation.elaborate import Elaborator
from symderive.notation.errors import ReadError
from symderive.notation.meaning import learning, pair
from symderive.notation.notation import Notation
from symderive.notation.syntax import Chain, DotsNode, Listing, Name, Node, Quantifier, Script
from symderive.terms import Claim, Hypothesis, Index, free_names

__all__ = ["Aside", "read_aside", "reserve"]

_EXACT = ("=", "<", "<=", ">", ">=", "!=", "equiv")
_MOST_ALTERNATIVES = 6

#: Whole numbers that a claim about all of them is tried at.
_TRIED = {"mathbb(N)": (1, 2, 3), "mathbb(Z)": (1, 2, 0, -1, -2)}

#: One list of hypotheses an alternative: each implies the condition.
Alternatives = tuple[tuple[Hypothesis, ...], ...]


@dataclass(frozen=True)
class Aside:
    """A stated formula that is no hypothesis, or is not known to be one.

    Parameters
    ----------
    latex : as it is written
    node, root : its syntax, None where it has none
    sentence : the only one that it counts in; None for its section
    section : the only one that it counts in; None for the document
    letters : what it may be about
    """

    latex: str
    node: Node | None
    root: Node | None
    position: int
    section: int | None
    sentence: int | None
    letters: frozenset[str]

    def counts(self, section: int, sentence: int, letters: set[str]) -> bool:
        """May it be about a claim of this place that names these letters?"""
        if self.sentence is not None and self.sentence != sentence:
            return False
        if self.section is not None and self.section != section:
            return False
        return not self.letters.isdisjoint(letters)


def read_aside(aside: Aside, notation: Notation) -> Alternatives | None:
    """What an aside states, for the refuter; None where it is not understood."""
    if aside.node is None or aside.root is None:
        return None
    here = notation.at(aside.position, aside.section if aside.section is not None else notation.section)
    try:
        return _read(aside.node, aside.root, here)
    except (ReadError, RecursionError, ValueError, AssertionError):
        return None


def _read(node: Node, root: Node, notation: Notation) -> Alternatives | None:
    node = unbraced(node)
    if isinstance(node, Quantifier):
        return _read(node.body, root, notation)
    if not isinstance(node, Chain) or any(operand is None for operand in node.operands):
        return None
    operands = [operand for operand in node.operands if operand is not None]
    if node.relations == ("in",):
        return _whole(operands[0], operands[1], root, notation)
    if not all(relation in _EXACT for relation in node.relations):
        return None
    found: list[Hypothesis] = []
    for left, right, relation in zip(operands, operands[1:], node.relations, strict=False):
        for one in _members(left):
            for two in _members(right):
                if isinstance(one, DotsNode) or isinstance(two, DotsNode):
                    return None
                found.append(_hypothesis(one, relation, two, root, notation))
    return (tuple(found),)


def _members(node: Node) -> Sequence[Node]:
    return node.items if isinstance(node, Listing) else (node,)


def _hypothesis(left: Node, relation: str, right: Node, root: Node, notation: Notation) -> Hypothesis:
    meaning = learning(root, notation, lambda reader: pair(reader, left, right, relation, root))
    lhs, rhs = getattr(meaning, "lhs", None), getattr(meaning, "rhs", None)
    stated = getattr(meaning, "relation", None)
    assert isinstance(lhs, Expr)
    assert isinstance(rhs, Expr)
    assert isinstance(stated, str)
    names = free_names(lhs) | free_names(rhs)
    indices = {name for name in names if isinstance(name, Index)}
    if indices == {name for name in names if name.is_integer} == names:
        indices = set()  # i + j = k is about these indices, not about all
    return Hypothesis(lhs, stated, rhs, tuple(sorted(indices, key=lambda index: index.name)))


def _whole(left: Node, right: Node, root: Node, notation: Notation) -> Alternatives | None:
    """``x ∈ ℕ``, ``x ∈ ℤ``: the claim is tried at some whole numbers."""
    space = unbraced(right)
    if isinstance(space, Script) and space.sup is None:
        space = unbraced(space.base)
    tried = _TRIED.get(space.text) if isinstance(space, Name) else None
    if tried is None:
        return None

    def values(reader: Elaborator) -> list[Expr]:
        return [reader.value(member).scalar() for member in _members(left)]

    terms = learning(root, notation, values)
    assert isinstance(terms, list)
    return tuple(tuple(Hypothesis(term, "=", Integer(value)) for term in terms) for value in tried)


def reserve(
    claim: Claim,
    linked: Sequence[Hypothesis],
    asides: Sequence[tuple[str, Alternatives | None]],
    extended: Callable[[Sequence[Hypothesis]], Claim],
) -> Reserve | None:
    """What a refutation of a claim must stand up to; None where the text states nothing more.

    Parameters
    ----------
    claim : as it is judged
    linked : hypotheses that name what the claim names, and other things: ``x > y`` for a claim about x
    asides : what else is stated, as it is written and as it was read
    extended : the claim under more hypotheses, with the definitions that they need
    """
    own = Hypothesis(claim.lhs, claim.relation, claim.rhs)
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(claim.relation, claim.relation)
    itself = (own, Hypothesis(claim.rhs, turned, claim.lhs))

    def is_itself(h: Hypothesis) -> bool:
        return Hypothesis(h.lhs, h.relation, h.rhs) in itself

    linked = [h for h in linked if not is_itself(h) and h not in claim.hypotheses]
    said: list[str] = []
    unread: list[str] = []
    read: list[Alternatives] = []
    for latex, alternatives in asides:
        if alternatives is None:
            unread.append(latex)
            continue
        if any(is_itself(h) for hypotheses in alternatives for h in hypotheses):
            continue  # the text says the same in passing
        said.append(latex)
        read.append(alternatives)
    if not linked and not said and not unread:
        return None
    claims = tuple(
        extended([*linked, *(h for hypotheses in choice for h in hypotheses)])
        for choice in islice(product(*read), _MOST_ALTERNATIVES)
    )
    return Reserve(extended(linked) if linked else None, claims if read else (), tuple(said), tuple(unread))
