"""The verdict on a claim of a document: a refutation stands only where all that the text states holds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symderive.decide import Verdict
    from symderive.documents.reading_types import Reserve
    from symderive.terms import Claim

__all__ = ["Judged", "judge_stated"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and the claim that it is about: with more hypotheses where those decided.

    `withheld` says that the claim is false at a point that the text may exclude.
    """

    claim: Claim
    verdict: Verdict
    withheld: bool = False


def judge_stated(claim: Claim, reserve: Reserve | None, timeout: float | None = None) -> Judged:
    """The verdict on a claim and on what the text states around it.

    Nothing is proved by what is no hypothesis: a claim that is false without it, and not with it, is
    undecided.
    """
    from symderive.decide import Status, judge_claim

    deadline = None if timeout is None else time.monotonic() + timeout

    def left() -> float | None:
        return None if deadline is None else max(deadline - time.monotonic(), 0.05)

    verdict = judge_claim(claim, timeout=timeout)
    if reserve is None or verdict.status is not Status.REFUTED:
        return Judged(claim, verdict)
    if reserve.linked is not None:
        claim, verdict = reserve.linked, judge_claim(reserve.linked, timeout=left())
        if verdict.status is not Status.REFUTED:
            return Judged(claim, verdict)
    if reserve.unread:
        said = "; ".join(reserve.unread)
        return _withheld(
            claim, f"false where {said} does not hold, which the text states and is not understood"
        )
    if not reserve.said:
        return Judged(claim, verdict)
    for candidate in reserve.claims:
        found = judge_claim(candidate, timeout=left())
        if found.status is Status.REFUTED:
            return Judged(candidate, found)
    said = "; ".join(reserve.said)
    why = f"false where {said} does not hold, which the text states in no form of a hypothesis"
    return _withheld(claim, f"{why}: write it in one, or declare it under assume")


def _withheld(claim: Claim, why: str) -> Judged:
    from symderive.decide import Status, Verdict

    return Judged(claim, Verdict(Status.UNDECIDED, evidence=why), True)
