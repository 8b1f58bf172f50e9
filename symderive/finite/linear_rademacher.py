"""Linear functions with a bounded weight vector: L2 balls and kernels in square roots, L1 balls in fractions.

The largest ⟨w, Σ σ_i x_i⟩ over ‖w‖₂ ≤ Λ is Λ ‖Σ σ_i x_i‖₂ = Λ √(σᵀKσ) with the Gram matrix K; over ‖w‖₁ ≤ Λ
it is Λ ‖Σ σ_i x_i‖_∞. Both balls are symmetric, so |·| around the inner product changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

import numpy as np
from flint import arb
from sympy import Add, Expr, Integer, Rational, log, sqrt

from symderive.finite.ball_values import ball, ball_value, round_up, working_precision
from symderive.finite.exact_input import Point, exact_number, exact_points, exact_vectors
from symderive.finite.progress import progress
from symderive.finite.rademacher import rademacher_complexity, scale_factor
from symderive.finite.sign_enumeration import sign_table, to_integers

__all__ = [
    "RootSum",
    "kernel_rademacher",
    "l1_ball_bound",
    "l1_ball_rademacher",
    "l2_ball_rademacher",
    "trace_bound",
]

_MOST_POINTS = 24
_LOW_BITS = 10


@dataclass(frozen=True)
class RootSum:
    """Σ_k c_k √n_k, exactly.

    Parameters
    ----------
    terms
        Pairs (n_k, c_k), n_k a non-negative integer and c_k a rational; each n_k once.
    """

    terms: tuple[tuple[int, Fraction], ...]

    @property
    def expression(self) -> Expr:
        """As a SymPy expression, roots simplified."""
        return Add(*(Rational(c.numerator, c.denominator) * sqrt(Integer(n)) for n, c in self.terms))

    def ball(self, bits: int = 128) -> arb:
        """A ball that holds the value."""
        with working_precision(bits):
            total = arb(0)
            for n, c in self.terms:
                total += ball(c) * arb(n).sqrt()
            return total

    def __float__(self) -> float:
        return float(self.ball())

    def __le__(self, other: RootSum) -> bool:
        return bool(self.expression == other.expression) or bool(self.ball(256) <= other.ball(256))


def _collect(counts: dict[int, int], factor: Fraction) -> RootSum:
    """Σ counts·√n with square parts taken out where the root is whole."""
    terms: dict[int, Fraction] = {}
    for n, count in sorted(counts.items()):
        root = isqrt(n)
        radicand, coefficient = (1, root) if root * root == n else (n, 1)
        if coefficient:
            terms[radicand] = terms.get(radicand, Fraction(0)) + factor * count * coefficient
    return RootSum(tuple(sorted(terms.items())))


def gram_matrix(points: Sequence[Point]) -> list[list[Fraction]]:
    """⟨x_i, x_j⟩, exactly."""
    return [[sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0)) for y in points] for x in points]


def l2_ball_rademacher(points: Iterable[Any], radius: Any = 1, *, scale: str = "1/m") -> RootSum:
    """The exact complexity of x ↦ ⟨w, x⟩, ‖w‖₂ ≤ Λ: (Λ/m) E ‖Σ σ_i x_i‖₂.

    Parameters
    ----------
    points
        m points of d coordinates.
    radius
        Λ ≥ 0.
    scale
        ``"1/m"`` or ``"2/m"``.

    Examples
    --------
    >>> l2_ball_rademacher([(1, 0), (0, 1)]).expression  # ‖(±1, ±1)‖ = √2
    sqrt(2)/2
    >>> l2_ball_rademacher([(1, 0), (0, 1)]) <= trace_bound([[1, 0], [0, 1]])
    True
    """
    return kernel_rademacher(gram_matrix(exact_points(points)), radius, scale=scale)


def kernel_rademacher(gram: Iterable[Iterable[Any]], radius: Any = 1, *, scale: str = "1/m") -> RootSum:
    """The exact complexity of the ball of radius Λ in a kernel's space: (Λ/m) E √(σᵀKσ).

    Parameters
    ----------
    gram
        The kernel's matrix on the sample, shape (m, m), symmetric and positive semidefinite.
    radius
        Λ ≥ 0.
    scale
        ``"1/m"`` or ``"2/m"``.

    Raises
    ------
    ValueError
        For a matrix that is not symmetric or not positive semidefinite, or more than 24 points.

    Examples
    --------
    >>> kernel_rademacher([[1, 1], [1, 1]]).expression  # two equal points: ‖σ_1 + σ_2‖ is 2 or 0
    1/2
    """
    matrix, size = _checked_gram(gram), _radius(radius)
    m = len(matrix)
    if m > _MOST_POINTS:
        raise ValueError(
            f"m = {m}: at most {_MOST_POINTS} points can be enumerated; trace_bound has no such limit"
        )
    factor = scale_factor(scale, m) * size
    integers, denominator = to_integers(matrix)
    largest = sum(abs(x) for row in integers for x in row)
    if largest >= 2**62:
        raise ValueError(
            f"the entries need {largest.bit_length()} bits over a common denominator: round them"
        )
    # √(n/q) = √(nq)/q for the common denominator q.
    counts = _square_counts(np.array(integers, dtype=np.int64))
    scaled = {n * denominator: count for n, count in counts.items()}
    # σ and −σ have one length: the first sign is held at +.
    return _collect(scaled, factor / (denominator * 2 ** (m - 1)))


def _square_counts(matrix: np.ndarray) -> dict[int, int]:
    """How often each value σᵀKσ occurs over the 2^(m−1) sign vectors with first sign +."""
    m = len(matrix)
    low = min(m, _LOW_BITS)
    inner = sign_table(low)
    inner = inner[inner[:, 0] > 0]
    own = ((inner @ matrix[:low, :low]) * inner).sum(axis=1)
    counts: dict[int, int] = {}
    with progress(2 ** (m - low), "sign vectors") as bar:
        for outer in _sign_rows(m - low):
            cross = 2 * (inner @ (matrix[:low, low:] @ outer))
            values = own + cross + int(outer @ matrix[low:, low:] @ outer)
            for value, count in zip(*np.unique(values, return_counts=True), strict=True):
                counts[int(value)] = counts.get(int(value), 0) + int(count)
            bar.advance()
    return counts


def _sign_rows(bits: int) -> Iterable[np.ndarray]:
    for code in range(2**bits):
        yield np.array([1 - 2 * (code >> i & 1) for i in range(bits)], dtype=np.int64)


def trace_bound(gram: Iterable[Iterable[Any]], radius: Any = 1, *, scale: str = "1/m") -> RootSum:
    """Λ √(tr K)/m, an upper bound of `kernel_rademacher` by Jensen's inequality; for any m.

    Examples
    --------
    >>> trace_bound([[4, 1], [1, 5]]).expression
    3/2
    """
    matrix, size = _checked_gram(gram), _radius(radius)
    trace = sum((matrix[i][i] for i in range(len(matrix))), Fraction(0))
    factor = scale_factor(scale, len(matrix)) * size / trace.denominator
    return _collect({trace.numerator * trace.denominator: 1}, factor)


def l1_ball_rademacher(points: Iterable[Any], radius: Any = 1, *, scale: str = "1/m") -> Fraction:
    """The exact complexity of x ↦ ⟨w, x⟩, ‖w‖₁ ≤ Λ: (Λ/m) E max_k |Σ σ_i x_ik|.

    Examples
    --------
    >>> l1_ball_rademacher([(1, 0), (0, 1)])
    Fraction(1, 2)
    """
    exact = exact_points(points)
    columns = list(zip(*exact, strict=True))
    return _radius(radius) * rademacher_complexity(columns, scale=scale, absolute=True)


def l1_ball_bound(points: Iterable[Any], radius: Any = 1, *, scale: str = "1/m") -> float:
    """Massart's bound for the 2d extreme points ±Λ e_k: (Λ/m) max_k ‖x_·k‖₂ √(2 ln(2d)); rounded up.

    Examples
    --------
    >>> 0.5 < l1_ball_bound([(1, 0), (0, 1)]) < 0.84
    True
    """
    exact = exact_points(points)
    longest = max(sum((x * x for x in column), Fraction(0)) for column in zip(*exact, strict=True))
    factor = scale_factor(scale, len(exact)) * _radius(radius)
    square = Rational(longest.numerator, longest.denominator) * 2 * log(2 * len(exact[0]))
    return round_up(ball_value(sqrt(square) * Rational(factor.numerator, factor.denominator)))


def _radius(value: Any) -> Fraction:
    exact = exact_number(value, "the radius")
    if exact < 0:
        raise ValueError(f"the radius is {value}: a ball has a radius of at least 0")
    return exact


def _checked_gram(gram: Iterable[Iterable[Any]]) -> tuple[Point, ...]:
    matrix = exact_vectors(gram)
    m = len(matrix)
    if any(len(row) != m for row in matrix):
        raise ValueError(f"the matrix has {m} rows of {len(matrix[0])}: a kernel's matrix is square")
    if any(matrix[i][j] != matrix[j][i] for i in range(m) for j in range(i)):
        raise ValueError(
            "the matrix is not symmetric: a kernel's matrix is, pass exact or symmetrised values"
        )
    work = [list(row) for row in matrix]
    for k in range(m):  # exact elimination: pivots of a positive semidefinite matrix are ≥ 0
        pivot = work[k][k]
        if pivot < 0 or (pivot == 0 and any(work[k][k:])):
            raise ValueError(
                "the matrix is not positive semidefinite: no kernel has it (rounded floats may not)"
            )
        for i in range(k + 1, m):
            ratio = work[i][k] / pivot if pivot else Fraction(0)
            work[i] = [a - ratio * b for a, b in zip(work[i], work[k], strict=True)] if ratio else work[i]
    return matrix
