"""``generate`` for update rules: one step of an optimizer in every target, by the name of the rule."""

from __future__ import annotations

import importlib
import textwrap

from symderive.codegen.arithmetic import Accuracy
from symderive.codegen.generate import TARGETS, Generated
from symderive.codegen.step_notes import notes_on
from symderive.codegen.steps import planned_step
from symderive.optimizers import UpdateRule

__all__ = ["generate_step"]

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
    notes = [
        line
        for note in notes_on(rule, asked)
        for line in textwrap.wrap(
            note, 96, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )
    ]
    if target in _OPTIMIZERS:
        module = importlib.import_module(_OPTIMIZERS[target])
        text = module.source(rule, accuracy, notes)
        plan = planned_step(rule, accuracy=accuracy)
        return Generated(plan, target, text, module.load(rule, plan, text))
    plan = planned_step(rule, accuracy=accuracy)
    module = importlib.import_module(TARGETS[target])
    text = module.source(plan, {plan.functions[0].name: notes})
    return Generated(plan, target, text, module.load(plan, text))
