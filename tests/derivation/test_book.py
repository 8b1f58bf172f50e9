"""Every claim of the book derives: proved, short, with reasons, and from one side to the other."""

from __future__ import annotations

from functools import cache
from itertools import islice, pairwise

import pytest

from book_claims import TOPICS, claims, positive_names
from oracle import is_false
from symderive.decide import Status
from symderive.derivation import Derivation, PartKind, Step
from symderive.derivation.checking import checked, in_full
from symderive.derivation.engine import derive_claim
from symderive.derivation.lines import LINES
from symderive.rules import LANGUAGES
from symderive.terms import Claim, alpha_equal
from symderive.terms.slips import slips


@cache
def derived(topic: str) -> tuple[tuple[str, Claim, Derivation], ...]:
    """Every claim of a topic with its derivation."""
    found = []
    earlier: list[Claim] = []
    for label, claim in claims(topic):
        name = f"{topic}/{label}"
        found.append((name, claim, derive_claim(claim, name, earlier=earlier)))
        earlier.append(claim)
    return tuple(found)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_claim_is_derived_and_proved(topic: str) -> None:
    """A claim that is judged but not derived has no way that a reader could follow."""
    for name, _, derivation in derived(topic):
        assert derivation.missing is None, f"{name}: {derivation.missing}"
        assert derivation.verdict.status is Status.PROVED, name
        assert 1 <= len(derivation.steps) <= LINES, name


@pytest.mark.parametrize("topic", TOPICS)
def test_every_line_has_a_reason_and_a_verdict_of_its_own(topic: str) -> None:
    """A line without a reason is a claim; one without a verdict is a hope."""
    for name, _, derivation in derived(topic):
        for step in derivation.steps:
            assert step.verdict is not None, name
            assert step.verdict.status is Status.PROVED, f"{name}: {step.rule}"
            assert all(step.reason(language, "x") for language in LANGUAGES)


@pytest.mark.parametrize("topic", TOPICS)
def test_the_lines_hang_together_and_end_at_the_other_side(topic: str) -> None:
    """A chain with a gap, or one that ends elsewhere, would show something else than the claim."""
    for name, claim, derivation in derived(topic):
        for part in derivation.parts:
            for one, following in pairwise(part.steps):
                assert alpha_equal(one.after, following.before), name
        if derivation.main.kind is PartKind.MAIN:
            ends = (derivation.main.first, derivation.result)
            sides = (claim.lhs, claim.rhs)
            assert all(any(alpha_equal(end, side) for side in sides) for end in ends), (
                f"{name}: {derivation.result}"
            )


@pytest.mark.parametrize("topic", ["softmax", "root_mean_square"])
def test_every_fine_step_is_proved(topic: str) -> None:
    """The brief lines could hide a wrong rule between two right ones."""
    for name, _, derivation in derived(topic):
        for step in in_full(derivation).steps:
            assert step.verdict is not None
            assert step.verdict.status is Status.PROVED, f"{name}: {step.rule}"


@pytest.mark.sweep
@pytest.mark.parametrize("topic", TOPICS)
def test_every_fine_step_of_the_book_is_proved(topic: str) -> None:
    """As above, over all of the book."""
    for name, _, derivation in derived(topic):
        for step in in_full(derivation).steps:
            assert step.verdict is not None
            assert step.verdict.status is Status.PROVED, f"{name}: {step.rule}"


def mutants(step: Step, derivation: Derivation, count: int) -> list[Step]:
    """The step with a slip in its right side that an oracle finds false."""
    claim = derivation.problem.claim(step.before, step.after, step.relation, step.hypotheses)
    positive, unit = positive_names(claim)
    found = []
    for slip in islice((s for s in slips(claim) if s.side == "rhs"), 6 * count):
        if is_false(slip.claim, positive, unit):
            after = slip.claim.rhs
            found.append(
                Step(step.before, after, step.rule, relation=step.relation, hypotheses=step.hypotheses)
            )
        if len(found) == count:
            break
    return found


def refused(derivation: Derivation, count: int) -> int:
    """How many mutants were tried; fails where one of them passes."""
    tried = 0
    for step in derivation.steps:
        if step.relation != "=" or step.hypotheses:
            continue
        for mutant in mutants(step, derivation, count):
            tried += 1
            verdict = checked(derivation.problem, mutant).verdict
            assert verdict is not None
            assert verdict.status not in (Status.PROVED, Status.SUPPORTED), (mutant.before, mutant.after)
    return tried


@pytest.mark.parametrize("name", ["softmax/jacobian", "cross_entropy/loss-with-logsumexp"])
def test_mutated_steps_do_not_pass(name: str) -> None:
    """A line with a slip that is still called proved would make every verdict worthless."""
    topic = name.partition("/")[0]
    derivation = next(d for found, _, d in derived(topic) if found == name)
    assert refused(derivation, 2) >= 4


@pytest.mark.sweep
@pytest.mark.parametrize("topic", TOPICS)
def test_mutated_steps_of_the_book_do_not_pass(topic: str) -> None:
    """As above, over every derivation of the book."""
    for _, _, derivation in derived(topic):
        refused(derivation, 3)
