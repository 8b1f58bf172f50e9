"""Formulas of running text as they are written: lists before a relation, words in between."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from symderive.notation.access import unbraced
from symderive.notation.syntax import (
    Chain,
    Display,
    Group,
    Listing,
    Name,
    Node,
    Number,
    Product,
    Quantifier,
    Row,
    Script,
    Sum,
    TextNode,
)

__all__ = [
    "grouped",
    "is_read_whole",
    "listed_before",
    "meant_for_both",
    "relates",
    "says_or",
    "spoken_letters",
]

_ORDER = ("<", "<=", ">", ">=", "!=")

# Words between formulas that state nothing by themselves.
_CONNECTING = frozenset(
    "and for all each every any if where with when whenever let then also both given such that so is are be "
    "the a an as in of some fixed i.e e.g resp respectively or "
    "그리고 및 이고 또는 혹은 모든 에 대해 일 때 이면 단 여기서".split()
)
_OR = frozenset(("or", "또는", "혹은", "이거나"))
_RELATION = re.compile(
    r"[=<>≤≥≠∈∉≪≫≈∼⊥⊂⊆≺≻]|\\(?:[lg]e(?:q(?:q|slant)?)?|[lg]t|ne(?:q)?|in|ni|notin|not|approx|sim(?:eq)?|propto|ll|gg|"
    r"perp|sub(?:set(?:eq)?)|(?:prec|succ)(?:eq)?|mid|parallel|equiv|cong|[lg]tr?sim|setminus)(?![A-Za-z])"
)


def relates(latex: str) -> bool:
    r"""Does a formula seem to state something, rather than to name it?

    >>> relates(r"x \succ 0"), relates(r"\lambda x")
    (True, False)
    """
    return _RELATION.search(latex) is not None


def spoken_letters(latex: str) -> frozenset[str]:
    r"""The letters that a formula without syntax may be about.

    >>> sorted(spoken_letters(r"\lambda m \text{ even}"))
    ['lambda', 'm']
    """
    bare = re.sub(r"\\(?:text|mathrm|operatorname|mbox)\w*\s*\{[^{}]*\}", " ", latex)
    letters: set[str] = set()
    for word in re.findall(r"\\?[A-Za-z]+", bare):
        letters |= {word[1:]} if word.startswith("\\") else {word, *word}
    return frozenset(letters)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,.;:~()]+", text.lower()) if word]


def is_read_whole(syntax: Display) -> bool:
    """Is there no word in the formula that may state something, such as ``\\text{ even}``?"""
    items = [item for row in syntax.rows for item in row.items]
    words = [word for item in items if isinstance(item, TextNode) for word in _words(item.text)]
    # "m even" is read as a product
    products = [item for item in items if isinstance(item, Product)]
    return all(word in _CONNECTING for word in words) and not any(
        isinstance(factor, Name) and factor.word and len(factor.text) > 2
        for item in products
        for factor in item.factors
    )


def says_or(rows: Iterable[Row]) -> bool:
    """Does an "or" stand between two statements of a row? "Or equivalently" says both."""
    for row in rows:
        for place, item in enumerate(row.items):
            if not isinstance(item, TextNode) or not 0 < place < len(row.items) - 1:
                continue
            words = _words(item.text)
            if _OR & set(words) and not any(word.startswith(("equiv", "동치")) for word in words):
                return True
    return False


def listed_before(chain: Chain, before: list[Node]) -> Chain:
    """``a, b > 0`` and ``x, y ∈ S``: what is said of the last of a list is said of all of it."""
    first = chain.operands[0]
    if first is None or not before:
        return chain
    listing = Listing(before[0].start, first.end, (*before, first))
    return replace(chain, start=before[0].start, operands=(listing, *chain.operands[1:]))


def grouped(rows: Iterable[Row]) -> list[Node]:
    """The statements of rows, each with the names that are listed before it."""
    found: list[Node] = []
    for row in rows:
        pending: list[Node] = []
        quantified = False
        for place, item in enumerate(row.items):
            if pending and row.separators[place] != "comma":
                found.extend(pending)
                pending = []
            inner: Node = item
            if isinstance(item, Quantifier):
                inner, quantified = item.body, True
            if _is_name(inner):
                pending.append(inner)
            elif isinstance(inner, Chain) and (
                inner.relations == ("in",) or all(relation in _ORDER for relation in inner.relations)
            ):
                chain = listed_before(inner, pending)
                found.append(Quantifier(item.start, item.end, chain) if quantified else chain)
                pending = []
            else:
                found.extend(pending)
                pending = []
                found.append(item)
        found.extend(pending)
    return found


def _is_name(node: Node) -> bool:
    node = unbraced(node)
    if isinstance(node, Product):  # f(x)
        return len(node.factors) == 2 and _is_name(node.factors[0]) and isinstance(node.factors[1], Group)
    return isinstance(node, Name) or (isinstance(node, Script) and isinstance(unbraced(node.base), Name))


def meant_for_both(first: Node, second: Node) -> Chain | None:
    """``0 < a, b < 1``, which is parsed as two statements, as the one that it may be."""
    if not (isinstance(first, Chain) and isinstance(second, Chain)):
        return None
    if len(first.relations) != 1 or len(second.relations) != 1 or first.relations[0][0] not in "<>":
        return None
    if second.relations[0][0] != first.relations[0][0]:
        return None
    (low, one), (two, high) = first.operands, second.operands
    if low is None or one is None or two is None or high is None or not (_is_name(one) and _is_name(two)):
        return None
    if not isinstance(unbraced(low), (Number, Sum)):
        return None
    middle = Listing(one.start, two.end, (one, two))
    return Chain(first.start, second.end, (low, middle, high), (first.relations[0], second.relations[0]))
