"""Brackets, and the commands that take arguments: fractions, roots, fonts, accents, operators with limits."""

from __future__ import annotations

import re
from dataclasses import replace

from symderive.notation import vocabulary
from symderive.notation.errors import ReadError
from symderive.notation.factors import FactorParser
from symderive.notation.fractions import fraction_or_derivative
from symderive.notation.syntax import (
    Accent,
    Big,
    Binomial,
    Braced,
    DotsNode,
    Evaluated,
    Group,
    Nabla,
    Name,
    Node,
    Number,
    Operator,
    PartialSign,
    Product,
    Root,
    Script,
    Sum,
)
from symderive.notation.tokens import Token

__all__ = ["BracketParser"]

_FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"])
_BINOMIALS = frozenset(["binom", "dbinom", "tbinom"])
_TRANSPARENT = frozenset(
    [
        "boxed",
        "fbox",
        "mathstrut",
        "ensuremath",
        "mathord",
        "mathrel",
        "mathbin",
        "smash",
        "mathclose",
        "mathopen",
        "mathinner",
        "fcolorbox",
    ]
)
_ANNOTATED = frozenset(["underbrace", "overbrace", "underbracket", "overbracket"])
_GAP = re.compile(r"\\[,;:! ]|[\s{}~]|\\(?:mathrm|operatorname|text|rm|limits|nolimits|mathop)\b\*?")
_LIMIT_WORDS = {
    "\\mathbbE": "E", "\\BbbE": "E", "E": "E", "max": "max", "\\max": "max", "min": "min", "\\min": "min",
    "sup": "sup", "\\sup": "sup", "inf": "inf", "\\inf": "inf", "argmax": "argmax", "argmin": "argmin",
    "arg\\max": "argmax", "arg\\min": "argmin", "\\arg\\max": "argmax", "\\arg\\min": "argmin",
    "\\sum": "sum", "\\prod": "prod", "sum": "sum", "\\lim": "lim",
}  # fmt: skip


class BracketParser(FactorParser):
    """Groups and commands."""

    def group(self) -> Node:
        """Something in visible brackets; ``\\left. … \\right|_{…}`` is an evaluation."""
        with self.deeper():
            opened = self.advance()
            shape = opened.text
            if opened.kind == "open" and shape == ".":
                return self.evaluated(opened)
            items: list[Node] = []
            separators: list[str] = []
            self.open.append(shape)
            while not self.group_ends(opened):
                token = self.token
                if token.kind == "end" or token.kind == "}":
                    raise ReadError(
                        f"this {self.latex[opened.start : opened.end]!r} is never closed",
                        opened.start,
                        opened.end,
                        "close it",
                        "unclosed",
                    )
                if (token.kind == "op" and token.text in ",;") or (
                    token.kind == "fence" and len(items) > len(separators)
                ):
                    self.advance()
                    separators.append(token.text)
                elif token.kind in ("wide", "newline", "&"):
                    self.advance()
                elif token.kind == "text" and not self.is_name_text(token):
                    raise ReadError(
                        "words inside brackets are not read", token.start, token.end, "write them outside"
                    )
                elif len(items) != len(separators):
                    raise self.unexpected(token)
                elif token.kind == "dots" and self.following().text in (",", ")", "}", "]"):
                    self.advance()
                    items.append(DotsNode(token.start, token.end))
                elif token.kind in ("infix", "op") and self.following().kind in ("close", "fence", "op"):
                    # a placeholder: f(\cdot), D(\cdot \| q)
                    raise ReadError(
                        "a placeholder has no value",
                        token.start,
                        token.end,
                        "name the argument",
                        "unsupported",
                    )
                else:
                    items.append(self.chain())
            self.open.pop()
            closed = self.advance()
            return Group(opened.start, closed.end, shape, closed.text, tuple(items), tuple(separators))

    def group_ends(self, opened: Token) -> bool:
        token = self.token
        if opened.left == "left":
            return token.left == "right"
        if token.kind == "fence":
            return token.text == opened.text
        if token.kind != "close" or token.left:
            return False
        expected = vocabulary.CLOSERS[opened.text]
        if token.text != expected and {token.text, expected} != {")", "]"}:
            left = self.latex[opened.start : opened.end]
            right = self.latex[token.start : token.end]
            raise ReadError(
                f"{left!r} is closed by {right!r}", token.start, token.end, "use matching brackets"
            )
        return True

    def evaluated(self, opened: Token) -> Node:
        self.open.append(".")
        body = self.chain()
        self.open.pop()
        if self.token.left != "right":
            raise ReadError("\\left. has no \\right", opened.start, opened.end, "add \\right|", "unclosed")
        closed = self.advance()
        sub, sup = self.scripts()
        if sub is None and sup is None:
            raise ReadError(
                "the bar says no point of evaluation", closed.start, closed.end, "write \\right|_{x = …}"
            )
        return Evaluated(opened.start, self.previous_end, body, sub, sup)

    def argument(self, command: Token) -> Node:
        """A TeX argument: a braced group, or one token."""
        token = self.token
        if token.kind == "{":
            self.advance()
            if self.token.kind == "}":
                raise ReadError("this argument is empty", token.start, self.token.end, "fill it")
            self.open.append("{tex")
            with self.deeper():
                body = self.chain()
            self.open.pop()
            self.close_brace(token)
            return body
        if token.kind == "number":
            digit = self.take_digit()
            return Number(digit.start, digit.end, digit.text)
        if token.kind in ("name", "word", "command", "text"):
            with self.deeper():
                return self.primary()
        raise ReadError(
            f"an argument of {self.latex[command.start : command.end]} is missing",
            command.start,
            command.end,
            "write it in braces",
        )

    def raw_argument(self, command: Token) -> tuple[str, Token, Token]:
        """The source text of an argument that is a word or a symbol."""
        opened = self.token
        if opened.kind != "{":
            token = self.advance()
            return self.latex[token.start : token.end], token, token
        depth = 0
        while True:
            token = self.token
            if token.kind == "end" and not token.text:
                raise ReadError(
                    "this brace is never closed", opened.start, opened.end, "close it", "unclosed"
                )
            depth += (token.kind == "{") - (token.kind == "}")
            self.advance()
            if depth == 0:
                return self.latex[opened.end : token.start], opened, token

    def command(self) -> Node:
        command = self.token
        name = command.text
        if name in _FRACTIONS:
            self.advance()
            numerator = self.argument(command)
            denominator = self.argument(command)
            return fraction_or_derivative(command.start, self.previous_end, numerator, denominator)
        if name == "sqrt":
            return self.root(self.advance())
        if name in _BINOMIALS:
            self.advance()
            top = self.argument(command)
            bottom = self.argument(command)
            return Binomial(command.start, self.previous_end, top, bottom)
        if name in vocabulary.BIG:
            self.advance()
            return self.big(command, vocabulary.BIG[name])
        if name == "arg" and self.following().text in ("max", "min"):
            self.advance()
            return self.big(command, "arg" + self.advance().text)
        if name in vocabulary.FUNCTIONS:
            self.advance()
            return Operator(command.start, command.end, name)
        if name in ("partial", "nabla"):
            self.advance()
            sub, sup = self.scripts()
            node = PartialSign if name == "partial" else Nabla
            return node(command.start, self.previous_end, sub, sup)
        if name in vocabulary.BOLD or name in vocabulary.FONTS or name in vocabulary.UPRIGHT:
            return self.font(self.advance())
        if name in vocabulary.ACCENTS:
            return self.accent(self.advance())
        if name in _TRANSPARENT:
            self.advance()
            body = self.argument(command)
            return Braced(command.start, self.previous_end, body)
        if name in _ANNOTATED:
            self.advance()
            body = self.argument(command)
            end = self.previous_end
            if self.token.kind in ("_", "^"):
                self.advance()
                self.raw_argument(command)
                end = self.previous_end
            return Braced(command.start, end, body)
        if name in ("underset", "overset", "stackrel"):
            return self.stacked(self.advance())
        if name in ("infty", "emptyset", "varnothing"):
            self.advance()
            return Name(command.start, command.end, name)
        if name == "substack":
            self.advance()
            return self.argument(command)
        raise ReadError(
            f"the command {self.latex[command.start : command.end]} is not known",
            command.start,
            command.end,
            "write it with standard LaTeX commands (docs/notation.md lists them)",
            "unsupported",
        )

    def root(self, command: Token) -> Node:
        degree: Node | None = None
        if self.token.kind == "open" and self.token.text == "[" and not self.token.left:
            opened = self.advance()
            self.open.append("[")
            degree = self.chain()
            self.open.pop()
            if self.token.text != "]":
                raise ReadError("the degree of the root is not closed", opened.start, opened.end, "add ]")
            self.advance()
        if self.token.kind == "open" and self.token.text == "(":
            return Root(command.start, self.token.end, degree, self.factor())
        radicand = self.argument(command)
        return Root(command.start, self.previous_end, degree, radicand)

    def big(self, command: Token, kind: str, sub: Node | None = None) -> Node:
        """Limits and body of ``\\sum`` and its kin. The body is a product: it ends at the next + or −."""
        found_sub, sup = self.scripts()
        sub = sub if found_sub is None else found_sub
        while self.token.kind == "wide":
            self.advance()
        if kind in ("max", "min", "sup", "inf", "argmax", "argmin", "E") and self.token.kind == "open":
            with self.deeper():
                body = self.factor()
            return Big(command.start, self.previous_end, kind, sub, sup, body)
        sign = self.advance() if self.token.kind == "op" and self.token.text in "+-" else None
        if not self.starts_factor():
            shown = self.latex[command.start : command.end]
            raise ReadError(
                f"nothing stands after {shown}", command.start, command.end, "write what it runs over"
            )
        with self.deeper():
            body = self.product()
        if sign is not None:
            body = Sum(sign.start, body.end, (body,), (sign.text,))
        return Big(command.start, self.previous_end, kind, sub, sup, body)

    def stacked(self, command: Token) -> Node:
        """``\\underset{x}{\\max}``; a word over a relation is read where relations are (see `tokens`)."""
        if command.text == "underset":
            with self.deeper():
                opened = self.token
                if opened.kind != "{":
                    raise self.unexpected(opened)
                self.tokens[self.at] = replace(opened)
                sub = self.script_argument(command)
            raw, _, _ = self.raw_argument(command)
            kind = _LIMIT_WORDS.get(_GAP.sub("", raw))
            if kind is not None:
                return self.big(command, kind, sub)
        raise ReadError(
            f"what \\{command.text} stacks has no reading", command.start, command.end, "write it in a line"
        )

    def font(self, command: Token) -> Node:
        """A letter in another font, a word set upright, or a formula set bold."""
        name = command.text
        mark = self.at
        opened = self.token
        raw, _, _ = self.raw_argument(command)
        end = self.previous_end
        plain = _GAP.sub("", raw)
        start = command.start
        if name in vocabulary.FONTS:
            if plain == "E" and name != "mathcal" and name != "mathfrak":
                return self.big(replace(command, end=end), "E")
            if not re.fullmatch(r"\\?[A-Za-z0-9]+", plain):
                raise ReadError(f"\\{name} is read over one letter", start, end, f"write \\{name}{{L}}")
            font = "mathbb" if name in ("Bbb", "mathds") else "mathcal" if name == "mathscr" else name
            return Name(start, end, f"{font}({plain.lstrip(chr(92))})")
        if name in vocabulary.UPRIGHT:
            if name.startswith(("operatorname", "mathop")) or len(plain) > 1:
                kind = _LIMIT_WORDS.get(plain)
                if kind is not None and (len(plain) > 1 or name.startswith("operatorname")):
                    return self.big(replace(command, end=end), kind)
            elif plain == "E" and (self.token.text == "[" or self.token.kind == "_"):
                return self.big(replace(command, end=end), "E")
            text = re.sub(r"\\[,;:! ]|~", " ", raw).replace("\\_", "_").strip("{} ")
            text = re.sub(r"\s+", "_", text)
            if text in vocabulary.FUNCTIONS:
                return Operator(start, end, text)
            if re.fullmatch(r"[^\W\d_][\w.\-]*|\d+", text):
                if text.isdigit():
                    return Number(start, end, text)
                return Name(start, end, text, word=True)
        self.at = mark
        if opened.kind != "{" and opened.kind not in ("name", "word", "number", "command"):
            raise ReadError(f"\\{name} needs an argument", start, command.end, f"write \\{name}{{x}}")
        body = self.argument(command)
        return (
            _bold(body, start, self.previous_end)
            if name in vocabulary.BOLD
            else Braced(start, self.previous_end, body)
        )

    def accent(self, command: Token) -> Node:
        accent = vocabulary.ACCENTS[command.text]
        body = self.argument(command)
        start, end = command.start, self.previous_end
        while isinstance(body, Braced):
            body = body.body
        if isinstance(body, Name):
            return Name(start, end, f"{accent}({body.text})", body.bold, body.word)
        if isinstance(body, Script) and isinstance(body.base, Name) and body.sup is None:
            base = body.base
            name = Name(start, base.end, f"{accent}({base.text})", base.bold, base.word)
            return Script(start, end, name, body.sub, None)
        return Accent(start, end, accent, body)


def _bold(body: Node, start: int, end: int) -> Node:
    """`body` with its letters marked bold: only a hint that they are vectors."""
    if isinstance(body, Braced):
        return _bold(body.body, start, end)
    if isinstance(body, Name):
        return replace(body, start=start, end=end, bold=True)
    if isinstance(body, Number):
        return Name(start, end, f"bold({body.text})", bold=True)
    if isinstance(body, Script):
        return replace(body, base=_bold(body.base, body.base.start, body.base.end), start=start, end=end)
    if isinstance(body, Product) and all(isinstance(factor, Name) for factor in body.factors):
        return replace(
            body,
            factors=tuple(_bold(factor, factor.start, factor.end) for factor in body.factors),
            start=start,
            end=end,
        )
    return Braced(start, end, body)
