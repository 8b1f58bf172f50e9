"""What a class of classifiers is asked: its labellings of given points, their number, its VC dimension."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import comb, inf
from typing import Any

from symderive.decide import Status
from symderive.finite.certificates import Exclusion, Hypothesis, Realised
from symderive.finite.chains import Chain
from symderive.finite.exact_input import Labels, Point, exact_labels, exact_points
from symderive.finite.progress import Progress, progress

__all__ = ["Dichotomies", "HypothesisClass", "UpperBound", "VCDimension", "sauer_sum"]

#: More labellings than this are not listed.
MOST_DICHOTOMIES = 2**20


def sauer_sum(m: int, d: int) -> int:
    """Σ_{i≤d} C(m, i), the most labellings of m points that a class of VC dimension d can have.

    Examples
    --------
    >>> sauer_sum(5, 2), sauer_sum(3, 7)
    (16, 8)
    """
    if m < 0 or d < 0:
        raise ValueError(f"m = {m}, d = {d}: give a number of points and a dimension, both at least 0")
    return sum(comb(m, i) for i in range(min(m, d) + 1))


@dataclass(frozen=True)
class Dichotomies:
    """Every labelling of some points, certified both ways.

    Parameters
    ----------
    family
        The class that the certificates speak of.
    points
        m points of d exact coordinates.
    realised
        One certificate a labelling that the class has.
    excluded
        Certificates that together exclude all the others; one may exclude many.
    """

    family: HypothesisClass
    points: tuple[Point, ...]
    realised: tuple[Realised, ...]
    excluded: tuple[Exclusion, ...] = field(repr=False)

    @property
    def count(self) -> int:
        """How many labellings of the points the class has."""
        return len(self.realised)

    @property
    def shattered(self) -> bool:
        """Are all 2^m labellings realised?"""
        return self.count == 2 ** len(self.points)

    @property
    def labellings(self) -> tuple[Labels, ...]:
        """The realised labellings, sorted: value vectors of the class on the points."""
        return tuple(sorted(certificate.labels for certificate in self.realised))

    def __bool__(self) -> bool:
        return self.shattered

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Realised]:
        return iter(self.realised)

    def why(self, labels: Iterable[Any]) -> Realised | Exclusion:
        """The certificate for one labelling, whichever way it goes."""
        wanted = exact_labels(labels, len(self.points))
        for certificate in self.realised:
            if certificate.labels == wanted:
                return certificate
        for exclusion in self.excluded:
            if all(wanted[place] == label for place, label in exclusion.pattern.items()):
                return exclusion
        raise LookupError("no certificate covers this labelling: the record is incomplete, see verify()")

    def verify(self) -> bool:
        """Recompute every certificate exactly, and that each of the 2^m labellings has one."""
        seen = {certificate.labels for certificate in self.realised}
        if len(seen) != len(self.realised):
            return False
        certificates: tuple[Realised | Exclusion, ...] = (*self.realised, *self.excluded)
        for certificate in certificates:
            if certificate.points != self.points or not self.family.admits(certificate):
                return False
            if not certificate.verify():
                return False
        # Exclusions by the last place that they mention: a branch is cut as soon as its prefix is excluded.
        by_last: dict[int, dict[tuple[int, ...], set[Labels]]] = {}
        for exclusion in self.excluded:
            places = tuple(sorted(exclusion.pattern))
            values = tuple(exclusion.pattern[place] for place in places)
            by_last.setdefault(places[-1], {}).setdefault(places, set()).add(values)
        open_prefixes: list[Labels] = [()]
        for last in range(len(self.points)):
            groups = by_last.get(last, {})
            longer = [(*prefix, label) for prefix in open_prefixes for label in (1, -1)]
            open_prefixes = [
                prefix
                for prefix in longer
                if not any(tuple(prefix[k] for k in places) in group for places, group in groups.items())
            ]
            if len(open_prefixes) > 2 * MOST_DICHOTOMIES:
                return False
        return set(open_prefixes) == seen


@dataclass(frozen=True)
class UpperBound:
    """Why no more than `bound` points are shattered.

    Parameters
    ----------
    family
        The class.
    bound
        The upper bound of the VC dimension.
    method
        Its name, e.g. ``Radon partition``.
    argument
        The reason, for any points.
    chain
        The steps of the argument that are arithmetic, each judged or cited.
    obstruction
        For any `bound` + 1 points, a labelling that no member has, with its certificate.
    domain
        All points there are, for a finite domain; then the bound is proved by its cases.
    cases
        For a finite domain, a certificate for every set of `bound` + 1 of its points.
    """

    family: HypothesisClass = field(repr=False)
    bound: int
    method: str
    argument: str
    chain: Chain
    obstruction: Callable[[tuple[Point, ...]], Exclusion] = field(repr=False)
    domain: tuple[Point, ...] = field(default=(), repr=False)
    cases: tuple[Exclusion, ...] = field(default=(), repr=False)

    @property
    def status(self) -> Status:
        """``PROVED`` where the cases are exhaustive and stand, else what is known of the chain."""
        if self.domain:
            return Status.PROVED if self.verify() else Status.UNDECIDED
        return self.chain.status

    def verify(self) -> bool:
        """Do the cases stand, and are they all sets of `bound` + 1 points of the domain?"""
        if not all(self.family.admits(case) and case.verify() for case in self.cases):
            return False
        wanted = set(map(frozenset, combinations(self.domain, self.bound + 1)))
        return {frozenset(case.points) for case in self.cases} == wanted

    def refute(self, points: Iterable[Any]) -> Exclusion:
        """An impossible labelling of these `bound` + 1 points.

        Raises
        ------
        ValueError
            For another number of points.
        """
        exact = exact_points(points, self.family.dimension)
        if len(exact) != self.bound + 1:
            raise ValueError(
                f"{len(exact)} points: the bound speaks of {self.bound + 1} points, give as many"
            )
        return self.obstruction(exact)


@dataclass(frozen=True)
class VCDimension:
    """The VC dimension with its two halves: some set is shattered, and no larger one is.

    Parameters
    ----------
    value
        The dimension; ``math.inf`` for a class that shatters arbitrarily large sets.
    witness
        A shattered set of `value` points with all its certificates (of any size, if it is infinite).
    upper
        The upper bound with its proof; None where the value is infinite.
    """

    value: float
    witness: Dichotomies | None = field(repr=False)
    upper: UpperBound | None = field(repr=False)

    def verify(self) -> bool:
        """Is the witness shattered, and do the upper bound's own certificates stand?"""
        if self.witness is None:
            shattered = self.value == 0
        else:
            size = len(self.witness.points)
            shattered = self.witness.shattered and self.witness.verify() and self.value in (inf, size)
        if self.upper is None:
            return shattered and self.value == inf
        return shattered and self.upper.bound == self.value and self.upper.verify()


class HypothesisClass(ABC):
    """A class of classifiers of points in d dimensions.

    A member of the family writes `certify`, `growth_function` and `vc_dimension`; the rest is here.
    """

    @property
    @abstractmethod
    def dimension(self) -> int:
        """How many coordinates a point has."""

    @abstractmethod
    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Does the certificate speak of this class? Whether it is right is for its own `verify` to say."""

    @abstractmethod
    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """A hypothesis with these labels, or a certificate that there is none; exact input."""

    @abstractmethod
    def growth_function(self, m: int) -> int:
        """The most labellings that m points can have."""

    @abstractmethod
    def vc_dimension(self) -> VCDimension:
        """The VC dimension, with a shattered set and a proof that no larger set is shattered."""

    def realise(self, points: Iterable[Any], labels: Iterable[Any]) -> Realised | Exclusion:
        """A hypothesis that labels the points so, or an exact certificate that there is none.

        Parameters
        ----------
        points
            m points, as numbers or sequences of `dimension` numbers.
        labels
            m labels, +1 or −1.
        """
        exact = exact_points(points, self.dimension)
        return self.certify(exact, exact_labels(labels, len(exact)))

    def dichotomies(self, points: Iterable[Any]) -> Dichotomies:
        """All labellings of the points that the class has, and certificates against all others.

        Parameters
        ----------
        points
            m points; duplicates are allowed and get equal labels.

        Raises
        ------
        ValueError
            For points that cannot be read exactly, or where more than 2^20 labellings are to be listed.
        """
        exact = exact_points(points, self.dimension)
        self._check_size(len(set(exact)))
        realised: dict[Labels, Hypothesis | None] = {(): None}
        excluded: list[Exclusion] = []
        with progress(2 ** min(len(exact), 60), "dichotomies") as bar:
            for size in range(1, len(exact) + 1):
                realised = self._extend(exact, size, realised, excluded, bar)
        found = (Realised(exact, y, h) for y, h in realised.items() if h is not None)
        return Dichotomies(self, exact, tuple(found), tuple(excluded))

    def _extend(
        self,
        points: tuple[Point, ...],
        size: int,
        shorter: Mapping[Labels, Hypothesis | None],
        excluded: list[Exclusion],
        bar: Progress,
    ) -> dict[Labels, Hypothesis | None]:
        """Labellings of one point more; the hypothesis of the shorter one gives one of two for nothing."""
        prefix = points[:size]
        found: dict[Labels, Hypothesis | None] = {}
        for labels, known in shorter.items():
            free = known.predict(prefix[-1]) if known is not None else 0
            for label in (1, -1):
                bar.advance(2.0 ** min(len(points), 60) / (2 * len(shorter) * len(points)))
                longer = (*labels, label)
                if label == free:
                    found[longer] = known
                    continue
                certificate = self.certify(prefix, longer)
                if isinstance(certificate, Realised):
                    found[longer] = certificate.hypothesis
                else:
                    excluded.append(self._widen(certificate, points))
            if len(found) > MOST_DICHOTOMIES:
                raise ValueError(f"more than {MOST_DICHOTOMIES} labellings: give fewer points")
        return found

    @staticmethod
    def _widen(exclusion: Exclusion, points: tuple[Point, ...]) -> Exclusion:
        """The same exclusion about all of the points."""
        short = len(points) - len(exclusion.points)
        changed: dict[str, Any] = {"points": points}
        for name, filler in (("labels", 1), ("multipliers", 0)):
            if hasattr(exclusion, name):
                changed[name] = (*getattr(exclusion, name), *[filler] * short)
        return replace(exclusion, **changed)  # type: ignore[type-var]

    def _check_size(self, m: int) -> None:  # noqa: B027 - a class without a bound has nothing to refuse
        """Refuse early where the number of labellings is known to be too large."""

    def shatters(self, points: Iterable[Any]) -> Dichotomies:
        """Are all labellings of the points realised? The answer is true or false, with every certificate."""
        return self.dichotomies(points)


def checked_size(m: int, least: int = 0) -> int:
    """A number of points, or advice."""
    if isinstance(m, bool) or not isinstance(m, int) or m < least:
        raise ValueError(f"m = {m!r}: give a whole number of points, at least {least}")
    return m
