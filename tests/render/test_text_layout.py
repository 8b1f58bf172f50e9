"""Text for a terminal: signs under each other, reasons in one column, in Korean as in English."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from book_claims import TOPICS
from derivation.test_book import derived
from symderive.decide import Status
from symderive.derivation import Derivation
from symderive.render import render
from symderive.render.outline import rule_example
from symderive.render.unicode_math import subscript, superscript, unicode_math
from symderive.rules import LANGUAGES, RULES


def of_book(name: str) -> Derivation:
    return next(d for found, _, d in derived(name.partition("/")[0]) if found == name)


@pytest.mark.parametrize(("width", "language"), [(60, "en"), (80, "ko"), (100, "en"), (120, "ko")])
@pytest.mark.parametrize("topic", TOPICS)
def test_no_line_of_the_book_is_wider_than_the_terminal(topic: str, language: str, width: int) -> None:
    """What the terminal breaks by itself is aligned no more."""
    for name, _, derivation in derived(topic):
        for line in render(derivation, "text", language=language, width=width).splitlines():
            assert cell_len(line) <= width, f"{name}: {line}"
            assert line == line.rstrip()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("language", LANGUAGES)
def test_signs_and_reasons_stand_in_columns(language: str, width: int) -> None:
    """A Hangul syllable is two cells wide: counted as one, every column after it is crooked."""
    derivation = of_book("softmax/jacobian")
    lines = render(derivation, "text", language=language, width=width).splitlines()
    signs, reasons = set(), set()
    said = [step.reason(language, "sᵢ(x)") for step in derivation.steps]
    start = lines.index("", 1)
    for line in lines[start:]:
        if match := re.match(r"\s+(?:∂/∂xₖ sᵢ\(x\) )?= ", line):
            signs.add(cell_len(match[0]))
        if shown := max((reason for reason in said if line.endswith(reason)), key=len, default=""):
            reasons.add(cell_len(line.removesuffix(shown)))
    assert len(signs) == 1
    assert len(reasons) == 1


def test_a_line_that_is_not_proved_says_so() -> None:
    """A SUPPORTED line that looks like the proved ones would be a lie by layout."""
    from dataclasses import replace

    from symderive.decide import Verdict

    derivation = of_book("softmax/jacobian")
    part = derivation.parts[-1]
    weak = replace(part.steps[1], verdict=Verdict(Status.SUPPORTED, "points"))
    changed = replace(derivation, parts=(replace(part, steps=(part.steps[0], weak, *part.steps[2:])),))
    for format in ("text", "latex", "markdown"):
        assert render(changed, format).count("SUPPORTED") == 2  # at its line, and of the whole
        assert "SUPPORTED" not in render(derivation, format)


def test_no_formula_of_the_book_stays_latex() -> None:
    """A formula that has no line of Unicode would stand there with its backslashes."""
    for topic in TOPICS:
        for name, _, derivation in derived(topic):
            for language in LANGUAGES:
                assert "\\" not in render(derivation, "text", language=language), name


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_can_be_explained(rule: object) -> None:
    """`symderive explain` shows the example of any rule."""
    example, given = rule_example(rule)  # type: ignore[arg-type]
    for formula in (example, *given):
        assert "\\" not in unicode_math(formula)


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{a}{b} c", "(a / b) c"),
        (r"\frac{a}{b c}", "a / (b c)"),
        (r"\frac{a}{f(b)}", "a / f(b)"),
        (r"\frac{a + b}{c}", "(a + b) / c"),
        (r"e^{x_i} + e^2", "exp(xᵢ) + e²"),
        (r"-(a - b)", "−(a − b)"),
        (r"\sqrt{a b} \sqrt[3]{x}", "√(a b) ∛x"),
        (r"\sum_{i=1}^{K} (a_i + b)", "Σᵢ₌₁ᴷ (aᵢ + b)"),
        (r"\theta_k^{(n)}", "θₖ⁽ⁿ⁾"),
        (r"A^\top x", "Aᵀ x"),
        (r"x_q", "x_q"),
        (r"x^{a + \beta}", "x^(a + β)"),
        (r"\unknown{", r"\unknown{"),
        (r"p_i > 0 \text{ for all } i", "pᵢ > 0 for all i"),
        (r"p_i > 0 \text{ (모든 } i \text{에 대해)}", "pᵢ > 0 (모든 i에 대해)"),
    ],
)
def test_formulas_as_one_line(latex: str, shown: str) -> None:
    """A fraction on one line needs the brackets that its bar stood for."""
    assert unicode_math(latex) == shown


def test_small_characters_exist_or_are_not_used() -> None:
    """Half a subscript is worse than none."""
    assert subscript("ijk") == "ᵢⱼₖ"
    assert subscript("iq") is None
    assert superscript("n+1") == "ⁿ⁺¹"
    assert superscript("q") is None
