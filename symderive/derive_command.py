"""``symderive derive NAME``: the derivation of a claim of the book or of a document."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from symderive.named import document_and_label, read_document

if TYPE_CHECKING:
    from symderive.derivation import Derivation
    from symderive.documents.examination import Document
    from symderive.documents.labels import Labelled
    from symderive.documents.reading_types import Statement
    from symderive.terms import Claim

__all__ = ["DESCRIPTION", "EXAMPLES", "add_options", "run"]

DESCRIPTION = """\
Derive a claim: a chain of lines, each with the rule that makes it, each judged on its own. NAME is a claim
of the book (TOPIC/LABEL) or of a document (FILE#LABEL, or FILE#LINE). A TOPIC or a FILE alone lists its
claims, no NAME at all those of the book.
"""
EXAMPLES = """\
examples:
  symderive derive                         what the book claims
  symderive derive notes.md                what a document claims
  symderive derive softmax/jacobian
  symderive derive softmax/jacobian --lang ko --detail full
  symderive derive notes.md#gradient --format markdown
  symderive derive momentum/unrolled-velocity --format latex -o momentum.tex

exit codes:
  0  derived (the last line says with which status), or listed
  1  the claim is REFUTED or ILL_DEFINED: the counterexample, and no derivation
  2  wrong usage, no such claim, or nothing there to derive
"""
_SECONDS = 20.0  # to find out that a claim is false before it is derived
_COLUMNS = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    name = "TOPIC/LABEL of the book, or FILE#LABEL; without #LABEL or /LABEL the claims are listed"
    parser.add_argument("name", nargs="?", metavar="NAME", help=name)
    formats = ["text", "latex", "markdown", "json"]
    parser.add_argument("--format", choices=formats, default="text", help="how to write it (default: text)")
    parser.add_argument(
        "--lang", choices=["en", "ko"], default="en", help="language of the reasons (default: en)"
    )
    parser.add_argument(
        "--detail",
        choices=["brief", "full"],
        default="brief",
        help="the lines of a textbook, or a line for every rule (default: brief)",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write there, not to standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; its exit code."""
    try:
        listed = _documents(options.name)
        if listed is not None:
            return _list(listed, options)
        document, label = document_and_label(options.name)
    except (LookupError, OSError, ValueError) as error:
        return _failed(_reason(error))
    from symderive.documents.labels import find_label

    try:
        found = find_label(document, label)
    except LookupError as error:
        return _failed(_reason(error))
    refusal = _no_claim(found, options.name)
    if refusal is not None:
        code, message = refusal
        _failed(message)
        return code
    from symderive.decide import Status
    from symderive.documents.verdicts import judge_stated

    claims = []
    for stated, reserve in zip(found.claims, found.reserves, strict=True):
        judged = judge_stated(stated, reserve, _SECONDS)
        if judged.verdict.status is Status.REFUTED:
            _write(_refuted(judged.claim, judged.verdict.counterexample, found, options), options.output)
            return 1
        if judged.withheld:
            _failed(f"{options.name}: UNDECIDED: {judged.verdict.evidence}")
            return 1
        claims.append(judged.claim)
    derivations = _derivations(found, claims, options.name)
    from symderive.render import render

    tty = options.output is None and sys.stdout.isatty()
    text = render(
        derivations,
        options.format,
        language=options.lang,
        detail=options.detail,
        width=shutil.get_terminal_size((_COLUMNS, 24)).columns,
        colour=tty and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
    )
    try:
        _write(text, options.output)
    except OSError as error:
        return _failed(f"{options.output}: {error.strerror or error}")
    refuted = any(derivation.verdict.status is Status.REFUTED for derivation in derivations)
    return 1 if refuted else 0


def _documents(name: str | None) -> list[tuple[str, Document]] | None:
    """The documents whose claims are asked for, with what stands before a label; None for one claim."""
    from symderive import book
    from symderive.documents.examination import Document

    if name is not None and os.path.isfile(name):
        return [(f"{name}#", read_document(name))]
    topics = [topic for topic in book.topics() if name is None or topic.name == name.rstrip("/")]
    if not topics:
        return None
    return [
        (f"{topic.name}/", Document(f"{topic.name}.md", topic.path().read_text(encoding="utf-8")))
        for topic in topics
    ]


def _list(documents: list[tuple[str, Document]], options: argparse.Namespace) -> int:
    """What can be derived, a line a claim."""
    from symderive.documents.labels import claims_of
    from symderive.render.unicode_math import unicode_math

    found = [(f"{stem}{claim.label}", claim) for stem, document in documents for claim in claims_of(document)]
    if options.format == "json":
        rows = [
            {"name": name, "line": claim.line, "column": claim.column, "latex": _one_line(claim)}
            for name, claim in found
        ]
        text = json.dumps({"version": 1, "claims": rows}, ensure_ascii=False, indent=2) + "\n"
    else:
        widest = min(max((len(name) for name, _ in found), default=0), 50)
        text = "".join(f"{name:<{widest}}  {unicode_math(_one_line(claim))}\n" for name, claim in found)
    if not found:
        return _failed(f"{options.name} claims nothing: a claim is a displayed formula with a relation")
    _write(text, options.output)
    return 0


def _one_line(found: Labelled) -> str:
    return " ".join(found.reading.display.latex.split())


def _no_claim(found: Labelled, name: str) -> tuple[int, str] | None:
    """The exit code and what to say where there is nothing to derive."""
    from symderive.documents.reading_types import Kind

    main = found.reading.main
    path, _, _ = name.rpartition("#")
    # A claim of the book has no path to look into; a document's has the place that an editor jumps to.
    place = f"{path}:{found.line}:{found.column}: " if path else f"{name}: "
    if found.kind is Kind.ILL_DEFINED:
        advice = f"; it would be {main.suggestion}" if main.suggestion and not _says(main) else ""
        return 1, f"{place}ILL_DEFINED: {main.message}{advice}"
    if found.claims:
        return None
    if found.kind is Kind.DEFINITION:
        stem = name[: len(name) - len(found.label)]
        about = ", ".join(f"{stem}{user}" for user in found.users[:8])
        advice = f"; claims about it: {about}" if about else "; state a claim about it, and label that"
        return 2, f"{place}this is a definition, which claims nothing{advice}"
    if found.kind is Kind.NOT_UNDERSTOOD:
        return 2, f"{place}NOT_UNDERSTOOD: {main.message}"
    what = "a hypothesis" if found.kind is Kind.HYPOTHESIS else "an expression"
    return 2, f"{place}this is {what}, which claims nothing: label a formula with a relation"


def _says(statement: Statement) -> bool:
    """Does the message name the correction already?"""
    return bool(statement.suggestion and statement.message and statement.suggestion in statement.message)


def _derivations(found: Labelled, claims: list[Claim], name: str) -> list[Derivation]:
    """One derivation a claim, with names written as the author writes them."""
    from symderive.derivation.engine import derive_claim

    derivations = []
    several = len(claims) > 1
    for number, claim in enumerate(claims, 1):
        derivation = derive_claim(claim, f"{name} ({number})" if several else name, earlier=found.earlier)
        notation = {"steps": found.steps or "call", "bold": found.bold}
        problem = replace(derivation.problem, notation={**notation, **derivation.problem.notation})
        derivations.append(replace(derivation, problem=problem))
    return derivations


def _refuted(
    claim: object, counterexample: dict[str, str] | None, found: Labelled, options: argparse.Namespace
) -> str:
    """What is said of a false claim, in the format that was asked for."""
    from symderive.notation import claim_latex
    from symderive.terms import Claim

    assert isinstance(claim, Claim)
    latex = claim_latex(claim, steps=found.steps or "call", bold=found.bold)
    values = counterexample or {}
    if options.format == "json":
        data = {
            "version": 1,
            "name": options.name,
            "status": "REFUTED",
            "problem": latex,
            "declarations": [],
            "hypotheses": [],
            "steps": [],
            "result": None,
            "counterexample": values,
        }
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    rows = [f"{name} = {value}" for name, value in values.items()]
    words = {"en": "false, so nothing is derived", "ko": "거짓이므로 유도하지 않는다"}[options.lang]
    if options.format == "latex":
        from symderive.render.latex import latex_document, prose

        lines = [rf"\[{latex}\]", rf"\textbf{{REFUTED}}: {prose(words)}.", ""]
        lines += [r"\begin{itemize}", *(rf"\item {prose(row)}" for row in rows), r"\end{itemize}", ""]
        return latex_document(["\n".join(lines) if rows else "\n".join(lines[:3])], language=options.lang)
    if options.format == "markdown":
        listed = "".join(f"- `{row}`\n" for row in rows)
        return f"$$\n{latex}\n$$\n\n**REFUTED**: {words}.\n\n{listed}"
    from symderive.render.unicode_math import unicode_math

    path, _, _ = options.name.rpartition("#")
    place = f"{path}:{found.line}:{found.column}" if path else options.name
    lines = [place, f"  {unicode_math(latex)}", f"REFUTED: {words}", *(f"  {row}" for row in rows)]
    return "\n".join(lines) + "\n"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
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

    writer: Callable[[str], None] = write
    writer(text)
