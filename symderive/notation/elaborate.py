"""Syntax to meaning: a statement with its declarations becomes SymPy terms, index by index."""

from __future__ import annotations

from collections.abc import Mapping

import sympy
from sympy import Abs, Expr, Integer, Piecewise, Pow, Rational, binomial, exp, factorial

from symderive.notation.access import unbraced
from symderive.notation.derivatives import DerivativeReader
from symderive.notation.errors import ReadError
from symderive.notation.syntax import (
    Accent,
    Big,
    Binomial,
    Braced,
    Cases,
    Chain,
    DerivativeNode,
    DotsNode,
    Evaluated,
    Factorial,
    Fraction,
    Group,
    Label,
    Listing,
    MatrixNode,
    Nabla,
    Name,
    Node,
    Number,
    Operator,
    PartialSign,
    Percent,
    Prime,
    Product,
    Quantifier,
    Root,
    Row,
    Script,
    Sum,
    TextNode,
)
from symderive.notation.values import Value, add, divide, elementwise, scalar_value
from symderive.terms import Dim, Index, free_names

__all__ = ["MAX_EXPONENT", "Elaborator", "case_conditions"]

MAX_EXPONENT = 10_000
_MAX_DIGITS = 2_000
_MAX_BITS = 200_000


class Elaborator(DerivativeReader):
    """All topics together: the value of any node."""

    def value(self, node: Node) -> Value:
        with self.nested(node):
            return self._value(node)

    def _value(self, node: Node) -> Value:
        if isinstance(node, Number):
            return scalar_value(self.digits(node))
        if isinstance(node, Braced):
            return self.value(node.body)
        if isinstance(node, (Name, Operator, DerivativeNode, Nabla, PartialSign)):
            return self.product((node,), ("juxt",), node)
        if isinstance(node, Product):
            return self.product(node.factors, node.operators, node)
        if isinstance(node, Sum):
            return add([self.value(term) for term in node.terms], list(node.signs), node)
        if isinstance(node, Script):
            return self._script(node)
        if isinstance(node, Prime):
            return self._prime(node)
        if isinstance(node, Group):
            return self._group(node)
        if isinstance(node, Fraction):
            top, bottom = self.value(node.numerator), self.value(node.denominator)
            self.require_value(bottom, "!=", node.denominator)
            return divide(top, bottom, node)
        if isinstance(node, Root):
            return self._root(node)
        if isinstance(node, Big):
            return self.big(node)
        if isinstance(node, Binomial):
            top_term, bottom_term = self.term(node.top), self.term(node.bottom)
            self._small(top_term, node.top)
            self._small(bottom_term, node.bottom)
            return scalar_value(binomial(top_term, bottom_term))
        if isinstance(node, Factorial):
            term = self.term(node.body)
            self._small(term, node.body)
            return scalar_value(factorial(term))
        if isinstance(node, Percent):
            return scalar_value(self.term(node.body) / 100)
        if isinstance(node, Evaluated):
            return self.evaluated(node)
        if isinstance(node, Cases):
            return self._cases(node)
        raise _unread(node)

    @staticmethod
    def _small(term: Expr, node: Node) -> None:
        if term.is_number and (not term.is_Integer or abs(int(term)) > 1000):
            raise ReadError(
                "this number is too large here", node.start, node.end, "use a smaller one", "unsupported"
            )

    def digits(self, node: Number) -> Expr:
        """A number, exactly."""
        text = node.text.lower()
        mantissa, _, exponent = text.partition("e")
        if len(mantissa) > _MAX_DIGITS or (
            exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT)
        ):
            raise ReadError(
                "this number is too long", node.start, node.end, "use fewer digits", "unsupported"
            )
        number = Rational(mantissa)
        return number * Integer(10) ** int(exponent) if exponent else number

    def _script(self, node: Script) -> Value:
        base = unbraced(node.base)
        if isinstance(base, Group) and base.open == "||":
            return self.norm(base, node.sub, node.sup, node)
        sub = unbraced(node.sub) if node.sub is not None else None
        if isinstance(sub, Group) and len(sub.items) == 1:
            sub = unbraced(sub.items[0])
        if isinstance(sub, Chain):
            if isinstance(base, Group):
                if self.facts.declared and node.sup is not None and len(base.items) == 1:
                    return self.comprehension(node, base)
                # Elsewhere the letters of a text are told apart by their uses, which do not see this binder.
                raise ReadError(
                    "a vector that is written by its entries is not read here",
                    node.start,
                    node.end,
                    "define a name with an index for it, and use the name",
                    "unsupported",
                )
            return self.product((node,), ("juxt",), node)
        part = self.part((node,), ("juxt",), 0) if isinstance(base, (Name, Script, Prime)) else None
        if part is not None or isinstance(base, Operator):
            return self.product((node,), ("juxt",), node)
        if isinstance(base, Number) and node.sub is not None:
            return self.product((node,), ("juxt",), node)
        value = self.value(node.base)
        if node.sub is not None:
            if value.rank == 0:
                raise ReadError(
                    "a subscript stands on a number",
                    node.sub.start,
                    node.sub.end,
                    "write it on the name of a vector",
                )
            from symderive.notation.access import split_indices

            indices, label = split_indices(node.sub, self._is_index, force=True)
            if label is not None or len(indices) > value.rank:
                raise ReadError(
                    "this subscript does not fit", node.sub.start, node.sub.end, "use an index an axis"
                )
            at = tuple(self.integer(index) for index in indices)
            entry = value.entry
            value = Value(value.axes[len(at) :], lambda more: entry((*at, *more)))
        if node.sup is None:
            return value
        if isinstance(node.sup, Label):
            if node.sup.text == "top":
                return self.finish(value, None, True, node)
            raise ReadError(
                "this superscript has no reading", node.sup.start, node.sup.end, "use a power or a name"
            )
        return self.finish(value, node.sup, False, node)

    def _prime(self, node: Prime) -> Value:
        """``f'`` without an argument: only of a function that is defined, at its own parameter."""
        part = self.part((node,), ("juxt",), 0)
        if part is not None and part.head.name in self.notation.known:
            return self.part_value(part)
        raise ReadError(
            "what this is the derivative by is not written",
            node.start,
            node.end,
            "write f'(x) or \\frac{d}{dx}",
            "ambiguous",
        )

    def _group(self, node: Group) -> Value:
        if node.open == "||":
            return self.norm(node, None, None, node)
        if node.open == "<" and len(node.items) == 2:
            from symderive.notation.values import contract

            left, right = (self.value(item) for item in node.items)
            if left.rank == right.rank == 1:
                return contract(left, right, node)
        if len(node.items) != 1:
            raise ReadError(
                "this list is not a number", node.start, node.end, "use it as arguments only", "unsupported"
            )
        (item,) = node.items
        if isinstance(item, Chain):
            if node.open == "[":
                return scalar_value(self.indicator(item))
            raise ReadError(
                "a relation stands in brackets", item.start, item.end, "write an indicator: [i = k]"
            )
        if node.open == "|":
            value = self.value(item)
            if value.rank:
                raise ReadError(
                    "bars around a vector have no one reading",
                    node.start,
                    node.end,
                    "write \\|x\\| for a norm",
                    "ambiguous",
                )
            return scalar_value(Abs(value.scalar()))
        if node.open in ("floor", "ceil"):
            raise ReadError("rounding is not read", node.start, node.end, "", "unsupported")
        return self.value(item)

    def _root(self, node: Root) -> Value:
        value = self.value(node.radicand)
        self.require_value(value, ">=", node.radicand)
        degree = 2
        if node.degree is not None:
            plain = unbraced(node.degree)
            if not isinstance(plain, Number) or not plain.text.isdigit() or not 0 < int(plain.text) <= 1000:
                if isinstance(plain, Name):
                    order = self.term(plain)
                    return elementwise(value, lambda term: term ** (1 / order))
                raise ReadError(
                    "this degree of a root has no reading", node.degree.start, node.degree.end, "use a number"
                )
            degree = int(plain.text)
        return elementwise(value, lambda term: _power(term, Rational(1, degree), node))

    def power(self, value: Value, power: Node, node: Node) -> Value:
        """A power with its side conditions."""
        exponent_value = self.value(power)
        if exponent_value.rank:
            raise ReadError(
                "a vector stands as an exponent", power.start, power.end, "write it entry by entry"
            )
        exponent = exponent_value.scalar()
        self._power_domain(value, exponent, power, node)
        if value.rank > 1:
            raise ReadError(
                "a power of a matrix can mean its product with itself or the powers of its entries",
                node.start,
                node.end,
                "write the product, or indices",
                "ambiguous",
            )
        return elementwise(value, lambda term: _power(term, exponent, node))

    def _power_domain(self, value: Value, exponent: Expr, power: Node, node: Node) -> None:
        if exponent.is_Integer:
            if exponent.is_negative:
                self.require_value(value, "!=", node)
            return
        if exponent.is_integer:
            if _may_be_negative(exponent):
                self.require_value(value, "!=", node)
            return
        if exponent.is_Rational:
            self.require_value(value, ">=" if exponent.is_positive else ">", node)
            return
        self.require_value(value, ">", node)

    def _cases(self, node: Cases) -> Value:
        pieces: list[tuple[Expr, sympy.Basic]] = []
        for result, condition in node.rows:
            chains = case_conditions(condition)
            if chains is None:
                pieces.append((self.term(result), sympy.true))
                continue
            tests = [self.relational(chain) for chain in chains]
            test = sympy.And(*tests) if len(tests) > 1 else tests[0]
            count = len(self.domain)
            term = self.term(result)
            del (
                self.domain[count:],
                self.domain_places[count:],
            )  # a row's conditions hold only where the row applies
            pieces.append((term, test))
        return scalar_value(Piecewise(*pieces, evaluate=False))


def case_conditions(condition: Node | None) -> list[Chain] | None:
    """The relations of a row of `cases`; None for ``otherwise``."""
    if condition is None:
        return None
    items = condition.items if isinstance(condition, Row) else (condition,)
    chains: list[Chain] = []
    words = ""
    for item in items:
        if isinstance(item, Chain):
            chains.append(item)
        elif isinstance(item, TextNode):
            words += f" {item.text.strip().lower()}"
        else:
            raise ReadError("this condition has no reading", item.start, item.end, "write a relation: i = k")
    if not chains:
        return None
    if " or" in words or "또는" in words:
        raise ReadError(
            "'or' in a condition is not read", chains[0].start, chains[-1].end, "write one row a case"
        )
    return chains


def _power(base: Expr, exponent: Expr, node: Node) -> Expr:
    """A power that cannot explode: numbers are only raised to small numbers."""
    if base.is_number and exponent.is_number:
        if not exponent.is_Rational:
            if exponent.is_number and not exponent.is_Symbol and abs(complex(exponent)) > MAX_EXPONENT:
                raise _huge(node)
        elif abs(exponent) > MAX_EXPONENT or (
            base.is_Rational
            and max(int(base.p).bit_length(), int(base.q).bit_length()) * abs(exponent) > _MAX_BITS
        ):
            raise _huge(node)
        if base.has(Pow) and not base.is_Rational and exponent.is_Integer and abs(exponent) > 100:
            raise _huge(node)
    elif exponent.is_number and exponent.is_Rational and abs(exponent) > MAX_EXPONENT:
        raise _huge(node)
    if base == sympy.E:
        return exp(exponent)
    result = base**exponent
    assert isinstance(result, Expr)
    return result


def _huge(node: Node) -> ReadError:
    return ReadError(
        f"this power is too large (exponents up to {MAX_EXPONENT} are read)",
        node.start,
        node.end,
        "name it instead",
        "unsupported",
    )


def _may_be_negative(exponent: Expr) -> bool:
    """Could an integer exponent be below zero, as far as the ranges of its indices show?"""
    low = exponent
    for _ in range(8):
        indices = [name for name in free_names(low) if isinstance(name, Index)]
        # An index that counts against the exponent first: t − i is least at i = t, whatever t is.
        falling = [i for i in indices if low.coeff(i).is_negative and i.upper.is_finite is not False]
        rising = [i for i in indices if low.coeff(i).is_positive]
        if falling:
            low = low.xreplace({falling[0]: falling[0].upper})
        elif rising:
            low = low.xreplace({rising[0]: rising[0].lower})
        else:
            break
    dims = [name for name in free_names(low) if isinstance(name, Dim)]
    for dim in dims:
        if low.coeff(dim).is_positive:
            low = low.xreplace({dim: Integer(1)})
    return low.is_nonnegative is not True


def _unread(node: Node) -> ReadError:
    messages: Mapping[type, tuple[str, str]] = {
        DotsNode: ("an ellipsis has no exact meaning here", "write the sum with \\sum and limits"),
        Accent: ("an accent over a formula has no meaning that is known", "put the accent over a name"),
        MatrixNode: ("a matrix written out is not read", "write its entries with indices"),
        Chain: ("a relation stands inside a formula", "write one relation a statement"),
        Listing: ("a list is not a number", "write its entries as a vector"),
        Label: ("a word stands where a number is needed", "use \\text for words"),
        Quantifier: ("a quantifier stands inside a formula", "write it after the formula"),
        TextNode: ("words stand inside a formula", "write them outside"),
    }
    message, hint = messages.get(type(node), ("this part has no reading", "write it in another way"))
    return ReadError(message, node.start, node.end, hint, "unsupported")
