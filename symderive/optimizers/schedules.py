"""Learning rates as functions of the step: n is 1 at the first step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sympy import Expr, Min, Symbol, cos, exp, floor, pi

from symderive.optimizers.update_rule import (
    LEARNING_RATE,
    STEP,
    Hyperparameter,
    Implementation,
    decimal,
)
from symderive.terms import scalar

__all__ = ["SCHEDULES", "Schedule"]

_MU, _N = LEARNING_RATE, STEP
_LENGTH = Symbol("T", integer=True, positive=True)
_FACTOR, _RATE, _LEAST = scalar("rho"), scalar("kappa"), scalar("mu_min")
_BASE = Hyperparameter(_MU, decimal("0.1"), "learning rate")


def _length(default: int) -> Hyperparameter:
    return Hyperparameter(_LENGTH, decimal(str(default)), "number of steps")


@dataclass(frozen=True)
class Schedule:
    """A learning rate as a function of the step.

    Parameters
    ----------
    name, title
        How it is called.
    hyperparameters
        The numbers that it takes.
    value
        The learning rate of step n.
    source
        Where it comes from.
    implementations
        The library calls that give the same rates; they count from 0 where n counts from 1.
    """

    name: str
    title: str
    hyperparameters: tuple[Hyperparameter, ...]
    value: Expr
    source: str
    implementations: tuple[Implementation, ...] = ()

    def function(self, given: Mapping[str, float] | None = None) -> Callable[[int], float]:
        """The schedule as a function of the step in float64.

        Examples
        --------
        >>> rate = SCHEDULES["step"].function({"mu": 0.5, "rho": 0.5, "T": 2})
        >>> [rate(n) for n in range(1, 6)]
        [0.5, 0.5, 0.25, 0.25, 0.125]
        """
        from sympy import Integer, lambdify

        chosen = {row.symbol.name: row.default for row in self.hyperparameters}
        unknown = sorted(set(given or {}) - set(chosen))
        if unknown:
            raise ValueError(f"the schedule {self.name} takes {', '.join(chosen)}, not {', '.join(unknown)}")
        # The number of steps stays an integer: (n − 1)/T is whole exactly where T divides n − 1.
        values = {
            row.symbol: Integer(int((given or {}).get(row.symbol.name, row.default)))
            if row.symbol == _LENGTH
            else (given or {}).get(row.symbol.name, float(row.default))
            for row in self.hyperparameters
        }
        compiled = lambdify([_N, *values], self.value, modules="math")
        numbers = [int(v) if symbol == _LENGTH else float(v) for symbol, v in values.items()]
        return lambda n: float(compiled(n, *numbers))


_ROWS = (
    Schedule(
        "constant",
        "constant learning rate",
        (_BASE,),
        _MU,
        "Robbins and Monro 1951 ask for more; common all the same",
        (Implementation("optax", "optax.constant_schedule(mu)"),),
    ),
    Schedule(
        "step",
        "step decay",
        (_BASE, Hyperparameter(_FACTOR, decimal("0.1"), "factor"), _length(30)),
        _MU * _FACTOR ** floor((_N - 1) / _LENGTH),
        "He et al. 2016",
        (
            Implementation("torch", "torch.optim.lr_scheduler.StepLR(optimizer, T, gamma=rho)"),
            Implementation("optax", "optax.exponential_decay(mu, T, rho, staircase=True)"),
        ),
    ),
    Schedule(
        "exponential",
        "exponential decay",
        (_BASE, Hyperparameter(_FACTOR, decimal("0.95"), "factor a step")),
        _MU * _FACTOR ** (_N - 1),
        "Darken, Chang and Moody 1992",
        (
            Implementation("torch", "torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=rho)"),
            Implementation("optax", "optax.exponential_decay(mu, 1, rho)"),
        ),
    ),
    Schedule(
        "inverse-time",
        "inverse time decay",
        (_BASE, Hyperparameter(_RATE, decimal("0.1"), "rate")),
        _MU / (1 + _RATE * (_N - 1)),
        "Robbins and Monro 1951",
    ),
    Schedule(
        "natural-exponential",
        "exponential decay by a rate",
        (_BASE, Hyperparameter(_RATE, decimal("0.1"), "rate")),
        _MU * exp(-_RATE * (_N - 1)),
        "Darken, Chang and Moody 1992",
    ),
    Schedule(
        "cosine",
        "cosine annealing",
        (_BASE, Hyperparameter(_LEAST, decimal("0"), "last learning rate"), _length(100)),
        _LEAST + (_MU - _LEAST) * (1 + cos(pi * Min(_N - 1, _LENGTH) / _LENGTH)) / 2,
        "Loshchilov and Hutter 2017",
        (
            Implementation(
                "torch",
                "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T, eta_min=mu_min)",
                "up to step T + 1",
            ),
            Implementation("optax", "optax.cosine_decay_schedule(mu, T, alpha=mu_min/mu)"),
        ),
    ),
    Schedule(
        "linear-warm-up",
        "linear warm-up",
        (_BASE, _length(10)),
        _MU * Min(1, _N / _LENGTH),
        "Goyal et al. 2017",
        (
            Implementation(
                "torch",
                "torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1/T, total_iters=T-1)",
            ),
            Implementation("optax", "optax.linear_schedule(mu/T, mu, T-1)"),
        ),
    ),
)

#: All schedules by name.
SCHEDULES: dict[str, Schedule] = {row.name: row for row in _ROWS}
