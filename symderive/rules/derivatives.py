"""The rules of differentiation, one level each: what is left to differentiate stays a smaller ``∂/∂x``."""

from __future__ import annotations

from collections.abc import Callable

from sympy import (
    Add,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Pow,
    Sum,
    Symbol,
    exp,
    sin,
)

from symderive.rules.dependence import depends
from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import (
    Apply,
    Dim,
    Hypothesis,
    Index,
    Partial,
    Vector,
    alpha_equal,
    indexed_sum,
    scalar,
    sum_of,
)

__all__ = ["ROWS", "scalar_example", "single"]

_ONE, _ZERO = Integer(1), Integer(0)


def single(term: Expr) -> tuple[Expr, Expr] | None:
    """The term and the variable of a first derivative that is still to be carried out."""
    if isinstance(term, Partial) and len(term.wrt) == 1:
        return term.term, term.wrt[0]
    return None


def _one_after_the_other(term: Expr, scope: Scope) -> Expr | None:
    if not isinstance(term, Partial) or len(term.wrt) < 2:
        return None
    inner: Expr = term.term
    for variable in term.wrt:
        inner = Partial(inner, variable)
    return inner


def _constant(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or depends(*found, scope.definitions):
        return None
    return _ZERO


def _variable(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None:
        return None
    inner, variable = found
    if inner == variable:
        return _ONE
    if isinstance(inner, Indexed) and isinstance(variable, Indexed) and inner.base == variable.base:
        if len(inner.indices) != len(variable.indices):
            return None
        return Mul(*(KroneckerDelta(a, b) for a, b in zip(inner.indices, variable.indices, strict=True)))
    if (
        isinstance(inner, Apply)
        and isinstance(variable, Apply)
        and inner.args[0] == variable.args[0]
        and alpha_equal(inner.args[1], variable.args[1])
        and inner.derivatives == variable.derivatives
        and len(inner.components) == len(variable.components)
    ):
        return Mul(
            *(KroneckerDelta(a, b) for a, b in zip(inner.components, variable.components, strict=True))
        )
    return None


def _linearity(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None:
        return None
    inner, variable = found
    if isinstance(inner, Add):
        return Add(*(_slope(part, variable, scope) for part in inner.args))
    if isinstance(inner, Mul):
        constant, rest = _split_constant(inner, variable, scope)
        if constant != 1 and rest != 1:
            return constant * Partial(rest, variable)
    return None


def _slope(part: Expr, variable: Expr, scope: Scope) -> Expr:
    """``∂part/∂variable`` with its constant factor in front."""
    if not depends(part, variable, scope.definitions):
        return _ZERO
    constant, rest = _split_constant(part, variable, scope)
    return constant * Partial(rest, variable)


def _split_constant(product: Expr, variable: Expr, scope: Scope) -> tuple[Expr, Expr]:
    factors = Mul.make_args(product)
    constant = [f for f in factors if not depends(f, variable, scope.definitions)]
    return Mul(*constant), Mul(*(f for f in factors if f not in constant))


def _is_divisor(factor: Expr) -> bool:
    return isinstance(factor, Pow) and bool(factor.exp.could_extract_minus_sign())


def _product(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Mul):
        return None
    inner, variable = found
    if any(_is_divisor(factor) for factor in inner.args):
        return None
    factors = inner.args
    return Add(
        *(
            Mul(*factors[:n], Partial(factor, variable), *factors[n + 1 :])
            for n, factor in enumerate(factors)
            if depends(factor, variable, scope.definitions)
        )
    )


def _quotient(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None:
        return None
    inner, variable = found
    factors = Mul.make_args(inner)
    below = Mul(*(1 / f for f in factors if _is_divisor(f)))
    above = Mul(*(f for f in factors if not _is_divisor(f)))
    if below == 1 or not depends(below, variable, scope.definitions):
        return None
    if not depends(above, variable, scope.definitions):
        return -above * Partial(below, variable) / below**2
    return (Partial(above, variable) * below - above * Partial(below, variable)) / below**2


def _termwise(term: Expr, scope: Scope) -> Expr | None:
    found = single(term)
    if found is None or not isinstance(found[0], Sum):
        return None
    inner, variable = found
    if any(depends(end, variable, scope.definitions) for limit in inner.limits for end in limit[1:]):
        return None
    return sum_of(Partial(inner.function, variable), *inner.limits)


# -- examples ------------------------------------------------------------------------------------------


def _names() -> tuple[Dim, Index, Index, Expr, Expr]:
    K = Dim("K")
    x = Vector("x", K)
    j, k = Index("j", K), Index("k", K)
    return K, j, k, x, Vector("a", K)


def scalar_example(
    make: Callable[[Symbol], tuple[Expr, Expr, tuple[Expr, ...]]], positive: bool = False
) -> Example:
    """An example about a derivative by one number t, which is positive where asked."""
    t = scalar("t")
    before, after, wrong = make(t)
    known = (Hypothesis(t, ">", _ZERO),) if positive else ()
    return Example(Partial(before, t), after, wrong, hypotheses=known)


def _example_second() -> Example:
    t, u = scalar("t"), scalar("u")
    f = t**2 * u**3
    return Example(
        Partial(f, t, u),
        Partial(Partial(f, t), u),
        (Partial(f, t) + Partial(f, u), Partial(Partial(f, t), t)),
    )


def _example_variable() -> Example:
    _, j, k, x, _a = _names()
    return Example(Partial(x[j], x[k]), KroneckerDelta(j, k), (_ONE, _ZERO, -KroneckerDelta(j, k)))


def _example_constant() -> Example:
    _, j, k, x, a = _names()
    return Example(Partial(a[j], x[k]), _ZERO, (_ONE, a[j]))


def _example_termwise() -> Example:
    _, j, k, x, a = _names()
    f = a[j] * x[j] ** 2
    return Example(
        Partial(indexed_sum(f, j), x[k]),
        indexed_sum(Partial(f, x[k]), j),
        (-indexed_sum(Partial(f, x[k]), j), indexed_sum(f, j)),
    )


def _example_linearity() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        a, b = scalar("a"), scalar("b")
        right = a * Partial(t**2, t) + b * Partial(exp(t), t)
        return (
            a * t**2 + b * exp(t),
            right,
            (right - b * Partial(exp(t), t), a * Partial(t**2, t) - b * Partial(exp(t), t)),
        )

    return scalar_example(make)


def _example_product() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f, g = t**2, sin(t)
        right = Partial(f, t) * g + f * Partial(g, t)
        return f * g, right, (Partial(f, t) * Partial(g, t), Partial(f, t) * g - f * Partial(g, t))

    return scalar_example(make)


def _example_quotient() -> Example:
    def make(t: Symbol) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        f, g = sin(t), 1 + t**2
        right = (Partial(f, t) * g - f * Partial(g, t)) / g**2
        return (
            f / g,
            right,
            (-right, (Partial(f, t) * g - f * Partial(g, t)) / g, Partial(f, t) / Partial(g, t)),
        )

    return scalar_example(make)


ROWS: tuple[Rule, ...] = (
    Rule(
        "derivative.order",
        "one variable after the other",
        "변수 하나씩 차례로 미분",
        _example_second,
        _one_after_the_other,
        1,
    ),
    Rule(
        "derivative.constant",
        "the derivative of a constant is 0",
        "상수의 미분은 0",
        _example_constant,
        _constant,
        0,
    ),
    Rule(
        "derivative.variable",
        "entries are independent: ∂x_i/∂x_k = δ_ik",
        "성분은 서로 독립: ∂x_i/∂x_k = δ_ik",
        _example_variable,
        _variable,
        0,
    ),
    Rule(
        "derivative.linearity",
        "linearity of the derivative",
        "미분의 선형성",
        _example_linearity,
        _linearity,
        1,
    ),
    Rule(
        "derivative.sum",
        "differentiate the sum term by term",
        "합을 항별로 미분",
        _example_termwise,
        _termwise,
        1,
    ),
    Rule("derivative.quotient", "quotient rule", "몫의 미분법", _example_quotient, _quotient, 3),
    Rule("derivative.product", "product rule", "곱의 미분법", _example_product, _product, 3),
)
