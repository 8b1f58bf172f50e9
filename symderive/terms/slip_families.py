"""The families of slips: for the node at a place, what people write there by mistake instead.

A family is a function from a place to replacements of its node; one that proposes slips of several kinds
names the kind beside the replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Pow,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    Tuple,
    binomial,
    exp,
    factorial,
    log,
    sign,
    sqrt,
)

from symderive.terms.free import free_indices, free_names
from symderive.terms.nodes import Apply, IndexedMax, IndexedMin, Partial, Vec, indexed_sum, walk
from symderive.terms.operations import Operation
from symderive.terms.positions import Place
from symderive.terms.substitution import substitute
from symderive.terms.symbols import Index, Tensor, fresh_index

__all__ = ["FAMILIES"]

_TWO, _HALF = Integer(2), Rational(1, 2)


def _signs(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, Add):
        for n, term in enumerate(node.args):
            yield Add(*node.args[:n], -term, *node.args[n + 1 :])
    if place.parent is None:
        yield -node
    if isinstance(node, exp):
        yield exp(-node.args[0])
    elif isinstance(node, Pow) and not node.exp.is_Number:
        yield node.base ** (-node.exp)


# --- indices


def _indices(place: Place) -> Iterator[tuple[str, Expr]]:
    node = place.node
    for slots, step, build in _index_slots(node):
        if step is not None:
            for shifted in (slots[step] - 1, slots[step] + 1):
                yield "step", build((*slots[:step], shifted, *slots[step + 1 :]))
        for n, slot in enumerate(slots):
            if n != step and not place.is_vector:
                for other in place.like(slot):
                    yield "index", build((*slots[:n], other, *slots[n + 1 :]))
        for n in range(len(slots) - 1):
            if n + 1 != step and not isinstance(node, KroneckerDelta) and not place.is_vector:
                yield "transposition", build((*slots[:n], slots[n + 1], slots[n], *slots[n + 2 :]))
    yield from (("step", shifted) for shifted in _shifts(node))


def _index_slots(
    node: Expr,
) -> Iterator[tuple[tuple[Expr, ...], int | None, Callable[[tuple[Expr, ...]], Expr]]]:
    """The index positions of a node: its indices, which of them is a step, and how to set others."""
    if isinstance(node, Indexed):
        base = node.base
        last = len(node.indices) - 1
        steps = isinstance(base, Tensor) and base.ranges and base.ranges[-1][1] is S.Infinity
        yield tuple(node.indices), last if steps else None, lambda slots: node.func(base, *slots)
    elif isinstance(node, KroneckerDelta):
        yield tuple(node.args), None, lambda slots: KroneckerDelta(*slots)
    elif isinstance(node, Apply):
        head, arguments, components, derivatives = node.args
        yield tuple(components), None, lambda slots: Apply(head, arguments, slots, derivatives)
        for n, derivative in enumerate(derivatives):

            def derived(slots: tuple[Expr, ...], n: int = n, slot: Basic = derivative[0]) -> Expr:
                others = list(derivatives)
                others[n] = Tuple(slot, *slots)
                return Apply(head, arguments, components, others)

            yield tuple(derivative[1:]), None, derived
    elif isinstance(node, Operation):
        kinds = node.row.signature
        at = [n for n, kind in enumerate(kinds, start=1) if kind == "index"]
        if at:

            def selected(slots: tuple[Expr, ...]) -> Expr:
                chosen = iter(slots)
                arguments = (next(chosen) if n in at else arg for n, arg in enumerate(node.args))
                return Operation(*arguments)

            yield tuple(node.args[n] for n in at), None, selected


def _shifts(node: Expr) -> Iterator[Expr]:
    """γ^(n−i) for γ^(n−i−1), and the like in binomials and factorials."""
    if isinstance(node, Pow) and node.exp.is_integer and not node.exp.is_Number:
        yield node.base ** (node.exp - 1)
        yield node.base ** (node.exp + 1)
    elif isinstance(node, binomial):
        top, bottom = node.args
        for a, b in ((top, bottom - 1), (top - 1, bottom), (top, bottom + 1), (top + 1, bottom)):
            yield binomial(a, b)
    elif isinstance(node, factorial):
        yield factorial(node.args[0] - 1)
        yield factorial(node.args[0] + 1)


def _exchanges(place: Place) -> Iterator[tuple[str, Expr]]:
    """Two free indices exchanged, or one put for another, in the whole side."""
    if place.parent is not None:
        return
    own = [index for index, _, _ in place.scope if index in free_names(place.side)]
    for i in own:
        for k in place.like(i):
            yield "transposition", substitute(place.node, {i: k, k: i})
    for i in own:
        for k in place.like(i):
            yield "index", substitute(place.node, {i: k})


# --- factors, powers, terms


def _factors(place: Place) -> Iterator[tuple[str, Expr]]:
    node = place.node
    if isinstance(node, Mul):
        for n, factor in enumerate(node.args):
            if factor != -1:
                kept = -1 if factor.is_negative else 1
                kind = "delta" if factor.has(KroneckerDelta) and not isinstance(factor, Add) else "factor"
                yield kind, Mul(kept, *node.args[:n], *node.args[n + 1 :])
    if (place.is_product and _is_value(node)) or (node in (1, -1) and isinstance(place.parent, Add)):
        for factor in _candidates(place):
            yield "factor", node * factor


def _candidates(place: Place) -> Iterator[Expr]:
    """Factors that people lose: of those that occur in the claim, and 2; each also as a divisor."""
    bound = {name for name, _, _ in place.scope}
    found: dict[Expr, None] = {}
    for side in (place.other, place.side):
        for node in walk(side):
            if isinstance(node, Mul):
                found.update((factor, None) for factor in node.args if isinstance(factor, Add))
            elif (isinstance(node, (Symbol, Indexed, Apply)) and not node.is_integer) or _is_dimension(node):
                found[node] = None
            if isinstance(node, (exp, Sum)) and not node.has(Partial):
                # e^{x_i}, and the sum that it is divided by
                found[node] = None
            if isinstance(node, (exp, Indexed)):
                found.update((other, None) for other in _at_other_indices(node, place))
    names = free_names(place.side) | free_names(place.other)
    for factor in (*found, *_shares(found)):
        if factor == place.other:  # L = L · …
            continue
        labels = {node.base.label for node in walk(factor) if isinstance(node, Indexed)}
        heads = {node.args[0] for node in walk(factor) if isinstance(node, Apply)}
        if factor in labels | heads or factor in _labels(place):
            continue
        # Inside a sum the entry at the bound index is meant, outside only what is free everywhere.
        if free_names(factor) <= names | bound | labels | heads:
            yield factor
            yield 1 / factor
    for index, _, _ in place.scope:
        if index not in names:  # bound around this place
            for family in _families(place):
                yield family[index]
                yield 1 / family[index]
    for family in _families(place):
        if family.ranges and family.ranges[0][1] is not S.Infinity:
            index = fresh_index("j")
            yield indexed_sum(family[index], index, *family.ranges[0])  # Σ_j y_j, which is not always 1
    yield from (_TWO, _HALF)


def _shares(found: Iterable[Expr]) -> Iterator[Expr]:
    """The quotients e^{x_i}/Σ_j e^{x_j}: what has a name of its own is lost as a whole."""
    terms = list(found)
    sums = [term for term in terms if isinstance(term, Sum) and isinstance(term.function, exp)]
    for term in terms:
        if isinstance(term, exp):
            yield from (term / total for total in sums)


def _at_other_indices(node: Expr, place: Place) -> Iterator[Expr]:
    """A term with one index, at the others in scope that run over the same range: e^{x_k} where only
    Σ_j e^{x_j} is written.
    """
    own = free_indices(node)
    if len(own) != 1:
        return
    (index,) = own
    ranges = {
        tuple(entry.base.ranges[at])
        for entry in walk(node)
        if isinstance(entry, Indexed) and isinstance(entry.base, Tensor)
        for at, slot in enumerate(entry.indices)
        if slot == index and at < len(entry.base.ranges)
    }
    for name, low, high in place.scope:
        if name != index and ranges == {(low, high)}:
            yield substitute(node, {index: name})


def _is_dimension(node: Basic) -> bool:
    return isinstance(node, Symbol) and bool(node.is_positive) and bool(node.is_integer)


def _labels(place: Place) -> set[Basic]:
    """Symbols that are only the names of families and functions."""
    found: set[Basic] = set()
    for side in (place.side, place.other):
        for node in walk(side):
            if isinstance(node, Indexed):
                found.add(node.base.label)
            elif isinstance(node, (Apply, Operation)):
                found.add(node.args[0])
    return found


def _families(place: Place) -> list[Tensor]:
    """The vectors that occur in the claim."""
    found: dict[Tensor, None] = {}
    for side in (place.side, place.other):
        for node in walk(side):
            if isinstance(node, Indexed) and isinstance(node.base, Tensor) and len(node.indices) == 1:
                found[node.base] = None
    return sorted(found, key=lambda family: family.name)


def _is_value(node: Any) -> bool:
    """Is the node a real value (no vector, no index, no number)?"""
    return isinstance(node, Expr) and not isinstance(node, Vec) and not node.is_integer


def _exponents(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, Pow) and node.exp.is_Rational:
        power = node.exp
        for other in (Integer(1) if power > 0 else Integer(-1), power * 2, power / 2):
            if other != power and (other.q <= 2):
                yield node.base**other
    elif _is_value(node) and not isinstance(place.parent, (Pow, exp)):
        if isinstance(node, (Symbol, Indexed, Apply, Abs, Add)) and place.node not in _labels(place):
            yield node**2
        if place.parent is None or isinstance(node, (Sum, Add)):
            yield sqrt(node)
    elif isinstance(place.parent, Pow) and place.parent.exp == -1 and _is_value(node):
        yield node**2


def _terms(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, Add):
        for n in range(len(node.args)):
            yield Add(*node.args[:n], *node.args[n + 1 :])
        yield node + 1
        yield node - 1
    elif _is_value(node) and (place.parent is None or isinstance(place.parent, Mul)):
        yield 1 - node
        if place.parent is None:
            yield node + 1
            yield node - 1


def _deltas(place: Place) -> Iterator[Expr]:
    node = place.node
    if node in (1, -1) and isinstance(place.parent, Add):
        # 1 − s_k where δ_ik − s_k is meant
        pairs = {frozenset((name, other)) for name, _, _ in place.scope for other in place.like(name)}
        for i, k in sorted((sorted(pair, key=str) for pair in pairs), key=str):
            yield node * KroneckerDelta(i, k)
    if not _is_value(node) or node.has(KroneckerDelta) or isinstance(node, Pow):
        return
    own = sorted(free_indices(node), key=str)
    for i in own:
        for k in place.like(i):
            delta = KroneckerDelta(i, k)
            if isinstance(node, (Indexed, Apply, Operation)) or place.parent is None:
                yield delta - node
                yield node - delta
            if place.is_product:
                yield node * delta


# --- ranges, sums, fractions, functions


def _ranges(place: Place) -> Iterator[Expr]:
    node = place.node
    if not isinstance(node, (Sum, Product, IndexedMax, IndexedMin)):
        return
    for n, (index, lower, upper) in enumerate(node.args[1:]):
        for low, high in ((-1, -1), (0, -1), (1, 0), (0, 1), (1, 1), (-1, 0)):
            limits = list(node.args[1:])
            limits[n] = Tuple(index, lower + low, upper + high)
            if limits[n][1].is_Number and limits[n][1] < 0:
                continue
            yield node.func(node.args[0], *limits)


def _sums(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, Sum) and len(node.limits) == 1:
        index, lower, upper = node.limits[0]
        for other, low, high in place.scope:
            if low is None or (low, high) == (lower, upper):
                yield substitute(node.function, {index: other})
        if index not in free_names(node.function):
            yield node.function
    elif place.is_product and _is_value(node):
        for index in sorted(free_indices(node), key=str):
            if isinstance(index, Index) and index.upper is not S.Infinity:
                if index not in free_names(place.other):
                    yield indexed_sum(node, index)


def _reciprocals(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, Mul) and any(isinstance(f, Pow) and f.exp.is_negative for f in node.args):
        numbers, rest = node.as_coeff_Mul()
        yield numbers / rest
    elif isinstance(node, Pow) and node.exp.is_Rational and node.exp.is_negative:
        yield node.base ** (-node.exp)
    elif place.parent is None and _is_value(node) and not node.is_zero:
        yield 1 / node


def _arguments(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, binomial):
        yield binomial(node.args[1], node.args[0])
    elif isinstance(node, Operation) and len(node.args) == 3 and len(set(node.row.signature)) == 1:
        yield Operation(node.args[0], node.args[2], node.args[1])
    elif isinstance(node, Apply) and len(node.arguments) == 2:
        yield Apply(node.args[0], tuple(reversed(node.arguments)), node.components, node.derivatives)


_PAIRS: tuple[tuple[Any, Any], ...] = ((Max, Min), (IndexedMax, IndexedMin), (Sum, Product))


def _functions(place: Place) -> Iterator[Expr]:
    node = place.node
    if isinstance(node, (Abs, log, exp, sign, factorial)):
        yield node.args[0]
    for one, other in _PAIRS:
        for kind, swapped in ((one, other), (other, one)):
            if type(node) is kind:
                yield swapped(*node.args)
    if isinstance(node, Indexed) and place.is_product and isinstance(place.parent, (type(None), Add)):
        yield Abs(node)


#: Every family with the kind of its slips, the most plausible first.
FAMILIES: tuple[tuple[str, Callable[[Place], Iterable[Expr | tuple[str, Expr]]]], ...] = (
    ("sign", _signs),
    ("index", _indices),
    ("transposition", _exchanges),
    ("factor", _factors),
    ("exponent", _exponents),
    ("delta", _deltas),
    ("term", _terms),
    ("range", _ranges),
    ("sum", _sums),
    ("reciprocal", _reciprocals),
    ("arguments", _arguments),
    ("function", _functions),
)
