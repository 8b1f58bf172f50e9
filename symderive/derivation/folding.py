"""From raw exponentials and sums back to the names that a textbook writes.

A name's definition is solved for one of its parts — ``exp(x_i) = s_i·Z``, ``exp(−t) = (1 − σ)/σ``,
``√Σx² = √N·r`` — and that part is eliminated everywhere, inside sums too. What that makes shorter stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from sympy import (
    Add,
    Basic,
    Dummy,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    exp,
    expand_mul,
)

from symderive.decide.algebra import Algebra, Timeout, Undefined, Unsupported
from symderive.decide.polynomial import Poly, TooLarge
from symderive.derivation.presenting import Fraction, cost, present
from symderive.derivation.rewriting import index_terms, put_for
from symderive.rules import Scope
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    MisusedDefinition,
    Operation,
    Partial,
    Vec,
    free_names,
    freshen,
    rebuild,
    substitute,
    unfold,
    walk,
)
from symderive.terms.substitution import alpha_normal

__all__ = ["Rewriting", "applications", "compact"]

#: More index terms than this in one line are not tried in a pattern.
_PLACES = 12
_ROUNDS = 6


@dataclass(frozen=True)
class Rewriting:
    """A whole line and the rule that leads to it; `about` is what its reason names."""

    rule: str
    after: Expr
    about: Expr | str | None = None


def applications(*terms: Expr) -> tuple[Expr, ...]:
    """The names with arguments, and the named operations, that occur in terms."""
    found = {
        node: None
        for term in terms
        for node in walk(term)
        if (isinstance(node, Apply) and not node.derivatives) or isinstance(node, Operation)
    }
    return tuple(found)


def compact(term: Expr, scope: Scope, *, keep: Sequence[Expr] = ()) -> list[Rewriting]:
    """The steps from a term without derivatives to its compact textbook form.

    Parameters
    ----------
    term
        The line.
    scope
        Definitions and hypotheses in force.
    keep
        Names as they were applied in the problem: what may be folded to.

    Returns
    -------
    list of Rewriting
        Each shorter than the line before it; empty where nothing is gained.
    """
    line, steps = term, list[Rewriting]()
    folds = _candidates(scope, (*keep, *applications(term)))
    for _ in range(_ROUNDS):
        step = _shorter(line, scope, folds) or _presented(line)
        if step is None:
            break
        steps.append(step)
        line = step.after
    return steps


def _shorter(line: Expr, scope: Scope, folds: Sequence[_Fold]) -> Rewriting | None:
    """The name, the equation or the known sum whose use makes the line shortest, if any does."""
    choices: list[tuple[str, Expr | None, Expr]] = [
        ("definition.fold", fold.into(line), fold.head) for fold in folds
    ]
    choices += [("sum.constraint", after, about) for after, about in _constrained(line, scope)]
    choices += [("sum.known", after, about) for after, about in _known_sums(line, scope)]
    better = [
        (cost(after), rank, Rewriting(rule, after, about))
        for rank, (rule, after, about) in enumerate(choices)
        if after is not None and after != line and cost(after) < cost(line)
    ]
    return min(better, key=lambda choice: choice[:2])[2] if better else None


def _presented(line: Expr) -> Rewriting | None:
    shown = present(line)
    if shown == line or cost(shown) >= cost(line):
        return None
    factored = isinstance(shown, Mul) and isinstance(line, Add)
    return Rewriting("algebra.factor" if factored else "algebra.simplify", shown)


# -- names ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Fold:
    """``head = body`` solved for one atom of the body: ``atom = image``, over the body's other atoms."""

    head: Expr
    variables: tuple[Symbol, ...]
    atom: Expr
    image: Expr
    fixed: tuple[tuple[Symbol, Expr], ...]

    def into(self, line: Expr) -> Expr | None:
        """The line with the atom eliminated, presented; None where the atom does not occur."""
        opaque = {alpha_normal(term): name for name, term in self.fixed}
        held = put_for(line, opaque) if opaque else line
        images = self._images(held)
        changed = _eliminated(held, images)
        if changed == held and held == line:
            return None
        shown = present(changed)
        return substitute(shown, {name: freshen(term) for name, term in self.fixed})

    def _images(self, line: Expr) -> dict[Basic, tuple[Expr, Expr]]:
        if not self.variables:
            return {alpha_normal(self.atom): (self.atom, self.image)}
        images: dict[Basic, tuple[Expr, Expr]] = {}
        for places in product(index_terms(line)[:_PLACES], repeat=len(self.variables)):
            mapping = dict(zip(self.variables, places, strict=True))
            atom = substitute(self.atom, mapping)
            images[alpha_normal(atom)] = (atom, substitute(self.image, mapping))
        return images


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
            while True:
                rest = exponent - direction * unit
                if len(Add.make_args(rest)) - (rest == 0) >= len(Add.make_args(exponent)) - (exponent == 0):
                    # Twice the unit is shorter by its coefficient, not by a term.
                    ratio = exponent / unit
                    if ratio.is_Integer and ratio != 0 and ratio * direction > 0:
                        factors.append(image ** int(ratio))
                        exponent = Integer(0)
                    break
                factors.append(image**direction)
                exponent = rest
    return Mul(*factors, exp(exponent)) if factors else term


def _candidates(scope: Scope, used: Sequence[Expr]) -> list[_Fold]:
    """Definitions at the arguments that names have in the problem, each solved for its parts."""
    lists: dict[tuple[Any, ...], None] = {}
    for node in used:
        if isinstance(node, Apply) and node.arguments:
            lists[tuple(node.arguments)] = None
    folds: list[_Fold] = []
    seen: set[Basic] = set()
    for definition in scope.definitions.values():
        own = [()] if not definition.parameters else list(lists)
        for arguments in own:
            head = _head(definition, arguments)
            if head is None or alpha_normal(head) in seen:
                continue
            seen.add(alpha_normal(head))
            try:
                body = unfold(head, (definition,), operations=False, derivatives=False)
            except (MisusedDefinition, TypeError):
                continue
            folds += _solved(head, definition.components, body)
    for node in used:
        if isinstance(node, Operation):
            slots = [n for n, kind in enumerate(node.row.signature) if kind == "index"]
            names = tuple(Dummy(f"i{n}", integer=True) for n in slots)
            parts = list(node.arguments)
            for slot, name in zip(slots, names, strict=True):
                parts[slot] = name
            head = Operation(node.args[0], *parts)
            if alpha_normal(head) not in seen:
                seen.add(alpha_normal(head))
                folds += _solved(head, names, freshen(head.unfold()))
    return folds


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


def _solved(head: Expr, components: tuple[Symbol, ...], body: Expr) -> list[_Fold]:
    """``head = body`` solved for each atom in which the body is linear-fractional."""
    parts = Fraction()
    try:
        num, den = parts.of(body)
    except (TooLarge, ZeroDivisionError):
        return []
    names = {n: Dummy(f"g{n}", real=True) for n in range(len(parts.atoms))}
    folds = []
    for g, atom in enumerate(parts.atoms):
        if not atom.args or isinstance(atom, (Indexed, KroneckerDelta, Apply, Operation)):
            continue
        variables = tuple(i for i in components if i in free_names(atom))
        if len(variables) != len(components):
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
        fixed = tuple(
            (names[n], other)
            for n, other in enumerate(parts.atoms)
            if n != g and names[n] in image.free_symbols and isinstance(other, BINDERS)
        )
        shown = {
            names[n]: other
            for n, other in enumerate(parts.atoms)
            if n != g and not isinstance(other, BINDERS)
        }
        folds.append(_Fold(head, components, atom, substitute(image, shown), fixed))
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


# -- constraints and sums that are known ---------------------------------------------------------------


def _constrained(line: Expr, scope: Scope) -> list[tuple[Expr, Expr]]:
    """The line with an equation of the hypotheses used on it, and the equation's left side."""
    found = []
    for h in scope.hypotheses:
        if h.relation != "=" or h.lhs.is_integer:
            continue
        parts = Fraction()
        try:
            num, den = parts.of(h.lhs - h.rhs)
        except (TooLarge, ZeroDivisionError):
            continue
        if not den.is_constant:
            continue
        order = sorted(range(len(parts.atoms)), key=lambda n: -cost(parts.atoms[n]))
        for g in order:
            pieces = num.split(frozenset((g,)))
            if set(pieces) - {(), ((g, 1),)} or not pieces.get(((g, 1),), Poly({})).is_constant:
                continue
            rest = parts.poly(pieces.get((), Poly({})))
            value = pieces[((g, 1),)].value()
            image = -rest / Rational(int(value.p), int(value.q))
            fold = _Fold(h.lhs, tuple(h.forall), parts.atoms[g], image, ())
            after = fold.into(line)
            if after is not None:
                found.append((after, h.lhs))
            break
    return found


def _known_sums(line: Expr, scope: Scope) -> list[tuple[Expr, Expr]]:
    """The line with a sum over a defined name that is a number or free of the name: Σ s_j = 1."""
    found = []
    for node in dict.fromkeys(node for node in walk(line) if isinstance(node, Sum)):
        if any(isinstance(inner, Partial) for inner in walk(node)) or not any(
            (isinstance(inner, Apply) and inner.head in scope.definitions) or isinstance(inner, Operation)
            for inner in walk(node.function)
        ):
            continue
        if _bound_around(line, node):
            continue
        for part, rest in _parts(node):
            value = _value(part, tuple(scope.definitions.values()))
            if value is not None and cost(value) < cost(part):
                after = present(put_for(line, {alpha_normal(node): value + rest}))
                found.append((after, part))
    return found


def _parts(node: Sum) -> Iterator[tuple[Sum, Expr]]:
    """A sum, and each of its terms' sums with the sum of the others."""
    yield node, Integer(0)
    terms = Add.make_args(expand_mul(node.function, deep=False))
    if 1 < len(terms) <= 4:
        for n, term in enumerate(terms):
            others = Add(*(other for m, other in enumerate(terms) if m != n))
            yield Sum(term, *node.limits), freshen(Sum(others, *node.limits))


def _bound_around(line: Expr, node: Sum) -> bool:
    """Does the sum hold an index that is bound further out? Its value could hold it too."""
    return any(isinstance(name, Dummy) for name in free_names(node))


@lru_cache(maxsize=2048)
def _value(node: Sum, definitions: tuple[Definition, ...]) -> Expr | None:
    """The number that a sum is once the names in it are unfolded; None where it is none."""
    algebra = Algebra()
    try:
        ratio = algebra.normalise(unfold(node, definitions))
    except (Unsupported, Undefined, TooLarge, Timeout, MisusedDefinition, ValueError):
        return None
    if not ratio.is_constant:
        return None
    value = ratio.value
    return Rational(int(value.p), int(value.q))
