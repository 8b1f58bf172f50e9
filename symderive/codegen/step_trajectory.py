"""Where an optimizer goes: the generated step, one after the other, on a problem with a gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symderive.codegen import numpy_target
from symderive.codegen.arithmetic import Accuracy
from symderive.codegen.generate import Generated
from symderive.codegen.generate_step import generate_step
from symderive.codegen.plan import Plan
from symderive.codegen.steps import planned_point, planned_start, renamed
from symderive.optimizers import UpdateRule

__all__ = ["trajectory"]

_Array = NDArray[Any]
_Part = Callable[[dict[str, Any]], Any] | None


def trajectory(
    rule: UpdateRule,
    gradient: Callable[[_Array], Any],
    start: Any,
    steps: int,
    *,
    rate: Callable[[int], float] | None = None,
    target: str = "numpy",
    accuracy: Accuracy | str = "default",
    **hyperparameters: float,
) -> _Array:
    """The parameters before the first step and after each one, by generated code.

    Parameters
    ----------
    rule
        A row of the registry that moves parameters.
    gradient
        The gradient at a point; the rule says at which one.
    start
        The parameters, any shape, float32 or float64.
    steps
        How many.
    rate
        The learning rate as a function of the step, in the place of the constant one.
    target, accuracy
        The code that steps: ``numpy`` or ``c``.
    hyperparameters
        By the names of the registry; its defaults where left out.

    Returns
    -------
    array
        Of shape ``(steps + 1, *start.shape)``, of the type of `start`.

    Raises
    ------
    ValueError
        For an unknown hyper-parameter, or a rule that does not move parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from symderive.optimizers import RULES
    >>> trajectory(RULES["momentum/rate-inside"], lambda theta: theta, np.array([1.0]), 2, mu=0.1, gamma=0.5)
    array([[1.  ], [0.9 ], [0.76]])
    """
    if rule.family in ("averaging", "clipping"):
        raise ValueError(f"{rule.name} is no way to move parameters by their gradient: it has no trajectory")
    if steps < 0:
        raise ValueError(f"the number of steps must not be negative, as {steps} is")
    theta = np.array(start)
    if theta.dtype not in (np.float32, np.float64):
        theta = theta.astype(np.float64)
    given = rule.values(hyperparameters)
    named = renamed(rule)
    values: dict[str, Any] = {
        new.symbol.name: given[old.symbol]
        for new, old in zip(named.hyperparameters, rule.hyperparameters, strict=True)
    }
    step, begin, point = _functions(rule, target, accuracy)
    (function,) = step.plan.functions
    states = [state.symbol.name for state in named.states]
    values["theta"] = theta
    if begin is not None:
        found = _several(begin(values))
        for name, value in zip(states, found, strict=True):
            values[name] = np.array(np.broadcast_to(value, theta.shape), dtype=theta.dtype)
    path = np.empty((steps + 1, *theta.shape), theta.dtype)
    path[0] = theta
    for n in range(1, steps + 1):
        values["n"] = n
        if rate is not None:
            values["mu"] = rate(n)
        at = values["theta"] if point is None else point(values)
        values["g"] = np.asarray(gradient(at), dtype=theta.dtype)
        results = _several(step(*(values[argument.name] for argument in function.arguments)))
        values.update(zip(("theta", *states), results, strict=True))
        path[n] = values["theta"]
    return path


@lru_cache(maxsize=64)
def _functions(rule: UpdateRule, target: str, accuracy: Accuracy | str) -> tuple[Generated, _Part, _Part]:
    """The step of a rule, its start and the point of its gradient."""
    step = generate_step(rule, target=target, accuracy=accuracy)
    return step, _loaded(planned_start(rule)), _loaded(planned_point(rule))


def _several(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def _loaded(plan: Plan | None) -> _Part:
    """The function of a plan, which takes what it needs out of all values."""
    if plan is None:
        return None
    (function,) = plan.functions
    loaded = numpy_target.load(plan, numpy_target.source(plan))[function.name]
    names = [argument.name for argument in function.arguments]
    return lambda values: loaded(*(values[name] for name in names))
