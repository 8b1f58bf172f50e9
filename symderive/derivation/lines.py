"""From every rule a step to the lines that a textbook prints: fine steps are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symderive.derivation.step import Step
from symderive.rules import rule
from symderive.terms import walk

__all__ = ["LINES", "printed"]

#: A derivation prints at most so many lines.
LINES = 8
#: From this rank on, a rule is worth a line of its own.
_LINE = 2


@dataclass
class _Group:
    """Fine steps that become one printed line."""

    steps: list[Step]

    @property
    def leading(self) -> Step:
        """The step of highest rank, the first of them: the line is named after it."""
        return max(self.steps, key=lambda step: rule(step.rule).rank)

    @property
    def rank(self) -> int:
        return rule(self.leading.rule).rank


def printed(steps: Sequence[Step], most: int = LINES) -> tuple[Step, ...]:
    """At most `most` lines out of fine steps; each keeps the steps that it stands for."""
    groups = _merged_runs(_grouped(steps))
    while len(groups) > max(1, most):
        weakest = min(range(len(groups) - 1), key=lambda n: _loss(groups, n))
        groups[weakest : weakest + 2] = [_Group(groups[weakest].steps + groups[weakest + 1].steps)]
    return tuple(_line(group) for group in groups if group.steps[0].before != group.steps[-1].after)


def _grouped(steps: Sequence[Step]) -> list[_Group]:
    """Bookkeeping joins the line before it, preparation the line after it."""
    groups: list[_Group] = []
    waiting: list[Step] = []
    for step in steps:
        rank = rule(step.rule).rank
        if rank == 0 and groups and not waiting:
            groups[-1].steps.append(step)
        elif rank < _LINE:
            waiting.append(step)
        else:
            groups.append(_Group([*waiting, step]))
            waiting = []
    if waiting:
        # What prepares nothing more is a line of its own only where no line came before it.
        if groups:
            groups.append(_Group(waiting))
        else:
            groups = [_Group(waiting)]
    return groups


def _merged_runs(groups: list[_Group]) -> list[_Group]:
    """One rule used at several places is one line."""
    merged: list[_Group] = []
    for group in groups:
        if merged and merged[-1].leading.rule == group.leading.rule and group.rank <= _LINE:
            merged[-1] = _Group(merged[-1].steps + group.steps)
        else:
            merged.append(group)
    return merged


def _loss(groups: list[_Group], n: int) -> tuple[int, int]:
    """What the reader loses where the line between two groups is not printed: little if it is long."""
    size = sum(1 for _ in walk(groups[n].steps[-1].after))
    return min(groups[n].rank, groups[n + 1].rank), -size


def _line(group: _Group) -> Step:
    first, last, leading = group.steps[0], group.steps[-1], group.leading
    if len(group.steps) == 1:
        return first
    return Step(
        first.before,
        last.after,
        leading.rule,
        about=leading.about,
        steps=tuple(group.steps),
        hypotheses=tuple(dict.fromkeys(h for step in group.steps for h in step.hypotheses)),
    )
