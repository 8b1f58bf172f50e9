"""Sequences that are given by each other: ``x_{k+1} = y_k − …`` beside ``y_{k+1} = x_{k+1} + …``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from symderive.notation.access import letters_of
from symderive.notation.facts import Facts, Located
from symderive.notation.forms import shift, statements
from symderive.notation.uses import Use, uses

__all__ = ["mutual_steps"]

_LONGEST = 4

#: A place for an index: the name, the style of its brackets, the place in them.
_Slot = tuple[str, str, int]


@dataclass(frozen=True)
class _Edge:
    """An equation gives one name by another, whose index is `ahead` behind."""

    slot: _Slot
    ahead: int
    letter: str


def mutual_steps(located: Sequence[Located], facts: Facts) -> None:
    """Note the slots that a circle of equations shifts: going round it, a step leads to another step.

    A circle that comes back to the same index (``a_i = b_{i+1}``, ``b_i = a_{i−1}``) defines nothing and says
    nothing about steps.
    """
    by_section: dict[int, list[Located]] = defaultdict(list)
    for item in located:
        if not item.inline:
            by_section[item.section].append(item)
    for items in by_section.values():
        edges: dict[_Slot, list[_Edge]] = defaultdict(list)
        for item in items:
            for slot, edge in _edges(item, facts):
                edges[slot].append(edge)
        for start in list(edges):
            _around(start, start, 0, (), edges, facts)


def _edges(item: Located, facts: Facts) -> list[tuple[_Slot, _Edge]]:
    found = []
    for chain in statements(item.node):
        if chain.relations[0] not in ("=", ":=") or chain.operands[0] is None or chain.operands[1] is None:
            continue
        left = next(iter(uses(chain.operands[0], facts.is_index)), None)
        if left is None or left.end < chain.operands[0].end or left.differentiated:
            continue
        for use in uses(chain.operands[1], facts.is_index):
            if use.name != left.name:
                found += _between(left, use)
    return found


def _between(left: Use, right: Use) -> list[tuple[_Slot, _Edge]]:
    found = []
    for mine in left.slots:
        letters = letters_of(mine.node)
        if len(letters) != 1:
            continue
        (letter,) = letters
        for theirs in right.slots:
            if letter in right.scope or mine.style != theirs.style:
                continue
            ahead = shift(mine.node, theirs.node)
            if ahead is not None and letter in letters_of(theirs.node):
                edge = _Edge((right.name, theirs.style, theirs.place), ahead, letter)
                found.append(((left.name, mine.style, mine.place), edge))
    return found


def _around(
    start: _Slot,
    here: _Slot,
    ahead: int,
    path: tuple[tuple[_Slot, str], ...],
    edges: dict[_Slot, list[_Edge]],
    facts: Facts,
) -> None:
    if len(path) >= _LONGEST:
        return
    for edge in edges.get(here, ()):
        step = (here, edge.letter)
        if edge.slot == start:
            if ahead + edge.ahead:
                for slot, letter in (*path, step):
                    facts.steps.add(slot)
                    facts.step_letters.add((letter, slot[1]))
                    facts.letters.add(letter)
        elif edge.slot not in {slot for slot, _ in path} and edge.slot != here:
            _around(start, edge.slot, ahead + edge.ahead, (*path, step), edges, facts)
