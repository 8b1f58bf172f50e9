"""The parser: every style reads, offsets are exact, and what cannot be read is an error with its place."""

from __future__ import annotations

import pytest

from symderive.notation import ReadError, parse
from symderive.notation.stream import MAX_DEPTH
from symderive.notation.syntax import Chain, DerivativeNode, Evaluated, Group, Script, descend

STYLES = [
    r"\frac{e^{f_k}}{\sum_j e^{f_j}}",
    r"\dfrac{1}{2} + \tfrac12 + a/b",
    r"\sum_{j=1}^{K} x_j + \sum_{i\neq k} x_i + \sum_{j=1, j\ne k}^K x_j + \sum_{1\le i<j\le n} x_i x_j",
    r"\sum_{i,j} W_{ij} + \sum_{i=1}^m \sum_{j=1}^n W_{i,j} + \prod_{i \in \{1,\dots,K\}} x_i",
    r"\max_j x_j - \min_i x_i + \sup_k x_k",
    r"\max(a, b) + \min\{a, b\} + \max(|a + b|, |a - b|)",
    r"\exp x_i + \exp{x_i} + \exp(o_i) + exp\left({a}_{i}\right) + \log^2 x + \ln(y)",
    r"p(\mathbf{x})_i + q_i + x[n] + x^2[n] + v(n) + v_t + v^{(t)} + v_{t-1} + \theta(n+1) + \theta_{t+1}",
    r"\theta \leftarrow \theta - \eta g",
    r"W := W - \alpha \, dW",
    r"\mathbf{g}_t^2 + a \odot b + \operatorname{diag}(s) - s s^\top + x^T y",
    r"\nabla_\theta J + \frac{\partial J}{\partial \theta_k} + \partial_{o_j} L + \frac{\partial}{\partial x_k} f",
    r"\frac{\partial^2 L}{\partial x_i \partial x_j} + \frac{d}{dx} x^2 + \frac{d^2 y}{dx^2} + L'(x) + \partial f / \partial x",
    r"\left.\frac{\partial f}{\partial x}\right|_{x=0} + f(x)\big|_{x=1}",
    r"\delta_{ik} + \mathbb{1}(y_i = k) + \mathbf 1\{i=k\} + [i=k] + 1_{i=k}",
    r"\begin{cases} 1 & \text{if } i=k \\ 0 & \text{otherwise} \end{cases}",
    r"\left\{ \begin{array}{ll} 1 & i = k \\ 0 & i \ne k \end{array} \right. ",
    r"\text{RMS of $x[n]$ : } \sqrt{\frac{1}{N} \sum_{i=0}^{N-1} x^2[i]}",
    r"\mathbb{E}_{i\sim p}[x_i] + \mathop{\mathbb E}_{i \sim p}\left[x_i\right] + \binom{n}{k} + n! + \sqrt[3]{x}",
    r"D_{KL}(p \,\|\, q) + \operatorname{KL}(p\|q) + H(p) + |x| + \lvert x \rvert + \|x\|_1 + \|x\|_2^2",
    r"v_{dW} + v^{\text{corrected}} + \hat m_t + \hat{m}_t + \boldsymbol{\theta}_k + \mathrm{TP} + \bar{x}",
    r"x − y – z × w · u ≤ 3 α + β²",
    r"a = b, \quad c = d .",
    r"\frac{\partial s_i}{\partial x_k} = -s_i s_k, \qquad i \neq k \tag{3} \label{eq:off}",
    r"x_k \in \mathbb{R}, \quad \forall k",
    r"\begin{aligned} a &= b + c \\ &= d \nonumber \\ &\quad + e \end{aligned}",
    r"\begin{align*} a &= b, & c &= d \\[2pt] e &= f \end{align*}",
    r"\begin{equation}\begin{split} a &= b \\ &= c \end{split}\end{equation}",
    r"\underset{j}{\max} x_j + \underbrace{a + b}_{\text{the sum}} + \left( \frac{a}{b} \right)^{1/2}",
    r"p_i > 0, \quad i = 1, \dots, K",
    r"J: \mathbb{R}^K \to \mathbb{R}",
    r"1e-8 + 0.001 + 1{,}000 + 50\%",
]


@pytest.mark.parametrize("latex", STYLES)
def test_style_parses(latex: str) -> None:
    """A style of the wild that does not even parse is a formula that nobody gets checked."""
    display = parse(latex)
    assert display.rows


@pytest.mark.parametrize("latex", STYLES)
def test_offsets_are_inside_and_nested(latex: str) -> None:
    """A caret must never point outside the formula, nor a part outside its whole."""
    for node in descend(parse(latex)):
        assert 0 <= node.start <= node.end <= len(latex)


def test_offsets_count_code_points() -> None:
    """A non-breaking space or a dash before a place must not shift it."""
    latex = "a\u00a0=\u00a0– \\frac{b}{c}"
    chain = parse(latex).rows[0].items[0]
    assert isinstance(chain, Chain)
    right = chain.operands[1]
    assert right is not None
    assert latex[right.start : right.end] == "– \\frac{b}{c}"


def test_juxtaposition_stays_open() -> None:
    """Whether ``a(b)`` is an application is decided from declarations, not by the parser."""
    product = parse("a(b)").rows[0].items[0]
    assert [type(factor).__name__ for factor in product.factors] == ["Name", "Group"]  # type: ignore[attr-defined]


def test_rows_that_continue() -> None:
    """A line that starts with + belongs to the line before; one that starts with = is a statement of its own."""
    display = parse(r"\begin{aligned} a &= b \\ &+ c \\ &= d \end{aligned}")
    assert len(display.rows) == 2
    second = display.rows[1].items[0]
    assert isinstance(second, Chain) and second.operands[0] is None


def test_frac_of_single_tokens() -> None:
    """TeX reads \\frac12 as one half; reading 12 would be silently wrong."""
    fraction = parse(r"\frac12 x^23").rows[0].items[0].factors[0]  # type: ignore[attr-defined]
    assert fraction.numerator.text == "1" and fraction.denominator.text == "2"


def test_derivative_fractions() -> None:
    """A fraction of ∂s is a derivative, one of plain d's is not."""
    node = parse(r"\frac{\partial^2 L}{\partial x_i \partial x_j}").rows[0].items[0]
    assert isinstance(node, DerivativeNode) and len(node.variables) == 2
    assert not isinstance(parse(r"\frac{m}{d}").rows[0].items[0], DerivativeNode)
    assert isinstance(parse(r"f(x)|_{x=0}").rows[0].items[0], Evaluated)


def test_bars() -> None:
    """``p(y|x)`` parts a bracket, ``|x| |y|`` are two absolute values."""
    product = parse("|x| |y|").rows[0].items[0]
    assert all(isinstance(factor, Group) for factor in product.factors)  # type: ignore[attr-defined]
    group = parse(r"D(p\|q)").rows[0].items[0].factors[1]  # type: ignore[attr-defined]
    assert group.separators == ("||",)


def test_words_and_products() -> None:
    """TP is one name where T and P never stand alone; xy is a product; a label stays a label."""
    assert parse("TP + FP").rows[0].items[0].terms[0].text == "TP"  # type: ignore[attr-defined]
    assert len(parse("xy").rows[0].items[0].factors) == 2  # type: ignore[attr-defined]
    node = parse(r"x_{\max}").rows[0].items[0]
    assert isinstance(node, Script) and node.sub is not None


@pytest.mark.parametrize(
    ("latex", "place"),
    [
        (r"\frac{a}{b", "{"),
        (r"x_", "_"),
        (r"a + ", "+"),
        (r"(a + b", "("),
        (r"\foo{x}", r"\foo"),
        (r"a = = b", "="),
        (r"\sum_{i=1}^n", r"\sum"),
        (r"\input{/etc/passwd}", r"\input"),
        (r"x^a^b", "^"),
        (r"\left( a \right", r"\right"),
        (r"[a + b)} ", "}"),
        (r"\begin{cases} a", r"\begin{cases}"),
        ("a # b", "#"),
        (r"\def\x{y}", r"\def"),
        (r"a \pm b", r"\pm"),
    ],
)
def test_errors_have_a_place(latex: str, place: str) -> None:
    """An error without its smallest place sends the reader searching."""
    with pytest.raises(ReadError) as caught:
        parse(latex)
    error = caught.value
    assert 0 <= error.start <= error.end <= len(latex)
    assert latex[error.start : error.end].strip()[:1] == place.strip()[:1]
    assert error.message


@pytest.mark.parametrize("opened", ["{", "(", r"\left(", r"\sqrt{", "x^{", r"\frac{1}{", "-("])
def test_deep_nesting_is_refused(opened: str) -> None:
    """Deep nesting must end in an error with a place, not in a crash of the interpreter."""
    with pytest.raises(ReadError):
        parse(opened * (MAX_DEPTH * 20) + "x")


def test_size_is_limited_and_linear() -> None:
    """A display that was never closed swallows the document: refuse it at once."""
    with pytest.raises(ReadError):
        parse("x+" * 40_000)
    assert len(parse("+".join("x" * 1 for _ in range(5_000))).rows[0].items[0].terms) == 5_000  # type: ignore[attr-defined]
