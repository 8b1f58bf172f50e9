"""Equivalent forms of true identities stay proved, and none of them is ever refuted."""

from __future__ import annotations

import pytest

from identities import TRUE
from rewritings import variants
from symderive.decide import Status, judge_claim
from symderive.terms import Claim


@pytest.mark.parametrize("name", TRUE)
def test_no_equivalent_form_is_refuted(name: str) -> None:
    """A false alarm on a renamed or shifted sum is what people dislike most."""
    left, right = TRUE[name]
    for what, claim in variants(Claim(left, "=", right)):
        assert judge_claim(claim).status is not Status.REFUTED, what


def test_equivalent_forms_stay_proved() -> None:
    """At least 95 % of them."""
    verdicts = [
        (name, what, judge_claim(claim).status)
        for name, (left, right) in TRUE.items()
        for what, claim in variants(Claim(left, "=", right))
    ]
    lost = [(name, what) for name, what, status in verdicts if status is not Status.PROVED]
    assert len(lost) <= 0.05 * len(verdicts), (len(lost), len(verdicts), lost)
