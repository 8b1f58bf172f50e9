"""Named operations in what was written without them: ``e^{a_i}/Σ_j e^{a_j}`` is a softmax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Add, Basic, Expr, Indexed, Integer, Mul, Pow, Sum, exp, log

from symderive.derivation.presenting import cost
from symderive.derivation.rewriting import Rewriting
from symderive.derivation.shapes import exponential_sum, family, one_plus_exponential
from symderive.rules import Scope
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    Index,
    Operation,
    Vec,
    alpha_equal,
    free_names,
    fresh_index,
    limits_of,
    operation,
    rebuild,
    substitute,
)
from symderive.terms.substitution import alpha_normal

__all__ = ["abbreviate", "recognise"]

#: A vector whose entry takes more symbols than this gets a name.
_LONG = 7
_LONG_ROW = 3
_LETTERS = "zuvwgrst"


def recognise(term: Expr, scope: Scope) -> list[Rewriting]:
    """The steps that write a term by named operations, wherever it has their shape; none if it has not.

    Under a derivative too: the shapes are identities for all values. Definitions in force come first: a term
    with names of its own is left as it is written.
    """
    if scope.definitions:
        return []
    line, steps = term, list[Rewriting]()
    for shape, name in (
        (_softmax, "softmax"),
        (_logsumexp, "logsumexp"),
        (_sigmoid, "sigmoid"),
        (_softplus, "softplus"),
    ):
        after = _everywhere(line, shape)
        if after != line:
            steps.append(Rewriting("definition.fold", after, name))
            line = after
    return steps


def abbreviate(term: Expr, scope: Scope, taken: set[str]) -> tuple[Expr, tuple[Definition, ...]]:
    """Long vectors that operations are applied to get names: ``z_i = Σ_j W_ij h_j + b_i``.

    Returns the term in the names, and their definitions, innermost first. Names in `taken` are avoided.
    """
    if scope.definitions:
        return term, ()
    made: dict[Basic, Definition] = {}
    letters = (letter for letter in _LETTERS if letter not in taken)

    def change(node: Any, around: dict[Any, tuple[Expr, Expr]]) -> Any:
        if not node.args or isinstance(node, Indexed):
            return node
        inner = around
        if isinstance(node, BINDERS):
            inner = {**around, **{index: (lower, upper) for index, lower, upper in limits_of(node)}}
        node = rebuild(node, lambda arg: change(arg, inner))
        if isinstance(node, Operation):
            return rebuild(node, lambda arg: named(arg, inner))
        return node

    def named(vector: Any, around: dict[Any, tuple[Expr, Expr]]) -> Any:
        if not isinstance(vector, Vec) or len(vector.limits) != 1:
            return vector
        index, lower, upper = vector.limits[0]
        moving = sorted((n for n in free_names(vector) if isinstance(n, Index) or n in around), key=str)
        # A row of a matrix has no name of its own in print: it needs one sooner, and what is applied to a
        # vector in its turn needs one at once.
        applied = any(isinstance(arg, Vec) for node in _nodes(vector.body) for arg in node.args)
        if not applied and cost(vector.body) < (_LONG if not moving else _LONG_ROW):
            return vector
        own: dict[Any, Index] = {}
        for place, (low, high) in [
            *((n, around.get(n) or (n.lower, n.upper)) for n in moving),
            (index, (lower, upper)),
        ]:
            own[place] = Index(_index_letter(place.name, own.values()), high, low)
        body = substitute(vector.body, own)
        definition = made.get(alpha_normal(body))
        if definition is None:
            head = next(letters, None)
            if head is None:
                return vector
            definition = Definition(head, tuple(own.values()), (), body)
            made[alpha_normal(body)] = definition
        name = fresh_index(index.name)
        return Vec(Apply(definition.head, (), (*moving, name)), (name, lower, upper))

    return change(term, {}), tuple(made.values())


def _index_letter(name: str, used: Iterable[Index]) -> str:
    others = {index.name for index in used}
    return next(letter for letter in (name, *"ijklmnpqr") if letter not in others)


def _everywhere(term: Any, shape: Any) -> Any:
    """Every part that has a shape, from the outside in."""
    if not term.args:
        return term
    found = shape(term) if isinstance(term, Expr) else None
    if found is not None:
        return rebuild(found, lambda arg: _everywhere(arg, shape))
    return rebuild(term, lambda arg: _everywhere(arg, shape))


def _softmax(term: Expr) -> Expr | None:
    """``e^{a_i}/Σ_j e^{a_j}``, alone or among factors; ``e^{2a_i}/(Σ_j e^{a_j})²`` is its square, and
    ``e^{−a_i} Σ_j e^{a_j}`` one over it.
    """
    factors = list(Mul.make_args(term))
    for below in factors:
        base, power = below.as_base_exp()
        total = exponential_sum(base) if power.is_Integer and not isinstance(below, exp) else None
        if total is None:
            continue
        way = -1 if power > 0 else 1
        for above in factors:
            exponent = way * above.args[0] if isinstance(above, exp) else None
            taken = None if exponent is None else _taken_out(exponent, total, abs(int(power)))
            if taken is not None:
                place, times, left = taken
                weight = operation("softmax", family(total), place) ** (way * times)
                rest = [f for f in factors if f is not above and f is not below]
                return Mul(weight, base ** (power + way * times), exp(way * left), *rest)
    return None


def _taken_out(exponent: Expr, total: Sum, most: int) -> tuple[Expr, int, Expr] | None:
    """The index i, how often ``a_i`` is in an exponent, and what is left of the exponent without it."""
    index, lower, upper = total.limits[0]
    place = _place(exponent, total)
    if place is not None:
        return place, 1, Integer(0)
    pattern = total.function.args[0]
    for place in _places(exponent):
        if isinstance(place, Index) and (place.lower, place.upper) != (lower, upper):
            continue
        unit = substitute(pattern, {index: place})
        times = exponent / unit if unit != 0 else unit
        if times.is_Integer and 1 < times <= most:
            return place, int(times), Integer(0)
        left = exponent - unit
        if len(Add.make_args(left)) < len(Add.make_args(exponent)):
            return place, 1, left
    return None


def _place(exponent: Expr, total: Sum) -> Expr | None:
    """The index i for which an exponent is ``a_i``."""
    index, lower, upper = total.limits[0]
    pattern = total.function.args[0]
    for place in _places(exponent):
        if alpha_equal(substitute(pattern, {index: place}), exponent):
            if not isinstance(place, Index) or (place.lower, place.upper) == (lower, upper):
                return place
    return None


def _places(exponent: Expr) -> list[Expr]:
    """What stands as an index in a term."""
    return list(
        dict.fromkeys(
            place
            for node in _nodes(exponent)
            for place in getattr(node, "indices", getattr(node, "components", ()))
        )
    )


def _nodes(term: Basic) -> list[Any]:
    found: list[Any] = [term]
    for arg in term.args:
        found += _nodes(arg)
    return found


def _logsumexp(term: Expr) -> Expr | None:
    if isinstance(term, log):
        total = exponential_sum(term.args[0])
        if total is not None:
            return operation("logsumexp", family(total))
    return None


def _sigmoid(term: Expr) -> Expr | None:
    """``1/(1 + e^{−t})``, alone or as a factor; ``e^t/(1 + e^t)``."""
    for below in Mul.make_args(term):
        if isinstance(below, Pow) and below.exp == -1:
            exponent = one_plus_exponential(below.base)
            if exponent is None:
                continue
            rest = [f for f in Mul.make_args(term) if f is not below]
            own = next((f for f in rest if alpha_normal(f) == alpha_normal(exp(exponent))), None)
            if own is not None:
                return Mul(operation("sigmoid", exponent), *(f for f in rest if f is not own))
            return Mul(operation("sigmoid", -exponent), *rest)
    return None


def _softplus(term: Expr) -> Expr | None:
    if isinstance(term, log):
        exponent = one_plus_exponential(term.args[0])
        if exponent is not None:
            return operation("softplus", exponent)
    return None
