"""Every line judged on its own, from what stands before and after it alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symderive.decide import Status, Verdict, judge_claim
from symderive.derivation.problem import Problem
from symderive.derivation.step import ORDER, Step
from symderive.terms import Claim, Index, free_names, substitute

__all__ = ["checked", "local_claim"]

#: Seconds for one line.
_SECONDS = 5.0


def checked(problem: Problem, step: Step, seconds: float = _SECONDS) -> Step:
    """The step with its verdict.

    A printed line is judged as a whole; where that is not enough, each fine step is judged at the place where
    it changes the line. The line is proved if every one of them is.
    """
    if step.verdict is not None:
        return step
    verdict = judge_claim(problem.claim(step.before, step.after, step.relation, step.hypotheses), seconds)
    if verdict.status in (Status.PROVED, Status.REFUTED) or not (step.steps or step.where):
        return replace(step, verdict=verdict)
    fine = tuple(_judged_in_place(problem, inner, seconds) for inner in step.fine)
    verdicts = [inner.verdict for inner in fine if inner.verdict is not None]
    weakest = max(verdicts, key=lambda v: ORDER.index(v.status))
    if weakest.status is Status.PROVED:
        known = tuple(dict.fromkeys(h for one in verdicts for h in one.hypotheses))
        return replace(
            step,
            verdict=Verdict(Status.PROVED, "steps", known, f"each of its {len(fine)} rules is proved"),
        )
    return replace(step, verdict=verdict)


def _judged_in_place(problem: Problem, step: Step, seconds: float) -> Step:
    claim = local_claim(problem, step)
    return replace(step, verdict=judge_claim(claim, seconds))


def local_claim(problem: Problem, step: Step) -> Claim:
    """The piece that changed and what it became, for every value of the indices around it.

    Under a derivative the equations among the hypotheses are left out: they hold at the point, not around it.
    """
    if step.redex is None or step.contractum is None:
        return problem.claim(step.before, step.after, step.relation, step.hypotheses)
    redex, contractum, limits = step.redex, step.contractum, step.ranges
    taken = {name.name for term in (step.before, step.after) for name in free_names(term)}
    renaming: dict[Any, Any] = {}
    for index, lower, upper in limits:
        name = _unused(str(index.name), taken)
        taken.add(name)
        renaming[index] = Index(name, substitute(upper, renaming), substitute(lower, renaming))
    claim = problem.claim(
        substitute(redex, renaming), substitute(contractum, renaming), step.relation, step.hypotheses
    )
    if step.differentiated:
        return replace(claim, hypotheses=tuple(h for h in claim.hypotheses if h.relation != "="))
    return claim


def _unused(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 1
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"
