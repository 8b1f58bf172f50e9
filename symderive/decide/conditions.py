"""What a text presumes beyond its hypotheses: the conditions of its terms that these do not imply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import Any

from sympy import Abs, Basic, Expr, Integer, Max, Min, Mul, Pow, sign
from sympy.core.relational import Relational

from symderive.decide.algebra import Timeout, Undefined, Unsupported
from symderive.decide.domain import about, domain_of, is_positive, kinks_of, opened
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, algebra_for, unfolded
from symderive.terms import (
    BINDERS,
    Apply,
    CircularDefinition,
    Definition,
    Hypothesis,
    Index,
    Operation,
    Partial,
    substitute,
    unfold,
    walk,
)
from symderive.terms.remembering import remembered
from symderive.terms.substitution import alpha_normal, freshen

__all__ = ["conditions_of", "gap_of", "independent", "unimplied"]

_SECONDS = 1.0
#: Names are unfolded this deep.
_DEPTH = 24
_NO_NORMAL_FORM = (Unsupported, Undefined, Timeout, TooLarge)


def conditions_of(term: Expr, definitions: tuple[Definition, ...] = ()) -> tuple[Hypothesis, ...]:
    """Where a term has a value, its names unfolded: its domain, and the kinks of what it differentiates.

    A derivative needs what it differentiates to have a value around the point.

    Raises
    ------
    CircularDefinition
        When a definition leads back to its own head.

    Examples
    --------
    >>> from sympy import Abs, log
    >>> from symderive.terms import plain_hypothesis, scalar
    >>> t = scalar("t")
    >>> [plain_hypothesis(h) for h in conditions_of(log(t) + Partial(Abs(t - 1), t))]
    ['t > 0', 't - 1 ≠ 0']
    """
    return _conditions(term, definitions, 0)


@remembered(maxsize=8192)
def _conditions(term: Expr, definitions: tuple[Definition, ...], depth: int) -> tuple[Hypothesis, ...]:
    # Each name once, and not the whole term unfolded: the lines of a derivation hold the same names.
    if depth > _DEPTH:
        raise CircularDefinition("a definition leads back to its own head")
    found: dict[Hypothesis, None] = {}
    for h in domain_of(term):
        for plain in _factors(unfolded(h.lhs, definitions), h.relation):
            if h.relation not in (">", ">=", "!=") or not is_positive(plain):
                found[about(plain, h.relation, h.forall)] = None
    heads = {definition.head: definition for definition in definitions}

    def may_ask(node: Basic) -> bool:
        if isinstance(node, Apply):  # what it is applied to stands in the term itself
            return node.head in heads and not _has_value(heads[node.head].body, definitions, depth + 1)
        if isinstance(node, Partial):
            return _is_kinked(node.term, definitions, 0)
        return isinstance(node, Operation) and node.row.domain != "everywhere"

    if not any(may_ask(node) for node in walk(term)):
        return tuple(found)
    for node, bound in _nodes(term, ()):
        inner: list[Hypothesis] = []
        if isinstance(node, Partial):
            inner += _of_derivative(node, definitions, depth)
        elif isinstance(node, Operation):
            inner += _conditions(freshen(node.unfold()), definitions, depth + 1) if may_ask(node) else ()
        elif isinstance(node, Apply) and may_ask(node):
            body = unfold(node, [heads[node.head]], operations=False, derivatives=False)
            inner += _conditions(body, definitions, depth + 1)
        for h in inner:
            found[_within(h, bound)] = None
    return tuple(found)


def _factors(term: Expr, relation: str) -> Iterator[Expr]:
    """What is not 0 where a term is not: its factors, and what they are powers of."""
    if relation != "!=":
        yield term
    elif isinstance(term, Mul):
        for factor in term.args:
            yield from _factors(factor, relation)
    elif isinstance(term, Pow) and term.exp.is_Rational and term.exp > 0:
        yield from _factors(term.base, relation)
    elif isinstance(term, Pow) and term.exp.is_Rational:
        return  # 1/f is not 0 where it has a value
    else:
        yield term


@remembered(maxsize=4096)
def _has_value(body: Expr, definitions: tuple[Definition, ...], depth: int) -> bool:
    """Has what a name stands for a value for all that it may be applied to?"""
    powers = [node for node in walk(body) if isinstance(node, Pow)]
    if any(power.exp.free_symbols for power in powers):
        return False  # xⁿ has one for every n but −1, −2, …
    return not _conditions(body, definitions, depth)


def _of_derivative(node: Partial, definitions: tuple[Definition, ...], depth: int) -> Iterator[Hypothesis]:
    for h in _conditions(node.term, definitions, depth + 1):
        if h.relation == ">=" and _holds(h, node.wrt):
            yield Hypothesis(h.lhs, ">", h.rhs, h.forall)
    if _is_kinked(node.term, definitions, 0):
        # A variable q(x)_j stands for itself in a derivative by it.
        kept = {variable.head for variable in node.wrt if isinstance(variable, Apply)}
        rest = [definition for definition in definitions if definition.head not in kept]
        yield from kinks_of(unfold(node.term, rest), *node.wrt)


@remembered(maxsize=4096)
def _is_kinked(term: Expr, definitions: tuple[Definition, ...], depth: int) -> bool:
    """Is there anything with a kink, or a root, in a term or in what its names stand for?"""
    if depth > _DEPTH:
        return True
    heads = {definition.head: definition.body for definition in definitions}
    for node in walk(term):
        if isinstance(node, (Abs, sign, Max, Min, Relational)):
            return True
        if isinstance(node, Pow) and node.exp.is_Rational and node.exp > 0 and node.exp.q != 1:
            return True
        if isinstance(node, Operation) and _is_kinked(node.unfold(), definitions, depth + 1):
            return True
        if isinstance(node, Apply) and node.head in heads:
            if _is_kinked(heads[node.head], definitions, depth + 1):
                return True
    return False


def _holds(hypothesis: Hypothesis, variables: Sequence[Expr]) -> bool:
    """Does a root's argument hold a variable that it is differentiated by?"""
    names = set().union(*(variable.free_symbols for variable in variables))
    return bool(names & hypothesis.lhs.free_symbols)


def _nodes(term: Basic, bound: tuple[Index, ...]) -> Iterator[tuple[Basic, tuple[Index, ...]]]:
    """The parts of a term, and the indices that are bound around each."""
    if not term.args:
        return
    yield term, bound
    if isinstance(term, BINDERS):
        yield from _nodes(*opened(term, bound))
        return
    for arg in term.args:
        yield from _nodes(arg, bound)


def _within(hypothesis: Hypothesis, bound: tuple[Index, ...]) -> Hypothesis:
    """The condition for every value of the indices that are bound around it, too."""
    held = about(hypothesis.lhs, hypothesis.relation, bound).forall
    return Hypothesis(hypothesis.lhs, hypothesis.relation, hypothesis.rhs, (*held, *hypothesis.forall))


def unimplied(
    hypotheses: Iterable[Hypothesis], conditions: Iterable[Hypothesis], seconds: float = _SECONDS
) -> tuple[Hypothesis, ...]:
    """Those of the conditions that the hypotheses do not imply.

    Examples
    --------
    >>> from symderive.terms import plain_hypothesis, scalar
    >>> t = scalar("t")
    >>> found = unimplied([Hypothesis(t, ">", 0)], [Hypothesis(t + 1, ">", 0), Hypothesis(t - 2, "!=", 0)])
    >>> [plain_hypothesis(h) for h in found]
    ['t - 2 ≠ 0']
    """
    given, held = tuple(conditions), tuple(hypotheses)
    if not given:
        return ()
    said = {(alpha_normal(part), h.relation) for h in held for part in _factors(gap_of(h), h.relation)}
    given = tuple(h for h in given if not _is_said(h, said))
    if not given:
        return ()
    # The first sign of a term is the one that counts.
    sharp = tuple(h for h in held if h.relation != ">=" or (alpha_normal(gap_of(h)), ">") not in said)
    bare = Problem(Integer(0), "=", Integer(0), sharp, (), (), monotonic() + seconds)
    try:
        algebra = algebra_for(bare)
    except _NO_NORMAL_FORM:
        return given

    def follows(h: Hypothesis) -> bool:
        # A sum of squares that is not 0 is positive.
        apart = h.relation == ">" and (alpha_normal(gap_of(h)), "!=") in said
        return _implied(algebra, Hypothesis(h.lhs, ">=", h.rhs, h.forall) if apart else h)

    return tuple(h for h in given if not follows(h))


def _is_said(condition: Hypothesis, said: set[tuple[Expr, str]]) -> bool:
    """Is a condition one of the hypotheses, or weaker than one about the same term?"""
    gap = alpha_normal(gap_of(condition))
    stronger = {">": (">",), ">=": (">=", ">"), "!=": ("!=", ">", "<")}
    if any((gap, relation) in said for relation in stronger.get(condition.relation, (condition.relation,))):
        return True
    return condition.relation == ">" and {(gap, ">="), (gap, "!=")} <= said


def independent(hypotheses: Iterable[Hypothesis], conditions: Iterable[Hypothesis]) -> tuple[Hypothesis, ...]:
    """The conditions that the hypotheses do not imply, without those that the others imply.

    Examples
    --------
    >>> from symderive.terms import plain_hypothesis, scalar
    >>> t = scalar("t")
    >>> given = [Hypothesis(t**2, ">", 0), Hypothesis(t, ">", 0), Hypothesis(t, "!=", 0)]
    >>> [plain_hypothesis(h) for h in independent([], given)]
    ['t > 0']
    """
    held = tuple(hypotheses)
    alike = {(alpha_normal(gap_of(h)), h.relation): h for h in reversed(tuple(conditions))}
    kept = list(unimplied(held, reversed(alike.values())))
    # The longest first: of two conditions that imply each other, the shorter one is easier to read.
    for h in sorted(kept, key=lambda h: (h.relation != "!=", -sum(1 for _ in walk(h.lhs)))):
        others = [other for other in kept if other is not h]
        if others and not unimplied((*held, *others), (h,)):
            kept = others
    return tuple(kept)


def gap_of(hypothesis: Hypothesis) -> Expr:
    """``lhs − rhs``, for indices of their own in place of those that a condition is quantified over.

    A hypothesis about a free index i says nothing of every i.
    """
    names: dict[Any, Any] = {}
    for number, index in enumerate(hypothesis.forall):
        if isinstance(index, Index):
            low, high = substitute(index.lower, names), substitute(index.upper, names)
            names[index] = Index(f"i\u0332{number}", high, low)
    opened_gap: Expr = substitute(hypothesis.lhs - hypothesis.rhs, names)
    return opened_gap


def _implied(algebra: Any, hypothesis: Hypothesis) -> bool:
    gap = -gap_of(hypothesis) if hypothesis.relation in ("<", "<=") else gap_of(hypothesis)
    relation = hypothesis.relation.replace("<", ">")
    try:
        ratio = algebra.normalise(gap)
        if ratio.is_zero:
            return relation in (">=", "=")
        if relation == "!=" and algebra.facts.is_nonzero(ratio.num):
            return True
        if relation not in (">", ">=", "!="):
            return False
        known = algebra.facts.sign_of(ratio)
        if relation == "!=":
            return known is not None and bool(known[0] != 0 and known[1])
        if known is None:
            return relation == ">=" and bool(gap.is_integer and algebra.facts.integers.at_least(gap, 0))
        return bool(known[0] == 1 and (known[1] or relation == ">="))
    except _NO_NORMAL_FORM:
        return False
