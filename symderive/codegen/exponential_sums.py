"""Stable forms of sums of exponentials that nothing else names: in logarithms, and in powers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Abs, Add, Expr, Indexed, Integer, KroneckerDelta, Max, Mul, Pow, Sum, Symbol, exp, log

from symderive.codegen.primitives import Anchor, Primitive, Select, primitive
from symderive.rules import Scope
from symderive.terms import Iverson, Operation, free_names, indexed_max, is_operation, operation, sum_of, walk

__all__ = ["exponential_apart", "shifted_total"]

_ZERO, _ONE = Integer(0), Integer(1)


def shifted_total(term: Expr, scope: Scope) -> Expr | None:
    """``log S`` and ``u S^n`` for ``S = c e^t + Σ_j w_j e^{v_j}``: the largest exponent is taken off."""
    if isinstance(term, log):
        return _logarithm(term.args[0], scope)
    if not isinstance(term, (Mul, Pow)):
        return None
    for power in Mul.make_args(term):
        total = _Total.of(power.base, scope) if isinstance(power, Pow) else None
        if total is None:
            continue
        factors = [f for f in Mul.make_args(term) if f is not power]
        if total.is_written_out:
            exponents = {part.exponent for part in total.parts}
            return _times_power(factors, exponents, total.largest, power.exp) * total.relative**power.exp
        if not power.exp.is_Rational:
            continue
        rest = Mul(*factors)
        carried = _carried(rest, power.exp, total.largest)
        if carried is None:
            carried = rest * exp(power.exp * total.largest)
        return (_masked(carried) if total.is_weighted else carried) * total.relative**power.exp
    return None


def _logarithm(argument: Expr, scope: Scope) -> Expr | None:
    """The logarithm of a product with a sum of exponentials."""
    factors = Mul.make_args(argument)
    for power in factors:
        base, times = power.as_base_exp()
        total = _Total.of(base, scope) if times.is_Rational and not isinstance(power, exp) else None
        if total is None or total.is_named:
            continue
        if len(factors) == 1 and times == 1:
            return total.logarithm
        rest, exponent = exponential_apart(Mul(*(f for f in factors if f is not power)))
        whole = log(rest * total.relative**times)
        if times == -1 and exponent != 0:
            return primitive("shifted", exponent, total.largest) + whole
        return exponent + times * total.largest + whole
    return None


@dataclass(frozen=True)
class _Part:
    """``c e^t``, or ``c Σ w e^t`` over `limits`, the innermost first."""

    coefficient: Expr
    weight: Expr
    exponent: Expr
    limits: tuple[Any, ...] = ()

    @property
    def is_weighted(self) -> bool:
        """May it be 0 whatever its exponential is?"""
        return bool(free_names(self.weight) or (not self.limits and free_names(self.coefficient)))

    @property
    def largest(self) -> Expr:
        """The largest exponent of what counts: a weight of 0 has no say."""
        weight = self.weight if self.limits else self.coefficient
        found = self.exponent + log(Abs(weight)) if self.is_weighted else self.exponent
        for limit in self.limits:
            if limit[0] in free_names(found):
                found = indexed_max(found, *limit)
        return found

    def less(self, number: Expr) -> Expr:
        """It, with a number taken off its exponents."""
        term = primitive("exp_shifted", self.exponent, number)
        if not self.limits:
            return (
                primitive("masked_product", self.coefficient, term)
                if self.is_weighted
                else self.coefficient * term
            )
        whole = primitive("masked_product", self.weight, term) if self.is_weighted else self.weight * term
        return self.coefficient * sum_of(whole, *self.limits)


@dataclass(frozen=True)
class _Total:
    """A sum of exponentials, part by part."""

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, term: Expr, scope: Scope) -> _Total | None:
        """None for what is no sum of exponentials, or has had its largest taken off."""
        if term.has(Anchor):
            return None
        parts: list[_Part] = []
        for addend in Add.make_args(term):
            found = _parts(addend, scope)
            if not found:
                return None
            parts += found
        if all(part.exponent == 0 for part in parts):
            return None
        small = [part.exponent == 0 or isinstance(-part.exponent, Abs) for part in parts]
        if all(small) and any(part.exponent == 0 for part in parts):
            return None  # none is above 0: nothing has to be taken off
        return cls(tuple(parts)) if len(parts) > 1 or parts[0].limits else None

    @property
    def is_written_out(self) -> bool:
        """Is it a sum of a few terms?"""
        return not any(part.limits for part in self.parts)

    @property
    def is_weighted(self) -> bool:
        """May one of them be 0 whatever its exponential is?"""
        return any(part.is_weighted for part in self.parts)

    @property
    def is_named(self) -> bool:
        """Is its logarithm a logsumexp?"""
        (first, *others) = self.parts
        joined = any(isinstance(node, Operation) for node in walk(first.exponent))
        alone = not others and not joined and len(first.limits) == 1
        return alone and first.coefficient == first.weight == 1

    @property
    def largest(self) -> Expr:
        """The largest exponent, as a number that is taken off."""
        return Anchor(Max(*(part.largest for part in self.parts)))

    @property
    def relative(self) -> Expr:
        """The sum over the exponential of the largest exponent."""
        return Add(*(part.less(self.largest) for part in self.parts))

    @property
    def logarithm(self) -> Expr:
        """Its logarithm; near 1, by what is added to 1."""
        plain = [part.exponent for part in self.parts if not part.limits and part.coefficient == 1]
        if len(plain) == len(self.parts) == 2:
            away = Abs(primitive("shifted", *plain))
            return Max(*plain) + primitive("log1p", exp(-away))
        whole = self.largest + log(self.relative)
        others = [part for part in self.parts if part.exponent != 0]
        if plain.count(_ZERO) != 1 or len(others) != len(self.parts) - 1:
            return whole
        small = Add(*(part.less(_ZERO) for part in others))
        return Select(small < 1, primitive("log1p", small), whole)


def _parts(term: Expr, scope: Scope) -> list[_Part]:
    """A summand as a multiple of an exponential, or of a sum of them; a number is c e^0."""
    number, rest = term.as_coeff_Mul()
    total = next((f for f in Mul.make_args(rest) if isinstance(f, Sum)), None)
    if total is None:
        factors = exponential_apart(rest)
        known = all(_is_positive(f, scope) for f in Mul.make_args(factors[0]) if f != 1)
        return [_Part(number * factors[0], _ONE, factors[1])] if number > 0 and known else []
    coefficient = Mul(*(f for f in Mul.make_args(term) if f is not total))
    body, limits = total.function, tuple(total.limits)
    while isinstance(body, Sum):
        body, limits = body.function, (*body.limits, *limits)
    found = []
    for addend in Add.make_args(body):
        weight, exponent = _apart(addend, limits[0][0])
        found.append(_Part(coefficient, weight, exponent, limits))
    return found if any(part.exponent != 0 for part in found) else []


def _weighed(weight: Expr, term: Expr, is_weighted: bool) -> Expr:
    return primitive("masked_product", weight, term) if is_weighted else weight * term


def _masked(term: Expr) -> Expr:
    """A product in which a weight of 0 outweighs an exponential that is infinite there."""
    if isinstance(term, Sum):
        return sum_of(_masked(term.function), *term.limits)
    if isinstance(term, Add):
        return Add(*map(_masked, term.args))
    factors = [_masked(f) if isinstance(f, (Add, Sum)) else f for f in map(_as_weight, Mul.make_args(term))]
    weights = [f for f in factors if isinstance(f, (Symbol, Indexed)) or f.has(KroneckerDelta, Iverson)]
    weights = [f for f in weights if not f.has(exp, Primitive)]
    rest = Mul(*(f for f in factors if f not in weights))
    shifted = rest.has(Anchor) and weights  # another sum is still to be shifted
    return primitive("masked_product", Mul(*weights), rest) if shifted else Mul(*factors)


def _apart(term: Expr, index: Expr) -> tuple[Expr, Expr]:
    """``w e^t`` as (w, t), for a sum over `index`."""
    weight, exponent = exponential_apart(Mul(*map(_as_weight, Mul.make_args(term))))
    # A softmax of the same index is as small as an exponential may be large: a mixture's weights.
    factors = Mul.make_args(weight)
    shares = [f for f in factors if exponent != 0 and is_operation(f, "softmax") and f.args[-1] == index]
    logarithms = (operation("log_softmax", *f.args[1:]) for f in shares)
    return Mul(*(f for f in factors if f not in shares)), Add(exponent, *logarithms)


def _is_positive(term: Expr, scope: Scope) -> bool:
    """Is it said of a name, or of a family, that it is not below 0?"""
    known = [h for h in scope.hypotheses if h.relation in (">", ">=") and h.rhs == 0]
    families = [
        h.lhs.base for h in known if isinstance(h.lhs, Indexed) and set(h.lhs.indices) == set(h.forall)
    ]
    return any(h.lhs == term for h in known) or (isinstance(term, Indexed) and term.base in families)


def _as_weight(term: Expr) -> Expr:
    """``w e^t`` where a condition holds and else 0, as a product with its indicator."""
    if isinstance(term, Select) and term.elsewhere == 0:
        return Iverson(term.condition) * term.there
    if isinstance(term, Select) and term.there == 0:
        return (1 - Iverson(term.condition)) * term.elsewhere
    return term


def exponential_apart(product: Expr) -> tuple[Expr, Expr]:
    """``w e^s e^t`` as (w, s + t)."""
    factors = Mul.make_args(product)
    exponents = (f.args[0] for f in factors if isinstance(f, exp))
    return Mul(*(f for f in factors if not isinstance(f, exp))), Add(*exponents)


def _carried(term: Expr, times: Expr, largest: Expr) -> Expr | None:
    """``e^{times · largest}`` times a term, within the exponentials of the term; None where it has none."""
    term = _as_weight(term)
    if isinstance(term, exp):
        exponent = term.args[0]
        each = _addends(exponent)
        if len(each) == -times:
            return Mul(*(primitive("exp_shifted", t, largest) for t in each))
        if exponent.has(Anchor) or times > 0:
            return exp(exponent + times * largest)
        return exp(-times * primitive("shifted", exponent / -times, largest))
    if isinstance(term, Sum):
        body = _carried(term.function, times, largest)
        return None if body is None else sum_of(body, *term.limits)
    if isinstance(term, Add):
        parts = [(arg, _carried(arg, times, largest)) for arg in term.args]
        if all(part is None for _, part in parts):
            return None
        return Add(*(arg * exp(times * largest) if part is None else part for arg, part in parts))
    if isinstance(term, Mul):
        return _shared_out(term, times, largest)
    return None


def _shared_out(term: Mul, times: Expr, largest: Expr) -> Expr | None:
    """The same of a product: all of it to its exponentials, or one time each to as many factors."""
    exponents = [factor.args[0] for factor in term.args if isinstance(factor, exp)]
    plain = [factor for factor in term.args if not isinstance(factor, exp)]
    if exponents and any(isinstance(node, Operation) for node in walk(largest)):
        # What the largest one was chosen by holds the logarithms of weights, too.
        shares = [factor for factor in plain if is_operation(factor, "softmax")]
        exponents += [operation("log_softmax", *share.args[1:]) for share in shares]
        exponents, plain = [Add(*exponents)], [factor for factor in plain if factor not in shares]
    above = exp(Add(*exponents))
    factors = [f for f in (above, *plain) if f != 1]
    mixed = next((f for f in factors if isinstance(f, Add) and f.has(exp)), None)
    if above != 1 and mixed is not None:
        # e^{−t} (e^{2t} − 3): neither factor tells how large the product is.
        rest = Mul(*(f for f in factors if f is not above and f is not mixed))
        return _carried(rest * Add(*(_joined(above, arg) for arg in mixed.args)), times, largest)
    if above != 1 and len(_addends(above.args[0])) == -times:
        first = _carried(above, times, largest)
        return None if first is None else first * Mul(*factors[1:])
    able = [n for n, factor in enumerate(factors) if _carried(factor, Integer(-1), largest) is not None]
    if not able:
        return None
    each = times.is_Integer and 0 < -times <= len(able)
    taken = able[: int(-times)] if each else able[:1]
    for n in taken:
        carried = _carried(factors[n], Integer(-1) if each else times, largest)
        assert carried is not None
        factors[n] = carried
    return Mul(*factors)


def _joined(exponential: Expr, term: Expr) -> Expr:
    """A product with an exponential, as one exponential."""
    rest, exponent = exponential_apart(term)
    return rest * exp(exponential.args[0] + exponent)


def _times_power(factors: Sequence[Expr], exponents: Collection[Expr], largest: Expr, n: Expr) -> Expr:
    """What stands beside the nth power of a sum, times the exponential that was taken off that."""
    each, others = list[Expr](), list[Expr]()
    taken = n  # how often the largest exponent is left over
    for factor in factors:
        if isinstance(factor, exp):
            each += _addends(factor.args[0], exponents)
    for factor in factors:
        if isinstance(factor, exp):
            continue
        below = _as_exponentials(factor)
        # One of the exponentials beside it may make a sum one of the same exponentials: (1 + a e^t) e^(-t).
        by = next(
            (e for e in (_ZERO, *each) if len(below) > 1 and set(exponents).issuperset(e + t for t in below)),
            None,
        )
        if by is None:
            others.append(factor)
            continue
        others.append(Add(*(c * primitive("exp_shifted", by + t, largest) for t, c in below.items())))
        taken += 1
        if by != 0:
            each.remove(by)
    rest = Mul(*others)
    # Each is shifted by itself where no underflow meets an overflow: beside e^0 the largest is not below 1.
    alone = len(exponents) == 2 and 0 in exponents and set(exponents).issuperset(each)
    if taken == -len(each) or (alone and not n.is_Rational):
        left = taken + len(each)
        above = Mul(*(primitive("exp_shifted", t, largest) for t in each))
        return rest * above * (primitive("exp_product", left, largest) if left != 0 else 1)
    if not each and not n.is_Rational:
        return rest * primitive("exp_product", taken, largest)
    return rest * exp(taken * largest + Add(*each))


def _as_exponentials(term: Expr) -> dict[Expr, Expr]:
    """A sum ``Σ c e^t`` as t → c; what has no exponential is c e^0."""
    found: dict[Expr, Expr] = {}
    for part in Add.make_args(term):
        others, exponent = exponential_apart(part)
        found[exponent] = found.get(exponent, _ZERO) + others
    return found


def _addends(exponent: Expr, known: Collection[Expr] = ()) -> list[Expr]:
    """An exponent's addends, one that is taken twice twice; −2t is twice −t where that is known."""
    found: list[Expr] = []
    for part in Add.make_args(exponent):
        times, rest = part.as_coeff_Mul()
        if -rest in known:
            times, rest = -times, -rest
        found += [rest] * int(times) if times.is_Integer and times > 0 else [part]
    return found
