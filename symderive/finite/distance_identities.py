"""Theorems on distances and norms, for vectors of every length K, as chains of judged links.

A maximum norm enters as a number c with |x_i| ≤ c for all i and |x_m| = c for one m: no more is used of it.
"""

from __future__ import annotations

from functools import lru_cache

from sympy import Abs, Expr, Integer, KroneckerDelta, Max, Rational, sign, sqrt

from symderive.finite.chains import Chain, Link
from symderive.terms import Claim, Dim, Hypothesis, Index, Tensor, Vector, indexed_sum, scalar

__all__ = ["distance_identities", "false_distance_claims"]

_K = Dim("K")
_i, _k, _m = (Index(name, _K) for name in "ikm")
_x, _y, _z, _g = (Vector(name, _K) for name in "xyzg")
_a, _b, _c, _d, _s, _t = (scalar(name) for name in "abcdst")
_lam = scalar("lambda")


def _sum(body: Expr) -> Expr:
    return indexed_sum(body, _i)


def _manhattan(u: Tensor, v: Tensor) -> Expr:
    return _sum(Abs(u[_i] - v[_i]))


def _one(x: Tensor) -> Expr:
    return _sum(Abs(x[_i]))


def _two(x: Tensor) -> Expr:
    return sqrt(_sum(x[_i] ** 2))


def _chain(statement: str, *links: tuple[str, str, Claim]) -> Chain:
    return Chain(statement, tuple(Link(*link) for link in links))


@lru_cache(maxsize=1)
def distance_identities() -> dict[str, Chain]:
    """Name → theorem with its judged links; each is proved for every K.

    Examples
    --------
    >>> theorem = distance_identities()["triangle inequality"]
    >>> theorem.status, theorem.links[0].verdict.method
    (<Status.PROVED: 'PROVED'>, 'sign cells')
    """
    return {**_axioms(), **_duality(), **_equivalences(), **_sharpness(), **_subgradients(), **_centres()}


def _axioms() -> dict[str, Chain]:
    x, y, z, k = _x, _y, _z, _k
    d = _manhattan(x, y)
    equal = Hypothesis(x[_i], "=", y[_i], (_i,))
    difference = Hypothesis(z[_i], "=", x[_i] - y[_i], (_i,))
    return {
        "non-negativity": _chain("d(x, y) ≥ 0", ("sum", "a sum of absolute values", Claim(d, ">=", 0))),
        "identity of indiscernibles": _chain(
            "d(x, y) = 0 exactly where x = y",
            ("equal vectors", "all terms vanish", Claim(d, "=", 0, (equal,))),
            ("one coordinate", "a term is at most the sum", Claim(Abs(x[k] - y[k]), "<=", d, (difference,))),
            (
                "above",
                "so a coordinate that differs gives d > 0",
                Claim(Abs(_a), ">", 0, (Hypothesis(_a, ">", 0),)),
            ),
            ("below", "to either side", Claim(Abs(_a), ">", 0, (Hypothesis(_a, "<", 0),))),
        ),
        "symmetry": _chain("d(x, y) = d(y, x)", ("terms", "|t| = |−t|", Claim(d, "=", _manhattan(y, x)))),
        "triangle inequality": _chain(
            "d(x, z) ≤ d(x, y) + d(y, z)",
            ("terms", "term by term", Claim(_manhattan(x, z), "<=", d + _manhattan(y, z))),
        ),
        "reverse triangle inequality": _chain(
            "|d(x, z) − d(y, z)| ≤ d(x, y)",
            ("terms", "term by term", Claim(Abs(_manhattan(x, z) - _manhattan(y, z)), "<=", d)),
        ),
        "translation": _chain(
            "d(x + z, y + z) = d(x, y)",
            ("terms", "z cancels", Claim(_sum(Abs((x[_i] + z[_i]) - (y[_i] + z[_i]))), "=", d)),
        ),
        "homogeneity": _chain(
            "d(cx, cy) = |c| d(x, y)",
            ("terms", "|c| is a common factor", Claim(_sum(Abs(_c * x[_i] - _c * y[_i])), "=", Abs(_c) * d)),
        ),
        "Euclidean triangle inequality": _chain(
            "‖x + y‖₂ ≤ ‖x‖₂ + ‖y‖₂",
            (
                "squares",
                "the difference of the squares of both sides",
                Claim(
                    (_two(x) + _two(y)) ** 2 - _sum((x[_i] + y[_i]) ** 2),
                    "=",
                    2 * (_two(x) * _two(y) - _sum(x[_i] * y[_i])),
                ),
            ),
            ("its sign", "Cauchy–Schwarz", Claim(_sum(x[_i] * y[_i]), "<=", _two(x) * _two(y))),
        ),
        "Chebyshev triangle inequality": _chain(
            "|x_k + y_k| ≤ ‖x‖_∞ + ‖y‖_∞",
            ("terms", "in one coordinate", Claim(Abs(_a + _b), "<=", Abs(_a) + Abs(_b))),
            (
                "bounds",
                "each by its maximum",
                Claim(
                    Abs(_a) + Abs(_b),
                    "<=",
                    _c + _d,
                    (Hypothesis(Abs(_a), "<=", _c), Hypothesis(Abs(_b), "<=", _d)),
                ),
            ),
        ),
    }


def _duality() -> dict[str, Chain]:
    x, y, k = _x, _y, _k
    product = _sum(x[_i] * y[_i])
    nonzero = Hypothesis(x[_i], "!=", 0, (_i,))
    return {
        "Hölder, 1 and ∞": _chain(
            "⟨x, y⟩ ≤ ‖x‖₁ ‖y‖_∞",
            ("sign", "one term", Claim(_a * _b, "<=", Abs(_a) * Abs(_b))),
            (
                "bound",
                "|b| ≤ c",
                Claim(Abs(_a) * Abs(_b), "<=", _c * Abs(_a), (Hypothesis(Abs(_b), "<=", _c),)),
            ),
            (
                "sum",
                "the terms' inequalities added",
                Claim(
                    product, "<=", _c * _one(x), (Hypothesis(x[_i] * y[_i], "<=", _c * Abs(x[_i]), (_i,)),)
                ),
            ),
        ),
        "Cauchy–Schwarz": _chain(
            "⟨x, y⟩ ≤ ‖x‖₂ ‖y‖₂", ("sums", "the known fact", Claim(product, "<=", _two(x) * _two(y)))
        ),
        "the dual of L1 is attained": _chain(
            "⟨sign(x_k)·e_k, x⟩ = |x_k|",
            (
                "one coordinate",
                "at the place k of a largest entry this is ‖x‖_∞",
                Claim(
                    _sum(x[_i] * sign(x[k]) * KroneckerDelta(_i, k)),
                    "=",
                    Abs(x[k]),
                    (Hypothesis(x[k], "!=", 0),),
                ),
            ),
        ),
        "the dual of L∞ is attained": _chain(
            "⟨sign x, x⟩ = ‖x‖₁",
            ("terms", "t·sign t = |t|", Claim(_sum(x[_i] * sign(x[_i])), "=", _one(x), (nonzero,))),
        ),
        "the dual of L2 is attained": _chain(
            "⟨x, x⟩ = ‖x‖₂²", ("square", "a root squared", Claim(_sum(x[_i] * x[_i]), "=", _two(x) * _two(x)))
        ),
    }


def _equivalences() -> dict[str, Chain]:
    x, k = _x, _k
    bounded = Hypothesis(Abs(x[_i]), "<=", _c, (_i,))
    squares = Hypothesis(x[_i] ** 2, "<=", _c**2, (_i,))
    nonnegative = Hypothesis(_c, ">=", 0)
    total = _sum(x[_i] ** 2)
    return {
        "L∞ below L2": _chain(
            "|x_k| ≤ ‖x‖₂", ("term", "one square is at most the sum", Claim(Abs(x[k]), "<=", _two(x)))
        ),
        "L∞ below L1": _chain(
            "|x_k| ≤ ‖x‖₁", ("term", "one term is at most the sum", Claim(Abs(x[k]), "<=", _one(x)))
        ),
        "L2 below L1": _chain(
            "‖x‖₂ ≤ ‖x‖₁", ("sums", "the mixed products are ≥ 0", Claim(_two(x), "<=", _one(x)))
        ),
        "L1 below √K L2": _chain(
            "‖x‖₁ ≤ √K ‖x‖₂", ("sums", "Cauchy–Schwarz with ones", Claim(_one(x), "<=", sqrt(_K) * _two(x)))
        ),
        "L1 below K L∞": _chain(
            "‖x‖₁ ≤ K ‖x‖_∞", ("sums", "K terms, each at most c", Claim(_one(x), "<=", _K * _c, (bounded,)))
        ),
        "L2 below √K L∞": _chain(
            "‖x‖₂ ≤ √K ‖x‖_∞",
            (
                "square",
                "|a| ≤ c says −c ≤ a ≤ c",
                Claim(_a**2, "<=", _c**2, (Hypothesis(_a, "<=", _c), Hypothesis(-_a, "<=", _c))),
            ),
            ("sums", "K squares, each at most c²", Claim(total, "<=", _K * _c**2, (squares, nonnegative))),
            (
                "root",
                "the root is monotone",
                Claim(_two(x), "<=", sqrt(_K) * _c, (Hypothesis(total, "<=", _K * _c**2), nonnegative)),
            ),
        ),
    }


def _sharpness() -> dict[str, Chain]:
    ones, first = Integer(1), KroneckerDelta(_i, 1)
    one_of, two_of = _sum(Abs(ones)), sqrt(_sum(ones**2))
    return {
        "√K is attained": _chain(
            "‖1‖₁ = √K ‖1‖₂ for the vector of ones",
            ("ones", "K = √K·√K", Claim(one_of, "=", sqrt(_K) * two_of)),
        ),
        "K is attained": _chain(
            "‖1‖₁ = K ‖1‖_∞, ‖1‖₂ = √K ‖1‖_∞",
            ("L1", "K ones, the largest is 1", Claim(one_of, "=", _K * 1)),
            ("L2", "the root of K ones", Claim(two_of, "=", sqrt(_K) * 1)),
        ),
        "1 is attained": _chain(
            "‖e₁‖₁ = ‖e₁‖₂ = ‖e₁‖_∞ = 1",
            ("L1", "one entry", Claim(_sum(Abs(first)), "=", 1)),
            ("L2", "one entry", Claim(sqrt(_sum(first**2)), "=", 1)),
        ),
    }


def _subgradients() -> dict[str, Chain]:
    x, y, g = _x, _y, _g
    unit = (Hypothesis(_lam, "<=", 1), Hypothesis(_lam, ">=", -1))
    half = (Hypothesis(_lam, ">=", 0), Hypothesis(_lam, "<=", 1))
    hinge = Max(0, 1 - _t)
    supporting = Hypothesis(Abs(y[_i]), ">=", Abs(x[_i]) + g[_i] * (y[_i] - x[_i]), (_i,))
    weights = Hypothesis(_sum(g[_i]), "=", 1)
    return {
        "subgradients of |t|": _chain(
            "∂|t| at 0 holds [−1, 1] and nothing else; elsewhere it holds sign t",
            ("at 0", "|t| ≥ λt for |λ| ≤ 1", Claim(Abs(_t), ">=", _lam * _t, unit)),
            (
                "none above 1",
                "at t = 1 the line is above",
                Claim(_lam * 1, ">", Abs(Integer(1)), (Hypothesis(_lam, ">", 1),)),
            ),
            (
                "none below −1",
                "at t = −1 the line is above",
                Claim(_lam * -1, ">", Abs(Integer(-1)), (Hypothesis(_lam, "<", -1),)),
            ),
            (
                "right of 0",
                "|t| ≥ s + (t − s)",
                Claim(Abs(_t), ">=", Abs(_s) + (_t - _s), (Hypothesis(_s, ">", 0),)),
            ),
            (
                "left of 0",
                "|t| ≥ −s − (t − s)",
                Claim(Abs(_t), ">=", Abs(_s) - (_t - _s), (Hypothesis(_s, "<", 0),)),
            ),
        ),
        "subgradients of L1": _chain(
            "g_i ∈ ∂|·|(x_i) for all i makes g a subgradient of ‖·‖₁ at x",
            (
                "sum",
                "the coordinates' inequalities added",
                Claim(_one(y), ">=", _one(x) + _sum(g[_i] * (y[_i] - x[_i])), (supporting,)),
            ),
        ),
        "subgradients of the hinge": _chain(
            "∂max(0, 1 − t) is −1 below 1, 0 above, and holds [−1, 0] at 1",
            ("at 1", "max(0, 1 − t) ≥ −λ(t − 1), 0 ≤ λ ≤ 1", Claim(hinge, ">=", -_lam * (_t - 1), half)),
            (
                "below 1",
                "the line 1 − t",
                Claim(hinge, ">=", (1 - _s) - (_t - _s), (Hypothesis(_s, "<", 1),)),
            ),
            ("above 1", "the line 0", Claim(hinge, ">=", 0)),
        ),
        "subgradients of L∞": _chain(
            "a convex combination of sign(x_m)·e_m over largest entries m is a subgradient of ‖·‖_∞ at x",
            ("corner", "|y_m| ≥ s·y_m for s = ±1", Claim(Abs(_t), ">=", _lam * _t, unit)),
            (
                "weight",
                "a bound times a weight",
                Claim(_a * _b, "<=", _c * _b, (Hypothesis(_a, "<=", _c), Hypothesis(_b, ">=", 0))),
            ),
            (
                "mixture",
                "the weighted bounds added",
                Claim(
                    _sum(g[_i] * y[_i]),
                    "<=",
                    _sum(_c * g[_i]),
                    (Hypothesis(g[_i] * y[_i], "<=", _c * g[_i], (_i,)),),
                ),
            ),
            (
                "total weight",
                "which is c: at x every chosen entry attains it",
                Claim(_sum(g[_i] * _c), "=", _c, (weights,)),
            ),
        ),
    }


def _centres() -> dict[str, Chain]:
    x, g, k = _x, _g, _k
    mean = indexed_sum(x[k], k) / _K
    deviation = _sum(Abs(x[_i] - _c))
    tilted = _sum(Abs(x[_i] - _c) + g[_i] * (_t - _c))
    supporting = Hypothesis(Abs(x[_i] - _t), ">=", Abs(x[_i] - _c) + g[_i] * (_t - _c), (_i,))
    return {
        "the median minimises Σ|x − c|": _chain(
            "where subgradients g_i of |x_i − ·| at c sum to 0, no t has a smaller sum",
            (
                "bound",
                "the terms' inequalities added",
                Claim(_sum(Abs(x[_i] - _t)), ">=", tilted, (supporting,)),
            ),
            ("balance", "Σ g_i = 0", Claim(tilted, "=", deviation, (Hypothesis(_sum(g[_i]), "=", 0),))),
        ),
        "two points": _chain(
            "|a − c| + |b − c| ≥ |a − b|, with equality between a and b",
            ("triangle", "by sign cells", Claim(Abs(_a - _c) + Abs(_b - _c), ">=", Abs(_a - _b))),
            (
                "equality",
                "a ≤ c ≤ b",
                Claim(
                    Abs(_a - _c) + Abs(_b - _c),
                    "=",
                    Abs(_a - _b),
                    (Hypothesis(_a, "<=", _c), Hypothesis(_c, "<=", _b)),
                ),
            ),
        ),
        "the mean minimises Σ(x − c)²": _chain(
            "Σ(x_i − c)² = Σ(x_i − x̄)² + K(c − x̄)²",
            (
                "identity",
                "the mixed term vanishes",
                Claim(_sum((x[_i] - _c) ** 2), "=", _sum((x[_i] - mean) ** 2) + _K * (_c - mean) ** 2),
            ),
        ),
    }


@lru_cache(maxsize=1)
def false_distance_claims() -> dict[str, Chain]:
    """Near misses: constants that are too small, bounds the wrong way round; each is refuted.

    Examples
    --------
    >>> {chain.status.value for chain in false_distance_claims().values()}
    {'REFUTED'}
    """
    x, y, z = _x, _y, _z
    d = _manhattan(x, y)
    return {
        "L1 below L2": _chain("‖x‖₁ ≤ ‖x‖₂", ("bound", "true for K = 1 only", Claim(_one(x), "<=", _two(x)))),
        "half the constant": _chain(
            "‖x‖₁ ≤ √K/2·‖x‖₂", ("bound", "√K is sharp", Claim(_one(x), "<=", sqrt(_K) / 2 * _two(x)))
        ),
        "triangle the wrong way": _chain(
            "d(x, z) ≥ d(x, y) + d(y, z)",
            ("bound", "only where y lies between", Claim(_manhattan(x, z), ">=", d + _manhattan(y, z))),
        ),
        "strict triangle": _chain(
            "d(x, z) < d(x, y) + d(y, z)",
            ("bound", "not at x = y", Claim(_manhattan(x, z), "<", d + _manhattan(y, z))),
        ),
        "homogeneity without |c|": _chain(
            "d(cx, cy) = c d(x, y)",
            ("factor", "not for c < 0", Claim(_sum(Abs(_c * x[_i] - _c * y[_i])), "=", _c * d)),
        ),
        "steep subgradient": _chain(
            "|t| ≥ 3t/2", ("bound", "3/2 is no member of [−1, 1]", Claim(Abs(_t), ">=", Rational(3, 2) * _t))
        ),
        "the mean minimises Σ|x − c|": _chain(
            "Σ|x_i − x̄| ≤ Σ|x_i − c|",
            (
                "bound",
                "the median does",
                Claim(
                    _sum(Abs(x[_i] - indexed_sum(x[_k], _k) / _K)),
                    "<=",
                    _sum(Abs(x[_i] - _c)),
                ),
            ),
        ),
    }
