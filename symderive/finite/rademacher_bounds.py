"""Generalization bounds by Rademacher complexity: cited theorems with their own constants."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sympy import Expr, log, sqrt

from symderive.finite.ball_values import at_most, ball_value, round_up
from symderive.finite.exact_input import exact_number
from symderive.finite.generalization_bounds import COMPLEXITY, DELTA, SIZE
from symderive.terms import scalar

__all__ = [
    "MOHRI_DATA",
    "MOHRI_MEAN",
    "RADEMACHER_BOUNDS",
    "SHALEV_SHWARTZ_BEN_DAVID_DATA",
    "RademacherBound",
]

#: The bound of the loss: values in [0, c], or of size at most c.
_RANGE = scalar("c")


@dataclass(frozen=True)
class RademacherBound:
    """With probability at least 1 − δ every member's mean loss exceeds its sample mean by no more than ε.

    Parameters
    ----------
    name, source, statement
        Who, where and what.
    deviation
        ε in R (the symbol d), m, δ and c.
    losses
        What values of the loss the theorem is about, in terms of c.
    empirical
        Whether R is the complexity of the sample at hand, or its mean over samples.
    constants
        The constants by which the theorem is recognised.

    Notes
    -----
    R is the complexity of the class of losses, with the factor 1/m and without |·|.
    """

    name: str
    source: str
    statement: str
    deviation: Expr
    losses: str
    empirical: bool
    constants: dict[str, str] = field(compare=False)

    def epsilon(self, m: int, delta: Any, complexity: Any, c: Any = 1) -> float:
        """ε for a sample size, a probability of failure, a complexity and the losses' range; rounded up."""
        return round_up(ball_value(self.deviation, self._values(m, delta, complexity, c)))

    def sample_size(self, epsilon: Any, delta: Any, complexity: Any, c: Any = 1) -> int:
        """The smallest m with at most ε, the complexity held fixed.

        Raises
        ------
        ValueError
            Where twice the complexity alone is ε or more.
        """
        wanted = exact_number(epsilon, "ε")
        if wanted <= 2 * exact_number(complexity, "the complexity"):
            raise ValueError(
                "twice the complexity is ε or more: no sample is large enough, lower the complexity"
            )
        low, high = 0, 1
        while not at_most(self.deviation, wanted, self._values(high, delta, complexity, c)):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            enough = at_most(self.deviation, wanted, self._values(middle, delta, complexity, c))
            low, high = (low, middle) if enough else (middle, high)
        return high

    def _values(self, m: int, delta: Any, complexity: Any, c: Any) -> dict[Any, Fraction]:
        failure = exact_number(delta, "δ")
        if not 0 < failure < 1:
            raise ValueError(f"δ is {delta}: give a probability strictly between 0 and 1")
        if isinstance(m, bool) or not isinstance(m, int) or m < 1:
            raise ValueError(f"m = {m!r}: give a whole number of points, at least 1")
        size = exact_number(c, "c")
        if size <= 0:
            raise ValueError(f"c is {c}: give a positive bound of the losses")
        return {
            SIZE: Fraction(m),
            DELTA: failure,
            COMPLEXITY: exact_number(complexity, "the complexity"),
            _RANGE: size,
        }


MOHRI_MEAN = RademacherBound(
    name="Mohri, Rostamizadeh and Talwalkar 2018, mean complexity",
    source="Mohri, Rostamizadeh and Talwalkar, Foundations of Machine Learning, 2nd edition 2018, chapter 3",
    statement="mean ≤ sample mean + 2 R_m + c √(ln(1/δ) / (2m))",
    deviation=2 * COMPLEXITY + _RANGE * sqrt(log(1 / DELTA) / (2 * SIZE)),
    losses="in [0, c]",
    empirical=False,
    constants={"complexity": "2", "confidence": "ln(1/δ)/2"},
)

MOHRI_DATA = RademacherBound(
    name="Mohri, Rostamizadeh and Talwalkar 2018, empirical complexity",
    source="Mohri, Rostamizadeh and Talwalkar, Foundations of Machine Learning, 2nd edition 2018, chapter 3",
    statement="mean ≤ sample mean + 2 R_S + 3 c √(ln(2/δ) / (2m))",
    deviation=2 * COMPLEXITY + 3 * _RANGE * sqrt(log(2 / DELTA) / (2 * SIZE)),
    losses="in [0, c]",
    empirical=True,
    constants={"complexity": "2", "confidence": "3 √(ln(2/δ)/2)"},
)

SHALEV_SHWARTZ_BEN_DAVID_DATA = RademacherBound(
    name="Shalev-Shwartz and Ben-David 2014",
    source="Shalev-Shwartz and Ben-David, Understanding Machine Learning, 2014, Theorem 26.5",
    statement="mean ≤ sample mean + 2 R_S + 4 c √(2 ln(4/δ) / m)",
    deviation=2 * COMPLEXITY + 4 * _RANGE * sqrt(2 * log(4 / DELTA) / SIZE),
    losses="of absolute value at most c",
    empirical=True,
    constants={"complexity": "2", "confidence": "4 √(2 ln(4/δ))"},
)

#: Every bound by Rademacher complexity.
RADEMACHER_BOUNDS = (MOHRI_MEAN, MOHRI_DATA, SHALEV_SHWARTZ_BEN_DAVID_DATA)
