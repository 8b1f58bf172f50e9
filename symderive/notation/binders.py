"""Operators that bind an index: sums, products, extrema, expectations; and indicators."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, Integer, KroneckerDelta, Max, Min, oo

from symderive.notation.access import Binder, binder_of, unbraced
from symderive.notation.applications import ApplicationReader
from symderive.notation.errors import ReadError
from symderive.notation.forms import ranging
from symderive.notation.notation import Axis
from symderive.notation.syntax import Big, Chain, Group, Name, Node, Script
from symderive.notation.uses import all_uses
from symderive.notation.values import Value, scalar_value
from symderive.terms import (
    Index,
    Iverson,
    free_names,
    fresh_index,
    indexed_max,
    indexed_min,
    indexed_product,
    indexed_sum,
    substitute,
)

__all__ = ["BinderReader"]

_RELATIONALS = {
    "=": sympy.Eq, "equiv": sympy.Eq, "!=": sympy.Ne, "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt,
    ">=": sympy.Ge,
}  # fmt: skip


class BinderReader(ApplicationReader):
    """Sums and their kin."""

    def big(self, node: Big) -> Value:
        if node.kind in ("lim", "int", "argmax", "argmin", "bigcup", "bigcap", "bigoplus", "coprod"):
            words = {"lim": "a limit", "int": "an integral", "argmax": "argmax", "argmin": "argmin"}
            raise ReadError(
                f"{words.get(node.kind, 'this operator')} has no reading",
                node.start,
                node.end,
                "only finite sums, products, maxima and minima are read",
                "unsupported",
            )
        if node.kind == "E":
            return self._expectation(node)
        binder = binder_of(node)
        if binder is None:
            return self._unindexed(node)
        return self._bind(node, binder)

    def comprehension(self, node: Script, group: Group) -> Value:
        """``(z_{nc})_{c=1}^N``: a vector by its entries."""
        binder = binder_of(Big(node.start, node.end, "sum", node.sub, node.sup, group))
        if binder is None or len(binder.letters) != 1 or binder.conditions:
            raise ReadError(
                "the index of this vector is not written", node.start, node.end, "write _{j=1}^{K} after it"
            )
        (name,) = binder.letters
        saved = dict(self.bound)
        low, high = self.limits(Big(node.start, node.end, "sum", node.sub, node.sup, group), binder, name)
        index = Index(name.text, high, low)
        self.bound[name.text] = index
        self.quantified.append(index)
        try:
            entry = self.term(group.items[0])
        finally:
            self.quantified.pop()
            self.bound = saved
        return Value(((low, high),), lambda more: substitute(entry, {index: more[0]}))

    def _unindexed(self, node: Big) -> Value:
        """``\\max(a, b)``, ``\\max x``, ``\\sum x`` with nothing under the sign."""
        body: Node = unbraced(node.body)
        power: Node | None = None
        if isinstance(body, Script) and isinstance(body.base, Group):
            power, body = body.sup, body.base
        if node.kind in ("max", "min") and isinstance(body, Group) and len(body.items) > 1:
            values = [self.term(item) for item in body.items]
            result = scalar_value((Max if node.kind == "max" else Min)(*values, evaluate=False))
        else:
            value = self.value(body)
            if value.rank != 1:
                raise ReadError(
                    "the index of this operator is not written",
                    node.start,
                    node.end,
                    "write it under the sign: _{j=1}^{K}",
                    "ambiguous",
                )
            j = fresh_index("j")
            result = scalar_value(self._combine(node, value.entry((j,)), j, *value.axes[0]))
        return self.power(result, power, node) if power is not None else result

    @staticmethod
    def _combine(node: Big, body: Expr, index: sympy.Symbol, lower: Expr, upper: Expr) -> Expr:
        make = {
            "sum": indexed_sum, "prod": indexed_product, "max": indexed_max, "sup": indexed_max,
            "min": indexed_min, "inf": indexed_min,
        }[node.kind]  # fmt: skip
        return make(body, index, lower, upper)

    def limits(self, node: Big, binder: Binder, name: Name) -> Axis:
        """The limits of one bound letter: as written, else from the slots that it stands in."""
        letter = name.text
        lower, upper = binder.lower.get(letter), binder.upper.get(letter)
        values = binder.values or {}
        if letter in values:
            found = ranging(Chain(node.start, node.end, (name, values[letter]), ("in",)))
            if found is None:
                raise ReadError(
                    "the elements of this set are not known",
                    values[letter].start,
                    values[letter].end,
                    "write the limits of the index: j = 1 below and K above",
                    "unsupported",
                )
            lower, upper = found[1], found[2]
        inferred = self.letters.get((node.start, letter))
        low = self.integer(lower) if lower is not None else None
        high = self._upper(upper) if upper is not None else None
        if low is not None and letter in binder.strict_lower:
            low += 1
        if high is not None and letter in binder.strict_upper:
            high -= 1
        if low is None or high is None:
            used = any(
                use.scope.get(letter) == node.start
                and any(
                    letter in _plain(slot.node)
                    and (slot.style != "call" or (use.name, slot.style, slot.place) in self.facts.steps)
                    for slot in use.slots
                )
                for use in all_uses(node, self.facts)
            )
            stated = self.facts.letter_axis(letter, self.notation.position, self.notation.section)
            if inferred is None or (not used and stated is None and self.notation.kind(letter) != "index"):
                raise ReadError(
                    f"the range of {letter} is not known",
                    node.start,
                    node.end,
                    f"write its limits, or declare `names: {{{letter}: index K}}`",
                    "ambiguous",
                )
            assert inferred is not None
            low = inferred[0] if low is None else low
            high = inferred[1] if high is None else high
        return low, high

    def _upper(self, node: Node) -> Expr:
        plain = unbraced(node)
        if isinstance(plain, Name) and plain.text == "infty":
            raise ReadError(
                "a sum without end is not read", node.start, node.end, "write a last term", "unsupported"
            )
        return self.integer(node)

    def _bind(self, node: Big, binder: Binder) -> Value:
        """Bind the letters from the outermost inwards, then read the body."""
        saved = dict(self.bound)
        indices: list[tuple[Index, Expr, Expr]] = []
        pending = list(binder.conditions)
        try:
            for name in binder.letters:
                low, high = self.limits(node, binder, name)
                low, high, pending = self._ordered_limits(name, low, high, pending, binder, node)
                index = Index(name.text, high, low)
                if high == oo:
                    raise ReadError(
                        "a sum over all steps is not read", node.start, node.end, "write its limits"
                    )
                self.bound[name.text] = index
                indices.append((index, low, high))
            weight: Expr = Integer(1)
            for condition in pending:
                weight = weight * self.indicator(condition)
            self.quantified.extend(index for index, _, _ in indices)
            if weight != 1:
                self.conditions.append((weight, ""))
            try:
                body = self._body(node)
            finally:
                del self.quantified[len(self.quantified) - len(indices) :]
                if weight != 1:
                    self.conditions.pop()
        finally:
            self.bound = saved
        return self._collect(node, body, indices, weight)

    def _body(self, node: Big) -> Value:
        body = unbraced(node.body)
        if (
            node.kind in ("max", "min", "sup", "inf")
            and isinstance(body, Script)
            and isinstance(body.base, Group)
        ):
            raise ReadError(
                f"whether the power belongs to {node.kind} or to its argument is not clear",
                body.start,
                body.end,
                "use brackets around the whole",
                "ambiguous",
            )
        return self.value(node.body)

    def _ordered_limits(
        self, name: Name, low: Expr, high: Expr, pending: list[Chain], binder: Binder, node: Big
    ) -> tuple[Expr, Expr, list[Chain]]:
        """``i < j`` under a sum as a limit of the index that is bound later, or against a free one."""
        rest: list[Chain] = []
        bound_here = {letter.text for letter in binder.letters}
        for condition in pending:
            left, right = (unbraced(operand) for operand in condition.operands if operand is not None)
            relation = condition.relations[0]
            if (
                relation not in ("<", "<=", ">", ">=")
                or not isinstance(left, Name)
                or not isinstance(right, Name)
            ):
                rest.append(condition)
                continue
            if relation in (">", ">="):
                left, right, relation = right, left, "<" if relation == ">" else "<="
            gap = 1 if relation == "<" else 0
            if right.text == name.text and (left.text in self.bound or left.text not in bound_here):
                low = self.term(left) + gap
            elif left.text == name.text and right.text not in bound_here:
                if right.text not in self.bound and ("free", right.text) not in self.letters:
                    raise ReadError(
                        "which of the two indices the operator runs over is not clear",
                        condition.start,
                        condition.end,
                        "write \\sum_{1\\le i<j\\le n}",
                        "ambiguous",
                    )
                high = self.term(right) - gap
            else:
                rest.append(condition)
        return low, high, rest

    def _collect(
        self, node: Big, body: Value, indices: Sequence[tuple[Index, Expr, Expr]], weight: Expr
    ) -> Value:
        entry = body.entry
        if weight != 1 and node.kind in ("prod", "max", "min", "sup", "inf"):
            if node.kind != "prod":
                raise ReadError(
                    "a condition under an extremum is not read",
                    node.start,
                    node.end,
                    "write it in another way",
                    "unsupported",
                )

        def collected(at: tuple[Expr, ...]) -> Expr:
            # Entries are asked for with indices of the caller: keep them apart from the letters bound here.
            names = {name for part in at for name in free_names(part)}
            hidden = {index: fresh_index(index.name) for index, _, _ in indices if index in names}
            if not hidden:
                return wrap(entry(at))
            term = wrap(entry(tuple(substitute(part, hidden) for part in at)))
            back = {fresh: index for index, fresh in hidden.items()}
            result = substitute(term, back)
            assert isinstance(result, Expr)
            return result

        def wrap(term: Expr) -> Expr:
            if weight != 1:
                term = term * weight if node.kind == "sum" else term**weight
            for index, low, high in reversed(indices):
                term = self._combine(node, term, index, low, high)
            return term

        return Value(body.axes, collected, body.row, body.open, body.entrywise)

    def _expectation(self, node: Big) -> Value:
        """``\\mathbb E_{i \\sim p}[f_i]``: the finite sum ``Σ_i p_i f_i``."""
        binder = binder_of(node)
        if binder is None or binder.distribution is None or len(binder.letters) != 1:
            raise ReadError(
                "the distribution of this expectation is not written",
                node.start,
                node.end,
                "write \\mathbb{E}_{i \\sim p}[…] with a vector p, or the sum",
                "ambiguous",
            )
        (name,) = binder.letters
        weights = self.value(binder.distribution)
        if weights.rank != 1:
            raise ReadError(
                "the distribution is not known to be a vector of probabilities",
                binder.distribution.start,
                binder.distribution.end,
                "declare it, for example `p: vector K`",
                "ambiguous",
            )
        axis = weights.axes[0]
        index = Index(name.text, axis[1], axis[0])
        saved = dict(self.bound)
        self.bound[name.text] = index
        self.quantified.append(index)
        try:
            body: Node = unbraced(node.body)
            power: Node | None = None
            if isinstance(body, Script) and isinstance(body.base, Group):
                power, body = body.sup, body.base
            term = self.term(body)
        finally:
            self.bound = saved
            self.quantified.pop()
        result = scalar_value(indexed_sum(weights.entry((index,)) * term, index, *axis))
        return self.power(result, power, node) if power is not None else result

    def indicator(self, chain: Chain) -> Expr:
        """``[a = b]`` as a number: a delta for two integers, else an Iverson bracket."""
        return_value: Expr = Integer(1)
        operands = [operand for operand in chain.operands if operand is not None]
        for left, right, relation in zip(operands, operands[1:], chain.relations, strict=False):
            one, two = self.term(left), self.term(right)
            integral = _integer(one) and _integer(two)
            if relation == "=" and integral:
                return_value = return_value * KroneckerDelta(one, two)
            elif relation == "!=" and integral:
                return_value = return_value * (1 - KroneckerDelta(one, two))
            elif relation in _RELATIONALS:
                return_value = return_value * Iverson(_RELATIONALS[relation](one, two))
            else:
                raise ReadError(
                    "this condition has no reading", chain.start, chain.end, "use =, ≠, <, ≤", "unsupported"
                )
        return return_value

    def relational(self, chain: Chain) -> sympy.Basic:
        """A condition of `cases` as a SymPy relation."""
        operands = [operand for operand in chain.operands if operand is not None]
        found = []
        for left, right, relation in zip(operands, operands[1:], chain.relations, strict=False):
            if relation not in _RELATIONALS:
                raise ReadError(
                    "this condition has no reading", chain.start, chain.end, "use =, ≠, <, ≤", "unsupported"
                )
            found.append(_RELATIONALS[relation](self.term(left), self.term(right)))
        return sympy.And(*found) if len(found) > 1 else found[0]


def _integer(term: Expr) -> bool:
    return term.is_integer is True


def _plain(node: Node) -> set[str]:
    from symderive.notation.access import letters_of

    return letters_of(node)
