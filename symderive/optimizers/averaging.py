"""Averages of the weights. Here θ is the average that is kept and ``g`` the weights that come in."""

from __future__ import annotations

from symderive.optimizers.update_rule import (
    DECAY,
    GRADIENT,
    PARAMETER,
    STEP,
    ZERO,
    Implementation,
    State,
    UpdateRule,
    decay,
)
from symderive.terms import scalar

__all__ = ["ROWS"]

_AVERAGE, _W, _GAMMA, _N = PARAMETER, GRADIENT, DECAY, STEP
_S = scalar("s")
_DECAY = decay("0.999", "decay of the average")
_POLYAK = "Ruppert 1988; Polyak and Juditsky 1992"

ROWS = (
    UpdateRule(
        "averaging",
        "exponential",
        "exponential moving average",
        (_DECAY,),
        (),
        ((_AVERAGE, _GAMMA * _AVERAGE + (1 - _GAMMA) * _W),),
        "Brown 1959; of weights: Tarvainen and Valpola 2017",
        implementations=(
            Implementation("optax", "optax.incremental_update(g, theta, step_size=1-gamma)"),
            Implementation(
                "torch", "torch.optim.swa_utils.get_ema_multi_avg_fn(gamma)", "starts from the first weights"
            ),
        ),
    ),
    UpdateRule(
        "averaging",
        "corrected",
        "bias-corrected exponential moving average",
        (_DECAY,),
        (State(_S, ZERO, "average before the correction"),),
        ((_S, _GAMMA * _S + (1 - _GAMMA) * _W), (_AVERAGE, _S / (1 - _GAMMA**_N))),
        "Kingma and Ba 2015",
        implementations=(Implementation("optax", "optax.ema(gamma)"),),
    ),
    UpdateRule(
        "averaging",
        "uniform",
        "average of all iterates",
        (),
        (),
        ((_AVERAGE, _AVERAGE + (_W - _AVERAGE) / _N),),
        _POLYAK,
        implementations=(Implementation("torch", "torch.optim.swa_utils.get_swa_multi_avg_fn()"),),
    ),
)
