"""Sums over pairs: ``\\sum_{i<j}`` binds both of its letters where the second one stands nowhere else."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import Any

from symderive.notation.access import binder_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.syntax import Big, Chain, Display, Listing, Name, Node, Script, children, descend

__all__ = ["with_pairs"]

_RELATIONS = ("<", ">", "<=", ">=", "!=")


def with_pairs(display: Display) -> Display:
    """The display with both letters of ``\\sum_{i<j} f_{ij}`` bound where j is in f and free nowhere else.

    ``c_j = \\sum_{i<j} x_i`` is about each j, and so is ``\\sum_j \\sum_{i<j}``. A name that is given by
    ``L = \\sum_{j \\ne t} f_{jt}`` may have been said to depend on a t; \\sum_{i<j} is over pairs there, too.
    """
    if not any(isinstance(node, Big) and _condition(node) is not None for node in descend(display)):
        return display
    found: Display = _changed(display, _Letters(display), frozenset(), False)
    return found


class _Letters:
    """How often each letter occurs that is bound by nothing, in a display and in each of its parts."""

    def __init__(self, display: Display) -> None:
        self._known: dict[int, Counter[str]] = {}
        self._all = self.free(display)

    def free(self, node: Node) -> Counter[str]:
        """The letters that are bound by nothing in a part."""
        found = self._known.get(id(node))
        if found is None:
            found = Counter((node.text,)) if isinstance(node, Name) else Counter[str]()
            for child in children(node):
                found.update(self.free(child))
            for letter in _bound_by(node) if isinstance(node, Big) else ():
                found.pop(letter, None)
            self._known[id(node)] = found
        return found

    def elsewhere(self, node: Node) -> Counter[str]:
        """The letters that are bound by nothing outside of a part."""
        return self._all - self.free(node)


def _changed(node: Any, letters: _Letters, bound: frozenset[str], given: bool) -> Any:
    """A part with its pairs bound; `given` where it is what a name stands for."""
    if isinstance(node, tuple):
        return tuple(_changed(item, letters, bound, given) for item in node)
    if not isinstance(node, Node):
        return node
    if isinstance(node, Chain) and node.operands:
        given = given or _is_name(node.operands[0])
    if isinstance(node, Big):
        pair = _pair(node, letters, bound, given)
        if pair is not None:
            assert node.sub is not None
            node = replace(node, sub=Listing(node.sub.start, node.sub.end, (*pair, unbraced(node.sub))))
        bound = bound | _bound_by(node)
    changes = {
        field.name: _changed(getattr(node, field.name), letters, bound, given) for field in fields(node)
    }
    return replace(node, **changes)


def _is_name(node: Node | None) -> bool:
    """A bare name, with or without scripts: the formula says what it is."""
    plain = None if node is None else unbraced(node)
    return isinstance(plain, Name) or (isinstance(plain, Script) and isinstance(unbraced(plain.base), Name))


def _pair(node: Big, letters: _Letters, bound: frozenset[str], given: bool) -> tuple[Name, Name] | None:
    """The two letters under an operator that both belong to it."""
    condition = _condition(node)
    if condition is None or (condition[1] == "!=" and given):
        return None
    first, _, second = condition
    both = {first.text, second.text}
    if both & bound or second.word or not both <= letters.free(node.body).keys():
        return None
    return None if both & letters.elsewhere(node).keys() else (first, second)


def _condition(node: Big) -> tuple[Name, str, Name] | None:
    """``i < j`` or ``i ≠ j``, where that is all that stands under an operator."""
    chain = None if node.sub is None else unbraced(node.sub)
    if not isinstance(chain, Chain) or len(chain.operands) != 2 or chain.relations[0] not in _RELATIONS:
        return None
    first, second = (None if operand is None else unbraced(operand) for operand in chain.operands)
    if not isinstance(first, Name) or not isinstance(second, Name) or first.text == second.text:
        return None
    return first, chain.relations[0], second


def _bound_by(node: Big) -> frozenset[str]:
    """What an operator binds, as it is written."""
    try:
        binder = binder_of(node)
    except ReadError:
        return frozenset()
    return frozenset() if binder is None else frozenset(letter.text for letter in binder.letters)
