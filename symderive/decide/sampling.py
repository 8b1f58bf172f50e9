"""Random points at explicit small dimensions that satisfy a claim's hypotheses.

Values are exact rationals, so that a counterexample can be pasted and computed again. Equations among the
hypotheses are met by rescaling a family (Σ p_i = 1) or by solving for one value.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import islice, product
from time import monotonic
from typing import Any

from flint import fmpq
from sympy import Basic, Dummy, Expr, Indexed, Integer, Symbol, binomial, factorial, oo

from symderive.decide.balls import NoValue, TooMuchWork, Unclear, subtract
from symderive.decide.facts import is_about_family
from symderive.decide.points import Bounds, Point, compare_or_none
from symderive.terms import Apply, Dim, Hypothesis, Index, Recurrence, Vec, free_names, substitute, walk
from symderive.terms.remembering import remembered

__all__ = ["Sampler"]

#: Values that a dimension takes when a claim has one, two, … of them.
_SIZES = (2, 3, 1, 5, 8)
_TRIES = 12
_LARGEST_LANDMARK = 40
_STYLES = ("ordinary", "small", "equal", "wide", "integer", "zero")


class Sampler:
    """Points for one claim: its names, their ranges, its hypotheses and recurrences."""

    def __init__(
        self, terms: Iterable[Basic], hypotheses: Iterable[Hypothesis], recurrences: Iterable[Recurrence] = ()
    ) -> None:
        self.hypotheses = tuple(hypotheses)
        self.recurrences = {recurrence.head: recurrence for recurrence in recurrences}
        # An index may be free in the claim and quantified in a hypothesis at once: it gets a value then.
        free: set[Symbol] = set()
        for term in (terms := list(terms)):
            free |= free_names(term)
        for h in self.hypotheses:
            free |= (free_names(h.lhs) | free_names(h.rhs)) - set(h.forall)
        for r in self.recurrences.values():
            free |= free_names(r.body) - {*r.components, r.step}
        reached = list(free)
        while reached:
            # The end of an index's range may be another index.
            name = reached.pop()
            if isinstance(name, Index):
                more = (free_names(name.lower) | free_names(name.upper)) - free
                free |= more
                reached += more
        #: whole numbers that occur: sizes around them are where a delta or a limit shows
        self.landmarks: set[int] = set()
        names: set[Symbol] = set()
        pending: list[Basic] = list(terms)
        pending += [side for h in self.hypotheses for side in (h.lhs, h.rhs)]
        pending += [r.body for r in self.recurrences.values()]
        seen: set[Basic] = set()
        self.whole: set[Symbol] = set()
        # head → the arguments that it is applied to; None where it is differentiated
        applied: dict[str, set[Any]] = {}
        while pending:
            term = pending.pop()
            if term in seen:
                continue
            seen.add(term)
            for node in walk(term):
                if isinstance(node, Indexed):
                    for lower, upper in getattr(node.base, "ranges", ()):
                        pending += [lower, upper]
                if isinstance(node, Index):
                    pending += [node.lower, node.upper]
                if isinstance(node, Integer) and max(_SIZES) < abs(int(node)) <= _LARGEST_LANDMARK:
                    self.landmarks.add(abs(int(node)))
                if isinstance(node, (binomial, factorial)):
                    # The evaluator knows them at whole numbers.
                    self.whole |= {n for n in free_names(node) if not isinstance(n, Index)}
                if isinstance(node, Apply) and node.arguments:
                    met = None if node.derivatives else _without_bound_names(node.arguments)
                    applied.setdefault(node.head, set()).add(met)
            names |= free_names(term)
        self.families = {head for head, places in applied.items() if len(places) == 1 and None not in places}
        self.dims = sorted(
            (n for n in names if isinstance(n, Dim) or (n.is_integer and n.is_positive)), key=str
        )
        self.indices = sorted((n for n in free if isinstance(n, Index)), key=str)
        #: what has to vary before agreement means anything
        self.scales = [*self.dims, *(n for n in self.indices if n.upper == oo)]
        self._scalars: dict[Symbol, Bounds] = {}
        self._families: dict[str, Bounds] = {}
        #: families whose hypothesis is about some of the entries only
        self._partly: set[str] = set()
        self._collect_ranges()

    def _collect_ranges(self) -> None:
        for h in self.hypotheses:
            lhs, relation, rhs = h.lhs, h.relation, h.rhs
            for left, right, flipped in ((lhs, rhs, False), (rhs, lhs, True)):
                if not right.is_Rational or relation not in ("<", "<=", ">", ">="):
                    continue
                bound = fmpq(int(right.p), int(right.q))
                above = (relation in (">", ">=")) != flipped
                if isinstance(left, Symbol):
                    self._scalars[left] = _tighter(self._scalars.get(left), bound, above)
                elif isinstance(left, Indexed) and h.forall:
                    name = str(left.base)
                    self._families[name] = _tighter(self._families.get(name), bound, above)
                    if not is_about_family(left, h.forall):
                        self._partly.add(name)
                elif isinstance(left, Apply):
                    self._families[left.head] = _tighter(self._families.get(left.head), bound, above)

    def scalar_range(self, name: Symbol) -> Bounds:
        """The interval that the hypotheses give a scalar."""
        found = self._scalars.get(name, (None, None))
        if found[0] is None and (name.is_positive or name.is_nonnegative):
            found = (fmpq(1 if name.is_integer and name.is_positive else 0), found[1])
        return found

    def family_range(self, name: str, rng: random.Random) -> Bounds:
        """The interval that the hypotheses give the entries of a family."""
        if name in self._partly and rng.random() < 0.5:
            return None, None
        return self._families.get(name, (None, None))

    def points(
        self, count: int, seed: int = 0, deadline: float = float("inf"), plans: int | None = None
    ) -> Iterator[Point]:
        """Up to `count` points that satisfy every hypothesis, over small sizes and several styles."""
        made = 0
        for attempt, (sizes, style) in enumerate(islice(self._plans(count), plans)):
            if made >= count or monotonic() > deadline:
                return
            point = self._point(sizes, style, seed * 7919 + attempt, deadline)
            if point is not None:
                made += 1
                yield point

    def _plans(self, count: int) -> Iterator[tuple[dict[Symbol, int], str]]:
        options = list(self._sizes())
        for round_number in range(max(2, 2 * count)):
            style = _STYLES[round_number % len(_STYLES)] if round_number >= 1 else "ordinary"
            for sizes in options:
                yield sizes, style

    def _sizes(self) -> Iterator[dict[Symbol, int]]:
        if not self.dims:
            yield {}
            return
        many = len(self.dims)
        if many == 1:
            for size in (*_SIZES, *self._around_landmarks()):
                yield {self.dims[0]: size}
            return
        # Sizes that differ tell a matrix from its transpose.
        for shift in range(4):
            pool = (2, 3, 1, 5, 4)
            yield {d: pool[(n + shift) % len(pool)] for n, d in enumerate(self.dims)}
        yield dict.fromkeys(self.dims, 1)
        for size in self._around_landmarks():
            yield dict.fromkeys(self.dims, size)
        if many <= 3:
            for chosen in product((2, 3, 5), repeat=many):
                yield dict(zip(self.dims, chosen, strict=True))

    def _around_landmarks(self) -> list[int]:
        return sorted({c + d for c in self.landmarks for d in (0, 1)})[:6]

    def _point(self, sizes: dict[Symbol, int], style: str, seed: int, deadline: float) -> Point | None:
        for attempt in range(_TRIES if self.hypotheses or self.indices else 1):
            if monotonic() > deadline:
                return None
            point = Point(self, dict(sizes), style, seed + 104_729 * attempt)
            try:
                if self._place_indices(point) and self._satisfies(point):
                    return point
            except (NoValue, Unclear, TooMuchWork, ZeroDivisionError):
                continue
        return None

    def _place_indices(self, point: Point) -> bool:
        pending = list(self.indices)
        for _ in range(len(pending) + 1):
            for index in list(pending):
                ends = free_names(index.lower) | free_names(index.upper)
                if any(other in ends for other in pending):
                    continue
                lower = point.evaluator.integer(index.lower, {})
                if index.upper == oo:
                    upper = lower + point.random.choice([4, 4, 9])
                else:
                    upper = point.evaluator.integer(index.upper, {})
                if upper < lower:
                    return False
                # A third of the points lie at an end of the range, where deltas and shifts misbehave.
                place = point.random.choice([lower, upper, point.random.randint(lower, upper)])
                if index.upper == oo and self.landmarks and point.random.random() < 0.5:
                    place = max(lower, point.random.choice(self._around_landmarks()))
                point.sizes[index] = place
                pending.remove(index)
        point.refresh()
        return not pending

    def _satisfies(self, point: Point) -> bool:
        fixed: set[Any] = set()
        instances = [one for h in self.hypotheses for one in self._instances(h, point)]
        equations = [one for one in instances if one.relation == "="]
        # Initial values first: an equation at a later step may hold once they do.
        for one in sorted(equations, key=_names_a_place_by_letter):
            if not point.satisfy(one, fixed):
                return False
        return all(self.holds(point, one) for one in instances)

    def _instances(self, hypothesis: Hypothesis, point: Point) -> list[Hypothesis]:
        """A quantified hypothesis at every value of its indices."""
        instances = [hypothesis]
        for index in hypothesis.forall:
            if not isinstance(index, Index):
                continue
            lower = point.evaluator.integer(index.lower, {})
            upper = self._last_step(lower) if index.upper == oo else point.evaluator.integer(index.upper, {})
            instances = [_at(one, index, n) for one in instances for n in range(lower, upper + 1)]
        return instances

    def _last_step(self, first: int) -> int:
        """The last step that a point may touch, from which on a sequence's hypotheses need not be met."""
        return max([first + 12, *(landmark + 3 for landmark in self.landmarks)])

    @staticmethod
    def holds(point: Point, hypothesis: Hypothesis) -> bool:
        """Does a hypothesis hold at a point?"""
        gap = subtract(point.value(hypothesis.lhs), point.value(hypothesis.rhs))
        order = compare_or_none(gap)
        if order is None:
            return False
        tests = {
            "=": order == 0,
            "!=": order != 0,
            "<": order < 0,
            "<=": order <= 0,
            ">": order > 0,
            ">=": order >= 0,
            "in": True,
        }
        return tests[hypothesis.relation]


@remembered(4096)
def _at(hypothesis: Hypothesis, index: Index, place: int) -> Hypothesis:
    """What a quantified hypothesis says at one value of an index."""
    there = {index: Integer(place)}
    lhs, rhs = substitute(hypothesis.lhs, there), substitute(hypothesis.rhs, there)
    return Hypothesis(lhs, hypothesis.relation, rhs)


def _names_a_place_by_letter(hypothesis: Hypothesis) -> bool:
    return any(
        isinstance(node, Indexed) and not all(index.is_Integer for index in node.indices)
        for side in (hypothesis.lhs, hypothesis.rhs)
        for node in walk(side)
    )


def _without_bound_names(arguments: tuple[Expr, ...]) -> Any:
    """A key that two argument lists share when they differ in bound names only; None for an open one."""
    if any(isinstance(name, Dummy) for argument in arguments for name in free_names(argument)):
        return None
    return tuple(
        substitute_names(argument) if isinstance(argument, Vec) else argument for argument in arguments
    )


def substitute_names(vector: Vec) -> Any:
    """A comprehension with its bound names numbered."""
    renaming = {limit[0]: Symbol(f"·{n}", integer=True) for n, limit in enumerate(vector.limits)}
    limits = tuple((substitute(low, renaming), substitute(high, renaming)) for _, low, high in vector.limits)
    return substitute(vector.body, renaming), limits


def _tighter(held: Bounds | None, bound: fmpq, above: bool) -> Bounds:
    lower, upper = held or (None, None)
    if above:
        lower = bound if lower is None else max(lower, bound)
    else:
        upper = bound if upper is None else min(upper, bound)
    return lower, upper
