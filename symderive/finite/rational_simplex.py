"""A small exact simplex method: is 0 a convex combination of rational vectors, or what separates it?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq

__all__ = ["convex_combination_of_zero"]

Vector = tuple[Fraction, ...]


def convex_combination_of_zero(vectors: Sequence[Sequence[Fraction]]) -> tuple[Vector | None, Vector | None]:
    """Gordan's alternative, decided in rational arithmetic.

    Parameters
    ----------
    vectors
        m vectors v_i of n rationals.

    Returns
    -------
    multipliers, direction
        Exactly one is not None: multipliers λ ≥ 0 with Σ λ_i = 1 and Σ λ_i v_i = 0, or a direction w with
        ⟨w, v_i⟩ > 0 for all i.

    Notes
    -----
    Phase one of the simplex method on Σ λ_i (v_i, 1) = (0, 1), λ ≥ 0, with Bland's rule, which cannot
    cycle (Bland, New finite pivoting rules for the simplex method, 1977). Where the least infeasibility is
    positive, the prices at the optimum are the direction.

    Examples
    --------
    >>> one = Fraction(1)
    >>> convex_combination_of_zero([(one, one), (-one, one)])
    (None, (Fraction(0, 1), Fraction(1, 1)))
    >>> convex_combination_of_zero([(one,), (-2 * one,)])[0]
    (Fraction(2, 3), Fraction(1, 3))
    """
    m, n = len(vectors), len(vectors[0])
    zero, one = fmpq(0), fmpq(1)
    # Rows: n coordinates and the normalisation; columns: m multipliers, n + 1 artificial, the right side.
    rows = [[fmpq(v[k].numerator, v[k].denominator) for v in vectors] for k in range(n)]
    rows.append([one] * m)
    for k, row in enumerate(rows):
        row += [one if j == k else zero for j in range(n + 1)]
        row.append(one if k == n else zero)
    # Reduced costs of Σ artificial → min: every basic artificial variable costs one.
    cost = [-sum((row[j] for row in rows), zero) for j in range(m)] + [zero] * (n + 1)
    cost.append(-sum((row[-1] for row in rows), zero))
    basis = list(range(m, m + n + 1))
    while (entering := next((j for j in range(m + n + 1) if cost[j] < 0), None)) is not None:
        ratios = [(row[-1] / row[entering], basis[k], k) for k, row in enumerate(rows) if row[entering] > 0]
        _, _, leaving = min(ratios, key=lambda r: (r[0], r[1]))
        pivot_row = rows[leaving]
        pivot = pivot_row[entering]
        rows[leaving] = pivot_row = [x / pivot for x in pivot_row]
        for row in (*(r for k, r in enumerate(rows) if k != leaving), cost):
            if (factor := row[entering]) != 0:
                row[:] = [x - factor * y if y != 0 else x for x, y in zip(row, pivot_row, strict=True)]
        basis[leaving] = entering
    if cost[-1] == 0:
        values = dict(zip(basis, (row[-1] for row in rows), strict=True))
        return tuple(_fraction(values.get(j, zero)) for j in range(m)), None
    # The price of row k is 1 − the reduced cost of its artificial variable; that of λ_j is −price·column ≥ 0.
    prices = [one - cost[m + k] for k in range(n)]
    return None, tuple(_fraction(-price) for price in prices)


def _fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))
