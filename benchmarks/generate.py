"""Generated functions against frameworks and hand-written NumPy: ratios of medians of interleaved runs.

    python benchmarks/generate.py [--threads=2] [--repeat N] [--json FILE]

Every contender of a case runs once in turn, again and again in changing order, so that a machine that slows
down slows all of them; ratios are to be compared, not times. Processor time is taken: other processes do not
count. On one thread, the process is bound to one processor before the frameworks are imported. Peers that are
not installed are left out.

The array of a result costs, too: its pages are new to the process. What writes into an array that is there
(`out=`) is compared with a copy into one, what makes a new array with a copy that makes one; the frameworks
make new ones, so that they are compared with what does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

THREADS = 2 if "--threads=2" in sys.argv else 1
if THREADS == 1:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
else:
    # The clock on the wall counts the kernel's search for huge pages, which strikes new arrays of NumPy's at
    # random (0 to 50 ms for one of 51 MB); the frameworks take small pages, and so does everyone here.
    os.environ["NUMPY_MADVISE_HUGEPAGE"] = "0"
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np  # noqa: E402
from sympy import exp, log  # noqa: E402

from symderive.codegen.generate import generate  # noqa: E402
from symderive.terms import Dim, Index, Vector, indexed_sum  # noqa: E402

Runs = dict[str, Callable[[], Any]]
#: (what, contender, against, how many times as fast it is to be at least)
Goal = tuple[str, str, tuple[str, ...], float]


#: Processor time adds up over threads, so that two of them are timed by the clock on the wall.
_clock = time.process_time if THREADS == 1 else time.perf_counter


def medians(runs: Runs, repeat: int) -> dict[str, float]:
    """The median seconds of processor time of each contender, all run in turns of changing order."""
    order = np.random.default_rng(0)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(repeat):
        for name in order.permutation(list(runs)):
            start = _clock()
            runs[name]()
            times[name].append(_clock() - start)
    return {name: statistics.median(found) for name, found in times.items()}


def by_hand(logits: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> Any:
    """Loss and gradient as one writes them in NumPy: shifted by the maximum, the gradient in place."""
    rows = np.arange(len(logits))
    top = logits.max(axis=1, keepdims=True)
    weights = np.exp(logits - top)
    total = weights.sum(axis=1, keepdims=True)
    value = np.log(total[:, 0]) - (logits[rows, labels] - top[:, 0])
    weights /= total
    weights[rows, labels] -= 1
    return value, weights


def by_scipy() -> Callable[..., Any] | None:
    """Loss and gradient as one writes them with SciPy, where it is installed."""
    try:
        from scipy.special import log_softmax, softmax
    except ImportError:
        return None

    def run(logits: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> Any:
        rows = np.arange(len(logits))
        value = -log_softmax(logits, axis=1)[rows, labels]
        gradient = softmax(logits, axis=1)
        gradient[rows, labels] -= 1
        return value, gradient

    return run


def peers(logits: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> Runs:
    """Loss and gradient by the frameworks that are installed."""
    runs: Runs = {}
    scipy = by_scipy()
    if scipy is not None:
        runs["scipy"] = lambda: scipy(logits, labels)
    try:
        import torch

        torch.set_num_threads(THREADS)
        given = torch.tensor(logits, requires_grad=True)
        places = torch.tensor(labels)

        def by_torch() -> Any:
            given.grad = None
            loss = torch.nn.functional.cross_entropy(given, places, reduction="none")
            loss.sum().backward()
            return loss, given.grad

        runs["torch"] = by_torch
    except ImportError:
        pass
    try:
        import jax

        array, wanted = jax.numpy.asarray(logits), jax.numpy.asarray(labels)

        def losses(x: Any, t: Any) -> Any:
            return -jax.numpy.take_along_axis(jax.nn.log_softmax(x), t[:, None], 1)[:, 0]

        def total(x: Any, t: Any) -> Any:
            found = losses(x, t)
            return found.sum(), found

        compiled = jax.jit(jax.value_and_grad(total, has_aux=True))
        runs["jax"] = lambda: jax.block_until_ready(compiled(array, wanted))
    except ImportError:
        pass
    return runs


def cross_entropy(rows: int, classes: int) -> tuple[Runs, list[Goal]]:
    """Loss and gradient of softmax cross-entropy with index targets, float32."""
    size = Dim("K")
    x, j, t = Vector("x", size), Index("j", size), Index("t", size)
    loss = -log(exp(x[t]) / indexed_sum(exp(x[j]), j))

    def made(accuracy: str, target: str = "c") -> Callable[..., Any]:
        function = generate(
            loss,
            x,
            target=target,
            compute="value_and_gradient",
            index=t,
            accuracy=accuracy,
            name="cross_entropy",
        )
        return function["value_and_gradient"]

    rng = np.random.default_rng(0)
    logits = rng.normal(size=(rows, classes)).astype(np.float32)
    labels = rng.integers(0, classes, rows)
    default, fast, copied = made("default"), made("fast"), np.empty_like(logits)
    numpy_default, numpy_fast = made("default", "numpy"), made("fast", "numpy")
    kept = np.empty(rows, np.float32), np.empty_like(logits)
    runs: Runs = {
        "c": lambda: default(logits, labels, threads=THREADS),
        "c, fast": lambda: fast(logits, labels, threads=THREADS),
        "c, fast, out=": lambda: fast(logits, labels, out=kept, threads=THREADS),
        "numpy": lambda: numpy_default(logits, labels),
        "numpy, fast": lambda: numpy_fast(logits, labels),
        "copy": lambda: np.copyto(copied, logits),
        "copy, new array": logits.copy,
        "numpy by hand": lambda: by_hand(logits, labels),
        **peers(logits, labels),
    }
    frameworks = tuple(name for name in ("torch", "jax") if name in runs)
    if rows * classes < 100_000:
        return runs, [("no slower than NumPy", "c", ("numpy by hand",), 1.0)]
    goals: list[Goal] = [
        ("within 4 times of a copy", "c, fast, out=", ("copy",), 0.25),
        ("within 4 times of a copy into a new array", "c, fast", ("copy, new array",), 0.25),
        ("within 1.2 times of NumPy by hand", "numpy, fast", ("numpy by hand",), 1 / 1.2),
    ]
    if "scipy" in runs:
        goals.append(("SciPy", "numpy", ("scipy",), 1.0))
    if frameworks:
        goals += [
            ("the faster framework", "c", frameworks, 1.7),
            ("the faster framework", "c, fast", frameworks, 2.5),
        ]
    return runs, goals


#: Case → its contenders and goals.
CASES: dict[str, Callable[[], tuple[Runs, list[Goal]]]] = {
    "cross-entropy, 4096 x 1000": lambda: cross_entropy(4096, 1000),
    "cross-entropy, 256 x 50257": lambda: cross_entropy(256, 50257),
    "cross-entropy, 64 x 10": lambda: cross_entropy(64, 10),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the cases; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--repeat", type=int, default=15, help="runs of each contender (small cases: 20 times)"
    )
    parser.add_argument("--threads", choices=["1", "2"], default="1", help="write --threads=2 (default: 1)")
    parser.add_argument("--json", help="write medians in seconds to this file")
    given = parser.parse_args(arguments)
    found: dict[str, dict[str, float]] = {}
    missed = 0
    for case, make in CASES.items():
        runs, goals = make()
        small = case.endswith("64 x 10")
        times = found[case] = medians(runs, given.repeat * (20 if small else 1))
        print(case)
        for name, seconds in sorted(times.items(), key=lambda pair: pair[1]):
            print(f"  {name:16} {seconds * 1e3:10.3f} ms")
        for what, contender, against, least in goals:
            ratio = min(times[name] for name in against) / times[contender]
            verdict = "reached" if ratio >= least else "MISSED"
            missed += ratio < least
            print(f"  {contender} against {what}: {ratio:.2f} (goal {least}): {verdict}")
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=2)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
