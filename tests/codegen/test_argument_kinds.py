"""What an argument is taken for: what may be −inf by its meaning, and what only stands in an exponential."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Expr, exp, log, sqrt

from symderive.codegen.accuracy import measured
from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.generate import generate
from symderive.codegen.regimes import REGIMES, drawn
from symderive.terms import Dim, Hypothesis, Index, IndexedMax, Matrix, Vector, indexed_sum, scalar

K = Dim("K")
x, y, b, p = (Vector(name, K) for name in "xybp")
A = Matrix("A", K, K)
i, j, t, d = Index("i", K), Index("j", K), Index("t", K), Index("d", K)
u, z, T, beta = (scalar(name) for name in ("u", "z", "T", "beta"))
WARM, SHARP = Hypothesis(T, ">", 0), Hypothesis(beta, ">", 0)


def total(exponent: Expr) -> Expr:
    """log Σ_i exp(…)."""
    return log(indexed_sum(exp(exponent), i))


#: Formula, hypotheses, what its arguments are.
CASES = {
    "logits": (total(x[i]), [], {"x": "logits"}),
    "with a bias": (total(x[i] + b[i] + u), [], {"x": "logits", "b": "logits", "u": "logits"}),
    "by a number": (total(2 * x[i]), [], {"x": "logits"}),
    "by a dimension": (total(x[i] / sqrt(K)), [], {"x": "logits"}),
    "by a temperature": (total(x[i] / T), [WARM], {"x": "logits", "T": "scale"}),
    "by an inverse temperature": (total(beta * x[i]), [SHARP], {"x": "logits", "beta": "scale"}),
    "sums of logits": (total(x[i] + indexed_sum(b[j], j) / 2), [], {"x": "logits", "b": "logits"}),
    "shifted by the largest": (total(x[i] - IndexedMax(x[j], (j, 1, K))), [], {"x": "logits"}),
    "differences": (log(indexed_sum(exp(x[j] - x[t]), j)), [], {"x": "logits"}),
    "a share upside down": (
        indexed_sum(p[i] * log(p[i] * exp(-x[i]) * indexed_sum(exp(x[j]), j)), i),
        [],
        {"x": "logits"},
    ),
    "log-odds": (log(1 + exp(-z)), [], {"z": "logits"}),
    "a bilinear form": (
        total(indexed_sum(A[i, d] * x[d], d) + b[i]),
        [],
        {"A": "factor", "x": "factor", "b": "logits"},
    ),
    "a tilt": (log(indexed_sum(exp(u * x[i]), i) / K), [], {"u": "factor", "x": "factor"}),
    "by a number of no known sign": (total(beta * x[i]), [], {"beta": "factor", "x": "factor"}),
    "not above 0 for certain": (
        total(beta * x[i]),
        [Hypothesis(beta, ">=", 0)],
        {"beta": "scale", "x": "factor"},
    ),
    "energies": (total(-x[i]), [], {"x": "factor"}),
    "energies at a temperature": (total(-x[i] / T), [WARM], {"x": "factor", "T": "scale"}),
    "what is taken off": (total(x[i] - y[i]), [], {"x": "logits", "y": "factor"}),
    "squared": (total(-(x[i] ** 2)), [], {"x": "factor"}),
    "a distance": (total(-((x[i] - u) ** 2)), [], {"x": "factor", "u": "factor"}),
    "a width": (total(-(x[i] ** 2) / T**2), [], {"x": "factor", "T": "scale"}),
    "by itself, too": (total(x[i]) + total(u * x[i]), [], {"x": "factor", "u": "factor"}),
    "a temperature alone": (total(x[i] / T), [], {"x": "factor", "T": "scale"}),
}


def plan_of(case: str):  # type: ignore[no-untyped-def]
    formula, hypotheses, _ = CASES[case]
    index = {"index": t} if formula.has(t) else {}
    return generate(formula, name="f", hypotheses=hypotheses, **index)


@pytest.mark.parametrize("case", CASES)
def test_only_what_a_mask_may_stand_for_is_a_logit(case: str) -> None:
    """A tilt of −inf has no meaning: to measure there reports holes that no user meets."""
    plan = plan_of(case).plan
    found = kinds_of(plan, plan.functions[0])
    for name, kind in CASES[case][2].items():
        assert found[name] == kind, found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_a_factor_is_finite_in_every_regime(regime: str, dtype: str) -> None:
    """A kind that a regime forgot would be drawn as it is elsewhere, or with a mask."""
    plan = plan_of("a tilt").plan
    function = plan.functions[0]
    found = drawn(function, kinds_of(plan, function), regime, rows=40, size=3, dtype=dtype, seed=(2,))
    assert all(np.isfinite(array).all() for array in found.values())


def test_a_tilted_mean_is_measured_where_it_means_something() -> None:
    """log mean exp(u x) was measured at u = −inf, where it is −inf or a hole."""
    for one in measured(plan_of("a tilt"), sizes=(1, 3), budget=1):
        assert not one.nonfinite, one
        assert "inf" not in one.where
