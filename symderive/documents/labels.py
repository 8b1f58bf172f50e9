"""One formula of a document by its label: what it claims, and how its author writes names."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from symderive.documents.examination import Document, Examination
from symderive.documents.reading_types import Kind, Reading, Reserve
from symderive.notation.notation import Known, Notation
from symderive.terms import Claim, Definition, Recurrence

__all__ = ["Labelled", "claims_of", "find_label", "labels_of"]

#: How a claim that no comment labels is named: by the line that it stands in.
_LINE = re.compile(r"L?(\d+)\Z")
_BOLD = re.compile(r"\\(?:mathbf|boldsymbol|bm|vec)\b")


@dataclass(frozen=True)
class Labelled:
    """A display that was asked for.

    Parameters
    ----------
    label
        Its label, or the number of its line.
    line, column
        Where it stands, or the smallest part of it that its reading is about; both from 1.
    reading
        What it says.
    steps
        How the author writes the step of each sequence: ``call``, ``sub``, ``sup`` or ``bracket``.
    bold
        Does the author set vectors in bold?
    cited
        The source that a comment names for it.
    users
        For a definition: labels of claims of the document that use it.
    earlier
        What the document claims before this display.
    definitions
        What the document defines before it, the latest of each name.
    """

    label: str
    line: int
    column: int
    reading: Reading
    steps: dict[str, str]
    bold: bool
    cited: str | None = None
    users: tuple[str, ...] = ()
    earlier: tuple[Claim, ...] = ()
    definitions: tuple[Definition, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What is claimed; several for the lines of a chain and the rows of cases."""
        return self.reading.claims

    @property
    def reserves(self) -> tuple[Reserve | None, ...]:
        """What the text states around each claim (see `verdicts.judge_stated`)."""
        return tuple(
            statement.reserves[number] if number < len(statement.reserves) else None
            for statement in self.reading.statements
            for number in range(len(statement.claims))
        )

    @property
    def kind(self) -> Kind:
        """What the display is."""
        return self.reading.kind


def labels_of(examination: Examination) -> tuple[str, ...]:
    """The labels of a document's displays, in order."""
    return tuple(formula.label for formula in examination.formulas if formula.label)


def find_label(document: Document, label: str) -> Labelled:
    """The display of a label, read with everything that the document says before it.

    Parameters
    ----------
    label
        As a comment or ``\\label`` gives it, or the number of a line that the display covers.

    Raises
    ------
    LookupError
        With the labels that there are.

    Examples
    --------
    >>> text = "<!-- symderive: label square -->\\n$$(a + b)^2 = a^2 + 2 a b + b^2$$"
    >>> found = find_label(Document("notes.md", text), "square")
    >>> found.line, found.column, len(found.claims)
    (2, 3, 1)
    """
    examination = Examination(document)
    number = _number(examination, label)
    examination.read()
    assert examination.reading is not None
    if number not in examination.of_display:
        raise LookupError(f"the formula {label!r} of {document.path} is too long to be read")
    place = examination.of_display[number]
    reading = examination.reading.readings[place]
    earlier = tuple(claim for other in examination.reading.readings[:place] for claim in other.claims)
    defined_before = {
        statement.definition.head: statement.definition
        for other in examination.reading.readings[:place]
        for statement in other.statements
        if isinstance(statement.definition, Definition)
    }
    formula = examination.formulas[number]
    line, column = _place(examination, number, reading)
    cited = next((d.value for d in reversed(formula.directives) if d.kind == "cited"), None)
    defined = {statement.name for statement in reading.statements if statement.kind is Kind.DEFINITION}
    users = tuple(
        other.display.label
        for other in examination.reading.readings
        if other.display.label and any(defined & _heads(claim) for claim in other.claims)
    )
    steps = _steps(examination.reading.notation)
    bold = bool(_BOLD.search(document.text))
    known = tuple(defined_before.values())
    return Labelled(label, line, column, reading, steps, bold, cited, users, earlier, known)


def claims_of(document: Document) -> tuple[Labelled, ...]:
    """The displays of a document that claim something, in order; one without a label is named by its line.

    Examples
    --------
    >>> text = "Let $$f(a) = a^2$$ so that $$f(-a) = f(a)$$"
    >>> [(found.label, found.line) for found in claims_of(Document("notes.md", text))]
    [('1', 1)]
    """
    examination = Examination(document)
    examination.read()
    assert examination.reading is not None
    steps = _steps(examination.reading.notation)
    bold = bool(_BOLD.search(document.text))
    found = []
    for number, place in examination.of_display.items():
        reading = examination.reading.readings[place]
        if reading.kind is Kind.CLAIM and reading.claims:
            line, column = _place(examination, number, reading)
            label = examination.formulas[number].label or str(line)
            found.append(Labelled(label, line, column, reading, steps, bold))
    return tuple(sorted(found, key=lambda labelled: (labelled.line, labelled.column)))


def _place(examination: Examination, number: int, reading: Reading) -> tuple[int, int]:
    """Line and column of what a reading is about."""
    formula = examination.formulas[number]
    start = reading.main.span[0] if reading.kind in (Kind.NOT_UNDERSTOOD, Kind.ILL_DEFINED) else 0
    blank = len(formula.latex[start:]) - len(formula.latex[start:].lstrip())
    return examination.scanned.source.place(formula.position + start + blank)


def _number(examination: Examination, label: str) -> int:
    for number, formula in enumerate(examination.formulas):
        if formula.label == label:
            return number
    match = _LINE.match(label)
    place = examination.scanned.source.place
    if match:
        for number, formula in enumerate(examination.formulas):
            first, last = place(formula.start)[0], place(formula.position + len(formula.latex))[0]
            if first <= int(match[1]) <= last:
                return number
        raise LookupError(f"{examination.document.path} has no formula in line {match[1]}")
    raise LookupError(_advice(examination, label))


def _advice(examination: Examination, label: str) -> str:
    path = examination.document.path
    labels = labels_of(examination)
    if not labels:
        how = "`<!-- symderive: label NAME -->` before a display gives it one, or use the number of its line"
        return f"{path} has no labels: {how}"
    near = difflib.get_close_matches(label, labels, n=3)
    if near:
        return f"{path} has no label {label!r}; did you mean {' or '.join(near)}?"
    shown = ", ".join(labels[:30]) + (", …" if len(labels) > 30 else "")
    return f"{path} has no label {label!r}; it has {shown}"


def _heads(claim: Claim) -> set[str | None]:
    heads: set[str | None] = {definition.head for definition in claim.definitions}
    heads.update(rule.head for rule in claim.recurrences)
    return heads


def _steps(notation: Notation) -> dict[str, str]:
    """How each sequence's step is written, as its recurrence or else its first use shows."""
    styles: dict[str, str] = {}
    facts = notation.facts
    for name, style, _ in sorted(facts.steps) if facts is not None else ():
        styles.setdefault(name, style)
    known: Known
    for name, known in notation.known.items():
        if isinstance(known.meaning, Recurrence) and known.style:
            styles[name] = known.style
    return styles
