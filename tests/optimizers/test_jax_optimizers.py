"""Generated JAX optimizers behave as optax's: pytrees, jit, schedules, chains, types."""

import functools
import importlib.util
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from symderive.codegen.generate import Generated
from symderive.codegen.generate_step import generate_step
from symderive.optimizers import RULES, Reference

pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed"),
]


@functools.cache
def _made(name: str, accuracy: str = "default") -> Generated:
    return generate_step(RULES[name], target="jax", accuracy=accuracy)


def _optax() -> Any:
    return pytest.importorskip("optax", reason="optax is not installed: it is compared with where it is")


def _tree(seed: int = 0, dtype: str = "float64") -> dict[str, Any]:
    random = np.random.default_rng(seed)
    shapes = {"matrix": (3, 2), "vector": (4,), "number": ()}
    import jax

    leaves = {n: jax.numpy.asarray(random.normal(size=s), dtype=dtype) for n, s in shapes.items()}
    return {"layer": [leaves["matrix"], leaves["vector"]], "scale": leaves["number"]}


def _gradient(tree: Any) -> Any:
    import jax

    return jax.tree.map(lambda w: 2 * (w - 1) + jax.numpy.sin(w), tree)


def _walk(transformation: Any, tree: Any, steps: int) -> tuple[Any, Any]:
    import jax

    optax = _optax()
    state = transformation.init(tree)
    update = jax.jit(transformation.update)
    for _ in range(steps):
        change, state = update(_gradient(tree), state, tree)
        tree = optax.apply_updates(tree, change)
    return tree, state


def _apart(one: Any, other: Any) -> float:
    import jax

    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return max(float(np.max(np.abs(np.asarray(a, float) - np.asarray(b, float)))) for a, b in pairs)


def test_trees_chains_and_schedules() -> None:
    """Fails where a tree loses its shape, a schedule is off by a step, or `optax.chain` cannot take it."""
    import jax

    optax = _optax()
    with jax.enable_x64(True):
        schedule = optax.exponential_decay(0.1, 3, 0.5)
        mine = optax.chain(optax.clip_by_global_norm(1.0), _made("adam/epsilon-outside")(schedule))
        theirs = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(schedule))
        one, state = _walk(mine, _tree(), 12)
        other, _ = _walk(theirs, _tree(), 12)
        assert jax.tree.structure(one) == jax.tree.structure(other)
        assert _apart(one, other) <= 1e-7  # optax computes this schedule in float32
        assert type(state[1]).__name__ == "AdamState"
        assert int(state[1].count) == 12
        assert jax.tree.structure(state[1].m) == jax.tree.structure(one)


def test_a_schedule_is_exact_in_float64() -> None:
    """Fails where the rate of a step is another step's."""
    import jax

    with jax.enable_x64(True):
        transformation = _made("momentum/rate-inside")(lambda count: 0.1 / (count + 1), gamma=0.7)
        tree, _ = _walk(transformation, _tree(), 8)
        for found, start in zip(jax.tree.leaves(tree), jax.tree.leaves(_tree()), strict=True):
            rule = RULES["momentum/rate-inside"]
            reference = Reference(rule, np.asarray(start), rate=lambda n: 0.1 / n, gamma=0.7)
            for _ in range(8):
                reference.step(lambda w: 2 * (w - 1) + np.sin(w))
            assert np.max(np.abs(reference.parameters - np.asarray(found))) <= 1e-14


def test_hyperparameters_may_be_traced() -> None:
    """Fails where `optax.inject_hyperparams`, or a derivative by the learning rate, cannot reach them."""
    import jax

    optax = _optax()
    with jax.enable_x64(True):

        def after(rate: Any) -> Any:
            transformation = _made("momentum/rate-outside")(rate)
            theta = jax.numpy.asarray(2.0)
            state = transformation.init(theta)
            for _ in range(2):
                change, state = transformation.update(theta, state, theta)
                theta = theta + change
            return theta

        # θ₂ = θ₀ ((1 − μ)² − 0.9 μ), with g = θ
        assert float(jax.grad(after)(0.1)) == pytest.approx(2 * (-2 * 0.9 - 0.9), rel=1e-13)
        injected = optax.inject_hyperparams(_made("lion/no-decay").functions["lion"])(learning_rate=0.1)
        _, state = _walk(injected, _tree(), 2)
        assert float(state.hyperparams["learning_rate"]) == pytest.approx(0.1)


def test_parameters_are_asked_for_where_the_rule_needs_them() -> None:
    """Fails where a rule with weight decay takes None for the parameters, or one without refuses it."""
    import jax

    gradient = jax.numpy.ones(3)
    free = _made("adam/epsilon-outside")()
    change, _ = free.update(gradient, free.init(gradient))
    assert change.shape == (3,)
    bound = _made("adamw/decay-with-rate")()
    with pytest.raises(ValueError, match="needs the parameters"):
        bound.update(gradient, bound.init(gradient))


@pytest.mark.parametrize("accuracy", ["default", "fast"])
@pytest.mark.parametrize(("kind", "near"), [("float32", 1e-5), ("bfloat16", 0.1), ("float16", 2e-2)])
def test_short_types_without_float64(kind: str, near: float, accuracy: str) -> None:
    """Fails where types change, or float32 goes astray where JAX has no float64."""
    import jax

    numbers = {"learning_rate": 0.01, "epsilon": 1e-5}
    short, state = _walk(_made("adam/epsilon-outside", accuracy)(**numbers), _tree(dtype=kind), 20)
    assert {leaf.dtype.name for leaf in jax.tree.leaves(short)} == {kind}
    assert {leaf.dtype.name for leaf in jax.tree.leaves(state.v)} == {kind}
    with jax.enable_x64(True):
        exact, _ = _walk(_made("adam/epsilon-outside")(**numbers), _tree(), 20)
        assert _apart(short, exact) <= near


def test_bad_input_is_refused() -> None:
    """Fails where a wrong number or integer parameters give numbers instead of an error."""
    import jax

    made = _made("adam/epsilon-outside")
    for name, value in (("learning_rate", -1.0), ("beta_1", 1.0), ("epsilon", float("nan"))):
        with pytest.raises(ValueError, match=f"{name} must be"):
            made(**{name: value})
    with pytest.raises(TypeError, match="floating-point"):
        made().init(jax.numpy.arange(3))


def test_a_tree_without_leaves() -> None:
    """Fails where nothing to train is an error."""
    transformation = _made("adam/epsilon-outside")()
    change, state = transformation.update({}, transformation.init({}), {})
    assert change == {}
    assert int(state.count) == 1
    assert (state.m, state.v) == ({}, {})


@pytest.mark.parametrize("name", ["value", "global-norm", "global-norm-torch"])
@pytest.mark.parametrize("limit", [0.5, 50.0])
def test_clipping(name: str, limit: float) -> None:
    """Fails where the leaves of a tree are not clipped together, or otherwise than by the rule."""
    import jax

    with jax.enable_x64(True):
        tree = _tree(5)
        clip = _made(f"clipping/{name}")(c=limit)
        found, _ = jax.jit(clip.update)(tree, clip.init(tree))
        flat = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(tree)])
        expected = Reference(RULES[f"clipping/{name}"], np.zeros(flat.size), c=limit).step(lambda _: flat)
        clipped = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(found)])
        assert np.max(np.abs(clipped - expected)) <= 1e-14


@pytest.mark.parametrize("name", ["exponential", "corrected", "uniform"])
def test_averages(name: str) -> None:
    """Fails where an average of weights is another one."""
    import jax

    rule = RULES[f"averaging/{name}"]
    numbers = {"gamma": 0.9} if rule.hyperparameters else {}
    with jax.enable_x64(True):
        average = _made(rule.name)(**numbers)
        state = average.init(_tree())
        references = [Reference(rule, np.asarray(w), **numbers) for w in jax.tree.leaves(_tree())]
        for seed in range(1, 8):
            weights = _tree(seed)
            mean, state = jax.jit(average.update)(weights, state)
            for reference, w in zip(references, jax.tree.leaves(weights), strict=True):
                reference.step(lambda _, w=w: np.asarray(w))
        for reference, found in zip(references, jax.tree.leaves(mean), strict=True):
            assert np.max(np.abs(reference.parameters - np.asarray(found))) <= 1e-14


def test_the_file_stands_alone(tmp_path: Any) -> None:
    """Fails where the generated file imports the package, or does not run by itself."""
    text = _made("adagrad/epsilon-inside").source
    assert "import symderive" not in text
    path = tmp_path / "adagrad.py"
    path.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", path], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("[") == 3
