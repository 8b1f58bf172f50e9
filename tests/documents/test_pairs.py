"""Sums over pairs: both letters are bound where the second one stands nowhere else."""

from __future__ import annotations

import gc
import time

import pytest

import symderive
from symderive.notation.parser import parse

SQUARE = r"\left(\sum_{i=1}^n x_i\right)^2"
TOTAL = r"\sum_{i=1}^n x_i^2"


def status(formula: str) -> str:
    """Of the last displayed formula after the sizes."""
    text = f"Let $x \\in \\mathbb{{R}}^n$.\n\n$$\n{formula}\n$$\n"
    return str(symderive.check_text(text, timeout=None).formulas[-1].status)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (rf"\sum_{{i<j}} x_i x_j = \frac{{{SQUARE} - {TOTAL}}}{{2}}", rf"\sum_{{i<j}} x_i x_j = {SQUARE} - {TOTAL}"),
        (rf"\sum_{{i>j}} x_i x_j = \frac{{{SQUARE} - {TOTAL}}}{{2}}", rf"\sum_{{i>j}} x_i x_j = \frac{{{SQUARE}}}{{2}}"),
        (rf"\sum_{{i \le j}} x_i x_j = \frac{{{SQUARE} + {TOTAL}}}{{2}}", rf"\sum_{{i \le j}} x_i x_j = {SQUARE}"),
        (rf"\sum_{{i \ne j}} x_i x_j = {SQUARE} - {TOTAL}", rf"\sum_{{i \ne j}} x_i x_j = {SQUARE}"),
        (rf"\sum_{{i<j}} (x_i - x_j)^2 = n {TOTAL} - {SQUARE}", rf"\sum_{{i<j}} (x_i - x_j)^2 = {TOTAL} - {SQUARE}"),
    ],
)  # fmt: skip
def test_pairs(true: str, false: str) -> None:
    """Read with j free, the true ones were refuted."""
    assert status(true) in ("PROVED", "SUPPORTED")
    assert status(false) == "REFUTED"


@pytest.mark.parametrize(
    "formula",
    [
        r"\sum_{i \ne j} x_i = \sum_{i=1}^n x_i - x_j",
        r"\sum_{i < j} x_i + \sum_{i > j} x_i + x_j = \sum_{i=1}^n x_i",
        r"\sum_{j=1}^n \sum_{i \ne j} x_i x_j = " + f"{SQUARE} - {TOTAL}",
        r"x_j \sum_{i \ne j} x_i x_j = x_j^2 \left(\sum_{i=1}^n x_i - x_j\right)",
    ],
)
def test_a_letter_that_stands_elsewhere_or_is_bound_around_stays_as_it_is(formula: str) -> None:
    """There the sum is about each j."""
    assert status(formula) in ("PROVED", "SUPPORTED")


def test_what_a_name_stands_for_may_be_about_a_letter() -> None:
    """L = Σ_{j≠t} … is a loss of the class t; U = Σ_{i<j} … is over pairs."""
    loss = status(r"L = \sum_{j \ne t} (x_j - x_t)^2" + "\n$$\n\n$$\n" + r"L = \sum_{j=1}^n (x_j - x_t)^2")
    assert loss == "PROVED"
    pairs = status(r"U = \sum_{i<j} x_i x_j" + "\n$$\n\n$$\n" + rf"2 U = {SQUARE} - {TOTAL}")
    assert pairs in ("PROVED", "SUPPORTED")


def test_many_sums_over_pairs_are_read_in_one_pass() -> None:
    """Which letters stand elsewhere is counted once, not for every sum: that took seconds."""
    display = " + ".join([r"\sum_{i<j} x_i x_j"] * 800)
    gc.collect()  # what other tests left is not collected at this one's expense
    start = time.process_time()
    parse(display)
    assert time.process_time() - start < 2
