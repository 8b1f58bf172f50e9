"""Terms over arrays of Arb balls: one pass over a shared graph, each axis a bound index.

The judge's evaluator takes one point at a time; here a bound index is an axis of an array, so that a softmax
over 50 257 classes is four operations on arrays. A value is a `Grid`: its axes by name and a NumPy array of
balls. Every ball holds the exact real value; what is undefined is NaN and an unclear case is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray
from sympy import (
    Abs,
    Add,
    And,
    Basic,
    Eq,
    Expr,
    Float,
    Ge,
    Gt,
    Indexed,
    KroneckerDelta,
    Le,
    Lt,
    Max,
    Min,
    Mul,
    Ne,
    Not,
    Or,
    Piecewise,
    Pow,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    exp,
    log,
    sign,
)

from symderive.codegen.grids import (
    BATCH,
    CONSTANTS,
    FUNCTIONS,
    INF,
    NAN,
    ONE,
    ZERO,
    Grid,
    both,
    choose,
    either,
    larger,
    limit_inverse,
    scalar,
    smaller,
    times,
)
from symderive.codegen.separation import separate
from symderive.decide.balls import NoValue, TooMuchWork
from symderive.terms import IndexedMax, IndexedMin, Iverson, alpha_equal, free_names, limits_of

__all__ = ["BallArrays"]

_DENSE = 60_000
_MOST = 4_000_000


class BallArrays:
    """Evaluates terms whose definitions are unfolded.

    Parameters
    ----------
    leaves
        Name → grid of balls; the axes of a family beyond the batch are given in order, as positions.
    lowers
        Name → the first index of each axis of a family.
    names
        Symbols with integer values: dimensions, result indices (an axis each), index targets.
    """

    def __init__(
        self,
        leaves: Mapping[str, tuple[bool, NDArray[Any]]],
        lowers: Mapping[str, tuple[int, ...]],
        names: Mapping[Symbol, Grid],
    ) -> None:
        self.leaves = leaves
        self.lowers = lowers
        self.integers: dict[Symbol, Grid] = dict(names)
        self.unclear = False
        self._cache: dict[Basic, Grid] = {}
        self._binders: list[tuple[Basic, Grid]] = []
        self._order: dict[Symbol, int] = {BATCH: 0}
        self._length: dict[Symbol, int] = {}
        for leaf_batched, data in leaves.values():
            if leaf_batched:
                self._length[BATCH] = data.shape[0]
        for grid in names.values():
            for axis, size in zip(grid.axes, grid.data.shape, strict=True):
                self._order.setdefault(axis, len(self._order))
                self._length[axis] = size

    # Axes ---------------------------------------------------------------------------------------------

    def _bind(self, index: Symbol, lower: Expr, upper: Expr) -> int:
        low, high = self.constant(lower), self.constant(upper)
        self._order.setdefault(index, len(self._order))
        self._length[index] = max(high - low + 1, 0)
        self.integers[index] = Grid((index,), np.arange(low, high + 1))
        return self._length[index]

    def constant(self, term: Expr) -> int:
        """The value of a limit of a binder: an integer that depends on no axis."""
        grid = self.integer(term)
        if grid.axes:
            raise NoValue(f"the limit {term} depends on another index")
        return int(grid.data[()])

    def integer(self, term: Expr) -> Grid:
        """The value of an index term."""
        if isinstance(term, Symbol):
            if term not in self.integers:
                raise NoValue(f"{term} has no value")
            return self.integers[term]
        if term.is_Integer:
            return Grid((), np.array(int(term)))
        if isinstance(term, (Add, Mul)):
            axes, parts = self._aligned([self.integer(arg) for arg in term.args])
            total = parts[0]
            for part in parts[1:]:
                total = total + part if isinstance(term, Add) else total * part
            return Grid(axes, total)
        raise NoValue(f"{term} is no index")

    def _aligned(self, grids: Iterable[Grid]) -> tuple[tuple[Symbol, ...], list[NDArray[Any]]]:
        grids = list(grids)
        axes = tuple(sorted({axis for grid in grids for axis in grid.axes}, key=self._order.__getitem__))
        arrays = []
        for grid in grids:
            places = sorted(range(len(grid.axes)), key=lambda n, g=grid: self._order[g.axes[n]])  # type: ignore[misc]
            data = np.transpose(grid.data, places) if len(places) > 1 else grid.data
            shape = tuple(self._length[axis] if axis in grid.axes else 1 for axis in axes)
            arrays.append(data.reshape(shape))
        return axes, arrays

    def _map(self, function: Callable[..., Any], *grids: Grid) -> Grid:
        axes, arrays = self._aligned(grids)
        return Grid(axes, np.asarray(np.frompyfunc(function, len(arrays), 1)(*arrays), dtype=object))

    # Values -------------------------------------------------------------------------------------------

    def __call__(self, term: Basic) -> Grid:
        """The value of a term over the axes that it depends on."""
        found = self._cache.get(term)
        if found is None:
            found = self._binder(term) if isinstance(term, tuple(_REDUCED)) else self._compute(term)
            self._cache[term] = found
        return found

    def _binder(self, term: Any) -> Grid:
        # Two sums that differ in the names of their bound indices are one sum.
        for other, value in self._binders:
            if type(other) is type(term) and alpha_equal(other, term):
                return value
        value = self._reduce(term)
        self._binders.append((term, value))
        return value

    def _reduce(self, term: Any) -> Grid:
        limits = limits_of(term)
        sizes = [self._bind(*limit) for limit in limits]
        bound = [limit[0] for limit in limits]
        body = term.args[0]
        size = 1
        for axis in free_names(body) & self._length.keys():
            size *= self._length[axis]
        if isinstance(term, Sum) and size > _DENSE and len(free_names(body) & self._length.keys()) > 1:
            split = separate(term, self._length.keys())
            if split is not None:
                return self(split)
        if size > _MOST:
            raise TooMuchWork(f"{size} values for one reduction")
        grid = self(body)
        return self._fold(term, grid, dict(zip(bound, sizes, strict=True)))

    def _fold(self, term: Any, grid: Grid, bound: dict[Symbol, int]) -> Grid:
        step, start = _REDUCED[type(term)]
        times = 1
        for index, size in bound.items():
            if index not in grid.axes:
                times *= size
        kept = tuple(axis for axis in grid.axes if axis not in bound)
        data = np.moveaxis(
            grid.data,
            [grid.axes.index(axis) for axis in kept],
            range(len(kept)),
        )
        shape = tuple(self._length[axis] for axis in kept)
        flat = data.reshape((*shape, -1))
        if flat.shape[-1] == 0:
            if start is None:
                raise NoValue("the maximum of nothing")
            return Grid(kept, np.full(shape, start, dtype=object))
        result = np.asarray(step.reduce(flat, axis=-1), dtype=object)
        if times != 1 and isinstance(term, Sum):
            result = np.asarray(result * arb(times), dtype=object)
        elif times != 1 and isinstance(term, Product):
            result = np.asarray(result**times, dtype=object)
        return Grid(kept, result)

    def _compute(self, term: Any) -> Grid:
        if isinstance(term, Symbol):
            return self._symbol(term)
        if isinstance(term, Rational):
            return scalar(arb(fmpq(int(term.p), int(term.q))))
        if isinstance(term, Float):
            exact = Rational(term)
            return scalar(arb(fmpq(int(exact.p), int(exact.q))))
        for kind, rule in _RULES:
            if isinstance(term, kind):
                return rule(self, term)
        constant = CONSTANTS.get(term)
        if constant is not None:
            return scalar(constant())
        method = FUNCTIONS.get(type(term).__name__)
        if method is not None and len(term.args) == 1:
            return self._map(lambda ball: getattr(ball, method)(), self(term.args[0]))
        raise NoValue(f"{type(term).__name__} is not evaluated")

    def _symbol(self, term: Symbol) -> Grid:
        if term in self.integers:
            grid = self.integers[term]
            return Grid(grid.axes, np.asarray(np.frompyfunc(lambda n: arb(int(n)), 1, 1)(grid.data), object))
        if term.name in self.leaves:
            batched, data = self.leaves[term.name]
            return Grid((BATCH,) if batched else (), data)
        raise NoValue(f"{term} has no value")

    def _entry(self, term: Indexed) -> Grid:
        name = str(term.base)
        if name not in self.leaves:
            raise NoValue(f"{name} has no value")
        batched, data = self.leaves[name]
        lowers = self.lowers[name]
        grids = [self.integer(index) for index in term.indices]
        if batched:
            grids.insert(0, Grid((BATCH,), np.arange(data.shape[0])))
            lowers = (0, *lowers)
        axes, places = self._aligned(grids)
        for n, (place, lower, size) in enumerate(zip(places, lowers, data.shape, strict=True)):
            places[n] = place - lower
            if ((places[n] < 0) | (places[n] >= size)).any():
                raise NoValue(f"{term} lies outside its range")
        return Grid(axes, np.asarray(data[tuple(places)], dtype=object).reshape(_shape(self._length, axes)))

    def _order_of(self, difference: arb) -> int | None:
        if difference > 0:
            return 1
        if difference < 0:
            return -1
        if difference.is_zero():
            return 0
        self.unclear = True
        return None

    def truth(self, condition: Any) -> Grid:
        """Where a condition holds: 1, 0, or NaN where the balls do not say."""
        if condition == S.true or condition == S.false:
            return scalar(ONE if condition == S.true else ZERO)
        if isinstance(condition, Not):
            return self._map(lambda t: 1 - t, self.truth(condition.args[0]))
        if isinstance(condition, (And, Or)):
            parts = [self.truth(part) for part in condition.args]
            total = parts[0]
            for part in parts[1:]:
                total = self._map(both if isinstance(condition, And) else either, total, part)
            return total
        wanted = _ORDERS.get(type(condition))
        if wanted is None:
            raise NoValue(f"the condition {condition} is not evaluated")

        def test(left: arb, right: arb) -> arb:
            order = 0 if left is right else self._order_of(left - right)
            return NAN if order is None else (ONE if order in wanted else ZERO)

        return self._map(test, *(self(arg) for arg in condition.args))

    # Rules --------------------------------------------------------------------------------------------

    def _add(self, term: Any) -> Grid:
        axes, arrays = self._aligned(self(arg) for arg in term.args)
        total = arrays[0]
        for array in arrays[1:]:
            total = total + array
        return Grid(axes, np.asarray(total, dtype=object))

    def _mul(self, term: Any) -> Grid:
        grids = [self(arg) for arg in term.args]
        total = grids[0]
        for grid in grids[1:]:
            total = self._map(times, total, grid)
        return total

    def _pow(self, term: Any) -> Grid:
        base, exponent = term.args
        if exponent.is_Integer:
            n = int(exponent)
            return self._map(lambda ball: self._whole_power(ball, n), self(base))
        if exponent == S.Half or exponent == -S.Half:
            inverse = exponent == -S.Half

            def root(ball: arb) -> arb:
                value = ZERO if ball.is_zero() else ball.sqrt()
                return self._whole_power(value, -1) if inverse else value

            return self._map(root, self(base))
        return self._map(self._power, self(base), self(exponent))

    def _whole_power(self, ball: arb, n: int) -> arb:
        if n >= 0:
            return ball**n
        below = ball ** (-n)
        if below.is_zero():
            return INF
        if below.contains(0):
            self.unclear = True
        return ONE / below if below.is_finite() else limit_inverse(below)

    def _power(self, base: arb, exponent: arb) -> arb:
        order = self._order_of(base)
        if order == 0:
            return ZERO if exponent > 0 else NAN
        return (exponent * base.log()).exp() if order == 1 else NAN

    def _log(self, term: Any) -> Grid:
        def rule(ball: arb) -> arb:
            order = self._order_of(ball)
            if order == 1:
                return ball.log() if ball.is_finite() else INF
            return -INF if order == 0 else NAN

        return self._map(rule, self(term.args[0]))

    def _sign(self, term: Any) -> Grid:
        def rule(ball: arb) -> arb:
            order = self._order_of(ball)
            return NAN if order is None else arb(order)

        return self._map(rule, self(term.args[0]))

    def _delta(self, term: Any) -> Grid:
        axes, (left, right) = self._aligned([self.integer(arg) for arg in term.args])
        return Grid(axes, np.array((ZERO, ONE), dtype=object)[np.equal(left, right).astype(int)])

    def _piecewise(self, term: Any) -> Grid:
        result: Grid | None = None
        for value, condition in reversed(term.args):
            grid = self(value)
            other = scalar(NAN) if result is None else result
            result = self._map(choose, self.truth(condition), grid, other)
        assert result is not None
        return result

    def _extremum(self, term: Any) -> Grid:
        grids = [self(arg) for arg in term.args]
        step = larger if isinstance(term, Max) else smaller
        total = grids[0]
        for grid in grids[1:]:
            total = self._map(step, total, grid)
        return total


def _shape(length: Mapping[Symbol, int], axes: tuple[Symbol, ...]) -> tuple[int, ...]:
    return tuple(length[axis] for axis in axes)


_REDUCED: dict[type, tuple[Any, Any]] = {
    Sum: (np.frompyfunc(lambda a, b: a + b, 2, 1), ZERO),
    Product: (np.frompyfunc(lambda a, b: a * b, 2, 1), ONE),
    IndexedMax: (np.frompyfunc(larger, 2, 1), None),
    IndexedMin: (np.frompyfunc(smaller, 2, 1), None),
}

_RULES: tuple[tuple[type | tuple[type, ...], Callable[[BallArrays, Any], Grid]], ...] = (
    (Indexed, BallArrays._entry),
    (Add, BallArrays._add),
    (Mul, BallArrays._mul),
    (exp, lambda e, t: e._map(lambda ball: ball.exp(), e(t.args[0]))),
    (Pow, BallArrays._pow),
    (log, BallArrays._log),
    (Abs, lambda e, t: e._map(abs, e(t.args[0]))),
    (sign, BallArrays._sign),
    (KroneckerDelta, BallArrays._delta),
    (Iverson, lambda e, t: e.truth(t.condition)),
    (Piecewise, BallArrays._piecewise),
    ((Max, Min), BallArrays._extremum),
)

_ORDERS: dict[type, tuple[int, ...]] = {Eq: (0,), Ne: (-1, 1), Gt: (1,), Ge: (0, 1), Lt: (-1,), Le: (-1, 0)}
