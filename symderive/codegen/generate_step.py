"""``generate`` for update rules: one step of an optimizer in every target; and for schedules of the rate."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Iterable

from sympy import Symbol

from symderive.codegen.arithmetic import Accuracy
from symderive.codegen.generate import TARGETS, Generated, generate
from symderive.codegen.step_notes import notes_on, notes_on_schedule
from symderive.codegen.steps import planned_step
from symderive.optimizers import Schedule, UpdateRule
from symderive.terms import substitute

__all__ = ["generate_schedule", "generate_step"]

#: Target → the module that makes the framework's own kind of optimizer of a rule.
_OPTIMIZERS = {
    "torch": "symderive.codegen.torch_optimizer",
    "jax": "symderive.codegen.jax_optimizer",
}


def generate_step(
    rule: UpdateRule,
    *,
    target: str = "numpy",
    accuracy: Accuracy | str = "default",
    asked: str | None = None,
) -> Generated:
    """Generate one step of an optimizer.

    Parameters
    ----------
    rule
        A row of the registry.
    target
        ``numpy`` and ``c`` give a function ``step(theta, g, *states, *hyperparameters, n)``; ``torch`` a
        `torch.optim.Optimizer`, ``jax`` a factory of a gradient transformation as optax has them. Clipping
        and averages of weights become functions and classes of the framework, too.
    accuracy
        ``fast``, ``default`` or ``high``.
    asked
        The name the rule was asked for by, for its docstring.

    Returns
    -------
    Generated
        Calling it calls the function, the class or the factory.

    Raises
    ------
    ValueError
        For an unknown target, or a rule that the framework's interface cannot follow.

    Examples
    --------
    >>> import numpy as np
    >>> from symderive.optimizers import RULES
    >>> made = generate_step(RULES["momentum/rate-inside"])
    >>> made(np.array([1.0, 2.0]), np.array([1.0, -1.0]), np.zeros(2), 0.1, 0.9)
    (array([0.9, 2.1]), array([ 0.1, -0.1]))
    """
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no target: choose from {', '.join(TARGETS)}")
    notes = _lines(notes_on(rule, asked))
    if target in _OPTIMIZERS:
        module = importlib.import_module(_OPTIMIZERS[target])
        text = module.source(rule, accuracy, notes)
        plan = planned_step(rule, accuracy=accuracy)
        return Generated(plan, target, text, module.load(rule, plan, text))
    plan = planned_step(rule, accuracy=accuracy)
    module = importlib.import_module(TARGETS[target])
    text = module.source(plan, {plan.functions[0].name: notes})
    return Generated(plan, target, text, module.load(plan, text))


def generate_schedule(
    schedule: Schedule, *, target: str = "numpy", accuracy: Accuracy | str = "default"
) -> Generated:
    """Generate a learning rate as a function of the step.

    Parameters
    ----------
    schedule
        A schedule of the registry.
    target, accuracy
        As in `symderive.codegen.generate.generate`.

    Returns
    -------
    Generated
        ``rate(n, *hyperparameters)``, in the registry's order, those alone that occur; n is 1 at the first
        step.

    Examples
    --------
    >>> from symderive.optimizers import SCHEDULES
    >>> rate = generate_schedule(SCHEDULES["step"])
    >>> rate([1, 2, 3, 4, 5], 0.5, 0.5, 2)
    array([0.5  , 0.5  , 0.25 , 0.25 , 0.125])
    """
    integers = [s for s in schedule.value.free_symbols if s.is_integer]
    # A caller gives the step and the number of steps as he gives every number.
    value = substitute(schedule.value, {s: Symbol(s.name, real=True, positive=True) for s in integers})
    made = generate(
        value,
        target=target,
        accuracy=accuracy,
        arguments=["n", *(row.symbol.name for row in schedule.hyperparameters)],
        name=f"{schedule.name}_rate",
        origin=f"optimizers/schedule/{schedule.name}",
    )
    module = importlib.import_module(TARGETS[target])
    text = module.source(made.plan, {made.plan.function("value").name: _lines(notes_on_schedule(schedule))})
    return Generated(made.plan, target, text, module.load(made.plan, text))


def _lines(notes: Iterable[str]) -> list[str]:
    """Notes as lines of a docstring."""
    return [
        line
        for note in notes
        for line in textwrap.wrap(
            note, 96, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    ]
