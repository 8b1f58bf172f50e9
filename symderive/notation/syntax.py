"""What the parser builds: a tree of what is written, with offsets, before anything is decided about meaning.

Ambiguity stays in the tree. A `Product` lists what stands side by side (`a(b)`, `\\log x y`, `s_i(\\mathbf
x)_j`);
whether a bracket holds arguments or a factor is decided from declarations, in `elaborate`.
Every node has `start` and `end`: offsets into the LaTeX text, in Unicode code points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

__all__ = [
    "Accent",
    "Big",
    "Binomial",
    "Braced",
    "Cases",
    "Chain",
    "DerivativeNode",
    "Display",
    "DotsNode",
    "Evaluated",
    "Factorial",
    "Fraction",
    "Group",
    "Label",
    "Listing",
    "MatrixNode",
    "Nabla",
    "Name",
    "Node",
    "Number",
    "Operator",
    "PartialSign",
    "Percent",
    "Prime",
    "Product",
    "Quantifier",
    "Root",
    "Row",
    "Script",
    "Sum",
    "TextNode",
    "children",
    "descend",
]


@dataclass(frozen=True)
class Node:
    """A piece of a formula and its place."""

    start: int
    end: int


@dataclass(frozen=True)
class Number(Node):
    """A number exactly as written."""

    text: str


@dataclass(frozen=True)
class Name(Node):
    """A letter, Greek letter or word; decorations are in the text: ``hat(v)``, ``mathcal(L)``."""

    text: str
    bold: bool = False
    word: bool = False  # several letters that are one name, or upright


@dataclass(frozen=True)
class Label(Node):
    """A subscript or superscript that is a word or a sign, not mathematics: ``v^{\\text{new}}``, ``w^*``."""

    text: str


@dataclass(frozen=True)
class Operator(Node):
    """A function that may be written without brackets: ``\\log``, ``\\exp``, ``exp``,
    ``\\operatorname{diag}``.
    """

    name: str


@dataclass(frozen=True)
class Accent(Node):
    """An accent over something that is no name."""

    accent: str
    body: Node


@dataclass(frozen=True)
class Braced(Node):
    """A TeX group ``{…}``: invisible in print, but it shows what the author took together."""

    body: Node


@dataclass(frozen=True)
class Script(Node):
    """A base with a subscript, a superscript or both."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True)
class Prime(Node):
    """``f'``, ``f''``."""

    base: Node
    order: int


@dataclass(frozen=True)
class Group(Node):
    """Something in visible brackets, with its comma- or bar-separated items."""

    open: str
    close: str
    items: tuple[Node, ...]
    separators: tuple[str, ...] = ()


@dataclass(frozen=True)
class Product(Node):
    """Factors in a row; `operators[n]` stands before factor n (``juxt`` for nothing; the first is
    ``juxt``).
    """

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Sum(Node):
    """Terms in a row with their signs, ``+`` or ``-``."""

    terms: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Fraction(Node):
    """``\\frac{numerator}{denominator}``."""

    numerator: Node
    denominator: Node


@dataclass(frozen=True)
class DerivativeNode(Node):
    """``\\frac{\\partial^n body}{\\partial x \\partial y}``; `body` is None where it stands after the
    fraction.
    """

    sign: str
    body: Node | None
    variables: tuple[Node, ...]
    counts: tuple[Node | None, ...]
    order: Node | None


@dataclass(frozen=True)
class PartialSign(Node):
    """``\\partial``, ``\\partial_{x}``, ``\\partial^2``."""

    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True)
class Nabla(Node):
    """``\\nabla``, ``\\nabla_\\theta``, ``\\nabla^2``."""

    sub: Node | None = None
    sup: Node | None = None


@dataclass(frozen=True)
class Root(Node):
    """``\\sqrt[degree]{radicand}``."""

    degree: Node | None
    radicand: Node


@dataclass(frozen=True)
class Binomial(Node):
    """``\\binom{top}{bottom}``."""

    top: Node
    bottom: Node


@dataclass(frozen=True)
class Factorial(Node):
    """``n!``."""

    body: Node


@dataclass(frozen=True)
class Percent(Node):
    """``50\\%``."""

    body: Node


@dataclass(frozen=True)
class Big(Node):
    """``\\sum``, ``\\prod``, ``\\max``, ``\\mathbb E`` … with its limits; the body runs to the next + or
    −.
    """

    kind: str
    sub: Node | None
    sup: Node | None
    body: Node


@dataclass(frozen=True)
class Evaluated(Node):
    """``\\left. body \\right|_{sub}^{sup}``."""

    body: Node
    sub: Node | None
    sup: Node | None


@dataclass(frozen=True)
class Cases(Node):
    """``\\begin{cases}``: rows of a value and a condition (a TextNode ``otherwise``, or None)."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class MatrixNode(Node):
    """A matrix written out."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True)
class DotsNode(Node):
    """An ellipsis."""


@dataclass(frozen=True)
class TextNode(Node):
    """Words inside a formula that are no name."""

    text: str


@dataclass(frozen=True)
class Listing(Node):
    """``a, b, \\dots, c`` without brackets."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Quantifier(Node):
    """``\\forall i`` or ``\\forall i \\in …``."""

    body: Node


@dataclass(frozen=True)
class Chain(Node):
    """``a = b \\le c``: operands and the relations between them. `operands[0]` is None in a row that
    starts with ``=``.
    """

    operands: tuple[Node | None, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Row(Node):
    """One line of a display: statements, conditions and words, with what separates them (``,`` ``quad``
    ``text``).
    """

    items: tuple[Node, ...]
    separators: tuple[str, ...]  # separators[n] stands before items[n]; "" before the first


@dataclass(frozen=True)
class Display(Node):
    """A whole displayed formula."""

    latex: str
    rows: tuple[Row, ...]
    label: str | None = None
    tag: str | None = None


_FIELDS: dict[type, tuple[str, ...]] = {}


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside a node, in reading order of its fields; kept with the node once found."""
    kept: tuple[Node, ...] | None = node.__dict__.get("_children")
    if kept is not None:
        return kept
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(f.name for f in fields(node) if f.name not in ("start", "end", "text"))
    found: list[Node] = []
    for name in names:
        value = getattr(node, name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Node):
                    found.append(item)
                elif isinstance(item, tuple):
                    found.extend(inner for inner in item if isinstance(inner, Node))
    kept = tuple(found)
    node.__dict__["_children"] = kept
    return kept


def descend(node: Node) -> Iterator[Node]:
    """The node and everything inside it, without recursion."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(children(current)))
