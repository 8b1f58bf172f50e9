"""From hypotheses that nothing satisfies nothing is derived: a line that needs none of them must not hide it."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, exp, log

import symderive
from symderive import Dim, Hypothesis, Index, Partial, Status, Vector, indexed_sum, scalar

K = Dim("K")
FREE, J = Index("i", K), Index("j", K)
X, Y = Vector("x", K), Vector("y", K)
T = scalar("t")
TOTAL = indexed_sum(Y[J], J)

CONTRADICTIONS = [
    (Hypothesis(TOTAL, "=", Integer(1)), Hypothesis(TOTAL, "=", Integer(2))),
    (Hypothesis(T, ">", Integer(0)), Hypothesis(T, "<", Integer(0))),
    (Hypothesis(T, "=", Integer(1)), Hypothesis(T, "=", Integer(0))),
]


@pytest.mark.parametrize("hypotheses", CONTRADICTIONS)
def test_nothing_is_derived_from_a_contradiction(hypotheses: tuple[Hypothesis, ...]) -> None:
    """The lines hold without the hypotheses, and the verdict was PROVED under both of them."""
    found = symderive.derive(-indexed_sum(Y[J] * X[J], J) + T**2, X, hypotheses=hypotheses)
    assert found.steps
    assert found.verdict.status is Status.UNDECIDED
    assert "contradiction" in str(found.missing)
    # The same for an identity, and one hypothesis alone is no contradiction.
    square = symderive.derive((T + 1) ** 2, goal=T**2 + 2 * T + 1, hypotheses=hypotheses)
    assert square.verdict.status is Status.UNDECIDED
    alone = symderive.derive(-indexed_sum(Y[J] * X[J], J) + T**2, X, hypotheses=hypotheses[:1])
    assert alone.verdict.status is Status.PROVED
    assert alone.missing is None


def test_the_judge_says_the_same() -> None:
    verdict = symderive.judge((T + 1) ** 2, T**2 + 2 * T + 1, CONTRADICTIONS[1])
    assert verdict.status is Status.UNDECIDED
    assert "contradiction" in str(verdict.evidence)


def test_a_chain_that_a_person_wrote_is_no_proof_under_a_contradiction() -> None:
    lines: list[Expr] = [(T + 1) ** 2, T**2 + 2 * T + 1]
    assert (
        symderive.explain_chain(lines, hypotheses=CONTRADICTIONS[1]).derivation.verdict.status
        is Status.UNDECIDED
    )
    assert (
        symderive.explain_chain(lines, hypotheses=CONTRADICTIONS[1][:1]).derivation.verdict.status
        is Status.PROVED
    )


def test_a_contradiction_survives_json() -> None:
    """What is read back is judged anew; a file without the remark proves no more."""
    import json

    from symderive.render import from_json

    found = symderive.derive(exp(T) * log(exp(T)), T, hypotheses=CONTRADICTIONS[1])
    data = json.loads(found.to_json())
    data["missing"] = None
    again = from_json(json.dumps(data))
    assert again.verdict.status is Status.UNDECIDED


def test_satisfiable_hypotheses_of_every_kind_are_no_contradiction() -> None:
    simplex = (
        Hypothesis(TOTAL, "=", Integer(1)),
        Hypothesis(Y[FREE], ">", Integer(0), (FREE,)),
        Hypothesis(FREE, "!=", J),
    )
    assert symderive.derive(indexed_sum(Y[J] * X[J], J), X, hypotheses=simplex[:2]).missing is None
    assert (
        symderive.derive(
            Partial(X[FREE] ** 2 * X[J], X[FREE]), hypotheses=simplex[2:], goal=2 * X[FREE] * X[J]
        ).missing
        is None
    )
