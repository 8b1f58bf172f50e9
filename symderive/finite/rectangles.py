"""Axis-aligned boxes: +1 inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from math import comb, factorial

from symderive.finite.certificates import Enclosed, Exclusion, Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import Labels, Point
from symderive.finite.hypothesis_class import HypothesisClass, UpperBound, VCDimension, checked_size
from symderive.finite.progress import progress
from symderive.terms import Claim, Dim

__all__ = ["Box", "Rectangles"]

_MOST_ORDERS = 15_000


@dataclass(frozen=True)
class Box:
    """+1 for low ≤ x ≤ high in every coordinate, else −1; empty where low > high somewhere."""

    low: Point
    high: Point

    def predict(self, point: Point) -> int:
        """The point's label."""
        inside = all(a <= x <= b for a, x, b in zip(self.low, point, self.high, strict=True))
        return 1 if inside else -1


@dataclass(frozen=True)
class Rectangles(HypothesisClass):
    """Closed axis-aligned boxes in d dimensions, the empty box included.

    Parameters
    ----------
    d
        The dimension, at least 1.

    Examples
    --------
    >>> diamond = [(0, 1), (0, -1), (1, 0), (-1, 0)]
    >>> bool(Rectangles(2).shatters(diamond)), bool(Rectangles(2).shatters([(0, 0), (1, 1), (2, 2)]))
    (True, False)
    >>> Rectangles(2).realise([(0, 0), (1, 2), (2, 1)], [1, -1, 1])
    Realised(points=...
    >>> Rectangles(2).vc_dimension().value
    4
    """

    d: int = 2

    def __post_init__(self) -> None:
        checked_size(self.d, 1)

    @property
    def dimension(self) -> int:
        """The d of the space."""
        return self.d

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Boxes, and points enclosed by others."""
        if isinstance(certificate, Realised):
            found = certificate.hypothesis
            return isinstance(found, Box) and len(found.low) == len(found.high) == self.d
        return isinstance(certificate, Enclosed)

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """The smallest box around the positive points, or a negative point in it."""
        positive = [i for i, y in enumerate(labels) if y > 0]
        axes = range(self.d)
        if not positive:
            return Realised(points, labels, Box((Fraction(1),) * self.d, (Fraction(0),) * self.d))
        below = tuple(min(positive, key=lambda i: points[i][k]) for k in axes)
        above = tuple(max(positive, key=lambda i: points[i][k]) for k in axes)
        box = Box(tuple(points[below[k]][k] for k in axes), tuple(points[above[k]][k] for k in axes))
        for i, y in enumerate(labels):
            if y < 0 and box.predict(points[i]) > 0:
                return Enclosed(points, i, below, above)
        return Realised(points, labels, box)

    def growth_function(self, m: int) -> int:
        """The most labellings of m points: 2^m up to 2d points, C(m+1, 2) + 1 on the line, else exhaustive.

        Only the order of the points in each coordinate matters, and equal coordinates allow nothing that
        distinct ones would not: the maximum is over the (m!)^(d−1) orders relative to the first coordinate.

        Raises
        ------
        ValueError
            Where these are too many.
        """
        if checked_size(m) <= 2 * self.d:
            return 2**m
        if self.d == 1:
            return comb(m + 1, 2) + 1
        # Reversing an axis changes no count: half of the orders of each axis are enough.
        orders = factorial(m) ** (self.d - 1)
        if orders > _MOST_ORDERS:
            raise ValueError(
                f"m = {m} points in {self.d} dimensions have {orders} orders, too many to try:"
                " sauer_sum(m, 2 * d) is an upper bound, and dichotomies(points) counts given points"
            )
        best = 0
        with progress(orders, "orders") as bar:
            for orderings in product(permutations(range(m)), repeat=self.d - 1):
                bar.advance()
                best = max(best, _boxes((tuple(range(m)), *orderings)))
        return best

    def vc_dimension(self) -> VCDimension:
        """2d: the 2d unit points ±e_k are shattered; of 2d + 1 points, one lies in the others' box."""
        d = Dim("d")
        unit = [tuple(Fraction(s * (i == k)) for i in range(self.d)) for k in range(self.d) for s in (1, -1)]
        chain = Chain(
            "of 2d + 1 points, the extreme ones of each coordinate leave at least one",
            (
                Link("pigeonhole", "a lowest and a highest point for each of d coordinates",
                     Claim(2 * d + 1, ">", 2 * d)),
                Link("box", "the point that is left lies between the extremes in every coordinate",
                     source="the definition of a box: with the extremes it contains what lies between"),
            ),
        )  # fmt: skip
        bound = UpperBound(
            self,
            2 * self.d,
            "extreme points",
            "label the extreme points of each coordinate +, a point that is not needed for it −: every box"
            " around the former contains the latter",
            chain,
            self._obstruct,
        )
        return VCDimension(2 * self.d, self.shatters(unit), bound)

    def _obstruct(self, points: tuple[Point, ...]) -> Exclusion:
        everyone = range(len(points))
        needed = {min(everyone, key=lambda i: points[i][k]) for k in range(self.d)}
        needed |= {max(everyone, key=lambda i: points[i][k]) for k in range(self.d)}
        inside = next(i for i in everyone if i not in needed)
        found = self.certify(points, tuple(-1 if i == inside else 1 for i in everyone))
        if isinstance(found, Realised):
            raise AssertionError("the inner point was left out: the bound is wrong")
        return found


def _boxes(orders: tuple[tuple[int, ...], ...]) -> int:
    """How many subsets boxes cut out of points given by their rank on each axis, the empty one included."""
    m = len(orders[0])
    slabs = [list(_slabs(ranks, m)) for ranks in orders]
    return len(_intersections(slabs, (1 << m) - 1))


def _slabs(ranks: tuple[int, ...], m: int) -> Iterator[int]:
    """The bit masks of the points whose rank lies in an interval."""
    for low in range(m):
        mask = 0
        for high in range(low, m):
            mask |= 1 << ranks.index(high)
            yield mask
    yield 0


def _intersections(slabs: list[list[int]], start: int) -> set[int]:
    found = {start}
    for axis in slabs:
        found = {a & b for a in found for b in axis}
    return found
