"""Symmetrization on finite distributions, every expectation computed exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb, factorial, prod
from typing import Any

from symderive.decide import Status
from symderive.finite.exact_input import exact_number, exact_vectors
from symderive.finite.hypothesis_class import checked_size
from symderive.finite.progress import progress
from symderive.finite.rademacher import rademacher_complexity

__all__ = ["Symmetrization", "symmetrization"]

_MOST_SAMPLES = 3_000


@dataclass(frozen=True)
class Symmetrization:
    """The three expectations of the argument, for one distribution and one sample size.

    Parameters
    ----------
    deviation
        E_S max_f (E f − mean_S f).
    ghost
        E_{S,S′} max_f (mean_{S′} f − mean_S f), with a second sample S′.
    twice_complexity
        2 E_S R_S(F), with the factor 1/m and without |·|.
    """

    deviation: Fraction
    ghost: Fraction
    twice_complexity: Fraction

    @property
    def status(self) -> Status:
        """Proved for this distribution by computing it: deviation ≤ ghost ≤ twice the mean complexity."""
        return Status.PROVED if self.deviation <= self.ghost <= self.twice_complexity else Status.REFUTED


def symmetrization(
    functions: Iterable[Iterable[Any]], probabilities: Iterable[Any], m: int
) -> Symmetrization:
    """Compute all three expectations by enumerating samples up to their order.

    Parameters
    ----------
    functions
        N functions on n outcomes, shape (N, n).
    probabilities
        The n probabilities of the outcomes, adding up to 1 exactly.
    m
        Sample size, at least 1.

    Raises
    ------
    ValueError
        For probabilities that are negative or do not add up to 1, or too many samples.

    Examples
    --------
    >>> found = symmetrization([(0, 1), (1, 0)], ["1/2", "1/2"], 2)
    >>> found.deviation, found.ghost, found.twice_complexity, found.status
    (Fraction(1, 4), Fraction(3, 8), Fraction(1, 2), <Status.PROVED: 'PROVED'>)
    """
    table = exact_vectors(functions)
    weights = [exact_number(p, "a probability") for p in probabilities]
    n = len(table[0])
    if len(weights) != n:
        raise ValueError(f"{len(weights)} probabilities for {n} outcomes: give one an outcome")
    if any(p < 0 for p in weights) or sum(weights) != 1:
        raise ValueError(
            f"the probabilities add up to {sum(weights)}: give non-negative fractions with sum 1"
        )
    size = checked_size(m, 1)
    if comb(n + size - 1, size) > _MOST_SAMPLES:
        raise ValueError(
            f"{comb(n + size - 1, size)} samples are too many: give fewer outcomes or a smaller m"
        )
    samples = list(_samples(weights, size))
    truth = [sum((p * x for p, x in zip(weights, row, strict=True)), Fraction(0)) for row in table]
    means = [[sum((row[i] for i in places), Fraction(0)) / size for row in table] for places, _ in samples]
    deviation = ghost = complexity = Fraction(0)
    with progress(len(samples), "samples") as bar:
        for (places, weight), mean in zip(samples, means, strict=True):
            deviation += weight * max(e - x for e, x in zip(truth, mean, strict=True))
            ghost += weight * sum(
                (w * max(y - x for x, y in zip(mean, other, strict=True))
                 for (_, w), other in zip(samples, means, strict=True)),
                Fraction(0),
            )  # fmt: skip
            values = [[row[i] for i in places] for row in table]
            complexity += weight * rademacher_complexity(values, scale="2/m", absolute=False)
            bar.advance()
    return Symmetrization(deviation, ghost, complexity)


def _samples(weights: list[Fraction], size: int) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Samples as sorted places, with the probability of all their orders together."""
    for places in combinations_with_replacement(range(len(weights)), size):
        orders = factorial(size) // prod(factorial(k) for k in Counter(places).values())
        weight = orders * prod((weights[i] for i in places), start=Fraction(1))
        if weight:
            yield places, weight
