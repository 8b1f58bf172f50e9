"""What a random ranking scores: E[AP] in closed form, derived link by link and checked by enumeration."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import comb

from sympy import Expr

from symderive.finite.average_precision import exact_sum
from symderive.finite.chains import Chain, Link
from symderive.terms import Claim, Dim, Hypothesis, Index, Vector, indexed_sum, scalar

__all__ = [
    "enumerated_random_average_precision",
    "expected_random_average_precision",
    "random_average_precision_derivation",
]


def expected_random_average_precision(positives: int, samples: int) -> Fraction:
    """The expected step AP of n samples, P of them positive, in uniformly random order without ties.

    (P−1)/(n−1)·(1 − H_n/n) + H_n/n with H_n = 1 + 1/2 + … + 1/n; always above the prevalence P/n while
    P < n, so "AP of a random classifier is the prevalence" holds for tied scores and in the limit only.

    Parameters
    ----------
    positives
        P, from 1 to n.
    samples
        n, at least 1.

    Examples
    --------
    >>> expected_random_average_precision(4, 10)
    Fraction(19981, 37800)
    >>> expected_random_average_precision(1, 2)  # (1 + 1/2)/2
    Fraction(3, 4)
    """
    if not 1 <= positives <= samples:
        raise ValueError(f"P={positives}, n={samples}: E[AP] needs 1 <= P <= n")
    if samples == 1:
        return Fraction(1)
    harmonic = exact_sum([(1, k) for k in range(1, samples + 1)])
    first = Fraction(positives - 1, samples - 1)
    return first * (1 - harmonic / samples) + harmonic / samples


def enumerated_random_average_precision(positives: int, samples: int) -> Fraction:
    """The same expectation by going through all C(n, P) orders: an independent check for small n.

    Examples
    --------
    >>> enumerated_random_average_precision(4, 10)
    Fraction(19981, 37800)
    """
    orders = comb(samples, positives) if 1 <= positives <= samples else 0
    if not 1 <= orders <= 2_000_000:
        raise ValueError(
            f"P={positives}, n={samples}: enumeration needs 1 <= P <= n and at most 2 000 000 orders;"
            " use expected_random_average_precision"
        )
    # One pass: how often a positive at place k is the j-th positive; each time it contributes j/k.
    tally: dict[tuple[int, int], int] = {}
    for places in combinations(range(1, samples + 1), positives):
        for pair in enumerate(places, start=1):
            tally[pair] = tally.get(pair, 0) + 1
    return exact_sum([(j * times, k) for (j, k), times in tally.items()]) / (positives * orders)


@lru_cache(maxsize=1)
def random_average_precision_derivation() -> Chain:
    """The closed form, for every n ≥ 2 and 1 ≤ P ≤ n, as a chain of judged links.

    With y_k the label at place k, AP = (1/P) Σ_k y_k (y_1 + … + y_k)/k. The order is uniformly random, so
    E[y_k] = e and E[y_k y_m] = t are the same for all k and all k ≠ m; y_k² = y_k, so Σ y_k = P settles both.

    Examples
    --------
    >>> random_average_precision_derivation().status
    <Status.PROVED: 'PROVED'>
    """
    n = Dim("n")
    k, m = Index("k", n), Index("m", n)
    positives, e, t, h = (scalar(name) for name in ("P", "e", "t", "h"))
    y = Vector("y", n)
    harmonic = indexed_sum(1 / m, m)
    two = Hypothesis(n, ">=", 2)
    some = Hypothesis(positives, ">=", 1)
    single: Expr = positives / n
    pair: Expr = positives * (positives - 1) / (n * (n - 1))
    closed = (positives - 1) / (n - 1) * (1 - harmonic / n) + harmonic / n
    found = indexed_sum(y[m], m, 1, k)
    earlier = indexed_sum(y[m], m, 1, k - 1)
    links = (
        Link(
            "own place",
            "the positive at place k finds itself and those before it",
            Claim(indexed_sum(y[k] * found / k, k), "=", indexed_sum(y[k] * (y[k] + earlier) / k, k)),
        ),
        Link("one place", "E Σ y_k = n·e = P has the solution e = P/n", Claim(n * single, "=", positives)),
        Link(
            "two places",
            "E (Σ y_k)² = n·e + n(n−1)·t = P² has the solution t = P(P−1)/(n(n−1))",
            Claim(n * single + n * (n - 1) * pair, "=", positives**2, (two,)),
        ),
        Link(
            "one solution",
            "the coefficient of t is not 0, so there is no other",
            Claim(n * (n - 1), ">", 0, (two,)),
        ),
        Link(
            "summation",
            "linearity: the expectation of each term is (e + (k−1)t)/k",
            Claim(
                indexed_sum((e + (m - 1) * t) / m, m) / positives,
                "=",
                (n * t + (e - t) * harmonic) / positives,
                (some,),
            ),
        ),
        Link(
            "closed form",
            "e and t put in",
            Claim((n * pair + (single - pair) * harmonic) / positives, "=", closed, (two, some)),
        ),
        Link(
            "above the prevalence",
            "E[AP] exceeds P/n by a product of factors that are not negative, as H_n ≥ 1",
            Claim(closed - single, "=", (n - positives) * (harmonic - 1) / (n * (n - 1)), (two,)),
        ),
        Link(
            "harmonic number",
            "H_n is 1 and a sum of positive terms",
            Claim(harmonic, "=", 1 + indexed_sum(1 / m, m, 2, n)),
        ),
        Link("its tail", "every term is positive", Claim(indexed_sum(1 / m, m, 2, n), ">=", 0)),
        Link(
            "the sign",
            "with h for H_n",
            Claim(
                (n - positives) * (h - 1) / (n * (n - 1)),
                ">=",
                0,
                (two, Hypothesis(h, ">=", 1), Hypothesis(positives, "<=", n)),
            ),
        ),
    )
    return Chain("E[AP] = (P−1)/(n−1)·(1 − H_n/n) + H_n/n ≥ P/n for a random order, n ≥ 2", links)
