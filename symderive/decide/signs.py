"""Normal forms of absolute values and signs: |f| = s·f with s² = 1, where the sign of f is not known."""

from __future__ import annotations

from sympy import Abs, Expr, Function, sign

from symderive.decide.algebra import ZERO, Algebra, Ratio, handles
from symderive.decide.polynomial import Poly, factor

__all__ = ["absolute", "is_sign", "poly_height", "sign_of"]


class _SignInside(Function):
    """The sign in |f| = sign(f)·f, where its value at f = 0 does not matter; `sign` asks for f ≠ 0."""


def sign_factor(algebra: Algebra, poly: Poly) -> Ratio:
    """The sign of an irreducible polynomial: ±1 where it is known, else a generator s with s² = 1."""
    known = algebra.facts.poly_sign(poly)
    if known is not None and known[0] != 0:
        return algebra.constant(known[0])
    number = algebra.intern(
        "sign", poly, lambda: _SignInside(algebra.poly_term(poly)), poly_height(algebra, poly)
    )
    if number not in algebra.relations:
        algebra.relations[number] = (2, lambda e: Poly.generator(number) if e % 2 else Poly.constant(1))
    return algebra.as_ratio(number)


def poly_height(algebra: Algebra, poly: Poly) -> int:
    """How deeply binders are nested in a polynomial."""
    return max((algebra.generators[g].height for g in poly.generators()), default=0)


def is_sign(algebra: Algebra, poly: Poly) -> bool:
    """Is a polynomial one sign generator?"""
    generators = poly.generators()
    return len(generators) == 1 and algebra.generators[next(iter(generators))].kind == "sign"


def _signs(algebra: Algebra, poly: Poly) -> Ratio:
    content, pieces = factor(poly)
    result = algebra.constant(1 if content > 0 else -1)
    for piece, exponent in pieces:
        if exponent % 2:
            if is_sign(algebra, piece):
                result = algebra.multiply(result, algebra.ratio(piece))
            else:
                result = algebra.multiply(result, sign_factor(algebra, piece))
    return result


def sign_of(algebra: Algebra, ratio: Ratio) -> Ratio:
    """The sign of a fraction, away from its zeros."""
    if ratio.is_zero:
        return ZERO
    return algebra.multiply(_signs(algebra, ratio.num), _signs(algebra, ratio.den))


def absolute(algebra: Algebra, ratio: Ratio) -> Ratio:
    """|ratio|, as its sign times itself."""
    return algebra.multiply(sign_of(algebra, ratio), ratio) if not ratio.is_zero else ZERO


@handles(Abs)
def _abs(algebra: Algebra, term: Abs) -> Ratio:
    return absolute(algebra, algebra.normalise(term.args[0]))


@handles(_SignInside)
def _sign_inside(algebra: Algebra, term: Expr) -> Ratio:
    return sign_of(algebra, algebra.normalise(term.args[0]))


@handles(sign)
def _sign(algebra: Algebra, term: Expr) -> Ratio:
    ratio = algebra.normalise(term.args[0])
    result = sign_of(algebra, ratio)
    if not algebra.facts.is_nonzero(ratio.num):
        algebra.needed[algebra.poly_term(ratio.num), "!="] = None
    return result
