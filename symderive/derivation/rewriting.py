"""A line under work: rewritten at one place after the other, each rewriting kept as a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Basic, Expr, Indexed, KroneckerDelta

from symderive.derivation.step import Step
from symderive.rules import Rule, Scope
from symderive.terms import BINDERS, Apply, Operation, Partial, is_whole, rebuild, walk
from symderive.terms.substitution import alpha_normal

__all__ = [
    "Rewriting",
    "Trace",
    "index_terms",
    "node_at",
    "put",
    "put_for",
    "redexes",
    "scope_at",
    "shared",
    "under_derivative",
]

Path = tuple[int, ...]


def node_at(term: Basic, path: Path) -> Any:
    """The node at a path of argument positions."""
    for position in path:
        term = term.args[position]
    return term


def put(term: Any, path: Path, new: Basic) -> Any:
    """`term` with another node at a path."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    positions = iter(range(len(term.args)))
    return rebuild(term, lambda arg: put(arg, rest, new) if next(positions) == first else arg)


def put_for(term: Any, images: Mapping[Basic, Expr]) -> Any:
    """`term` with every part that is a key up to bound names (see `alpha_normal`) replaced by its image."""
    found = images.get(alpha_normal(term))
    if found is not None:
        return found
    return rebuild(term, lambda arg: put_for(arg, images)) if term.args else term


def shared(term: Any, binders: dict[Basic, Any]) -> Any:
    """`term` with every sum and vector that was seen before, up to bound names, written as it was there.

    SymPy cancels only what is literally the same.
    """
    if not term.args:
        return term
    if isinstance(term, BINDERS):
        key = alpha_normal(term)
        found = binders.get(key)
        if found is None:
            found = rebuild(term, lambda arg: shared(arg, binders))
            binders[key] = found
        return found
    return rebuild(term, lambda arg: shared(arg, binders))


def index_terms(line: Basic) -> list[Expr]:
    """What stands in an index position, simplest first."""
    found: dict[Expr, None] = {}
    for node in walk(line):
        places: Iterable[Any] = ()
        if isinstance(node, Indexed):
            places = node.indices
        elif isinstance(node, KroneckerDelta):
            places = node.args
        elif isinstance(node, Apply):
            places = node.components
        elif isinstance(node, Operation):
            places = [argument for argument in node.arguments if argument.is_integer]
        for place in places:
            found[place] = None
    return sorted(found, key=lambda place: (sum(1 for _ in walk(place)), str(place)))


def scope_at(term: Basic, path: Path, scope: Scope) -> Scope:
    """What is known at a path: the ranges of the binders around it are added."""
    for position in path:
        if position == 0:
            scope = scope.under(term)
        term = term.args[position]
    return scope


def redexes(term: Basic, scope: Scope) -> Iterator[tuple[Path, Any, Scope]]:
    """Every node with its path and its scope, from the inside out, left to right."""
    inner = scope.under(term)
    for position, arg in enumerate(term.args):
        if not arg.args:
            continue
        for path, node, known in redexes(arg, inner if position == 0 else scope):
            yield (position, *path), node, known
    yield (), term, scope


def _narrowed(line: Expr, path: Path, contractum: Any, identity: bool) -> tuple[Path, Any]:
    """The innermost place at which the line changes, and what stands there afterwards.

    Under a derivative only where the rule is an `identity` for all values: ∂(b + f) = ∂f, but b + f is not f.
    """
    node = node_at(line, path)
    while node.args and node.func == contractum.func and len(node.args) == len(contractum.args):
        differing = [n for n, (a, b) in enumerate(zip(node.args, contractum.args, strict=True)) if a != b]
        if len(differing) != 1 or (isinstance(node, Partial) and not identity):
            break
        old, new = node.args[differing[0]], contractum.args[differing[0]]
        if not (isinstance(old, Expr) and isinstance(new, Expr) and old.args and not is_whole(old)):
            break
        if put(node, (differing[0],), new) != contractum:
            break
        path, node, contractum = (*path, differing[0]), old, new
    return path, contractum


def under_derivative(term: Basic, path: Path) -> bool:
    """Does a path lead through what is differentiated?"""
    for position in path:
        if isinstance(term, Partial):
            return True
        term = term.args[position]
    return False


@dataclass(frozen=True)
class Rewriting:
    """A whole line and the rule that leads to it; `about` is what its reason names."""

    rule: str
    after: Expr
    about: Expr | str | None = None


@dataclass
class Trace:
    """A line and the steps that led to it.

    Examples
    --------
    >>> from symderive.rules import Scope, rule
    >>> from symderive.terms import Partial, scalar
    >>> t = scalar("t")
    >>> trace = Trace(Partial(t**3, t), Scope())
    >>> trace.use(rule("derivative.power"))
    True
    >>> trace.steps[0].rule, trace.line
    ('derivative.power', 3*t**2*∂/∂t (t))
    """

    line: Expr
    scope: Scope
    steps: list[Step] = field(default_factory=list)
    #: see `shared`
    binders: dict[Basic, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.line = shared(self.line, self.binders)

    def rewrite(
        self,
        path: Path,
        name: str,
        contractum: Expr,
        about: Expr | str | None = None,
        finer: Sequence[Step] = (),
    ) -> bool:
        """Put `contractum` at a path, by the rule `name`; False where the line stays what it is."""
        contractum = shared(contractum, self.binders)
        path, contractum = _narrowed(self.line, path, contractum, name.startswith("definition."))
        redex = node_at(self.line, path)
        after = put(self.line, path, contractum)
        if after == self.line:
            return False
        known = scope_at(self.line, path, self.scope)
        ranges = tuple((index, *limits) for index, limits in known.ranges.items())
        lifted = tuple(_lift(step, self.line, path, ranges) for step in finer)
        self.steps.append(
            Step(
                self.line,
                after,
                name,
                path,
                about=about,
                redex=redex,
                contractum=contractum,
                ranges=ranges,
                differentiated=under_derivative(self.line, path),
                steps=lifted,
            )
        )
        self.line = after
        return True

    def include(self, path: Path, steps: Sequence[Step]) -> None:
        """Take over steps that were made at the node at a path."""
        around = self.line
        known = scope_at(around, path, self.scope)
        ranges = tuple((index, *limits) for index, limits in known.ranges.items())
        for step in steps:
            lifted = _lift(step, around, path, ranges)
            if lifted.after != lifted.before:
                self.steps.append(lifted)
        if steps:
            self.line = put(around, path, steps[-1].after)

    def use(self, row: Rule) -> bool:
        """Rewrite the first place, from the inside out, where a rule says something."""
        assert row.rewrite is not None
        for path, node, known in redexes(self.line, self.scope):
            if isinstance(node, Expr):
                contractum = row.rewrite(node, known)
                if contractum is not None and self.rewrite(path, row.id, contractum, _about(node, row)):
                    return True
        return False

    def use_all(self, rows: Sequence[Rule], limit: int = 2000) -> None:
        """Rewrite by the rules until none says anything more."""
        for _ in range(limit):
            if not any(self.use(row) for row in rows):
                return


def _about(node: Expr, row: Rule) -> Expr | None:
    return node if "{}" in row.en else None


def _lift(step: Step, around: Expr, path: Path, ranges: tuple[Any, ...]) -> Step:
    """A step at the node at a path of `around`, as a step of the whole line."""
    before = put(around, path, step.before)
    where = (*path, *step.where)
    try:
        stands = node_at(before, where) == step.redex
    except IndexError:
        stands = False
    return replace(
        step,
        before=before,
        after=put(around, path, step.after),
        # A product in a product, a sum in a sum lose their brackets: then the place has no path of its own.
        where=where if stands else (),
        redex=step.before if step.redex is None else step.redex,
        contractum=step.after if step.redex is None else step.contractum,
        ranges=(*ranges, *step.ranges),
        differentiated=step.differentiated or under_derivative(around, path),
        steps=tuple(_lift(inner, around, path, ranges) for inner in step.steps),
    )
