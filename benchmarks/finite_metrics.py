"""How fast are the metrics? Average precision beside scikit-learn, and what exactness costs.

    python benchmarks/finite_metrics.py            # a minute
    python benchmarks/finite_metrics.py --quick    # fewer rounds

Things that are compared are measured in turns (A, B, A, B, …), so that a machine that slows down slows down
both; every figure is a median, and a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from symderive.finite import average_precision, confusion_matrix, pairwise_distances, roc_auc

MILLION = 1_000_000
#: AP on a million scores may take this many times what scikit-learn takes.
LIMIT = 1.5


def seconds(work: Callable[[], Any]) -> float:
    """The wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def in_turns(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> dict[str, float]:
    """Median times of both, and the median of the rounds' ratios ours/theirs."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return {
        "symderive": statistics.median(a for a, _ in pairs),
        "peer": statistics.median(b for _, b in pairs),
        "ratio": statistics.median(a / b for a, b in pairs),
    }


def against_scikit_learn(rounds: int) -> dict[str, dict[str, float]]:
    """AP, AUC and the confusion matrix of a million samples, the distances of 1 000 × 1 000 rows."""
    try:
        from sklearn import metrics
    except ImportError:
        sys.exit("the comparison needs scikit-learn: pip install 'symderive[metrics]'")
    rng = np.random.default_rng(0)
    y = (rng.random(MILLION) < 0.3).astype(np.int64)
    rankings = {
        "distinct float64": rng.random(MILLION),
        "distinct float32": rng.random(MILLION).astype(np.float32),
        "1 000 tied values": rng.integers(0, 1000, MILLION) / 1000,
        "sorted": np.linspace(0, 1, MILLION),
    }
    table = {}
    for name, scores in rankings.items():
        table[f"AP, {name}"] = in_turns(
            lambda scores=scores: average_precision(y, scores, exact=False),
            lambda scores=scores: metrics.average_precision_score(y, scores),
            rounds,
        )
    scores, weights = rankings["distinct float64"], rng.random(MILLION)
    table["AP, weighted"] = in_turns(
        lambda: average_precision(y, scores, sample_weight=weights, exact=False),
        lambda: metrics.average_precision_score(y, scores, sample_weight=weights),
        rounds,
    )
    table["ROC AUC"] = in_turns(
        lambda: roc_auc(y, scores, exact=False), lambda: metrics.roc_auc_score(y, scores), rounds
    )
    truth, guess = rng.integers(0, 10, MILLION), rng.integers(0, 10, MILLION)
    table["confusion matrix, 10 classes"] = in_turns(
        lambda: confusion_matrix(truth, guess), lambda: metrics.confusion_matrix(truth, guess), rounds
    )
    rows = rng.normal(size=(1000, 20))
    table["Manhattan distances, 1 000 × 1 000 × 20"] = in_turns(
        lambda: pairwise_distances(rows, p=1), lambda: metrics.pairwise.manhattan_distances(rows), rounds
    )
    return table


def exactness(rounds: int) -> dict[str, float]:
    """What an exact fraction costs, by length of the ranking."""
    rng = np.random.default_rng(0)
    table = {}
    for n in (1_000, 10_000, 100_000):
        y, scores = rng.integers(0, 2, n), rng.random(n)
        table[f"exact AP, n = {n}"] = statistics.median(
            seconds(lambda y=y, scores=scores: average_precision(y, scores)) for _ in range(rounds)
        )
    return table


def main() -> int:
    """Print the tables; 1 where AP is slower than it may be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="three rounds instead of nine")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rounds = 3 if options.quick else 9
    compared, exact = against_scikit_learn(rounds), exactness(3)
    slow = [name for name, row in compared.items() if name.startswith("AP") and row["ratio"] > LIMIT]
    if options.json:
        print(json.dumps({"against scikit-learn": compared, "exact": exact, "too slow": slow}, indent=2))
        return bool(slow)
    print(f"{'':<42}{'symderive':>11}{'scikit-learn':>14}{'ratio':>8}")
    for name, row in compared.items():
        print(f"{name:<42}{row['symderive'] * 1e3:>8.1f} ms{row['peer'] * 1e3:>11.1f} ms{row['ratio']:>8.2f}")
    for name, spent in exact.items():
        print(f"{name:<42}{spent * 1e3:>8.1f} ms")
    print(f"AP within {LIMIT} × scikit-learn: {'no: ' + ', '.join(slow) if slow else 'yes'}")
    return bool(slow)


if __name__ == "__main__":
    sys.exit(main())
