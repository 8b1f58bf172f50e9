"""What is no formula, no variable, no hypothesis: an error that says what to do, before anything is generated."""

from __future__ import annotations

from typing import Any

import pytest
from sympy import I, KroneckerDelta, Piecewise, Symbol, nan, oo, zoo

from symderive.codegen.generate import generate
from symderive.terms import Dim, Index, Vector, indexed_sum, scalar

K = Dim("K")
x, i, t = Vector("x", K), Index("i", K), Index("t", K)
z, epsilon = scalar("z"), scalar("epsilon")


@pytest.mark.parametrize("term", [zoo, nan, oo, -oo, I * z, indexed_sum(I * x[i], i)])
def test_what_has_no_real_value_is_no_formula(term: Any) -> None:
    """The imaginary part was dropped in silence."""
    with pytest.raises(ValueError, match="no formula over the real numbers"):
        generate(term)


@pytest.mark.parametrize(
    ("wrt", "message"),
    [
        (Symbol("q"), "q is no variable of the formula, which has z"),
        (Symbol("z"), "another symbol than the formula's: make both by scalar"),
        (Vector("y", K), "y is no variable"),
    ],
)
def test_an_unknown_variable(wrt: Any, message: str) -> None:
    """Its gradient was 0, and PROVED."""
    with pytest.raises(ValueError, match=message):
        generate(z**2, wrt, compute="gradient")


def test_a_variable_that_is_given_twice_counts_once() -> None:
    assert generate(z**2, (z, z), compute="gradient")(3.0) == 6.0


def test_hypotheses_and_accuracies_by_name() -> None:
    with pytest.raises(TypeError, match="write Hypothesis"):
        generate(z, hypotheses=["z > 0"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="choose from fast, default, high"):
        generate(z, accuracy="hi")


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
def test_a_length_that_no_array_tells(target: str) -> None:
    """NumPy's file ended in a KeyError when it was called."""
    with pytest.raises(ValueError, match="no argument says what K is"):
        generate((1 - epsilon) * KroneckerDelta(i, t) + epsilon / K, index=t, target=target)


def test_cases_that_leave_a_gap() -> None:
    with pytest.raises(ValueError, match="end it with"):
        generate(Piecewise((z, z > 0), (-z, z < -1)))
    both = generate(Piecewise((z, z > 0), (-2 * z, z <= 0)))
    assert both(3.0) == 3.0 and both(-3.0) == 6.0
