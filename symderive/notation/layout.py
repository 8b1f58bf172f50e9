"""The layout of a display: environments, rows, alignment marks and labels, taken off before parsing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symderive.notation.errors import ReadError
from symderive.notation.tokens import Token

__all__ = ["ALIGNMENTS", "split_rows"]

#: Environments that only arrange rows.
ALIGNMENTS = frozenset(
    "equation align aligned alignat alignedat gather gathered split multline multlined eqnarray flalign "
    "displaymath math dmath subequations IEEEeqnarray eqnarray".split()
)
_BLANK = ("newline", "&", "wide")


def split_rows(tokens: Sequence[Token], latex: str) -> tuple[list[list[Token]], str | None, str | None]:
    """The rows of a display as token lists, its label and its tag.

    A row that starts with a plus, or ends with an operator, is part of the sentence before it and is joined.
    The first ``&`` of a row is its alignment point; further ones separate statements.
    """
    label: str | None = None
    tag: str | None = None
    kept: list[Token] = []
    loose = False
    braced: list[int] = []
    for token in tokens:
        if token.kind == "mark":
            kind, text = token.text.split(":", 1)
            label, tag = (text, tag) if kind == "label" else (label, text)
        elif token.kind in ("begin", "end") and token.text in ALIGNMENTS:
            loose = loose or token.text.startswith(("eqn", "IEEE"))
            if token.kind == "begin" and kept and kept[-1].text == "{" and kept[-1].left == "left":
                kept.pop()  # \left\{ before a system of equations is decoration, and so is its \right.
            elif token.kind == "end":
                kept.append(token)
        elif (
            token.kind == "begin"
            and token.text == "array"
            and kept
            and kept[-1].text == "{"
            and kept[-1].left
        ):
            kept.pop()  # \left\{ \begin{array} … \right. is written for cases
            braced.append(len(kept))
            kept.append(replace(token, text="cases"))
        elif token.kind == "end" and token.text == "array" and braced and _inner_depth(kept, braced[-1]) == 1:
            braced.pop()
            kept.append(replace(token, text="cases"))
        elif token.kind != "end" or token.text:
            if token.kind == "close" and token.text == "." and kept and _system_ends(kept):
                continue
            kept.append(token)
    kept = [token for token in kept if not (token.kind == "end" and token.text in ALIGNMENTS)]
    rows = _split(kept, latex)
    joined: list[list[Token]] = []
    for row in rows:
        if joined and _continues(joined[-1], row):
            joined[-1].extend(token for token in row if token.kind not in ("&", "wide"))
        elif any(token.kind not in _BLANK for token in row):
            joined.append(row)
    return [_alignment(row, loose) for row in joined], label, tag


def _inner_depth(kept: Sequence[Token], start: int) -> int:
    return sum((token.kind == "begin") - (token.kind == "end") for token in kept[start:])


def _system_ends(kept: Sequence[Token]) -> bool:
    """Does a ``\\right.`` here close a decoration that was taken off?"""
    opened = sum(1 for token in kept if token.left == "left")
    closed = sum(1 for token in kept if token.left == "right")
    return kept[-1].kind == "end" and opened <= closed


def _depths(tokens: Sequence[Token]) -> list[int]:
    depths, depth = [], 0
    for token in tokens:
        if token.kind in ("}", "close", "end"):
            depth -= 1
        depths.append(depth)
        if token.kind in ("{", "open", "begin"):
            depth += 1
    return depths


def _split(tokens: Sequence[Token], latex: str) -> list[list[Token]]:
    rows: list[list[Token]] = [[]]
    environments: list[Token] = []
    for token, depth in zip(tokens, _depths(tokens), strict=True):
        if token.kind == "begin":
            environments.append(token)
        elif token.kind == "end":
            if not environments or environments[-1].text != token.text:
                raise ReadError(
                    f"\\end{{{token.text}}} closes nothing",
                    token.start,
                    token.end,
                    "add its \\begin",
                    "unclosed",
                )
            environments.pop()
        if token.kind == "newline" and depth <= 0 and not environments:
            rows.append([])
        elif token.kind in ("newline", "&") and depth > 0 and not environments:
            continue  # a line broken inside brackets
        else:
            rows[-1].append(token)
    if environments:
        opened = environments[-1]
        raise ReadError(
            f"\\begin{{{opened.text}}} is never closed",
            opened.start,
            opened.end,
            f"add \\end{{{opened.text}}}",
            "unclosed",
        )
    return rows


def _continues(before: Sequence[Token], row: Sequence[Token]) -> bool:
    significant = [token for token in row if token.kind not in _BLANK]
    ended = [token for token in before if token.kind not in _BLANK]
    if not significant or not ended:
        return False
    last, first = ended[-1], significant[0]
    if last.kind in ("infix", "rel") or (last.kind == "op" and last.text in "+-"):
        return True
    signed = (first.kind == "op" and first.text in ("+", "-")) or first.kind == "infix"
    if not signed:
        return False
    related = any(token.kind == "rel" and depth == 0 for token, depth in zip(row, _depths(row), strict=True))
    return row[0].kind in ("&", "wide") or not related


def _alignment(row: Sequence[Token], loose: bool) -> list[Token]:
    """A row without its alignment marks; where a mark parts two statements a wide space stands instead."""
    kept: list[Token] = []
    seen = 0
    environments = 0
    for number, token in enumerate(row):
        environments += (token.kind == "begin") - (token.kind == "end")
        if token.kind != "&" or environments:
            kept.append(token)
            continue
        after = next((t for t in row[number + 1 :] if t.kind not in ("wide", "&")), None)
        before = next((t for t in reversed(kept) if t.kind != "wide"), None)
        seen += 1
        beside = (after is not None and after.kind in ("rel", "infix", "op")) or (
            before is not None and before.kind == "rel"
        )
        if beside or before is None or (loose and seen <= 2):
            continue
        if seen > 1 or (after is not None and after.kind == "text"):
            kept.append(replace(token, kind="wide"))
    return kept
