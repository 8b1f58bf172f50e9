"""Products with the Hessian by tangents: against differences of the generated gradient."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import Expr, exp, log, sqrt

from oracle import World
from symderive.codegen.generate import generate
from symderive.codegen.tangents import moved
from symderive.terms import (
    Dim,
    Hypothesis,
    Index,
    Matrix,
    Tensor,
    Vector,
    indexed_sum,
    operation,
    scalar,
    substitute,
    vec,
)

K, N = Dim("K"), Dim("N")
x, y, h = Vector("x", K), Vector("y", K), Vector("h", N)
A, W = Matrix("A", N, K), Matrix("W", K, N)
i, j, k, m, n, t = (
    Index("i", K),
    Index("j", K),
    Index("k", K),
    Index("m", N),
    Index("n", N),
    Index("t", K),
)
z, tau = scalar("z"), scalar("tau")


def softmax(entry: Any, place: Index) -> Expr:
    """Of a vector that is given by its entries."""
    return exp(entry(place)) / indexed_sum(exp(entry(j)), j)


def score(place: Index) -> Expr:
    """An affine score."""
    return indexed_sum(W[place, m] * h[m], m) + x[place]


def nested(place: Index) -> Expr:
    """A softmax of a softmax."""
    return softmax(lambda one: softmax(lambda other: x[other], one) / tau, place)


#: Name → formula, and what it is differentiated by.
FORMULAS: dict[str, tuple[Expr, tuple[Any, ...]]] = {
    "focal": (-((1 - softmax(lambda a: x[a], t)) ** 2) * log(softmax(lambda a: x[a], t)), (x,)),
    "entropy": (
        -indexed_sum(softmax(lambda a: x[a], i) * log(softmax(lambda a: x[a], i)), i),
        (x,),
    ),
    "affine": (-log(softmax(score, t)), (W, h, x)),
    "softmax of softmax": (-log(nested(t)), (x,)),
    "rows": (
        -indexed_sum(y[i] * indexed_sum(log(softmax(lambda a: A[n, a], i)) ** 2, n), i),
        (A,),
    ),
    "temperature": (-log(softmax(lambda a: x[a] / tau, t)), (tau, x)),
    "root": (sqrt(1 + indexed_sum(x[i] ** 2, i)) * z**2, (x, z)),
    "linear": (indexed_sum(x[i] * y[i], i), (x,)),
    "bilinear": (indexed_sum(x[i] * y[i], i), (x, y)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_product_with_the_hessian(name: str) -> None:
    """Central differences of the generated gradient, along one direction of all variables at once."""
    formula, variables = FORMULAS[name]
    index = (t,) if t in formula.free_symbols else ()
    made = generate(formula, variables, index=index, compute="gradient,hvp", name="f")
    rng = np.random.default_rng(5)
    sizes = {K: 4, N: 3}
    numbers: dict[str, Any] = {"t": 1}
    for argument in made.plan.function("hvp").arguments:
        if argument.name != "t":
            shape = tuple(sizes[size] for size in argument.sizes)
            numbers[argument.name] = rng.normal(size=shape) if shape else 0.5 + rng.random()

    def called(compute: str, step: float = 0.0) -> list[Any]:
        given = dict(numbers)
        for variable in variables:
            given[variable.name] = numbers[variable.name] + step * numbers[f"direction_{variable.name}"]
        found = made[compute](*(given[a.name] for a in made.plan.function(compute).arguments))
        return list(found) if isinstance(found, tuple) else [found]

    step = 1e-3
    ends = [called("gradient", times * step) for times in (2, 1, -1, -2)]
    for place, found in enumerate(called("hvp")):
        far, near, back, behind = (end[place] for end in ends)
        wanted = (8 * (near - back) - (far - behind)) / (12 * step)
        np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-9)


def test_what_holds_at_the_point_alone_is_not_differentiated() -> None:
    """Under Σ x = 1 the gradient of (Σ x)³ is 3, and its derivative is 6 Σ d all the same."""
    total = indexed_sum(x[i], i)
    made = generate(total**3, x, compute="gradient,hvp", hypotheses=[Hypothesis(total, "=", 1)], name="f")
    point, along = np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(made["gradient"](point), np.full(3, 3.0))
    np.testing.assert_allclose(made["hvp"](point, along), np.full(3, 36.0))
    targets = Hypothesis(indexed_sum(y[i], i), "=", 1)
    loss = -indexed_sum(y[i] * log(softmax(lambda a: x[a], i)), i)
    held = generate(loss, x, compute="hvp", hypotheses=[targets], name="f").plan.function("hvp")
    assert not any(y in output.term.atoms(Tensor) for output in held.outputs)


def test_each_vector_has_one_tangent() -> None:
    """Rows of one matrix share theirs; what does not move has none."""
    d = Matrix("d", N, K)
    rows = operation("softmax", vec(A[n, j], j), k)
    first = substitute(rows, {n: m})
    still = operation("softmax", vec(x[j], j), k)
    found = moved(rows * first * still + indexed_sum(rows, n), (), {A: d})
    assert found is not None
    assert len(found.names) == 1
    assert len(found.derivations) == 2
    with mpmath.workdps(50):
        world = World(3, 1)
        body = found.names[0].body
        row, place = found.names[0].components
        at = {row: n, place: k}
        wanted = rows * (d[n, k] - indexed_sum(operation("softmax", vec(A[n, j], j), i) * d[n, i], i))
        assert abs(world(substitute(body, at)) - world(wanted)) < mpmath.mpf("1e-40")
