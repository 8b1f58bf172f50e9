"""What a text presumes beyond its hypotheses: the conditions of its terms that these do not imply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import Any

from sympy import Basic, Expr, Integer

from symderive.decide.algebra import Timeout, Undefined, Unsupported
from symderive.decide.domain import about, domain_of, kinks_of, opened
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import Problem, algebra_for
from symderive.terms import (
    BINDERS,
    Apply,
    Definition,
    Hypothesis,
    Index,
    Partial,
    substitute,
    unfold,
    walk,
)
from symderive.terms.remembering import remembered
from symderive.terms.substitution import alpha_normal

__all__ = ["conditions_of", "independent", "unimplied"]

_SECONDS = 1.0
_NO_NORMAL_FORM = (Unsupported, Undefined, Timeout, TooLarge)


@remembered(maxsize=4096)
def conditions_of(term: Expr, definitions: tuple[Definition, ...] = ()) -> tuple[Hypothesis, ...]:
    """Where a term has a value, its names unfolded: its domain, and the kinks of what it differentiates.

    A derivative needs what it differentiates to have a value around the point.

    Examples
    --------
    >>> from sympy import Abs, log
    >>> from symderive.terms import plain_hypothesis, scalar
    >>> t = scalar("t")
    >>> [plain_hypothesis(h) for h in conditions_of(log(t) + Partial(Abs(t - 1), t))]
    ['t > 0', 't - 1 ≠ 0']
    """
    # A variable q(x)_j stands for itself in a derivative by it; elsewhere it has the conditions of its body.
    variables = [v for n in walk(term) if isinstance(n, Partial) for v in n.wrt if isinstance(v, Apply)]
    kept = {variable.head for variable in variables}
    rest = tuple(definition for definition in definitions if definition.head not in kept)
    plain = unfold(term, rest, derivatives=False)
    found = dict.fromkeys(domain_of(plain))
    for partial, bound in _partials(plain, ()):
        for h in domain_of(partial.term):
            if h.relation == ">=" and _holds(h, partial.wrt):
                h = Hypothesis(h.lhs, ">", h.rhs, h.forall)
            found[_within(h, bound)] = None
        for h in kinks_of(partial.term, *partial.wrt):
            found[_within(h, bound)] = None
    for variable in variables:
        if len(rest) < len(definitions):
            found.update(dict.fromkeys(domain_of(unfold(variable, definitions))))
    return tuple(found)


def _holds(hypothesis: Hypothesis, variables: Sequence[Expr]) -> bool:
    """Does a root's argument hold a variable that it is differentiated by?"""
    names = set().union(*(variable.free_symbols for variable in variables))
    return bool(names & hypothesis.lhs.free_symbols)


def _partials(term: Basic, bound: tuple[Index, ...]) -> Iterator[tuple[Partial, tuple[Index, ...]]]:
    if isinstance(term, BINDERS):
        yield from _partials(*opened(term, bound))
        return
    if isinstance(term, Partial):
        yield term, bound
    for arg in term.args:
        yield from _partials(arg, bound)


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
    given = tuple(conditions)
    if not given:
        return ()
    bare = Problem(Integer(0), "=", Integer(0), tuple(hypotheses), (), (), monotonic() + seconds)
    try:
        algebra = algebra_for(bare)
    except _NO_NORMAL_FORM:
        return given
    return tuple(h for h in given if not _implied(algebra, h))


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
    alike = {(alpha_normal(_closed(h)), h.relation): h for h in reversed(tuple(conditions))}
    kept = list(unimplied(held, reversed(alike.values())))
    # The longest first: of two conditions that imply each other, the shorter one is easier to read.
    for h in sorted(kept, key=lambda h: (h.relation != "!=", -sum(1 for _ in walk(h.lhs)))):
        others = [other for other in kept if other is not h]
        if others and not unimplied((*held, *others), (h,)):
            kept = others
    return tuple(kept)


def _closed(hypothesis: Hypothesis) -> Expr:
    """The gap of a condition with its quantified indices named by their order."""
    gap: Expr = hypothesis.lhs - hypothesis.rhs
    names: dict[Any, Any] = {}
    for number, index in enumerate(hypothesis.forall):
        if isinstance(index, Index):
            names[index] = Index(f"_{number}", substitute(index.upper, names), substitute(index.lower, names))
    renamed: Expr = substitute(gap, names)
    return renamed


def _implied(algebra: Any, hypothesis: Hypothesis) -> bool:
    falls = hypothesis.relation in ("<", "<=")
    gap: Expr = hypothesis.rhs - hypothesis.lhs if falls else hypothesis.lhs - hypothesis.rhs
    relation = hypothesis.relation.replace("<", ">")
    try:
        ratio = algebra.normalise(gap)
        if ratio.is_zero:
            return relation in (">=", "=")
        if relation == "!=":
            return bool(algebra.facts.is_nonzero(ratio.num))
        if relation not in (">", ">="):
            return False
        known = algebra.facts.sign_of(ratio)
        if known is None:
            return relation == ">=" and bool(gap.is_integer and algebra.facts.integers.at_least(gap, 0))
        return bool(known[0] == 1 and (known[1] or relation == ">="))
    except _NO_NORMAL_FORM:
        return False
