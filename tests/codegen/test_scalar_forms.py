"""Functions of a few numbers, from the smallest to the largest: roots of squares, sums of exponentials."""

from __future__ import annotations

import random
from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, Symbol, diff, exp, lambdify, log, sqrt

from symderive.codegen.generate import Generated, generate
from symderive.codegen.stabilising import Level, stabilised
from symderive.terms import scalar

a, b, u = scalar("a"), scalar("b"), scalar("u")
#: Name → formula, what it is differentiated by, how large the numbers may be (powers of ten).
FORMULAS: dict[str, tuple[Expr, Symbol, int]] = {
    "length": (sqrt(1 + u**2), u, 300),
    "hypotenuse": (sqrt(a**2 + b**2), a, 290),
    "softsign": (u / sqrt(1 + u**2), u, 150),
    "pseudo-Huber": (sqrt(1 + u**2) - 1, u, 300),
    "pseudo-Huber of a scale": (3 * sqrt(4 + (u / 7) ** 2) - 6, u, 300),
    "log of two exponentials": (log(exp(a) + exp(b)), a, 2),
    "log of three": (log(exp(a) + 2 * exp(b) + 3), a, 2),
    "share": (exp(a) / (exp(a) + exp(b)), a, 2),
    "harmonic": (1 / (exp(-a) + exp(-b)), b, 2),
}
BITS = 2.0**-53


def called(made: Generated, compute: str, target: str, point: dict[str, float]) -> float:
    """One number."""
    given: list[Any] = [point[argument.name] for argument in made.plan.function(compute).arguments]
    if target == "torch":
        torch = pytest.importorskip("torch")
        given = [torch.tensor(number, dtype=torch.float64) for number in given]
    else:
        given = [np.float64(number) for number in given]
    with np.errstate(all="ignore"):
        return float(made[compute](*given))


@pytest.mark.parametrize("name", FORMULAS)
def test_at_every_size(name: str, target: str) -> None:
    """Within some ulps of the true value, and of what its exponents' own rounding allows."""
    formula, variable, most = FORMULAS[name]
    made = generate(formula, variable, compute="value,gradient", target=target, name="f")
    names = sorted(str(symbol) for symbol in formula.free_symbols)
    compared = 0
    for seed in range(60):
        draw = random.Random(seed)
        size = 10.0 ** draw.uniform(-most, most)
        point = {n: draw.gauss(0, 1) * (size if draw.random() < 0.8 else 1.0) for n in names}
        for compute, term in (("value", formula), ("gradient", diff(formula, variable))):
            with mpmath.workdps(700):
                true = lambdify(names, term, "mpmath")(*(mpmath.mpf(point[n]) for n in names))
                if not 1e-290 < abs(true) < 1e290:
                    continue
                found = called(made, compute, target, point)
                error = abs(found - true) / abs(true) if np.isfinite(found) else mpmath.inf
            compared += 1
            # The exponent of e^(a − b) has the rounding error of the largest number in it.
            exponents = max(map(abs, point.values())) if formula.has(exp) else 0.0
            assert error < BITS * (12 + 2 * exponents), (point, compute, found, mpmath.nstr(true, 20))
    assert compared > 40


def test_each_step_is_proved_and_taken_once() -> None:
    """What a form leaves is not what it begins with; what it does not fit stays."""
    root = stabilised(sqrt(1 + u**2) - 1, (), Level(scaled=True))
    assert [(step.rule, step.verdict.status.name) for step in root.steps] == [
        ("stable.less_root", "PROVED"),
        ("stable.scale", "PROVED"),
        ("stable.scaled_quotient", "PROVED"),
    ]
    few = stabilised(log(exp(a) + 2 * exp(b)))
    assert [(step.rule, step.verdict.status.name) for step in few.steps] == [
        ("stable.shifted_total", "PROVED")
    ]
    for other in (
        sqrt(1 + u**2) - 2,
        sqrt(1 + u**2) + 1,
        log(exp(a) - exp(b)),
        1 / (u + exp(a)),
        sqrt(1 + u),
    ):
        assert not stabilised(other, (), Level(scaled=False)).steps
