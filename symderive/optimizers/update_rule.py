"""What an update rule is: one row of the registry, complete enough to be run, generated and recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Expr, Integer, Rational, Symbol

from symderive.terms import scalar

__all__ = [
    "GRADIENT",
    "PARAMETER",
    "STEP",
    "Hyperparameter",
    "Implementation",
    "State",
    "UpdateRule",
    "decimal",
]

#: One coordinate of the parameters, of the gradient, and the number of the step: 1 at the first one.
PARAMETER = scalar("theta")
GRADIENT = scalar("g")
STEP = Symbol("n", integer=True, positive=True)


def decimal(text: str) -> Rational:
    """An exact number from its decimal digits.

    Examples
    --------
    >>> decimal("1e-3")
    1/1000
    """
    return Rational(text)


@dataclass(frozen=True)
class Hyperparameter:
    """A number that a rule takes: its symbol, the value that the literature or the libraries start from,
    and what it is called.
    """

    symbol: Symbol
    default: Rational
    meaning: str


@dataclass(frozen=True)
class State:
    """A variable that a rule keeps from step to step, one number a coordinate.

    Parameters
    ----------
    symbol
        Its name in the updates.
    initial
        Its value before the first step; it may name hyper-parameters and the parameter.
    meaning
        What it holds, in words: ``second moment``.
    """

    symbol: Symbol
    initial: Expr
    meaning: str


@dataclass(frozen=True)
class Implementation:
    """A call of a library that steps exactly by a rule.

    Parameters
    ----------
    library
        ``torch``, ``optax`` or ``keras``.
    call
        Python with the names of the rule's hyper-parameters; ``params`` are the parameters.
    condition
        When it is exact; empty where it always is.
    """

    library: str
    call: str
    condition: str = ""


@dataclass(frozen=True)
class UpdateRule:
    """One optimizer in one variant: what it does to one coordinate of the parameters in one step.

    Parameters
    ----------
    family
        The name that variants share: ``rmsprop``.
    variant
        The name of the variant within its family: ``epsilon-inside``.
    title
        As it is called in a sentence: ``RMSprop with ε inside the root``.
    hyperparameters, states
        Their symbols occur in `updates`.
    updates
        Assignments in the order of execution. A name means the value that it was given last: the right side
        of a state's first assignment holds its old value. A name that is neither a state nor the parameter
        is a helper within the step. `STEP` is the number of the step, 1 at the first.
    source
        Where it comes from, by its authors.
    gradient_at
        The point at which the gradient is taken, in terms of old values; the parameter itself by default.
    implementations
        The library calls that are exactly this.
    relations
        How it stands to other variants and libraries, one sentence each.
    elementwise
        False where coordinates act on each other (a global norm): then the updates are terms over the
        families ``theta[k]`` and ``g[k]``.
    """

    family: str
    variant: str
    title: str
    hyperparameters: tuple[Hyperparameter, ...]
    states: tuple[State, ...]
    updates: tuple[tuple[Expr, Expr], ...]
    source: str
    gradient_at: Expr = PARAMETER
    implementations: tuple[Implementation, ...] = ()
    relations: tuple[str, ...] = ()
    elementwise: bool = True

    @property
    def name(self) -> str:
        """``family/variant``."""
        return f"{self.family}/{self.variant}"

    @property
    def defaults(self) -> dict[str, Rational]:
        """The default of each hyper-parameter, by the name of its symbol."""
        return {row.symbol.name: row.default for row in self.hyperparameters}

    def values(self, given: Mapping[str, float] | None = None) -> dict[Symbol, float]:
        """A number for every hyper-parameter: the one that is given, else the default.

        Raises
        ------
        ValueError
            Where a name is given that the rule does not have.
        """
        given = dict(given or {})
        unknown = sorted(set(given) - set(self.defaults))
        if unknown:
            known = ", ".join(self.defaults) or "none"
            raise ValueError(f"{self.name} has no hyper-parameter {', '.join(unknown)}; it has {known}")
        return {row.symbol: float(given.get(row.symbol.name, row.default)) for row in self.hyperparameters}


# --- hyper-parameters that many families share ---

LEARNING_RATE = scalar("mu")
DECAY = scalar("gamma")
BETA_1 = scalar("beta_1")
BETA_2 = scalar("beta_2")
EPSILON = scalar("epsilon")
WEIGHT_DECAY = scalar("lambda")
ZERO = Integer(0)


def learning_rate(default: str) -> Hyperparameter:
    """The learning rate μ."""
    return Hyperparameter(LEARNING_RATE, decimal(default), "learning rate")


def decay(default: str, meaning: str = "decay of the velocity") -> Hyperparameter:
    """The decay γ of a velocity or an average."""
    return Hyperparameter(DECAY, decimal(default), meaning)


def epsilon(default: str) -> Hyperparameter:
    """The constant ε that keeps a denominator from 0."""
    return Hyperparameter(EPSILON, decimal(default), "constant in the denominator")


def weight_decay(default: str) -> Hyperparameter:
    """The factor λ of the weight decay."""
    return Hyperparameter(WEIGHT_DECAY, decimal(default), "weight decay")


def betas(first: str = "0.9", second: str = "0.999") -> tuple[Hyperparameter, Hyperparameter]:
    """The decays β₁ and β₂ of the first and second moment."""
    return (
        Hyperparameter(BETA_1, decimal(first), "decay of the first moment"),
        Hyperparameter(BETA_2, decimal(second), "decay of the second moment"),
    )
