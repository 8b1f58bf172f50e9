"""Products: what stands side by side, functions without brackets, and named operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy
from sympy import Abs, Expr, Integer, KroneckerDelta, Rational, exp, log, sign, sqrt

from symderive.notation.access import head_of, split_indices, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.naming import NameReader, Part
from symderive.notation.syntax import (
    Big,
    Chain,
    DerivativeNode,
    Evaluated,
    Fraction,
    Group,
    Label,
    Nabla,
    Name,
    Node,
    Number,
    Operator,
    PartialSign,
    Prime,
    Product,
    Script,
)
from symderive.notation.uses import index_like
from symderive.notation.values import Value, divide, elementwise, multiply, scalar_value, to_argument
from symderive.terms import OPERATIONS, Operation, fresh_index, indexed_max, indexed_sum, operation

__all__ = ["ApplicationReader"]

_ELEMENTARY: dict[str, Callable[[Expr], Expr]] = {
    "exp": exp, "log": log, "ln": log, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "arcsin": sympy.asin, "arccos": sympy.acos,
    "arctan": sympy.atan, "sgn": sign, "sign": sign,
}  # fmt: skip
_INDICATORS = frozenset(["mathbb(1)", "bold(1)", "mathbb(I)", "mathbf(1)", "I", "bold(I)", "chi"])
_BY_LATEX = {
    spelling: name for name, row in OPERATIONS.items() for spelling in (name, *row.latex) if " " not in spelling
}


class ApplicationReader(NameReader):
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
                    f"the operation {operator} has no reading", factors[begin].start, factors[begin].end,
                    "write it with +, ·, / or ⊙", "unsupported",
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

    def gradient(
        self, node: Nabla | PartialSign, factors: Sequence[Node], operators: Sequence[str]
    ) -> Value:
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
        whole = rest[0] if len(rest) == 1 else Product(
            rest[0].start, rest[-1].end, tuple(rest), ("juxt",) * len(rest)
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
            elif isinstance(group, Group) and group.open == "(" and self.is_call(head, group, len(head.subs)):
                call = group
            elif isinstance(group, Group) and group.open == "[" and self._declared_function(head.name):
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
            not isinstance(item, Chain) and index_like(item, self._is_index)
            and all(self._is_index(x) for x in _letters(item))
            for item in group.items
        )

    def _name(self, node: Node, factors: Sequence[Node], operators: Sequence[str], position: int) -> tuple[Value, int]:
        indicator = self._indicator(factors, operators, position)
        if indicator is not None:
            return indicator
        part = self.part(factors, operators, position)
        if part is None:
            return self.value(node), position + 1
        covering = node if part.end == position + 1 else Product(
            node.start, factors[part.end - 1].end, tuple(factors[position : part.end]), ("juxt",) * (part.end - position)
        )
        if part.head.name == "e" and part.power is not None and part.call is None and not part.head.subs:
            if self.is_euler():
                return elementwise(self.value(part.power), exp), part.end
        value = self.part_value(part)
        return self.finish(value, part.power, part.transposed, covering), part.end

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
                return Value((value.axes[1], value.axes[0]), lambda at: entry((at[1], at[0])), open=value.open)
            if value.rank == 0:
                if value.open:
                    raise ReadError(
                        "a transpose stands on something that is not known to be a vector",
                        node.start, node.end, "declare it, for example `x: vector K`", "ambiguous",
                    )
                return value
        if power is None:
            return value
        return self.power(value, power, node)

    def power(self, value: Value, power: Node, node: Node) -> Value:
        raise NotImplementedError

    def _indicator(
        self, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int] | None:
        """``\\mathbb 1(i = k)``, ``\\mathbf 1\\{…\\}``, ``1_{i=k}``, ``[i = k]``."""
        node = unbraced(factors[position])
        power: Node | None = None
        if isinstance(node, Script) and isinstance(node.base, Group) and node.sub is None:
            node, power = node.base, node.sup
        if isinstance(node, Group) and node.open == "[" and len(node.items) == 1 and isinstance(node.items[0], Chain):
            value = scalar_value(self.indicator(node.items[0]))
            return (self.power(value, power, node) if power is not None else value), position + 1
        if isinstance(node, Script) and isinstance(unbraced(node.base), (Name, Number)) and node.sub is not None:
            base = unbraced(node.base)
            sub = unbraced(node.sub)
            if isinstance(sub, Group) and len(sub.items) == 1:
                sub = unbraced(sub.items[0])
            text = base.text if isinstance(base, (Name, Number)) else ""
            if isinstance(sub, Chain):
                if text not in _INDICATORS and text != "1":
                    raise ReadError("a relation stands as a subscript", sub.start, sub.end, "write the index alone")
                return scalar_value(self.indicator(sub)), position + 1
        if isinstance(node, (Name, Number)) and position + 1 < len(factors) and operators[position + 1] == "juxt":
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

    def _function(
        self, operator: Script | Operator, node: Node, factors: Sequence[Node], operators: Sequence[str], position: int
    ) -> tuple[Value, int]:
        """A function such as \\log with its argument: the bracket or group after it, else all that follows it."""
        base = operator.base if isinstance(operator, Script) else operator
        assert isinstance(base, Operator)
        sub = operator.sub if isinstance(operator, Script) else None
        sup = operator.sup if isinstance(operator, Script) else None
        argument, end, group = self._function_argument(base, factors, operators, position)
        value = self._apply(base, sub, argument, group, node)
        if sup is not None:
            if isinstance(sup, Label) or str(getattr(unbraced(sup), "text", "")) == "-1":
                raise ReadError("this superscript on a function has no reading", sup.start, sup.end, "write it out")
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
                following = position + 1 < len(factors) and operators[position + 1] == "juxt"
                del following
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

    def _apply(
        self, base: Operator, sub: Node | None, argument: Value, group: Group | None, node: Node
    ) -> Value:
        name = base.name
        if name in ("log", "ln"):
            self.require_value(argument, ">", node)
            value = elementwise(argument, log)
            if sub is not None:
                foot = self.term(sub)
                self.require(foot, ">", sub)
                return divide(value, scalar_value(log(foot)), node)
            return value
        if sub is not None:
            raise ReadError("a subscript on this function has no reading", sub.start, sub.end, "write it out")
        if name in _ELEMENTARY:
            return elementwise(argument, _ELEMENTARY[name])
        if name == "diag":
            return self._diagonal(argument, node)
        if name in ("tr", "Tr", "trace") and argument.rank == 2:
            j = fresh_index("j")
            return scalar_value(indexed_sum(argument.entry((j, j)), j, *argument.axes[0]))
        raise ReadError(f"{name} has no reading here", base.start, base.end, "write it with indices", "unsupported")

    def _diagonal(self, argument: Value, node: Node) -> Value:
        if argument.rank == 1:
            axis = argument.axes[0]
            return Value((axis, axis), lambda at: KroneckerDelta(at[0], at[1]) * argument.entry(at[:1]), open=())
        if argument.rank == 2:
            return Value(argument.axes[:1], lambda at: argument.entry((at[0], at[0])))
        raise ReadError("diag needs a vector or a matrix", node.start, node.end, "declare it: `s: vector K`")

    def named_operation(self, part: Part) -> Value | None:
        """KL, softmax, RMS and the like, where the document does not define them itself."""
        assert part.call is not None
        name = part.head.name
        if name in self.facts.functions and self.notation.kind(name) is None and name not in _BY_LATEX and name != "sigma":
            return None
        row_name = _BY_LATEX.get(name)
        if name in ("sigma", "mathrm(sigma)") and self.notation.kind(name) is None:
            row_name = "sigmoid"
        if name in ("H",) and len(part.call.items) == 2:
            row_name = "cross_entropy"
        if row_name is None or (self.notation.kind(name) is not None):
            return None
        row = OPERATIONS[row_name]
        values = [self.value(item) for item in part.call.items]
        wanted = [kind for kind in row.signature if kind != "index"]
        if len(values) != len(wanted):
            return None
        for value, kind, item in zip(values, wanted, part.call.items, strict=True):
            if kind == "vector" and value.rank != 1:
                raise ReadError(
                    f"{name} takes a vector, and this is not known to be one",
                    item.start, item.end, "declare it, for example `p: vector K`", "ambiguous",
                )
        for _ in range(part.head.primes):
            raise ReadError("the derivative of a named operation is written \\frac{d}{dx}", part.head.start, part.head.end)
        if row_name == "sigmoid" and name == "sigma" and any(name in names for names in self.facts.plain.values()):
            raise self._ambiguous(part.head, part.call, "the sigmoid of the argument")
        components = [self.integer(node) for node in self.component_nodes(part)]
        if wanted == ["scalar"]:
            (value,) = values
            result = elementwise(value, lambda t: operation(row_name, t))
            return _pick(result, components)
        arguments = [to_argument(value) for value in values]
        self._operation_domain(row_name, values, part.call)
        if "index" in row.signature:
            axes = values[0].axes
            result = Value(axes, lambda at: operation(row_name, *arguments, at[0]))
            return _pick(result, components)
        return scalar_value(operation(row_name, *arguments))

    def _is_operation(self, name: str) -> bool:
        return name in _BY_LATEX

    def _operation_domain(self, name: str, values: Sequence[Value], node: Node) -> None:
        positive = {"entropy": (0,), "cross_entropy": (1,), "kl_divergence": (0, 1)}.get(name, ())
        for place in positive:
            self.require_value(values[place], ">", node)

    def norm(self, group: Group, sub: Node | None, power: Node | None, node: Node) -> Value:
        """``\\|x\\|_2`` and its kin; an even power of the 2-norm is the sum of squares, without the root."""
        if len(group.items) != 1:
            raise ReadError("a norm has one argument", group.start, group.end, "write \\|x\\|")
        value = self.value(group.items[0])
        if value.rank == 0:
            if value.open:
                raise ReadError(
                    "a norm stands on something that is not known to be a vector",
                    group.start, group.end, "declare it, for example `x: vector K`", "ambiguous",
                )
            return scalar_value(Abs(value.scalar()))
        indices = [fresh_index("jkl"[n]) for n in range(value.rank)]

        def total(body: Callable[[Expr], Expr]) -> Expr:
            term = body(value.entry(tuple(indices)))
            for index, axis in zip(reversed(indices), reversed(value.axes), strict=True):
                term = indexed_sum(term, index, *axis)
            return term

        kind = str(getattr(unbraced(sub), "text", "")) if sub is not None else "2"
        if kind in ("2", "F", "_2") and (value.rank == 1 or kind == "F"):
            squares = total(lambda t: t**2)
            exponent = unbraced(power) if power is not None else None
            if isinstance(exponent, Number) and exponent.text.isdigit() and int(exponent.text) % 2 == 0:
                return scalar_value(squares ** (int(exponent.text) // 2) if len(exponent.text) < 3 else squares)
            result = scalar_value(sqrt(squares))
        elif kind == "1" and value.rank == 1:
            result = scalar_value(total(Abs))
        elif kind == "infty" and value.rank == 1:
            result = scalar_value(indexed_max(Abs(value.entry((indices[0],))), indices[0], *value.axes[0]))
        elif sub is not None and value.rank == 1 and (kind.isdigit() or kind == "p"):
            order = self.term(sub)
            result = scalar_value(total(lambda t: Abs(t) ** order) ** (1 / order))
        else:
            raise ReadError("this norm has no reading", node.start, node.end, "write it as a sum", "unsupported")
        return self.power(result, power, node) if power is not None else result


def _pick(value: Value, components: Sequence[Expr]) -> Value:
    at = tuple(components)
    if not at:
        return value
    entry = value.entry
    return Value(value.axes[len(at) :], lambda more: entry((*at, *more)))


def _operator(node: Node) -> Script | Operator | None:
    node = node if not isinstance(node, Prime) else node
    if isinstance(node, Operator) or (isinstance(node, Script) and isinstance(node.base, Operator)):
        return node
    return None


def _letters(node: Node) -> set[str]:
    from symderive.notation.access import letters_of

    return letters_of(node)


def unused() -> tuple[type, ...]:
    """Kept types of this floor."""
    return (Evaluated, Operation, Rational, Integer)
