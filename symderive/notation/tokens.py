"""LaTeX text to tokens with exact offsets, in one linear pass; no macro is ever expanded or executed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from symderive.notation import vocabulary as words_of
from symderive.notation.errors import ReadError

__all__ = ["MAX_LENGTH", "Token", "tokenize"]

#: A formula longer than this is not read: no display written for people is.
MAX_LENGTH = 50_000

_COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?|.)", re.DOTALL)
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE]-\d+(?![\d.]*[A-Za-z_^]))?")
_GROUPED = re.compile(r"\d{1,3}(?:\{,\}\d{3})+(?:\.\d+)?")
_RUN = re.compile(r"[A-Za-z]+")
_SKIP = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u2061\u2062\u2063\u2064\u200e\u200f")
_STARRED = frozenset(["operatorname*", "tag*", "hspace*"])
_RELATION_CHARACTERS = {
    "<=": "<=",
    ">=": ">=",
    ":=": ":=",
    "=:": "=:",
    "<-": "<-",
    "==": "=",
    "=>": "implies",
}
_UPRIGHT_WORD = re.compile(r"\s+([A-Za-z]{2,})\s*(?=\})")
_NEGATED = {"=": "!=", "in": "notin", "equiv": "!=", "<": ">=", ">": "<=", "<=": ">", ">=": "<"}


@dataclass(frozen=True)
class Token:
    """One token: what it is, its text in canonical form, and where it stands."""

    kind: str
    text: str
    start: int
    end: int
    left: str = ""  # "left" or "right" where \left or \right stood before a delimiter
    spaced: bool = False  # white space before it


def _braced(latex: str, at: int) -> tuple[str, int, int]:
    """The raw text of a TeX argument from `at`, with the offsets of the text; for \\text, \\label and the
    like.
    """
    while at < len(latex) and latex[at].isspace():
        at += 1
    if at >= len(latex) or latex[at] != "{":
        if at < len(latex):
            return latex[at], at, at + 1
        raise ReadError("an argument in braces is missing", max(at - 1, 0), at, "write {…} after the command")
    depth, position = 0, at
    while position < len(latex):
        character = latex[position]
        if character == "\\":
            position += 2
            continue
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return latex[at + 1 : position], at + 1, position
        position += 1
    raise ReadError("this brace is never closed", at, at + 1, "close it with }")


def tokenize(latex: str) -> list[Token]:
    """The tokens of a formula.

    Letter runs come out as one ``run`` token; the parser splits them by the document's words.

    Raises
    ------
    ReadError
        At a character or command that has no reading.
    """
    if len(latex) > MAX_LENGTH:
        raise ReadError(
            f"the formula is longer than {MAX_LENGTH} characters",
            0,
            min(80, len(latex)),
            "is its closing delimiter missing? otherwise split it",
        )
    return _Tokenizer(latex).run()


class _Tokenizer:
    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.at = 0
        self.tokens: list[Token] = []
        self.side = ""
        self.side_at = 0
        self.negate_at: int | None = None
        self.spaced = False

    def emit(self, kind: str, text: str, start: int, end: int) -> None:
        side = ""
        if self.side:
            if kind == "op" and text == ".":
                kind, text = ("open" if self.side == "left" else "close"), "."
            if kind == "rel" and text in "<>":
                kind, text = ("open" if self.side == "left" else "close"), "<" if self.side == "left" else ">"
            if kind == "op" and text == "/":
                kind, text = "fence", "|"
            if kind not in ("open", "close", "fence"):
                raise ReadError(
                    f"\\{self.side} needs a delimiter after it", self.side_at, end, "write \\left( … \\right)"
                )
            if kind == "fence":
                kind = "open" if self.side == "left" else "close"
            side, start, self.side = self.side, self.side_at, ""
        if self.negate_at is not None:
            if kind != "rel" or text not in _NEGATED:
                raise ReadError(
                    "\\not needs a relation after it", self.negate_at, end, "write \\ne or \\notin"
                )
            text, start, self.negate_at = _NEGATED[text], self.negate_at, None
        self.tokens.append(Token(kind, text, start, end, side, self.spaced))
        self.spaced = False

    def run(self) -> list[Token]:
        latex, size = self.latex, len(self.latex)
        while self.at < size:
            character = latex[self.at]
            if character.isspace() or character == "~" or character in _SKIP:
                self.at += 1
                self.spaced = True
            elif character == "%":
                end = latex.find("\n", self.at)
                self.at = size if end < 0 else end
            elif character == "\\":
                self.command()
            else:
                self.character(character)
        if self.side:
            raise ReadError(f"\\{self.side} needs a delimiter after it", self.side_at, size)
        self.emit("end", "", size, size)
        return self.tokens

    def character(self, character: str) -> None:
        latex, start = self.latex, self.at
        match = None
        if character.isdigit() or character == ".":
            match = _GROUPED.match(latex, start) or _NUMBER.match(latex, start)
        if match and match.group().isascii() and not self.side:
            self.at = match.end()
            self.emit("number", match.group().replace("{,}", ""), start, self.at)
            return
        run = _RUN.match(latex, start)
        if run:
            self.at = run.end()
            self.emit("run", run.group(), start, self.at)
            return
        pair = latex[start : start + 2]
        if pair in _RELATION_CHARACTERS and not self.side:
            self.at += 2
            self.emit("rel", _RELATION_CHARACTERS[pair], start, self.at)
            return
        self.at += 1
        if character in "{}^_&":
            self.emit(character, character, start, self.at)
        elif character in "([":
            self.emit("open", character, start, self.at)
        elif character in ")]":
            self.emit("close", character, start, self.at)
        elif character == "|":
            if latex[start : start + 2] == "||":
                self.at += 1
                self.emit("fence", "||", start, self.at)
            else:
                self.emit("fence", "|", start, self.at)
        elif character in words_of.RELATIONS:
            self.emit("rel", words_of.RELATIONS[character], start, self.at)
        elif character in "+-,;:.!'":
            self.emit("op", character, start, self.at)
        elif character in words_of.INFIX:
            self.emit("infix", words_of.INFIX[character], start, self.at)
        elif character == "`" or character == '"':
            raise ReadError(f"{character!r} has no meaning in a formula", start, self.at, "remove it")
        else:
            self.foreign(character, start)

    def foreign(self, character: str, start: int) -> None:
        """A character beyond ASCII: a mathematical sign, a letter of another alphabet or font."""
        if character in words_of.SUPERSCRIPTS or character in words_of.SUBSCRIPTS:
            table = words_of.SUPERSCRIPTS if character in words_of.SUPERSCRIPTS else words_of.SUBSCRIPTS
            text, end = "", start
            while end < len(self.latex) and self.latex[end] in table:
                text += table[self.latex[end]]
                end += 1
            mark = "^" if table is words_of.SUPERSCRIPTS else "_"
            self.spell(f"{mark}{{{text}}}", start, end)
            return
        spelled = words_of.UNICODE.get(character)
        if spelled is None and character.isascii():
            raise ReadError(
                f"the character {character!r} is not known in formulas", start, start + 1, "remove it"
            )
        if spelled is None:
            plain = unicodedata.normalize("NFKC", character)
            spelled = words_of.UNICODE.get(plain, plain if plain.isascii() else None)
            if spelled is not None and spelled.startswith("\\mathbb"):
                pass
            elif "MATHEMATICAL BOLD" in unicodedata.name(character, ""):
                spelled = f"\\mathbf{{{spelled}}}" if spelled else None
            elif "DOUBLE-STRUCK" in unicodedata.name(character, ""):
                spelled = f"\\mathbb{{{spelled}}}" if spelled else None
        if spelled is not None:
            self.spell(spelled, start, start + 1)
            return
        if unicodedata.category(character)[0] in "LM":
            end = start
            while end < len(self.latex) and (
                unicodedata.category(self.latex[end])[0] in "LM" and not self.latex[end].isascii()
            ):
                end += 1
            self.at = end
            self.emit("word", unicodedata.normalize("NFC", self.latex[start:end]), start, end)
            return
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        raise ReadError(f"the character {character!r} ({name}) is not known in formulas", start, start + 1)

    def spell(self, spelled: str, start: int, end: int) -> None:
        """Read the ASCII spelling of a Unicode sign; its tokens all stand at the sign's place."""
        inner = _Tokenizer(spelled)
        inner.side, inner.side_at = self.side, self.side_at
        inner.negate_at = self.negate_at
        inner.spaced = self.spaced
        tokens = inner.run()[:-1]
        self.side, self.negate_at, self.spaced = "", None, False
        for token in tokens:
            self.tokens.append(Token(token.kind, token.text, start, end, token.left, token.spaced))
        self.at = end

    def command(self) -> None:
        latex, start = self.latex, self.at
        match = _COMMAND.match(latex, start)
        if match is None:
            raise ReadError("a backslash stands at the end", start, start + 1, "remove it")
        name = match.group()[1:]
        if name.endswith("*") and name not in _STARRED:
            name = name[:-1]
        end = start + 1 + len(name)
        self.at = end
        upright = _UPRIGHT_WORD.match(latex, end) if name in ("rm", "sf", "it", "tt") else None
        if upright is not None and self.tokens and self.tokens[-1].text == "{":
            self.at = upright.end()  # {\\rm in} is one word
            self.emit("word", upright[1], start, self.at)
        elif name in ("left", "right"):
            self.side, self.side_at = name, start
        elif name in words_of.SIZES or name in words_of.IGNORED or name in words_of.SPACES or name.isspace():
            self.spaced = True
        elif name in words_of.WIDE_SPACES:
            if name.startswith("h") and name != "hfill":
                self.at = _braced(latex, end)[2] + 1
            self.emit("wide", name, start, self.at)
        elif name == "\\" or name in ("newline", "cr"):
            option = re.compile(r"\*?\s*(?:\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?").match(latex, end)
            self.at = option.end() if option else end
            self.emit("newline", "\\\\", start, self.at)
        elif name in ("label", "tag", "tag*"):
            text, _, close = _braced(latex, end)
            self.at = close + 1
            self.emit("mark", f"{name.rstrip('*')}:{text}", start, self.at)
        elif name in ("color", "vspace", "hphantom", "vphantom"):
            self.at = _braced(latex, end)[2] + 1
            self.spaced = True
        elif name in ("textcolor", "colorbox", "class", "cssId", "htmlClass", "style"):
            self.at = _braced(latex, end)[2] + 1  # the coloured formula follows as a TeX group
        elif name in ("begin", "end"):
            text, _, close = _braced(latex, end)
            self.at = close + 1
            if name == "begin" and text.rstrip("*") in ("array", "tabular", "alignat", "alignedat"):
                self.at = _braced(latex, self.at)[2] + 1
            elif (
                name == "begin"
                and text.rstrip("*") in ("aligned", "gathered", "split")
                and latex[self.at : self.at + 1] == "["
            ):
                self.at = latex.find("]", self.at) + 1 or self.at
            self.emit(name, text.strip().rstrip("*"), start, self.at)
        elif name in words_of.TEXT:
            text, _, close = _braced(latex, end)
            self.at = close + 1 if latex[close : close + 1] == "}" else close
            self.emit("text", text, start, self.at)
        elif name == "not":
            self.negate_at = start
        elif name in words_of.DELIMITERS:
            kind, shape = words_of.DELIMITERS[name]
            self.emit(kind, shape, start, end)
        elif name == "mid":
            self.emit("fence", "|", start, end)
        elif name == "parallel":
            self.emit("fence", "||", start, end)
        elif name in words_of.RELATIONS:
            self.emit("rel", words_of.RELATIONS[name], start, end)
        elif name in words_of.INFIX:
            self.emit("infix", words_of.INFIX[name], start, end)
        elif name in words_of.DOTS:
            self.emit("dots", name, start, end)
        elif name in words_of.GREEK:
            self.emit("name", name, start, end)
        elif name == "colon":
            self.emit("op", ":", start, end)
        elif name == "prime":
            self.emit("prime", "'", start, end)
        elif name in ("pm", "mp"):
            self.emit("op", name, start, end)
        elif name == "%":
            self.emit("op", "%", start, end)
        elif name == "_":
            self.emit("word", "_", start, end)
        elif len(name) == 1 and not name.isascii():
            raise ReadError("a backslash stands before a letter that is no command", start, end, "remove it")
        else:
            self.emit("command", name, start, end)
