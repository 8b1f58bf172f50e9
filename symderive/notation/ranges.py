"""The ranges of the indices of one formula: letters and slots that must run over the same range are put
together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Expr, Integer

from symderive.notation.access import Binder, binder_of, letters_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.facts import Facts, Located, RangeEvidence
from symderive.notation.forms import bound_value, ranging
from symderive.notation.notation import Axis, Notation
from symderive.notation.sizes import labelled_size, names_in_size
from symderive.notation.syntax import (
    Big,
    Chain,
    Name,
    Node,
    descend,
)
from symderive.notation.uses import Slot, Use, all_uses, index_like
from symderive.terms import Dim

__all__ = ["carry_ranges", "component_slots", "dims_of", "local_dims", "resolve_ranges", "slot_key"]


def component_slots(use: Use, facts: Facts) -> list[Slot]:
    """The slots of a use that hold component indices: all but its step and the arguments of a function."""
    return [
        slot
        for slot in use.slots
        if slot.style != "call" and (use.name, slot.style, slot.place) not in facts.steps
    ]


def slot_key(use_name: str, slot: Slot) -> str:
    """Names in square brackets have ranges of their own: ``x[n]`` is a signal, ``x_i`` may be a vector
    elsewhere.
    """
    return f"{use_name}[]" if slot.style == "bracket" else use_name


def dims_of(facts: Facts, notation: Notation | None = None) -> Callable[[str], Expr | None]:
    """Which names are dimensions, for `bound_value`."""

    def value(name: str) -> Expr | None:
        return Dim(name) if name in facts.dims else None

    return value


class _Classes:
    """Index letters and slots that must run over the same range (union-find)."""

    def __init__(self) -> None:
        self.parent: dict[tuple[object, ...], tuple[object, ...]] = {}

    def find(self, key: tuple[object, ...]) -> tuple[object, ...]:
        self.parent.setdefault(key, key)
        while self.parent[key] != key:
            self.parent[key] = self.parent[self.parent[key]]
            key = self.parent[key]
        return key

    def join(self, first: tuple[object, ...], second: tuple[object, ...]) -> None:
        self.parent[self.find(second)] = self.find(first)


def resolve_ranges(
    node: Node, notation: Notation, implicit: bool = True
) -> tuple[dict[tuple[object, ...], Axis], dict[tuple[str, int], Axis]]:
    """The ranges of the letters and slots of one formula.

    Returns
    -------
    letters : ``("free", letter)`` or ``(start of the operator, letter)`` to a range
    slots : (name, place) to a range
    """
    facts = notation.facts or Facts()
    classes = _Classes()
    known: dict[tuple[object, ...], tuple[int, Axis]] = {}
    dims = set(facts.dims) | local_dims(node, notation)

    def is_dim(name: str) -> Expr | None:
        return Dim(name) if name in dims else None

    members: list[tuple[object, ...]] = []

    def settle(key: tuple[object, ...], axis: Axis | None, weight: int) -> None:
        if axis is not None and (key not in known or known[key][0] < weight):
            known[key] = (weight, axis)

    for use in all_uses(node, facts):
        entry = notation.declared.get(use.name)
        for place, slot in enumerate(component_slots(use, facts)):
            name = slot_key(use.name, slot)
            key: tuple[object, ...] = ("slot", name, place)
            index = unbraced(slot.node)
            members.append(key)
            if entry is not None and place < len(entry.axes):
                settle(key, entry.axes[place], 12)
            elif use.name in notation.known and place < len(notation.known[use.name].axes):
                defined = notation.known[use.name]
                here = defined.section == notation.section
                settle(key, defined.axes[place], 10 if here else 4)
                if not here:
                    settle(key, *facts.slot_evidence(name, place, notation.position, notation.section))
            elif use.name in notation.learned and place < len(notation.learned[use.name]):
                settle(key, notation.learned[use.name][place], 4)
            else:
                settle(key, *facts.slot_evidence(name, place, notation.position, notation.section))
            if isinstance(index, Name) and (index.text not in facts.dims or index.text in use.scope):
                scope = use.scope.get(index.text, "free")
                letter = (scope, index.text)
                members.append(letter)
                if not (
                    name in ("delta", "mathbf(1)", "mathbb(1)", "bold(1)") and name not in notation.declared
                ):
                    classes.join(key, letter)
        if use.name == "delta" and "delta" not in notation.declared and len(use.slots) == 2:
            letters = [unbraced(slot.node) for slot in use.slots]
            if all(isinstance(letter, Name) for letter in letters):
                one, two = ((use.scope.get(x.text, "free"), x.text) for x in letters if isinstance(x, Name))
                classes.join(one, two)
    for inner in descend(node):
        if isinstance(inner, Big):
            try:
                binder = binder_of(inner)
            except ReadError:
                continue
            if binder is not None:
                _binder_ranges(inner, binder, is_dim, settle, members)
        if (
            isinstance(inner, Chain)
            and inner.relations in (("!=",), ("=",), ("<",))
            and len(inner.operands) == 2
        ):
            left, right = (unbraced(operand) if operand is not None else None for operand in inner.operands)
            if isinstance(left, Name) and isinstance(right, Name):
                if (
                    facts.is_index(left.text)
                    and facts.is_index(right.text)
                    and not {left.text, right.text} & set(facts.dims)
                ):
                    for owner in {m[0] for m in members if m[-1] in (left.text, right.text)} | {"free"}:
                        if owner == "slot":
                            continue
                        if (owner, left.text) in members and (owner, right.text) in members:
                            classes.join((owner, left.text), (owner, right.text))
                        elif ("free", right.text) in members and (owner, left.text) in members:
                            classes.join((owner, left.text), ("free", right.text))
                        elif ("free", left.text) in members and (owner, right.text) in members:
                            classes.join((owner, right.text), ("free", left.text))
    for key in list(dict.fromkeys(members)):
        if key[0] != "slot" and isinstance(key[1], str):
            if key[0] == "free":
                entry = notation.declared.get(key[1])
                if entry is not None and entry.kind == "index" and entry.axes:
                    settle(key, entry.axes[0], 11)
            stated = facts.letter_axis(key[1], notation.position, notation.section)
            local = any(e.position == notation.position for e in facts.ranges.get(key[1], ()))
            settle(key, stated, 7 if local else 3)
    best: dict[tuple[object, ...], tuple[int, Axis]] = {}
    for key in dict.fromkeys(members):
        root = classes.find(key)
        if key in known and (root not in best or best[root][0] < known[key][0]):
            best[root] = known[key]
    overruled: set[tuple[object, ...]] = set()
    for key in dict.fromkeys(members):
        root = classes.find(key)
        if isinstance(key[0], int) and key in known and known[key][0] == 8 and best[root][0] == 9:
            # A sum to another dimension than the one shown elsewhere: here the author means this one.
            # A sum to K - 1 of a vector of K entries is a part of it.
            if known[key][1][1].free_symbols != best[root][1][1].free_symbols:
                best[root] = known[key]
                overruled.add(root)
    if implicit:
        for key in dict.fromkeys(members):
            root = classes.find(key)
            if root not in best:
                best[root] = (0, (Integer(1), Dim(_implicit_name(root, members, classes, facts))))
    letter_ranges: dict[tuple[object, ...], Axis] = {}
    slots: dict[tuple[str, int], Axis] = {}
    for key in dict.fromkeys(members):
        root = classes.find(key)
        if root not in best:
            continue
        if key[0] == "slot":
            if key in known and known[key][0] >= 9 and root not in overruled:
                slots[str(key[1]), int(str(key[2]))] = known[key][1]
            else:
                slots[str(key[1]), int(str(key[2]))] = best[root][1]
        else:
            letter_ranges[key] = known[key][1] if key in known and known[key][0] >= 6 else best[root][1]
    return letter_ranges, slots


def local_dims(node: Node, notation: Notation) -> set[str]:
    """Letters that end a range in this formula and are no index in it, whatever they are elsewhere."""
    facts = notation.facts or Facts()
    ends: set[str] = set()
    indices: set[str] = set()
    for inner in descend(node):
        if isinstance(inner, Big) and inner.kind in ("sum", "prod", "max", "min", "sup", "inf"):
            try:
                binder = binder_of(inner)
            except ReadError:
                continue
            if binder is not None:
                indices |= {letter.text for letter in binder.letters}
                for bound in (*binder.upper.values(), *binder.lower.values()):
                    if index_like(bound, facts.is_index) or labelled_size(bound, facts.is_index):
                        ends |= names_in_size(bound, facts.is_index)
    ends |= facts.ends.get(notation.section, set())
    if not ends:
        return ends
    for use in all_uses(node, facts):
        for slot in use.slots:
            if slot.style != "call" or (use.name, slot.style, slot.place) in facts.steps:
                indices |= letters_of(slot.node)
    return {
        name
        for name in ends - indices
        if name not in notation.known and notation.kind(name) in (None, "dim") and name not in ("infty", "pi")
    }


def _implicit_name(
    root: tuple[object, ...],
    members: Sequence[tuple[object, ...]],
    classes: _Classes,
    facts: Facts,
) -> str:
    """A dimension that nothing names is called after a family that it belongs to."""
    names = [
        str(key[1]) for key in members if key[0] == "slot" and classes.find(key) == root and key[1] != "delta"
    ]
    varied = [name for name in names if name in facts.varied]
    letters = [str(key[1]) for key in members if key[0] != "slot" and classes.find(key) == root]
    chosen = (varied or names or letters or ["x"])[0]
    return f"dim {chosen.removesuffix('[]')}"


def _binder_ranges(
    big: Big,
    binder: Binder,
    is_dim: Callable[[str], Expr | None],
    settle: Callable[[tuple[object, ...], Axis | None, int], None],
    members: list[tuple[object, ...]],
) -> None:
    for letter in binder.letters:
        key = (big.start, letter.text)
        members.append(key)
        lower, upper = binder.lower.get(letter.text), binder.upper.get(letter.text)
        values = binder.values or {}
        if letter.text in values:
            chain = Chain(big.start, big.end, (letter, values[letter.text]), ("in",))
            found = ranging(chain)
            if found is not None:
                lower, upper = found[1], found[2]
        if lower is not None and upper is not None:
            low, high = bound_value(lower, is_dim), bound_value(upper, is_dim)
            if low is not None and high is not None:
                if letter.text in binder.strict_lower:
                    low += 1
                if letter.text in binder.strict_upper:
                    high -= 1
                settle(key, (low, high), 8)


def carry_ranges(item: Located, facts: Facts, notation: Notation, weight: int) -> None:
    """Carry ranges from formula to formula through the slots that share them."""
    here = notation.at(item.position, item.section, item.line)
    try:
        _, slots = resolve_ranges(item.node, here, implicit=weight == 0)
    except ReadError:
        return
    for key, axis in slots.items():
        have = facts.slots.setdefault(key, [])
        if any(e.position == item.position and (e.axis == axis or e.weight >= 3) for e in have):
            continue
        if weight == 0 and have:
            continue
        have.append(RangeEvidence(item.position, item.section, axis, item.line, weight))
