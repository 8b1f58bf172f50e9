"""Derivatives of functions that a document does not spell out, by the slots of their arguments."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Dummy, Expr

from symderive.notation.access import head_of, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.naming import Part
from symderive.notation.notation import Axis
from symderive.notation.syntax import (
    Name,
    Node,
    Product,
    Script,
)
from symderive.notation.values import Value, to_argument
from symderive.notation.variables import Variable, VariableReader
from symderive.terms import Apply, Definition, Partial, Tensor, differentiate, unfold, walk

__all__ = ["SlotReader", "base_name"]


class SlotReader(VariableReader):
    """Slot derivatives."""

    def unspecified(self, node: Node, wanted: Sequence[Variable]) -> Part | None:
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

    def _signature(self, name: str, wanted: Sequence[Variable]) -> list[str]:
        """The names that an unspecified function depends on."""
        stated = self.facts.arguments.get(name)
        if stated:
            return list(stated)
        bases: list[str] = []
        for base in (*self.facts.gradients.get(name, ()), *(variable.base for variable in wanted)):
            if base not in bases:
                bases.append(base)
        defined = [
            b
            for b in bases
            if b in self.notation.known and isinstance(self.notation.known[b].meaning, Definition)
        ]
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
        hinted = self.facts.hint(name, self.notation.section)
        if hinted and not self.rank_of(name):
            axes = self.axes_of(name, hinted)
            family = Tensor(name, *axes)
            return Value(axes, lambda at: family[at])
        return self.part_value(part)

    def _partial(self, term: Expr, wrt: Sequence[Expr], node: Node) -> Expr:
        """The derivative as a node for the judge. By a name that is itself defined (``∂L/∂s_i``) it is
        taken here,
        with that name kept whole: the judge would unfold it together with everything else.
        """
        known = self.notation.known
        heads = {w.head for w in wrt if isinstance(w, Apply) and w.head in known}
        heads = {head for head in heads if isinstance(known[head].meaning, Definition)}
        if not heads:
            return Partial(term, *wrt)
        others = [
            item.meaning
            for head, item in known.items()
            if head not in heads and isinstance(item.meaning, Definition)
        ]
        opened = unfold(term, others)
        if not any(isinstance(part, Apply) and part.head in heads for part in walk(opened)):
            raise ReadError(
                f"what is differentiated is not written in terms of {', '.join(sorted(heads))}",
                node.start,
                node.end,
                "define it in terms of that name first",
                "ambiguous",
            )
        return differentiate(opened, *wrt)

    def _slot_derivative(
        self, factors: Sequence[Node], operators: Sequence[str], wanted: Sequence[Variable]
    ) -> Value | None:
        """``∇_θ J(θ(n))``: the derivative of J by its argument, at the point θ(n)."""
        part = self.part(factors, operators, 0)
        if part is None or part.end != len(factors) or part.call is None or part.power is not None:
            return None
        bases = [base_name(item) for item in part.call.items]
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

    def _with_slots(self, value: Value, wanted: Sequence[Variable], slots: Sequence[int]) -> Value:
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
        self, part: Part, wanted: Sequence[Variable], points: Sequence[Value] | None, node: Node
    ) -> Value:
        """``∂J/∂θ_k (θ(n))`` and ``∂J/∂θ_k``: the derivative of an unspecified function, at a point or
        where we are.
        """
        name = part.head.name
        signature = self._signature(name, wanted)
        through = [variable.base for variable in wanted if variable.base not in signature]
        values = list(points) if points is not None else [self._base_value(base, node) for base in signature]
        if len(values) != len(signature):
            raise ReadError(
                f"{name} depends on {len(signature)} names, but is evaluated at {len(values)}",
                node.start,
                node.end,
                f"declare `names: {{{name}: function of {' '.join(signature)}}}`",
                "ambiguous",
            )
        components = [self.integer(component) for component in self.component_nodes(part)]
        arguments = [to_argument(value) for value in values]
        if through:
            if points is not None:
                raise ReadError(
                    f"{name} does not depend on {through[0]} directly",
                    node.start,
                    node.end,
                    "write the chain rule out",
                    "ambiguous",
                )
            applied = Value((), lambda _: Apply(name, arguments, components))
            return self._partial_of(applied, wanted)
        slots = [signature.index(variable.base) for variable in wanted]
        applied = Value((), lambda _: Apply(name, arguments, components))
        return self._with_slots(applied, wanted, slots)

    def _partial_of(self, value: Value, wanted: Sequence[Variable]) -> Value:
        axes = value.axes
        for variable in wanted:
            axes = (*axes, *variable.value.axes)

        def at(indices: tuple[Expr, ...]) -> Expr:
            position = value.rank
            wrt = []
            for variable in wanted:
                wrt.append(variable.value.entry(indices[position : position + variable.value.rank]))
                position += variable.value.rank
            return self._partial(value.entry(indices[: value.rank]), wrt, wanted[0].node)

        return Value(axes, at)


def base_name(node: Node) -> str | None:
    """The letter that an argument or a variable is named by."""
    node = unbraced(node)
    if isinstance(node, Product):
        node = unbraced(node.factors[0])
    if isinstance(node, Script):
        node = unbraced(node.base)
    return node.text if isinstance(node, Name) else None
