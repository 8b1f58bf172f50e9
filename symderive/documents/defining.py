"""Definitions in a display: of a name, of a function of a name, implicit ones, and ill-defined ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symderive.documents.claims import ClaimReader, Found
from symderive.documents.illdefined import IllDefined, idle_index, own_step
from symderive.notation.access import unbraced
from symderive.notation.definitions import Defined, Head, define
from symderive.notation.errors import ReadError
from symderive.notation.inverses import Inverse, inverse_head
from symderive.notation.meaning import pair
from symderive.notation.syntax import Name, Node, Number, descend
from symderive.notation.uses import uses
from symderive.terms import Claim, Update

__all__ = ["DefinitionReader"]


class DefinitionReader(ClaimReader):
    """What reading a definition needs."""

    def _by_inverse(self, left: Node, right: Node, start: int, end: int) -> bool:
        """``\\sigma^2 = body`` where nothing before it says what sigma is: sigma follows from its square."""
        inverse = inverse_head(left, self.display, self.state.notation)
        facts = self.state.notation.facts
        if inverse is None or facts is None or isinstance(unbraced(right), Number):
            return False
        name = inverse.head.name
        notation = self.state.notation
        if name in notation.known or name in notation.declared or name in facts.dims:
            return False
        if facts.shown.get(name, notation.position) < notation.position:
            return False
        if any(name in use for held in self.state.held for use in [_names(held.node, facts.is_index)]):
            return False
        if name in _names(right, facts.is_index):
            return False
        return self._definition(inverse.head, left, "=", right, start, end, inverse)

    def _define(self, head: Head, right: Node) -> Defined:
        try:
            return define(head, right, self.display, self.state.notation, self.section, self.line)
        except ReadError:
            self.state = self.state.obscured(head.name, self.line)
            raise

    def _is_implicit(self, head: Head, right: Node) -> bool:
        """Can the equation fix the step of its left side: another step stands in it, or an unspecified
        function of that step?
        """
        facts = self.state.notation.facts
        assert facts is not None
        if head.recurs(right, facts):
            return True
        found = list(uses(right, facts.is_index))
        calls = [
            use.call
            for use in found
            if use.call is not None and use.name != head.name and use.name not in self.state.notation.known
        ]
        return any(
            use.name == head.name and call.start <= use.access.start < call.end
            for use in found
            for call in calls
        )

    def _implicit(self, head: Head, start: int, end: int) -> None:
        self.state = self.state.obscured(head.name, self.line, "by an implicit equation, which is not solved")
        note = f"implicit: the right side names the step of {head.name} that the left side defines"
        self.found.append(Found("DEFINITION", start, end, name=head.name, notes=[note]))

    def _named_on_the_right(self, left: Node, right: Node) -> bool:
        """``Σ_i x_i / n = \\bar x``: the right side is a name that the document has not used before."""
        name = unbraced(right)
        facts = self.state.notation.facts
        if not isinstance(name, Name) or facts is None or name.text in self.state.notation.declared:
            return False
        fresh = facts.first.get(name.text) == self.state.notation.position
        return fresh and not any(isinstance(n, Name) and n.text == name.text for n in descend(left))

    def _definition(
        self,
        head: Head,
        left: Node,
        relation: str,
        right: Node,
        start: int,
        end: int,
        inverse: Inverse | None = None,
    ) -> bool:
        """Take ``head = body`` as a definition, an update or an ill-defined recurrence; False if it is a
        claim.
        """
        notation = self.state.notation
        known = notation.known.get(head.name)
        facts = notation.facts
        assert facts is not None
        if relation == "<-" or head.is_own(right, facts):
            if relation != "<-":
                if head.step is not None and self._is_implicit(head, right):
                    self._implicit(head, start, end)
                    return True
                fault = own_step(left, right, self.latex, notation)
                if fault is not None:
                    self._fault(fault, left, right)
                    return True
                if not head.is_update(right, facts):
                    return False
            note = "an update: the right side holds the old value"
            update = self._update(left, right)
            self.found.append(Found("DEFINITION", start, end, update=update, name=head.name, notes=[note]))
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
        defined = self._define(head, right)
        notes = []
        if inverse is not None:
            solved = inverse.solved(defined)
            if solved is None:
                return False
            defined, notes = solved, [inverse.note]
        if known is not None and known.meaning != defined.known.meaning:
            where = f" of line {known.line}" if known.line is not None else ""
            notes.append(f"replaces the definition of {head.name}{where}")
        new = replace(notation, learned=defined.notation.learned, unified=defined.notation.unified).define(
            head.name, defined.known
        )
        self.state = replace(self.state, notation=new).understood(head.name)
        self.found.append(
            Found("DEFINITION", start, end, meaning=defined.known.meaning, name=head.name, notes=notes)
        )
        return True

    def _update(self, left: Node, right: Node) -> Update | None:
        """Both sides of an assignment; None where one has no reading, which is no fault of an update."""
        state = self.state
        try:
            meaning = self._meaning(lambda reader: pair(reader, left, right, "=", right), left)
        except ReadError:
            self.state = state
            return None
        return None if meaning.rhs is None else Update(meaning.lhs, meaning.rhs)

    def _entry(self, head: Head, start: int, end: int) -> bool:
        raise ReadError(
            f"this gives a value to one entry of {head.name}",
            start,
            end,
            "entries are read with a letter as index; state single values in the text",
            "unsupported",
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


def _names(node: Node, is_index: Callable[[str], bool]) -> set[str]:
    return {use.name for use in uses(node, is_index)}
