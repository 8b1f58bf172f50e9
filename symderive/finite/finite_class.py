"""Finite classes: listed hypotheses on a finite domain, every question answered by exhaustion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

from symderive.finite.certificates import Disagreement, Exclusion, Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import Labels, Point, exact_labels, exact_points
from symderive.finite.hypothesis_class import HypothesisClass, UpperBound, VCDimension, checked_size
from symderive.finite.progress import progress

__all__ = ["FiniteClass", "Member"]


@dataclass(frozen=True)
class Member:
    """One listed hypothesis: a label for every point of the domain."""

    domain: tuple[Point, ...]
    labels: Labels

    def predict(self, point: Point) -> int:
        """The point's label.

        Raises
        ------
        ValueError
            For a point outside the domain.
        """
        if point not in self.domain:
            raise ValueError(
                f"{tuple(map(str, point))} is not in the domain: a finite class labels its own points only"
            )
        return self.labels[self.domain.index(point)]


@dataclass(frozen=True, init=False)
class FiniteClass(HypothesisClass):
    """Listed labellings of a finite domain.

    Parameters
    ----------
    labellings
        N labellings of n points, each a sequence of n labels +1 or −1.
    domain
        The n points; 0, …, n − 1 by default.

    Examples
    --------
    >>> table = FiniteClass([(1, 1, -1), (1, -1, -1), (-1, 1, -1), (-1, -1, -1)])
    >>> dimension = table.vc_dimension()
    >>> dimension.value, [tuple(map(int, p)) for p in dimension.witness.points], dimension.verify()
    (2, [(0,), (1,)], True)
    >>> table.growth_function(2), table.growth_function(3)
    (4, 4)
    """

    domain: tuple[Point, ...]
    members: tuple[Member, ...]

    def __init__(self, labellings: Iterable[Iterable[Any]], domain: Iterable[Any] | None = None) -> None:
        listed = [tuple(labelling) for labelling in labellings]
        if not listed:
            raise ValueError("the class is empty: give at least one labelling")
        points = exact_points(range(len(listed[0])) if domain is None else domain)
        if len(set(points)) != len(points):
            raise ValueError("the domain lists a point twice: list every point once")
        rows = dict.fromkeys(exact_labels(labels, len(points)) for labels in listed)
        object.__setattr__(self, "domain", points)
        object.__setattr__(self, "members", tuple(Member(points, row) for row in rows))

    @property
    def dimension(self) -> int:
        """Coordinates of a point of the domain."""
        return len(self.domain[0])

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Listed members, and disagreements with every one of them."""
        if isinstance(certificate, Realised):
            return certificate.hypothesis in self.members
        return isinstance(certificate, Disagreement) and certificate.members == self.members

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """A member with these labels, or for each member a point that it labels otherwise."""
        places = []
        for member in self.members:
            wrong = (i for i, point in enumerate(points) if member.predict(point) != labels[i])
            place = next(wrong, None)
            if place is None:
                return Realised(points, labels, member)
            places.append(place)
        return Disagreement(points, labels, self.members, tuple(places))

    def growth_function(self, m: int) -> int:
        """The largest number of distinct rows on m columns, over all sets of m columns.

        More points than the domain has are no set: the points repeat, and the count no longer grows.
        """
        size = min(checked_size(m), len(self.domain))
        rows = [member.labels for member in self.members]
        return max(len({tuple(row[c] for c in chosen) for row in rows}) for chosen in self._subsets(size))

    def vc_dimension(self) -> VCDimension:
        """By exhaustion: the largest shattered set of points, and a certificate for each larger one."""
        shattered: tuple[int, ...] = ()
        size = 0
        while size < len(self.domain) and 2 ** (size + 1) <= len(self.members):
            found = next((s for s in self._subsets(size + 1) if self._count(s) == 2 ** (size + 1)), None)
            if found is None:
                break
            shattered, size = found, size + 1
        cases = tuple(self._impossible(tuple(self.domain[c] for c in s)) for s in self._larger(size + 1))
        bound = UpperBound(
            self,
            size,
            f"exhaustive ({len(cases)} sets of {size + 1} points)",
            "for every set of points one larger than the witness, a labelling that each member misses",
            Chain(
                "every larger set misses a labelling",
                (Link("cases", "each case carries its certificate", source="the cases of this bound"),),
            ),
            self._impossible,
            self.domain,
            cases,
        )
        witness = self.shatters([self.domain[c] for c in shattered]) if size else None
        return VCDimension(size, witness, bound)

    def _larger(self, size: int) -> Iterable[tuple[int, ...]]:
        return self._subsets(size) if size <= len(self.domain) else ()

    def _subsets(self, size: int) -> Iterable[tuple[int, ...]]:
        with progress(comb(len(self.domain), size), "subsets") as bar:
            for chosen in combinations(range(len(self.domain)), size):
                bar.advance()
                yield chosen

    def _count(self, chosen: tuple[int, ...]) -> int:
        return len({tuple(member.labels[c] for c in chosen) for member in self.members})

    def _impossible(self, points: tuple[Point, ...]) -> Exclusion:
        seen = {tuple(member.predict(point) for point in points) for member in self.members}
        for code in range(2 ** len(points)):
            labels = tuple(1 if code >> i & 1 else -1 for i in range(len(points)))
            if labels not in seen:
                found = self.certify(points, labels)
                if not isinstance(found, Realised):
                    return found
        raise AssertionError("every labelling is realised: the bound is wrong")
