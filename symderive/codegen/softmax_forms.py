"""Stable forms of what the softmax family computes: shifts, the largest term apart, complements summed.

With v_a any entry of the vector (the kernel takes the largest), R = Σ_{j≠a} exp(v_j − v_a):
softmax_i = exp(v_i − v_a)/(1 + R), logsumexp = v_a + log1p(R), and 1 − softmax_i is a sum of what is left
out, so that nothing is ever subtracted from 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Add, E, Eq, Expr, Integer, KroneckerDelta, Mul, Sum, exp, expand_mul, log

from symderive.codegen.primitives import Anchor, Argmax, Meant, Select, primitive
from symderive.rules import Scope
from symderive.terms import (
    Hypothesis,
    Operation,
    Vec,
    alpha_equal,
    fresh_index,
    is_operation,
    operation,
    substitute,
    sum_of,
    walk,
)

__all__ = [
    "Complement",
    "SumExcept",
    "at",
    "cancelled_complement",
    "cancelled_delta",
    "cancelled_target",
    "less_logsumexp",
    "logarithm_of_softmax",
    "shifted_product",
    "simple_softmax",
    "split_largest",
    "weighted_mean",
]

_ONE = Integer(1)
_LARGE = 40  # a sum of more terms is not multiplied out in search of a cancellation


def at(vector: Vec, place: Expr) -> Expr:
    """The entry of a vector."""
    return substitute(vector.body, {vector.limits[0][0]: place})


def _entries(vector: Vec, body: Any, *, excluding: Expr | None = None) -> Expr:
    """``Σ_j body(v_j)``, or the same without one index."""
    index, lower, upper = vector.limits[0]
    bound = fresh_index(index.name)
    term = body(at(vector, bound))
    if excluding is not None:
        term = Select(Eq(bound, excluding), Integer(0), term)
    return sum_of(term, (bound, lower, upper))


def _apart(vector: Vec) -> tuple[Expr, Expr]:
    """The largest entry, and the sum of the other exponentials relative to it."""
    largest = Argmax(vector)
    top = at(vector, largest)
    rest = _entries(vector, lambda v: primitive("exp_shifted", v, top), excluding=largest)
    return top, rest


def split_largest(term: Expr, scope: Scope) -> Expr | None:
    """softmax, log-softmax and logsumexp, and sums without one entry, the largest term set apart."""
    if isinstance(term, (Complement, SumExcept)):
        return term.written_out()
    if not isinstance(term, Operation) or term.name not in ("softmax", "log_softmax", "logsumexp"):
        return None
    vector = term.arguments[0]
    assert isinstance(vector, Vec)
    top, rest = _apart(vector)
    if term.name == "logsumexp":
        return top + primitive("log1p", rest)
    entry = at(vector, term.arguments[1])
    if term.name == "log_softmax":
        return primitive("shifted_less", entry, top, primitive("log1p", rest))
    return primitive("exp_shifted", entry, top) / (1 + rest)


def simple_softmax(term: Expr, scope: Scope) -> Expr | None:
    """The same by the shift alone: the form that fast code is written in by hand."""
    if not isinstance(term, Operation) or term.name not in ("softmax", "log_softmax", "logsumexp"):
        return None
    vector = term.arguments[0]
    assert isinstance(vector, Vec)
    top = at(vector, Argmax(vector))
    total = _entries(vector, lambda v: primitive("exp_shifted", v, top))
    if term.name == "logsumexp":
        return top + log(total)
    entry = at(vector, term.arguments[1])
    if term.name == "log_softmax":
        return primitive("shifted", entry, top) - log(total)
    return primitive("exp_shifted", entry, top) / total


class _Except(Meant):
    """A sum over a vector without one entry, until it is written out: cancellations need not look inside."""

    def __new__(cls, vector: Expr, place: Expr) -> Expr:
        return Expr.__new__(cls, vector, place)


class Complement(_Except):
    """``Σ_{j≠i} softmax_j = 1 − softmax_i``."""

    def meaning(self) -> Expr:
        return 1 - operation("softmax", *self.args)

    def written_out(self) -> Expr:
        """As a sum of what is left out."""
        vector, place = self.args
        assert isinstance(vector, Vec)
        top, rest = _apart(vector)
        others = 1 + rest - primitive("exp_shifted", at(vector, place), top)
        return Select(Eq(place, Argmax(vector)), rest, others) / (1 + rest)


class SumExcept(_Except):
    """``Σ_{j≠i} v_j``."""

    def meaning(self) -> Expr:
        vector, place = self.args
        return _entries(vector, lambda v: v) - at(vector, place)

    def written_out(self) -> Expr:
        """By subtraction, except for the largest entry, whose complement is summed directly."""
        vector, place = self.args
        assert isinstance(vector, Vec)
        largest = Argmax(vector)
        rest = _entries(vector, lambda v: v, excluding=largest)
        return Select(Eq(place, largest), rest, rest + at(vector, largest) - at(vector, place))


def logarithm_of_softmax(term: Expr, scope: Scope) -> Expr | None:
    """``log(softmax_i · r)`` is ``log_softmax_i + log r``, which is finite where softmax_i underflows."""
    if not isinstance(term, log):
        return None
    factors = Mul.make_args(term.args[0])
    logs: list[Expr] = []
    others: list[Expr] = []
    for factor in factors:
        base, exponent = (E, factor.args[0]) if isinstance(factor, exp) else factor.as_base_exp()
        if base == E and exponent != 1:
            logs.append(exponent)
        elif isinstance(base, Sum) and isinstance(base.function, exp) and len(base.limits) == 1:
            logs.append(exponent * operation("logsumexp", Vec(base.function.args[0], base.limits[0])))
        elif is_operation(base, "softmax"):
            logs.append(exponent * operation("log_softmax", *base.arguments))
        elif is_operation(base, "sigmoid"):
            logs.append(-exponent * operation("softplus", -base.arguments[0]))
        else:
            others.append(factor)
    if not logs:
        return None
    rest = Mul(*others)
    return Add(*logs, log(rest) if rest != 1 else Integer(0))


def weighted_mean(term: Expr, scope: Scope) -> Expr | None:
    """``Σ_i w_i e^{v_i} / Σ_j e^{v_j}`` is a mean of w by softmax weights."""
    if not isinstance(term, Mul):
        return None
    for below in term.args:
        base, exponent = below.as_base_exp()
        if exponent != -1 or not isinstance(base, Sum) or not isinstance(base.function, exp):
            continue
        for above in term.args:
            if not isinstance(above, Sum) or above.limits[0][1:] != base.limits[0][1:]:
                continue
            index = above.limits[0][0]
            exponential = substitute(base.function, {base.limits[0][0]: index})
            factors = Mul.make_args(above.function)
            weights = [factor for factor in factors if not alpha_equal(factor, exponential)]
            if len(above.limits) == len(base.limits) == 1 and len(weights) == len(factors) - 1:
                vector = Vec(base.function.args[0], base.limits[0])
                mean = sum_of(Mul(*weights) * operation("softmax", vector, index), above.limits[0])
                return mean * Mul(*(f for f in term.args if f is not above and f is not below))
    return None


def less_logsumexp(term: Expr, scope: Scope) -> Expr | None:
    """``v_i − logsumexp(v)`` is a log-softmax."""
    if not isinstance(term, Add):
        return None
    for number, summed in enumerate(term.args):
        for factor in Mul.make_args(summed):
            if not is_operation(factor, "logsumexp"):
                continue
            vector, rest = factor.args[1], Mul(*(f for f in Mul.make_args(summed) if f is not factor))
            assert isinstance(vector, Vec)
            index = vector.limits[0][0]
            for other, opposite in enumerate(term.args):
                place = None if other == number else _place(vector.body, index, -opposite / rest)
                if place is not None and place != Argmax(vector):
                    others = _without(list(term.args), number, other)
                    return -rest * operation("log_softmax", vector, place) + others
    return None


def _terms(term: Expr) -> list[Expr]:
    """The summands, products over sums multiplied out where that stays short."""
    if not isinstance(term, Add):
        return []
    found: list[Expr] = []
    for arg in term.args:
        spread = expand_mul(arg, deep=False)
        found += Add.make_args(spread) if spread.is_Add and len(spread.args) < _LARGE else [arg]
    return found


def _softmax_factor(term: Expr) -> tuple[Operation, Expr] | None:
    """A softmax that is a factor of a term, and the rest."""
    for factor in Mul.make_args(term):
        if is_operation(factor, "softmax"):
            rest = Mul(*(f for f in Mul.make_args(term) if f is not factor))
            assert isinstance(factor, Operation)
            return factor, rest
    return None


def _pairs(terms: list[Expr]) -> Iterable[tuple[int, Operation, Expr]]:
    for number, term in enumerate(terms):
        found = _softmax_factor(term)
        if found is not None:
            yield number, *found


def _without(terms: list[Expr], *numbers: int) -> Expr:
    return Add(*(term for number, term in enumerate(terms) if number not in numbers))


def cancelled_complement(term: Expr, scope: Scope) -> Expr | None:
    """``c − c softmax_i`` is ``c Σ_{j≠i} softmax_j``."""
    terms = _terms(term)
    for number, softmax, factor in _pairs(terms):
        for other, opposite in enumerate(terms):
            if other != number and opposite == -factor:
                return -factor * Complement(*softmax.arguments) + _without(terms, number, other)
    return None


def cancelled_delta(term: Expr, scope: Scope) -> Expr | None:
    """``softmax_k − δ_kt`` is ``−Σ_{j≠t} softmax_j`` at k = t, and softmax_k elsewhere."""
    terms = _terms(term)
    for number, softmax, factor in _pairs(terms):
        place = softmax.arguments[1]
        for other, opposite in enumerate(terms):
            delta = next((f for f in Mul.make_args(opposite) if isinstance(f, KroneckerDelta)), None)
            if other == number or delta is None or place not in delta.args:
                continue
            if Mul(*(f for f in Mul.make_args(opposite) if f is not delta)) != -factor:
                continue
            (target,) = (arg for arg in delta.args if arg != place)
            complement = Complement(softmax.arguments[0], target)
            cases = Select(Eq(place, target), -complement, softmax)
            return factor * cases + _without(terms, number, other)
    return None


def cancelled_target(term: Expr, scope: Scope) -> Expr | None:
    """``Y softmax_k − y_k`` with Y = Σ y is ``softmax_k Σ_{j≠k} y_j − y_k Σ_{j≠k} softmax_j``."""
    terms = _terms(term)
    for number, softmax, factor in _pairs(terms):
        place = softmax.arguments[1]
        for other, opposite in enumerate(terms):
            if other == number:
                continue
            for scale, weights in _weights(factor, scope):
                entry = -opposite / scale
                if not alpha_equal(at(weights, place), entry):
                    continue
                others = SumExcept(weights, place)
                better = softmax * others - entry * Complement(*softmax.arguments)
                return scale * better + _without(terms, number, other)
    return None


def _weights(factor: Expr, scope: Scope) -> Iterable[tuple[Expr, Vec]]:
    """Ways to read a factor as ``scale · Σ_j y_j``."""
    for part in Mul.make_args(factor):
        if isinstance(part, Sum) and len(part.limits) == 1:
            yield (
                Mul(*(f for f in Mul.make_args(factor) if f is not part)),
                Vec(part.function, part.limits[0]),
            )
    for held in scope.hypotheses:
        total = _total(held)
        if total is not None:
            yield factor, total


def _total(held: Hypothesis) -> Vec | None:
    """The vector of a hypothesis ``Σ_j y_j = 1``."""
    if held.relation == "=" and held.rhs == _ONE and isinstance(held.lhs, Sum) and len(held.lhs.limits) == 1:
        return Vec(held.lhs.function, held.lhs.limits[0])
    return None


def shifted_product(term: Expr, scope: Scope) -> Expr | None:
    """``w_k − Σ_i w_i softmax_i``: the w that outweighs all others is taken off before they are averaged.

    Where none does, there is nothing to be gained, and much to be lost where it is larger than the others.
    """
    terms = _terms(term)
    for number, summed in enumerate(terms):
        for part in Mul.make_args(summed):
            if not (isinstance(part, Sum) and len(part.limits) == 1):
                continue
            found = _softmax_factor(part.function)
            index, lower, upper = part.limits[0]
            if found is None or found[0].arguments[1] != index:
                continue
            softmax, weight = found
            if any(isinstance(node, Argmax) for node in walk(weight)):
                continue
            factor = Mul(*(f for f in Mul.make_args(summed) if f is not part))
            vector = softmax.arguments[0]
            assert isinstance(vector, Vec)
            for other, opposite in enumerate(terms):
                place = None if other == number else _place(weight, index, -opposite / factor)
                if place is None or place == Argmax(vector):
                    continue
                _, rest = _apart(vector)
                common = Anchor(Select(rest <= 1, substitute(weight, {index: Argmax(vector)}), Integer(0)))
                # As differences of their own: added to the mean first, a weight would swallow it.
                mean = sum_of(primitive("shifted", weight, common) * softmax, (index, lower, upper))
                first = primitive("shifted", substitute(weight, {index: place}), common)
                return -factor * (first - mean) + _without(terms, number, other)
    return None


def _place(pattern: Expr, index: Expr, term: Expr) -> Expr | None:
    """The index at which a pattern is a term."""
    candidates = {i for node in walk(term) for i in getattr(node, "indices", ()) if i.is_integer}
    for place in sorted(candidates, key=str):
        if alpha_equal(substitute(pattern, {index: place}), term):
            found: Expr = place
            return found
    return None
