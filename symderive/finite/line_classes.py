"""Classes on the line that are told by how often the label changes: thresholds, unions of intervals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb

from sympy import Integer, binomial

from symderive.finite.certificates import Alternation, Exclusion, Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import Labels, Point
from symderive.finite.hypothesis_class import (
    HypothesisClass,
    UpperBound,
    VCDimension,
    checked_size,
    sauer_sum,
)
from symderive.terms import Claim, Dim

__all__ = ["IntervalUnion", "Intervals", "Threshold", "Thresholds", "UnionsOfIntervals"]


def label_runs(points: tuple[Point, ...], labels: Labels) -> tuple[list[list[int]], tuple[int, int] | None]:
    """Places by coordinate, grouped into runs of one label; or two equal points with opposite labels."""
    order = sorted(range(len(points)), key=lambda i: points[i][0])
    runs: list[list[int]] = []
    values: dict[Fraction, int] = {}
    for place in order:
        value = points[place][0]
        twin = values.setdefault(value, place)
        if labels[twin] != labels[place]:
            return [], (twin, place)
        if runs and labels[runs[-1][-1]] == labels[place]:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs, None


def alternation(
    points: tuple[Point, ...], labels: Labels, allowed: int, before: int = 0
) -> Alternation | None:
    """A certificate that the labels change more than `allowed` times, if they do."""
    runs, clash = label_runs(points, labels)
    if clash is not None:
        return Alternation(points, clash, labels[clash[0]], allowed, before)
    heads = [run[0] for run in runs]
    if before and labels[heads[0]] == before:
        heads = heads[1:]
    needed = allowed + 1 if before else allowed + 2
    if len(heads) < needed:
        return None
    return Alternation(points, tuple(heads[:needed]), labels[heads[0]], allowed, before)


def alternating_labels(points: tuple[Point, ...], first: int) -> Labels:
    """`first` and its opposite in turn along the line: the labelling that changes most often."""
    order = sorted(range(len(points)), key=lambda i: points[i][0])
    labels = [0] * len(points)
    for rank, place in enumerate(order):
        labels[place] = first * (-1) ** rank
    return tuple(labels)


@dataclass(frozen=True)
class Threshold:
    """+1 above `at`, −1 at it and below."""

    at: Fraction

    def predict(self, point: Point) -> int:
        """The point's label."""
        return 1 if point[0] > self.at else -1


@dataclass(frozen=True)
class IntervalUnion:
    """+1 on closed intervals, −1 elsewhere."""

    intervals: tuple[tuple[Fraction, Fraction], ...]

    def predict(self, point: Point) -> int:
        """The point's label."""
        return 1 if any(low <= point[0] <= high for low, high in self.intervals) else -1


@dataclass(frozen=True)
class Thresholds(HypothesisClass):
    """x ↦ +1 for x > a, else −1; the decision stumps of the line allow both directions.

    Examples
    --------
    >>> found = Thresholds().dichotomies([3, 1, 2])
    >>> found.count, found.verify()
    (4, True)
    >>> Thresholds().realise([0, 1], [1, -1]).pattern  # + − from left to right is impossible
    {0: 1, 1: -1}
    >>> Thresholds().vc_dimension().value
    1
    """

    @property
    def dimension(self) -> int:
        """One coordinate."""
        return 1

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Thresholds, and alternations of more than one change after a minus."""
        if isinstance(certificate, Realised):
            return isinstance(certificate.hypothesis, Threshold)
        return isinstance(certificate, Alternation) and (certificate.allowed, certificate.before) == (1, -1)

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """The threshold at the highest negative point, or a ``+ −``."""
        excluded = alternation(points, labels, 1, before=-1)
        if excluded is not None:
            return excluded
        negative = [x for (x,), y in zip(points, labels, strict=True) if y < 0]
        at = max(negative) if negative else min(x for (x,) in points) - 1
        return Realised(points, labels, Threshold(at))

    def growth_function(self, m: int) -> int:
        """Exactly m + 1."""
        return checked_size(m) + 1

    def vc_dimension(self) -> VCDimension:
        """One; the certificate against two points is ``+ −``."""
        bound = UpperBound(
            self,
            1,
            "alternation",
            "of two points the lower one cannot be + while the higher one is −",
            _more_changes(1, 2),
            lambda points: _excluded(self, points, 1),
        )
        return VCDimension(1, self.shatters([0]), bound)


@dataclass(frozen=True)
class UnionsOfIntervals(HypothesisClass):
    """Unions of at most k closed intervals: +1 inside.

    Parameters
    ----------
    k
        The most intervals, at least 1.

    Examples
    --------
    >>> two = UnionsOfIntervals(2)
    >>> two.dichotomies(range(5)).count, two.growth_function(5)
    (31, 31)
    >>> two.realise(range(5), [1, -1, 1, -1, 1]).verify()  # an exclusion: + − + − +
    True
    >>> two.vc_dimension().value
    4
    """

    k: int = 1

    def __post_init__(self) -> None:
        checked_size(self.k, 1)

    @property
    def dimension(self) -> int:
        """One coordinate."""
        return 1

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """At most k intervals, and alternations of more than 2k changes after a minus."""
        if isinstance(certificate, Realised):
            found = certificate.hypothesis
            return isinstance(found, IntervalUnion) and len(found.intervals) <= self.k
        if not isinstance(certificate, Alternation):
            return False
        return (certificate.allowed, certificate.before) == (2 * self.k, -1)

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """One interval a run of positive points, or a pattern ``+ − + … +`` with k + 1 plus signs."""
        excluded = alternation(points, labels, 2 * self.k, before=-1)
        if excluded is not None:
            return excluded
        runs, _ = label_runs(points, labels)
        found = [(points[run[0]][0], points[run[-1]][0]) for run in runs if labels[run[0]] > 0]
        return Realised(points, labels, IntervalUnion(tuple(found)))

    def growth_function(self, m: int) -> int:
        """Σ_{i ≤ 2k} C(m, i): Sauer's bound is reached on any m distinct points.

        Put a minus before the first label. The places of the changes determine the labels, any i of the m
        places can be chosen, and i changes make ⌈i/2⌉ runs of +: at most k of them means i ≤ 2k.
        """
        return sauer_sum(checked_size(m), 2 * self.k)

    def vc_dimension(self) -> VCDimension:
        """2k; the certificate against 2k + 1 points is ``+ − + … +``."""
        bound = UpperBound(
            self,
            2 * self.k,
            "alternation",
            f"+ in odd places and − in even ones makes k + 1 = {self.k + 1} runs of + among 2k + 1 points",
            _more_changes(2 * self.k, 2 * self.k + 1),
            lambda points: _excluded(self, points, 1),
        )
        return VCDimension(2 * self.k, self.shatters(range(2 * self.k)), bound)


def Intervals() -> UnionsOfIntervals:
    """Closed intervals: +1 inside; unions of k intervals with k = 1.

    Examples
    --------
    >>> Intervals().growth_function(9) == 9 * 10 // 2 + 1
    True
    """
    return UnionsOfIntervals(1)


def _more_changes(allowed: int, points: int) -> Chain:
    """The count of changes of an alternating labelling that starts with +."""
    source = "the definition of the class: a label changes only at a threshold, or at one end of an interval"
    return Chain(
        f"an alternating labelling of {points} points has more than {allowed} changes",
        (
            Link("changes", "one from − far left to the first +, one between neighbours", Claim(
                Integer(1) + Integer(points - 1), ">", Integer(allowed))),
            Link("ends", f"a member has at most {allowed} places where its label changes", source=source),
        ),
    )  # fmt: skip


def _excluded(family: HypothesisClass, points: tuple[Point, ...], first: int) -> Exclusion:
    found = family.certify(points, alternating_labels(points, first))
    if isinstance(found, Realised):
        raise AssertionError("an alternating labelling was realised: the bound is wrong")
    return found


def counts_chain() -> Chain:
    """The closed forms of the growth functions of thresholds and intervals, for every m."""
    m = Dim("m")
    return Chain(
        "the counts equal Sauer's sums",
        (
            Link("thresholds", "d = 1", Claim(1 + binomial(m, 1), "=", m + 1)),
            Link("intervals", "d = 2", Claim(1 + m + binomial(m, 2), "=", m * (m + 1) / 2 + 1)),
        ),
    )


def runs_count(m: int, changes: int) -> int:
    """Labellings of m points with at most `changes` changes of label: 2 Σ_{i ≤ changes} C(m − 1, i)."""
    return 2 * sum(comb(m - 1, i) for i in range(min(changes, m - 1) + 1))
