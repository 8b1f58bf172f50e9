"""The report for people: every formula with its status, every finding with its line, a caret and what
follows.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator

from symderive.documents.codes import CODES
from symderive.documents.displays import SourceText
from symderive.documents.findings import Finding, Formula, Report
from symderive.documents.terminal import clip, visible, width

__all__ = ["render_full"]

_COLOURS = {"error": "31", "warning": "33", "note": "36", "PROVED": "32", "bold": "1", "dim": "2"}


def render_full(
    report: Report, *, columns: int | None = None, colour: bool = False, declarations: bool = False
) -> str:
    """The report as text.

    Parameters
    ----------
    columns : width to write for; None for the terminal's
    colour : with ANSI colours
    declarations : list what every name was taken for
    """
    columns = columns or shutil.get_terminal_size((100, 24)).columns
    return "\n".join(_Full(report, max(40, min(columns, 160)), colour).lines(declarations)) + "\n"


class _Full:
    def __init__(self, report: Report, columns: int, colour: bool) -> None:
        self.report = report
        self.columns = columns
        self.colour = colour

    def paint(self, text: str, *styles: str) -> str:
        if not self.colour:
            return text
        codes = ";".join(_COLOURS[style] for style in styles if style in _COLOURS)
        return f"\x1b[{codes}m{text}\x1b[0m" if codes else text

    def lines(self, declarations: bool) -> Iterator[str]:
        items: dict[str, list[Formula | Finding]] = {path: [] for path in self.report.paths}
        everything: list[Formula | Finding] = [*self.report.formulas, *self.report.remarks]
        for item in everything:
            items.setdefault(item.path, []).append(item)
        for path, of_path in items.items():
            source = SourceText(self.report.sources.get(path, ""))
            for item in sorted(of_path, key=lambda item: (item.line, item.column)):
                if isinstance(item, Finding):
                    yield from self.finding(item, source)
                    continue
                finding = item.finding
                if finding is None or finding.suppressed or finding.level == "note":
                    yield self.passed(item)
                    if item.recognised not in (None, "hypothesis"):
                        yield from self.wrapped(f"recognised: {visible(item.recognised or '')}")
                    yield from (self.paint(f"  note: {visible(note)}", "dim") for note in item.notes)
                else:
                    yield from self.finding(finding, source, item)
            if declarations:
                yield from self.declarations(path)
        for error in self.report.errors:
            yield f"{visible(error.path)}: {self.paint('error', 'error', 'bold')}: {visible(error.message)}"
        yield self.paint(self.report.coverage, "bold")

    def passed(self, formula: Formula) -> str:
        """A formula without a finding, in one line."""
        place = f"{visible(formula.path)}:{formula.line}:{formula.column}: "
        status = formula.status
        extra = ""
        if formula.suppressed:
            extra = f" (as expected: {formula.code})" if formula.code else " (as expected)"
        elif formula.recognised == "hypothesis":
            extra = " (a hypothesis from here on)"
        elif formula.method:
            extra = f" ({visible(formula.method)})"
        under = f" if {', '.join(map(visible, formula.hypotheses))}" if formula.hypotheses else ""
        head = f"{place}{status}{extra} "
        latex = _abridged(formula.latex, max(20, self.columns - width(head)))
        return (
            f"{place}{self.paint(status, status)}{self.paint(extra, 'dim')} {latex}{self.paint(under, 'dim')}"
        )

    def finding(self, finding: Finding, source: SourceText, formula: Formula | None = None) -> Iterator[str]:
        place = f"{visible(finding.path)}:{finding.line}:{finding.column}"
        code = self.paint(f"{finding.code} {finding.status}", finding.level, "bold")
        title = CODES[finding.code].title
        yield f"{place}: {code}: {title}"
        yield from self.quoted(finding, source)
        message = visible(finding.message)
        if message != title:
            yield from self.wrapped(message)
        if finding.counterexample and "…" in message:  # the message has no room for all of it
            rows = [f"{visible(name)} = {visible(value)}" for name, value in finding.counterexample.items()]
            yield from self.wrapped("counterexample: " + ", ".join(rows))
        if formula is not None and formula.hypotheses and finding.status == "REFUTED":
            yield from self.wrapped("within: " + ", ".join(map(visible, formula.hypotheses)))
        if finding.suggestion:
            yield f"  suggestion: {visible(finding.suggestion)}"  # in one piece: it is there to be copied
        yield ""

    def quoted(self, finding: Finding, source: SourceText) -> Iterator[str]:
        """The line of the document with a caret under each column of the part that the finding is about."""
        if not 1 <= finding.line <= len(source.starts) or not source.text:
            return
        line = source.line(finding.line)
        start = finding.column - 1
        end = finding.end_column - 1 if finding.end_line == finding.line else len(line)
        far = max(
            0, start - self.columns
        )  # a line may hold a million characters, and be quoted a thousand times
        line, start, end = (
            line[far : start + 2 * self.columns],
            start - far,
            min(end - far, start - far + self.columns),
        )
        gutter = f"{finding.line} | "
        excerpt, start, end = clip(visible(line), start, max(end, start + 1), self.columns - len(gutter) - 2)
        yield f"  {gutter}{excerpt}"
        carets = "^" * max(1, width(excerpt[start:end]))
        margin = " " * (len(gutter) - 2) + "| "
        yield f"  {margin}{' ' * width(excerpt[:start])}{self.paint(carets, finding.level)}"

    def wrapped(self, text: str) -> Iterator[str]:
        yield from textwrap.wrap(
            text, self.columns, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )

    def declarations(self, path: str) -> Iterator[str]:
        rows = [row for row in self.report.declarations if row.path == path]
        if rows:
            yield f"{visible(path)}: declarations"
        for row in rows:
            how = "inferred" if row.inferred else "declared"
            where = f", line {row.line}" if row.line is not None else ""
            yield f"  {visible(row.name)}: {visible(row.kind)} ({how}{where})"


def _abridged(latex: str, columns: int) -> str:
    text = " ".join(visible(latex).split())
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept) + width(character) > columns - 1:
            break
        kept += character
    return kept + "…"
