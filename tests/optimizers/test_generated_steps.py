"""Generated steps on NumPy, torch and JAX against the library calls of the registry, a hundred steps long."""

import functools
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optimizers.library_calls import FLOAT32, OTHER, TRAJECTORIES, Problem, Rosenbrock
from symderive.codegen.generate import Generated
from symderive.codegen.generate_step import generate_step
from symderive.codegen.step_trajectory import trajectory
from symderive.optimizers import RULES, Implementation, Reference, UpdateRule
from symderive.optimizers.update_rule import PARAMETER

STEPS = 100
MOVING = [rule for rule in RULES.values() if rule.family not in ("averaging", "clipping")]
CALLS = [(rule, call) for rule in MOVING for call in rule.implementations]
PROBLEMS = {"quadratic": functools.partial(Problem, 1), "rosenbrock": functools.partial(Rosenbrock, 2)}


@functools.cache
def _made(name: str, target: str) -> Generated:
    return generate_step(RULES[name], target=target)


def _public(values: dict[str, float], rate: str) -> dict[str, float]:
    """Hyper-parameters under the names of a framework's file."""
    names = {"mu": rate, "lambda": "lambda_"}
    return {names.get(name, name): value for name, value in values.items()}


def _numpy(rule: UpdateRule, problem: Any, values: dict[str, float]) -> np.ndarray:
    return trajectory(rule, problem.gradient, problem.start, STEPS, **values)[1:]


def _torch(rule: UpdateRule, problem: Any, values: dict[str, float]) -> np.ndarray:
    import torch

    theta = torch.tensor(problem.start, dtype=torch.float64, requires_grad=True)
    optimizer = _made(rule.name, "torch")([theta], **_public(values, "lr"))

    def closure() -> float:
        theta.grad = torch.tensor(problem.gradient(theta.detach().numpy()), dtype=torch.float64)
        return 0.0

    path = []
    for _ in range(STEPS):
        optimizer.step(closure)
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def _jax(rule: UpdateRule, problem: Any, values: dict[str, float]) -> np.ndarray:
    import jax
    import optax

    with jax.enable_x64(True):
        transformation = _made(rule.name, "jax")(**_public(values, "learning_rate"))
        theta = jax.numpy.asarray(problem.start)
        state = transformation.init(theta)
        update = jax.jit(transformation.update)
        path = []
        for _ in range(STEPS):
            gradient = jax.numpy.asarray(problem.gradient(np.asarray(theta)))
            change, state = update(gradient, state, theta)
            theta = optax.apply_updates(theta, change)
            path.append(np.asarray(theta))
    return np.array(path)


GENERATED: dict[str, Callable[..., np.ndarray]] = {"numpy": _numpy, "torch": _torch, "jax": _jax}
NEEDED = {"numpy": (), "torch": ("torch",), "jax": ("jax", "optax")}


def _needs(*libraries: str) -> None:
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed: its optimizers are compared where it is")


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.max(np.abs(one - other) / np.maximum(1, np.abs(other))))


def _values(rule: UpdateRule, which: str, call: Implementation | None = None) -> dict[str, float]:
    values = {name: float(default) for name, default in rule.defaults.items()}
    if which == "others":
        values |= {name: value for name, value in OTHER.items() if name in values}
    if call is not None and call.condition == "ψ = 1":
        values["psi"] = 1.0
    return values


@functools.cache
def _library(name: str, number: int, which: str, where: str) -> np.ndarray:
    rule = RULES[name]
    call = rule.implementations[number]
    return TRAJECTORIES[call.library](call.call, PROBLEMS[where](), _values(rule, which, call), STEPS)


@pytest.mark.frameworks
@pytest.mark.parametrize("where", PROBLEMS)
@pytest.mark.parametrize("which", ["defaults", "others"])
@pytest.mark.parametrize("target", GENERATED)
@pytest.mark.parametrize(
    "rule", [rule for rule in MOVING if rule.implementations], ids=lambda rule: rule.name
)
def test_generated_code_steps_as_the_libraries(rule: UpdateRule, target: str, which: str, where: str) -> None:
    """Fails where generated code is not the library call that its docstring says it is."""
    _needs(*NEEDED[target])
    compared = 0
    paths: dict[str, np.ndarray] = {}
    for number, call in enumerate(rule.implementations):
        if importlib.util.find_spec(call.library) is None:
            continue
        expected = _library(rule.name, number, which, where)
        assert np.all(np.isfinite(expected))
        values = _values(rule, which, call)
        if str(values) not in paths:
            paths[str(values)] = GENERATED[target](rule, PROBLEMS[where](), values)
        tolerance = 1e-7 if call.condition == FLOAT32 else 1e-12
        assert _apart(paths[str(values)], expected) <= tolerance, call.call
        compared += 1
    if not compared:
        absent = ", ".join(call.library for call in rule.implementations)
        pytest.skip(f"{absent} is not installed: its optimizers are compared where it is")


@pytest.mark.frameworks
@pytest.mark.parametrize("target", GENERATED)
@pytest.mark.parametrize("rule", MOVING, ids=lambda rule: rule.name)
def test_generated_code_steps_as_the_rule(rule: UpdateRule, target: str) -> None:
    """Fails where generated code leaves the rule, also for variants that no library has."""
    _needs(*NEEDED[target])
    if target == "jax" and rule.gradient_at != PARAMETER:
        with pytest.raises(ValueError, match=r"takes the gradient at .* generate nesterov/library-rate"):
            _made(rule.name, target)
        return
    problem, values = Problem(6), _values(rule, "others")
    reference = Reference(rule, problem.start, **values)
    path = []
    for _ in range(STEPS):
        reference.step(problem.gradient)
        path.append(reference.parameters)
    assert _apart(GENERATED[target](rule, problem, values), np.array(path)) <= 1e-12


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rmsprop/epsilon-inside", "rmsprop/epsilon-outside"),
        ("adam/epsilon-outside", "adam/epsilon-hat"),
        ("amsgrad/raw", "amsgrad/corrected-maximum"),
        ("momentum/moving-average", "momentum/rate-outside"),
        ("adamw/decay-with-rate", "adamw/decay-without-rate"),
    ],
)
def test_the_comparison_tells_variants_apart(one: str, other: str) -> None:
    """Fails where the comparisons above could not tell a variant from another."""
    problem = Problem(3)
    paths = [_numpy(RULES[name], problem, _values(RULES[name], "others")) for name in (one, other)]
    assert _apart(*paths) > 1e-6


def test_float32_parameters_stay_float32_and_near() -> None:
    """Fails where hyper-parameters or states are computed in the parameters' short type."""
    problem = Problem(8)
    for name in ("adam/epsilon-outside", "momentum/rate-inside", "adadelta/paper"):
        exact = _numpy(RULES[name], problem, {})
        short = trajectory(RULES[name], problem.gradient, problem.start.astype(np.float32), STEPS)
        assert short.dtype == np.float32
        assert _apart(short[1:], exact) <= 1e-5


def test_a_rule_without_a_trajectory_says_so() -> None:
    """Fails where clipping is taken for an optimizer."""
    with pytest.raises(ValueError, match="no trajectory"):
        trajectory(RULES["clipping/value"], lambda theta: theta, [1.0], 3)
