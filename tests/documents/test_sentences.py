"""Which sentence a display belongs to: a condition on indices holds for its own clause alone."""

from __future__ import annotations

import pytest

import symderive

SOFTMAX = r"The softmax is $$s_i(\mathbf x) = \frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}$$ for all $i$." + "\n\n"
SLOPE = r"\frac{\partial}{\partial x_k} s_i(\mathbf x)"
DIAGONAL = rf"$${SLOPE} = s_i(\mathbf x) (1 - s_i(\mathbf x))$$"
OTHER = rf"$${SLOPE} = -s_i(\mathbf x) s_k(\mathbf x)$$"


def statuses(text: str) -> list[str]:
    return [str(f.status) for f in symderive.check_text(SOFTMAX + text, timeout=None).formulas[1:]]


@pytest.mark.parametrize(
    "text",
    [
        rf"If $i = k$ then {DIAGONAL} and for $i \neq k$ {OTHER}",
        rf"{DIAGONAL} if $i = k$, and {OTHER} if $i \ne k$.",
        f"On the diagonal, where $i = k$:\n\n{DIAGONAL}\n\nElsewhere, where $i \\neq k$:\n\n{OTHER}\n",
        f"Where $i = k$,\n\n<!-- symderive: label a -->\n{DIAGONAL}\n\nand where $i \\neq k$,\n\n{OTHER}\n",
        f"$i = k$일 때는 다음과 같습니다.\n\n{DIAGONAL}\n\n$i \\neq k$이면 다음과 같습니다. {OTHER}",
    ],
)
def test_condition_holds_for_its_clause(text: str) -> None:
    assert statuses(text) == ["PROVED", "PROVED"]


def test_conditions_without_blank_lines() -> None:
    """One paragraph, one sentence, three displays: each takes the condition between it and the last one."""
    whole = rf"$${SLOPE} = s_i(\mathbf x) (\delta_{{ik}} - s_k(\mathbf x))$$"
    text = f"For $i = k$ we have\n{DIAGONAL}\nand for $i \\ne k$\n{OTHER}\nand always\n{whole}\n"
    assert statuses(text) == ["PROVED", "PROVED", "PROVED"]
    found = symderive.check_text(SOFTMAX.strip() + "\n" + text, timeout=None)
    assert [str(f.status) for f in found.formulas[1:]] == ["PROVED", "PROVED", "PROVED"]


@pytest.mark.parametrize(
    "text",
    [
        f"Where $i = k$, we are done.\n\nNow a formula:\n\n{DIAGONAL}",
        f"Where $i = k$, we are done.\n\n# Next\n\n{DIAGONAL}",
        f"If $i = k$ this is easy. In general {DIAGONAL}",
        f"For $i = k$:\n\n{OTHER}",
    ],
)
def test_condition_ends_with_its_sentence(text: str) -> None:
    assert statuses(text) == ["REFUTED"]
