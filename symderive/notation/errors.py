"""The one error of the reader: what could not be read, where, and what to do about it."""

from __future__ import annotations

__all__ = ["ReadError"]


class ReadError(ValueError):
    """A formula, or a part of one, was not understood.

    Parameters
    ----------
    message
        What is wrong, in one sentence.
    start, end
        The smallest offending place: offsets into the LaTeX text, in code points.
    hint
        What the author can do: a rewriting, or the declaration that settles it.
    rule
        ``"syntax"``, ``"ambiguous"``, ``"unsupported"`` or ``"unclosed"``.
    """

    def __init__(self, message: str, start: int = 0, end: int = 0, hint: str = "", rule: str = "syntax"):
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message = message
        self.start = start
        self.end = max(end, start)
        self.hint = hint
        self.rule = rule
