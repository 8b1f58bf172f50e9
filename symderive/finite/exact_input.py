"""Points, labels and values as they come from a caller, made exact or refused with advice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational, Real
from typing import Any

__all__ = ["Labels", "Point", "exact_labels", "exact_number", "exact_points", "exact_vectors"]

Point = tuple[Fraction, ...]
#: One sign a point: +1 or −1.
Labels = tuple[int, ...]


def exact_number(value: Any, what: str = "the number") -> Fraction:
    """The rational that `value` is: an integer, a fraction, ``"1/3"``, or what a float is in binary.

    Raises
    ------
    ValueError
        For NaN, an infinity, or something that is no rational number.

    Examples
    --------
    >>> exact_number("0.1"), exact_number(0.5)
    (Fraction(1, 10), Fraction(1, 2))
    >>> exact_number(0.1) == exact_number("0.1")  # the float is not one tenth
    False
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Integral):
        return Fraction(int(value))
    if isinstance(value, Rational):  # SymPy's rationals among them
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, (Real, Decimal)):
        if not math.isfinite(value):
            raise ValueError(
                f"{what} is {value}: remove it or replace it, only finite numbers can be counted"
            )
        return Fraction(value) if isinstance(value, Decimal) else Fraction(float(value))
    if isinstance(value, str) and len(value) <= 1000 and "e" not in value.lower():
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            pass
    raise ValueError(
        f"{what} is {value!r}, no rational number: give an int, a Fraction, a float or text such as '1/3'"
    )


def exact_points(points: Iterable[Any], dimension: int | None = None) -> tuple[Point, ...]:
    """Points with exact coordinates.

    Parameters
    ----------
    points
        m points: numbers (on the line) or sequences of d numbers; an array of shape (m,) or (m, d) will do.
    dimension
        The d that is wanted; None takes the first point's.

    Raises
    ------
    ValueError
        Without points, or with points of another or of unequal dimension.

    Examples
    --------
    >>> exact_points([1, "1/2"])
    ((Fraction(1, 1),), (Fraction(1, 2),))
    """
    listed = []
    for number, point in enumerate(points):
        single = isinstance(point, (Real, Decimal, str)) or not isinstance(point, Iterable)
        entries: Sequence[Any] = [point] if single else list(point)
        listed.append(
            tuple(exact_number(x, f"coordinate {k} of point {number}") for k, x in enumerate(entries))
        )
    if not listed:
        raise ValueError("no points are given: a labelling needs at least one")
    wanted = len(listed[0]) if dimension is None else dimension
    for number, exact in enumerate(listed):
        if len(exact) != wanted:
            raise ValueError(
                f"point {number} has {len(exact)} coordinates: give every point {wanted} of them"
            )
    return tuple(listed)


def exact_labels(labels: Iterable[Any], count: int) -> Labels:
    """`count` labels, each +1 or −1.

    Examples
    --------
    >>> exact_labels([1, -1.0], 2)
    (1, -1)
    """
    listed = tuple(labels)
    if len(listed) != count:
        raise ValueError(f"{len(listed)} labels for {count} points: give one label a point")
    for number, label in enumerate(listed):
        if label not in (1, -1):
            raise ValueError(
                f"label {number} is {label!r}: labels are +1 and −1 (write 2*y − 1 for y in {{0, 1}})"
            )
    return tuple(int(label) for label in listed)


def exact_vectors(vectors: Iterable[Iterable[Any]]) -> tuple[Point, ...]:
    """The value vectors of a finite class: N vectors of m exact values each.

    Raises
    ------
    ValueError
        Without vectors, without values, or with vectors of unequal length.
    """
    listed = [
        tuple(exact_number(x, f"value {i} of vector {number}") for i, x in enumerate(vector))
        for number, vector in enumerate(vectors)
    ]
    if not listed:
        raise ValueError("the class is empty: give at least one vector of values")
    lengths = {len(vector) for vector in listed}
    if len(lengths) != 1:
        raise ValueError(f"the vectors have lengths {sorted(lengths)}: each needs one value a sample point")
    if lengths == {0}:
        raise ValueError("the vectors are empty: give at least one sample point")
    return tuple(listed)
