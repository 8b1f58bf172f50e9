"""NumPy: the same numbers as the formula, on any batch, and clear words about wrong input."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from sympy import KroneckerDelta, exp, log

from codegen.agreement import inputs, truths
from codegen.formulas import FORMULAS, Formula, epsilon, i, indexed_sum, j, p, q, softmax, t, w, x, y
from oracle import World
from symderive import generate
from symderive.codegen.generate import Generated
from symderive.decide import Status
from symderive.terms import Dim, Index, Matrix, Vector

POSITIVE = ("p", "q", "tau", "epsilon", "gamma")


def made(formula: Formula, compute: str, **options: Any) -> Generated:
    """Code for a formula of the list."""
    return generate(
        formula.term,
        formula.wrt,
        compute=compute,
        index=formula.index,
        hypotheses=formula.hypotheses,
        name=formula.name,
        **options,
    )


_LONG = ("focal", "jensen_shannon", "temperature", "affine_cross_entropy")


def _is_long(formula: Formula, compute: str) -> bool:
    """The products of the longest formulas take seconds to derive and to evaluate at 60 digits."""
    return formula.name in _LONG and compute in ("jvp", "vjp", "hvp")


#: Every formula with what is computed of it.
CASES = [
    pytest.param(
        formula,
        compute,
        id=f"{formula.name}-{compute}",
        marks=[pytest.mark.sweep] if _is_long(formula, compute) else [],
    )
    for formula in FORMULAS
    if formula.name != "normalised_cross_entropy"  # its hypothesis does not hold at random numbers
    for compute in ("value", "jacobian" if formula.vector else "gradient", "vjp", "jvp", "hvp")
    if not (formula.vector and compute == "hvp")
]


@pytest.mark.parametrize(("formula", "compute"), CASES)
def test_agrees_with_the_formula_at_sixty_digits(formula: Formula, compute: str) -> None:
    """A stable form, a statement or a printed axis that is wrong gives another number."""
    world = World(3, 1, positive=POSITIVE, unit=("y",))
    wanted: Any = None
    every = compute == "value" or (compute == "gradient" and formula.name not in _LONG)
    for accuracy in ("fast", "default", "high") if every else ("default",):
        generated = made(formula, compute, accuracy=accuracy)
        if compute == "value":
            assert generated.verdict.status is Status.PROVED
        (function,) = generated.plan.functions
        given = inputs(function, world)
        if wanted is None:
            wanted = truths(function, world)
        results = generated(**given)
        results = results if isinstance(results, tuple) else (results,)
        for result, (name, want) in zip(results, wanted.items(), strict=True):
            scale = max(1.0, float(np.max(np.abs(want))))
            assert np.shape(result) == want.shape, (function.name, name)
            assert np.max(np.abs(result - want)) <= 1e-12 * scale, (function.name, name)


CROSS_ENTROPY = -log(softmax(t))


@pytest.fixture(scope="module")
def cross_entropy() -> Generated:
    return generate(CROSS_ENTROPY, x, compute="value,gradient,value_and_gradient", index=t, name="loss")


def test_digits_where_one_logit_dominates(cross_entropy: Generated) -> None:
    """p − 1 is exactly 0 in floating point at this gap; the gradient is not."""
    for dtype, gap in ((np.float32, 40.0), (np.float64, 200.0)):
        logits = np.array([gap, 0.0], dtype)
        want = 1 / (1 + mpmath.exp(gap))
        value, gradient = cross_entropy["value_and_gradient"](logits, 0)
        assert value == pytest.approx(float(mpmath.log1p(mpmath.exp(-gap))), rel=1e-6)
        assert gradient == pytest.approx([-float(want), float(want)], rel=1e-6)
        assert gradient.dtype == dtype


def test_any_batch_shape_and_axis(cross_entropy: Generated) -> None:
    """Batches of every shape give what single elements give."""
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(2, 3, 5)), rng.integers(0, 5, (2, 3))
    whole = cross_entropy["gradient"](logits, labels)
    for place in np.ndindex(2, 3):
        assert np.array_equal(whole[place], cross_entropy["gradient"](logits[place], labels[place]))
    moved = cross_entropy["gradient"](np.moveaxis(logits, -1, 0), labels, axis=0)
    assert np.array_equal(np.moveaxis(moved, 0, -1), whole)
    assert np.array_equal(
        cross_entropy(logits, labels[:, :1]), cross_entropy(logits, np.repeat(labels[:, :1], 3, 1))
    )
    assert np.ndim(cross_entropy(logits[0, 0], 1)) == 0


def test_blocks_do_not_show(cross_entropy: Generated) -> None:
    """Rows on both sides of a block's end are computed alike."""
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(3000, 100)).astype(np.float32), rng.integers(0, 100, 3000)
    whole = cross_entropy["gradient"](logits, labels)
    assert np.array_equal(whole[1234], cross_entropy["gradient"](logits[1234], labels[1234]))
    assert np.array_equal(whole[-1], cross_entropy["gradient"](logits[-1], labels[-1]))


def test_masks_and_infinities(cross_entropy: Generated) -> None:
    """Logits of −inf are left out; the documented values at the holes."""
    inf, nan = np.inf, np.nan
    assert cross_entropy(np.array([-inf, 0.0, 1.0]), 2) == pytest.approx(np.log1p(np.exp(-1.0)))
    assert cross_entropy(np.array([-inf, 0.0, 1.0]), 0) == inf
    assert cross_entropy(np.array([-inf, -inf]), 0) == pytest.approx(np.log(2))
    assert np.array_equal(cross_entropy["gradient"](np.array([inf, 0.0]), 0), [0.0, 0.0])
    assert np.isnan(cross_entropy(np.array([nan, 0.0]), 0))
    soft = generate(-indexed_sum(y[i] * log(softmax(i)), i), x, name="soft")
    assert soft(x=np.array([-inf, 0.0]), y=np.array([0.0, 1.0])) == 0


def test_the_caller_keeps_the_arrays(cross_entropy: Generated) -> None:
    """Inputs are read, never written; read-only and strided ones are accepted."""
    base = np.random.default_rng(0).normal(size=(6, 10))
    view = base[::2, ::-1]
    view.flags.writeable = False
    before = base.copy()
    result = cross_entropy["gradient"](view, 3)
    assert np.array_equal(base, before)
    assert np.array_equal(result, cross_entropy["gradient"](view.copy(), 3))


def test_empty_batches_and_axes(cross_entropy: Generated) -> None:
    """No row is no error; no class is."""
    assert cross_entropy["gradient"](np.empty((0, 4)), np.empty(0, int)).shape == (0, 4)
    with pytest.raises(ValueError, match="x is empty along K"):
        cross_entropy(np.empty((3, 0)), 0)


def test_types(cross_entropy: Generated) -> None:
    """float32 stays, integers become float64, other things are refused by name."""
    assert cross_entropy["gradient"](np.zeros(3, np.float32), 0).dtype == np.float32
    assert cross_entropy["gradient"](np.zeros(3, np.int64), 0).dtype == np.float64
    assert cross_entropy["gradient"]([0, 1, 2], 0).dtype == np.float64
    for wrong in (np.zeros(3, complex), np.array(["a"]), np.array([None])):
        with pytest.raises(TypeError, match="x must hold real numbers"):
            cross_entropy(wrong, 0)
    with pytest.raises(TypeError, match="t must hold integers"):
        cross_entropy(np.zeros(3), 0.0)


def test_shapes_and_labels(cross_entropy: Generated) -> None:
    """What does not fit is named."""
    with pytest.raises(IndexError, match=r"t must lie in 0, ..., 2"):
        cross_entropy(np.zeros(3), 3)
    with pytest.raises(IndexError, match="t must lie in"):
        cross_entropy(np.zeros(3), -1)
    with pytest.raises(ValueError, match="do not broadcast"):
        cross_entropy(np.zeros((2, 3)), np.zeros(5, int))
    with pytest.raises(ValueError, match="x has 0 axes"):
        cross_entropy(1.0, 0)
    divergence = generate(indexed_sum(p[i] * log(p[i] / q[i]), i), p, name="divergence")
    with pytest.raises(ValueError, match="q has 4 entries along K, where 3 were given"):
        divergence(np.ones(3), np.ones(4))


def test_zeros_of_divergence() -> None:
    """0 log 0 = 0, and a zero of q where p is not gives +inf."""
    divergence = generate(indexed_sum(p[i] * log(p[i] / q[i]), i), p, name="divergence")
    assert divergence(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    assert divergence(np.array([0.5, 0.5]), np.array([0.0, 1.0])) == np.inf
    assert divergence(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0


def test_squares_neither_overflow_nor_underflow() -> None:
    """The root mean square of 1e200 is 1e200."""
    norm = generate((indexed_sum(x[j] ** 2, j) / 2) ** (epsilon / (2 * epsilon)), name="norm")
    for size in (1e200, 1e-200, 1e308, 5e-324):
        assert norm(np.array([size, size])) == pytest.approx(size)


def test_weights_are_shared_by_a_batch() -> None:
    """RMSNorm's weight has no batch axis."""
    rms = indexed_sum(x[j] ** 2, j) / epsilon
    scaled = generate(x[i] * w[i] / rms, x, name="scaled")
    rng = np.random.default_rng(0)
    xs, ws = rng.normal(size=(4, 3)), rng.normal(size=3)
    want = xs * ws / (np.square(xs).sum(-1, keepdims=True) / 2.0)
    assert scaled(x=xs, w=ws, epsilon=2.0) == pytest.approx(want)


def test_sums_of_products_hold_no_array_of_all_products() -> None:
    """The products of A h, or of two matrices, at once would take K times what the result takes."""
    size, length, other = Dim("N"), Dim("L"), Dim("M")
    n, k, m = Index("n", size), Index("k", length), Index("m", other)
    a, b, h, g = Matrix("A", size, length), Matrix("B", other, length), Vector("h", length), Vector("g", size)
    forward = generate(indexed_sum(a[n, k] * h[k], k), name="forward")
    backward = generate(indexed_sum(a[n, k] * g[n], n), name="backward")
    pairs = generate(indexed_sum(a[n, k] * b[m, k], k), axes=[n, m], name="pairs")
    for made_of in (forward, backward, pairs):
        (kernel, _) = made_of.source.split(f"def _{made_of.plan.name}_float32")[1].split("\n\n", 1)
        assert "einsum" in kernel
        assert ".sum(" not in kernel
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(3, 200, 50)), rng.normal(size=(150, 50))
    tracemalloc.start()
    found = pairs(left, right)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_allclose(found, left @ right.T, rtol=1e-12, atol=1e-12)
    assert most < 4 * found.nbytes
    vectors = rng.normal(size=(7, 50))
    np.testing.assert_allclose(forward(left[0], vectors), vectors @ left[0].T, rtol=1e-12, atol=1e-12)
    many = rng.normal(size=(3, 200))
    wanted = [one @ matrix for one, matrix in zip(many, left, strict=True)]
    np.testing.assert_allclose(backward(left, many), wanted, rtol=1e-12, atol=1e-12)


def test_one_vector_and_many_labels() -> None:
    """Where the logits are shared by a batch of labels, every label has a gradient of its own."""
    logits, labels = np.array([0.1, 0.7, -0.3]), np.array([2, 0, 0, 1])
    gradient = generate(-log(softmax(t)), x, compute="gradient", index=t, name="loss")
    np.testing.assert_array_equal(gradient(logits, labels), gradient(np.tile(logits, (4, 1)), labels))
    place = generate(i**2 + x[t] * KroneckerDelta(i, t), compute="value", index=t, name="place")
    np.testing.assert_allclose(place(logits, labels)[0], [1, 4, 8.7])


def test_the_file_stands_alone(tmp_path: Path, cross_entropy: Generated) -> None:
    """It runs without symderive, and its self-test prints every function."""
    path = tmp_path / "loss.py"
    path.write_text(cross_entropy.source, encoding="utf-8")
    assert "symderive" not in cross_entropy.source.replace("Generated by symderive", "")
    done = subprocess.run(
        [sys.executable, "-I", str(path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert "loss_gradient float32" in done.stdout


@pytest.mark.parametrize("name", ["lambda", "class", "x y", "np", "é'", "1st", '"""', "rows", "K"])
def test_names_of_documents_are_mangled(name: str) -> None:
    """A name is never printed into code as it stands."""
    from symderive.terms import Vector

    family = Vector(name, x.ranges[0][1])
    loss = -log(exp(family[t]) / indexed_sum(exp(family[j]), j))
    generated = generate(loss, family, compute="value,gradient", index=t, name=name)
    (argument, _) = generated.plan.functions[0].arguments
    assert argument.name.isidentifier()
    assert generated(np.array([0.0, 0.0]), 1) == pytest.approx(np.log(2))


def test_memory_is_bounded() -> None:
    """A large batch costs its result and little more."""
    import tracemalloc

    generated = generate(CROSS_ENTROPY, x, compute="gradient", index=t, name="loss")
    logits = np.zeros((2000, 1000), np.float32)
    tracemalloc.start()
    generated(logits, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 2 * logits.nbytes


def test_the_largest_entry_of_each_row_is_told_apart_from_the_others() -> None:
    """Its place, counted from 0, was compared with an index that runs from 1: rows of logits were off by 5 %."""
    X, Y = np.random.default_rng(3).uniform(0.1, 0.9, (2, 4, 3, 5))
    weights = np.exp(X) / np.exp(X).sum(axis=-1, keepdims=True)
    expected = (weights * Y.sum(axis=-1, keepdims=True) - Y) / 3
    gradient = generate("cross_entropy/mean-loss-gradient")
    np.testing.assert_allclose(gradient(X, Y), expected, rtol=1e-12, atol=1e-15)
