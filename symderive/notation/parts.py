"""A name with the brackets, powers and transposes that belong to it; indicators."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr

from symderive.notation.access import head_of, split_indices, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.naming import Part
from symderive.notation.operations import OperationReader
from symderive.notation.syntax import (
    Chain,
    Group,
    Label,
    Name,
    Node,
    Number,
    Script,
)
from symderive.notation.uses import index_like
from symderive.notation.values import Value, scalar_value

__all__ = ["PartReader"]

_INDICATORS = frozenset(["mathbb(1)", "bold(1)", "mathbb(I)", "mathbf(1)", "I", "bold(I)", "chi"])


class PartReader(OperationReader):
    """Names with what belongs to them."""

    def part(self, factors: Sequence[Node], operators: Sequence[str], position: int) -> Part | None:
        """The name at a position with the brackets that belong to it; None where there is no name."""
        node = factors[position]
        head = head_of(node, self._is_index)
        if head is None:
            return None
        position += 1
        bracket: Group | None = None
        call: Group | None = None
        post: tuple[Node, ...] = ()
        power, transposed = head.power, head.transposed
        if position < len(factors) and operators[position] == "juxt":
            group = unbraced(factors[position])
            script: Script | None = None
            if isinstance(group, Script) and isinstance(group.base, Group):
                script, group = group, group.base
            if isinstance(group, Group) and group.open == "[" and self._is_bracket(group):
                bracket = group
            elif (
                isinstance(group, Group) and group.open == "(" and self.is_call(head, group, len(head.subs))
            ) or (isinstance(group, Group) and group.open == "[" and self._declared_function(head.name)):
                call = group
            if bracket is not None or call is not None:
                position += 1
                if script is not None and script.sub is not None:
                    indices, label = split_indices(script.sub, self._is_index, force=True)
                    if label is not None:
                        raise ReadError(
                            "this subscript is no index", script.sub.start, script.sub.end, "use an index"
                        )
                    post = tuple(indices)
                if script is not None and script.sup is not None:
                    if power is not None:
                        raise ReadError("two powers stand here", script.start, script.end, "use brackets")
                    if isinstance(script.sup, Label) and script.sup.text == "top":
                        transposed = True
                    else:
                        power = script.sup
        return Part(head, bracket, call, post, power, transposed, position)

    def _declared_function(self, name: str) -> bool:
        return self.notation.kind(name) == "function"

    def _is_index(self, letter: str) -> bool:
        return letter in self.bound or self.facts.is_index(letter)

    def _is_bracket(self, group: Group) -> bool:
        return bool(group.items) and all(
            not isinstance(item, Chain)
            and index_like(item, self._is_index)
            and all(self._is_index(x) for x in _letters(item))
            for item in group.items
        )

    def is_euler(self) -> bool:
        """Is ``e`` Euler's number here?"""
        return (
            self.notation.kind("e") is None
            and "e" not in self.notation.known
            and not self.rank_of("e")
            and "e" not in self.parameters
            and not self.facts.is_sequence("e")
        )

    def finish(self, value: Value, power: Node | None, transposed: bool, node: Node) -> Value:
        """A value with its transpose or power."""
        if power is not None and value.rank and isinstance(unbraced(power), Name):
            letter = unbraced(power)
            if isinstance(letter, Name) and letter.text == "T":
                transposed, power = True, None
        if transposed:
            if value.rank == 1:
                return Value(value.axes, value.entry, not value.row, value.open, value.entrywise)
            if value.rank == 2:
                entry = value.entry
                return Value(
                    (value.axes[1], value.axes[0]), lambda at: entry((at[1], at[0])), open=value.open
                )
            if value.rank == 0:
                if value.open:
                    raise ReadError(
                        "a transpose stands on something that is not known to be a vector",
                        node.start,
                        node.end,
                        "declare it, for example `x: vector K`",
                        "ambiguous",
                    )
                return value
        if power is None:
            return value
        return self.power(value, power, node)

    def _indicator(
        self, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int] | None:
        """``\\mathbb 1(i = k)``, ``\\mathbf 1\\{…\\}``, ``1_{i=k}``, ``[i = k]``."""
        node = unbraced(factors[position])
        power: Node | None = None
        if isinstance(node, Script) and isinstance(node.base, Group) and node.sub is None:
            power, node = node.sup, node.base
        if (
            isinstance(node, Group)
            and node.open == "["
            and len(node.items) == 1
            and isinstance(node.items[0], Chain)
        ):
            value = scalar_value(self.indicator(node.items[0]))
            return (self.power(value, power, node) if power is not None else value), position + 1
        if (
            isinstance(node, Script)
            and isinstance(unbraced(node.base), (Name, Number))
            and node.sub is not None
        ):
            base = unbraced(node.base)
            sub = unbraced(node.sub)
            if isinstance(sub, Group) and len(sub.items) == 1:
                sub = unbraced(sub.items[0])
            text = base.text if isinstance(base, (Name, Number)) else ""
            if isinstance(sub, Chain):
                if text not in _INDICATORS and text != "1":
                    raise ReadError(
                        "a relation stands as a subscript", sub.start, sub.end, "write the index alone"
                    )
                return scalar_value(self.indicator(sub)), position + 1
        if (
            isinstance(node, (Name, Number))
            and position + 1 < len(factors)
            and operators[position + 1] == "juxt"
        ):
            if node.text not in _INDICATORS and not (isinstance(node, Number) and node.text == "1"):
                return None
            group = unbraced(factors[position + 1])
            if isinstance(group, Script):
                group = unbraced(group.base)
            if isinstance(group, Group) and len(group.items) == 1 and isinstance(group.items[0], Chain):
                return scalar_value(self.indicator(group.items[0])), position + 2
        return None

    def indicator(self, chain: Chain) -> Expr:
        raise NotImplementedError


def _letters(node: Node) -> set[str]:
    from symderive.notation.access import letters_of

    return letters_of(node)
