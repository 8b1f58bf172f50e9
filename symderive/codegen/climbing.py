"""Steps of the climb to a worst point: variants of one point that its kinds of arguments allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

__all__ = ["perturbed"]

Array: TypeAlias = "np.ndarray[Any, Any]"


def perturbed(
    point: Mapping[str, Array], kinds: Mapping[str, str], rng: np.random.Generator, rows: int
) -> dict[str, Array]:
    """Variants of one point (arrays of one row): a coordinate moved by some ulps or a relative step.

    The first row is the point itself. Probabilities keep their sum, as closely as the type permits: what one
    entry gains the largest of the others loses.
    """
    found = {name: np.repeat(array, rows, axis=0) for name, array in point.items()}
    # A distribution of sum exactly 1 stays what it is.
    names = [name for name, kind in kinds.items() if kind not in ("index", "distribution")]
    for row in range(1, rows):
        name = names[rng.integers(len(names))]
        array = found[name]
        flat = array[row].reshape(-1) if array.ndim > 1 else array[row : row + 1]
        place = int(rng.integers(flat.size))
        value = flat[place]
        if rng.random() < 0.5:
            moved = value + np.spacing(value) * rng.integers(-8, 9)
        else:
            moved = value * (1 + rng.normal() * 10.0 ** rng.integers(-6, 1))
        moved = _allowed(moved, value, kinds[name])
        if kinds[name] in ("probabilities", "reference"):
            start = place - place % array.shape[-1]
            _shift(flat[start : start + array.shape[-1]], place - start, moved)
        else:
            flat[place] = moved
    return found


def _shift(shares: Array, place: int, moved: Any) -> None:
    """Change one share and the largest other one, so that the sum stays; nothing where that cannot be."""
    total = math.fsum(shares)
    if abs(total - 1) <= 4 * shares.size * np.finfo(shares.dtype).eps:
        total = 1.0
    others = np.where(np.arange(shares.size) == place, 0, shares)
    largest = int(others.argmax())
    rest = shares.dtype.type(total - math.fsum([*np.delete(others, largest), moved]))
    if largest != place and others[largest] > 0 and rest > 0:
        shares[place], shares[largest] = moved, rest


def _allowed(moved: Any, value: Any, kind: str) -> Any:
    if (
        not np.isfinite(moved)
        or value == 0
        or (kind not in ("logits", "vector", "factor", "direction") and moved <= 0)
    ):
        return value
    return min(moved, type(moved)(1)) if kind == "label" else moved
