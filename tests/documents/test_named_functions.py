"""Named functions of one number with primes, and the error function: what a document need not define."""

from __future__ import annotations

import pytest

import symderive


def status(*formulas: str) -> str:
    """Of the last of some displayed formulas."""
    text = "\n\n".join(f"$$\n{formula}\n$$" for formula in formulas)
    return str(symderive.check_text(text, timeout=None).formulas[-1].status)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"\sigma'(x) = \sigma(x)(1 - \sigma(x))", r"\sigma'(x) = \sigma(x)(1 + \sigma(x))"),
        (r"\sigma''(x) = \sigma'(x)(1 - 2\sigma(x))", r"\sigma''(x) = \sigma'(x)(1 - \sigma(x))"),
        (r"\sigma'(2x) = \sigma(2x)(1 - \sigma(2x))", r"\sigma'(2x) = 2\sigma(2x)(1 - \sigma(2x))"),
        (r"\sigma''(3 - x) = \sigma'(3 - x)(1 - 2\sigma(3 - x))", r"\sigma''(3 - x) = -\sigma'(3 - x)"),
        (r"\operatorname{softplus}'(x) = \sigma(x)", r"\operatorname{softplus}'(x) = 1 - \sigma(x)"),
        (r"\operatorname{SiLU}'(x) = \sigma(x) + x\sigma'(x)", r"\operatorname{SiLU}'(x) = x\sigma'(x)"),
        (r"\operatorname{ReLU}'(x) = \mathbb{1}[x > 0]", r"\operatorname{ReLU}'(x) = \mathbb{1}[x < 0]"),
        (r"\operatorname{erf}'(x) = \frac{2}{\sqrt{\pi}} e^{-x^2}", r"\operatorname{erf}'(x) = \frac{1}{\sqrt{\pi}} e^{-x^2}"),
        (r"\operatorname{erfc}(x) = 1 - \operatorname{erf}(x) + 0", r"\operatorname{erfc}(x) + 0 = 1 + \operatorname{erf}(x)"),
        (
            r"\operatorname{GELU}'(x) = \frac12(1 + \operatorname{erf}(x/\sqrt2)) + \frac{x}{\sqrt{2\pi}} e^{-x^2/2}",
            r"\operatorname{GELU}'(x) = \frac12(1 + \operatorname{erf}(x/\sqrt2)) + \frac{1}{\sqrt{2\pi}} e^{-x^2/2}",
        ),
    ],
)  # fmt: skip
def test_without_a_definition(true: str, false: str) -> None:
    assert status(true) in ("PROVED", "DEFINITION")
    assert status(false) == "REFUTED"


def test_what_a_document_defines_is_meant() -> None:
    """Its own GELU is another function, and so is its own erf."""
    own = r"\operatorname{GELU}(x) = x \sigma(2x)"
    assert status(own, r"\operatorname{GELU}'(x) = \sigma(2x) + 2x\sigma(2x)(1 - \sigma(2x))") == "PROVED"
    assert status(own, r"\operatorname{GELU}(x) = \frac x2(1 + \operatorname{erf}(x/\sqrt2))") == "REFUTED"
    assert status(r"\operatorname{erf}(x) = x^3", r"\operatorname{erf}'(x) = 3x^2") == "PROVED"


@pytest.mark.parametrize("formula", [r"\operatorname{ReLU}'(2x) = 1", r"\operatorname{KL}'(p, q) = 0"])
def test_a_prime_that_says_too_little_is_not_read(formula: str) -> None:
    assert status(formula) == "NOT_UNDERSTOOD"
