"""A derivation as text for a terminal: aligned relation signs, the reasons at the right, in colour."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from symderive.decide import Status
from symderive.derivation import Derivation, PartKind
from symderive.notation.algebra_printer import RELATIONS
from symderive.render.outline import Outline, Piece, Row, Section, outline
from symderive.render.unicode_math import unicode_math

__all__ = ["render_text"]

_COLOURS = {
    Status.PROVED: "green",
    Status.CITED: "blue",
    Status.SUPPORTED: "yellow",
    Status.UNDECIDED: "yellow",
    Status.REFUTED: "red",
}
_SIGNS = {r"\le": "≤", r"\ge": "≥", r"\ne": "≠", r"\in": "∈"} | {sign: sign for sign in ("=", "<", ">")}
assert set(_SIGNS) >= set(RELATIONS.values())
#: Columns between a line and its reason, and before everything.
_GAP, _INDENT = 3, 2
#: A first line that is longer than this part of the width stands above its chain.
_LONGEST_START = 0.4
#: A reason is given at least this much, however long the formulas are.
_NARROWEST = 24
_WIDEST = 200


def render_text(
    derivation: Derivation,
    *,
    language: str = "en",
    detail: str = "brief",
    width: int = 100,
    colour: bool = False,
) -> str:
    """The derivation as lines of text.

    Parameters
    ----------
    language
        Of the reasons, ``en`` or ``ko``.
    detail
        ``brief`` or ``full``.
    width
        Columns to write for; a formula that is longer goes on in the next line.
    colour
        With ANSI escape sequences. The caller knows whether the output is a terminal and whether ``NO_COLOR``
        is set.
    """
    plan = outline(derivation, language=language, detail=detail)
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=max(30, min(width, _WIDEST)),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for line in _Layout(plan, console.width).lines():
        console.print(line, overflow="ignore", no_wrap=True, crop=False, soft_wrap=True)
    return "\n".join(line.rstrip() for line in stream.getvalue().split("\n"))


class _Layout:
    def __init__(self, plan: Outline, width: int) -> None:
        self.plan = plan
        self.width = width

    def lines(self) -> Iterator[Text]:
        plan = self.plan
        if plan.title:
            yield Text(plan.title, "bold")
        yield from self.table(
            [
                (plan.words("claim" if plan.is_claim else "problem"), (plan.question,)),
                (plan.words("definitions"), plan.definitions),
                (plan.words("where"), plan.abbreviations),
                (plan.words("hypotheses"), plan.hypotheses),
            ]
        )
        for section in plan.sections:
            yield Text("")
            if len(plan.sections) > 1:
                yield from self.heading(section)
            for start, rows in section.chains:
                yield from self.chain(start, rows)
        yield Text("")
        if plan.vector:
            yield from self.table([(plan.words("vector"), (plan.vector,))])
        if plan.missing:
            yield from self.wrapped(f"{plan.words('missing')}: {plan.missing}", "yellow")
        method = f" ({plan.method})" if plan.method else ""
        first, *rest = _folded(f"{plan.status.value}{method}: {plan.meaning}", self.width)
        verdict = Text(first)
        verdict.stylize(f"bold {_COLOURS[plan.status]}", 0, len(plan.status.value))
        verdict.stylize("dim", len(plan.status.value), len(plan.status.value) + len(method))
        yield verdict
        yield from (Text(piece) for piece in rest)

    def table(self, entries: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Text]:
        """Labels with formulas beside them."""
        shown = [(label, formulas) for label, formulas in entries if formulas]
        margin = max((cell_len(label) for label, _ in shown), default=0) + _INDENT + 2
        for label, formulas in shown:
            for number, formula in enumerate(formulas):
                head = " " * _INDENT + label if number == 0 else ""
                pieces = _folded(unicode_math(formula), self.width - margin)
                for place, piece in enumerate(pieces):
                    before = head if place == 0 else ""
                    line = Text(before, "dim")
                    line.append(" " * (margin - cell_len(before)))
                    line.append(piece, "")
                    yield line

    def heading(self, section: Section) -> Iterator[Text]:
        line = Text(_said(section.title), "bold")
        yield line
        # The heading of a case says its condition already.
        if section.hypotheses and (len(section.title) < 2 or section.kind is not PartKind.CASE):
            yield from self.table([(self.plan.words("assuming"), section.hypotheses)])

    def chain(self, start: str, rows: Sequence[Row]) -> Iterator[Text]:
        """The first line, then one line a row; relation signs under each other, reasons in one column."""
        first = unicode_math(start)
        formulas = [unicode_math(row.latex) for row in rows]
        above = cell_len(first) > self.width * _LONGEST_START
        margin = _INDENT + (2 if above else cell_len(first) + 1)
        room = self.width - margin - 2
        column, across = self.columns(room, formulas, [_shown(row) for row in rows])
        if above:
            for place, piece in enumerate(_folded(first, self.width - _INDENT - 2)):
                yield Text(" " * (_INDENT + (2 if place else 0)) + piece)
        for number, (row, formula) in enumerate(zip(rows, formulas, strict=True)):
            head = " " * _INDENT + (first + " " if number == 0 and not above else "")
            pieces = _folded(formula, room)
            reasons = _folded(_shown(row), across)
            lines = []
            for place, piece in enumerate(pieces):
                line = Text(head if place == 0 else "")
                line.append(" " * (margin - cell_len(line.plain)))
                line.append(_SIGNS[row.relation] + " " if place == 0 else "  ", "bold cyan")
                line.append(piece)
                lines.append(line)
            at = margin + 2 + column
            # The reason stands beside the line's end, or below it where the line needs the room.
            if cell_len(lines[-1].plain) + _GAP > at:
                lines.append(Text())
            for place, piece in enumerate(reasons if any(reasons) else ()):
                if place:
                    lines.append(Text())
                lines[-1].append(" " * (at - cell_len(lines[-1].plain)))
                lines[-1].append_text(_styled(piece, row))
            yield from lines

    def columns(self, room: int, formulas: Sequence[str], reasons: Sequence[str]) -> tuple[int, int]:
        """Where the reasons begin, counted from where the formulas do, and how wide they may be.

        Beside the widest formula that leaves them room; longer formulas have theirs below.
        """
        longest = max((cell_len(reason) for reason in reasons), default=0)
        across = min(longest, max(_NARROWEST, room // 2))
        widths = sorted((cell_len(formula) for formula in formulas), reverse=True)
        fitting = next((width for width in widths if width + _GAP + across <= room), None)
        column = room - across if fitting is None else fitting + _GAP
        if fitting is not None and fitting < widths[0] and column < room // 3:
            column = min(room - across, room // 3)
        return column, across

    def wrapped(self, text: str, style: str) -> Iterator[Text]:
        for piece in _folded(text, self.width):
            yield Text(piece, style)


def _said(pieces: Sequence[Piece]) -> str:
    return "".join(unicode_math(piece.text) if piece.math else piece.text for piece in pieces)


def _shown(row: Row) -> str:
    """A reason; what the judge did not prove says so."""
    said = _said(row.reason)
    return said if row.status is Status.PROVED else f"{said} [{row.status.value}]".strip()


def _styled(piece: str, row: Row) -> Text:
    shown = Text(piece, "dim")
    mark = f"[{row.status.value}]"
    if row.status is not Status.PROVED and piece.endswith(mark):
        shown.stylize(f"not dim {_COLOURS[row.status]}", len(piece) - len(mark))
    return shown


def _folded(text: str, columns: int) -> list[str]:
    """A text cut at blanks into lines of at most `columns`; before a sign where there is one."""
    lines: list[str] = []
    rest = text
    while cell_len(rest) > columns:
        cut = best = 0
        used = 0
        for at, character in enumerate(rest):
            used += cell_len(character)
            if used > columns:
                break
            if character == " " and at:
                cut = at
                if rest[at + 1 : at + 2] in ("+", "−", "=", "≤", "≥") and used > columns // 2:
                    best = at
        cut = best or cut
        if not cut:
            break  # nowhere to cut: the terminal will
        lines.append(rest[:cut])
        rest = rest[cut + 1 :]
    return [*lines, rest]
