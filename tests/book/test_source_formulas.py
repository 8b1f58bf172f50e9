"""The nine formulas that this toolkit was first written for, as they were published, misprints included.

Each is read from its LaTeX; its derivative, or what it unrolls to, is derived from what was read and compared
with the known result. Dashes, missing braces and the display that breaks off are those of the source.
"""

import pytest
from sympy import Integer, KroneckerDelta, Symbol, sqrt

import symderive
from symderive.decide import Status, judge_claim
from symderive.documents.reading import Display, Inline, Kind, read_document
from symderive.terms import (
    Apply,
    Claim,
    Definition,
    Index,
    Recurrence,
    differentiate,
    indexed_sum,
    unfold,
    vec,
    walk,
)

SOFTMAX = r"s_i(\mathbf{x}) = \frac{\exp{x_i} }{ \sum_{j=1}^K \exp{x_j} }"
SOFTMAX_DERIVATIVE = r"\frac{\partial}{\partial x_k} s_i(\mathbf{x}) "
KL = (
    r"KL(p,q) = – \sum_{i=1}^K p(\mathbf{x})_i \log q(\mathbf{x})_i"
    r"+ \sum_{i=1}^K p(\mathbf{x})_i \log p(\mathbf{x})_i"
)
KL_BROKEN_OFF = (
    r"\frac{\partial}{\partial q(\mathbf{x})_j} KL(p,q) = "
    r"– \sum_{i=1}^K p(\mathbf{x})_i \frac{\partial}{\partial …"
)
RMS = r"\text{RMS of $x[n]$ : } \sqrt{\frac{1}{N}\sum_{i=0}^{N-1} x^2[n]}"
VELOCITY = r"v(n) = \gamma v(n-1) + \mu \nabla_\theta J(\theta(n))"
MOMENTUM_STEP = r"\theta(n+1) = \theta(n) – v(n)"
SECOND_MOMENT = r"G_k(n) = \gamma G_k(n) +(1-\gamma) (\frac{\partial J}{\partial \theta_k}(\theta(n)))^2"
RMSPROP_STEP = (
    r"\theta_k(n+1) = \theta_k(n) – \mu \frac{1}{\sqrt{G_k(n)+\epsilon}}\frac{\partial J}{\partial \theta_k}"
)


def statement(latex, *before, inlines=()):
    """What a display says, with the displays `before` it and inline formulas in force."""
    displays = [Display(text, position=1_000 * n, line=n + 1) for n, text in enumerate((*before, latex))]
    notes = [Inline(text, position=-1) for text in inlines]
    return read_document(displays, notes).readings[-1].main


def proved(lhs, rhs, *definitions):
    verdict = judge_claim(Claim(lhs, "=", rhs, definitions=definitions))
    assert verdict.status is Status.PROVED, (lhs, rhs, verdict)


def checked(*displays):
    """The statuses of displays that follow one another in a document."""
    text = "\n\n".join(f"$$\n{latex}\n$$" for latex in displays)
    return [formula.status for formula in symderive.check_text(text).formulas]


@pytest.fixture(scope="module")
def softmax():
    found = statement(SOFTMAX)
    assert found.kind is Kind.DEFINITION
    assert isinstance(found.definition, Definition)
    return found.definition


def entries(tensor):
    """Two free indices of a vector and the vector as an argument."""
    lower, upper = tensor.ranges[0]
    i, k, j = (Index(name, upper, lower) for name in "ikj")
    return i, k, vec(tensor[j], j)


def test_softmax_jacobian(softmax):
    i, k, x = entries(softmax.parameters[0])
    s_i, s_k = Apply("s", (x,), (i,)), Apply("s", (x,), (k,))
    derived = differentiate(unfold(s_i, [softmax]), softmax.parameters[0][k])
    proved(derived, s_i * (KroneckerDelta(i, k) - s_k), softmax)


def test_softmax_jacobian_on_the_diagonal(softmax):
    i, _, x = entries(softmax.parameters[0])
    s_i = Apply("s", (x,), (i,))
    derived = differentiate(unfold(s_i, [softmax]), softmax.parameters[0][i])
    proved(derived, s_i * (1 - s_i), softmax)


def test_softmax_derivative_is_an_expression():
    found = statement(SOFTMAX_DERIVATIVE, SOFTMAX)
    assert found.kind is Kind.EXPRESSION


@pytest.mark.parametrize(
    "result",
    [
        r"= s_i(\mathbf{x}) (\delta_{ik} - s_k(\mathbf{x}))",
        (
            r"= \begin{cases} s_i(\mathbf{x}) (1 - s_i(\mathbf{x})) & i = k \\"
            r" -s_i(\mathbf{x}) s_k(\mathbf{x}) & i \neq k \end{cases}"
        ),
    ],
)
def test_softmax_derivative_completed(result):
    assert checked(SOFTMAX, SOFTMAX_DERIVATIVE + result) == ["DEFINITION", "PROVED"]


def test_kl_derivative_by_the_model():
    found = statement(KL)
    assert found.kind is Kind.DEFINITION
    definition = found.definition
    assert [str(parameter) for parameter in definition.parameters] == ["p", "q"]
    q_i = next(node for node in walk(definition.body) if isinstance(node, Apply) and node.head == "q")
    limits = [limit for node in walk(definition.body) for limit in getattr(node, "limits", ())]
    upper = next(limit[2] for limit in limits if limit[0] == q_i.components[0])
    j = Index("j", upper)
    p_j, q_j = (Apply(name, q_i.arguments, (j,)) for name in "pq")
    whole = Apply("KL", (Symbol("p", real=True), Symbol("q", real=True)))
    derived = differentiate(unfold(whole, [definition]), q_j)
    proved(derived, -p_j / q_j)


def test_kl_derivative_through_softmax():
    """S·s − p with S = Σp, and s − p once the total is one."""
    model = r"s_k(\mathbf{z}) = \frac{\exp z_k}{\sum_{j=1}^K \exp z_j}"
    loss = KL.replace("KL(p,q)", r"D(\mathbf{z})").replace(r"q(\mathbf{x})_i", r"s_i(\mathbf{z})")
    total = r"S = \sum_{i=1}^K p(\mathbf{x})_i"
    derivative = r"\frac{\partial}{\partial z_k} D(\mathbf{z}) = "
    general = derivative + r"S s_k(\mathbf{z}) - p(\mathbf{x})_k"
    usual = derivative + r"s_k(\mathbf{z}) - p(\mathbf{x})_k"
    assert checked(model, loss, total, general, usual)[3:] == ["PROVED", "REFUTED"]
    normalised = r"\sum_{i=1}^K p(\mathbf{x})_i = 1"
    assert checked(model, loss, normalised, usual)[-1] == "PROVED"


def test_kl_display_that_breaks_off():
    report = symderive.check_text(f"$${KL}$$\n\n$${KL_BROKEN_OFF} Read more\n")
    assert [formula.status for formula in report.formulas] == ["DEFINITION", "NOT_UNDERSTOOD"]


def test_kl_display_completed():
    """With the derivative that the display was about to take, and its value."""
    start = r"\frac{\partial}{\partial q(\mathbf{x})_j} KL(p,q) = "
    through = r"– \sum_{i=1}^K p(\mathbf{x})_i \frac{\partial}{\partial q(\mathbf{x})_j} \log q(\mathbf{x})_i"
    assert checked(KL, start + through, start + r"- \frac{p(\mathbf{x})_j}{q(\mathbf{x})_j}") == [
        "DEFINITION",
        "PROVED",
        "PROVED",
    ]


def test_cross_entropy_derivatives():
    """The source names the loss and its derivative without a formula."""
    assert checked(
        r"H(\mathbf{y}, \mathbf{q}) = - \sum_{i=1}^K y_i \log q_i",
        r"\frac{\partial}{\partial q_j} H(\mathbf{y}, \mathbf{q}) = - \frac{y_j}{q_j}",
        SOFTMAX,
        r"L(\mathbf{x}) = - \sum_{i=1}^K y_i \log s_i(\mathbf{x})",
        r"\frac{\partial}{\partial x_k} L(\mathbf{x}) = s_k(\mathbf{x}) \sum_{i=1}^K y_i - y_k",
    ) == ["DEFINITION", "PROVED", "DEFINITION", "DEFINITION", "PROVED"]


def test_rms_is_ill_defined_and_its_correction_has_the_gradient():
    found = statement(RMS, inlines=["x[n]", "n=0,1,…,N-1"])
    assert found.kind is Kind.ILL_DEFINED
    assert found.suggestion is not None
    assert "x^2[i]" in found.suggestion.replace(" ", "")
    corrected = statement(found.suggestion, inlines=["x[n]", "n=0,1,…,N-1"])
    assert corrected.kind is Kind.EXPRESSION
    rms = corrected.term
    entry = next(node for node in walk(rms) if node.is_Indexed)
    x = entry.base
    lower, upper = Integer(0), next(node.limits[0][2] for node in walk(rms) if hasattr(node, "limits"))
    n, k = Index("n", upper, lower), Index("k", upper, lower)
    size = upper + 1
    proved(rms, sqrt(indexed_sum(x[n] ** 2, n) / size))
    proved(differentiate(rms, x[k]), x[k] / (size * rms))


def test_momentum_unrolls():
    found = statement(VELOCITY)
    assert found.kind is Kind.DEFINITION
    assert isinstance(found.definition, Recurrence)
    unrolled = r"v(n) = \mu \sum_{i=1}^n \gamma^{n-i} \nabla_\theta J(\theta(i)) + \gamma^n v(0)"
    slipped = unrolled.replace("n-i", "n-i+1")
    assert checked(VELOCITY, MOMENTUM_STEP, unrolled, slipped) == [
        "DEFINITION",
        "DEFINITION",
        "PROVED",
        "REFUTED",
    ]


def test_rmsprop_is_ill_defined_and_its_correction_unrolls():
    found = statement(SECOND_MOMENT, RMSPROP_STEP)
    assert found.kind is Kind.ILL_DEFINED
    assert found.suggestion is not None
    unrolled = (
        r"G_k(n) = (1-\gamma) \sum_{i=1}^n \gamma^{n-i} (\frac{\partial J}{\partial \theta_k}(\theta(i)))^2"
        r" + \gamma^n G_k(0)"
    )
    assert checked(found.suggestion, RMSPROP_STEP, unrolled) == ["DEFINITION", "DEFINITION", "PROVED"]
    # As an equation the misprint forces the average to be the present square.
    assert checked(r"a - \gamma a - (1-\gamma) g^2 = (1-\gamma) (a - g^2)") == ["PROVED"]
