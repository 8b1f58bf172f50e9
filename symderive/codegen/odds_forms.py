"""Stable forms of what a sum of exponentials is without one of its terms: odds, decoupled losses, margins."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Integer, KroneckerDelta, Mul, Rational, Sum, exp, log

from symderive.codegen.exponential_sums import exponential_apart
from symderive.codegen.primitives import Select, primitive
from symderive.rules import Scope
from symderive.terms import alpha_equal, free_names, is_operation, operation, substitute, sum_of
from symderive.terms.operations import entry

__all__ = ["logarithm_of_odds", "odds", "sum_without_a_term"]

_ONE, _HALF = Integer(1), Rational(1, 2)


def sum_without_a_term(term: Expr, scope: Scope) -> Expr | None:
    """``c Σ_j w_j e^{v_j} − c w_t e^{v_t}`` as a sum over the others, which cancels nothing."""
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for total in Mul.make_args(one):
            if not isinstance(total, Sum) or len(total.limits) != 1 or not total.function.has(exp):
                continue
            factor = Mul(*(f for f in Mul.make_args(one) if f is not total))
            for other, left_out in enumerate(term.args):
                place = None if other == number else _place_of(-left_out / factor, total)
                if place is None:
                    continue
                index, lower, upper = total.limits[0]
                body = (1 - KroneckerDelta(index, place)) * total.function
                others = Add(*(t for n, t in enumerate(term.args) if n not in (number, other)))
                return factor * sum_of(body, (index, lower, upper)) + others
    return None


def odds(term: Expr, scope: Scope) -> Expr | None:
    """``s_k/(1 − s_t)`` for a softmax s is ``e^{v_k}`` over the sum of the others' exponentials."""
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        base, exponent = factor.as_base_exp()
        found = _complement(base) if exponent.is_Integer and exponent < 0 else None
        if found is None:
            continue
        weight, share = found
        rest = [f for f in term.args if f is not factor]
        for f in rest:
            slope = _slope(f, share) if exponent == -1 else None
            if slope is not None:
                return slope / weight * Mul(*(other for other in rest if other is not f))
        above: list[Expr] = []
        for f in list(rest):
            own, times = f.as_base_exp()
            if _is_softmax(own, share.arguments[0]) and times.is_Integer and times > 0:
                taken = min(int(times), -int(exponent) - len(above))
                above += [entry(*own.arguments)] * taken
                rest[rest.index(f)] = own ** (times - taken)
        if len(above) == -exponent:
            return Mul(*rest) * weight**exponent * exp(Add(*above)) * _others(share) ** exponent
    return None


def logarithm_of_odds(term: Expr, scope: Scope) -> Expr | None:
    """``log(s_t/(1 − s_t))`` is ``v_t`` less the log-sum-exp of the others; ``log(1 − s_t)`` by that, too."""
    if not isinstance(term, log):
        return None
    factors = Mul.make_args(term.args[0])
    for factor in factors:
        base, exponent = factor.as_base_exp()
        found = _complement(base) if exponent.is_Rational else None
        if found is None:
            continue
        weight, share = found
        rest = [f for f in factors if f is not factor]
        own = next((f for f in rest if f.as_base_exp() == (share, -exponent)), None)
        others = log(_others(share))
        if own is not None:
            left = Mul(*(f for f in rest if f is not own)) * weight**exponent
            return exponent * (others - entry(*share.arguments)) + (log(left) if left != 1 else 0)
        if weight == 1 and not rest:
            large = others - operation("logsumexp", share.arguments[0])
            return exponent * Select(share > _HALF, large, primitive("log1p", -share))
    return None


def _slope(term: Expr, share: Any) -> Expr | None:
    """``c (δ_kt − s_k)/(1 − s_t)``: c at the place t, elsewhere no difference of what is near 1."""
    if not isinstance(term, Add) or len(term.args) != 2:
        return None
    for one, other in (term.args, term.args[::-1]):
        for own in Mul.make_args(one):
            factor = -one / own
            if not _is_softmax(own, share.arguments[0]):
                continue
            delta = KroneckerDelta(own.arguments[1], share.arguments[1])
            if other == factor * delta and isinstance(delta, KroneckerDelta):
                return factor * (delta - (1 - delta) * exp(entry(*own.arguments)) / _others(share))
    return None


def _complement(term: Expr) -> tuple[Expr, Any] | None:
    """``c − c s_t`` as (c, s_t)."""
    if not isinstance(term, Add) or len(term.args) != 2:
        return None
    for one, constant in (term.args, term.args[::-1]):
        for share in Mul.make_args(one):
            if _is_softmax(share) and constant == -one / share:
                return constant, share
    return None


def _is_softmax(term: Any, vector: Any = None) -> bool:
    return is_operation(term, "softmax") and (vector is None or alpha_equal(term.arguments[0], vector))


def _others(share: Any) -> Expr:
    """The sum of the exponentials of all entries but one."""
    vector, place = share.arguments
    index, lower, upper = vector.limits[0]
    return sum_of((1 - KroneckerDelta(index, place)) * exp(vector.body), (index, lower, upper))


def _place_of(term: Expr, total: Sum) -> Expr | None:
    """The place at which the summand is a term, within the range."""
    index, lower, upper = total.limits[0]
    if not exponential_apart(term)[1].args:
        return None
    for place in sorted(free_names(term), key=str):
        ends = getattr(place, "lower", None), getattr(place, "upper", None)
        if ends == (lower, upper) and alpha_equal(substitute(total.function, {index: place}), term):
            return place
    return None
