"""What a text states of the names in a claim: taken as a hypothesis, or told; never dropped without a word."""

from __future__ import annotations

import pytest

import symderive


def status(text: str) -> str:
    return str(symderive.check_text(text, timeout=None).formulas[-1].status)


def under(words: str, claim: str) -> str:
    return status(f"{words}\n\n$$\n{claim}\n$$\n")


CHAINS = [
    ("For $0 < m < 2L$,", "m(2L - m) > 0", "m(2L - m) > 1"),
    ("$0 < m < 2L$일 때,", "m(2L - m) > 0", "m(2L - m) > 1"),
    ("Let $0 < m < 2L$.", "m(2L - m) > 0", "m(2L - m) > 1"),
    ("For $0 \\le \\beta < 1$,", "\\beta(1 - \\beta) \\ge 0", "\\beta(1 - \\beta) > 1"),
    ("For $a \\le b \\le c$,", "(b - a)(c - b) \\ge 0", "(b - a)(c - b) > 0"),
    ("For $0 < t < 1/2$,", "t (1 - 2t) > 0", "t (1 - 3t) > 0"),
    ("For $a, b > 0$,", "a b + 1 > 1", "a b + 1 > 2"),
    ("For $a, b, c > 0$,", "a b c + 1 > 1", "a b c + 1 > 2"),
    ("For $\\forall x > 0$,", "x + 1/x \\ge 2", "x + 1/x \\ge 3"),
    ("For $0 < \\lambda_{\\min} \\le \\lambda_{\\max}$,", "\\lambda_{\\min} \\lambda_{\\max} + 1 > 1",
     "\\lambda_{\\min} \\lambda_{\\max} + 1 > 2"),
    ("For $2a > b$,", "2a - b + 1 > 1", "a - 2b + 1 > 1"),
    ("For $0 < \\mu \\leqslant L$,", "\\mu / L \\le 1", "\\mu / L \\le 1/2"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "true", "false"), CHAINS)
def test_every_link_of_a_chain_is_a_hypothesis(words: str, true: str, false: str) -> None:
    """A chain around a term was dropped, and the true claim called false."""
    assert under(words, true) == "PROVED"
    assert under(words, false) == "REFUTED"


@pytest.mark.parametrize(("words", "true", "false"), CHAINS[:2] + CHAINS[5:8])
def test_a_condition_beside_a_display_is_read_alike(words: str, true: str, false: str) -> None:
    chain = words.split("$")[1]
    assert status(f"$$\n{true} \\qquad \\text{{for }} {chain}\n$$") == "PROVED"
    assert status(f"$$\n{false} \\qquad \\text{{for }} {chain}\n$$") == "REFUTED"


def test_a_strict_bound_is_not_read_as_that_of_an_index() -> None:
    """0 < μ ≤ L says nothing of whole numbers: μ ≥ 1 would be proved from it."""
    assert under("For $0 < \\mu \\le L$,", "2 \\mu \\ge 1") != "PROVED"
    assert under("For $0 < \\eta < 2/L$,", "\\eta \\ge 1 + 0 \\eta^2") != "PROVED"


# What is stated, a claim that it makes true, and a claim that is false with it, too.
OTHER_FORMS = [
    ("For $\\|w\\| = 1$,", "\\sum_{i=1}^d w_i^2 = 1", "\\sum_{i=1}^d w_i^2 = 2"),
    ("Let $\\sum_i w_i^2 = 1$.", "\\sum_{i=1}^d w_i^2 + 1 = 2", "\\sum_{i=1}^d w_i^2 = 2"),
    ("For $a + b = 1$,", "a^2 + 2ab + b^2 = 1", "a^2 + b^2 = 1"),
    ("$a = 2$일 때,", "a^2 = 4", "a^2 = 5"),
    ("For $a = b \\le c$,", "(c - a)^3 + 1 \\ge 1", "(c - a)^3 \\ge 1 + 0 a^2"),
    ("For $x^\\top y = 0$,", "(x^\\top y)^2 = 0", "x^\\top y + 1 = 0"),
    ("For $x \\in \\mathbb{Z}$,", "x^2 \\ge x", "x^2 \\ge x + 1"),
    ("For $x = y$ or $z > 0$,", "x^2 y + z y^2 = y^3 + z x^2", "x + z = y + z + 1"),
]


@pytest.mark.parametrize(("words", "true", "false"), OTHER_FORMS)
def test_a_condition_of_another_form_proves_nothing_and_saves_from_a_refutation(
    words: str, true: str, false: str
) -> None:
    """The point that made the claim false is one that the text excludes."""
    assert under(words, true) == "UNDECIDED"
    assert under(words, false) == "REFUTED"


@pytest.mark.parametrize(
    "words",
    [
        "For $x \\notin \\{0\\}$,",
        "For $x \\in \\mathbb{R} \\setminus \\{0\\}$,",
        "For $x \\gg 1$,",
        "Let $x > 0 \\land x < 1$.",
        "For $x \\succ 0$,",
        "For $x > 0 \\text{ and } x \\text{ even}$,",
    ],
)
def test_a_condition_that_is_not_understood_is_named(words: str) -> None:
    found = symderive.check_text(f"{words}\n\n$$\n(x - 7)^2 = 0\n$$", timeout=None).formulas[-1]
    assert found.status == "UNDECIDED"
    assert words.split("$")[1].split(" ")[0] in str(found.message)
    assert "not understood" in str(found.message)


@pytest.mark.parametrize(
    "words",
    [
        "We get $a = 2$.",  # a conclusion
        "Hence $a = 2$, and",
        "Let $b = 2$.",  # of another name
        "Let $a = 2$.\n\n# Next\n",  # in another section
        "The claim $a^2 = 4$ is",  # the same in passing
        "Let $a \\ne 2$.",  # satisfied by the counterexample
    ],
)
def test_what_is_no_condition_on_the_claim_shields_nothing(words: str) -> None:
    assert under(words, "a^2 = 4") == "REFUTED"


def test_hypotheses_about_other_names_are_used_where_they_hang_together() -> None:
    """x > y and y > 0: of a claim about x alone neither was taken."""
    assert under("For $0 < y < x$,", "x + 1 > 0 + 0 x^2 y") != "REFUTED"
    assert under("For $y \\ge 1$ and $x > y$,", "x^3 + x + 1 > 1") != "REFUTED"
    assert under("For $y < 1$ and $x > y$,", "x^3 + x + 1 > 1") == "REFUTED"


def test_membership_in_a_finite_set() -> None:
    assert under("For $y_i \\in \\{-1, 1\\}$,", "y_i^2 = 1") in ("PROVED", "SUPPORTED")
    assert under("For $y_i \\in \\{-1, 1\\}$,", "y_i^3 = 1") == "REFUTED"
    assert under("For $x \\in \\{0, 1\\}$,", "x (1 - x) = 0") in ("PROVED", "SUPPORTED")


def test_an_open_half_line() -> None:
    assert under("For $x \\in (-\\infty, 0)$,", "x^3 + 1 < 1") == "PROVED"
    assert under("For $x \\in (-\\infty, 0)$,", "x^3 + 2 < 1") == "REFUTED"


def test_one_of_two_statements_is_none_of_them() -> None:
    """x > 0 or y > 0 was taken for both, and x y > 0 proved from it."""
    assert under("If $x > 0$ or $y > 0$,", "x y + 1 > 1") == "UNDECIDED"
    assert status("$$\nx > 0 \\text{ or } y > 0\n$$\n\n$$\nx y + 1 > 1\n$$") == "REFUTED"
    assert status("$$\nx y + 1 > 1 \\quad \\text{if } x > 0 \\text{ or } y > 0\n$$") == "NOT_UNDERSTOOD"
    assert status("$$\nx y + 1 > 1 \\quad \\text{if } x > 0 \\text{ and } y > 0\n$$") == "PROVED"
    assert status("$$\na = 1 \\text{ or } (a + b)^2 = 1\n$$") == "NOT_UNDERSTOOD"


def test_what_the_notation_assumes_is_a_hypothesis_in_any_form() -> None:
    """It was dropped without a word where prose may not say it."""
    front = "---\nsymderive:\n  assume:\n  - a + b = 1\n---\n\n"
    assert status(f"{front}$$\na^2 + 2ab + b^2 = 1\n$$") == "PROVED"
    assert status(f"{front}$$\na^2 + b^2 = 1\n$$") == "REFUTED"
    unread = "---\nsymderive:\n  assume:\n  - x \\succ 0\n---\n\n"
    assert status(f"{unread}$$\nx^3 + 1 > 1\n$$") == "UNDECIDED"


def test_a_hypothesis_about_a_name_that_is_defined_later_is_not_forgotten() -> None:
    text = "Let $a > 0$, where\n\n$$\na = b^2 + c.\n$$\n\nThen\n\n$$\na + b^2 + c + 1 \\ge 1\n$$"
    assert status(text) == "UNDECIDED"
    assert status(text.replace("\\ge 1", "\\ge 2")) == "REFUTED"


def test_inline_formulas_that_are_judged_are_conditions_of_their_sentence() -> None:
    text = "With $a + b = 1$ we have $(a + b)^2 + 1 = 2$."
    found = symderive.check_text(text, timeout=None, inline=True).formulas
    assert [str(f.status) for f in found] == ["REFUTED", "UNDECIDED"]
