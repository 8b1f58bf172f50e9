"""All rules by id: each family is a module with its rows."""

from __future__ import annotations

import difflib

from symderive.rules import (
    algebra,
    bounds,
    cases,
    chain_rules,
    definitions,
    deltas,
    derivatives,
    elementary_derivatives,
    folding,
    recurrences,
    stable,
    stable_cases,
    stable_error_function,
    stable_odds,
    stable_powers,
    sums,
)
from symderive.rules.rule import Rule

__all__ = ["FAMILIES", "RULES", "rule"]

#: Family → its rows, in the order in which a reader meets them.
FAMILIES: dict[str, tuple[Rule, ...]] = {
    "definition": (*definitions.ROWS, *folding.FOLDS),
    "derivative": (*derivatives.ROWS, *elementary_derivatives.ROWS, *chain_rules.ROWS),
    "delta": deltas.ROWS,
    "sum": (*sums.ROWS, *folding.CONSTRAINTS),
    "algebra": algebra.ROWS,
    "case": cases.ROWS,
    "recurrence": recurrences.ROWS,
    "bound": bounds.ROWS,
    "stable": (
        *stable.ROWS,
        *stable_cases.ROWS,
        *stable_powers.ROWS,
        *stable_error_function.ROWS,
        *stable_odds.ROWS,
    ),
}

#: Every rule by its id.
RULES: dict[str, Rule] = {row.id: row for rows in FAMILIES.values() for row in rows}


def rule(name: str) -> Rule:
    """The rule of an id.

    Raises
    ------
    LookupError : with the ids that are near
    """
    found = RULES.get(name)
    if found is None:
        near = difflib.get_close_matches(name, RULES, n=3)
        advice = f"; did you mean {' or '.join(near)}?" if near else ""
        raise LookupError(f"there is no rule {name!r}{advice}")
    return found
