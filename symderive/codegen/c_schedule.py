"""Which statements of a kernel share a loop, and which of their values need an array.

A kernel assigns each name once, so that statements may trade places where no one needs another's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sympy import Eq, Expr, Indexed, Integer, KroneckerDelta, Symbol

from symderive.codegen.kernel import Kernel, Kind, Reduction, Statement
from symderive.codegen.primitives import Select
from symderive.terms import Index, free_names, rebuild, substitute, walk

__all__ = [
    "Assign",
    "Loop",
    "Node",
    "Others",
    "Place",
    "Schedule",
    "Spread",
    "at_place",
    "elsewhere",
    "is_along_rows",
    "loops_of",
    "places_in",
    "scheduled",
]


@dataclass(frozen=True)
class Assign:
    """One value: all loops around it are open."""

    statement: Statement


@dataclass(frozen=True)
class Place:
    """The place of a maximum: a loop of its own."""

    statement: Statement
    depth: int


@dataclass(frozen=True)
class Spread:
    """A sum for every value of the last index, row by row: arrays are read in the order of memory."""

    statement: Statement
    depth: int


@dataclass(frozen=True)
class Others:
    """The product of the other factors, for every factor: forth, and back."""

    statement: Statement
    depth: int


@dataclass(frozen=True)
class Loop:
    """Statements that run through the same range together.

    Parameters
    ----------
    members
        The statements; the loop is the `depth`-th of each.
    depth
        How many loops are open around it.
    body
        What is done in one iteration; empty for an innermost loop, whose members are each one value.
    patched
        Members of an innermost loop with an entry that is another formula: it is set after the loop.
    """

    members: tuple[Statement, ...]
    depth: int
    body: tuple[Node, ...] = ()
    patched: tuple[Statement, ...] = ()

    @property
    def innermost(self) -> bool:
        """Is there no loop inside?"""
        return not self.body


Node: TypeAlias = "Assign | Place | Spread | Others | Loop"


@dataclass
class Schedule:
    """The order of a kernel's work.

    Parameters
    ----------
    nodes
        What is done for one batch element.
    folded
        Target's name → how many of its leading axes need no storage, as it is used in the loops that make it.
    """

    nodes: tuple[Node, ...] = ()
    folded: dict[str, int] = field(default_factory=dict)


def loops_of(statement: Statement) -> tuple[Index, ...]:
    """The loops of a statement, the one that is folded away last."""
    return statement.indices if statement.index is None else (*statement.indices, statement.index)


def is_along_rows(kernel: Kernel) -> bool:
    """Is a batch element one number of each argument, and the loop over the batch the innermost one?"""
    flat = all(not argument.axes for argument in kernel.arguments if argument.kind is Kind.REAL)
    return flat and not any(loops_of(statement) for statement in kernel.statements)


def places_in(statement: Statement) -> tuple[Expr, ...]:
    """The single places of the last loop that conditions inside an elementwise statement name."""
    if statement.reduction is not None or not statement.indices:
        return ()
    loop = statement.indices[-1]
    found: dict[Expr, None] = {}
    for node in walk(statement.expression):
        pair: tuple[Any, ...] = ()
        if isinstance(node, Select) and isinstance(node.condition, Eq):
            pair = node.condition.args
        elif isinstance(node, KroneckerDelta):
            pair = node.args
        if loop in pair:
            (place,) = (arg for arg in pair if arg != loop)
            if loop in free_names(place):
                return ()
            found[place] = None
    return tuple(found)


def scheduled(kernel: Kernel) -> Schedule:
    """Loops for a kernel.

    Examples
    --------
    >>> from symderive.codegen.arguments import arguments_of
    >>> from symderive.codegen.lowering import lowered
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x = Vector("x", K); i, k = Index("i", K), Index("k", K)
    >>> share = x[k] ** 2 / indexed_sum(x[i] ** 2, i)
    >>> kernel = lowered("share", {"value": (share, [k])}, arguments_of([share]))
    >>> [type(node).__name__ for node in scheduled(kernel).nodes]
    ['Loop', 'Loop']
    """
    return _Scheduler(kernel).schedule


class _Scheduler:
    def __init__(self, kernel: Kernel) -> None:
        self._outputs = {target.name for _, target in kernel.outputs}
        self._names = {statement.name for statement in kernel.statements}
        self._uses: dict[str, dict[str, list[Any]]] = {s.name: self._used(s) for s in kernel.statements}
        self.schedule = Schedule(folded={s.name: 0 for s in kernel.statements})
        self.schedule.nodes = self._order(list(kernel.statements), 0)

    def _used(self, statement: Statement) -> dict[str, list[Any]]:
        """Name of an earlier target → its references in a statement."""
        found: dict[str, list[Any]] = {}
        terms = [statement.expression, *([] if statement.excluding is None else [statement.excluding])]
        for node in (node for term in terms for node in walk(term)):
            if isinstance(node, Indexed) and node.base.name in self._names:
                found.setdefault(node.base.name, []).append(node)
            elif isinstance(node, Symbol) and node.name in self._names and not isinstance(node, Index):
                found.setdefault(node.name, [])
        return found

    def _order(self, statements: Sequence[Statement], depth: int) -> tuple[Node, ...]:
        waiting, nodes = list(statements), list[Node]()
        while waiting:
            open_names = {s.name for s in waiting}
            ready = [s for s in waiting if not open_names & set(self._uses[s.name])]
            flat = [s for s in ready if len(loops_of(s)) <= depth]
            if flat:
                nodes += [Assign(s) for s in flat]
                waiting = [s for s in waiting if s not in flat]
                continue
            first = ready[0]
            taken: tuple[Statement, ...] = (first,)
            if self._alone(first, depth):
                nodes.append(_node_of(first, depth))
            else:
                taken = self._group(first, waiting, depth)
                nodes.append(self._loop(taken, depth))
            waiting = [s for s in waiting if s not in taken]
        return tuple(nodes)

    def _alone(self, statement: Statement, depth: int) -> bool:
        left = loops_of(statement)[depth:]
        if statement.reduction is Reduction.ARGMAX:
            return len(left) == 1
        if statement.leaves_out_its_own:
            return len(left) == 2
        if statement.reduction is not Reduction.SUM or len(left) != 2 or statement.excluding is not None:
            return False
        kept, summed = left
        if kept in summed.lower.free_symbols | summed.upper.free_symbols:
            return False
        entries = [node for node in walk(statement.expression) if isinstance(node, Indexed)]
        along = any(entry.indices[-1] == kept for entry in entries)
        across = any(summed in entry.indices[:-1] for entry in entries)
        return (
            along
            and across
            and not any(entry.indices[-1] == summed for entry in entries if len(entry.indices) > 1)
        )

    def _range(self, statement: Statement, depth: int) -> tuple[Any, ...]:
        """The range of a loop, whatever the loops around it are called."""
        loops = loops_of(statement)
        names = {loop: Symbol(f"·{n}", integer=True) for n, loop in enumerate(loops[:depth])}
        inner = len(loops) > depth + 1
        return substitute(loops[depth].lower, names), substitute(loops[depth].upper, names), inner

    def _group(self, first: Statement, waiting: Sequence[Statement], depth: int) -> tuple[Statement, ...]:
        group = [first]
        outside = {s.name for s in waiting} - {first.name}
        for statement in waiting:
            if statement is first or len(loops_of(statement)) <= depth or self._alone(statement, depth):
                continue
            if self._range(statement, depth) != self._range(first, depth):
                continue
            uses = self._uses[statement.name]
            if outside & set(uses):
                continue
            if all(self._same_iteration(s, statement, depth) for s in group if s.name in uses):
                group.append(statement)
                outside.discard(statement.name)
        return tuple(group)

    def _same_iteration(self, maker: Statement, user: Statement, depth: int) -> bool:
        """Does a statement need nothing of another but what the same iteration makes?"""
        if len(maker.indices) <= depth:
            return False
        loop = loops_of(user)[depth]
        references = self._uses[user.name][maker.name]
        return all(reference.indices[depth] == loop for reference in references)

    def _loop(self, group: tuple[Statement, ...], depth: int) -> Loop:
        inner = len(loops_of(group[0])) > depth + 1
        names = {s.name for s in group}
        patched = [] if inner else [s for s in group if self._may_patch(s, group)]
        kept = {name for s in patched for name in self._uses[s.name]}
        for statement in group:
            name = statement.name
            if name in self._outputs or name in kept or len(statement.indices) <= depth:
                continue
            users = [user for user, uses in self._uses.items() if name in uses]
            if self.schedule.folded[name] == depth and set(users) <= names:
                self.schedule.folded[name] = depth + 1
        body = self._order(group, depth + 1) if inner else ()
        return Loop(group, depth, body, tuple(patched))

    def _may_patch(self, statement: Statement, group: Iterable[Statement]) -> bool:
        used = any(statement.name in self._uses[s.name] for s in group)
        return not used and bool(places_in(statement))


def _node_of(statement: Statement, depth: int) -> Node:
    """What a statement that shares its loops with no other becomes."""
    if statement.reduction is Reduction.ARGMAX:
        return Place(statement, depth)
    return Others(statement, depth) if statement.leaves_out_its_own else Spread(statement, depth)


def at_place(statement: Statement) -> Expr:
    """The largest entry, as other statements write it."""
    assert statement.index is not None
    return substitute(statement.expression, {statement.index: statement.reference})


def elsewhere(statement: Statement) -> Expr:
    """The expression where the last loop is at none of the single places."""
    loop = statement.indices[-1]

    def change(node: Any) -> Any:
        if not node.args:
            return node
        if isinstance(node, Select) and isinstance(node.condition, Eq) and loop in node.condition.args:
            return change(node.elsewhere)
        if isinstance(node, KroneckerDelta) and loop in node.args:
            return Integer(0)
        return rebuild(node, change)

    found: Expr = change(statement.expression)
    return found
