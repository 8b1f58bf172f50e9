"""Stable forms of powers with any exponent: of 1 + e^t, of a sigmoid, and of what may be 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Abs, Add, E, Expr, Integer, Min, Mul, Pow, exp, expand_mul

from symderive.codegen.exponential_sums import exponential_apart
from symderive.codegen.primitives import Primitive, Select, primitive
from symderive.rules import Scope
from symderive.terms import Index, Operation, free_names, is_operation, operation, walk
from symderive.terms.substitution import alpha_normal

__all__ = [
    "lowered_exponent",
    "power_of_share_less_one",
    "power_of_sigmoid",
    "powers_of_sigmoid",
    "quotient_of_shares",
    "vanishing",
]

_ZERO, _ONE = Integer(0), Integer(1)
_MOST = 4  # a product takes up e^(kt) for |k| up to this


def powers_of_sigmoid(term: Expr, scope: Scope) -> Expr | None:
    """``(1 + e^t)^n`` and the exponentials beside it as powers of σ(t) and σ(−t), each of which is at most 1.

    ``(1 + e^(−t))^(−n − 1) e^(−t)`` is an infinite number times 0 far below 0; σ(t)^n σ(−t) is not.
    """
    factors = [part for factor in Mul.make_args(term) for part in _apart(factor)]
    for factor in factors:
        found = _sigmoid_power(factor)
        if found is not None and not found[1].is_Integer:
            after = _by_sigmoids(factors, found[0])
            return None if after == term else after
    return None


def quotient_of_shares(term: Expr, scope: Scope) -> Expr | None:
    """``s_i²/r_i`` of two softmaxes by their logarithms: both may be 0 where the quotient is not."""
    if not isinstance(term, Mul):
        return None
    shares = []
    for factor in term.args:
        base, power = factor.as_base_exp()
        if is_operation(base, "softmax") and power.is_Rational:
            shares.append((factor, base, power))
    vectors = {alpha_normal(base.args[1]) for _, base, _ in shares}
    if len(vectors) < 2 or all(power > 0 for _, _, power in shares):
        return None
    taken = [factor for factor, _, _ in shares]
    exponent = Add(*(power * operation("log_softmax", *base.args[1:]) for _, base, power in shares))
    return Mul(exp(exponent), *(f for f in term.args if f not in taken))


def _apart(factor: Expr) -> tuple[Expr, ...]:
    """A power of a product by the powers of what is positive in it, and of the rest."""
    if not isinstance(factor, Pow) or not isinstance(factor.base, Mul) or factor.exp.is_Integer:
        return (factor,)
    n = factor.exp
    known = [part for part in factor.base.args if isinstance(part, exp) or _sigmoid_power(part) is not None]
    rest = Mul(*(part for part in factor.base.args if part not in known))
    powers = (exp(n * part.args[0]) if isinstance(part, exp) else Pow(part, n) for part in known)
    return (*powers, Pow(rest, n)) if known else (factor,)


def _sigmoid_power(factor: Expr) -> tuple[Expr, Expr] | None:
    """A power of 1 + e^(−t) or of a sigmoid as (t, n), where it is σ(t)^n."""
    base, exponent = factor, _ONE
    while isinstance(base, Pow) and not isinstance(base, exp):
        base, exponent = base.base, exponent * base.exp  # (a^m)^n is a^(m n) for a > 0
    if is_operation(base, "sigmoid"):
        return base.args[1], exponent
    if isinstance(base, Add) and len(base.args) == 2:
        constant, rest = base.as_coeff_Add()
        # e^(−|t|) is what a sigmoid itself is computed from.
        if constant == 1 and isinstance(rest, exp) and not isinstance(-rest.args[0], Abs):
            return -rest.args[0], -exponent
    return None


def _by_sigmoids(factors: Sequence[Expr], t: Expr) -> Expr:
    """A product by σ(t) and σ(−t): e^t is σ(t)/σ(−t)."""
    there, back = operation("sigmoid", t), operation("sigmoid", -t)
    n, m = _ZERO, _ZERO
    others: list[Expr] = []
    for factor in factors:
        found = _sigmoid_power(factor)
        if found is not None and found[0] == t:
            n += found[1]
        elif found is not None and found[0] == -t:
            m += found[1]
        elif isinstance(factor, exp):
            times, rest = _times(factor.args[0], t)
            n, m = n + times, m - times
            others.append(exp(rest))
        else:
            terms = _series(factor, t)
            low, high = min(terms), max(terms)
            n, m = n + low, m - high
            others.append(Add(*(c * there ** (k - low) * back ** (high - k) for k, c in terms.items())))
    return Mul(Pow(there, n), Pow(back, m), *others)


def _series(factor: Expr, t: Expr) -> dict[int, Expr]:
    """A sum ``Σ_k c_k e^(k t)`` by its exponents; {0: factor} where there is no more to it."""
    terms: dict[int, Expr] = {}
    for part in Add.make_args(factor):
        others, exponent = exponential_apart(part)
        times, rest = _times(exponent, t)
        if not times.is_Integer:
            times, rest = _ZERO, exponent
        terms[int(times)] = terms.get(int(times), _ZERO) + others * exp(rest)
    return terms if len(terms) > 1 else {0: factor}


def _times(exponent: Expr, t: Expr) -> tuple[Expr, Expr]:
    """An exponent as k t + rest."""
    for part in (exponent, *Add.make_args(exponent)):
        k = part / t
        if k != 0 and not free_names(k) & free_names(t):
            return k, exponent - part
        for number in (n for size in range(1, _MOST + 1) for n in (size, -size)):
            if expand_mul(part - number * t) == 0:
                return Integer(number), exponent - part
    return _ZERO, exponent


def power_of_sigmoid(term: Expr, scope: Scope) -> Expr | None:
    """``σ(t)^n`` as ``e^(n min(t, 0)) (1 + e^(−|t|))^(−n)``: it has a value where σ(t) underflows."""
    if not isinstance(term, Pow) or term.base == E:
        return None
    base, n = term.as_base_exp()
    if n.is_Integer or not (is_operation(base, "sigmoid")):
        return None
    t = base.args[1]
    return primitive("exp_product", n, Min(t, _ZERO)) * (1 + exp(-Abs(t))) ** -n


def power_of_share_less_one(term: Expr, scope: Scope) -> Expr | None:
    """``c σ(t)^n − c``, ``c softmax_i^n − c`` by expm1 of n times the logarithm of the share.

    Where that is large (n < 0), its own rounding error would count, and nothing cancels.
    """
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for factor in Mul.make_args(one):
            logarithm = _logarithm_of_share(factor)
            if logarithm is None:
                continue
            rest = Mul(*(f for f in Mul.make_args(one) if f is not factor))
            for other, opposite in enumerate(term.args):
                if other != number and opposite == -rest:
                    others = Add(*(s for n, s in enumerate(term.args) if n not in (number, other)))
                    far = primitive("shifted", factor, _ONE)
                    return rest * Select(logarithm < 1, primitive("expm1", logarithm), far) + others
    return None


def _logarithm_of_share(factor: Expr) -> Expr | None:
    """The logarithm of a sigmoid's or a softmax's power with an exponent that is no whole number."""
    if not isinstance(factor, Pow) or factor.exp.is_Integer or not isinstance(factor.base, Operation):
        return None
    share = factor.base
    if share.name == "sigmoid":
        return -factor.exp * operation("softplus", -share.args[1])
    if share.name == "softmax":
        return factor.exp * operation("log_softmax", *share.arguments)
    return None


def vanishing(term: Expr, scope: Scope) -> Expr | None:
    """``c u^n`` where c vanishes with u: 0 there, though the power may be infinite (n < 0 for some n).

    What is computed from the same cases as u is taken for c, if possible what runs over no more entries.
    """
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        if not isinstance(factor, Pow) or factor.exp.is_number:
            continue
        parts, places = _cases(factor.base), _places(factor)
        related = [f for f in term.args if f is not factor and parts & _cases(f)]
        own = [f for f in related if _places(f) <= places] or related
        if own:
            rest = Mul(*(f for f in term.args if f is not factor and f not in own))
            return primitive("masked_product", Mul(*own), factor) * rest
    return None


def _places(term: Expr) -> set[Any]:
    return {name for name in free_names(term) if isinstance(name, Index)}


def _cases(term: Expr) -> set[Any]:
    return {alpha_normal(node) for node in walk(term) if isinstance(node, Select)}


def lowered_exponent(term: Expr, scope: Scope) -> Expr | None:
    """``n u^(n − 1)``, ``n (n − 1) u^(n − 2)``: 0 where the coefficient is, at u = 0 too, as u^n is constant.

    (Or linear, for n = 1: what has no slope at all has none at u = 0.)
    """
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        if not isinstance(factor, Pow) or _positive(factor.base):
            continue
        less, n = factor.exp.as_coeff_Add()
        names = free_names(n)
        if not (less.is_Integer and less < 0) or not names or free_names(factor.base) <= names:
            continue
        own = [f for f in term.args if f is not factor and free_names(f) and free_names(f) <= names]
        if own:
            rest = Mul(*(f for f in term.args if f is not factor and f not in own))
            return primitive("masked_product", Mul(*own), factor) * rest
    return None


def _positive(term: Expr) -> bool:
    """Is it a sum of exponentials and positive numbers, a large one among them?"""
    return all(
        (part.is_number and part > 0)
        or isinstance(rest := part.as_coeff_Mul()[1], exp)
        or (isinstance(rest, Primitive) and rest.name == "exp_shifted")
        for part in Add.make_args(term)
    )
