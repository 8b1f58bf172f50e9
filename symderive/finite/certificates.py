"""Certificates that a labelling is realised, or that it is not; each recomputes its claim exactly.

An exclusion may concern a few of the points only: it then excludes every labelling that agrees with it there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol, runtime_checkable

from symderive.finite.exact_input import Labels, Point

__all__ = ["Alternation", "Disagreement", "Enclosed", "Exclusion", "Gordan", "Hypothesis", "Realised"]


@runtime_checkable
class Hypothesis(Protocol):
    """A member of a class, in exact numbers."""

    def predict(self, point: Point) -> int:
        """+1 or −1; 0 where the point lies on the border and has no label."""
        ...


@dataclass(frozen=True)
class Realised:
    """A labelling together with a hypothesis that has it.

    Parameters
    ----------
    points
        m points of d exact coordinates.
    labels
        m labels, +1 or −1.
    hypothesis
        What labels the points so.
    """

    points: tuple[Point, ...]
    labels: Labels
    hypothesis: Hypothesis

    def verify(self) -> bool:
        """Does the hypothesis give every point its label?"""
        if len(self.labels) != len(self.points) or any(label not in (1, -1) for label in self.labels):
            return False
        pairs = zip(self.points, self.labels, strict=True)
        return all(self.hypothesis.predict(point) == label for point, label in pairs)


class Exclusion(Protocol):
    """A reason why no member of a class labels some of the points so."""

    @property
    def points(self) -> tuple[Point, ...]:
        """The points that the labelling is about."""
        ...

    @property
    def pattern(self) -> Mapping[int, int]:
        """Place → label: the part of the labelling that is impossible."""
        ...

    def verify(self) -> bool:
        """Recompute the reason exactly."""
        ...


def _well_formed(points: Sequence[Point], pattern: Mapping[int, int]) -> bool:
    return all(0 <= place < len(points) and label in (1, -1) for place, label in pattern.items())


@dataclass(frozen=True)
class Gordan:
    """No halfspace labels the points so: λ ≥ 0, λ ≠ 0 and Σ λ_i y_i (x_i, 1) = 0 (Gordan 1873).

    If ⟨w, x_i⟩ + b had the sign y_i everywhere, Σ λ_i y_i (⟨w, x_i⟩ + b) would be positive; it is 0.

    Parameters
    ----------
    points, labels
        All m points and labels.
    multipliers
        The m rationals λ_i.
    """

    points: tuple[Point, ...]
    labels: Labels
    multipliers: tuple[Fraction, ...]

    @property
    def pattern(self) -> Mapping[int, int]:
        return {i: self.labels[i] for i, value in enumerate(self.multipliers) if value != 0}

    def verify(self) -> bool:
        if not len(self.points) == len(self.labels) == len(self.multipliers):
            return False
        if not _well_formed(self.points, dict(enumerate(self.labels))):
            return False
        if any(value < 0 for value in self.multipliers) or not any(self.multipliers):
            return False
        triples = list(zip(self.points, self.labels, self.multipliers, strict=True))
        columns = range(len(self.points[0]))
        return sum(value * y for _, y, value in triples) == 0 and all(
            sum(value * y * x[k] for x, y, value in triples) == 0 for k in columns
        )


@dataclass(frozen=True)
class Alternation:
    """Labels that change more often along a coordinate than the class allows.

    Parameters
    ----------
    points
        All m points.
    places
        Places of points in order of the coordinate. Neighbours in this list have opposite labels.
    first
        The label of the first.
    allowed
        How many changes of label the class allows; the certificate needs `allowed` + 1 of them.
    before
        A label that every member has far to the left, 0 where there is none. A change from it counts:
        a threshold labels ``− +`` with one change, and ``+ −`` would need two.
    axis
        The coordinate that orders the points.

    Notes
    -----
    Two points with equal coordinates and opposite labels are impossible by themselves, whatever is allowed.
    """

    points: tuple[Point, ...]
    places: tuple[int, ...]
    first: int
    allowed: int
    before: int = 0
    axis: int = 0

    @property
    def pattern(self) -> Mapping[int, int]:
        return {place: self.first * (-1) ** k for k, place in enumerate(self.places)}

    def verify(self) -> bool:
        if len(set(self.places)) != len(self.places) or not _well_formed(self.points, self.pattern):
            return False
        if self.first not in (1, -1) or not self.places:
            return False
        values = [self.points[place][self.axis] for place in self.places]
        gaps = [right - left for left, right in pairwise(values)]
        if any(gap < 0 for gap in gaps):
            return False
        if 0 in gaps:
            return True
        changes = len(gaps) + (self.before != 0 and self.first != self.before)
        return changes > self.allowed


@dataclass(frozen=True)
class Enclosed:
    """A negative point inside every box that contains the positive ones.

    Parameters
    ----------
    points
        All m points of d coordinates.
    inside
        The place of the negative point.
    below, above
        For each coordinate the place of a positive point that is not above (not below) it there.
    """

    points: tuple[Point, ...]
    inside: int
    below: tuple[int, ...]
    above: tuple[int, ...]

    @property
    def pattern(self) -> Mapping[int, int]:
        return {**dict.fromkeys((*self.below, *self.above), 1), self.inside: -1}

    def verify(self) -> bool:
        if self.inside in self.below + self.above or not _well_formed(self.points, self.pattern):
            return False
        point = self.points[self.inside]
        if not len(self.below) == len(self.above) == len(point):
            return False
        return all(
            self.points[low][k] <= point[k] <= self.points[high][k]
            for k, (low, high) in enumerate(zip(self.below, self.above, strict=True))
        )


@dataclass(frozen=True)
class Disagreement:
    """Every member of a finite list of hypotheses mislabels one of the points.

    Parameters
    ----------
    points, labels
        All m points and labels.
    members
        The whole class, N hypotheses.
    places
        For each member the place of a point that it labels otherwise.
    """

    points: tuple[Point, ...]
    labels: Labels
    members: tuple[Hypothesis, ...]
    places: tuple[int, ...]

    @property
    def pattern(self) -> Mapping[int, int]:
        return {place: self.labels[place] for place in self.places}

    def verify(self) -> bool:
        if len(self.members) != len(self.places) or len(self.points) != len(self.labels):
            return False
        if not self.members or not _well_formed(self.points, dict(enumerate(self.labels))):
            return False
        if any(not 0 <= place < len(self.points) for place in self.places):
            return False
        return all(
            member.predict(self.points[place]) != self.labels[place]
            for member, place in zip(self.members, self.places, strict=True)
        )
