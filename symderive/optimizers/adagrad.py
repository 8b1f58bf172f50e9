"""Adagrad: the constant outside or inside the root, and torch's decaying learning rate."""

from __future__ import annotations

from sympy import sqrt

from symderive.optimizers.update_rule import (
    EPSILON,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    STEP,
    Hyperparameter,
    Implementation,
    State,
    UpdateRule,
    decimal,
    epsilon,
    learning_rate,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _G, _MU, _EPSILON, _N = PARAMETER, GRADIENT, LEARNING_RATE, EPSILON, STEP
_S, _START, _RATE_DECAY, _RATE = scalar("s"), scalar("s_0"), scalar("eta"), scalar("rate")
_STATE = (State(_S, _START, "sum of squares"),)
_SUM = (_S, _S + _G**2)
_DUCHI = "Duchi, Hazan and Singer 2011"
_EQUAL = "equal to the other place of ε iff ε outside is ε_n = √(s+ε) − √s, which is no constant"


def _start(default: str) -> Hyperparameter:
    return Hyperparameter(_START, decimal(default), "initial sum of squares")


ROWS = (
    UpdateRule(
        "adagrad",
        "epsilon-outside",
        "Adagrad with ε outside the root",
        (learning_rate("1e-2"), epsilon("1e-10"), _start("0")),
        _STATE,
        (_SUM, (_THETA, _THETA - _MU * _G / (sqrt(_S) + _EPSILON))),
        _DUCHI,
        implementations=(
            Implementation(
                "torch", "torch.optim.Adagrad(params, lr=mu, eps=epsilon, initial_accumulator_value=s_0)"
            ),
        ),
        relations=(_EQUAL, "torch starts the sum at 0, optax and Keras at 0.1"),
    ),
    UpdateRule(
        "adagrad",
        "epsilon-inside",
        "Adagrad with ε inside the root",
        (learning_rate("1e-2"), epsilon("1e-7"), _start("0.1")),
        _STATE,
        (_SUM, (_THETA, _THETA - _MU * _G / sqrt(_S + _EPSILON))),
        _DUCHI,
        implementations=(
            Implementation("optax", "optax.adagrad(mu, initial_accumulator_value=s_0, eps=epsilon)"),
            Implementation(
                "keras",
                "keras.optimizers.Adagrad(learning_rate=mu, initial_accumulator_value=s_0, epsilon=epsilon)",
            ),
        ),
        relations=(_EQUAL, "torch starts the sum at 0, optax and Keras at 0.1"),
    ),
    UpdateRule(
        "adagrad",
        "epsilon-outside-decayed-rate",
        "Adagrad with ε outside the root and a decaying learning rate",
        (
            learning_rate("1e-2"),
            epsilon("1e-10"),
            _start("0"),
            Hyperparameter(_RATE_DECAY, decimal("0"), "decay of the learning rate"),
        ),
        _STATE,
        (
            (_RATE, _MU / (1 + (_N - 1) * _RATE_DECAY)),
            _SUM,
            (_THETA, _THETA - _RATE * _G / (sqrt(_S) + _EPSILON)),
        ),
        f"{_DUCHI}; the decay: torch",
        implementations=(
            Implementation(
                "torch",
                "torch.optim.Adagrad(params, lr=mu, lr_decay=eta, eps=epsilon, "
                "initial_accumulator_value=s_0)",
            ),
        ),
    ),
)
