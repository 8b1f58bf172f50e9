"""Minkowski's distances: Manhattan (p = 1), Euclidean (p = 2), Chebyshev (p = ∞), and every p between."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symderive.finite.labelled_data import Array
from symderive.finite.norms import check_order, exact_vector, float_array, norm

__all__ = ["chebyshev", "euclidean", "manhattan", "minkowski", "pairwise_distances"]

#: Entries of the difference array that `pairwise_distances` holds at once.
_BLOCK = 1 << 22
#: Distances that are summed up at once, one column after the other: they stay in the cache.
_CACHED = 1 << 14


def minkowski(x: Any, y: Any, p: Any, *, exact: bool = True) -> Any:
    """‖x − y‖_p.

    Parameters
    ----------
    x, y
        Shape (K,); with ``exact=False`` shapes (…, K) that broadcast.
    p
        At least 1, ``math.inf`` included.
    exact
        A fraction (p = 1, ∞) or a root (p = 2); else float64, along the last axis.

    Raises
    ------
    ValueError
        For p < 1, empty vectors, unequal lengths, NaN or infinite entries.

    Examples
    --------
    >>> minkowski([1, 5], [4, 1], 1), minkowski([1, 5], [4, 1], 2), minkowski([1, 5], [4, 1], math.inf)
    (Fraction(7, 1), 5, Fraction(4, 1))
    """
    check_order(p)
    if exact:
        left, right = exact_vector(x), exact_vector(y, "y")
        if len(left) != len(right):
            raise ValueError(f"x has {len(left)} entries and y has {len(right)}: pass vectors of one length")
        return norm([a - b for a, b in zip(left, right, strict=True)], p)
    first, second = float_array(x), float_array(y, "y")
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(
            f"x has {first.shape[-1]} entries and y has {second.shape[-1]}: pass vectors of one length"
        )
    return norm(first - second, p, exact=False)


def manhattan(x: Any, y: Any, *, exact: bool = True) -> Any:
    """Manhattan (taxicab) distance Σ|x_i − y_i|.

    Examples
    --------
    >>> manhattan([1, 2, 3], [4, 0, 3])
    Fraction(5, 1)
    >>> manhattan([0.1], [0.3]), manhattan(["1/10"], ["3/10"])  # a float is the fraction that its bits are
    (Fraction(7205759403792793, 36028797018963968), Fraction(1, 5))
    >>> manhattan([[1.0, 2.0], [0.0, 0.0]], [0.0, 0.0], exact=False)
    array([3., 0.])
    """
    return minkowski(x, y, 1, exact=exact)


def euclidean(x: Any, y: Any, *, exact: bool = True) -> Any:
    """Euclidean distance √Σ(x_i − y_i)², exact as a root.

    Examples
    --------
    >>> euclidean([0, 0], [1, 2]), float(euclidean([0, 0], [1, 2]))
    (sqrt(5), 2.23606797749979)
    """
    return minkowski(x, y, 2, exact=exact)


def chebyshev(x: Any, y: Any, *, exact: bool = True) -> Any:
    """Chebyshev's distance max|x_i − y_i|.

    Examples
    --------
    >>> chebyshev([1, 2, 3], [4, 0, 3])
    Fraction(3, 1)
    """
    return minkowski(x, y, math.inf, exact=exact)


def pairwise_distances(x: Any, y: Any = None, p: Any = 1) -> Array:
    """All distances between the rows of two arrays, in float64.

    Differences are formed entry by entry; no ``‖x‖² − 2⟨x, y⟩ + ‖y‖²``, which cancels for near rows.

    Parameters
    ----------
    x
        Shape (n, K).
    y
        Shape (m, K); by default `x`.
    p
        At least 1, ``math.inf`` included.

    Returns
    -------
    numpy.ndarray
        Shape (n, m).

    Examples
    --------
    >>> pairwise_distances([[0, 0], [1, 2]], [[1, 1]])
    array([[2.],
           [1.]])
    """
    check_order(p)
    first = float_array(x)
    second = first if y is None else float_array(y, "y")
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ValueError(f"shapes {first.shape} and {second.shape}: pass (n, K) and (m, K)")
    result = np.empty((len(first), len(second)))
    if p in (1, math.inf):
        join = np.add if p == 1 else np.maximum
        rows, columns = max(1, _CACHED // len(second)), np.ascontiguousarray(second.T)
        for start in range(0, len(first), rows):
            part, block = result[start : start + rows], first[start : start + rows]
            part[:] = 0
            gap = np.empty_like(part)
            for left, right in zip(block.T, columns, strict=True):
                np.subtract(left[:, None], right, out=gap)
                join(part, np.abs(gap, out=gap), out=part)
        return result
    rows = max(1, _BLOCK // max(1, second.size))
    for start in range(0, len(first), rows):
        block = first[start : start + rows, None, :] - second[None, :, :]
        result[start : start + rows] = norm(block, p, exact=False)
    return result
