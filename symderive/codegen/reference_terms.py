"""A plain kernel over arrays of balls, or of estimates that carry the error of each operation along."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from flint import arb
from sympy import (
    Abs,
    Add,
    And,
    Eq,
    Expr,
    Float,
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
    Pow,
    Rational,
    S,
    Symbol,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    ceiling,
    cos,
    cosh,
    erf,
    exp,
    floor,
    log,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)

from symderive.codegen.estimates import Estimate, estimate
from symderive.codegen.kernel import Kernel, Kind, Reduction, Statement
from symderive.codegen.primitives import Select
from symderive.terms import Dim, Index, Iverson

__all__ = ["Evaluation", "NotMeasured"]

Array: TypeAlias = "np.ndarray[Any, Any]"


class NotMeasured(ValueError):
    """A term that the reference does not evaluate."""


def _each(function: Callable[..., Any], count: int = 1) -> Callable[..., Array]:
    mapped = np.frompyfunc(function, count, 1)
    return lambda *arrays: np.asarray(mapped(*arrays), dtype=object)


def _number(value: Any) -> Any:
    """Whole numbers meet functions as balls."""
    return arb(value) if isinstance(value, int) else value


def _alike(value: Any, other: Any) -> Any:
    """A value as what it meets: an estimate beside one, or else a ball."""
    return estimate(value) if isinstance(other, Estimate) else _number(value)


def _named(name: str) -> Callable[..., Array]:
    """A function that balls have under a name."""
    return _each(lambda v: v.function(name) if isinstance(v, Estimate) else getattr(_number(v), name)())


_SAME = (exp, log, sin, cos, tan, sinh, cosh, tanh, asin, acos, atan, asinh, acosh, atanh, erf, floor)
_FUNCTIONS: dict[Any, Callable[..., Array]] = {
    **{function: _named(function.__name__) for function in _SAME},
    ceiling: _named("ceil"),
    Abs: _each(abs),
    sign: _each(lambda v: _number(v).sgn()),
}
_LARGER = np.frompyfunc(lambda a, b: _alike(a, b).max(b), 2, 1)
_SMALLER = np.frompyfunc(lambda a, b: _alike(a, b).min(b), 2, 1)
_ROOT = _each(lambda v: _number(v).sqrt())
#: A relation, and the one that holds where it does not: of two balls that overlap neither may be certain.
_COMPARISONS: dict[Any, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    Eq: (operator.eq, operator.ne),
    Ne: (operator.ne, operator.eq),
    Lt: (operator.lt, operator.ge),
    Le: (operator.le, operator.gt),
    Gt: (operator.gt, operator.le),
    Ge: (operator.ge, operator.lt),
}
#: What is known of a condition: "and" is the smaller number, "or" the larger one, "not" the other sign.
_FALSE, _UNDECIDED, _TRUE = -1, 0, 1


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
        """The results, ``(rows, …axes)``: balls or estimates, be they whole numbers."""
        made = _each(estimate if self.estimate else _number)
        return [made(self._values[target.name]) for _, target in self.kernel.outputs]

    def _statement(self, statement: Statement) -> Array:
        if statement.reduction is Reduction.ARGMAX:
            raise NotMeasured("a stable form is no reference")
        last = () if statement.index is None else (statement.index,)
        self._loops = (*statement.indices, *last)
        shape = (self.rows, *(len(self._range(loop)) for loop in self._loops))
        value = np.broadcast_to(self._evaluate(statement.expression), shape)
        if statement.excluding is not None:
            own = self._evaluate(statement.index) == self._evaluate(statement.excluding)
            neutral = 0 if statement.reduction is Reduction.SUM else 1
            value = np.where(own.astype(bool), neutral, value).astype(object)
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
        estimates = _each(estimate)(value)
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
        if isinstance(term, Float):
            term = Rational(term)  # the binary number that it is, as code has it
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
            return self._chosen(term.args[0], self._constant(1), self._constant(0))
        if isinstance(term, Select):
            there, elsewhere = self._evaluate(term.there), self._evaluate(term.elsewhere)
            return self._chosen(term.condition, there, elsewhere)
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

    def _chosen(self, condition: Any, there: Array, elsewhere: Array) -> Array:
        """One value where a condition holds, another elsewhere; what holds both where that is not decided.

        More bits decide it, or bring both values together where they meet: only where they differ at an exact
        tie that no number of bits can tell is there no value.
        """
        return np.asarray(_CHOSEN(self._condition(condition), there, elsewhere), dtype=object)

    def _condition(self, term: Any) -> Array:
        if term in (True, S.true):
            return self._constant(_TRUE)
        if term in (False, S.false):
            return self._constant(_FALSE)
        if isinstance(term, Not):
            return np.negative(self._condition(term.args[0]))
        if isinstance(term, (And, Or)):
            first, *rest = (self._condition(arg) for arg in term.args)
            for other in rest:
                first = np.minimum(first, other) if isinstance(term, And) else np.maximum(first, other)
            return first
        relations = _COMPARISONS.get(type(term))
        if relations is None:
            raise NotMeasured(f"{type(term).__name__} is no condition that the reference knows")
        holds, fails = relations

        def compare(a: Any, b: Any) -> int:
            a, b = _plain(a), _plain(b)
            return _TRUE if holds(a, b) else _FALSE if fails(a, b) else _UNDECIDED

        found = np.frompyfunc(compare, 2, 1)(self._evaluate(term.lhs), self._evaluate(term.rhs))
        return np.asarray(found, dtype=object)


def _plain(value: Any) -> Any:
    """A ball or a whole number, without the error that it carries."""
    return value.value if isinstance(value, Estimate) else value


def _either(known: int, there: Any, elsewhere: Any) -> Any:
    if known != _UNDECIDED:
        return there if known == _TRUE else elsewhere
    if isinstance(there, Estimate) or isinstance(elsewhere, Estimate):
        one, other = estimate(there), estimate(elsewhere)
        return Estimate(one.value.union(other.value), one.error.max(other.error))
    return _number(there).union(_number(elsewhere))


_CHOSEN = np.frompyfunc(_either, 3, 1)


def _raised(base: Any, exponent: Any) -> Any:
    """A positive base to any exponent; 0 to a positive one is 0."""
    base, exponent = _number(base), _number(exponent)
    if isinstance(base, Estimate) or isinstance(exponent, Estimate):
        return estimate(base) ** estimate(exponent)
    if base == 0 and exponent > 0:
        return arb(0)
    return base**exponent
