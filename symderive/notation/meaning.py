"""A statement with its declarations becomes SymPy terms: both sides of a relation, index by index."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr

from symderive.notation.elaborate import Elaborator
from symderive.notation.errors import ReadError
from symderive.notation.infer import infer
from symderive.notation.notation import Notation
from symderive.notation.scope import certainly_nonzero
from symderive.notation.syntax import (
    Chain,
    Display,
    Name,
    Node,
    Row,
    TextNode,
    descend,
)
from symderive.notation.values import Learn, Unify, common_axes
from symderive.terms import Hypothesis, Index

__all__ = ["Statement", "elaborate", "fresh_letters", "learning", "pair", "relation_of"]


_RELATIONS = {
    "=": "=",
    ":=": "=",
    "equiv": "=",
    "<-": "=",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
    "!=": "!=",
}


_NOT_EXACT = {
    "approx": "≈", "simeq": "≃", "sim": "∼", "propto": "∝", "ll": "≪", "gg": "≫", "cong": "≅",
    "lesssim": "≲", "gtrsim": "≳",
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """What a formula states: two sides and their relation, or one side alone, with the conditions under
    which they
    have values. A vector equation is an equation of components: `free` holds the index that was made for it.
    """

    lhs: Expr
    relation: str | None
    rhs: Expr | None
    domain: tuple[Hypothesis, ...]
    free: tuple[Index, ...]
    notation: Notation


def fresh_letters(root: Node, count: int) -> list[str]:
    """Letters for the components of a vector equation, none of which the formula uses."""
    used = {inner.text for inner in descend(root) if isinstance(inner, Name)}
    free = [letter for letter in "ijklmnrst" if letter not in used]
    free += [f"{letter}{number}" for number in range(1, 4) for letter in "ijk"]
    return free[:count]


def relation_of(text: str, node: Node) -> str:
    """The relation of a claim that a sign states."""
    if text in _RELATIONS:
        return _RELATIONS[text]
    if text in _NOT_EXACT:
        raise ReadError(
            f"{_NOT_EXACT[text]} states nothing exact",
            node.start,
            node.end,
            "write = or an inequality",
            "unsupported",
        )
    if text in ("implies", "iff"):
        raise ReadError(
            "an implication is not read",
            node.start,
            node.end,
            "write its two sides as two formulas",
            "unsupported",
        )
    raise ReadError("this relation is not read", node.start, node.end, "use =, ≠, <, ≤, >, ≥", "unsupported")


def pair(reader: Elaborator, left: Node, right: Node | None, relation: str | None, root: Node) -> Statement:
    """Both sides as terms; of a vector equation, a component."""
    values = [reader.value(left)] + ([reader.value(right)] if right is not None else [])
    axes = common_axes(values, root) if any(value.rank for value in values) else ()
    from symderive.notation.values import _aligned

    values = [_aligned(value, axes, root) if value.rank else value for value in values]
    free = tuple(
        Index(letter, axis[1], axis[0])
        for letter, axis in zip(fresh_letters(reader.root, len(axes)), axes, strict=True)
    )
    terms = [value.entry(free if value.rank else ()) for value in values]
    stated = None if relation is None else relation_of(relation, root)
    domain = tuple(
        condition
        for condition in reader.domain
        if not certainly_nonzero(condition.lhs) or condition.relation != "!="
    )
    return Statement(terms[0], stated, terms[1] if right is not None else None, domain, free, reader.notation)


def learning(root: Node, notation: Notation, read: object, tries: int = 12) -> object:
    """Run ``read(Elaborator)``; where it turns out that a name is a vector, run it again knowing that."""
    assert callable(read)
    for _ in range(tries):
        try:
            return read(Elaborator(root, notation))
        except Learn as lesson:
            if notation.learned.get(lesson.name) == lesson.axes:
                break
            notation = notation.learn(lesson.name, lesson.axes)
        except Unify as lesson:
            if lesson.dimension in notation.unified:
                break
            notation = notation.unify(lesson.dimension, lesson.axis)
        except RecursionError:
            break
    raise ReadError(
        "the shapes in this formula do not fit together", root.start, root.end, "declare what is a vector"
    )


def elaborate(node: Node, notation: Notation | None = None) -> Statement:
    """The terms of a statement.

    Parameters
    ----------
    node
        An expression, a `Chain` with one relation, or a `Display` that holds one of them.
    notation
        What is known about its names; inferred from the formula alone when left out.

    Raises
    ------
    ReadError
        With the smallest offending place.
    """
    if isinstance(node, Display):
        items = [item for row in node.rows for item in row.items if not isinstance(item, TextNode)]
        if len(items) != 1:
            raise ReadError("more than one statement", node.start, node.end, "read them one at a time")
        root: Node = node
        target = items[0]
    else:
        root = target = node
    if notation is None:
        notation = Notation()
    if notation.facts is None:
        display = (
            root
            if isinstance(root, Display)
            else Display(root.start, root.end, "", (Row(root.start, root.end, (root,), ("",)),))
        )
        notation = infer([display], notation)

    def read(reader: Elaborator) -> Statement:
        if isinstance(target, Chain):
            if len(target.relations) != 1 or target.operands[0] is None or target.operands[1] is None:
                raise ReadError("more than one relation", target.start, target.end, "read them one at a time")
            return pair(reader, target.operands[0], target.operands[1], target.relations[0], target)
        return pair(reader, target, None, None, target)

    result = learning(root, notation, read)
    assert isinstance(result, Statement)
    return result
