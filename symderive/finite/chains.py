"""Arguments link by link: every link is judged, and what the judge cannot decide is cited or stays open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from symderive.decide import Status, Verdict, judge_claim
from symderive.terms import Claim

__all__ = ["Chain", "Link"]

#: From the strongest to the weakest.
_ORDER = (Status.PROVED, Status.CITED, Status.SUPPORTED, Status.UNDECIDED, Status.REFUTED)


@dataclass(frozen=True)
class Link:
    """One step of an argument.

    Parameters
    ----------
    name
        A short name.
    reason
        Why it holds, in words.
    claim
        What it states, where that is arithmetic; it is judged.
    source
        Where it is proved, for a step that the judge does not prove. It shields nothing: a claim that
        is refuted is refuted, cited or not.
    """

    name: str
    reason: str
    claim: Claim | None = None
    source: str | None = None

    @cached_property
    def verdict(self) -> Verdict:
        """What the judge says of the claim; ``CITED`` where it proves nothing and a source is named."""
        found = Verdict(Status.UNDECIDED, evidence="nothing is computed here")
        if self.claim is not None:
            found = judge_claim(self.claim)
            if found.status in (Status.PROVED, Status.REFUTED):
                return found
        if self.source is None:
            return found
        return Verdict(Status.CITED, hypotheses=found.hypotheses, evidence=f"cited: {self.source}")

    def __str__(self) -> str:
        stated = "" if self.claim is None else f": {self.claim.lhs} {self.claim.relation} {self.claim.rhs}"
        return f"{self.verdict.status.value:<9} {self.name}{stated} ({self.reason})"


@dataclass(frozen=True)
class Chain:
    """Links that together give a statement.

    Its status is that of its weakest link.

    Examples
    --------
    >>> from symderive.terms import scalar
    >>> t = scalar("t")
    >>> square = Link("square", "a square is not negative", Claim(t**2, ">=", 0))
    >>> theorem = Link("theorem", "a classic", source="Euclid")
    >>> Chain("t² ≥ 0", (square,)).status
    <Status.PROVED: 'PROVED'>
    >>> Chain("t² ≥ 0, and more", (square, theorem)).status
    <Status.CITED: 'CITED'>
    """

    statement: str
    links: tuple[Link, ...]

    @property
    def status(self) -> Status:
        """The weakest link's."""
        return max((link.verdict.status for link in self.links), key=_ORDER.index, default=Status.UNDECIDED)

    @property
    def statuses(self) -> dict[str, Status]:
        """Name of a link → what is known of it."""
        return {link.name: link.verdict.status for link in self.links}

    def __str__(self) -> str:
        return "\n".join((f"{self.status.value:<9} {self.statement}", *(f"  {link}" for link in self.links)))
