"""Named operations: logarithms, norms, KL, softmax and the like, and what they require of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy
from sympy import Abs, Dummy, Expr, Indexed, KroneckerDelta, Symbol, exp, log, sign, sqrt

from symderive.notation.access import Access, unbraced
from symderive.notation.errors import ReadError
from symderive.notation.naming import NameReader, Part
from symderive.notation.syntax import (
    Group,
    Node,
    Number,
    Operator,
)
from symderive.notation.values import Value, divide, elementwise, scalar_value, to_argument
from symderive.terms import (
    OPERATIONS,
    Partial,
    differentiate,
    fresh_index,
    indexed_max,
    indexed_sum,
    operation,
    substitute,
)

__all__ = ["OperationReader"]

_ELEMENTARY: dict[str, Callable[[Expr], Expr]] = {
    "exp": exp, "log": log, "ln": log, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "arcsin": sympy.asin, "arccos": sympy.acos,
    "arctan": sympy.atan, "sgn": sign, "sign": sign,
}  # fmt: skip

_BY_LATEX = {
    spelling: name
    for name, row in OPERATIONS.items()
    for spelling in (name, *row.latex)
    if " " not in spelling
}


class OperationReader(NameReader):
    """Functions by name."""

    def power(self, value: Value, power: Node, node: Node) -> Value:
        """A power with its side conditions; written in `elaborate`."""
        raise NotImplementedError

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
        raise ReadError(
            f"{name} has no reading here", base.start, base.end, "write it with indices", "unsupported"
        )

    def _diagonal(self, argument: Value, node: Node) -> Value:
        if argument.rank == 1:
            axis = argument.axes[0]
            return Value(
                (axis, axis), lambda at: KroneckerDelta(at[0], at[1]) * argument.entry(at[:1]), open=()
            )
        if argument.rank == 2:
            return Value(argument.axes[:1], lambda at: argument.entry((at[0], at[0])))
        raise ReadError("diag needs a vector or a matrix", node.start, node.end, "declare it: `s: vector K`")

    def named_operation(self, part: Part) -> Value | None:
        """KL, softmax, RMS and the like, where the document does not define them itself."""
        assert part.call is not None
        name = part.head.name
        if (
            name in self.facts.functions
            and self.notation.kind(name) is None
            and name not in _BY_LATEX
            and name != "sigma"
        ):
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
                    item.start,
                    item.end,
                    "declare it, for example `p: vector K`",
                    "ambiguous",
                )
        if part.head.primes and wanted != ["scalar"]:
            raise ReadError(
                "a prime says no variable to differentiate by",
                part.head.start,
                part.head.end,
                "write \\frac{\\partial}{\\partial x_k}",
            )
        if (
            row_name == "sigmoid"
            and name == "sigma"
            and any(name in names for names in self.facts.plain.values())
        ):
            raise self._ambiguous(part.head, part.call, "the sigmoid of the argument")
        components = [self.integer(node) for node in self.component_nodes(part)]
        if wanted == ["scalar"]:
            (value,) = values
            result = elementwise(value, lambda t: self._slope(row_name, t, part.head))
            return _pick(result, components)
        arguments = [to_argument(value) for value in values]
        self._operation_domain(row_name, values, part.call)
        if "index" in row.signature:
            axes = values[0].axes
            result = Value(axes, lambda at: operation(row_name, *arguments, at[0]))
            return _pick(result, components)
        return scalar_value(operation(row_name, *arguments))

    def _slope(self, name: str, argument: Expr, head: Access) -> Expr:
        """A named function of a number, differentiated once for every prime."""
        if not head.primes:
            return operation(name, argument)
        if isinstance(argument, (Symbol, Indexed)):
            return Partial(operation(name, argument), *[argument] * head.primes)
        if "kink" in OPERATIONS[name].domain:
            raise ReadError(
                f"{name} has a kink, and where is not said",
                head.start,
                head.end,
                "write its derivative by a name: \\frac{d}{dt}",
            )
        t = Dummy("t", real=True)
        term: Expr = operation(name, t)
        for _ in range(head.primes):
            term = differentiate(term, t)
        return substitute(term, {t: argument})

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
                    group.start,
                    group.end,
                    "declare it, for example `x: vector K`",
                    "ambiguous",
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
                return scalar_value(
                    squares ** (int(exponent.text) // 2) if len(exponent.text) < 3 else squares
                )
            result = scalar_value(sqrt(squares))
        elif kind == "1" and value.rank == 1:
            result = scalar_value(total(Abs))
        elif kind == "infty" and value.rank == 1:
            result = scalar_value(indexed_max(Abs(value.entry((indices[0],))), indices[0], *value.axes[0]))
        elif sub is not None and value.rank == 1 and (kind.isdigit() or kind == "p"):
            order = self.term(sub)
            result = scalar_value(total(lambda t: Abs(t) ** order) ** (1 / order))
        else:
            raise ReadError(
                "this norm has no reading", node.start, node.end, "write it as a sum", "unsupported"
            )
        return self.power(result, power, node) if power is not None else result


def _pick(value: Value, components: Sequence[Expr]) -> Value:
    at = tuple(components)
    if not at:
        return value
    entry = value.entry
    return Value(value.axes[len(at) :], lambda more: entry((*at, *more)))
