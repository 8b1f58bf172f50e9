"""Inequalities: signs of normal forms, squares, sign cells, sums term by term, and known facts.

Everything here proves ``gap ≥ 0`` (or ``> 0``) for a normal form `gap`; what none of it decides stays open.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from flint import fmpq
from sympy import Add, Expr, Integer, Mul, Pow, Sum, log

from symderive.decide.algebra import Algebra, Ratio, Undefined, Unsupported
from symderive.decide.equality import Proof, difference, needed_conditions, split_cases
from symderive.decide.facts import Sign
from symderive.decide.known_facts import instances
from symderive.decide.linear_arithmetic import follows
from symderive.decide.polynomial import Poly, TooLarge
from symderive.decide.problem import Problem, algebra_for
from symderive.terms import Index, limits_of, substitute

__all__ = ["prove_inequality"]

_MOST_CELLS = 5
_NUMBERS = count(1)
_MOST_INSTANCES = 40


@dataclass(frozen=True)
class _Goal:
    """``gap ≥ 0``, or ``> 0`` when strict."""

    algebra: Algebra
    gap: Ratio
    strict: bool


def prove_inequality(problem: Problem, depth: int = 0) -> Proof | None:
    """A proof of ``lhs relation rhs`` for an order relation (or ≠), or None."""
    if problem.relation == "!=":
        return _prove_apart(problem)
    if problem.relation in ("<=", "<"):
        problem = Problem(
            problem.rhs,
            ">=" if problem.relation == "<=" else ">",
            problem.lhs,
            problem.hypotheses,
            problem.domain,
            problem.recurrences,
            problem.deadline,
        )
    if problem.relation not in (">=", ">"):
        return None
    try:
        algebra, gap = difference(problem)
    except (Unsupported, Undefined, TooLarge):
        return None
    needed = needed_conditions(algebra)
    den = algebra.facts.poly_sign(gap.den)
    if den is None:
        den = next(((s, True) for s in (1, -1) if follows(algebra, gap.den * Poly.constant(s), True)), None)
    if den is not None and den[0] and den[1]:
        # The denominator's sign is known: what is left is a statement about the numerator.
        gap = algebra.ratio(gap.num if den[0] > 0 else -gap.num)
    goal = _Goal(algebra, gap, problem.relation == ">")
    structural = structural_sign(algebra, problem.lhs - problem.rhs)
    if structural is not None and structural[0] == 1 and (structural[1] or not goal.strict):
        return Proof("normal form", "the difference is built from terms of known sign", needed)
    for method in (_by_sign, _by_squares, _by_linear_arithmetic, _by_terms, _by_known_facts):
        found = method(goal)
        if found is not None:
            return Proof(found[0], found[1], needed, found[2] if len(found) > 2 else ())
    squared = _by_squaring(problem, depth)
    if squared is not None:
        return squared
    logged = _by_logarithms(problem, algebra, depth)
    if logged is not None:
        return logged
    if depth >= _MOST_CELLS:
        return None
    cases = split_cases(problem, algebra, gap)
    if cases is None:
        return None
    needed += cases[2]
    for part in cases[1]:
        proof = prove_inequality(part, depth + 1)
        if proof is None:
            return None
        needed += proof.needed
    # Both sides are continuous across a border where only |·|, max or min switch; the cells are open.
    if goal.strict and cases[0] == "sign":
        return None
    return Proof("sign cells", f"decided in each of {len(cases[1])} cells", needed)


def _prove_apart(problem: Problem) -> Proof | None:
    try:
        algebra, gap = difference(problem)
    except (Unsupported, Undefined, TooLarge):
        return None
    if algebra.facts.is_nonzero(gap.num):
        return Proof("normal form", "the difference is nowhere zero")
    return None


Found = tuple[str, str] | tuple[str, str, tuple[tuple[str, Expr], ...]]


def _enough(goal: _Goal, ratio: Ratio) -> bool:
    sign = goal.algebra.facts.sign_of(ratio)
    if ratio.is_zero:
        return not goal.strict
    return sign is not None and sign[0] == 1 and (sign[1] or not goal.strict)


def _by_sign(goal: _Goal) -> Found | None:
    if goal.gap.is_zero:
        return None if goal.strict else ("normal form", "both sides have one normal form")
    if _enough(goal, goal.gap):
        return "normal form", "the difference is a sum of terms of known sign"
    return None


def structural_sign(algebra: Algebra, term: Expr) -> Sign | None:
    """The sign that a term's own shape shows: a weighted sum of squares is one only before it is expanded."""
    if isinstance(term, Add):
        return _agree([structural_sign(algebra, part) for part in term.args])
    if isinstance(term, Mul):
        sign, strict = 1, True
        for part in term.args:
            here = structural_sign(algebra, part)
            if here is None:
                return None
            sign, strict = sign * here[0], strict and here[1]
        return sign, strict
    if isinstance(term, Pow) and term.args[1].is_Integer and term.args[1] % 2 == 0:
        return 1, algebra.facts.is_nonzero(algebra.normalise(term.args[0]).num)
    if isinstance(term, Sum) and len(term.limits) == 1:
        ((index, lower, upper),) = limits_of(term)
        inner = Index(f"term{next(_NUMBERS)}", upper, lower)
        here = structural_sign(algebra, substitute(term.function, {index: inner}))
        if here is None:
            return None
        return here[0], here[1] and algebra.facts.integers.at_least(upper, lower)
    return algebra.facts.sign_of(algebra.normalise(term))


def _agree(signs: list[Sign | None]) -> Sign | None:
    """The sign of a sum whose parts have one sign."""
    total, strict = 0, False
    for sign in signs:
        if sign is None or (sign[0] and total and sign[0] != total):
            return None
        if sign[0]:
            total, strict = sign[0], strict or sign[1]
    return total, strict


def _by_linear_arithmetic(goal: _Goal) -> Found | None:
    den = goal.algebra.facts.poly_sign(goal.gap.den)
    if den is None or den[0] == 0 or not den[1]:
        return None
    if follows(goal.algebra, goal.gap.num if den[0] > 0 else -goal.gap.num, goal.strict):
        return "sign cells", "linear arithmetic over the facts"
    return None


# -- squares -------------------------------------------------------------------------------------------


def _by_squares(goal: _Goal) -> Found | None:
    """The difference as a square in the roots that occur, or as a positive semidefinite quadratic form."""
    algebra, gap = goal.algebra, goal.gap
    den = algebra.facts.poly_sign(gap.den)
    if den is None or den[0] == 0 or not den[1]:
        return None
    num = gap.num if den[0] > 0 else -gap.num
    in_roots = _in_roots(algebra, num)
    if in_roots != num:
        sign = algebra.facts.poly_sign(in_roots)
        if sign is not None and sign[0] == 1 and (sign[1] or not goal.strict):
            return "normal form", "the difference is a square of roots"
    if not goal.strict and _is_psd(algebra, num):
        return "normal form", "the difference is a sum of squares"
    return None


def _in_roots(algebra: Algebra, poly: Poly) -> Poly:
    """Write a base as its root's square, where the base is one generator: x − 2√x + 1 as r² − 2r + 1."""
    images: dict[int, Poly] = {}
    for g in poly.generators():
        generator = algebra.generators[g]
        if generator.kind == "root":
            base, order = generator.data
            if len(base) == 1 and len(base.generators()) == 1 and base.leading()[1] == 1:
                (inner,) = base.generators()
                if base == Poly.generator(inner):
                    images[inner] = Poly.generator(g, order)
    if not images:
        return poly
    result = Poly({})
    for mono, c in poly:
        piece = Poly.constant(c)
        for g, e in mono:
            piece = piece * (images[g].power(e) if g in images else Poly.generator(g, e))
        result = result + piece
    return result


def _is_psd(algebra: Algebra, poly: Poly) -> bool:
    """Is a quadratic polynomial in the generators positive semidefinite? Exact LDLᵀ over ℚ."""
    names = sorted(poly.generators())
    if len(names) > 12 or any(sum(e for _, e in mono) > 2 for mono, _ in poly):
        return False
    places: dict[int | None, int] = {None: 0} | {g: n + 1 for n, g in enumerate(names)}
    size = len(names) + 1
    matrix = [[fmpq(0)] * size for _ in range(size)]
    for mono, c in poly:
        spots = [places[g] for g, e in mono for _ in range(e)] + [0] * (2 - sum(e for _, e in mono))
        a, b = spots
        matrix[a][b] += c / 2
        matrix[b][a] += c / 2
    for k in range(size):
        pivot = matrix[k][k]
        if pivot < 0:
            return False
        if pivot == 0:
            if any(matrix[k][j] != 0 for j in range(k, size)):
                return False
            continue
        for i in range(k + 1, size):
            scale = matrix[i][k] / pivot
            for j in range(k, size):
                matrix[i][j] -= scale * matrix[k][j]
    return True


def _by_squaring(problem: Problem, depth: int) -> Proof | None:
    """``√a ≥ b`` follows from ``√a ≥ 0`` and ``a ≥ b²``; a whole side must be a product with a root."""
    if depth >= 2:
        return None
    algebra = algebra_for(problem)
    left, right = algebra.normalise(problem.lhs), algebra.normalise(problem.rhs)
    if not any(algebra.generators[g].kind == "root" for g in left.generators() | right.generators()):
        return None
    if len(left.num) > 1 and len(right.num) > 1:
        return None
    sign = algebra.facts.sign_of(left)
    if sign is None or sign[0] != 1:
        return None
    proof = prove_inequality(problem.sides(problem.lhs**2, problem.rhs**2), depth + 2)
    return None if proof is None else Proof(proof.method, "squared: " + proof.evidence, proof.needed)


def _by_logarithms(problem: Problem, algebra: Algebra, depth: int) -> Proof | None:
    """``a ≥ b > 0`` follows from ``log a ≥ log b``: powers and exponentials become products."""
    if depth >= 2:
        return None
    left, right = algebra.normalise(problem.lhs), algebra.normalise(problem.rhs)
    kinds = {algebra.generators[g].kind for g in left.generators() | right.generators()}
    if not kinds & {"power", "exp"}:
        return None
    if algebra.facts.sign_of(left) != (1, True) or algebra.facts.sign_of(right) != (1, True):
        return None
    proof = prove_inequality(problem.sides(log(problem.lhs), log(problem.rhs)), depth + 2)
    return None if proof is None else Proof(proof.method, "logarithms: " + proof.evidence, proof.needed)


# -- sums ----------------------------------------------------------------------------------------------


def _by_terms(goal: _Goal) -> Found | None:
    """``Σ_j f_j ≥ 0`` because every f_j is, whatever j: |·|, max and the known facts act inside."""
    merged = _merged_summand(goal)
    if merged is None:
        return None
    index, summand = merged
    algebra = goal.algebra
    term = algebra.term(summand)
    # A name of its own: terms of terms must not fall together.
    inner = Index(f"term{next(_NUMBERS)}", index.upper, index.lower)
    problem = Problem(
        substitute(term, {index: inner}),
        ">" if goal.strict else ">=",
        Integer(0),
        algebra.facts.hypotheses(),
        (),
        (),
        algebra.deadline if algebra.deadline is not None else float("inf"),
    )
    if goal.strict and not algebra.facts.integers.at_least(index.upper, index.lower):
        return None
    proof = prove_inequality(problem, 2)
    if proof is None or proof.needed:
        return None
    return proof.method, "term by term: " + proof.evidence


def _merged_summand(goal: _Goal) -> tuple[Index, Ratio] | None:
    """The difference as one sum ``Σ_j f_j``, when it is linear in sums over one range."""
    algebra, gap = goal.algebra, goal.gap
    sums_here = [g for g in gap.num.generators() if algebra.generators[g].kind == "sum"]
    sums_here = [g for g in sums_here if len(algebra.generators[g].data[0]) == 1]
    if not sums_here or any(algebra.generators[g].kind == "sum" for g in gap.den.generators()):
        return None
    parts = gap.num.split(frozenset(sums_here))
    ranges = {
        (algebra.generators[g].data[0][0].lower, algebra.generators[g].data[0][0].upper) for g in sums_here
    }
    if len(ranges) != 1:
        return None
    ((lower, upper),) = ranges
    index = Index("\u00b7merged", upper, lower)
    summand = None
    for mono, coefficient in parts.items():
        if not mono:
            if not algebra.facts.integers.at_least(upper, lower):
                return None  # over an empty range the constant would be lost
            size = algebra.normalise(upper - lower + 1)
            part = algebra.divide(algebra.ratio(coefficient, gap.den), size)
        elif len(mono) == 1 and mono[0][1] == 1:
            (bound,), body = algebra.generators[mono[0][0]].data
            part = algebra.multiply(
                algebra.ratio(coefficient, gap.den), algebra.substitute(body, {bound: index})
            )
        else:
            return None
        summand = part if summand is None else algebra.add(summand, part)
    return None if summand is None else (index, summand)


# -- known facts ---------------------------------------------------------------------------------------


def _by_known_facts(goal: _Goal) -> Found | None:
    """Subtract instances of known facts, each a term ≥ 0, until the rest has a known sign."""
    return _subtract_facts(goal, goal.gap, 3, [])


def _subtract_facts(goal: _Goal, gap: Ratio, budget: int, used: list[tuple[str, Ratio]]) -> Found | None:
    if budget == 0:
        return None
    algebra = goal.algebra
    for number, (name, instance) in enumerate(instances(algebra, gap)):
        if number >= _MOST_INSTANCES:
            return None
        algebra.check_deadline()
        rest = algebra.subtract(gap, instance)
        facts = [*used, (name, instance)]
        if _enough(goal, rest) or (not goal.strict and _rest_is_square(goal, rest)):
            names = dict.fromkeys(known for known, _ in facts)
            terms = tuple((known, algebra.term(term)) for known, term in facts)
            return f"lemma {facts[0][0]}", "by " + ", ".join(names), terms
        if len(rest.num) < len(gap.num):
            found = _subtract_facts(goal, rest, budget - 1, facts)
            if found is not None:
                return found
    return None


def _rest_is_square(goal: _Goal, rest: Ratio) -> bool:
    return _by_squares(_Goal(goal.algebra, rest, False)) is not None
