"""Claims: both sides of a relation, with the definitions, recurrences and hypotheses in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sympy import Basic, Expr, Symbol

from symderive.documents.illdefined import IllDefined
from symderive.documents.reading_types import Reserve
from symderive.documents.reserves import Alternatives, Aside, read_aside, reserve
from symderive.documents.state import (
    State,
    current_step,
    is_about,
    names_of,
    names_of_hypothesis,
    relinked,
    spelled,
)
from symderive.notation.access import unbraced
from symderive.notation.elaborate import Elaborator, case_conditions
from symderive.notation.errors import ReadError
from symderive.notation.facts import Facts
from symderive.notation.meaning import Statement as Meaning
from symderive.notation.meaning import learning, pair
from symderive.notation.syntax import (
    Cases,
    Display,
    Node,
)
from symderive.notation.uses import uses
from symderive.terms import (
    Claim,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Recurrence,
    Update,
    free_names,
    substitute,
)

__all__ = ["ClaimReader", "Found"]

_MOST_LINKS = 3


@dataclass
class Found:
    """One statement of a display, before it is shaped into a report (see `reading.Statement`)."""

    kind: str
    start: int
    end: int
    claims: list[Claim] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    reserves: list[Reserve | None] = field(default_factory=list)
    meaning: Definition | Recurrence | None = None
    update: Update | None = None  # `W = W - …`: what is assigned
    term: Expr | None = None
    name: str | None = None
    message: str | None = None
    rule: str | None = None
    fault: IllDefined | None = None
    notes: list[str] = field(default_factory=list)


class ClaimReader:
    """What reading a display needs, and the claims in it."""

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
        self.beside: list[Aside] = []  # conditions of this row that are no hypotheses
        self.before: Node | None = None

    def _meaning(self, read: object, left: Node | None) -> Meaning:
        assert callable(read)

        def prepared(reader: Elaborator) -> object:
            reader.step = current_step(reader, left)
            return read(reader)

        result = learning(self.display, self.state.notation, prepared)
        assert isinstance(result, Meaning)
        self.state = replace(
            self.state,
            notation=replace(
                self.state.notation, learned=result.notation.learned, unified=result.notation.unified
            ),
        )
        return result

    def _understood(self, *nodes: Node, names: Iterable[str] = ()) -> None:
        """Nothing is said about a name whose definition was not understood: it is no arbitrary name."""
        opaque = self.state.opaque
        if not opaque:
            return
        facts = self.state.notation.facts or Facts()
        found = {
            use.name for node in nodes for use in uses(node, facts.is_index) if use.name not in use.scope
        }
        found |= {name.rstrip("()[]") for name in names}
        for name in sorted(found & opaque.keys()):
            raise ReadError(
                opaque[name],
                self.display.start,
                self.display.end,
                "only with that definition can this formula be judged",
                "unsupported",
            )

    def _claim(self, left: Node, relation: str, right: Node, start: int, end: int) -> None:
        self._understood(left, right)
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
        """One claim a row of `cases`, under the row's condition; False where a row cannot be told by a
        hypothesis.
        """
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
                        lambda reader, a=one, b=two, r=chain.relations[0], c=chain: pair(reader, a, b, r, c),
                        None,
                    )
                    assert meaning.relation is not None
                    assert meaning.rhs is not None
                    hypotheses.append(Hypothesis(meaning.lhs, meaning.relation, meaning.rhs))
                if number == 0 and len(hypotheses) == 1:
                    conditions = hypotheses
            meaning = self._meaning(lambda reader, v=value: pair(reader, other, v, "=", v), other)
            end = condition.end if condition is not None else value.end
            self._add(found, meaning, (value.start, end), tuple(hypotheses))
        return True

    def _add(self, found: Found, meaning: Meaning, span: tuple[int, int], more: Sequence[Hypothesis]) -> None:
        assert meaning.relation is not None
        assert meaning.rhs is not None
        relation, lhs, rhs = meaning.relation, meaning.lhs, meaning.rhs
        definitions, recurrences, domain, names = self._in_force(lhs, rhs)
        self._understood(names=names)
        letters = {letter for name in names for letter in spelled(name)}
        letters |= {i.name for side in (lhs, rhs) for i in free_names(side) if isinstance(i, Index)}
        near: list[Hypothesis] = []
        other_form: set[Hypothesis] = set()  # y ∈ {0, 1} is not the claim y (1 - y) = 0 itself
        asides = [a for a in self.state.asides if a.counts(self.section, self.sentence, letters)]
        for h in self.state.held:
            if (h.sentence is None or h.sentence == self.sentence) and h.may_be_about(letters):
                stated = h.hypotheses(self.state.notation)
                if stated is not None:
                    near.extend(stated)
                    if h.is_membership:
                        other_form.update(stated)
                elif h.as_aside().counts(self.section, self.sentence, letters):
                    asides.append(h.as_aside())
        held = [h for h in near if is_about(h, names)]
        linked = self._linked(names, near)
        hypotheses = [*held, *(h for h in self.local if is_about(h, names)), *more]
        hypotheses = [_of_the_claim(hypothesis, lhs, rhs) for hypothesis in hypotheses]
        own = Hypothesis(lhs, relation, rhs)
        unique = [h for h in dict.fromkeys(hypotheses) if replace(h, forall=()) != own or h in other_form]
        claim = Claim(
            lhs,
            relation,
            rhs,
            tuple(unique),
            tuple(definitions),
            tuple(recurrences),
            tuple(dict.fromkeys((*meaning.domain, *domain))),
        )
        found.claims.append(claim)
        found.spans.append(span)
        found.reserves.append(self._reserve(claim, linked, [*self.beside, *asides], names))

    def _linked(self, names: set[str], near: list[Hypothesis]) -> list[Hypothesis]:
        """What is stated of other names that hang together with those of a claim: ``0 < y < x`` for x."""
        reached = set(names)
        for _ in range(_MOST_LINKS):
            more = {
                name for h in near if names_of_hypothesis(h) & reached for name in names_of_hypothesis(h)
            } - reached
            if not more:
                break
            reached |= more
            letters = {letter for name in more for letter in spelled(name)}
            near = list(near)
            for held in self.state.held:
                if held.sentence in (None, self.sentence) and held.may_be_about(letters):
                    near.extend(held.hypotheses(self.state.notation) or ())
        return [h for h in dict.fromkeys(near) if not is_about(h, names) and names_of_hypothesis(h) & reached]

    def _reserve(
        self, claim: Claim, linked: list[Hypothesis], asides: list[Aside], names: set[str]
    ) -> Reserve | None:
        """What else the text states of what a claim names."""
        sides = (claim.lhs, claim.rhs)
        read: list[tuple[str, Alternatives | None]] = []
        for aside in asides:
            alternatives = read_aside(aside, self.state.notation)
            if alternatives is not None:
                mine = {n for hs in alternatives for h in hs for n in names_of_hypothesis(h)}
                if mine and not mine & names:
                    continue
                alternatives = tuple(
                    tuple(_of_the_claim(h, *sides) for h in hypotheses) for hypotheses in alternatives
                )
            read.append((aside.latex, alternatives))

        def extended(more: Sequence[Hypothesis]) -> Claim:
            terms = [side for h in more for side in (h.lhs, h.rhs)]
            definitions, recurrences, domain, _ = self._in_force(*sides, *terms)
            return replace(
                claim,
                hypotheses=tuple(dict.fromkeys((*claim.hypotheses, *more))),
                definitions=tuple(definitions),
                recurrences=tuple(recurrences),
                domain=tuple(dict.fromkeys((*claim.domain, *domain))),
            )

        return reserve(claim, [_of_the_claim(h, *sides) for h in linked], read, extended)

    def _in_force(
        self, *terms: Expr
    ) -> tuple[list[Definition], list[Recurrence], list[Hypothesis], set[str]]:
        """The definitions and recurrences that a claim uses, directly or through others, and all names in
        it.
        """
        known = self.state.notation.known
        names: set[str] = set()
        used: list[str] = []
        pending: list[Basic] = list(terms)
        meanings: dict[str, Definition | Recurrence] = {}
        while pending:
            found = names_of(pending.pop())
            for tagged in sorted(found - names):
                names.add(tagged)
                name = tagged.removesuffix("()").removesuffix("[]")
                item = known.get(name)
                if item is None or name in meanings:
                    continue
                meaning = item.meaning
                if isinstance(meaning, Definition) and tagged.endswith("()"):
                    own = frozenset({name, *(str(getattr(p, "label", p)) for p in meaning.parameters)})
                    meaning = replace(meaning, body=relinked(meaning.body, known, item.section, own))
                elif not (isinstance(meaning, Recurrence) and tagged.endswith("[]")):
                    continue
                meanings[name] = meaning
                used.append(name)
                pending.append(meaning.body)
        definitions = [meanings[n] for n in known if n in meanings and isinstance(meanings[n], Definition)]
        recurrences = [meanings[n] for n in known if n in meanings and isinstance(meanings[n], Recurrence)]
        domain: list[Hypothesis] = []
        for name in used:
            item = known[name]
            if isinstance(item.meaning, Definition):
                for condition in item.domain:
                    indices = tuple(
                        c
                        for c in item.meaning.components
                        if c in free_names(condition.lhs) and isinstance(c, Index)
                    )
                    domain.append(replace(condition, forall=(*condition.forall, *indices)))
        return (
            [d for d in definitions if isinstance(d, Definition)],
            [r for r in recurrences if isinstance(r, Recurrence)],
            domain,
            names,
        )


def _plain_names(term: Expr) -> set[str]:
    return {name for name in names_of(term) if not name.endswith((")", "]"))}


def _of_the_claim(hypothesis: Hypothesis, *sides: Expr) -> Hypothesis:
    """A hypothesis about the free indices of a claim: ``i = k`` in prose knows no ranges."""
    mine = {
        name.name: name
        for side in sides
        for name in free_names(side)
        if isinstance(name, (Index, Dim)) or (isinstance(name, Symbol) and name.name in _plain_names(side))
    }
    found = free_names(hypothesis.lhs) | free_names(hypothesis.rhs)
    mapping = {
        name: mine[name.name]
        for name in found
        if isinstance(name, Index) and name not in hypothesis.forall and mine.get(name.name, name) != name
    }
    if not mapping:
        return hypothesis
    return replace(
        hypothesis, lhs=substitute(hypothesis.lhs, mapping), rhs=substitute(hypothesis.rhs, mapping)
    )
