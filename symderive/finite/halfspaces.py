"""Halfspaces in d dimensions, certified both ways: a rational hyperplane, or a Gordan vector."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Integer

from symderive.finite.certificates import Exclusion, Gordan, Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import Labels, Point, exact_points
from symderive.finite.hypothesis_class import (
    MOST_DICHOTOMIES,
    HypothesisClass,
    UpperBound,
    VCDimension,
    checked_size,
)
from symderive.finite.line_classes import runs_count
from symderive.finite.separation import SOLVERS, affine_dependence, separate
from symderive.terms import Claim, Dim, Hypothesis, Index, Matrix, Vector, indexed_sum, scalar

__all__ = ["Halfspace", "Halfspaces", "RadonPartition", "cover_count", "radon_partition"]


def cover_count(points: int, dimension: int) -> int:
    """2 Σ_{k=0}^{d} C(N−1, k), the labellings by halfspaces of N points of ℝ^d in general position.

    Notes
    -----
    Cover, Geometrical and statistical properties of systems of linear inequalities, 1965.

    Examples
    --------
    >>> cover_count(4, 2), cover_count(4, 1), cover_count(8, 3)
    (14, 8, 128)
    """
    return runs_count(checked_size(points, 1), checked_size(dimension))


@dataclass(frozen=True)
class Halfspace:
    """The sign of ⟨weights, x⟩ + bias; 0 on the hyperplane itself."""

    weights: tuple[Fraction, ...]
    bias: Fraction

    def predict(self, point: Point) -> int:
        """The point's side."""
        value = sum((w * x for w, x in zip(self.weights, point, strict=True)), self.bias)
        return (value > 0) - (value < 0)


@dataclass(frozen=True)
class RadonPartition:
    """Two groups of points whose convex hulls meet: no halfspace has one group inside and the other outside.

    Parameters
    ----------
    points
        All points.
    multipliers
        λ ≠ 0 with Σ λ_i = 0 and Σ λ_i x_i = 0.

    Examples
    --------
    >>> square = radon_partition([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> square.groups, square.common_point, square.verify()
    (((2, 3), (0, 1)), (Fraction(1, 2), Fraction(1, 2)), True)
    """

    points: tuple[Point, ...]
    multipliers: tuple[Fraction, ...]

    @property
    def groups(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The places with λ > 0, and those with λ < 0."""
        signs = list(enumerate(self.multipliers))
        return tuple(i for i, x in signs if x > 0), tuple(i for i, x in signs if x < 0)

    @property
    def common_point(self) -> Point:
        """A point of both convex hulls."""
        positive = self.groups[0]
        total = sum((self.multipliers[i] for i in positive), Fraction(0))
        axes = range(len(self.points[0]))
        return tuple(
            sum((self.multipliers[i] * self.points[i][k] for i in positive), Fraction(0)) / total
            for k in axes
        )

    def gordan(self) -> Gordan:
        """The same fact as a certificate against the labelling + on one group, − on the other."""
        labels = tuple(1 if value >= 0 else -1 for value in self.multipliers)
        return Gordan(self.points, labels, tuple(map(abs, self.multipliers)))

    def verify(self) -> bool:
        """Recompute Σ λ_i (x_i, 1) = 0 and λ ≠ 0."""
        return len(self.multipliers) == len(self.points) and self.gordan().verify()


def radon_partition(points: Iterable[Any]) -> RadonPartition:
    """Radon's partition of d + 2 or more points of ℝ^d, exactly.

    Raises
    ------
    ValueError
        For affinely independent points, which have none.
    """
    exact = exact_points(points)
    found = affine_dependence(exact)
    if found is None:
        raise ValueError(
            "the points are affinely independent: only d + 2 points always have a Radon partition"
        )
    return RadonPartition(exact, found)


@dataclass(frozen=True)
class Halfspaces(HypothesisClass):
    """x ↦ sign(⟨w, x⟩ + b) in d dimensions, on points that the hyperplane avoids.

    Parameters
    ----------
    d
        The dimension, at least 1.
    solver
        ``"highs"``: a floating-point linear program proposes and exact arithmetic decides; ``"exact"``: exact
        arithmetic alone.

    Examples
    --------
    >>> plane = Halfspaces(2)
    >>> square = plane.dichotomies([(0, 0), (1, 0), (0, 1), (1, 1)])
    >>> square.count, square.verify()
    (14, True)
    >>> square.why([1, -1, -1, 1]).multipliers
    (Fraction(1, 1), Fraction(1, 1), Fraction(1, 1), Fraction(1, 1))
    >>> plane.dichotomies([(i, i) for i in range(4)]).count  # on a line: 8, not 14
    8
    >>> plane.vc_dimension().value
    3
    """

    d: int = 2
    solver: str = "highs"

    def __post_init__(self) -> None:
        checked_size(self.d, 1)
        if self.solver not in SOLVERS:
            raise ValueError(f"no solver {self.solver!r}: choose one of {', '.join(SOLVERS)}")

    @property
    def dimension(self) -> int:
        """The d of the space."""
        return self.d

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """Halfspaces of this dimension, and Gordan vectors."""
        if isinstance(certificate, Realised):
            found = certificate.hypothesis
            return isinstance(found, Halfspace) and len(found.weights) == self.d
        return isinstance(certificate, Gordan)

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """A hyperplane with rational coefficients that separates strictly, or a Gordan vector."""
        signed = [
            tuple(y * x for x in (*point, Fraction(1))) for point, y in zip(points, labels, strict=True)
        ]
        direction, multipliers = separate(signed, self.solver)
        if direction is not None:
            certificate: Realised | Gordan = Realised(
                points, labels, Halfspace(direction[:-1], direction[-1])
            )
        elif multipliers is not None:
            certificate = Gordan(points, labels, multipliers)
        if not certificate.verify():
            raise AssertionError("the exact method returned a wrong certificate; please report the points")
        return certificate

    def growth_function(self, m: int) -> int:
        """Cover's count, reached in general position."""
        return cover_count(m, self.d) if checked_size(m) else 1

    def vc_dimension(self) -> VCDimension:
        """D + 1: the origin and the unit points are shattered; d + 2 points have a Radon partition."""
        simplex = [(0,) * self.d, *(tuple(int(i == k) for i in range(self.d)) for k in range(self.d))]
        bound = UpperBound(
            self,
            self.d + 1,
            "Radon partition",
            "d + 2 points have an affine dependence; its signs are an impossible labelling",
            radon_chain(),
            lambda points: radon_partition(points).gordan(),
        )
        return VCDimension(self.d + 1, self.shatters(simplex), bound)

    def _check_size(self, m: int) -> None:
        if m and cover_count(m, self.d) > MOST_DICHOTOMIES:
            raise ValueError(
                f"{m} points in {self.d} dimensions may have {cover_count(m, self.d)} labellings,"
                f" more than {MOST_DICHOTOMIES}: give fewer points"
            )


def radon_chain() -> Chain:
    """Why a Radon partition cannot be separated, for every dimension and number of points."""
    m, d = Dim("m"), Dim("d")
    i, k = Index("i", m), Index("k", d)
    x, w, b = Matrix("x", m, d), Vector("w", d), scalar("b")
    multiplier, margin = Vector("lambda", m), Vector("s", m)
    affine = indexed_sum(w[k] * x[i, k], k) + b
    moved = indexed_sum(w[k] * indexed_sum(multiplier[i] * x[i, k], i), k) + b * indexed_sum(multiplier[i], i)
    balanced = (
        Hypothesis(indexed_sum(multiplier[i], i), "=", Integer(0)),
        Hypothesis(indexed_sum(multiplier[i] * x[i, k], i), "=", Integer(0), (k,)),
    )
    labelled = (
        Hypothesis(multiplier[i], ">", Integer(0), (i,)),
        Hypothesis(margin[i], ">", Integer(0), (i,)),
    )
    return Chain(
        "no d + 2 points of ℝ^d are shattered by halfspaces",
        (
            Link("dependence", "d + 1 equations in d + 2 unknowns have a solution that is not 0",
                 source="a matrix with more columns than rows has a non-trivial kernel; Radon 1921"),
            Link("swap", "the sums are exchanged",
                 Claim(indexed_sum(multiplier[i] * affine, i), "=", moved)),
            Link("zero", "both inner sums vanish", Claim(moved, "=", Integer(0), balanced)),
            Link("positive", "with the signs of λ as labels, all terms |λ_i| s_i with λ_i ≠ 0 are positive",
                 Claim(indexed_sum(multiplier[i] * margin[i], i), ">", Integer(0), labelled)),
        ),
    )  # fmt: skip
