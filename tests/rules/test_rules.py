"""Every rule's example: proved by the judge and sampled by an oracle that shares no code with it."""

from __future__ import annotations

import mpmath
import pytest
from sympy import Expr, preorder_traversal
from sympy.core.relational import Relational

from oracle import gaps, is_false
from symderive.decide import Status, judge_claim
from symderive.rules import FAMILIES, LANGUAGES, RULES, Rule, Scope, rule
from symderive.terms import Apply, Claim, alpha_equal

ROWS = sorted(RULES.values(), key=lambda row: row.id)


def claim_of(row: Rule, after: Expr | None = None) -> Claim:
    """The rule's example as a claim, perhaps with another right side."""
    example = row.example()
    return Claim(
        example.before,
        example.relation,
        example.after if after is None else after,
        example.hypotheses,
        example.definitions,
        example.recurrences,
    )


def positive_names(claim: Claim) -> set[str]:
    """The names that the example's hypotheses make positive."""
    return {
        str(node)
        for h in claim.hypotheses
        if h.relation in (">", ">=")
        for node in preorder_traversal(h.lhs)
        if node.is_Symbol and not node.is_integer
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_the_example_of_every_rule_is_proved(row: Rule) -> None:
    """A rule whose own example is not a theorem would put wrong reasons beside right lines."""
    verdict = judge_claim(claim_of(row))
    assert verdict.status is Status.PROVED, verdict


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_no_wrong_variant_of_any_rule_passes(row: Rule) -> None:
    """A check that lets a dropped sign or factor pass would prove nothing by passing the right form."""
    example = row.example()
    assert len(example.wrong) >= 2
    for wrong in example.wrong:
        verdict = judge_claim(claim_of(row, wrong))
        assert verdict.status is not Status.PROVED, f"{row.id}: {wrong}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_rule_holds_at_random_points(row: Rule) -> None:
    """The judge and the rule could share a mistake; the oracle evaluates both sides by itself."""
    claim = claim_of(row)
    positive = positive_names(claim)
    if claim.recurrences or (claim.hypotheses and any(h.relation in ("=", "!=") for h in claim.hypotheses)):
        pytest.skip("the points would have to satisfy an equation")
    if any(isinstance(node, (Relational, Apply)) for node in preorder_traversal(claim.lhs)):
        pytest.skip("the oracle has no values for a branch's border or an unspecified function")
    if claim.relation == "=":
        assert not is_false(claim, positive)
    else:
        direction = 1 if claim.relation.startswith(">") else -1
        found = [direction * gap for gap in gaps(claim, positive)]
        assert found and min(found) > -mpmath.mpf("1e-30")


@pytest.mark.parametrize("row", [row for row in ROWS if row.rewrite is not None], ids=lambda row: row.id)
def test_local_rules_rewrite_their_example(row: Rule) -> None:
    """A rule with a rewriting that says nothing about its own example would never be used."""
    example = row.example()
    assert row.rewrite is not None
    scope = Scope({d.head: d for d in example.definitions}, example.hypotheses)
    results = [
        row.rewrite(node, scope) for node in preorder_traversal(example.before) if isinstance(node, Expr)
    ]
    made = [result for result in results if result is not None]
    assert made, row.id
    whole = row.rewrite(example.before, scope)
    if whole is not None and not alpha_equal(whole, example.after):
        claim = Claim(example.before, "=", whole, example.hypotheses, example.definitions)
        assert judge_claim(claim).status is Status.PROVED


def test_every_rule_has_its_family_and_reasons_in_both_languages() -> None:
    """A reason that exists in one language only would leave half of the readers without it."""
    for family, rows in FAMILIES.items():
        assert rows, family
        for row in rows:
            assert row.id.startswith(f"{family}.")
            for language in LANGUAGES:
                reason = row.reason(language, "x")
                assert reason
                assert "\n" not in reason
                assert "{}" not in reason
    assert len(RULES) == sum(len(rows) for rows in FAMILIES.values())


def test_an_unknown_rule_or_language_says_what_there_is() -> None:
    """A misspelt id without advice would send the reader into the source."""
    with pytest.raises(LookupError, match=r"did you mean derivative\.product"):
        rule("derivative.prodct")
    with pytest.raises(ValueError, match="en, ko"):
        rule("derivative.product").reason("de")
