"""The contraction lemma: a 1-Lipschitz map does not enlarge the complexity defined without |·|."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from sympy import Abs, Max, Rational

from symderive.decide import Status
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import exact_number, exact_vectors
from symderive.finite.rademacher import rademacher_complexity
from symderive.terms import Claim, Hypothesis, scalar

__all__ = ["ABSOLUTE_COUNTEREXAMPLE", "Contraction", "contraction", "contraction_chain"]

#: With |·| in the definition, the map |·| enlarges the complexity of these four vectors by the factor 20/17.
ABSOLUTE_COUNTEREXAMPLE = ((-2, -2, 0), (-3, 1, 3), (1, -2, -3), (1, 0, -2))


@dataclass(frozen=True)
class Contraction:
    """What a map did to the complexity of a class.

    Parameters
    ----------
    before, after
        The complexities of the class and of its image.
    lipschitz
        The map's smallest Lipschitz constant on the values that occur.
    """

    before: Fraction
    after: Fraction
    lipschitz: Fraction

    @property
    def ratio(self) -> Fraction | None:
        """after/(lipschitz · before); None where that is 0/0 or undefined."""
        bound = self.lipschitz * self.before
        return self.after / bound if bound else None

    @property
    def holds(self) -> bool:
        """Is after ≤ lipschitz · before?"""
        return self.after <= self.lipschitz * self.before

    @property
    def status(self) -> Status:
        """Proved for this class and map by enumeration, or refuted by it."""
        return Status.PROVED if self.holds else Status.REFUTED


def contraction(
    vectors: Iterable[Iterable[Any]], mapping: Callable[[Fraction], Any], *, scale: str, absolute: bool
) -> Contraction:
    """Apply a map to every value and compare the exact complexities.

    Parameters
    ----------
    vectors
        N vectors of m values.
    mapping
        From a fraction to a rational number.
    scale, absolute
        As in `rademacher_complexity`.

    Examples
    --------
    >>> contraction(ABSOLUTE_COUNTEREXAMPLE, abs, scale="1/m", absolute=False).holds
    True
    >>> found = contraction(ABSOLUTE_COUNTEREXAMPLE, abs, scale="1/m", absolute=True)
    >>> found.before, found.after, found.ratio, found.status
    (Fraction(17, 12), Fraction(5, 3), Fraction(20, 17), <Status.REFUTED: 'REFUTED'>)
    """
    exact = exact_vectors(vectors)
    occurring = sorted({x for vector in exact for x in vector})
    image = {x: exact_number(mapping(x), f"the image of {x}") for x in occurring}
    slopes = [abs(image[a] - image[b]) / abs(a - b) for a, b in combinations(occurring, 2)]
    mapped = [[image[x] for x in vector] for vector in exact]
    return Contraction(
        rademacher_complexity(exact, scale=scale, absolute=absolute),
        rademacher_complexity(mapped, scale=scale, absolute=absolute),
        max(slopes, default=Fraction(0)),
    )


def contraction_chain() -> Chain:
    """The step for one sign (without |·|), and the source for the whole lemma.

    Let a and b be what the other coordinates contribute for two members, s and t their values at this point,
    and f and g the images of s and t.

    Examples
    --------
    >>> contraction_chain().statuses["Lipschitz"], contraction_chain().statuses["either order"]
    (<Status.PROVED: 'PROVED'>, <Status.PROVED: 'PROVED'>)
    """
    a, b, s, t, f, g = (scalar(name) for name in ("a", "b", "s", "t", "f", "g"))
    half = Rational(1, 2)
    lipschitz = (Hypothesis(f - g, "<=", Abs(s - t)),)
    both = half * (Max(a + s, b + t) + Max(a - s, b - t))
    return Chain(
        "replacing one coordinate's values by their images does not enlarge E max",
        (
            Link("pair", "the mean over one sign of two maxima is a maximum over pairs of members",
                 source="the maxima for σ = + and for σ = − are taken independently"),
            Link("Lipschitz", "½((a + f) + (b − g)) ≤ ½(a + b + |s − t|)",
                 Claim(half * (a + f + b - g), "<=", half * (a + b + Abs(s - t)), lipschitz)),
            Link("either order", "½(a + b + |s − t|) is reached by the values, in one order or the other",
                 Claim(half * (a + b + Abs(s - t)), "<=", both)),
            Link("all coordinates", "one coordinate after the other",
                 source="Ledoux and Talagrand, Probability in Banach Spaces, 1991 (Talagrand's lemma)"),
        ),
    )  # fmt: skip
