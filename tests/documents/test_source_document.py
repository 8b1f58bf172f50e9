"""A page of lecture notes as people write them: nine displays, nothing declared by hand."""

import pytest

from symderive.documents import check_text

SOFTMAX = r"s_i(\mathbf{x}) = \frac{\exp{x_i} }{ \sum_{j=1}^K \exp{x_j} }"
JACOBIAN = r"\frac{\partial}{\partial x_k} s_i(\mathbf{x}) "
KL = (
    r"KL(p,q) = – \sum_{i=1}^K p(\mathbf{x})_i \log q(\mathbf{x})_i"
    r"+ \sum_{i=1}^K p(\mathbf{x})_i \log p(\mathbf{x})_i"
)
CUT_OFF = r"\frac{\partial}{\partial q(\mathbf{x})_j} KL(p,q) = – \sum_{i=1}^K p(\mathbf{x})_i \frac{\partial}{\partial … Read more"
RMS = r"\text{RMS of $x[n]$ : } \sqrt{\frac{1}{N}\sum_{i=0}^{N-1} x^2[n]}"
MOMENTUM = (r"v(n) = \gamma v(n-1) + \mu \nabla_\theta J(\theta(n))", r"\theta(n+1) = \theta(n) – v(n)")
RMSPROP = (
    r"G_k(n) = \gamma G_k(n) +(1-\gamma) (\frac{\partial J}{\partial \theta_k}(\theta(n)))^2",
    r"\theta_k(n+1) = \theta_k(n) – \mu \frac{1}{\sqrt{G_k(n)+\epsilon}}\frac{\partial J}{\partial \theta_k}",
)
INTRODUCTION = (
    r"A vector $\mathbf{x} = (x_1,…,x_K)$ enters $S(\mathbf{x})=(s_1 (\mathbf{x}),…, s_K (\mathbf{x}))$:"
)
EXPECTED = [
    "DEFINITION",
    "EXPRESSION",
    "DEFINITION",
    "NOT_UNDERSTOOD",
    "ILL_DEFINED",
    "DEFINITION",
    "DEFINITION",
    "ILL_DEFINED",
    "DEFINITION",
]
DELIMITERS = {
    "dollars": "$$",
    "brackets": (r"\[", r"\]"),
    "doubled brackets": (r"\\[", r"\\]"),
    "fence": ("\n\n```math\n", "\n```\n\n"),
    "environment": (r"\begin{equation}", r"\end{equation}"),
}


def page(opening, closing):
    """The page, with another pair of delimiters around its displays."""

    def show(latex):
        return f"{opening}{latex}{closing}"

    sections = [
        f"{INTRODUCTION} {show(SOFTMAX)} We differentiate by $x_k$. {show(JACOBIAN)} is meant; if $i = k$ … Read more",
        f"$p(\\mathbf{{x}}), q(\\mathbf{{x}})$ are of dimension $K$. {show(KL)} We differentiate: {opening}{CUT_OFF}",
        f"A signal $x[n]$ has length $N$, that is, for $n=0,1,…,N-1$ there is $x[n]$. {show(RMS)}",
        f"$J(\\theta)$ is the loss. {show(MOMENTUM[0])} {show(MOMENTUM[1])} Here $v$ is the speed … Read more",
        f"The loss is $J$. {show(RMSPROP[0])} {show(RMSPROP[1])} Unlike another, $G_k$ is a mean.",
    ]
    return "\n\n".join(sections)


@pytest.fixture(scope="module", params=DELIMITERS.values(), ids=DELIMITERS.keys())
def report(request):
    pair = request.param if isinstance(request.param, tuple) else (request.param, request.param)
    return page(*pair), check_text(page(*pair))


def test_every_display_is_found_and_has_its_status(report):
    _, found = report
    assert [formula.status for formula in found.formulas] == EXPECTED
    assert found.errors == ()
    assert found.exit_code() == 1


def test_the_findings_stand_at_their_place(report):
    text, found = report
    lines = text.split("\n")
    parts = [
        lines[formula.line - 1][formula.column - 1 : formula.end_column - 1]
        for formula in found.formulas
        if formula.status == "ILL_DEFINED"
    ]
    assert parts == [r"\sum_{i=0}^{N-1} x^2[n]", "G_k(n)"]
    second = [formula for formula in found.formulas if formula.status == "ILL_DEFINED"][1]
    assert lines[second.line - 1][: second.column - 1].endswith(r"G_k(n) = \gamma ")


def test_the_findings_say_what_follows_and_what_is_meant(report):
    _, found = report
    rms, decay = [formula for formula in found.formulas if formula.status == "ILL_DEFINED"]
    assert (rms.code, decay.code) == ("SD302", "SD301")
    assert "x[n]" in rms.message
    assert RMS.replace("x^2[n]", "x^2[i]") in rms.suggestion
    assert RMSPROP[0].replace(r"\gamma G_k(n)", r"\gamma G_k(n-1)") in decay.suggestion


def test_what_was_inferred_is_declared(report):
    _, found = report
    kinds = {row.name: row.kind for row in found.declarations}
    assert {"K", "N"} <= set(kinds)
    assert kinds["K"].startswith("dim")
    assert all(row.inferred for row in found.declarations)
