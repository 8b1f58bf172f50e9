"""What each display of a document states: a definition, a claim, an expression, a hypothesis, or nothing sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sympy import Basic, Expr, Symbol

from symderive.documents.illdefined import IllDefined, idle_index, own_step
from symderive.documents.prose import stated
from symderive.notation.access import unbraced
from symderive.notation.definitions import Head, define, head_of_definition
from symderive.notation.elaborate import (
    Elaborator,
    case_conditions,
    learning,
    pair,
    relation_of,
)
from symderive.notation.elaborate import Statement as Meaning
from symderive.notation.errors import ReadError
from symderive.notation.infer import ranging
from symderive.notation.notation import Known, Notation
from symderive.notation.syntax import (
    Cases,
    Chain,
    Display,
    Group,
    Listing,
    Name,
    Node,
    Product,
    Quantifier,
    Row,
    Script,
    Sum,
    TextNode,
)
from symderive.notation.uses import uses
from symderive.terms import Apply, Claim, Definition, Dim, Hypothesis, Index, Recurrence, free_names, walk

__all__ = ["Found", "State", "read_display"]


@dataclass(frozen=True)
class Held:
    """A stated formula in force, and the sentence it is confined to, if any.

    It is kept as it was written and read anew for each claim: by then more may be known about its names.
    """

    node: Node
    root: Node
    position: int
    section: int
    sentence: int | None = None

    def hypotheses(self, notation: Notation) -> tuple[Hypothesis, ...]:
        """What it states, as far as its names are still undefined."""
        here = notation.at(self.position, self.section)
        key = (self, frozenset(here.learned.items()), frozenset(here.known))
        if key not in _READ:
            if len(_READ) > 2000:
                _READ.clear()
            found = stated(self.node, self.root, here)
            _READ[key] = found.hypotheses if found is not None else ()
        return _READ[key]


_READ: dict[object, tuple[Hypothesis, ...]] = {}


@dataclass(frozen=True)
class State:
    """What is known at one place of the document."""

    notation: Notation
    held: tuple[Held, ...] = ()

    def hold(self, node: Node, root: Node, sentence: int | None) -> State:
        """With a stated formula in force from here on."""
        new = Held(node, root, self.notation.position, self.notation.section, sentence)
        return replace(self, held=(*self.held, new))


@dataclass
class Found:
    """One statement of a display, before it is shaped into a report (see `reading.Statement`)."""

    kind: str
    start: int
    end: int
    claims: list[Claim] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    meaning: Definition | Recurrence | None = None
    term: Expr | None = None
    name: str | None = None
    message: str | None = None
    rule: str | None = None
    fault: IllDefined | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Item:
    node: Node
    condition: bool  # introduced by "if", "where", "for"


def read_display(
    display: Display, state: State, sentence: int, section: int, line: int | None, latex: str
) -> tuple[list[Found], State]:
    """The statements of a parsed display, and what is known after it."""
    reader = _DisplayReader(display, state, sentence, section, line, latex)
    return reader.run()


class _DisplayReader:
    def __init__(
        self, display: Display, state: State, sentence: int, section: int, line: int | None, latex: str
    ) -> None:
        self.display = display
        self.state = state
        self.sentence = sentence
        self.section = section
        self.line = line
        self.latex = latex
        self.found: list[Found] = []
        self.local: list[Hypothesis] = []
        self.before: Node | None = None

    def run(self) -> tuple[list[Found], State]:
        for row in self.display.rows:
            self._row(row)
        if not self.found:
            self.found.append(Found("HYPOTHESIS", self.display.start, self.display.end))
        return self.found, self.state

    def _row(self, row: Row) -> None:
        items, conditions = self._sorted(row)
        self.local = []
        for node in conditions:
            self._condition(node, alone=not items)
        for node in items:
            try:
                self._item(node)
            except ReadError as error:
                self._failed(error, node)

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
        for node in row.items:
            if isinstance(node, TextNode):
                words = node.text.strip().lower()
                spoken = bool(items) and _introduces_condition(words)
                continue
            if isinstance(node, Quantifier) or ranging(node) is not None:
                conditions.append(node)
                continue
            if isinstance(node, Chain) and node.relations == ("in",) and pending:
                members = tuple(pending)
                first = node.operands[0]
                assert first is not None
                node = replace(
                    node, operands=(Listing(members[0].start, first.end, (*members, first)), *node.operands[1:])
                )
                pending = []
                conditions.append(node)
                continue
            if isinstance(unbraced(node), (Name, Script)) and not isinstance(node, Chain) and len(row.items) > 1:
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

    def _is_index_condition(self, node: Node) -> bool:
        """``i = k`` and ``i ≠ k``, beside a statement."""
        if not isinstance(node, Chain) or any(relation not in ("=", "!=", "<", "<=", ">", ">=") for relation in node.relations):
            return False
        facts = self.state.notation.facts
        names = [unbraced(operand) for operand in node.operands if operand is not None]
        return len(names) == len(node.operands) and facts is not None and all(
            isinstance(name, Name) and facts.is_index(name.text) and name.text not in facts.dims for name in names
        )

    def _condition(self, node: Node, alone: bool) -> None:
        result = stated(node, self.display, self.state.notation)
        if result is None:
            if alone:
                self._try_item(node)
            else:
                self.found.append(
                    Found(
                        "NOT_UNDERSTOOD", node.start, node.end, rule="unsupported",
                        message="this condition is not read; state it in words of its own: i = k, p_i > 0, n = 1, …, N",
                    )
                )
            return
        if alone:
            self.found.append(Found("HYPOTHESIS", node.start, node.end))
        if result.local:
            if alone:
                self.state = self.state.hold(node, self.display, self.sentence)
            self.local.extend(result.hypotheses)
        elif result.hypotheses:
            self.state = self.state.hold(node, self.display, None)

    def _try_item(self, node: Node) -> None:
        try:
            self._item(node)
        except ReadError as error:
            self._failed(error, node)

    def _item(self, node: Node) -> None:
        result = stated(node, self.display, self.state.notation) if isinstance(node, (Chain, Group, Listing)) else None
        if result is not None and not (isinstance(node, Chain) and self._is_definition(node)):
            if result.hypotheses:
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
            assert left is not None and right is not None
            first = number == 0 and node.operands[0] is not None
            self.before = right
            try:
                self._link(left, relation, right, node, first)
            except ReadError as error:
                self._failed(error, right)

    def _is_definition(self, node: Chain) -> bool:
        """A whitelisted form is a hypothesis, even where it looks like ``head = body`` (an initial value)."""
        del node
        return False

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

    def _meaning(self, read: object, left: Node | None) -> Meaning:
        assert callable(read)

        def prepared(reader: Elaborator) -> object:
            reader.step = current_step(reader, left)
            return read(reader)

        result = learning(self.display, self.state.notation, prepared)
        assert isinstance(result, Meaning)
        self.state = replace(self.state, notation=replace(self.state.notation, learned=result.notation.learned))
        return result

    def _link(self, left: Node, relation: str, right: Node, chain: Chain, first: bool) -> None:
        start, end = (chain.start, chain.end) if len(chain.relations) == 1 else (left.start, right.end)
        if first and relation in ("=", ":=", "equiv", "<-"):
            head = head_of_definition(left, self.display, self.state.notation)
            if head is not None and self._definition(head, left, relation, right, start, end):
                return
            if relation in (":=", "<-"):
                raise ReadError(
                    "the left side of this definition is not a name", left.start, left.end,
                    "write a name with its indices and arguments on the left", "syntax",
                )
        if relation == "=:":
            raise ReadError("this sign is not read", chain.start, chain.end, "write := with the name on the left")
        relation_of(relation, chain)
        self._claim(left, relation, right, start, end)

    def _definition(
        self, head: Head, left: Node, relation: str, right: Node, start: int, end: int
    ) -> bool:
        """Take ``head = body`` as a definition, an update or an ill-defined recurrence; False if it is a claim."""
        notation = self.state.notation
        known = notation.known.get(head.name)
        facts = notation.facts
        assert facts is not None
        if relation == "<-" or head.is_own(right, facts):
            if relation != "<-":
                fault = own_step(left, right, self.latex, notation)
                if fault is not None:
                    self._fault(fault, left, right)
                    return True
                if not head.is_update(right, facts):
                    return False
            self.found.append(Found("DEFINITION", start, end, name=head.name, notes=["an update: the right side holds the old value"]))
            return True
        recurring = head.step is not None and head.recurs(right, facts)
        if head.step is None and known is not None and known.section == self.section and relation != ":=":
            return False
        if head.step is not None and not recurring and known is not None and relation != ":=":
            if known.recursive or known.section == self.section:
                return False
        if head.numeric:
            return self._entry(head, start, end)
        fault = idle_index(right, left, self.latex, notation)
        if fault is not None:
            self._fault(fault, left, right)
            return True
        defined = define(head, right, self.display, notation, self.section, self.line)
        notes = []
        if known is not None and known.meaning != defined.known.meaning:
            where = f" of line {known.line}" if known.line is not None else ""
            notes.append(f"replaces the definition of {head.name}{where}")
        if known is not None and head.step is None and known.section != self.section:
            pass
        new = replace(notation, learned=defined.notation.learned).define(head.name, defined.known)
        self.state = replace(self.state, notation=new)
        self.found.append(
            Found("DEFINITION", start, end, meaning=defined.known.meaning, name=head.name, notes=notes)
        )
        return True

    def _entry(self, head: Head, start: int, end: int) -> bool:
        raise ReadError(
            f"this gives a value to one entry of {head.name}", start, end,
            "entries are read with a letter as index; state single values in the text", "unsupported",
        )

    def _fault(self, fault: IllDefined, left: Node, right: Node) -> None:
        lhs = rhs = None
        try:
            meaning = self._meaning(lambda reader: pair(reader, left, right, "=", right), left)
            lhs, rhs = meaning.lhs, meaning.rhs
        except ReadError:
            pass
        claim = [Claim(lhs, "=", rhs)] if lhs is not None and rhs is not None else []
        found = Found("ILL_DEFINED", fault.start, fault.end, rule=fault.rule, fault=fault)
        found.claims = claim  # both sides, for the consequence
        self.found.append(found)

    def _claim(self, left: Node, relation: str, right: Node, start: int, end: int) -> None:
        cases = unbraced(right) if isinstance(unbraced(right), Cases) else unbraced(left)
        found = Found("CLAIM", start, end)
        if isinstance(cases, Cases) and relation == "=":
            other = left if cases is unbraced(right) else right
            if self._by_rows(found, other, cases):
                self.found.append(found)
                return
        meaning = self._meaning(lambda reader: pair(reader, left, right, relation, right), left)
        self._add(found, meaning, (start, end), ())
        self.found.append(found)

    def _by_rows(self, found: Found, other: Node, cases: Cases) -> bool:
        """One claim a row of `cases`, under the row's condition; False where a row cannot be told by a hypothesis."""
        conditions: list[Hypothesis] = []
        for number, (value, condition) in enumerate(cases.rows):
            chains = case_conditions(condition)
            if chains is None:
                if number != 1 or len(conditions) != 1 or conditions[0].relation not in ("=", "!="):
                    return False
                opposite = "!=" if conditions[0].relation == "=" else "="
                hypotheses = [replace(conditions[0], relation=opposite)]
            else:
                hypotheses = []
                for chain in chains:
                    if len(chain.relations) != 1 or chain.operands[0] is None or chain.operands[1] is None:
                        return False
                    one, two = chain.operands
                    meaning = self._meaning(
                        lambda reader, a=one, b=two, r=chain.relations[0], c=chain: pair(reader, a, b, r, c), None
                    )
                    assert meaning.relation is not None and meaning.rhs is not None
                    hypotheses.append(Hypothesis(meaning.lhs, meaning.relation, meaning.rhs))
                if number == 0 and len(hypotheses) == 1:
                    conditions = hypotheses
            meaning = self._meaning(lambda reader, v=value: pair(reader, other, v, "=", v), other)
            end = condition.end if condition is not None else value.end
            self._add(found, meaning, (value.start, end), tuple(hypotheses))
        return True

    def _add(
        self, found: Found, meaning: Meaning, span: tuple[int, int], more: Sequence[Hypothesis]
    ) -> None:
        assert meaning.relation is not None and meaning.rhs is not None
        relation, lhs, rhs = meaning.relation, meaning.lhs, meaning.rhs
        definitions, recurrences, domain, names = self._in_force(lhs, rhs)
        held = [
            hypothesis
            for h in self.state.held
            if h.sentence is None or h.sentence == self.sentence
            for hypothesis in h.hypotheses(self.state.notation)
            if _about(hypothesis, names)
        ]
        hypotheses = [*held, *(h for h in self.local if _about(h, names)), *more]
        own = Hypothesis(lhs, relation, rhs)
        unique = [h for h in dict.fromkeys(hypotheses) if replace(h, forall=()) != own]
        found.claims.append(
            Claim(
                lhs, relation, rhs, tuple(unique), tuple(definitions), tuple(recurrences),
                tuple(dict.fromkeys((*meaning.domain, *domain))),
            )
        )
        found.spans.append(span)

    def _in_force(
        self, *terms: Expr
    ) -> tuple[list[Definition], list[Recurrence], list[Hypothesis], set[str]]:
        """The definitions and recurrences that a claim uses, directly or through others, and all names in it."""
        known = self.state.notation.known
        names: set[str] = set()
        used: list[str] = []
        pending: list[Basic] = list(terms)
        while pending:
            term = pending.pop()
            found = _names(term)
            for name in sorted(found - names):
                names.add(name)
                if name in known and name not in used:
                    used.append(name)
                    pending.append(known[name].meaning.body)
        definitions = [known[n].meaning for n in known if n in used and isinstance(known[n].meaning, Definition)]
        recurrences = [known[n].meaning for n in known if n in used and isinstance(known[n].meaning, Recurrence)]
        domain: list[Hypothesis] = []
        for name in used:
            item = known[name]
            if isinstance(item.meaning, Definition):
                for condition in item.domain:
                    indices = tuple(c for c in item.meaning.components if c in free_names(condition.lhs) and isinstance(c, Index))
                    domain.append(replace(condition, forall=(*condition.forall, *indices)))
        return (
            [d for d in definitions if isinstance(d, Definition)],
            [r for r in recurrences if isinstance(r, Recurrence)],
            domain,
            names,
        )


def _introduces_condition(words: str) -> bool:
    starts = ("if", "when", "where", "for", "with", "provided", "whenever", "s.t", "subject", "such that", "assuming", "given")
    return words.startswith(starts) or words in ("일 때", "이면", "단,", "단", "여기서")


def _names(term: Basic) -> set[str]:
    names = {str(name) for name in free_names(term) if isinstance(name, Symbol) and not isinstance(name, Index)}
    for part in walk(term):
        if isinstance(part, Apply):
            names.add(part.head)
    return names


def _about(hypothesis: Hypothesis, names: set[str]) -> bool:
    """Does a claim with these names use everything that a hypothesis is about?"""
    mine = set()
    for side in (hypothesis.lhs, hypothesis.rhs):
        mine |= {
            str(name) for name in free_names(side)
            if isinstance(name, Symbol) and not isinstance(name, Index) and not (isinstance(name, Dim) and False)
        }
    indices = any(isinstance(name, Index) for name in free_names(hypothesis.lhs))
    return mine <= names and (bool(mine) or indices)


def current_step(reader: Elaborator, left: Node | None) -> Expr | None:
    """The step that a statement is about: the step letter of its left side, else the only one in it."""
    roots = [left, reader.root] if left is not None else [reader.root]
    for root in roots:
        letters: list[str] = []
        for use in uses(root, reader.facts.is_index):
            for slot in use.slots:
                if (use.name, slot.style, slot.place) in reader.facts.steps:
                    node = unbraced(slot.node)
                    names = [t for t in (node.terms if isinstance(node, Sum) else (node,))]
                    for name in names:
                        name = unbraced(name)
                        if isinstance(name, Name) and name.text not in use.scope and name.text not in letters:
                            letters.append(name.text)
        if len(letters) == 1:
            return reader.index(letters[0])
    return None


def is_plain(node: Node) -> bool:
    """Is this a name, perhaps with scripts or arguments?"""
    return isinstance(unbraced(node), (Name, Script, Product))


def known_names(state: State) -> dict[str, Known]:
    """The definitions in force."""
    return dict(state.notation.known)
