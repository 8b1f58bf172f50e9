"""The command line. SymPy is imported by commands that compute, and by them only."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symderive.documents.findings import Report

__all__ = ["main", "usage", "write"]

_MOST_JOBS = 256

_DESCRIPTION = (
    "Machine-checked mathematics of machine learning: what a document's formulas claim, proved or refuted."
)
_EXAMPLES = """\
examples:
  symderive check notes.md                 judge every displayed formula of a document
  symderive check --strict docs/           …of a directory; what is not proved counts, too
  symderive derive softmax/jacobian        a claim step by step, each step named and judged
  symderive generate softmax/softmax       code for it, stable and measured
  symderive list                           the claims of the book that comes with symderive
  symderive explain SD201                  what a finding means
"""
_CHECK = """\
Judge every displayed formula of Markdown and LaTeX documents: what is proved, what is false (with a
counterexample), what is ill-defined, and what could not be read. Directories are searched for documents; -
is standard input.
"""
_CHECK_EXAMPLES = """\
examples:
  symderive check notes.md
  symderive check --format concise docs/ paper.tex
  symderive check --format sarif docs/ > findings.sarif
  symderive check --show-declarations --notation names.yaml notes.md
  cat notes.md | symderive check --jobs 2 --timeout 5 -

exit codes:
  0  no findings
  1  findings: REFUTED, ILL_DEFINED, an unclosed display, an unmet expect;
     with --strict also NOT_UNDERSTOOD, UNDECIDED, SUPPORTED
  2  wrong usage, or a file could not be checked (the others are)
"""
_LIST_EXAMPLES = """\
examples:
  symderive list
  symderive list --format json
"""
_EXPLAIN_EXAMPLES = """\
examples:
  symderive explain SD302
  symderive explain UNDECIDED
  symderive explain derivative.product     a rule of derivations
  symderive explain rmsprop                an optimizer: its variants, and which library steps so
  symderive explain                        all codes, one line each
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        code = run(options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("\nsymderive: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `symderive check … | head`: nobody reads on, which is no error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("SYMDERIVE_TRACEBACK"):
            raise
        text = " ".join(str(error).split())[:300]
        print(f"symderive: internal error: {type(error).__name__}: {text}", file=sys.stderr)
        print("symderive: SYMDERIVE_TRACEBACK=1 shows where; please report it", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    def formatter(prog: str) -> argparse.RawDescriptionHelpFormatter:
        return argparse.RawDescriptionHelpFormatter(prog, max_help_position=30)

    parser = argparse.ArgumentParser(
        prog="symderive", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=formatter
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    check = commands.add_parser(
        "check",
        help="judge every displayed formula of documents",
        description=_CHECK,
        epilog=_CHECK_EXAMPLES,
        formatter_class=formatter,
    )
    check.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file, a directory, or - for standard input"
    )
    formats = ["full", "concise", "json", "sarif", "github"]
    check.add_argument("--format", choices=formats, default="full", help="how to report (default: full)")
    check.add_argument("--jobs", type=_jobs, metavar="N", help="processes that compute (default: up to 4)")
    check.add_argument("--notation", metavar="FILE", help="YAML that declares what cannot be inferred")
    check.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="S", help="seconds a formula (default: 10)"
    )
    check.add_argument("--inline", action="store_true", help="judge inline formulas, too")
    check.add_argument(
        "--strict", action="store_true", help="exit with 1 also for what is not proved or not read"
    )
    check.add_argument("--show-declarations", action="store_true", help="list what every name was taken for")
    check.set_defaults(run=_check)

    from symderive import derive_command, explain_command, generate_command, plot_command

    for name, module, text in (
        ("derive", derive_command, "the derivation of a claim, step by step"),
        ("generate", generate_command, "verified code for a definition, a claim or an update rule"),
        ("plot", plot_command, "pictures of what generated code does"),
    ):
        own = commands.add_parser(
            name,
            help=text,
            description=module.DESCRIPTION,
            epilog=module.EXAMPLES,
            formatter_class=formatter,
        )
        module.add_options(own)

    listing = commands.add_parser(
        "list",
        help="the topics and claims of the book",
        description="The topics of the book and their labelled formulas: names that other commands take.",
        epilog=_LIST_EXAMPLES,
        formatter_class=formatter,
    )
    listing.add_argument(
        "--format", choices=["text", "json"], default="text", help="how to list (default: text)"
    )
    listing.set_defaults(run=_list)

    explain = commands.add_parser(
        "explain",
        help="what a finding, a rule or an optimizer means",
        description="What a finding code, a status, a rule of derivations or an optimizer means.",
        epilog=_EXPLAIN_EXAMPLES,
        formatter_class=formatter,
    )
    explain.add_argument(
        "code",
        nargs="?",
        metavar="CODE",
        help="SD201, …, a status, a rule, an optimizer; without one, all codes",
    )
    explain.set_defaults(run=explain_command.run)
    return parser


class _Version(argparse.Action):
    """Print the version, which is looked up when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        from symderive import __version__

        print(f"symderive {__version__}")
        parser.exit()


def _jobs(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes between 1 and {_MOST_JOBS}")
    return count


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds between 0 and 86400")
    return seconds


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every platform
        return os.cpu_count() or 1


# --- check ------------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace) -> int:
    from symderive.documents.check import check_paths

    notation = None
    if options.notation is not None:
        try:
            notation = _read_notation(options.notation)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return usage(f"{options.notation}: {reason}")
    jobs = options.jobs or min(4, _processors())
    progress = _Progress() if sys.stderr.isatty() else None
    try:
        report = check_paths(
            options.paths,
            jobs=jobs,
            timeout=options.timeout,
            inline=options.inline,
            notation=notation,
            progress=progress,
        )
    finally:
        if progress is not None:
            progress.clear()
    write(_rendered(report, options))
    return report.exit_code(options.strict)


def _read_notation(path: str) -> str:
    """The text of a notation file that the reader accepts; ValueError says why it does not."""
    from symderive.documents.check import read_text
    from symderive.notation import load_notation

    text = read_text(path)
    load_notation(text)
    return text


def _rendered(report: Report, options: argparse.Namespace) -> str:
    match options.format:
        case "concise":
            from symderive.documents.report_concise import render_concise

            return render_concise(report)
        case "json":
            from symderive.documents.report_json import render_json

            return render_json(report)
        case "sarif":
            from symderive import __version__
            from symderive.documents.report_sarif import render_sarif

            return render_sarif(report, __version__)
        case "github":
            from symderive.documents.report_github import render_github

            return render_github(report)
    from symderive.documents.report_full import render_full

    return render_full(report, colour=_colour(), declarations=options.show_declarations)


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Progress:
    """One line on the terminal that says how far the work is."""

    def __init__(self) -> None:
        self.shown = ""

    def __call__(self, done: int, known: int, path: str) -> None:
        from symderive.documents.terminal import clip, visible, width

        text, _, _ = clip(f"{done}/{known} {visible(path)}", 0, 1, 70)
        padding = " " * max(0, width(self.shown) - width(text))
        sys.stderr.write(f"\r{text}{padding}")
        sys.stderr.flush()
        self.shown = text

    def clear(self) -> None:
        from symderive.documents.terminal import width

        sys.stderr.write("\r" + " " * width(self.shown) + "\r")
        sys.stderr.flush()


# --- list -----------------------------------------------------------------------------------------------


def _list(options: argparse.Namespace) -> int:
    from symderive.book import topics

    try:
        found = topics()
    except (OSError, UnicodeDecodeError) as error:
        print(f"symderive: {error}", file=sys.stderr)
        return 2
    if options.format == "json":
        import json

        rows = [
            {
                "name": topic.name,
                "titles": topic.titles,
                "claims": [
                    {"name": entry.name, "label": entry.label, "line": entry.line} for entry in topic.entries
                ],
            }
            for topic in found
        ]
        write(json.dumps({"version": 1, "topics": rows}, ensure_ascii=False, indent=2) + "\n")
        return 0
    lines = []
    for topic in found:
        lines.append(f"{topic.name}: {' · '.join(topic.titles.values())}")
        lines += [f"  {entry.name}" for entry in topic.entries]
    write("\n".join(lines) + "\n")
    return 0


# --- output -----------------------------------------------------------------------------------------------


def usage(message: str) -> int:
    """Say what is wrong with a call; the exit code of wrong usage."""
    print(f"symderive: {message}", file=sys.stderr)
    return 2


def write(text: str) -> None:
    """To standard output, in UTF-8 whatever the locale says: JSON and mathematics need it."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8", "backslashreplace"))
    buffer.flush()
