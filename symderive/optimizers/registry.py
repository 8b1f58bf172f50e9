"""All update rules: the rows of every family."""

from __future__ import annotations

from symderive.optimizers import (
    adadelta,
    adagrad,
    adam,
    adamw,
    amsgrad,
    averaging,
    clipping,
    gradient_descent,
    lion,
    momentum,
    nadam,
    nesterov,
    rmsprop,
)
from symderive.optimizers.names import canonical
from symderive.optimizers.update_rule import UpdateRule

__all__ = ["RULES", "rules_named"]

#: Every rule by ``family/variant``.
RULES: dict[str, UpdateRule] = {
    row.name: row
    for module in (
        gradient_descent,
        momentum,
        nesterov,
        adagrad,
        rmsprop,
        adadelta,
        adam,
        amsgrad,
        nadam,
        adamw,
        lion,
        averaging,
        clipping,
    )
    for row in module.ROWS
}


def rules_named(name: str) -> tuple[UpdateRule, ...]:
    """The rule of this name, or all variants of the family of this name; none where there is no such name.

    Examples
    --------
    >>> [rule.variant for rule in rules_named("Adagrad")]
    ['epsilon-outside', 'epsilon-inside', 'epsilon-outside-decayed-rate']
    >>> rules_named("adam/epsilon-hat")[0].title
    'Adam with ε̂'
    """
    known = canonical(name)
    if known is None:
        return ()
    return tuple(rule for rule in RULES.values() if known in (rule.family, rule.name))
