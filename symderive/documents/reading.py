"""From the displays of a document to what each of them says: the door between finding formulas and judging
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from sympy import Indexed

from symderive.documents.consequence import consequence
from symderive.documents.declarations import declarations
from symderive.documents.illdefined import corrected
from symderive.documents.prose import Bounds, stated
from symderive.documents.reading_types import Display, DocumentReading, Inline, Kind, Reading, Statement
from symderive.documents.reserves import Aside
from symderive.documents.spoken import (
    grouped,
    is_read_whole,
    meant_for_both,
    relates,
    says_or,
    spoken_letters,
)
from symderive.documents.state import names_of
from symderive.documents.statements import Found, State, read_display
from symderive.notation.definitions import applied_dimension, head_of_definition
from symderive.notation.errors import ReadError
from symderive.notation.facts import Located
from symderive.notation.infer import infer
from symderive.notation.inverses import inverse_head
from symderive.notation.notation import Notation
from symderive.notation.parser import parse
from symderive.notation.syntax import Chain, Name, Node, Quantifier, descend
from symderive.notation.syntax import Display as Syntax
from symderive.notation.tokens import Token, tokenize
from symderive.notation.values import Learn
from symderive.notation.words import settle_words
from symderive.terms import Claim, Definition, Index, Recurrence, substitute


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
        Called with the number of a display right before any work on it (−1 for inline formulas), so that a
        caller
        can hold deadlines.

    Returns
    -------
    DocumentReading
        One Reading a display, in the order given.
    """
    return _Document(list(displays), list(inlines), notation or Notation(), watch).read()


#: What counts as a bound in an inline formula, by what the words around it make of it.
_BOUNDS: dict[str, Bounds] = {"given": "terms", "concluded": "simple"}

#: How far ahead an explanation of a name may stand, in displays.
_EXPLAINED_WITHIN = 3


class _Document:
    """One pass over the formulas: words, syntax, inference over all of them, then meaning in document
    order.
    """

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
        self._sentences: dict[int, int] = {}  # sentence -> where its first display stands

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
        before: dict[int, State] = {}
        self._sentences.clear()
        for display in self.displays:
            first = self._sentences.get(display.sentence, display.position)
            self._sentences[display.sentence] = min(first, display.position)
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
                before[number] = state
                readings[number], state = self._display(number, state)
        self._explained(readings, before, state)
        ordered = tuple(readings[number] for number in range(len(self.displays)))
        return DocumentReading(ordered, state.notation, declarations(state.notation))

    def _heard_at(self, inline: Inline) -> int:
        """An inline hypothesis counts from the first display of its sentence on, even where it follows it."""
        if not inline.sentence:
            return inline.position
        return min(inline.position, self._sentences.get(inline.sentence, inline.position))

    def _explained(self, readings: dict[int, Reading], before: dict[int, State], last: State) -> None:
        """Read a claim again with the names that are explained right after it ("…, where s_i = …").

        Only names that the whole document defines once count, from the display itself and the next few
        of the section.
        """
        defined: dict[str, list[int]] = {}
        for number, reading in readings.items():
            for statement in reading.statements:
                if isinstance(statement.definition, Definition) and statement.name is not None:
                    defined.setdefault(statement.name, []).append(number)
        once = {name: places[0] for name, places in defined.items() if len(places) == 1}
        order = sorted(readings, key=lambda number: self.displays[number].position)
        for place, number in enumerate(order):
            reading = readings[number]
            if reading.kind not in (Kind.CLAIM, Kind.NOT_UNDERSTOOD) or number not in self.syntax:
                continue
            near = order[place : place + 1 + _EXPLAINED_WITHIN]
            state = before[number]
            later = {
                name: last.notation.known[name]
                for name, where in once.items()
                if where in near
                and self.displays[where].section == self.displays[number].section
                and name in last.notation.known
                and name not in state.notation.known
            }
            used = {
                name for claim in reading.claims for side in (claim.lhs, claim.rhs) for name in names_of(side)
            }
            if not later or (
                reading.kind is Kind.CLAIM
                and not used & {tag for name in later for tag in (name, f"{name}()", f"{name}[]")}
            ):
                continue
            notation = replace(state.notation, known={**state.notation.known, **later})
            self.watch(number)
            again, _ = self._display(number, replace(state, notation=notation))
            if again.kind is Kind.CLAIM and len(again.statements) == len(reading.statements):
                # What a display defines itself is no claim about what it defines.
                pairs = zip(reading.statements, again.statements, strict=True)
                kept = tuple(old if old.definition is not None else new for old, new in pairs)
                readings[number] = replace(again, statements=kept)

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
                state = state.noting(Aside(latex, None, None, 0, None, None, spoken_letters(latex)))
                continue
            for item in grouped(syntax.rows):
                result = stated(item, syntax, state.notation, "terms")
                if result is None or result.hypotheses:
                    state = state.hold(item, syntax, None, "terms", assumed=True)
        return state

    def _hear(self, number: int, state: State) -> State:
        """The hypotheses of one inline formula, and what it states that is none."""
        inline = self.inlines[number]
        syntax = self.inline_syntax.get(number)
        if syntax is None or not is_read_whole(syntax):
            if inline.role == "given" or (inline.role == "" and relates(inline.latex)):
                state = self._noted(state, inline, None, None)
            if syntax is None:
                return state
        notation = state.notation.at(inline.position, inline.section, inline.line)
        here = replace(state, notation=notation)
        either = inline.either or says_or(syntax.rows)
        bounds = _BOUNDS.get(inline.role, "between")
        items = grouped(syntax.rows)
        for place, item in enumerate(items):
            if isinstance(item, Chain) and item.relations == ("in",):
                here = here.redeclared(item.operands[0], inline.section)
            result = stated(item, syntax, notation, bounds)
            if result is None or (either and result.hypotheses):
                if isinstance(item, (Chain, Quantifier)) and inline.role != "concluded":
                    here = self._noted(here, inline, item, syntax)
            elif result.hypotheses:
                here = here.hold(item, syntax, inline.sentence if result.local else None, bounds)
            both = meant_for_both(items[place - 1], item) if place else None
            for aside in (*(result.asides if result is not None else ()), *((both,) if both else ())):
                here = self._noted(here, inline, aside, syntax)
        return replace(state, held=here.held, asides=here.asides)

    def _noted(self, state: State, inline: Inline, node: Node | None, root: Syntax | None) -> State:
        """With what an inline formula states that is no hypothesis: it counts here, or in its section."""
        letters = (
            spoken_letters(inline.latex)
            if node is None
            else frozenset(name.text for name in descend(node) if isinstance(name, Name))
        )
        latex = inline.latex if node is None else inline.latex[node.start : node.end]
        sentence = None if inline.role == "given" else inline.sentence
        return state.noting(Aside(latex, node, root, inline.position, inline.section, sentence, letters))

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
            return Reading(display, (_failure(self.errors[number], display),)), _obscured(state, display)
        notation = state.notation.at(display.position, display.section, display.line)
        here = replace(state, notation=notation)
        try:
            found, after = read_display(
                self.syntax[number], here, display.sentence, display.section, display.line, display.latex
            )
        except ReadError as error:
            return Reading(display, (_failure(error, display),)), state
        except Learn as unsettled:
            what = f"what {unsettled.name} is could not be settled: its uses here ask for different shapes"
            failed_shape = ReadError(what, 0, len(display.latex), f"declare {unsettled.name}")
            return Reading(display, (_failure(failed_shape, display),)), _obscured(state, display)
        except RecursionError:
            deep = ReadError("the formula nests too deeply", 0, len(display.latex), "write it in steps")
            return Reading(display, (_failure(deep, display),)), _obscured(state, display)
        if display.inline and any(item.kind == "CLAIM" for item in found):
            for node in grouped(self.syntax[number].rows):
                if isinstance(node, (Chain, Quantifier)) and stated(node, node, notation) is None:
                    after = self._noted(after, _as_inline(display), node, self.syntax[number])
        return Reading(display, tuple(_statement(item, display) for item in found)), after


def _as_inline(display: Display) -> Inline:
    """An inline formula that is judged, as what it is in its sentence."""
    return Inline(display.latex, display.position, display.section, display.sentence, display.line)


def _meant(found: Found) -> Recurrence | None:
    """The recurrence that ``v(n) = γ v(n) + …`` is once its right side names the step before."""
    if found.rule != "own step" or len(found.claims) != 1:
        return None
    left, body = found.claims[0].lhs, found.claims[0].rhs
    if not isinstance(left, Indexed) or not left.indices:
        return None
    *components, at = left.indices
    steps = [name for name in at.free_symbols if isinstance(name, Index)]
    if len(steps) != 1 or not all(isinstance(index, Index) for index in components):
        return None
    before = left.func(left.base, *components, at - 1)
    body = substitute(body, {left: before})
    return Recurrence(str(left.base.label), tuple(components), steps[0], at, body)


#: What may stand before the left side of a formula.
_OPENING = re.compile(r"\\begin\{[a-z]+\*?\}(?:\{[^{}]*\})?|&")


def _obscured(state: State, display: Display) -> State:
    """After a display without syntax: what its left side is the name of has no known meaning from here on."""
    left, sign, _ = _OPENING.sub("", display.latex).partition("=")
    notation = state.notation.at(display.position, display.section, display.line)
    if not sign:
        return state
    try:
        syntax = parse(left.rstrip().removesuffix(":"), notation.words)
        items = [item for row in syntax.rows for item in row.items]
        if len(items) != 1:
            return state
        dimension = applied_dimension(items[0], notation)
        if dimension is not None:
            return state.obscured(dimension, display.line)
        head = head_of_definition(items[0], syntax, notation)
        if head is None:
            inverse = inverse_head(items[0], syntax, notation)
            head = inverse.head if inverse is not None else None
    except (ReadError, RecursionError):
        return state
    if head is None or head.numeric:
        return state
    known = notation.known.get(head.name)
    if known is not None and known.section == display.section:
        return state  # a claim about a name that is known
    return state.obscured(head.name, display.line)


def _failure(error: ReadError, display: Display) -> Statement:
    end = min(max(error.end, error.start + 1), max(len(display.latex), 1))
    message = f"{error.message}; {error.hint}" if error.hint else error.message
    return Statement(Kind.NOT_UNDERSTOOD, (min(error.start, end), end), message=message, rule=error.rule)


def _statement(found: Found, display: Display) -> Statement:
    kind = Kind(found.kind)
    message, suggestion, meant = found.message, None, None
    claims: tuple[Claim, ...] = tuple(found.claims)
    if found.fault is not None:
        message = consequence(found)
        suggestion = corrected(display.latex, found.fault.edits)
        meant = _meant(found)
        claims = ()
    return Statement(
        kind,
        (found.start, found.end),
        claims,
        tuple(found.spans),
        tuple(found.reserves) if claims else (),
        found.meaning,
        found.update,
        meant,
        found.term,
        found.name,
        message,
        found.rule,
        suggestion,
        tuple(found.notes),
    )
