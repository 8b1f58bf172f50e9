"""Is a difference zero? Normal form first, then cases on deltas and signs, then relations between sums."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Heaviside, Integer, Piecewise, Symbol, ceiling, expand, floor, oo, sign

from symderive.decide import atoms, functions, powers, products, sums  # noqa: F401  (they register the normal forms)
from symderive.decide.algebra import ZERO, Algebra, Ratio, Undefined, Unsupported
from symderive.decide.linear import feasible
from symderive.decide.polynomial import Monomial, Poly, TooLarge
from symderive.decide.problem import Problem, algebra_for, with_condition
from symderive.terms import Dim, Hypothesis, Index, Iverson, alpha_equal, free_names, is_whole, walk

__all__ = ["Proof", "difference", "needed_conditions", "prove_equal", "split_cases"]

_MOST_CASES = 5
_MOST_PASCAL = 6


@dataclass(frozen=True)
class Proof:
    """How something was proved, and the conditions that the proof needed beyond the claim's own.

    `facts` are the instances of known inequalities that it used: a fact's name, and a term ≥ 0 by it.
    """

    method: str
    evidence: str
    needed: tuple[Hypothesis, ...] = ()
    facts: tuple[tuple[str, Expr], ...] = ()


def difference(problem: Problem) -> tuple[Algebra, Ratio]:
    """The normal form of ``lhs − rhs``."""
    algebra = algebra_for(problem)
    left, right = algebra.normalise(problem.lhs), algebra.normalise(problem.rhs)
    return algebra, algebra.subtract(left, right)


def prove_equal(problem: Problem, depth: int = 0) -> Proof | None:
    """A proof that both sides are equal, or None."""
    if alpha_equal(problem.lhs, problem.rhs):
        return Proof("normal form", "both sides are one once definitions are unfolded")
    try:
        algebra, gap = difference(problem)
    except (Unsupported, Undefined, TooLarge):
        return None
    needed = needed_conditions(algebra)
    if gap.is_zero:
        return Proof("normal form", "both sides have one normal form", needed)
    if _related_sums(algebra, gap):
        return Proof("normal form", "both sides agree once dependent sums are reduced", needed)
    if any(algebra.generators[g].kind == "binomial" for g in gap.generators()) and depth == 0:
        proof = _by_pascal(problem, algebra)
        if proof is not None:
            return proof
    if depth >= _MOST_CASES:
        return None
    cases = split_cases(problem, algebra, gap)
    if cases is None:
        return None
    kind, parts, borders = cases
    needed += borders
    for part in parts:
        proof = prove_equal(part, depth + 1)
        if proof is None:
            return None
        needed += proof.needed
    method = "sign cells" if kind == "sign" else "normal form"
    what = "signs" if kind == "sign" else "equal and different indices"
    return Proof(method, f"one normal form in each of {len(parts)} cases of {what}", needed)


def _by_pascal(problem: Problem, seen: Algebra) -> Proof | None:
    """Equal after ``C(n, k) = C(n−1, k) + C(n−1, k−1)``, which holds for every integer k and n ≥ 1."""
    floors: dict[Expr, Expr] = {}
    highest: dict[Expr, Expr] = {}
    for generator in seen.generators:
        if generator.kind == "binomial":
            offset, free = generator.data[0].as_coeff_Add()
            floors[free] = min(offset, floors.get(free, offset))
            highest[free] = max(offset, highest.get(free, offset))
    if any(highest[free] - floors[free] > _MOST_PASCAL for free in floors):
        return None
    algebra = algebra_for(problem)
    algebra.pascal_floors = floors
    algebra.forget_terms()
    gap = algebra.subtract(algebra.normalise(problem.lhs), algebra.normalise(problem.rhs))
    return Proof("normal form", "both sides agree by Pascal's rule") if gap.is_zero else None


def needed_conditions(algebra: Algebra) -> tuple[Hypothesis, ...]:
    """What the rewriting itself needed, for every value of the indices that it bound."""
    conditions = []
    for term, relation in algebra.needed:
        bound = tuple(sorted((name for name in free_names(term) if _is_bound(frozenset((name,)))), key=str))
        conditions.append(Hypothesis(term, relation, 0, bound))
    return tuple(conditions)


def split_cases(
    problem: Problem, algebra: Algebra, gap: Ratio
) -> tuple[str, list[Problem], tuple[Hypothesis, ...]] | None:
    """Problems that together cover the given one: by a delta of free indices, or by a sign.

    The border between two cells belongs to neither. Where only |·| switches there, both sides are continuous
    and the border follows; where an indicator jumps, it is returned as a condition that the proof needs.
    """
    for g in sorted(gap.generators()):
        generator = algebra.generators[g]
        if generator.kind == "delta" and not _is_bound(generator.names):
            case = _index_case(problem, generator.data)
            if case is not None:
                return "delta", case, ()
    # Signs may sit inside other generators (a maximum of a maximum): the innermost first.
    for generator in algebra.generators:
        border: tuple[Hypothesis, ...] = ()
        if generator.kind == "sign" and not _is_bound(generator.names):
            term = algebra.poly_term(generator.data)
            if jumps(problem):
                border = (Hypothesis(term, "!=", 0),)
        elif generator.kind == "iverson" and isinstance(generator.data, tuple):
            if _is_bound(generator.names):
                continue
            part = generator.data[0]
            if part == "zero":
                continue
            term = algebra.term(part)
            border = (Hypothesis(term, "!=", 0),)
        else:
            continue
        if not _occurs(algebra, gap, generator.number):
            continue
        cells = [with_condition(problem, term, ">"), with_condition(problem, term, "<")]
        if is_whole(term):
            # No continuity between integers: the border is a cell of its own.
            on_border = _index_case(problem, expand(term))
            if on_border is None:
                continue
            cells.append(on_border[0])
            border = ()
        return "sign", [cell for cell in cells if _possible(cell)], border
    return None


def jumps(problem: Problem) -> bool:
    """May a side jump where an absolute value has its kink? Then a border is a case of its own."""
    jumping = (Iverson, sign, Piecewise, floor, ceiling, Heaviside)
    return any(isinstance(node, jumping) for side in (problem.lhs, problem.rhs) for node in walk(side))


def _is_bound(names: frozenset[Symbol]) -> bool:
    return any(name.name.startswith(("\u00b7", "\u00b0", "~")) for name in names)


def _occurs(algebra: Algebra, gap: Ratio, number: int) -> bool:
    """Does a generator occur in a fraction, or inside the generators that do?"""
    if number in gap.generators():
        return True
    wanted = algebra.generators[number].term
    return any(node == wanted for g in gap.generators() for node in walk(algebra.generators[g].term))


def _index_case(problem: Problem, difference_: Expr) -> list[Problem] | None:
    """The two cases of ``δ``: the indices are equal, or they are not."""
    for name in sorted(difference_.free_symbols, key=str):
        slope = expand(difference_).coeff(name, 1)
        if slope not in (1, -1) or not isinstance(name, (Index, Dim)):
            continue
        place = expand(-slope * (difference_ - slope * name))
        if name in place.free_symbols:
            continue
        equal = problem.substitute({name: place})
        lower, upper = (name.lower, name.upper) if isinstance(name, Index) else (Integer(1), oo)
        for gap in (place - lower, upper - place):
            if not gap.has(oo):
                equal = with_condition(equal, expand(gap), ">=")
        if isinstance(name, Dim):
            # It stands in the ranges of indices and families too.
            equal = with_condition(equal, name - place, "=")
        return [equal, with_condition(problem, difference_, "!=")]
    return None


def _possible(problem: Problem) -> bool:
    """Can the inequalities of a cell hold together, as far as linear arithmetic sees?"""
    algebra = Algebra(problem.deadline)
    weak: list[dict[Any, Fraction]] = []
    strict: list[dict[Any, Fraction]] = []
    for h in problem.hypotheses:
        if h.relation not in (">", ">=", "<", "<=") or h.forall:
            continue
        gap = h.lhs - h.rhs if h.relation in (">", ">=") else h.rhs - h.lhs
        try:
            ratio = algebra.normalise(gap)
        except (Unsupported, Undefined, TooLarge):
            continue
        if not ratio.den.is_constant:
            continue
        (strict if h.relation in (">", "<") else weak).append(_linear(ratio.num))
    for generator in algebra.generators:
        sign = algebra.facts.generator_sign(generator.number)
        if sign is not None and sign[0]:
            form = {((generator.number, 1),): Fraction(sign[0])}
            (strict if sign[1] else weak).append(form)
    return feasible(weak, strict)


def _linear(poly: Poly) -> dict[Any, Fraction]:
    """A polynomial as a linear form in its monomials."""
    return {(mono or None): Fraction(int(c.p), int(c.q)) for mono, c in poly}


# -- linear relations between sums ---------------------------------------------------------------------


def _related_sums(algebra: Algebra, gap: Ratio) -> bool:
    """Is the difference zero once sums are expressed by a basis of their summands?

    Σ 1/(x(1+x)) − Σ 1/x + Σ 1/(1+x) = 0 although no summand equals another.
    """
    groups: dict[tuple[Index, ...], list[int]] = {}
    for g in sorted(gap.generators()):
        generator = algebra.generators[g]
        if generator.kind == "sum" and len(generator.data[0]) == 1:
            index = generator.data[0][0]
            groups.setdefault((index.lower, index.upper), []).append(g)
    images: dict[int, Ratio] = {}
    for members in groups.values():
        if 1 < len(members) <= 8:
            images.update(_basis_relations(algebra, members))
    if not images:
        return False
    return algebra.replace(gap, images).is_zero


def _basis_relations(algebra: Algebra, members: list[int]) -> dict[int, Ratio]:
    """Dependent sums as combinations of the others, by elimination over the index-free functions."""
    shared = Index("\u00b7basis", *reversed(_limits(algebra, members[0])))
    bodies = []
    for g in members:
        (index,), body = algebra.generators[g].data
        bodies.append(algebra.substitute(body, {index: shared}))
    den = Poly.constant(1)
    for body in bodies:
        den = algebra.ratio(den, Poly.constant(1)).num * body.den
    rows: dict[Monomial, list[Ratio]] = {}
    for column, body in enumerate(bodies):
        num = algebra.ratio(body.num * den, body.den)
        dependent = frozenset(g for g in num.generators() if algebra.depends(g, shared))
        for mono, coefficient in num.num.split(dependent).items():
            rows.setdefault(mono, [ZERO] * len(bodies))[column] = algebra.ratio(coefficient)
    relations: dict[int, Ratio] = {}
    pivots = _eliminate(algebra, list(rows.values()), len(bodies))
    pivot_columns = {column for column, _ in pivots}
    for column in range(len(bodies)):
        if column in pivot_columns:
            continue
        # body[column] = Σ_p row_p[column] · body[pivot_p]
        combined = ZERO
        for pivot, row in pivots:
            image = algebra.multiply(row[column], algebra.ratio(Poly.generator(members[pivot])))
            combined = algebra.add(combined, image)
        relations[members[column]] = combined
    return relations


def _limits(algebra: Algebra, number: int) -> tuple[Expr, Expr]:
    index = algebra.generators[number].data[0][0]
    return index.lower, index.upper


def _eliminate(algebra: Algebra, rows: list[list[Ratio]], width: int) -> list[tuple[int, list[Ratio]]]:
    """Reduced row echelon form: (pivot column, row) pairs."""
    pivots: list[tuple[int, list[Ratio]]] = []
    for column in range(width):
        pivot = next((row for row in rows if not row[column].is_zero), None)
        if pivot is None:
            continue
        rows = [row for row in rows if row is not pivot]
        inverse = algebra.invert(pivot[column])
        pivot = [algebra.multiply(value, inverse) for value in pivot]
        rows = [_minus(algebra, row, pivot, row[column]) for row in rows]
        pivots = [(c, _minus(algebra, row, pivot, row[column])) for c, row in pivots]
        pivots.append((column, pivot))
    return pivots


def _minus(algebra: Algebra, row: list[Ratio], pivot: list[Ratio], times: Ratio) -> list[Ratio]:
    if times.is_zero:
        return row
    return [algebra.subtract(a, algebra.multiply(times, b)) for a, b in zip(row, pivot, strict=True)]
