"""Claims that stand for others: what a part is replaced by must not make a false claim true."""

import pytest
from sympy import Expr, exp, sqrt

from symderive.decide import Status
from symderive.derivation.checking import verdict_of
from symderive.terms import Claim, Dim, Index, Partial, Vector, indexed_sum, scalar

K = Dim("K")
x = Vector("x", K)
j, k = Index("j", K), Index("k", K)
a, b = scalar("a"), scalar("b")


def total() -> Expr:
    """Σ_j x_j, with a bound index of its own each time."""
    return indexed_sum(x[j], j)


def d(term: Expr) -> Expr:
    """Its derivative by x_k."""
    return Partial(term, x[k])


TRUE = {
    "constant out of a product": (d(a * total() * exp(x[k])), a * d(total() * exp(x[k]))),
    "product rule": (d(total() * exp(x[k])), d(total()) * exp(x[k]) + total() * d(exp(x[k]))),
    "quotient by a root": (
        d(exp(x[k]) / sqrt(total())),
        (d(exp(x[k])) * sqrt(total()) - exp(x[k]) * d(sqrt(total()))) / total(),
    ),
    "root of the variable": (d(b * x[k]), 2 * b * sqrt(x[k]) * d(sqrt(x[k]))),
    "reciprocal of a root": (Partial(1 / sqrt(a), a), -Partial(sqrt(a), a) / a),
}
FALSE = {
    "one of two equal factors lost": (d(a * total() * total()), d(a * total())),
    "one of two equal factors lost, with the variable": (d(x[k] * total() * total()), d(x[k] * total())),
    "equal factors on the other side": (d(a * total()), d(a * total() * total())),
    "a constant lost": (d(a * total() * exp(x[k])), d(total() * exp(x[k]))),
    "quotient by a root, sign": (
        d(exp(x[k]) / sqrt(total())),
        (d(exp(x[k])) * sqrt(total()) + exp(x[k]) * d(sqrt(total()))) / total(),
    ),
    "quotient by a root, not squared": (
        d(exp(x[k]) / sqrt(total())),
        (d(exp(x[k])) * sqrt(total()) - exp(x[k]) * d(sqrt(total()))) / sqrt(total()),
    ),
    "root of the variable, 2 lost": (d(b * x[k]), b * sqrt(x[k]) * d(sqrt(x[k]))),
    "reciprocal of a root, sign": (Partial(1 / sqrt(a), a), Partial(sqrt(a), a) / a),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_lines_are_proved(name: str) -> None:
    lhs, rhs = TRUE[name]
    assert verdict_of(Claim(lhs, "=", rhs)).status is Status.PROVED


@pytest.mark.parametrize("name", FALSE)
def test_false_lines_are_refuted(name: str) -> None:
    lhs, rhs = FALSE[name]
    assert verdict_of(Claim(lhs, "=", rhs)).status is Status.REFUTED
