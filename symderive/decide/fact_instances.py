"""What the families of known inequalities share: an instance, and how one is read from a difference."""

from __future__ import annotations

from symderive.decide.algebra import Algebra, Ratio
from symderive.decide.polynomial import Poly

__all__ = ["Instance", "is_positive", "linear_coefficient"]

#: The name of a fact, and a normal form that is ≥ 0 by it.
Instance = tuple[str, Ratio]


def is_positive(algebra: Algebra, ratio: Ratio, *, strict: bool = True) -> bool:
    """Is a fraction certainly positive (or non-negative)?"""
    sign = algebra.facts.sign_of(ratio)
    return sign is not None and sign[0] == 1 and (sign[1] or not strict)


def linear_coefficient(algebra: Algebra, gap: Ratio, g: int) -> Ratio | None:
    """The coefficient of a generator that occurs linearly."""
    parts = gap.num.split(frozenset((g,)))
    if g in gap.den.generators() or any(mono not in ((), ((g, 1),)) for mono in parts):
        return None
    return algebra.ratio(parts.get(((g, 1),), Poly({})), gap.den)
