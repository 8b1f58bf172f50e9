"""The judge's evaluator, beside values that are worked out by hand."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from flint import arb, fmpq
from sympy import Sum, Symbol, exp

from symderive.decide import Status, judge_claim
from symderive.decide.evaluate import Evaluator
from symderive.terms import Claim, Dim, Index, Matrix, fresh_index, indexed_sum

K = Dim("K")
W = Matrix("W", K, K)
outer, inner = fresh_index("j"), fresh_index("j")
NESTED = Sum(Sum(exp(W[outer, inner]), (inner, 1, K)) ** 2, (outer, 1, K))


class Numbers:
    """K is 2, and W[i, j] is i + 2 j."""

    def noting(self) -> AbstractContextManager[set[Any]]:
        return nullcontext(set())

    def note(self, names: set[Any]) -> None:
        """Nothing is forgotten here."""

    def symbol(self, name: Symbol) -> int:
        return 2

    def entry(self, family: str, indices: tuple[int, ...]) -> fmpq:
        return fmpq(indices[0] + 2 * indices[1])


def test_two_bound_indices_of_one_name_in_print() -> None:
    """What was computed for one as 1 and the other as 2 was taken for the opposite."""
    value = Evaluator(Numbers())(NESTED)  # type: ignore[arg-type]
    rows = [sum((arb(i + 2 * j).exp() for j in (1, 2)), arb(0)) ** 2 for i in (1, 2)]
    assert (value - rows[0] - rows[1]).contains(0)


def test_no_claim_is_refuted_by_that() -> None:
    """Nor is a false one taken for true."""
    r, c = Index("r", K), Index("c", K)
    right = indexed_sum(indexed_sum(exp(W[r, c]), c) ** 2, r)
    wrong = indexed_sum(indexed_sum(exp(W[c, r]), c) ** 2, r)
    assert judge_claim(Claim(NESTED + right, "=", 2 * right)).status is Status.PROVED
    assert judge_claim(Claim(NESTED, "=", wrong)).status is Status.REFUTED
