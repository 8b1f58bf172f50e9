"""Stable forms of functions of one number, of sums of products with logarithms, and of roots of squares."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import (
    Abs,
    Add,
    Expr,
    Indexed,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    StrictLessThan,
    Sum,
    Symbol,
    exp,
    log,
    sqrt,
)

from symderive.codegen.primitives import Binade, Primitive, Select, primitive
from symderive.rules import Scope
from symderive.terms import Dim, alpha_equal, is_operation, operation, substitute, sum_of

__all__ = [
    "divergence",
    "hard_label",
    "logarithm_of_one_plus",
    "logarithm_of_quotient",
    "logistic",
    "masked",
    "one_root",
    "opposite_sigmoid",
    "root_less_its_constant",
    "scaled_quotient",
    "together",
]

_ZERO, _ONE, _HALF = Integer(0), Integer(1), Rational(1, 2)
#: Where √(b² + t) is at least three times b nothing of it is lost by b.
_WELL_ABOVE = Integer(8)
#: p is far below q where q is at least this many times p.
_FAR_BELOW = Integer(4)


def _factors_without(term: Expr, factor: Expr) -> Expr:
    return Mul(*(f for f in Mul.make_args(term) if f is not factor))


def logistic(term: Expr, scope: Scope) -> Expr | None:
    """Sigmoid and softplus by the sign of their argument: no exponential above 1 is formed."""
    if is_operation(term, "sigmoid"):
        (t,) = term.args[1:]
        small = exp(-Abs(t))
        return Select(t >= 0, _ONE, small) / (1 + small)
    if is_operation(term, "softplus"):
        (t,) = term.args[1:]
        return Max(t, _ZERO) + primitive("log1p", exp(-Abs(t)))
    return None


def opposite_sigmoid(term: Expr, scope: Scope) -> Expr | None:
    """``c − c σ(t)`` is ``c σ(−t)``, and ``c/σ(t) − c`` is ``c σ(−t)/σ(t)``.

    Of ``c − c (1 + r) σ(t)`` the rest stays, ``−c r σ(t)``; nothing else is multiplied out.
    """
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for factor in Mul.make_args(one):
            share, exponent = factor.as_base_exp()
            if not is_operation(share, "sigmoid") or abs(exponent) != 1:
                continue
            complement = operation("sigmoid", -share.args[1])
            for part, rest in _parts(_factors_without(one, factor)):
                for other, opposite in enumerate(term.args):
                    if other != number and opposite == -part:
                        others = Add(*(t for n, t in enumerate(term.args) if n not in (number, other)))
                        less = opposite * complement if exponent == 1 else part * complement / share
                        return less + rest * factor + others
    return None


def _parts(product: Expr) -> Iterator[tuple[Expr, Expr]]:
    """A product as (part, rest) of a sum: it and 0, or an addend of one of its factors and the others."""
    yield product, _ZERO
    for factor in Mul.make_args(product):
        if isinstance(factor, Add):
            beside = _factors_without(product, factor)
            for addend in factor.args:
                yield beside * addend, beside * (factor - addend)


def hard_label(term: Expr, scope: Scope) -> Expr | None:
    """``c sigmoid(t) − c y`` is ``c ((1 − y) sigmoid(t) − y sigmoid(−t))``: exact for y = 0 and y = 1."""
    if not isinstance(term, Add) or len(term.args) != 2:
        return None
    for one, opposite in (term.args, term.args[::-1]):
        for factor in Mul.make_args(one):
            if not is_operation(factor, "sigmoid"):
                continue
            rest = _factors_without(one, factor)
            label = -opposite / rest
            if isinstance(label, (Symbol, Indexed)):
                t = factor.args[1]
                there, back = operation("sigmoid", t), operation("sigmoid", -t)
                return rest * ((1 - label) * there - label * back)
    return None


def logarithm_of_one_plus(term: Expr, scope: Scope) -> Expr | None:
    """``log(1 + t)`` by log1p."""
    if isinstance(term, log) and isinstance(term.args[0], Add):
        constant, rest = term.args[0].as_coeff_Add()
        if constant == 1:
            return primitive("log1p", rest)
    return None


def root_less_its_constant(term: Expr, scope: Scope) -> Expr | None:
    """``c √(b² + t) − c b`` is ``c t/(√(b² + t) + b)``: nothing cancels where t is small.

    Where t is large nothing would cancel, and t itself may overflow.
    """
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for factor in Mul.make_args(one):
            if not isinstance(factor, Pow) or factor.exp != _HALF or not isinstance(factor.base, Add):
                continue
            square, small = factor.base.as_coeff_Add()
            if not (square.is_Rational and square > 0):
                continue
            rest, least = _factors_without(one, factor), sqrt(square)
            for other, opposite in enumerate(term.args):
                near = small < _WELL_ABOVE * square
                if other == number or opposite != -rest * least or not isinstance(near, StrictLessThan):
                    continue
                others = Add(*(t for n, t in enumerate(term.args) if n not in (number, other)))
                far = primitive("shifted", factor, least)
                return rest * Select(near, small / (factor + least), far) + others
    return None


def logarithm_of_quotient(term: Expr, scope: Scope) -> Expr | None:
    """``log(a/b)`` with a quotient that may overflow, and where a is near b."""
    if not isinstance(term, log) or not isinstance(term.args[0], Mul):
        return None
    above: list[Expr] = []
    below: list[Expr] = []
    for factor in term.args[0].args:
        base, exponent = factor.as_base_exp()
        if exponent.is_Rational and exponent < 0:
            below.append(Pow(base, -exponent))
        elif factor.is_Rational and factor.p == 1:
            below.append(Integer(factor.q))
        else:
            above.append(factor)
    a, b = Mul(*above), Mul(*below)
    if a.is_number or b.is_number or isinstance(b, Dim):
        return None
    return primitive("log_ratio", a, b)


def together(term: Expr, scope: Scope) -> Expr | None:
    """``Σ p log p − Σ p log q`` under one sum, as ``Σ p log(p/q)``."""
    if not isinstance(term, Add):
        return None
    for number, first in enumerate(term.args):
        for other, second in enumerate(term.args):
            if number == other:
                continue
            merged = _merged(first, second)
            if merged is not None:
                return merged + Add(*(t for n, t in enumerate(term.args) if n not in (number, other)))
    return None


def _sum_of(term: Expr) -> tuple[Expr, Sum] | None:
    for factor in Mul.make_args(term):
        if isinstance(factor, Sum) and len(factor.limits) == 1:
            return _factors_without(term, factor), factor
    return None


def _log_factor(term: Expr) -> tuple[Expr, Expr] | None:
    """``p log u`` as (p, u)."""
    for factor in Mul.make_args(term):
        if isinstance(factor, log):
            argument: Expr = factor.args[0]
            return _factors_without(term, factor), argument
    return None


def _merged(first: Expr, second: Expr) -> Expr | None:
    a, b = _sum_of(first), _sum_of(second)
    if a is None or b is None or a[0] != -b[0] or a[1].limits[0][1:] != b[1].limits[0][1:]:
        return None
    index = a[1].limits[0][0]
    p = _log_factor(a[1].function)
    q = _log_factor(substitute(b[1].function, {b[1].limits[0][0]: index}))
    if p is None or q is None or not alpha_equal(p[0], q[0]) or not alpha_equal(p[0], p[1]):
        return None
    return a[0] * sum_of(p[0] * log(p[1] / q[1]), a[1].limits[0])


def divergence(term: Expr, scope: Scope) -> Expr | None:
    """``Σ p log(p/q)`` with ``(p log(p/q) − p + q) + (p − q)``: no first part is negative.

    Where p is far below q the term itself is accurate, and p − q would only have to cancel again.
    """
    if not isinstance(term, Sum) or len(term.limits) != 1:
        return None
    found = _log_factor(term.function)
    if found is None:
        return None
    p, ratio = found
    if p.is_number or not _positive_factor(p, ratio):
        return None
    q = p / ratio
    if q == 1 and is_operation(p, "softmax"):  # no term is above 0, so that none cancels, and p − 1 would
        return None
    limit = term.limits[0]
    if isinstance(q, Add) or not q.has(Sum, log):
        near = q < _FAR_BELOW * p
        if any(is_operation(factor, "softmax") for factor in Mul.make_args(q)):
            # Its logarithm is there where it underflows itself.
            near = Max(p, q) < _FAR_BELOW * Min(p, q)
        if not isinstance(near, StrictLessThan):
            return None
        far = primitive("masked_product", p, log(ratio))
        terms = Select(near, primitive("kl_term", p, q), _ZERO)
        return sum_of(terms, limit) + sum_of(Select(near, p - q, far), limit)
    return None


def _positive_factor(p: Expr, ratio: Expr) -> bool:
    """Is the ratio p over something that does not hold p as a factor?"""
    above, _ = ratio.as_numer_denom()
    factors = set(Mul.make_args(above))
    return all(factor in factors for factor in Mul.make_args(p))


def masked(term: Expr, scope: Scope) -> Expr | None:
    """``y log(…)`` in a sum over targets: 0 where y is 0, whatever the logarithm is."""
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        if not any(_logarithmic(part) for part in Add.make_args(factor)):
            continue
        weights = [f for f in term.args if f is not factor and _weight(f)]
        if weights:
            rest = Mul(*(f for f in term.args if f is not factor and f not in weights))
            return rest * primitive("masked_product", Mul(*weights), factor)
    return None


def _weight(factor: Expr) -> bool:
    """A probability, a label, or what is left of one: 1 − y."""
    constant, rest = factor.as_coeff_Add()
    if constant != 0:
        _, rest = rest.as_coeff_Mul()
    named = isinstance(rest, (Symbol, Indexed)) and not rest.is_integer
    return named or (constant == 0 and (is_operation(rest, "softmax") or is_operation(rest, "sigmoid")))


def _logarithmic(term: Expr) -> bool:
    """Is it a multiple of something that is infinite at an edge of its domain?"""
    for factor in Mul.make_args(term):
        if isinstance(factor, log) or is_operation(factor, "log_softmax") or is_operation(factor, "softplus"):
            return True
        if isinstance(factor, Primitive) and factor.name in ("shifted", "log_ratio"):
            parts = [part for argument in factor.arguments for part in Add.make_args(argument)]
            if factor.name == "log_ratio" or any(_logarithmic(part) for part in parts):
                return True
    return False


def scaled_quotient(term: Expr, scope: Scope) -> Expr | None:
    """``u/(c …)`` with an exact division first where c < 1, and ``c u`` with the exact product last."""
    if not isinstance(term, Mul):
        return None
    for factor in term.args:
        base, exponent = factor.as_base_exp()
        if not isinstance(base, Binade) or not exponent.is_Integer:
            continue
        others = [f for f in term.args if f is not factor]
        above = [f for f in others if not f.is_number and f.as_base_exp()[1] == 1]
        if exponent < 0 and above:
            one = above[(-int(exponent)) % len(above)]
            rest = [f for f in others if f is not one]
            if exponent < -1:
                return Mul(*rest) * base ** (exponent + 1) * primitive("scaled", one, base)
            # A scale below 1 multiplies, one above 1 divides with the rest: nothing underflows on the way.
            # (A dimension divides last: times it the scale might overflow.)
            below = [f for f in rest if _below(f)]
            divisor = Max(base, _ONE) * Mul(*(1 / f for f in below))
            enlarged = primitive("scaled", one, Min(base, _ONE))
            return Mul(*(f for f in rest if f not in below)) * primitive("scaled", enlarged, divisor)
        if exponent == 1 and not isinstance(others[0], Primitive):
            return primitive("scaled", Mul(*others), 1 / base)
    return None


def one_root(term: Expr, scope: Scope) -> Expr | None:
    """``√s/√n`` is ``√(s/n)`` for a dimension n: one root, one rounding less."""
    if not isinstance(term, Mul):
        return None
    for size in term.args:
        if not isinstance(size, Pow) or not isinstance(size.base, Dim) or size.exp != -_HALF:
            continue
        for root in term.args:
            if isinstance(root, Pow) and abs(root.exp) == _HALF and root.base.has(Sum):
                whole = Pow(primitive("scaled", root.base, size.base), root.exp)
                rest = Mul(*(f for f in term.args if f is not size and f is not root))
                return rest * whole if root.exp > 0 else rest * whole / size.base
    return None


def _below(factor: Expr) -> bool:
    base, exponent = factor.as_base_exp()
    return bool(exponent.is_Rational and exponent < 0 and not isinstance(base, Dim))
