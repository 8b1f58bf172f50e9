"""Strict linear separation: a floating-point linear program proposes, exact rationals decide."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

import numpy as np
from flint import fmpq, fmpq_mat

from symderive.finite.rational_simplex import convex_combination_of_zero

__all__ = ["SOLVERS", "affine_dependence", "null_vector", "separate"]

Vector = tuple[Fraction, ...]
SOLVERS = ("highs", "exact")


def separate(vectors: Sequence[Vector], solver: str = "highs") -> tuple[Vector | None, Vector | None]:
    """Gordan's alternative for rational vectors: exactly one of the two results is not None.

    Parameters
    ----------
    vectors
        m vectors v_i of n rationals.
    solver
        ``"highs"``: `scipy.optimize.linprog` proposes, the proposal is rounded and checked exactly, and the
        exact simplex method decides where it does not stand (or where SciPy is not
        installed). ``"exact"``: the exact simplex method alone.

    Returns
    -------
    direction, multipliers
        A w with ⟨w, v_i⟩ > 0 for all i, small integers where possible; or λ ≥ 0, λ ≠ 0, with Σ λ_i v_i = 0.

    Examples
    --------
    >>> one, two = Fraction(1), Fraction(2)
    >>> separate([(one, two), (two, one)])
    ((Fraction(1, 1), Fraction(1, 1)), None)
    >>> separate([(one, two), (-two, -2 * two)])
    (None, (Fraction(2, 1), Fraction(1, 1)))
    """
    if solver not in SOLVERS:
        raise ValueError(f"no solver {solver!r}: choose one of {', '.join(SOLVERS)}")
    if solver == "highs":
        direction, multipliers = _propose(vectors)
        if direction is not None or multipliers is not None:
            return direction, multipliers
    multipliers, direction = convex_combination_of_zero(vectors)
    if multipliers is not None:
        multipliers = _primitive(multipliers)
    return direction, multipliers


def _propose(vectors: Sequence[Vector]) -> tuple[Vector | None, Vector | None]:
    """What the floating-point program suggests, if it stands exact arithmetic; else (None, None)."""
    try:
        from scipy.optimize import linprog
    except ImportError:  # an extra: the exact method needs nothing
        return None, None
    scales = [max(map(abs, v), default=Fraction(0)) for v in vectors]
    if not all(scales):  # a zero vector is its own certificate
        place = scales.index(Fraction(0))
        return None, tuple(Fraction(int(i == place)) for i in range(len(vectors)))
    rows = np.array([[float(x / scale) for x in v] for v, scale in zip(vectors, scales, strict=True)])
    m, n = rows.shape
    # max t with ⟨w, v_i⟩ ≥ t and |w_k| ≤ 1
    answer = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([-rows, np.ones((m, 1))]),
        b_ub=np.zeros(m),
        bounds=[(-1, 1)] * n + [(0, 1)],
        method="highs-ds",
    )
    if answer.status != 0:
        return None, None
    if answer.x[-1] > 0:
        direction = _rounded(answer.x[:-1], vectors)
        if direction is not None:
            return direction, None
    support = [i for i, value in enumerate(-answer.ineqlin.marginals) if value > 1e-9]
    if support:
        found = null_vector([vectors[i] for i in support])
        if found is not None and (all(x > 0 for x in found) or all(x < 0 for x in found)):
            values = dict(zip(support, map(abs, found), strict=True))
            return None, _primitive([values.get(i, Fraction(0)) for i in range(m)])
    return None, None


def _rounded(proposal: np.ndarray, vectors: Sequence[Vector]) -> Vector | None:
    """The coarsest rounding of a direction that still separates; the floats themselves are the last try."""
    size = float(np.max(np.abs(proposal)))
    if size == 0:
        return None
    exact = [Fraction(float(x)) for x in proposal]
    for steps in (1, 2, 3, 5, 10, 100, 1000, 10**6, 10**9):
        direction = [Fraction(round(x * steps / Fraction(size))) for x in exact]
        if _separates(direction, vectors):
            return _primitive(direction)
    return tuple(exact) if _separates(exact, vectors) else None


def _separates(direction: Sequence[Fraction], vectors: Sequence[Vector]) -> bool:
    return all(sum(w * x for w, x in zip(direction, v, strict=True)) > 0 for v in vectors)


def null_vector(vectors: Sequence[Vector]) -> Vector | None:
    """The rationals λ with Σ λ_i v_i = 0, if they are one up to a factor; None if there are none or more.

    Examples
    --------
    >>> null_vector([(Fraction(1), Fraction(0)), (Fraction(-3), Fraction(0))])
    (Fraction(3, 1), Fraction(1, 1))
    """
    basis = _null_space(vectors)
    return _primitive(basis[0]) if len(basis) == 1 else None


def affine_dependence(points: Sequence[Vector]) -> Vector | None:
    """A λ ≠ 0 with Σ λ_i = 0 and Σ λ_i x_i = 0, None for affinely independent points.

    More than d + 1 points in d dimensions always have one.

    Examples
    --------
    >>> one = Fraction(1)
    >>> affine_dependence([(0 * one,), (one,), (3 * one,)])
    (Fraction(2, 1), Fraction(-3, 1), Fraction(1, 1))
    """
    basis = _null_space([(*point, Fraction(1)) for point in points])
    return _primitive(basis[0]) if basis else None


def _null_space(vectors: Sequence[Vector]) -> list[list[Fraction]]:
    """A basis of {λ : Σ λ_i v_i = 0}, from the reduced row echelon form."""
    m, n = len(vectors), len(vectors[0])
    matrix = fmpq_mat(n, m, [fmpq(v[k].numerator, v[k].denominator) for k in range(n) for v in vectors])
    reduced, rank = matrix.rref()
    pivots = [next(j for j in range(m) if reduced[k, j] != 0) for k in range(rank)]
    basis = []
    for free in (j for j in range(m) if j not in pivots):
        entry = [Fraction(0)] * m
        entry[free] = Fraction(1)
        for k, pivot in enumerate(pivots):
            entry[pivot] = -Fraction(int(reduced[k, free].p), int(reduced[k, free].q))
        basis.append(entry)
    return basis


def _primitive(values: Sequence[Fraction]) -> Vector:
    """The same ray in the smallest integers."""
    factor = lcm(*(x.denominator for x in values))
    integers = [int(x * factor) for x in values]
    divisor = reduce(gcd, integers) or 1
    return tuple(Fraction(x // divisor) for x in integers)
