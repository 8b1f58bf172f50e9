"""A claim made ready for the judge: definitions unfolded, index equations applied, the domain collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Indexed, Integer, Piecewise, Symbol, expand, oo

from symderive.decide.algebra import Algebra, Timeout, Undefined, Unsupported
from symderive.decide.domain import domain_of, kinks_of
from symderive.terms import (
    Claim,
    Definition,
    Hypothesis,
    Index,
    Partial,
    Recurrence,
    Tensor,
    substitute,
    unfold,
    walk,
)
from symderive.terms.remembering import remembered

__all__ = ["Problem", "algebra_for", "prepare", "unfolded", "with_condition"]


@dataclass(frozen=True)
class Problem:
    """``lhs relation rhs`` under hypotheses and domain conditions, all definitions unfolded."""

    lhs: Expr
    relation: str
    rhs: Expr
    hypotheses: tuple[Hypothesis, ...]
    domain: tuple[Hypothesis, ...]
    recurrences: tuple[Recurrence, ...]
    deadline: float

    def substitute(self, mapping: Mapping[Any, Any]) -> Problem:
        """The problem with names replaced everywhere."""

        def change(h: Hypothesis) -> Hypothesis:
            kept = {key: value for key, value in mapping.items() if key not in h.forall}
            return Hypothesis(substitute(h.lhs, kept), h.relation, substitute(h.rhs, kept), h.forall)

        return replace(
            self,
            lhs=substitute(self.lhs, mapping),
            rhs=substitute(self.rhs, mapping),
            hypotheses=tuple(change(h) for h in self.hypotheses),
            domain=tuple(change(h) for h in self.domain),
        )

    def sides(self, lhs: Expr, rhs: Expr) -> Problem:
        """The same assumptions about two other terms."""
        return replace(self, lhs=lhs, rhs=rhs)


def with_condition(problem: Problem, term: Expr, relation: str) -> Problem:
    """The problem where ``term relation 0`` holds as well."""
    return replace(problem, hypotheses=(*problem.hypotheses, Hypothesis(term, relation, Integer(0))))


def prepare(claim: Claim, deadline: float) -> Problem:
    """Unfold a claim and collect the conditions under which it has a meaning."""
    return replace(_prepared(claim), deadline=deadline)


@remembered(maxsize=1024)
def _prepared(claim: Claim) -> Problem:
    def plain(term: Expr) -> Expr:
        return unfolded(term, claim.definitions)

    def change(h: Hypothesis) -> Hypothesis:
        return Hypothesis(plain(h.lhs), h.relation, plain(h.rhs), h.forall)

    lhs, rhs = plain(claim.lhs), plain(claim.rhs)
    hypotheses = tuple(change(h) for h in claim.hypotheses)
    recurrences = tuple(replace(r, body=plain(r.body)) for r in claim.recurrences)
    conditions: dict[Hypothesis, None] = {}
    for h in (*(change(h) for h in claim.domain), *domain_of(lhs), *domain_of(rhs)):
        conditions[h] = None
    for side in (claim.lhs, claim.rhs):
        for node in walk(side):
            if isinstance(node, Partial):
                # A derivative has no value at a kink of what is differentiated.
                for h in kinks_of(plain(node.term), *node.wrt):
                    conditions[h] = None
    for h in _entry_ranges(lhs, rhs):
        conditions[h] = None
    problem = Problem(lhs, claim.relation, rhs, hypotheses, tuple(conditions), recurrences, float("inf"))
    return _apply_index_equations(problem)


@remembered(maxsize=4096)
def unfolded(term: Expr, definitions: tuple[Definition, ...]) -> Expr:
    """A term unfolded; the lines of a derivation are unfolded again and again."""
    return unfold(term, definitions)


def _entry_ranges(*terms: Expr) -> list[Hypothesis]:
    """An entry x_2 that stands outside every sum presumes that its index lies in range."""
    found: dict[Hypothesis, None] = {}
    for term in terms:
        for node in _outside_binders(term):
            if not isinstance(node, Indexed) or not isinstance(node.base, Tensor):
                continue
            for index, (lower, upper) in zip(node.indices, node.base.ranges, strict=False):
                for gap in (index - lower, upper - index):
                    gap = expand(gap)
                    if gap.has(oo) or gap.is_nonnegative or isinstance(index, Index):
                        continue
                    found[Hypothesis(gap, ">=", Integer(0))] = None
    return list(found)


def _outside_binders(term: Expr) -> list[Expr]:
    from symderive.terms import BINDERS

    if isinstance(term, (*BINDERS, Piecewise)):
        return []
    return [term, *(node for arg in term.args for node in _outside_binders(arg))]


def _apply_index_equations(problem: Problem) -> Problem:
    """``i = k`` between index terms is used by substitution."""
    for h in problem.hypotheses:
        if h.relation != "=" or h.forall or not (h.lhs.is_integer and h.rhs.is_integer):
            continue
        for left, right in ((h.lhs, h.rhs), (h.rhs, h.lhs)):
            if isinstance(left, Symbol) and left not in right.free_symbols and _is_index_term(right):
                if not isinstance(left, Index):
                    continue  # a dimension stands in the ranges of indices and families too
                rest = tuple(other for other in problem.hypotheses if other is not h)
                bounds: tuple[Hypothesis, ...] = ()
                if isinstance(left, Index) and left.upper != oo:
                    bounds = (
                        Hypothesis(right, ">=", left.lower),
                        Hypothesis(left.upper, ">=", right),
                    )
                replaced = replace(problem, hypotheses=rest).substitute({left: right})
                return _apply_index_equations(replace(replaced, hypotheses=(*replaced.hypotheses, *bounds)))
    return problem


def _is_index_term(term: Expr) -> bool:
    return not any(isinstance(node, Indexed) for node in walk(term))


def algebra_for(problem: Problem) -> Algebra:
    """An algebra in which the problem's hypotheses and domain hold."""
    algebra = Algebra(problem.deadline)
    later = []
    for h in problem.hypotheses:
        if h.relation == "=":
            later.append(h)
        else:
            _assume(algebra, h)
    for h in problem.domain:
        _assume(algebra, h)
    # What was normalised on the way did not know the facts that came after it.
    algebra.forget_terms()
    for h in later:
        try:
            algebra.facts.eliminate(h)
        except (Unsupported, Undefined):
            continue
    return algebra


def _assume(algebra: Algebra, hypothesis: Hypothesis) -> None:
    try:
        algebra.facts.assume(hypothesis)
    except Timeout:
        raise
    except (Unsupported, Undefined, ArithmeticError):
        # A fact that has no normal form is a fact that is not used.
        return
