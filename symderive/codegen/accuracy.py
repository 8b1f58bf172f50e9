"""How far a function of floats is from the truth: ulps a dtype and regime, and the worst point found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from symderive.codegen.reference import Reference, Truth
from symderive.codegen.regimes import INDEX, LABEL, QUICK, REGIMES, Points, Regime, Variable, variables_of
from symderive.terms import Definition, Dim, Hypothesis, free_names

__all__ = ["Accuracy", "RegimeAccuracy", "measure"]

Function = Callable[..., Any]

_ENTRIES = 60_000
_POINTS = 24


@dataclass(frozen=True)
class RegimeAccuracy:
    """The largest errors of one function in one regime.

    `ulps` is the error in units of the true value's last place; `normwise` in those of the largest entry of
    its result; `conditioned` in those of what the formula's additions put together. `nonfinite` counts the
    values that are infinite or NaN where the true ones are finite (they count as infinite errors, too).
    """

    regime: str
    dtype: str
    ulps: float
    normwise: float
    conditioned: float
    nonfinite: int
    values: int
    worst: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Accuracy:
    """What was measured of one function: a row a dtype and regime.

    Examples
    --------
    >>> from symderive.terms import Index, scalar
    >>> from sympy import exp
    >>> x = scalar("x")
    >>> naive = measure(lambda x: 1 / (1 + np.exp(-x)), 1 / (1 + exp(-x)), name="naive sigmoid", climbs=0)
    >>> naive.of("float64", "normal scale 1").ulps < 3
    True
    """

    name: str
    rows: tuple[RegimeAccuracy, ...]

    @property
    def ulps(self) -> dict[str, float]:
        """The worst error in ulps, by dtype."""
        return self._largest("ulps")

    @property
    def normwise(self) -> dict[str, float]:
        """The worst error in ulps of the result's largest entry, by dtype."""
        return self._largest("normwise")

    @property
    def conditioned(self) -> dict[str, float]:
        """The worst error in ulps of the summands' magnitude, by dtype."""
        return self._largest("conditioned")

    @property
    def nonfinite(self) -> int:
        """How many values were not finite where the true ones are."""
        return sum(row.nonfinite for row in self.rows)

    def _largest(self, name: str) -> dict[str, float]:
        result: dict[str, float] = {}
        for row in self.rows:
            result[row.dtype] = max(result.get(row.dtype, 0.0), getattr(row, name))
        return result

    def of(self, dtype: str, regime: str) -> RegimeAccuracy:
        """The row of a dtype and regime."""
        for row in self.rows:
            if (row.dtype, row.regime) == (dtype, regime):
                return row
        raise KeyError(f"{self.name} was not measured for {dtype} in the regime {regime!r}")

    def worst(self, dtype: str) -> RegimeAccuracy:
        """The row with the largest error of a dtype."""
        rows = [row for row in self.rows if row.dtype == dtype]
        return max(rows, key=lambda row: row.ulps)

    def table(self) -> str:
        """The figures as text: a line a regime, a column a dtype."""
        dtypes = list(dict.fromkeys(row.dtype for row in self.rows))
        regimes = list(dict.fromkeys(row.regime for row in self.rows))
        width = max(len(regime) for regime in [*regimes, "worst of all"])
        lines = [self.name + ", ulps", " " * width + "".join(f"{dtype:>12}" for dtype in dtypes)]
        found = {(row.dtype, row.regime): row for row in self.rows}
        for regime in regimes:
            cells = [_figure(found[dtype, regime]) if (dtype, regime) in found else "" for dtype in dtypes]
            lines.append(f"{regime:<{width}}" + "".join(f"{cell:>12}" for cell in cells))
        lines.append(
            f"{'worst of all':<{width}}" + "".join(f"{_short(self.ulps[dtype]):>12}" for dtype in dtypes)
        )
        if self.nonfinite:
            lines.append(f"{self.nonfinite} values are infinite or NaN where the true ones are finite")
        return "\n".join(lines)

    def to_json(self) -> str:
        """All rows as JSON; an infinite error is the string ``inf``."""
        rows = [{key: _plain(value) for key, value in asdict(row).items()} for row in self.rows]
        return json.dumps({"version": 1, "name": self.name, "rows": rows}, ensure_ascii=False)


def _figure(row: RegimeAccuracy) -> str:
    return _short(row.ulps) + ("!" if row.nonfinite else "")


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 1000 else f"{value:.1e}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def measure(
    function: Function,
    term: Expr,
    parameters: Sequence[Variable] | None = None,
    *,
    indices: Sequence[Symbol] = (),
    dtypes: Iterable[str] = ("float32", "float64"),
    regimes: Iterable[Regime] = REGIMES,
    sizes: Iterable[int] = QUICK,
    hypotheses: Iterable[Hypothesis] = (),
    definitions: Iterable[Definition] = (),
    name: str = "function",
    points: int = _POINTS,
    climbs: int = 6,
    seed: int = 0,
    magnitude: bool = False,
) -> Accuracy:
    """Measure a function against the term that it computes.

    Parameters
    ----------
    function
        Called with one array a parameter, in order; the first axis of each is the batch, the others are the
        axes of its variable. Returns the batch, followed by the axes of `indices`.
    term, indices, definitions
        What it computes; the axes of the result; the definitions in force.
    parameters
        The variables in the order of the function's arguments; by default those of the term, by name.
    dtypes, regimes, sizes
        What is tried. Every dimension takes every size.
    points, climbs, seed
        Points a regime and size, rounds of hill climbing from the worst of them, and the seed.
    magnitude
        Measure the condition-aware error too (twice the work).

    Returns
    -------
    Accuracy
        A row for every dtype and regime.
    """
    reference = Reference(term, indices, definitions)
    variables = tuple(
        variables_of(term, indices, hypotheses, definitions) if parameters is None else parameters
    )
    dims = sorted(
        {n for v in variables for axis in v.axes for n in free_names(axis) if isinstance(n, Dim)}, key=str
    )
    search = _Search(function, reference, variables, dims, tuple(sizes), points, climbs, seed, magnitude)
    rows = tuple(search.regime(regime, dtype) for dtype in dtypes for regime in regimes)
    return Accuracy(name, rows)


@dataclass
class _Worst:
    """The largest errors met so far."""

    ulps: float = 0.0
    normwise: float = 0.0
    conditioned: float = 0.0
    nonfinite: int = 0
    values: int = 0
    point: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Search:
    """The search for the worst point of one function."""

    function: Function
    reference: Reference
    variables: tuple[Variable, ...]
    dims: list[Dim]
    sizes: tuple[int, ...]
    points: int
    climbs: int
    seed: int
    magnitude: bool

    def regime(self, regime: Regime, dtype: str) -> RegimeAccuracy:
        """The largest errors of a regime over every size."""
        worst = _Worst()
        rng = np.random.default_rng(self.seed)
        for size in self.sizes if self.dims else (1,):
            chosen = dict.fromkeys(self.dims, size)
            entries = max([int(np.prod(v.shape(chosen))) for v in self.variables] + [1])
            many = max(1, min(self.points if self.dims else 40 * self.points, _ENTRIES // entries))
            drawn = regime.draw(self.variables, chosen, many, dtype, self.seed)
            errors = self.compare(drawn, dtype, worst)
            if entries * many <= _ENTRIES // 8:
                self.climb(drawn, errors, dtype, worst, rng)
        return RegimeAccuracy(
            regime.name,
            dtype,
            worst.ulps,
            worst.normwise,
            worst.conditioned,
            worst.nonfinite,
            worst.values,
            worst.point,
        )

    def compare(self, drawn: Points, dtype: str, worst: _Worst) -> NDArray[np.float64]:
        """The largest error of every point; the worst one is remembered."""
        truth = self.reference(drawn, magnitude=self.magnitude)
        with np.errstate(all="ignore"):
            result = np.asarray(self.function(*(drawn[v.name].copy() for v in self.variables)))
        if result.shape != truth.head.shape:
            raise ValueError(
                f"the function returns the shape {result.shape}, the term has {truth.head.shape}"
            )
        errors = truth.errors(result, dtype)
        each: NDArray[np.float64] = errors.reshape(len(errors), -1).max(axis=1, initial=0.0)
        worst.values += errors.size
        worst.nonfinite += int((np.isinf(errors) & ~np.isfinite(result)).sum())
        worst.normwise = max(worst.normwise, _normwise(truth, result, dtype))
        if truth.magnitude is not None:
            scale = np.maximum(truth.magnitude, np.abs(truth.head))
            scale = np.where(np.isfinite(scale), scale, 0.0)
            worst.conditioned = max(worst.conditioned, _most(truth.relative_to(scale, result, dtype)))
        if each.max(initial=0.0) > worst.ulps or not worst.point:
            n = int(each.argmax())
            place = int(errors[n].argmax()) if errors[n].size else 0
            worst.ulps = max(worst.ulps, float(each.max(initial=0.0)))
            worst.point = _point(self.variables, drawn, truth, result, n, place)
        return each

    def climb(
        self,
        drawn: Points,
        errors: NDArray[np.float64],
        dtype: str,
        worst: _Worst,
        rng: np.random.Generator,
    ) -> None:
        """Move from the worst points to worse ones nearby."""
        best, height = drawn, np.where(np.isfinite(errors), errors, -1.0)
        for _ in range(self.climbs):
            order = np.argsort(height)[::-1][: max(2, len(height) // 4)]
            parents = rng.choice(order, size=len(height))
            moved = {v.name: _nudged(best[v.name][parents], v, dtype, rng) for v in self.variables}
            found = self.compare(moved, dtype, worst)
            both = np.concatenate([height, np.where(np.isfinite(found), found, -1.0)])
            keep = np.argsort(both)[::-1][: len(height)]
            best = {v.name: np.concatenate([best[v.name], moved[v.name]])[keep] for v in self.variables}
            height = both[keep]


def _normwise(truth: Truth, result: NDArray[Any], dtype: str) -> float:
    head = truth.head.reshape(len(truth.head), -1)
    norms = np.abs(np.where(np.isfinite(head), head, 0.0)).max(axis=1, initial=0.0)
    scale = np.broadcast_to(norms.reshape(-1, *[1] * (truth.head.ndim - 1)), truth.head.shape)
    return _most(truth.relative_to(scale, result, dtype))


def _most(errors: NDArray[np.float64]) -> float:
    return float(np.nan_to_num(errors, nan=np.inf, posinf=np.inf).max(initial=0.0))


def _point(
    variables: tuple[Variable, ...], drawn: Points, truth: Truth, result: NDArray[Any], n: int, place: int
) -> dict[str, Any]:
    """The worst point: its inputs (of a long vector the first entries), the result and the truth there."""
    inputs = {
        v.name: np.asarray(drawn[v.name][n], dtype=np.float64).reshape(-1)[:12].tolist() for v in variables
    }
    return {
        "inputs": inputs,
        "size": max(int(drawn[v.name][n].size) for v in variables),
        "entry": place,
        "result": float(np.asarray(result[n], dtype=np.float64).reshape(-1)[place]),
        "truth": float(truth.head[n].reshape(-1)[place]),
    }


def _nudged(array: NDArray[Any], variable: Variable, dtype: str, rng: np.random.Generator) -> NDArray[Any]:
    """Neighbours of points within the domain: a few units in the last place, or a small relative change."""
    if variable.domain in (INDEX, LABEL):
        return array
    scale = 10.0 ** rng.uniform(-16, -1, size=array.shape[:1]).reshape(-1, *[1] * (array.ndim - 1))
    some = rng.random(array.shape) < 0.5
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        moved = (array * (1 + some * scale * rng.normal(size=array.shape))).astype(dtype)
    if variable.domain in ("unit", "target", "simplex"):
        moved = np.clip(moved, 0, 1)
    return np.where(np.isfinite(moved), moved, array).astype(dtype)
