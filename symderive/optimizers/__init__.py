"""Floor 2: optimizers as mathematics. Their update rules, which library steps exactly so, and which rule a
system of recurrences is.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symderive.optimizers.reference import Reference
    from symderive.optimizers.registry import RULES, rules_named
    from symderive.optimizers.schedules import SCHEDULES, Schedule
    from symderive.optimizers.update_rule import Hyperparameter, Implementation, State, UpdateRule

__all__ = [
    "RULES",
    "SCHEDULES",
    "Hyperparameter",
    "Implementation",
    "Reference",
    "Schedule",
    "State",
    "UpdateRule",
    "rules_named",
]

# Imported when they are asked for: the names alone (`optimizers.names`) need no SymPy.
_HOMES = {
    "registry": ("RULES", "rules_named"),
    "reference": ("Reference",),
    "schedules": ("SCHEDULES", "Schedule"),
    "update_rule": ("Hyperparameter", "Implementation", "State", "UpdateRule"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"symderive.optimizers.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
