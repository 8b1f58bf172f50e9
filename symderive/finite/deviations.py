"""How far thresholds deviate, exactly: the law of the largest gap between the sample's and the true error.

The class is x ↦ [x > a], the data are uniform on [0, 1] (any continuous law gives the same) and all labels
are equal: the deviation is sup_a |F_m(a) − a|, the statistic of Kolmogorov and Smirnov.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial, floor
from typing import Any

from flint import fmpq, fmpq_mat

from symderive.finite.exact_input import exact_number
from symderive.finite.hypothesis_class import checked_size

__all__ = ["deviation_probability"]

_MOST_ROWS = 401


def deviation_probability(m: int, epsilon: Any, *, two_sided: bool = True) -> Fraction:
    """P(sup_a |F_m(a) − a| > ε) for m uniform points, as a fraction.

    Parameters
    ----------
    m
        Sample size, at least 1.
    epsilon
        The deviation, exactly: a fraction, text such as ``"1/10"``, or a float for the binary rational it is.
    two_sided
        Without it, P(sup_a (F_m(a) − a) > ε).

    Raises
    ------
    ValueError
        Where 2mε is too large for an exact matrix power; the two-sided probability is then far below any use.

    Notes
    -----
    Two-sided: Durbin's matrix as in Marsaglia, Tsang and Wang, Evaluating Kolmogorov's distribution, 2003, in
    rationals. One-sided: Σ_j C(m, j) ε (ε + j/m)^{j−1} (1 − ε − j/m)^{m−j} over j ≤ m(1 − ε) (Smirnov 1944;
    Birnbaum and Tingey 1951).

    Examples
    --------
    >>> deviation_probability(1, "3/4")  # one point: max(u, 1 − u) > 3/4
    Fraction(1, 2)
    >>> deviation_probability(10, "1/2", two_sided=False) < deviation_probability(10, "1/2")
    True
    """
    size, gap = checked_size(m, 1), exact_number(epsilon, "ε")
    if gap < 0:
        raise ValueError(f"ε is {epsilon}: give a deviation that is at least 0")
    if gap >= 1:
        return Fraction(0)
    return 1 - _two_sided(size, gap) if two_sided else _one_sided(size, gap)


def _one_sided(m: int, gap: Fraction) -> Fraction:
    if gap == 0:
        return Fraction(1)
    total = Fraction(0)
    for j in range(floor(m * (1 - gap)) + 1):
        reached = gap + Fraction(j, m)
        total += comb(m, j) * reached ** (j - 1) * (1 - reached) ** (m - j)
    return gap * total


def _two_sided(m: int, gap: Fraction) -> Fraction:
    """P(sup_a |F_m(a) − a| ≤ ε) by Durbin's matrix: m!/m^m times the middle entry of H^m."""
    if 2 * m * gap <= 1:
        return Fraction(0)
    k = floor(m * gap) + 1
    rest = k - m * gap
    rows = 2 * k - 1
    if rows > _MOST_ROWS:
        raise ValueError(f"m ε = {float(m * gap):.0f}: give m and ε with m ε < {_MOST_ROWS // 2}")
    powers = [rest**n for n in range(rows + 1)]
    entries = [[Fraction(0)] * rows for _ in range(rows)]
    for i in range(rows):
        for j in range(min(i + 2, rows)):
            top = Fraction(1)
            if j == 0:
                top -= powers[i + 1]
            if i == rows - 1:
                top -= powers[rows - j]
            if (i, j) == (rows - 1, 0) and 2 * rest > 1:
                top += (2 * rest - 1) ** rows
            entries[i][j] = top / factorial(i - j + 1)
    matrix = fmpq_mat(rows, rows, [fmpq(x.numerator, x.denominator) for row in entries for x in row])
    middle = _column_after(matrix, m, k - 1)
    return Fraction(factorial(m), m**m) * Fraction(int(middle.p), int(middle.q))


def _column_after(matrix: fmpq_mat, times: int, place: int) -> fmpq:
    """The entry (place, place) of the matrix to a power, by repeated application to one column."""
    rows = matrix.nrows()
    column = fmpq_mat(rows, 1, [fmpq(int(i == place)) for i in range(rows)])
    for _ in range(times):
        column = matrix * column
    return column[place, 0]
