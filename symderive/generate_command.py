"""``symderive generate``: code for a formula of the book or of a document."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symderive.codegen.generate import Generated

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Generate code for a formula: stable forms are reached by identities that are judged one by one, derivatives
are derived. NAME is a definition or a claim of the book (TOPIC/LABEL) or of a document (FILE#LABEL, or
FILE#LINE); a claim gives its right side. The name of an update rule (rmsprop, adam/epsilon-hat) gives one
step of the optimizer; on torch a torch.optim.Optimizer, on jax a transformation as optax has them;
schedule/cosine gives a learning rate as a function of the step. The file stands alone; it goes to standard
output, or to -o FILE.
"""
EXAMPLES = """\
examples:
  symderive generate softmax/softmax
  symderive generate cross_entropy/loss-by-logits --wrt x --compute value,gradient -o loss.py
  symderive generate softmax/softmax --compute value,vjp --target torch
  symderive generate notes.md#loss --target c --accuracy fast -o loss.c
  symderive generate cross_entropy/gradient-by-logits --report
  symderive generate rmsprop --target torch -o rmsprop.py

exit codes:
  0  generated
  1  the claim is REFUTED: the counterexample, and no code; or --report finds that the code loses digits
     which the formula does not, or returns what is not finite where the truth is
  2  wrong usage, no such formula, or nothing there that has code
"""
_TARGETS = ("numpy", "c", "torch", "jax")
_COMPUTE = ("value", "gradient", "value_and_gradient", "jacobian", "vjp", "jvp", "hvp", "step")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("name", metavar="NAME", help="TOPIC/LABEL of the book, FILE#LABEL, or an update rule")
    parser.add_argument("--target", choices=_TARGETS, default="numpy", help="which code (default: numpy)")
    parser.add_argument(
        "--wrt",
        metavar="NAMES",
        help="what to differentiate by, joined by commas (default: the first argument)",
    )
    parser.add_argument(
        "--compute",
        metavar="WHAT",
        default="value",
        help=f"joined by commas: {', '.join(_COMPUTE)} (default: value; of an update rule: step)",
    )
    parser.add_argument(
        "--index", metavar="NAMES", help="free indices that the caller gives as integers (class labels)"
    )
    parser.add_argument(
        "--accuracy",
        choices=["fast", "default", "high"],
        default="default",
        help="how float32 and float64 are computed (default: default)",
    )
    parser.add_argument(
        "--report", action="store_true", help="print how the code was reached and its errors, not the code"
    )
    parser.add_argument(
        "--measure", action="store_true", help="measure the error in ulps, and state it in the docstrings"
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw the measured errors (.png, .svg); needs matplotlib"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text", help="of the report")
    parser.add_argument("-o", "--output", metavar="FILE", help="write there, not to standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit code."""
    from symderive.codegen.generate import MissingFramework
    from symderive.named import RefutedFormula, generate

    if options.format != "text" and not options.report:
        return _failed("--format is about the report: add --report")
    try:
        made = generate(
            options.name,
            _words(options.wrt) or None,
            target=options.target,
            compute=_words(options.compute),
            accuracy=options.accuracy,
            index=_words(options.index),
            measure=options.measure or options.report or options.plot is not None,
        )
    except RefutedFormula as error:
        rows = "".join(f"  {name} = {value}\n" for name, value in error.counterexample.items())
        sys.stderr.write(f"symderive: {error.args[0]}\n{rows}")
        return 1
    except (LookupError, OSError, ValueError, MissingFramework) as error:
        return _failed(_reason(error))
    if options.wrt is None and (said := _taken(made)) is not None:
        sys.stderr.write(f"symderive: {said}\n")
    text = _report(made, options.format) if options.report else made.source
    if options.plot is not None:
        try:
            _plot(made, options.plot)
        except (ImportError, OSError, ValueError) as error:
            return _failed(_reason(error))
    try:
        if options.report and options.output not in (None, "-"):
            _write(made.source, options.output)
            _write(text, None)
        else:
            _write(text, options.output)
    except OSError as error:
        return _failed(f"{options.output}: {error.strerror or error}")
    return 1 if options.report and _found(made) else 0


def _found(made: Generated) -> bool:
    """Does the report say that the code loses digits, or that results are not finite?"""
    from symderive.codegen.accuracy_findings import findings

    return bool(findings(made.accuracy))


def _taken(made: Generated) -> str | None:
    """What is differentiated by, where nobody said it and there is a choice."""
    from symderive.codegen.documentation import DERIVED
    from symderive.codegen.kernel import Kind
    from symderive.terms import Dim

    plan = made.plan
    if not any(function.compute in DERIVED for function in plan.functions):
        return None
    chosen = [variable.name for variable in plan.wrt]
    others = [
        argument.name
        for argument in next(f for f in plan.functions if f.compute in DERIVED).arguments
        if argument.kind is Kind.REAL
        and not isinstance(argument.term, Dim)
        and argument.term in _variables_of(plan.expression)
        and argument.term not in plan.wrt
    ]
    if not others:
        return None
    several = ",".join([*chosen, *others])
    return f"differentiated by {', '.join(chosen)}; the formula has {', '.join(others)}, too: --wrt {several}"


def _variables_of(term: Any) -> set[Any]:
    """The families and numbers of a formula; a direction or a cotangent is none of them."""
    from sympy import Indexed

    from symderive.terms import free_names, walk

    return {node.base for node in walk(term) if isinstance(node, Indexed)} | set(free_names(term))


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _plot(made: Generated, path: str) -> None:
    from symderive.codegen.accuracy_plot import plot

    if not path.lower().endswith((".svg", ".png", ".pdf")):
        raise ValueError(f"{path}: a picture's name ends in .svg, .png or .pdf")
    plot(made.accuracy, path)


def _report(made: Generated, form: str) -> str:
    from symderive.codegen.report import report_json, report_text

    return report_json(made) if form == "json" else report_text(made)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror or error}"
    return str(error.args[0]) if error.args else str(error)


def _failed(message: str) -> int:
    sys.stderr.write(f"symderive: {message}\n")
    return 2


def _write(text: str, path: str | None) -> None:
    if path is not None and path != "-":
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    from symderive.cli import write

    write(text)
