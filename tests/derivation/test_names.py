"""Names are names: other letters, or letters that clash, change the letters of a derivation only."""

from __future__ import annotations

import pytest
from sympy import Expr, KroneckerDelta, exp, log

from derivation.cases import CASES
from symderive.decide import Status
from symderive.derivation.derive import derive
from symderive.derivation.engine import derive_claim
from symderive.terms import (
    Apply,
    Claim,
    Definition,
    Dim,
    Index,
    Partial,
    Vector,
    alpha_equal,
    free_names,
    indexed_sum,
    substitute,
    vec,
)

K = Dim("K")


def softmax(name: str, at: str, bound: str) -> tuple[Expr, Expr]:
    """``softmax(name)_at`` written out with a bound index called `bound`, and the vector."""
    family = Vector(name, K)
    place, inner = Index(at, K), Index(bound, K)
    return exp(family[place]) / indexed_sum(exp(family[inner]), inner), family


@pytest.mark.parametrize(
    ("name", "at", "bound"),
    [
        ("x", "i", "j"),
        ("x", "k", "k"),
        ("k", "k", "k"),
        ("x", "j", "j"),
        ("softmax", "i", "i"),
        ("z", "k", "j"),
    ],
)
def test_letters_that_clash_change_letters_only(name: str, at: str, bound: str) -> None:
    """An index called like the free one, or like the vector, must not be captured."""
    formula, family = softmax(name, at, bound)
    derivation = derive(formula, family)
    assert derivation.verdict.status is Status.PROVED
    reference, own = softmax("x", "i", "j")
    expected = derive(reference, own)
    assert [step.rule for step in derivation.steps] == [step.rule for step in expected.steps]
    ((mine,), (theirs,)) = (list(d.problem.start.wrt[0].indices) for d in (derivation, expected))
    renamed = substitute(
        derivation.result, {Index(at, K): Index("first", K), mine: Index("second", K), family: own}
    )
    wanted = substitute(expected.result, {Index("i", K): Index("first", K), theirs: Index("second", K)})
    assert alpha_equal(renamed, wanted)


@pytest.mark.parametrize(
    "name", ["label smoothing", "InfoNCE", "squared error of an affine map by W", "hinge loss"]
)
def test_renaming_every_index_renames_the_result(name: str) -> None:
    """The same formula in other letters is the same formula."""
    case = CASES[name]
    indices = [n for n in free_names(case.formula) if isinstance(n, Index)]
    renaming = {index: Index(f"{index.name}0", index.upper, index.lower) for index in indices}
    first = derive(case.formula, case.by, hypotheses=case.hypotheses)
    second = derive(substitute(case.formula, renaming), case.by, hypotheses=case.hypotheses)
    assert alpha_equal(substitute(first.result, renaming), second.result)
    assert [s.rule for s in first.fine_steps] == [s.rule for s in second.fine_steps]


def test_a_definition_may_use_the_letters_of_the_claim() -> None:
    """The lemma about s has indices of its own, whatever the definition's letters are."""
    x, y = Vector("x", K), Vector("y", K)
    i, j, k = (Index(letter, K) for letter in "ijk")
    bodies = [
        Definition("s", (a,), (x,), exp(x[a]) / indexed_sum(exp(x[b]), b))
        for a, b in ((i, j), (k, i), (j, k))
    ]
    results = []
    for body in bodies:
        applied = Apply("s", (vec(y[j], j),), (i,))
        claim = Claim(
            Partial(-indexed_sum(x[i] * log(applied), i), y[k]),
            "=",
            indexed_sum(x[i] * (Apply("s", (vec(y[j], j),), (k,)) - KroneckerDelta(i, k)), i),
            definitions=(body,),
        )
        derivation = derive_claim(claim)
        assert derivation.verdict.status is Status.PROVED
        results.append([step.after for step in derivation.steps])
    for other in results[1:]:
        assert all(alpha_equal(a, b) for a, b in zip(results[0], other, strict=True))
