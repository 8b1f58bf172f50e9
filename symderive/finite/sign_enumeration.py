"""Sums over all 2^m sign vectors of the largest inner product with given vectors, in exact integers.

The signs are split into a low and a high half. All sums over the low half are tabulated once; each of the
high half's patterns shifts the table, so that an inner product costs one addition in a cache-sized array.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from symderive.finite.progress import progress

__all__ = ["sign_table", "sum_of_maxima", "to_integers"]

_LOW_BITS = 12
_MOST_SIGNS = 32
#: Additions of one element; at some 10^9 a second this is a few minutes.
_MOST_WORK = 2**38
_MOST_SLOW_WORK = 2**22


def sign_table(bits: int) -> np.ndarray:
    """All sign vectors as rows, shape (2^bits, bits), int64.

    Examples
    --------
    >>> sign_table(2).tolist()
    [[1, 1], [-1, 1], [1, -1], [-1, -1]]
    """
    codes = np.arange(2**bits, dtype=np.int64)[:, None]
    return 1 - 2 * (codes >> np.arange(bits, dtype=np.int64) & 1)


def to_integers(vectors: Sequence[Sequence[Fraction]]) -> tuple[list[list[int]], int]:
    """Integer vectors and the common denominator that they were multiplied by."""
    scale = lcm(*(x.denominator for vector in vectors for x in vector))
    return [[int(x * scale) for x in vector] for vector in vectors], scale


def sum_of_maxima(vectors: Sequence[Sequence[int]], *, absolute: bool = False) -> int:
    """Σ_σ max_a ⟨σ, a⟩ over all sign vectors σ, an exact integer.

    Parameters
    ----------
    vectors
        N vectors of m integers.
    absolute
        Take max_a |⟨σ, a⟩|.

    Raises
    ------
    ValueError
        Where m or the numbers are too large to enumerate.

    Examples
    --------
    >>> sum_of_maxima([[1, 1], [-1, 1]])  # 2 + 2 + 0 + 0
    4
    """
    rows = [list(row) for row in dict.fromkeys(map(tuple, vectors))]
    m, n = len(rows[0]), len(rows)
    work = n << m
    if m > _MOST_SIGNS or work > _MOST_WORK:
        raise ValueError(
            f"2^{m} sign vectors times {n} vectors are too many to enumerate:"
            " use rademacher_estimate, or fewer points"
        )
    largest = max(sum(map(abs, row)) for row in rows)
    if largest >= 2**50:
        if work > _MOST_SLOW_WORK:
            raise ValueError(
                f"the values need {largest.bit_length()} bits over a common denominator: round them"
            )
        return _sum_in_big_integers(rows, absolute)
    dtype = next(t for t in (np.int16, np.int32, np.int64) if largest <= np.iinfo(t).max)
    low = min(m, _LOW_BITS)
    matrix = np.array(rows, dtype=np.int64)
    table = np.ascontiguousarray((matrix[:, :low] @ sign_table(low).T).astype(dtype))
    rest = matrix[:, low:]
    buffer, best = np.empty(2**low, dtype), np.empty(2**low, dtype)
    total = 0
    block = 2 ** min(m - low, 10)
    with progress(2 ** (m - low), "sign vectors") as bar:
        for first in range(0, 2 ** (m - low), block):
            codes = np.arange(first, first + block, dtype=np.int64)[:, None]
            signs = 1 - 2 * (codes >> np.arange(m - low, dtype=np.int64) & 1)
            shifts = (signs @ rest.T).astype(dtype)
            for shift in shifts:
                total += _largest(table, shift, buffer, best, absolute)
                bar.advance()
    return total


def _largest(
    table: np.ndarray, shift: np.ndarray, buffer: np.ndarray, best: np.ndarray, absolute: bool
) -> int:
    """Σ over the low signs of the largest entry; `buffer` and `best` are reused."""
    target = best  # the first row starts the maximum, the others are compared with it
    for row, amount in zip(table, shift, strict=True):
        np.add(row, amount, out=target)
        if absolute:
            np.abs(target, out=target)
        if target is buffer:
            np.maximum(best, buffer, out=best)
        target = buffer
    return int(best.sum(dtype=np.int64))


def _sum_in_big_integers(rows: Sequence[Sequence[int]], absolute: bool) -> int:
    """The same with Python's integers, by Gray code: one sign changes from one vector to the next."""
    m = len(rows[0])
    sums = [sum(row) for row in rows]
    signs = [1] * m
    total = 0
    size: Any = abs if absolute else int
    for code in range(1, 2**m + 1):
        total += max(size(value) for value in sums)
        if code == 2**m:
            break
        place = (code & -code).bit_length() - 1
        signs[place] = -signs[place]
        sums = [value + 2 * signs[place] * row[place] for value, row in zip(sums, rows, strict=True)]
    return total
