"""A weight that outweighs all others: what is taken off must not cost the digits that it is to save."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from sympy import exp

from c_formulas import needs_compiler
from symderive.codegen.generate import generate
from symderive.terms import Dim, Index, Vector, indexed_sum

K = Dim("K")
x = Vector("x", K)
i, j = Index("i", K), Index("j", K)
SOFTMAX = exp(x[i]) / indexed_sum(exp(x[j]), j)


def _exact(weights: Any) -> list[Fraction]:
    """The product of a vector with the Jacobian of the softmax of equal logits."""
    numbers = [Fraction(float(weight)) for weight in weights]
    mean = sum(numbers, Fraction(0)) / len(numbers)
    return [(number - mean) / len(numbers) for number in numbers]


@pytest.mark.parametrize("compute", ["vjp", "jvp"])
@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
@pytest.mark.parametrize("place", [0, 3, 999])
def test_a_flat_softmax_and_one_large_weight(target: str, compute: str, place: int) -> None:
    """Each entry is as near as the formula's own rounding: textbook code is 14 ulps off, and so may this be."""
    convert: Any = np.asarray
    if target == "c":
        needs_compiler()
    if target == "torch":
        convert = pytest.importorskip("torch").tensor
    if target == "jax":
        pytest.importorskip("jax").config.update("jax_enable_x64", True)
        convert = pytest.importorskip("jax.numpy").asarray
    product = generate(SOFTMAX, x, compute=compute, target=target)[compute]
    weights = np.ones(1000)
    weights[place] = 1e8 / 3
    found = np.asarray(product(convert(np.zeros(1000)), convert(weights)))
    errors = [
        abs((Fraction(float(one)) - true) / true) * 2**53
        for one, true in zip(found, _exact(weights), strict=True)
    ]
    assert max(errors) < 14


def test_a_dominant_entry_keeps_every_digit() -> None:
    """There the weight is taken off: p − 1 of a product."""
    product = generate(SOFTMAX, x, compute="vjp")["vjp"]
    found = product(np.array([60.0, 0.0]), np.array([1.0, 0.0]))
    small = np.exp(-60.0)
    assert np.allclose(found, [small, -small], rtol=1e-15, atol=0)
