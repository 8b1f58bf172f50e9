"""How a name is used: its subscripts, step, power and arguments, collected from what stands side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symderive.notation.errors import ReadError
from symderive.notation.syntax import (
    Big,
    Braced,
    Chain,
    DotsNode,
    Group,
    Label,
    Listing,
    Name,
    Node,
    Number,
    Prime,
    Product,
    Script,
    Sum,
    descend,
)

__all__ = [
    "Access",
    "Binder",
    "binder_of",
    "bound_letters",
    "head_of",
    "letters_of",
    "split_indices",
    "unbraced",
]

#: Letters that are indices where nothing says otherwise.
USUAL_INDICES = frozenset("ijklmnrst")


@dataclass(frozen=True)
class Access:
    """A name with what is attached to it, before it is decided what the name is."""

    name: str
    start: int
    end: int
    bold: bool = False
    word: bool = False
    subs: tuple[Node, ...] = ()  # index subscripts
    step: Node | None = None  # v^{(t)}
    power: Node | None = None
    transposed: bool = False
    primes: int = 0
    base_end: int = 0  # where name and subscripts end, without the power


def unbraced(node: Node) -> Node:
    """The node inside TeX groups, which are invisible in print."""
    while isinstance(node, Braced):
        node = node.body
    return node


def letters_of(node: Node) -> set[str]:
    """The plain letters that occur in an index expression."""
    return {inner.text for inner in descend(node) if isinstance(inner, Name)}


def split_indices(
    sub: Node, is_index: Callable[[str], bool], force: bool = False
) -> tuple[list[Node], str | None]:
    """A subscript as index expressions, or as a label: ``ij`` is two indices, ``dW`` a label.

    With `force`, letters that are no index anywhere count as indices too (a bound variable, an axis that
    is known).
    """
    sub = unbraced(sub)
    if isinstance(sub, Listing):
        found: list[Node] = []
        labels: list[str] = []
        for item in sub.items:
            indices, label = split_indices(item, is_index, force)
            found.extend(indices)
            if label:
                labels.append(label)
        if labels and found:
            return found, "_".join(labels)
        return found, "_".join(labels) or None
    if isinstance(sub, Label):
        return [], sub.text
    if isinstance(sub, Number):
        return [sub], None
    if isinstance(sub, Name):
        if sub.word or sub.bold or not (force or is_index(sub.text)):
            return [], sub.text
        return [sub], None
    if isinstance(sub, Sum):
        return [sub], None
    if isinstance(sub, Product):
        names = [unbraced(factor) for factor in sub.factors]
        juxtaposed = all(operator == "juxt" for operator in sub.operators)
        if juxtaposed and all(isinstance(name, (Name, Number)) for name in names):
            letters = [name.text for name in names if isinstance(name, Name)]
            if all(is_index(letter) for letter in letters) and not any(
                isinstance(name, Name) and name.word for name in names
            ):
                if isinstance(names[0], Number) and len(letters) == 1 and len(names) == 2:
                    return [sub], None  # x_{2j}
                if all(isinstance(name, Name) for name in names) or not letters or len(names) == 2:
                    return list(names), None
            return [], "".join(name.text for name in names if isinstance(name, (Name, Number)))
        if letters_of(sub) and all(is_index(letter) for letter in letters_of(sub)):
            return [sub], None
    if isinstance(sub, Chain):
        raise ReadError("a relation stands as a subscript", sub.start, sub.end, "write the index alone")
    if isinstance(sub, Group) and len(sub.items) == 1:
        return split_indices(sub.items[0], is_index, force)
    if isinstance(sub, Script) and isinstance(unbraced(sub.base), Name):
        base = unbraced(sub.base)
        assert isinstance(base, Name)
        inner = unbraced(sub.sub) if sub.sub is not None else None
        if isinstance(inner, (Name, Number, Label)) and sub.sup is None:
            if (
                base.text in ("y", "pi", "sigma", "c", "z")
                and isinstance(inner, Name)
                and is_index(inner.text)
            ):
                raise ReadError(
                    "an index that depends on an index is not read",
                    sub.start,
                    sub.end,
                    "write it with an indicator: Σ_k [y_i = k] …",
                    "unsupported",
                )
            return [], f"{base.text}{inner.text}"
    raise ReadError(
        "this subscript has no reading", sub.start, sub.end, "use an index, a number or \\text{…}"
    )


def head_of(node: Node, is_index: Callable[[str], bool]) -> Access | None:
    """The name that a factor is, with its scripts; None if it is something else."""
    node = unbraced(node)
    primes = 0
    sub: Node | None = None
    sup: Node | None = None
    base: Node = node
    if isinstance(base, Script):
        sub, sup = base.sub, base.sup
        inner = unbraced(base.base)
        if isinstance(inner, Script) and isinstance(base.base, Braced):
            if sub is not None and inner.sub is None and isinstance(inner.sup, (Label, Group)):
                sup = inner.sup if sup is None else sup
                inner = unbraced(inner.base)
            else:
                return None
        base = inner
    if isinstance(base, Prime):
        primes, base = base.order, unbraced(base.base)
        if isinstance(base, Script):
            if base.sup is not None or sub is not None:
                return None
            sub, base = base.sub, unbraced(base.base)
    if not isinstance(base, Name):
        return None
    name = base.text
    indices: list[Node] = []
    if sub is not None:
        indices, label = split_indices(sub, is_index)
        if label:
            name = f"{name}_{label}"
    step: Node | None = None
    power: Node | None = None
    transposed = False
    if isinstance(sup, Label):
        if sup.text == "top":
            transposed = True
        else:
            name = f"{name}^{sup.text}"
    elif isinstance(sup, Group) and sup.open == "(" and len(sup.items) == 1:
        item = unbraced(sup.items[0])
        labelled = (
            isinstance(item, Name) and not is_index(item.text) and (item.word or item.text[:1].isupper())
        )
        if isinstance(item, (Name, Number)) and (labelled or isinstance(item, Number)):
            name = f"{name}^({item.text})"
        else:
            step = item
    elif sup is not None:
        plain = unbraced(sup)
        if isinstance(plain, Name) and plain.word and len(plain.text) > 1:
            name = f"{name}^{plain.text}"
        else:
            power = sup
    base_end = sub.end if sub is not None and (sup is None or sub.end < sup.start) else node.end
    return Access(
        name,
        node.start,
        node.end,
        base.bold,
        base.word,
        tuple(indices),
        step,
        power,
        transposed,
        primes,
        base_end,
    )


@dataclass(frozen=True)
class Binder:
    """The index part of a ``\\sum``: its letters, the limits as they are written, and further conditions."""

    letters: tuple[Name, ...]
    lower: dict[str, Node]
    upper: dict[str, Node]
    strict_lower: frozenset[str] = frozenset()  # k < j: j starts one later
    strict_upper: frozenset[str] = frozenset()
    conditions: tuple[Chain, ...] = ()
    distribution: Node | None = None
    values: dict[str, Node] | None = None  # i ∈ {…}


def binder_of(big: Big) -> Binder | None:
    """What a big operator binds; None where nothing is written under it."""
    if big.sub is None:
        return None
    sub = unbraced(big.sub)
    items = list(sub.items) if isinstance(sub, Listing) else [sub]
    letters: list[Name] = []
    lower: dict[str, Node] = {}
    upper: dict[str, Node] = {}
    strict_lower: set[str] = set()
    strict_upper: set[str] = set()
    conditions: list[Chain] = []
    values: dict[str, Node] = {}
    distribution: Node | None = None

    def add(name: Node) -> Name:
        plain = unbraced(name)
        if not isinstance(plain, Name):
            raise ReadError(
                "the index of this operator must be a letter", name.start, name.end, "write j or j = 1"
            )
        if all(letter.text != plain.text for letter in letters):
            letters.append(plain)
        return plain

    for item in items:
        item = unbraced(item)
        if isinstance(item, Name):
            add(item)
        elif isinstance(item, Chain):
            operands, relations = item.operands, item.relations
            first = operands[0]
            if first is None:
                raise ReadError("the index is missing", item.start, item.end, "write j = 1")
            if relations == ("=",):
                name = unbraced(first)
                second = operands[1]
                assert second is not None
                if isinstance(name, Name) and all(name.text != letter.text for letter in letters):
                    add(name)
                    if isinstance(second, Listing):
                        lower[name.text], upper[name.text] = second.items[0], second.items[-1]
                    else:
                        lower[name.text] = second
                else:
                    conditions.append(item)
            elif relations in (("in",), ("sim",)):
                second = operands[1]
                assert second is not None
                names = first.items if isinstance(first, Listing) else (first,)
                for name in names:
                    plain = add(name)
                    if relations == ("in",):
                        values[plain.text] = second
                    else:
                        distribution = second
            elif _compares(item, letters):
                conditions.append(item)
            elif relations in (("!=",), ("<",), (">",)) and len(operands) == 2:
                name = unbraced(first)
                if isinstance(name, Name) and all(name.text != letter.text for letter in letters):
                    second_name = unbraced(operands[1]) if operands[1] is not None else None
                    known = isinstance(second_name, Name) and any(second_name.text == n.text for n in letters)
                    if not known or relations == ("!=",):
                        add(name)
                        conditions.append(item)
                        continue
                conditions.append(item)
            elif all(relation in ("<", "<=") for relation in relations):
                _ordered(item, add, lower, upper, strict_lower, strict_upper, conditions)
            else:
                raise ReadError(
                    "what stands under this operator has no reading",
                    item.start,
                    item.end,
                    "write j = 1 or j \\ne k",
                )
        elif isinstance(item, DotsNode):
            raise ReadError("an ellipsis stands under this operator", item.start, item.end, "write j = 1")
        elif (
            isinstance(item, Product)
            and all(isinstance(unbraced(f), Name) for f in item.factors)
            and all(operator == "juxt" for operator in item.operators)
        ):
            for factor in item.factors:
                add(factor)
        else:
            raise ReadError(
                "what stands under this operator has no reading",
                item.start,
                item.end,
                "write j = 1 or j \\ne k",
            )
    if big.sup is not None:
        for letter in letters:
            if letter.text not in upper:
                upper[letter.text] = big.sup
        shared = next(iter(lower.values()), None)
        if shared is not None:  # \sum_{i,j=1}^{n}
            for letter in letters:
                lower.setdefault(letter.text, shared)
    return Binder(
        tuple(letters),
        lower,
        upper,
        frozenset(strict_lower),
        frozenset(strict_upper),
        tuple(conditions),
        distribution,
        values or None,
    )


def _compares(item: Chain, letters: Sequence[Name]) -> bool:
    """Is a relation one between two letters that are bound already?"""
    names = [unbraced(operand) for operand in item.operands if operand is not None]
    bound = {letter.text for letter in letters}
    return len(names) == 2 and all(isinstance(name, Name) and name.text in bound for name in names)


def _ordered(
    item: Chain,
    add: Callable[[Node], Name],
    lower: dict[str, Node],
    upper: dict[str, Node],
    strict_lower: set[str],
    strict_upper: set[str],
    conditions: list[Chain],
) -> None:
    """``1 \\le i < j \\le n``: every operand between the first and the last is an index."""
    operands = [operand for operand in item.operands if operand is not None]
    inner = operands[1:-1]
    if not inner:  # i < j, i \le n
        name = unbraced(operands[0])
        if isinstance(name, Name):
            bound = add(name)
            upper[bound.text] = operands[1]
            if item.relations[0] == "<":
                strict_upper.add(bound.text)
        return
    names: list[Name] = []
    for part in inner:
        names.extend(add(member) for member in (part.items if isinstance(part, Listing) else (part,)))
    for name in names:
        lower[name.text] = operands[0]
        upper[name.text] = operands[-1]
        if item.relations[0] == "<":
            strict_lower.add(name.text)
        if item.relations[-1] == "<":
            strict_upper.add(name.text)
    for number in range(1, len(inner)):
        left, right = inner[number - 1], inner[number]
        conditions.append(Chain(left.start, right.end, (left, right), (item.relations[number],)))


def bound_letters(nodes: Sequence[Node]) -> set[str]:
    """Every letter that some operator binds, in any of the formulas."""
    found: set[str] = set()
    for root in nodes:
        for node in descend(root):
            if isinstance(node, Big) and node.sub is not None:
                try:
                    binder = binder_of(node)
                except ReadError:
                    continue
                if binder is not None and node.kind not in ("lim", "int"):
                    found |= {letter.text for letter in binder.letters}
    return found
