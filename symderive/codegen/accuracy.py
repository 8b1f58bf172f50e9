"""How exact generated functions are: worst errors in ulps over regimes and sizes, against ball arithmetic.

Random points of every regime first, then hill climbing from the worst of them. Where terms cancel, ulps of
the result mean nothing: there the error is also given in units of what was cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from flint import arb

from symderive.codegen.accuracy_table import Accuracy, as_json, lines, table, worst
from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.climbing import perturbed
from symderive.codegen.functions import Function
from symderive.codegen.generate import Generated
from symderive.codegen.plan import DTYPES
from symderive.codegen.reference import Reference, Truth, infinite, ulps
from symderive.codegen.regimes import REGIMES, drawn
from symderive.terms import Dim

__all__ = [
    "SIZES",
    "Accuracy",
    "Implementation",
    "as_json",
    "lines",
    "measured",
    "measured_against",
    "table",
    "worst",
]

Array: TypeAlias = "np.ndarray[Any, Any]"
#: Name → array of a batch, in; the results in order, out.
Implementation: TypeAlias = "Callable[[Mapping[str, Array]], Sequence[Array]]"

SIZES = (1, 2, 3, 10, 1000, 50_257)
_ROWS = {1: 24, 2: 120, 3: 120, 10: 60, 1000: 2}
_SCALARS = 400  # points a regime where nothing has an axis
_LONG = 16  # a longer vector is not printed
_CLIMBED = 3
_VARIANTS = 24


@dataclass
class _Worst:
    ulps: float = 0.0
    normwise: float = 0.0
    conditioned: float = 0.0
    nonfinite: int = 0
    points: int = 0
    row: int = 0


def measured(
    generated: Generated,
    *,
    dtype: str | Sequence[str] = DTYPES,
    regimes: Iterable[str] | None = None,
    sizes: Iterable[int] = SIZES,
    seed: int = 0,
    budget: int = 4,
    kinds: Mapping[str, str] | None = None,
    compute: Iterable[str] | None = None,
) -> tuple[Accuracy, ...]:
    """The worst errors of generated functions.

    Parameters
    ----------
    generated
        What `generate` returned.
    dtype
        One type or several.
    regimes
        Names from `REGIMES`; all if left out.
    sizes
        The lengths that every dimension takes in turn; of no matter where there is none.
    seed
        Points are the same for the same seed.
    budget
        Rounds of hill climbing from each of the worst points; 0 for none.
    kinds
        Argument's name → what it is (`KINDS`), where the guess from the formula is wrong.
    compute
        Which of the functions; all if left out.

    Returns
    -------
    tuple of Accuracy
        One a function, type, regime and size, and one a function and type for the climbing.

    Raises
    ------
    ValueError
        For an unknown regime or kind, or a formula that ball arithmetic here does not know.

    Examples
    --------
    >>> from sympy import exp
    >>> from symderive.codegen.generate import generate
    >>> from symderive.terms import scalar
    >>> z = scalar("z")
    >>> made = generate(1 / (1 + exp(-z)), name="sigmoid")
    >>> found = measured(made, dtype="float32", regimes=["±80"])
    >>> max(one.ulps for one in found) <= 0.51
    True
    """
    wanted = None if compute is None else set(compute)
    found: list[Accuracy] = []
    for function in generated.plan.functions:
        if wanted is not None and function.compute not in wanted:
            continue
        own = {**kinds_of(generated.plan, function), **(kinds or {})}
        made = {generated.target: called(function, generated.functions[function.name])}
        for one in [dtype] if isinstance(dtype, str) else dtype:
            found += measured_against(
                function, made, own, dtype=one, regimes=regimes, sizes=sizes, seed=seed, budget=budget
            )
    return tuple(found)


def called(function: Function, implementation: Callable[..., Any]) -> Implementation:
    """A generated function on a batch by name."""

    def call(arguments: Mapping[str, Array]) -> Sequence[Array]:
        results = implementation(*(arguments[a.name] for a in function.arguments))
        return results if isinstance(results, tuple) else (results,)

    return call


def measured_against(
    function: Function,
    implementations: Mapping[str, Implementation],
    kinds: Mapping[str, str],
    *,
    dtype: str,
    regimes: Iterable[str] | None = None,
    sizes: Iterable[int] = SIZES,
    seed: int = 0,
    budget: int = 4,
) -> list[Accuracy]:
    """Several implementations of one function at the same points; each climbs from its own worst ones."""
    reference = Reference(function)
    own = {name: kinds[name] for name in (argument.name for argument in function.arguments)}
    names = tuple(REGIMES) if regimes is None else tuple(regimes)
    unknown = [name for name in names if name not in REGIMES]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no regime: choose from {', '.join(REGIMES)}")
    if not _has_dimension(function):
        sizes = (0,)
    found: list[Accuracy] = []
    starts: dict[str, list[tuple[float, int, dict[str, Array]]]] = {name: [] for name in implementations}
    for size in sizes:
        for number, regime in enumerate(names):
            rows = _SCALARS if size == 0 else _ROWS.get(size, max(1, 2000 // size) if size < 10_000 else 1)
            point = drawn(
                function, own, regime, rows=rows, size=max(size, 1), dtype=dtype, seed=(seed, number, size)
            )
            for name, worst_of in _compared(reference, implementations, own, point, dtype).items():
                row = {a: array[worst_of.row : worst_of.row + 1] for a, array in point.items()}
                found.append(_accuracy(function, name, dtype, regime, size, worst_of, row))
                if size <= 10 and np.isfinite(worst_of.ulps):
                    starts[name].append((worst_of.ulps, size, row))
    for name, implementation in implementations.items():
        if budget and starts[name]:
            best = sorted(starts[name], key=lambda start: -start[0])[:_CLIMBED]
            found.append(
                max(
                    (
                        _climbed(reference, function, name, implementation, own, dtype, start, seed, budget)
                        for start in best
                    ),
                    key=lambda one: one.ulps,
                )
            )
    return found


def _climbed(
    reference: Reference,
    function: Function,
    name: str,
    implementation: Implementation,
    kinds: Mapping[str, str],
    dtype: str,
    start: tuple[float, int, dict[str, Array]],
    seed: int,
    budget: int,
) -> Accuracy:
    """The worst point that is reached from one by moving coordinates."""
    best, size, point = start
    rng = np.random.default_rng([seed, size, 7])
    total = _Worst()
    for _ in range(budget):
        variants = perturbed(point, kinds, rng, _VARIANTS)
        worst_of = _compared(reference, {name: implementation}, kinds, variants, dtype)[name]
        total.points += worst_of.points
        total.nonfinite += worst_of.nonfinite
        for part in ("normwise", "conditioned"):
            setattr(total, part, max(getattr(total, part), getattr(worst_of, part)))
        if worst_of.ulps >= best:
            best = worst_of.ulps
            point = {a: array[worst_of.row : worst_of.row + 1] for a, array in variants.items()}
    total.ulps, total.row = best, 0
    return _accuracy(function, name, dtype, "climb", size, total, point)


def _has_dimension(function: Function) -> bool:
    return any(
        isinstance(node, Dim)
        for argument in function.arguments
        for size in argument.sizes
        for node in size.free_symbols
    )


def _zeros(kinds: Mapping[str, str]) -> list[str]:
    return [name for name, kind in kinds.items() if kind in ("probabilities", "reference", "positive")]


_ULPS_ENOUGH = 2.0


def _compared(
    reference: Reference,
    implementations: Mapping[str, Implementation],
    kinds: Mapping[str, str],
    point: Mapping[str, Array],
    dtype: str,
) -> dict[str, _Worst]:
    zeros = _zeros(kinds)
    truths = reference(point, dtype, zeros=zeros)
    found: dict[str, _Worst] = {}
    magnitudes: tuple[Array, ...] | None = None
    for name, implementation in implementations.items():
        results = [np.asarray(result) for result in implementation(point)]
        worst_of = _Worst()
        for number, (truth, result) in enumerate(zip(truths, results, strict=True)):
            result = np.broadcast_to(result, truth.balls.shape)
            errors = ulps(result, truth, dtype)
            counted = np.where(np.isnan(errors), -1.0, errors)
            worst_of.points += int(truth.defined.sum())
            if not counted.size or counted.max() < 0:
                continue
            lost = truth.defined & ~np.isfinite(result) & ~infinite(truth, dtype)
            worst_of.nonfinite += int(lost.sum())
            worst_of.normwise = max(worst_of.normwise, _normwise(result, truth, dtype))
            if counted.max() > worst_of.ulps:
                worst_of.ulps = float(counted.max())
                worst_of.row = int(counted.reshape(len(counted), -1).max(axis=1).argmax())
            if counted.max() > _ULPS_ENOUGH:
                if magnitudes is None:
                    magnitudes = reference.magnitudes(point, zeros=zeros)
                bound = _conditioned(result, truth, magnitudes[number], _largest(point), dtype)
                worst_of.conditioned = max(worst_of.conditioned, bound)
        found[name] = worst_of
    return found


def _differences(result: Array, truth: Truth) -> Array:
    def one(value: float, ball: Any, defined: bool) -> Any:
        return abs(arb(value) - ball.mid()) if defined and np.isfinite(value) else arb(0)

    return np.asarray(
        np.frompyfunc(one, 3, 1)(result.astype(np.float64), truth.balls, truth.defined), dtype=object
    )


def _normwise(result: Array, truth: Truth, dtype: str) -> float:
    """max|result − truth| / max|truth| a row, in units of epsilon; the smallest number is let pass."""
    information = np.finfo(dtype)
    smallest = float(information.smallest_subnormal) / float(information.eps)
    differences = _differences(result, truth)
    largest = np.frompyfunc(lambda ball, ok: abs(ball.mid()) if ok else 0 * smallest, 2, 1)(
        truth.balls, truth.defined
    )
    rows = len(result)
    worst_of = 0.0
    for row in range(rows):
        error = max(differences[row].reshape(-1)) if result.ndim > 1 else differences[row]
        scale = max(largest[row].reshape(-1)) if result.ndim > 1 else largest[row]
        scale = scale if scale > smallest else smallest
        worst_of = max(worst_of, float(error / scale) / float(information.eps))
    return worst_of


def _largest(point: Mapping[str, Array]) -> Array:
    """The largest finite magnitude among a row's numbers, and at least 1."""
    found = np.ones(len(next(iter(point.values()))))
    for array in point.values():
        if array.dtype.kind == "f":
            flat = np.abs(array.reshape(len(array), -1).astype(np.float64))
            found = np.maximum(found, np.where(np.isfinite(flat), flat, 0).max(axis=1))
    return found


def _conditioned(result: Array, truth: Truth, magnitude: Array, largest: Array, dtype: str) -> float:
    """Errors over what rounding may do; one underflow, times the largest argument, is let pass."""
    information = np.finfo(dtype)
    unit, smallest = float(information.eps) / 2, float(information.smallest_subnormal)

    def one(error: Any, bound: Any, factor: float) -> float:
        if not bound.is_finite():
            return 0.0
        return float(error / (unit * bound.mid() + smallest * (1 + factor)))

    factors = largest.reshape((-1,) + (1,) * (result.ndim - 1))
    found = np.frompyfunc(one, 3, 1)(_differences(result, truth), magnitude, factors)
    return float(np.asarray(found, dtype=np.float64).max())


def _accuracy(
    function: Function,
    name: str,
    dtype: str,
    regime: str,
    size: int,
    worst_of: _Worst,
    row: Mapping[str, Array],
) -> Accuracy:
    where = "; ".join(
        f"{argument} = {array[0].tolist()!r}"
        if array[0].size <= _LONG
        else f"{argument}: {array[0].size} numbers"
        for argument, array in row.items()
    )
    return Accuracy(
        function.name,
        name,
        dtype,
        regime,
        size,
        worst_of.ulps,
        worst_of.normwise,
        worst_of.conditioned,
        worst_of.nonfinite,
        worst_of.points,
        where,
    )
