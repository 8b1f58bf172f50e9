"""Worst errors in ulps of generated NumPy functions, of plain lambdify and of the peers installed.

Run from a checkout: ``python benchmarks/accuracy.py [NAME…] [--sizes 1,2,3,10] [--json FILE] [--plot FILE]``;
all functions at all sizes take about ten minutes on one core.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from accuracy_formulas import CANCELLING, WELL
from symderive.codegen.accuracy import SIZES, Accuracy, as_json, called, measured_against, table, worst
from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.generate import generate
from symderive.codegen.peers import peers
from symderive.codegen.plan import DTYPES
from symderive.codegen.regimes import REGIMES
from symderive.codegen.textbook import textbook


def main() -> None:
    """Print the table, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join([*WELL, *CANCELLING])}")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--budget", type=int, default=4, help="rounds of hill climbing")
    parser.add_argument("--others", action="store_true", help="plain lambdify and the peers too, at K = 3")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    found: list[Accuracy] = []
    for name in asked.names or [*WELL, *CANCELLING]:
        options, kinds, cancels = WELL[name] if name in WELL else (*CANCELLING[name], set())
        regimes = [regime for regime in REGIMES if regime not in cancels]
        for accuracy in ("default", "high"):
            made = generate(**options, accuracy=accuracy, name=name)
            for function in made.plan.functions:
                own = {**kinds_of(made.plan, function), **kinds}
                others = {f"symderive {accuracy}": called(function, made.functions[function.name])}
                for dtype in DTYPES if accuracy == "default" else ("float64",):
                    results = measured_against(
                        function, others, own, dtype=dtype, regimes=regimes, sizes=sizes, budget=asked.budget
                    )
                    if asked.others and accuracy == "default":
                        foreign = peers(function.name)
                        if "t" not in own:
                            foreign["lambdify"] = textbook(function, 3)
                        results += measured_against(
                            function,
                            foreign,
                            own,
                            dtype=dtype,
                            regimes=regimes,
                            sizes=[3],
                            budget=asked.budget,
                        )
                    print("\n".join(table(worst(results)).splitlines()[0 if not found else 2 :]), flush=True)
                    found += results
    if asked.json:
        asked.json.write_text(as_json(found), encoding="utf-8")
    if asked.plot:
        from symderive.codegen.accuracy_plot import plot

        plot(found, asked.plot)


if __name__ == "__main__":
    main()
