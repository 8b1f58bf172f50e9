"""How each kind of node is evaluated: one row a kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import factorial as exact_factorial
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq
from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Piecewise,
    Pow,
    Product,
    S,
    Sum,
    Symbol,
    binomial,
    ceiling,
    exp,
    factorial,
    floor,
    log,
    sign,
)

from symderive.decide.balls import (
    NoValue,
    Number,
    TooMuchWork,
    Unclear,
    add,
    as_ball,
    compare,
    multiply,
    power,
    subtract,
)
from symderive.terms import Apply, IndexedMax, IndexedMin, Iverson, Operation, Partial, Vec, substitute

if TYPE_CHECKING:
    from symderive.decide.evaluate import Evaluator

__all__ = ["find_rule"]

Bindings = dict[Symbol, int]


def _add(evaluator: Evaluator, term: Add, bindings: Bindings) -> Number:
    total: Number = fmpq(0)
    for arg in term.args:
        total = add(total, evaluator._value(arg, bindings))
    return total


def _mul(evaluator: Evaluator, term: Mul, bindings: Bindings) -> Number:
    result: Number = fmpq(1)
    for arg in term.args:
        result = multiply(result, evaluator._value(arg, bindings))
    return result


def _pow(evaluator: Evaluator, term: Pow, bindings: Bindings) -> Number:
    base = evaluator._value(term.args[0], bindings)
    exponent = evaluator._value(term.args[1], bindings)
    return power(base, exponent)


def _exp(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    value = evaluator._value(term.args[0], bindings)
    if not isinstance(value, arb) and value == 0:
        return fmpq(1)
    ball = as_ball(value)
    if abs(ball) > 10**9:
        raise TooMuchWork("an exponential out of range")
    return ball.exp()


def _log(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    value = evaluator._value(term.args[0], bindings)
    if compare(value) <= 0:
        raise NoValue("the logarithm of a number that is not positive")
    if not isinstance(value, arb) and value == 1:
        return fmpq(0)
    return as_ball(value).log()


def _abs(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    value = evaluator._value(term.args[0], bindings)
    return abs(value) if isinstance(value, arb) else fmpq(abs(value))


def _sign(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    return fmpq(compare(evaluator._value(term.args[0], bindings)))


def _extremum(evaluator: Evaluator, values: Any, largest: bool) -> Number:
    best: Number | None = None
    for value in values:
        if best is None:
            best = value
        elif isinstance(best, arb) or isinstance(value, arb):
            best = as_ball(best).max(as_ball(value)) if largest else as_ball(best).min(as_ball(value))
        else:
            best = max(best, value) if largest else min(best, value)
    if best is None:
        raise NoValue("the maximum of nothing")
    return best


def _sum(evaluator: Evaluator, term: Sum, bindings: Bindings) -> Number:
    total: Number = fmpq(0)
    for held in evaluator.points(term, bindings):
        total = add(total, evaluator._value(term.function, held))
    return total


def _product(evaluator: Evaluator, term: Product, bindings: Bindings) -> Number:
    result: Number = fmpq(1)
    for held in evaluator.points(term, bindings):
        result = multiply(result, evaluator._value(term.function, held))
    return result


def _indexed(evaluator: Evaluator, term: Indexed, bindings: Bindings) -> Number:
    indices = tuple(evaluator.integer(index, bindings) for index in term.indices)
    for place, (lower, upper) in zip(indices, getattr(term.base, "ranges", ()), strict=False):
        if place < evaluator.integer(lower, bindings):
            raise NoValue(f"{term.base} has no entry {place}")
        if upper != S.Infinity and place > evaluator.integer(upper, bindings):
            raise NoValue(f"{term.base} has no entry {place}")
    return evaluator.source.entry(_name_of(term.base), indices)


@lru_cache(maxsize=1024)
def _name_of(base: Basic) -> str:
    # SymPy prints a name anew each time, and a recurrence that is unrolled asks thousands of times.
    return str(base)


def _delta(evaluator: Evaluator, term: KroneckerDelta, bindings: Bindings) -> Number:
    a, b = (evaluator._value(arg, bindings) for arg in term.args)
    return fmpq(1 if compare(subtract(a, b)) == 0 else 0)


def _iverson(evaluator: Evaluator, term: Iverson, bindings: Bindings) -> Number:
    return fmpq(1 if evaluator.holds(term.condition, bindings) else 0)


def _piecewise(evaluator: Evaluator, term: Piecewise, bindings: Bindings) -> Number:
    for value, condition in term.args:
        if evaluator.holds(condition, bindings):
            return evaluator._value(value, bindings)
    raise NoValue("no case applies")


def _binomial(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    n, k = (evaluator.integer(arg, bindings) for arg in term.args)
    if k < 0:
        return fmpq(0)
    if k > 5_000:
        raise TooMuchWork("a binomial coefficient out of range")
    result = fmpq(1)
    for m in range(k):
        result = result * (n - m) / (m + 1)
    return result


def _factorial(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    n = evaluator.integer(term.args[0], bindings)
    if n < 0:
        raise NoValue("the factorial of a negative number")
    if n > 2_000:
        raise TooMuchWork("a factorial out of range")
    return fmpq(exact_factorial(n))


def _apply(evaluator: Evaluator, term: Apply, bindings: Bindings) -> Number:
    arguments: list[Any] = []
    if evaluator.source.is_family(term.head):
        components = tuple(evaluator.integer(part, bindings) for part in term.components)
        return evaluator.source.entry(term.head, components)
    for argument in term.arguments:
        if isinstance(argument, Vec):
            entries = {}
            for held in evaluator.points(argument, bindings):
                place = tuple(held[limit[0]] for limit in argument.limits)
                entries[place] = evaluator._value(argument.body, held)
            arguments.append(entries)
        elif isinstance(argument, Symbol) and argument.is_real is None:
            arguments.append(str(argument))
        else:
            arguments.append(evaluator._value(argument, bindings))
    components = tuple(evaluator.integer(part, bindings) for part in term.components)
    derivatives = tuple(
        tuple(evaluator.integer(part, bindings) for part in order) for order in term.derivatives
    )
    return evaluator.source.application(term.head, tuple(arguments), components, derivatives)


def _partial(evaluator: Evaluator, term: Partial, bindings: Bindings) -> Number:
    inner = term.term
    if isinstance(inner, Apply) and not inner.arguments:
        # The component is a number here: ∂f_j/∂x is another value for every j.
        components = tuple(evaluator.integer(part, bindings) for part in inner.components)
        shown = [f"{inner.head}{components}"]
    else:
        held = {index: Integer(value) for index, value in bindings.items()}
        shown = [str(substitute(inner, held))]
    for variable in term.wrt:
        if isinstance(variable, Indexed):
            places = tuple(evaluator.integer(index, bindings) for index in variable.indices)
            shown.append(f"{variable.base}{places}")
        else:
            shown.append(str(variable))
    return evaluator.source.opaque(f"d{shown[0]}/d" + " d".join(sorted(shown[1:])))


def _constant(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    if term is S.Exp1:
        return arb.const_e()
    if term is S.Pi:
        return arb.pi()
    if term is S.EulerGamma:
        return arb.const_euler()
    raise NoValue(f"{term} is not evaluated")


def _function(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    name = type(term).__name__
    method = _BALL_FUNCTIONS.get(name)
    if method is None or len(term.args) != 1:
        raise NoValue(f"{name} is not evaluated")
    return getattr(as_ball(evaluator._value(term.args[0], bindings)), method)()


_BALL_FUNCTIONS = {
    name: name
    for name in (
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "atan",
        "asin",
        "acos",
        "asinh",
        "acosh",
        "atanh",
    )
} | {
    "erf": "erf",
    "erfc": "erfc",
    "gamma": "gamma",
    "floor": "floor",
    "ceiling": "ceil",
    "loggamma": "lgamma",
}


def _unfolded(evaluator: Evaluator, term: Operation, bindings: Bindings) -> Number:
    return evaluator._value(term.unfold(), bindings)


def _floor(evaluator: Evaluator, term: Expr, bindings: Bindings) -> Number:
    value = evaluator._value(term.args[0], bindings)
    if isinstance(value, arb):
        raise Unclear("rounding a ball")
    whole = int(value.p) // int(value.q)
    if isinstance(term, ceiling) and value.q != 1:
        whole += 1
    return fmpq(whole)


_RULES: dict[type, Callable[[Evaluator, Any, Bindings], Number]] = {
    Add: _add,
    Mul: _mul,
    Pow: _pow,
    exp: _exp,
    log: _log,
    Abs: _abs,
    sign: _sign,
    floor: _floor,
    ceiling: _floor,
    Max: lambda e, t, b: _extremum(e, (e._value(arg, b) for arg in t.args), True),
    Min: lambda e, t, b: _extremum(e, (e._value(arg, b) for arg in t.args), False),
    IndexedMax: lambda e, t, b: _extremum(e, (e._value(t.body, held) for held in e.points(t, b)), True),
    IndexedMin: lambda e, t, b: _extremum(e, (e._value(t.body, held) for held in e.points(t, b)), False),
    Sum: _sum,
    Product: _product,
    Indexed: _indexed,
    KroneckerDelta: _delta,
    Iverson: _iverson,
    Piecewise: _piecewise,
    binomial: _binomial,
    factorial: _factorial,
    Apply: _apply,
    Partial: _partial,
    Operation: _unfolded,
}

_FOUND: dict[type, Callable[[Evaluator, Any, Bindings], Number] | None] = {}


def find_rule(kind: type) -> Callable[[Evaluator, Any, Bindings], Number] | None:
    """The rule of a node type, by its bases."""
    if kind not in _FOUND:
        rule = None
        for base in kind.__mro__:
            if base in _RULES:
                rule = _RULES[base]
                break
            if base.__name__ == "NumberSymbol":
                rule = _constant
                break
            if base.__name__ == "Function":
                rule = _function
                break
        _FOUND[kind] = rule
    return _FOUND[kind]
