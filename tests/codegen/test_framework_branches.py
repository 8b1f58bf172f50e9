"""Second derivatives on torch and JAX where a case that is not taken overflows, or has no derivative."""

from typing import Any

import numpy as np
import pytest
from sympy import Abs, Expr, Max, Piecewise, exp, log, sqrt

from symderive.codegen.generate import Generated, generate
from symderive.terms import Dim, Index, Vector, indexed_sum, scalar

pytestmark = pytest.mark.frameworks

K = Dim("K")
x, i = Vector("x", K), Index("i", K)
z, a = scalar("z"), scalar("a")

CASES = {
    "elu": (Piecewise((z, z > 0), (exp(z) - 1, True)), (1e3, -1.0, 0.0, -1e3)),
    # exp(z) is needed twice, and is a statement of its own.
    "twice": (Piecewise((z, z > 0), (exp(z) * (1 + exp(z)), True)), (1e3, -1.0, -1e3)),
    "root": (Piecewise((sqrt(z), z > 0), (0, True)), (-1.0, 4.0)),
    "logarithm": (Piecewise((log(z), z > 1), (z - 1, True)), (-1.0, 0.0, 4.0)),
    "inverse": (Piecewise((1 / z, Abs(z) > 1), (z**3, True)), (0.0, 4.0)),
    "nested": (
        Piecewise((Piecewise((log(z), z > 1), (z, True)), z > 0), (exp(1 / z), True)),
        (0.5, 2.0, -1.0),
    ),
}


def second(made: Generated, target: str, point: Any) -> Any:
    """The derivatives of the sum of the gradient, at one point."""
    if target == "torch":
        torch = pytest.importorskip("torch")
        u = torch.tensor(point, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(made(u), u, create_graph=True)
        (found,) = torch.autograd.grad(gradient.sum(), u)
        return found.numpy()
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        found = jax.jit(jax.grad(lambda u: jax.grad(made)(u).sum()))(jax.numpy.asarray(point))
        return np.asarray(found)
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("name", CASES)
def test_a_case_that_is_not_taken_adds_nothing(name: str, target: str) -> None:
    """0 times an overflow is NaN: the backward kernel is differentiated in all its cases."""
    pytest.importorskip(target)
    term, points = CASES[name]
    made = generate(term, z, target=target)
    product = generate(term, z, compute="hvp")
    for point in points:
        np.testing.assert_allclose(second(made, target, point), product(point, 1.0), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_each_entry_has_its_own_case(target: str) -> None:
    """What one entry does not take is what its neighbour takes."""
    pytest.importorskip(target)
    term = indexed_sum(Piecewise((x[i], x[i] > 0), (exp(x[i]) - 1, True)), i)
    point = np.array([1e3, -1.0, 2.0])
    np.testing.assert_allclose(second(generate(term, x, target=target), target, point), [0, np.exp(-1), 0])


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_a_case_has_no_name_of_another(target: str) -> None:
    """A scalar may be called as the condition would be."""
    pytest.importorskip(target)
    case = scalar("case")
    term = Piecewise((case, case > 0), (exp(case) - 1, True))
    assert second(generate(term, case, target=target), target, 1e3) == 0


@pytest.mark.parametrize(
    "term",
    [Max(0, z) + log(1 + exp(-Abs(z))), 1 / (1 + exp(-z)), Piecewise((z**2 / 2, z < 1), (z - 0.5, True))],
)
def test_what_cannot_overflow_is_left_alone(term: Expr) -> None:
    """Each name that is held costs a pass over an array."""
    pytest.importorskip("torch")
    assert "_held" not in generate(term, z, target="torch").source


@pytest.mark.parametrize("target", ["torch", "jax"])
@pytest.mark.parametrize("condition", [z >= 0, z <= 0, -z >= 0, -z <= 0])
def test_the_edge_belongs_to_its_case(condition: Any, target: str) -> None:
    """A corner's derivative is that of its right side; a jump's value is what the condition says."""
    library = pytest.importorskip("torch" if target == "torch" else "jax.numpy")
    made = generate(Piecewise((5 * z + 1, condition), (7 * z, True)), z, target=target)
    assert float(made((library.tensor if target == "torch" else library.asarray)(0.0))) == 1


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_an_entropy_where_one_probability_is_nothing(target: str) -> None:
    """0 log 0 is differentiated by the logarithm of the softmax, which is there where that underflows."""
    pytest.importorskip(target)
    j = Index("j", K)
    share = exp(x[i]) / indexed_sum(exp(x[j]), j)
    entropy = generate(-indexed_sum(share * log(share), i), x, target=target)
    assert not second(entropy, target, np.array([800.0, 0.0])).any()
