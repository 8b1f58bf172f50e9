"""What goes into reading a document and what comes out of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from symderive.documents.declarations import Declared
from symderive.notation.notation import Notation
from symderive.terms import Claim, Definition, Recurrence, Update

__all__ = ["Display", "DocumentReading", "Inline", "Kind", "Reading", "Reserve", "Statement"]


@dataclass(frozen=True)
class Display:
    """One formula as it stands in the document.

    `latex` is the text strictly between the delimiters, character for character as in the source (with quote
    markers and list indentation still in it, if any), so that offset `o` of `latex` is the place `position
    + o`
    of the document. For a display opened by `\\begin{align}` the delimiters stay in `latex`.
    """

    latex: str
    position: int = 0  # offset in the document of the first character of `latex`, in code points
    line: int = 1  # where `latex[0]` stands, counted from 1
    column: int = 1  # in code points, counted from 1
    section: int = 0  # number of headings before it: a later section may define a name anew
    sentence: int = 0  # number of the sentence; inline `i = k` holds for displays of the same sentence only
    label: str | None = None
    closed: bool = True  # False: the closing delimiter was never found (text up to where it is cut off)
    inline: bool = False  # an inline formula that is judged (`--inline`)


@dataclass(frozen=True)
class Inline:
    """An inline formula of the running text: read only for declarations and for whitelisted hypotheses."""

    latex: str
    position: int = 0
    section: int = 0
    sentence: int = 0
    line: int = 1
    role: str = ""  # "given" or "concluded", as the words around it say (see `roles`)
    either: bool = False  # one of two that an "or" stands between


class Kind(enum.StrEnum):
    """What a statement is. The last two need no judge and are the finding itself."""

    DEFINITION = "DEFINITION"
    EXPRESSION = "EXPRESSION"
    HYPOTHESIS = (
        "HYPOTHESIS"  # a whitelisted form (x_i > 0, n = 1, …, N, Σ p = 1): a declaration, nothing to judge
    )
    CLAIM = "CLAIM"
    ILL_DEFINED = "ILL_DEFINED"
    NOT_UNDERSTOOD = "NOT_UNDERSTOOD"


@dataclass(frozen=True)
class Reserve:
    """What the text states around a claim beyond its hypotheses: what a refutation has to stand up to.

    Parameters
    ----------
    linked
        The claim with the hypotheses that name other things, too; None where there are none.
    claims
        The claim under each reading of what is stated in another form than that of a hypothesis.
    said
        What is stated so, as it is written.
    unread
        What is stated there and not understood.
    """

    linked: Claim | None = None
    claims: tuple[Claim, ...] = ()
    said: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """One statement of a display: a display with several lines or `\\quad` between equations holds
    several.
    """

    kind: Kind
    span: tuple[int, int]  # the smallest sub-formula this is about: offsets into `Display.latex`
    claims: tuple[
        Claim, ...
    ] = ()  # CLAIM: all must hold (one a row of `cases`); hypotheses in force are inside
    claim_spans: tuple[tuple[int, int], ...] = ()  # one a claim
    reserves: tuple[Reserve | None, ...] = ()  # one a claim
    definition: Definition | Recurrence | None = None
    update: Update | None = None  # DEFINITION by an assignment: what is assigned
    meant: Recurrence | None = None  # ILL_DEFINED, a recurrence that names its own step: with the step before
    term: object | None = None  # EXPRESSION: its SymPy term
    name: str | None = None  # what is defined
    message: str | None = None  # ILL_DEFINED: the consequence; NOT_UNDERSTOOD: the reason and what to do
    rule: str | None = (
        None  # ILL_DEFINED: "own step" or "idle index"; NOT_UNDERSTOOD: "unclosed", "ambiguous", "syntax"
    )
    suggestion: str | None = None  # ILL_DEFINED: the whole display's LaTeX, corrected
    notes: tuple[str, ...] = ()  # e.g. "replaces the definition of v of line 12"


_WEIGHT = (
    Kind.HYPOTHESIS,
    Kind.EXPRESSION,
    Kind.DEFINITION,
    Kind.CLAIM,
    Kind.ILL_DEFINED,
    Kind.NOT_UNDERSTOOD,
)


@dataclass(frozen=True)
class Reading:
    """What one display says. `kind` is that of its weightiest statement."""

    display: Display
    statements: tuple[Statement, ...]

    @property
    def main(self) -> Statement:
        """The statement that gives the display its status (the first of the weightiest kind)."""
        return max(self.statements, key=lambda statement: _WEIGHT.index(statement.kind))

    @property
    def kind(self) -> Kind:
        return self.main.kind

    @property
    def claims(self) -> tuple[Claim, ...]:
        return tuple(claim for statement in self.statements for claim in statement.claims)


@dataclass(frozen=True)
class DocumentReading:
    """All displays of a document in order, and everything that was declared or inferred on the way."""

    readings: tuple[Reading, ...]
    notation: Notation
    declarations: tuple[Declared, ...] = field(default=())
