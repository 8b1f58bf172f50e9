"""A rule of the registry as a system of sequences, with its gradient."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, Symbol

from symderive.optimizers.recurrent_system import (
    TIME,
    Equations,
    Form,
    Unfit,
    as_written,
    at,
    gradient,
)
from symderive.optimizers.update_rule import GRADIENT, PARAMETER, STEP, UpdateRule

__all__ = ["FUNCTION", "rule_form"]

#: The name of the function whose gradient a rule follows.
FUNCTION = "J"


@lru_cache(maxsize=256)
def rule_form(rule: UpdateRule) -> Form | None:
    """The form of a rule, or None for one that acts on coordinates together.

    Examples
    --------
    >>> from symderive.optimizers import RULES
    >>> form = rule_form(RULES["momentum/rate-inside"])
    >>> form.states, len(form.opened)
    (('v',), 2)
    """
    if not rule.elementwise or all(target != PARAMETER for target, _ in rule.updates):
        return None
    changing = {PARAMETER, *(state.symbol for state in rule.states)}
    current: dict[Symbol, Expr] = {name: at(name.name, 1) for name in changing}
    bodies: dict[str, Expr] = {}
    point = rule.gradient_at.xreplace(current)
    written = gradient(FUNCTION, point)
    fixed = {STEP: TIME, GRADIENT: written}
    for target, body in rule.updates:
        term = body.xreplace({**current, **fixed})
        if target in changing:
            bodies[target.name] = term
            current[target] = at(target.name, 0)
        else:
            current[target] = term  # a helper within the step
    system = Equations(PARAMETER.name, bodies).without_helpers()
    states = tuple(name for name in system.bodies if name != system.parameter)
    try:
        return next(as_written(system, states), None)
    except Unfit:
        return None
