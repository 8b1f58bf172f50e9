"""Sauer and Pajor, exhaustively and as judged chains; the polynomial bound inside and outside its precondition."""

from __future__ import annotations

from itertools import combinations, product
from math import comb

import pytest

from symderive.decide import Status, judge_claim
from symderive.finite.chains import Chain, Link
from symderive.finite.hypothesis_class import sauer_sum
from symderive.finite.sauer import (
    pascal_identity,
    polynomial_growth_chain,
    polynomial_growth_verdict,
    sauer_chain,
)
from symderive.finite.set_families import FamilyCheck, check_all_families, shattered_sets
from symderive.terms import Claim, scalar


@pytest.mark.parametrize("m", range(5))
def test_all_families(m: int) -> None:
    """All 2^(2^m) families satisfy both inequalities, and some reach them."""
    found = check_all_families(m)
    assert found.families == 2 ** (2**m)
    assert found.status is Status.PROVED
    assert found.pajor_tight >= found.sauer_tight > 0


def test_bit_masks_against_plain_sets() -> None:
    """The fast count agrees with a count by sets, for all 256 families on three points."""
    subsets = [frozenset(c) for size in range(4) for c in combinations(range(3), size)]
    tight = 0
    for chosen in product((0, 1), repeat=8):
        family = [s for s, bit in zip(subsets, chosen, strict=True) if bit]
        shattered = shattered_sets(family, 3)
        assert len(family) <= len(shattered)
        tight += len(family) == len(shattered)
    assert tight == check_all_families(3).pajor_tight


def test_a_violation_would_be_refuted() -> None:
    """The status follows the counts."""
    assert FamilyCheck(1, 4, 1, 0, 0, 0).status is Status.REFUTED


def test_too_many_families_are_refused() -> None:
    """Five points have 2^32 families."""
    with pytest.raises(ValueError, match="2\\^32"):
        check_all_families(5)
    with pytest.raises(ValueError, match="no subset"):
        shattered_sets([[7]], 3)


def test_pascal_is_proved() -> None:
    """The induction rests on it; a slip in it is refuted."""
    claim = pascal_identity()
    assert judge_claim(claim).status is Status.PROVED
    assert judge_claim(Claim(claim.lhs, "=", claim.rhs + 1)).status is Status.REFUTED


def test_sauer_chain_is_cited_and_its_arithmetic_proved() -> None:
    """Combinatorics about arbitrary sets is not passed off as proved by the judge."""
    chain = sauer_chain()
    assert chain.status is Status.CITED
    assert chain.statuses["split"] is Status.PROVED
    assert {name for name, status in chain.statuses.items() if status is Status.CITED} == {"lift", "sizes"}
    assert "CITED" in str(chain)


def test_polynomial_growth_chain_is_proved_link_by_link() -> None:
    """Every link for all m ≥ d."""
    chain = polynomial_growth_chain()
    assert set(chain.statuses.values()) == {Status.PROVED}


def test_polynomial_growth_needs_its_precondition() -> None:
    """m ≥ d: proved for numbers; m = 1, d = 2: refuted."""
    assert polynomial_growth_verdict(1, 2, precondition=False).status is Status.REFUTED
    assert polynomial_growth_verdict(precondition=False).status is Status.REFUTED
    assert polynomial_growth_verdict().status is not Status.REFUTED
    for m, d in ((1, 1), (5, 2), (7, 7), (40, 3)):
        assert polynomial_growth_verdict(m, d).status is Status.PROVED
    with pytest.raises(ValueError, match="needs m"):
        polynomial_growth_verdict(1, 2)


def test_a_citation_shields_nothing() -> None:
    """A false claim with a source is refuted, and takes its chain with it."""
    t = scalar("t")
    false = Link("false", "no", Claim(t**2, "<", 0), "a famous book")
    assert false.verdict.status is Status.REFUTED
    assert Chain("all", (false, Link("true", "yes", Claim(t**2, ">=", 0)))).status is Status.REFUTED
    assert Chain("none", ()).status is Status.UNDECIDED


def test_sauer_sum() -> None:
    """The sum stops at m."""
    assert sauer_sum(10, 3) == sum(comb(10, i) for i in range(4))
    assert sauer_sum(3, 9) == 8
