r"""The displays that a document of lecture notes holds: definitions, an expression, two that cannot mean what is written.

The same formulas with other letters, words, order and delimiters must come out the same: the rules are general.
"""

from __future__ import annotations

import itertools

import pytest

from symderive.documents.reading import Display, DocumentReading, Inline, Kind, read_document
from symderive.terms import Definition, Recurrence

Part = tuple[str, str]  # ("display" | "inline", latex)


def document(parts: list[Part]) -> DocumentReading:
    """A document of formulas in a row, each display in a sentence of its own."""
    displays, inlines = [], []
    position = 0
    for number, (kind, latex) in enumerate(parts):
        if kind == "display":
            displays.append(Display(latex, position, number + 1, 1, 0, number + 1))
        elif kind == "unclosed":
            displays.append(Display(latex, position, number + 1, 1, 0, number + 1, closed=False))
        else:
            inlines.append(Inline(latex, position, 0, number + 2, number + 1))
        position += len(latex) + 10
    return read_document(displays, inlines)


SOFTMAX: list[Part] = [
    ("inline", r"\mathbf{x} = (x_1,…,x_K)"),
    (
        "display",
        "s_i(\\mathbf{x})\u00a0=\u00a0\\frac{\\exp{x_i}\u00a0}{\u00a0\\sum_{j=1}^K\u00a0\\exp{x_j}\u00a0}",
    ),
    ("display", r"\frac{\partial}{\partial x_k} s_i(\mathbf{x}) "),
]
KL: list[Part] = [
    ("inline", r"p(\mathbf{x}),q(\mathbf{x})"),
    (
        "display",
        (
            "KL(p,q) = – \\sum_{i=1}^K p(\\mathbf{x})_i \\log q(\\mathbf{x})_i+ "
            "\\sum_{i=1}^K p(\\mathbf{x})_i \\log p(\\mathbf{x})_i"
        ),
    ),
    (
        "unclosed",
        r"\frac{\partial}{\partial q(\mathbf{x})_j} KL(p,q) = – \sum_{i=1}^K p(\mathbf{x})_i \frac{\partial}",
    ),
]
RMS: list[Part] = [
    ("inline", "n=0,1,…,N-1"),
    ("inline", "x[n]"),
    ("display", r"\text{RMS of $x[n]$ : } \sqrt{\frac{1}{N}\sum_{i=0}^{N-1} x^2[n]}"),
]
MOMENTUM: list[Part] = [
    ("inline", r"J(\theta)"),
    ("display", r"v(n) = \gamma v(n-1) + \mu \nabla_\theta J(\theta(n))"),
    ("display", r"\theta(n+1) = \theta(n) – v(n)"),
]
RMSPROP: list[Part] = [
    ("inline", "J"),
    (
        "display",
        r"G_k(n) = \gamma G_k(n) +(1-\gamma) (\frac{\partial J}{\partial \theta_k}(\theta(n)))^2",
    ),
    (
        "display",
        r"\theta_k(n+1) = \theta_k(n) – \mu \frac{1}{\sqrt{G_k(n)+\epsilon}}\frac{\partial J}{\partial \theta_k}",
    ),
]
GROUPS = [SOFTMAX, KL, RMS, MOMENTUM, RMSPROP]


def kinds(reading: DocumentReading) -> list[str]:
    return sorted(str(item.kind) for item in reading.readings)


EXPECTED = ["DEFINITION"] * 5 + ["EXPRESSION"] + ["ILL_DEFINED"] * 2 + ["NOT_UNDERSTOOD"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_nine_displays_in_any_order(order: tuple[int, ...]) -> None:
    """The order of the topics must not decide what their formulas are."""
    reading = document([part for number in order for part in GROUPS[number]])
    assert kinds(reading) == EXPECTED


def by_start(reading: DocumentReading, start: str) -> object:
    return next(item for item in reading.readings if item.display.latex.startswith(start))


def test_the_ill_defined_root_mean_square() -> None:
    """The sum's own index is not in the summand: as written the whole is |x[n]|; x²[i] is meant."""
    reading = document(RMS)
    (item,) = reading.readings
    main = item.main
    assert main.rule == "idle index"
    assert item.display.latex[slice(*main.span)] == r"\sum_{i=0}^{N-1} x^2[n]"
    assert main.message is not None and r"\left|x[n]\right|" in main.message
    assert main.suggestion == RMS[2][1].replace("x^2[n]", "x^2[i]")


def test_the_ill_defined_recurrence() -> None:
    """The step names itself: as an equation it forces G = (∂J/∂θ)²; the step before is meant."""
    reading = document(MOMENTUM + RMSPROP)
    item = next(item for item in reading.readings if item.kind is Kind.ILL_DEFINED)
    main = item.main
    assert main.rule == "own step"
    start = item.display.latex.index("G_k(n)", 5)
    assert main.span == (start, start + len("G_k(n)"))
    assert (
        main.message is not None
        and r"\left(\frac{\partial J}{\partial \theta_k}(\theta(n))\right)^2" in main.message
    )
    assert main.suggestion == RMSPROP[1][1].replace(r"\gamma G_k(n)", r"\gamma G_k(n-1)")


def test_what_the_definitions_are() -> None:
    """Heads with arguments, vectors by inference, and the next step of a sequence."""
    reading = document([part for group in GROUPS for part in group])
    by_name = {
        statement.name: statement.definition
        for item in reading.readings
        for statement in item.statements
        if statement.definition is not None
    }
    softmax = by_name["s"]
    assert isinstance(softmax, Definition) and len(softmax.components) == 1 and len(softmax.parameters) == 1
    assert isinstance(by_name["KL"], Definition) and [str(p) for p in by_name["KL"].parameters] == ["p", "q"]
    velocity = by_name["v"]
    assert isinstance(velocity, Recurrence) and len(velocity.components) == 1
    assert any("replaces" in note for item in reading.readings for s in item.statements for note in s.notes)


RENAMED: list[tuple[Part, ...]] = [
    (
        ("inline", r"\mathbf{z} = (z_1, \dots, z_C)"),
        ("display", r"\pi_m(\mathbf z) = \dfrac{e^{z_m}}{\sum_{l=1}^{C} e^{z_l}}"),
        ("display", r"\partial \pi_m(\mathbf z) / \partial z_r"),
    ),
    (
        ("inline", r"a(\mathbf z)"),
        ("inline", r"b(\mathbf z)"),
        (
            "display",
            r"D(a, b) = \sum_{m=1}^{C} a(\mathbf z)_m \ln a(\mathbf z)_m − \sum_{m=1}^{C} a(\mathbf z)_m \ln b(\mathbf z)_m",
        ),
    ),
    (
        ("inline", r"t = 0, 1, \ldots, M-1"),
        ("display", r"\left( \frac1M \sum_{j=0}^{M-1} (u[t])^2 \right)^{1/2}"),
    ),
    (
        ("display", r"w_{\tau+1} = \beta w_\tau + \eta \nabla_\phi F(\phi_\tau)"),
        ("display", r"\phi_{\tau+1} = \phi_\tau - w_{\tau+1}"),
    ),
    (
        (
            "display",
            r"H^{(\tau)}_c = \rho H^{(\tau)}_c + (1-\rho) \left( \frac{\partial F}{\partial \phi_c}(\phi^{(\tau)}) \right)^2",
        ),
        (
            "display",
            r"\phi^{(\tau+1)}_c = \phi^{(\tau)}_c - \frac{\eta}{\sqrt{H^{(\tau)}_c + \varepsilon}} \frac{\partial F}{\partial \phi_c}",
        ),
    ),
]


def test_renamed() -> None:
    """Other letters, other styles: the same kinds, and the corrections in the author's own style."""
    results = [document(list(group)) for group in RENAMED]
    found = sorted(str(item.kind) for reading in results for item in reading.readings)
    assert found == ["DEFINITION"] * 5 + ["EXPRESSION"] + ["ILL_DEFINED"] * 2
    rms = results[2].readings[0].main
    assert rms.suggestion == r"\left( \frac1M \sum_{j=0}^{M-1} (u[j])^2 \right)^{1/2}"
    rmsprop = results[4].readings[0].main
    assert rmsprop.suggestion is not None and r"\rho H^{(\tau-1)}_c" in rmsprop.suggestion


@pytest.mark.parametrize(
    ("latex", "suggestion"),
    [
        (r"R = \sqrt{\frac{1}{K} \sum_{i=1}^{K} x_k^2}", r"x_i^2"),
        (r"\frac{1}{K} \sum_{i=1}^{K} |x_k|", r"|x_i|"),
        (r"\prod_{i=1}^K x_k", r"x_i"),
        (r"a = \sum_{i=1}^K \sum_{j=1}^K x_k x_j", r"x_i x_j"),
    ],
)
def test_idle_index_variants(latex: str, suggestion: str) -> None:
    """Sums, means and products alike, in definitions and expressions."""
    reading = document(
        [("inline", r"x \in \mathbb{R}^K"), ("inline", r"k = 1, \dots, K"), ("display", latex)]
    )
    assert reading.readings[0].kind is Kind.ILL_DEFINED
    assert suggestion in (reading.readings[0].main.suggestion or "")


@pytest.mark.parametrize(
    "latex",
    [
        r"\sum_{i=1}^K x_k = K x_k",
        r"\sum_{k=1}^K \frac{\partial s_i(x)}{\partial x_k} = 0",
        r"b_k = \frac{1}{K} \sum_{i=1}^K x_k",
        r"p_i = \frac1K",
        r"\frac1K \sum_{i=1}^K 1",
        r"W = W - \eta v_{dW}",
        r"v_{dW} = \beta v_{dW} + (1 - \beta) dW",
        r"\theta \leftarrow \theta - \eta \nabla_\theta J(\theta)",
        r"x_i = x_i",
        r"c = \sum_{i=1}^K a",
    ],
)
def test_never_ill_defined(latex: str) -> None:
    """A false alarm here is what people dislike most: claims, updates and bound indices are no errors."""
    reading = document(
        [
            ("inline", r"x \in \mathbb{R}^K"),
            ("inline", r"k = 1, \dots, K"),
            ("display", r"v(n) = \gamma v(n-1) + g(n)"),
            ("display", latex),
        ]
    )
    assert reading.readings[-1].kind is not Kind.ILL_DEFINED


def test_own_step_needs_a_step() -> None:
    """Without a recurrence that shifts n, ``G(n) = … G(n)`` is not certainly an error; with a declaration it is."""
    from symderive.notation import load_notation

    latex = r"A_t = \gamma A_t + b"
    plain = read_document([Display(latex)])
    assert plain.readings[0].kind is not Kind.ILL_DEFINED
    declared = read_document([Display(latex)], [], load_notation("names: {t: step}"))
    assert declared.readings[0].kind is Kind.ILL_DEFINED
