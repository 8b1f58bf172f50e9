"""Every use of a name in a formula, with the scope it stands in: the raw material of inference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from symderive.notation.access import Access, binder_of, head_of, split_indices, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.syntax import (
    Big,
    Chain,
    DerivativeNode,
    Group,
    Nabla,
    Name,
    Node,
    Number,
    Operator,
    PartialSign,
    Product,
    Script,
    Sum,
    children,
)

__all__ = ["Slot", "Use", "all_uses", "index_like", "uses"]


class Indices(Protocol):
    """Which letters are indices; once all is known, uses are kept."""

    settled: bool
    kept: dict[int, tuple[Node, tuple[Use, ...]]]

    def is_index(self, letter: str) -> bool:
        """Is this letter an index?"""
        ...


def all_uses(node: Node, indices: Indices) -> tuple[Use, ...]:
    """The uses of names in a whole formula, found once."""
    if not indices.settled:
        return tuple(uses(node, indices.is_index))
    found = indices.kept.get(id(node))
    if found is None or found[0] is not node:
        found = node, tuple(uses(node, indices.is_index))
        indices.kept[id(node)] = found
    return found[1]


@dataclass(frozen=True)
class Slot:
    """One place of a use where an index or step can stand."""

    style: str  # sub, sup, bracket, call, post
    place: int  # its number within the style
    node: Node


@dataclass(frozen=True)
class Use:
    """One occurrence of a name."""

    access: Access
    slots: tuple[Slot, ...]
    call: Group | None
    scope: Mapping[str, int]  # letter -> start of the operator that binds it
    differentiated: bool = False  # it stands under a ∂ or ∇: a variable of differentiation
    transposed: bool = False
    end: int = 0

    @property
    def name(self) -> str:
        return self.access.name


def index_like(node: Node, is_index: Callable[[str], bool]) -> bool:
    """Can this be an index: a letter, a number, or a letter shifted by a number?"""
    node = unbraced(node)
    if isinstance(node, Number):
        return node.text.isdigit()
    if isinstance(node, Name):
        return not node.word and not node.bold
    if isinstance(node, Sum):
        return all(index_like(term, is_index) for term in node.terms)
    if isinstance(node, Product):
        return all(
            isinstance(unbraced(factor), (Name, Number)) and index_like(factor, is_index)
            for factor in node.factors
        )
    return False


def uses(
    node: Node, is_index: Callable[[str], bool], scope: Mapping[str, int] | None = None
) -> Iterator[Use]:
    """The uses of names in `node`, outermost first."""
    scope = scope or {}
    if isinstance(node, Product):
        yield from _product(node.factors, node.operators, is_index, scope)
        return
    if isinstance(node, Big):
        inner = dict(scope)
        try:
            binder = binder_of(node)
        except ReadError:
            binder = None
        if binder is not None:
            for letter in binder.letters:
                inner[letter.text] = node.start
            for bound in (*binder.lower.values(), *binder.upper.values()):
                yield from uses(bound, is_index, scope)
            for condition in binder.conditions:
                yield from uses(condition, is_index, inner)
        yield from uses(node.body, is_index, inner)
        return
    if isinstance(node, DerivativeNode):
        for variable in node.variables:
            for use in uses(variable, is_index, scope):
                yield _mark(use)
        if node.body is not None:
            yield from uses(node.body, is_index, scope)
        return
    if isinstance(node, (Nabla, PartialSign)):
        if node.sub is not None:
            for use in uses(node.sub, is_index, scope):
                yield _mark(use)
        return
    head = _head(node, is_index)
    if head is not None:
        yield _use(head, None, None, [], scope, head.end)
        yield from _inside(node, is_index, scope)
        return
    for child in children(node):
        yield from uses(child, is_index, scope)


def _head(node: Node, is_index: Callable[[str], bool]) -> Access | None:
    if isinstance(unbraced(node), (Name, Script)) or type(unbraced(node)).__name__ == "Prime":
        try:
            return head_of(node, is_index)
        except ReadError:
            return None
    return None


def _mark(use: Use) -> Use:
    return Use(use.access, use.slots, use.call, use.scope, True, use.transposed, use.end)


def _inside(node: Node, is_index: Callable[[str], bool], scope: Mapping[str, int]) -> Iterator[Use]:
    """Uses inside the scripts of a name: its power only (indices are no uses of names)."""
    node = unbraced(node)
    if isinstance(node, Script):
        sup = node.sup
        if sup is not None and not isinstance(unbraced(sup), Group):
            yield from uses(sup, is_index, scope)


def _use(
    head: Access,
    bracket: Group | None,
    call: Group | None,
    post: Sequence[Node],
    scope: Mapping[str, int],
    end: int,
) -> Use:
    slots = [Slot("sub", number, node) for number, node in enumerate(head.subs)]
    if head.step is not None:
        slots.append(Slot("sup", 0, head.step))
    if bracket is not None:
        slots.extend(Slot("bracket", number, node) for number, node in enumerate(bracket.items))
    if call is not None:
        slots.extend(Slot("call", number, node) for number, node in enumerate(call.items))
    slots.extend(Slot("post", number, node) for number, node in enumerate(post))
    return Use(head, tuple(slots), call, scope, False, head.transposed, end)


def _product(
    factors: Sequence[Node],
    operators: Sequence[str],
    is_index: Callable[[str], bool],
    scope: Mapping[str, int],
) -> Iterator[Use]:
    position = 0
    while position < len(factors):
        node = factors[position]
        position += 1
        head = _head(node, is_index)
        if head is None or isinstance(node, Operator):
            yield from uses(node, is_index, scope)
            continue
        bracket: Group | None = None
        call: Group | None = None
        post: list[Node] = []
        end = head.end
        if position < len(factors) and operators[position] == "juxt":
            group = unbraced(factors[position])
            script: Script | None = None
            if isinstance(group, Script) and isinstance(group.base, Group):
                script, group = group, group.base
            if (
                isinstance(group, Group)
                and group.items
                and not any(isinstance(i, Chain) for i in group.items)
            ):
                if group.open == "[" and all(index_like(item, is_index) for item in group.items):
                    bracket = group
                elif group.open == "(" and "|" not in group.separators:
                    call = group
                if bracket is not None or call is not None:
                    position += 1
                    end = factors[position - 1].end
                    if script is not None:
                        if script.sub is not None:
                            try:
                                post, _ = split_indices(script.sub, is_index)
                            except ReadError:
                                post = []
                        if script.sup is not None:
                            yield from uses(script.sup, is_index, scope)
        yield _use(head, bracket, call, post, scope, end)
        yield from _inside(node, is_index, scope)
        if call is not None:
            for item in call.items:
                yield from uses(item, is_index, scope)
    return
