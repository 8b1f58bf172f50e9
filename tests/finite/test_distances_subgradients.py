"""Subgradient sets: members satisfy the defining inequality, the rest is separated; frameworks choose members."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy

from symderive.finite import (
    SignedRoot,
    SubgradientSet,
    inner_product,
    norm,
    subgradients_of_absolute_value,
    subgradients_of_hinge,
    subgradients_of_hinge_loss,
    subgradients_of_l1,
    subgradients_of_l2,
    subgradients_of_linf,
    subgradients_of_manhattan,
)


def hinge_loss(w: Any) -> Fraction:
    return max(Fraction(0), 1 - inner_product(w, [1, -2, 1]))


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], SubgradientSet]]] = {
    "L1": (lambda z: norm(z, 1), subgradients_of_l1),
    "L∞": (lambda z: norm(z, math.inf), subgradients_of_linf),
    "Manhattan from (1, 0, -1)": (
        lambda z: norm([a - b for a, b in zip(z, (1, 0, -1), strict=True)], 1),
        lambda x: subgradients_of_manhattan(x, (1, 0, -1)),
    ),
    "hinge loss": (hinge_loss, lambda w: subgradients_of_hinge_loss(w, [1, -2, 1], 1)),
}


def points(rng: random.Random, count: int) -> list[list[Fraction]]:
    return [[Fraction(rng.randint(-2, 2), rng.choice([1, 2])) for _ in range(3)] for _ in range(count)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_membership_is_the_defining_inequality(name: str) -> None:
    """f(z) ≥ f(x) + ⟨g, z − x⟩ for members at many z; for the others a direction that breaks it, re-checked."""
    function, subgradients = FUNCTIONS[name]
    rng = random.Random(1)
    members = outsiders = 0
    for x in points(rng, 60):
        candidates = [
            *points(rng, 12),
            [Fraction((a > 0) - (a < 0)) for a in x],
            [0, 0, 0],
            [-1, 2, -1],
            [Fraction(-1, 2), 1, Fraction(-1, 2)],
        ]
        found = subgradients(x)
        # corners of the set, by its support function in random directions, mixed in pairs
        for g in candidates:
            direction = found.separation(g)
            if direction is None:
                members += 1
                for z in points(rng, 10):
                    slope = inner_product(g, [a - b for a, b in zip(z, x, strict=True)])
                    assert function(z) >= function(x) + slope
                continue
            outsiders += 1
            assert inner_product(g, direction) > found.support(direction)
            # piecewise linear: a small step in that direction breaks the inequality
            step = Fraction(1, 1000)
            z = [a + step * d for a, d in zip(x, direction, strict=True)]
            assert function(z) < function(x) + step * inner_product(g, direction)
    assert members > 20
    assert outsiders > 30


@pytest.mark.parametrize("name", FUNCTIONS)
def test_support_is_the_directional_derivative(name: str) -> None:
    """max ⟨g, d⟩ = (f(x + td) − f(x))/t for small t, exactly, as these functions are piecewise linear."""
    function, subgradients = FUNCTIONS[name]
    rng = random.Random(2)
    step = Fraction(1, 1000)
    for x, d in zip(points(rng, 80), points(rng, 80), strict=True):
        ahead = function([a + step * b for a, b in zip(x, d, strict=True)])
        assert subgradients(x).support(d) == (ahead - function(x)) / step


def test_sets_at_kinks() -> None:
    """The sets by name: an interval, a face, a segment, a ball."""
    assert repr(subgradients_of_absolute_value(0)) == "[-1, 1]"
    assert repr(subgradients_of_hinge(1)) == "[-1, 0]"
    assert repr(subgradients_of_linf([0, 0])) == "{g : ‖g‖₁ ≤ 1}"
    ties = subgradients_of_linf([2, -2, 1])
    assert [1, 0, 0] in ties
    assert [Fraction(1, 3), Fraction(-2, 3), 0] in ties
    for wrong in ([1, 1, 0], [Fraction(1, 2), 0, 0], [1, 0, Fraction(1, 9)], [2, 1, 0], [0, 0, 0]):
        assert wrong not in ties
        direction = ties.separation(wrong)
        assert direction is not None
        assert inner_product(wrong, direction) > ties.support(direction)
    assert [0, 0] in subgradients_of_hinge_loss([1, 0], [1, 2], 1)
    assert [-2, -4] not in subgradients_of_hinge_loss([1, 0], [1, 2], 1)


def test_euclidean_norm() -> None:
    """One member off the origin, possibly irrational (then no rational vector is it); the ball at the origin."""
    ball = subgradients_of_l2([0, 0])
    assert [Fraction(3, 5), Fraction(4, 5)] in ball
    assert [Fraction(3, 5), Fraction(5, 6)] not in ball
    assert ball.support([1, 1]) == SignedRoot.of(2)
    for x in ([3, 4], [1, 1], [0, 2]):
        single = subgradients_of_l2(x)
        for g in ([Fraction(3, 5), Fraction(4, 5)], [1, 1], [0, 1], [Fraction(1, 2), Fraction(1, 2)], [0, 0]):
            direction = single.separation(g)
            if direction is None:
                assert norm(g, 2) == 1
                assert inner_product(g, x) == norm(x, 2)
            else:
                assert single.support(direction) < inner_product(g, direction)


def test_sympy_chooses_a_member() -> None:
    """sign(0) = 0."""
    t = sympy.Symbol("t", real=True)
    for value in (-2, 0, 3):
        assert int(sympy.diff(sympy.Abs(t), t).subs(t, value)) in subgradients_of_absolute_value(value)


@pytest.mark.frameworks
def test_torch_chooses_members() -> None:
    """0 for |t| at 0, ties of the maximum shared evenly or given to one, −1 or 0 for the hinge at 1."""
    torch = pytest.importorskip("torch", reason="needs torch")

    def gradient(function: Callable[[Any], Any], x: list[float]) -> list[float]:
        value = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        function(value).backward()
        return value.grad.tolist()

    assert gradient(lambda x: x.abs().sum(), [0.0]) == [0.0]
    x = [2.0, 0.0, -3.0]
    for function in (lambda v: v.abs().sum(), lambda v: torch.linalg.vector_norm(v, 1)):
        assert gradient(function, x) in subgradients_of_l1(x)
    y = torch.tensor([2.0, 1.0, -3.0], dtype=torch.float64)
    loss = torch.nn.L1Loss(reduction="sum")
    assert gradient(lambda v: loss(v, y), x) in subgradients_of_manhattan(x, y.tolist())
    x = [2.0, -2.0, 1.0]
    for function in (
        lambda v: v.abs().amax(),
        lambda v: v.abs().max(),
        lambda v: torch.linalg.vector_norm(v, math.inf),
    ):
        assert gradient(function, x) in subgradients_of_linf(x)
    for function in (lambda v: torch.relu(1 - v).sum(), lambda v: torch.clamp(1 - v, min=0).sum()):
        for t in (0.0, 1.0, 2.0):
            assert gradient(function, [t]) in subgradients_of_hinge(t)
    assert gradient(lambda v: torch.linalg.vector_norm(v, 2), [0.0, 0.0]) in subgradients_of_l2([0, 0])


@pytest.mark.frameworks
def test_jax_chooses_a_member() -> None:
    """JAX takes 1 at 0, where torch takes 0: both are right, equality of gradients is the wrong test."""
    jax = pytest.importorskip("jax", reason="needs jax")
    chosen = float(jax.grad(jax.numpy.abs)(0.0))
    assert chosen == 1.0
    assert chosen in subgradients_of_absolute_value(0)


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda: subgradients_of_absolute_value(math.nan), "t is nan"),
        (lambda: subgradients_of_l1([]), "empty"),
        (lambda: subgradients_of_manhattan([1], [1, 2]), "vectors of one length"),
        (lambda: [1, 2] in subgradients_of_l1([1]), "g has 2 entries"),
        (lambda: subgradients_of_hinge_loss([1], [1], 0), "takes labels 1 and -1"),
    ],
)
def test_bad_input(call, advice) -> None:
    """Each error names the way out."""
    with pytest.raises(ValueError, match=advice):
        call()
