"""Derivations of what is no derivative: identities, closed forms, inequalities."""

from __future__ import annotations

from dataclasses import replace

from symderive.decide import Status
from symderive.derivation.checking import checked, verdict_of
from symderive.derivation.connecting import bridge, connect
from symderive.derivation.folding import Rewriting
from symderive.derivation.inductions import derive_by_induction, unrolled_steps
from symderive.derivation.inequalities import derive_inequality
from symderive.derivation.lines import LINES, printed
from symderive.derivation.problem import Problem
from symderive.derivation.step import Derivation, Part, PartKind, Step
from symderive.terms import alpha_equal, plain

__all__ = ["derive_without_derivatives"]


def derive_without_derivatives(problem: Problem) -> Derivation:
    """The derivation of an identity, an inequality or a closed form."""
    if problem.goal is None:
        return Derivation(problem, (), missing="there is nothing to differentiate, and no form to reach")
    if problem.relation != "=":
        return derive_inequality(problem)
    whole = verdict_of(problem.claim(problem.start, problem.goal))
    if whole.status is not Status.PROVED:
        missing = f"it was not shown that {plain(problem.start)} is {plain(problem.goal)}"
        return Derivation(problem, (), missing=missing, conclusion=whole)
    if whole.method == "induction":
        found = derive_by_induction(problem)
        if found is not None:
            return found
    return _derive_identity(problem)


def _derive_identity(problem: Problem) -> Derivation:
    assert problem.goal is not None
    first = list(unrolled_steps(problem)) if problem.recurrences else []
    steps: list[Rewriting] | str
    if alpha_equal(problem.start, problem.goal):
        steps = [Rewriting(bridge(problem.start, problem.goal, problem.scope), problem.goal)]
    else:
        line = first[-1].after if first else problem.start
        rest = connect(replace(problem, start=line), line)
        steps = rest if isinstance(rest, str) else [*first, *rest]
    if isinstance(steps, str):
        return Derivation(problem, (), missing=steps)
    chain: list[Step] = []
    line = problem.start
    for step in steps:
        chain.append(Step(line, step.after, step.rule, about=step.about))
        line = step.after
    lines = tuple(checked(problem, one) for one in _shown(chain))
    return Derivation(problem, (Part(PartKind.MAIN, lines),))


def _shown(chain: list[Step]) -> tuple[Step, ...]:
    """The printed lines; a claim that both sides are literally one is one line."""
    return printed(chain, LINES) or tuple(chain[:1])
