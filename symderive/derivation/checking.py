"""Every line judged on its own, from what stands before and after it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from typing import Any

from sympy import Basic, Expr, Indexed, Integer, Mul, Pow, Rational, S, Symbol

from symderive.decide import Status, Verdict, judge_claim
from symderive.derivation.fold_names import Patterns
from symderive.derivation.presenting import cost
from symderive.derivation.problem import Problem
from symderive.derivation.rewriting import index_terms, put_for
from symderive.derivation.step import Derivation, Step
from symderive.terms import (
    BINDERS,
    Apply,
    CircularDefinition,
    Claim,
    Hypothesis,
    Index,
    MisusedDefinition,
    Operation,
    Partial,
    Tensor,
    Vec,
    free_names,
    rebuild,
    substitute,
    unfold,
    walk,
)
from symderive.terms.remembering import ranges_in
from symderive.terms.substitution import alpha_normal

__all__ = ["checked", "in_full", "local_claim", "verdict_of"]

#: Seconds for one line.
_SECONDS = 5.0
#: Seconds for a claim that implies a line and need not hold.
_QUICK = 1.0
#: Names are unfolded this deep to find those that both sides hold.
_DEPTH = 6
#: A line of more symbols than this is judged at the places where it changes, before it is judged as a whole.
_LONG = 30


@dataclass(frozen=True)
class _Asked:
    """A claim to be judged: the same one as another where only names of what is bound differ."""

    key: tuple[Any, ...]
    claim: Claim = field(compare=False)

    @staticmethod
    def about(claim: Claim) -> _Asked:
        sides = alpha_normal(claim.lhs), alpha_normal(claim.rhs)
        return _Asked((*sides, ranges_in(claim), replace(claim, lhs=S.Zero, rhs=S.Zero)), claim)


def verdict_of(claim: Claim, seconds: float = _SECONDS) -> Verdict:
    """The judge's answer about a claim, or about one that implies it; remembered."""
    return _verdict(_Asked.about(claim), seconds)


@lru_cache(maxsize=4096)
def _verdict(asked: _Asked, seconds: float) -> Verdict:
    claim = asked.claim
    opaque = _for_any_values(claim)
    if opaque is not None:
        verdict = _doubted(_Asked.about(opaque), min(seconds, _QUICK))
        if verdict.status is Status.PROVED:
            return verdict
    general = _generalised(claim)
    if general is not None:
        verdict = _doubted(_Asked.about(general), seconds)
        if verdict.status is Status.PROVED:
            return verdict
    return judge_claim(claim, seconds, listed=False)


@lru_cache(maxsize=4096)
def _doubted(asked: _Asked, seconds: float) -> Verdict:
    """The judge's answer about a claim that implies another; many are instances of one."""
    return judge_claim(asked.claim, seconds, listed=False, doubted=True)


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


def in_full(derivation: Derivation) -> Derivation:
    """The derivation with every rule a line of its own, each judged."""
    parts = []
    for part in derivation.parts:
        steps = []
        for step in part.steps:
            steps += [checked(derivation.problem, inner) for inner in step.fine]
        parts.append(replace(part, steps=tuple(steps)))
    return replace(derivation, parts=tuple(parts))


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
    """A claim that implies the given one and is simpler to judge, or None.

    Under a derivative, what is still to be differentiated becomes an unspecified function: a rule that holds
    for every function holds for this one. Elsewhere ``s_i(Wh + b)`` becomes ``s_i(v)`` for every vector v.
    """
    nodes = [node for side in (claim.lhs, claim.rhs) for node in walk(side)]
    if any(isinstance(node, Partial) for node in nodes):
        images = _unspecified(claim)
    else:
        images = _any_vectors(nodes)
    if not images:
        return None
    lhs, rhs = (_with_images(side, images) for side in (claim.lhs, claim.rhs))
    if lhs == claim.lhs or rhs == claim.rhs:
        return None  # what one side holds alone is no part that any other could stand for
    return replace(claim, lhs=lhs, rhs=rhs)


def _with_images(term: Any, images: Mapping[Basic, Expr]) -> Any:
    """The term with every part that is a key replaced by its image, and what algebra makes of such a part.

    With F for a b, the product c a b is c F and c/(a b) is c/F; with F for √s, s is F² and 1/√s is 1/F.
    """
    wholes = [key for key in images if isinstance(key, Mul)]
    products = {frozenset(key.args): images[key] for key in wholes}
    products |= {frozenset(Mul.make_args(1 / key)): 1 / images[key] for key in wholes}
    roots = {
        key.base: image
        for key, image in images.items()
        if isinstance(key, Pow) and key.exp == Rational(1, 2) and not key.base.is_integer
    }

    def change(node: Any) -> Any:
        found = images.get(alpha_normal(node))
        if found is not None:
            return found
        if isinstance(node, Partial):  # what it differentiates by stays, be it the s of a √s
            return Partial(change(node.term), *node.wrt)
        if products and isinstance(node, Mul):
            for product_, image in products.items():
                rest = _without(node.args, product_)
                if rest is not None:
                    return image * change(Mul(*rest))
        base, exponent = node.as_base_exp() if isinstance(node, Pow) else (node, Integer(1))
        if roots and exponent.is_Rational and (2 * exponent).is_Integer and alpha_normal(base) in roots:
            return roots[alpha_normal(base)] ** (2 * exponent)
        return rebuild(node, change) if node.args else node

    return change(term)


def _without(factors: Sequence[Any], product_: frozenset[Basic]) -> list[Any] | None:
    """The factors but those of a product, each taken once (s s has s twice); None where one is missing."""
    missing, rest = set(product_), []
    for factor in factors:
        key = alpha_normal(factor)
        if key in missing:
            missing.remove(key)
        else:
            rest.append(factor)
    return None if missing else rest


def _unspecified(claim: Claim) -> dict[Basic, Expr]:
    """What the right side still has to differentiate, as functions by name, an index for each bound one."""
    left = {node.term for node in walk(claim.lhs) if isinstance(node, Partial)}
    images: dict[Basic, Expr] = {}
    for number, (inner, bound) in enumerate(_differentiated(claim.rhs, ())):
        held = tuple(index for index in bound if index in free_names(inner))
        if len(held) > 2 or not inner.args or isinstance(inner, Indexed) or inner in left:
            continue
        places = index_terms(claim.lhs + claim.rhs)[:12]
        for at in product(places, repeat=len(held)):
            image = Apply(f"F\u0332{number}", (), at)
            images.setdefault(alpha_normal(substitute(inner, dict(zip(held, at, strict=True)))), image)
    return images


def _differentiated(term: Any, bound: tuple[Any, ...]) -> Iterator[tuple[Expr, tuple[Any, ...]]]:
    if isinstance(term, Partial):
        yield term.term, bound
        return
    inner = (*bound, *(limit[0] for limit in term.args[1:])) if isinstance(term, BINDERS) else bound
    for arg in term.args:
        yield from _differentiated(arg, inner)


def _any_vectors(nodes: Sequence[Any]) -> dict[Basic, Expr]:
    vectors = {
        alpha_normal(argument): argument
        for node in nodes
        if isinstance(node, (Apply, Operation))
        for argument in node.arguments
        if isinstance(argument, Vec) and not isinstance(argument.body, Indexed)
    }
    images: dict[Basic, Expr] = {}
    for number, (key, vector) in enumerate(vectors.items()):
        family = Tensor(f"v\u0332{number}", *((lower, upper) for _, lower, upper in vector.limits))
        bound = tuple(limit[0] for limit in vector.limits)
        images[key] = Vec(family[bound], *vector.limits)
    return images


def _for_any_values(claim: Claim) -> Claim | None:
    """The claim with the names that both sides hold as families of any values: ``softmax(v)_i`` as ``a_i``.

    Algebra between names holds for any values of theirs, or for any that the named operation may have. A name
    that one side alone holds is unfolded; None where there is a derivative, or no name on both sides.
    """
    if claim.relation != "=" or any(isinstance(n, Partial) for s in (claim.lhs, claim.rhs) for n in walk(s)):
        return None
    table = {definition.head: definition for definition in claim.definitions}
    sides = [claim.lhs, claim.rhs]
    general = Patterns()
    for _ in range(_DEPTH):
        left, right = (_names(side, general) for side in sides)
        apart = [
            table[head] for head in left.keys() ^ right.keys() if isinstance(head, str) and head in table
        ]
        if not apart:
            break
        try:
            sides = [unfold(side, apart, operations=False, derivatives=False) for side in sides]
        except (CircularDefinition, MisusedDefinition):
            return None
    both = left.keys() & right.keys()
    if not both:
        return None
    images: dict[Basic, Expr] = {}
    facts: list[Hypothesis] = []
    for number, key in enumerate(sorted((key for key in both if not isinstance(key, str)), key=str)):
        nodes = [*left[key], *right[key]]
        family, known = _any_values(f"a\u0332{number}", nodes[0], general.of(nodes[0])[2])
        facts += known
        for node in nodes:
            places = general.of(node)[2]
            images[alpha_normal(node)] = family[places] if places else Symbol(family.name, real=True)
    if not images and not any(key in table for key in both):
        return None  # that is the claim itself
    lhs, rhs = (put_for(side, images) for side in sides)
    return replace(claim, lhs=lhs, rhs=rhs, definitions=(), hypotheses=(*claim.hypotheses, *facts))


def _any_values(name: str, node: Any, places: tuple[Expr, ...]) -> tuple[Tensor, tuple[Hypothesis, ...]]:
    """A family for the values of an operation, and what they satisfy where they are those of one vector."""
    vectors = [argument for argument in node.arguments if isinstance(argument, Vec)]
    facts = node.row.facts
    if facts is None or len(places) != 1 or [len(vector.limits) for vector in vectors] != [1]:
        return Tensor(name), ()
    ((_, lower, upper),) = vectors[0].limits
    if not (upper - lower).is_nonnegative:
        return Tensor(name), ()  # of no values nothing is the sum
    family, index = Tensor(name, (lower, upper)), Index("n\u0332", upper, lower)
    return family, facts(family[index], index)


def _names(side: Expr, general: Patterns) -> dict[Basic | str, list[Expr]]:
    """The names in a term and where they stand: by head, or by the pattern of a named operation."""
    found: dict[Basic | str, list[Expr]] = {}
    for node in walk(side):
        if isinstance(node, Apply):
            found.setdefault(node.head, []).append(node)
        elif isinstance(node, Operation) and any(isinstance(a, Vec) for a in node.arguments):
            found.setdefault(alpha_normal(general.of(node)[0]), []).append(node)
    return found


def _unused(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 1
    while f"{name}{number}" in taken:
        number += 1
    return f"{name}{number}"
