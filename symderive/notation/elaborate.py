"""Syntax to meaning: a statement with its declarations becomes SymPy terms, index by index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy
from sympy import Abs, Expr, Integer, Piecewise, Pow, Rational, binomial, exp, factorial

from symderive.notation.access import unbraced
from symderive.notation.derivatives import DerivativeReader
from symderive.notation.errors import ReadError
from symderive.notation.infer import infer
from symderive.notation.notation import Notation
from symderive.notation.scope import certainly_nonzero
from symderive.notation.syntax import (
    Accent,
    Big,
    Binomial,
    Braced,
    Cases,
    Chain,
    DerivativeNode,
    Display,
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
    descend,
)
from symderive.notation.values import Learn, Value, add, common_axes, divide, elementwise, scalar_value
from symderive.terms import Dim, Hypothesis, Index, free_names

__all__ = ["MAX_EXPONENT", "Elaborator", "Statement", "elaborate", "learning"]

MAX_EXPONENT = 10_000
_MAX_DIGITS = 2_000
_MAX_BITS = 200_000
_RELATIONS = {"=": "=", ":=": "=", "equiv": "=", "<-": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!="}
_NOT_EXACT = {
    "approx": "≈", "simeq": "≃", "sim": "∼", "propto": "∝", "ll": "≪", "gg": "≫", "cong": "≅",
    "lesssim": "≲", "gtrsim": "≳",
}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """What a formula states: two sides and their relation, or one side alone, with the conditions under which they
    have values. A vector equation is an equation of components: `free` holds the index that was made for it."""

    lhs: Expr
    relation: str | None
    rhs: Expr | None
    domain: tuple[Hypothesis, ...]
    free: tuple[Index, ...]
    notation: Notation


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
            raise ReadError("this number is too large here", node.start, node.end, "use a smaller one", "unsupported")

    def digits(self, node: Number) -> Expr:
        """A number, exactly."""
        text = node.text.lower()
        mantissa, _, exponent = text.partition("e")
        if len(mantissa) > _MAX_DIGITS or (exponent and (len(exponent) > 5 or abs(int(exponent)) > MAX_EXPONENT)):
            raise ReadError("this number is too long", node.start, node.end, "use fewer digits", "unsupported")
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
                    "a subscript stands on a number", node.sub.start, node.sub.end, "write it on the name of a vector"
                )
            from symderive.notation.access import split_indices

            indices, label = split_indices(node.sub, self._is_index, force=True)
            if label is not None or len(indices) > value.rank:
                raise ReadError("this subscript does not fit", node.sub.start, node.sub.end, "use an index an axis")
            at = tuple(self.integer(index) for index in indices)
            entry = value.entry
            value = Value(value.axes[len(at) :], lambda more: entry((*at, *more)))
        if node.sup is None:
            return value
        if isinstance(node.sup, Label):
            if node.sup.text == "top":
                return self.finish(value, None, True, node)
            raise ReadError("this superscript has no reading", node.sup.start, node.sup.end, "use a power or a name")
        return self.finish(value, node.sup, False, node)

    def _prime(self, node: Prime) -> Value:
        """``f'`` without an argument: only of a function that is defined, at its own parameter."""
        part = self.part((node,), ("juxt",), 0)
        if part is not None and part.head.name in self.notation.known:
            return self.part_value(part)
        raise ReadError(
            "what this is the derivative by is not written", node.start, node.end, "write f'(x) or \\frac{d}{dx}",
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
            raise ReadError("this list is not a number", node.start, node.end, "use it as arguments only", "unsupported")
        (item,) = node.items
        if isinstance(item, Chain):
            if node.open == "[":
                return scalar_value(self.indicator(item))
            raise ReadError("a relation stands in brackets", item.start, item.end, "write an indicator: [i = k]")
        if node.open == "|":
            value = self.value(item)
            if value.rank:
                raise ReadError(
                    "bars around a vector have no one reading", node.start, node.end, "write \\|x\\| for a norm",
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
                raise ReadError("this degree of a root has no reading", node.degree.start, node.degree.end, "use a number")
            degree = int(plain.text)
        return elementwise(value, lambda term: _power(term, Rational(1, degree), node))

    def power(self, value: Value, power: Node, node: Node) -> Value:
        """A power with its side conditions."""
        exponent_value = self.value(power)
        if exponent_value.rank:
            raise ReadError("a vector stands as an exponent", power.start, power.end, "write it entry by entry")
        exponent = exponent_value.scalar()
        self._power_domain(value, exponent, power, node)
        if value.rank > 1:
            raise ReadError(
                "a power of a matrix can mean its product with itself or the powers of its entries",
                node.start, node.end, "write the product, or indices", "ambiguous",
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
            del self.domain[count:], self.domain_places[count:]  # a row's conditions hold only where the row applies
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
        raise ReadError("'or' in a condition is not read", chains[0].start, chains[-1].end, "write one row a case")
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
        f"this power is too large (exponents up to {MAX_EXPONENT} are read)", node.start, node.end, "name it instead",
        "unsupported",
    )


def _may_be_negative(exponent: Expr) -> bool:
    """Could an integer exponent be below zero, as far as the ranges of its indices show?"""
    low = exponent
    for _ in range(4):
        indices = [name for name in free_names(low) if isinstance(name, Index)]
        if not indices:
            break
        for index in indices:
            slope = low.coeff(index)
            if slope.is_negative and index.upper.is_finite is not False:
                low = low.xreplace({index: index.upper})
            elif slope.is_positive:
                low = low.xreplace({index: index.lower})
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


def fresh_letters(root: Node, count: int) -> list[str]:
    """Letters for the components of a vector equation, none of which the formula uses."""
    used = {inner.text for inner in descend(root) if isinstance(inner, Name)}
    free = [letter for letter in "ijklmnrst" if letter not in used]
    free += [f"{letter}{number}" for number in range(1, 4) for letter in "ijk"]
    return free[:count]


def relation_of(text: str, node: Node) -> str:
    """The relation of a claim that a sign states."""
    if text in _RELATIONS:
        return _RELATIONS[text]
    if text in _NOT_EXACT:
        raise ReadError(f"{_NOT_EXACT[text]} states nothing exact", node.start, node.end, "write = or an inequality", "unsupported")
    if text in ("implies", "iff"):
        raise ReadError("an implication is not read", node.start, node.end, "write its two sides as two formulas", "unsupported")
    raise ReadError("this relation is not read", node.start, node.end, "use =, ≠, <, ≤, >, ≥", "unsupported")


def pair(reader: Elaborator, left: Node, right: Node | None, relation: str | None, root: Node) -> Statement:
    """Both sides as terms; of a vector equation, a component."""
    values = [reader.value(left)] + ([reader.value(right)] if right is not None else [])
    axes = common_axes(values, root) if any(value.rank for value in values) else ()
    from symderive.notation.values import _aligned

    values = [_aligned(value, axes, root) if value.rank else value for value in values]
    free = tuple(
        Index(letter, axis[1], axis[0]) for letter, axis in zip(fresh_letters(reader.root, len(axes)), axes, strict=True)
    )
    terms = [value.entry(free if value.rank else ()) for value in values]
    stated = None if relation is None else relation_of(relation, root)
    domain = tuple(condition for condition in reader.domain if not certainly_nonzero(condition.lhs) or condition.relation != "!=")
    return Statement(terms[0], stated, terms[1] if right is not None else None, domain, free, reader.notation)


def learning(root: Node, notation: Notation, read: object, tries: int = 12) -> object:
    """Run ``read(Elaborator)``; where it turns out that a name is a vector, run it again knowing that."""
    assert callable(read)
    for _ in range(tries):
        try:
            return read(Elaborator(root, notation))
        except Learn as lesson:
            if notation.learned.get(lesson.name) == lesson.axes:
                break
            notation = notation.learn(lesson.name, lesson.axes)
        except RecursionError:
            break
    raise ReadError("the shapes in this formula do not fit together", root.start, root.end, "declare what is a vector")


def elaborate(node: Node, notation: Notation | None = None) -> Statement:
    """The terms of a statement.

    Parameters
    ----------
    node
        An expression, a `Chain` with one relation, or a `Display` that holds one of them.
    notation
        What is known about its names; inferred from the formula alone when left out.

    Raises
    ------
    ReadError
        With the smallest offending place.
    """
    if isinstance(node, Display):
        items = [item for row in node.rows for item in row.items if not isinstance(item, TextNode)]
        if len(items) != 1:
            raise ReadError("more than one statement", node.start, node.end, "read them one at a time")
        root, node = node, items[0]
    else:
        root = node
    if notation is None:
        notation = Notation()
    if notation.facts is None:
        display = root if isinstance(root, Display) else Display(
            root.start, root.end, "", (Row(root.start, root.end, (root,), ("",)),)
        )
        notation = infer([display], notation)
    target = node

    def read(reader: Elaborator) -> Statement:
        if isinstance(target, Chain):
            if len(target.relations) != 1 or target.operands[0] is None or target.operands[1] is None:
                raise ReadError("more than one relation", target.start, target.end, "read them one at a time")
            return pair(reader, target.operands[0], target.operands[1], target.relations[0], target)
        return pair(reader, target, None, None, target)

    result = learning(root, notation, read)
    assert isinstance(result, Statement)
    return result
