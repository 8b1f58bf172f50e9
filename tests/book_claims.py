"""The claims of the book as terms, for the tests that vary them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sympy import Indexed, Symbol, preorder_traversal

from symderive.documents.examination import Document, Examination
from symderive.terms import Apply, Claim

BOOK = Path(__file__).parents[1] / "derivations"
TOPICS = sorted(path.stem for path in BOOK.glob("*.md") if not path.stem.endswith(".ko"))


@cache
def claims(topic: str) -> tuple[tuple[str, Claim], ...]:
    """Every claim of a topic, with the formula's label (or its number)."""
    examination = Examination(Document(topic, (BOOK / f"{topic}.md").read_text(encoding="utf-8")))
    examination.read()
    assert examination.reading is not None
    return tuple(
        (reading.display.label or str(number), claim)
        for number, reading in enumerate(examination.reading.readings)
        for claim in reading.claims
    )


def equalities(topic: str) -> list[tuple[str, Claim]]:
    """The claims that are equations."""
    return [(label, claim) for label, claim in claims(topic) if claim.relation == "="]


def positive_names(claim: Claim) -> tuple[set[str], set[str]]:
    """The names that a claim's hypotheses and domain make positive, and those that lie in (0, 1)."""
    positive, below_one = set(), set()
    for h in (*claim.hypotheses, *claim.domain):
        for name in names_in((h.lhs,)) if h.relation in (">", ">=") and h.rhs == 0 else ():
            positive.add(name)
        if h.relation in (">", ">=") and h.rhs != 0 and isinstance(h.lhs, Symbol):
            positive.add(h.lhs.name)
        if h.relation in ("<", "<=") and h.lhs == 0 and isinstance(h.rhs, Symbol):
            positive.add(h.rhs.name)
        for side, other in ((h.lhs, h.rhs), (h.rhs, h.lhs)):
            if isinstance(side, Symbol) and other == 1 and h.relation in ("<", ">"):
                below_one.add(side.name)
    return positive, positive & below_one


def names_in(terms: Iterable[object]) -> set[str]:
    """Scalars, families and functions by name."""
    found: set[str] = set()
    for term in terms:
        for node in preorder_traversal(term):
            if isinstance(node, Indexed):
                found.add(str(node.base))
            elif isinstance(node, Apply):
                found.add(node.head)
            elif isinstance(node, Symbol) and not node.is_integer:
                found.add(node.name)
    return found
