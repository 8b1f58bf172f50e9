"""Lion: the sign of an interpolated momentum, with decoupled weight decay and without."""

from __future__ import annotations

from sympy import sign

from symderive.optimizers.update_rule import (
    BETA_1,
    BETA_2,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    WEIGHT_DECAY,
    ZERO,
    Hyperparameter,
    Implementation,
    State,
    UpdateRule,
    decimal,
    learning_rate,
    weight_decay,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _G, _MU, _LAMBDA = PARAMETER, GRADIENT, LEARNING_RATE, WEIGHT_DECAY
_M, _C = scalar("m"), scalar("c")
_STATE = (State(_M, ZERO, "momentum"),)
_HYPER = (
    learning_rate("1e-4"),
    Hyperparameter(BETA_1, decimal("0.9"), "share of the momentum in the step"),
    Hyperparameter(BETA_2, decimal("0.99"), "decay of the momentum"),
)
_INTERPOLATED = (_C, BETA_1 * _M + (1 - BETA_1) * _G)
_KEPT = (_M, BETA_2 * _M + (1 - BETA_2) * _G)
_CHEN = "Chen et al. 2023"

ROWS = (
    UpdateRule(
        "lion",
        "plain",
        "Lion",
        (*_HYPER, weight_decay("1e-3")),
        _STATE,
        (_INTERPOLATED, (_THETA, _THETA - _MU * (sign(_C) + _LAMBDA * _THETA)), _KEPT),
        _CHEN,
        implementations=(
            Implementation("optax", "optax.lion(mu, b1=beta_1, b2=beta_2, weight_decay=lambda_)"),
            Implementation(
                "keras",
                "keras.optimizers.Lion(learning_rate=mu, beta_1=beta_1, beta_2=beta_2, weight_decay=lambda_)",
            ),
        ),
        relations=("torch has none",),
    ),
    UpdateRule(
        "lion",
        "no-decay",
        "Lion without weight decay",
        _HYPER,
        _STATE,
        (_INTERPOLATED, (_THETA, _THETA - _MU * sign(_C)), _KEPT),
        _CHEN,
        implementations=(
            Implementation("optax", "optax.lion(mu, b1=beta_1, b2=beta_2, weight_decay=0.0)"),
            Implementation("keras", "keras.optimizers.Lion(learning_rate=mu, beta_1=beta_1, beta_2=beta_2)"),
        ),
    ),
)
