"""Every line judged on its own, from what stands before and after it alone."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sympy import Indexed

from symderive.decide import Status, Verdict, judge_claim
from symderive.derivation.presenting import cost
from symderive.derivation.problem import Problem
from symderive.derivation.rewriting import put_for
from symderive.derivation.step import ORDER, Step
from symderive.terms import Apply, Claim, Index, Operation, Partial, Tensor, Vec, free_names, substitute, walk
from symderive.terms.substitution import alpha_normal

__all__ = ["checked", "local_claim", "verdict_of"]

#: Seconds for one line.
_SECONDS = 5.0
#: A line of more symbols than this is judged at the places where it changes, before it is judged as a whole.
_LONG = 30


@lru_cache(maxsize=4096)
def verdict_of(claim: Claim, seconds: float = _SECONDS) -> Verdict:
    """The judge's answer about a claim, or about one that implies it; remembered."""
    general = _generalised(claim)
    if general is not None:
        verdict = judge_claim(general, seconds)
        if verdict.status is Status.PROVED:
            return verdict
    return judge_claim(claim, seconds)


def checked(problem: Problem, step: Step, seconds: float = _SECONDS) -> Step:
    """The step with its verdict.

    A short line is judged as a whole, a long one rule by rule, each at the place where it changes the line;
    where one way is not enough, the other is tried. A line of several rules is proved if each of them is.
    """
    if step.verdict is not None:
        return step
    whole = problem.claim(step.before, step.after, step.relation, step.hypotheses)
    in_place_first = step.relation == "=" and cost(step.before) + cost(step.after) > _LONG
    if in_place_first:
        verdict = _rule_by_rule(problem, step, seconds)
        if verdict is not None:
            return replace(step, verdict=verdict)
    verdict = verdict_of(whole, seconds)
    if verdict.status not in (Status.PROVED, Status.REFUTED) and not in_place_first:
        verdict = _rule_by_rule(problem, step, seconds) or verdict
    return replace(step, verdict=verdict)


def _rule_by_rule(problem: Problem, step: Step, seconds: float) -> Verdict | None:
    """The verdict of a line from its rules in their places, if every one of them is proved."""
    fine = step.steps if step.rule != "derivative.known" and step.steps else (step,)
    verdicts = []
    for inner in fine:
        if len(fine) == 1 and not inner.where and _generalised(local_claim(problem, inner)) is None:
            return None  # that is the line as a whole
        verdict = _in_place(problem, inner, seconds)
        if verdict.status is not Status.PROVED:
            return None
        verdicts.append(verdict)
    known = tuple(dict.fromkeys(h for verdict in verdicts for h in verdict.hypotheses))
    count = f"each of its {len(fine)} rules is proved" if len(fine) > 1 else "proved where the line changes"
    return Verdict(Status.PROVED, "steps", known, count, seconds=sum(v.seconds for v in verdicts))


def _in_place(problem: Problem, step: Step, seconds: float) -> Verdict:
    return verdict_of(local_claim(problem, step), seconds)


def local_claim(problem: Problem, step: Step) -> Claim:
    """The piece that changed and what it became, for every value of the indices around it.

    Under a derivative the equations among the hypotheses are left out: they hold at the point, not around it.
    """
    if step.redex is None or step.contractum is None:
        return problem.claim(step.before, step.after, step.relation, step.hypotheses)
    taken = {name.name for term in (step.before, step.after) for name in free_names(term)}
    renaming: dict[Any, Any] = {}
    for index, lower, upper in step.ranges:
        name = _unused(str(index.name), taken)
        taken.add(name)
        renaming[index] = Index(name, substitute(upper, renaming), substitute(lower, renaming))
    claim = problem.claim(
        substitute(step.redex, renaming),
        substitute(step.contractum, renaming),
        step.relation,
        step.hypotheses,
    )
    if step.differentiated:
        return replace(claim, hypotheses=tuple(h for h in claim.hypotheses if h.relation != "="))
    return claim


def _generalised(claim: Claim) -> Claim | None:
    """The claim for any vectors in place of those that names are applied to: it implies the given one.

    ``s_i(Wh + b)`` becomes ``s_i(v)``; not under a derivative, which would see through the argument.
    """
    sides = (claim.lhs, claim.rhs)
    nodes = [node for side in sides for node in walk(side)]
    if any(isinstance(node, Partial) for node in nodes):
        return None
    vectors = {
        alpha_normal(argument): argument
        for node in nodes
        if isinstance(node, (Apply, Operation))
        for argument in node.arguments
        if isinstance(argument, Vec) and not isinstance(argument.body, Indexed)
    }
    if not vectors:
        return None
    images = {}
    for number, (key, vector) in enumerate(vectors.items()):
        family = Tensor(f"v\u0332{number}", *((lower, upper) for _, lower, upper in vector.limits))
        bound = tuple(limit[0] for limit in vector.limits)
        images[key] = Vec(family[bound], *vector.limits)
    return replace(claim, lhs=put_for(claim.lhs, images), rhs=put_for(claim.rhs, images))


def _unused(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 1
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"
