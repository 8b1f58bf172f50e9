"""The slips that people make: every plausible one-edit change of one side of a claim.

A slip that turns a refuted claim into a proved one is a suggested correction; one that turns a right step
into a wrong one is a mutant. A family of slips is a function that proposes replacements for the node at a
place (`slip_families`); places, rebuilding and scope are handled once (`positions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from sympy import Expr, I, nan, oo, zoo

from symderive.terms.claim import Claim
from symderive.terms.positions import Place, free_scope, places
from symderive.terms.slip_families import FAMILIES

__all__ = ["KINDS", "Slip", "slips"]

#: What each kind of slip changes, in English and Korean.
KINDS: dict[str, tuple[str, str]] = {
    "sign": ("the sign of a term is flipped", "항의 부호가 바뀌었다"),
    "step": ("a step is shifted by one", "단계가 하나 어긋났다"),
    "index": ("an index is replaced by another", "첨자가 다른 첨자로 바뀌었다"),
    "transposition": ("two indices are exchanged", "두 첨자가 서로 바뀌었다"),
    "factor": ("a factor is lost or added", "인수가 빠지거나 더해졌다"),
    "exponent": ("a power or a root is lost or added", "거듭제곱이나 근호가 빠지거나 더해졌다"),
    "delta": ("a Kronecker delta is lost or added", "크로네커 델타가 빠지거나 더해졌다"),
    "term": ("a term is lost or added", "항이 빠지거나 더해졌다"),
    "range": ("the range of an index is shifted", "첨자의 범위가 어긋났다"),
    "sum": ("a sum is lost or added", "합이 빠지거나 더해졌다"),
    "reciprocal": ("a fraction is turned over", "분수가 뒤집혔다"),
    "arguments": ("two arguments are exchanged", "두 인수가 서로 바뀌었다"),
    "function": ("a function is lost or exchanged", "함수가 빠지거나 바뀌었다"),
    "relation": ("the relation points the other way", "부등호의 방향이 바뀌었다"),
}
_RELATIONS = {"<=": (">=", "<"), ">=": ("<=", ">"), "<": (">", "<="), ">": ("<", ">=")}


@dataclass(frozen=True)
class Slip:
    """One edit of a claim: its kind, what it changes (``lhs``, ``rhs`` or ``relation``), the result."""

    kind: str
    side: str
    claim: Claim

    def describe(self, language: str = "en") -> str:
        """What the edit changes, in English (``en``) or Korean (``ko``)."""
        return KINDS[self.kind][("en", "ko").index(language)]


def slips(claim: Claim, limit: int = 400) -> Iterator[Slip]:
    """Every one-edit change of a claim, the most plausible first, without repetition.

    The families take turns after the signs, so that the first few dozen hold something of each.

    Parameters
    ----------
    claim
        The claim to change; its hypotheses and definitions stay as they are.
    limit
        The largest number of slips.

    Examples
    --------
    >>> from symderive.terms import Claim, scalar
    >>> a, b = scalar("a"), scalar("b")
    >>> claim = Claim((a - b) ** 2, "=", a**2 - 2 * a * b - b**2)
    >>> right = a**2 - 2 * a * b + b**2
    >>> next(slip.kind for slip in slips(claim) if slip.claim.rhs == right)
    'sign'
    """
    return islice(_distinct(claim, _candidates(claim)), limit)


def _candidates(claim: Claim) -> Iterator[Slip]:
    families = [_of_family(claim, kind, family) for kind, family in FAMILIES]
    families.append(_relations(claim))
    signs, *others = families
    yield from signs
    yield from _in_turns(others)


def _relations(claim: Claim) -> Iterator[Slip]:
    for relation in _RELATIONS.get(claim.relation, ()):
        yield Slip("relation", "relation", replace(claim, relation=relation))


def _of_family(
    claim: Claim, kind: str, family: Callable[[Place], Iterable[Expr | tuple[str, Expr]]]
) -> Iterator[Slip]:
    scope = free_scope(claim.lhs, claim.rhs)
    for side, term, other in (("rhs", claim.rhs, claim.lhs), ("lhs", claim.lhs, claim.rhs)):
        for place in places(term, other, scope):
            if place.is_vector and kind != "index":
                continue
            for proposal in family(place):
                named, node = proposal if isinstance(proposal, tuple) else (kind, proposal)
                changed = place.put(node)
                yield Slip(
                    named, side, replace(claim, lhs=changed) if side == "lhs" else replace(claim, rhs=changed)
                )


def _distinct(claim: Claim, candidates: Iterable[Slip]) -> Iterator[Slip]:
    seen: set[tuple[Expr, str, Expr]] = {(claim.lhs, claim.relation, claim.rhs)}
    for slip in candidates:
        changed = slip.claim
        key = (changed.lhs, changed.relation, changed.rhs)
        if key in seen or changed.lhs == changed.rhs:  # "a = a" corrects nothing
            continue
        if not (_has_value(changed.lhs) and _has_value(changed.rhs)):
            continue
        seen.add(key)
        yield slip


def _has_value(term: Expr) -> bool:
    return not term.has(nan, zoo, I) and term not in (oo, -oo)


def _in_turns(families: list[Iterator[Slip]]) -> Iterator[Slip]:
    while families:
        for family in list(families):
            try:
                yield next(family)
            except StopIteration:
                families.remove(family)
