"""The table of named operations: every partial derivative in it is the derivative of its definition."""

from __future__ import annotations

import pytest

from symderive.decide import Status, judge
from symderive.terms import (
    OPERATIONS,
    Dim,
    Hypothesis,
    Index,
    Operation,
    Vector,
    differentiate,
    operation,
    scalar,
    unfold,
    vec,
)

K = Dim("K")
i, j, k = Index("i", K), Index("j", K), Index("k", K)
VECTORS = [Vector(name, K) for name in "xyz"]
SCALARS = [scalar(name) for name in "tuv"]


def applied(name: str) -> Operation:
    """An operation on plain variables."""
    arguments = []
    for n, kind in enumerate(OPERATIONS[name].signature):
        arguments.append({"vector": vec(VECTORS[n][j], j), "scalar": SCALARS[n], "index": i}[kind])
    return operation(name, *arguments)


ROWS = [(name, slot) for name, row in OPERATIONS.items() for slot in row.partials]


@pytest.mark.parametrize(("name", "slot"), ROWS)
def test_partial_is_the_derivative_of_the_definition(name: str, slot: int) -> None:
    """A row with a wrong partial would make every derivation through it wrong."""
    term = applied(name)
    variable = VECTORS[slot][k] if OPERATIONS[name].signature[slot] == "vector" else SCALARS[slot]
    by_table = differentiate(term, variable)
    by_definition = differentiate(unfold(term), variable)
    kinks = [Hypothesis(SCALARS[0], "!=", 0)] if "kink" in OPERATIONS[name].domain else []
    assert judge(by_table, by_definition, kinks).status is Status.PROVED
    assert judge(2 * by_table + 1, by_definition, kinks).status is Status.REFUTED


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.facts])
def test_facts_are_proved(name: str) -> None:
    """What is said of any values of an operation would make false lines true where it is wrong."""
    term = applied(name)
    facts = OPERATIONS[name].facts
    assert facts is not None
    for fact in facts(term, i):
        assert judge(fact.lhs, fact.rhs, relation=fact.relation).status is Status.PROVED
        assert judge(fact.lhs, fact.rhs + 1, relation=fact.relation).status is Status.REFUTED


@pytest.mark.parametrize("name", OPERATIONS)
def test_definition_unfolds_completely(name: str) -> None:
    """No row may lead back to itself."""
    assert not unfold(applied(name)).has(Operation)


def test_wrong_use_is_explained() -> None:
    """The error names what the operation takes."""
    with pytest.raises(ValueError, match="known:"):
        operation("softmaxx", vec(VECTORS[0][j], j), i)
    with pytest.raises(ValueError, match="takes 2"):
        operation("softmax", vec(VECTORS[0][j], j))
    with pytest.raises(ValueError, match="vector"):
        operation("softmax", SCALARS[0], i)
