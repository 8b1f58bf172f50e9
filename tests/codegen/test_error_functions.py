"""The error function: GELU, normal probabilities and their logarithms, where little is left of 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, Integer, erf, erfc, exp, log, pi, sqrt

from symderive.codegen.error_function_forms import ratio_to_complement
from symderive.codegen.error_functions import SCALED_COMPLEMENT
from symderive.codegen.generate import Generated, generate
from symderive.codegen.stabilising import Level, stabilised
from symderive.rules import Scope
from symderive.terms import Dim, Index, Vector, indexed_sum, operation, scalar

z, mu, sigma = scalar("z"), scalar("mu"), scalar("sigma")
Number = Any
BITS = 2.0**-53


def below(t: Expr) -> Expr:
    """Φ(t)."""
    return (1 + erf(t / sqrt(2))) / 2


def cdf(t: Number) -> Number:
    return mpmath.erfc(-t / mpmath.sqrt(2)) / 2


def pdf(t: Number) -> Number:
    return mpmath.exp(-t * t / 2) / mpmath.sqrt(2 * mpmath.pi)


def log_cdf(t: Number) -> Number:
    return mpmath.log(cdf(t)) if t < 0 else mpmath.log1p(-cdf(-t))


def mills(t: Number) -> Number:
    return pdf(t) / cdf(t)


@dataclass(frozen=True)
class Case:
    """A term, and what it, its slope and its second derivative are: the addends that they are sums of."""

    term: Expr
    value: Callable[[Number], Number]
    slope: tuple[Callable[[Number], Number], ...]
    bend: tuple[Callable[[Number], Number], ...]


CASES = {
    "GELU": Case(
        z * below(z), lambda t: t * cdf(t), (cdf, lambda t: t * pdf(t)), (lambda t: (2 - t * t) * pdf(t),)
    ),
    "GELU by name": Case(
        operation("gelu", z),
        lambda t: t * cdf(t),
        (cdf, lambda t: t * pdf(t)),
        (lambda t: (2 - t * t) * pdf(t),),
    ),
    "expanded": Case(
        z / 2 + z * erf(z / sqrt(2)) / 2,
        lambda t: t * cdf(t),
        (cdf, lambda t: t * pdf(t)),
        (lambda t: (2 - t * t) * pdf(t),),
    ),
    "normal": Case(below(z), cdf, (pdf,), (lambda t: -t * pdf(t),)),
    "log of normal": Case(
        log(below(z)), log_cdf, (mills,), (lambda t: -t * mills(t), lambda t: -(mills(t) ** 2))
    ),
    "log of its rest": Case(
        log(1 - below(z)),
        lambda t: log_cdf(-t),
        (lambda t: -mills(-t),),
        (lambda t: t * mills(-t), lambda t: -(mills(-t) ** 2)),
    ),
    "log of erfc": Case(
        log(erfc(z)),
        lambda t: mpmath.log(mpmath.erfc(t)),
        (lambda t: -2 * mpmath.exp(-t * t) / (mpmath.sqrt(mpmath.pi) * mpmath.erfc(t)),),
        (
            lambda t: 4 * t * mpmath.exp(-t * t) / (mpmath.sqrt(mpmath.pi) * mpmath.erfc(t)),
            lambda t: -4 * mpmath.exp(-2 * t * t) / (mpmath.pi * mpmath.erfc(t) ** 2),
        ),
    ),
    "erf": Case(
        erf(z),
        mpmath.erf,
        (lambda t: 2 * mpmath.exp(-t * t) / mpmath.sqrt(mpmath.pi),),
        (lambda t: -4 * t * mpmath.exp(-t * t) / mpmath.sqrt(mpmath.pi),),
    ),
    "erfc": Case(
        erfc(z),
        mpmath.erfc,
        (lambda t: -2 * mpmath.exp(-t * t) / mpmath.sqrt(mpmath.pi),),
        (lambda t: 4 * t * mpmath.exp(-t * t) / mpmath.sqrt(mpmath.pi),),
    ),
}
POINTS = np.concatenate(
    [np.linspace(-39, 39, 157), [-1e3, 1e3, -1e-8, 1e-20, 0.0, 0.7071, 0.70711, -0.7071, -0.70711, -0.7517]]
)


def called(made: Generated, compute: str, target: str, points: Any) -> Any:
    given = [points] if compute != "hvp" else [points, np.ones_like(points)]
    if target == "torch":
        torch = pytest.importorskip("torch")
        return made[compute](*map(torch.from_numpy, given)).numpy()
    return np.asarray(made[compute](*given))


@pytest.mark.parametrize("name", CASES)
def test_no_digit_is_lost_where_little_is_left(name: str, target: str) -> None:
    """Within some ulps of the addends that the true value is the sum of; in float32, of one rounding."""
    case = CASES[name]
    made = generate(case.term, z, compute="value,gradient,hvp", target=target, name="f")
    for compute, addends in (("value", (case.value,)), ("gradient", case.slope), ("hvp", case.bend)):
        found = called(made, compute, target, POINTS)
        with mpmath.workdps(60):
            for point, number in zip(POINTS, found, strict=True):
                parts = [addend(mpmath.mpf(float(point))) for addend in addends]
                size = sum(map(abs, parts))
                error = abs(mpmath.mpf(float(number)) - sum(parts))
                assert error <= 8 * BITS * size + 1e-300, (
                    compute,
                    point,
                    number,
                    mpmath.nstr(sum(parts), 20),
                )


@pytest.mark.parametrize("name", ["GELU", "log of normal", "erfc"])
def test_float32_is_rounded_once(name: str, target: str) -> None:
    if target in ("torch", "jax"):
        pytest.skip("computes float32 in float32 or float64, as it says itself")
    case = CASES[name]
    made = generate(case.term, z, compute="value", target=target, name="f")
    points = POINTS[np.abs(POINTS) < 9].astype(np.float32)
    for point, number in zip(points, called(made, "value", target, points), strict=True):
        with mpmath.workdps(60):
            true = case.value(mpmath.mpf(float(point)))
            error = abs(mpmath.mpf(float(number)) - true)
        assert number.dtype == np.float32
        assert error <= 0.51 * float(np.spacing(np.float32(abs(float(true))))), point


@pytest.mark.frameworks
@pytest.mark.parametrize("name", ["GELU", "log of normal", "log of erfc"])
def test_torch_differentiates_twice(name: str) -> None:
    """Also where a case is not taken whose erfcx is infinite."""
    torch = pytest.importorskip("torch")
    made = generate(CASES[name].term, z, target="torch", name="f")
    ordinary = torch.linspace(-3, 3, 13, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(made, (ordinary,))
    assert torch.autograd.gradgradcheck(made, (ordinary,))
    far = torch.tensor([-1e3, -50.0, 50.0, 1e3], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(made(far).sum(), far, create_graph=True)
    (bend,) = torch.autograd.grad(slope.sum(), far)
    assert bool(torch.isfinite(slope).all()) and bool(torch.isfinite(bend).all())


def test_a_sum_of_probits(target: str) -> None:
    """Soft labels of a probit model, far from the boundary, with a scale."""
    K = Dim("K")
    x, y, i = Vector("x", K), Vector("y", K), Index("i", K)
    share = below((x[i] - mu) / 2)
    loss = -indexed_sum(y[i] * log(share) + (1 - y[i]) * log(1 - share), i)
    made = generate(loss, x, compute="gradient", target=target, name="probit")
    points, labels = np.array([-90.0, -1.0, 0.5, 80.0]), np.array([0.75, 0.5, 0.25, 0.125])
    given: dict[str, Any] = {"x": points, "y": labels, "mu": np.float64(0.25)}
    arguments = [given[a.name] for a in made.plan.function("gradient").arguments]
    if target == "torch":
        torch = pytest.importorskip("torch")
        arguments = [torch.tensor(a) for a in arguments]
    found = np.asarray(made(*arguments))
    for point, label, number in zip(points, labels, found, strict=True):
        with mpmath.workdps(60):
            t = (mpmath.mpf(float(point)) - 0.25) / 2
            one, other = label * mills(t) / 2, (1 - label) * mills(-t) / 2
            assert abs(number - (other - one)) <= 20 * BITS * (one + other)


def test_every_form_is_proved() -> None:
    used = {}
    for case in CASES.values():
        used |= {step.rule: step.verdict.status.name for step in stabilised(case.term, (), Level()).steps}
    ratio = exp(-2 * z**2) / (1 - erf(z)) ** 2 * (z * exp(z**2) * (erf(z) - 1) + exp(z**2 / 3))
    used |= {step.rule: step.verdict.status.name for step in stabilised(ratio).steps}
    both = exp(-(z**2)) * (mu - erf(z)) / (1 - erf(z) ** 2)
    used |= {step.rule: step.verdict.status.name for step in stabilised(both).steps}
    forms = ("complement_of_erf", "log_of_complement", "ratio_to_complement", "probabilities_apart")
    assert {f"stable.{form}": "PROVED" for form in forms}.items() <= used.items()


def test_a_gaussian_keeps_its_digits(target: str) -> None:
    """The rounding error of z² would be exponentiated: hundreds of ulps at 35."""
    made = generate(exp(-(z**2) / 2), z, compute="value", target=target, name="f")
    for point, number in zip(POINTS, called(made, "value", target, POINTS), strict=True):
        with mpmath.workdps(60):
            true = mpmath.exp(-(mpmath.mpf(float(point)) ** 2) / 2)
            assert abs(mpmath.mpf(float(number)) - true) <= 4 * BITS * true + 1e-300, point
    taken = {step.rule: step.verdict.status.name for step in stabilised(exp(-2 * z**2)).steps}
    assert taken == {"stable.exp_of_square": "PROVED"}
    for other in (exp(-3 * z**2), exp(-(z**3)), exp(mu * z**2), exp(z)):
        assert not stabilised(other).steps


@pytest.mark.parametrize(
    "term",
    [
        1 - 2 * erf(z),
        2 - erf(z),
        1 + erf(z) ** 2,
        mu + z * erf(z),
        log(1 + 2 * erf(z)),
        log(2 - erf(z)),
        1 - erf(Integer(3)),
        exp(-(z**2)) / (2 - erf(z)),
    ],
)
def test_what_is_no_complement_stays(term: Expr) -> None:
    """A wrong weight is another function."""
    names = {step.rule for step in stabilised(term).steps}
    assert not names & {"stable.complement_of_erf", "stable.log_of_complement", "stable.ratio_to_complement"}


def test_a_density_of_another_width_does_not_cancel() -> None:
    other = exp(-(z**2) / 2) / (1 - erf(z))
    assert ratio_to_complement(other, Scope()) is None
    assert ratio_to_complement(exp(-(z**2)) / (1 - erf(z)), Scope()) is not None
    assert ratio_to_complement(exp(-(z**2)) * (1 - erf(z)), Scope()) is None
    assert ratio_to_complement(sqrt(pi) / (1 - erf(z)), Scope()) is None


def test_the_series_is_that_of_the_scaled_complement() -> None:
    """To 10⁻¹⁸, which long double needs."""
    with mpmath.workdps(60):
        for number in range(400):
            t = mpmath.mpf(number) / 20
            u = (t - 3.5) / (t + 3.5)
            found = mpmath.polyval([mpmath.mpf(c) for c in SCALED_COMPLEMENT[::-1]], u) / (1 + 2 * t)
            assert abs(found / (mpmath.exp(t * t) * mpmath.erfc(t)) - 1) < 1e-18


@pytest.mark.parametrize(
    "share",
    [below(z), erfc(-z / sqrt(2)) / 2, operation("normal_cdf", z), operation("erfc", -z / sqrt(2)) / 2],
    ids=["erf", "erfc", "normal_cdf", "erfc by name"],
)
def test_a_probit_loss_however_it_is_written(share: Expr) -> None:
    """Both tails, labels of 0, 1 and between: neither is 0 times infinity, and no tail is lost to the other."""
    y = scalar("y")
    made = generate(-y * log(share) - (1 - y) * log(1 - share), z, compute="gradient,hvp", name="f")
    points = np.array([-1e3, -100, -38.6, -38.5, -20, -8, -1, 0.3, 1, 5, 8, 10, 20, 38.5, 40, 100, 1e3])
    for label in (0.0, 0.25, 1.0):
        slopes = made["gradient"](z=points, y=np.float64(label))
        bends = made["hvp"](z=points, y=np.float64(label), direction_z=np.ones_like(points))
        for point, slope, bend in zip(points, slopes, bends, strict=True):
            with mpmath.workdps(60):
                t = mpmath.mpf(float(point))
                a, b = mills(t), mills(-t)
                first = (-label * a, (1 - label) * b)
                second = (label * t * a, label * a * a, (1 - label) * b * b, -(1 - label) * b * t)
                for found, parts in ((slope, first), (bend, second)):
                    size = sum(map(abs, parts))
                    assert abs(mpmath.mpf(float(found)) - sum(parts)) <= 8 * BITS * size + 1e-300, (
                        point,
                        label,
                    )
