"""Powers of 1 + e^t with any exponent, of what may be 0, and products with what is 0 where they overflow."""

from __future__ import annotations

import random
from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Abs, Expr, Max, Min, Rational, diff, exp, lambdify, log, sqrt, symbols

from symderive.codegen.generate import Generated, generate
from symderive.codegen.stabilising import Level, stabilised
from symderive.terms import Dim, Hypothesis, Index, Iverson, Vector, indexed_sum, operation, scalar, vec

o, u, v, gamma = scalar("o"), scalar("u"), scalar("v"), scalar("gamma")
K = Dim("K")
x, y, w = Vector("x", K), Vector("y", K), Vector("w", K)
i, j, t = Index("i", K), Index("j", K), Index("t", K)
sigmoid = 1 / (1 + exp(-u))

#: Name → a formula of u with powers whose exponent is not known, or is no whole number.
FORMULAS: dict[str, Expr] = {
    "power of a sigmoid": sigmoid**gamma,
    "root of a sigmoid": sigmoid ** Rational(1, 2),
    "power of 1 + e^u": (1 + exp(u)) ** gamma,
    "power below 1": (1 + exp(u)) ** -gamma,
    "power of 2 + e^u": (2 + exp(u)) ** gamma,
    "power of two exponentials": (exp(u) + exp(v)) ** gamma,
    "power of a product": (v * sigmoid / 2) ** gamma / v**gamma,
    "gated by a power": u * sigmoid**gamma,
    "logarithm of a power": log(1 + sigmoid**gamma),
    "generalised cross-entropy": (1 - sigmoid**gamma) / gamma,
    "generalised logistic": (1 + 2 * exp(-u)) ** (-1 / gamma),
    "Box and Cox": ((1 + exp(u)) ** gamma - 1) / gamma,
    "entropy of an order": sigmoid**gamma + (1 - sigmoid) ** gamma,
    "quality focal loss": -(Abs(o - sigmoid) ** gamma) * (o * log(sigmoid) + (1 - o) * log(1 - sigmoid)),
    "asymmetric loss": -o * (1 - sigmoid) ** gamma * log(sigmoid)
    - (1 - o) * sigmoid**gamma * log(1 - sigmoid),
}
#: What is asked of them; the second derivatives of some add up powers that are infinite, or cancel.
COMPUTED = dict.fromkeys(FORMULAS, ("value", "gradient", "hvp")) | {
    "logarithm of a power": ("value", "gradient"),
    "entropy of an order": ("value", "gradient"),
    "asymmetric loss": ("value", "gradient"),
    "quality focal loss": ("value", "gradient"),
}
#: Where an exponent is rounded, as the formula's own (−1/γ) or where it is added up.
ROUNDED = {"power of two exponentials", "generalised logistic"}
#: u and γ: the sigmoid of −900 is no number of float64, its root is.
BEYOND = ((-900.0, 0.5), (900.0, 0.01), (-730.0, 0.01), (730.0, 0.5))
BITS = {"float64": 2.0**-53, "float32": 2.0**-24}


def called(made: Generated, compute: str, target: str, point: dict[str, Any], dtype: str = "float64") -> Any:
    """What a function returns, as float64."""
    given: list[Any] = []
    for argument in made.plan.function(compute).arguments:
        value = point[argument.name]
        if argument.name != "t":
            value = np.asarray(value, dtype)
        if target == "torch":
            value = pytest.importorskip("torch").as_tensor(value)
        given.append(value)
    with np.errstate(all="ignore"):
        return np.asarray(made[compute](*given), np.float64)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FORMULAS)
def test_at_every_size(name: str, dtype: str, target: str) -> None:
    """Within some ulps of the true value, where σ(u) underflows and 1 + e^u overflows, too."""
    formula, computed = FORMULAS[name], COMPUTED[name]
    made = generate(formula, u, compute=computed, target=target, name="f")
    names = sorted(str(symbol) for symbol in formula.free_symbols)
    terms = {"value": formula, "gradient": diff(formula, u), "hvp": diff(formula, u, 2)}
    true = {compute: lambdify(names, terms[compute], "mpmath") for compute in computed}
    least, most = (1e-290, 1e290) if dtype == "float64" else (1e-35, 1e35)
    compared = 0
    for seed in range(16):
        draw = random.Random(seed)
        point = {
            "u": draw.choice([-1, 1]) * 10.0 ** draw.uniform(-2, 3),
            "v": draw.uniform(0.5, 4),
            "gamma": draw.choice([0.0, 0.01, 0.5, 1.0, 1.5, 2.0, 3.7]) or 0.25 * formula.has(1 / gamma),
            "o": draw.choice([0.0, 1.0]),
            "direction_u": 1.0,
        }
        if seed < len(BEYOND):
            point["u"], point["gamma"] = BEYOND[seed]
        point = {key: float(np.asarray(number, dtype)) for key, number in point.items()}
        for compute in computed:
            with mpmath.workdps(900):
                wanted = true[compute](*(mpmath.mpf(point[n]) for n in names))
                found = float(called(made, compute, target, point, dtype))
                assert not np.isnan(found), (point, compute)
                if wanted == 0:
                    assert found == 0, (point, compute, found)
                if not least < abs(wanted) < most:
                    continue
                error = abs(found - wanted) / abs(wanted) if np.isfinite(found) else mpmath.inf
            compared += 1
            # A derivative may cancel where it changes its sign.
            allowed = 20 if compute == "value" else 100
            if name in ROUNDED:
                exponent = 1 / point["gamma"] if formula.has(1 / gamma) else 1 + point["gamma"]
                allowed += 8 * exponent * (1 + abs(point["u"]))
            assert error < BITS[dtype] * (allowed if dtype == "float64" else 1.01), (
                point,
                compute,
                found,
                mpmath.nstr(wanted, 20),
            )
    assert compared > 10


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_far_out(dtype: str, target: str) -> None:
    """Infinite logits, and an exponent of 0."""
    made = generate(sigmoid**gamma, u, compute="value,gradient", target=target, name="f")
    for at, power, value in (
        (-np.inf, 0, 1),
        (-np.inf, 2, 0),
        (np.inf, 0.5, 1),
        (-1e30, 0.5, 0),
        (-1e30, 0, 1),
    ):
        point = {"u": at, "gamma": power}
        assert called(made, "value", target, point, dtype) == value, point
        assert called(made, "gradient", target, point, dtype) == 0, point
    assert np.isnan(called(made, "value", target, {"u": np.nan, "gamma": 0.5}, dtype))
    above = generate((1 + exp(u)) ** gamma, u, compute="value,gradient", target=target, name="f")
    assert called(above, "value", target, {"u": 1e4, "gamma": 2}, dtype) == np.inf


def test_what_fast_code_is_written_in() -> None:
    """Without compensation the range is the same."""
    made = generate(sigmoid**gamma, u, compute="gradient", accuracy="fast", name="f")
    assert float(made(np.float64(0.5), np.float64(-500.0))) == pytest.approx(0.5 * np.exp(-250.0), rel=1e-12)
    taken = {step.rule for step in stabilised(sigmoid**gamma, (), Level(stable=False)).steps}
    assert "stable.sigmoid_power" in taken


def softmax(place: Any) -> Expr:
    """A share of the exponentials."""
    return exp(x[place]) / indexed_sum(exp(x[j]), j)


@pytest.mark.parametrize("weight", [1, w[t]], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_focal_loss_of_classes(weight: Any, dtype: str, target: str) -> None:
    """Gradient and product with a direction, where the complement is 0, small or large."""
    focal = -weight * (1 - softmax(t)) ** gamma * log(softmax(t))
    made = generate(focal, x, compute="gradient,hvp", index=t, target=target, name="f")
    logits = symbols("v:2")
    direction = (1.0, -0.5)
    p = exp(logits[0]) / (exp(logits[0]) + exp(logits[1]))
    loss = -2 * (1 - p) ** gamma * log(p) if weight != 1 else -((1 - p) ** gamma) * log(p)
    slopes = [diff(loss, v) for v in logits]
    bends = [sum(d * diff(slope, v) for d, v in zip(direction, logits, strict=True)) for slope in slopes]
    true = {n: lambdify((*logits, gamma), k, "mpmath") for n, k in (("gradient", slopes), ("hvp", bends))}
    for at in ([800.0, 0.0], [3.0, 1.0], [-2.0, 1.0], [0.0, 800.0], [0.5, 0.5]):
        for power in (0.0, 0.5, 1.0, 2.0):
            point = {"x": at, "w": [2.0, 1.0], "t": 0, "gamma": power, "direction_x": direction}
            for compute in ("gradient", "hvp"):
                with mpmath.workdps(1200):
                    wanted = np.array([float(n) for n in true[compute](*map(mpmath.mpf, (*at, power)))])
                found = called(made, compute, target, point, dtype)
                tolerance = 1e-12 if dtype == "float64" else 1e-6
                np.testing.assert_allclose(found, wanted, tolerance, 1e-300, err_msg=f"{compute} {point}")


def test_generalised_cross_entropy_of_classes(target: str) -> None:
    """(1 − p^q)/q where p is 1 to every digit."""
    made = generate((1 - softmax(t) ** gamma) / gamma, x, index=t, target=target, name="f")
    for gap in (2.0, 40.0, 700.0, -800.0):
        found = called(made, "value", target, {"x": [gap, 0.0], "t": 0, "gamma": 0.5})
        with mpmath.workdps(800):
            wanted = float(2 * (1 - mpmath.sqrt(1 / (1 + mpmath.exp(-gap)))))
        assert float(found) == pytest.approx(wanted, rel=1e-15)


def test_an_indicator_counts_where_the_rest_overflows(target: str) -> None:
    """The exponential linear unit: [u < 0] e^u is 0 for u > 0, not 0 times an infinite number."""
    made = generate(Max(0, u) + Min(0, exp(u) - 1), u, compute="value,gradient,hvp", target=target, name="f")
    for at, wanted in ((800.0, (800, 1, 0)), (-1.0, (np.exp(-1) - 1, np.exp(-1), np.exp(-1)))):
        for compute, value in zip(("value", "gradient", "hvp"), wanted, strict=True):
            found = called(made, compute, target, {"u": at, "direction_u": 1.0})
            assert float(found) == pytest.approx(value, rel=1e-14)


def test_a_coefficient_of_0_counts_where_its_power_is_infinite(target: str) -> None:
    """The second derivative of (1 − u)^γ is γ (γ − 1) (1 − u)^(γ−2): 0 for γ = 1, at u = 1 too."""
    held = (Hypothesis(gamma, ">", 0),)
    formula = (1 - indexed_sum(x[i] * y[i], i)) ** gamma
    made = generate(formula, x, compute="hvp", hypotheses=held, target=target, name="f")
    for power, wanted in ((1.0, 0.0), (2.0, 2.0), (3.0, 0.0)):
        point = {"x": [1.0], "y": [1.0], "gamma": power, "direction_x": [1.0]}
        assert called(made, "hvp", target, point) == wanted


def rules(term: Expr) -> list[str]:
    """The forms that are taken, each proved."""
    steps = stabilised(term).steps
    assert all(step.verdict is not None and step.verdict.status.name == "PROVED" for step in steps)
    return [step.rule for step in steps]


def test_each_step_is_proved_and_taken_once() -> None:
    """What a form leaves is not what it begins with; what it does not fit stays."""
    product = (1 + exp(-u)) ** (-gamma - 2) * (gamma - exp(u)) * exp(-2 * u)
    powers = ["stable.sigmoid_powers", "stable.sigmoid_power", "stable.logistic"]
    assert rules(product) == powers
    back, there = operation("sigmoid", -u), operation("sigmoid", u)
    first = stabilised(product).steps[0].shown.after
    assert first == there**gamma * back * (gamma * back - there)
    assert rules((2 + exp(u)) ** gamma * exp(u)) == ["stable.shifted_total"]
    assert rules(1 - there**gamma) == [
        "stable.share_less_one",
        "stable.masked",
        "stable.sigmoid_power",
        "stable.logistic",
    ]
    assert rules(v * (1 / there - 1) * there**gamma)[:2] == [
        "stable.opposite_sigmoid",
        "stable.sigmoid_powers",
    ]
    richards = (2 - gamma * exp(u)) * (1 + 2 * exp(-u)) ** (gamma - 2) * exp(-2 * u)
    assert rules(richards) == ["stable.shifted_total"]
    assert rules(Iverson(u < 0) * exp(u)) == ["stable.inactive"]
    assert rules(gamma * u ** (gamma - 1)) == ["stable.lowered_exponent"]
    for other in (
        (1 + u) ** gamma,
        1 - u**gamma,
        (1 + v * exp(u)) ** gamma,
        (1 + exp(-abs(u))) ** gamma,
        Iverson(u < 0) * u,
        2 * Iverson(u < 0),
        gamma * u**gamma,
        v * u ** (gamma - 1),
        2 * u ** (gamma - 1),
        gamma * (1 + exp(-abs(u))) ** (gamma - 1),
    ):
        assert not rules(other), other


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize("at", [-500.0, 0.0, 500.0])
def test_what_a_framework_differentiates_twice(library: str, at: float) -> None:
    """The error of a product is a constant to it, and the parts of a power with a corner at 0 fit there."""
    framework = pytest.importorskip(library)
    made = generate(sigmoid**gamma, u, compute="value", target=library, name="f")
    if library == "torch":
        number = framework.tensor(at, dtype=framework.float64, requires_grad=True)
        value = made(framework.tensor(0.5, dtype=framework.float64), number)
        (slope,) = framework.autograd.grad(value, number, create_graph=True)
        (bend,) = framework.autograd.grad(slope, number)
        found = slope.detach(), bend
    else:
        framework.config.update("jax_enable_x64", True)
        slope_of = framework.grad(made.functions["f"], argnums=1)
        found = slope_of(0.5, at), framework.grad(slope_of, argnums=1)(0.5, at)
    for number, order in zip(found, (1, 2), strict=True):
        with mpmath.workdps(500):
            wanted = lambdify((gamma, u), diff(sigmoid**gamma, u, order), "mpmath")(0.5, mpmath.mpf(at))
            assert float(number) == pytest.approx(float(wanted), rel=1e-12)


def test_quotients_of_two_softmaxes(target: str) -> None:
    """χ² and Rényi where a class is masked in both: 0²/0 is 0."""
    share, other = (exp(v[i]) / indexed_sum(exp(v[j]), j) for v in (x, y))
    formulas = {"chi squared": indexed_sum(share**2 / other, i) - 1}
    formulas["Rényi"] = log(indexed_sum(share**2 / other, i))
    for name, formula in formulas.items():
        made = generate(formula, x, compute="value,gradient", target=target, name="f")
        for point, against in (([1.0, -800.0], [0.0, -800.0]), ([0.5, -800.0, 0.0], [0.25, -800.0, 0.5])):
            given = {"x": np.array(point), "y": np.array(against)}
            arguments = [given[argument.name] for argument in made.plan.function("value").arguments]
            if target == "torch":
                torch = pytest.importorskip("torch")
                arguments = [torch.as_tensor(argument) for argument in arguments]
            p, q = (np.exp(v - v.max()) / np.exp(v - v.max()).sum() for v in given.values())
            kept = p > 1e-200
            total = (p[kept] ** 2 / q[kept]).sum()
            value = total - 1 if name == "chi squared" else np.log(total)
            assert float(made["value"](*arguments)) == pytest.approx(value, abs=1e-12)
            ratio = np.where(kept, p / np.where(kept, q, 1), 0)
            slope = 2 * p * (ratio - total) / (1 if name == "chi squared" else total)
            np.testing.assert_allclose(np.asarray(made["gradient"](*arguments)), slope, atol=1e-12)


def test_only_quotients_of_two_softmaxes_go_by_logarithms() -> None:
    s, r = (operation("softmax", vec(v[j], j), i) for v in (x, y))
    for term, used in (
        (s**2 / r, True),
        (s / r**3, True),
        (s * r, False),
        (sqrt(s * r), False),
        (s**2 / y[i], False),
    ):
        steps = {step.rule: step.verdict for step in stabilised(term).steps}
        assert ("stable.quotient_of_shares" in steps) is used, term
        assert all(verdict is not None and verdict.status.name == "PROVED" for verdict in steps.values())
