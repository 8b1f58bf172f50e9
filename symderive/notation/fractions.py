"""Fractions, and the fractions that are derivatives: ``\\frac{\\partial^2 L}{\\partial x_i \\partial
x_j}``.
"""

from __future__ import annotations

from dataclasses import replace

from symderive.notation.syntax import (
    Braced,
    DerivativeNode,
    Fraction,
    Name,
    Node,
    PartialSign,
    Product,
    Script,
)

__all__ = ["fraction_or_derivative", "slashed_derivative"]


def fraction_or_derivative(start: int, end: int, numerator: Node, denominator: Node) -> Node:
    """The node of a fraction; a derivative where both parts begin with the same ∂ or d."""
    above, below = _factors(numerator), _factors(denominator)
    if above is None or below is None:
        return Fraction(start, end, numerator, denominator)
    sign, order = _sign(above[0])
    below_sign, _ = _sign(below[0])
    if sign is None or sign != below_sign or len(below) < 2:
        return Fraction(start, end, numerator, denominator)
    variables, counts = _variables(below, sign)
    if not variables:
        return Fraction(start, end, numerator, denominator)
    rest = above[1:]
    body: Node | None = None
    if len(rest) == 1:
        body = rest[0]
    elif rest:
        body = Product(rest[0].start, rest[-1].end, tuple(rest), ("juxt",) * len(rest))
    return DerivativeNode(start, end, sign, body, tuple(variables), tuple(counts), order)


def slashed_derivative(factors: list[Node], operators: list[str]) -> Node | None:
    """``\\partial L / \\partial x_k``, with whatever stands before it."""
    if operators.count("/") != 1:
        return None
    slash = operators.index("/")
    begins = [n for n, f in enumerate(factors[:slash]) if isinstance(f, PartialSign) and f.sub is None]
    after = factors[slash]
    if not begins or not isinstance(after, PartialSign) or after.sub is not None:
        return None
    if any(operator != "juxt" for operator in operators[slash + 1 :]):
        return None
    above, below = factors[begins[-1] : slash], factors[slash:]
    node = fraction_or_derivative(above[0].start, below[-1].end, _row(above), _row(below))
    before = factors[: begins[-1]]
    if not before:
        return node
    return Product(before[0].start, node.end, (*before, node), tuple(operators[: begins[-1] + 1]))


def _row(factors: list[Node]) -> Node:
    if len(factors) == 1:
        return factors[0]
    return Product(factors[0].start, factors[-1].end, tuple(factors), ("juxt",) * len(factors))


def _factors(node: Node) -> list[Node] | None:
    while isinstance(node, Braced):
        node = node.body
    if isinstance(node, Product):
        if any(operator != "juxt" for operator in node.operators):
            return None
        return list(node.factors)
    return [node]


def _sign(node: Node) -> tuple[str | None, Node | None]:
    """The sign of a derivative and its order: ``∂``, ``\\partial^2``, ``d``, ``\\mathrm d``."""
    if isinstance(node, PartialSign) and node.sub is None:
        return "partial", node.sup
    if isinstance(node, Name) and node.text == "d":
        return "d", None
    if (
        isinstance(node, Script)
        and node.sub is None
        and isinstance(node.base, Name)
        and node.base.text == "d"
    ):
        return "d", node.sup
    return None, None


def _variables(below: list[Node], sign: str) -> tuple[list[Node], list[Node | None]]:
    """What a denominator differentiates by, each with its power: ``∂x_i ∂x_j``, ``dx^2``."""
    pieces: list[list[Node]] = []
    for factor in below:
        found, order = _sign(factor)
        if found == sign and order is None:
            pieces.append([])
        elif pieces:
            pieces[-1].append(factor)
    if any(not piece for piece in pieces):
        return [], []
    variables: list[Node] = []
    counts: list[Node | None] = []
    for piece in pieces:
        last = piece[-1]
        count: Node | None = None
        if isinstance(last, Script) and last.sup is not None and _is_count(last.sup):
            count = last.sup
            last = last.base if last.sub is None else replace(last, sup=None, end=last.sub.end)
        piece = [*piece[:-1], last]
        if len(piece) == 1:
            variables.append(piece[0])
        else:
            variables.append(Product(piece[0].start, piece[-1].end, tuple(piece), ("juxt",) * len(piece)))
        counts.append(count)
    return variables, counts


def _is_count(node: Node) -> bool:
    """Is this superscript an order of differentiation (a number or letter), not a step or a transpose?"""
    from symderive.notation.syntax import Number

    return isinstance(node, (Number, Name))
