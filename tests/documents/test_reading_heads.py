"""Names that are defined by what is not read, by a function of themselves, or implicitly; idle indices."""

from __future__ import annotations

import pytest

from symderive.documents import check_text
from symderive.documents.findings import Formula


def check(*parts: str) -> list[Formula]:
    """Displays (parts with a leading ``$$``) and sentences of one document."""
    return list(check_text("\n\n".join(parts)).formulas)


def display(latex: str) -> str:
    return f"$$\n{latex}\n$$"


def statuses(*parts: str) -> list[str]:
    return [str(formula.status) for formula in check(*parts)]


UNREAD_INDEX = r"L_i = -\log(p_{y_i})"
UNREAD_CHARACTER = r"\ell(\mu,\sigma) = @ x"


@pytest.mark.parametrize(
    ("definition", "claim"),
    [
        (UNREAD_INDEX, r"\frac{\partial L_i}{\partial f_k} = p_k - q_k"),
        (UNREAD_CHARACTER, r"\frac{\partial \ell}{\partial \mu} = -\frac{x-\mu}{\sigma^2}"),
        (r"\begin{aligned} C &= @ x \end{aligned}", r"C \ge 1"),
        (r"C = @ x", r"\frac{C}{D + C^2}"),
        (r"s^2 = @ x", r"s = a + b"),
    ],
)
def test_name_whose_definition_is_not_understood(definition: str, claim: str) -> None:
    """It is no arbitrary name: what is said about it is not understood either, and says why."""
    first, second = check(display(definition), display(claim))
    assert str(first.status) == "NOT_UNDERSTOOD"
    if claim.startswith("s = "):  # a definition of s anew
        assert str(second.status) == "DEFINITION"
        return
    assert str(second.status) == "NOT_UNDERSTOOD"
    assert "is defined at line 1 by a formula that was not understood" in (second.message or "")


def test_not_understood_through_another_definition() -> None:
    """A definition that uses such a name hands it on, and a definition that is read ends it."""
    found = statuses(display("C = @ x"), display("D = C + 1"), display("D = C + 2"))
    assert found == ["NOT_UNDERSTOOD", "DEFINITION", "NOT_UNDERSTOOD"]
    found = statuses(display("C = @ x"), display("C = a + b"), display("C - b = a"), display("C - b = 2 a"))
    assert found[:3] == ["NOT_UNDERSTOOD", "DEFINITION", "PROVED"]
    assert found[3] in ("REFUTED", "UNDECIDED")


@pytest.mark.parametrize(
    ("definition", "right", "wrong"),
    [
        (
            r"\sigma^2 = \frac{1}{H} \sum_{i=1}^H (x_i - \mu)^2",
            r"\frac{\partial \sigma^2}{\partial \mu} = -\frac{2}{H} \sum_{i=1}^H (x_i - \mu)",
            r"\frac{\partial \sigma^2}{\partial \mu} = \frac{2}{H} \sum_{i=1}^H (x_i - \mu)",
        ),
        (
            r"\log L = - \frac{1}{2s} \sum_{n=1}^N (x_n - m)^2",
            r"\frac{\partial \log L}{\partial m} = \frac{1}{s} \sum_{n=1}^N (x_n - m)",
            r"\frac{\partial \log L}{\partial m} = \frac{2}{s} \sum_{n=1}^N (x_n - m)",
        ),
        (r"\ln L = a + b", r"L = e^a e^b", r"L e^a = e^b"),
        (r"e^{y} = a + b^2", r"y = \log(a + b^2)", r"y + a = \log(a + b^2)"),
        (r"\exp(y) = a + b^2", r"y = \log(a + b^2)", r"y + a = \log(a + b^2)"),
        (r"\frac{1}{\tau} = a + b^2", r"\tau (a + b^2) = 1", r"\tau (a + b) = 1"),
        (r"\sqrt{v} = 1 + b^2", r"v = 1 + 2 b^2 + b^4", r"v b = 1 + b^2"),
        (r"\sigma_i^2 = a_i^2 + 1", r"\sigma_i^2 - 1 = a_i^2", r"\sigma_i^2 = a_i^2"),
        (r"y_k^{LS} = y_k (1 - \alpha)", r"y_k^{LS} - y_k = -\alpha y_k", r"y_k^{LS} - y_k = \alpha y_k"),
    ],
)
def test_definition_by_a_function_of_the_name(definition: str, right: str, wrong: str) -> None:
    """σ² = … defines σ where nothing before it names σ; wrong formulas about it are never proved."""
    found = statuses(display(definition), display(right), display(wrong))
    assert found[:2] == ["DEFINITION", "PROVED"]
    assert found[2] in ("REFUTED", "UNDECIDED")


def test_wrong_derivative_of_a_defined_square_is_refuted() -> None:
    """The factor 2 is missing."""
    found = statuses(
        "For $x \\in \\mathbb{R}^H$:",
        display(r"\mu = \frac{1}{H} \sum_{i=1}^H x_i"),
        display(r"\sigma^2 = \frac{1}{H} \sum_{i=1}^H (x_i - \mu)^2"),
        display(r"\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{H} (x_i - \mu)"),
        display(r"\frac{\partial \sigma^2}{\partial x_i} = \frac{1}{H} (x_i - \mu)"),
    )
    assert found == ["DEFINITION", "DEFINITION", "PROVED", "REFUTED"]


@pytest.mark.parametrize(
    "parts",
    [
        (display("y = a + b"), display("a^2 = b")),  # used before
        ("Let $a > 0$.", display("b = a c"), display("a^2 = b c")),
        (display("a^2 = a + b"),),  # an equation for a
        (display("a^2 = 4"),),
    ],
)
def test_no_definition_by_a_function_of_the_name(parts: tuple[str, ...]) -> None:
    """An equation about a name that is in use stays a claim."""
    assert statuses(*parts)[-1] in ("REFUTED", "UNDECIDED")


def test_capitals_in_a_superscript_that_are_numbers() -> None:
    """A product in a superscript stays one where its letters stand alone elsewhere."""
    assert statuses(display("y = A + B"), display("x^{AB} = x^{BA}")) == ["DEFINITION", "PROVED"]


@pytest.mark.parametrize(
    "latex",
    [
        r"\mathrm{MSE} = \frac{1}{n} \sum_{i=1}^n (y_j - \hat y_j)^2",
        r"L = -\sum_{j=1}^{K} y_i \log p_i",
        r"r = \sqrt{\frac{1}{n} \sum_{j=1}^{n} a_i^2}",
        r"\bar x = \frac{1}{N} \sum_{n=1}^N x_i",
        r"S = \sum_{i=1}^n \sum_{j=1}^m a_{ik}",
        r"\sum_{j=1}^{n} a_i^2",
    ],
)
def test_idle_index_without_a_stated_range(latex: str) -> None:
    """A usual index letter is free in the sum while the sum's own index is idle."""
    assert statuses(display(latex)) == ["ILL_DEFINED"]


@pytest.mark.parametrize(
    ("latex", "status"),
    [
        (r"\sum_{i=1}^K x_k = K x_k", "PROVED"),
        (r"S = \sum_{i=1}^n c", "DEFINITION"),
        (r"S = \sum_{i=1}^n x_0", "DEFINITION"),
        (r"S = \sum_{i=1}^n x_{\max}", "DEFINITION"),
        (r"S_k = \sum_{i=1}^n x_k", "DEFINITION"),
        (r"S_t = \sum_{i=1}^n y_t", "DEFINITION"),
        (r"S = \sum_{i=1}^n x_i y_k", "DEFINITION"),
    ],
)
def test_sums_that_are_in_order(latex: str, status: str) -> None:
    """Claims, constants, labels and indices that the left side binds are no faults."""
    assert statuses(display(latex)) == [status]


def test_implicit_scheme_is_no_fault() -> None:
    """Implicit Euler defines its step, if not in closed form; nothing is judged about it."""
    (formula,) = check(display(r"y_{n+1} = y_n + h f(y_{n+1})"))
    assert str(formula.status) == "DEFINITION"
    assert "implicit" in (formula.message or "")
    found = statuses(display(r"y_{n+1} = y_n + h f(y_{n+1})"), display(r"y_{n} \ge 0"))
    assert found == ["DEFINITION", "NOT_UNDERSTOOD"]


def test_own_step_is_still_a_fault() -> None:
    """A step in terms of itself alone has no memory."""
    found = statuses(display(r"w(n+1) = \gamma w(n)"), display(r"v(n) = \gamma v(n) + \eta w(n)"))
    assert found == ["DEFINITION", "ILL_DEFINED"]


def test_inner_product_shows_two_vectors() -> None:
    """w^⊤x makes x a vector as w is: the gradient by w is x."""
    found = statuses(
        display(r"f(x) = w^\top x + b"),
        display(r"\frac{\partial f}{\partial w} = x"),
        display(r"\frac{\partial f}{\partial x_i} = w_i"),
        display(r"\frac{\partial f}{\partial w} = 2x"),
    )
    assert found == ["DEFINITION", "PROVED", "PROVED", "REFUTED"]


def test_letter_after_a_matrix_without_a_size() -> None:
    """A vector or a number: nothing settles it, and the message says what would."""
    (formula,) = check(display(r"X^\top X w = X^\top y"))
    assert str(formula.status) == "NOT_UNDERSTOOD"
    assert "vector" in (formula.message or "")


def test_declaration_wins_over_a_wrong_formula() -> None:
    """A wrong formula's limits do not change the declared sizes for the formulas after it."""
    found = statuses(
        r"Let $X \in \mathbb{R}^{n \times d}$, $y \in \mathbb{R}^n$, $w \in \mathbb{R}^d$.",
        display(r"J(w) = \frac{1}{2} \|X w - y\|_2^2"),
        display(r"\frac{\partial^2 J}{\partial w_i \partial w_j} = \sum_{k=1}^n X_{ik} X_{jk}"),
        display(r"\|X w - y\|_2^2 = (X w - y)^\top (X w - y)"),
        display(r"\frac{\partial^2 J}{\partial w_i \partial w_j} = \sum_{k=1}^n X_{ki} X_{kj}"),
    )
    assert found[1] != "PROVED"
    assert found[2:] == ["PROVED", "PROVED"]


def test_function_whose_name_is_an_index_elsewhere() -> None:
    """``c(x, y)`` stays the function that was defined, though a sum elsewhere runs over c."""
    found = statuses(
        r"Let $x \in \mathbb{R}^K$, $y \in \mathbb{R}^K$.",
        display(r"c(x, y) = \sum_{i=1}^K x_i y_i"),
        display(r"\frac{\partial c(x,y)}{\partial x_k} = y_k"),
        display(r"\frac{\partial c(x,y)}{\partial x_k} = x_k"),
        display(r"\sum_{c=1}^N A_c = \sum_{r=1}^N A_r"),
    )
    assert found == ["DEFINITION", "PROVED", "REFUTED", "PROVED"]


@pytest.mark.parametrize("body", [r"\sum_{i=1}^K \log x_i", "@ x"])
def test_function_whose_name_is_a_dimension_elsewhere(body: str) -> None:
    """Nothing is said about M: as the number of a sum's terms it would have the derivative zero."""
    found = statuses(
        r"Let $x \in \mathbb{R}^K$.",
        display(f"M(x) = {body}"),
        display(r"\frac{\partial M}{\partial x_k} = \frac{1}{x_k}"),
        display(r"P = \sum_{m=1}^M w_m"),
    )
    assert found == ["NOT_UNDERSTOOD", "NOT_UNDERSTOOD", "DEFINITION"]


def test_both_ways_to_leave_the_ties_of_a_maximum_out() -> None:
    """``[a > b]`` and ``[a ≥ b]`` say the same of a derivative, which there is none of at ties."""
    found = statuses(
        display(r"f(t) = \max(t^2, t)"),
        display(r"\frac{d f(t)}{d t} = [t^2 > t] 2 t + [t > t^2]"),
        display(r"\frac{d f(t)}{d t} = [t^2 > t] 2 t + [t \ge t^2]"),
        display(r"\frac{d f(t)}{d t} = [t^2 > t] t + [t > t^2]"),
    )
    assert found == ["DEFINITION", "PROVED", "PROVED", "REFUTED"]
