"""LaTeX to syntax: a Pratt parser that records what is written and decides nothing about meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symderive.notation import vocabulary
from symderive.notation.brackets import BracketParser
from symderive.notation.errors import ReadError
from symderive.notation.layout import split_rows
from symderive.notation.pairs import with_pairs
from symderive.notation.syntax import (
    Cases,
    Chain,
    Display,
    DotsNode,
    Listing,
    MatrixNode,
    Node,
    Quantifier,
    Row,
    TextNode,
)
from symderive.notation.tokens import Token, tokenize
from symderive.notation.words import Words, settle_words

__all__ = ["parse"]

_MATRICES = frozenset("matrix pmatrix bmatrix vmatrix Bmatrix Vmatrix smallmatrix array".split())
_CASES = frozenset("cases dcases rcases numcases".split())


def parse(latex: str, words: Words | None = None) -> Display:
    """The syntax of a displayed formula.

    Parameters
    ----------
    latex
        The text between the delimiters.
    words
        Which runs of letters are names; settled from this formula alone when left out.

    Raises
    ------
    ReadError
        With the smallest offending place and what to do.

    Examples
    --------
    >>> display = parse(r"s_i = \\frac{e^{x_i}}{\\sum_j e^{x_j}}")
    >>> display.rows[0].items[0].relations
    ('=',)
    """
    tokens = tokenize(latex)
    if words is None:
        words = settle_words([tokens])
    rows, label, tag = split_rows(tokens[:-1], latex)
    parsed = []
    for row in rows:
        parser = _Parser(_settle(row, words), latex)
        parsed.append(parser.row(("end",)))
    start = parsed[0].start if parsed else 0
    end = parsed[-1].end if parsed else len(latex)
    if not parsed:
        raise ReadError("there is no formula here", 0, len(latex), "remove the empty display")
    return with_pairs(Display(start, end, latex, tuple(parsed), label, tag))


def _settle(tokens: Sequence[Token], words: Words) -> list[Token]:
    """Runs of letters to names, functions or single letters, by the document's words."""
    settled: list[Token] = []
    for number, token in enumerate(tokens):
        if token.kind != "run":
            settled.append(token)
            continue
        text = token.text
        if len(text) == 1:
            settled.append(replace(token, kind="name"))
        elif text in vocabulary.BARE_FUNCTIONS or text in vocabulary.BARE_BIG:
            settled.append(replace(token, kind="command"))
        elif text in words.names:
            settled.append(replace(token, kind="word"))
        elif text in words.unsettled and not (
            number and tokens[number - 1].kind == "{" and number > 1 and tokens[number - 2].kind in ("_", "^")
        ):
            settled.append(replace(token, kind="unsettled"))
        else:
            settled.extend(
                Token("name", letter, token.start + n, token.start + n + 1, "", token.spaced and n == 0)
                for n, letter in enumerate(text)
            )
    end = settled[-1].end if settled else 0
    settled.append(Token("end", "", end, end))
    return settled


class _Parser(BracketParser):
    """Rows, relations and environments; terms and factors are in the classes below."""

    def row(self, stops: tuple[str, ...]) -> Row:
        """Statements, conditions and words up to one of the stops."""
        items: list[Node] = []
        separators: list[str] = []
        separator = ""
        begin = self.token.start
        while True:
            token = self.token
            if self.at_stop(stops):
                break
            if token.kind == "wide":
                separator = "quad"
                self.advance()
            elif token.kind == "op" and token.text in ",;.":
                separator = separator if separator == "quad" else ("comma" if token.text == "," else "quad")
                self.advance()
            elif token.kind == "text" and not self.is_name_text(token):
                self.advance()
                if token.text.strip(" .,;:~\u00a0"):
                    items.append(TextNode(token.start, token.end, token.text))
                    separators.append(separator)
                    separator = ""
            else:
                items.append(self.statement())
                separators.append(separator)
                separator = ""
                token = self.token
                if not self.at_stop(stops) and not (
                    token.kind in ("wide", "text")
                    or (token.kind == "op" and token.text in ",;.")
                    or (token.kind == "command" and token.text == "forall")
                ):
                    raise self.unexpected(token)
        return Row(begin, self.previous_end, tuple(items), tuple(separators))

    def at_stop(self, stops: tuple[str, ...]) -> bool:
        token = self.token
        return token.kind in stops or (token.kind == "end" and "end" in stops)

    def statement(self) -> Node:
        token = self.token
        if token.kind == "command" and token.text == "forall":
            self.advance()
            body = self.statement()
            return Quantifier(token.start, body.end, body)
        return self.chain()

    def chain(self) -> Node:
        """Operands and relations: ``a = b \\le c``."""
        with self.deeper():
            begin = self.token.start
            operands: list[Node | None] = []
            relations: list[str] = []
            if self.token.kind == "rel":
                operands.append(None)
            else:
                operands.append(self.operand())
            while self.is_relation():
                relation = self.advance()
                text = relation.text if relation.kind == "rel" else "colon"
                relations.append(text)
                if self.token.kind in ("end", "wide", "}") or (
                    self.token.kind == "op" and self.token.text in ",;."
                ):
                    raise ReadError(
                        "nothing stands after this relation",
                        relation.start,
                        relation.end,
                        "complete the formula",
                    )
                operands.append(self.operand())
            if not relations:
                (only,) = operands
                assert only is not None
                return only
            return Chain(begin, self.previous_end, tuple(operands), tuple(relations))

    def is_relation(self) -> bool:
        token = self.token
        return token.kind == "rel" or (
            token.kind == "op" and token.text == ":" and self.following().kind != "end"
        )

    def operand(self) -> Node:
        """One side of a relation: a sum, or a list ``a, b, \\dots, c`` without brackets."""
        first = self.dots() if self.token.kind == "dots" else self.sum()
        if (self.open and self.open[-1] not in ("{tex", "{script")) or not self.list_follows():
            return first
        items: list[Node] = [first]
        while self.token.kind == "op" and self.token.text == ",":
            ahead = self.following()
            if ahead.kind in ("end", "wide", "text"):
                break
            self.advance()
            items.append(self.dots() if self.token.kind == "dots" else self.sum())
            if len(items) > 1 and isinstance(items[-2], DotsNode):
                break
        return Listing(first.start, items[-1].end, tuple(items))

    def dots(self) -> Node:
        token = self.advance()
        return DotsNode(token.start, token.end)

    def list_follows(self) -> bool:
        """Is this the start of ``a, b, \\dots, c``: an ellipsis between commas before any relation?"""
        depth, position, commas = 0, self.at, 0
        tokens = self.tokens
        if not (tokens[position].kind == "op" and tokens[position].text == ","):
            return False
        while position < len(tokens) and commas < 6:
            token = tokens[position]
            if token.kind in ("open", "{"):
                depth += 1
            elif token.kind in ("close", "}"):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0:
                if token.kind in ("rel", "wide", "text", "end"):
                    return False
                if token.kind == "op" and token.text == ",":
                    commas += 1
                elif token.kind == "dots":
                    before, after = tokens[position - 1], tokens[position + 1]
                    return before.text == "," and (after.text == "," or after.kind == "end")
            position += 1
        return False

    def environment(self) -> Node:
        token = self.advance()
        if token.text in _CASES:
            return self.cases(token)
        if token.text in _MATRICES:
            return self.matrix(token)
        raise ReadError(
            f"the environment {token.text} has no reading here",
            token.start,
            token.end,
            "write cases, a matrix or aligned rows",
            "unsupported",
        )

    def cases(self, opened: Token) -> Node:
        rows: list[tuple[Node, Node | None]] = []
        while True:
            while self.token.kind in ("newline", "wide") and self.following().kind != "end":
                self.advance()
            if self.token.kind == "end" or (self.token.kind == "newline" and self.following().kind == "end"):
                break
            value = self.sum()
            while self.token.kind in ("wide", "&") or (self.token.kind == "op" and self.token.text in ",:;"):
                self.advance()
            condition: Node | None = None
            if self.token.kind not in ("newline", "end"):
                row = self.row(("newline", "end"))
                condition = row if row.items else None
            rows.append((value, condition))
            if self.token.kind != "newline":
                break
        while self.token.kind == "newline":
            self.advance()
        closed = self.close_environment(opened)
        if not rows:
            raise ReadError(
                "the cases are empty", opened.start, closed.end, "give a value and a condition a row"
            )
        return Cases(opened.start, closed.end, tuple(rows))

    def matrix(self, opened: Token) -> Node:
        rows: list[tuple[Node, ...]] = []
        row: list[Node] = []
        while self.token.kind != "end":
            if self.token.kind == "&":
                self.advance()
            elif self.token.kind == "newline":
                self.advance()
                rows.append(tuple(row))
                row = []
            else:
                if self.token.kind == "dots":
                    row.append(self.dots())
                else:
                    row.append(self.chain())
                if self.token.kind not in ("&", "newline", "end"):
                    raise self.unexpected(self.token)
        if row:
            rows.append(tuple(row))
        closed = self.close_environment(opened)
        if opened.text == "array" and any(isinstance(cell, Chain) for line in rows for cell in line):
            raise ReadError(
                "an array of equations has no reading",
                opened.start,
                closed.end,
                "write an aligned environment",
            )
        return MatrixNode(opened.start, closed.end, tuple(rows))

    def close_environment(self, opened: Token) -> Token:
        token = self.token
        if token.kind != "end" or token.text != opened.text:
            raise ReadError(
                f"\\begin{{{opened.text}}} is never closed",
                opened.start,
                opened.end,
                f"add \\end{{{opened.text}}}",
                "unclosed",
            )
        return self.advance()
