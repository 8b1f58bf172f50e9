"""From the displays of a document to what each of them says: the door between finding formulas and judging them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from symderive.documents.consequence import consequence
from symderive.documents.illdefined import corrected
from symderive.documents.prose import stated
from symderive.documents.statements import Found, State, read_display
from symderive.notation.errors import ReadError
from symderive.notation.facts import Located
from symderive.notation.infer import infer
from symderive.notation.notation import Entry, Notation
from symderive.notation.parser import parse
from symderive.notation.syntax import Chain, Listing
from symderive.notation.syntax import Display as Syntax
from symderive.notation.tokens import Token, tokenize
from symderive.notation.words import settle_words
from symderive.terms import Claim, Definition, Recurrence


@dataclass(frozen=True)
class Display:
    """One formula as it stands in the document.

    `latex` is the text strictly between the delimiters, character for character as in the source (with quote
    markers and list indentation still in it, if any), so that offset `o` of `latex` is the place `position + o`
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


class Kind(enum.StrEnum):
    """What a statement is. The last two need no judge and are the finding itself."""

    DEFINITION = "DEFINITION"
    EXPRESSION = "EXPRESSION"
    HYPOTHESIS = "HYPOTHESIS"  # a whitelisted form (x_i > 0, n = 1, …, N, Σ p = 1): a declaration, nothing to judge
    CLAIM = "CLAIM"
    ILL_DEFINED = "ILL_DEFINED"
    NOT_UNDERSTOOD = "NOT_UNDERSTOOD"


@dataclass(frozen=True)
class Statement:
    """One statement of a display: a display with several lines or `\\quad` between equations holds several."""

    kind: Kind
    span: tuple[int, int]  # the smallest sub-formula this is about: offsets into `Display.latex`
    claims: tuple[Claim, ...] = ()  # CLAIM: all must hold (one a row of `cases`); hypotheses in force are inside
    claim_spans: tuple[tuple[int, int], ...] = ()  # one a claim
    definition: Definition | Recurrence | None = None
    term: object | None = None  # EXPRESSION: its SymPy term
    name: str | None = None  # what is defined
    message: str | None = None  # ILL_DEFINED: the consequence; NOT_UNDERSTOOD: the reason and what to do
    rule: str | None = None  # ILL_DEFINED: "own step" or "idle index"; NOT_UNDERSTOOD: "unclosed", "ambiguous", "syntax"
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
class Declared:
    """One row of `declarations`: what a name was taken for, and whether that was inferred."""

    name: str
    kind: str
    line: int | None
    inferred: bool


@dataclass(frozen=True)
class DocumentReading:
    """All displays of a document in order, and everything that was declared or inferred on the way."""

    readings: tuple[Reading, ...]
    notation: Notation
    declarations: tuple[Declared, ...] = field(default=())


def read_document(
    displays: Iterable[Display],
    inlines: Iterable[Inline] = (),
    notation: Notation | None = None,
    *,
    watch: Callable[[int], None] | None = None,
) -> DocumentReading:
    """Read every display in document order; never raises on a display's text.

    Parameters
    ----------
    displays
        The formulas to read, in document order.
    inlines
        The inline formulas of the running text, for declarations and whitelisted hypotheses only.
    notation
        What front matter or a notation file declares.
    watch
        Called with the number of a display right before any work on it (−1 for inline formulas), so that a caller
        can hold deadlines.

    Returns
    -------
    DocumentReading
        One Reading a display, in the order given.
    """
    return _Document(list(displays), list(inlines), notation or Notation(), watch).read()


class _Document:
    """One pass over the formulas: words, syntax, inference over all of them, then meaning in document order."""

    def __init__(
        self,
        displays: list[Display],
        inlines: list[Inline],
        notation: Notation,
        watch: Callable[[int], None] | None,
    ) -> None:
        self.displays = displays
        self.inlines = inlines
        self.notation = notation
        self.watch = watch or (lambda _: None)
        self.errors: dict[int, ReadError] = {}
        self.syntax: dict[int, Syntax] = {}
        self.inline_syntax: dict[int, Syntax] = {}

    def read(self) -> DocumentReading:
        self._parse()
        located = [
            Located(syntax, self.displays[n].position, self.displays[n].section, self.displays[n].line)
            for n, syntax in self.syntax.items()
        ] + [
            Located(syntax, self.inlines[n].position, self.inlines[n].section, self.inlines[n].line, True)
            for n, syntax in self.inline_syntax.items()
        ]
        located.sort(key=lambda item: item.position)
        self.watch(-1)
        notation = self._infer(located)
        state = self._assumed(State(notation))
        readings: dict[int, Reading] = {}
        events = sorted(
            [(display.position, 1, number) for number, display in enumerate(self.displays)]
            + [(self._heard_at(inline), 0, number) for number, inline in enumerate(self.inlines)]
        )
        for _, kind, number in events:
            if kind == 0:
                self.watch(-1)
                state = self._hear(number, state)
            else:
                self.watch(number)
                readings[number], state = self._display(number, state)
        ordered = tuple(readings[number] for number in range(len(self.displays)))
        return DocumentReading(ordered, state.notation, declarations(state.notation))

    def _heard_at(self, inline: Inline) -> int:
        """An inline hypothesis counts from the first display of its sentence on, even where it follows it."""
        places = [d.position for d in self.displays if d.sentence == inline.sentence and d.sentence]
        return min([inline.position, *places])

    def _infer(self, located: list[Located]) -> Notation:
        try:
            return infer(located, self.notation)
        except (ReadError, RecursionError):
            return infer([], self.notation)

    def _parse(self) -> None:
        tokens: list[list[Token]] = []
        for number, display in enumerate(self.displays):
            if display.closed:
                self.watch(number)
                try:
                    tokens.append(tokenize(display.latex))
                except ReadError as error:
                    self.errors[number] = error
        for inline in self.inlines:
            self.watch(-1)
            try:
                tokens.append(tokenize(inline.latex))
            except ReadError:
                continue
        words = settle_words(tokens, self.notation.declared)
        self.notation = replace(self.notation, words=words)
        for number, display in enumerate(self.displays):
            if number in self.errors or not display.closed:
                continue
            self.watch(number)
            try:
                self.syntax[number] = parse(display.latex, words)
            except ReadError as error:
                self.errors[number] = error
            except RecursionError:
                self.errors[number] = ReadError("the formula nests too deeply", 0, len(display.latex))
        for number, inline in enumerate(self.inlines):
            self.watch(-1)
            try:
                self.inline_syntax[number] = parse(inline.latex, words)
            except (ReadError, RecursionError):
                continue

    def _assumed(self, state: State) -> State:
        """The hypotheses of the notation file, in force everywhere."""
        for latex in state.notation.assumptions:
            try:
                syntax = parse(latex, state.notation.words)
            except ReadError:
                continue
            for row in syntax.rows:
                for item in row.items:
                    result = stated(item, syntax, state.notation)
                    if result is not None and result.hypotheses:
                        state = state.hold(item, syntax, None)
        return state

    def _hear(self, number: int, state: State) -> State:
        """The hypotheses of one inline formula."""
        syntax = self.inline_syntax.get(number)
        if syntax is None:
            return state
        inline = self.inlines[number]
        notation = state.notation.at(inline.position, inline.section, inline.line)
        for row in syntax.rows:
            items = row.items
            for place, item in enumerate(items):
                if isinstance(item, Chain) and item.relations == ("in",) and place and row.separators[place] == "comma":
                    first = item.operands[0]
                    assert first is not None
                    item = replace(
                        item, operands=(Listing(items[0].start, first.end, (*items[:place], first)), *item.operands[1:])
                    )
                result = stated(item, syntax, notation)
                if result is not None and result.hypotheses:
                    held = replace(state, notation=notation).hold(item, syntax, inline.sentence if result.local else None)
                    state = replace(state, held=held.held)
        return state

    def _display(self, number: int, state: State) -> tuple[Reading, State]:
        display = self.displays[number]
        if not display.closed:
            failed = Statement(
                Kind.NOT_UNDERSTOOD,
                (0, len(display.latex)),
                message="the display is never closed; add its closing delimiter",
                rule="unclosed",
            )
            return Reading(display, (failed,)), state
        if number in self.errors:
            return Reading(display, (_failure(self.errors[number], display),)), state
        notation = state.notation.at(display.position, display.section, display.line)
        here = replace(state, notation=notation)
        try:
            found, after = read_display(
                self.syntax[number], here, display.sentence, display.section, display.line, display.latex
            )
        except ReadError as error:
            return Reading(display, (_failure(error, display),)), state
        except RecursionError:
            deep = ReadError("the formula nests too deeply", 0, len(display.latex), "write it in steps")
            return Reading(display, (_failure(deep, display),)), state
        return Reading(display, tuple(_statement(item, display) for item in found)), after


def _failure(error: ReadError, display: Display) -> Statement:
    end = min(max(error.end, error.start + 1), max(len(display.latex), 1))
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    return Statement(Kind.NOT_UNDERSTOOD, (min(error.start, end), end), message=message, rule=error.rule)


def _statement(found: Found, display: Display) -> Statement:
    kind = Kind(found.kind)
    message, suggestion = found.message, None
    claims: tuple[Claim, ...] = tuple(found.claims)
    if found.fault is not None:
        message = consequence(found)
        suggestion = corrected(display.latex, found.fault.edits)
        claims = ()
    return Statement(
        kind,
        (found.start, found.end),
        claims,
        tuple(found.spans),
        found.meaning,
        found.term,
        found.name,
        message,
        found.rule,
        suggestion,
        tuple(found.notes),
    )


def declarations(notation: Notation) -> tuple[Declared, ...]:
    """What every name of the document was taken for."""
    rows: dict[str, Declared] = {}
    for entry in notation.declared.values():
        rows[entry.name] = Declared(entry.name, entry.describe(), entry.line, False)
    facts = notation.facts
    if facts is None:
        return tuple(rows.values())
    for name, line in facts.dims.items():
        rows.setdefault(name, Declared(name, "dim", line, True))
    for name, line in facts.lines.items():
        if name in rows or name in facts.letters:
            continue
        rows[name] = Declared(name, _kind_of(name, notation), line, True)
    for letter, evidence in facts.ranges.items():
        low, high = evidence[0].axis
        rows.setdefault(letter, Declared(letter, f"index {low}..{high}", evidence[0].line, True))
    return tuple(rows[name] for name in sorted(rows))


def _kind_of(name: str, notation: Notation) -> str:
    facts = notation.facts
    assert facts is not None
    known = notation.known.get(name)
    if facts.is_sequence(name):
        axes = notation.learned.get(name, ())
        return Entry(name, "sequence", axes).describe()
    if known is not None:
        applied = isinstance(known.meaning, Definition) and known.meaning.parameters
        return "defined function" if applied else "defined"
    if name in facts.functions:
        return "function"
    ranks = [ranks[name] for ranks in facts.ranks.values() if name in ranks]
    rank = max(ranks) if ranks else len(notation.learned.get(name, ())) or facts.hints.get(name, 0)
    if not rank:
        return "scalar"
    axes = tuple(
        facts.slots[name, place][0].axis for place in range(rank) if facts.slots.get((name, place))
    )
    return Entry(name, "tensor", axes).describe() if len(axes) == rank else {1: "vector", 2: "matrix"}.get(rank, "tensor")
