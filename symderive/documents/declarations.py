"""What every name of a document was taken for."""

from __future__ import annotations

from dataclasses import dataclass

from symderive.notation.notation import Entry, Notation
from symderive.terms import Definition

__all__ = ["Declared", "declarations"]


@dataclass(frozen=True)
class Declared:
    """One row of `declarations`: what a name was taken for, and whether that was inferred."""

    name: str
    kind: str
    line: int | None
    inferred: bool


def declarations(notation: Notation) -> tuple[Declared, ...]:
    """What every name of the document was taken for."""
    rows: dict[str, Declared] = {}
    for entry in notation.declared.values():
        rows[entry.name] = Declared(entry.name, entry.describe(), entry.line, False)
    facts = notation.facts
    if facts is None:
        return tuple(rows.values())
    for name, line in facts.dims.items():
        rows.setdefault(name, Declared(name, "dim", line, True))
    for name, line in facts.lines.items():
        if name in rows or name in facts.letters:
            continue
        rows[name] = Declared(name, _kind_of(name, notation), line, True)
    for letter, evidence in facts.ranges.items():
        low, high = evidence[0].axis
        rows.setdefault(letter, Declared(letter, f"index {low}..{high}", evidence[0].line, True))
    return tuple(rows[name] for name in sorted(rows))


def _kind_of(name: str, notation: Notation) -> str:
    facts = notation.facts
    assert facts is not None
    known = notation.known.get(name)
    if facts.is_sequence(name):
        axes = notation.learned.get(name, ())
        return Entry(name, "sequence", axes).describe()
    if known is not None:
        applied = isinstance(known.meaning, Definition) and known.meaning.parameters
        return "defined function" if applied else "defined"
    if name in facts.functions:
        return "function"
    ranks = [ranks[name] for ranks in facts.ranks.values() if name in ranks]
    rank = (
        max(ranks)
        if ranks
        else len(notation.learned.get(name, ()))
        or max((found.get(name, 0) for found in facts.hints.values()), default=0)
    )
    if not rank:
        return "scalar"
    axes = tuple(facts.slots[name, place][0].axis for place in range(rank) if facts.slots.get((name, place)))
    return (
        Entry(name, "tensor", axes).describe()
        if len(axes) == rank
        else {1: "vector", 2: "matrix"}.get(rank, "tensor")
    )
