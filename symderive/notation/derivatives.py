"""Derivatives: ∂/∂x_k, ∂L/∂W, ∇_θ J, evaluation at a point, primes."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Dummy, Expr

from symderive.notation.access import head_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.gradients import SlotReader, base_name
from symderive.notation.syntax import (
    Chain,
    DerivativeNode,
    Evaluated,
    Group,
    Listing,
    Nabla,
    Name,
    Node,
    Number,
    PartialSign,
    Product,
    Sum,
    descend,
)
from symderive.notation.values import Value, common_axes, to_argument
from symderive.notation.variables import MAX_ORDER, Variable
from symderive.terms import Apply, Definition, Tensor, substitute, unfold

__all__ = ["DerivativeReader"]


class DerivativeReader(SlotReader):
    """Derivatives."""

    def derivative(self, node: DerivativeNode, point: Group | None) -> Value:
        """A derivative with its body in the numerator, perhaps at a point."""
        assert node.body is not None
        wanted = self._wanted(node)
        part = self.unspecified(node.body, wanted)
        if part is not None:
            points = None if point is None else [self.value(item) for item in point.items]
            return self._of_unspecified(part, wanted, points, node)
        if point is not None:
            raise ReadError(
                "a point of evaluation after the derivative of a formula is not read",
                point.start,
                point.end,
                "write \\left. … \\right|_{x = …}",
                "unsupported",
            )
        body = unbraced(node.body)
        factors: Sequence[Node] = body.factors if isinstance(body, Product) else (body,)
        operators = body.operators if isinstance(body, Product) else ("juxt",)
        return self._of(factors, operators, body, wanted)

    def derivative_of_rest(
        self, node: DerivativeNode, factors: Sequence[Node], operators: Sequence[str], whole: Node
    ) -> Value:
        wanted = self._wanted(node)
        if len(factors) == 1:
            part = self.unspecified(factors[0], wanted)
            if part is not None:
                return self._of_unspecified(part, wanted, None, node)
        return self._of(factors, operators, whole, wanted)

    def _of(
        self, factors: Sequence[Node], operators: Sequence[str], whole: Node, wanted: Sequence[Variable]
    ) -> Value:
        """The derivative of a formula, left for the judge to carry out."""
        slot = self._slot_derivative(factors, operators, wanted)
        if slot is not None:
            return slot
        for variable in wanted:
            if variable.stepless and self.step is None:
                raise ReadError(
                    f"at which step {variable.base} is meant is not written",
                    variable.node.start,
                    variable.node.end,
                    f"write {variable.base}(n)",
                    "ambiguous",
                )
        body = self.product(factors, operators, whole)
        entry = body.entry
        rank = body.rank
        axes = body.axes
        for variable in wanted:
            axes = (*axes, *variable.value.axes)

        def at(indices: tuple[Expr, ...]) -> Expr:
            position = rank
            wrt = []
            for variable in wanted:
                width = variable.value.rank
                wrt.append(variable.value.entry(indices[position : position + width]))
                position += width
            return self._partial(entry(indices[:rank]), wrt, whole)

        return Value(axes, at)

    def gradient(self, node: Nabla | PartialSign, factors: Sequence[Node], operators: Sequence[str]) -> Value:
        """``∇_θ f`` and ``∂_x f``."""
        order = unbraced(node.sup) if node.sup is not None else None
        if order is not None and (isinstance(node, Nabla) or not isinstance(order, Number)):
            raise ReadError(
                "this power of a derivative sign has no reading",
                node.start,
                node.end,
                "write \\frac{\\partial^2}{…}",
                "unsupported",
            )
        whole = (
            factors[0]
            if len(factors) == 1
            else Product(factors[0].start, factors[-1].end, tuple(factors), tuple(operators))
        )
        if node.sub is None:
            return self._own_gradient(node, factors, operators)
        members = node.sub.items if isinstance(node.sub, Listing) else (node.sub,)
        wanted = [self.variable(member) for member in members]
        if isinstance(order, Number) and order.text.isdigit() and 0 < int(order.text) <= MAX_ORDER:
            wanted = wanted * int(order.text)
        if len(factors) == 1:
            part = self.unspecified(factors[0], wanted)
            if part is not None:
                return self._of_unspecified(part, wanted, None, node)
        if isinstance(node, Nabla) and len(wanted) == 1:
            there = self._gradient_at(factors, operators, wanted[0])
            if there is not None:
                return there
        return self._of(factors, operators, whole, wanted)

    def _gradient_at(
        self, factors: Sequence[Node], operators: Sequence[str], variable: Variable
    ) -> Value | None:
        """``∇_θ J(φ(n))``, ``∇_θ J(θ(n) − γ v(n))``: θ names the argument of J, and the point is where an
        iteration stands.
        """
        part = self.part(factors, operators, 0)
        if part is None or part.end != len(factors) or part.call is None or part.power is not None:
            return None
        if not variable.stepless or variable.indices or len(part.call.items) != 1:
            return None
        value = self.part_value(part)
        inner = value.entry(tuple(Dummy("k", integer=True) for _ in value.axes))
        if not isinstance(inner, Apply) or inner.head in self.notation.known:
            return None
        names = {name.text for name in descend(part.call.items[0]) if isinstance(name, Name)}
        iterated = {name for name in names if self.facts.is_sequence(name, self.notation.section)}
        moves = self.facts.is_sequence(variable.base, self.notation.section)
        if not iterated or (variable.base in names and not moves):
            return None
        argument = self.value(part.call.items[0])
        # The point is of the shape of θ: a letter that was not yet seen as a vector turns out to be one.
        common_axes([argument, variable.value], part.call.items[0])
        slot = Variable("", Value(argument.axes, lambda at: argument.entry(at)), (), True, variable.node)
        return self._with_slots(value, [slot], [0])

    def _own_gradient(self, node: Node, factors: Sequence[Node], operators: Sequence[str]) -> Value:
        """``∇J(θ)``: by the one argument that J has."""
        if isinstance(node, PartialSign):
            raise ReadError(
                "∂ needs a variable",
                node.start,
                node.end,
                "write \\partial_{x} or \\frac{\\partial}{\\partial x}",
            )
        part = self.part(factors, operators, 0)
        if part is not None and part.end == len(factors) and part.power is None:
            if part.call is not None and len(part.call.items) == 1:
                value = self.part_value(part)
                inner = value.entry(tuple(Dummy("k", integer=True) for _ in value.axes))
                if isinstance(inner, Apply):
                    argument = self.value(part.call.items[0])
                    variable = Variable(
                        "", Value(argument.axes, lambda at: argument.entry(at)), (), True, node
                    )
                    return self._with_slots(value, [variable], [0])
            name = part.head.name
            bases = self.facts.arguments.get(name) or self.facts.gradients.get(name) or ()
            if part.call is None and len(bases) == 1:
                wanted = [self.variable(Name(node.start, node.end, bases[0]))]
                unspecified = self.unspecified(factors[0], wanted)
                if unspecified is not None:
                    return self._of_unspecified(unspecified, wanted, None, node)
        raise ReadError(
            "the variable of this gradient is not written",
            node.start,
            node.end,
            "write \\nabla_\\theta",
            "ambiguous",
        )

    def is_evaluation(self, node: DerivativeNode | Nabla, group: Group) -> bool:
        """Does the bracket after ``∂J/∂θ_k`` say where, or is it a factor?"""
        assert isinstance(node, DerivativeNode)
        assert node.body is not None
        if any(isinstance(item, (Chain, Sum)) for item in group.items):
            return False
        bases = {base_name(variable) for variable in node.variables}
        named = [base_name(item) for item in group.items]
        if any(name in bases for name in named):
            return True
        head = head_of(node.body, self._is_index)
        if head is not None and head.name in self.facts.functions and all(name is not None for name in named):
            return True
        return len(group.items) > 1

    def evaluated(self, node: Evaluated) -> Value:
        """``\\left. … \\right|_{x = a}``."""
        if node.sup is not None or node.sub is None:
            raise ReadError(
                "this bar has no reading", node.start, node.end, "write \\right|_{x = …}", "unsupported"
            )
        body = unbraced(node.body)
        sub = unbraced(node.sub)
        chains = list(sub.items) if isinstance(sub, Listing) else [sub]
        if isinstance(body, DerivativeNode) and body.body is not None:
            wanted = self._wanted(body)
            part = self.unspecified(body.body, wanted)
            if part is not None and len(chains) == 1:
                point = chains[0].operands[-1] if isinstance(chains[0], Chain) else chains[0]
                assert point is not None
                return self._of_unspecified(part, wanted, [self.value(point)], body)
        value = self.value(node.body)
        changes: list[tuple[object, object]] = []
        for chain in chains:
            chain = unbraced(chain)
            if not isinstance(chain, Chain) or chain.relations != ("=",) or chain.operands[0] is None:
                raise ReadError(
                    "the point is not written as x = …", node.sub.start, node.sub.end, "write x = a"
                )
            left, right = chain.operands
            assert left is not None
            assert right is not None
            variable, point_value = self.variable(left), self.value(right)
            if variable.value.rank == 0:
                changes.append((variable.value.scalar(), point_value.scalar()))
            elif point_value.rank == variable.value.rank:
                changes.append((Tensor(variable.base, *variable.value.axes), to_argument(point_value)))
            else:
                raise ReadError(
                    "the point does not fit the variable", chain.start, chain.end, "check the shapes"
                )
        definitions = [k.meaning for k in self.notation.known.values() if isinstance(k.meaning, Definition)]

        def at(indices: tuple[Expr, ...]) -> Expr:
            term = unfold(value.entry(indices), definitions, operations=False)
            result = substitute(term, dict(changes))
            assert isinstance(result, Expr)
            return result

        return Value(value.axes, at)
