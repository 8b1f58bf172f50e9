"""Sums over pairs: ``\\sum_{i<j}`` binds both of its letters where the second one stands nowhere else."""

from __future__ import annotations

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
    found: Display = _changed(display, display, frozenset(), False)
    return found


def _changed(node: Any, display: Display, bound: frozenset[str], given: bool) -> Any:
    """A part with its pairs bound; `given` where it is what a name stands for."""
    if isinstance(node, tuple):
        return tuple(_changed(item, display, bound, given) for item in node)
    if not isinstance(node, Node):
        return node
    if isinstance(node, Chain) and node.operands:
        given = given or _is_name(node.operands[0])
    if isinstance(node, Big):
        letters = _pair(node, display, bound, given)
        if letters is not None:
            assert node.sub is not None
            node = replace(node, sub=Listing(node.sub.start, node.sub.end, (*letters, unbraced(node.sub))))
        bound = bound | _letters(node)
    changes = {
        field.name: _changed(getattr(node, field.name), display, bound, given) for field in fields(node)
    }
    return replace(node, **changes)


def _is_name(node: Node | None) -> bool:
    """A bare name, with or without scripts: the formula says what it is."""
    plain = None if node is None else unbraced(node)
    return isinstance(plain, Name) or (isinstance(plain, Script) and isinstance(unbraced(plain.base), Name))


def _pair(node: Big, display: Display, bound: frozenset[str], given: bool) -> tuple[Name, Name] | None:
    """The two letters under an operator that both belong to it."""
    condition = _condition(node)
    if condition is None or (condition[1] == "!=" and given):
        return None
    first, _, second = condition
    letters = {first.text, second.text}
    if letters & bound or second.word or not letters <= _free(node.body, None):
        return None
    return None if letters & _free(display, node) else (first, second)


def _condition(node: Big) -> tuple[Name, str, Name] | None:
    """``i < j`` or ``i ≠ j``, where that is all that stands under an operator."""
    chain = None if node.sub is None else unbraced(node.sub)
    if not isinstance(chain, Chain) or len(chain.operands) != 2 or chain.relations[0] not in _RELATIONS:
        return None
    first, second = (None if operand is None else unbraced(operand) for operand in chain.operands)
    if not isinstance(first, Name) or not isinstance(second, Name) or first.text == second.text:
        return None
    return first, chain.relations[0], second


def _free(node: Node, without: Node | None) -> frozenset[str]:
    """The letters that are bound by nothing in a part, one operator left out."""
    if node is without:
        return frozenset()
    if isinstance(node, Name):
        return frozenset((node.text,))
    found = frozenset[str]().union(*(_free(child, without) for child in children(node)))
    return found - _letters(node) if isinstance(node, Big) else found


def _letters(node: Big) -> frozenset[str]:
    """What an operator binds, as it is written."""
    try:
        binder = binder_of(node)
    except ReadError:
        return frozenset()
    return frozenset() if binder is None else frozenset(letter.text for letter in binder.letters)
