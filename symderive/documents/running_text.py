"""Formulas in the running text of Markdown: one block (a paragraph, a heading, a list item) at a time.

What is no mathematics is stepped over: code spans, comments, HTML tags, link destinations, addresses,
escapes. Where a block holds a ``$$`` too many, the pairing is chosen in which the formulas hold the fewest
words and the text between them the least mathematics, so that a forgotten delimiter costs one formula and
not all after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from symderive.documents.displays import DISPLAY_ENVIRONMENTS, Delimited, closing, prose_words

__all__ = ["Comment", "Running", "scan"]

_ENVIRONMENT = rf"\\begin\s*\{{\s*(?P<environment>(?:{'|'.join(DISPLAY_ENVIRONMENTS)})\*?)\s*\}}"
_ATTRIBUTE = r"""\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`$]+|'[^'\n]*'|"[^"\n]*"))?"""
_TOKEN = re.compile(
    rf"""
      (?P<double>\\\\[\[(])                         # \\[ or \\(
    | (?P<single>\\[\[(])                           # \[ or \(
    | {_ENVIRONMENT}
    | (?P<escape>\\.)
    | (?P<code>`+)
    | (?P<comment><!--)
    | (?P<hidden><(?P<tag>code|pre|script|style|textarea)\b[^<>]*>)
    | (?P<html></?[A-Za-z][\w-]*(?:{_ATTRIBUTE})*\s*/?>|<[A-Za-z][A-Za-z0-9+.-]+:[^\s<>]*>)
    | (?P<link>\]\()
    | (?P<address>\bhttps?://(?:(?!\$\$)[^\s<>)])*)
    | (?P<display>\$\$)
    | (?P<dollar>\$)
    """,
    re.VERBOSE | re.DOTALL,
)
_RAW = re.compile(r"\\.|(?P<code>`+)|(?P<comment><!--)|(?P<display>\$\$)", re.DOTALL)
_OPENS = re.compile(rf"\\\\\[|\\\\.|\\\[|{_ENVIRONMENT}|\$\$", re.DOTALL)
_MATHEMATICS = re.compile(r"\\[A-Za-z]+|[=^_]")

# The price of a reading of a block's `$$`: one for a word inside a formula or for mathematics outside, up
# to a limit, and this much for a delimiter that was forgotten or for a formula with nothing in it.
_FORGOTTEN = 6
_EMPTY = 8
_MOST = 12
_LONGEST_INLINE = 2_000


@dataclass(frozen=True, slots=True)
class Comment:
    """An HTML comment: its text without the markers, and where the whole of it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Running:
    """What a block of running text holds, in order; offsets into the block's text."""

    formulas: list[Delimited]
    comments: list[Comment]


def scan(text: str) -> Running:
    r"""The formulas and comments of a block of running text.

    >>> found = scan(r"cost $5 and $10, then $$\text{RMS of $x[n]$ : } r$$ and $x$")
    >>> [(f.display, f.start) for f in found.formulas]
    [(True, 22), (False, 56)]
    """
    found = _Scan(text, None).run()
    if any(f.display and _suspicious(text, f) for f in found.formulas):
        pairs = _pair(text, _raw_delimiters(text))
        if pairs is not None:
            found = _Scan(text, pairs).run()
    return found


def _suspicious(text: str, formula: Delimited) -> bool:
    """Does a formula of ``$$`` look as if it ran over the end of another? Never closed, or full of words."""
    if not text.startswith("$$", formula.start):
        return False
    return not formula.closed or prose_words(text[formula.body : formula.body_end]) >= _FORGOTTEN


class _Scan:
    """One pass over a block. `pairs` says which ``$$`` closes which (-1: none does); without it the next
    one does.
    """

    def __init__(self, text: str, pairs: Mapping[int, int] | None) -> None:
        self.text = text
        self.pairs = pairs
        self.formulas: list[Delimited] = []
        self.comments: list[Comment] = []
        self.hopeless: dict[str, int] = {}  # closer -> from here on there is none
        self.code_runs: dict[int, list[int]] | None = None

    def run(self) -> Running:
        position = 0
        while match := _TOKEN.search(self.text, position):
            position = self.step(match)
        return Running(self.formulas, self.comments)

    def step(self, match: re.Match[str]) -> int:
        """Deal with one token; where to go on."""
        kind = match.lastgroup
        if kind == "tag":
            kind = "hidden"
        match kind:
            case "double":
                return self.bracketed(match, r"\\]" if match[0].endswith("[") else r"\\)")
            case "single":
                return self.bracketed(match, r"\]" if match[0].endswith("[") else r"\)")
            case "environment":
                return self.environment(match)
            case "display":
                return self.dollars(match)
            case "dollar":
                return self.dollar(match)
            case "code":
                return self.code_span(match)
            case "comment":
                end = self.find_close("-->", match.end())
                if end < 0:
                    return match.end()
                self.comments.append(Comment(self.text[match.end() : end], match.start(), end + 3))
                return end + 3
            case "hidden":
                end = self.find_close(f"</{match['tag']}", match.end())
                return match.end() if end < 0 else end
            case "link":
                return self.destination(match.end())
        return match.end()  # an escape, a tag, an address: stepped over

    def find_close(self, closer: str, position: int) -> int:
        """`closing`, asked but once for a delimiter that has none: a block of a million stays cheap."""
        if self.hopeless.get(closer, len(self.text) + 1) <= position:
            return -1
        if closer.startswith(("</", "-->")):
            end = self.text.find(closer, position)
        else:
            end = closing(self.text, position, closer)
        if end < 0:
            self.hopeless[closer] = position
        return end

    def add(
        self, start: int, body: int, body_end: int, end: int, display: bool = True, closed: bool = True
    ) -> int:
        if display and not closed:
            self.formulas.append(Delimited(start, body, body_end, end, True, False))
        elif self.text[body:body_end].strip():
            self.formulas.append(Delimited(start, body, body_end, end, display))
        return end

    def unclosed(self, start: int, body: int) -> int:
        """A display that never ends: it reaches to the next one, or to the end of the block."""
        end = len(self.text)
        doubled = self.text.startswith(r"\\[", start)  # elsewhere \\[ is a line break with its height
        for match in _OPENS.finditer(self.text, body):
            if not match[0].startswith(r"\\") or (doubled and match[0] == r"\\["):
                end = match.start()
                break
        body_end = body + len(self.text[body:end].rstrip())
        self.add(start, body, body_end, end, closed=False)
        return end

    def bracketed(self, match: re.Match[str], closer: str) -> int:
        start, body = match.span()
        display = closer.endswith("]")
        end = self.find_close(closer, body)
        if end >= 0 and not (display and self.escaped_brackets(self.text[body:end])):
            return self.add(start, body, end, end + len(closer), display)
        # Markdown escapes brackets that are no mathematics, too: "\[see below]"
        if display and end < 0:
            rest = self.text[body : body + 200].partition("\n")[0]
            before = self.text[max(0, start - 80) : start].rpartition("\n")[2]
            if not (before.strip() or rest.strip()) or _MATHEMATICS.search(rest):
                return self.unclosed(start, body)
        return body

    @staticmethod
    def escaped_brackets(inside: str) -> bool:
        r"""Words in brackets that were escaped so as to be no link: ``\[see below\]``."""
        words = prose_words(inside)
        return words >= _FORGOTTEN or (words >= 2 and not _MATHEMATICS.search(inside))

    def environment(self, match: re.Match[str]) -> int:
        closer = rf"\end{{{match['environment']}}}"
        end = self.find_close(closer, match.end())
        if end < 0:
            return self.unclosed(match.start(), match.end())
        end += len(closer)
        return self.add(match.start(), match.start(), end, end)

    def dollars(self, match: re.Match[str]) -> int:
        start, body = match.span()
        if self.pairs is None:
            end = self.find_close("$$", body)
        elif start in self.pairs:
            end = self.pairs[start]
        else:
            return body
        if end < 0:
            return self.unclosed(start, body)
        return self.add(start, body, end, end + 2)

    def dollar(self, match: re.Match[str]) -> int:
        start, body = match.span()
        if self.text.startswith("`", body):  # $`…`$ of Git hosts
            end = self.text.find("`$", body + 1, body + _LONGEST_INLINE)
            if end > body:
                return self.add(start, body + 1, end, end + 2, display=False)
        if self.text[body : body + 1].isspace():
            return body
        end = closing(self.text, body, "$", min(len(self.text), body + _LONGEST_INLINE))
        if end <= body:
            return body
        inside = self.text[body:end]
        if (
            inside[-1].isspace()
            or self.text[end + 1 : end + 2].isdecimal()
            or "`" in inside
            or "\n\n" in inside
        ):
            return body  # money, not mathematics
        return self.add(start, body, end, end + 1, display=False)

    def code_span(self, match: re.Match[str]) -> int:
        """Behind the run of as many backticks, or just behind this run where there is none."""
        if self.code_runs is None:
            self.code_runs = {}
            for run in re.finditer(r"`+", self.text):
                self.code_runs.setdefault(len(run[0]), []).append(run.start())
            for starts in self.code_runs.values():
                starts.reverse()  # the next one is at the end
        starts = self.code_runs.get(len(match[0]), [])
        while starts and starts[-1] < match.end():
            starts.pop()
        return starts[-1] + len(match[0]) if starts else match.end()

    def destination(self, position: int) -> int:
        """Behind the ``(…)`` of a link; formulas do not live there."""
        depth = 1
        for match in re.compile(r"\\.|[()\n]").finditer(self.text, position, position + 300):
            if match[0] == "(":
                depth += 1
            elif match[0] == "\n":
                break
            elif match[0] == ")":
                depth -= 1
                if not depth:
                    return match.end()
        return position


def _raw_delimiters(text: str) -> list[int]:
    """Every ``$$`` that is neither escaped nor in code nor in a comment."""
    found = []
    position = 0
    scanner = _Scan(text, None)
    while match := _RAW.search(text, position):
        position = match.end()
        if match["display"]:
            found.append(match.start())
        elif match["code"]:
            position = scanner.code_span(match)
        elif match["comment"]:
            end = text.find("-->", position)
            position = end + 3 if end >= 0 else position
    return found


def _pair(text: str, delimiters: list[int]) -> dict[int, int] | None:
    """Which ``$$`` closes which, -1 for one that opens a display that is never closed.

    The cheapest of all readings, from the last delimiter back: ``best[k]`` is the price of all from the
    k-th on.
    """
    if len(delimiters) > 5_000:
        return None
    ends = [*delimiters[1:], len(text)]
    between = [text[start + 2 : end] for start, end in zip(delimiters, ends, strict=True)]
    count = len(delimiters)
    best = [0] * (count + 2)
    closes = [False] * count
    for k in range(count - 1, -1, -1):
        alone = _FORGOTTEN + best[k + 1]
        paired = alone + 1
        if k + 1 < count:
            inside = between[k]
            price = min(prose_words(inside), _MOST) if inside.strip() else _EMPTY
            outside = min(len(_MATHEMATICS.findall(_without_inline(between[k + 1]))), _MOST)
            paired = price + outside + best[k + 2]
        best[k] = min(alone, paired)
        closes[k] = paired <= alone
    pairs: dict[int, int] = {}
    k = 0
    while k < count:
        pairs[delimiters[k]] = delimiters[k + 1] if closes[k] else -1
        k += 2 if closes[k] else 1
    return pairs


def _without_inline(text: str) -> str:
    """Running text without its ``$…$``, whose mathematics is where it belongs."""
    return re.sub(r"\$[^$\n]*\$|\\\([^\n]*?\\\)", " ", text)
