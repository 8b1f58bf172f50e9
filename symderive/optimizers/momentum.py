"""Momentum: with the learning rate inside or outside the velocity, as an average, heavy ball, dampened."""

from __future__ import annotations

from sympy import Eq, Piecewise

from symderive.optimizers.update_rule import (
    DECAY,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    STEP,
    WEIGHT_DECAY,
    ZERO,
    Hyperparameter,
    Implementation,
    State,
    UpdateRule,
    decay,
    decimal,
    learning_rate,
    weight_decay,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _G, _MU, _GAMMA, _LAMBDA, _N = PARAMETER, GRADIENT, LEARNING_RATE, DECAY, WEIGHT_DECAY, STEP
_V, _B, _M, _PREVIOUS, _CHANGE = (scalar(name) for name in ("v", "b", "m", "previous", "change"))
_TAU, _M_HAT = scalar("tau"), scalar("m_hat")
_USUAL = (learning_rate("1e-2"), decay("0.9"))
_VELOCITY = (State(_V, ZERO, "velocity"),)
_BUFFER = (State(_B, ZERO, "velocity"),)
_AVERAGE = (State(_M, ZERO, "first moment"),)
_POLYAK = "Polyak 1964; Rumelhart, Hinton and Williams 1986"
_CONSTANT = "constant learning rate"

ROWS = (
    UpdateRule(
        "momentum",
        "rate-inside",
        "momentum with the learning rate inside the velocity",
        _USUAL,
        _VELOCITY,
        ((_V, _GAMMA * _V + _MU * _G), (_THETA, _THETA - _V)),
        _POLYAK,
        implementations=(
            Implementation("optax", "optax.chain(optax.scale(-mu), optax.trace(gamma))"),
            Implementation("keras", "keras.optimizers.SGD(learning_rate=mu, momentum=gamma)"),
            Implementation("torch", "torch.optim.SGD(params, lr=mu, momentum=gamma)", _CONSTANT),
        ),
        relations=(
            "equal to the form with the rate outside iff the learning rate is constant",
            "under a schedule μ(n), multiply the other form's buffer by μ(n−1)/μ(n) before each step",
        ),
    ),
    UpdateRule(
        "momentum",
        "rate-outside",
        "momentum with the learning rate outside the velocity",
        _USUAL,
        _BUFFER,
        ((_B, _GAMMA * _B + _G), (_THETA, _THETA - _MU * _B)),
        f"{_POLYAK}; this form: Sutskever et al. 2013, as torch writes it",
        implementations=(
            Implementation("torch", "torch.optim.SGD(params, lr=mu, momentum=gamma)"),
            Implementation("optax", "optax.sgd(mu, momentum=gamma)"),
            Implementation("keras", "keras.optimizers.SGD(learning_rate=mu, momentum=gamma)", _CONSTANT),
        ),
        relations=("equal to the form with the rate inside iff the learning rate is constant",),
    ),
    UpdateRule(
        "momentum",
        "l2",
        "momentum with an L2 penalty",
        (*_USUAL, weight_decay("1e-2")),
        _BUFFER,
        ((_B, _GAMMA * _B + _G + _LAMBDA * _THETA), (_THETA, _THETA - _MU * _B)),
        _POLYAK,
        implementations=(
            Implementation("torch", "torch.optim.SGD(params, lr=mu, momentum=gamma, weight_decay=lambda_)"),
            Implementation(
                "optax", "optax.chain(optax.add_decayed_weights(lambda_), optax.sgd(mu, momentum=gamma))"
            ),
        ),
    ),
    UpdateRule(
        "momentum",
        "moving-average",
        "momentum as an exponential moving average",
        _USUAL,
        _AVERAGE,
        ((_M, _GAMMA * _M + (1 - _GAMMA) * _G), (_THETA, _THETA - _MU * _M)),
        "the damped form; the first moment of Kingma and Ba 2015",
        implementations=(
            Implementation("optax", "optax.chain(optax.ema(gamma, debias=False), optax.scale(-mu))"),
            Implementation("torch", "torch.optim.SGD(params, lr=mu*(1-gamma), momentum=gamma)"),
        ),
        relations=(
            "equal to the form with the rate outside with the learning rate (1 − γ) μ",
            "torch's dampening = γ is not this: its buffer is this average plus γⁿ g(1)",
        ),
    ),
    UpdateRule(
        "momentum",
        "moving-average-corrected",
        "momentum as a bias-corrected moving average",
        _USUAL,
        _AVERAGE,
        (
            (_M, _GAMMA * _M + (1 - _GAMMA) * _G),
            (_M_HAT, _M / (1 - _GAMMA**_N)),
            (_THETA, _THETA - _MU * _M_HAT),
        ),
        "the first moment of Kingma and Ba 2015",
        implementations=(Implementation("optax", "optax.chain(optax.ema(gamma), optax.scale(-mu))"),),
    ),
    UpdateRule(
        "momentum",
        "heavy-ball",
        "Polyak's heavy ball",
        _USUAL,
        (State(_PREVIOUS, _THETA, "previous parameter"),),
        (
            (_CHANGE, _THETA - _PREVIOUS),
            (_PREVIOUS, _THETA),
            (_THETA, _THETA - _MU * _G + _GAMMA * _CHANGE),
        ),
        "Polyak 1964",
        implementations=(
            Implementation("optax", "optax.chain(optax.scale(-mu), optax.trace(gamma))"),
            Implementation("torch", "torch.optim.SGD(params, lr=mu, momentum=gamma)", _CONSTANT),
        ),
        relations=("the form with the rate inside, with the velocity v(n) = θ(n) − θ(n+1) eliminated",),
    ),
    UpdateRule(
        "momentum",
        "dampened",
        "momentum with dampening as in torch",
        (*_USUAL, Hyperparameter(_TAU, decimal("0.1"), "dampening")),
        _BUFFER,
        (
            (_B, Piecewise((_G, Eq(_N, 1)), (_GAMMA * _B + (1 - _TAU) * _G, True))),
            (_THETA, _THETA - _MU * _B),
        ),
        "torch",
        implementations=(
            Implementation("torch", "torch.optim.SGD(params, lr=mu, momentum=gamma, dampening=tau)"),
        ),
        relations=("with τ = γ no moving average: the first gradient enters whole, not by the share 1 − γ",),
    ),
)
