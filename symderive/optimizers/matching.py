"""Is a system of recurrences this rule, up to names, re-indexing and helper definitions?

Floating-point values propose which number of the document each hyper-parameter is; the judge proves that
the equations are then equal. Without that proof there is no match.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, permutations, product
from typing import Any

import numpy as np
from sympy import Expr, Integer, Mul, Number, Pow, Symbol

from symderive.decide import Status, judge
from symderive.optimizers.numeric import Unvalued, value
from symderive.optimizers.recurrent_system import GRADIENT_NAME, TIME, Form, at, lagged
from symderive.optimizers.rule_system import rule_form
from symderive.optimizers.update_rule import EPSILON, LEARNING_RATE, UpdateRule

__all__ = [
    "Candidates",
    "Match",
    "Pairing",
    "assignments",
    "coefficients",
    "equal",
    "match",
    "pairings",
    "solutions",
]

_POINTS = 3
_MOST_COEFFICIENTS = 16
_MOST_COMBINATIONS = 20_000
_MOST_PROOFS = 4
_SECONDS = 2.0


@dataclass(frozen=True)
class Match:
    """A rule that a system is.

    Parameters
    ----------
    rule
        The rule.
    form
        The system as it was compared.
    states
        The rule's states → the system's, and the sign that the system gives them.
    values
        The rule's hyper-parameters → numbers and names of the system; its step → the system's.
    """

    rule: UpdateRule
    form: Form
    states: Mapping[str, tuple[str, int]]
    values: Mapping[Symbol, Expr]


@dataclass(frozen=True)
class Pairing:
    """Which sequence of a system is which of a rule: equations of both over the system's names."""

    rule: UpdateRule
    form: Form
    rule_form: Form
    states: Mapping[str, tuple[str, int]]

    def translated(self, body: Expr) -> Expr:
        """A body of the rule over the system's sequences."""
        changes: dict[Symbol, Expr] = {}
        for symbol, (name, lag) in lagged(body).items():
            if name == self.rule_form.parameter:
                changes[symbol] = at(self.form.parameter, lag)
            elif name in self.states:
                other, sign = self.states[name]
                changes[symbol] = sign * at(other, lag)
        return body.xreplace(changes)

    def equations(self, kept: bool = False) -> Iterator[tuple[str, Expr, Expr]]:
        """The rule's sequence, the system's body, and the rule's over the system's names; states first."""
        mine = self.form.kept if kept else self.form.opened
        theirs = self.rule_form.kept if kept else self.rule_form.opened
        for name, (other, sign) in self.states.items():
            yield name, mine[other], sign * self.translated(theirs[name])
        parameter = self.rule_form.parameter
        yield parameter, mine[self.form.parameter], self.translated(theirs[parameter])


def match(form: Form, rule: UpdateRule) -> Match | None:
    """The match of a form with a rule, proved; None where there is none.

    Parameters
    ----------
    form
        A system's form (`document_system`).
    rule
        A rule of the registry.
    """
    for pairing in pairings(form, rule):
        pairs = [(mine, theirs) for _, mine, theirs in pairing.equations()]
        if form.point is not None and pairing.rule_form.point is not None:
            pairs.append((form.point, pairing.translated(pairing.rule_form.point)))
        unknown = _unknown(rule, pairs)
        for values in islice(assignments(pairs, unknown), _MOST_PROOFS):
            if all(equal(mine, theirs.xreplace(values)) for mine, theirs in pairs):
                return Match(rule, form, pairing.states, values)
    return None


def _unknown(rule: UpdateRule, pairs: Sequence[tuple[Expr, Expr]]) -> tuple[Symbol, ...]:
    used = set().union(*(theirs.free_symbols for _, theirs in pairs))
    own = [row.symbol for row in rule.hyperparameters]
    return tuple(symbol for symbol in (*own, TIME) if symbol in used)


def pairings(form: Form, rule: UpdateRule, loose: bool = False) -> Iterator[Pairing]:
    """The ways to take a form's sequences for a rule's.

    Parameters
    ----------
    form, rule
        What is compared.
    loose
        Allow equations that use other values than the rule's: one of them may hold a mistake.
    """
    theirs = rule_form(rule)
    if theirs is None or len(theirs.states) != len(form.states):
        return
    for order in permutations(form.states):
        names = {theirs.parameter: form.parameter, **dict(zip(theirs.states, order, strict=True))}
        if not loose and not all(
            _uses(theirs.opened[one], names) == _uses(form.opened[other]) for one, other in names.items()
        ):
            continue
        for signs in product((1, -1), repeat=len(order)):
            states = {
                name: (other, sign) for name, other, sign in zip(theirs.states, order, signs, strict=True)
            }
            yield Pairing(rule, form, theirs, states)


def _uses(body: Expr, names: Mapping[str, str] | None = None) -> frozenset[tuple[str, int]]:
    """The values of sequences in a body; of a system, without numbers that only change with the step."""
    found = lagged(body).values()
    if names is not None:
        return frozenset((names.get(name, name), lag) for name, lag in found)
    return frozenset(found)


def equal(mine: Expr, theirs: Expr) -> bool:
    """Are two bodies equal for all values? Proved, or identical as they stand."""
    return mine == theirs or _proved(mine, theirs)


@lru_cache(maxsize=2048)
def _proved(mine: Expr, theirs: Expr) -> bool:
    return judge(mine, theirs, timeout=_SECONDS).status is Status.PROVED


# --- which number is which hyper-parameter ---


def assignments(
    pairs: Sequence[tuple[Expr, Expr]], unknown: Sequence[Symbol], fixed: Mapping[Symbol, Expr] | None = None
) -> Iterator[dict[Symbol, Expr]]:
    """Values of the unknown symbols for which both sides of all pairs agree at a few points.

    Parameters
    ----------
    pairs
        Bodies of the system and of the rule, over the same sequences.
    unknown
        Hyper-parameters of the rule, and `TIME`.
    fixed
        Values that are known already.
    """
    order = sorted(range(len(pairs)), key=lambda n: len(set(unknown) & pairs[n][1].free_symbols))
    yield from solutions(Candidates([pairs[n] for n in order]), unknown, fixed)


def solutions(
    candidates: Candidates, unknown: Sequence[Symbol], fixed: Mapping[Symbol, Expr] | None = None
) -> Iterator[dict[Symbol, Expr]]:
    """What `assignments` gives, for pairs whose values at points are known."""
    yield from _solve(candidates, 0, tuple(unknown), dict(fixed or {}))


class Candidates:
    """Pairs with points at which both sides have values."""

    def __init__(self, pairs: Sequence[tuple[Expr, Expr]]) -> None:
        self.pairs = list(pairs)
        names = set().union(*(side.free_symbols for mine, _ in pairs for side in (mine,)))
        self.points = _points(sorted(names, key=lambda s: s.name), [mine for mine, _ in pairs])
        self.values = [_side(mine, self.points) for mine, _ in pairs]


def _side(term: Expr, points: Sequence[Mapping[Symbol, float]]) -> list[Any]:
    return [value(term, point) for point in points]


def _points(names: Sequence[Symbol], terms: Sequence[Expr]) -> list[dict[Symbol, float]]:
    """Points at which all terms have values: states positive, gradients of either sign."""
    random = np.random.default_rng(20)
    found: list[dict[Symbol, float]] = []
    for attempt in range(60):
        point = {}
        for name in names:
            parts = lagged(name).get(name)
            if name.is_integer:
                point[name] = float(random.integers(2, 6))
            elif parts is not None and parts[0] == GRADIENT_NAME:
                point[name] = float(random.uniform(0.2, 1.0) * random.choice((-1, 1)))
            else:
                point[name] = float(random.uniform(0.11, 0.89)) * (3 if attempt % 2 and parts else 1)
        point.setdefault(TIME, float(random.integers(2, 6)))
        if all(np.isfinite(value(term, point)) for term in terms):
            found.append(point)
            if len(found) == _POINTS:
                return found
    raise Unvalued("no point at which the equations have values")


def _solve(
    candidates: Candidates, number: int, unknown: tuple[Symbol, ...], known: dict[Symbol, Expr]
) -> Iterator[dict[Symbol, Expr]]:
    if number == len(candidates.pairs):
        yield known
        return
    mine, theirs = candidates.pairs[number]
    open_here = [symbol for symbol in unknown if symbol in theirs.free_symbols and symbol not in known]
    body = theirs.xreplace({symbol: term for symbol, term in known.items() if symbol != TIME})
    choices = [_choices(symbol, mine, candidates) for symbol in open_here]
    size = 1
    for choice in choices:
        size *= len(choice)
    if size == 0 or size > _MOST_COMBINATIONS:
        return
    for combination in _agreeing(candidates, number, body, open_here, choices, known):
        yield from _solve(
            candidates, number + 1, unknown, {**known, **dict(zip(open_here, combination, strict=True))}
        )


def _choices(symbol: Symbol, mine: Expr, candidates: Candidates) -> list[Expr]:
    if symbol == TIME:
        return _steps([mine for mine, _ in candidates.pairs])
    found = coefficients(mine)
    if symbol == EPSILON:
        return [*found, Integer(0)]
    if symbol == LEARNING_RATE and len(candidates.pairs) > 1:
        return [*found, Integer(1)]  # but a bare θ − v is no gradient descent with the rate 1
    return found


def _steps(terms: Sequence[Expr]) -> list[Expr]:
    """What may count the steps: the step itself, shifted, or a name in an exponent."""
    found: dict[Expr, None] = {}
    for term in terms:
        for node in term.atoms(Pow):
            exponent = node.exp
            if exponent.free_symbols and not lagged(exponent):
                names = exponent.free_symbols
                if len(names) == 1 and (exponent - next(iter(names))).is_Integer:
                    found[exponent] = None
        if TIME in term.free_symbols:
            found[TIME] = None
            found[TIME - 1] = None
            found[TIME + 1] = None
    return list(found)


def coefficients(term: Expr) -> list[Expr]:
    """Numbers of the document that may be a hyper-parameter: names, numbers, their products as they stand,
    and what is missing to 1; the plainest first.
    """
    plain: dict[Expr, None] = {}
    composed: dict[Expr, None] = {}
    stack = [term]
    while stack:
        node = stack.pop()
        if _is_coefficient(node):
            if isinstance(node, Symbol):
                plain[node] = None
            elif isinstance(node, Number):
                if node.is_positive and (not node.is_Integer or node > 2):
                    plain[node] = None
            elif not node.as_coeff_Mul()[0].is_negative:
                composed[node] = None
        elif isinstance(node, Mul):
            own = Mul(*(factor for factor in node.args if _is_coefficient(factor)))
            if own.as_coeff_Mul()[0].is_negative:
                own = -own
            if not own.is_Number:
                composed[own] = None
        stack.extend(node.args)
    rest = [1 - node for node in plain]
    found = dict.fromkeys([*plain, *rest, *composed])
    return list(found)[:_MOST_COEFFICIENTS]


def _is_coefficient(node: Any) -> bool:
    """Does a term hold no sequence of the method and no step? A schedule's value is a coefficient."""
    if not isinstance(node, Expr):
        return False
    return all(
        isinstance(symbol, Symbol) and symbol != TIME and not symbol.is_integer and _is_number(symbol)
        for symbol in node.free_symbols
    )


def _is_number(symbol: Symbol) -> bool:
    return not lagged(symbol)


def _agreeing(
    candidates: Candidates,
    number: int,
    body: Expr,
    symbols: Sequence[Symbol],
    choices: Sequence[Sequence[Expr]],
    known: Mapping[Symbol, Expr],
) -> Iterator[tuple[Expr, ...]]:
    shape = [len(choice) for choice in choices]
    grid = np.indices(shape).reshape(len(choices), int(np.prod(shape)))
    agree = np.ones(grid.shape[1], dtype=bool)
    for point, expected in zip(candidates.points, candidates.values[number], strict=True):
        given: dict[Symbol, Any] = dict(point)
        if TIME in known:
            given[TIME] = value(known[TIME], point)
        for row, (symbol, choice) in enumerate(zip(symbols, choices, strict=True)):
            numbers = np.array([float(value(term, point)) for term in choice])
            given[symbol] = numbers[grid[row]]
        try:
            found = value(body, given)
        except Unvalued:
            return
        with np.errstate(all="ignore"):
            agree &= np.abs(found - expected) <= 1e-9 * (1 + abs(expected))
        if not agree.any():
            return
    for column in np.flatnonzero(agree):
        yield tuple(choice[grid[row, column]] for row, choice in enumerate(choices))
