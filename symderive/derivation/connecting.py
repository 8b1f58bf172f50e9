"""From one side to the other: both are opened up until they meet, and one way is walked back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    Product,
    Sum,
    Symbol,
    binomial,
    exp,
    expand,
    expand_log,
    expand_mul,
    expand_multinomial,
    factorial,
    log,
    sign,
)

from symderive.decide import Status
from symderive.decide.polynomial import Poly, TooLarge
from symderive.derivation.checking import verdict_of
from symderive.derivation.folding import Rewriting, compact
from symderive.derivation.presenting import Fraction, cost, present
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
    plain,
    rebuild,
    substitute,
    unfold,
    walk,
)
from symderive.terms.substitution import alpha_normal

__all__ = ["bridge", "connect", "last_terms_off", "opened", "split_sums"]

#: A line on the way from a side, with the rule that leads to it from the line before and what that is about.
Line = Rewriting


def connect(problem: Problem, term: Expr, goal: Expr | None = None) -> list[Rewriting] | str:
    """The steps from `term` to a goal (the problem's), or a sentence that says how far it came."""
    goal = problem.goal if goal is None else goal
    assert goal is not None
    if alpha_equal(term, goal):
        return []
    if verdict_of(problem.claim(term, goal)).status is not Status.PROVED:
        return f"it was not shown that {plain(term)} is {plain(goal)}"
    binders: dict[Basic, Any] = {}
    direct = bridge(term, goal, problem.scope)
    if direct.startswith(("algebra.factor", "algebra.expand", "algebra.simp", "algebra.rearr", "case.equal")):
        return [Rewriting(direct, goal)]
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
    if _fractions_agree(split_sums(before), split_sums(after)):
        return "sum.merge" if _sums(after) < _sums(before) else "sum.linear"
    if _fractions_agree(_without_empty_sums(before), _without_empty_sums(after)):
        return "sum.empty"
    if _fractions_agree(split_sums(last_terms_off(before)), split_sums(last_terms_off(after))):
        return "recurrence.last-term"
    kinds = _differing(before, after)
    for rule, nodes in _EXPLANATIONS:
        if kinds & set(nodes):
            return rule
    return "algebra.normal-form"


#: What is told apart by the kinds of nodes that only one of the two lines has, the most telling first.
_EXPLANATIONS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("algebra.binomial", (binomial, factorial)),
    ("case.signs", (Abs, sign, Max, Min)),
    ("algebra.logarithm", (log,)),
    ("algebra.exponential", (exp,)),
    ("sum.closed", (Sum, Product)),
    ("algebra.power", (Pow,)),
)


# -- opening up ----------------------------------------------------------------------------------------


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
                return Sum(node.function, (index, lower, rest)) + substitute(node.function, {index: upper})
        return node

    result = change(term)
    assert isinstance(result, Expr)
    return result


def _without_empty_sums(term: Expr) -> Expr:
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
        result = Add(*(_simple_sum(Sum(part, limit)) for part in Add.make_args(body)))
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
