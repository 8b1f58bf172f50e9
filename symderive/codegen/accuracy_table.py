"""Measured accuracy: one row a function, type, regime and size; as text, as JSON, as lines of a docstring."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

__all__ = ["Accuracy", "as_json", "lines", "table", "worst"]

_CLOSE = 8.0  # above it, ulps say less than what the terms that cancel allow


@dataclass(frozen=True)
class Accuracy:
    """The worst error of one function in one regime.

    Parameters
    ----------
    function, implementation
        Its identifier, and whose: ``numpy``, ``lambdify``, a peer's name.
    dtype, regime, size
        The type, the regime's name (``climb`` for the hill climbing) and the dimensions' length (0 where
        there is none).
    ulps
        The worst |result − truth| / ulp(truth); +∞ where a result is not finite and the truth is.
    normwise
        The worst max|result − truth| / max|truth| of a result, in units of the type's epsilon.
    conditioned
        The worst |result − truth| over the error that the formula itself may have if each of its operations
        is rounded once (one underflow, times the largest argument, is let pass); taken where `ulps` is
        large, else 0.
    nonfinite
        How many results are infinite or NaN where the truth is not.
    points
        How many numbers were compared.
    where
        The worst point: arguments as text.
    """

    function: str
    implementation: str
    dtype: str
    regime: str
    size: int
    ulps: float
    normwise: float
    conditioned: float
    nonfinite: int
    points: int
    where: str


def worst(results: Iterable[Accuracy]) -> tuple[Accuracy, ...]:
    """The worst of each function, implementation and type, over regimes and sizes."""
    best: dict[tuple[str, str, str], Accuracy] = {}
    for one in results:
        key = (one.function, one.implementation, one.dtype)
        held = best.get(key)
        if held is None:
            best[key] = one
            continue
        larger = one if one.ulps > held.ulps else held
        best[key] = Accuracy(
            *key,
            larger.regime,
            larger.size,
            larger.ulps,
            max(one.normwise, held.normwise),
            max(one.conditioned, held.conditioned),
            one.nonfinite + held.nonfinite,
            one.points + held.points,
            larger.where,
        )
    return tuple(best.values())


def table(results: Iterable[Accuracy]) -> str:
    """A table in plain text."""
    head = ("function", "of", "dtype", "ulps", "normwise", "conditioned", "not finite", "regime", "size")
    rows = [head]
    rows += [
        (
            one.function,
            one.implementation,
            one.dtype,
            _figure(one.ulps),
            _figure(one.normwise),
            _figure(one.conditioned),
            str(one.nonfinite),
            one.regime,
            str(one.size),
        )
        for one in results
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(len(head))]
    text = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([text[0], "  ".join("-" * width for width in widths), *text[1:]])


def _figure(value: float) -> str:
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else "not finite"
    return f"{value:.3f}" if value < 1000 else f"{value:.2g}"


def as_json(results: Iterable[Accuracy]) -> str:
    """The same as JSON; an infinite error is null."""
    rows = [
        {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in asdict(one).items()
        }
        for one in results
    ]
    return json.dumps({"version": 1, "accuracy": rows}, ensure_ascii=False, indent=2)


def lines(results: Sequence[Accuracy]) -> dict[str, list[str]]:
    """Function's name → what its docstring says of its accuracy; of several implementations the first."""
    first: dict[str, str] = {}
    for one in results:
        first.setdefault(one.function, one.implementation)
    own = [one for one in results if one.implementation == first[one.function]]
    found: dict[str, list[str]] = {}
    for one in worst(own):
        points = (
            f"({one.points} numbers of {len({r.regime for r in own if r.function == one.function})} regimes)"
        )
        text = f"Measured against ball arithmetic {points}, {one.dtype}: at most {_figure(one.ulps)} ulp."
        if one.ulps > _CLOSE:
            text = (
                f"Measured against ball arithmetic {points}, {one.dtype}: where terms cancel, at most "
                f"{_figure(one.conditioned)} times what rounding each operation of the formula once may do."
            )
        found.setdefault(one.function, []).append(text)
        if one.nonfinite:
            found[one.function].append(f"{one.nonfinite} results were not finite where the true value is.")
    return found
