"""Sums over one index that depend on another: rewritten so that no pair of indices is ever visited.

``Σ_k v_k s_k (δ_ik − s_i)`` has K² terms as it stands, and 2 K after ``Σ_k f(k, δ_ik) = Σ_k f(k, 0) −
f(i, 0) + f(i, 1)`` and the distributive law. Both are identities over the reals, so a reference may use them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sympy import Add, Eq, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Sum, Symbol

from symderive.terms import Iverson, free_names, limits_of, rebuild, substitute, walk

__all__ = ["separate"]

_MOST_SUMMANDS = 256


def separate(term: Expr, axes: Collection[Symbol]) -> Expr | None:
    """`term`, a sum, with what does not depend on its index taken out of it; None where nothing helps.

    Parameters
    ----------
    term
        A `Sum` over one index.
    axes
        The indices that have a range at this place.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x, v = Vector("x", K), Vector("v", K); i, k = Index("i", K), Index("k", K)
    >>> separate(indexed_sum(v[k] * (x[i] - x[k]), k), [i])
    x[i]*Sum(v[_k], (_k, 1, K)) + Sum(-v[_k]*x[_k], (_k, 1, K))
    """
    limits = limits_of(term)
    if len(limits) != 1:
        return None
    index, lower, upper = limits[0]
    body = _inner(term.args[0], frozenset(axes) | {index})
    delta = _delta(body, index)
    if delta is not None:
        node, place = delta
        without = body.xreplace({node: Integer(0)})
        within = body.xreplace({node: Integer(1)})
        at_place = substitute(within, {index: place}) - substitute(without, {index: place})
        return Add(Sum(without, (index, lower, upper)), at_place)
    summands = _distribute(body, index)
    if summands is None:
        return None
    parts = []
    changed = len(summands) > 1 or body is not term.args[0]
    for summand in summands:
        outside = [factor for factor in Mul.make_args(summand) if index not in free_names(factor)]
        inside = [factor for factor in Mul.make_args(summand) if index in free_names(factor)]
        changed = changed or any(free_names(factor) & set(axes) for factor in outside)
        parts.append(Mul(*outside, Sum(Mul(*inside), (index, lower, upper))))
    return Add(*parts) if changed else None


def _inner(body: Any, axes: frozenset[Symbol]) -> Any:
    """`body` with its own sums separated first: their terms may hold the outer index."""
    if not body.args:
        return body
    body = rebuild(body, lambda arg: _inner(arg, axes))
    if isinstance(body, Sum):
        return separate(body, axes) or body
    return body


def _delta(body: Expr, index: Symbol) -> tuple[Any, Expr] | None:
    """A delta ``[index = place]`` in the body, whose place does not depend on what the body binds."""
    outer = free_names(body)
    for node in walk(body):
        if isinstance(node, KroneckerDelta):
            sides = node.args
        elif isinstance(node, Iverson) and isinstance(node.condition, Eq):
            sides = node.condition.args
        else:
            continue
        for one, other in (sides, sides[::-1]):
            names = free_names(other)
            if one == index and index not in names and names <= outer and _is_index(other):
                return node, other
    return None


def _is_index(term: Expr) -> bool:
    """An index that runs over the same family; a shifted one could fall out of the range."""
    return isinstance(term, Symbol) and term.is_integer is True


def _distribute(body: Expr, index: Symbol) -> list[Expr] | None:
    """The summands of a body once products of sums that mix indices are multiplied out."""
    done: list[Expr] = []
    waiting = [body]
    while waiting:
        term = waiting.pop()
        if len(done) + len(waiting) > _MOST_SUMMANDS:
            return None
        if isinstance(term, Add):
            waiting.extend(term.args)
            continue
        factors = list(Mul.make_args(term))
        for n, factor in enumerate(factors):
            base, times = factor.args if isinstance(factor, Pow) else (factor, Integer(1))
            if isinstance(base, Add) and times.is_Integer and times > 0 and _mixed(base, index):
                rest = [*factors[:n], *([base] * (int(times) - 1)), *factors[n + 1 :]]
                # `Mul` would collect the repeated bases again: one is multiplied out at a time.
                waiting.extend(Mul(part, *rest) for part in base.args)
                break
        else:
            done.append(term)
    return done


def _mixed(base: Add, index: Symbol) -> bool:
    names = [free_names(arg) for arg in base.args]
    return any(index in some for some in names) and any(
        index not in some or any(isinstance(node, Indexed) for node in walk(arg))
        for some, arg in zip(names, base.args, strict=True)
    )
