"""The token stream under the parser: where it is, what comes next, how deep it has gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from symderive.notation.errors import ReadError
from symderive.notation.syntax import Node, Row
from symderive.notation.tokens import Token

__all__ = ["MAX_DEPTH", "Stream"]

#: How deeply a formula may nest. Far beyond any that people write, far below the interpreter's own limit.
MAX_DEPTH = 48


class Stream:
    """A position in a row of tokens, with the entry points that the parts of the parser call in each
    other.
    """

    def __init__(self, tokens: Sequence[Token], latex: str) -> None:
        self.tokens = list(tokens)
        self.latex = latex
        self.at = 0
        self.depth = 0
        self.open: list[str] = []  # the brackets that are open, outermost first
        self.previous_end = tokens[0].start if tokens else 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def following(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def before(self) -> Token | None:
        return self.tokens[self.at - 1] if self.at else None

    def advance(self) -> Token:
        token = self.tokens[self.at]
        if self.at < len(self.tokens) - 1:
            self.at += 1
        self.previous_end = token.end
        return token

    def take_digit(self) -> Token:
        """The first digit of a number: TeX's argument of ``\\frac12`` and ``x^12``."""
        token = self.token
        first = replace(token, text=token.text[0], end=token.start + 1)
        if len(token.text) == 1:
            return self.advance()
        self.tokens[self.at] = replace(token, text=token.text[1:], start=token.start + 1)
        self.previous_end = first.end
        return first

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Count one level of nesting."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ReadError(
                f"the formula nests deeper than {MAX_DEPTH} levels",
                self.token.start,
                self.token.end,
                "name its parts and write it in steps",
            )
        try:
            yield
        finally:
            self.depth -= 1

    def unexpected(self, token: Token) -> ReadError:
        """The error for a token that cannot stand where it stands."""
        if token.kind in ("end", "newline"):
            return ReadError(
                "the formula ends too early",
                max(self.previous_end - 1, 0),
                self.previous_end,
                "complete it",
                "syntax",
            )
        shown = self.latex[token.start : token.end] or token.text
        if token.kind in ("}", "close"):
            return ReadError(
                f"{shown!r} closes nothing", token.start, token.end, "remove it or open it", "syntax"
            )
        return ReadError(
            f"{shown!r} cannot stand here", token.start, token.end, "check what is missing before it"
        )

    # What the parts of the parser call in each other; each is written in one of the classes above this one.
    def chain(self) -> Node:
        raise NotImplementedError

    def sum(self) -> Node:
        raise NotImplementedError

    def product(self) -> Node:
        raise NotImplementedError

    def factor(self) -> Node:
        raise NotImplementedError

    def primary(self) -> Node:
        raise NotImplementedError

    def row(self, stops: tuple[str, ...]) -> Row:
        raise NotImplementedError

    def environment(self) -> Node:
        raise NotImplementedError

    def group(self) -> Node:
        raise NotImplementedError

    def command(self) -> Node:
        raise NotImplementedError

    def is_name_text(self, token: Token) -> bool:
        raise NotImplementedError
