"""Markdown documents: which lines are running text, and the formulas in them.

markdown-it-py tells code, headings, lists, quotes and HTML apart. Two of its rules are replaced, because
Markdown knows nothing of displays: a line ``- b`` inside ``$$ … $$`` starts no list, and a fence of
mathematics that is never closed does not swallow the rest of the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_block import fence, heading, html_block, reference

from symderive.documents import running_text
from symderive.documents.collector import Block, Collector, by_clause
from symderive.documents.displays import (
    Scanned,
    SourceText,
    blank,
    closing,
    prose_words,
)

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock

__all__ = ["front_matter", "scan_markdown"]

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_OPENS_MATH = re.compile(r"(?P<marker>`{3,}|~{3,})[ \t]*\{?(?:math|latex-math)\}?[ \t]*$", re.IGNORECASE)
_MYST_OPTION = re.compile(r"[ \t]*:(?P<key>[a-z]+):[ \t]*(?P<value>[^\n]*)\n")
_MAY_OPEN = re.compile(r"\$\$|\\\[|\\begin\s*\{")
_STARTS_BLOCK = re.compile(r"(?:```|~~~|#{1,6}\s|<!--)")

# A display may run over blank lines where its delimiters begin their lines and what lies between is no prose.
_MOST_LINES = 400
_FARTHEST = 100_000  # code points
_MOST_LINES_WITH_BLANKS = 60
_MOST_WORDS_A_PART = 3


def front_matter(text: str) -> tuple[str | None, int]:
    """The YAML between the ``---`` lines at the top of a document, and where the rest begins."""
    match = _FRONT_MATTER.match(text) if text.startswith("---") else None
    if match is None or not re.search(r"^[\w\"'-]+\s*:", match["yaml"], re.MULTILINE):
        return None, 0
    return match["yaml"], match.end()


def scan_markdown(raw: str) -> Scanned:
    r"""Take a Markdown document apart.

    Examples
    --------
    >>> found = scan_markdown("Let\n> $$a\n> = b$$\n\n    $$code$$")
    >>> [(f.latex, found.source.place(f.position)) for f in found.formulas]
    [('a\n  = b', (2, 5))]
    """
    source = SourceText(raw)
    yaml, after = front_matter(source.text)
    text = blank(source.text[:after]) + source.text[after:] if after else source.text
    collector = Collector()
    for block in _blocks(text):
        collector.add(block)
    stray = [*collector.stray, *collector.pending]
    return Scanned(source, tuple(by_clause(collector.formulas)), yaml, tuple(stray))


def _blocks(text: str) -> Iterator[Block]:
    """The blocks of a document that may hold formulas, in order."""
    environment: dict[str, object] = {}
    tokens = _parser().parse(text, environment)
    for token in tokens:
        ranges: list[tuple[int, int]] = token.meta.get("ranges", [])
        if not ranges:
            continue
        if token.type in ("paragraph_open", "heading_open", "html_block"):
            kind = {"paragraph_open": "text", "heading_open": "heading", "html_block": "html"}[token.type]
            yield Block(kind, ranges[0][0], _joined(text, ranges))
        elif token.type == "fence":  # of mathematics: others have no ranges
            closed = bool(token.meta["closed"])
            body = ranges[1:-1] if closed else ranges[1:]
            if body:
                content = _joined(text, body)
                label = None
                while option := _MYST_OPTION.match(content):
                    label = option["value"].strip() or label if option["key"] == "label" else label
                    content = blank(option[0]) + content[option.end() :]
                    if not content[: option.end()].strip() and not _MYST_OPTION.match(content, option.end()):
                        break
                if content.strip() or not closed:
                    yield Block("math", body[0][0], content, closed, label)
            elif not closed:
                yield Block("math", ranges[0][1], "", closed)


def _joined(text: str, ranges: list[tuple[int, int]]) -> str:
    """The lines of a block as one text; what stands between (quote marks, indentation) becomes spaces."""
    parts = []
    previous = ranges[0][0]
    for start, end in ranges:
        parts.append(blank(text[previous:start]))
        parts.append(text[start:end])
        previous = max(end, start)
    return "".join(parts)


Rule = Callable[["StateBlock", int, int, bool], bool]


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 60})
    parser.core.ruler.enableOnly(["block"])
    parser.block.ruler.disable("lheading")  # the paragraph rule below sees to underlined headings
    parser.block.ruler.at("paragraph", _paragraph)
    parser.block.ruler.at("reference", _reference)
    both = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.at("fence", _fence, {"alt": both})
    parser.block.ruler.at("heading", _recorded(heading), {"alt": both[:3]})
    parser.block.ruler.at("html_block", _recorded(html_block), {"alt": both[:3]})
    return parser


def _ranges(state: StateBlock, first: int, last: int) -> list[tuple[int, int]]:
    return [(state.bMarks[n] + state.tShift[n], state.eMarks[n]) for n in range(first, last)]


def _recorded(rule: Rule) -> Rule:
    """The same rule, which also writes down where the lines of its block start and end."""

    def recorded(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
        count = len(state.tokens)
        matched = rule(state, startLine, endLine, silent)
        if matched and not silent and len(state.tokens) > count:
            state.tokens[count].meta["ranges"] = _ranges(state, startLine, state.line)
        return matched

    return recorded


def _fence(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """A fenced block; one of mathematics that is never closed ends at the blank line."""
    start = state.bMarks[startLine] + state.tShift[startLine]
    opening = _OPENS_MATH.match(state.src, start, state.eMarks[startLine])
    if opening is None or state.is_code_block(startLine):
        return fence(state, startLine, endLine, silent)
    if silent:
        return True
    marker = opening["marker"]
    last, blank_line, closed = startLine + 1, 0, False
    while last < endLine:
        start, end = state.bMarks[last] + state.tShift[last], state.eMarks[last]
        if state.sCount[last] < state.blkIndent and start < end:
            break  # the list item ends, and the fence with it
        if state.src.startswith(marker, start):
            closed = not state.src[start:end].rstrip().strip(marker[0])
            break  # its end, or the beginning of another
        if start >= end and not blank_line:
            blank_line = last
        last += 1
    if not closed and blank_line:
        last = blank_line
    state.line = last + 1 if closed else last
    token = state.push("fence", "code", 0)
    token.info = "math"
    token.map = [startLine, state.line]
    token.meta["ranges"], token.meta["closed"] = _ranges(state, startLine, state.line), closed
    return True


def _reference(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """A link reference; but a footnote ``[^1]: …`` is text."""
    if state.src.startswith("[^", state.bMarks[startLine] + state.tShift[startLine]):
        return False
    return reference(state, startLine, endLine, silent)


def _paragraph(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """A paragraph, or an underlined heading; inside a display no line ends it."""
    endLine = state.lineMax
    terminators = state.md.block.ruler.getRules("paragraph")
    parent, state.parentType = state.parentType, "paragraph"
    inside = _last_line_of_displays(state, startLine, endLine)
    line = startLine + 1
    underline = ""
    while line < endLine:
        if line <= inside:
            line += 1
            continue
        if state.isEmpty(line):
            break
        if state.sCount[line] >= 0 and state.sCount[line] - state.blkIndent <= 3:
            content = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
            if (
                state.sCount[line] >= state.blkIndent
                and content
                and not content.strip(content[0])
                and content[0] in "=-"
            ):
                underline = content[0]
                break
            if any(rule(state, line, endLine, True) for rule in terminators):
                break
        inside = _last_line_of_displays(state, line, endLine)
        line += 1
    ranges = _ranges(state, startLine, line)
    state.line = line + 1 if underline else line
    kind = "heading" if underline else "paragraph"
    token = state.push(f"{kind}_open", "h1" if underline else "p", 1)
    token.map = [startLine, state.line]
    token.meta["ranges"] = ranges
    state.push(f"{kind}_close", "h1" if underline else "p", -1)
    state.parentType = parent
    return True


def _last_line_of_displays(state: StateBlock, line: int, end_line: int) -> int:
    """The last line of the displays that open on `line` and run on; behind one the next may open."""
    start = state.bMarks[line] + state.tShift[line]
    while (closed := _display_from(state, line, start, end_line)) is not None:
        line, start = closed
    return line


def _display_from(state: StateBlock, line: int, start: int, end_line: int) -> tuple[int, int] | None:
    """Where the display that opens on a line, behind `start`, and runs on is closed: the line, and the offset
    behind its delimiter. None where there is no such display.
    """
    first = state.src[start : state.eMarks[line]]
    if not _MAY_OPEN.search(first):
        return None
    formulas = running_text.scan(first).formulas
    if not formulas or formulas[-1].closed:
        return None
    opened = formulas[-1]
    closer = _closer_of(first[opened.start :])
    hopeless: dict[str, int] = state.env.setdefault("hopeless", {})
    if line < hopeless.get(closer, -1) or not _closer_ahead(state, closer, state.eMarks[line]):
        return None
    lines = [first[opened.body :]]
    blanks = False
    at_start = not state.src[state.bMarks[line] : start + opened.start].strip()
    for number in range(line + 1, min(end_line, line + _MOST_LINES)):
        begin = state.bMarks[number] + state.tShift[number]
        content = state.src[begin : state.eMarks[number]]
        if state.isEmpty(number):
            blanks = True
            if not at_start or number > line + _MOST_LINES_WITH_BLANKS:
                break
        elif _STARTS_BLOCK.match(content) or (blanks and state.sCount[number] < state.blkIndent):
            break
        lines.append(content)
        if closer in content and (end := closing("\n".join(lines), 0, closer)) >= 0:
            body = "\n".join(lines)[:end]
            behind = begin + end + len(closer) - sum(len(text) + 1 for text in lines[:-1])
            if blanks and not _holds_together(body, closer, state.src[behind : state.eMarks[number]]):
                return None
            return number, behind
    else:
        return None
    hopeless[closer] = line + len(lines)
    return None


def _holds_together(body: str, closer: str, rest_of_line: str) -> bool:
    """Is what lies between delimiters with blank lines between them one formula, and no prose?

    The closing delimiter ends its line, or begins it and is not the opening one of ``$$ … $$``.
    """
    begins_line = not body.rpartition("\n")[2].strip()
    if rest_of_line.strip(" \t.,;") and (not begins_line or closer in rest_of_line):
        return False
    return all(prose_words(part) < _MOST_WORDS_A_PART for part in body.split("\n\n"))


def _closer_ahead(state: StateBlock, closer: str, position: int) -> bool:
    """Does the closer occur behind `position`, and near? It is looked for once, however many displays ask."""
    ahead: dict[str, int] = state.env.setdefault("ahead", {})
    if ahead.get(closer, -1) < position:
        found = state.src.find(closer, position)
        ahead[closer] = found if found >= 0 else len(state.src) + _FARTHEST
    return ahead[closer] < min(position + _FARTHEST, len(state.src))


def _closer_of(opened: str) -> str:
    """The delimiter that closes what a text begins with."""
    for opener, closer in (("$$", "$$"), (r"\\[", r"\\]"), (r"\[", r"\]")):
        if opened.startswith(opener):
            return closer
    name = re.match(r"\\begin\s*\{\s*([a-z*]+)", opened)
    return rf"\end{{{name[1]}}}" if name else "$$"
