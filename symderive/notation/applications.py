"""Products: what stands side by side, functions without brackets, and named operations."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import exp

from symderive.notation.access import unbraced
from symderive.notation.errors import ReadError
from symderive.notation.naming import Part
from symderive.notation.parts import PartReader
from symderive.notation.syntax import (
    Big,
    DerivativeNode,
    Fraction,
    Group,
    Label,
    Nabla,
    Node,
    Number,
    Operator,
    PartialSign,
    Product,
    Script,
)
from symderive.notation.values import Value, divide, elementwise, multiply

__all__ = ["ApplicationReader"]


class ApplicationReader(PartReader):
    """Factors in a row."""

    def product(self, factors: Sequence[Node], operators: Sequence[str], node: Node) -> Value:
        """The value of factors in a row, from left to right."""
        result: Value | None = None
        position = 0
        while position < len(factors):
            operator = operators[position]
            begin = position
            value, position = self.item(factors, operators, position)
            if result is None:
                result = value
                continue
            if operator == "/":
                follows = position < len(factors) and operators[position] == "juxt"
                if follows and not self._plainly_outside(factors, begin, position):
                    raise ReadError(
                        "what belongs under this slash is not clear",
                        factors[begin].start,
                        factors[position].end,
                        "write \\frac{…}{…}, or brackets",
                        "ambiguous",
                    )
                self.require_value(value, "!=", factors[begin])
                result = divide(result, value, node)
            elif operator in ("juxt", "*", "odot"):
                before, here = unbraced(factors[begin - 1]), unbraced(factors[begin])
                if operator == "juxt" and isinstance(before, Number) and isinstance(here, Number):
                    raise ReadError(
                        "two numbers stand side by side", before.start, here.end, "write \\cdot between them"
                    )
                result = multiply(result, value, operator, node)
            else:
                raise ReadError(
                    f"the operation {operator} has no reading",
                    factors[begin].start,
                    factors[begin].end,
                    "write it with +, ·, / or ⊙",
                    "unsupported",
                )
        assert result is not None
        return result

    @staticmethod
    def _plainly_outside(factors: Sequence[Node], begin: int, position: int) -> bool:
        """``1/N \\sum …`` and ``1/2 x``: nobody means the rest to be under the slash."""
        if isinstance(factors[position], Big):
            return True
        before, divisor = unbraced(factors[begin - 1]), unbraced(factors[begin])
        return isinstance(before, Number) and isinstance(divisor, Number)

    def item(self, factors: Sequence[Node], operators: Sequence[str], position: int) -> tuple[Value, int]:
        """One factor with what belongs to it, and the position after it."""
        node = factors[position]
        with self.nested(node):
            operator = _operator(node)
            if operator is not None:
                return self._function(operator, node, factors, operators, position + 1)
            if isinstance(node, DerivativeNode) and node.body is None:
                return self._differentiate_rest(node, factors, operators, position + 1)
            if isinstance(node, DerivativeNode):
                return self._derivative_at(node, factors, operators, position + 1)
            if isinstance(node, (Nabla, PartialSign)):
                return self._gradient(node, factors, operators, position + 1)
            return self._name(node, factors, operators, position)

    # Written in `derivatives`.
    def derivative_of_rest(
        self, node: DerivativeNode, factors: Sequence[Node], operators: Sequence[str], whole: Node
    ) -> Value:
        raise NotImplementedError

    def derivative(self, node: DerivativeNode, point: Group | None) -> Value:
        raise NotImplementedError

    def gradient(self, node: Nabla | PartialSign, factors: Sequence[Node], operators: Sequence[str]) -> Value:
        raise NotImplementedError

    def is_evaluation(self, node: DerivativeNode | Nabla, group: Group) -> bool:
        raise NotImplementedError

    def _differentiate_rest(
        self, node: DerivativeNode, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int]:
        end = position
        while end < len(factors) and operators[end] == "juxt":
            end += 1
        if end == position:
            raise ReadError(
                "nothing stands after this derivative", node.start, node.end, "write what is differentiated"
            )
        if end < len(factors):
            raise ReadError(
                "how far this derivative reaches is not clear",
                node.start,
                factors[end].end,
                "put what is differentiated into brackets, or into the numerator",
                "ambiguous",
            )
        rest = factors[position:end]
        whole = (
            rest[0]
            if len(rest) == 1
            else Product(rest[0].start, rest[-1].end, tuple(rest), ("juxt",) * len(rest))
        )
        return self.derivative_of_rest(node, rest, ("juxt",) * len(rest), whole), end

    def _derivative_at(
        self, node: DerivativeNode, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int]:
        if position < len(factors) and operators[position] == "juxt":
            group = unbraced(factors[position])
            if isinstance(group, Group) and group.open == "(" and self.is_evaluation(node, group):
                return self.derivative(node, group), position + 1
        return self.derivative(node, None), position

    def _gradient(
        self, node: Nabla | PartialSign, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int]:
        """∇ and ∂_x take the next factor: a name with its arguments, a function, a sum, a bracket."""
        if position >= len(factors) or operators[position] != "juxt":
            raise ReadError("nothing stands after this", node.start, node.end, "write what is differentiated")
        first = factors[position]
        if _operator(first) is not None or isinstance(first, (Big, Nabla, PartialSign, DerivativeNode)):
            end = len(factors)
        else:
            part = self.part(factors, operators, position)
            end = part.end if part is not None else position + 1
        rest = factors[position:end]
        return self.gradient(node, rest, ("juxt", *operators[position + 1 : end])), end

    def _name(
        self, node: Node, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int]:
        indicator = self._indicator(factors, operators, position)
        if indicator is not None:
            return indicator
        part = self.part(factors, operators, position)
        if part is None:
            return self.value(node), position + 1
        self._refuse_unclear_argument(part, factors, operators)
        covering = (
            node
            if part.end == position + 1
            else Product(
                node.start,
                factors[part.end - 1].end,
                tuple(factors[position : part.end]),
                ("juxt",) * (part.end - position),
            )
        )
        if part.head.name == "e" and part.power is not None and part.call is None and not part.head.subs:
            if self.is_euler():
                return elementwise(self.value(part.power), exp), part.end
        value = self.part_value(part)
        return self.finish(value, part.power, part.transposed, covering), part.end

    def _refuse_unclear_argument(self, part: Part, factors: Sequence[Node], operators: Sequence[str]) -> None:
        """``u(0)`` is u at 0 to most readers, and no product; but nothing said that u is a function."""
        head, end = part.head, part.end
        if end >= len(factors) or operators[end] != "juxt" or part.call is not None or part.power is not None:
            return
        group = factors[end]
        if not isinstance(group, Group) or group.open != "(" or len(group.items) != 1:
            return
        name, inner = head.name, unbraced(group.items[0])
        undeclared = (
            self.notation.kind(name) is None
            and name not in self.notation.known
            and name not in self.facts.dims
            and name not in self.bound
            and name not in ("e", "pi")
            and not self._is_index(name)
        )
        if undeclared and isinstance(inner, Number):
            raise ReadError(
                f"{name}({inner.text}) is read as {name} at {inner.text} or as {name} times {inner.text}",
                factors[end - 1].start,
                group.end,
                f"declare `{name}: function` or `{name}: scalar`, or write {name} \\cdot {inner.text}",
                "ambiguous",
            )

    def _function(
        self,
        operator: Script | Operator,
        node: Node,
        factors: Sequence[Node],
        operators: Sequence[str],
        position: int,
    ) -> tuple[Value, int]:
        """A function such as \\log with its argument: the bracket or group after it, else all that follows
        it.
        """
        base = operator.base if isinstance(operator, Script) else operator
        assert isinstance(base, Operator)
        sub = operator.sub if isinstance(operator, Script) else None
        sup = operator.sup if isinstance(operator, Script) else None
        argument, end, group = self._function_argument(base, factors, operators, position)
        value = self._apply(base, sub, argument, group, node)
        if sup is not None:
            if isinstance(sup, Label) or str(getattr(unbraced(sup), "text", "")) == "-1":
                raise ReadError(
                    "this superscript on a function has no reading", sup.start, sup.end, "write it out"
                )
            value = self.power(value, sup, node)
        return value, end

    def _function_argument(
        self, base: Operator, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int, Group | None]:
        if position >= len(factors) or operators[position] != "juxt":
            raise ReadError(
                f"the argument of {base.name} is missing", base.start, base.end, f"write \\{base.name}(…)"
            )
        first = factors[position]
        group = unbraced(first)
        outer: Node | None = None
        if isinstance(group, Script) and isinstance(group.base, Group) and group.base.open in "([{":
            outer, group = group, group.base
        if isinstance(group, Group) and group.open in "([{" and len(group.items) == 1:
            if outer is not None:
                assert isinstance(outer, Script)
                if base.name in ("diag", "tr", "Tr", "trace") or outer.sub is not None:
                    inner = self.value(group.items[0])
                    return inner, position + 1, None
                raise ReadError(
                    f"whether {base.name} or its argument is raised to this power is not clear",
                    base.start,
                    outer.end,
                    f"write \\{base.name}^2(x) or \\{base.name}((x)^2)",
                    "ambiguous",
                )
            return self.value(group.items[0]), position + 1, group
        if type(first).__name__ == "Braced":
            return self.value(first), position + 1, None
        end = position
        count = 0
        while end < len(factors) and operators[end] == "juxt":
            node = factors[end]
            if end > position and (_operator(node) is not None):
                break
            if _operator(node) is not None or isinstance(node, (Big, Nabla, PartialSign, DerivativeNode)):
                stop = end
                while stop < len(factors) and operators[stop] == "juxt":
                    stop += 1
                if count and isinstance(node, Big):
                    break
                end, count = stop, count + 1
                break
            if isinstance(unbraced(node), Number) and count == 0 and end + 1 < len(factors):
                end += 1
                continue
            part = self.part(factors, operators, end)
            end = part.end if part is not None else end + 1
            count += 1
        rest = factors[position:end]
        after_big = end < len(factors) and operators[end] == "juxt" and isinstance(factors[end], Big)
        if count > 1 or (after_big and isinstance(unbraced(rest[-1]), Fraction)):
            raise ReadError(
                f"what belongs to {base.name} is not clear",
                base.start,
                factors[end - 1].end,
                f"write \\{base.name}(…)",
                "ambiguous",
            )
        whole = Product(rest[0].start, rest[-1].end, tuple(rest), ("juxt",) * len(rest))
        return self.product(rest, ("juxt",) * len(rest), whole), end, None


def _operator(node: Node) -> Script | Operator | None:
    if isinstance(node, Operator) or (isinstance(node, Script) and isinstance(node.base, Operator)):
        return node
    return None
