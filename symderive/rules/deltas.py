"""The Kronecker delta: it picks one term of a sum, and is 1 or 0 where indices are known to agree or not."""

from __future__ import annotations

from sympy import Expr, Integer, KroneckerDelta, Mul, Piecewise, Sum, Symbol, expand

from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import Dim, Hypothesis, Index, Vector, free_names, indexed_sum, substitute, sum_of

__all__ = ["ROWS"]

_ONE, _ZERO = Integer(1), Integer(0)


def _collapse(term: Expr, scope: Scope) -> Expr | None:
    if not isinstance(term, Sum):
        return None
    inside = scope.under(term)
    for position, (index, lower, upper) in enumerate(term.limits):
        others = [limit for n, limit in enumerate(term.limits) if n != position]
        if any(index in free_names(end) for limit in others for end in limit[1:]):
            continue
        for factor in _deltas(term.function):
            place = _place(factor, index)
            if place is None or not inside.within(place, lower, upper):
                continue
            body = substitute(_without(term.function, factor), {index: place})
            return sum_of(body, *others) if others else body
    return None


def _deltas(body: Expr) -> tuple[Expr, ...]:
    """The deltas that multiply a summand: its factors, or those of each case of a case distinction."""
    if isinstance(body, Piecewise):
        values = [set(Mul.make_args(value)) for value, _ in body.args if value != 0]
        return tuple(sorted(set.intersection(*values), key=str)) if values else ()
    found: list[Expr] = []
    for factor in Mul.make_args(body):
        found += _deltas(factor) if isinstance(factor, Piecewise) else [factor]
    return tuple(found)


def _without(body: Expr, delta: Expr) -> Expr:
    """The summand without one of its deltas."""
    if isinstance(body, Piecewise):
        cases = ((_without(value, delta), condition) for value, condition in body.args)
        return Piecewise(*cases, evaluate=False)
    factors = Mul.make_args(body)
    if delta in factors:
        return Mul(*(f for f in factors if f != delta))
    return Mul(*(_without(f, delta) if isinstance(f, Piecewise) else f for f in factors))


def _place(factor: Expr, index: Symbol) -> Expr | None:
    """The one value of `index` at which a delta is 1."""
    if not isinstance(factor, KroneckerDelta):
        return None
    gap = expand(factor.args[0] - factor.args[1])
    slope = gap.coeff(index)
    if slope not in (1, -1):
        return None
    place = expand(index - gap / slope)
    return None if index in free_names(place) else place


def _equal(term: Expr, scope: Scope) -> Expr | None:
    if isinstance(term, KroneckerDelta) and _stated(term, scope, "="):
        return _ONE
    return None


def _different(term: Expr, scope: Scope) -> Expr | None:
    if isinstance(term, KroneckerDelta) and _stated(term, scope, "!="):
        return _ZERO
    return None


def _stated(delta: Expr, scope: Scope, relation: str) -> bool:
    gap = expand(delta.args[0] - delta.args[1])
    bound = set(scope.ranges)
    return any(
        h.relation == relation
        and not h.forall
        and not free_names(gap) & bound
        and expand(h.lhs - h.rhs) in (gap, -gap)
        for h in scope.hypotheses
    )


# -- examples ------------------------------------------------------------------------------------------


def _names() -> tuple[Index, Index, Expr]:
    K = Dim("K")
    return Index("j", K), Index("k", K), Vector("x", K)


def _example_collapse() -> Example:
    j, k, x = _names()
    before = indexed_sum(x[j] ** 2 * KroneckerDelta(j, k), j)
    return Example(before, x[k] ** 2, (x[k], indexed_sum(x[j] ** 2, j), _ZERO))


def _example_equal() -> Example:
    j, k, x = _names()
    delta = KroneckerDelta(j, k)
    return Example(x[j] * delta, x[k], (_ZERO, -x[k]), hypotheses=(Hypothesis(j, "=", k),))


def _example_different() -> Example:
    j, k, x = _names()
    delta = KroneckerDelta(j, k)
    return Example(x[j] * delta, _ZERO, (x[j], x[k]), hypotheses=(Hypothesis(j, "!=", k),))


ROWS: tuple[Rule, ...] = (
    Rule(
        "delta.collapse",
        "the delta keeps one term of the sum",
        "델타가 합에서 한 항만 남긴다",
        _example_collapse,
        _collapse,
        2,
    ),
    Rule(
        "delta.equal",
        "the indices agree: δ = 1",
        "두 첨자가 같으므로 δ = 1",
        _example_equal,
        _equal,
        2,
    ),
    Rule(
        "delta.different",
        "the indices differ: δ = 0",
        "두 첨자가 다르므로 δ = 0",
        _example_different,
        _different,
        2,
    ),
)
