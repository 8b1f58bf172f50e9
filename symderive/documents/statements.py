"""What each display of a document states: a definition, a claim, an expression, a hypothesis, or nothing
sound.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from symderive.documents.claims import Found
from symderive.documents.defining import DefinitionReader
from symderive.documents.illdefined import idle_index
from symderive.documents.prose import Bounds, stated
from symderive.documents.reserves import Aside
from symderive.documents.spoken import listed_before, says_or
from symderive.documents.state import State
from symderive.notation.access import unbraced
from symderive.notation.definitions import applied_dimension, head_of_definition
from symderive.notation.errors import ReadError
from symderive.notation.forms import ranging
from symderive.notation.meaning import pair, relation_of
from symderive.notation.syntax import (
    Chain,
    Display,
    Group,
    Listing,
    Name,
    Node,
    Quantifier,
    Row,
    Script,
    TextNode,
    descend,
)
from symderive.notation.uses import uses

__all__ = ["Found", "State", "read_display"]


def read_display(
    display: Display, state: State, sentence: int, section: int, line: int | None, latex: str
) -> tuple[list[Found], State]:
    """The statements of a parsed display, and what is known after it."""
    reader = _DisplayReader(display, state, sentence, section, line, latex)
    return reader.run()


class _DisplayReader(DefinitionReader):
    def run(self) -> tuple[list[Found], State]:
        for row in self.display.rows:
            self._row(row)
        if not self.found:
            self.found.append(Found("HYPOTHESIS", self.display.start, self.display.end))
        return self.found, self.state

    def _row(self, row: Row) -> None:
        if says_or([row]):
            raise_at = next(item for item in row.items if isinstance(item, TextNode))
            self._failed(
                ReadError(
                    "one of several statements is not read",
                    raise_at.start,
                    raise_at.end,
                    "write the two cases as two formulas, each with its condition",
                    "unsupported",
                ),
                raise_at,
            )
            return
        items, conditions = self._sorted(row)
        self.local, self.beside = [], []
        for node in conditions:
            self._condition(node, alone=not items)
        for node in self._hypotheses_first(items):
            try:
                self._item(node)
            except ReadError as error:
                self._failed(error, node)

    def _hypotheses_first(self, items: list[Node]) -> list[Node]:
        """The statements of a row with those first that the others are stated under: ``…, \\quad m ≥ d``."""
        if len(items) < 2:
            return items
        heads = set()
        for node in items:
            if isinstance(node, Chain) and node.relations[0] in ("=", ":=") and node.operands[0] is not None:
                head = head_of_definition(node.operands[0], self.display, self.state.notation)
                heads |= {head.name} if head is not None else set()
        facts = self.state.notation.facts

        def is_given(node: Node) -> bool:
            if not isinstance(node, Chain) or facts is None:
                return False
            names = {use.name for use in uses(node, facts.is_index)}
            return not names & heads and stated(node, self.display, self.state.notation) is not None

        given = [node for node in items if is_given(node)]
        return [*given, *(node for node in items if node not in given)]

    def _failed(self, error: ReadError, node: Node) -> None:
        start, end = (error.start, error.end) if error.end > error.start else (node.start, node.end)
        message = f"{error.message}; {error.hint}" if error.hint else error.message
        self.found.append(Found("NOT_UNDERSTOOD", start, end, message=message, rule=error.rule))

    def _sorted(self, row: Row) -> tuple[list[Node], list[Node]]:
        """The statements of a row, and the conditions that stand beside them."""
        items: list[Node] = []
        conditions: list[Node] = []
        spoken = False
        pending: list[Node] = []
        for place, node in enumerate(row.items):
            if isinstance(node, TextNode):
                words = node.text.strip().lower()
                spoken = bool(items) and _introduces_condition(words)
                continue
            if items and isinstance(node, Group) and node.open == "(" and len(node.items) == 1:
                # "… \\quad (i ≠ k)": brackets around a condition are punctuation
                (inside,) = node.items
                if isinstance(inside, Chain):
                    conditions.append(inside)
                    continue
            if isinstance(node, Quantifier) or ranging(node) is not None:
                conditions.append(node)
                continue
            if isinstance(node, Chain) and pending and self._says_of_all(node, row.separators[place]):
                node = listed_before(node, pending)
                pending = []
                conditions.append(node)
                continue
            if (
                isinstance(unbraced(node), (Name, Script))
                and not isinstance(node, Chain)
                and len(row.items) > 1
            ):
                pending.append(node)
                continue
            if spoken or self._is_index_condition(node):
                conditions.append(node)
                continue
            items.extend(pending)
            pending = []
            items.append(node)
        items.extend(pending)
        return items, conditions

    def _says_of_all(self, node: Chain, separator: str) -> bool:
        """``a, b > 0``, ``x, y \\in S``: is this about the names before it, too?"""
        if node.relations == ("in",):
            return True
        order = all(relation in ("<", "<=", ">", ">=", "!=") for relation in node.relations)
        return order and separator == "comma" and stated(node, self.display, self.state.notation) is not None

    def _is_index_condition(self, node: Node) -> bool:
        """``i = k`` and ``i ≠ k``, beside a statement."""
        if not isinstance(node, Chain) or any(
            relation not in ("=", "!=", "<", "<=", ">", ">=") for relation in node.relations
        ):
            return False
        facts = self.state.notation.facts
        names = [unbraced(operand) for operand in node.operands if operand is not None]
        return (
            len(names) == len(node.operands)
            and facts is not None
            and all(
                isinstance(name, Name) and facts.is_index(name.text) and name.text not in facts.dims
                for name in names
            )
        )

    def _condition(self, node: Node, alone: bool) -> None:
        bounds: Bounds = "between" if alone else "terms"
        result = stated(node, self.display, self.state.notation, bounds)
        if result is None:
            if alone:
                self._try_item(node)
            else:
                self.beside.append(self._aside(node))
                self.found.append(
                    Found(
                        "NOT_UNDERSTOOD",
                        node.start,
                        node.end,
                        rule="unsupported",
                        message="this condition is not read; state it in words of its own: "
                        "i = k, p_i > 0, n = 1, …, N",
                    )
                )
            return
        if alone:
            self.found.append(Found("HYPOTHESIS", node.start, node.end))
        self.beside.extend(self._aside(aside) for aside in result.asides)
        if result.local:
            if alone:
                self.state = self.state.hold(node, self.display, self.sentence, bounds)
            self.local.extend(result.hypotheses)
        elif result.hypotheses:
            self.state = self.state.hold(node, self.display, None, bounds)

    def _aside(self, node: Node) -> Aside:
        letters = frozenset(name.text for name in descend(node) if isinstance(name, Name))
        latex = self.latex[node.start : node.end]
        position = self.state.notation.position
        return Aside(latex, node, self.display, position, self.section, self.sentence, letters)

    def _try_item(self, node: Node) -> None:
        try:
            self._item(node)
        except ReadError as error:
            self._failed(error, node)

    def _item(self, node: Node) -> None:
        result = (
            stated(node, self.display, self.state.notation)
            if isinstance(node, (Chain, Group, Listing))
            else None
        )
        if result is not None:
            if result.hypotheses:
                self._understood(node)
                self.state = self.state.hold(node, self.display, self.sentence if result.local else None)
            self.found.append(Found("HYPOTHESIS", node.start, node.end))
            self.before = None
            return
        if not isinstance(node, Chain):
            self._expression(node)
            return
        operands = list(node.operands)
        relations = list(node.relations)
        if relations[0] == "colon" and len(relations) >= 1 and operands[1] is not None:
            self._labelled(node)
            return
        if operands[0] is None:
            if self.before is None:
                raise ReadError(
                    "this line continues nothing", node.start, node.end, "write its left side", "syntax"
                )
            operands[0] = self.before
        for number, relation in enumerate(relations):
            left, right = operands[number], operands[number + 1]
            assert left is not None
            assert right is not None
            first = number == 0 and node.operands[0] is not None
            self.before = right
            try:
                self._link(left, relation, right, node, first)
            except ReadError as error:
                self._failed(error, right)

    def _labelled(self, node: Chain) -> None:
        """``RMS : …``, a formula with its name before it."""
        rest = node.operands[1:]
        if len(node.relations) == 1:
            assert rest[0] is not None
            self._expression(rest[0])
            return
        if node.relations[1] == "to":
            self.found.append(Found("HYPOTHESIS", node.start, node.end))
            return
        assert rest[0] is not None
        self._item(replace(node, start=rest[0].start, operands=rest, relations=node.relations[1:]))

    def _expression(self, node: Node) -> None:
        self.before = node
        self._understood(node)
        fault = idle_index(node, None, self.latex, self.state.notation)
        if fault is not None:
            term = self._term(node)
            self.found.append(
                Found("ILL_DEFINED", fault.start, fault.end, term=term, fault=fault, rule=fault.rule)
            )
            return
        meaning = self._meaning(lambda reader: pair(reader, node, None, None, node), None)
        self.found.append(Found("EXPRESSION", node.start, node.end, term=meaning.lhs))

    def _term(self, node: Node) -> Expr | None:
        try:
            return self._meaning(lambda reader: pair(reader, node, None, None, node), None).lhs
        except ReadError:
            return None

    def _link(self, left: Node, relation: str, right: Node, chain: Chain, first: bool) -> None:
        start, end = (chain.start, chain.end) if len(chain.relations) == 1 else (left.start, right.end)
        if first and relation in ("=", ":=", "equiv", "<-"):
            head = head_of_definition(left, self.display, self.state.notation)
            if head is not None and self._definition(head, left, relation, right, start, end):
                return
            if head is None:
                self._not_a_dimension(left)
            if relation == "=" and head is None and self._named_on_the_right(left, right):
                head = head_of_definition(right, self.display, self.state.notation)
                if head is not None and self._definition(head, right, relation, left, start, end):
                    return
            if relation == "=" and head is None and self._by_inverse(left, right, start, end):
                return
            if relation in (":=", "<-"):
                raise ReadError(
                    "the left side of this definition is not a name",
                    left.start,
                    left.end,
                    "write a name with its indices and arguments on the left",
                    "syntax",
                )
        if relation == "=:":
            raise ReadError(
                "this sign is not read", chain.start, chain.end, "write := with the name on the left"
            )
        relation_of(relation, chain)
        self._claim(left, relation, right, start, end)

    def _not_a_dimension(self, left: Node) -> None:
        """``M(x) = …`` where sums end at M: nothing is said about M, which would be read as a number."""
        name = applied_dimension(left, self.state.notation)
        if name is not None:
            self.state = self.state.obscured(name, self.line)
            raise ReadError(
                f"{name} is a function here, and elsewhere a dimension",
                left.start,
                left.end,
                "rename one of them",
                "ambiguous",
            )


def _introduces_condition(words: str) -> bool:
    starts = (
        "if",
        "when",
        "where",
        "for",
        "with",
        "provided",
        "whenever",
        "s.t",
        "subject",
        "such that",
        "assuming",
        "given",
    )
    return words.startswith(starts) or words in ("일 때", "이면", "단,", "단", "여기서")
