"""How a gradient moves along a direction, by the tangents of the vectors that it is written in.

The derivative of ∂L/∂x_k along d is the product of the Hessian with d. A gradient is written in a few
vectors: softmax(x), a name z. Each of them is differentiated along d once, which gives its tangent, and then
the gradient by each of them as by a variable: forward mode over what reverse mode left (Pearlmutter, "Fast
exact multiplication by the Hessian", 1994).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sympy import Expr, Indexed, Integer, Symbol

from symderive.decide.domain import is_positive
from symderive.derivation import Derivation
from symderive.derivation.derive import derive
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    Hypothesis,
    Index,
    Operation,
    Partial,
    Tensor,
    Vec,
    free_names,
    freshen,
    indexed_sum,
    limits_of,
    rebuild,
    substitute,
    unfold,
    walk,
)
from symderive.terms.remembering import forget_other_ranges
from symderive.terms.substitution import alpha_normal

__all__ = ["Moved", "Variable", "along", "moved"]

Variable: TypeAlias = Symbol | Tensor
_Ranges: TypeAlias = "Mapping[Any, tuple[Expr, Expr]]"


@dataclass(frozen=True)
class Moved:
    """The derivative of a line along directions, in names, and the derivations that led to it."""

    term: Expr
    names: tuple[Definition, ...]
    derivations: tuple[Derivation, ...]


def moved(
    line: Expr,
    names: tuple[Definition, ...],
    directions: Mapping[Variable, Variable],
    hypotheses: tuple[Hypothesis, ...] = (),
) -> Moved | None:
    """The derivative of a line along a direction, ``Σ_v Σ_j d_j ∂line/∂v_j``.

    Parameters
    ----------
    line
        A term in `names`, without derivatives.
    names
        Names of vectors, innermost first.
    directions
        Each variable, a scalar or a family, and its direction, of the same axes.
    hypotheses
        What holds around the point, not at the point alone.

    Returns
    -------
    Moved or None
        None where a part has no derivation.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, operation, vec
    >>> K = Dim("K"); x, d = Vector("x", K), Vector("d", K); k, j = Index("k", K), Index("j", K)
    >>> found = moved(operation("softmax", vec(x[j], j), k) ** 2, (), {x: d})
    >>> found.names[0].body
    (d[i] - Sum(d[_m]*softmax(x, m), (_m, 1, K)))*softmax(x, i)
    """
    parts = _Parts(names, directions)
    opened = parts.opened(line, {})
    held = (*hypotheses, *parts.facts())
    derivations: list[Derivation] = []
    known: dict[Any, Any] = {}
    given = {definition.head: definition for definition in names}
    written: list[Definition] = []
    for part in parts.found.values():
        tangent = _derived(along(part.body, parts.directions(before=part)), held, derivations)
        if tangent is None:
            return None
        limits = [(index, index.lower, index.upper) for index in part.indices]
        whole: Expr = substitute(part.body, known)
        if part.head is not None:
            written.append(given[part.head])
            whole = Apply(part.head, (), part.indices)
        # A name for it: it is computed once, and its stable form is found apart from where it is used.
        change = Definition(part.moving, part.indices, (), substitute(tangent, known))
        written.append(change)
        known[part.family] = Vec(whole, *limits)
        known[part.tangent] = Vec(Apply(change.head, (), part.indices), *limits)
    result = _derived(along(opened, parts.directions()), held, derivations)
    return None if result is None else Moved(substitute(result, known), tuple(written), tuple(derivations))


def along(term: Expr, directions: Mapping[Variable, Variable]) -> Expr:
    """``Σ_v Σ_j d_j ∂term/∂v_j``, still to be carried out; a variable that does not occur is left out."""
    own = set(walk(term))
    taken = {node.name for node in own if isinstance(node, Symbol)}
    letters = [letter for letter in "mnpqruvwabcdefghijkst" if letter not in taken]
    total: Expr = Integer(0)
    for variable, direction in directions.items():
        if variable not in own:
            continue
        if not isinstance(variable, Tensor) or not isinstance(direction, Tensor):
            total += direction * Partial(term, variable)
            continue
        axes = tuple(
            Index(name, high, low) for name, (low, high) in zip(letters, variable.ranges, strict=False)
        )
        part = direction[axes] * Partial(term, variable[axes])
        for axis in reversed(axes):
            part = indexed_sum(part, axis)
        total += part
    return total


def _derived(start: Expr, hypotheses: tuple[Hypothesis, ...], derivations: list[Derivation]) -> Expr | None:
    """What a derivative along directions is; its derivation is added to the others."""
    if start == 0:
        return start
    derivation = derive(start, hypotheses=hypotheses)
    found = unfold(derivation.result, derivation.abbreviations, operations=False)
    if derivation.missing is not None or any(isinstance(node, Partial) for node in walk(found)):
        return None
    derivations.append(derivation)
    return found


@dataclass(frozen=True)
class _Part:
    """A vector in a line: a family that stands for it, its tangent's, and its entry at indices of its own."""

    family: Tensor
    tangent: Tensor
    indices: tuple[Index, ...]
    body: Expr
    head: str | None
    moving: str


class _Parts:
    """The vectors that a line is written in and that move with the variables, innermost first."""

    def __init__(self, names: Sequence[Definition], directions: Mapping[Variable, Variable]) -> None:
        self.found: dict[Any, _Part] = {}
        self._names = {definition.head: definition for definition in names}
        self._directions = directions
        self._moving: set[Any] = set(directions)

    def directions(self, before: _Part | None = None) -> dict[Variable, Variable]:
        """The variables and the parts, or those before one of them, with what they move along."""
        found = dict(self._directions)
        for part in self.found.values():
            if part is before:
                break
            found[part.family] = part.tangent
        return found

    def facts(self) -> Iterator[Hypothesis]:
        """What is positive whatever it is applied to: a softmax."""
        for part in self.found.values():
            if isinstance(part.body, Operation) and is_positive(freshen(part.body.unfold())):
                yield Hypothesis(part.family[part.indices], ">", Integer(0), part.indices)

    def opened(self, node: Any, around: _Ranges) -> Any:
        """A term with an entry of a family for each entry of a part."""
        if not node.args or isinstance(node, Indexed):
            return node
        if isinstance(node, Apply) and node.head in self._names and not node.derivatives:
            definition = self._names[node.head]
            part = self._named(definition)
            if part is not None:
                return part.family[node.components]
            return self.opened(unfold(node, [definition], operations=False), around)
        inner = around
        if isinstance(node, BINDERS):
            inner = {**around, **{index: (low, high) for index, low, high in limits_of(node)}}
        node = rebuild(node, lambda arg: self.opened(arg, inner))
        return self._operation(node, around) if isinstance(node, Operation) else node

    def _named(self, definition: Definition) -> _Part | None:
        indices = tuple(index for index in definition.components if isinstance(index, Index))
        if definition.parameters or len(indices) != len(definition.components) or not indices:
            return None
        if definition.head in self.found:
            return self.found[definition.head]
        body = self.opened(definition.body, {})
        return self._part(definition.head, indices, body, definition.head, definition.head)

    def _operation(self, node: Operation, around: _Ranges) -> Expr:
        """An entry of a vector-valued operation, at any row where it is applied to rows."""
        if node.row.signature != ("vector", "index"):
            return node
        vector, place = node.arguments
        if not isinstance(vector, Vec) or len(vector.limits) != 1:
            return node
        rows = sorted((n for n in free_names(vector) if isinstance(n, Index) or n in around), key=str)
        ranges = [*(around.get(row) or (row.lower, row.upper) for row in rows), vector.limits[0][1:]]
        if any(free_names(end) & {*rows, *around} for ends in ranges for end in ends):
            return node  # rows of different lengths
        taken = {name.name for name in free_names(vector) if name not in rows}
        letters = [letter for letter in "ijlmnpqr" if letter not in taken]
        if len(letters) < len(ranges):
            return node
        indices = tuple(Index(name, ends[1], ends[0]) for name, ends in zip(letters, ranges, strict=False))
        row = substitute(vector, dict(zip(rows, indices, strict=False)))
        pattern = node.func(node.args[0], row, indices[-1])
        part = self._part((alpha_normal(pattern), *map(tuple, ranges)), indices, pattern, node.name)
        return node if part is None else part.family[(*rows, place)]

    def _part(
        self, key: Any, indices: tuple[Index, ...], body: Expr, name: str, head: str | None = None
    ) -> _Part | None:
        """The part of this key; None for what does not move."""
        if key in self.found:
            return self.found[key]
        if not self._moving & set(walk(body)):
            return None
        ranges = [(index.lower, index.upper) for index in indices]
        number = len(self.found)
        family, tangent = (Tensor(f"{one}\u0332{number}", *ranges) for one in (name, f"{name}\u0307"))
        forget_other_ranges(family, tangent)
        # As on paper: z with a dot, s for a softmax.
        letter = head or name[0]
        heads = [letter, *(f"{letter}_{n}" for n in range(2, number + 2))]
        used = {found.moving for found in self.found.values()}
        moving = next(h for one in heads if (h := f"dot({one})") not in used)
        part = _Part(family, tangent, indices, body, head, moving)
        self.found[key] = part
        self._moving.add(family)
        return part
