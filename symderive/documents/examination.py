"""One document from its text to its formulas' statuses, in this process and without deadlines of its own.

`Examination.read` and `Examination.judge` may hang or run out of memory on hostile text: `worker` runs them
in processes that can be killed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from symderive.documents.codes import CODES
from symderive.documents.displays import Scanned, SourceFormula
from symderive.documents.findings import Declaration, FileError, Finding, Formula
from symderive.documents.latex_source import scan_latex
from symderive.documents.markdown import scan_markdown
from symderive.documents.outcomes import Outcome, correction, one_line, outcomes
from symderive.documents.roles import role_of
from symderive.documents.updates import Updates

if TYPE_CHECKING:
    from symderive.documents.reading_types import Display, DocumentReading, Inline
    from symderive.notation import Notation

__all__ = ["LONGEST_FORMULA", "Document", "Examination"]

#: Code points; a longer formula is not read.
LONGEST_FORMULA = 20_000

#: Seconds that looking for the rule of an update may take: it is no verdict.
_RECOGNISING = 3.0

_OPENER = re.compile(r"\$\$?|\\\\?[\[(]|\\begin\s*\{[^{}\n]*\}|[`~]{3,}[^\n]*")

# The status of a display is that of its worst statement.
_ORDER = (
    "EXPRESSION",
    "DEFINITION",
    "PROVED",
    "CITED",
    "SUPPORTED",
    "UNDECIDED",
    "NOT_UNDERSTOOD",
    "ILL_DEFINED",
    "REFUTED",
)


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be checked: plain data that can be sent to another process.

    Parameters
    ----------
    path : as it is reported
    text : the whole document
    format : ``markdown`` or ``latex``
    inline : judge inline formulas too
    notation : YAML that declares names, on top of what the front matter declares
    """

    path: str
    text: str
    format: str = "markdown"
    inline: bool = False
    notation: str | None = None


class Examination:
    """A document being examined: scanned at once, read by `read`, judged formula by formula by `judge`."""

    def __init__(self, document: Document) -> None:
        self.document = document
        scan = scan_latex if document.format == "latex" else scan_markdown
        self.scanned: Scanned = scan(document.text)
        self.formulas: tuple[SourceFormula, ...] = tuple(
            formula for formula in self.scanned.formulas if formula.display or document.inline
        )
        self.errors: list[FileError] = []
        self.reading: DocumentReading | None = None
        self.of_display: dict[int, int] = {}  # formula -> its place among the displays that were read
        self._updates: Updates | None = None

    # --- reading ------------------------------------------------------------------------------------------

    def read(self, watch: Callable[[int], None] | None = None, without: Collection[int] = ()) -> None:
        """Read every formula but those in `without`.

        Parameters
        ----------
        watch : told the number of a formula before work on it begins, -1 for the inline ones
        without : numbers of formulas to leave out; -1 for all inline ones that are not judged
        """
        from symderive.documents.reading import read_document

        chosen = [
            number
            for number, formula in enumerate(self.formulas)
            if number not in without and len(formula.latex) <= LONGEST_FORMULA
        ]
        self.of_display = {number: place for place, number in enumerate(chosen)}
        displays = [self._display(self.formulas[number]) for number in chosen]
        inlines = []
        if not self.document.inline and -1 not in without:
            inlines = [self._inline(n) for n, f in enumerate(self.scanned.formulas) if not f.display]
        notation = self._notation()

        def watching(place: int) -> None:
            if watch is not None:
                watch(chosen[place] if 0 <= place < len(chosen) else -1)

        self.reading = read_document(displays, inlines, notation, watch=watching)

    def _notation(self) -> Notation | None:
        """What --notation and the front matter declare; mistakes in the front matter become an error of the
        file.
        """
        from symderive.notation import load_notation

        notation = load_notation(self.document.notation) if self.document.notation else None
        declared = None
        try:
            declared = declarations_of(self.scanned.front_matter)
            if declared is not None:
                return load_notation(declared, notation)
        except ValueError as error:
            self.errors = [FileError(self.document.path, f"front matter: {one_line(str(error))}")]
        return notation

    def _display(self, formula: SourceFormula) -> Display:
        from symderive.documents.reading_types import Display

        line, column = self.scanned.source.place(formula.position)
        return Display(
            latex=formula.latex,
            position=formula.position,
            line=line,
            column=column,
            section=formula.section,
            sentence=formula.sentence,
            label=formula.label,
            closed=formula.closed,
            inline=not formula.display,
        )

    def _inline(self, number: int) -> Inline:
        from symderive.documents.reading_types import Inline

        formula = self.scanned.formulas[number]
        line, _ = self.scanned.source.place(formula.position)
        role, either = role_of(self.scanned.source.text, self.scanned.formulas, number)
        return Inline(formula.latex, formula.position, formula.section, formula.sentence, line, role, either)

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """What the names of the document were taken for."""
        if self.reading is None:
            return ()
        path = self.document.path
        return tuple(Declaration(path, d.name, d.kind, d.line, d.inferred) for d in self.reading.declarations)

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """Directives that have no effect."""
        found = []
        for stray in self.scanned.stray:
            place = self.scanned.source.place
            reason = (
                stray.value if stray.kind == "malformed" else f"{stray.kind}: no display follows this comment"
            )
            start, end = place(stray.position), place(stray.position + stray.length)
            text = self.scanned.source.text[stray.position : stray.position + stray.length]
            found.append(Finding("SD106", "NOT_UNDERSTOOD", self.document.path, *start, *end, text, reason))
        return tuple(found)

    # --- judging ------------------------------------------------------------------------------------------

    def judge(
        self, number: int, timeout: float | None = None, preliminary: Callable[[Formula], None] | None = None
    ) -> Formula:
        """The verdict on a formula that was read.

        Parameters
        ----------
        number : of the formula, counted from 0
        timeout : seconds for all of its claims and the search for a correction; the caller enforces it
        preliminary : told the verdict before a correction is looked for
        """
        source = self.formulas[number]
        if len(source.latex) > LONGEST_FORMULA:
            return self.too_long(number)
        assert self.reading is not None, "read first"
        reading = self.reading.readings[self.of_display[number]]
        deadline = None if timeout is None else time.monotonic() + timeout
        cited = next((d.value for d in reversed(source.directives) if d.kind == "cited"), None)
        found = [
            outcome for statement in reading.statements for outcome in outcomes(statement, cited, deadline)
        ]
        worst = max(found, key=lambda outcome: _ORDER.index(outcome.status), default=None)
        if worst is None:
            return self.unread(number, "SD102", "there is nothing to read")
        if len(found) > 1:
            worst = self._merged(source, worst, found)
        worst = self._with_rules(number, worst, deadline)
        if worst.claim is not None and worst.suggestion is None:
            if preliminary is not None:
                preliminary(self._formula(source, worst))
            worst = replace(worst, suggestion=correction(worst.claim, deadline))
        return self._formula(source, worst)

    @property
    def updates(self) -> Updates:
        """The optimizers of the document that was read."""
        if self._updates is None:
            assert self.reading is not None, "read first"
            self._updates = Updates(self.reading)
        return self._updates

    def _with_rules(self, number: int, outcome: Outcome, deadline: float | None) -> Outcome:
        """With the rule that a display's update is recognised as, or nearly is, or was expected to be."""
        place = self.of_display[number]
        expected = [d.value for d in self.formulas[number].directives if d.kind == "expect-rule"]
        if deadline is not None and not expected:
            deadline = min(deadline, time.monotonic() + _RECOGNISING)
        unmet = self.updates.unmet(place, expected, deadline) if expected else None
        found = self.updates.found(place, deadline)
        if found.recognised is not None:
            outcome = replace(outcome, recognised=found.recognised)
        if unmet is not None and deadline is not None and time.monotonic() > deadline:
            late = f"no time was left to compare this with {' or '.join(expected)}"
            return outcome if outcome.code else replace(outcome, code="SD403", message=late)
        if unmet is not None:
            said = f"{unmet}; {outcome.message}" if outcome.code is not None and outcome.message else unmet
            return replace(outcome, code="SD105", message=said)
        if found.advice is not None and not expected:
            outcome = replace(outcome, notes=(*outcome.notes, found.advice))
            if outcome.code is None:
                outcome = replace(outcome, code="SD502", message="; ".join(outcome.notes))
        return outcome

    def _merged(self, source: SourceFormula, worst: Outcome, found: list[Outcome]) -> Outcome:
        """The worst outcome of a display that states several things, saying which line it is about."""
        notes = tuple(dict.fromkeys(note for outcome in found for note in outcome.notes))
        # Two rows of `cases` may rest on conditions that contradict each other: each is its row's alone.
        judged = [outcome for outcome in found if outcome.status == worst.status]
        shared = [h for h in worst.hypotheses if all(h in outcome.hypotheses for outcome in judged)]
        of_rows = [
            f"{h} (statement {number})"
            for number, outcome in enumerate(found, 1)
            for h in outcome.hypotheses
            if h not in shared
        ]
        hypotheses = tuple(dict.fromkeys((*shared, *of_rows)))
        message = worst.message
        lines = {source.latex.count("\n", 0, outcome.span[0]) for outcome in found}
        if worst.code is not None and message and len(lines) > 1:
            line, _ = self.scanned.source.place(source.position + worst.span[0])
            message = f"line {line}: {message}"
        methods = dict.fromkeys(
            outcome.method for outcome in found if outcome.method and outcome.status == worst.status
        )
        return replace(
            worst,
            notes=notes,
            hypotheses=hypotheses,
            message=message,
            method=", ".join(methods) or worst.method,
        )

    def too_long(self, number: int) -> Formula:
        length = len(self.formulas[number].latex)
        return self.unread(
            number, "SD104", f"a formula of {length} characters is not read (at most {LONGEST_FORMULA})"
        )

    def unread(self, number: int, code: str, message: str) -> Formula:
        """A formula that was not understood as a whole."""
        source = self.formulas[number]
        outcome = Outcome("NOT_UNDERSTOOD", (0, len(source.latex)), code, message)
        rules = [directive.value for directive in source.directives if directive.kind == "expect-rule"]
        if rules:
            said = f"expected {' or '.join(rules)}, found NOT_UNDERSTOOD: {message}"
            outcome = replace(outcome, code="SD105", message=said)
        return self._formula(source, outcome)

    def stopped(self, number: int, message: str) -> Formula:
        """A formula whose judging was stopped."""
        source = self.formulas[number]
        return self._formula(source, Outcome("UNDECIDED", (0, len(source.latex)), "SD403", message))

    def _formula(self, source: SourceFormula, outcome: Outcome) -> Formula:
        start, end = self._extent(source, outcome.span)
        place = self.scanned.source.place
        (line, column), (end_line, end_column) = place(start), place(end)
        code, message, suppressed = outcome.code, outcome.message, False
        if not source.closed:
            code, message = "SD101", "this display is never closed"
        if code is None and outcome.notes:
            code, message = "SD501", "; ".join(outcome.notes)
        for directive in source.directives:
            if directive.kind == "ignore" and code in directive.value.split():
                suppressed = True
        expected = [directive.value for directive in source.directives if directive.kind == "expect"]
        if expected:
            if outcome.status in expected:
                # An unmet expectation of another kind stays one.
                suppressed = code is not None and outcome.code != "SD105"
            else:
                found = f"found {outcome.status}" + (f": {message}" if message else "")
                code, message = "SD105", f"expected {' or '.join(expected)}, {found}"
        if code is not None and message is None:
            message = CODES[code].title
        return Formula(
            path=self.document.path,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            latex=_tidy(source.latex),
            status=outcome.status,
            label=source.label,
            method=outcome.method,
            hypotheses=outcome.hypotheses,
            code=code,
            message=message,
            counterexample=outcome.counterexample,
            suggestion=outcome.suggestion,
            recognised=outcome.recognised,
            suppressed=suppressed,
            notes=outcome.notes,
        )

    def _extent(self, source: SourceFormula, span: tuple[int, int]) -> tuple[int, int]:
        """Where in the document a part of a formula stands, without the blanks around it."""
        if not source.closed:
            opener = _OPENER.match(self.scanned.source.text, source.start)
            return source.start, max(opener.end() if opener else source.start + 1, source.start + 1)
        low, high = max(0, min(span)), min(len(source.latex), max(span))
        part = source.latex[low:high]
        if not part.strip():
            low, part = 0, source.latex
            high = len(part)
        low += len(part) - len(part.lstrip())
        high -= len(part) - len(part.rstrip())
        return source.position + low, source.position + high


def declarations_of(front_matter: str | None) -> str | None:
    """The part of the front matter that speaks to the reader, as YAML; None where there is none.

    Raises ValueError where there is one that cannot be read.
    """
    if front_matter is None or not re.search(
        r"^[\"']?(?:symderive|notation)[\"']?\s*:", front_matter, re.MULTILINE
    ):
        return None
    if len(front_matter) > 100_000:
        raise ValueError("more than 100 000 characters")
    if _nesting(front_matter) > 50:
        raise ValueError("nested too deeply")
    import yaml

    try:
        content = yaml.safe_load(front_matter)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise ValueError(f"no valid YAML: {one_line(str(error))}") from None
    if not isinstance(content, dict):
        return None
    own = content.get("symderive", content.get("notation"))
    return None if own is None else yaml.safe_dump(own, allow_unicode=True)


def _nesting(yaml_text: str) -> int:
    """How deep the brackets of a YAML text go: reading ones that go very deep would take very long."""
    depth = deepest = 0
    for bracket in re.findall(r"[][{}]", yaml_text):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _tidy(latex: str) -> str:
    """A formula's text without the blanks around it and without indentation that its lines share."""
    lines = latex.strip("\n").rstrip().split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip()]
    shared = min(indents, default=0)
    return "\n".join([lines[0].lstrip(), *[line[shared:].rstrip() for line in lines[1:]]]).strip()
