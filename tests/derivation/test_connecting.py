"""The way from one side of an identity to the other: which rule a line is named after, and what is not shown."""

from __future__ import annotations

import pytest
from sympy import KroneckerDelta, exp, log

from symderive.decide import Status
from symderive.derivation.connecting import bridge
from symderive.derivation.engine import derive_claim
from symderive.rules import RULES, Scope
from symderive.terms import Claim, Dim, Hypothesis, Index, Vector, indexed_sum, scalar

NAMED = [
    "sum.swap",
    "sum.reindex",
    "sum.split",
    "sum.merge",
    "sum.linear",
    "sum.closed",
    "sum.empty",
    "recurrence.last-term",
    "algebra.factor",
    "algebra.logarithm",
    "algebra.power",
    "algebra.numbers",
    "algebra.binomial",
    "algebra.equation",
    "case.equal-indices",
    "case.indices",
    "case.signs",
]
K = Dim("K")
x, y = Vector("x", K), Vector("y", K)
i, j = Index("i", K), Index("j", K)
a, b, c = scalar("a"), scalar("b"), scalar("c")


@pytest.mark.parametrize("name", NAMED)
def test_a_line_is_named_after_its_rule(name: str) -> None:
    """A reason that is true but about something else misleads the reader."""
    example = RULES[name].example()
    assert bridge(example.before, example.after, Scope({}, example.hypotheses)) == name


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (indexed_sum(x[i] + y[i], i), indexed_sum(x[i], i) + indexed_sum(y[i], i)),
        (
            indexed_sum((x[i] - a) ** 2, i),
            indexed_sum(x[i] ** 2, i) - 2 * a * indexed_sum(x[i], i) + K * a**2,
        ),
        (indexed_sum(indexed_sum(x[i] * y[j], j), i), indexed_sum(x[i], i) * indexed_sum(y[i], i)),
        (indexed_sum(x[j] * KroneckerDelta(i, j), j), x[i]),
        ((a + b) * (a - b), a**2 - b**2),
    ],
)
def test_identities_are_derived_both_ways(left: object, right: object) -> None:
    """Splitting and merging are one way walked in two directions."""
    for before, after in ((left, right), (right, left)):
        derivation = derive_claim(Claim(before, "=", after))  # type: ignore[arg-type]
        assert derivation.verdict.status is Status.PROVED
        assert derivation.missing is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (indexed_sum(x[i] + y[i], i), indexed_sum(x[i], i) - indexed_sum(y[i], i)),
        (indexed_sum(x[i] * y[i], i), indexed_sum(x[i], i) * indexed_sum(y[i], i)),
        (log(a + b), log(a) + log(b)),
        (exp(a + b), exp(a) + exp(b)),
        ((a + b) ** 2, a**2 + b**2),
    ],
)
def test_what_is_false_is_not_connected(left: object, right: object) -> None:
    """The favourite mistakes of students: no chain leads to them."""
    positive = tuple(Hypothesis(name, ">", 0) for name in (a, b))
    derivation = derive_claim(Claim(left, "=", right, positive))  # type: ignore[arg-type]
    assert derivation.verdict.status is Status.REFUTED
    assert derivation.missing is not None
    assert not derivation.steps


def test_an_inequality_by_way_of_earlier_claims() -> None:
    """``a ≤ c`` from ``2a ≤ 2b`` and ``b ≤ c``, both under hypotheses; a missing link stops it."""
    known = (Hypothesis(b - a, ">=", 0), Hypothesis(c - b, ">=", 0))
    claim = Claim(a, "<=", c, known)
    assert derive_claim(claim).verdict.status is Status.PROVED
    wrong = Claim(c, "<=", a - 1, known)
    derivation = derive_claim(wrong, earlier=[Claim(a, "<=", b, known), Claim(b, "<=", c, known)])
    assert derivation.verdict.status is not Status.PROVED
