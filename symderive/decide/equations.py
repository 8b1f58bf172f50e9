"""Equations among the hypotheses, used to eliminate a generator: Σ y_i = 1 replaces the sum by 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Indexed

from symderive.decide.polynomial import Poly
from symderive.terms import Apply, Hypothesis, free_names, substitute, walk

if TYPE_CHECKING:
    from symderive.decide.algebra import Algebra, Ratio

__all__ = ["Equations"]


class Equations:
    """The equations that one judgement may use."""

    def __init__(self, algebra: Algebra) -> None:
        self.algebra = algebra
        self._equations: list[Hypothesis] = []
        self._matching = False

    def eliminate(self, hypothesis: Hypothesis) -> None:
        """Install an equation as the elimination of one generator."""
        if hypothesis.forall:
            self._equations.append(hypothesis)
            return
        gap = hypothesis.lhs - hypothesis.rhs
        if gap.is_integer:
            for side in (gap, -gap):
                self.algebra.facts.integers.assume(side, strict=False)
        ratio = self.algebra.normalise(gap)
        solved = self._solve(ratio.num)
        if solved is not None:
            self.algebra.rules[solved[0]] = solved[1]
            self.algebra.forget_terms()

    def _solve(self, poly: Poly) -> tuple[int, Ratio] | None:
        """A generator that an equation ``poly = 0`` gives linearly, sums before entries before scalars."""
        algebra = self.algebra
        order = {"sum": 0, "apply": 1, "entry": 2, "symbol": 3}
        candidates = sorted(
            (g for g in poly.generators() if algebra.generators[g].kind in order),
            key=lambda g: (order[algebra.generators[g].kind], g),
        )
        for g in candidates:
            parts = poly.split(frozenset((g,)))
            if set(parts) <= {(), ((g, 1),)} and self.algebra.facts.is_nonzero(parts[((g, 1),)]):
                inner = [h for h in poly.generators() if h != g]
                if any(self._holds(h, g) for h in inner):
                    continue
                rest = parts.get((), Poly({}))
                return g, algebra.ratio(-rest, parts[((g, 1),)])
        return None

    def _holds(self, number: int, part: int) -> bool:
        """Does a generator's term contain another generator's term?"""
        outer, inner = self.algebra.generators[number], self.algebra.generators[part]
        return any(node == inner.term for node in walk(outer.term))

    def rule_for(self, number: int) -> Ratio | None:
        """What an equation that holds for every index makes of a new generator."""
        if not self._equations or self._matching:
            return None
        generator = self.algebra.generators[number]
        if generator.kind not in ("sum", "entry", "apply"):
            return None
        self._matching = True
        try:
            for hypothesis in self._equations:
                for instance in self._instances_at(hypothesis, generator.term):
                    poly = self.algebra.normalise(instance.lhs - instance.rhs).num
                    parts = poly.split(frozenset((number,)))
                    if set(parts) <= {(), ((number, 1),)} and len(parts) and ((number, 1),) in parts:
                        slope = parts[((number, 1),)]
                        if slope.is_constant:
                            rule = self.algebra.ratio(-parts.get((), Poly({})), slope)
                            self.algebra.rules[number] = rule
                            return rule
        finally:
            self._matching = False
        return None

    def _instances_at(self, hypothesis: Hypothesis, term: Expr) -> list[Hypothesis]:
        """The hypothesis at every index term of `term` that lies in the quantifier's range."""
        instances = [hypothesis]
        places = sorted((p for p in index_places(term) if free_names(p) <= free_names(term)), key=str)
        for quantifier in hypothesis.forall:
            instances = [
                Hypothesis(
                    substitute(one.lhs, {quantifier: place}),
                    one.relation,
                    substitute(one.rhs, {quantifier: place}),
                )
                for one in instances
                for place in places
                if self.algebra.facts.integers.in_range(place, quantifier)
            ]
        return instances[:64]


def index_places(term: Expr) -> set[Expr]:
    """The index terms at which entries and components stand."""
    found: set[Expr] = set()
    for node in walk(term):
        if isinstance(node, Indexed):
            found |= set(node.indices)
        elif isinstance(node, Apply):
            found |= set(node.components)
    return found
