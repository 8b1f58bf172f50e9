"""Update rules as documents state them: unrolled forms, maps between states, and their wrong variants."""

from __future__ import annotations

import pytest

import symderive

NESTEROV = r"""
$\theta \in \mathbb{R}^K$, and

$$ v(n+1) = \gamma v(n) + \mu \nabla_\theta J(\theta(n) - \gamma v(n)) $$

$$ \theta(n+1) = \theta(n) - v(n+1) $$

$$ \phi(n) = \theta(n) - \gamma v(n) $$

$$ b(n+1) = \gamma b(n) + \mu \nabla_\theta J(\psi(n)) $$

$$ \psi(n+1) = \psi(n) - \gamma b(n+1) - \mu \nabla_\theta J(\psi(n)) $$

Start at $b(0) = v(0)$ and $\psi(0) = \theta(0) - \gamma v(0)$.
"""
MOMENTS = r"""
With $0 < \beta < 1$, $m(0) = 0$ and $v(0) = 0$:

$$ m(n) = \beta m(n-1) + (1 - \beta) g(n) $$

$$ v(n) = \beta v(n-1) + (1 - \beta) g(n)^2 $$
"""
VARIANCE = (
    MOMENTS
    + r"""
and $r(0) = 0$:

$$ r(n) = \beta r(n-1) + \beta (1 - \beta) (g(n) - m(n-1))^2 $$
"""
)
MIXTURE = (
    MOMENTS
    + r"""
and $0 < \alpha < 1$:

$$ c(n) = \alpha m(n-1) + (1 - \alpha) g(n) $$
"""
)
MAXIMUM = r"""
For any $u(n)$, $u(n-1)$, from $M(0) = u(0)$:

$$ M(n) = \max(M(n-1), u(n)) $$
"""


def status(before: str, claim: str) -> str:
    """The status of a claim after what a document says before it."""
    return str(symderive.check_text(f"{before}\n$$ {claim} $$\n").formulas[-1].status)


@pytest.mark.parametrize(
    "claim",
    [
        r"\phi(n+1) - \phi(n) = -\gamma v(n+1) - \mu \nabla_\theta J(\phi(n))",
        r"b(n) = v(n)",
        r"\psi(n) = \theta(n) - \gamma v(n)",
        r"\psi(n) = \phi(n)",
        r"\theta(n) = \psi(n) + \gamma b(n)",
    ],
)
def test_maps_between_both_forms_of_nesterov_are_proved(claim: str) -> None:
    """Neither equation follows alone: without a common induction all would stay undecided."""
    assert status(NESTEROV, claim) == "PROVED"


@pytest.mark.parametrize(
    "claim",
    [
        r"\phi(n+1) - \phi(n) = -\gamma v(n) - \mu \nabla_\theta J(\phi(n))",
        r"\phi(n+1) - \phi(n) = -\gamma v(n+1) - \mu \nabla_\theta J(\theta(n))",
        r"b(n) = \gamma v(n)",
        r"\psi(n) = \theta(n) + \gamma v(n)",
        r"\psi(n) = \theta(n) - \gamma v(n+1)",
        r"\psi(n) = \theta(n)",
        r"\theta(n) = \psi(n) - \gamma b(n)",
    ],
)
def test_wrong_maps_are_refuted(claim: str) -> None:
    """A sign, a step or a factor off."""
    assert status(NESTEROV, claim) == "REFUTED"


@pytest.mark.parametrize("start", [r"$\psi(0) = \theta(0)$", r"$\psi(0) = \theta(0) + \gamma v(0)$"])
def test_states_that_start_apart_stay_apart(start: str) -> None:
    """What does not hold at the start is not carried on."""
    before = NESTEROV.replace(r"$\psi(0) = \theta(0) - \gamma v(0)$", start)
    assert status(before, r"\psi(n) = \theta(n) - \gamma v(n)") == "REFUTED"


def test_an_initial_condition_suggests_and_does_not_prove() -> None:
    """Both sequences start equal, and their recurrences part them: the suggestion has to be dropped."""
    before = r"""
From $p(0) = q(0)$ and $p(0) = 1$:

$$ p(n+1) = a p(n) $$

$$ q(n+1) = a q(n) + 1 $$
"""
    assert status(before, "p(n) = q(n)") == "REFUTED"
    assert status(before, "p(n) = a^n") == "PROVED"


def test_gradient_at_the_point_of_an_iteration_is_no_zero() -> None:
    r"""``∇_θ J(ψ(n))`` differentiates J where ψ(n) is; read by the chain rule it would be 0."""
    before = r"$\theta \in \mathbb{R}^K$" + "\n\n" + r"$$ \theta(n+1) = \theta(n) - w(n) $$"
    before += "\n\n" + r"$$ w(n+1) = \nabla_\theta J(w(n)) $$"
    assert status(before, r"w(n+1) = 0") != "PROVED"
    assert status(before, r"\theta(n+2) - \theta(n+1) = - \nabla_\theta J(w(n))") == "PROVED"


@pytest.mark.parametrize(
    ("before", "claim", "verdict"),
    [
        (VARIANCE, r"r(n) = v(n) - m(n)^2", "PROVED"),
        (VARIANCE, r"r(n) = v(n) + m(n)^2", "REFUTED"),
        (VARIANCE, r"r(n) = v(n) - m(n-1)^2", "REFUTED"),
        (VARIANCE, r"r(n) \ge 0", "PROVED"),
        (VARIANCE, r"r(n) \le 0", "REFUTED"),
        (MOMENTS, r"v(n) \ge 0", "PROVED"),
        (MOMENTS, r"m(n) \ge 0", "REFUTED"),
        (MOMENTS, r"m(n) = (1 - \beta) \sum_{i=1}^n \beta^{n-i} g(i)", "PROVED"),
        (MOMENTS, r"m(n) = (1 - \beta) \sum_{i=1}^n \beta^{n-i+1} g(i)", "REFUTED"),
        (MOMENTS, r"m(n) = \sum_{i=1}^n \beta^{n-i} g(i)", "REFUTED"),
        (MOMENTS, r"v(n) = (1 - \beta) \sum_{i=1}^{n-1} \beta^{n-i} g(i)^2", "REFUTED"),
        (MIXTURE, r"c(n+1) - (1-\alpha) g(n+1) = \alpha (1-\beta) \sum_{i=1}^n \beta^{n-i} g(i)", "PROVED"),
        (MIXTURE, r"c(n+1) - (1-\alpha) g(n+1) = \alpha (1-\beta) \sum_{i=1}^n \beta^i g(i)", "REFUTED"),
        (MIXTURE, r"c(n+1) = \alpha (1-\beta) \sum_{i=1}^n \beta^{n-i} g(i) - g(n+1)", "REFUTED"),
        (MAXIMUM, r"M(n) = \max_{0 \le i \le n} u(i)", "PROVED"),
        (MAXIMUM, r"M(n+1) \ge M(n)", "PROVED"),
        (MAXIMUM, r"M(n) \ge u(n)", "PROVED"),
        (MAXIMUM, r"M(n) \le u(n)", "REFUTED"),
        (MAXIMUM, r"M(n) = \min_{0 \le i \le n} u(i)", "REFUTED"),
        (MAXIMUM, r"M(n) = \max_{0 \le i \le n+1} u(i)", "REFUTED"),
        (MAXIMUM, r"M(n+1) > M(n)", "REFUTED"),
    ],
)
def test_moments_and_maxima(before: str, claim: str, verdict: str) -> None:
    """An exponent off by one, a factor or a last term lost, a wrong direction."""
    assert status(before, claim) == verdict
