"""NAdam: Adam with Nesterov momentum, its momentum constant or scheduled."""

from __future__ import annotations

from sympy import Integer, Rational, sqrt

from symderive.optimizers.adam import FIRST, MOMENTS, SECOND, USUAL, M, V, adam_step
from symderive.optimizers.update_rule import (
    BETA_1,
    BETA_2,
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
    learning_rate,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _G, _N = PARAMETER, GRADIENT, STEP
_PSI, _PRODUCT = scalar("psi"), scalar("product")
_NOW, _NEXT, _LOOK, _V_HAT = scalar("momentum_now"), scalar("momentum_next"), scalar("m_bar"), scalar("v_hat")
_SECOND_HAT = (_V_HAT, V / (1 - BETA_2**_N))
_DOZAT = "Dozat 2016"
_TORCH = "torch.optim.NAdam(params, lr=mu, betas=(beta_1, beta_2), eps=epsilon"

ROWS = (
    UpdateRule(
        "nadam",
        "constant-momentum",
        "NAdam with constant momentum",
        USUAL,
        MOMENTS,
        (
            FIRST,
            SECOND,
            (_LOOK, BETA_1 * M / (1 - BETA_1 ** (_N + 1)) + (1 - BETA_1) * _G / (1 - BETA_1**_N)),
            _SECOND_HAT,
            (_THETA, _THETA - adam_step(_LOOK, _V_HAT)),
        ),
        _DOZAT,
        implementations=(
            Implementation("optax", "optax.nadam(mu, b1=beta_1, b2=beta_2, eps=epsilon)"),
            Implementation("torch", f"{_TORCH}, momentum_decay=1e9)", "up to float32 in torch's product"),
        ),
        relations=("torch with momentum_decay → ∞",),
    ),
    UpdateRule(
        "nadam",
        "scheduled-momentum",
        "NAdam with scheduled momentum",
        (
            learning_rate("2e-3"),
            *USUAL[1:],
            Hyperparameter(_PSI, decimal("4e-3"), "decay of the momentum schedule"),
        ),
        (*MOMENTS, State(_PRODUCT, Integer(1), "product of the momenta")),
        (
            (_NOW, BETA_1 * (1 - Rational(1, 2) * Rational(24, 25) ** (_N * _PSI))),
            (_NEXT, BETA_1 * (1 - Rational(1, 2) * Rational(24, 25) ** ((_N + 1) * _PSI))),
            (_PRODUCT, _PRODUCT * _NOW),
            FIRST,
            SECOND,
            _SECOND_HAT,
            (_LOOK, (1 - _NOW) * _G / (1 - _PRODUCT) + _NEXT * M / (1 - _PRODUCT * _NEXT)),
            (_THETA, _THETA - LEARNING_RATE * _LOOK / (sqrt(_V_HAT) + EPSILON)),
        ),
        _DOZAT,
        implementations=(
            Implementation("torch", f"{_TORCH}, momentum_decay=psi)", "up to float32 in torch's product"),
            Implementation(
                "keras",
                "keras.optimizers.Nadam(learning_rate=mu, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)",
                "ψ = 1",
            ),
        ),
        relations=("optax is the limit ψ → ∞; Keras has ψ = 1",),
    ),
)
