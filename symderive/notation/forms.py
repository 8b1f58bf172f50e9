"""The forms in which a formula says something about ranges and sizes: ``i = 1, …, K``, ``(x_1, …, x_K)``,
``x ∈ ℝ^K``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Expr, Integer, oo

from symderive.notation.access import unbraced
from symderive.notation.sizes import labelled_size
from symderive.notation.syntax import (
    Chain,
    Display,
    DotsNode,
    Group,
    Label,
    Listing,
    Name,
    Node,
    Number,
    Product,
    Quantifier,
    Row,
    Script,
    Sum,
)
from symderive.terms import Dim

__all__ = [
    "bound_value",
    "listed",
    "ranging",
    "shift",
    "space_of",
    "space_sizes",
    "statements",
    "subscripted",
]


def bound_value(node: Node, is_dim: Callable[[str], Expr | None]) -> Expr | None:
    """A limit of a range as a term: numbers, dimensions and their sums and products; None if it is
    anything else.
    """
    node = unbraced(node)
    if isinstance(node, Number):
        return Integer(node.text) if node.text.isdigit() and len(node.text) < 10 else None
    if isinstance(node, Name):
        if node.text == "infty":
            return oo
        return is_dim(node.text) if not node.bold else None
    if isinstance(node, Sum):
        total: Expr = Integer(0)
        for term, sign in zip(node.terms, node.signs, strict=True):
            value = bound_value(term, is_dim)
            if value is None:
                return None
            total = total + value if sign == "+" else total - value
        return total
    if isinstance(node, Product):
        product: Expr = Integer(1)
        for factor, operator in zip(node.factors, node.operators, strict=True):
            value = bound_value(factor, is_dim)
            if value is None or operator not in ("juxt", "*"):
                return None
            product = product * value
        return product
    if isinstance(node, Group) and len(node.items) == 1 and node.open == "(":
        return bound_value(node.items[0], is_dim)
    if isinstance(node, Group) and node.open == "|" and len(node.items) == 1:
        inner = unbraced(node.items[0])
        if isinstance(inner, Name):
            return Dim(f"|{inner.text}|")
    labelled = labelled_size(node, lambda _: False)
    if labelled is not None and isinstance(node, Script):
        return Dim(labelled) if isinstance(node.sub, Label) else is_dim(labelled)
    return None


def ranging(node: Node) -> tuple[list[Name], Node, Node] | None:
    """The letters and ends of a statement that says how an index runs: ``i = 1, …, K``, ``1 ≤ i ≤ K``, ``i
    ∈ {1, …, K}``.
    """
    if isinstance(node, Quantifier):
        return ranging(node.body)
    if not isinstance(node, Chain) or node.operands[0] is None:
        return None
    operands = [operand for operand in node.operands if operand is not None]
    names: list[Name] = []
    if node.relations in (("=",), ("in",)) and len(operands) == 2:
        for item in operands[0].items if isinstance(operands[0], Listing) else (operands[0],):
            plain = unbraced(item)
            if not isinstance(plain, Name) or plain.bold:
                return None
            names.append(plain)
        right = unbraced(operands[1])
        items: Sequence[Node]
        if isinstance(right, Listing) and node.relations == ("=",):
            items = right.items
        elif isinstance(right, Group) and node.relations == ("in",) and right.open in "{[" and right.items:
            items = right.items
            if right.open == "[" and len(items) == 1:  # i ∈ [K]
                return names, Number(right.start, right.start, "1"), items[0]
        else:
            return None
        if any(isinstance(item, DotsNode) for item in items) and not isinstance(items[0], DotsNode):
            first, last = items[0], items[-1]
            if isinstance(last, DotsNode):
                last = Name(last.start, last.end, "infty")
            return names, first, last
        return None
    if len(operands) == 3 and set(node.relations) <= {"<", "<="}:
        for item in operands[1].items if isinstance(operands[1], Listing) else (operands[1],):
            plain = unbraced(item)
            if not isinstance(plain, Name) or plain.bold or plain.text in ("x", "y", "p", "q"):
                return None
            names.append(plain)
        first, last = operands[0], operands[2]
        one = Number(last.start, last.start, "1")
        if not all(isinstance(unbraced(end), (Name, Number, Sum)) for end in (first, last)):
            return None
        if node.relations[0] == "<":
            first = Sum(first.start, first.end, (first, one), ("+", "+"))
        if node.relations[1] == "<":
            last = Sum(last.start, last.end, (last, one), ("+", "-"))
        if isinstance(unbraced(operands[2]), Number) or isinstance(unbraced(operands[0]), Name):
            return None  # 0 < γ < 1 is about a number
        return names, first, last
    return None


def space_of(node: Node) -> list[Node] | None:
    """The sizes of ``x ∈ ℝ^K``, ``W ∈ ℝ^{M×N}``, ``p ∈ Δ^{K-1}``, ``y ∈ {0,1}^K``; an empty list for ``a ∈
    ℝ``.
    """
    if not (isinstance(node, Chain) and node.relations == ("in",) and len(node.operands) == 2):
        return None
    return space_sizes(node.operands[1])


def space_sizes(space: Node | None) -> list[Node] | None:
    """The sizes of a space, None where it is no space that is known."""
    if space is None:
        return None
    space = unbraced(space)
    sup: Node | None = None
    base = space
    if isinstance(space, Script):
        base, sup = unbraced(space.base), space.sup
    if isinstance(base, Group) and base.open == "{" and sup is not None and len(base.items) == 2:
        return [sup]
    if isinstance(base, Group) and base.open in "([" and len(base.items) == 2 and sup is not None:
        return [sup]
    if not isinstance(base, Name):
        return None
    if base.text == "Delta" and sup is not None:
        plain = unbraced(sup)
        if isinstance(plain, Sum) and plain.signs == ("+", "-"):
            return [plain.terms[0]]
        return None
    if base.text not in ("mathbb(R)", "mathbf(R)", "R") and not (base.text == "R" and base.bold):
        return None
    if sup is None or isinstance(unbraced(sup), Label):
        return []
    plain = unbraced(sup)
    if isinstance(plain, Product) and all(operator in ("juxt", "*") for operator in plain.operators):
        return list(plain.factors) if "*" in plain.operators else [sup]
    return [sup]


def listed(node: Node) -> tuple[Node, Node, Node] | None:
    """Name, first and last index of ``(x_1, …, x_K)``."""
    items: Sequence[Node]
    if isinstance(node, (Group, Listing)):
        items = node.items
    else:
        return None
    if len(items) < 3 or not any(isinstance(item, DotsNode) for item in items):
        return None
    first, last = subscripted(items[0]), subscripted(items[-1])
    if first is None or last is None or first[0] != last[0] or not isinstance(unbraced(first[1]), Number):
        return None
    return items[0], first[1], last[1]


def subscripted(node: Node) -> tuple[str, Node] | None:
    """The letter and the subscript of an entry such as ``x_1``."""
    node = unbraced(node)
    if isinstance(node, Product):
        node = unbraced(node.factors[0])
    if isinstance(node, Script) and node.sub is not None and isinstance(unbraced(node.base), Name):
        base = unbraced(node.base)
        assert isinstance(base, Name)
        return base.text, node.sub
    return None


def shift(left: Node, right: Node) -> int | None:
    """By how much one index expression is ahead of another with the same letter; None if they are
    unrelated.
    """

    def split(node: Node) -> tuple[tuple[str, ...], int] | None:
        node = unbraced(node)
        if isinstance(node, Group) and len(node.items) == 1:
            node = unbraced(node.items[0])
        if isinstance(node, Name):
            return (node.text,), 0
        if isinstance(node, Number) and node.text.isdigit() and len(node.text) < 10:
            return (), int(node.text)
        if isinstance(node, Sum):
            letters: list[str] = []
            number = 0
            for term, sign in zip(node.terms, node.signs, strict=True):
                inner = split(term)
                if inner is None or (inner[0] and sign == "-"):
                    return None
                letters.extend(inner[0])
                number += inner[1] if sign == "+" else -inner[1]
            return tuple(sorted(letters)), number
        return None

    first, second = split(left), split(right)
    if first is None or second is None or first[0] != second[0] or len(first[0]) != 1:
        return None
    return first[1] - second[1]


def statements(node: Node) -> list[Chain]:
    """The relations of a formula, outermost only."""
    if isinstance(node, Chain):
        return [node]
    if isinstance(node, Display):
        return [chain for row in node.rows for chain in statements(row)]
    if isinstance(node, Row):
        return [item for item in node.items if isinstance(item, Chain)]
    return []
