"""Chains of ≤ and ≥: each link one known fact, the rest equalities."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import Any

from sympy import Abs, Basic, Expr, Sum, log

from symderive.decide import Status
from symderive.decide.algebra import Timeout, Undefined, Unsupported
from symderive.decide.equality import Proof
from symderive.decide.inequality import prove_inequality
from symderive.decide.polynomial import TooLarge
from symderive.decide.problem import prepare
from symderive.derivation.checking import checked, verdict_of
from symderive.derivation.connecting import bridge, connect
from symderive.derivation.folding import compact
from symderive.derivation.lines import LINES, printed
from symderive.derivation.opening import opened, split_sums
from symderive.derivation.presenting import cost, present
from symderive.derivation.problem import Problem
from symderive.derivation.rewriting import shared
from symderive.derivation.step import Derivation, Part, PartKind, Step
from symderive.rules.bounds import BY_FACT
from symderive.terms import (
    CircularDefinition,
    MisusedDefinition,
    NotDifferentiable,
    alpha_equal,
    fresh_index,
    plain,
    rebuild,
    substitute,
    sum_of,
)

__all__ = ["derive_inequality", "rule_of"]

_SECONDS = 5.0


def derive_inequality(problem: Problem) -> Derivation:
    """From the left side of an inequality to its right one."""
    assert problem.goal is not None
    goal = problem.goal
    proof = _proof(problem)
    if proof is None:
        verdict = verdict_of(problem.claim(problem.start, goal, problem.relation))
        missing = f"no chain from {plain(problem.start)} to {plain(goal)} was found"
        return Derivation(problem, (), missing=missing, conclusion=verdict)
    for chain in (_by_instance(problem, proof), _by_opening(problem, proof), _at_once(problem, proof)):
        if not chain:
            continue
        lines = tuple(checked(problem, line) for line in printed(chain, LINES))
        if all(line.verdict is not None and line.verdict.status is Status.PROVED for line in lines):
            return Derivation(problem, (Part(PartKind.MAIN, lines),))
    lines = tuple(checked(problem, line) for line in _at_once(problem, proof))
    return Derivation(problem, (Part(PartKind.MAIN, lines),))


def _proof(problem: Problem) -> Proof | None:
    assert problem.goal is not None
    claim = problem.claim(problem.start, problem.goal, problem.relation)
    if verdict_of(claim).status is not Status.PROVED:
        return None
    try:
        return prove_inequality(prepare(claim, monotonic() + _SECONDS)) or Proof("normal form", "equal")
    except (
        Unsupported,
        Undefined,
        TooLarge,
        Timeout,
        CircularDefinition,
        MisusedDefinition,
        NotDifferentiable,
    ):
        return Proof("normal form", "")


def rule_of(problem: Problem, left: Expr, relation: str, right: Expr) -> str:
    """The rule that a link between two terms is named after."""
    if relation == "=":
        return bridge(left, right, problem.scope)
    proof = _proof(replace(problem, start=left, goal=right, relation=relation))
    return "bound.fact" if proof is None else _rule(proof)


def _rule(proof: Proof) -> str:
    """The rule that a proof's method is named after."""
    for fact, rule in BY_FACT.items():
        if proof.facts and proof.facts[0][0] == fact:
            return rule
    evidence = proof.evidence
    if evidence.startswith("term by term"):
        return "bound.termwise"
    if evidence.startswith("squared"):
        return "bound.squared"
    if evidence.startswith("logarithms"):
        return "bound.monotone"
    if "square" in evidence:
        return "bound.square"
    if "known sign" in evidence:
        return "bound.sign"
    return "bound.cells" if proof.method == "sign cells" else "bound.fact"


def _at_once(problem: Problem, proof: Proof) -> list[Step]:
    assert problem.goal is not None
    return [Step(problem.start, problem.goal, _rule(proof), relation=problem.relation)]


def _by_opening(problem: Problem, proof: Proof) -> list[Step]:
    """Both sides opened up to their definitions, and the fact used on what they stand for."""
    assert problem.goal is not None
    goal = problem.goal
    binders: dict[Basic, Any] = {}
    left = [line for line in opened(problem.start, problem, binders) if _is_opening(line.rule)]
    right = [line for line in opened(goal, problem, binders) if _is_opening(line.rule)]
    if len(left) + len(right) <= 2:
        return []
    steps = _equalities(left[0].after, left[1:])
    steps.append(Step(left[-1].after, right[-1].after, _rule(proof), relation=problem.relation))
    for later, earlier in zip(reversed(right[1:]), reversed(right[:-1]), strict=True):
        steps.append(Step(later.after, earlier.after, "definition.fold", about=later.about))
    return steps


def _is_opening(rule: str) -> bool:
    return rule in ("", "definition.unfold", "definition.operation")


def _equalities(start: Expr, rewritings: object) -> list[Step]:
    steps: list[Step] = []
    line = start
    assert isinstance(rewritings, (list, tuple))
    for rewriting in rewritings:
        steps.append(Step(line, rewriting.after, rewriting.rule, about=rewriting.about))
        line = rewriting.after
    return steps


def _by_instance(problem: Problem, proof: Proof) -> list[Step]:
    """The fact's own instance taken from (or added to) the left side: what is left is simpler."""
    assert problem.goal is not None
    if not proof.facts:
        return []
    goal, relation = problem.goal, problem.relation
    strict = relation in ("<", ">")
    towards = -1 if relation in (">=", ">") else 1
    weak = ">=" if towards == -1 else "<="
    binders: dict[Basic, Any] = {}
    openings = [line for line in opened(problem.start, problem, binders) if _is_opening(line.rule)]
    steps = _equalities(problem.start, openings[1:])
    line = openings[-1].after
    for fact, instance in proof.facts:
        after = _simplest(shared(line + towards * _renamed(instance), binders), problem, binders)
        steps.append(Step(line, after, BY_FACT.get(fact, "bound.fact"), relation=weak))
        line = after
    if alpha_equal(line, goal):
        return [] if strict else steps
    if verdict_of(problem.claim(line, goal)).status is Status.PROVED:
        rest = connect(replace(problem, start=line, relation="="), line, goal)
        if isinstance(rest, str) or strict:
            return []
        return steps + _equalities(line, rest)
    steps.append(Step(line, goal, "bound.sign", relation=relation))
    return steps


def _simplest(line: Expr, problem: Problem, binders: dict[Basic, Any]) -> Expr:
    """The cheapest way to write what is left when an instance was used."""
    choices = [present(line), present(shared(split_sums(line), binders))]
    best = min(choices, key=cost)
    for rewriting in compact(best, replace(problem, hypotheses=()).scope):
        best = rewriting.after
    return best


def _renamed(term: Expr) -> Expr:
    """Bound indices by letters, which the normal form numbers, and logarithms of what is positive."""

    def change(node: Expr) -> Expr:
        node = rebuild(node, change)
        if isinstance(node, log) and isinstance(node.args[0], Abs):
            # The bound is about the logarithms that stand in the line, which are of positive terms.
            return log(node.args[0].args[0])
        if isinstance(node, Sum):
            letters = iter("jkimnl")
            renaming = {limit[0]: fresh_index(next(letters, "j")) for limit in node.limits}
            limits = [
                (renaming[index], substitute(lower, renaming), substitute(upper, renaming))
                for index, lower, upper in node.limits
            ]
            return sum_of(substitute(node.function, renaming), *limits)
        return node

    return change(term)
