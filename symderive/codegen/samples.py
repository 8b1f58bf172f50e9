"""What the self-test of a generated file calls its functions with, and what they should return.

The numbers are the same in every file, and the same in every type; the results are those of the formula as
it was given, in ball arithmetic when the file is written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.arithmetic import Accuracy
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Argument, Kind
from symderive.codegen.plan import DTYPES, Plan

__all__ = ["ROWS", "Result", "Sample", "number", "sample_of"]

Array: TypeAlias = "np.ndarray[Any, Any]"
#: Where numbers begin, or numbers, with their shape; or places.
Given: TypeAlias = tuple[Any, tuple[int, ...]] | tuple[int, ...]

ROWS = 4
#: Lengths of the dimensions, and labels of the rows, that are tried one after the other.
_LENGTHS = (3, 4, 6)
_LABELS = ((0, 1, 2, 0), (0, 0, 0, 0), (1, 1, 1, 1))
#: What results may be off by, beside the largest of them.
_TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
_LIMIT = {dtype: float(np.finfo(dtype).max) for dtype in DTYPES}
_FAST = 10.0
_ROUNDINGS = 100.0  # times what rounding each operation of the formula once may do


@dataclass(frozen=True)
class Result:
    """One result: its numbers (None where the formula has no value), dtype → what they may be off by."""

    numbers: tuple[float | None, ...]
    tolerances: Mapping[str, float]


@dataclass(frozen=True)
class Sample:
    """A call of one function.

    Parameters
    ----------
    arguments
        In calling order: for a real one ``(first, shape)``, which holds ``number(first)``, ``number(first +
        1)``, …, or ``(numbers, shape)`` for a distribution; for an integer one its places.
    length
        Of every dimension.
    results
        What it should return, in order; None where the reference does not know the formula.
    relative
        What float32 may differ from float64 by beside the largest result, where there are no results.
    sizes
        How many numbers each result has.
    """

    arguments: tuple[Given, ...]
    length: int
    results: tuple[Result, ...] | None
    relative: float
    sizes: tuple[int, ...]


def number(place: int) -> float:
    """A number between 1/16 and 11/16 that every type holds.

    >>> [16 * number(place) for place in range(5)]
    [1.0, 8.0, 4.0, 11.0, 7.0]
    """
    return (place * 7 % 11 + 1) / 16


def sample_of(plan: Plan, function: Function) -> Sample | None:
    """A call of a function of the plan; None where no short arrays fit its axes."""
    slack = _FAST if plan.accuracy is Accuracy.FAST else 1.0
    kinds = kinds_of(plan, function)
    # Code that uses an equation is right where it holds, and there alone.
    equations = [held for held in plan.hypotheses if held.relation == "="]
    kept = sum(kind == "distribution" for kind in kinds.values()) >= len(equations)
    reference = _reference(function) if kept else None
    unknown: Sample | None = None
    for length, labels in product(_LENGTHS, _LABELS):
        given = _given(function, length, labels, kinds)
        if given is None:
            continue
        sizes = _sizes(function, length)
        try:
            results = None if reference is None else _results(reference, given, slack)
        except IndexError:  # a place past the end of an axis
            continue
        sample = Sample(tuple(given.values()), length, results, 1e-4 * slack, sizes)
        if results is not None:
            return sample
        unknown = unknown or sample
    return unknown


def _given(
    function: Function, length: int, labels: tuple[int, ...], kinds: Mapping[str, str]
) -> dict[str, Given] | None:
    found: dict[str, Given] = {}
    for place, argument in enumerate(function.arguments):
        shape = _shape(argument, length)
        if shape is None or (argument.kind is Kind.INDEX and max(labels) >= shape[0]):
            return None
        if argument.kind is Kind.INDEX:
            found[argument.name] = labels
        elif kinds[argument.name] == "distribution" and shape:
            count = ROWS * math.prod(shape[:-1])
            found[argument.name] = _shares(count, shape[-1]), (ROWS, *shape)
        else:
            found[argument.name] = place, (ROWS, *shape)
    return found


def _shares(count: int, length: int) -> tuple[float, ...]:
    """Distributions of sum exactly 1: a half, a quarter, …, each begun at another place."""
    row = [2.0 ** -min(n + 1, length - 1) for n in range(length)]
    return tuple(share for n in range(count) for share in (*row[n % length :], *row[: n % length]))


def _shape(argument: Argument, length: int) -> tuple[int, ...] | None:
    shape = [_length(size, length) for size in argument.sizes]
    return None if any(size is None or size < 1 for size in shape) else tuple(s for s in shape if s)


def _length(size: Any, length: int) -> int | None:
    found = size.subs(dict.fromkeys(size.free_symbols, length))
    return int(found) if found.is_Integer else None


def _sizes(function: Function, length: int) -> tuple[int, ...]:
    shapes = [[_length(a.upper - a.lower + 1, length) or 0 for a in o.axes] for o in function.outputs]
    return tuple(ROWS * math.prod(shape) for shape in shapes)


def _reference(function: Function) -> Any:
    from symderive.codegen.reference import Reference

    try:
        return Reference(function)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None


def _array(given: Given) -> Array:
    if not isinstance(given[-1], tuple):
        return np.array(given)
    first, shape = given
    if isinstance(first, tuple):
        return np.array(first).reshape(shape)
    return np.array([number(first + n) for n in range(math.prod(shape))]).reshape(shape)


def _results(reference: Any, given: Mapping[str, Given], slack: float) -> tuple[Result, ...] | None:
    """The results in ball arithmetic; None where it does not know the formula."""
    arguments = {name: _array(value) for name, value in given.items()}
    if not arguments:
        return None
    try:
        truths = reference(arguments, "float64")
    except IndexError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None
    try:
        errors = reference.magnitudes(arguments)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        errors = (None,) * len(truths)
    found = []
    for truth, error in zip(truths, errors, strict=True):
        numbers = [float(ball.mid()) for ball in truth.balls.reshape(-1)]
        # What float32 does not hold is compared in neither type.
        known = truth.defined.reshape(-1) & (np.abs(numbers) < _LIMIT["float32"])
        if not known.any():
            return None
        largest = max(abs(value) for value, ok in zip(numbers, known, strict=True) if ok)
        rounded = 0.0 if error is None else _largest(error.reshape(-1)[known])
        tolerances = {
            dtype: max(
                slack
                * max(_TOLERANCE[dtype] * largest, _ROUNDINGS * float(np.finfo(dtype).eps) / 2 * rounded),
                float(np.finfo(dtype).tiny),
            )
            for dtype in DTYPES
        }
        found.append(
            Result(tuple(n if ok else None for n, ok in zip(numbers, known, strict=True)), tolerances)
        )
    return tuple(found)


def _largest(errors: Array) -> float:
    finite = [float(error.mid()) for error in errors if error.is_finite()]
    return max(finite, default=0.0)
