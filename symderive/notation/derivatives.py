"""Derivatives: ∂/∂x_k, ∂L/∂W, ∇_θ J, evaluation at a point, primes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Dummy, Expr, Indexed, Symbol

from symderive.notation.access import head_of, unbraced
from symderive.notation.binders import BinderReader
from symderive.notation.errors import ReadError
from symderive.notation.naming import Part
from symderive.notation.notation import Axis
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
    Script,
    Sum,
)
from symderive.notation.values import Value, to_argument
from symderive.terms import Apply, Definition, Dim, Index, Partial, Tensor, substitute, unfold

__all__ = ["DerivativeReader"]

_MAX_ORDER = 6


@dataclass(frozen=True)
class _Variable:
    """A variable of differentiation: the family it is from, and its entries."""

    base: str
    value: Value
    indices: tuple[Expr, ...]
    stepless: bool
    node: Node


class DerivativeReader(BinderReader):
    """Derivatives."""

    def variable(self, node: Node) -> _Variable:
        node = unbraced(node)
        factors: Sequence[Node] = node.factors if isinstance(node, Product) else (node,)
        operators = ("juxt",) * len(factors)
        part = self.part(factors, operators, 0)
        if part is None or part.end != len(factors) or part.power is not None:
            raise ReadError(
                "this is no variable to differentiate by", node.start, node.end, "name it, and differentiate by the name"
            )
        name = part.head.name
        stepless = self.facts.is_sequence(name, self.notation.section) and self.step_node(part) is None
        if stepless and self.step is None:
            value = self._stepless(part)
        else:
            value = self.part_value(part)
        if value.open and not value.rank and name in self.facts.hints:
            rank = self.facts.hints[name]
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
                "this is no variable to differentiate by", node.start, node.end, "differentiate by a name or an entry"
            )
        return _Variable(name, value, indices, stepless, node)

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
            if not isinstance(plain, Number) or not plain.text.isdigit() or not 0 < int(plain.text) <= _MAX_ORDER:
                raise ReadError(
                    "the order of a derivative must be a small number", count.start, count.end, "write it out",
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
                "the orders above and below do not agree", node.start, node.end, "write \\partial^2 above",
            )
        return counts

    def _wanted(self, node: DerivativeNode) -> list[_Variable]:
        orders = self._orders(node)
        found: list[_Variable] = []
        for variable, count in zip(node.variables, orders, strict=True):
            found.extend([self.variable(variable)] * count)
        return found

    def unspecified(self, node: Node, wanted: Sequence[_Variable]) -> Part | None:
        """The function by name that a derivative is taken of, if the document does not say what it is."""
        node = unbraced(node)
        head = head_of(node, self._is_index)
        if head is None or head.power is not None or head.transposed or head.primes:
            return None
        name = head.name
        if name in self.bound or name in self.facts.dims or name in self.notation.known:
            return None
        if self.notation.kind(name) not in (None, "function") or name in self.parameters:
            return None
        if self.facts.is_sequence(name) or any(variable.base == name for variable in wanted):
            return None
        if name in ("e", "pi") or (name in self.facts.letters and not head.subs):
            return None
        return Part(head, None, None, (), None, False, 1)

    def _signature(self, name: str, wanted: Sequence[_Variable]) -> list[str]:
        """The names that an unspecified function depends on."""
        stated = self.facts.arguments.get(name)
        if stated:
            return list(stated)
        bases: list[str] = []
        for base in (*self.facts.gradients.get(name, ()), *(variable.base for variable in wanted)):
            if base not in bases:
                bases.append(base)
        defined = [b for b in bases if b in self.notation.known and isinstance(self.notation.known[b].meaning, Definition)]
        if defined and len(defined) < len(bases):
            return defined  # L depends on x through s(x)
        return bases

    def _base_value(self, name: str, node: Node) -> Value:
        found = Name(node.start, node.end, name)
        head = head_of(found, self._is_index)
        assert head is not None
        part = Part(head, None, None, (), None, False, 1)
        if self.facts.is_sequence(name, self.notation.section) and self.step is None:
            return self._stepless(part)
        if name in self.facts.hints and not self.rank_of(name):
            axes = self.axes_of(name, self.facts.hints[name])
            family = Tensor(name, *axes)
            return Value(axes, lambda at: family[at])
        return self.part_value(part)

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
                "a point of evaluation after the derivative of a formula is not read", point.start, point.end,
                "write \\left. … \\right|_{x = …}", "unsupported",
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
        self, factors: Sequence[Node], operators: Sequence[str], whole: Node, wanted: Sequence[_Variable]
    ) -> Value:
        """The derivative of a formula, left for the judge to carry out."""
        slot = self._slot_derivative(factors, operators, wanted)
        if slot is not None:
            return slot
        for variable in wanted:
            if variable.stepless and self.step is None:
                raise ReadError(
                    f"at which step {variable.base} is meant is not written", variable.node.start, variable.node.end,
                    f"write {variable.base}(n)", "ambiguous",
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
            return Partial(entry(indices[:rank]), *wrt)

        return Value(axes, at)

    def _slot_derivative(
        self, factors: Sequence[Node], operators: Sequence[str], wanted: Sequence[_Variable]
    ) -> Value | None:
        """``∇_θ J(θ(n))``: the derivative of J by its argument, at the point θ(n)."""
        part = self.part(factors, operators, 0)
        if part is None or part.end != len(factors) or part.call is None or part.power is not None:
            return None
        bases = [_base_name(item) for item in part.call.items]
        slots: list[int] = []
        for variable in wanted:
            if variable.base not in bases or not (variable.stepless or self.facts.is_sequence(variable.base)):
                return None
            if not variable.stepless:
                return None
            slots.append(bases.index(variable.base))
        value = self.part_value(part)
        inner = value.entry(tuple(Dummy("k", integer=True) for _ in value.axes))
        if not isinstance(inner, Apply):
            return None
        return self._with_slots(value, wanted, slots)

    def _with_slots(self, value: Value, wanted: Sequence[_Variable], slots: Sequence[int]) -> Value:
        axes = value.axes
        free: list[tuple[Axis, ...]] = []
        for variable in wanted:
            free.append(variable.value.axes)
            axes = (*axes, *variable.value.axes)

        def at(indices: tuple[Expr, ...]) -> Expr:
            inner = value.entry(indices[: value.rank])
            assert isinstance(inner, Apply)
            position = value.rank
            derivatives = [tuple(derivative) for derivative in inner.derivatives]
            for variable, slot in zip(wanted, slots, strict=True):
                width = variable.value.rank
                derivatives.append((slot, *variable.indices, *indices[position : position + width]))
                position += width
            return Apply(inner.args[0], inner.arguments, inner.components, derivatives)

        return Value(axes, at)

    def _of_unspecified(
        self, part: Part, wanted: Sequence[_Variable], points: Sequence[Value] | None, node: Node
    ) -> Value:
        """``∂J/∂θ_k (θ(n))`` and ``∂J/∂θ_k``: the derivative of an unspecified function, at a point or where we are."""
        name = part.head.name
        signature = self._signature(name, wanted)
        through = [variable.base for variable in wanted if variable.base not in signature]
        values = list(points) if points is not None else [self._base_value(base, node) for base in signature]
        if len(values) != len(signature):
            raise ReadError(
                f"{name} depends on {len(signature)} names, but is evaluated at {len(values)}", node.start, node.end,
                f"declare `names: {{{name}: function of {' '.join(signature)}}}`", "ambiguous",
            )
        components = [self.integer(component) for component in self.component_nodes(part)]
        arguments = [to_argument(value) for value in values]
        if through:
            if points is not None:
                raise ReadError(
                    f"{name} does not depend on {through[0]} directly", node.start, node.end, "write the chain rule out",
                    "ambiguous",
                )
            applied = Value((), lambda _: Apply(name, arguments, components))
            return self._partial_of(applied, wanted)
        slots = [signature.index(variable.base) for variable in wanted]
        applied = Value((), lambda _: Apply(name, arguments, components))
        return self._with_slots(applied, wanted, slots)

    def _partial_of(self, value: Value, wanted: Sequence[_Variable]) -> Value:
        axes = value.axes
        for variable in wanted:
            axes = (*axes, *variable.value.axes)

        def at(indices: tuple[Expr, ...]) -> Expr:
            position = value.rank
            wrt = []
            for variable in wanted:
                wrt.append(variable.value.entry(indices[position : position + variable.value.rank]))
                position += variable.value.rank
            return Partial(value.entry(indices[: value.rank]), *wrt)

        return Value(axes, at)

    def gradient(
        self, node: Nabla | PartialSign, factors: Sequence[Node], operators: Sequence[str]
    ) -> Value:
        """``∇_θ f`` and ``∂_x f``."""
        order = unbraced(node.sup) if node.sup is not None else None
        if order is not None and (isinstance(node, Nabla) or not isinstance(order, Number)):
            raise ReadError(
                "this power of a derivative sign has no reading", node.start, node.end, "write \\frac{\\partial^2}{…}",
                "unsupported",
            )
        whole = factors[0] if len(factors) == 1 else Product(
            factors[0].start, factors[-1].end, tuple(factors), tuple(operators)
        )
        if node.sub is None:
            return self._own_gradient(node, factors, operators)
        members = node.sub.items if isinstance(node.sub, Listing) else (node.sub,)
        wanted = [self.variable(member) for member in members]
        if isinstance(order, Number) and order.text.isdigit() and 0 < int(order.text) <= _MAX_ORDER:
            wanted = wanted * int(order.text)
        if len(factors) == 1:
            part = self.unspecified(factors[0], wanted)
            if part is not None:
                return self._of_unspecified(part, wanted, None, node)
        return self._of(factors, operators, whole, wanted)

    def _own_gradient(self, node: Node, factors: Sequence[Node], operators: Sequence[str]) -> Value:
        """``∇J(θ)``: by the one argument that J has."""
        if isinstance(node, PartialSign):
            raise ReadError("∂ needs a variable", node.start, node.end, "write \\partial_{x} or \\frac{\\partial}{\\partial x}")
        part = self.part(factors, operators, 0)
        if part is not None and part.end == len(factors) and part.power is None:
            if part.call is not None and len(part.call.items) == 1:
                value = self.part_value(part)
                inner = value.entry(tuple(Dummy("k", integer=True) for _ in value.axes))
                if isinstance(inner, Apply):
                    argument = self.value(part.call.items[0])
                    variable = _Variable("", Value(argument.axes, lambda at: argument.entry(at)), (), True, node)
                    return self._with_slots(value, [variable], [0])
            name = part.head.name
            bases = self.facts.arguments.get(name) or self.facts.gradients.get(name) or ()
            if part.call is None and len(bases) == 1:
                wanted = [self.variable(Name(node.start, node.end, bases[0]))]
                unspecified = self.unspecified(factors[0], wanted)
                if unspecified is not None:
                    return self._of_unspecified(unspecified, wanted, None, node)
        raise ReadError(
            "the variable of this gradient is not written", node.start, node.end, "write \\nabla_\\theta", "ambiguous"
        )

    def is_evaluation(self, node: DerivativeNode | Nabla, group: Group) -> bool:
        """Does the bracket after ``∂J/∂θ_k`` say where, or is it a factor?"""
        assert isinstance(node, DerivativeNode) and node.body is not None
        if any(isinstance(item, (Chain, Sum)) for item in group.items):
            return False
        bases = {_base_name(variable) for variable in node.variables}
        named = [_base_name(item) for item in group.items]
        if any(name in bases for name in named):
            return True
        head = head_of(node.body, self._is_index)
        if head is not None and head.name in self.facts.functions and all(name is not None for name in named):
            return True
        return len(group.items) > 1

    def evaluated(self, node: Evaluated) -> Value:
        """``\\left. … \\right|_{x = a}``."""
        if node.sup is not None or node.sub is None:
            raise ReadError("this bar has no reading", node.start, node.end, "write \\right|_{x = …}", "unsupported")
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
                raise ReadError("the point is not written as x = …", node.sub.start, node.sub.end, "write x = a")
            left, right = chain.operands
            assert left is not None and right is not None
            variable, point_value = self.variable(left), self.value(right)
            if variable.value.rank == 0:
                changes.append((variable.value.scalar(), point_value.scalar()))
            elif point_value.rank == variable.value.rank:
                changes.append((Tensor(variable.base, *variable.value.axes), to_argument(point_value)))
            else:
                raise ReadError("the point does not fit the variable", chain.start, chain.end, "check the shapes")
        definitions = [k.meaning for k in self.notation.known.values() if isinstance(k.meaning, Definition)]

        def at(indices: tuple[Expr, ...]) -> Expr:
            term = unfold(value.entry(indices), definitions, operations=False)
            result = substitute(term, dict(changes))
            assert isinstance(result, Expr)
            return result

        return Value(value.axes, at)


def _base_name(node: Node) -> str | None:
    """The letter that an argument or a variable is named by."""
    node = unbraced(node)
    if isinstance(node, Product):
        node = unbraced(node.factors[0])
    if isinstance(node, Script):
        node = unbraced(node.base)
    return node.text if isinstance(node, Name) else None
