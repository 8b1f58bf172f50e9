"""Mutants of the book's equations that are false by construction: none passes, nearly all are refuted."""

from __future__ import annotations

from itertools import islice

import pytest
from sympy import Rational

from book_claims import TOPICS, equalities, positive_names
from oracle import gaps, is_false
from symderive.decide import Status, judge_claim
from symderive.terms import Claim
from symderive.terms.slips import slips

#: A factor that no rounding sees.
NEARLY_ONE = 1 + Rational(1, 10**20)


def mutants(claim: Claim, count: int) -> list[Claim]:
    """Mutants of one equation that mpmath finds false at sizes which the judge does not try."""
    positive, unit = positive_names(claim)
    found: list[Claim] = []
    if claim.rhs != 0:
        scaled = Claim(
            claim.lhs, "=", claim.rhs * NEARLY_ONE, claim.hypotheses, claim.definitions,
            claim.recurrences, claim.domain,
        )  # fmt: skip
        if is_false(scaled, positive, unit):
            found.append(scaled)
    for slip in islice(slips(claim), 6 * count):
        if len(found) == count:
            break
        if slip.claim.relation == "=" and is_false(slip.claim, positive, unit):
            found.append(slip.claim)
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_oracle_agrees_with_the_book(topic: str) -> None:
    """An equation of the book that the oracle finds false would make every mutant test worthless."""
    seen = 0
    for label, claim in equalities(topic):
        positive, unit = positive_names(claim)
        found = list(gaps(claim, positive, unit, trials=2))
        seen += bool(found)
        assert all(abs(gap) < 1e-25 for gap in found), (topic, label)
    assert seen >= 0.6 * len(equalities(topic))


@pytest.mark.parametrize("topic", TOPICS)
def test_no_false_mutant_passes(topic: str) -> None:
    """A sample: two mutants an equation."""
    for label, claim in equalities(topic):
        for mutant in mutants(claim, 2):
            verdict = judge_claim(mutant)
            assert verdict.status not in (Status.PROVED, Status.SUPPORTED), (
                topic,
                label,
                mutant.lhs,
                mutant.rhs,
            )


@pytest.mark.sweep
@pytest.mark.parametrize("topic", TOPICS)
def test_twelve_mutants_an_equation(topic: str) -> None:
    """The sweep: none passes, and at least 99 % are refuted."""
    refuted, total, left = 0, 0, []
    for label, claim in equalities(topic):
        for mutant in mutants(claim, 12):
            verdict = judge_claim(mutant)
            assert verdict.status not in (Status.PROVED, Status.SUPPORTED), (
                topic,
                label,
                mutant.lhs,
                mutant.rhs,
            )
            total += 1
            refuted += verdict.status is Status.REFUTED
            if verdict.status is not Status.REFUTED:
                left.append((label, mutant.lhs, mutant.rhs))
    assert refuted >= 0.99 * total, (refuted, total, left)
