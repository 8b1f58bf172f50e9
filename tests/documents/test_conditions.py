"""Equations that are conditions or implicit definitions are no findings; false statements stay findings."""

from __future__ import annotations

import pytest

import symderive


def status(text: str) -> str:
    return str(symderive.check_text(text, timeout=None).formulas[-1].status)


@pytest.mark.parametrize(
    "text",
    [
        r"$$\nabla_\theta J(\theta) = 0$$",
        r"$$\frac{\partial J}{\partial \theta_k}(\theta) = 0$$",
    ],
)
def test_condition_is_no_finding(text: str) -> None:
    """The counterexample would be news to nobody."""
    assert status(text) == "UNDECIDED"


@pytest.mark.parametrize(
    "text",
    [
        r"$$(a + b)^2 = a^2 + b^2$$",
        r"$$\frac{d}{dx} \tanh x = 1$$",
        r"$$\sum_{i=1}^K |x_i| = \sum_{i=1}^K y_i$$",
        r"$$\max_i x_i = \log \sum_{j=1}^K e^{x_j}$$",
        "$$Z = \\sum_{j=1}^K e^{x_j}$$\n\n$$\\frac{\\partial}{\\partial x_k} \\log Z = e^{x_k}$$",
        "$$C = a + b$$\n\n$$C - b = 2a$$",
        "$$v_t = \\gamma v_{t-1} + g_t$$\n\n$$v_t = \\gamma^t v_0 + \\sum_{i=1}^t \\beta^{t-i} g_i$$",
    ],
)
def test_false_statement_stays_a_finding(text: str) -> None:
    """A name that both sides hold, or that is defined, is spoken of for all its values."""
    assert status(text) == "REFUTED"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "$$-\\sum_{j=1}^q y_j (a + o_j) = -a - \\sum_{j=1}^q y_j o_j.$$\n\nwhere $\\sum_j y_j = 1$.",
            "PROVED",
        ),
        (
            "$$-\\sum_{j=1}^q y_j (a + o_j) = -a - \\sum_{j=1}^q y_j o_j$$\n\nLet $\\sum_j y_j = 1$.",
            "REFUTED",
        ),
    ],
)
def test_hypothesis_behind_its_display(text: str, expected: str) -> None:
    """ "…, where Σ y_j = 1" goes on with the display's sentence; a new sentence does not reach back."""
    assert status(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        r"$$\sum_{j=1}^K |x_j| \le \sqrt{\sum_{j=1}^K x_j^2}$$",
        r"$$\sum_{i=1}^K x_i^2 \le \left(\sum_{i=1}^K x_i\right)^2$$",
    ],
)
def test_a_minus_is_no_correction_of_a_bound(text: str) -> None:
    """A minus before the smaller side makes many bounds true and none right."""
    formula = symderive.check_text(text, timeout=None).formulas[-1]
    assert formula.status == "REFUTED"
    assert not str(formula.suggestion or "").startswith("-")
