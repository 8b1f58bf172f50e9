"""The normal form as a term again: it must have the value of the term that it came from."""

from __future__ import annotations

import mpmath
import pytest

from generated import FREE, POSITIVE, Generator, P
from oracle import NoValue, World
from symderive.decide import equality  # noqa: F401  (it registers the normal forms)
from symderive.decide.algebra import Algebra, TooLarge, Undefined, Unsupported
from symderive.terms import Hypothesis

SEEDS = range(400)


def algebra() -> Algebra:
    """An algebra that knows what is positive."""
    from symderive.terms import scalar

    result = Algebra()
    result.facts.assume(Hypothesis(P[FREE[0]], ">", 0, (FREE[0],)))
    for name in ("b", "gamma"):
        result.facts.assume(Hypothesis(scalar(name), ">", 0))
    return result


def check(seed: int, depth: int) -> bool:
    """Compare one random term with its normal form; False where it has none."""
    term = Generator(seed).term(depth)
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
    compared = sum(check(seed, 2 + seed % 3) for seed in seeds)
    assert compared >= 0.8 * len(seeds)


@pytest.mark.sweep
@pytest.mark.parametrize("block", range(40))
def test_normal_form_keeps_the_value_of_many_terms(block: int) -> None:
    """The long sweep of the test above."""
    for seed in range(1_000 + 100 * block, 1_100 + 100 * block):
        check(seed, 2 + seed % 3)
