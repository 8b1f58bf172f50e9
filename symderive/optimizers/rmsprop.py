"""RMSprop: the constant inside or outside the root, centred, with momentum, corrected."""

from __future__ import annotations

from sympy import Expr, sqrt

from symderive.optimizers.update_rule import (
    DECAY,
    EPSILON,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    STEP,
    ZERO,
    Hyperparameter,
    Implementation,
    State,
    UpdateRule,
    decay,
    decimal,
    epsilon,
    learning_rate,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _G, _MU, _GAMMA, _EPSILON, _N = PARAMETER, GRADIENT, LEARNING_RATE, DECAY, EPSILON, STEP
_V, _A, _B, _ALPHA, _V_HAT = scalar("v"), scalar("a"), scalar("b"), scalar("alpha"), scalar("v_hat")
_SECOND = (_V, _GAMMA * _V + (1 - _GAMMA) * _G**2)
_FIRST = (_A, _GAMMA * _A + (1 - _GAMMA) * _G)
_V_STATE = State(_V, ZERO, "second moment")
_A_STATE = State(_A, ZERO, "first moment")
_B_STATE = State(_B, ZERO, "velocity")
_MOMENTUM = Hyperparameter(_ALPHA, decimal("0.9"), "decay of the velocity")
_HINTON = "Tieleman and Hinton 2012"
_GRAVES = "Graves 2013"
_CONSTANT = "constant learning rate"
_USUAL = (learning_rate("1e-2"), decay("0.9", "decay of the second moment"), epsilon("1e-8"))

_DIFFERS_INSIDE = "torch differs: ε outside the root; equal iff ε_n = √(v+ε) − √v"
_DIFFERS_OUTSIDE = "Keras and the default of optax differ: ε inside the root; equal iff ε_n = √(v+ε) − √v"


def _root(inside: bool, radicand: Expr) -> Expr:
    return sqrt(radicand + _EPSILON) if inside else sqrt(radicand) + _EPSILON


def _optax(inside: bool, more: str = "") -> Implementation:
    place = "" if inside else ", eps_in_sqrt=False"
    return Implementation("optax", f"optax.rmsprop(mu, decay=gamma, eps=epsilon{place}{more})")


def _torch(more: str = "", condition: str = "") -> Implementation:
    return Implementation(
        "torch", f"torch.optim.RMSprop(params, lr=mu, alpha=gamma, eps=epsilon{more})", condition
    )


def _keras(more: str = "") -> Implementation:
    return Implementation(
        "keras", f"keras.optimizers.RMSprop(learning_rate=mu, rho=gamma, epsilon=epsilon{more})"
    )


ROWS = (
    UpdateRule(
        "rmsprop",
        "epsilon-inside",
        "RMSprop with ε inside the root",
        _USUAL,
        (_V_STATE,),
        (_SECOND, (_THETA, _THETA - _MU * _G / _root(True, _V))),
        _HINTON,
        implementations=(_keras(), _optax(True)),
        relations=(_DIFFERS_INSIDE,),
    ),
    UpdateRule(
        "rmsprop",
        "epsilon-outside",
        "RMSprop with ε outside the root",
        _USUAL,
        (_V_STATE,),
        (_SECOND, (_THETA, _THETA - _MU * _G / _root(False, _V))),
        _HINTON,
        implementations=(_torch(), _optax(False)),
        relations=(_DIFFERS_OUTSIDE,),
    ),
    UpdateRule(
        "rmsprop",
        "centred-epsilon-inside",
        "centred RMSprop with ε inside the root",
        _USUAL,
        (_V_STATE, _A_STATE),
        (_SECOND, _FIRST, (_THETA, _THETA - _MU * _G / _root(True, _V - _A**2))),
        _GRAVES,
        implementations=(_keras(", centered=True"), _optax(True, ", centered=True")),
        relations=("torch differs: ε outside the root",),
    ),
    UpdateRule(
        "rmsprop",
        "centred-epsilon-outside",
        "centred RMSprop with ε outside the root",
        _USUAL,
        (_V_STATE, _A_STATE),
        (_SECOND, _FIRST, (_THETA, _THETA - _MU * _G / _root(False, _V - _A**2))),
        _GRAVES,
        implementations=(_torch(", centered=True"), _optax(False, ", centered=True")),
        relations=("Keras and the default of optax differ: ε inside the root",),
    ),
    UpdateRule(
        "rmsprop",
        "momentum-epsilon-inside",
        "RMSprop with momentum and ε inside the root",
        (*_USUAL, _MOMENTUM),
        (_V_STATE, _B_STATE),
        (_SECOND, (_B, _ALPHA * _B + _MU * _G / _root(True, _V)), (_THETA, _THETA - _B)),
        f"{_HINTON}; {_GRAVES}",
        implementations=(_keras(", momentum=alpha"), _optax(True, ", momentum=alpha")),
        relations=("torch differs: ε outside the root, the learning rate outside the velocity",),
    ),
    UpdateRule(
        "rmsprop",
        "momentum-epsilon-outside",
        "RMSprop with momentum and ε outside the root, the learning rate outside the velocity",
        (*_USUAL, _MOMENTUM),
        (_V_STATE, _B_STATE),
        (_SECOND, (_B, _ALPHA * _B + _G / _root(False, _V)), (_THETA, _THETA - _MU * _B)),
        f"{_HINTON}; this form: torch",
        implementations=(
            _torch(", momentum=alpha"),
            Implementation(
                "optax",
                "optax.rmsprop(mu, decay=gamma, eps=epsilon, eps_in_sqrt=False, momentum=alpha)",
                _CONSTANT,
            ),
        ),
        relations=("equal to the form with the rate inside the velocity iff the learning rate is constant",),
    ),
    UpdateRule(
        "rmsprop",
        "momentum-epsilon-outside-rate-inside",
        "RMSprop with momentum and ε outside the root, the learning rate inside the velocity",
        (*_USUAL, _MOMENTUM),
        (_V_STATE, _B_STATE),
        (_SECOND, (_B, _ALPHA * _B + _MU * _G / _root(False, _V)), (_THETA, _THETA - _B)),
        _HINTON,
        implementations=(
            _optax(False, ", momentum=alpha"),
            _torch(", momentum=alpha", _CONSTANT),
        ),
        relations=("equal to the form with the rate outside the velocity iff the learning rate is constant",),
    ),
    UpdateRule(
        "rmsprop",
        "centred-momentum-epsilon-inside",
        "centred RMSprop with momentum and ε inside the root",
        (*_USUAL, _MOMENTUM),
        (_V_STATE, _A_STATE, _B_STATE),
        (
            _SECOND,
            _FIRST,
            (_B, _ALPHA * _B + _MU * _G / _root(True, _V - _A**2)),
            (_THETA, _THETA - _B),
        ),
        _GRAVES,
        implementations=(
            _keras(", centered=True, momentum=alpha"),
            _optax(True, ", centered=True, momentum=alpha"),
        ),
    ),
    UpdateRule(
        "rmsprop",
        "centred-momentum-epsilon-outside",
        "centred RMSprop with momentum and ε outside the root",
        (*_USUAL, _MOMENTUM),
        (_V_STATE, _A_STATE, _B_STATE),
        (
            _SECOND,
            _FIRST,
            (_B, _ALPHA * _B + _G / _root(False, _V - _A**2)),
            (_THETA, _THETA - _MU * _B),
        ),
        f"{_GRAVES}; this form: torch",
        implementations=(
            _torch(", centered=True, momentum=alpha"),
            Implementation(
                "optax",
                "optax.rmsprop(mu, decay=gamma, eps=epsilon, eps_in_sqrt=False, centered=True, "
                "momentum=alpha)",
                _CONSTANT,
            ),
        ),
    ),
    UpdateRule(
        "rmsprop",
        "corrected-epsilon-outside",
        "bias-corrected RMSprop with ε outside the root",
        _USUAL,
        (_V_STATE,),
        (
            _SECOND,
            (_V_HAT, _V / (1 - _GAMMA**_N)),
            (_THETA, _THETA - _MU * _G / _root(False, _V_HAT)),
        ),
        "Kingma and Ba 2015, with β₁ = 0",
        implementations=(
            Implementation(
                "optax",
                "optax.rmsprop(mu, decay=gamma, eps=epsilon, eps_in_sqrt=False, bias_correction=True)",
            ),
            Implementation("torch", "torch.optim.Adam(params, lr=mu, betas=(0.0, gamma), eps=epsilon)"),
        ),
        relations=("Adam with β₁ = 0",),
    ),
)
