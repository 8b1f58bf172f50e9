"""The Lᵖ norms, exact for p = 1, 2, ∞; dual norms and equivalence constants with vectors that attain them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symderive.finite.exact_input import exact_number
from symderive.finite.signed_root import SignedRoot

__all__ = [
    "check_order",
    "dual_exponent",
    "dual_norm",
    "equivalence_constant",
    "equivalence_witness",
    "hoelder_witness",
    "inner_product",
    "norm",
]

Vector = tuple[Fraction, ...]


def exact_vector(values: Any, name: str = "x") -> Vector:
    """The entries as fractions, floats by their bits.

    Examples
    --------
    >>> exact_vector([1, 0.5])
    (Fraction(1, 1), Fraction(1, 2))
    """
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise ValueError(f"{name} is {values!r}: pass a vector, a sequence of numbers")
    entries = tuple(exact_number(entry, f"an entry of {name}") for entry in values)
    if not entries:
        raise ValueError(f"{name} is empty: pass at least one entry")
    return entries


def float_array(values: Any, name: str = "x") -> Any:
    """The entries in float64, any shape with at least one axis; NaN and infinities are refused."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is no array of real numbers: pass numbers of one shape") from error
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"{name} has shape {array.shape}: pass at least one entry")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity: remove it, lengths need finite numbers")
    return array


def check_order(p: Any) -> None:
    """Refuse an order p below 1.

    Raises
    ------
    ValueError
        With the reason: for p < 1 the triangle inequality fails, ``‖(1, 1)‖ > ‖(1, 0)‖ + ‖(0, 1)‖``.
    """
    if isinstance(p, (str, bytes)) or not p >= 1:
        raise ValueError(
            f"p={p}: pass p >= 1 or infinity; below 1 the triangle inequality fails at (1, 0) and (0, 1)"
        )


def norm(x: Any, p: Any = 2, *, exact: bool = True) -> Any:
    """The Lᵖ norm (Σ|x_i|ᵖ)^(1/p); the largest |x_i| for p = ∞.

    Parameters
    ----------
    x
        Shape (K,); with ``exact=False`` any shape (…, K), the norm is taken along the last axis.
    p
        At least 1, ``math.inf`` included.
    exact
        A `Fraction` for p = 1 and ∞, a `SignedRoot` for p = 2; other orders need ``exact=False``. Floats are
        scaled first, so that squares neither overflow nor vanish.

    Raises
    ------
    ValueError
        For p < 1, an empty vector, NaN or infinite entries, an order that has no exact form here.

    Examples
    --------
    >>> norm([3, -4], 1), norm([3, -4], 2), norm([1, 2], 2), norm([3, -4], math.inf)
    (Fraction(7, 1), 5, sqrt(5), Fraction(4, 1))
    >>> norm([3 * 2.0**600, 4 * 2.0**600], 2, exact=False) == 5 * 2.0**600, norm([1.0, 2.0], 3, exact=False)
    (True, 2.080083823051904)
    """
    check_order(p)
    if not exact:
        return _float_norm(float_array(x), float(p))
    entries = exact_vector(x)
    if p == 1:
        return sum(map(abs, entries), Fraction(0))
    if p == 2:
        return SignedRoot.of(sum((entry * entry for entry in entries), Fraction(0)))
    if p == math.inf:
        return max(map(abs, entries))
    raise ValueError(f"p={p} has no exact form here (1, 2 and infinity have): pass exact=False")


def _float_norm(array: Any, p: float) -> Any:
    size = np.abs(array)
    largest = size.max(axis=-1)
    if p == math.inf:
        result = largest
    elif p == 1:
        result = size.sum(axis=-1)
    else:
        # frexp's power of two scales without rounding
        shift = np.frexp(largest)[1][..., None]
        scaled = np.ldexp(size, -shift)
        powers = np.square(scaled) if p == 2 else scaled**p
        total = powers.sum(axis=-1)
        root = np.sqrt(total) if p == 2 else total ** (1 / p)
        result = np.ldexp(root, shift[..., 0])
    return float(result) if np.ndim(result) == 0 else result


def inner_product(x: Any, y: Any) -> Fraction:
    """Σ x_i y_i, exact.

    Examples
    --------
    >>> inner_product([1, 2], [3, -1])
    Fraction(1, 1)
    """
    left, right = exact_vector(x), exact_vector(y, "y")
    if len(left) != len(right):
        raise ValueError(f"x has {len(left)} entries and y has {len(right)}: pass vectors of one length")
    return sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0))


def dual_exponent(p: Any) -> Any:
    """The q with 1/p + 1/q = 1.

    Examples
    --------
    >>> dual_exponent(1), dual_exponent(math.inf), dual_exponent(2), dual_exponent(3)
    (inf, 1, Fraction(2, 1), Fraction(3, 2))
    """
    check_order(p)
    if p == 1:
        return math.inf
    if p == math.inf:
        return 1
    order = exact_number(p, "p")
    return order / (order - 1)


def hoelder_witness(y: Any, p: Any = 2) -> Any:
    """A vector x ≠ 0 at which Hölder's inequality ``⟨x, y⟩ ≤ ‖x‖_p ‖y‖_q`` is an equality.

    Parameters
    ----------
    y
        Shape (K,), not zero.
    p
        The order of x; y is measured in the dual order q.

    Returns
    -------
    tuple of Fraction
        p = ∞: the signs of y; p = 1: the sign of a largest entry, at its place; p = 2: y itself. For other
        orders a float64 array, |y_i|^(q−1) with y's signs.

    Examples
    --------
    >>> y = [1, -3, 2]
    >>> [tuple(map(int, hoelder_witness(y, p))) for p in (1, 2, math.inf)]
    [(0, -1, 0), (1, -3, 2), (1, -1, 1)]
    """
    check_order(p)
    entries = exact_vector(y, "y")
    if not any(entries):
        raise ValueError("y is 0: every x attains equality; pass a vector that is not zero")
    if p == math.inf:
        return tuple(Fraction((entry > 0) - (entry < 0)) for entry in entries)
    if p == 1:
        place = max(range(len(entries)), key=lambda i: abs(entries[i]))
        return tuple(
            Fraction((entry > 0) - (entry < 0)) if i == place else Fraction(0)
            for i, entry in enumerate(entries)
        )
    if p == 2:
        return entries
    array = float_array(y, "y")
    return np.sign(array) * np.abs(array) ** (float(dual_exponent(p)) - 1)


def dual_norm(y: Any, p: Any = 2, *, exact: bool = True) -> Any:
    """max{⟨x, y⟩ : ‖x‖_p ≤ 1}, which is ‖y‖_q; `hoelder_witness` gives an x that attains it.

    Examples
    --------
    >>> dual_norm([1, -3, 2], 1), dual_norm([1, -3, 2], math.inf)
    (Fraction(3, 1), Fraction(6, 1))
    """
    return norm(y, dual_exponent(p), exact=exact)


def equivalence_constant(p: Any, q: Any, size: int) -> Any:
    """The least c with ‖x‖_p ≤ c·‖x‖_q for all x with K entries: K^max(0, 1/p − 1/q).

    Returns
    -------
    SignedRoot or Fraction
        For orders 1, 2 and ∞; a float otherwise.

    Examples
    --------
    >>> equivalence_constant(1, 2, 5), equivalence_constant(2, 1, 5), equivalence_constant(1, math.inf, 5)
    (sqrt(5), Fraction(1, 1), Fraction(5, 1))
    """
    check_order(p)
    check_order(q)
    if size < 1:
        raise ValueError(f"K={size}: a vector has at least one entry")
    inverse = [Fraction(0) if order == math.inf else 1 / exact_number(order, "p") for order in (p, q)]
    exponent = max(Fraction(0), inverse[0] - inverse[1])
    if exponent.denominator == 1:
        return Fraction(size) ** int(exponent)
    if exponent.denominator == 2:
        return SignedRoot.of(Fraction(size) ** exponent.numerator)
    return float(size) ** float(exponent)


def equivalence_witness(p: Any, q: Any, size: int) -> Sequence[Fraction]:
    """A vector at which ``‖x‖_p = c·‖x‖_q`` with the constant above: all ones where p < q, else e₁.

    Examples
    --------
    >>> x = equivalence_witness(1, 2, 4)
    >>> norm(x, 1) == equivalence_constant(1, 2, 4) * norm(x, 2)
    True
    """
    check_order(p)
    check_order(q)
    if size < 1:
        raise ValueError(f"K={size}: a vector has at least one entry")
    return tuple(Fraction(1 if p < q or i == 0 else 0) for i in range(size))
