"""How fast does symderive judge? One table on the terminal, the same numbers as JSON.

    python benchmarks/check.py            # everything, a few minutes
    python benchmarks/check.py --quick    # fewer repetitions, a shorter document

Every figure is a median; things that are compared are measured in turns (A, B, A, B, …), so that a machine
that slows down slows down both, and are reported as ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "derivations"
CLI = [sys.executable, "-c", "import sys; from symderive.cli import main; sys.exit(main(sys.argv[1:]))"]
VECTORS, SCALARS = "xyzuvw", "abcdgh"


def seconds(work: Callable[[], Any]) -> float:
    """The wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def in_turns(works: Sequence[Callable[[], Any]], rounds: int) -> list[float]:
    """The median time of each work, measured one after the other in every round."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for spent, work in zip(times, works, strict=True):
            spent.append(seconds(work))
    return [statistics.median(spent) for spent in times]


def process(command: Sequence[str]) -> Callable[[], Any]:
    """A run of a program, its output thrown away."""
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def start_up(rounds: int) -> dict[str, Any]:
    """`--help` and `list` beside an interpreter that does nothing."""
    nothing, version, listing = in_turns(
        [process([sys.executable, "-c", "pass"]), process([*CLI, "--help"]), process([*CLI, "list"])], rounds
    )
    limit = 2 * nothing + 0.1
    return {
        "python -c pass": nothing,
        "symderive --help": version,
        "symderive list": listing,
        "limit (2 x pass + 0.1 s)": limit,
        "within": version <= limit and listing <= limit,
    }


def claims_of(text: str, name: str) -> tuple[float, list[Any]]:
    """The time to read a document, and its claims."""
    from symderive.documents.examination import Document, Examination

    examination = Examination(Document(name, text))
    reading = seconds(examination.read)
    assert examination.reading is not None
    return reading, [claim for reading in examination.reading.readings for claim in reading.claims]


def book(rounds: int) -> dict[str, Any]:
    """The book on one core: reading, the verdict of each claim, and the command as a whole."""
    from symderive import judge_claim

    pages = sorted(BOOK.glob("*.md"))
    read: list[float] = []
    verdicts: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        spent = 0.0
        for page in pages:
            reading, claims = claims_of(page.read_text(encoding="utf-8"), page.name)
            spent += reading
            for number, claim in enumerate(claims):
                time_of = seconds(lambda claim=claim: judge_claim(claim, timeout=10))
                if turn:  # the first turn pays for imports and caches
                    verdicts.setdefault(f"{page.stem} claim {number + 1}", []).append(time_of)
        if turn:
            read.append(spent)
    medians = {name: statistics.median(times) for name, times in verdicts.items()}
    (command,) = in_turns([process([*CLI, "check", "--jobs", "1", str(BOOK)])], rounds)
    slowest = sorted(medians, key=lambda name: -medians[name])[:5]
    return {
        "pages": len(pages),
        "claims": len(medians),
        "reading all pages": statistics.median(read),
        "judging all claims": sum(medians.values()),
        "median verdict": statistics.median(medians.values()),
        "verdicts over 50 ms": sum(1 for value in medians.values() if value > 0.05),
        "slowest": {name: medians[name] for name in slowest},
        "symderive check derivations --jobs 1": command,
    }


JACOBIAN = r"""
Let $x = (x_1, \dots, x_{K})$.

$$ s_i(x) = \frac{e^{x_i}}{\sum_{j=1}^{K} e^{x_j}} $$

$$ \frac{\partial s_i(x)}{\partial x_k} = s_i(x) (\delta_{ik} - s_k(x)) $$
"""


def dimensions(rounds: int) -> dict[str, Any]:
    """The verdict on the softmax Jacobian for every K, and at explicit K: it must not grow with K."""
    from symderive import judge_claim

    sizes = ["K", "2", "3", "5", "12", "100", "1000"]
    claims = [claims_of(JACOBIAN.replace("K", size), size)[1][0] for size in sizes]
    for claim in claims:
        judge_claim(claim)
    medians = in_turns([lambda claim=claim: judge_claim(claim) for claim in claims], rounds)
    result: dict[str, Any] = {f"K = {size}": median for size, median in zip(sizes, medians, strict=True)}
    result["largest explicit K : symbolic K"] = max(medians[1:]) / medians[0]
    return result


def beside_sympy(rounds: int) -> dict[str, Any]:
    """The same claim by SymPy's simplify, entry by entry at explicit K."""
    import sympy

    from symderive import judge_claim

    (claim,) = claims_of(JACOBIAN, "K")[1]
    judge_claim(claim)
    result: dict[str, Any] = {}
    for size in range(2, 13, 2):
        x = sympy.symbols(f"x1:{size + 1}", real=True)

        def by_simplify(x: Sequence[Any] = x) -> None:
            total = sum(sympy.exp(entry) for entry in x)
            s = [sympy.exp(entry) / total for entry in x]
            for i, si in enumerate(s):
                for k, sk in enumerate(s):
                    difference = sympy.diff(si, x[k]) - si * ((1 if i == k else 0) - sk)
                    assert sympy.simplify(difference) == 0

        sympy.core.cache.clear_cache()
        ours, theirs = in_turns([lambda: judge_claim(claim), by_simplify], 1 if size > 6 else rounds)
        result[f"K = {size}"] = {"symderive, every K": ours, "simplify": theirs, "ratio": theirs / ours}
    return result


def generated(formulas: int) -> str:
    """A document of many different true claims."""
    lines = []
    for number in range(formulas):
        x, y = (VECTORS[(number // step) % 6] for step in (1, 6))
        a, b, c = (SCALARS[(number // step) % 6] for step in (1, 6, 36))
        p, r = 2 + number % 7, 1 + number % 11
        lines.append(
            [
                rf"\sum_{{i=1}}^N ({p} {x}_i + {r} {y}_i) = {p} \sum_{{i=1}}^N {x}_i + {r} \sum_j {y}_j",
                rf"({a} + {p} {b})^2 - {p * p} {b}^2 = {a}^2 + {2 * p} {a} {b} + {number} {c} - {number} {c}",
                rf"\sum_{{j=1}}^N \delta_{{jk}} {x}_j \cdot {number + 1} = {number + 1} {x}_k",
                rf"\log(e^{{{p} {a}}} e^{{{r} {b}}}) = {p} {a} + {r} {b} + {number} - {number}",
            ][number % 4]
        )
    return "\n\n".join(f"# Section {n}\n\n$$ {line} $$" for n, line in enumerate(lines))


def long_document(formulas: int) -> dict[str, Any]:
    """A long document with one job and with two, as one file and as eight."""
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one")
        many = Path(folder, "many")
        one.mkdir()
        many.mkdir()
        (one / "notes.md").write_text(generated(formulas), encoding="utf-8")
        for part in range(8):
            (many / f"notes{part}.md").write_text(generated(formulas // 8), encoding="utf-8")
        result: dict[str, Any] = {"formulas": formulas, "cores": os.cpu_count()}
        for name, path in (("one file", one), ("eight files", many)):
            works = [process([*CLI, "check", "--jobs", jobs, "--format", "json", str(path)]) for jobs in "12"]
            single, double = in_turns(works, 1)
            result[name] = {"--jobs 1": single, "--jobs 2": double, "speed-up": single / double}
        return result


def show(results: dict[str, Any], indent: int = 0) -> None:
    """The numbers as a table."""
    for name, value in results.items():
        label = f"{'  ' * indent}{name}"
        if isinstance(value, dict):
            print(label)
            show(value, indent + 1)
        elif isinstance(value, float):
            unit = "" if any(word in name for word in ("ratio", ":", "speed-up")) else " s"
            print(f"{label:<44}{value:>10.4f}{unit}")
        else:
            print(f"{label:<44}{value!s:>10}")


def main() -> None:
    """Measure, print, and write the numbers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and a shorter document")
    parser.add_argument("--only", nargs="*", help="the names of the measurements to take")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("check.json"))
    arguments = parser.parse_args()
    rounds = 3 if arguments.quick else 7
    measurements: dict[str, Callable[[], dict[str, Any]]] = {
        "start-up": lambda: start_up(rounds),
        "book": lambda: book(3),
        "dimensions": lambda: dimensions(rounds),
        "beside SymPy": lambda: beside_sympy(rounds),
        "long document": lambda: long_document(400 if arguments.quick else 2_000),
    }
    results: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    for name, measure in measurements.items():
        if not arguments.only or name in arguments.only:
            results[name] = measure()
            show({name: results[name]})
    arguments.output.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
