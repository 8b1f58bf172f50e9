"""From one side to the other: both are opened up until they meet, and one way is walked back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Integer,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Pow,
    Product,
    Sum,
    Symbol,
    binomial,
    exp,
    factorial,
    log,
    sign,
)

from symderive.decide import Status
from symderive.decide.polynomial import Poly, TooLarge
from symderive.derivation.checking import verdict_of
from symderive.derivation.folding import Rewriting
from symderive.derivation.opening import (
    Line,
    anchored_sums,
    last_terms_off,
    opened,
    ordered_sums,
    split_sums,
    term_off,
    without_empty_sums,
)
from symderive.derivation.presenting import Fraction, cost
from symderive.derivation.problem import Problem
from symderive.derivation.rewriting import put_for
from symderive.rules import Scope
from symderive.terms import (
    Index,
    alpha_equal,
    free_names,
    plain,
    substitute,
    walk,
)
from symderive.terms.substitution import alpha_normal

__all__ = ["bridge", "connect"]


def connect(problem: Problem, term: Expr, goal: Expr | None = None) -> list[Rewriting] | str:
    """The steps from `term` to a goal (the problem's), or a sentence that says how far it came."""
    goal = problem.goal if goal is None else goal
    assert goal is not None
    if alpha_equal(term, goal):
        return []
    if verdict_of(problem.claim(term, goal)).status is not Status.PROVED:
        return f"it was not shown that {plain(term)} is {plain(goal)}"
    binders: dict[Basic, Any] = {}
    if _index_equation(term, goal, problem.scope) is not None:
        return [Rewriting("case.equal-indices", goal)]
    if _fractions_agree(term, goal):
        return [Rewriting(_rational_rule(term, goal), goal)]
    # With the names as they are, then with the names unfolded.
    for names in (False, True):
        forward = opened(term, problem, binders, other=goal, names=names)
        backward = opened(goal, problem, binders, other=term, names=names)
        meeting = _meeting(forward, backward)
        if meeting is not None:
            steps = _joined(forward, backward, *meeting)
            if _all_hold(problem, term, steps):
                return steps
    return _jump(problem, term, goal, forward, backward)


def bridge(before: Expr, after: Expr, scope: Scope) -> str:
    """The rule that best explains one line by the other; whether it holds, the judge decides."""
    if not free_names(before) and not free_names(after):
        return "algebra.numbers"
    if _index_equation(before, after, scope) is not None:
        return "case.equal-indices"
    if _fractions_agree(before, after):
        return _rational_rule(before, after)
    for change, rule in ((anchored_sums, "sum.reindex"), (ordered_sums, "sum.swap")):
        if _fractions_agree(change(before), change(after)):
            return rule
    if _fractions_agree(split_sums(before), split_sums(after)):
        return "sum.merge" if _sums(after) < _sums(before) else "sum.linear"
    if _fractions_agree(without_empty_sums(before), without_empty_sums(after)):
        return "sum.empty"
    if _fractions_agree(split_sums(last_terms_off(before)), split_sums(last_terms_off(after))):
        return "recurrence.last-term"
    for first in (True, False):
        if _fractions_agree(term_off(before, first=first), after) or (
            _fractions_agree(before, term_off(after, first=first))
        ):
            return "sum.split"
    if _by_cases(before, after):
        return "case.indices"
    if _by_equations(before, after, scope):
        return "algebra.equation"
    kinds = _differing(before, after)
    for rule, nodes in _EXPLANATIONS:
        if kinds & set(nodes):
            return rule
    return "recurrence.used" if scope.recurrences else "algebra.normal-form"


#: What is told apart by the kinds of nodes that only one of the two lines has, the most telling first.
_EXPLANATIONS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("algebra.binomial", (binomial, factorial)),
    ("case.signs", (Abs, sign, Max, Min)),
    ("algebra.logarithm", (log,)),
    ("algebra.exponential", (exp,)),
    ("sum.closed", (Sum, Product)),
    ("algebra.power", (Pow,)),
)


# -- meeting -------------------------------------------------------------------------------------------


def _meeting(forward: Sequence[Line], backward: Sequence[Line]) -> tuple[int, int] | None:
    """The lines of both ways that are one, or one as fractions, with the fewest steps altogether."""
    parts = Fraction()
    ours, theirs = ([_fraction(parts, line.after) for line in way] for way in (forward, backward))
    best: tuple[int, int, int] | None = None
    for n, a in enumerate(forward):
        for m, b in enumerate(backward):
            steps = n + m
            if best is not None and steps >= best[0]:
                break
            if alpha_equal(a.after, b.after):
                best = steps, n, m
            elif (best is None or steps + 1 < best[0]) and _same(ours[n], theirs[m]):
                best = steps + 1, n, m
    return None if best is None else best[1:]


def _fraction(parts: Fraction, term: Expr) -> tuple[Poly, Poly] | None:
    try:
        return parts.of(term)
    except (TooLarge, ZeroDivisionError):
        return None


def _same(a: tuple[Poly, Poly] | None, b: tuple[Poly, Poly] | None) -> bool:
    try:
        return a is not None and b is not None and a[0] * b[1] == b[0] * a[1]
    except TooLarge:
        return False


#: A way walked back is named after what it does in that direction.
_INVERSE = {
    "definition.unfold": "definition.fold",
    "definition.operation": "definition.fold",
    "sum.linear": "sum.merge",
    "algebra.simplify": "algebra.rearrange",
    "algebra.factor": "algebra.expand",
    "algebra.expand": "algebra.factor",
}


def _joined(forward: Sequence[Line], backward: Sequence[Line], n: int, m: int) -> list[Rewriting]:
    steps = list(forward[1 : n + 1])
    before, after = forward[n].after, backward[m].after
    if not alpha_equal(before, after):
        steps.append(Rewriting(_rational_rule(before, after), after))
    elif steps:
        # The lines are one up to bound names: written as on the way back.
        steps[-1] = replace(steps[-1], after=after)
    return steps + _walked_back(backward, m)


def _walked_back(backward: Sequence[Line], m: int) -> list[Rewriting]:
    return [
        Rewriting(_INVERSE.get(later.rule, later.rule), earlier.after, later.about)
        for later, earlier in pairwise(reversed(backward[: m + 1]))
    ]


def _all_hold(problem: Problem, start: Expr, steps: Sequence[Rewriting]) -> bool:
    lines = [start, *(step.after for step in steps)]
    return all(
        verdict_of(problem.claim(before, after)).status is Status.PROVED for before, after in pairwise(lines)
    )


def _jump(
    problem: Problem, term: Expr, goal: Expr, forward: Sequence[Line], backward: Sequence[Line]
) -> list[Rewriting]:
    """The two ways joined by one step that the judge proves, from lines without names."""
    scope = problem.scope
    n = max((k for k, line in enumerate(forward) if line.rule.startswith("definition.")), default=0)
    m = max((k for k, line in enumerate(backward) if line.rule.startswith("definition.")), default=0)
    for a, b in dict.fromkeys(((n, m), (n, 0), (0, m))):
        before, after = forward[a].after, backward[b].after
        middle = [] if alpha_equal(before, after) else [Rewriting(bridge(before, after, scope), after)]
        steps = [*forward[1 : a + 1], *middle, *_walked_back(backward, b)]
        if steps and _all_hold(problem, term, steps):
            return steps
    return [Rewriting(bridge(term, goal, scope), goal)]


# -- explaining ----------------------------------------------------------------------------------------


def _index_equation(before: Expr, after: Expr, scope: Scope) -> Expr | None:
    """The equation ``i = k`` between indices that turns one line into the other."""
    for h in scope.hypotheses:
        if h.relation != "=" or h.forall or not (isinstance(h.lhs, Symbol) and isinstance(h.rhs, Symbol)):
            continue
        if isinstance(h.lhs, Index) or isinstance(h.rhs, Index):
            for old, new in ((h.lhs, h.rhs), (h.rhs, h.lhs)):
                if alpha_equal(substitute(before, {old: new}), substitute(after, {old: new})):
                    return h.lhs - h.rhs
    return None


def _by_cases(before: Expr, after: Expr) -> bool:
    """Are the lines one both where the indices of their one delta are equal and where they differ?"""
    deltas = {node for line in (before, after) for node in walk(line) if isinstance(node, KroneckerDelta)}
    if len(deltas) != 1:
        return False
    (delta,) = deltas
    old, new = delta.args
    if not isinstance(old, Symbol) or not (free_names(delta) <= free_names(before) | free_names(after)):
        return False
    equal = [substitute(put_for(line, {delta: Integer(1)}), {old: new}) for line in (before, after)]
    apart = [put_for(line, {delta: Integer(0)}) for line in (before, after)]
    return _fractions_agree(*equal) and _fractions_agree(*apart)


def _by_equations(before: Expr, after: Expr, scope: Scope) -> bool:
    """Are the lines one once the equations among the hypotheses are used from left to right?"""
    images = {
        alpha_normal(h.lhs): h.rhs for h in scope.hypotheses if h.relation == "=" and not h.lhs.is_integer
    }
    return bool(images) and _fractions_agree(put_for(before, images), put_for(after, images))


def _fractions_agree(before: Expr, after: Expr) -> bool:
    parts = Fraction()
    return _same(_fraction(parts, before), _fraction(parts, after))


def _rational_rule(before: Expr, after: Expr) -> str:
    if isinstance(after, Mul) and isinstance(before, Add):
        return "algebra.factor"
    if isinstance(before, Mul) and isinstance(after, Add):
        return "algebra.expand"
    return "algebra.simplify" if cost(after) < cost(before) else "algebra.rearrange"


def _sums(term: Expr) -> int:
    return sum(1 for node in walk(term) if isinstance(node, Sum))


def _differing(before: Expr, after: Expr) -> set[type]:
    """The kinds of the nodes that one line has and the other has not."""
    ours, theirs = ({alpha_normal(node) for node in walk(line)} for line in (before, after))
    kinds: set[type] = set()
    for node in ours ^ theirs:
        for kind in type(node).__mro__:
            kinds.add(kind)
    return kinds
