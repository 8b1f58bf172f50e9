"""Gradient descent, with the two kinds of weight decay, and sign descent."""

from __future__ import annotations

from sympy import sign

from symderive.optimizers.update_rule import (
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    WEIGHT_DECAY,
    Implementation,
    UpdateRule,
    learning_rate,
    weight_decay,
)

__all__ = ["ROWS"]

_THETA, _G, _MU, _LAMBDA = PARAMETER, GRADIENT, LEARNING_RATE, WEIGHT_DECAY

ROWS = (
    UpdateRule(
        "gradient-descent",
        "plain",
        "gradient descent",
        (learning_rate("1e-2"),),
        (),
        ((_THETA, _THETA - _MU * _G),),
        "Cauchy 1847; on samples: Robbins and Monro 1951",
        implementations=(
            Implementation("torch", "torch.optim.SGD(params, lr=mu)"),
            Implementation("optax", "optax.sgd(mu)"),
            Implementation("keras", "keras.optimizers.SGD(learning_rate=mu)"),
        ),
    ),
    UpdateRule(
        "gradient-descent",
        "l2",
        "gradient descent with an L2 penalty",
        (learning_rate("1e-2"), weight_decay("1e-2")),
        (),
        ((_THETA, _THETA - _MU * (_G + _LAMBDA * _THETA)),),
        "Krogh and Hertz 1992",
        implementations=(
            Implementation("torch", "torch.optim.SGD(params, lr=mu, weight_decay=lambda_)"),
            Implementation("optax", "optax.chain(optax.add_decayed_weights(lambda_), optax.sgd(mu))"),
        ),
        relations=("for plain gradient descent the L2 penalty is weight decay: the factor of θ is 1 − μλ",),
    ),
    UpdateRule(
        "gradient-descent",
        "decoupled-decay",
        "gradient descent with decoupled weight decay",
        (learning_rate("1e-2"), weight_decay("1e-2")),
        (),
        ((_THETA, (1 - _LAMBDA) * _THETA - _MU * _G),),
        "Hanson and Pratt 1988",
        implementations=(
            Implementation(
                "optax",
                "optax.chain(optax.scale(-mu), optax.add_decayed_weights(-lambda_))",
            ),
        ),
        relations=("equal to the L2 penalty with λ/μ in the place of λ, for a constant learning rate",),
    ),
    UpdateRule(
        "sign-descent",
        "plain",
        "sign descent",
        (learning_rate("1e-3"),),
        (),
        ((_THETA, _THETA - _MU * sign(_G)),),
        "Riedmiller and Braun 1993; Bernstein et al. 2018",
        implementations=(Implementation("optax", "optax.sign_sgd(mu)"),),
        relations=("RMSprop without memory (γ = 0) and with ε = 0",),
    ),
)
