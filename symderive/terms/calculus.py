"""Differentiation through sums of symbolic length, through functions by name and through named operations.

The rules are one short table. Kinks (|t| at 0, ties of a maximum) are left to the domain: the derivative
given is the one that holds wherever the function has one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sympy import (
    Abs,
    Add,
    Expr,
    Function,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Piecewise,
    Pow,
    Product,
    Sum,
    Symbol,
    Tuple,
    binomial,
    ceiling,
    exp,
    factorial,
    floor,
    log,
    sign,
    sympify,
)
from sympy.core.function import ArgumentIndexError

from symderive.terms.free import free_names
from symderive.terms.nodes import Apply, IndexedMax, IndexedMin, Iverson, Partial, Vec, sum_of
from symderive.terms.operations import Operation, partial_of
from symderive.terms.remembering import remembered
from symderive.terms.substitution import alpha_equal, freshen

__all__ = ["NotDifferentiable", "differentiate", "winners"]

_ZERO, _ONE = Integer(0), Integer(1)


class NotDifferentiable(ValueError):
    """No derivative rule covers the term."""


def differentiate(term: Expr, *wrt: Expr) -> Expr:
    """The partial derivative of a term, of any order.

    Parameters
    ----------
    term
        A term whose definitions are unfolded (`unfold`); a function that is still only a name is
        differentiated by the chain rule.
    wrt
        The variables, one after the other: a scalar `Symbol`, an entry such as ``x[k]`` or ``W[i, j]``, or
        an applied function's component such as ``q(x)_j``.

    Raises
    ------
    NotDifferentiable
        Where no rule covers the term (an integer variable, say).

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> from sympy import exp
    >>> K = Dim("K"); x = Vector("x", K); j, k = Index("j", K), Index("k", K)
    >>> differentiate(indexed_sum(exp(x[j]), j), x[k])
    Sum(exp(x[_j])*KroneckerDelta(_j, k), (_j, 1, K))
    """
    result = sympify(term)
    for variable in wrt:
        if not isinstance(variable, (Symbol, Indexed, Apply)) or variable.is_integer:
            raise NotDifferentiable(f"{variable} is no real variable: differentiate by a scalar or an entry")
        result = _derivative(freshen(result), variable)
    return result


@remembered(maxsize=20_000)
def _derivative(term: Expr, wrt: Expr) -> Expr:
    if term == wrt:
        return _ONE
    if not _depends(term, wrt):
        return _ZERO
    for kind, rule in _RULES:
        if isinstance(term, kind):
            return rule(term, wrt)
    raise NotDifferentiable(f"no derivative rule for {term.func.__name__}")


def _depends(term: Expr, wrt: Expr) -> bool:
    if isinstance(wrt, Symbol):
        key = wrt
    elif isinstance(wrt, Indexed):
        key = wrt.base.label
    else:
        key = wrt.args[0]
    return key in free_names(term) or _holds_unspecified(term)


@lru_cache(maxsize=20_000)
def _holds_unspecified(term: Expr) -> bool:
    """Does the term hold a function without arguments, which may depend on anything (``∂L/∂x_k``)?"""
    if isinstance(term, Apply) and not term.arguments:
        return True
    return any(_holds_unspecified(arg) for arg in term.args)


def _sum_rule(term: Expr, wrt: Expr) -> Expr:
    return Add(*(_derivative(arg, wrt) for arg in term.args))


def _product_rule(term: Expr, wrt: Expr) -> Expr:
    factors = term.args
    return Add(
        *(Mul(*factors[:n], _derivative(factor, wrt), *factors[n + 1 :]) for n, factor in enumerate(factors))
    )


def _power_rule(term: Expr, wrt: Expr) -> Expr:
    base, exponent = term.args
    by_base = _derivative(base, wrt)
    by_exponent = _derivative(exponent, wrt)
    result = exponent * base ** (exponent - 1) * by_base
    if by_exponent != 0:
        result += term * log(base) * by_exponent
    return result


def _indexed_rule(term: Indexed, wrt: Expr) -> Expr:
    if not isinstance(wrt, Indexed) or wrt.base != term.base:
        return _ZERO
    return Mul(*(KroneckerDelta(a, b) for a, b in zip(term.indices, wrt.indices, strict=True)))


def _through_sum(term: Expr, wrt: Expr) -> Expr:
    return sum_of(_derivative(term.function, wrt), *term.limits)


def _through_product(term: Expr, wrt: Expr) -> Expr:
    # Π f_j · Σ f_j'/f_j; where a factor vanishes the claim's domain has to say so.
    return term * sum_of(_derivative(term.function, wrt) / term.function, *term.limits)


def _through_extremum(term: IndexedMax | IndexedMin, wrt: Expr) -> Expr:
    attained = freshen(term)
    inner = Iverson(_equal(term.body, attained))
    return sum_of(inner * _derivative(term.body, wrt), *reversed(term.limits))


def _equal(left: Expr, right: Expr) -> Expr:
    from sympy import Eq

    return Eq(left, right, evaluate=False)


def _piecewise_rule(term: Piecewise, wrt: Expr) -> Expr:
    return Piecewise(*((_derivative(value, wrt), cond) for value, cond in term.args), evaluate=False)


def winners(term: Expr, moves: Callable[[Expr], bool]) -> list[tuple[Expr, Expr]]:
    """The arguments of a maximum or minimum that move, each with the indicator of its winning.

    Of arguments that are equal one wins: one that stands still before one that moves. Where the maximum has
    a derivative, all that win have the same one, so that this is it at ties too, as inside the clipped
    range of ``min(r a, clip(r) a)``.

    Examples
    --------
    >>> from sympy import Max
    >>> from symderive.terms import scalar
    >>> a, b = scalar("a"), scalar("b")
    >>> winners(Max(0, a, b), lambda arg: arg != 0)
    [(a, [a >= b]*[a > 0]), (b, [b > 0]*[b > a])]
    """
    still = [arg for arg in term.args if not moves(arg)]
    moving = [arg for arg in term.args if moves(arg)]
    found = []
    for n, arg in enumerate(moving):
        if isinstance(term, Max):
            strict = [arg > other for other in (*still, *moving[:n])]
            weak = [arg >= other for other in moving[n + 1 :]]
        else:
            strict = [arg < other for other in (*still, *moving[:n])]
            weak = [arg <= other for other in moving[n + 1 :]]
        found.append((arg, Mul(*(Iverson(win) for win in (*strict, *weak)))))
    return found


def _extremum_rule(term: Expr, wrt: Expr) -> Expr:
    slopes = {arg: _derivative(arg, wrt) for arg in term.args}
    return Add(*(slopes[arg] * wins for arg, wins in winners(term, lambda arg: slopes[arg] != 0)))


def _apply_rule(term: Apply, wrt: Expr) -> Expr:
    if isinstance(wrt, Apply) and wrt.head == term.head and alpha_equal(wrt.args[1], term.args[1]):
        if wrt.derivatives == term.derivatives and len(wrt.components) == len(term.components):
            return Mul(*(KroneckerDelta(a, b) for a, b in zip(term.components, wrt.components, strict=True)))
        return _ZERO
    if not term.arguments:
        return Partial(term, wrt)
    total: Expr = _ZERO
    for slot, argument in enumerate(term.arguments):
        total += _chain(argument, wrt, lambda *at, slot=slot: _deeper(term, slot, at))
    return total


def _deeper(term: Apply, slot: int, at: tuple[Expr, ...]) -> Apply:
    return Apply(
        term.args[0], term.arguments, term.components, (*term.derivatives, Tuple(Integer(slot), *at))
    )


def _chain(argument: Expr, wrt: Expr, outer: object) -> Expr:
    """``outer'(argument) · ∂argument/∂wrt``, summed over the entries of a vector argument."""
    assert callable(outer)
    if not isinstance(argument, Vec):
        slope = _derivative(argument, wrt)
        return _ZERO if slope == 0 else outer() * slope
    entry = freshen(argument)
    assert isinstance(entry, Vec)
    slope = _derivative(entry.body, wrt)
    if slope == 0:
        return _ZERO
    indices = [limit[0] for limit in entry.limits]
    return sum_of(outer(*indices) * slope, *reversed(entry.limits))


def _operation_rule(term: Operation, wrt: Expr) -> Expr:
    total: Expr = _ZERO
    for slot, argument in enumerate(term.arguments):
        if not _depends(argument, wrt):
            continue

        def outer(*at: Expr, slot: int = slot) -> Expr:
            return partial_of(term, slot, at)

        if term.has_partial(slot):
            total += _chain(argument, wrt, outer)
        else:
            return _derivative(freshen(term.unfold()), wrt)
    return total


def _partial_rule(term: Partial, wrt: Expr) -> Expr:
    inner = term.term
    for variable in term.wrt:
        inner = _derivative(freshen(inner), variable)
    if isinstance(inner, Partial) and isinstance(term.term, Apply):
        return Partial(term.term, *sorted((*inner.wrt, wrt), key=lambda v: v.sort_key()))
    return _derivative(freshen(inner), wrt)


def _elementary_rule(term: Expr, wrt: Expr) -> Expr:
    total: Expr = _ZERO
    for n, arg in enumerate(term.args, start=1):
        slope = _derivative(arg, wrt)
        if slope == 0:
            continue
        try:
            total += term.fdiff(n) * slope
        except ArgumentIndexError as error:
            raise NotDifferentiable(f"no derivative rule for {term.func.__name__}") from error
    return total


def _flat(term: Expr, wrt: Expr) -> Expr:
    return _ZERO


_RULES = (
    (Symbol, _flat),
    (Indexed, _indexed_rule),
    (Add, _sum_rule),
    (Mul, _product_rule),
    (Pow, _power_rule),
    (exp, lambda term, wrt: term * _derivative(term.args[0], wrt)),
    (log, lambda term, wrt: _derivative(term.args[0], wrt) / term.args[0]),
    (Abs, lambda term, wrt: sign(term.args[0]) * _derivative(term.args[0], wrt)),
    ((sign, floor, ceiling, KroneckerDelta, Iverson, factorial, binomial), _flat),
    ((Max, Min), _extremum_rule),
    (Sum, _through_sum),
    (Product, _through_product),
    ((IndexedMax, IndexedMin), _through_extremum),
    (Piecewise, _piecewise_rule),
    (Apply, _apply_rule),
    (Operation, _operation_rule),
    (Partial, _partial_rule),
    (Function, _elementary_rule),
)
