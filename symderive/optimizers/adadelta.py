"""Adadelta, as in the paper and with a learning rate as in the libraries."""

from __future__ import annotations

from sympy import sqrt

from symderive.optimizers.update_rule import (
    EPSILON,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    ZERO,
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

_THETA, _G, _MU, _EPSILON = PARAMETER, GRADIENT, LEARNING_RATE, EPSILON
_RHO, _V, _D, _CHANGE = scalar("rho"), scalar("v"), scalar("d"), scalar("change")
_DECAY = Hyperparameter(_RHO, decimal("0.9"), "decay of both averages")
_STATES = (
    State(_V, ZERO, "second moment of the gradients"),
    State(_D, ZERO, "second moment of the changes"),
)
_UPDATES = (
    (_V, _RHO * _V + (1 - _RHO) * _G**2),
    (_CHANGE, sqrt(_D + _EPSILON) / sqrt(_V + _EPSILON) * _G),
    (_D, _RHO * _D + (1 - _RHO) * _CHANGE**2),
)

ROWS = (
    UpdateRule(
        "adadelta",
        "paper",
        "Adadelta",
        (_DECAY, epsilon("1e-6")),
        _STATES,
        (*_UPDATES, (_THETA, _THETA - _CHANGE)),
        "Zeiler 2012",
        implementations=(
            Implementation("torch", "torch.optim.Adadelta(params, lr=1.0, rho=rho, eps=epsilon)"),
            Implementation("optax", "optax.adadelta(1.0, rho=rho, eps=epsilon)"),
            Implementation("keras", "keras.optimizers.Adadelta(learning_rate=1.0, rho=rho, epsilon=epsilon)"),
        ),
        relations=("the default of Keras is a learning rate of 0.001, of torch 1",),
    ),
    UpdateRule(
        "adadelta",
        "rate",
        "Adadelta with a learning rate",
        (learning_rate("1"), _DECAY, epsilon("1e-6")),
        _STATES,
        (*_UPDATES, (_THETA, _THETA - _MU * _CHANGE)),
        "Zeiler 2012; the learning rate: the libraries",
        implementations=(
            Implementation("torch", "torch.optim.Adadelta(params, lr=mu, rho=rho, eps=epsilon)"),
            Implementation("optax", "optax.adadelta(mu, rho=rho, eps=epsilon)"),
            Implementation("keras", "keras.optimizers.Adadelta(learning_rate=mu, rho=rho, epsilon=epsilon)"),
        ),
        relations=("the average of the changes does not see the learning rate",),
    ),
)
