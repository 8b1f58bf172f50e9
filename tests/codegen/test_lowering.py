"""Lowering: mechanical, so that what a kernel means is the term that it was made from."""

from __future__ import annotations

import pytest
from sympy import Function, Symbol, exp, oo
from sympy import gamma as gamma_function

from codegen.formulas import FORMULAS, A, Formula, K, N, i, j, n, softmax, t, x
from symderive.codegen.arguments import NotLowered, arguments_of
from symderive.codegen.kernel import Reduction
from symderive.codegen.lowering import lowered
from symderive.codegen.plan import planned
from symderive.codegen.primitives import generalised
from symderive.decide import Status, judge
from symderive.terms import Apply, Index, alpha_equal, indexed_sum, scalar


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_a_kernel_means_its_stable_term(formula: Formula) -> None:
    """A statement put at the wrong place, or one loop taken for another, would change the value."""
    plan = planned(
        formula.term, formula.wrt, compute=["value"], index=formula.index, hypotheses=formula.hypotheses
    )
    (function,) = plan.functions
    for kernel in function.kernels.values():
        (term,) = kernel.terms().values()
        (left, right), held = generalised(plan.expression, term)
        verdict = judge(left, right, (*formula.hypotheses, *held), timeout=10)
        # A power with a symbolic exponent is beyond the judge as a whole; it is proved where it is used.
        assert verdict.status is (Status.UNDECIDED if formula.name == "focal" else Status.PROVED)


def test_sums_are_hoisted_out_of_loops() -> None:
    """Computing Σ exp for every entry would cost K² instead of K."""
    kernel = lowered("f", {"value": (softmax(i), [i])}, arguments_of([softmax(i)]))
    sums = [s for s in kernel.statements if s.reduction is Reduction.SUM]
    assert len(sums) == 1
    assert sums[0].indices == ()


def test_common_parts_are_computed_once_across_loops() -> None:
    """exp(x_j) under the sum and exp(x_i) outside are one array."""
    kernel = lowered("f", {"value": (softmax(i), [i])}, arguments_of([softmax(i)]))
    assert sum(s.expression.has(exp) for s in kernel.statements) == 1


def test_an_entry_of_a_known_array_is_looked_up() -> None:
    """e_t is an entry of e, not another exponential."""
    term = softmax(i) + exp(x[t])
    kernel = lowered("f", {"value": (term, [i])}, arguments_of([term], [t]))
    assert sum(s.expression.has(exp) for s in kernel.statements) == 1


def test_a_sum_for_every_row_keeps_the_rows() -> None:
    """Hoisting a sum over its own free index would capture it."""
    term = indexed_sum(A[n, j], j)
    kernel = lowered("f", {"value": (term, [n])}, arguments_of([term]))
    assert alpha_equal(kernel.terms()["value"], term)
    assert kernel.statements[0].indices == (n,)


def test_names_do_not_clash() -> None:
    """A statement named like an argument would overwrite it."""
    total = scalar("total")
    term = total * indexed_sum(x[j], j) ** 2 + indexed_sum(x[j], j)
    kernel = lowered("f", {"value": (term, [])}, arguments_of([term]))
    names = [s.name for s in kernel.statements] + [a.name for a in kernel.arguments]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "term",
    [
        gamma_function(scalar("z")),
        Apply("f", (scalar("z"),)),
        Function("f")(scalar("z")),
        indexed_sum(x[j], j, 1, oo),
    ],
    ids=["gamma", "unspecified", "undefined", "endless"],
)
def test_what_has_no_code_is_said(term: object) -> None:
    """Silently printing an unknown function would fail when the code runs."""
    with pytest.raises(NotLowered):
        lowered("f", {"value": (term, [])}, arguments_of([term]))  # type: ignore[dict-item, list-item]


def test_an_integer_without_a_value_is_named() -> None:
    """A free integer that nobody gives would be an undefined name in the code."""
    with pytest.raises(NotLowered, match="m"):
        arguments_of([x[i] * Symbol("m", integer=True)])


def test_growth_is_linear_in_the_formula() -> None:
    """Softmax of softmax of … must not double the kernel at every level."""
    sizes = []
    term = x[i]
    for depth in range(1, 5):
        index = Index("j", K)
        term = exp(term) / indexed_sum(exp(term.xreplace({i: index})), index)
        if depth in (2, 4):
            kernel = lowered("f", {"value": (term, [i])}, arguments_of([term]))
            sizes.append(len(kernel.statements))
    assert sizes[1] <= 2 * sizes[0] + 2
    assert N.is_positive
