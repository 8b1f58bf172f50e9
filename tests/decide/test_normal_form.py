"""The normal form as a term again: it must have the value of the term that it came from."""

from __future__ import annotations

import random

import mpmath
import pytest
from sympy import Expr, KroneckerDelta, erf, sqrt

from generated import FREE, POSITIVE, Generator, K, P, W, X
from oracle import NoValue, World
from symderive.decide import equality  # noqa: F401  (it registers the normal forms)
from symderive.decide.algebra import Algebra, TooLarge, Undefined, Unsupported
from symderive.terms import (
    Apply,
    Hypothesis,
    Index,
    indexed_max,
    indexed_product,
    indexed_sum,
    vec,
)

SEEDS = range(400)


def algebra() -> Algebra:
    """An algebra that knows what is positive."""
    from symderive.terms import scalar

    result = Algebra()
    result.facts.assume(Hypothesis(P[FREE[0]], ">", 0, (FREE[0],)))
    for name in ("b", "gamma"):
        result.facts.assume(Hypothesis(scalar(name), ">", 0))
    return result


class Nested:
    """Random sums of sums over one range, under roots, extrema and functions of vectors: names are captured
    where two indices that are bound at once are given the same one.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def entry(self, bound: list[Index]) -> Expr:
        """An entry, mostly at what was bound last."""
        pool = [*bound[-2:] * 3, *bound, *FREE]
        i, j = (self.random.choice(pool) for _ in range(2))
        return self.random.choice([W[i, j], W[i, j], X[i]])

    def term(self, depth: int, bound: list[Index]) -> Expr:
        """A term in the indices bound around it."""
        if depth <= 0:
            return self.entry(bound)
        j = Index(f"j{len(bound)}", K)
        pick, inner = self.random.randrange(13), [*bound, j]
        if pick < 3:
            return indexed_sum(self.term(depth - 1, inner) * self.entry(inner), j)
        if pick == 3:
            return self.term(depth - 1, bound) * self.term(depth - 1, bound)
        if pick == 4:
            length = sqrt(indexed_sum(self.entry(inner) ** 2, j))
            return self.term(depth - 1, bound) / length
        if pick == 5:
            return self.term(depth - 1, bound) * KroneckerDelta(*self.random.choices([*bound, *FREE], k=2))
        if pick == 6:
            return Apply("F", (vec(self.term(depth - 1, inner), j),), ())
        if pick == 7:
            return indexed_max(self.term(depth - 1, inner), j)
        if pick > 10:
            return erf(self.term(depth - 1, bound) * self.random.choice([1, -1]))
        if pick > 8:
            # What is joined inside is worked on while the sum around it is.
            return sqrt(1 + self.term(depth - 1, bound) ** 2)
        return indexed_product(2 + indexed_sum(self.entry(inner) ** 2, Index("m", K)), j)


def check(term: Expr, seed: int) -> bool:
    """Compare one random term with its normal form; False where it has none."""
    held = algebra()
    try:
        normal = held.term(held.normalise(term))
    except (Unsupported, Undefined, TooLarge):
        return False
    compared = 0
    with mpmath.workdps(60):
        for size in (4, 1):
            for trial in range(3):
                world = World(size, trial, POSITIVE)
                try:
                    before = world(term)
                    world.ranged = False
                    after = world(normal)
                except (NoValue, ZeroDivisionError, ValueError, OverflowError):
                    continue
                compared += 1
                gap = abs(before - after) / max(1, abs(before))
                assert gap < mpmath.mpf("1e-35"), (seed, size, term, normal, before, after)
    return compared > 0


@pytest.mark.parametrize("block", range(8))
def test_normal_form_keeps_the_value(block: int) -> None:
    """A rewriting that changes a value anywhere proves falsehoods."""
    seeds = [seed for seed in SEEDS if seed % 8 == block]
    compared = sum(check(Generator(seed).term(2 + seed % 3), seed) for seed in seeds)
    assert compared >= 0.8 * len(seeds)


def test_a_sum_that_is_joined_inside_a_root_has_names_of_its_own() -> None:
    """Σ_ab √(1 + (Σ_cd …)²) Z_ab: while the outer sum is one over a and b, the inner one becomes one, too."""
    a, b, c, d = (Index(name, K) for name in "abcd")
    inner = indexed_sum(indexed_sum(W[b, d] * W[d, c], d) * W[c, b], c)
    term = indexed_sum(indexed_sum(sqrt(1 + inner**2) * W[a, b], b) * X[a], a)
    assert check(term, 1)


@pytest.mark.parametrize("block", range(4))
def test_no_index_is_captured(block: int) -> None:
    """Σ_a F((W_ab)_b) is not Σ_a F((W_bb)_b), whatever an index is called until a sum is normal."""
    seeds = [seed for seed in SEEDS if seed % 4 == block]
    compared = sum(check(Nested(seed).term(2 + seed % 3, []), seed) for seed in seeds)
    assert compared >= 0.8 * len(seeds)


@pytest.mark.sweep
@pytest.mark.parametrize("block", range(40))
def test_normal_form_keeps_the_value_of_many_terms(block: int) -> None:
    """The long sweep of the test above."""
    for seed in range(1_000 + 100 * block, 1_100 + 100 * block):
        check(Generator(seed).term(2 + seed % 3), seed)
        check(Nested(seed).term(2 + seed % 4, []), seed)
