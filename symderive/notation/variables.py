"""What is differentiated by: a name, an entry, a component of a function, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Dummy, Expr, Indexed, Symbol

from symderive.notation.access import unbraced
from symderive.notation.binders import BinderReader
from symderive.notation.errors import ReadError
from symderive.notation.naming import Part
from symderive.notation.syntax import (
    DerivativeNode,
    Node,
    Number,
    Product,
)
from symderive.notation.values import Value
from symderive.terms import Apply, Dim, Index, Tensor

__all__ = ["MAX_ORDER", "Variable", "VariableReader"]

MAX_ORDER = 6


@dataclass(frozen=True)
class Variable:
    """A variable of differentiation: the family it is from, and its entries."""

    base: str
    value: Value
    indices: tuple[Expr, ...]
    stepless: bool
    node: Node


class VariableReader(BinderReader):
    """Variables of differentiation."""

    def variable(self, node: Node) -> Variable:
        node = unbraced(node)
        factors: Sequence[Node] = node.factors if isinstance(node, Product) else (node,)
        operators = ("juxt",) * len(factors)
        part = self.part(factors, operators, 0)
        if part is None or part.end != len(factors) or part.power is not None:
            raise ReadError(
                "this is no variable to differentiate by",
                node.start,
                node.end,
                "name it, and differentiate by the name",
            )
        name = part.head.name
        stepless = self.facts.is_sequence(name, self.notation.section) and self.step_node(part) is None
        if stepless and self.step is None:
            value = self._stepless(part)
        else:
            value = self.part_value(part)
        rank = self.facts.hint(name, self.notation.section)
        if value.open and not value.rank and rank and not self.component_nodes(part):
            axes = self.axes_of(name, rank)
            family = Tensor(name, *axes)
            value = Value(axes, lambda at: family[at])
        components = self.component_nodes(part)
        if self.step_node(part) is not None:
            components = [c for c in components if c is not self.step_node(part)]
        indices = tuple(self.integer(component) for component in components)
        sample = value.entry(tuple(Dummy("k", integer=True) for _ in value.axes))
        wrong = isinstance(sample, (Index, Dim)) or not isinstance(sample, (Symbol, Indexed, Apply))
        if wrong or (isinstance(sample, Apply) and sample.derivatives):
            raise ReadError(
                "this is no variable to differentiate by",
                node.start,
                node.end,
                "differentiate by a name or an entry",
            )
        return Variable(name, value, indices, stepless, node)

    def _stepless(self, part: Part) -> Value:
        """A sequence as a mere variable: ``∂/∂θ_k`` where no step is spoken of."""
        name = part.head.name
        at = [self.integer(component) for component in self.component_nodes(part)]
        axes = self.axes_of(name, max(self.rank_of(name) or 0, len(at)))
        family = Tensor(name, *axes) if axes else None
        if family is None:
            return self._plain(part.head)
        return Value(axes[len(at) :], lambda more: family[(*at, *more)])

    def _orders(self, node: DerivativeNode) -> list[int]:
        counts = []
        for count in node.counts:
            if count is None:
                counts.append(1)
                continue
            plain = unbraced(count)
            if (
                not isinstance(plain, Number)
                or not plain.text.isdigit()
                or not 0 < int(plain.text) <= MAX_ORDER
            ):
                raise ReadError(
                    "the order of a derivative must be a small number",
                    count.start,
                    count.end,
                    "write it out",
                    "unsupported",
                )
            counts.append(int(plain.text))
        order = unbraced(node.order) if node.order is not None else None
        if order is not None:
            total = int(order.text) if isinstance(order, Number) and order.text.isdigit() else None
            if total != sum(counts):
                raise ReadError(
                    "the orders above and below do not agree", node.start, node.end, "check the orders"
                )
        elif sum(counts) > 1 and node.order is None and node.sign:
            raise ReadError(
                "the orders above and below do not agree",
                node.start,
                node.end,
                "write \\partial^2 above",
            )
        return counts

    def _wanted(self, node: DerivativeNode) -> list[Variable]:
        orders = self._orders(node)
        found: list[Variable] = []
        for variable, count in zip(node.variables, orders, strict=True):
            found.extend([self.variable(variable)] * count)
        return found
