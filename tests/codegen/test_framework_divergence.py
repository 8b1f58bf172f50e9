"""The divergence on torch and JAX: its digits near p = q, and the derivatives of each case of its terms."""

import pytest

from accuracy_formulas import WELL
from codegen.framework_formulas import made
from symderive.codegen.accuracy import measured, table
from symderive.codegen.generate import generate
from symderive.codegen.regimes import REGIMES

pytestmark = pytest.mark.frameworks


@pytest.mark.parametrize(("dtype", "bound"), [("float32", 0.51), ("float64", 5)])
def test_a_divergence_keeps_its_digits_in_torch(dtype, bound):
    """Terms that lose the errors of their quotients are off by hundreds of ulps near p = q."""
    pytest.importorskip("torch", reason="torch is not installed (the extra frameworks)")
    generated = generate(**WELL["kl"][0], name="kl", target="torch")
    regimes = [regime for regime in REGIMES if regime not in WELL["kl"][2]]
    results = measured(
        generated, dtype=dtype, regimes=regimes, sizes=(1, 2, 3, 10), budget=2, compute=["value"]
    )
    assert all(one.ulps <= bound and not one.nonfinite for one in results), table(results)


@pytest.mark.parametrize("helper", ["_kl_term", "_kl_term_exactly"])
def test_the_derivatives_of_a_divergences_terms(helper):
    """Each case of the term has log(p/q) and 1 - p/q as its derivatives, and 1/p, -1/q, p/q^2 as its second."""
    torch = pytest.importorskip("torch", reason="torch is not installed (the extra frameworks)")
    term = made("kl", "torch").functions["kl"].__globals__[helper]

    def numbers(*values):
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    ratio = numbers(1.0, 1 + 1e-9, 1.2, 1.5, 1 / 1.5, 3.9, 4.1, 0.26, 0.24, 1e3, 1e-3, 1e200).detach()
    q = torch.full_like(ratio, 0.3).requires_grad_()
    p = (ratio * 0.3).requires_grad_()
    weights = torch.arange(1.0, 1 + len(p), dtype=torch.float64)
    value = term(p, q)
    first = torch.autograd.grad(value.sum(), (p, q), create_graph=True)
    second = torch.autograd.grad((first[0] * weights).sum() + (first[1] * weights).sum(), (p, q))
    value, first, p, q = value.detach(), [g.detach() for g in first], p.detach(), q.detach()
    torch.testing.assert_close(value, p * torch.log(p / q) - p + q, atol=1e-16, rtol=1e-14)
    torch.testing.assert_close(first[0], torch.log(p / q), atol=2e-16, rtol=1e-14)
    torch.testing.assert_close(first[1], 1 - p / q, atol=2e-16, rtol=1e-14)
    torch.testing.assert_close(second[0], weights / p - weights / q, atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(second[1], -weights / q + weights * p / q**2, atol=1e-12, rtol=1e-12)
    # Nothing that is not taken brings a NaN into a gradient.
    p, q = numbers(0.0, 0.0, 1e-310, 1e300, float("inf")), numbers(0.5, 1e-310, 1e-310, 1e300, 1.0)
    value = term(p, q)
    torch.testing.assert_close(value, numbers(0.5, 1e-310, 0.0, 0.0, float("inf")))
    assert not torch.autograd.grad(value.sum(), q)[0].isnan().any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_floor_of_a_divergence_in_jax(dtype):
    """The docstring's 5 ulps: terms that lose the errors of their quotients are off by hundreds near p = q."""
    jax = pytest.importorskip("jax", reason="jax is not installed (the extra frameworks)")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", dtype == "float64")
    try:
        generated = generate(**WELL["kl"][0], name="kl", target="jax")
        # The regimes in which no probability is so small that XLA takes it, or a product with it, for 0.
        results = measured(
            generated,
            dtype=dtype,
            regimes=["N(0,1)", "ties", "masked", "one-hot"],
            sizes=(2, 3, 10, 1000),
            budget=2,
            compute=["value"],
        )
    finally:
        jax.config.update("jax_enable_x64", before)
    assert all(one.ulps <= 5 and not one.nonfinite for one in results), table(results)
