"""One-edit mutants of true identities, false for mpmath: never proved or supported, nearly all refuted."""

from __future__ import annotations

from itertools import islice

import pytest

from identities import TRUE
from oracle import gaps, is_false
from symderive.decide import Status, judge_claim
from symderive.terms import Claim
from symderive.terms.slips import slips

PER_IDENTITY = 24


def mutants(claim: Claim, count: int) -> list[Claim]:
    """Mutants that are false at sizes which the judge does not try."""
    found = []
    for slip in islice(slips(claim), 4 * count):
        if slip.claim.relation == "=" and is_false(slip.claim, positive=("a", "b", "c", "p", "q")):
            found.append(slip.claim)
        if len(found) == count:
            break
    return found


@pytest.mark.parametrize("name", TRUE)
def test_identity_holds_for_the_oracle(name: str) -> None:
    """The oracle and the judge share no evaluator: a true identity must look true to both."""
    left, right = TRUE[name]
    seen = list(gaps(Claim(left, "=", right), positive=("a", "b", "c", "p", "q")))
    assert seen, "the oracle found no point"
    assert all(abs(gap) < 1e-30 for gap in seen)


@pytest.mark.parametrize("name", TRUE)
def test_false_mutants_do_not_pass(name: str) -> None:
    """A mutant that passes is a false proof."""
    left, right = TRUE[name]
    tried = mutants(Claim(left, "=", right), PER_IDENTITY)
    assert tried, "no mutant was found"
    for mutant in tried:
        verdict = judge_claim(mutant)
        assert verdict.status not in (Status.PROVED, Status.SUPPORTED), (mutant.lhs, mutant.rhs)


@pytest.mark.sweep
def test_nearly_all_mutants_are_refuted() -> None:
    """Undecided is honest, but a judge that refutes little is of little use."""
    verdicts = [
        judge_claim(mutant).status
        for left, right in TRUE.values()
        for mutant in mutants(Claim(left, "=", right), PER_IDENTITY)
    ]
    refuted = sum(status is Status.REFUTED for status in verdicts)
    assert refuted >= 0.99 * len(verdicts), (refuted, len(verdicts))
