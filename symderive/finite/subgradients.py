"""Subgradients as sets: at a kink there are many, and a framework's choice is a member or is wrong.

Each set knows its members, its support function (the directional derivative of the function), and for a
vector outside it a direction that proves so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from symderive.finite.exact_input import exact_number
from symderive.finite.norms import exact_vector, inner_product
from symderive.finite.signed_root import SignedRoot

__all__ = [
    "BallSet",
    "BoxSet",
    "FaceSet",
    "SegmentSet",
    "SubgradientSet",
    "subgradients_of_absolute_value",
    "subgradients_of_hinge",
    "subgradients_of_hinge_loss",
    "subgradients_of_l1",
    "subgradients_of_l2",
    "subgradients_of_linf",
    "subgradients_of_manhattan",
]

Vector = tuple[Fraction, ...]


class SubgradientSet(ABC):
    """``{g : f(z) ≥ f(x) + ⟨g, z − x⟩ for all z}``, the subdifferential of a convex f at a point x."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The number K of entries of its vectors."""

    @abstractmethod
    def support(self, direction: Any) -> Any:
        """Max ⟨g, direction⟩ over the set: the directional derivative f′(x; direction), exact."""

    @abstractmethod
    def _violated(self, g: Vector) -> Vector | None:
        """A direction d with ⟨g, d⟩ > support(d), or None for a member."""

    def separation(self, g: Any) -> Vector | None:
        """None for a member; else a direction d with ``⟨g, d⟩ > support(d)``, which proves that g is none.

        Parameters
        ----------
        g
            Shape (K,) (a number where K = 1); floats are read by their bits.
        """
        vector = exact_vector(g if hasattr(g, "__iter__") else [g], "g")
        if len(vector) != self.size:
            raise ValueError(f"g has {len(vector)} entries, the subgradients have {self.size}")
        return self._violated(vector)

    def __contains__(self, g: Any) -> bool:
        return self.separation(g) is None


@final
@dataclass(frozen=True)
class BoxSet(SubgradientSet):
    """A product of intervals [lower_i, upper_i].

    Examples
    --------
    >>> box = BoxSet((Fraction(-1), Fraction(1)), (Fraction(1), Fraction(1)))
    >>> box, (0.5, 1) in box, box.separation((0.5, 0))
    ([-1, 1] × {1}, True, (Fraction(0, 1), Fraction(-1, 1)))
    """

    lower: Vector
    upper: Vector

    @property
    def size(self) -> int:
        return len(self.lower)

    def support(self, direction: Any) -> Fraction:
        pairs = zip(self.lower, self.upper, exact_vector(direction, "direction"), strict=True)
        return sum((max(low * d, high * d) for low, high, d in pairs), Fraction(0))

    def _violated(self, g: Vector) -> Vector | None:
        for i, (low, high, entry) in enumerate(zip(self.lower, self.upper, g, strict=True)):
            if not low <= entry <= high:
                return _unit(i, self.size, 1 if entry > high else -1)
        return None

    def __repr__(self) -> str:
        pairs = zip(self.lower, self.upper, strict=True)
        return " × ".join(f"{{{low}}}" if low == high else f"[{low}, {high}]" for low, high in pairs)


@final
@dataclass(frozen=True)
class FaceSet(SubgradientSet):
    """The convex hull of some s_i e_i, a face of the L1 ball; the whole ball where no sign is set.

    Parameters
    ----------
    signs
        Shape (K,): 1 or −1 where ±e_i is a corner, 0 elsewhere; all 0 for the whole ball.
    """

    signs: tuple[int, ...]

    @property
    def size(self) -> int:
        return len(self.signs)

    def support(self, direction: Any) -> Fraction:
        entries = exact_vector(direction, "direction")
        if not any(self.signs):
            return max(map(abs, entries))
        return max(sign * entry for sign, entry in zip(self.signs, entries, strict=True) if sign)

    def _violated(self, g: Vector) -> Vector | None:
        # Test directions: the corners' signs (the sum of s_i g_i is 1) and, for each entry, its own sign.
        if not any(self.signs):
            signs = tuple(Fraction((entry > 0) - (entry < 0)) for entry in g)
            return signs if sum(map(abs, g)) > 1 else None
        ones = tuple(map(Fraction, self.signs))
        weight = inner_product(ones, g)
        for i, (sign, entry) in enumerate(zip(self.signs, g, strict=True)):
            if sign == 0 and entry != 0:
                return _unit(i, self.size, 1 if entry > 0 else -1)
        if weight != 1:
            return ones if weight > 1 else tuple(-entry for entry in ones)
        for i, (sign, entry) in enumerate(zip(self.signs, g, strict=True)):
            if sign * entry < 0:
                # all other corners score 1 and this one 0; the total is 1 − s_i g_i > 1
                return tuple(one - (one if i == j else 0) for j, one in enumerate(ones))
        return None

    def __repr__(self) -> str:
        if not any(self.signs):
            return "{g : ‖g‖₁ ≤ 1}"
        corners = (f"{'-' if sign < 0 else ''}e{i}" for i, sign in enumerate(self.signs, start=1) if sign)
        return f"conv{{{', '.join(corners)}}}"


@final
@dataclass(frozen=True)
class SegmentSet(SubgradientSet):
    """``{λ·direction : low ≤ λ ≤ high}``."""

    direction: Vector
    low: Fraction
    high: Fraction

    @property
    def size(self) -> int:
        return len(self.direction)

    def support(self, direction: Any) -> Fraction:
        slope = inner_product(self.direction, direction)
        return max(self.low * slope, self.high * slope)

    def _violated(self, g: Vector) -> Vector | None:
        length = inner_product(self.direction, self.direction)
        along = inner_product(g, self.direction) / length if length else Fraction(0)
        rest = tuple(a - along * b for a, b in zip(g, self.direction, strict=True))
        if any(rest):
            return rest  # orthogonal to the segment, which scores 0
        if along > self.high:
            return self.direction
        return tuple(-entry for entry in self.direction) if along < self.low else None

    def __repr__(self) -> str:
        vector = f"({', '.join(map(str, self.direction))})"
        return f"{{λ·{vector} : {self.low} ≤ λ ≤ {self.high}}}"


@final
@dataclass(frozen=True)
class BallSet(SubgradientSet):
    """The Euclidean unit ball (at the origin), or the one unit vector ``towards/‖towards‖₂``.

    Parameters
    ----------
    towards
        Shape (K,); all 0 for the ball.
    """

    towards: Vector

    @property
    def size(self) -> int:
        return len(self.towards)

    def support(self, direction: Any) -> Any:
        if not any(self.towards):
            return SignedRoot.of(inner_product(direction, direction))
        length = SignedRoot.of(inner_product(self.towards, self.towards))
        return SignedRoot.rational(inner_product(self.towards, direction)) / length

    def _violated(self, g: Vector) -> Vector | None:
        length = inner_product(g, g)
        if not any(self.towards):
            return g if length > 1 else None
        square = inner_product(self.towards, self.towards)
        along = inner_product(g, self.towards) / square
        rest = tuple(entry - along * t for entry, t in zip(g, self.towards, strict=True))
        if any(rest):
            return rest  # orthogonal to the one member, which scores 0
        share, wanted = SignedRoot.rational(along), SignedRoot.of(1 / square)
        if share == wanted:
            return None
        return self.towards if share > wanted else tuple(-t for t in self.towards)

    def __repr__(self) -> str:
        return (
            "{g : ‖g‖₂ ≤ 1}" if not any(self.towards) else f"{{({', '.join(map(str, self.towards))})/‖·‖₂}}"
        )


def _unit(place: int, size: int, sign: int) -> Vector:
    return tuple(Fraction(sign if i == place else 0) for i in range(size))


def _intervals(entries: Sequence[Fraction]) -> BoxSet:
    signs = [(entry > 0) - (entry < 0) for entry in entries]
    return BoxSet(tuple(Fraction(s or -1) for s in signs), tuple(Fraction(s or 1) for s in signs))


def subgradients_of_absolute_value(t: Any) -> BoxSet:
    """∂|t|: {sign t}, and [−1, 1] at 0.

    PyTorch and SymPy choose 0 there, JAX 1; both are members.

    Examples
    --------
    >>> kink = subgradients_of_absolute_value(0)
    >>> kink, 0 in kink, 1 in kink, 1.5 in kink
    ([-1, 1], True, True, False)
    """
    return _intervals([exact_number(t, "t")])


def subgradients_of_l1(x: Any) -> BoxSet:
    """∂‖x‖₁: sign x_i in each coordinate, [−1, 1] where x_i = 0.

    Examples
    --------
    >>> subgradients_of_l1([3, 0, -2])
    {1} × [-1, 1] × {-1}
    """
    return _intervals(exact_vector(x))


def subgradients_of_manhattan(x: Any, y: Any) -> BoxSet:
    """The subgradients of x ↦ Σ|x_i − y_i|.

    Examples
    --------
    >>> subgradients_of_manhattan([1, 2], [1, 5])
    [-1, 1] × {-1}
    """
    left, right = exact_vector(x), exact_vector(y, "y")
    if len(left) != len(right):
        raise ValueError(f"x has {len(left)} entries and y has {len(right)}: pass vectors of one length")
    return _intervals([a - b for a, b in zip(left, right, strict=True)])


def subgradients_of_l2(x: Any) -> BallSet:
    """∂‖x‖₂: x/‖x‖₂, and the Euclidean unit ball at 0.

    Examples
    --------
    >>> (Fraction(3, 5), Fraction(-4, 5)) in subgradients_of_l2([3, -4]), (1, 1) in subgradients_of_l2([0, 0])
    (True, False)
    """
    return BallSet(exact_vector(x))


def subgradients_of_linf(x: Any) -> FaceSet:
    """∂‖x‖_∞: the hull of sign(x_i)·e_i over the entries of largest size; the L1 unit ball at 0.

    Examples
    --------
    >>> ties = subgradients_of_linf([3, -3, 1])
    >>> ties, (0.5, -0.5, 0) in ties, (1, 0, 0) in ties, (1, -1, 0) in ties
    (conv{e1, -e2}, True, True, False)
    """
    entries = exact_vector(x)
    largest = max(map(abs, entries))
    return FaceSet(tuple((entry > 0) - (entry < 0) if abs(entry) == largest else 0 for entry in entries))


def subgradients_of_hinge(t: Any) -> BoxSet:
    """The subgradients of t ↦ max(0, 1 − t): −1 below 1, 0 above, [−1, 0] at 1.

    Examples
    --------
    >>> [subgradients_of_hinge(t) for t in (0, 1, 2)]
    [{-1}, [-1, 0], {0}]
    """
    margin = exact_number(t, "t")
    return BoxSet((Fraction(-1 if margin <= 1 else 0),), (Fraction(-1 if margin < 1 else 0),))


def subgradients_of_hinge_loss(weights: Any, x: Any, label: int) -> SegmentSet:
    """The subgradients by w of max(0, 1 − y⟨w, x⟩): −λyx, λ = 1 inside the margin, 0 outside, [0, 1] on it.

    Parameters
    ----------
    weights, x
        Shape (K,).
    label
        1 or −1.

    Examples
    --------
    >>> subgradients_of_hinge_loss([1, 0], [1, 2], 1)
    {λ·(-1, -2) : 0 ≤ λ ≤ 1}
    """
    if label not in (1, -1):
        raise ValueError(
            f"label={label!r}: the hinge loss takes labels 1 and -1 (2·y − 1 for labels 0 and 1)"
        )
    margin = label * inner_product(weights, x)
    vector = tuple(-label * entry for entry in exact_vector(x))
    return SegmentSet(vector, Fraction(1 if margin < 1 else 0), Fraction(1 if margin <= 1 else 0))
