"""Derivations written by hand from claims of the book, for tests of how derivations are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from sympy import Expr, Integer, KroneckerDelta, exp, log

from book_claims import claims
from symderive.decide import judge_claim
from symderive.derivation import Derivation, Part, PartKind, Problem, Step
from symderive.rules import Example, Rule
from symderive.terms import Apply, Claim, Hypothesis, Index, Partial, indexed_sum, scalar, substitute

SECONDS = 20


def _example() -> Example:
    t = scalar("t")
    return Example(t + t, 2 * t, (t,))


#: Rules that these derivations name; they stand in the table for the tests alone.
RULES = {
    row.id: row
    for row in (
        Rule("test.quotient", "quotient rule", "몫의 미분법", _example),
        Rule("test.fold", "definition of {}", "{}의 정의", _example),
        Rule("test.factor", "factor out {}", "{}로 묶기", _example),
        Rule("test.recurrence", "the recurrence of {}", "{}의 점화식", _example),
        Rule("test.hypothesis", "induction hypothesis", "귀납 가정", _example),
        Rule("test.empty", "the empty sum is 0", "빈 합은 0", _example),
        Rule("test.bound", "log t ≤ t − 1", "log t ≤ t − 1 이용", _example),
        Rule("test.constraint", "use {} & 100% of it, x_1 too", "{} 이용", _example),
    )
}


def claim_of(topic: str, label: str) -> Claim:
    """The first claim of a label."""
    return next(claim for name, claim in claims(topic) if name == label)


def judged(problem: Problem, steps: Iterable[Step], given: tuple[Hypothesis, ...] = ()) -> tuple[Step, ...]:
    """The steps with the judge's verdicts, on finer steps too."""
    found = []
    for step in steps:
        claim = problem.claim(step.before, step.after, step.relation, (*given, *step.hypotheses))
        inner = judged(problem, step.steps, given)
        found.append(replace(step, steps=inner, verdict=judge_claim(claim, timeout=SECONDS)))
    return tuple(found)


def chain(*lines: Expr | tuple[str, Expr, str, object]) -> list[Step]:
    """Steps from a first line and ``(relation, line, rule, about)`` for each that follows."""
    first, *rest = lines
    steps, before = [], first
    for relation, after, rule, about in rest:
        steps.append(Step(before, after, rule, relation=relation, about=about))
        before = after
    return steps


@cache
def softmax_jacobian() -> Derivation:
    """Three lines, the first of two finer steps."""
    claim = claim_of("softmax", "jacobian")
    problem = Problem.of(claim, "softmax/jacobian")
    (definition,) = claim.definitions
    assert isinstance(claim.lhs, Partial)
    s_i, x_k = claim.lhs.term, claim.lhs.wrt[0]
    assert isinstance(s_i, Apply)
    i, k = s_i.components[0], x_k.indices[0]
    x = x_k.base
    s_k = substitute(s_i, {i: k})
    total = indexed_sum(exp(x[Index("j", i.upper)]), Index("j", i.upper))
    quotient = (KroneckerDelta(i, k) * exp(x[i]) * total - exp(x[i]) * exp(x[k])) / total**2
    unfolded = Partial(exp(x[i]) / total, x_k)
    steps = chain(
        claim.lhs,
        ("=", quotient, "test.quotient", None),
        ("=", s_i * KroneckerDelta(i, k) - s_i * s_k, "test.fold", s_i),
        ("=", claim.rhs, "test.factor", s_i),
    )
    finer = chain(claim.lhs, ("=", unfolded, "test.fold", s_i), ("=", quotient, "test.quotient", None))
    steps[0] = replace(steps[0], steps=tuple(finer))
    del definition
    return Derivation(problem, (Part(PartKind.MAIN, judged(problem, steps)),))


@cache
def momentum_unrolled() -> Derivation:
    """An induction: base and step, the hypothesis in the step alone."""
    claim = claim_of("momentum", "unrolled-velocity")
    problem = replace(Problem.of(claim, "momentum/unrolled-velocity"), notation={"steps": {"v": "call"}})
    n = next(name for name in claim.lhs.indices if name.name == "n")

    def at(term: Expr, step: Expr) -> Expr:
        return substitute(term, {n: step})

    base = chain(at(claim.lhs, Integer(0)), ("=", at(claim.rhs, Integer(0)), "test.empty", None))
    (rule,) = [rule for rule in claim.recurrences if rule.head == "v"]
    j = claim.lhs.indices[0]
    body = substitute(rule.body, {rule.step: n + 1 - (rule.at - rule.step), rule.components[0]: j})
    assumed = Hypothesis(claim.lhs, "=", claim.rhs)
    steps = chain(
        at(claim.lhs, n + 1),
        ("=", body, "test.recurrence", claim.lhs),
        ("=", body.xreplace({claim.lhs: claim.rhs}), "test.hypothesis", None),
        ("=", at(claim.rhs, n + 1), "test.factor", None),
    )
    parts = (
        Part(PartKind.BASE, judged(problem, base), subject=n),
        Part(PartKind.INDUCTION, judged(problem, steps, (assumed,)), (assumed,), n),
    )
    conclusion = judge_claim(claim, timeout=SECONDS)
    return Derivation(problem, parts, conclusion=conclusion)


@cache
def gibbs_inequality() -> Derivation:
    """A chain with a bound in it."""
    claim = claim_of("kl_divergence", "gibbs-inequality")
    problem = Problem.of(claim, "kl_divergence/gibbs-inequality")
    (definition,) = [d for d in claim.definitions if d.head == "KL"]
    total = definition.body
    (bound, _, upper) = total.limits[0] if hasattr(total, "limits") else total.args[0].limits[0]
    i = Index("i", upper)
    argument = claim.domain or claim.hypotheses
    p_i = next(
        h.lhs for h in (*claim.hypotheses, *argument) if isinstance(h.lhs, Apply) and h.lhs.head == "p"
    )
    q_i = next(
        h.lhs for h in (*claim.hypotheses, *argument) if isinstance(h.lhs, Apply) and h.lhs.head == "q"
    )
    p_i, q_i = (Apply(term.head, term.arguments, (i,)) for term in (p_i, q_i))
    del bound
    steps = chain(
        claim.lhs,
        ("=", -indexed_sum(p_i * log(q_i / p_i), i), "test.fold", claim.lhs),
        (">=", -indexed_sum(p_i * (q_i / p_i - 1), i), "test.bound", None),
        ("=", indexed_sum(p_i, i) - indexed_sum(q_i, i), "test.factor", None),
        ("=", Integer(0), "test.constraint", indexed_sum(q_i, i)),
    )
    return Derivation(problem, (Part(PartKind.MAIN, judged(problem, steps)),))


HAND = {
    "softmax": softmax_jacobian,
    "momentum": momentum_unrolled,
    "gibbs": gibbs_inequality,
}
