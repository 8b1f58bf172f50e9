"""Sums, products, factors and their scripts."""

from __future__ import annotations

import re

from symderive.notation.errors import ReadError
from symderive.notation.fractions import slashed_derivative
from symderive.notation.scripts import ScriptParser
from symderive.notation.syntax import (
    Braced,
    DotsNode,
    Evaluated,
    Factorial,
    Label,
    Name,
    Node,
    Number,
    Percent,
    Prime,
    Product,
    Script,
    Sum,
)
from symderive.notation.tokens import Token

__all__ = ["FactorParser"]

_CONNECTIVES = frozenset(
    "if when where for and or otherwise else with all any every each such that subject then as is "
    "are in of to the "
    "a an on at from by let given we so since because thus hence therefore where: s.t. i.e. e.g. here".split()
)
_NAME_TEXT = re.compile(r"[^\W\d_][\w\-. ]*$")
_NO_FACTOR = frozenset(["forall", "exists", "qedhere"])


class FactorParser(ScriptParser):
    """Terms, factors, superscripts and subscripts."""

    def sum(self) -> Node:
        """``a + b - c``."""
        with self.deeper():
            begin = self.token.start
            terms: list[Node] = []
            signs: list[str] = []
            while True:
                sign = "+"
                while self.token.kind == "op" and self.token.text in ("+", "-"):
                    if self.advance().text == "-":
                        sign = "-" if sign == "+" else "+"
                if self.token.kind == "op" and self.token.text in ("pm", "mp"):
                    token = self.token
                    raise ReadError(
                        "± states two formulas at once", token.start, token.end, "write both", "unsupported"
                    )
                terms.append(self.product())
                signs.append(sign)
                if not (self.token.kind == "op" and self.token.text in ("+", "-", "pm", "mp")):
                    break
            if len(terms) == 1 and signs[0] == "+":
                return terms[0]
            return Sum(begin, self.previous_end, tuple(terms), tuple(signs))

    def product(self) -> Node:
        """``a b \\cdot c / d``, a flat row of factors."""
        begin = self.token.start
        factors = [self.factor()]
        operators = ["juxt"]
        while True:
            if self.token.kind == "infix":
                operator = self.advance()
                signed = self.token.kind == "op" and self.token.text in "+-"
                sign = self.advance() if signed else None
                if not self.starts_factor():
                    raise ReadError(
                        "a factor is missing after this sign",
                        operator.start,
                        operator.end,
                        "complete the product",
                    )
                node = self.factor()
                if sign is not None:
                    node = Sum(sign.start, node.end, (node,), (sign.text,))
                factors.append(node)
                operators.append(operator.text)
            elif self.evaluation_bar():
                bar = self.advance()
                inner = self._product(begin, factors, operators)
                sub, sup = self.scripts()
                factors, operators = [Evaluated(begin, self.previous_end, inner, sub, sup)], ["juxt"]
                del bar
            elif self.starts_factor():
                factors.append(self.factor())
                operators.append("juxt")
            else:
                break
        return self._product(begin, factors, operators)

    def _product(self, begin: int, factors: list[Node], operators: list[str]) -> Node:
        if len(factors) == 1:
            return factors[0]
        slashed = slashed_derivative(factors, operators)
        if slashed is not None:
            return slashed
        return Product(begin, self.previous_end, tuple(factors), tuple(operators))

    def evaluation_bar(self) -> bool:
        """Is this the bar of ``f(x)|_{x=0}``?"""
        token = self.token
        return (
            token.kind == "fence"
            and token.text == "|"
            and self.following().kind == "_"
            and not self.bar_closes()
        )

    def bar_closes(self) -> bool:
        """Does a bar here close one, or part items of a bracket, rather than open an absolute value?"""
        token = self.token
        if not self.open:
            return False
        if self.open[-1] == token.text:
            return True
        if self.open[-1] in ("|", "||", "."):
            return False
        depth, bars = 0, 0
        for ahead in self.tokens[self.at :]:
            if depth == 0 and ahead.kind == "op" and ahead.text == ",":
                break
            if ahead.kind in ("open", "{"):
                depth += 1
            elif ahead.kind in ("close", "}"):
                depth -= 1
                if depth < 0:
                    break
            elif ahead.kind == "fence" and ahead.text == token.text and depth == 0:
                bars += 1
        return bars % 2 == 1

    def starts_factor(self) -> bool:
        token = self.token
        if token.kind in ("number", "name", "word", "unsettled", "{", "open", "dots", "begin"):
            return True
        if token.kind == "command":
            return token.text not in _NO_FACTOR
        if token.kind == "text":
            return self.is_name_text(token)
        if token.kind == "fence":
            return not self.bar_closes()
        return False

    def is_name_text(self, token: Token) -> bool:
        """Is ``\\text{…}`` here a name (``\\text{TP}``), rather than words between formulas?"""
        text = token.text.replace("\u00a0", " ").replace("~", " ").replace("\\_", "_")
        stripped = text.strip()
        if not _NAME_TEXT.match(stripped) or any(w.lower() in _CONNECTIVES for w in stripped.split()):
            return False
        place = self.tokens.index(token, self.at) if token in self.tokens[self.at : self.at + 1] else self.at
        after = self.tokens[min(place + 1, len(self.tokens) - 1)]
        before = self.tokens[place - 1] if place else None
        apart = before is None or before.kind in ("wide", "&", "text") or before.text == ","
        if after.kind in ("end", "newline", "wide", "text") or (after.kind == "op" and after.text in ",;."):
            return not apart
        if apart and before is not None and before.kind != "wide" and text != text.rstrip():
            return after.kind == "rel"
        closes = after.kind in ("rel", "infix", "_", "^", "close", "}", "&", "fence")
        signs = after.kind == "op" and after.text in "+-!'"
        bracket = after.kind == "open" and after.text in "(["
        return closes or signs or bracket

    def factor(self) -> Node:
        """A primary with everything attached to it."""
        node = self.primary()
        while True:
            token = self.token
            if token.kind in ("_", "^"):
                if isinstance(node, Script):
                    raise ReadError(
                        "two subscripts or superscripts stand on one base",
                        token.start,
                        token.end,
                        "put the first pair in braces: {x_i}_j",
                    )
                sub, sup = self.scripts()
                if isinstance(sup, Label) and set(sup.text) == {"'"}:
                    node, sup = Prime(node.start, sup.end, node, len(sup.text)), None
                if sub is not None or sup is not None:
                    node = Script(node.start, self.previous_end, node, sub, sup)
            elif (token.kind == "op" and token.text == "'") or token.kind == "prime":
                order = 0
                while (self.token.kind == "op" and self.token.text == "'") or self.token.kind == "prime":
                    order += len(self.advance().text)
                if isinstance(node, Script):
                    raise ReadError(
                        "a prime stands after a script", token.start, token.end, "write the prime first: f'_i"
                    )
                node = Prime(node.start, self.previous_end, node, order)
            elif token.kind == "op" and token.text == "!":
                self.advance()
                node = Factorial(node.start, token.end, node)
            elif token.kind == "op" and token.text == "%":
                self.advance()
                node = Percent(node.start, token.end, node)
            else:
                return node

    def primary(self) -> Node:
        """A number, a name, something in brackets, or a command with its arguments."""
        token = self.token
        if token.kind == "number":
            self.advance()
            return Number(token.start, token.end, token.text)
        if token.kind == "name":
            self.advance()
            return Name(token.start, token.end, token.text)
        if token.kind == "word":
            self.advance()
            return Name(token.start, token.end, token.text, word=True)
        if token.kind == "text" and self.is_name_text(token):
            self.advance()
            text = re.sub(r"[\s~\u00a0]+", "_", token.text.strip(" ~\u00a0")).replace("\\_", "_")
            return Name(token.start, token.end, text, word=True)
        if token.kind == "unsettled":
            product = " ".join(token.text)
            raise ReadError(
                f"{token.text} can be one name or the product {product}",
                token.start,
                token.end,
                f"declare `names: {{{token.text}: scalar}}`, or write the product with spaces or \\cdot",
                "ambiguous",
            )
        if token.kind == "dots":
            self.advance()
            return DotsNode(token.start, token.end)
        if token.kind == "begin":
            return self.environment()
        if token.kind == "{":
            self.advance()
            if self.token.kind == "}":
                raise ReadError(
                    "the braces are empty", token.start, self.token.end, "remove them or fill them"
                )
            self.open.append("{tex")
            body = self.chain()
            self.open.pop()
            self.close_brace(token)
            return Braced(token.start, self.previous_end, body)
        if token.kind in ("open", "fence"):
            return self.group()
        if token.kind == "command":
            return self.command()
        if token.kind in ("_", "^"):
            raise ReadError("a script stands on nothing", token.start, token.end, "write its base before it")
        raise self.unexpected(token)
