"""Names put back: a definition is solved for one of its parts, and that part is eliminated from a line.

``s_i = e^{x_i}/Z`` says ``e^{x_i} = s_i Z``; ``σ = 1/(1 + e^{−t})`` says ``e^{−t} = (1 − σ)/σ``;
``r = √(Σx²/K)`` says ``√Σx² = √K r``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sympy import Add, Basic, Dummy, Expr, Indexed, Integer, KroneckerDelta, Mul, Pow, Rational, Symbol, exp

from symderive.decide.polynomial import Poly, TooLarge
from symderive.derivation.presenting import Fraction, present
from symderive.derivation.rewriting import index_terms, put_for
from symderive.rules import Scope
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    MisusedDefinition,
    Operation,
    Vec,
    free_names,
    freshen,
    rebuild,
    substitute,
    unfold,
    walk,
)
from symderive.terms.substitution import alpha_normal

__all__ = ["Fold", "Patterns", "applications", "folds_of"]

#: More places than this are not tried for one pattern, nor more index terms than that for one variable.
_PLACES = 48
_TERMS = 12
#: More solved definitions than this are not looked at.
_FOLDS = 40


def applications(*terms: Expr) -> tuple[Expr, ...]:
    """The names with arguments, and the named operations, that occur in terms."""
    found = {
        node: None
        for term in terms
        for node in walk(term)
        if (isinstance(node, Apply) and not node.derivatives) or isinstance(node, Operation)
    }
    return tuple(found)


@dataclass(frozen=True)
class Fold:
    """``head = body`` solved for one atom of the body: ``atom = image``, for all values of its variables.

    `fixed` are sums of the body that what is solved for is no part of: in `image`, and in the line while it
    is rewritten, an applied name stands for each, at the variables that the sum moves with.
    """

    head: Expr
    variables: tuple[Symbol, ...]
    atom: Expr
    image: Expr
    fixed: tuple[tuple[Apply, Expr], ...]

    def into(self, line: Expr) -> Expr | None:
        """The line with the atom eliminated, presented; None where the atom does not occur."""
        kinds = {type(node) for node in _shown(line)}
        if type(self.atom) not in kinds:
            return None
        places = list(islice(self._places(line), _PLACES))
        opaque = {
            alpha_normal(substitute(term, place)): substitute(name, place)
            for place in places
            for name, term in self.fixed
        }
        held = put_for(line, opaque) if opaque else line
        images: dict[Basic, tuple[Expr, Expr]] = {}
        for place in places:
            atom = substitute(self.atom, place)
            images[alpha_normal(atom)] = (atom, substitute(self.image, place))
        changed = _eliminated(held, images)
        if changed == held and held == line:
            return None
        shown: Expr = self._restored(present(changed))
        return shown

    def _restored(self, term: Any) -> Any:
        """The sums that names stood for."""
        if not self.fixed or not term.args or isinstance(term, (Indexed, KroneckerDelta)):
            return term
        if isinstance(term, Apply):
            for name, total in self.fixed:
                if term.head == name.head:
                    place = dict(zip(name.components, term.components, strict=True))
                    return freshen(substitute(total, place))
        return rebuild(term, self._restored)

    def _places(self, line: Expr) -> Iterator[dict[Symbol, Expr]]:
        """What the variables may be: indices that stand in the line where they stand in the atom."""
        if not self.variables:
            yield {}
            return
        left = set(self.variables)
        columns: list[tuple[tuple[Symbol, ...], list[tuple[Expr, ...]]]] = []
        nodes = list(_shown(line))
        for key, positions in sorted(_anchors(self.atom, left), key=lambda a: -len(a[1])):
            wanted = {n: v for n, v in positions.items() if v in left}
            if not wanted:
                continue
            rows = dict.fromkeys(
                tuple(found[n] for n in wanted)
                for node in nodes
                if (found := _indices(node)) and _base(node) == key and len(found) > max(wanted)
            )
            columns.append((tuple(wanted.values()), list(rows)))
            left -= set(wanted.values())
        terms = index_terms(line)[:_TERMS] if left else []
        columns += [((variable,), [(term,) for term in terms]) for variable in left]
        for choice in product(*(column for _, column in columns)):
            place: dict[Symbol, Expr] = {}
            for (names, _), row in zip(columns, choice, strict=True):
                place.update(zip(names, row, strict=True))
            yield place


def _shown(term: Basic) -> Iterator[Basic]:
    """The nodes of a term that are written out: not what vectors as arguments are made of."""
    yield term
    for arg in term.args:
        if not isinstance(arg, Vec):
            yield from _shown(arg)


def _base(node: Basic) -> Any:
    return node.base if isinstance(node, Indexed) else node.args[0]


def _indices(node: Basic) -> tuple[Expr, ...]:
    if isinstance(node, Indexed):
        return tuple(node.indices)
    if isinstance(node, Apply):
        return tuple(node.components)
    if isinstance(node, Operation):
        return tuple(argument for argument in node.arguments if argument.is_integer)
    return ()


def _anchors(atom: Expr, variables: set[Symbol]) -> Iterable[tuple[Any, dict[int, Symbol]]]:
    """Entries of the atom whose indices are variables: what is indexed, and position → variable."""
    for node in _shown(atom):
        found = {n: place for n, place in enumerate(_indices(node)) if place in variables}
        if found:
            yield _base(node), found


# -- elimination ---------------------------------------------------------------------------------------


def _eliminated(term: Any, images: Mapping[Basic, tuple[Expr, Expr]]) -> Any:
    """Every atom by its image; an exponential of a sum is a product of exponentials, a root a power."""
    if not term.args or isinstance(term, (Indexed, KroneckerDelta, Vec)):
        return term
    found = images.get(alpha_normal(term))
    if found is not None:
        return found[1]
    if isinstance(term, exp):
        return _split_exponential(term, images)
    if isinstance(term, Pow) and term.exp.is_Rational and term.exp.q != 1:
        root = images.get(alpha_normal(Pow(term.base, Rational(1, term.exp.q))))
        if root is not None:
            return root[1] ** int(term.exp.p)
    return rebuild(term, lambda arg: _eliminated(arg, images))


def _split_exponential(term: Expr, images: Mapping[Basic, tuple[Expr, Expr]]) -> Expr:
    exponent, factors = term.args[0], list[Expr]()
    for atom, image in images.values():
        if not isinstance(atom, exp):
            continue
        unit = atom.args[0]
        for direction in (1, -1):
            while exponent != 0:
                rest = exponent - direction * unit
                if len(Add.make_args(rest)) - (rest == 0) >= len(Add.make_args(exponent)):
                    # Twice the unit is shorter by its coefficient, not by a term.
                    ratio = exponent / unit
                    if ratio.is_Integer and ratio * direction > 0:
                        factors.append(image ** int(ratio))
                        exponent = Integer(0)
                    break
                factors.append(image**direction)
                exponent = rest
    return Mul(*factors, exp(_eliminated(exponent, images)))


# -- definitions, solved -------------------------------------------------------------------------------


def folds_of(scope: Scope, used: Sequence[Expr]) -> list[Fold]:
    """Definitions at the arguments that names have in the problem, each solved for its parts."""
    lists: dict[tuple[Any, ...], None] = {}
    for node in used:
        if isinstance(node, Apply) and node.arguments:
            lists[tuple(node.arguments)] = None
    general = Patterns()
    heads: dict[Basic, tuple[Expr, tuple[Symbol, ...], Definition | None]] = {}
    for known in scope.definitions.values():
        for arguments in lists if known.parameters else [()]:
            head = _head(known, arguments)
            if head is not None:
                pattern, variables, _ = general.of(head)
                heads.setdefault(alpha_normal(pattern), (pattern, variables, known))
    for node in used:
        if isinstance(node, Operation):
            pattern, variables, _ = general.of(node)
            heads.setdefault(alpha_normal(pattern), (pattern, variables, None))
    folds: list[Fold] = []
    for pattern, variables, definition in heads.values():
        if len(folds) >= _FOLDS:
            break
        try:
            if definition is None:
                assert isinstance(pattern, Operation)
                body = freshen(pattern.unfold())
            else:
                body = unfold(pattern, (definition,), operations=False, derivatives=False)
        except (MisusedDefinition, TypeError):
            continue
        folds += _solved(pattern, variables, body)
    return folds


class Patterns:
    """Names at all indices: each index that is free in an application becomes a variable."""

    def __init__(self) -> None:
        self._pool: list[Symbol] = []

    def of(self, node: Expr) -> tuple[Expr, tuple[Symbol, ...], tuple[Expr, ...]]:
        """The application with variables in it, these, and what stands in the node in their places.

        Applications that differ in indices only have the same one.
        """
        if isinstance(node, Apply):
            places, rest = list(node.components), list(node.arguments)
        else:
            assert isinstance(node, Operation)
            kinds = (None, *node.row.signature)
            places = [arg for arg, kind in zip(node.args, kinds, strict=True) if kind == "index"]
            rest = [arg for arg, kind in zip(node.args, kinds, strict=True) if kind != "index"]
        free = {n for arg in rest for n in free_names(arg) if n.is_integer and not n.is_positive}
        inner = sorted(free, key=str)
        held = (*places, *inner)
        letters = [*(getattr(place, "name", "i") for place in places), *(n.name for n in inner)]
        while len(self._pool) < len(letters):
            self._pool.append(Dummy(letters[len(self._pool)], integer=True))
        variables = self._pool[: len(letters)]
        renamed = dict(zip(inner, variables[len(places) :], strict=True))
        if isinstance(node, Apply):
            arguments = tuple(substitute(argument, renamed) for argument in node.arguments)
            return Apply(node.args[0], arguments, tuple(variables[: len(places)])), tuple(variables), held
        own = iter(variables)
        parts = [
            next(own) if kind == "index" else substitute(arg, renamed)
            for arg, kind in zip(node.args, kinds, strict=True)
        ]
        return node.func(*parts), tuple(variables), held


def _head(definition: Definition, arguments: tuple[Any, ...]) -> Apply | None:
    """The definition's name at a list of arguments, where they fit its parameters."""
    if len(arguments) != len(definition.parameters):
        return None
    for parameter, argument in zip(definition.parameters, arguments, strict=True):
        ranges = getattr(parameter, "ranges", None)
        if (ranges is not None) != isinstance(argument, Vec):
            return None
        if isinstance(argument, Vec) and ranges:
            if [tuple(limit[1:]) for limit in argument.limits] != [tuple(r) for r in ranges]:
                return None
    return Apply(definition.head, arguments, definition.components)


def _is_raw(atom: Expr) -> bool:
    """Exponentials, sums and roots: what a textbook does not leave where a name covers it."""
    root = isinstance(atom, Pow) and atom.exp.is_Rational
    return isinstance(atom, (exp, *BINDERS)) or bool(root)


def _solved(head: Expr, variables: tuple[Symbol, ...], body: Expr) -> list[Fold]:
    """``head = body`` solved for each atom in which the body is linear-fractional."""
    parts = Fraction()
    try:
        num, den = parts.of(body)
    except (TooLarge, ZeroDivisionError):
        return []
    names = {n: Dummy(f"g{n}", real=True) for n in range(len(parts.atoms))}
    folds = []
    for g, atom in enumerate(parts.atoms):
        if not atom.args or isinstance(atom, (Indexed, KroneckerDelta)):
            continue
        if isinstance(atom, (Apply, Operation)) and atom != body:
            continue  # it has a name already
        if not set(variables) <= set(free_names(atom)):
            continue
        degrees = [max((dict(m).get(g, 0) for m, _ in p), default=0) for p in (num, den)]
        if max(degrees) != 1:
            continue
        (b, a), (d, c) = (_linear(parts, names, p, g) for p in (num, den))
        # head·(c·atom + d) = a·atom + b
        below = a - c * head
        if below == 0:
            continue
        image = (d * head - b) / below
        others = {name for n, name in names.items() if n != g}
        if not _is_raw(atom) and image.free_symbols & others:
            continue  # F/log p for a power is no shorter to a reader
        fixed: list[tuple[Apply, Expr]] = []
        shown: dict[Symbol, Expr] = {}
        for n, other in enumerate(parts.atoms):
            if n == g or names[n] not in image.free_symbols:
                continue
            shown[names[n]] = other
            if isinstance(other, BINDERS):
                moving = tuple(v for v in variables if v in free_names(other))
                standing = Apply(f"sum {n}", (), moving)
                fixed.append((standing, other))
                shown[names[n]] = standing
        folds.append(Fold(head, variables, atom, substitute(image, shown), tuple(fixed)))
    return folds


def _linear(parts: Fraction, names: Mapping[int, Symbol], poly: Poly, g: int) -> tuple[Expr, Expr]:
    """Constant and linear coefficient of a polynomial in one generator."""
    pieces = poly.split(frozenset((g,)))
    renamed = Fraction()
    renamed.atoms = list(names.values())
    return (
        renamed.poly(pieces.get((), Poly({}))),
        renamed.poly(pieces.get(((g, 1),), Poly({}))),
    )
