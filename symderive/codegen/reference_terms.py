"""A plain kernel over arrays of balls, or of estimates that carry the error of each operation along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from flint import arb
from sympy import (
    Abs,
    Add,
    And,
    Eq,
    Expr,
    Ge,
    Gt,
    Indexed,
    Integer,
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
    Rational,
    S,
    Symbol,
    atan,
    cos,
    cosh,
    erf,
    exp,
    log,
    sign,
    sin,
    sinh,
    tanh,
)

from symderive.codegen.kernel import Kernel, Kind, Reduction, Statement
from symderive.codegen.primitives import Select
from symderive.terms import Dim, Index, Iverson

__all__ = ["Estimate", "Evaluation", "NotMeasured"]

Array: TypeAlias = "np.ndarray[Any, Any]"


class NotMeasured(ValueError):
    """A term that the reference does not evaluate."""


@dataclass(frozen=True)
class Estimate:
    """A value, and a first-order bound on its error in units of one rounding."""

    value: arb
    error: arb

    def __add__(self, other: Any) -> Estimate:
        b = _estimate(other)
        value = self.value + b.value
        return Estimate(value, self.error + b.error + abs(value))

    def __mul__(self, other: Any) -> Estimate:
        if isinstance(other, int) and abs(other) == 1:
            return Estimate(self.value * other, self.error)  # a sign is not rounded
        b = _estimate(other)
        value = self.value * b.value
        return Estimate(value, self.error * abs(b.value) + b.error * abs(self.value) + abs(value))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Estimate:
        b = _estimate(other)
        value = self.value / b.value
        error = (self.error + b.error * abs(value)) / abs(b.value)
        return Estimate(value, error + abs(value))

    def __rtruediv__(self, other: Any) -> Estimate:
        return _estimate(other) / self

    def __pow__(self, exponent: Any) -> Estimate:
        if isinstance(exponent, Estimate):
            return (exponent * self.log()).exp()
        value = self.value**exponent
        return Estimate(value, self.error * abs(value * exponent / self.value) + abs(value))

    def __abs__(self) -> Estimate:
        return Estimate(abs(self.value), self.error)

    def _through(self, value: arb, slope: arb) -> Estimate:
        return Estimate(value, self.error * abs(slope) + abs(value))

    def exp(self) -> Estimate:
        """The exponential of the value."""
        value = self.value.exp()
        return self._through(value, value)

    def log(self) -> Estimate:
        """Its logarithm."""
        return self._through(self.value.log(), 1 / self.value)

    def sqrt(self) -> Estimate:
        """Its root."""
        value = self.value.sqrt()
        return self._through(value, 1 / (2 * value))

    def tanh(self) -> Estimate:
        """Its hyperbolic tangent."""
        value = self.value.tanh()
        return self._through(value, 1 - value**2)

    def sgn(self) -> Estimate:
        """Its sign."""
        return Estimate(self.value.sgn(), arb(0))

    def max(self, other: Any) -> Estimate:
        """The larger one."""
        b = _estimate(other)
        return Estimate(self.value.max(b.value), self.error + b.error)

    def min(self, other: Any) -> Estimate:
        """The smaller one."""
        b = _estimate(other)
        return Estimate(self.value.min(b.value), self.error + b.error)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _estimate(other).value)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _estimate(other).value)

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _estimate(other).value)

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _estimate(other).value)


def _estimate(value: Any) -> Estimate:
    return value if isinstance(value, Estimate) else Estimate(arb(value), arb(0))


def _each(function: Callable[..., Any], count: int = 1) -> Callable[..., Array]:
    mapped = np.frompyfunc(function, count, 1)
    return lambda *arrays: np.asarray(mapped(*arrays), dtype=object)


def _number(value: Any) -> Any:
    """Whole numbers meet functions as balls."""
    return arb(value) if isinstance(value, int) else value


_FUNCTIONS: dict[Any, Callable[..., Array]] = {
    exp: _each(lambda v: _number(v).exp()),
    log: _each(lambda v: _number(v).log()),
    Abs: _each(abs),
    sign: _each(lambda v: _number(v).sgn()),
    tanh: _each(lambda v: _number(v).tanh()),
    sinh: _each(lambda v: _number(v).sinh()),
    cosh: _each(lambda v: _number(v).cosh()),
    sin: _each(lambda v: _number(v).sin()),
    cos: _each(lambda v: _number(v).cos()),
    atan: _each(lambda v: _number(v).atan()),
    erf: _each(lambda v: _number(v).erf()),
}
_LARGER = np.frompyfunc(lambda a, b: _number(a).max(_number(b)), 2, 1)
_SMALLER = np.frompyfunc(lambda a, b: _number(a).min(_number(b)), 2, 1)
_ROOT = _each(lambda v: _number(v).sqrt())
_COMPARISONS: dict[Any, Callable[[Any, Any], Any]] = {
    Eq: lambda a, b: a == b,
    Ne: lambda a, b: a != b,
    Lt: lambda a, b: a < b,
    Le: lambda a, b: a <= b,
    Gt: lambda a, b: a > b,
    Ge: lambda a, b: a >= b,
}


class Evaluation:
    """One evaluation of a kernel that has no primitives.

    Parameters
    ----------
    kernel
        Lowered from a textbook formula.
    arguments
        Name → object array ``(rows, …axes)`` of numbers, or integers counted from 0.
    sizes
        Dimension's name → length.
    rows
        The length of the batch axis.
    estimate
        Are the numbers `Estimate`?
    """

    def __init__(
        self,
        kernel: Kernel,
        arguments: Mapping[str, Array],
        sizes: Mapping[str, int],
        rows: int,
        *,
        estimate: bool = False,
    ) -> None:
        self.kernel, self.sizes, self.rows, self.estimate = kernel, sizes, rows, estimate
        self._loops: tuple[Index, ...] = ()
        self._values: dict[str, Array] = dict(arguments)
        self._lower = {a.name: tuple(lower for lower, _ in a.axes) for a in kernel.arguments}
        for argument in kernel.arguments:
            if argument.kind is Kind.INDEX:
                shift = self._integer(argument.axes[0][0])
                self._values[argument.name] = self._values[argument.name] + shift
        for statement in kernel.statements:
            self._lower[statement.name] = tuple(loop.lower for loop in statement.indices)
            self._values[statement.name] = self._statement(statement)

    def outputs(self) -> list[Array]:
        """The results, ``(rows, …axes)``."""
        return [self._values[target.name] for _, target in self.kernel.outputs]

    def _statement(self, statement: Statement) -> Array:
        if statement.excluding is not None or statement.reduction is Reduction.ARGMAX:
            raise NotMeasured("a stable form is no reference")
        last = () if statement.index is None else (statement.index,)
        self._loops = (*statement.indices, *last)
        shape = (self.rows, *(len(self._range(loop)) for loop in self._loops))
        value = np.broadcast_to(self._evaluate(statement.expression), shape)
        if statement.reduction is None:
            return value
        if statement.reduction is Reduction.SUM:
            return self._total(value)
        if statement.reduction is Reduction.PRODUCT:
            return np.multiply.reduce(value, axis=-1)
        extreme = _LARGER if statement.reduction is Reduction.MAX else _SMALLER
        return np.asarray(extreme.reduce(value, axis=-1), dtype=object)

    def _total(self, value: Array) -> Array:
        if not self.estimate:
            return np.add.reduce(value.astype(object), axis=-1)
        estimates = _each(_estimate)(value)
        total = np.add.reduce(_each(lambda v: v.value)(estimates), axis=-1)
        errors = np.add.reduce(_each(lambda v: v.error)(estimates), axis=-1)
        return _each(lambda v, e: Estimate(v, e + abs(v)), 2)(total, errors)

    def _range(self, loop: Index) -> range:
        return range(self._integer(loop.lower), self._integer(loop.upper) + 1)

    def _integer(self, term: Expr) -> int:
        found = term.subs({dim: self.sizes[dim.name] for dim in term.free_symbols if isinstance(dim, Dim)})
        if not found.is_Integer:
            raise NotMeasured(f"the limit {term} depends on another index")
        return int(found)

    def _constant(self, value: Any) -> Array:
        found = np.empty((1,) * (1 + len(self._loops)), dtype=object)
        found[...] = value
        return found

    def _evaluate(self, term: Any) -> Array:
        if isinstance(term, Integer):
            return self._constant(int(term))
        if isinstance(term, Rational):
            return self._constant(arb(int(term.p)) / int(term.q))
        if isinstance(term, Symbol):
            return self._symbol(term)
        if isinstance(term, Indexed):
            return self._entry(term)
        if term is S.Pi:
            return self._constant(arb.pi())
        if term is S.Exp1:
            return self._constant(arb.const_e())
        if isinstance(term, (Add, Mul)):
            return self._folded(term)
        if isinstance(term, Pow):
            return self._power(term)
        if isinstance(term, (Max, Min)):
            first, *rest = (self._evaluate(arg) for arg in term.args)
            for other in rest:
                first = (_LARGER if isinstance(term, Max) else _SMALLER)(first, other)
            return first
        if isinstance(term, KroneckerDelta):
            a, b = (self._evaluate(arg) for arg in term.args)
            return (a == b).astype(np.int64).astype(object)
        if isinstance(term, Iverson):
            return self._condition(term.args[0]).astype(np.int64).astype(object)
        if isinstance(term, Piecewise):
            found = self._constant(arb.nan())
            for value, condition in reversed(term.args):
                found = np.where(self._condition(condition), self._evaluate(value), found)
            return found
        if isinstance(term, Select):
            found = np.where(
                self._condition(term.condition), self._evaluate(term.there), self._evaluate(term.elsewhere)
            )
            return found.astype(object)
        function = _FUNCTIONS.get(type(term))
        if function is None:
            raise NotMeasured(f"{type(term).__name__} is not evaluated by the reference")
        return function(self._evaluate(term.args[0]))

    def _symbol(self, term: Symbol) -> Array:
        if isinstance(term, Dim):
            return self._constant(self.sizes[term.name])
        if term in self._loops:
            shape = [1] * (1 + len(self._loops))
            shape[1 + self._loops.index(term)] = -1
            return np.array(list(self._range(term)), dtype=object).reshape(shape)
        value = self._values[term.name]
        return value.reshape((-1,) + (1,) * len(self._loops))

    def _entry(self, term: Indexed) -> Array:
        array = self._values[term.base.name]
        row = np.arange(len(array)).reshape((-1,) + (1,) * len(self._loops))
        places = [
            (self._evaluate(index) - self._integer(lower)).astype(np.intp)
            for index, lower in zip(term.indices, self._lower[term.base.name], strict=True)
        ]
        return array[(row, *places)]

    def _folded(self, term: Expr) -> Array:
        first, *rest = (self._evaluate(arg) for arg in term.args)
        for other in rest:
            first = first + other if isinstance(term, Add) else first * other
        return first

    def _power(self, term: Pow) -> Array:
        base, exponent = self._evaluate(term.base), term.exp
        if exponent.is_Integer:
            # Python's integers are no balls: 1/K would be rounded.
            base = _each(lambda v: _number(v))(base)
            power = int(exponent)
            return self._constant(1) / base ** (-power) if power < 0 else base**power
        if exponent.is_Rational and exponent.q == 2:
            root = _ROOT(base)
            power = int(exponent.p)
            return self._constant(1) / root ** (-power) if power < 0 else root**power
        return _each(_raised, 2)(base, self._evaluate(exponent))

    def _condition(self, term: Any) -> Array:
        if term in (True, S.true):
            return np.ones((1,) * (1 + len(self._loops)), dtype=bool)
        if term in (False, S.false):
            return np.zeros((1,) * (1 + len(self._loops)), dtype=bool)
        if isinstance(term, Not):
            return ~self._condition(term.args[0])
        if isinstance(term, (And, Or)):
            first, *rest = (self._condition(arg) for arg in term.args)
            for other in rest:
                first = first & other if isinstance(term, And) else first | other
            return first
        compare = _COMPARISONS.get(type(term))
        if compare is None:
            raise NotMeasured(f"{type(term).__name__} is no condition that the reference knows")
        found = np.frompyfunc(compare, 2, 1)(self._evaluate(term.lhs), self._evaluate(term.rhs))
        return np.asarray(found, dtype=bool)


def _raised(base: Any, exponent: Any) -> Any:
    """A positive base to any exponent; 0 to a positive one is 0."""
    base, exponent = _number(base), _number(exponent)
    if isinstance(base, Estimate) or isinstance(exponent, Estimate):
        return _estimate(base) ** _estimate(exponent)
    if base == 0 and exponent > 0:
        return arb(0)
    return base**exponent
