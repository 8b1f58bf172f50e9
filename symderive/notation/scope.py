"""The state of reading one formula: ranges, bound indices, side conditions. The topics are classes on top
of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sympy import Expr, Integer, Mul, Symbol, exp, oo
from sympy import Number as SympyNumber

from symderive.notation.errors import ReadError
from symderive.notation.facts import Facts
from symderive.notation.forms import shift
from symderive.notation.notation import Axis, Notation
from symderive.notation.ranges import local_dims, resolve_ranges
from symderive.notation.syntax import Name, Node, Number
from symderive.notation.uses import all_uses
from symderive.notation.values import Value
from symderive.terms import Dim, Hypothesis, Index, IndexedMax, free_names

__all__ = ["Scope", "certainly_nonzero", "certainly_positive"]

_MAX_NESTING = 200


class Scope:
    """What one formula is read with, and what is collected while it is read."""

    def __init__(self, root: Node, notation: Notation) -> None:
        self.root = root
        self.notation = notation
        self.facts = notation.facts or Facts()
        self.dims = set(self.facts.dims) | local_dims(root, notation)
        letters, slots = resolve_ranges(root, notation)
        self.letters = {key: notation.settled(axis) for key, axis in letters.items()}
        self.slots = {key: notation.settled(axis) for key, axis in slots.items()}
        self.bound: dict[str, Expr] = {}  # letter -> the index that the innermost operator binds it to
        self.quantified: list[Index] = []
        self.conditions: list[tuple[Expr, str]] = []  # conditions under the operators
        self.domain: list[Hypothesis] = []
        self.domain_places: list[Node] = []
        self.step: Expr | None = None  # the step that the statement is about
        self.step_lower = self._step_lowers()
        self.parameters: dict[str, int] = {}  # rank of the parameters of the head that is being defined
        self.nesting = 0

    @contextmanager
    def nested(self, node: Node) -> Iterator[None]:
        self.nesting += 1
        if self.nesting > _MAX_NESTING:
            raise ReadError("the formula nests too deeply", node.start, node.end, "write it in steps")
        try:
            yield
        finally:
            self.nesting -= 1

    def _step_lowers(self) -> dict[str, int]:
        """For each step letter of the formula, the first step at which every use exists."""
        lowers: dict[str, int] = {}
        for use in all_uses(self.root, self.facts):
            for slot in use.slots:
                if (use.name, slot.style, slot.place) not in self.facts.steps:
                    continue
                for letter in {n for n, _ in self.facts.step_letters} | set(self.facts.letters):
                    offset = shift(slot.node, Name(0, 0, letter))
                    if offset is not None and letter not in use.scope:
                        lowers[letter] = max(lowers.get(letter, 0), -offset)
        return lowers

    def index(self, letter: str) -> Index:
        """The free index that a letter is in this formula."""
        if letter in self.step_lower:
            return Index(letter, oo, self.step_lower[letter])
        axis = self.letters.get(("free", letter))
        if axis is None:
            axis = self.facts.letter_axis(letter, self.notation.position, self.notation.section)
        if axis is None and self.facts.is_step_letter(letter):
            axis = (Integer(0), oo)
        if axis is None:
            axis = (Integer(1), Dim(f"dim {letter}"))
        return Index(letter, axis[1], axis[0])

    def require(self, lhs: Expr, relation: str, node: Node) -> None:
        """Note a side condition under which the formula has a value; drop it where it always holds."""
        if relation == "!=" and certainly_nonzero(lhs):
            return
        if relation == ">" and certainly_positive(lhs):
            return
        if relation == ">=" and (certainly_positive(lhs) or lhs.is_nonnegative):
            return
        if isinstance(lhs, SympyNumber):
            if (
                (relation == "!=" and lhs == 0)
                or (relation == ">" and lhs <= 0)
                or (relation == ">=" and lhs < 0)
            ):
                what = {
                    "!=": "a division by zero",
                    ">": "a logarithm or power of a number that is not positive",
                }
                raise ReadError(
                    f"{what.get(relation, 'a root of a negative number')} has no value",
                    node.start,
                    node.end,
                    "check the formula",
                )
            return
        names = free_names(lhs)
        for condition, _ in self.conditions:
            # Under Σ_{i≠k} the condition need only hold where the indicator is 1.
            if free_names(condition) & names:
                lhs = lhs * condition + (1 - condition)
        forall = tuple(index for index in self.quantified if index in names)
        found = Hypothesis(lhs, relation, Integer(0), forall)
        if found not in self.domain:
            self.domain.append(found)
            self.domain_places.append(node)

    def require_value(self, value: Value, relation: str, node: Node) -> None:
        """The same for every entry of a vector or matrix."""
        if value.rank == 0:
            self.require(value.scalar(), relation, node)
            return
        indices = tuple(Index("ijkl"[number], axis[1], axis[0]) for number, axis in enumerate(value.axes))
        self.quantified.extend(indices)
        self.require(value.entry(indices), relation, node)
        del self.quantified[-len(indices) :]

    def axes_of(self, name: str, rank: int) -> tuple[Axis, ...]:
        """The component ranges of a name."""
        entry = self.notation.declared.get(name)
        axes: list[Axis] = []
        for place in range(rank):
            if entry is not None and place < len(entry.axes):
                axes.append(self.notation.settled(entry.axes[place]))
                continue
            axis = self.slots.get((name, place))
            learned = self.notation.learned.get(name)
            if axis is None and learned is not None and place < len(learned):
                axis = learned[place]
            axis = axis or self.facts.axis(name, place, self.notation.position, self.notation.section)
            plain = name.removesuffix("[]")
            unnamed = Dim(f"dim {plain}" if place == 0 else f"dim {plain} {place + 1}")
            axes.append(self.notation.settled(axis or (Integer(1), unnamed)))
        return tuple(axes)

    def rank_of(self, name: str) -> int | None:
        """How many component indices a name has; None where nothing says."""
        entry = self.notation.declared.get(name)
        if entry is not None and entry.kind in ("scalar", "dim", "index", "step"):
            return 0
        if entry is not None and entry.axes:
            return len(entry.axes)
        if name in self.parameters:
            return self.parameters[name]
        learned = self.notation.learned.get(name)
        if learned is not None:
            return len(learned)
        if entry is not None and entry.kind == "sequence":
            return 0
        return self.facts.rank(name, self.notation.section)

    # The entry point that all topics share; written in `elaborate`.
    def value(self, node: Node) -> Value:
        raise NotImplementedError

    def product(self, factors: Sequence[Node], operators: Sequence[str], node: Node) -> Value:
        raise NotImplementedError

    def term(self, node: Node) -> Expr:
        """The value of a sub-formula that must be a number."""
        value = self.value(node)
        if value.rank:
            raise ReadError(
                "a number is needed here, and this is a vector", node.start, node.end, "write an entry of it"
            )
        return value.scalar()

    def integer(self, node: Node) -> Expr:
        """The value of an index expression."""
        term = self.term(node)
        if not _integral(term):
            raise ReadError(
                "an index must be an integer", node.start, node.end, "declare what occurs in it as an index"
            )
        return term

    def digits(self, node: Number) -> Expr:
        raise NotImplementedError


def _integral(term: Expr) -> bool:
    return all(name.is_integer is True for name in free_names(term)) and (
        term.is_integer is True or bool(free_names(term))
    )


def certainly_positive(term: Expr) -> bool:
    """Positive whatever its names are, as far as a glance shows."""
    if term.is_Number:
        return bool(term.is_positive)
    if isinstance(term, (exp, Dim)):
        return True
    if term.is_Add or term.is_Mul:
        return all(certainly_positive(arg) for arg in term.args)
    if term.is_Pow:
        return certainly_positive(term.base) and term.exp.is_extended_real is not False
    if term.func.__name__ == "Sum":
        (_, lower, upper), *more = term.args[1:]
        return not more and certainly_positive(term.args[0]) and (upper - lower).is_nonnegative is True
    if term.func.__name__ == "Product":
        return certainly_positive(term.args[0])
    if isinstance(term, IndexedMax):
        return certainly_positive(term.body)
    if isinstance(term, Symbol):
        return term.is_positive is True or (
            isinstance(term, Index) and (term.lower - 1).is_nonnegative is True
        )
    return term.is_positive is True


def certainly_nonzero(term: Expr) -> bool:
    """Not zero whatever its names are, as far as a glance shows."""
    if term.is_Number:
        return bool(term != 0)
    if certainly_positive(term):
        return True
    if isinstance(term, Mul):
        return all(certainly_nonzero(arg) for arg in term.args)
    return bool(term.is_Pow and certainly_nonzero(term.base))
