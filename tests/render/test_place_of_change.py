"""The place of a change, found from two lines: what is put back there gives the second line again."""

from __future__ import annotations

import pytest
from sympy import Expr, exp, log

from book_claims import TOPICS
from derivation.test_book import derived
from symderive.derivation import Step
from symderive.render.place_of_change import located
from symderive.terms import BINDERS, Dim, Index, Partial, Vector, indexed_sum, scalar, walk

K = Dim("K")
x, y = Vector("x", K), Vector("y", K)
i, j, k = (Index(name, K) for name in "ijk")
a, b, c = (scalar(name) for name in "abc")


@pytest.mark.parametrize(
    ("before", "after", "redex", "contractum"),
    [
        (a + log(b * c), a + log(b) + log(c), log(b * c), log(b) + log(c)),
        (a * (b + c), a * b, c, 0),
        (exp(a) ** 2 + a, exp(a) ** 2 + b, a, b),
        (a + b, a, b, 0),
        (a * b, a, b, 1),
        (2 * a + b, 3 * a + b, 2, 3),
    ],
)
def test_the_smallest_piece(before: Expr, after: Expr, redex: Expr, contractum: Expr) -> None:
    """A larger piece costs the judge time, a smaller one would be another claim."""
    step = located(Step(before, after, "algebra.simplify"))
    assert step.redex == redex
    assert step.contractum == contractum


def test_indices_around_the_piece_are_known() -> None:
    """A piece under a sum is claimed for every value of the index, within its range only."""
    step = located(Step(indexed_sum(x[j] + exp(x[j]), j), indexed_sum(x[j] + y[j], j), "algebra.simplify"))
    ((index, lower, upper),) = step.ranges
    assert (lower, upper) == (1, K)
    assert step.redex == exp(x[index])
    assert step.contractum == y[index]


def test_what_stands_under_a_derivative_is_marked() -> None:
    """An equation that holds at a point says nothing of derivatives there."""
    step = located(Step(a * Partial(x[i] ** 2, x[k]), a * Partial(x[i] * y[i], x[k]), "algebra.simplify"))
    assert step.differentiated
    assert located(Step(a * x[i], a * y[i], "algebra.simplify")).differentiated is False


def test_other_variables_and_other_ranges_are_no_inner_change() -> None:
    """∂f/∂x and ∂f/∂y are not compared by x and y, nor sums over other ranges by their bodies."""
    by = located(Step(Partial(a * b, a), Partial(a * b, b), "algebra.simplify"))
    assert by.redex is None
    ranges = located(Step(indexed_sum(x[j], j, 1, K), indexed_sum(y[j], j, 2, K), "algebra.simplify"))
    assert ranges.redex is None


def test_inequalities_stay_whole() -> None:
    """a ≤ b does not give −a ≤ −b."""
    step = located(Step(-a + c, -b + c, "bound.monotone", relation="<="))
    assert step.redex is None


@pytest.mark.parametrize("topic", TOPICS[:4])
def test_what_is_found_is_not_larger_than_the_line(topic: str) -> None:
    """Over the book: binders around the piece are those of the line, and equal lines have no place."""
    for _, _, derivation in derived(topic):
        for step in derivation.fine_steps:
            found = located(step)
            if found.redex is None or found.redex == step.redex:
                continue
            assert sum(1 for _ in walk(found.redex)) <= sum(1 for _ in walk(step.before)) + 1
            binders = sum(len(node.args) - 1 for node in walk(step.before) if isinstance(node, BINDERS))
            assert len(found.ranges) <= binders
