"""``symderive plot``: pictures made from generated code."""

from __future__ import annotations

import argparse
import math
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symderive.optimizers import UpdateRule

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Draw the trajectories of optimizers, stepped by the generated NumPy code, over the level lines of a function,
and the function's values along them. The suffix of FILE says which kind of picture: .svg, .png or .pdf. It
needs matplotlib: pip install 'symderive[plot]'.
"""
EXAMPLES = """\
examples:
  symderive plot optimizers -o optimizers.svg
  symderive plot optimizers --rules rmsprop,adam --problem rosenbrock --steps 300 -o valley.png
  symderive plot optimizers --rules momentum,nesterov --set mu=0.02 --set gamma=0.8 -o momentum.svg

exit codes:
  0  drawn
  2  wrong usage, an unknown rule or hyper-parameter, no matplotlib, or the file cannot be written
"""
_RULES = "gradient-descent,momentum,nesterov,rmsprop,adam"
_PROBLEMS = ("quadratic", "rosenbrock")
_SUFFIXES = (".svg", ".png", ".pdf")
_MOST_STEPS = 100_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("subject", choices=["optimizers"], help="what to draw")
    parser.add_argument(
        "--rules",
        metavar="NAMES",
        default=_RULES,
        help=f"update rules, joined by commas: families or FAMILY/VARIANT (default: {_RULES})",
    )
    parser.add_argument(
        "--problem", choices=_PROBLEMS, default="quadratic", help="on which function (default: quadratic)"
    )
    parser.add_argument("--steps", type=_steps, default=100, metavar="N", help="how many (default: 100)")
    parser.add_argument(
        "--set",
        type=_number,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="numbers",
        help="a hyper-parameter of every rule that has it, by the registry's name (mu=0.05)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="where to write the picture")
    parser.set_defaults(run=run)


def _steps(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= _MOST_STEPS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps between 1 and {_MOST_STEPS}")
    return count


def _number(text: str) -> tuple[str, float]:
    name, sign, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not sign or not name.strip() or not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE with a finite number")
    return name.strip(), number


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit code."""
    suffix = os.path.splitext(options.output)[1].lower()
    if suffix not in _SUFFIXES:
        return _failed(f"{options.output}: the suffix must be one of {', '.join(_SUFFIXES)}")
    try:
        rules = _rules(options.rules)
    except LookupError as error:
        return _failed(str(error.args[0]))
    from symderive.codegen.step_plot import plot_optimizers

    try:
        figure = plot_optimizers(
            rules, options.problem, steps=options.steps, hyperparameters=dict(options.numbers)
        )
    except (ImportError, ValueError) as error:
        return _failed(str(error.args[0]))
    try:
        figure.savefig(options.output, format=suffix[1:])
    except OSError as error:
        return _failed(f"{options.output}: {error.strerror or error}")
    return 0


def _rules(text: str) -> list[UpdateRule]:
    """The rules of a list of names; LookupError, with advice, for one that the registry has not."""
    from symderive.optimizers import rules_named
    from symderive.optimizers.names import known_names

    found = {}
    for name in (word.strip() for word in text.split(",")):
        if not name:
            continue
        rules = rules_named(name)
        if not rules:
            import difflib

            near = difflib.get_close_matches(name.lower(), known_names(), n=3)
            advice = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(known_names())}"
            raise LookupError(f"there is no update rule {name!r}: {advice}")
        found[rules[0].name] = rules[0]
    return list(found.values())


def _failed(message: str) -> int:
    sys.stderr.write(f"symderive: {message}\n")
    return 2
