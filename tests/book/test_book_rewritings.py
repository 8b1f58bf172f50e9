"""Equivalent forms of the book's claims stay proved."""

from __future__ import annotations

import pytest

from book_claims import TOPICS, claims
from rewritings import variants
from symderive.decide import Status, judge_claim


@pytest.mark.sweep
@pytest.mark.parametrize("topic", TOPICS)
def test_equivalent_forms_of_the_book_stay_proved(topic: str) -> None:
    """At least 95 % stay proved, and not one is refuted."""
    total, lost = 0, []
    for label, claim in claims(topic):
        if judge_claim(claim).status is not Status.PROVED:
            continue
        for what, variant in variants(claim):
            verdict = judge_claim(variant)
            assert verdict.status is not Status.REFUTED, (label, what, verdict.counterexample)
            total += 1
            if verdict.status is not Status.PROVED:
                lost.append((label, what))
    assert len(lost) <= 0.05 * total, (len(lost), total, lost)
