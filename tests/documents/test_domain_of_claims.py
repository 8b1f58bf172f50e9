"""Where a claim of a document holds: kinks, brackets around conditions, names that are declared anew."""

from __future__ import annotations

import pytest

import symderive

SOFTMAX = "$$ s_i = \\frac{e^{x_i}}{\\sum_j e^{x_j}} $$\n\n"


def last(text: str) -> symderive.Formula:
    return symderive.check_text(text, timeout=None).formulas[-1]


@pytest.mark.parametrize("formula", [r"\max(0, x) = \mathbb{1}(x > 0)", r"|x| = \operatorname{sign}(x)"])
def test_derivative_at_a_kink_is_excluded_and_said(formula: str) -> None:
    """At 0 there is no derivative: without the condition the proof would claim one."""
    found = last(rf"$$\frac{{d}}{{dx}} {formula}$$")
    assert found.status == "PROVED"
    assert "x ≠ 0" in found.hypotheses


def test_condition_in_brackets_is_used() -> None:
    """Dropped without a word, it made a right formula false; on the diagonal it stays false."""
    slope = r"\frac{\partial s_i}{\partial x_k} = -s_i s_k \quad"
    assert last(f"{SOFTMAX}$${slope} (i \\ne k)$$").status == "PROVED"
    assert last(f"{SOFTMAX}$${slope} (i = k)$$").status == "REFUTED"


def test_name_declared_anew_forgets_what_was_said_of_it() -> None:
    """A hypothesis of one section must not shield a false claim of the next."""
    text = "Let $z \\in (0, 1)$.\n\n$$z^2 \\le z$$\n\n# Next\n\nLet $z \\in \\mathbb{R}$.\n\n$$z^2 \\le z$$\n"
    assert [str(f.status) for f in symderive.check_text(text, timeout=None).formulas] == ["PROVED", "REFUTED"]
