"""Theorems that bound the deviation between errors on a sample and true errors, each with its own constants.

None of them is proved here: they are cited. What is proved is the algebra from a theorem's probability to the
deviation ε that goes with a confidence 1 − δ, and to the sample size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from sympy import Expr, Integer, Symbol, log

from symderive.finite.ball_values import at_most, ball_value, round_up
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import exact_number
from symderive.terms import Claim, Hypothesis, scalar

__all__ = ["COMPLEXITY", "DELTA", "EPSILON", "SIZE", "GeneralizationBound"]

#: The names in the formulas: sample size, deviation, probability of failure, and the class's complexity.
SIZE, EPSILON, DELTA, COMPLEXITY = (scalar(name) for name in ("m", "epsilon", "delta", "d"))
_MOST_POINTS = 10**18


@dataclass(frozen=True)
class GeneralizationBound:
    """One cited theorem: with probability at least 1 − δ over m points, no member deviates by more than ε.

    Parameters
    ----------
    name
        Who proved it.
    source
        Where.
    statement
        What it says, in words and with its hypotheses.
    complexity
        What d is: the VC dimension, or the number of members of a finite class.
    two_sided
        Whether it bounds the deviation in both directions.
    tail
        The bound on the probability that some member deviates by more than ε, in m, d and ε; None for a
        theorem that gives ε only.
    deviation
        ε in m, d and δ.
    constants
        The constants by which the theorem is recognised.
    least_size
        For a complexity, the smallest m that the theorem is about.
    by_growth
        Whether the deviation is an increasing function of d (ln(n/d) + 1)/n with n = m or 2m, of ln(1/δ)/m
        and of 1/m; it falls in m then.
    size
        The real number of points at which ε is reached, where it has a closed form.
    """

    name: str
    source: str
    statement: str
    complexity: str
    two_sided: bool
    tail: Expr | None
    deviation: Expr
    constants: dict[str, str] = field(compare=False)
    least_size: Callable[[int], int] = field(repr=False)
    by_growth: bool = False
    size: Expr | None = None

    def epsilon(self, m: int, delta: Any, d: int) -> float:
        """The deviation that is exceeded with probability at most δ; rounded up, so that it stays true.

        Parameters
        ----------
        m
            Sample size.
        delta
            Probability of failure, 0 < δ < 1.
        d
            The complexity.
        """
        return round_up(ball_value(self.deviation, self._values(m, d, delta=_probability(delta))))

    def failure_probability(self, m: int, epsilon: Any, d: int) -> float:
        """The bound on the probability of a deviation by more than ε; rounded up, and at most 1."""
        term = self._tail()
        values = self._values(m, d, epsilon=_positive(epsilon))
        return min(1.0, round_up(ball_value(term, values)))

    def sample_size(self, epsilon: Any, delta: Any, d: int) -> int:
        """The smallest m from which on the theorem gives at most ε with probability 1 − δ.

        Found from the closed form, or by bisection: the deviation falls in m (see `inversion`). Every
        comparison is made in ball arithmetic.
        """
        wanted, failure = _positive(epsilon), _probability(delta)

        def enough(m: int) -> bool:
            return at_most(self.deviation, wanted, self._values(m, d, delta=failure))

        low = max(1, self.least_size(d)) - 1
        high = low + 1
        while not enough(high):
            low, high = high, 2 * high
            if high > _MOST_POINTS:
                raise ValueError(f"more than {_MOST_POINTS} points are needed: allow a larger ε or δ")
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        return high

    def inversion(self) -> Chain:
        """The algebra behind `epsilon` and `sample_size`, judged."""
        domain = tuple(
            Hypothesis(name, ">", Integer(0)) for name in (SIZE, COMPLEXITY, DELTA, EPSILON)
        )  # what the theorem is about
        links = []
        if self.tail is not None:
            solved = self.tail.subs(EPSILON, self.deviation)
            links.append(Link("deviation", "at this ε the bound is δ", Claim(solved, "=", DELTA, domain)))
        if self.size is not None and self.tail is not None:
            solved = self.tail.subs(SIZE, self.size)
            links.append(Link("sample size", "at this m the bound is δ", Claim(solved, "=", DELTA, domain)))
        if self.by_growth:
            growth = COMPLEXITY * (log(SIZE / COMPLEXITY) + 1) / SIZE
            large, small = Hypothesis(SIZE, ">=", COMPLEXITY), Hypothesis(DELTA, "<", Integer(1))
            links.append(
                Link(
                    "growth falls",
                    "d (ln(n/d) + 1)/n falls in n from n = d on",
                    Claim(growth.diff(SIZE), "<=", Integer(0), (*domain, large)),
                )
            )
            links.append(
                Link(
                    "confidence falls",
                    "ln(1/δ)/m falls in m",
                    Claim((log(1 / DELTA) / SIZE).diff(SIZE), "<=", Integer(0), (*domain, small)),
                )
            )
        return Chain(f"{self.name}: from the probability to ε and m", tuple(links))

    def closed_form_size(self, epsilon: Any, delta: Any, d: int) -> int | None:
        """⌈m⌉ from the closed form, where the theorem has one."""
        if self.size is None:
            return None
        values = {EPSILON: _positive(epsilon), DELTA: _probability(delta), COMPLEXITY: Fraction(d)}
        found = ball_value(self.size, values, bits=256)
        whole = found.ceil().unique_fmpz()
        if whole is None:
            raise ArithmeticError("the number of points is too close to a whole number: change ε a little")
        return int(whole)

    def _tail(self) -> Expr:
        if self.tail is None:
            raise ValueError(f"{self.name} bounds ε for a given δ only: call epsilon(m, delta, d)")
        return self.tail

    def _values(self, m: int, d: int, **others: Fraction) -> dict[Symbol, Fraction]:
        for what, number in (("m", m), (self.complexity, d)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise ValueError(f"{what} is {number!r}: give a whole number, at least 1")
        if m < self.least_size(d):
            raise ValueError(
                f"{self.name} needs m ≥ {self.least_size(d)} for {self.complexity} {d}: m is {m}"
            )
        names = {"epsilon": EPSILON, "delta": DELTA}
        return {SIZE: Fraction(m), COMPLEXITY: Fraction(d)} | {names[key]: x for key, x in others.items()}


def _positive(value: Any) -> Fraction:
    exact = exact_number(value, "ε")
    if exact <= 0:
        raise ValueError(f"ε is {value}: give a positive deviation")
    return exact


def _probability(value: Any) -> Fraction:
    exact = exact_number(value, "δ")
    if not 0 < exact < 1:
        raise ValueError(f"δ is {value}: give a probability strictly between 0 and 1")
    return exact
