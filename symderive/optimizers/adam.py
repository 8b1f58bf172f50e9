"""Adam: with ε outside the root, as ε̂, inside the root, without bias correction, with an L2 penalty."""

from __future__ import annotations

from sympy import Expr, sqrt

from symderive.optimizers.update_rule import (
    BETA_1,
    BETA_2,
    EPSILON,
    GRADIENT,
    LEARNING_RATE,
    PARAMETER,
    STEP,
    WEIGHT_DECAY,
    ZERO,
    Implementation,
    State,
    UpdateRule,
    betas,
    epsilon,
    learning_rate,
    weight_decay,
)
from symderive.terms import scalar

__all__ = [
    "FIRST",
    "MOMENTS",
    "M_HAT",
    "ROWS",
    "SECOND",
    "USUAL",
    "V_HAT",
    "M",
    "V",
    "adam_step",
    "corrected",
]

_THETA, _G, _MU, _EPSILON, _N = PARAMETER, GRADIENT, LEARNING_RATE, EPSILON, STEP
M, V, M_HAT, V_HAT = scalar("m"), scalar("v"), scalar("m_hat"), scalar("v_hat")
_D = scalar("d")
FIRST = (M, BETA_1 * M + (1 - BETA_1) * _G)
SECOND = (V, BETA_2 * V + (1 - BETA_2) * _G**2)
MOMENTS = (State(M, ZERO, "first moment"), State(V, ZERO, "second moment"))
USUAL = (learning_rate("1e-3"), *betas(), epsilon("1e-8"))
_KINGMA = "Kingma and Ba 2015"


def corrected() -> tuple[tuple[Expr, Expr], ...]:
    """The bias corrections of both moments."""
    return ((M_HAT, M / (1 - BETA_1**_N)), (V_HAT, V / (1 - BETA_2**_N)))


def adam_step(first: Expr, second: Expr) -> Expr:
    """``first / (√second + ε)``, times the learning rate."""
    return _MU * first / (sqrt(second) + _EPSILON)


def epsilon_hat_step() -> Expr:
    """The step with both corrections moved into the learning rate: its ε is ε̂."""
    rate = _MU * sqrt(1 - BETA_2**_N) / (1 - BETA_1**_N)
    return rate * M / (sqrt(V) + _EPSILON)


ROWS = (
    UpdateRule(
        "adam",
        "epsilon-outside",
        "Adam",
        USUAL,
        MOMENTS,
        (FIRST, SECOND, *corrected(), (_THETA, _THETA - adam_step(M_HAT, V_HAT))),
        f"{_KINGMA}, Algorithm 1",
        implementations=(
            Implementation("torch", "torch.optim.Adam(params, lr=mu, betas=(beta_1, beta_2), eps=epsilon)"),
            Implementation("optax", "optax.adam(mu, b1=beta_1, b2=beta_2, eps=epsilon)"),
        ),
        relations=("Keras differs: its ε is ε̂; equal iff ε_n = ε̂/√(1 − β₂ⁿ)",),
    ),
    UpdateRule(
        "adam",
        "epsilon-hat",
        "Adam with ε̂",
        USUAL,
        MOMENTS,
        (FIRST, SECOND, (_THETA, _THETA - epsilon_hat_step())),
        f"{_KINGMA}, section 2",
        implementations=(
            Implementation(
                "keras",
                "keras.optimizers.Adam(learning_rate=mu, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)",
            ),
        ),
        relations=("torch and optax differ: equal iff their ε is ε_n = ε̂/√(1 − β₂ⁿ)",),
    ),
    UpdateRule(
        "adam",
        "epsilon-inside",
        "Adam with ε inside the root",
        USUAL,
        MOMENTS,
        (FIRST, SECOND, *corrected(), (_THETA, _THETA - _MU * M_HAT / sqrt(V_HAT + _EPSILON))),
        _KINGMA,
        implementations=(
            Implementation("optax", "optax.adam(mu, b1=beta_1, b2=beta_2, eps=0.0, eps_root=epsilon)"),
        ),
        relations=("torch, and optax with its eps, differ: equal iff ε_n = √(v̂+ε) − √v̂",),
    ),
    UpdateRule(
        "adam",
        "uncorrected",
        "Adam without bias correction",
        USUAL,
        MOMENTS,
        (FIRST, SECOND, (_THETA, _THETA - adam_step(M, V))),
        f"{_KINGMA}, without its section 3",
        relations=(
            "differs from Adam by the factor √(1 − β₂ⁿ)/(1 − β₁ⁿ) of the step, but for ε: it tends to 1",
        ),
    ),
    UpdateRule(
        "adam",
        "l2",
        "Adam with an L2 penalty",
        (*USUAL, weight_decay("1e-2")),
        MOMENTS,
        (
            (_D, _G + WEIGHT_DECAY * _THETA),
            (M, BETA_1 * M + (1 - BETA_1) * _D),
            (V, BETA_2 * V + (1 - BETA_2) * _D**2),
            *corrected(),
            (_THETA, _THETA - adam_step(M_HAT, V_HAT)),
        ),
        _KINGMA,
        implementations=(
            Implementation(
                "torch",
                "torch.optim.Adam(params, lr=mu, betas=(beta_1, beta_2), eps=epsilon, weight_decay=lambda_)",
            ),
            Implementation(
                "optax",
                "optax.chain(optax.add_decayed_weights(lambda_), "
                "optax.adam(mu, b1=beta_1, b2=beta_2, eps=epsilon))",
            ),
        ),
        relations=("not AdamW: the penalty's gradient is divided by the root of the second moment, too",),
    ),
)
