"""The tables of identities: each is proved, each near miss refuted, and the proved ones hold on random counts."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from sympy import Symbol

from symderive.decide import Status
from symderive.finite import (
    distance_identities,
    false_distance_claims,
    false_metric_claims,
    metric_identities,
)
from symderive.terms import free_names

TRUE = {**metric_identities(), **distance_identities()}
FALSE = {**false_metric_claims(), **false_distance_claims()}


@pytest.mark.parametrize("name", TRUE)
def test_identity_is_proved(name: str) -> None:
    """Every link: SUPPORTED or CITED would not do for a table that says `proved`."""
    assert TRUE[name].status is Status.PROVED, str(TRUE[name])


@pytest.mark.parametrize("name", FALSE)
def test_near_miss_is_refuted(name: str) -> None:
    """A judge that proves everything would pass the other test; here it must find a counterexample."""
    chain = FALSE[name]
    assert chain.status is Status.REFUTED, str(chain)
    assert any(link.verdict.counterexample for link in chain.links)


def test_binary_identities_hold_on_random_counts() -> None:
    """An oracle beside the judge: exact substitution of random counts into the claims in TP, FP, FN, TN."""
    rng = random.Random(0)
    relations = {"=": "__eq__", "<=": "__le__", ">": "__gt__"}
    checked = 0
    for name, chain in metric_identities().items():
        for link in chain.links:
            claim = link.claim
            assert claim is not None
            names = free_names(claim.lhs) | free_names(claim.rhs)
            if not all(isinstance(each, Symbol) and each.name in ("TP", "FP", "FN", "TN") for each in names):
                continue
            for _ in range(5):
                values = {each: rng.randint(1, 9) for each in names}
                if "FP = FN" in chain.statement or "one size" in chain.statement:
                    values = dict.fromkeys(names, 3)
                left, right = (side.subs(values) for side in (claim.lhs, claim.rhs))
                gap = (left - right).evalf(40)
                assert getattr(Fraction(round(gap * 10**30)), relations[claim.relation])(0), (name, values)
                checked += 1
    assert checked > 60
