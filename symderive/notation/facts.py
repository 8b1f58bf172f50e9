"""What the formulas of a document show about its names: which letters are indices, which names have how many
indices, over which ranges, which are sequences and which are functions. Evidence only; `elaborate` decides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

from symderive.notation.access import USUAL_INDICES
from symderive.notation.notation import Axis
from symderive.notation.syntax import Node
from symderive.notation.uses import Use

__all__ = ["Facts", "Located", "RangeEvidence"]


@dataclass(frozen=True)
class Located:
    """A parsed formula and where it stands."""

    node: Node
    position: int = 0
    section: int = 0
    line: int | None = None
    inline: bool = False


@dataclass(frozen=True)
class RangeEvidence:
    """Somewhere an index of this range stood in this slot (or this letter ranged so)."""

    position: int
    section: int
    axis: Axis
    line: int | None
    weight: int  # 3 stated in words (a list, ℝ^K), 2 from a written limit, 1 derived, 0 implicit


_Ordered = dict[int, tuple[list[int], list[RangeEvidence], list[RangeEvidence]]]


@dataclass
class Facts:
    """Evidence of a whole document. Built once by `infer`, then only read."""

    letters: set[str] = field(default_factory=set)  # indices: bound, ranging or shifted somewhere
    labels: set[str] = field(default_factory=set)  # subscripts declared to be no indices
    numbers: set[str] = field(default_factory=set)  # what 0 < t < T says nothing of but that it is between
    dims: dict[str, int | None] = field(default_factory=dict)  # name -> line
    ends: dict[int, set[str]] = field(default_factory=dict)  # section -> letters that end ranges there
    steps: set[tuple[str, str, int]] = field(default_factory=set)  # (name, style, place)
    step_letters: set[tuple[str, str]] = field(default_factory=set)  # (letter, style)
    functions: dict[str, int | None] = field(default_factory=dict)  # name -> line
    ranks: dict[int, dict[str, int]] = field(default_factory=dict)  # section -> name -> component indices
    plain: dict[int, set[str]] = field(
        default_factory=dict
    )  # section -> names used without index or argument
    hints: dict[int, dict[str, int]] = field(
        default_factory=dict
    )  # section -> rank by bold, ∇, norms, transposes
    stated: set[str] = field(default_factory=set)  # names said to be vectors: a list, a membership
    stepped: dict[int, set[str]] = field(default_factory=dict)  # section -> names used at a step there
    varied: set[str] = field(default_factory=set)  # names that something is differentiated by
    arguments: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # function -> the names it is applied to
    gradients: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # bare name -> what it is differentiated by
    slots: dict[tuple[str, int], list[RangeEvidence]] = field(default_factory=dict)
    ranges: dict[str, list[RangeEvidence]] = field(default_factory=dict)  # letter -> evidence
    first: dict[str, int] = field(default_factory=dict)  # where each name is used first
    shown: dict[str, int] = field(default_factory=dict)  # where a display uses each name first
    settled: bool = False  # inference is done
    declared: bool = False  # every name is declared: nothing is to be inferred from how names are used
    kept: dict[int, tuple[Node, tuple[Use, ...]]] = field(default_factory=dict, repr=False)
    lines: dict[str, int | None] = field(default_factory=dict)  # first line of each name

    def is_index(self, letter: str) -> bool:
        """Does this letter stand for an index when it is a subscript?"""
        if letter in self.labels:
            return False
        return letter in self.letters or letter in USUAL_INDICES or letter in self.dims

    def is_strong_index(self, letter: str) -> bool:
        """Is there evidence that this letter is an index, beyond its being a usual one?"""
        return letter in self.letters

    def is_step_letter(self, letter: str) -> bool:
        return any(letter == known for known, _ in self.step_letters)

    def rank(self, name: str, section: int) -> int | None:
        """How many component indices a name has, as seen from a section; None without evidence.

        A name that a section uses only bare is not taken for the indexed variable of another section,
        unless it was
        stated to be a vector or is set in bold.
        """
        here = self.ranks.get(section, {}).get(name)
        if here is not None:
            return here
        if name in self.plain.get(section, ()) and not self.hint(name, section) and name not in self.stated:
            return None
        return self._nearest(name, section)

    def hint(self, name: str, section: int) -> int | None:
        """The rank that bold letters, gradients, norms and transposes show, here or where the name was
        last used.
        """
        here = self.hints.get(section, {}).get(name)
        if here is not None or name in self.plain.get(section, ()):
            return here
        found = sorted(
            (s for s in self.hints if name in self.hints[s]), key=lambda s: (s > section, abs(s - section))
        )
        return self.hints[found[0]][name] if found else None

    def _nearest(self, name: str, section: int) -> int | None:
        sections = sorted(
            (s for s in self.ranks if name in self.ranks[s]), key=lambda s: (s > section, abs(s - section))
        )
        if sections:
            return self.ranks[sections[0]][name]
        return self.hint(name, section)

    def axis(self, name: str, place: int, position: int, section: int) -> Axis | None:
        """The range of a component slot, by the nearest evidence."""
        found = _nearest(self.slots.get((name, place), []), position, section)
        return found.axis if found else None

    def slot_evidence(self, name: str, place: int, position: int, section: int) -> tuple[Axis | None, int]:
        """The range of a component slot with its weight: what this section shows outweighs the limits of
        one sum.
        """
        found = _nearest(self.slots.get((name, place), []), position, section)
        if found is None:
            return None, 0
        near = found.section == section or found.weight == 3
        if found.weight == 3 and found.section in (section, -1):
            return found.axis, 10  # said of this name: a sum to another size is no second meaning of it
        return found.axis, 9 if near and found.weight >= 2 else 5

    def letter_axis(self, letter: str, position: int, section: int) -> Axis | None:
        """The range of a letter, as stated in words near by."""
        found = _nearest(self.ranges.get(letter, []), position, section)
        return found.axis if found else None

    def step_place(self, name: str, style: str) -> int | None:
        """Which slot of a style is the step of a name."""
        return next((place for n, s, place in sorted(self.steps) if n == name and s == style), None)

    def is_sequence(self, name: str, section: int | None = None) -> bool:
        """Is this a sequence? From a section: does the section speak of its steps?"""
        if not any(name == known for known, _, _ in self.steps):
            return False
        if section is None:
            return True
        if name in self.stepped.get(section, ()):
            return True
        return name not in self.plain.get(section, ()) and name not in self.ranks.get(section, ())


def _nearest(found: list[RangeEvidence], position: int, section: int) -> RangeEvidence | None:
    """The evidence that counts here: of this section before others, what came before what comes, stated
    before derived.
    """
    if not found:
        return None
    here = _stated_in_order(found).get(section)
    if here is not None:
        positions, ordered, said = here
        before = bisect_right(positions, position)
        if before:
            # Of several at one place, the one that was found first.
            nearest = ordered[bisect_left(positions, positions[before - 1])]
            return _as_declared(nearest, said, position)
        return min(ordered, key=lambda evidence: (-evidence.weight, evidence.position - position))

    def rank(evidence: RangeEvidence) -> tuple[bool, bool, bool, int, int]:
        later = evidence.position > position
        return (
            evidence.weight == 0,
            evidence.section != section,
            later,
            -evidence.weight if later else 0,
            abs(evidence.position - position),
        )

    return min(found, key=rank)


def _as_declared(nearest: RangeEvidence, said: list[RangeEvidence], position: int) -> RangeEvidence:
    """What was said in words before it wins over a formula's limits, unless they only count otherwise."""
    if nearest.weight == 3 or not said:
        return nearest
    place = bisect_right(said, position, key=lambda evidence: evidence.position)
    if not place:
        return nearest
    (low, high), (other_low, other_high) = said[place - 1].axis, nearest.axis
    return replace(nearest, weight=3) if high - low == other_high - other_low else said[place - 1]


#: The evidence of one list by section (places, evidence, what was said), in order of position: a document
#: asks often and adds rarely.
_ORDERED: dict[int, tuple[int, list[RangeEvidence], _Ordered]] = {}


def _stated_in_order(found: list[RangeEvidence]) -> _Ordered:
    held = _ORDERED.get(id(found))
    if held is None or held[0] != len(found) or held[1] is not found:
        by_section: dict[int, list[RangeEvidence]] = {}
        for evidence in found:
            if evidence.weight:
                by_section.setdefault(evidence.section, []).append(evidence)
        ordered = {}
        for section, members in by_section.items():
            members.sort(key=lambda evidence: evidence.position)
            said = [evidence for evidence in members if evidence.weight == 3]
            ordered[section] = ([evidence.position for evidence in members], members, said)
        if len(_ORDERED) > 4_096:
            _ORDERED.clear()
        held = (len(found), found, ordered)
        _ORDERED[id(found)] = held
    return held[2]
