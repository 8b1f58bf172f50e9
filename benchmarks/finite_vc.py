"""Speed of the counting half of learning theory, as ratios to the limits and to plain Python.

Run ``python benchmarks/finite_vc.py``.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from itertools import product

from symderive.finite.deviations import deviation_probability
from symderive.finite.halfspaces import Halfspaces
from symderive.finite.linear_rademacher import l2_ball_rademacher
from symderive.finite.set_families import check_all_families
from symderive.finite.sign_enumeration import sum_of_maxima


def seconds(call: Callable[[], object], repeat: int = 3) -> float:
    """The best of a few runs."""
    best = float("inf")
    for _ in range(repeat):
        started = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - started)
    return best


def plain_enumeration(vectors: list[list[int]]) -> int:
    """The definition in plain Python."""
    return sum(
        max(sum(s * a for s, a in zip(signs, v, strict=True)) for v in vectors)
        for signs in product((1, -1), repeat=len(vectors[0]))
    )


def main() -> None:
    """Print one line a task: seconds, the limit where there is one, and the ratio."""
    generator = random.Random(0)
    space = [tuple(t**k for k in (1, 2, 3)) for t in range(8)]
    small = [[generator.randint(-9, 9) for _ in range(12)] for _ in range(20)]
    large = [[generator.randint(-9, 9) for _ in range(24)] for _ in range(20)]
    points = [[generator.randint(-9, 9) for _ in range(3)] for _ in range(18)]
    limited: list[tuple[str, Callable[[], object], float]] = [
        ("8 points in R^3, HiGHS proposes", lambda: Halfspaces(3).shatters(space), 5.0),
        ("8 points in R^3, exact simplex", lambda: Halfspaces(3, "exact").shatters(space), 5.0),
        ("2^24 signs, 20 functions", lambda: sum_of_maxima(large), 10.0),
        ("all 65536 families on 4 points", lambda: check_all_families(4), 1.0),
        ("L2 ball, 18 points", lambda: l2_ball_rademacher(points), 5.0),
        ("exact deviation, m = 100", lambda: deviation_probability(100, "3/20"), 1.0),
    ]
    print(f"{'task':<34}{'seconds':>10}{'limit':>8}{'ratio':>9}")
    for name, call, limit in limited:
        taken = seconds(call)
        print(f"{name:<34}{taken:>10.3f}{limit:>8.0f}{taken / limit:>9.3f}")
    plain, fast = seconds(lambda: plain_enumeration(small), 1), seconds(lambda: sum_of_maxima(small))
    print(f"{'2^12 signs: plain Python / tables':<34}{plain:>10.3f}{'':>8}{plain / fast:>9.0f}")


if __name__ == "__main__":
    main()
