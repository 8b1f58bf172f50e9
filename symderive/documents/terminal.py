"""Text from documents on a terminal: what must not reach it, and how wide the rest is."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["clip", "visible", "width"]

# Control characters (escape sequences among them), direction marks that show text in another order than it
# has, line and paragraph separators, lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def visible(text: str) -> str:
    r"""The text in one line, safe to print: tabs and line ends become spaces, other control characters
    ``\ufffd``.

    One character stays one character, so that columns stay what they are.

    >>> visible("a\tb\x1b[31m")
    'a b\ufffd[31m'
    """
    return _UNSAFE.sub(lambda match: " " if match[0] in "\t\n\r" else "\ufffd", text)


def width(text: str) -> int:
    r"""How many columns of a terminal a text takes: East Asian wide characters two, combining ones none.

    >>> width("RMS의 정의"), width("e\u0301")
    (10, 1)
    """
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clip(line: str, start: int, end: int, columns: int) -> tuple[str, int, int]:
    """A line cut down to `columns` around ``line[start:end]``; where the part begins and ends in the excerpt.

    >>> clip("once upon a time there was a sum", 27, 32, 16)
    ('…e was a sum', 7, 12)
    """
    if width(line) <= columns:
        return line, start, end
    end = max(start + 1, min(end, len(line)))
    room = columns - 2  # for the marks at the cuts
    part = width(line[start:end])
    if part >= room:  # the part itself is too long: its beginning
        last = start
        used = 0
        while last < end and used + _cell(line[last]) <= room:
            used += _cell(line[last])
            last += 1
        lead = "…" if start else ""
        return f"{lead}{line[start:last]}…", len(lead), len(lead) + last - start
    before, after = (room - part) * 2 // 3, 0
    first, used = start, 0
    while first and used + _cell(line[first - 1]) <= before:
        first -= 1
        used += _cell(line[first])
    last, after = end, room - part - used
    while last < len(line) and _cell(line[last]) <= after:
        after -= _cell(line[last])
        last += 1
    lead, trail = "…" if first else "", "…" if last < len(line) else ""
    return f"{lead}{line[first:last]}{trail}", len(lead) + start - first, len(lead) + end - first
