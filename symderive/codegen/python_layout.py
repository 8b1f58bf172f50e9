"""Generated Python: templates filled in, and long lines broken at brackets, as formatters do."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

__all__ = ["bare", "filled", "laid_out"]

_WIDTH = 100
_OPEN, _CLOSE = "([{", ")]}"


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with its ``<<names>>`` replaced."""
    for name, value in values.items():
        template = template.replace(f"<<{name}>>", value)
    assert not re.search(r"<<\w+>>", template), template
    return template


def laid_out(text: str) -> str:
    """`text` with every long line outside of strings broken inside its brackets.

    Examples
    --------
    >>> print(laid_out("value = combine(" + ", ".join(["argument"] * 12) + ")"))
    value = combine(
        argument, argument, argument, argument, argument, argument, argument, argument, argument,
        argument, argument, argument
    )
    """
    lines: list[str] = []
    quoted = False
    for line in text.split("\n"):
        inside = quoted
        if line.count('"""') % 2:
            quoted = not quoted
        if inside or quoted or len(line) <= _WIDTH or line.lstrip().startswith("#"):
            lines.append(line)
        else:
            indent = line[: len(line) - len(line.lstrip())]
            lines += _broken(line.strip(), indent)
    return "\n".join(lines)


def _broken(code: str, indent: str) -> list[str]:
    """One logical line as several."""
    if len(indent) + len(code) <= _WIDTH:
        return [indent + code]
    start, end = _widest(code)
    if start < 0:
        return [indent + code]
    head, body, tail = code[: start + 1], code[start + 1 : end], code[end:]
    inner = indent + "    "
    pieces = _pieces(body, ", ") or _pieces(body, " + ", " - ") or _pieces(body, " * ", " / ")
    if not pieces:
        pieces = [body]
    lines = [indent + head]
    row = ""
    for piece in pieces:
        if row and len(inner) + len(row) + 1 + len(piece) <= _WIDTH:
            row = f"{row} {piece}"
            continue
        if row:
            lines += _broken(row, inner)
        row = piece
    lines += _broken(row, inner)
    return [*lines, indent + tail]


def _widest(code: str) -> tuple[int, int]:
    """The outermost bracket that holds most."""
    best, depth, start = (-1, -1), 0, -1
    for place, letter in _outside_strings(code):
        if letter in _OPEN:
            if depth == 0:
                start = place
            depth += 1
        elif letter in _CLOSE:
            depth -= 1
            if depth == 0 and place - start > best[1] - best[0]:
                best = (start, place)
    return best


def _pieces(body: str, *separators: str) -> list[str]:
    """A body cut at its outermost separators: after commas, before operators; nothing where there is none."""
    cuts: list[int] = []
    depth = 0
    for place, letter in _outside_strings(body):
        if letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth -= 1
        elif depth == 0 and any(body.startswith(s, place) for s in separators):
            cuts.append(place + 1 if separators == (", ",) else place)
    if not cuts:
        return []
    bounds = [0, *cuts, len(body)]
    return [body[a:b].strip() for a, b in itertools.pairwise(bounds) if body[a:b].strip()]


def _outside_strings(code: str) -> list[tuple[int, str]]:
    found = []
    quote = ""
    for place, letter in enumerate(code):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            found.append((place, letter))
    return found


def bare(text: str) -> str:
    """An expression without brackets around it as a whole."""
    return text[1:-1] if _bracketed(text) else text


def _bracketed(text: str) -> bool:
    """Does one pair of brackets enclose a whole expression?"""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for position, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return position == len(text) - 1
    return False
