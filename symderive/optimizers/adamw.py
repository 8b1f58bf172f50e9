"""AdamW: Adam with decoupled weight decay, which is no L2 penalty."""

from __future__ import annotations

from symderive.optimizers.adam import (
    FIRST,
    M_HAT,
    MOMENTS,
    SECOND,
    USUAL,
    V_HAT,
    adam_step,
    corrected,
    epsilon_hat_step,
)
from symderive.optimizers.update_rule import (
    LEARNING_RATE,
    PARAMETER,
    WEIGHT_DECAY,
    Implementation,
    UpdateRule,
    weight_decay,
)

__all__ = ["ROWS"]

_THETA, _MU, _LAMBDA = PARAMETER, LEARNING_RATE, WEIGHT_DECAY
_LOSHCHILOV = "Loshchilov and Hutter 2019"
_HYPER = (*USUAL, weight_decay("1e-2"))

ROWS = (
    UpdateRule(
        "adamw",
        "decay-with-rate",
        "AdamW",
        _HYPER,
        MOMENTS,
        (
            FIRST,
            SECOND,
            *corrected(),
            (_THETA, _THETA - adam_step(M_HAT, V_HAT) - _MU * _LAMBDA * _THETA),
        ),
        f"{_LOSHCHILOV}, with the decay times the learning rate",
        implementations=(
            Implementation(
                "torch",
                "torch.optim.AdamW(params, lr=mu, betas=(beta_1, beta_2), eps=epsilon, weight_decay=lambda_)",
            ),
            Implementation(
                "optax", "optax.adamw(mu, b1=beta_1, b2=beta_2, eps=epsilon, weight_decay=lambda_)"
            ),
        ),
        relations=("Keras differs: its ε is ε̂; equal iff ε_n = ε̂/√(1 − β₂ⁿ)",),
    ),
    UpdateRule(
        "adamw",
        "decay-without-rate",
        "AdamW with a decay that is not multiplied by the learning rate",
        _HYPER,
        MOMENTS,
        (
            FIRST,
            SECOND,
            *corrected(),
            (_THETA, _THETA - adam_step(M_HAT, V_HAT) - _LAMBDA * _THETA),
        ),
        f"{_LOSHCHILOV}, Algorithm 2 with η = 1",
        implementations=(
            Implementation(
                "optax",
                "optax.chain(optax.adam(mu, b1=beta_1, b2=beta_2, eps=epsilon), "
                "optax.add_decayed_weights(-lambda_))",
            ),
            Implementation(
                "torch",
                "torch.optim.AdamW(params, lr=mu, betas=(beta_1, beta_2), eps=epsilon, "
                "weight_decay=lambda_/mu)",
                "constant learning rate",
            ),
        ),
        relations=("equal to the libraries' AdamW iff their λ is λ/μ",),
    ),
    UpdateRule(
        "adamw",
        "decay-with-rate-epsilon-hat",
        "AdamW with ε̂",
        _HYPER,
        MOMENTS,
        (FIRST, SECOND, (_THETA, _THETA - epsilon_hat_step() - _MU * _LAMBDA * _THETA)),
        _LOSHCHILOV,
        implementations=(
            Implementation(
                "keras",
                "keras.optimizers.AdamW(learning_rate=mu, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, "
                "weight_decay=lambda_)",
            ),
        ),
        relations=("torch and optax differ: equal iff their ε is ε_n = ε̂/√(1 − β₂ⁿ)",),
    ),
)
