"""Massart's finite class lemma: the bound, and its proof link by link."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from sympy import Integer, Rational, exp, factorial, log, sqrt

from symderive.finite.ball_values import ball_value, round_up
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import exact_vectors
from symderive.finite.rademacher import scale_factor
from symderive.terms import Claim, Dim, Hypothesis, Index, Vector, indexed_max, indexed_sum, scalar

__all__ = ["growth_bound", "hoeffding_sign_chain", "massart_bound", "massart_chain"]


def massart_bound(vectors: Iterable[Iterable[Any]], *, scale: str, absolute: bool) -> float:
    """(r/m) √(2 ln N), r the largest Euclidean length of the N vectors; rounded up.

    Parameters
    ----------
    vectors
        N vectors of m values.
    scale, absolute
        As in `rademacher_complexity`; with |·| the class is joined with its negatives, which doubles N.

    Examples
    --------
    >>> thresholds = [(-1,) * k + (1,) * (9 - k) for k in range(10)]
    >>> round(massart_bound(thresholds, scale="1/m", absolute=False), 3)
    0.715
    """
    exact = set(exact_vectors(vectors))
    if absolute:
        exact |= {tuple(-x for x in vector) for vector in exact}
    m = len(next(iter(exact)))
    longest = max(sum((x * x for x in vector), Fraction(0)) for vector in exact)
    factor = scale_factor(scale, m)
    square = Rational(longest.numerator, longest.denominator) * 2 * log(Integer(len(exact)))
    if square == 0:
        return 0.0
    return round_up(ball_value(sqrt(square) * Rational(factor.numerator, factor.denominator)))


def growth_bound(m: int, count: int, *, scale: str = "1/m") -> float:
    """√(2 ln Π / m) for a class with Π labellings of m points: Massart's bound with r = √m; rounded up.

    Examples
    --------
    >>> growth_bound(9, 10) == massart_bound([(-1,) * k + (1,) * (9 - k) for k in range(10)], scale="1/m", absolute=False)
    True
    """  # noqa: E501 - one example on one line
    if m < 1 or count < 1:
        raise ValueError(f"m = {m}, Π = {count}: give at least one point and one labelling")
    factor = scale_factor(scale, m)
    if count == 1:
        return 0.0
    term = sqrt(m * 2 * log(Integer(count))) * Rational(factor.numerator, factor.denominator)
    return round_up(ball_value(term))


def hoeffding_sign_chain() -> Chain:
    """(e^t + e^{−t})/2 ≤ e^{t²/2}: the power series compared term by term.

    Examples
    --------
    >>> hoeffding_sign_chain().statuses["induction"]
    <Status.PROVED: 'PROVED'>
    """
    k = Dim("k")
    t, a, b = (scalar(name) for name in ("t", "a", "b"))
    source = (
        "the power series of exp, its definition: cosh t = Σ t^{2k}/(2k)! and e^{t²/2} = Σ t^{2k}/(2^k k!)"
    )
    known = (Hypothesis(a, ">=", b), Hypothesis(b, ">", 0), Hypothesis(a, ">", 0))
    return Chain(
        "cosh t ≤ e^{t²/2}",
        (
            Link("series", "both sides are series in t²", source=source),
            Link("left step", "(2k + 2)! = (2k + 2)(2k + 1) (2k)!",
                 Claim(factorial(2 * k + 2), "=", (2 * k + 2) * (2 * k + 1) * factorial(2 * k))),
            Link("right step", "2^{k+1} (k + 1)! = 2 (k + 1) 2^k k!",
                 Claim(2 ** (k + 1) * factorial(k + 1), "=", 2 * (k + 1) * 2**k * factorial(k))),
            Link("induction", "so (2k)! = a ≥ b = 2^k k! is kept: the left side gains 2k + 1",
                 Claim((2 * k + 1) * a, ">=", a, (Hypothesis(a, ">", 0),))),
            Link("term by term", "t^{2k}/b − t^{2k}/a ≥ 0, here for k = 1",
                 Claim(t**2 * (a - b) / (a * b), ">=", 0, known)),
        ),
    )  # fmt: skip


def massart_chain() -> Chain:
    """E max_a ⟨σ, a⟩ ≤ r √(2 ln N), for N ≥ 2 vectors of length at most r > 0."""
    N, m = Dim("N"), Dim("m")
    j, i = Index("j", N), Index("i", m)
    s, value, r, rate = Vector("s", N), Vector("a", m), scalar("r"), scalar("lambda")
    positive = (Hypothesis(rate, ">", 0), Hypothesis(r, ">", 0), Hypothesis(N, ">=", Integer(2)))
    free = log(N) / rate + rate * r**2 / 2
    best = sqrt(2 * log(N)) / r
    largest = indexed_max(exp(s[j]), j)
    square = indexed_sum(value[i] ** 2, i)
    short = (Hypothesis(rate, ">", 0), Hypothesis(square, "<=", r**2))
    return Chain(
        "E max ⟨σ, a⟩ ≤ r √(2 ln N)",
        (
            Link("Jensen", "e^{λ E M} ≤ E e^{λ M}", source="Jensen, Sur les fonctions convexes, 1906"),
            Link("largest", "the largest of N positive terms is at most their sum",
                 Claim(largest, "<=", indexed_sum(exp(s[j]), j)), "a sum of positive terms exceeds each"),
            Link("independence", "E e^{λ⟨σ, a⟩} = Π_i cosh(λ a_i)",
                 source="the expectation of a product of independent variables is a product"),
            Link("Hoeffding", "cosh t ≤ e^{t²/2}", source="Hoeffding 1963; see hoeffding_sign_chain"),
            Link("length", "Σ λ² a_i²/2 ≤ λ² r²/2",
                 Claim(indexed_sum(rate**2 * value[i] ** 2 / 2, i), "<=", rate**2 * r**2 / 2, short)),
            Link("logarithm", "ln(N e^{λ² r²/2})/λ", Claim(log(N * exp(rate**2 * r**2 / 2)) / rate, "=", free,
                                                           positive[:1])),
            Link("best λ", "λ* = √(2 ln N)/r gives the bound",
                 Claim(free.subs(rate, best), "=", r * sqrt(2 * log(N)), positive[1:])),
            Link("no better λ", "every other λ gives more",
                 Claim(free, ">=", r * sqrt(2 * log(N)), positive)),
        ),
    )  # fmt: skip
