"""The exact real function of the float inputs, to more digits than any float has.

A float is a number; a formula of floats has one real value. Here it is enclosed by Arb balls, at a precision
that is raised until the ball is far smaller than the last place of the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray
from sympy import Expr, Indexed, Symbol

from symderive.codegen.ball_arrays import BallArrays
from symderive.codegen.grids import BATCH, Grid
from symderive.codegen.magnitudes import Magnitudes
from symderive.decide.balls import NoValue
from symderive.terms import Definition, Dim, free_names, freshen, unfold, walk

__all__ = ["Reference", "Truth", "ulp"]

_PRECISIONS = (128, 320, 1_300, 3_000, 9_000, 40_000)
_SLACK = 2.0**-20
_FAR = 2**40


def ulp(values: Any, dtype: Any = np.float64) -> NDArray[np.float64]:
    """The spacing of the floats of `dtype` at the magnitude of each value (of the subnormals near zero).

    Examples
    --------
    >>> float(ulp(1.0)), float(ulp(0.0)) == 2.0**-1074, float(ulp(1.0, "float32"))
    (2.220446049250313e-16, True, 1.1920928955078125e-07)
    """
    kind = np.finfo(dtype)
    _, exponents = np.frexp(np.abs(np.asarray(values, dtype=np.float64)))
    lowest, highest = int(kind.minexp), int(kind.maxexp)
    places = np.clip(exponents - 1, lowest, highest - 1)
    places = np.where(np.asarray(values) == 0, lowest, places)
    places = np.where(np.isfinite(values), places, highest - 1)
    result: NDArray[np.float64] = np.ldexp(1.0, places - int(kind.nmant))
    return result


@dataclass(frozen=True)
class Truth:
    """The true values of a batch of points.

    `head` is the nearest float64 (±inf beyond its range, NaN where the function has no value); `tail` is what
    is left, in units of the last place of `head`; `magnitude` is what the formula's additions put together
    (see `Magnitudes`), where it was asked for.
    """

    head: NDArray[np.float64]
    tail: NDArray[np.float64]
    magnitude: NDArray[np.float64] | None = None

    def errors(self, result: Any, dtype: Any) -> NDArray[np.float64]:
        """The error of a result in ulps of `dtype`; inf for a value that is not finite but should be.

        An infinite true value, or one that rounds to infinity, asks for that infinity; where the function
        has no value nothing is asked.
        """
        kind = np.finfo(dtype)
        got = np.asarray(result, dtype=np.float64)
        unit = ulp(self.head, dtype)
        with np.errstate(all="ignore"):
            apart = (got - self.head) / unit
            # A quotient by the smallest unit may overflow: it is a total loss either way.
            error = np.abs(apart - self.tail * (ulp(self.head) / unit))
        largest = float(kind.max)
        beyond = np.abs(self.head) >= largest + 0.5 * float(ulp(largest, dtype))
        error = np.where(beyond, np.where(got == np.copysign(np.inf, self.head), 0.0, np.inf), error)
        error = np.where(np.isfinite(got) | beyond, error, np.inf)
        return np.where(np.isnan(self.head), 0.0, error)

    def relative_to(self, scale: Any, result: Any, dtype: Any) -> NDArray[np.float64]:
        """The error of a result in ulps of `scale` (a norm, a magnitude) instead of its own."""
        unit = ulp(scale, dtype)
        got = np.asarray(result, dtype=np.float64)
        with np.errstate(all="ignore"):
            error = np.abs((got - self.head) / unit - self.tail * (ulp(self.head) / unit))
        asked = np.isfinite(self.head) & np.isfinite(np.asarray(self.head, dtype=dtype))
        return np.where(asked, np.where(np.isfinite(got), error, np.inf), self.errors(result, dtype))


class Reference:
    """A term as an exact function of float arrays.

    Parameters
    ----------
    term
        Any term; named operations and the given definitions are unfolded.
    indices
        The free indices that are axes of the result, in order.
    definitions
        The definitions in force.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, operation, vec
    >>> K = Dim("K"); x = Vector("x", K); i, j = Index("i", K), Index("j", K)
    >>> softmax = Reference(operation("softmax", vec(x[j], j), i), indices=[i])
    >>> truth = softmax({"x": np.array([[0.0, 1000.0]])})
    >>> truth.head
    array([[0., 1.]])
    >>> bool(truth.errors([[0.0, 1.0]], "float64").max() < 0.5)
    True

    An index target is an integer array counted from 0.

    Raises
    ------
    NoValue
        For names without a value and for nodes that are not evaluated.
    """

    def __init__(
        self, term: Expr, indices: Sequence[Symbol] = (), definitions: Iterable[Definition] = ()
    ) -> None:
        self.term: Expr = freshen(unfold(term, tuple(definitions)))
        self.indices = tuple(indices)
        self.families: dict[str, tuple[tuple[Expr, Expr], ...]] = {}
        for node in walk(self.term):
            if isinstance(node, Indexed):
                ranges = getattr(node.base, "ranges", ())
                if ranges or str(node.base) not in self.families:
                    self.families[str(node.base)] = ranges
        self.names = free_names(self.term)

    def __call__(self, values: Mapping[str, Any], *, magnitude: bool = False) -> Truth:
        """The true value at a batch of points: arrays by name, each with one leading axis for the points."""
        arrays = {name: np.asarray(value) for name, value in values.items()}
        batched = {name for name, array in arrays.items() if array.ndim > self._rank(name)}
        infinite = any(np.isinf(array).any() for array in arrays.values() if array.dtype.kind == "f")
        if not infinite:
            return self._settle(arrays, batched, magnitude)
        # At infinities the value meant is the limit: it stays as it is when the infinite entries move further
        # out, or it runs to an infinity of its own.
        near, far = (self._settle(_moved(arrays, out), batched, magnitude) for out in (_FAR, 2 * _FAR))
        with np.errstate(invalid="ignore"):
            stays = (near.head == far.head) & (np.abs(near.tail - far.tail) < 1e-3)
            head = np.where(stays | np.isnan(far.head), near.head, np.copysign(np.inf, far.head))
        return Truth(head, np.where(np.isfinite(head), near.tail, 0.0), near.magnitude)

    def _rank(self, name: str) -> int:
        return len(self.families.get(name, ()))

    def _settle(self, arrays: Mapping[str, Any], batched: set[str], magnitude: bool) -> Truth:
        points = max((len(arrays[name]) for name in batched), default=1)
        rows = np.arange(points)
        truth: Truth | None = None
        before = ctx.prec
        try:
            for precision in _PRECISIONS:
                ctx.prec = precision
                some = {name: array[rows] if name in batched else array for name, array in arrays.items()}
                part, settled = self._once(some, batched, len(rows), magnitude)
                truth = part if truth is None else _merged(truth, part, rows)
                rows = rows[~settled]
                if not len(rows):
                    break
        finally:
            ctx.prec = before
        assert truth is not None
        if len(rows):
            truth.head[rows] = np.nan
        if not batched:
            return Truth(
                truth.head[0], truth.tail[0], None if truth.magnitude is None else truth.magnitude[0]
            )
        return truth

    def _once(
        self, arrays: Mapping[str, Any], batched: set[str], points: int, magnitude: bool
    ) -> tuple[Truth, NDArray[np.bool_]]:
        """One evaluation at the present precision, and which points it settles."""
        arrays_of_balls = BallArrays(*self._inputs(arrays, batched))
        grid = arrays_of_balls(self.term)
        shape = (points, *(int(arrays_of_balls.integers[i].data.size) for i in self.indices))
        balls = self._spread(grid, shape)
        head, tail, width = _split(balls)
        if arrays_of_balls.unclear:
            fine = np.isfinite(width) & (width < _SLACK)
        else:
            fine = (width < _SLACK) | np.isnan(width)
        settled = fine.reshape(points, -1).all(axis=1)
        size = None
        if magnitude:
            sizes = self._spread(Magnitudes(arrays_of_balls)(self.term), shape)
            size = np.asarray(np.frompyfunc(lambda ball: float(ball.mid()), 1, 1)(sizes), dtype=np.float64)
        return Truth(head, tail, size), settled

    def _spread(self, grid: Grid, shape: tuple[int, ...]) -> NDArray[Any]:
        axes = (BATCH, *self.indices)
        extra = [axis for axis in grid.axes if axis not in axes]
        if extra:
            raise NoValue(f"{extra[0]} is no axis of the result")
        places = [grid.axes.index(axis) for axis in axes if axis in grid.axes]
        data = np.transpose(grid.data, places) if places else grid.data
        wide = tuple(n if axis in grid.axes else 1 for axis, n in zip(axes, shape, strict=True))
        return np.broadcast_to(data.reshape(wide), shape)

    def _inputs(
        self, arrays: Mapping[str, Any], batched: set[str]
    ) -> tuple[dict[str, tuple[bool, Any]], dict[str, tuple[int, ...]], dict[Symbol, Grid]]:
        symbols = {symbol.name: symbol for symbol in self.names}
        names: dict[Symbol, Grid] = {}
        leaves: dict[str, tuple[bool, Any]] = {}
        for name, ranges in self.families.items():
            if name not in arrays:
                raise NoValue(f"{name} has no value")
            for (lower, upper), size in zip(ranges, arrays[name].shape[-len(ranges) :], strict=True):
                length = upper - lower + 1
                dims = [symbol for symbol in free_names(length) if isinstance(symbol, Dim)]
                if len(dims) == 1:
                    names[dims[0]] = Grid((), np.array(int(size - length.xreplace({dims[0]: 0}))))
        for name, array in arrays.items():
            own = symbols.get(name)
            if own is not None and own.is_integer and name not in self.families:
                lower = getattr(own, "lower", 0)
                names[own] = Grid((BATCH,) if name in batched else (), array + int(lower))
            else:
                leaves[name] = (name in batched, _balls(array))
        state = BallArrays({}, {}, names)
        lowers = {
            name: tuple(state.constant(lower) for lower, _ in ranges)
            for name, ranges in self.families.items()
        }
        for index in self.indices:
            low = state.constant(index.lower)
            high = state.constant(index.upper)
            names[index] = Grid((index,), np.arange(low, high + 1))
        return leaves, lowers, names


def _balls(array: NDArray[Any]) -> NDArray[Any]:
    result = np.empty(array.shape, dtype=object)
    flat = result.reshape(-1)
    for n, value in enumerate(array.reshape(-1).tolist()):
        flat[n] = arb(value)
    return result


def _moved(arrays: Mapping[str, Any], out: int) -> dict[str, Any]:
    return {
        name: np.where(np.isinf(array), np.sign(array) * np.float64(out), array)
        if array.dtype.kind == "f"
        else array
        for name, array in arrays.items()
    }


def _merged(whole: Truth, part: Truth, rows: NDArray[Any]) -> Truth:
    for into, new in ((whole.head, part.head), (whole.tail, part.tail), (whole.magnitude, part.magnitude)):
        if into is not None and new is not None:
            into[rows] = new
    return whole


def _split(balls: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Head, tail and width of each ball, the latter two in units of the last place of the head."""
    flat = balls.reshape(-1)
    head = np.empty(len(flat))
    tail = np.zeros(len(flat))
    width = np.empty(len(flat))
    scale: dict[float, arb] = {}
    for n, ball in enumerate(flat):
        if not ball.is_finite():
            head[n] = np.inf if ball > 0 else (-np.inf if ball < 0 else np.nan)
            width[n] = 0.0 if not np.isnan(head[n]) else np.nan
            continue
        head[n] = middle = float(ball.mid())
    units = ulp(head)
    for n, ball in enumerate(flat):
        middle = head[n]
        if not np.isfinite(middle):
            if ball.is_finite():
                # Beyond the range of float64; the ball must lie there as a whole.
                width[n] = 0.0 if abs(ball) > _LARGEST else 1.0
            continue
        unit = float(units[n])
        if unit not in scale:
            scale[unit] = 1 / arb(unit)
        tail[n] = float(((ball - arb(middle)) * scale[unit]).mid())
        width[n] = float((ball.rad() * scale[unit]).upper())
    return head.reshape(balls.shape), tail.reshape(balls.shape), width.reshape(balls.shape)


_LARGEST = arb(2) ** 1023
