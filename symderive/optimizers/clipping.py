"""Gradient clipping: by value, and by the norm of all coordinates together."""

from __future__ import annotations

from sympy import Max, Min, sqrt

from symderive.optimizers.update_rule import (
    GRADIENT,
    Hyperparameter,
    Implementation,
    UpdateRule,
    decimal,
)
from symderive.terms import Dim, Index, Vector, indexed_sum, scalar

__all__ = ["COORDINATE", "GRADIENTS", "ROWS", "SIZE"]

_G, _C, _EPSILON = GRADIENT, scalar("c"), scalar("epsilon")
#: The number of coordinates, a coordinate, and the gradient as a vector.
SIZE = Dim("K")
COORDINATE = Index("k", SIZE)
GRADIENTS = Vector("g", SIZE)
_J = Index("j", SIZE)
_NORM = scalar("norm")
_GLOBAL_NORM = (_NORM, sqrt(indexed_sum(GRADIENTS[_J] ** 2, _J)))
_ENTRY = GRADIENTS[COORDINATE]
_PASCANU = "Pascanu, Mikolov and Bengio 2013"

ROWS = (
    UpdateRule(
        "clipping",
        "value",
        "clipping by value",
        (Hyperparameter(_C, decimal("1"), "largest absolute value"),),
        (),
        ((_G, Max(-_C, Min(_C, _G))),),
        "Mikolov 2012",
        implementations=(
            Implementation("torch", "torch.nn.utils.clip_grad_value_(params, c)"),
            Implementation("optax", "optax.clip(c)"),
        ),
    ),
    UpdateRule(
        "clipping",
        "global-norm",
        "clipping by the global norm",
        (Hyperparameter(_C, decimal("1"), "largest norm"),),
        (),
        (_GLOBAL_NORM, (_ENTRY, _ENTRY * _C / Max(_NORM, _C))),
        _PASCANU,
        implementations=(Implementation("optax", "optax.clip_by_global_norm(c)"),),
        relations=("torch adds 10⁻⁶ to the norm before it divides",),
        elementwise=False,
    ),
    UpdateRule(
        "clipping",
        "global-norm-torch",
        "clipping by the global norm as in torch",
        (
            Hyperparameter(_C, decimal("1"), "largest norm"),
            Hyperparameter(_EPSILON, decimal("1e-6"), "constant in the denominator"),
        ),
        (),
        (_GLOBAL_NORM, (_ENTRY, _ENTRY * Min(1, _C / (_NORM + _EPSILON)))),
        _PASCANU,
        implementations=(Implementation("torch", "torch.nn.utils.clip_grad_norm_(params, c)", "ε = 10⁻⁶"),),
        relations=("equal to the plain form iff ε = 0",),
        elementwise=False,
    ),
)
