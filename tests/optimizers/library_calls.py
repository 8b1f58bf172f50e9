"""The library calls that the registry writes down, run as they stand there."""

from __future__ import annotations

import ast
import importlib
import operator
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

#: Hyper-parameters far from the defaults, and the condition of a call that is not exact in float64.
OTHER = {
    "mu": 0.0037,  # small enough that no run is chaotic: rounding would grow
    "gamma": 0.73,
    "beta_1": 0.6,
    "beta_2": 0.85,
    "epsilon": 2e-2,
    "lambda": 0.11,
    "alpha": 0.42,
    "rho": 0.71,
    "tau": 0.35,
    "psi": 0.9,
    "s_0": 0.3,
    "eta": 0.02,
}
FLOAT32 = "up to float32 in torch's product"  # its running product of momenta is a float32 tensor

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def evaluated(call: str, names: Mapping[str, Any]) -> Any:
    """What a call of the registry returns: names, numbers, arithmetic, tuples and calls of a library."""
    return _value(ast.parse(call, mode="eval").body, names)


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Name(id=name):
            return importlib.import_module(name)
        case ast.Attribute(value=inner, attr=attribute):
            return getattr(_value(inner, names), attribute)
        case ast.Tuple(elts=items):
            return tuple(_value(item, names) for item in items)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, names), _value(right, names))
        case ast.UnaryOp(op=op, operand=operand):
            return _OPERATORS[type(op)](_value(operand, names))
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return _value(function, names)(
                *(_value(argument, names) for argument in arguments),
                **{str(keyword.arg): _value(keyword.value, names) for keyword in keywords},
            )
    raise ValueError(f"the registry's calls hold no {ast.dump(node)}")


class Problem:
    """A random strongly convex quadratic with a sine on top, and gradients that every library sees alike."""

    def __init__(self, seed: int, size: int = 5) -> None:
        random = np.random.default_rng(seed)
        root = random.normal(size=(size, size))
        self.matrix = root @ root.T / size + 0.1 * np.eye(size)
        self.offset = random.normal(size=size)
        self.start = random.normal(size=size)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.matrix @ theta - self.offset + 0.3 * np.cos(3 * theta)


class Rosenbrock:
    """Rosenbrock's function in four unknowns, scaled, from a random start that no rule leaves for chaos."""

    def __init__(self, seed: int) -> None:
        self.start = np.random.default_rng(seed).uniform(-1.5, -0.5, size=4)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        result = np.zeros_like(theta)
        gap = theta[1:] - theta[:-1] ** 2
        result[:-1] = -40 * theta[:-1] * gap - 2 * (1 - theta[:-1])
        result[1:] += 20 * gap
        return result / 20


def names_of(values: Mapping[str, float]) -> dict[str, Any]:
    """Hyper-parameters by the names that calls use: ``lambda`` is a word of Python."""
    return {("lambda_" if name == "lambda" else name): value for name, value in values.items()}


def torch_trajectory(call: str, problem: Problem, values: Mapping[str, Any], steps: int) -> np.ndarray:
    import torch

    theta = torch.tensor(problem.start, dtype=torch.float64, requires_grad=True)
    optimizer = evaluated(call, {"params": [theta], **names_of(values)})
    path = []
    for _ in range(steps):
        theta.grad = torch.tensor(problem.gradient(theta.detach().numpy()), dtype=torch.float64)
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def optax_trajectory(call: str, problem: Problem, values: Mapping[str, Any], steps: int) -> np.ndarray:
    import jax
    import optax

    with jax.enable_x64(True):
        transformation = evaluated(call, names_of(values))
        theta = jax.numpy.asarray(problem.start)
        state = transformation.init(theta)
        update = jax.jit(transformation.update)
        path = []
        for _ in range(steps):
            gradient = jax.numpy.asarray(problem.gradient(np.asarray(theta)))
            change, state = update(gradient, state, theta)
            theta = optax.apply_updates(theta, change)
            path.append(np.asarray(theta))
    return np.array(path)


def keras_trajectory(call: str, problem: Problem, values: Mapping[str, Any], steps: int) -> np.ndarray:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    held = keras.backend.floatx()
    keras.backend.set_floatx("float64")  # its optimizers compute their own numbers in this type
    try:
        theta = keras.Variable(problem.start, dtype="float64")
        optimizer = evaluated(call, names_of(values))
        optimizer.build([theta])
        path = []
        for _ in range(steps):
            now = keras.ops.convert_to_numpy(theta.value)
            gradient = keras.ops.convert_to_tensor(problem.gradient(now), dtype="float64")
            optimizer.apply([gradient], [theta])
            path.append(keras.ops.convert_to_numpy(theta.value).copy())
        return np.array(path)
    finally:
        keras.backend.set_floatx(held)


TRAJECTORIES = {"torch": torch_trajectory, "optax": optax_trajectory, "keras": keras_trajectory}
