"""Hypotheses that a text states in passing: whitelisted forms only, never any other equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sympy import Expr, Integer, Symbol, prod

from symderive.notation.access import head_of, unbraced
from symderive.notation.elaborate import Elaborator
from symderive.notation.errors import ReadError
from symderive.notation.evidence import running
from symderive.notation.forms import listed, space_sizes
from symderive.notation.meaning import learning
from symderive.notation.notation import Notation
from symderive.notation.syntax import (
    Big,
    Chain,
    DotsNode,
    Fraction,
    Group,
    Label,
    Listing,
    Name,
    Node,
    Number,
    Product,
    Quantifier,
    Root,
    Script,
    Sum,
)
from symderive.terms import Apply, Definition, Hypothesis, Index, Recurrence, free_names, walk

__all__ = ["Bounds", "Stated", "stated"]

_ORDER = ("<", "<=", ">", ">=", "!=")
_MOST_VALUES = 5


@dataclass(frozen=True)
class Stated:
    """What a formula of whitelisted form states: hypotheses, and whether they hold for their sentence
    alone.
    """

    hypotheses: tuple[Hypothesis, ...] = ()
    local: bool = False
    asides: tuple[Node, ...] = ()  # what it states besides, in no form of a hypothesis: ``x ∈ ℤ``


#: Bounds that are taken for hypotheses: by names and numbers alone; in a chain around a name, by terms, too
#: (``0 < η < 2/L``); by terms anywhere (``η < 2/L``).
Bounds = Literal["simple", "between", "terms"]


def stated(node: Node, root: Node, notation: Notation, bounds: Bounds = "between") -> Stated | None:
    """The hypotheses that a formula states; None if its form is not on the whitelist.

    Nothing is stated about a name that the document defines: ``Σ_i s_i = 1`` about a defined s is a claim.
    """
    try:
        result = learning(root, notation, lambda reader: _Statement(reader, bounds).read(node))
    except ReadError:
        return None
    assert result is None or isinstance(result, Stated)
    return result


class _Statement:
    def __init__(self, reader: Elaborator, bounds: Bounds) -> None:
        self.reader = reader
        self.bounds = bounds
        self.notation = reader.notation

    def read(self, node: Node) -> Stated | None:
        node = unbraced(node)
        if listed(node) is not None:
            return Stated()
        run = running(node, self.reader.facts)
        if run is not None:
            return self.run(node, *run)
        if isinstance(node, Quantifier):
            return self.read(node.body) if isinstance(unbraced(node.body), Chain) else Stated()
        if isinstance(node, Group) and any(isinstance(item, DotsNode) for item in node.items):
            return Stated()
        if not isinstance(node, Chain) or any(operand is None for operand in node.operands):
            return None
        operands = [operand for operand in node.operands if operand is not None]
        if node.relations == ("in",):
            return self.membership(operands[0], operands[1])
        if node.relations[0] == "colon":
            return Stated() if len(node.relations) > 1 and node.relations[1] == "to" else None
        if all(relation in _ORDER for relation in node.relations):
            return self.order(operands, node.relations)
        if node.relations == ("=",):
            return self.equation(operands[0], operands[1])
        return None

    def term(self, node: Node, equal: bool) -> Expr:
        """A simple term; a bare letter that is used as an index elsewhere is that index."""
        plain = unbraced(node)
        if isinstance(plain, Name) and not plain.bold and not plain.word:
            facts, name = self.reader.facts, plain.text
            index = facts.is_strong_index(name) or (
                equal and facts.is_index(name) and facts.rank(name, self.notation.section) is None
            )
            if index and name not in facts.dims and self.notation.kind(name) in (None, "index"):
                return self.reader.index(name)
        return self.reader.term(node)

    def simple(self, node: Node) -> bool:
        """A number, or an undefined name with its indices and arguments."""
        node = unbraced(node)
        if isinstance(node, Number):
            return True
        if isinstance(node, Sum):
            return all(
                isinstance(unbraced(term), (Number, Name)) and self.simple(term) for term in node.terms
            )
        return self.name_of(node) is not None

    def bounded(self, node: Node) -> bool:
        """An undefined name, its absolute value or its norm: what an order of terms may be about."""
        node = unbraced(node)
        if isinstance(node, Script) and isinstance(unbraced(node.base), Group):
            node = unbraced(node.base)  # ‖w‖_2
        if isinstance(node, Group) and node.open in ("|", "||") and len(node.items) == 1:
            node = node.items[0]
        return self.name_of(node) is not None

    def algebraic(self, node: Node) -> bool:
        """A term of numbers and undefined names: ``2L``, ``2/L``, ``1 - \\beta``, ``|a|``."""
        node = unbraced(node)
        if isinstance(node, Number) or self.bounded(node):
            return True
        if isinstance(node, Sum):
            return all(self.algebraic(term) for term in node.terms)
        if isinstance(node, Product):
            return all(self.algebraic(factor) for factor in node.factors)
        if isinstance(node, Fraction):
            return self.algebraic(node.numerator) and self.algebraic(node.denominator)
        if isinstance(node, Root):
            return node.degree is None and self.algebraic(node.radicand)
        if isinstance(node, Group):
            return len(node.items) == 1 and node.open in ("(", "[", "|") and self.algebraic(node.items[0])
        if isinstance(node, Script):
            return (
                node.sub is None
                and isinstance(unbraced(node.sup) if node.sup is not None else None, Number)
                and self.algebraic(node.base)
            )
        return False

    def run(self, node: Node, names: Sequence[Name], first: Node, last: Node) -> Stated:
        """``i = 1, …, n`` says how an index runs; of a name that is used as a number it bounds the number."""
        found: list[Hypothesis] = []
        for name in names:
            if self.notation.kind(name.text) in ("index", "step"):
                continue
            value = self.reader.value(name)
            if value.rank:
                continue
            term = value.scalar()
            if not isinstance(term, Symbol) or term.is_integer:
                continue
            if isinstance(node, Chain) and len(node.relations) == 2:
                between = self.order([one for one in node.operands if one is not None], node.relations)
                if between is None:
                    return Stated()
                found.extend(between.hypotheses)
                break
            if not (isinstance(unbraced(first), Name) and getattr(unbraced(first), "text", "") == "infty"):
                found.append(Hypothesis(term, ">=", self.reader.term(first)))
            if not (isinstance(unbraced(last), Name) and getattr(unbraced(last), "text", "") == "infty"):
                found.append(Hypothesis(term, "<=", self.reader.term(last)))
        if not found:
            return Stated()
        integers = Name(node.start, node.start, "mathbb(Z)")
        whole = tuple(
            Chain(node.start, node.end, (name, integers), ("in",)) for name in names if len(name.text) == 1
        )
        return Stated(tuple(found), asides=whole)

    def name_of(self, node: Node) -> str | None:
        """The undefined name that a formula is an occurrence of."""
        node = unbraced(node)
        factors: Sequence[Node] = node.factors if isinstance(node, Product) else (node,)
        if isinstance(factors[0], Number) or isinstance(node, (Big, Sum)):
            return None
        try:
            part = self.reader.part(factors, ("juxt",) * len(factors), 0)
        except ReadError:
            return None
        if part is None or part.end != len(factors) or part.power is not None or part.head.primes:
            return None
        name = part.head.name
        known = self.notation.known.get(name)
        if known is not None and (
            isinstance(known.meaning, Definition)
            or self.reader.facts.is_sequence(name, self.notation.section)
        ):
            return None
        return name

    def order(self, operands: Sequence[Node], relations: Sequence[str]) -> Stated | None:
        """``p_i > 0``, ``0 < γ < 1``, ``m ≥ d``, ``i ≠ k``."""
        found: list[Hypothesis] = []
        local = False
        wide = self.bounds == "terms" and any(self.bounded(m) for node in operands for m in _members(node))
        if self.bounds != "simple" and len({relation[0] for relation in relations}) == 1:
            middle = [m for node in operands[1:-1] for m in _members(node)]
            wide = wide or (bool(middle) and all(self.bounded(m) for m in middle))
        for left, right, relation in zip(operands, operands[1:], relations, strict=False):
            for one in _members(left):
                for two in _members(right):
                    if isinstance(one, DotsNode) or isinstance(two, DotsNode):
                        continue
                    if not all(self.simple(node) or (wide and self.algebraic(node)) for node in (one, two)):
                        return None
                    equal = relation == "!="
                    first, second = self.term(one, equal), self.term(two, equal)
                    if first.is_number and second.is_number:
                        return None
                    indices = _indices(first) | _indices(second)
                    plain = isinstance(first, Index) or isinstance(second, Index)
                    if plain or (relation == "!=" and indices):
                        local = True
                        found.append(Hypothesis(first, relation, second))
                    else:
                        forall = tuple(sorted(indices, key=lambda index: index.name))
                        found.append(Hypothesis(first, relation, second, forall))
        return Stated(tuple(found), local)

    def equation(self, left: Node, right: Node) -> Stated | None:
        """``i = k``, ``v(0) = 0``, ``Σ_i p_i = 1``, ``x = (x_1, …, x_K)``; no other equation."""
        plain_left, plain_right = unbraced(left), unbraced(right)
        listing = plain_right
        if isinstance(listing, Script) and isinstance(listing.sup, Label):
            listing = unbraced(listing.base)
        if isinstance(listing, Group) and any(isinstance(item, DotsNode) for item in listing.items):
            return Stated()
        if isinstance(plain_left, Name) and isinstance(plain_right, Name):
            first, second = self.term(left, True), self.term(right, True)
            if isinstance(first, Index) and isinstance(second, Index):
                return Stated((Hypothesis(first, "=", second),), True)
            return None
        if isinstance(plain_left, Number) and isinstance(plain_right, Big):
            plain_left, plain_right = plain_right, plain_left
        if isinstance(plain_left, Big) and plain_left.kind == "sum" and isinstance(plain_right, Number):
            return self.normalisation(plain_left, plain_right)
        return self.initial_value(left, right)

    def normalisation(self, big: Big, one: Number) -> Stated | None:
        if one.text != "1":
            return None
        body: Node = unbraced(big.body)
        while isinstance(body, Big) and body.kind == "sum":
            body = unbraced(body.body)
        head = head_of(body if not isinstance(body, Product) else body.factors[0], self.reader.facts.is_index)
        if head is None or head.power is not None or head.name in self.notation.known:
            return None
        if isinstance(body, Product) and len(body.factors) != 2:
            return None
        if isinstance(body, Product) and not isinstance(
            body.factors[1].base if isinstance(body.factors[1], Script) else body.factors[1], Group
        ):
            return None
        total = self.reader.term(big)
        if not any(
            isinstance(part, Apply) or part.is_Indexed for part in walk(total) if isinstance(part, Expr)
        ):
            return None
        indices = tuple(sorted(_indices(total), key=lambda index: index.name))
        return Stated((Hypothesis(total, "=", Integer(1), indices),))

    def initial_value(self, left: Node, right: Node) -> Stated | None:
        """``v_0 = 0``: a sequence at a step that is a number."""
        factors: Sequence[Node] = left.factors if isinstance(left, Product) else (left,)
        part = self.reader.part(factors, ("juxt",) * len(factors), 0)
        if part is None or part.end != len(factors) or not self.reader.facts.is_sequence(part.head.name):
            return None
        step = self.reader.step_node(part)
        if step is None or not isinstance(unbraced(step), Number):
            return None
        known = self.notation.known.get(part.head.name)
        if known is not None and isinstance(known.meaning, Recurrence):
            rule = known.meaning
            defined_from = rule.at.xreplace({rule.step: rule.step.lower})
            if (self.reader.integer(step) - defined_from).is_negative is not True:
                return None  # the recurrence gives this value: what is said about it is a claim
        first, second = self.reader.value(left), self.reader.value(right)
        if first.rank == 0 and second.rank == 0:
            lhs, rhs = first.scalar(), second.scalar()
            indices = tuple(sorted(_indices(lhs), key=lambda index: index.name))
            return Stated((Hypothesis(lhs, "=", rhs, indices),))
        fresh = tuple(Index("ijkl"[n], axis[1], axis[0]) for n, axis in enumerate(first.axes))
        lhs = first.entry(fresh)
        rhs = second.entry(fresh if second.rank else ())
        return Stated((Hypothesis(lhs, "=", rhs, fresh),))

    def membership(self, left: Node, right: Node) -> Stated | None:
        """``x ∈ ℝ^K``, ``p ∈ Δ^{K-1}``, ``y ∈ {0,1}^K``, ``γ ∈ (0, 1)``."""
        space = unbraced(right)
        base, sub, sup = space, None, None
        if isinstance(space, Script):
            base, sub, sup = unbraced(space.base), space.sub, space.sup
        found: list[Hypothesis] = []
        for member in _members(left):
            if self.name_of(member) is None:
                return None
            value = self.reader.value(member)
            fresh = tuple(Index("ijkl"[n], axis[1], axis[0]) for n, axis in enumerate(value.axes))
            entry = value.entry(fresh)
            forall = (*fresh, *sorted(_indices(entry) - set(fresh), key=lambda index: index.name))
            if isinstance(base, Group) and base.open == "{":
                if sup is not None and not fresh:
                    return None
                values = [self.reader.term(item) for item in base.items]
                if not 0 < len(values) <= _MOST_VALUES or not all(one.is_Rational for one in values):
                    return None
                zero = entry * (1 - entry) if values == [0, 1] else prod(entry - one for one in values)
                found.append(Hypothesis(zero, "=", Integer(0), forall))
                continue
            if isinstance(base, Group) and len(base.items) == 2:
                low, high = base.items
                if not _is_infinite(low):
                    found.append(
                        Hypothesis(entry, ">" if base.open == "(" else ">=", self.reader.term(low), forall)
                    )
                if not _is_infinite(high):
                    found.append(
                        Hypothesis(entry, "<" if base.close == ")" else "<=", self.reader.term(high), forall)
                    )
                continue
            if isinstance(base, Name) and base.text == "Delta" and len(fresh) == 1:
                found.append(Hypothesis(entry, ">=", Integer(0), forall))
                from symderive.terms import indexed_sum

                found.append(Hypothesis(indexed_sum(entry, fresh[0]), "=", Integer(1)))
                continue
            if space_sizes(right) is None and not (
                isinstance(base, Name) and base.text in ("mathbb(N)", "mathbb(Z)", "mathbb(R)")
            ):
                return None
            if isinstance(sub, Chain) and sub.operands[0] is None and len(sub.relations) == 1:
                bound = sub.operands[1]
                assert bound is not None
                if sub.relations[0] not in _ORDER:
                    return None
                found.append(Hypothesis(entry, sub.relations[0], self.reader.term(bound), forall))
            elif (isinstance(sub, Label) and sub.text == "+") or (isinstance(sup, Label) and sup.text == "+"):
                found.append(Hypothesis(entry, ">=", Integer(0), forall))
            elif isinstance(sub, Label) and sub.text == "++":
                found.append(Hypothesis(entry, ">", Integer(0), forall))
            elif sub is not None:
                return None
        if not (isinstance(base, Name) and base.text in ("mathbb(N)", "mathbb(Z)")):
            return Stated(tuple(found))
        terms = [self.reader.value(member).scalar() for member in _members(left)]
        if all(name.is_integer for term in terms for name in free_names(term)):
            return Stated(tuple(found))
        return Stated(tuple(found), asides=(Chain(left.start, right.end, (left, right), ("in",)),))


def _members(node: Node) -> Sequence[Node]:
    """The formulas of a list, or the one that it is."""
    return node.items if isinstance(node, Listing) else (node,)


def _is_infinite(node: Node) -> bool:
    """Is this ``\\infty``, ``-\\infty`` or ``+\\infty``?"""
    node = unbraced(node)
    if isinstance(node, Sum) and len(node.terms) == 1:
        node = unbraced(node.terms[0])
    return isinstance(node, Name) and node.text == "infty"


def _indices(term: Expr) -> set[Index]:
    return {name for name in free_names(term) if isinstance(name, Index)}
