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


SCALARS = "---\nsymderive: {names: {m: scalar, L: scalar}}\n---\n\n"


@pytest.mark.parametrize(
    ("between", "claim", "status"),
    [
        ("0 < m < L", "m (L - m) > 0", "PROVED"),
        ("0 < m < L", "m (L - m) \\ge L - 1", "REFUTED"),  # true of whole numbers alone
        ("0 \\le m \\le L", "m (L - m) \\ge 0", "PROVED"),
        ("0 \\le m \\le L", "m (L - m) > 0", "REFUTED"),
    ],
)
def test_declared_scalar_between_two_ends_is_a_number(between: str, claim: str, status: str) -> None:
    """Read as the range of an index the hypothesis was dropped, and a true claim was called false."""
    found = last(f"{SCALARS}Let ${between}$.\n\n$$\n{claim}\n$$\n")
    assert found.status == status
    assert len(found.hypotheses) == 2 or status == "REFUTED"


def test_letter_that_is_an_index_nowhere_is_a_number() -> None:
    """Over the whole numbers from 1 to T − 1 this holds; the text says nothing of whole numbers."""
    assert last("Let $0 < t < T$.\n\n$$\nt (T - t) \\ge T - 1\n$$\n").status == "REFUTED"
    assert last("Let $0 < t < T$.\n\n$$\nt (T - t) > 0\n$$\n").status == "PROVED"
    indexed = "Let $0 < t < T$.\n\n$$\n\\sum_{s=1}^{T} x_s \\delta_{st} = x_t\n$$\n"
    assert last(indexed).status == "PROVED"


def test_name_at_a_number_is_no_product_by_guess() -> None:
    """u(0) read as u · 0 would make M(0) = u(0) false for nearly every M."""
    assert last("$$\nM(0) = u(0)\n$$\n").status == "NOT_UNDERSTOOD"
    assert last("$$\n2 w + w(3) = 5 w\n$$\n").status == "NOT_UNDERSTOOD"
    assert last("---\nsymderive: {names: {w: scalar}}\n---\n\n$$\n2 w + w(3) = 5 w\n$$\n").status == "PROVED"
    assert last("$$\n2 w + w \\cdot (3) = 5 w\n$$\n").status == "PROVED"


FOCAL = r"""Here $x \in \mathbb{R}^K$, $y \in \mathbb{R}^K$, $\gamma > 0$.

$$ s_i(\mathbf{x}) = \frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}} $$

$$ F(\mathbf{x}) = -\sum_{i=1}^K y_i (1 - s_i(\mathbf{x}))^\gamma \log s_i(\mathbf{x}) $$

$$ \frac{\partial F}{\partial x_k} = \sum_{i=1}^K y_i (1 - s_i)^{%s} (\gamma s_i \log s_i %s) (\delta_{ik} - s_k) $$
"""


@pytest.mark.parametrize(
    ("power", "rest", "status"),
    [
        (r"\gamma - 1", "- 1 + s_i", "PROVED"),
        (r"\gamma - 1", "+ 1 - s_i", "REFUTED"),
        (r"\gamma", "- 1 + s_i", "REFUTED"),
    ],
)
def test_gradient_of_the_focal_loss_in_factors(power: str, rest: str, status: str) -> None:
    """That 1 − s_i is positive is the domain of the power, and says what the powers join to."""
    # A correction is looked for until the time is up.
    assert symderive.check_text(FOCAL % (power, rest), timeout=5).formulas[-1].status == status
