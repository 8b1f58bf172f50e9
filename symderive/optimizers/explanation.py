"""What `symderive explain` says of an optimizer: its updates, variants, libraries and sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from sympy import Expr

from symderive.optimizers.names import FAMILIES, VARIANTS
from symderive.optimizers.registry import rules_named
from symderive.optimizers.schedules import SCHEDULES
from symderive.optimizers.update_rule import PARAMETER, Hyperparameter, UpdateRule
from symderive.optimizers.wording import in_text

__all__ = ["explained", "listed"]

_COLUMNS = 100


def explained(name: str) -> str:
    """The rule of this name, or every variant of a family.

    Parameters
    ----------
    name
        A name that `names.canonical` knows.

    Raises
    ------
    LookupError
        For any other name.

    Examples
    --------
    >>> print(explained("sign-descent"))
    sign-descent/plain: sign descent
      θ ← θ − μ sign(g)
      start     n = 1 at the first step
      with      μ learning rate (0.001)
      source    Riedmiller and Braun 1993; Bernstein et al. 2018
      optax     optax.sign_sgd(mu)
      note      RMSprop without memory (γ = 0) and with ε = 0
    <BLANKLINE>
    """
    rules = rules_named(name)
    if not rules:
        raise LookupError(f"there is no optimizer {name!r}: known are {', '.join(FAMILIES)}")
    return "\n".join("\n".join(_rule(rule)) + "\n" for rule in rules)


def listed(what: str) -> str:
    """All families with their variants, or all schedules, a line each."""
    if what.startswith("schedule"):
        return "".join(
            f"{row.name:<20}  {row.title}: {in_text(row.value)}  ({row.source})\n"
            for row in SCHEDULES.values()
        )
    lines = []
    for family, title in FAMILIES.items():
        text = f"{title}: {', '.join(VARIANTS[family])}"
        lines += textwrap.wrap(
            text, _COLUMNS, initial_indent=f"{family:<18}", subsequent_indent=" " * 20, break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"


def _rule(rule: UpdateRule) -> Iterator[str]:
    yield f"{rule.name}: {rule.title}"
    if rule.gradient_at != PARAMETER:
        yield f"  g is the gradient at {in_text(rule.gradient_at)}"
    if rule.family == "averaging":
        yield "  θ is the average, g the weights that come in"
    for target, body in rule.updates:
        yield f"  {_shown(target)} ← {_shown(body)}"
    starts = [f"{in_text(state.symbol)} = {in_text(state.initial)}" for state in rule.states]
    yield from _row("start", ", ".join([*starts, "n = 1 at the first step"]))
    if rule.hyperparameters:
        yield from _row("with", ", ".join(map(_hyperparameter, rule.hyperparameters)))
    yield from _row("source", rule.source)
    for call in rule.implementations:
        yield from _row(call.library, call.call + (f"  ({call.condition})" if call.condition else ""))
    for relation in rule.relations:
        yield from _row("note", relation)


def _shown(term: Expr) -> str:
    return in_text(term)


def _hyperparameter(row: Hyperparameter) -> str:
    return f"{in_text(row.symbol)} {row.meaning} ({float(row.default):g})"


def _row(head: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        _COLUMNS,
        initial_indent=f"  {head:<10}",
        subsequent_indent=" " * 14,
        break_on_hyphens=False,
        break_long_words=False,
    )
