"""Inference over the formulas of a whole document: its indices, dimensions, sequences, functions and
ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from symderive.notation.access import (
    binder_of,
    bound_letters,
    letters_of,
    unbraced,
)
from symderive.notation.errors import ReadError
from symderive.notation.evidence import (
    note_dependence,
    note_heads,
    note_numbers,
    note_ranks,
    note_stated_ranges,
    running,
)
from symderive.notation.facts import Facts, Located, RangeEvidence
from symderive.notation.forms import listed, shift, space_of, statements
from symderive.notation.mutual_steps import mutual_steps
from symderive.notation.notation import Notation
from symderive.notation.ranges import carry_ranges
from symderive.notation.sizes import labelled_size, names_in_size
from symderive.notation.syntax import (
    Big,
    Display,
    Listing,
    Name,
    Node,
    Number,
    Quantifier,
    Script,
    Sum,
    descend,
)
from symderive.notation.uses import Use, index_like, uses
from symderive.terms import Dim

__all__ = ["infer"]


def infer(formulas: Iterable[Located | Display], notation: Notation | None = None) -> Notation:
    """Everything that a document's formulas show about its names.

    Parameters
    ----------
    formulas
        All formulas of the document in order, displayed and inline (bare displays count as one after
        another).
    notation
        What is declared; declarations override inference.
    """
    notation = notation or Notation()
    located = [
        item if isinstance(item, Located) else Located(item, position)
        for position, item in enumerate(formulas)
    ]
    facts = Facts()
    _declared_letters(facts, notation)
    facts.letters |= bound_letters([item.node for item in located])
    note_numbers(located, notation, facts)
    for item in located:
        for node in descend(item.node):
            _ranging_letters(node, item, facts)
    facts.letters |= _letters_of_families(located, facts)
    facts.letters -= set(facts.labels)
    for item in located:
        _dimensions(item, facts)
    facts.letters -= {name for name in facts.dims if name in facts.letters and _is_dim_only(name, located)}
    collected = [(item, list(uses(item.node, facts.is_index))) for item in located]
    for item, found in collected:
        _shifts(item, facts)
        for use in found:
            facts.lines.setdefault(use.name, item.line)
            facts.first.setdefault(use.name, item.position)
            if not item.inline:
                facts.shown.setdefault(use.name, item.position)
    mutual_steps(located, facts)
    for letter, _ in facts.step_letters:
        if notation.kind(letter) != "dim":
            facts.dims.pop(letter, None)
    _spread_steps(collected, facts, notation)
    for item, found in collected:
        note_ranks(item, found, facts)
        note_heads(item, facts)
        note_stated_ranges(item, facts)
    for item, found in collected:
        note_dependence(item, found, facts)
    facts.settled = True
    notation = replace(notation, facts=facts)
    for weight in (2, 1, 1, 0):
        for item, _ in collected:
            carry_ranges(item, facts, notation, weight)
    return notation


def _declared_letters(facts: Facts, notation: Notation) -> None:
    for entry in notation.declared.values():
        if entry.kind in ("index", "step"):
            facts.letters.add(entry.name)
        if entry.kind == "index" and entry.axes:
            evidence = RangeEvidence(-1, -1, entry.axes[0], entry.line, 3)
            facts.ranges.setdefault(entry.name, []).append(evidence)
        if entry.kind == "step":
            facts.step_letters |= {(entry.name, style) for style in ("sub", "sup", "call", "bracket")}
        if entry.kind == "dim":
            facts.dims[entry.name] = entry.line
        for low, high in entry.axes:
            for end in (low, high):
                for symbol in end.free_symbols:
                    if isinstance(symbol, Dim) and not symbol.name.startswith("dim "):
                        facts.dims.setdefault(symbol.name, entry.line)
        if entry.kind == "function":
            facts.functions[entry.name] = entry.line
            if entry.arguments:
                facts.arguments[entry.name] = entry.arguments
        if entry.kind in ("scalar",) and len(entry.name) > 2 and "_" in entry.name:
            facts.labels.add(entry.name.split("_", 1)[1])


def _ranging_letters(node: Node, item: Located, facts: Facts) -> None:
    found = running(node, facts)
    if found is not None:
        for name in found[0]:
            facts.letters.add(name.text)
    if isinstance(node, Script) and node.sub is not None:
        shifted = unbraced(node.sub)
        if isinstance(shifted, Sum) and len(shifted.terms) == 2:
            letter, number = (unbraced(term) for term in shifted.terms)
            if isinstance(letter, Name) and isinstance(number, Number) and not letter.text[:1].isupper():
                facts.letters.add(letter.text)
    if isinstance(node, Quantifier):
        for inner in node.body.items if isinstance(node.body, Listing) else (node.body,):
            plain = unbraced(inner)
            if isinstance(plain, Name) and not plain.bold:
                facts.letters.add(plain.text)


def _letters_of_families(located: Sequence[Located], facts: Facts) -> set[str]:
    """``a`` and ``b`` in ``W_{ab}``, where ``W_{km}`` shows that W has two indices: they are no label."""

    def subscripts(is_index: Callable[[str], bool]) -> Iterator[tuple[str, list[str]]]:
        for item in located:
            for use in uses(item.node, is_index):
                plain = [unbraced(sub) for sub in use.access.subs]
                if len(plain) >= 2 and all(isinstance(sub, Name) for sub in plain):
                    yield use.name, [sub.text for sub in plain if isinstance(sub, Name)]

    families = {(name, len(letters)) for name, letters in subscripts(facts.is_index)}
    return {
        letter
        for name, letters in subscripts(lambda text: facts.is_index(text) or _is_small(text))
        if (name, len(letters)) in families
        for letter in letters
        if _is_small(letter)
    }


def _is_small(letter: str) -> bool:
    return len(letter) == 1 and letter.isascii() and letter.islower()


def _dimensions(item: Located, facts: Facts) -> None:
    """Names that end a range are dimensions, unless they are indices themselves."""

    def add(node: Node) -> None:
        plain = unbraced(node)
        for letter in sorted(names_in_size(plain, facts.is_index)):
            if letter in ("infty", "pi"):
                continue
            facts.ends.setdefault(item.section, set()).add(letter)
            if letter not in facts.letters:
                facts.dims.setdefault(letter, item.line)

    for node in descend(item.node):
        if isinstance(node, Big) and node.kind in ("sum", "prod", "max", "min", "sup", "inf"):
            try:
                binder = binder_of(node)
            except ReadError:
                continue
            for bound in (*binder.upper.values(), *binder.lower.values()) if binder else ():
                if index_like(bound, facts.is_index) or labelled_size(bound, facts.is_index):
                    add(bound)
        found = running(node, facts)
        if found is not None:
            add(found[1])
            add(found[2])
        size = space_of(node)
        if size is not None:
            for bound in size:
                add(bound)
        row = listed(node)
        if row is not None:
            add(row[2])


def _is_dim_only(name: str, located: Sequence[Located]) -> bool:
    return name not in bound_letters([item.node for item in located])


def _shifts(item: Located, facts: Facts) -> None:
    """Slots that a recurrence shifts: ``v(n) = … v(n-1) …``."""
    for chain in statements(item.node):
        if chain.relations[0] not in ("=", ":=", "<-") or chain.operands[0] is None:
            continue
        left = next(iter(uses(chain.operands[0], facts.is_index)), None)
        if left is None or left.end < chain.operands[0].end or left.differentiated:
            continue
        for operand in chain.operands[1:]:
            if operand is None:
                continue
            for use in uses(operand, facts.is_index):
                if use.name == left.name and len(use.slots) == len(left.slots):
                    for mine, theirs in zip(left.slots, use.slots, strict=True):
                        difference = shift(mine.node, theirs.node) if mine.style == theirs.style else None
                        if difference:
                            (letter,) = letters_of(mine.node) or {""}
                            if letter in use.scope:
                                continue
                            facts.steps.add((left.name, mine.style, mine.place))
                            facts.step_letters.add((letter, mine.style))
                            facts.letters.add(letter)
                            facts.lines.setdefault(left.name, item.line)


def _spread_steps(collected: Sequence[tuple[Located, list[Use]]], facts: Facts, notation: Notation) -> None:
    """A name that is used at a step letter, in the same style, is a sequence too: ``G_k(n)`` beside
    ``θ_k(n+1)``.
    """
    finite: set[tuple[str, str, int]] = set()
    letters = {letter for letter, _ in facts.step_letters}
    for item, found in collected:
        moving = {
            inner.start
            for inner in descend(item.node)
            if isinstance(inner, Big) and inner.sup is not None and letters & letters_of(inner.sup)
        }
        for use in found:
            for slot in use.slots:
                node = unbraced(slot.node)
                if isinstance(node, Name) and node.text in use.scope and use.scope[node.text] not in moving:
                    finite.add((use.name, slot.style, slot.place))
    for item, found in collected:
        for use in found:
            entry = notation.declared.get(use.name)
            if entry is not None and entry.kind not in ("sequence",):
                continue
            for slot in use.slots:
                if not index_like(slot.node, facts.is_index):
                    continue
                letters = letters_of(slot.node)
                key = (use.name, slot.style, slot.place)
                if len(letters) != 1 or key in facts.steps or key in finite or slot.style == "post":
                    continue
                (letter,) = letters
                if letter in use.scope or (letter, slot.style) not in facts.step_letters:
                    continue
                if facts.ranges.get(letter) and any(e.section == item.section for e in facts.ranges[letter]):
                    continue
                if any(n == use.name and s == slot.style for n, s, _ in facts.steps):
                    continue
                facts.steps.add(key)
