"""A side opened up: names unfolded, logarithms and sums split, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import (
    Add,
    Basic,
    Expr,
    Integer,
    Mul,
    Pow,
    Sum,
    expand,
    expand_log,
    expand_mul,
    expand_multinomial,
    log,
)

from symderive.derivation.folding import Rewriting, compact
from symderive.derivation.presenting import cost, present
from symderive.derivation.problem import Problem
from symderive.derivation.rewriting import shared
from symderive.rules import RULES, Scope
from symderive.terms import (
    Apply,
    Dim,
    Index,
    MisusedDefinition,
    Operation,
    Partial,
    alpha_equal,
    free_names,
    freshen,
    rebuild,
    substitute,
    sum_of,
    unfold,
    walk,
)
from symderive.terms.substitution import alpha_normal

__all__ = [
    "Line",
    "anchored_sums",
    "last_terms_off",
    "opened",
    "ordered_sums",
    "split_sums",
    "term_off",
    "without_empty_sums",
]

#: A line on the way from a side, with the rule that leads to it from the line before and what that is about.
Line = Rewriting


def opened(
    side: Expr,
    problem: Problem,
    binders: dict[Basic, Any] | None = None,
    *,
    other: Expr | None = None,
    names: bool = True,
) -> list[Line]:
    """The lines that a side leads to when it is opened up: names, logarithms, sums, then the compact form.

    Names that the other side holds too are opened last; none of them where `names` is false. `binders` are
    the sums that were met before (see `shared`).
    """
    binders = {} if binders is None else binders
    lines = [Line("", shared(side, binders))]

    def go(rule: str, after: Expr | None, about: Expr | str | None = None) -> None:
        after = None if after is None else shared(after, binders)
        if after is not None and not alpha_equal(after, lines[-1].after):
            lines.append(Line(rule, after, about))

    theirs = set() if other is None else _heads(other)
    for only_here in (True, False) if names else ():
        for _ in range(12):
            found = next(_unfoldings(lines[-1].after, problem, theirs if only_here else set()), None)
            if found is None:
                break
            go(*found)
        if only_here and other is not None and lines[-1].after != side:
            go("algebra.simplify", _cheaper(lines[-1].after))
    go("algebra.logarithm", _logarithms_opened(lines[-1].after))
    go("sum.linear", split_sums(lines[-1].after))
    for step in compact(lines[-1].after, problem.scope):
        if step.rule != "definition.fold":
            go(step.rule, step.after, step.about)
    return lines


def _cheaper(line: Expr) -> Expr | None:
    shown = present(line)
    return shown if cost(shown) < cost(line) else None


def _heads(term: Expr) -> set[str]:
    return {node.head for node in walk(term) if isinstance(node, Apply)} | {
        node.name for node in walk(term) if isinstance(node, Operation)
    }


def _unfoldings(line: Expr, problem: Problem, kept: set[str]) -> Iterator[tuple[str, Expr, Expr]]:
    """The line with one name unfolded wherever it stands, outermost names first."""
    table = {definition.head: definition for definition in problem.definitions}
    for node in walk(line):
        if isinstance(node, Partial):
            return
        if isinstance(node, Apply) and node.head in table and node.head not in kept and not node.derivatives:
            try:
                after = unfold(line, (table[node.head],), operations=False, derivatives=False)
            except MisusedDefinition:
                continue
            yield "definition.unfold", after, node
        elif isinstance(node, Operation) and node.name not in kept:
            yield "definition.operation", _operations_unfolded(line, node.name), node


def _operations_unfolded(term: Expr, name: str) -> Expr:
    if isinstance(term, Operation) and term.name == name:
        unfolded: Expr = term.unfold()
        return unfolded
    changed: Expr = rebuild(term, lambda arg: _operations_unfolded(arg, name))
    return changed


def _logarithms_opened(term: Expr) -> Expr:
    """Logarithms of products, quotients and powers as sums."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if isinstance(node, log):
            return expand_log(node, force=True)
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def split_sums(term: Expr) -> Expr:
    """Every sum split into its terms, with constants in front and deltas collapsed."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if isinstance(node, Sum):
            return _split_sum(node)
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def last_terms_off(term: Expr) -> Expr:
    """``Σ^{n+1} f`` as ``Σ^n f + f(n + 1)``, wherever an upper limit is a name plus one."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if isinstance(node, Sum) and len(node.limits) == 1:
            index, lower, upper = node.limits[0]
            offset, rest = expand(upper).as_coeff_Add()
            if offset == 1 and isinstance(rest, (Index, Dim)):
                return sum_of(node.function, (index, lower, rest)) + substitute(node.function, {index: upper})
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def term_off(term: Expr, *, first: bool) -> Expr:
    """Every sum without its first (or its last) term, which stands beside it."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if isinstance(node, Sum) and len(node.limits) == 1:
            index, lower, upper = node.limits[0]
            place = lower if first else upper
            rest = (index, lower + 1, upper) if first else (index, lower, upper - 1)
            return sum_of(node.function, rest) + substitute(node.function, {index: place})
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def anchored_sums(term: Expr) -> Expr:
    """Every sum counted from 0: two that differ by a shift of the index become one."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if isinstance(node, Sum) and len(node.limits) == 1:
            index, lower, upper = node.limits[0]
            body = substitute(node.function, {index: index + lower})
            return sum_of(body, (index, Integer(0), expand(upper - lower)))
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def ordered_sums(term: Expr) -> Expr:
    """Double sums in one order, where the ranges do not depend on each other; factors stand inside."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if not isinstance(node, Sum):
            return node
        body, limits = node.function, tuple(node.limits)
        inner = [factor for factor in Mul.make_args(body) if isinstance(factor, Sum)]
        if len(inner) == 1:
            fresh = freshen(inner[0])
            body = Mul(fresh.function, *(f for f in Mul.make_args(body) if f is not inner[0]))
            limits = (*fresh.limits, *limits)
        bound = {limit[0] for limit in limits}
        if len(limits) != 2 or any(free_names(end) & bound for limit in limits for end in limit[1:]):
            return node
        choices = [sum_of(body, *order) for order in (limits, limits[::-1])]
        return min(choices, key=lambda choice: str(alpha_normal(choice)))

    result = change(term)
    assert isinstance(result, Expr)
    return result


def without_empty_sums(term: Expr) -> Expr:
    """Sums over no index, between n and n − 1, as 0."""

    def change(node: Basic) -> Basic:
        node = rebuild(node, change)
        if isinstance(node, Sum) and any(expand(up - low) == -1 for _, low, up in node.limits):
            return Integer(0)
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def _multiplied_out(body: Expr) -> Expr:
    """Products of sums and small powers of sums multiplied out, nothing inside a function."""
    factors = []
    for factor in Mul.make_args(body):
        power = isinstance(factor, Pow) and factor.exp.is_Integer and 0 < factor.exp <= 4
        factors.append(expand_multinomial(factor, deep=False) if power else factor)
    return expand_mul(Mul(*factors), deep=False)


def _split_sum(node: Sum) -> Expr:
    """One index at a time, from the inside out: the other factors go out of each sum."""
    result: Expr = node.function
    for limit in node.limits:
        body = _multiplied_out(result)
        result = Add(*(_simple_sum(sum_of(part, limit)) for part in Add.make_args(body)))
    return result


def _simple_sum(term: Expr) -> Expr:
    """A sum of one product: a delta collapsed, constants in front, equal terms counted."""
    for name in ("delta.collapse", "sum.constant", "sum.count"):
        rewrite = RULES[name].rewrite
        assert rewrite is not None
        # SymPy joins a sum of a sum into one over two indices: that is left as it is.
        if isinstance(term, Sum) and len(term.limits) == 1:
            found = rewrite(term, Scope())
            if found is not None:
                term = found
    return term
