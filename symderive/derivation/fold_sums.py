"""Sums on the way to the compact form: deltas collapsed, equations between sums used, known sums valued."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Add, Basic, Expr, Indexed, KroneckerDelta, Mul, Rational, Sum, Symbol, expand_mul

from symderive.decide.algebra import Algebra, Timeout, Undefined, Unsupported
from symderive.decide.polynomial import Poly, TooLarge
from symderive.derivation.fold_names import Fold
from symderive.derivation.presenting import Fraction, constants_out, cost, present
from symderive.derivation.rewriting import put_for
from symderive.rules import RULES, Scope
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    MisusedDefinition,
    Operation,
    Partial,
    Tensor,
    Vec,
    free_names,
    freshen,
    rebuild,
    sum_of,
    unfold,
    walk,
)
from symderive.terms.remembering import remembered
from symderive.terms.substitution import alpha_normal

__all__ = ["collapsed", "constrained", "known_sums", "spread"]

#: A sum is multiplied out where that gives no more terms than this.
_TERMS = 24
#: A sum of more parts than this, once its names are unfolded, is not valued.
_NODES = 80


# -- deltas --------------------------------------------------------------------------------------------


def collapsed(term: Any, scope: Scope) -> Any:
    """``Σ_j f_j δ_jk`` as ``f_k`` where k is in the sum's range; sums are split to set a δ free."""
    if not term.args or isinstance(term, (Indexed, KroneckerDelta, Apply, Operation, Partial)):
        return term
    if not any(isinstance(node, KroneckerDelta) for node in walk(term)):
        return term
    inside = scope.under(term)
    term = rebuild(term, lambda arg: collapsed(arg, inside))
    if not isinstance(term, Sum):
        return term
    bound = {limit[0] for limit in term.limits}
    around = bound | set(scope.ranges)
    if not any(
        isinstance(node, KroneckerDelta) and node.free_symbols & around for node in walk(term.function)
    ):
        return term
    rewrite = RULES["delta.collapse"].rewrite
    assert rewrite is not None
    found = rewrite(term, scope)
    if found is not None:
        return collapsed(found, scope)
    body = _opened(term.function, around)
    if isinstance(body, Add):
        return Add(*(collapsed(freshen(sum_of(part, *term.limits)), scope) for part in body.args))
    # A delta of an index further out is moved there.
    return constants_out(sum_of(body, *term.limits))


def _opened(body: Expr, bound: set[Any]) -> Expr:
    """A product multiplied out as far as a delta of a bound index stands in a bracket."""
    if not isinstance(body, Mul):
        return body
    opened = [
        f
        for f in body.args
        if isinstance(f, Add)
        and any(isinstance(node, KroneckerDelta) and node.free_symbols & bound for node in walk(f))
    ]
    size = 1
    for factor in opened:
        size *= len(factor.args)
    if not opened or size > _TERMS:
        return body
    rest = Mul(*(f for f in body.args if f not in opened))
    return Add(*(rest * part for part in Add.make_args(expand_mul(Mul(*opened), deep=False))))


@remembered(maxsize=4096)
def spread(term: Any) -> Any:
    """Every sum split into the sums of its terms, with constants in front."""
    if not term.args or isinstance(term, (Indexed, KroneckerDelta, Apply, Operation, Partial)):
        return term
    term = rebuild(term, spread)
    if not isinstance(term, Sum) or not isinstance(term.function, (Add, Mul)):
        return term
    size = 1
    for factor in Mul.make_args(term.function):
        size *= len(Add.make_args(factor))
    body = expand_mul(term.function, deep=False) if size <= _TERMS else term.function
    return Add(*(constants_out(freshen(sum_of(part, *term.limits))) for part in Add.make_args(body)))


# -- equations -----------------------------------------------------------------------------------------


def constrained(line: Expr, scope: Scope) -> list[tuple[Expr, Expr]]:
    """The line with an equation of the hypotheses used on it, and the equation's left side."""
    found = []
    for h in scope.hypotheses:
        if h.relation != "=" or h.lhs.is_integer:
            continue
        fold = _solved_equation(h.lhs, h.rhs, tuple(h.forall))
        if fold is None:
            continue
        for form in dict.fromkeys((line, spread(line))):
            after = fold.into(form)
            if after is not None:
                found.append((after, h.lhs))
    return found


def _solved_equation(left: Expr, right: Expr, forall: tuple[Symbol, ...]) -> Fold | None:
    """An equation solved for the longest part in which it is linear with a number in front."""
    parts = Fraction()
    try:
        num, den = parts.of(left - right)
    except (TooLarge, ZeroDivisionError):
        return None
    if not den.is_constant:
        return None
    for g in sorted(range(len(parts.atoms)), key=lambda n: -cost(parts.atoms[n])):
        pieces = num.split(frozenset((g,)))
        if set(pieces) - {(), ((g, 1),)} or not pieces.get(((g, 1),), Poly({})).is_constant:
            continue
        rest = parts.poly(pieces.get((), Poly({})))
        value = pieces[((g, 1),)].value()
        return Fold(left, forall, parts.atoms[g], -rest / Rational(int(value.p), int(value.q)), ())
    return None


# -- sums that are known -------------------------------------------------------------------------------


def known_sums(line: Expr, scope: Scope) -> list[tuple[Expr, Expr]]:
    """The line with a sum over a defined name that is a number or free of the name: Σ s_j = 1."""
    definitions = tuple(scope.definitions.values())
    found = []
    for form in dict.fromkeys((line, spread(line))):
        for node in dict.fromkeys(node for node in walk(form) if isinstance(node, Sum)):
            if any(isinstance(inner, Partial) for inner in walk(node)) or not any(
                (isinstance(inner, Apply) and inner.head in scope.definitions) or isinstance(inner, Operation)
                for inner in _written(node.function)
            ):
                continue
            if _is_free(node, scope):
                continue
            value = _value(alpha_normal(node), definitions)
            if value is not None and cost(value) < cost(node):
                found.append((present(put_for(form, {alpha_normal(node): value})), node))
    return found


def _is_free(node: Sum, scope: Scope) -> bool:
    """Does the sum move with a family y, as it holds ``y_j`` times what does not depend on y?"""
    bound = {limit[0] for limit in node.limits}
    factors = Mul.make_args(node.function)
    for factor in factors:
        if isinstance(factor, Indexed) and set(factor.indices) & bound:
            rest = Mul(*(f for f in factors if f is not factor))
            if str(factor.base) not in _families(rest, scope, set()):
                return True
    return False


def _families(term: Basic, scope: Scope, seen: set[str]) -> set[str]:
    """The families that a term depends on, by the definitions of its names too."""
    found: set[str] = set()
    for node in walk(term):
        if isinstance(node, Indexed):
            found.add(str(node.base))
        elif isinstance(node, Apply) and node.head not in seen:
            seen.add(node.head)
            if node.head in scope.definitions:
                found |= _families(scope.definitions[node.head].body, scope, seen)
    return found


@remembered(maxsize=4096)
def _value(node: Sum, definitions: tuple[Definition, ...]) -> Expr | None:
    """The number that a sum is once the names in it are unfolded; None where it is none."""
    heads = {inner.head for inner in _written(node.function) if isinstance(inner, Apply)}
    own = tuple(definition for definition in definitions if definition.head in heads)
    try:
        opened = unfold(node, own, operations=False) if own else node
        opened = unfold(_for_any_vectors(opened, {}, frozenset()), ())
        if sum(1 for _ in walk(opened)) > _NODES:
            return None
        ratio = Algebra().normalise(opened)
    except (Unsupported, Undefined, TooLarge, Timeout, MisusedDefinition, ValueError):
        return None
    if not ratio.is_constant:
        return None
    value = ratio.value
    return Rational(int(value.p), int(value.q))


def _written(term: Basic) -> Iterator[Basic]:
    yield term
    for arg in term.args:
        if not isinstance(arg, Vec):
            yield from _written(arg)


def _for_any_vectors(term: Any, families: dict[Basic, Tensor], bound: frozenset[Symbol]) -> Any:
    """Vectors that operations are applied to, each replaced by a family of its own."""
    if isinstance(term, Vec) and not set(free_names(term)) & bound:
        key = alpha_normal(term)
        if key not in families:
            ranges = ((lower, upper) for _, lower, upper in term.limits)
            families[key] = Tensor(f"vector {len(families)}", *ranges)
        return Vec(families[key][tuple(limit[0] for limit in term.limits)], *term.limits)
    if not term.args or isinstance(term, (Indexed, KroneckerDelta)):
        return term
    if isinstance(term, BINDERS):
        bound = bound | {limit[0] for limit in term.args[1:]}
    return rebuild(term, lambda arg: _for_any_vectors(arg, families, bound))
