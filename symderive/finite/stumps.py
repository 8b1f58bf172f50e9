"""Decision stumps in d dimensions: a threshold on one coordinate, in either direction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import comb
from random import Random

from sympy import Integer, binomial

from symderive.finite.certificates import Exclusion, Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import Labels, Point
from symderive.finite.hypothesis_class import HypothesisClass, UpperBound, VCDimension, checked_size
from symderive.terms import Claim

__all__ = ["Entangled", "Stump", "Stumps"]

#: The search for points with the most labellings; what it finds is counted, what it misses is an error.
_CLIMBS, _SWAPS = 10, 500


@dataclass(frozen=True)
class Stump:
    """`direction` where x_axis > at, its opposite elsewhere."""

    axis: int
    at: Fraction
    direction: int

    def predict(self, point: Point) -> int:
        """The point's label."""
        return self.direction if point[self.axis] > self.at else -self.direction


@dataclass(frozen=True)
class Entangled:
    """On no coordinate do all positive points lie on one side of all negative ones.

    Parameters
    ----------
    points, labels
        All m points and labels.
    upward
        For each coordinate the places (p, q) of a + and a − with x_p ≤ x_q: + is not all above −.
    downward
        The same with x_p ≥ x_q: + is not all below −.
    """

    points: tuple[Point, ...]
    labels: Labels
    upward: tuple[tuple[int, int], ...]
    downward: tuple[tuple[int, int], ...]

    @property
    def pattern(self) -> dict[int, int]:
        """Place → label for the points that are named."""
        return {place: self.labels[place] for pair in (*self.upward, *self.downward) for place in pair}

    def verify(self) -> bool:
        """Recompute every comparison."""
        m, d = len(self.points), len(self.points[0])
        if len(self.labels) != m or not len(self.upward) == len(self.downward) == d:
            return False
        pairs = (*self.upward, *self.downward)
        if any(not (0 <= p < m and 0 <= q < m) for p, q in pairs):
            return False
        if any(self.labels[p] != 1 or self.labels[q] != -1 for p, q in pairs):
            return False
        return all(
            self.points[p][k] <= self.points[q][k] and self.points[r][k] >= self.points[s][k]
            for k, ((p, q), (r, s)) in enumerate(zip(self.upward, self.downward, strict=True))
        )


@dataclass(frozen=True)
class Stumps(HypothesisClass):
    """x ↦ ±1 by a threshold on one of d coordinates.

    Parameters
    ----------
    d
        The dimension, at least 1.

    Examples
    --------
    >>> [Stumps(d).vc_dimension().value for d in (1, 2, 3, 5)]
    [2, 3, 4, 5]
    >>> Stumps(1).growth_function(7)
    14
    >>> Stumps(2).realise([(0, 0), (1, 1), (0, 1), (1, 0)], [1, 1, -1, -1]).verify()  # an exclusion
    True
    """

    d: int = 1
    _seed: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        checked_size(self.d, 1)

    @property
    def dimension(self) -> int:
        """The d of the space."""
        return self.d

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Stumps on one of the coordinates, and entangled points."""
        if isinstance(certificate, Realised):
            found = certificate.hypothesis
            return isinstance(found, Stump) and 0 <= found.axis < self.d and found.direction in (1, -1)
        return isinstance(certificate, Entangled)

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """A stump between the two groups, or for each coordinate two pairs that rule both directions out."""
        positive = [i for i, y in enumerate(labels) if y > 0]
        negative = [i for i, y in enumerate(labels) if y < 0]
        if not positive or not negative:
            below = min(point[0] for point in points) - 1
            return Realised(points, labels, Stump(0, below, labels[0]))
        upward, downward = [], []
        for k in range(self.d):

            def place(i: int, axis: int = k) -> Fraction:
                return points[i][axis]

            low, high = min(positive, key=place), max(positive, key=place)
            under, over = min(negative, key=place), max(negative, key=place)
            if place(low) > place(over):
                return Realised(points, labels, Stump(k, place(over), 1))
            if place(high) < place(under):
                return Realised(points, labels, Stump(k, place(high), -1))
            upward.append((low, over))
            downward.append((high, under))
        return Entangled(points, labels, tuple(upward), tuple(downward))

    def growth_function(self, m: int) -> int:
        """2 + Σ_{0<k<m} min(C(m, k), 2d) where points that reach it are found, by counting.

        A coordinate cuts two sets of k points off its ends, so no more are possible.

        Raises
        ------
        ValueError
            Where no such points were found.
        """
        if checked_size(m) == 0:
            return 1
        most = 2 + sum(min(comb(m, k), 2 * self.d) for k in range(1, m))
        if m == 1 or self.d == 1:
            return most
        random = Random(self._seed)
        chained = _chained_orders(m, self.d) if m <= 2 * self.d else None
        if chained is not None and _count(chained, m) == most:
            return most
        for _ in range(_CLIMBS):
            if _climbs(_random_orders(m, self.d, random), most, random):
                return most
        raise ValueError(f"the count for m = {m} lies at or below {most}; no points that reach it were found")

    def vc_dimension(self) -> VCDimension:
        """The largest m with C(m, ⌊m/2⌋) ≤ 2d, with a shattered set that is built from chains of subsets.

        Notes
        -----
        Gey, Vapnik–Chervonenkis dimension of axis-parallel cuts, arXiv:1203.0193.
        """
        size = 1
        while comb(size + 1, (size + 1) // 2) <= 2 * self.d:
            size += 1
        orders = _chained_orders(size, self.d)
        if orders is None:
            raise ValueError(
                f"no shattered set of {size} points was found in {self.d} dimensions; try a smaller d"
            )
        ranks = [[order.index(i) for order in orders] for i in range(size)]
        half = (size + 1) // 2
        chain = Chain(
            f"{size + 1} points are not shattered in {self.d} dimensions",
            (
                Link("ends", f"a coordinate cuts two sets of {half} points off its ends",
                     source="the definition of a stump: its positive points are an end of an order"),
                Link("too many", f"but there are more sets of {half} points than that",
                     Claim(binomial(size + 1, half), ">", Integer(2 * self.d))),
            ),
        )  # fmt: skip
        bound = UpperBound(
            self,
            size,
            "counting",
            f"of {size + 1} points some {half} are cut off by no coordinate",
            chain,
            self._obstruct,
        )
        return VCDimension(size, self.shatters(ranks), bound)

    def _obstruct(self, points: tuple[Point, ...]) -> Exclusion:
        for chosen in combinations(range(len(points)), len(points) // 2):
            found = self.certify(points, tuple(1 if i in chosen else -1 for i in range(len(points))))
            if not isinstance(found, Realised):
                return found
        raise AssertionError("every half is cut off: the bound is wrong")


def _random_orders(m: int, d: int, random: Random) -> list[list[int]]:
    orders = [list(range(m)) for _ in range(d)]
    for order in orders:
        random.shuffle(order)
    return orders


def _climbs(orders: list[list[int]], most: int, random: Random) -> bool:
    """Do swaps of two points on one axis, none of which lowers the count, lead to `most` labellings?"""
    m = len(orders[0])
    reached = _count(orders, m)
    for _ in range(_SWAPS):
        if reached == most:
            return True
        order = random.choice(orders)
        i, j = random.sample(range(m), 2)
        order[i], order[j] = order[j], order[i]
        found = _count(orders, m)
        if found < reached:
            order[i], order[j] = order[j], order[i]
        else:
            reached = found
    return reached == most


def _count(orders: Iterable[list[int]], m: int) -> int:
    subsets = set()
    for order in orders:
        mask = 0
        for i in (*order, None):
            subsets |= {mask, (1 << m) - 1 - mask}
            if i is not None:
                mask |= 1 << i
    return len(subsets)


def _chained_orders(m: int, d: int) -> list[list[int]] | None:
    """`d` orders of m points such that any set of at most ⌊m/2⌋ points begins or ends one; None if not found.

    The subsets are covered by chains, one through each set of ⌊m/2⌋ points (bracket matching; de Bruijn,
    Tengbergen and Kruyswijk 1951); two chains with disjoint tops make an order, one from either end.
    """
    half = m // 2
    tops = [frozenset(c) for c in combinations(range(m), half)]
    chains = {top: _chain_below(top, m) for top in tops}
    pairs: list[tuple[frozenset[int], frozenset[int] | None]] = []
    free = list(tops)
    while free:
        # The top with the fewest partners goes first.
        top = min(free, key=lambda t: sum(not t & u for u in free))
        free.remove(top)
        partners = [u for u in free if not top & u]
        partner = min(partners, key=lambda u: sum(not u & v for v in free)) if partners else None
        if partner is not None:
            free.remove(partner)
        pairs.append((top, partner))
    if len(pairs) > d:
        return None
    orders = []
    for top, partner in pairs:
        head = chains[top]
        tail = [i for i in chains[partner] if i not in head] if partner is not None else []
        middle = [i for i in range(m) if i not in head and i not in tail]
        orders.append(head + middle + tail[::-1])
    return (orders + [list(range(m))] * d)[:d]


def _chain_below(top: frozenset[int], m: int) -> list[int]:
    """The elements of `top` in an order whose beginnings are its chain: unmatched brackets last."""
    stack: list[int] = []
    matched: list[int] = []
    for i in range(m):  # a member closes a bracket, another element opens one
        if i not in top:
            stack.append(i)
        elif stack:
            stack.pop()
            matched.append(i)
    loose = [i for i in range(m) if i in top and i not in matched]
    return matched + loose
