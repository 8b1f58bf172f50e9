"""Where two lines differ, from the lines alone: what a file says of a step need not be believed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sympy import Add, Basic, Expr, Integer, Mul, Symbol

from symderive.derivation import Step
from symderive.terms import BINDERS, Partial, alpha_equal, limits_of, substitute
from symderive.terms.substitution import alpha_normal

__all__ = ["located"]

_Ranges = tuple[tuple[Expr, Expr, Expr], ...]


def located(step: Step) -> Step:
    """The step with the smallest piece that changed, what it became, and the indices bound around it.

    If the piece and what it became are equal for all values of those indices, so are the lines. An inequality
    stays a whole line: what is larger inside need not be larger outside.

    Examples
    --------
    >>> from sympy import log
    >>> from symderive.terms import scalar
    >>> a, b = scalar("a"), scalar("b")
    >>> step = located(Step(a + log(a * b), a + log(b * a + 0 * b) + a - a, "algebra.simplify"))
    >>> step.redex is None
    True
    >>> step = located(Step(a + log(a - b), a + log(b), "algebra.simplify"))
    >>> step.redex, step.contractum
    (a - b, b)
    """
    if step.relation != "=" or alpha_equal(step.before, step.after):
        return step
    before, after = step.before, step.after
    where: tuple[int, ...] = ()
    ranges: _Ranges = ()
    differentiated = False
    while True:
        found = _inside(before, after)
        if found is None:
            break
        place, binder, before, after = found
        where = (*where, place)
        if isinstance(binder, BINDERS):
            ranges = (*ranges, *((index, lower, upper) for index, lower, upper in limits_of(binder)))
        differentiated = differentiated or isinstance(binder, Partial)
    if not where:
        return step
    return replace(
        step,
        where=where,
        redex=before,
        contractum=after,
        ranges=ranges,
        differentiated=differentiated,
    )


def _inside(before: Expr, after: Expr) -> tuple[int, Expr, Expr, Expr] | None:
    """The one argument in which two terms of one kind differ: its place, the whole, before and after."""
    for kind in (Add, Mul):
        if isinstance(before, kind) or isinstance(after, kind):
            return _among(kind, before, after)
    if type(before) is not type(after) or not before.args:
        return None
    if isinstance(before, BINDERS):
        changed = _renamed(before, after)
        return None if changed is None else (0, before, before.args[0], changed)
    if len(before.args) != len(after.args):
        return None
    places = [n for n, pair in enumerate(zip(before.args, after.args, strict=True)) if not _same(*pair)]
    if len(places) != 1:
        return None
    one, two = before.args[places[0]], after.args[places[0]]
    if not isinstance(one, Expr) or not isinstance(two, Expr):
        return None
    if isinstance(before, Partial) and places[0] != 0:
        return None  # another variable is another derivative
    return places[0], before, one, two


def _among(kind: type[Add] | type[Mul], before: Expr, after: Expr) -> tuple[int, Expr, Expr, Expr] | None:
    """The terms of a sum, or the factors of a product, that are not on both sides."""
    mine = kind.make_args(before)
    theirs = Counter(alpha_normal(arg) for arg in kind.make_args(after))
    left = []
    for arg in mine:
        key = alpha_normal(arg)
        if theirs[key]:
            theirs[key] -= 1
        else:
            left.append(arg)
    if len(left) == len(mine):
        return None  # nothing stays
    right = []
    for arg in reversed(kind.make_args(after)):
        key = alpha_normal(arg)
        if theirs[key]:
            theirs[key] -= 1
            right.append(arg)
    if not left and not right:
        return None  # the same terms in another order
    unit = Integer(0 if kind is Add else 1)
    was = kind(*left) if left else unit
    becomes = kind(*right) if right else unit
    place = mine.index(left[0]) if left else 0
    return place, before, was, becomes


def _renamed(before: Expr, after: Expr) -> Expr | None:
    """The body of the second binder with the indices of the first, where both run over the same ranges."""
    mine, theirs = limits_of(before), limits_of(after)
    if len(mine) != len(theirs):
        return None
    mapping: dict[Symbol, Symbol] = {}
    for (index, lower, upper), (other, low, high) in zip(mine, theirs, strict=True):
        if not _same(substitute(low, mapping), lower) or not _same(substitute(high, mapping), upper):
            return None
        mapping[other] = index
    body = substitute(after.args[0], mapping)
    assert isinstance(body, Expr)
    return body


def _same(one: Basic, two: Basic) -> bool:
    return bool(one == two or (isinstance(one, Expr) and isinstance(two, Expr) and alpha_equal(one, two)))
