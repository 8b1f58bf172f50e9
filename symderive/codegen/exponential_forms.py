"""Stable forms of a few exponentials: differences, sums, and what is made of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sympy import Abs, Add, Expr, Integer, Max, Mul, Pow, cosh, exp, log

from symderive.codegen.primitives import Anchor, Select, primitive
from symderive.rules import Scope

__all__ = ["exponential_less_one", "few_exponentials", "logarithm_of_cosh"]

_ZERO = Integer(0)


def exponential_less_one(term: Expr, scope: Scope) -> Expr | None:
    """``c exp(t) − c`` by expm1; ``c − c b^n`` too, b^n being exp(n log b)."""
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for factor in Mul.make_args(one):
            exponent = _exponent(factor, scope)
            if exponent is None:
                continue
            rest = Mul(*(f for f in Mul.make_args(one) if f is not factor))
            for other, opposite in enumerate(term.args):
                if other != number and opposite == -rest:
                    others = Add(*(t for n, t in enumerate(term.args) if n not in (number, other)))
                    return rest * primitive("expm1", exponent) + others
    return None


def _exponent(factor: Expr, scope: Scope) -> Expr | None:
    if isinstance(factor, exp):
        found: Expr = factor.args[0]
        return found
    if isinstance(factor, Pow) and not factor.exp.is_number and factor.base.is_Symbol:
        # b^n with a running exponent: 1 − b^n loses digits where b is near 1; b > 0 must be known.
        if any(h.lhs == factor.base and h.relation in (">", ">=") and h.rhs == 0 for h in scope.hypotheses):
            return factor.exp * log(factor.base)
    return None


def few_exponentials(term: Expr, scope: Scope) -> Expr | None:
    """``log Σ c e^t`` and ``u (Σ c e^t)^n`` of a few terms, with the largest exponent taken off."""
    if isinstance(term, log):
        found = _exponentials(term.args[0])
        if found is None:
            return None
        largest = Anchor(Max(*(t for _, t in found)))
        if [c for c, _ in found] == [1, 1]:
            away = Abs(primitive("shifted", found[0][1], found[1][1]))
            return Max(found[0][1], found[1][1]) + primitive("log1p", exp(-away))
        return largest + log(_shifted_sum(found, largest))
    if not isinstance(term, (Mul, Pow)):
        return None
    for power in Mul.make_args(term):
        found = _exponentials(power.base) if isinstance(power, Pow) else None
        if found is not None:
            largest = Anchor(Max(*(t for _, t in found)))
            factors = [f for f in Mul.make_args(term) if f is not power]
            return (
                _times_power(factors, found, largest, power.exp) * _shifted_sum(found, largest) ** power.exp
            )
    return None


def _times_power(factors: Sequence[Expr], found: Sequence[tuple[Expr, Expr]], largest: Expr, n: Expr) -> Expr:
    """What stands beside the nth power of a sum, times the exponential that was taken off that."""
    each, others = list[Expr](), list[Expr]()
    taken = n  # how often the largest exponent is left over
    exponents = {t for _, t in found}
    for factor in factors:
        if isinstance(factor, exp):
            each += _addends(factor.args[0], exponents)
    for factor in factors:
        if isinstance(factor, exp):
            continue
        below = _as_exponentials(factor)
        # One of the exponentials beside it may make a sum one of the same exponentials: (1 + a e^t) e^(-t).
        by = next(
            (e for e in (_ZERO, *each) if len(below) > 1 and exponents.issuperset(e + t for t in below)), None
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
    alone = len(found) == 2 and 0 in exponents and exponents.issuperset(each)
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
        exponent = Add(*(f.args[0] for f in Mul.make_args(part) if isinstance(f, exp)))
        others = Mul(*(f for f in Mul.make_args(part) if not isinstance(f, exp)))
        found[exponent] = found.get(exponent, _ZERO) + others
    return found


def _addends(exponent: Expr, known: Collection[Expr]) -> list[Expr]:
    """An exponent's addends, one that is taken twice twice; −2t is twice −t where that is known."""
    found: list[Expr] = []
    for part in Add.make_args(exponent):
        times, rest = part.as_coeff_Mul()
        if -rest in known:
            times, rest = -times, -rest
        found += [rest] * int(times) if times.is_Integer and times > 0 else [part]
    return found


def _exponentials(term: Expr) -> list[tuple[Expr, Expr]] | None:
    """A sum ``Σ c e^t`` of at least two exponentials as its (c, t), c positive numbers; a number is c e^0.

    None where it is a number and exponentials of what is never above 0: nothing has to be taken off.
    """
    if not isinstance(term, Add) or term.has(Anchor):
        return None
    found = []
    for part in term.args:
        number, rest = part.as_coeff_Mul()
        if not number > 0 or not (rest == 1 or isinstance(rest, exp)):
            return None
        found.append((number, _ZERO if rest == 1 else rest.args[0]))
    small = [t == 0 or isinstance(-t, Abs) for _, t in found]
    return None if all(small) and any(t == 0 for _, t in found) else found


def _shifted_sum(parts: Sequence[tuple[Expr, Expr]], largest: Expr) -> Expr:
    return Add(*(c * primitive("exp_shifted", t, largest) for c, t in parts))


def logarithm_of_cosh(term: Expr, scope: Scope) -> Expr | None:
    """``log cosh t`` is ``|t| + log1p(exp(−2|t|)) − log 2``; near 0 by log1p of ``2 sinh²(t/2)``."""
    if isinstance(term, log) and isinstance(term.args[0], cosh):
        t = term.args[0].args[0]
        far = Abs(t) + primitive("log1p", exp(-2 * Abs(t))) - log(2)
        half = primitive("expm1", Abs(t))
        near = primitive("log1p", half**2 / (2 * (1 + half)))
        return Select(Abs(t) < 1, near, far)
    return None
