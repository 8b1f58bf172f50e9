"""Nesterov's accelerated gradient: look-ahead form, the form of the libraries, and two sequences."""

from __future__ import annotations

from symderive.optimizers.update_rule import (
    DECAY,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    ZERO,
    Implementation,
    State,
    UpdateRule,
    decay,
    learning_rate,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _G, _MU, _GAMMA = PARAMETER, GRADIENT, LEARNING_RATE, DECAY
_V, _B, _X, _NEXT = scalar("v"), scalar("b"), scalar("x"), scalar("x_next")
_USUAL = (learning_rate("1e-2"), decay("0.9"))
_SUTSKEVER = "Nesterov 1983; Sutskever et al. 2013"
_TORCH = "torch.optim.SGD(params, lr=mu, momentum=gamma, nesterov=True)"
_CHAIN = "optax.chain(optax.scale(-mu), optax.trace(gamma, nesterov=True))"
_CONSTANT = "constant learning rate"

ROWS = (
    UpdateRule(
        "nesterov",
        "look-ahead",
        "Nesterov's accelerated gradient in the look-ahead form",
        _USUAL,
        (State(_V, ZERO, "velocity"),),
        ((_V, _GAMMA * _V + _MU * _G), (_THETA, _THETA - _V)),
        _SUTSKEVER,
        gradient_at=_THETA - _GAMMA * _V,
        relations=("the libraries store its look-ahead point θ − γv: that is the form with the rate inside",),
    ),
    UpdateRule(
        "nesterov",
        "library-rate-outside",
        "Nesterov momentum as in torch",
        _USUAL,
        (State(_B, ZERO, "velocity"),),
        ((_B, _GAMMA * _B + _G), (_THETA, _THETA - _MU * (_G + _GAMMA * _B))),
        _SUTSKEVER,
        implementations=(
            Implementation("torch", _TORCH),
            Implementation("optax", "optax.sgd(mu, momentum=gamma, nesterov=True)"),
            Implementation(
                "keras", "keras.optimizers.SGD(learning_rate=mu, momentum=gamma, nesterov=True)", _CONSTANT
            ),
        ),
        relations=(
            "its iterate is the look-ahead point of the textbook form",
            "equal to the form with the rate inside iff the learning rate is constant",
        ),
    ),
    UpdateRule(
        "nesterov",
        "library-rate-inside",
        "Nesterov momentum as in Keras",
        _USUAL,
        (State(_V, ZERO, "velocity"),),
        ((_V, _GAMMA * _V + _MU * _G), (_THETA, _THETA - (_GAMMA * _V + _MU * _G))),
        _SUTSKEVER,
        implementations=(
            Implementation("optax", _CHAIN),
            Implementation("keras", "keras.optimizers.SGD(learning_rate=mu, momentum=gamma, nesterov=True)"),
            Implementation("torch", _TORCH, _CONSTANT),
        ),
        relations=("its iterate is the look-ahead point of the textbook form, under any schedule",),
    ),
    UpdateRule(
        "nesterov",
        "two-sequences",
        "Nesterov's accelerated gradient as two sequences",
        _USUAL,
        (State(_X, _THETA, "point before the extrapolation"),),
        (
            (_NEXT, _THETA - _MU * _G),
            (_THETA, _NEXT + _GAMMA * (_NEXT - _X)),
            (_X, _NEXT),
        ),
        "Nesterov 1983",
        implementations=(
            Implementation("optax", _CHAIN),
            Implementation("torch", _TORCH, _CONSTANT),
        ),
        relations=("its extrapolated sequence is the iterate of the libraries",),
    ),
)
