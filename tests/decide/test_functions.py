"""Functions without an algebra of their own: equal where their arguments are, even or odd, and nothing more."""

from __future__ import annotations

import pytest
from sympy import (
    Expr,
    Integer,
    acos,
    asin,
    asinh,
    atan,
    atanh,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    log,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
)

from symderive.decide import Status, judge
from symderive.terms import Dim, Hypothesis, Index, Vector, differentiate, indexed_sum, operation, scalar

K = Dim("K")
x, y = Vector("x", K), Vector("y", K)
i, j, k = (Index(name, K) for name in "ijk")
a, b, t = scalar("a"), scalar("b"), scalar("t")
ODD = (sin, tan, asin, atan, asinh, atanh, erf)


@pytest.mark.parametrize("function", [*ODD, cos, acos])
def test_equal_arguments(function: type[Expr]) -> None:
    small = [Hypothesis(t, "<", Integer(1)), Hypothesis(t, ">", Integer(-1))]
    one, other = function((1 - t) * (1 + t) / 4), function((1 - t**2) / 4)
    assert judge(b * one + 1, 1 + b * other, small).status is Status.PROVED
    assert judge(one, function((1 + t**2) / 4), small).status is Status.REFUTED


@pytest.mark.parametrize("function", ODD)
def test_odd_ones(function: type[Expr]) -> None:
    small = [Hypothesis(t, "<", Integer(1)), Hypothesis(t, ">", Integer(-1))]
    back, there = function((1 - t) * (t + 1) / 4), function((t - 1) * (t + 1) / 4)
    assert judge(there, -back, small).status is Status.PROVED
    assert judge(there, back, small).status is Status.REFUTED
    assert judge(there**2, back**2, small).status is Status.PROVED


def test_even_and_neither() -> None:
    assert judge(cos((a - b) * (a + b)), cos((b - a) * (a + b))).status is Status.PROVED
    assert judge(cos((a - b) * (a + b)), -cos((b - a) * (a + b))).status is Status.REFUTED
    near = [Hypothesis(t, "<", Integer(1)), Hypothesis(t, ">", Integer(0))]
    assert judge(acos(t * (1 - t)), acos(t * (t - 1)), near).status is Status.REFUTED
    assert judge(cosh(a) ** 2 - sinh(a) ** 2, 1).status is Status.PROVED
    assert judge(sin(a) ** 2 + cos(a) ** 2, 1).status is not Status.REFUTED


def test_error_function() -> None:
    assert judge(erfc(a), 1 - erf(a)).status is Status.PROVED
    assert judge(erfc(a) + erfc(-a), 2).status is Status.PROVED
    assert judge(erfc(a), 1 + erf(a)).status is Status.REFUTED
    normal = operation("normal_cdf", t)
    assert judge(normal + operation("normal_cdf", -t), 1).status is Status.PROVED
    assert judge(differentiate(normal, t), exp(-(t**2) / 2) / sqrt(2 * pi)).status is Status.PROVED
    assert judge(differentiate(normal, t), exp(-(t**2)) / sqrt(2 * pi)).status is Status.REFUTED
    slope = normal + t * operation("normal_pdf", t)
    assert judge(differentiate(operation("gelu", t), t), slope).status is Status.PROVED
    assert (
        judge(differentiate(operation("gelu", t), t), normal + operation("normal_pdf", t)).status
        is Status.REFUTED
    )


def test_under_sums() -> None:
    """Of a bound index, too; a sum over both indices of an odd function of their difference is 0."""
    one = indexed_sum(erf((x[i] - 1) * (x[i] + 1)) * y[i], i)
    assert judge(one, -indexed_sum(y[j] * erf(1 - x[j] ** 2), j)).status is Status.PROVED
    assert judge(one, indexed_sum(y[j] * erf(1 - x[j] ** 2), j)).status is Status.REFUTED
    both = indexed_sum(indexed_sum(erf(x[i] - x[j]), j), i)
    assert judge(both, 0).status in (Status.PROVED, Status.SUPPORTED)
    assert judge(indexed_sum(erf(x[i] - x[k]), i), 0).status is Status.REFUTED
    assert judge(indexed_sum(erf(x[i]), i), erf(indexed_sum(x[i], i))).status is Status.REFUTED


def test_bounds() -> None:
    """What is known of sines and of erf is no condition; what is not known stays one."""
    assert judge(log(2 + sin(a)) + log(b**2 + 1), log((2 + sin(a)) * (b**2 + 1))).hypotheses == ()
    assert judge(log(1 + erf(a)) + log(1 - erf(a)), log(1 - erf(a) ** 2)).hypotheses == ()
    assert judge(b / (2 + cos(a) * sin(t)), b / (2 + sin(t) * cos(a)) + 0 * b).status is Status.PROVED
    proved = judge((1 - sin(a) ** 2) / (1 - sin(a)), 1 + sin(a))
    assert proved.status is Status.PROVED and proved.hypotheses
    assert judge(erf(a), 1, relation="<").status is Status.PROVED
    assert judge(sin(a), 1, relation="<=").status is Status.PROVED
    assert judge(sin(a), 1, relation="<").status is not Status.PROVED
    assert judge(erf(a) + erf(b), 2, relation="<").status is Status.PROVED
    assert judge(erf(a) + erf(b), 1, relation="<").status is Status.REFUTED
    assert judge(3 * erf(a) * cos(b) ** 2, 3, relation="<").status is Status.PROVED
    assert judge(sin(a) + cos(a), 1, relation="<=").status is Status.REFUTED
    assert judge(tan(a), 1, relation="<").status is Status.REFUTED
