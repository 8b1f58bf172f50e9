"""Stable forms of differences of exponentials, of Gaussians, and of log cosh."""

from __future__ import annotations

from sympy import Abs, Add, Expr, Indexed, Integer, Mul, Pow, Rational, Symbol, cosh, exp, log, tanh

from symderive.codegen.primitives import Select, primitive
from symderive.rules import Scope
from symderive.terms import free_names, operation

__all__ = ["complement_of_tanh", "exponential_less_one", "exponential_of_square", "logarithm_of_cosh"]

_ZERO, _ONE = Integer(0), Integer(1)


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


def exponential_of_square(term: Expr, scope: Scope) -> Expr | None:
    """``exp(c t²)``, c a power of two, with the rounding error of the square taken into account."""
    if not isinstance(term, exp):
        return None
    number, square = term.args[0].as_coeff_Mul()
    plain = isinstance(square, Pow) and square.exp == 2 and isinstance(square.base, (Symbol, Indexed))
    if not plain or not _is_power_of_two(abs(number)):
        return None
    return primitive("exp_product", number * square.base, square.base)


def complement_of_tanh(term: Expr, scope: Scope) -> Expr | None:
    """``c − c tanh²(t)`` is ``4 c σ(2t) σ(−2t)``, with powers in c, too; ``c + c tanh(t)`` ``2 c σ(2t)``."""
    if not isinstance(term, Add):
        return None
    for number, one in enumerate(term.args):
        for factor in Mul.make_args(one):
            base, power = factor.as_base_exp()
            if not isinstance(base, tanh) or not free_names(base) or not power.is_Integer or power < 1:
                continue
            rest = Mul(*(f for f in Mul.make_args(one) if f is not factor))
            least = base ** max(int(power) - 2, 0) * rest
            for other, constant in enumerate(term.args):
                if other == number or constant not in ((-least, least) if power == 1 else (-least,)):
                    continue
                t = 2 * base.args[0] if constant == least else -2 * base.args[0]
                left = 2 * constant * operation("sigmoid", t)
                both = left if power == 1 else 2 * left * operation("sigmoid", -t)
                return both + Add(*(a for n, a in enumerate(term.args) if n not in (number, other)))
    return None


def _is_power_of_two(number: Expr) -> bool:
    if not isinstance(number, Rational):
        return False
    return all(int(part) & (int(part) - 1) == 0 for part in (number.p, number.q))


def logarithm_of_cosh(term: Expr, scope: Scope) -> Expr | None:
    """``log cosh t`` is ``|t| + log1p(exp(−2|t|)) − log 2``; near 0 by log1p of ``2 sinh²(t/2)``."""
    if isinstance(term, log) and isinstance(term.args[0], cosh):
        t = term.args[0].args[0]
        far = Abs(t) + primitive("log1p", exp(-2 * Abs(t))) - log(2)
        half = primitive("expm1", Abs(t))
        near = primitive("log1p", half**2 / (2 * (1 + half)))
        return Select(Abs(t) < 1, near, far)
    return None
