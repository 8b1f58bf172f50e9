"""Superscripts and subscripts, and those of them that are words."""

from __future__ import annotations

import re

from symderive.notation.errors import ReadError
from symderive.notation.stream import Stream
from symderive.notation.syntax import (
    DotsNode,
    Label,
    Listing,
    Node,
    Number,
)
from symderive.notation.tokens import Token

__all__ = ["ScriptParser"]

_SIGN_LABELS = {"*": "*", "+": "+", "-": "-", "'": "'"}

_COMMAND_LABELS = {
    "top": "top",
    "intercal": "top",
    "star": "*",
    "dagger": "dagger",
    "prime": "'",
    "ast": "*",
    "bot": "bot",
}


class ScriptParser(Stream):
    """Scripts."""

    def scripts(self) -> tuple[Node | None, Node | None]:
        """The subscript and superscript that stand here, in either order."""
        found: dict[str, Node | None] = {}
        while self.token.kind in ("_", "^"):
            mark = self.token
            if mark.kind in found:
                kind = "subscripts" if mark.kind == "_" else "superscripts"
                raise ReadError(
                    f"two {kind} stand on one base", mark.start, mark.end, "put the first pair in braces"
                )
            self.advance()
            found[mark.kind] = self.script_argument(mark)
        return found.get("_"), found.get("^")

    def script_argument(self, mark: Token) -> Node | None:
        token = self.token
        if token.kind == "{":
            label = self._label_group()
            if label is not None:
                return label
            self.advance()
            if self.token.kind == "}":
                self.advance()
                return None
            self.open.append("{script")
            items: list[Node] = []
            while True:
                if self.token.kind == "dots":
                    dots = self.advance()
                    items.append(DotsNode(dots.start, dots.end))
                else:
                    items.append(self.chain())
                if self.token.kind == "newline" or (self.token.kind == "op" and self.token.text in ",;"):
                    self.advance()
                    continue
                if self.token.kind in ("wide", "text") and self.following().kind != "}":
                    self.advance()
                    continue
                break
            self.open.pop()
            self.close_brace(token)
            if len(items) == 1:
                return items[0]
            return Listing(items[0].start, items[-1].end, tuple(items))
        label = self._label_token(token)
        if label is not None:
            self.advance()
            return label
        if token.kind == "number":
            digit = self.take_digit()
            return Number(digit.start, digit.end, digit.text)
        if token.kind in ("end", "newline", "&", "}", "close", "rel", "op", "infix", "wide"):
            kind = "subscript" if mark.kind == "_" else "superscript"
            raise ReadError(f"the {kind} is missing", mark.start, mark.end, f"write it after the {mark.text}")
        with self.deeper():
            return self.primary()

    def _label_token(self, token: Token) -> Label | None:
        text: str | None = None
        if token.kind in ("op", "infix") and token.text in _SIGN_LABELS:
            text = token.text
        elif token.kind == "prime":
            text = "'"
        elif token.kind == "command" and token.text in _COMMAND_LABELS:
            text = _COMMAND_LABELS[token.text]
        elif token.kind in ("text", "word"):
            text = re.sub(r"[\s~]+", "_", token.text.strip()).replace("\\_", "_")
        elif token.kind == "unsettled":
            text = token.text
        return Label(token.start, token.end, text) if text else None

    def _label_group(self) -> Label | None:
        """A braced script that is one word or sign, as a whole."""
        opened = self.token
        inside: list[Token] = []
        position = self.at + 1
        while position < len(self.tokens) and len(inside) < 8:
            token = self.tokens[position]
            if token.kind == "}":
                break
            inside.append(token)
            position += 1
        else:
            return None
        if not inside:
            return None
        texts = [self._label_token(token) for token in inside]
        found: str | None = None
        if len(inside) == 1:
            only = inside[0]
            plain = only.kind == "command" and self.latex[only.start : only.end].lstrip("\\") == only.text
            if texts[0] is not None:
                found = texts[0].text
            elif (
                plain
                and only.text.isalpha()
                and only.text
                in (
                    "max",
                    "min",
                    "sup",
                    "inf",
                    "exp",
                    "log",
                    "sum",
                    "argmax",
                    "argmin",
                    "softmax",
                    "sigmoid",
                    "tr",
                    "relu",
                    "sign",
                    "logsumexp",
                    "softplus",
                    "diag",
                    "det",
                    "tanh",
                    "sin",
                    "cos",
                )
            ):
                found = only.text
        elif all(label is not None and set(label.text) <= {"'", "*", "+"} for label in texts):
            found = "".join(label.text for label in texts if label is not None)
        if found is None:
            return None
        self.at = position
        self.advance()
        return Label(opened.start, self.previous_end, found)

    def close_brace(self, opened: Token) -> Token:
        if self.token.kind != "}":
            if self.token.kind in ("end", "newline") and not self.token.text.strip("\\"):
                raise ReadError(
                    "this brace is never closed", opened.start, opened.end, "close it with }", "unclosed"
                )
            raise self.unexpected(self.token)
        return self.advance()
