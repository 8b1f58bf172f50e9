r"""LaTeX sources: the formulas between ``\begin{document}`` and ``\end{document}``.

Nothing is executed: ``\input`` is not followed and no macro is expanded. Comments are blanked out, verbatim
environments and macro definitions are stepped over.
"""

from __future__ import annotations

import re

from symderive.documents.directives import Directive, read_directives
from symderive.documents.displays import (
    DISPLAY_ENVIRONMENTS,
    Delimited,
    Scanned,
    SourceFormula,
    SourceText,
    blank,
    closing,
    label_of,
    sentence_ends,
)

__all__ = ["scan_latex"]

_VERBATIM = ("verbatim", "Verbatim", "lstlisting", "minted", "comment", "alltt", "filecontents")
_DISPLAYS = "|".join(DISPLAY_ENVIRONMENTS)
_TOKEN = re.compile(
    rf"""
      (?P<single>\\[\[(])
    | \\begin\s*\{{\s*(?:(?P<environment>(?:{_DISPLAYS})\*?)|(?P<inline>math))\s*\}}
    | (?P<heading>\\(?:part|chapter|(?:sub){{0,2}}section|paragraph)\*?\s*[\[{{])
    | (?P<macro>\\(?:(?:re)?newcommand|providecommand|DeclareMathOperator|(?:re)?newenvironment|def)\b\*?)
    | (?P<escape>\\.)
    | (?P<display>\$\$)
    | (?P<dollar>\$)
    """,
    re.VERBOSE | re.DOTALL,
)
# What is read before all else: comments, and the verbatim text in which a % starts none.
_UNREAD = re.compile(
    rf"""
      \\begin\s*\{{\s*(?P<verbatim>(?:{"|".join(_VERBATIM)})\*?)\s*\}}
    | \\(?:verb|lstinline)\*?(?P<mark>[^A-Za-z\s{{*])
    | \\.
    | (?P<comment>%[^\n]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_FIRST = re.compile(r"^[^%\n]*?\\begin\s*\{document\}", re.MULTILINE)
_LAST = re.compile(r"\\end\s*\{document\}")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_ARGUMENT = re.compile(r"\\.|[{}]|\n[ \t]*\n", re.DOTALL)
_LONGEST_INLINE = 2_000


def scan_latex(raw: str) -> Scanned:
    r"""Take a LaTeX source apart.

    Examples
    --------
    >>> found = scan_latex("% $$no$$\n% symderive: label a\n\\[x = y % why\n + z\\]")
    >>> [(f.latex, f.label, found.source.place(f.position)) for f in found.formulas]
    [('x = y      \n + z', 'a', (3, 3))]
    """
    return _Scan(SourceText(raw)).run()


class _Scan:
    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.raw = source.text
        text, self.comments = _without_comments(source.text)  # the offsets stay
        last = _LAST.search(text)
        self.text = text[: last.start()] if last else text
        self.formulas: list[SourceFormula] = []
        self.pending: list[Directive] = []
        self.stray: list[Directive] = []
        self.section = 0
        self.sentence = 0
        self.paragraph: list[tuple[Delimited, int, tuple[Directive, ...]]] = []
        self.paragraph_start = 0
        self.next_blank = -1
        self.hopeless: dict[str, int] = {}  # closer -> up to here there is none

    def run(self) -> Scanned:
        first = _FIRST.search(self.raw)
        position = self.paragraph_start = first.end() if first else 0
        comments = [comment for comment in self.comments if comment[0] >= position]
        comments.reverse()  # the next one is at the end
        while match := _TOKEN.search(self.text, position):
            while comments and comments[-1][0] < match.start():
                self.directives(*comments.pop())
            position = self.step(match)
        while comments:
            self.directives(*comments.pop())
        self.flush(len(self.text))
        return Scanned(self.source, tuple(self.formulas), None, (*self.stray, *self.pending))

    def directives(self, start: int, comment: str) -> None:
        for directive in read_directives(comment.lstrip("%"), start, len(comment)):
            (self.stray if directive.kind == "malformed" else self.pending).append(directive)

    def paragraph_end(self, position: int) -> int:
        """Where the paragraph ends: no formula reaches over a blank line."""
        if self.next_blank < position:
            match = _BLANK_LINE.search(self.raw, position)
            self.next_blank = match.start() if match else len(self.raw)
        return self.next_blank

    def step(self, match: re.Match[str]) -> int:
        """Deal with one token; where to go on."""
        end = match.end()
        if match["heading"]:
            self.flush(match.start())
            self.section += 1
            return end
        if match["macro"]:
            return self.macro(end)
        if match["environment"] or match["inline"]:
            name = match["environment"] or match["inline"]
            closer = rf"\end{{{name}}}"
            return self.formula(match, closer, bool(match["environment"]), whole=bool(match["environment"]))
        if match["single"]:
            display = match[0] == r"\["
            return self.formula(match, r"\]" if display else r"\)", display)
        if match["display"]:
            return self.formula(match, "$$", True)
        if match["dollar"]:
            return self.formula(match, "$", False)
        return end

    def formula(self, match: re.Match[str], closer: str, display: bool, whole: bool = False) -> int:
        start, body = match.span()
        limit = self.paragraph_end(body)
        close = -1
        if self.hopeless.get(closer, -1) < limit:
            close = closing(self.text, body, closer, limit if display else min(limit, body + _LONGEST_INLINE))
        if close < 0:
            if display:
                self.hopeless[closer] = limit
            if not display:
                return body
            other = re.compile(rf"\$\$|\\begin\s*\{{(?:{_DISPLAYS})\*?\}}|(?<!\\)\\\[").search(
                self.text, body, limit
            )
            end = other.start() if other else limit
            body_end = body + len(self.text[body:end].rstrip())
            self.found(Delimited(start, body, body_end, end, True, False))
            return end
        end = close + len(closer)
        if self.text[body:close].strip():
            self.found(Delimited(start, start if whole else body, end if whole else close, end, display))
        return end

    def found(self, formula: Delimited) -> None:
        if self.paragraph and self.paragraph_end(self.paragraph_start) < formula.start:
            self.flush(formula.start)
        directives: tuple[Directive, ...] = ()
        if formula.display:
            directives, self.pending = tuple(self.pending), []
        self.paragraph.append((formula, self.section, directives))

    def flush(self, end: int) -> None:
        """Number the sentences of a paragraph, now that its formulas are known."""
        formulas = [formula for formula, _, _ in self.paragraph]
        if formulas:
            start, stop = self.paragraph_start, max(end, formulas[-1].end)
            moved = [
                Delimited(
                    f.start - start, f.body - start, f.body_end - start, f.end - start, f.display, f.closed
                )
                for f in formulas
            ]
            ends = sentence_ends(self.text[start:stop], moved)
            self.sentence += 1
            first, passed = self.sentence, 0
            for formula, section, directives in self.paragraph:
                while passed < len(ends) and ends[passed] + start <= formula.start:
                    passed += 1
                self.add(formula, section, first + passed, directives)
            self.sentence = first + len(ends)
        self.paragraph = []
        self.paragraph_start = end

    def add(self, found: Delimited, section: int, sentence: int, directives: tuple[Directive, ...]) -> None:
        latex = self.text[found.body : found.body_end]
        named = [directive.value for directive in directives if directive.kind == "label"]
        self.formulas.append(
            SourceFormula(
                latex=latex,
                position=found.body,
                start=found.start,
                end=found.end,
                display=found.display,
                closed=found.closed,
                section=section,
                sentence=sentence,
                label=named[-1] if named else label_of(latex),
                directives=directives,
            )
        )

    def macro(self, position: int) -> int:
        """Behind the definition of a macro: up to the end of its last braced argument on this line."""
        line_end = _line_end(self.text, position)
        depth = 0
        for match in _ARGUMENT.finditer(self.text, position, position + 1_000):
            if match[0] == "{":
                depth += 1
            elif match[0] == "}":
                depth -= 1
            elif match[0].startswith("\n"):
                return match.start()
            if depth <= 0 and match.end() >= line_end:
                return match.end()
            if (
                depth <= 0
                and match[0] == "}"
                and not self.text[match.end() : line_end].lstrip().startswith(("{", "["))
            ):
                return match.end()
        return position


def _without_comments(text: str) -> tuple[str, list[tuple[int, str]]]:
    """The text with comments and verbatim text overwritten by spaces, and the comments with their offsets."""
    parts = []
    comments = []
    endless: set[str] = set()
    position = 0
    while match := _UNREAD.search(text, position):
        start, end = match.span()
        parts.append(text[position:start])
        position = end
        if match["comment"]:
            comments.append((start, match[0]))
            parts.append(" " * len(match[0]))
            continue
        parts.append(match[0])
        closer = rf"\end{{{match['verbatim']}}}" if match["verbatim"] else match["mark"]
        if closer and closer not in endless:
            stop = text.find(closer, end, None if match["verbatim"] else _line_end(text, end))
            if stop >= 0:
                parts.append(blank(text[end:stop]))
                position = stop
                if match["mark"]:
                    parts.append(" ")
                    position += 1
            elif match["verbatim"]:
                endless.add(closer)
    parts.append(text[position:])
    return "".join(parts), comments


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
