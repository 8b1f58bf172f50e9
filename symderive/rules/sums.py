"""Sums of symbolic length: split, merged, re-indexed, swapped, with constants in front."""

from __future__ import annotations

from sympy import (
    Add,
    Expr,
    Integer,
    KroneckerDelta,
    Mul,
    Pow,
    Sum,
    expand,
    expand_mul,
    oo,
    preorder_traversal,
)

from symderive.rules.rule import Example, Rule
from symderive.rules.scope import Scope
from symderive.terms import Dim, Hypothesis, Index, Vector, free_names, freshen, indexed_sum, scalar, sum_of

__all__ = ["ROWS"]

_ONE, _ZERO = Integer(1), Integer(0)


def _linear(term: Expr, scope: Scope) -> Expr | None:
    """Σ (a + b) = Σ a + Σ b, multiplying out what holds a delta of the sum's own index."""
    if not isinstance(term, Sum):
        return None
    body = term.function
    bound = {limit[0] for limit in term.limits}
    if isinstance(body, Mul):
        opened = [f for f in body.args if isinstance(f, Add) and _holds_delta(f, bound)]
        if not opened:
            return None
        rest = Mul(*(f for f in body.args if f not in opened))
        body = Add(*(rest * part for part in Add.make_args(expand_mul(Mul(*opened), deep=False))))
    if not isinstance(body, Add):
        return None
    return Add(*(freshen(sum_of(part, *term.limits)) for part in body.args))


def _holds_delta(term: Expr, bound: set[Expr]) -> bool:
    return any(
        isinstance(node, KroneckerDelta) and node.free_symbols & bound for node in preorder_traversal(term)
    )


def _constant(term: Expr, scope: Scope) -> Expr | None:
    if not isinstance(term, Sum):
        return None
    bound = {limit[0] for limit in term.limits}
    factors = [part for factor in Mul.make_args(term.function) for part in _powers(factor, bound)]
    outside = [f for f in factors if not free_names(f) & bound]
    if not outside or term.function == 1:
        return None
    inside = Mul(*(f for f in factors if f not in outside))
    if inside == 1:
        counted = _count(sum_of(_ONE, *term.limits), scope)
        return None if counted is None else Mul(*outside) * counted
    return Mul(*outside) * sum_of(inside, *term.limits)


def _powers(factor: Expr, bound: set[Expr]) -> tuple[Expr, ...]:
    """``γ^{n − i}`` as ``γ^n`` and ``γ^{−i}``, where i is summed over."""
    if isinstance(factor, Pow) and isinstance(factor.exp, Add) and not free_names(factor.base) & bound:
        moving = Add(*(part for part in factor.exp.args if free_names(part) & bound))
        if moving not in (0, factor.exp):
            return Pow(factor.base, factor.exp - moving), Pow(factor.base, moving)
    return (factor,)


def _count(term: Expr, scope: Scope) -> Expr | None:
    if not isinstance(term, Sum) or term.function != 1 or len(term.limits) != 1:
        return None
    _, lower, upper = term.limits[0]
    size = expand(upper - lower + 1)
    # An upper limit below the lower one would be the empty sum.
    return size if size.is_nonnegative else None


def _zero(term: Expr, scope: Scope) -> Expr | None:
    return _ZERO if isinstance(term, Sum) and term.function == 0 else None


# -- examples ------------------------------------------------------------------------------------------


def _names() -> tuple[Dim, Index, Index, Expr, Expr]:
    K = Dim("K")
    return K, Index("i", K), Index("j", K), Vector("x", K), Vector("y", K)


def _example_linear() -> Example:
    _, _, j, x, y = _names()
    before = indexed_sum(x[j] ** 2 + y[j], j)
    left, right = indexed_sum(x[j] ** 2, j), indexed_sum(y[j], j)
    return Example(before, left + right, (left - right, left, left * right))


def _example_constant() -> Example:
    _, i, j, x, y = _names()
    before = indexed_sum(x[i] * y[j], j)
    right = indexed_sum(y[j], j)
    return Example(before, x[i] * right, (right, x[i] + right, indexed_sum(x[j], j) * y[i]))


def _example_count() -> Example:
    K, _, j, _, _ = _names()
    return Example(sum_of(_ONE, (j, 1, K)), K, (K + 1, K - 1, _ONE))


def _example_zero() -> Example:
    _, _, j, x, _ = _names()
    return Example(indexed_sum(x[j] - x[j], j), _ZERO, (_ONE, x[j]))


def _example_swap() -> Example:
    _, i, j, x, y = _names()
    before = indexed_sum(x[i] * indexed_sum(x[i] * y[j] ** 2, j), i)
    after = indexed_sum(indexed_sum(x[i] ** 2 * y[j] ** 2, i), j)
    return Example(before, after, (indexed_sum(indexed_sum(x[j] ** 2 * y[j] ** 2, i), j), -after))


def _example_reindex() -> Example:
    K, _, j, x, _ = _names()
    m = Index("m", K - 1, 0)
    before = indexed_sum(x[j], j)
    return Example(
        before, indexed_sum(x[m + 1], m), (indexed_sum(x[m + 1], m, 1, K), indexed_sum(x[K - m], m) * 2)
    )


def _example_split() -> Example:
    K, _i, j, x, _ = _names()
    before = indexed_sum(x[j], j, 1, K)
    rest = indexed_sum(x[j], j, 2, K)
    return Example(before, x[1] + rest, (rest, x[2] + rest, x[1] + before))


def _example_merge() -> Example:
    _, i, j, x, y = _names()
    before = indexed_sum(x[i], i) - indexed_sum(y[j], j)
    return Example(before, indexed_sum(x[j] - y[j], j), (indexed_sum(x[j] + y[j], j), indexed_sum(x[j], j)))


def _example_empty() -> Example:
    _, _, j, x, y = _names()
    before = y[1] + indexed_sum(x[j], j, 1, 0)
    return Example(before, y[1], (y[1] + x[1], _ZERO))


def _example_closed() -> Example:
    n, i, q = Index("n", oo, 0), Index("i", oo, 1), scalar("q")
    before = indexed_sum(q ** (i - 1), i, 1, n)
    right = (1 - q**n) / (1 - q)
    return Example(
        before, right, ((1 - q ** (n + 1)) / (1 - q), -right), hypotheses=(Hypothesis(q, "!=", _ONE),)
    )


ROWS: tuple[Rule, ...] = (
    Rule("sum.linear", "split the sum", "합을 나눈다", _example_linear, _linear, 1),
    Rule(
        "sum.constant",
        "factors that do not depend on the index go in front",
        "첨자와 무관한 인수를 합 밖으로",
        _example_constant,
        _constant,
        1,
    ),
    Rule("sum.count", "equal terms are counted", "같은 항의 개수를 센다", _example_count, _count, 1),
    Rule("sum.zero", "a sum of zeros", "0의 합", _example_zero, _zero, 0),
    Rule("sum.empty", "an empty sum is 0", "빈 합은 0", _example_empty, None, 2),
    Rule("sum.swap", "swap the sums", "합의 순서를 바꾼다", _example_swap, None, 2),
    Rule("sum.reindex", "re-index the sum", "합의 첨자를 바꾼다", _example_reindex, None, 2),
    Rule("sum.split", "split off a term", "한 항을 떼어 낸다", _example_split, None, 2),
    Rule("sum.closed", "the closed form of the sum", "합의 닫힌 꼴", _example_closed, None, 3),
    Rule("sum.merge", "merge the sums", "합을 하나로 모은다", _example_merge, None, 2),
)
