"""Labels, scores and weights as they come in: what is accepted, and what the refusal of the rest says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symderive.finite.exact_input import exact_number

__all__ = [
    "Array",
    "binary_labels",
    "indicator_matrix",
    "numeric_scores",
    "same_length",
    "sample_weights",
]

Array = NDArray[Any]


def _vector(values: Any, name: str) -> Array:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is ragged: pass one number a sample") from error
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}: pass one number a sample, shape (n,)")
    return array


def same_length(first: Any, second: Any, names: tuple[str, str]) -> None:
    """Refuse two arrays that do not describe the same samples."""
    if len(first) != len(second):
        raise ValueError(
            f"{names[0]} has {len(first)} entries and {names[1]} has {len(second)}: pass one of each a sample"
        )


def binary_labels(labels: Any, name: str = "y_true") -> NDArray[np.bool_]:
    """The labels as booleans.

    Parameters
    ----------
    labels
        Shape (n,), booleans or numbers equal to 0 or 1.
    name
        How the argument is called in an error.

    Raises
    ------
    ValueError
        For labels outside {0, 1}, with what to do about them.

    Examples
    --------
    >>> binary_labels([1, 0, True])
    array([ True, False,  True])
    """
    array = _vector(labels, name)
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind in "iu":
        valid = array.size == 0 or (array.min() >= 0 and array.max() <= 1)
    elif array.dtype.kind in "fO":
        valid = all(label in (0, 1) for label in array) if array.dtype.kind == "O" else _zero_one(array)
    else:
        valid = False
    if not valid:
        wrong = next(label for label in array.tolist() if label not in (0, 1))
        raise ValueError(
            f"{name} holds {wrong!r}: labels are 0 or 1; pass {name} == LABEL for the class that counts as"
            " positive, or use confusion_matrix for more than two classes"
        )
    return array.astype(bool)


def _zero_one(array: Array) -> bool:
    return bool(((array == 0) | (array == 1)).all())


def indicator_matrix(labels: Any, name: str = "y_true") -> NDArray[np.bool_]:
    """A multi-label indicator: shape (n, K), entry [s, k] is 1 where sample s has label k."""
    try:
        array = np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"{name} is ragged: pass an indicator of shape (samples, labels)") from error
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}: pass an indicator of shape (samples, labels)")
    return binary_labels(array.ravel(), name).reshape(array.shape)


def numeric_scores(scores: Any, name: str = "scores") -> Array:
    """The scores in a type that compares exactly: their own, or objects for fractions and long integers.

    Infinite scores are allowed: they have a place in the order.

    Raises
    ------
    ValueError
        For NaN, which has none, and for what is no real number.
    """
    array = _vector(scores, name)
    if array.dtype.kind == "f" and not isinstance(scores, np.ndarray) and isinstance(scores, Sequence):
        if (np.abs(array) >= 2.0**53).any():  # integers beyond it may have been rounded together
            array = np.array(scores, dtype=object)
    if array.dtype.kind == "O":
        for score in array:
            if not isinstance(score, (int, float, Rational, np.number)) and not getattr(
                score, "is_Rational", False
            ):
                raise ValueError(f"{name} holds {score!r}: pass real numbers")
        missing = any(score != score for score in array)
    elif array.dtype.kind in "biuf":
        missing = bool(array.dtype.kind == "f" and np.isnan(array).any())
    else:
        raise ValueError(f"{name} has dtype {array.dtype}: pass real numbers")
    if missing:
        raise ValueError(f"{name} holds NaN, which has no rank: drop those samples or give them a score")
    return array


def sample_weights(weights: Any, size: int, exact: bool) -> tuple[Array, int]:
    """Weights as integers over one common denominator, or as floats.

    Parameters
    ----------
    weights
        Shape (n,), non-negative; None for one each.
    size
        The number n of samples.
    exact
        Read floats by their bits and keep every weight exactly.

    Returns
    -------
    weights, scale
        Integers w·scale (int64, or Python integers where those are too short) and their common
        denominator; floats and 1 where `exact` is false.
    """
    if weights is None:
        return np.ones(size, dtype=np.int64), 1
    array = _vector(weights, "sample_weight")
    if len(array) != size:
        raise ValueError(f"sample_weight has {len(array)} entries for {size} samples: pass one each")
    if array.dtype.kind not in "biufO":
        raise ValueError(f"sample_weight has dtype {array.dtype}: pass non-negative numbers")
    common = 1
    if array.dtype.kind in "biu":
        scaled = array.astype(object if array.dtype.kind == "u" else np.int64)
    elif exact or array.dtype.kind == "O":
        fractions = [exact_number(weight, "a sample weight") for weight in array]
        common = math.lcm(*(weight.denominator for weight in fractions))
        scaled = np.array([int(weight * common) for weight in fractions], dtype=object)
    else:
        if not np.isfinite(array).all():
            raise ValueError("sample_weight holds NaN or infinity: pass finite non-negative numbers")
        scaled = array.astype(np.float64)
    if size and scaled.min() < 0:
        raise ValueError("sample_weight holds a negative number: weights count samples, pass weights >= 0")
    total = scaled.sum() if scaled.dtype.kind == "f" else sum(scaled.tolist())
    if size and total == 0:
        raise ValueError("sample_weight is 0 for every sample: give at least one a positive weight")
    if not exact:
        return scaled.astype(np.float64) / common, 1
    return (scaled.astype(np.int64) if total < 2**62 else scaled), common
