r"""Formulas between their delimiters: what opens one, what closes it, and where it stands.

The delimiters are found here and not by a Markdown parser: in running paragraphs, with ``$`` inside
``\text{…}``, with the closing delimiter forgotten. Offsets count code points of the text whose line ends
are ``\n`` (`SourceText.text`); a formula's text always has the length of its place in the source, because
what does not belong to it (quote markers, TeX comments) is overwritten with spaces instead of being cut
out.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field

from symderive.documents.directives import Directive

__all__ = [
    "DISPLAY_ENVIRONMENTS",
    "Delimited",
    "Scanned",
    "SourceFormula",
    "SourceText",
    "blank",
    "closing",
    "label_of",
    "prose_words",
    "sentence_ends",
]

#: Environments that are display mathematics by themselves; the starred forms too.
DISPLAY_ENVIRONMENTS = (
    "equation",
    "align",
    "alignat",
    "flalign",
    "gather",
    "multline",
    "eqnarray",
    "displaymath",
    "dmath",
)

# Commands whose argument is text: a `$` or a `$$` in it ends nothing.
_TEXT_GROUP = (
    r"\\(?:text(?:rm|bf|it|sf|tt|sc|normal|up)?"
    r"|mbox|hbox|fbox|vbox|intertext|shortintertext|tag\*?|label)\s*\{"
)

# What may stand between the delimiters without closing: text groups, escapes; then the closer itself.
_CLOSERS = {
    "$$": re.compile(rf"(?P<group>{_TEXT_GROUP})|\\.|(?P<close>\$\$)", re.DOTALL),
    "$": re.compile(rf"(?P<group>{_TEXT_GROUP})|\\.|(?P<close>\$)", re.DOTALL),
    r"\]": re.compile(rf"(?P<group>{_TEXT_GROUP})|(?P<close>\\\])|\\.", re.DOTALL),
    r"\)": re.compile(rf"(?P<group>{_TEXT_GROUP})|(?P<close>\\\))|\\.", re.DOTALL),
    r"\\]": re.compile(rf"(?P<group>{_TEXT_GROUP})|(?P<close>\\\\\])|\\.", re.DOTALL),
    r"\\)": re.compile(rf"(?P<group>{_TEXT_GROUP})|(?P<close>\\\\\))|\\.", re.DOTALL),
}
_LONGEST_GROUP = 500
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_LABEL = re.compile(r"\\label\s*\{([^{}\n]{1,200})\}")

# Sentences: an end mark, perhaps a closing quote, then space; not before a lower-case letter ("i.e. the").
_SENTENCE_END = re.compile(r"(?<![.!?。！？])[.!?。！？]++[\"'”’)\]]*+(?=\s++(?![a-z])|\s*+\Z)")
_ABBREVIATION = re.compile(r"(?:\b(?:i\.e|e\.g|cf|Eq|Eqs|Fig|Sec|Thm|Lem|resp|vs|w\.r\.t|s\.t)|\b[A-Z])\.\Z")

_COMMAND = re.compile(
    r"\\(?:begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+\s*\{[A-Za-z0-9 .,:;'*-]*\}|\\[A-Za-z]+|\\.", re.DOTALL
)
_WORD = re.compile(
    r"(?<![A-Za-z_^])[A-Za-z]{2,}(?![A-Za-z_^({\[])"  # `exp(`, `KL(` and `TP_i` are mathematics
    r"|[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+"  # other scripts are written, not calculated
)


@dataclass(frozen=True, slots=True)
class Delimited:
    """One formula in a text: ``text[start:end]`` with its delimiters, ``text[body:body_end]`` without."""

    start: int
    body: int
    body_end: int
    end: int
    display: bool
    closed: bool = True


class SourceText:
    r"""A document's text with ``\n`` as its only line end, and the way from an offset to line and column."""

    def __init__(self, raw: str) -> None:
        text = raw.removeprefix("\ufeff")
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; columns in code points."""
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line by its number, without its end."""
        start = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[start:end]


@dataclass(frozen=True, slots=True)
class SourceFormula:
    r"""A formula of a document with everything that its place says about it.

    Parameters
    ----------
    latex : the text between the delimiters (an environment keeps its ``\begin`` and ``\end``)
    position : offset in `SourceText.text` of ``latex[0]``
    start, end : the same including the delimiters
    section : number of headings before it
    sentence : number of the sentence it stands in, counted through the document
    closed : False where the closing delimiter was never found
    """

    latex: str
    position: int
    start: int
    end: int
    display: bool
    closed: bool
    section: int
    sentence: int
    label: str | None = None
    directives: tuple[Directive, ...] = ()


@dataclass(frozen=True, slots=True)
class Scanned:
    """A document taken apart: its formulas in order, its front matter, and the directives that bind
    nothing.
    """

    source: SourceText
    formulas: tuple[SourceFormula, ...]
    front_matter: str | None = None
    stray: tuple[Directive, ...] = field(default=())


def blank(text: str) -> str:
    """The text overwritten with spaces, line ends kept."""
    return re.sub(r"[^\n]", " ", text)


def closing(text: str, position: int, closer: str, limit: int | None = None) -> int:
    r"""Offset of the delimiter that closes a formula whose body starts at `position`, or -1.

    ``$`` inside ``\text{…}`` closes nothing, nor does an escaped one:

    >>> closing(r"\text{cost in $} x$ and", 0, "$")
    18
    >>> closing(r"a \$ b", 0, "$")
    -1
    """
    limit = len(text) if limit is None else limit
    pattern = _CLOSERS.get(closer)
    if pattern is None:  # an environment
        pattern = re.compile(rf"(?P<group>{_TEXT_GROUP})|(?P<close>{re.escape(closer)})|\\.", re.DOTALL)
    skip_groups = True
    while match := pattern.search(text, position, limit):
        if match["close"] is not None:
            return match.start()
        position = match.end()
        if match["group"] is not None and skip_groups:
            end = _group_end(text, position, min(limit, position + _LONGEST_GROUP))
            if end < 0:
                skip_groups = False  # braces do not balance: from here on they mean nothing
            else:
                position = end
    return -1


def _group_end(text: str, position: int, limit: int) -> int:
    depth = 1
    for match in _BRACE.finditer(text, position, limit):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if not depth:
                return match.end()
    return -1


def label_of(latex: str) -> str | None:
    r"""The name that ``\label{name}`` gives a display, or None."""
    match = _LABEL.search(latex)
    return match[1].strip() or None if match else None


def prose_words(latex: str) -> int:
    r"""How many words a formula seems to hold outside its commands and text groups: many mean it is none.

    >>> prose_words(r"x = \text{the mean of all} y"), prose_words("x … Read more. The next one")
    (0, 5)
    """
    return sum(1 for _ in _WORD.finditer(_COMMAND.sub(" ", latex)))


def sentence_ends(text: str, formulas: list[Delimited]) -> list[int]:
    """Offsets at which sentences end in a block of running text, its formulas left alone."""
    ends = []
    position = 0
    for formula in [*formulas, None]:
        gap_end = formula.start if formula else len(text)
        for match in _SENTENCE_END.finditer(text[position:gap_end] + ("X" if formula else "")):
            word = text[max(position, position + match.start() - 12) : position + match.start() + 1]
            if not _ABBREVIATION.search(word):
                ends.append(position + match.end())
        if formula:
            position = formula.end
            body = text[formula.body : min(formula.body_end, formula.body + 20_000)].rstrip()
            if formula.display and body.endswith((".", "。")) and not body.endswith((r"\right.", r"\left.")):
                ends.append(formula.end)
    return ends
