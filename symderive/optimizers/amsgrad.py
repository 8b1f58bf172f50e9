"""AMSGrad: the maximum of the raw second moment or of the corrected one, with and without corrections."""

from __future__ import annotations

from sympy import Max, sqrt

from symderive.optimizers.adam import FIRST, M_HAT, MOMENTS, SECOND, USUAL, M, V, adam_step, corrected
from symderive.optimizers.update_rule import (
    BETA_1,
    BETA_2,
    EPSILON,
    LEARNING_RATE,
    PARAMETER,
    STEP,
    ZERO,
    Implementation,
    State,
    UpdateRule,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_THETA, _N = PARAMETER, STEP
_U, _V_HAT = scalar("u"), scalar("v_hat")
_STATES = (*MOMENTS, State(_U, ZERO, "largest second moment"))
_RAW = (_U, Max(_U, V))
_FIRST_HAT = (M_HAT, M / (1 - BETA_1**_N))
_REDDI = "Reddi, Kale and Kumar 2018"
_OPTAX = "optax.amsgrad(mu, b1=beta_1, b2=beta_2, eps=epsilon"

ROWS = (
    UpdateRule(
        "amsgrad",
        "raw",
        "AMSGrad with the maximum of the raw second moment",
        USUAL,
        _STATES,
        (
            FIRST,
            SECOND,
            _RAW,
            _FIRST_HAT,
            (_V_HAT, _U / (1 - BETA_2**_N)),
            (_THETA, _THETA - adam_step(M_HAT, _V_HAT)),
        ),
        f"{_REDDI}; the corrections: torch",
        implementations=(
            Implementation(
                "torch", "torch.optim.Adam(params, lr=mu, betas=(beta_1, beta_2), eps=epsilon, amsgrad=True)"
            ),
        ),
        relations=("optax differs: it takes the maximum of the corrected second moment",),
    ),
    UpdateRule(
        "amsgrad",
        "corrected-maximum",
        "AMSGrad with the maximum of the corrected second moment",
        USUAL,
        _STATES,
        (
            FIRST,
            SECOND,
            *corrected(),
            (_U, Max(_U, _V_HAT)),
            (_THETA, _THETA - adam_step(M_HAT, _U)),
        ),
        f"{_REDDI}; the corrections: optax",
        implementations=(Implementation("optax", f"{_OPTAX})"),),
        relations=("torch and Keras differ: they take the maximum of the raw second moment",),
    ),
    UpdateRule(
        "amsgrad",
        "uncorrected",
        "AMSGrad without bias correction",
        USUAL,
        _STATES,
        (FIRST, SECOND, _RAW, (_THETA, _THETA - LEARNING_RATE * M / (sqrt(_U) + EPSILON))),
        f"{_REDDI}, Algorithm 2; ε is the libraries'",
        implementations=(
            Implementation("optax", f"{_OPTAX}, bias_correction_mu=False, bias_correction_nu=False)"),
        ),
    ),
    UpdateRule(
        "amsgrad",
        "raw-uncorrected-maximum",
        "AMSGrad with a corrected first moment and the maximum of the raw second moment as it is",
        USUAL,
        _STATES,
        (FIRST, SECOND, _RAW, _FIRST_HAT, (_THETA, _THETA - adam_step(M_HAT, _U))),
        f"{_REDDI}; the correction: Kingma and Ba 2015",
        implementations=(Implementation("optax", f"{_OPTAX}, bias_correction_nu=False)"),),
    ),
)
