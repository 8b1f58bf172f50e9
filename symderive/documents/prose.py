"""Hypotheses that a text states in passing: whitelisted forms only, never any other equation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Integer

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
    Group,
    Label,
    Listing,
    Name,
    Node,
    Number,
    Product,
    Quantifier,
    Script,
    Sum,
)
from symderive.terms import Apply, Definition, Hypothesis, Index, Recurrence, free_names, walk

__all__ = ["Stated", "stated"]

_ORDER = ("<", "<=", ">", ">=", "!=")


@dataclass(frozen=True)
class Stated:
    """What a formula of whitelisted form states: hypotheses, and whether they hold for their sentence
    alone.
    """

    hypotheses: tuple[Hypothesis, ...] = ()
    local: bool = False


def stated(node: Node, root: Node, notation: Notation) -> Stated | None:
    """The hypotheses that a formula states; None if its form is not on the whitelist.

    Nothing is stated about a name that the document defines: ``Σ_i s_i = 1`` about a defined s is a claim.
    """
    try:
        result = learning(root, notation, lambda reader: _Statement(reader).read(node))
    except ReadError:
        return None
    assert result is None or isinstance(result, Stated)
    return result


class _Statement:
    def __init__(self, reader: Elaborator) -> None:
        self.reader = reader
        self.notation = reader.notation

    def read(self, node: Node) -> Stated | None:
        node = unbraced(node)
        if isinstance(node, Quantifier) or listed(node) is not None:
            return Stated()
        if running(node, self.reader.facts) is not None:
            return Stated()
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
        for left, right, relation in zip(operands, operands[1:], relations, strict=False):
            for one in left.items if isinstance(left, Listing) else (left,):
                for two in right.items if isinstance(right, Listing) else (right,):
                    if isinstance(one, DotsNode) or isinstance(two, DotsNode):
                        continue
                    if not self.simple(one) or not self.simple(two):
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
        for member in left.items if isinstance(left, Listing) else (left,):
            if self.name_of(member) is None:
                return None
            value = self.reader.value(member)
            fresh = tuple(Index("ijkl"[n], axis[1], axis[0]) for n, axis in enumerate(value.axes))
            entry = value.entry(fresh)
            forall = (*fresh, *sorted(_indices(entry) - set(fresh), key=lambda index: index.name))
            if isinstance(base, Group) and len(base.items) == 2:
                low, high = base.items
                if base.open == "{":
                    ends = [self.reader.term(low), self.reader.term(high)]
                    if ends != [0, 1]:
                        return None
                    found.append(Hypothesis(entry * (1 - entry), "=", Integer(0), forall))
                    continue
                lower = Hypothesis(entry, ">" if base.open == "(" else ">=", self.reader.term(low), forall)
                found.append(lower)
                if not (isinstance(unbraced(high), Name) and getattr(unbraced(high), "text", "") == "infty"):
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
        return Stated(tuple(found))


def _indices(term: Expr) -> set[Index]:
    return {name for name in free_names(term) if isinstance(name, Index)}
