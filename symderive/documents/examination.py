"""One document from its text to its formulas' statuses, in this process and without deadlines of its own.

`Examination.read` and `Examination.judge` may hang or run out of memory on hostile text: `worker` runs them
in processes that can be killed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from symderive.documents.codes import CODES
from symderive.documents.displays import Scanned, SourceFormula
from symderive.documents.findings import Declaration, FileError, Finding, Formula
from symderive.documents.latex_source import scan_latex
from symderive.documents.markdown import scan_markdown

if TYPE_CHECKING:
    from symderive.decide import Verdict
    from symderive.documents.reading import Display, DocumentReading, Inline, Reading, Statement
    from symderive.notation import Notation
    from symderive.terms import Claim

__all__ = ["LONGEST_FORMULA", "Document", "Examination"]

#: Code points; a longer formula is not read.
LONGEST_FORMULA = 20_000

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
_READING_CODES = {"unclosed": "SD101", "syntax": "SD102", "ambiguous": "SD103", "limit": "SD104"}
_ILL_DEFINED_CODES = {"own step": "SD301", "idle index": "SD302"}


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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The status of one statement of a display, before directives."""

    status: str
    span: tuple[int, int]
    code: str | None = None
    message: str | None = None
    method: str | None = None
    hypotheses: tuple[str, ...] = ()
    counterexample: dict[str, str] | None = None
    suggestion: str | None = None
    recognised: str | None = None
    claim: Claim | None = None  # a refuted one, for which a correction is looked for
    notes: tuple[str, ...] = ()


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
            inlines = [self._inline(f) for f in self.scanned.formulas if not f.display]
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
            self.errors = [FileError(self.document.path, f"front matter: {_one_line(str(error))}")]
        return notation

    def _display(self, formula: SourceFormula) -> Display:
        from symderive.documents.reading import Display

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

    def _inline(self, formula: SourceFormula) -> Inline:
        from symderive.documents.reading import Inline

        line, _ = self.scanned.source.place(formula.position)
        return Inline(formula.latex, formula.position, formula.section, formula.sentence, line)

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
        outcomes = [
            outcome
            for statement in reading.statements
            for outcome in _outcomes(statement, reading, cited, deadline)
        ]
        worst = max(outcomes, key=lambda outcome: _ORDER.index(outcome.status), default=None)
        if worst is None:
            return self.unread(number, "SD102", "there is nothing to read")
        if len(outcomes) > 1:
            worst = self._merged(source, worst, outcomes)
        if worst.claim is not None and worst.suggestion is None:
            if preliminary is not None:
                preliminary(self._formula(source, worst))
            worst = replace(worst, suggestion=correction(worst.claim, deadline))
        return self._formula(source, worst)

    def _merged(self, source: SourceFormula, worst: _Outcome, outcomes: list[_Outcome]) -> _Outcome:
        """The worst outcome of a display that states several things, saying which line it is about."""
        notes = tuple(dict.fromkeys(note for outcome in outcomes for note in outcome.notes))
        hypotheses = tuple(dict.fromkeys(h for outcome in outcomes for h in outcome.hypotheses))
        message = worst.message
        lines = {source.latex.count("\n", 0, outcome.span[0]) for outcome in outcomes}
        if worst.code is not None and message and len(lines) > 1:
            line, _ = self.scanned.source.place(source.position + worst.span[0])
            message = f"line {line}: {message}"
        methods = dict.fromkeys(
            outcome.method for outcome in outcomes if outcome.method and outcome.status == worst.status
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
        outcome = _Outcome("NOT_UNDERSTOOD", (0, len(source.latex)), code, message)
        return self._formula(source, outcome)

    def stopped(self, number: int, message: str) -> Formula:
        """A formula whose judging was stopped."""
        source = self.formulas[number]
        return self._formula(source, _Outcome("UNDECIDED", (0, len(source.latex)), "SD403", message))

    def _formula(self, source: SourceFormula, outcome: _Outcome) -> Formula:
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
                suppressed = code is not None
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
    import yaml

    try:
        content = yaml.safe_load(front_matter)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise ValueError(f"no valid YAML: {_one_line(str(error))}") from None
    if not isinstance(content, dict):
        return None
    own = content.get("symderive", content.get("notation"))
    return None if own is None else yaml.safe_dump(own, allow_unicode=True)


def _outcomes(
    statement: Statement, reading: Reading, cited: str | None, deadline: float | None
) -> Iterable[_Outcome]:
    """What becomes of one statement: one outcome, or one a claim."""
    from symderive.documents.reading import Kind

    match statement.kind:
        case Kind.CLAIM:
            for number, claim in enumerate(statement.claims):
                spans = statement.claim_spans
                span = spans[number] if number < len(spans) else statement.span
                yield replace(_judged(claim, span, cited, deadline), notes=statement.notes)
        case Kind.ILL_DEFINED:
            code = _ILL_DEFINED_CODES.get(statement.rule or "", "SD301")
            yield _Outcome(
                "ILL_DEFINED",
                statement.span,
                code,
                statement.message,
                suggestion=statement.suggestion,
                notes=statement.notes,
            )
        case Kind.NOT_UNDERSTOOD:
            code = _READING_CODES.get(statement.rule or "", "SD102")
            yield _Outcome("NOT_UNDERSTOOD", statement.span, code, statement.message)
        case Kind.HYPOTHESIS:
            yield _Outcome(
                "DEFINITION",
                statement.span,
                message=statement.message,
                recognised="hypothesis",
                notes=statement.notes,
            )
        case Kind.DEFINITION:
            yield _Outcome("DEFINITION", statement.span, message=statement.message, notes=statement.notes)
        case _:
            yield _Outcome("EXPRESSION", statement.span, message=statement.message, notes=statement.notes)


def _judged(claim: Claim, span: tuple[int, int], cited: str | None, deadline: float | None) -> _Outcome:
    from symderive.decide import judge_claim

    left = _left(deadline)
    if left is not None and left <= 0:
        return _Outcome("UNDECIDED", span, "SD403", "no time was left to judge this")
    try:
        verdict = judge_claim(claim, timeout=left)
    except MemoryError:
        return _Outcome("UNDECIDED", span, "SD403", "judging took more memory than a worker has")
    except RecursionError:
        return _Outcome("UNDECIDED", span, "SD403", "the formula is nested too deeply to be judged")
    except Exception as error:  # a judge that breaks down has decided nothing, and the next formula waits
        return _Outcome(
            "UNDECIDED",
            span,
            "SD403",
            f"the judge broke down: {type(error).__name__}: {_one_line(str(error))}",
        )
    return _from_verdict(claim, verdict, span, cited, _left(deadline))


def _from_verdict(
    claim: Claim, verdict: Verdict, span: tuple[int, int], cited: str | None, left: float | None
) -> _Outcome:
    status = str(verdict.status)
    common = _Outcome(status, span, method=verdict.method, hypotheses=tuple(verdict.hypotheses))
    if status == "REFUTED":
        code = "SD203" if cited else "SD201" if claim.relation in ("=", "!=") else "SD202"
        message = f"false{_where(verdict.counterexample)}"
        if cited:
            message = f"cited from {cited}, but {message}"
        return replace(common, code=code, message=message, counterexample=verdict.counterexample, claim=claim)
    if status == "PROVED":
        return common
    if cited:
        return replace(common, status="CITED", method=None, message=f"cited: {cited}")
    evidence = _one_line(verdict.evidence or "")
    if status == "SUPPORTED":
        return replace(common, code="SD402", message=evidence or CODES["SD402"].title)
    if left is not None and left <= 0:
        return replace(common, code="SD403", message=evidence or "the time was up")
    return replace(common, code="SD401", message=evidence or CODES["SD401"].title)


def _where(counterexample: dict[str, str] | None) -> str:
    """The point of a counterexample in a few words."""
    if not counterexample:
        return ""
    sides = {"left side", "right side"}
    point = ", ".join(
        f"{name} = {_short(value)}" for name, value in counterexample.items() if name not in sides
    )
    left, right = counterexample.get("left side"), counterexample.get("right side")
    at = f" at {point}" if point else ""
    return at + (
        f": the left side is {_short(left)}, the right side {_short(right)}" if left and right else ""
    )


def _short(value: str) -> str:
    return value if len(value) <= 24 else value[:21] + "…"


def correction(claim: Claim, deadline: float | None, most: int = 250) -> str | None:
    """A claim one edit away from a refuted one that is proved, as LaTeX."""
    from symderive.decide import judge_claim
    from symderive.notation.printer import claim_latex
    from symderive.terms.slips import slips

    weaker = {"<": "<=", ">": ">="}.get(claim.relation)
    try:
        # a strict inequality that fails is most often one that is not strict
        relaxed = [replace(claim, relation=weaker)] if weaker else []
        for candidate in chain(relaxed, (slip.claim for slip in slips(claim, most))):
            left = _left(deadline)
            if left is not None and left <= 0.05:
                return None
            each = 2.0 if left is None else min(left, 2.0)
            if str(judge_claim(candidate, timeout=each).status) == "PROVED":
                return claim_latex(candidate)
    except Exception:  # a correction is a courtesy: without one the finding stands as it is
        return None
    return None


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:299] + "…"


def _tidy(latex: str) -> str:
    """A formula's text without the blanks around it and without indentation that its lines share."""
    lines = latex.strip("\n").rstrip().split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in lines[1:] if line.strip()]
    shared = min(indents, default=0)
    return "\n".join([lines[0].lstrip(), *[line[shared:].rstrip() for line in lines[1:]]]).strip()
