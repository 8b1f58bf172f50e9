"""The chain rule through functions by name, named operations, products and extrema of symbolic length."""

from __future__ import annotations

from sympy import (
    Add,
    Eq,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Piecewise,
    Product,
    Symbol,
    Tuple,
    binomial,
    ceiling,
    factorial,
    floor,
    sign,
)

from symderive.rules.dependence import depends, label
from symderive.rules.derivatives import single
from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import (
    Apply,
    Dim,
    Hypothesis,
    Index,
    IndexedMax,
    IndexedMin,
    Iverson,
    Operation,
    Partial,
    Vec,
    Vector,
    freshen,
    indexed_max,
    indexed_product,
    indexed_sum,
    operation,
    scalar,
    sum_of,
    vec,
)
from symderive.terms.calculus import winners
from symderive.terms.operations import partial_of

__all__ = ["ROWS", "plain_entry"]

_ONE, _ZERO = Integer(1), Integer(0)


def plain_entry(argument: Expr, variable: Expr) -> tuple[Expr, ...] | None:
    """Where the variable stands in an argument that is its own family: ``k`` for ``x`` and ``x[k]``."""
    if not isinstance(argument, Vec):
        if argument == variable:
            return ()
        if argument == label(variable):
            # A bare name that stands for the whole family, or for the function.
            return tuple(variable.indices if isinstance(variable, Indexed) else variable.components)
        return None
    bound = tuple(limit[0] for limit in argument.limits)
    body = argument.body
    if isinstance(body, Indexed) and isinstance(variable, Indexed) and body.base == variable.base:
        return _places(body.indices, variable.indices, bound)
    if isinstance(body, Apply) and isinstance(variable, Apply) and body.args[0] == variable.args[0]:
        if body.arguments == variable.arguments and body.derivatives == variable.derivatives:
            return _places(body.components, variable.components, bound)
    return None


def _places(
    own: tuple[Expr, ...], wanted: tuple[Expr, ...], bound: tuple[Symbol, ...]
) -> tuple[Expr, ...] | None:
    """The values of the bound indices at which `own` is `wanted`; None where `own` is no list of them."""
    return tuple(wanted) if tuple(own) == bound and len(own) == len(wanted) else None


def _through_slots(term: Expr, variable: Expr, scope: Scope, slope_at: object) -> Expr:
    """``Σ_slots Σ_j (∂f/∂slot_j) · ∂argument_j/∂variable``."""
    assert callable(slope_at)
    total: Expr = _ZERO
    for slot, argument in enumerate(term.arguments):
        if not depends(argument, variable, scope.definitions):
            continue
        place = plain_entry(argument, variable)
        if place is not None:
            total += slope_at(slot, place)
        elif isinstance(argument, Vec):
            entries = freshen(argument)
            assert isinstance(entries, Vec)
            at = tuple(limit[0] for limit in entries.limits)
            total += sum_of(slope_at(slot, at) * Partial(entries.body, variable), *reversed(entries.limits))
        else:
            total += slope_at(slot, ()) * Partial(argument, variable)
    return total


def _function(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Apply) or not found[0].arguments:
        return None
    inner, variable = found
    if all(plain_entry(argument, variable) is not None for argument in inner.arguments) and (
        inner.head in scope.definitions
    ):
        return None  # nothing is inside: this is the derivative of the function itself

    def slope_at(slot: int, place: tuple[Expr, ...]) -> Expr:
        entry = _entry_of_names(inner.arguments[slot], place)
        if entry is not None and not inner.derivatives:
            return Partial(inner, entry)  # ∂s_i(z)/∂z_j, as people write it
        return Apply(
            inner.args[0],
            inner.arguments,
            inner.components,
            (*inner.derivatives, Tuple(Integer(slot), *place)),
        )

    return _through_slots(inner, variable, scope, slope_at)


def _entry_of_names(argument: Expr, place: tuple[Expr, ...]) -> Expr | None:
    """``z_j`` where a function is applied to the vector of all z_j, and z is a name without arguments."""
    if isinstance(argument, Vec) and isinstance(argument.body, Apply) and not argument.body.arguments:
        bound = tuple(limit[0] for limit in argument.limits)
        if argument.body.components == bound:
            return Apply(argument.body.args[0], (), place)
    return None


def _operation(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Operation):
        return None
    inner, variable = found
    slots = [
        slot
        for slot, argument in enumerate(inner.arguments)
        if depends(argument, variable, scope.definitions)
    ]
    if not all(inner.has_partial(slot) for slot in slots):
        return None
    return _through_slots(inner, variable, scope, lambda slot, place: partial_of(inner, slot, place))


def _product_of_many(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Product):
        return None
    inner, variable = found
    fresh = freshen(inner)
    if any(depends(end, variable, scope.definitions) for limit in inner.limits for end in limit[1:]):
        return None
    return inner * sum_of(Partial(fresh.function, variable) / fresh.function, *fresh.limits)


def _extremum_of_many(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], (IndexedMax, IndexedMin)):
        return None
    inner, variable = found
    entries = freshen(inner)
    attained = Iverson(Eq(entries.body, inner, evaluate=False))
    return sum_of(attained * Partial(entries.body, variable), *reversed(entries.limits))


def _extremum(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], (Max, Min)):
        return None
    inner, variable = found
    found_winners = winners(inner, lambda argument: depends(argument, variable, scope.definitions))
    return Add(*(wins * Partial(argument, variable) for argument, wins in found_winners))


def _piecewise(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Piecewise):
        return None
    inner, variable = found
    return Piecewise(
        *((Partial(value, variable), condition) for value, condition in inner.args), evaluate=False
    )


def _flat(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(
        found[0], (sign, floor, ceiling, KroneckerDelta, Iverson, factorial, binomial)
    ):
        return None
    return _ZERO


# -- examples ------------------------------------------------------------------------------------------


def _example_function() -> Example:
    t = scalar("t")
    f = Apply("f", (t**2,))
    right = Apply("f", (t**2,), (), ((0,),)) * Partial(t**2, t)
    return Example(Partial(f, t), right, (Apply("f", (t**2,), (), ((0,),)), -right, f * Partial(t**2, t)))


def _example_operation() -> Example:
    t = scalar("t")
    s = operation("sigmoid", t**2)
    right = s * (1 - s) * Partial(t**2, t)
    return Example(Partial(s, t), right, (s * (1 - s), s * (1 + s) * Partial(t**2, t), -right))


def _example_product() -> Example:
    K = Dim("K")
    x, j, k = Vector("x", K), Index("j", K), Index("k", K)
    f = 1 + x[j] ** 2
    whole = indexed_product(f, j)
    right = whole * indexed_sum(Partial(f, x[k]) / f, j)
    return Example(
        Partial(whole, x[k]),
        right,
        (-right, indexed_sum(Partial(f, x[k]) / f, j), whole * Partial(f, x[k]) / f),
    )


def _example_extremum_of_many() -> Example:
    K = Dim("K")
    x, j, k = Vector("x", K), Index("j", K), Index("k", K)
    whole = indexed_max(x[j], j)
    right = indexed_sum(Iverson(Eq(x[j], whole, evaluate=False)) * Partial(x[j], x[k]), j)
    return Example(Partial(whole, x[k]), right, (-right, indexed_sum(Partial(x[j], x[k]), j), _ZERO))


def _example_extremum() -> Example:
    t = scalar("t")
    right = Iverson(t**2 > t) * Partial(t**2, t) + Iverson(t >= t**2) * Partial(t, t)
    return Example(
        Partial(Max(t**2, t), t),
        right,
        (
            Partial(t**2, t),
            Partial(t, t),
            Iverson(t**2 < t) * Partial(t**2, t) + Iverson(t < t**2) * Partial(t, t),
        ),
    )


def _example_piecewise() -> Example:
    t = scalar("t")

    def by_case(left: Expr, right: Expr) -> Expr:
        return Piecewise((left, t < 1), (right, True), evaluate=False)

    return Example(
        Partial(by_case(t**2, 2 * t), t),
        by_case(Partial(t**2, t), Partial(2 * t, t)),
        (
            by_case(Partial(2 * t, t), Partial(t**2, t)),
            Partial(t**2, t),
        ),
        hypotheses=(Hypothesis(t, "!=", _ONE),),
    )


def _example_flat() -> Example:
    t = scalar("t")
    return Example(Partial(sign(t), t), _ZERO, (_ONE, sign(t)), hypotheses=(Hypothesis(t, ">", _ZERO),))


def _example_known() -> Example:
    K = Dim("K")
    x, i, k = Vector("x", K), Index("i", K), Index("k", K)
    j = Index("j", K)

    def s(at: Index) -> Expr:
        return operation("softmax", vec(x[j], j), at)

    right = s(i) * (KroneckerDelta(i, k) - s(k))
    return Example(
        Partial(s(i), x[k]), right, (s(i) * (1 - s(k)), s(i) * (KroneckerDelta(i, k) + s(k)), -s(i) * s(k))
    )


ROWS: tuple[Rule, ...] = (
    Rule("derivative.known", "the derivative of {}", "{}의 미분", _example_known, None, 3),
    Rule("derivative.chain", "chain rule", "연쇄 법칙", _example_function, _function, 3),
    Rule(
        "derivative.operation",
        "the known derivative of {} and the chain rule",
        "알려진 {}의 미분과 연쇄 법칙",
        _example_operation,
        _operation,
        3,
    ),
    Rule(
        "derivative.indexed-product",
        "logarithmic derivative of a product",
        "곱의 로그 미분",
        _example_product,
        _product_of_many,
        3,
    ),
    Rule(
        "derivative.indexed-extremum",
        "the derivative of an extremum is that of the entry which attains it",
        "최댓값·최솟값의 미분은 그 값을 갖는 성분의 미분",
        _example_extremum_of_many,
        _extremum_of_many,
        2,
    ),
    Rule(
        "derivative.extremum",
        "the derivative of the argument which wins, away from ties",
        "동점이 아닌 곳에서는 이기는 쪽의 미분",
        _example_extremum,
        _extremum,
        2,
    ),
    Rule(
        "derivative.piecewise",
        "differentiate each case, away from the boundary",
        "경계가 아닌 곳에서 각 경우를 미분",
        _example_piecewise,
        _piecewise,
        2,
    ),
    Rule(
        "derivative.flat",
        "a step function is flat between its jumps",
        "계단 함수는 뛰는 점 사이에서 상수",
        _example_flat,
        _flat,
        1,
    ),
)
