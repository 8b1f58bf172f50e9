"""What a generated step says of its rule: updates, start, defaults, source, libraries that step so."""

from __future__ import annotations

from symderive.notation.printer import latex
from symderive.optimizers import Schedule, UpdateRule, rules_named
from symderive.optimizers.names import FAMILIES
from symderive.optimizers.update_rule import PARAMETER

__all__ = ["class_name", "default_text", "notes_on", "notes_on_schedule"]


def class_name(rule: UpdateRule) -> str:
    """The name of the family as a class.

    Examples
    --------
    >>> from symderive.optimizers import RULES
    >>> [class_name(RULES[name]) for name in ("rmsprop/epsilon-inside", "gradient-descent/l2")]
    ['RMSprop', 'GradientDescent']
    """
    title = FAMILIES[rule.family]
    if title.isidentifier():
        return title[0].upper() + title[1:]
    return "".join(word.capitalize() for word in rule.family.split("-"))


def default_text(value: object) -> str:
    """A default as Python writes it."""
    return repr(float(value))  # type: ignore[arg-type]


def notes_on(rule: UpdateRule, asked: str | None = None) -> list[str]:
    """Lines about a rule for a docstring.

    Parameters
    ----------
    rule
        What is generated.
    asked
        The name it was asked for by: where that is the family's, the lines say which variant was taken.
    """
    lines = [f"The rule {rule.name}: {rule.title} ({rule.source})."]
    others = [row.variant for row in rules_named(rule.family) if row.name != rule.name]
    if asked is not None and asked != rule.name and others:
        lines.append(
            f"{asked} names several variants: this is the usual one, {rule.variant}; the others are "
            f"{', '.join(others)}."
        )
    lines += [f"    {latex(target)} \\gets {latex(body)}" for target, body in rule.updates]
    if rule.gradient_at != PARAMETER:
        lines.append(f"The gradient g is taken at {latex(rule.gradient_at)}, not at the parameters.")
    if rule.states:
        start = ", ".join(f"{state.symbol} = {state.initial} ({state.meaning})" for state in rule.states)
        lines.append(f"Before the first step: {start}.")
    if rule.hyperparameters:
        usual = ", ".join(
            f"{row.symbol} = {default_text(row.default)} ({row.meaning})" for row in rule.hyperparameters
        )
        lines.append(f"Usual values: {usual}.")
    for call in rule.implementations:
        condition = f", where: {call.condition}" if call.condition else ""
        lines.append(f"Steps exactly so{condition}: {call.call}")
    if not rule.implementations:
        lines.append("No library that is known here steps exactly so.")
    lines += [f"Note: {sentence}." for sentence in rule.relations]
    return lines


def notes_on_schedule(schedule: Schedule) -> list[str]:
    """Lines about a schedule for a docstring."""
    usual = ", ".join(
        f"{row.symbol} = {default_text(row.default)} ({row.meaning})" for row in schedule.hyperparameters
    )
    lines = [
        f"The schedule {schedule.name}: {schedule.title} ({schedule.source}).",
        "The step n is 1 at the first one. optax counts from 0: lambda count: rate(count + 1, ...).",
        f"Usual values: {usual}.",
    ]
    for call in schedule.implementations:
        condition = f", {call.condition}" if call.condition else ""
        lines.append(f"The same rates{condition}: {call.call}")
    return lines
