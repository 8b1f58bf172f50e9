"""The two ways in which a definition or an expression cannot mean what is written.

(a) *Own step*: a recurrence whose right side names the very step that its left side defines.
(b) *Idle index*: a sum whose own index does not occur in its body, while the body holds another index, free.

Both are reported with what the formula would mean as it stands, and with the author's own text corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Dummy, Expr, Product, Sum

from symderive.notation.access import USUAL_INDICES, binder_of, letters_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.facts import Facts
from symderive.notation.forms import shift
from symderive.notation.notation import Notation
from symderive.notation.syntax import Big, Name, Node, Number, children, descend
from symderive.notation.syntax import Sum as SumNode
from symderive.notation.uses import Slot, Use, uses
from symderive.terms import free_names, rebuild

__all__ = ["IllDefined", "corrected", "idle_index", "own_step"]


@dataclass(frozen=True)
class IllDefined:
    """One finding: where, which rule, and how the author's text is put right."""

    rule: str
    start: int
    end: int
    edits: tuple[tuple[int, int, str], ...]
    fixed: str  # the sub-formula as it should read
    index: str  # the index or step that is at fault
    other: str  # the index that stands in its place
    brackets: tuple[str, ...] = ()  # names whose entries the author writes in square brackets


def corrected(latex: str, edits: tuple[tuple[int, int, str], ...]) -> str:
    """The author's text with the edits made, everything else as it was."""
    for start, end, text in sorted(edits, reverse=True):
        latex = latex[:start] + text + latex[end:]
    return latex


def _place(latex: str, slot: Slot, text: str) -> tuple[int, int, str]:
    """An edit of an index, with braces where TeX needs them."""
    node = slot.node
    if slot.style in ("sub", "post") and len(text) > 1 and latex[node.start - 1 : node.start] in ("_", "^"):
        return node.start, node.end, "{" + text + "}"
    return node.start, node.end, text


def _earlier(latex: str, node: Node) -> str:
    """The step before the one that is written: ``n`` → ``n-1``, ``n+1`` → ``n``."""
    plain = unbraced(node)
    text = latex[node.start : node.end].strip()
    if isinstance(plain, Name):
        return f"{text}-1"
    if isinstance(plain, SumNode) and len(plain.terms) == 2 and isinstance(unbraced(plain.terms[1]), Number):
        first = latex[plain.terms[0].start : plain.terms[0].end]
        number = unbraced(plain.terms[1])
        assert isinstance(number, Number)
        value = int(number.text) if number.text.isdigit() else 0
        moved = (value if plain.signs[1] == "+" else -value) - 1
        return first if moved == 0 else f"{first}{moved:+d}"
    return f"{text}-1"


def own_step(left: Node, right: Node, latex: str, notation: Notation) -> IllDefined | None:
    """Rule (a), for ``left = right``."""
    facts = notation.facts or Facts()
    head = next(iter(uses(left, facts.is_index)), None)
    if head is None or head.end < left.end:
        return None
    place = _step_slot(head, facts)
    if place is None or not letters_of(place.node):
        return None
    edits: list[tuple[int, int, str]] = []
    first: Use | None = None
    fixed = ""
    for use in uses(right, facts.is_index):
        slot = _step_slot(use, facts)
        if use.name != head.name or slot is None or slot.style != place.style or use.differentiated:
            continue
        if shift(place.node, slot.node) != 0 or letters_of(slot.node) & set(use.scope):
            continue
        if _others(use, slot, latex) != _others(head, place, latex):
            continue
        edit = _place(latex, slot, _earlier(latex, slot.node))
        edits.append(edit)
        if first is None:
            first = use
            fixed = corrected(latex[: use.end], (edit,))[use.access.start :]
    if first is None:
        return None
    return IllDefined(
        "own step",
        first.access.start,
        first.end,
        tuple(edits),
        fixed,
        latex[first.access.start : first.end],
        "",
    )


def _step_slot(use: Use, facts: Facts) -> Slot | None:
    return next((slot for slot in use.slots if (use.name, slot.style, slot.place) in facts.steps), None)


def _others(use: Use, step: Slot, latex: str) -> list[str]:
    return ["".join(latex[s.node.start : s.node.end].split()) for s in use.slots if s is not step]


def idle_index(node: Node, left: Node | None, latex: str, notation: Notation) -> IllDefined | None:
    """Rule (b), in the body of a definition (with its left side) or in an expression."""
    facts = notation.facts or Facts()
    bound_left = letters_of(left) if left is not None else set()
    for big, around in _operators(node, frozenset()):
        if big.kind not in ("sum", "prod"):
            continue
        try:
            binder = binder_of(big)
        except ReadError:
            continue
        if binder is None or binder.conditions or binder.distribution is not None:
            continue
        inside = {inner.text for inner in descend(big.body) if isinstance(inner, Name)}
        limits = {x for bound in (*binder.lower.values(), *binder.upper.values()) for x in letters_of(bound)}
        idle = [
            letter.text
            for letter in binder.letters
            if letter.text not in inside and letter.text not in limits
        ]
        if not idle:
            continue
        bound = around | bound_left | {letter.text for letter in binder.letters}
        stray: dict[str, list[Slot]] = {}
        for use in uses(big.body, facts.is_index):
            for slot in use.slots:
                if (use.name, slot.style, slot.place) in facts.steps or (
                    slot.style == "call" and not _is_signal(use, facts)
                ):
                    continue
                for letter in letters_of(slot.node):
                    if letter in bound or letter in use.scope or letter in facts.dims:
                        continue
                    if _is_free_index(letter, use, slot, facts, notation):
                        stray.setdefault(letter, []).append(slot)
        if not stray:
            continue
        letter = next(iter(stray))
        edits = tuple((name.start, name.end, idle[0]) for name in _names(big.body, letter))
        fixed = corrected(latex[: big.end], edits)[big.start :]
        brackets = tuple(
            dict.fromkeys(
                use.name
                for use in uses(big.body, facts.is_index)
                if any(s.style == "bracket" for s in use.slots)
            )
        )
        return IllDefined("idle index", big.start, big.end, edits, fixed, idle[0], letter, brackets)
    return None


def _is_signal(use: Use, facts: Facts) -> bool:
    """Is ``x(n)`` an indexed variable, rather than a function of a number?"""
    return (
        use.call is not None
        and len(use.call.items) == 1
        and all(facts.is_strong_index(letter) for letter in letters_of(use.call.items[0]))
        and bool(letters_of(use.call.items[0]))
    )


def _is_free_index(letter: str, use: Use, slot: Slot, facts: Facts, notation: Notation) -> bool:
    """Is this letter certainly an index of an indexed variable here?"""
    if facts.is_strong_index(letter) or slot.style == "bracket":
        return True
    if not facts.is_index(letter):
        return False
    if slot.style == "sub" and letter in USUAL_INDICES and letter not in facts.dims:
        return notation.kind(letter) in (None, "index")
    entry = notation.declared.get(use.name)
    if entry is not None and entry.axes:
        return True
    stated = facts.slots.get((use.name, slot.place), ())
    return any(evidence.weight >= 2 for evidence in stated)


def _names(node: Node, letter: str) -> Iterator[Name]:
    for inner in descend(node):
        if isinstance(inner, Name) and inner.text == letter:
            yield inner


def _operators(node: Node, around: frozenset[str]) -> Iterator[tuple[Big, frozenset[str]]]:
    """The operators in a formula, outermost first, with the letters bound around each."""
    if isinstance(node, Big):
        yield node, around
        try:
            binder = binder_of(node)
        except ReadError:
            binder = None
        if binder is not None:
            around = around | {letter.text for letter in binder.letters}
    for child in children(node):
        yield from _operators(child, around)


def solved(lhs: Expr, rhs: Expr) -> tuple[str, Expr | None, Expr | None]:
    """What ``lhs = rhs`` forces when lhs occurs in rhs.

    Returns
    -------
    kind : ``value`` (the left side equals the first term, where the second is not zero), ``constraint``
    (the left
        side drops out and the first term must be zero), ``any`` (it says nothing) or ``implicit``
    """
    unknown = Dummy("X", real=True)
    body = _replace(rhs, lhs, unknown)
    slope = sympy.diff(body, unknown)
    if slope.has(unknown) or unknown not in body.free_symbols:
        return "implicit", None, None
    rest = body.xreplace({unknown: sympy.Integer(0)})
    gap = sympy.expand(1 - slope)
    if gap == 0:
        return ("any", None, None) if rest == 0 else ("constraint", rest, None)
    value = sympy.factor(sympy.cancel(rest / gap)) if _small(rest) else rest / gap
    return "value", value, gap


def _small(term: Expr) -> bool:
    return int(term.count_ops()) < 200


def _replace(term: Any, old: Expr, new: Expr) -> Any:
    if term == old:
        return new
    return rebuild(term, lambda arg: _replace(arg, old, new))


def without_idle_sums(term: Expr) -> Expr:
    """A term in which each sum with an idle index is the number of its terms times its body."""

    def change(node: sympy.Basic) -> sympy.Basic:
        node = rebuild(node, change)
        if isinstance(node, (Sum, Product)) and len(node.args) == 2:
            index, low, high = node.args[1]
            if index not in free_names(node.args[0]):
                count = sympy.expand(high - low + 1)
                return count * node.args[0] if isinstance(node, Sum) else node.args[0] ** count
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return _tidy(result)


def _tidy(term: Expr) -> Expr:
    """Cancel common factors under roots: ``sqrt(N x²)/sqrt(N)`` is ``|x|``."""
    if not _small(term):
        return term
    try:
        return sympy.powsimp(sympy.powdenest(term))
    except (AttributeError, TypeError, ValueError, NotImplementedError):
        return term
