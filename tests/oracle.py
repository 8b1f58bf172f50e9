"""An independent oracle: terms evaluated by mpmath at 50 digits, at sizes that the judge does not use.

It shares no code with the judge's evaluator, and draws real numbers, not small fractions.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import mpmath
from sympy import (
    Abs,
    Add,
    Expr,
    Indexed,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Number,
    NumberSymbol,
    Piecewise,
    Pow,
    Product,
    S,
    Sum,
    Symbol,
    binomial,
    exp,
    factorial,
    log,
    sign,
)
from sympy.core.relational import Relational

from symderive.terms import (
    Apply,
    Claim,
    Dim,
    Index,
    IndexedMax,
    IndexedMin,
    Iverson,
    MisusedDefinition,
    Operation,
    Vec,
    limits_of,
    unfold,
)

SIZES = (4, 7)


class NoValue(ArithmeticError):
    """The term has no value here."""


class World:
    """Random values for every name, positive where asked."""

    def __init__(self, size: int, seed: int, positive: Iterable[str] = (), unit: Iterable[str] = ()) -> None:
        self.size = size
        self.random = random.Random(f"{size}-{seed}")
        self.values: dict[Any, Any] = {}
        self.positive, self.unit = set(positive), set(unit)
        self.recurrences: dict[str, Any] = {}
        #: functions that are met at one argument only: their components are plain numbers
        self.families: set[str] = set()
        #: does an entry outside its family's range have no value?
        self.ranged = True

    def number(self, key: Any, name: str) -> mpmath.mpf:
        if key not in self.values:
            if name in self.unit:
                value = self.random.uniform(0.05, 0.95)
            elif name in self.positive:
                value = self.random.uniform(0.1, 2.5)
            else:
                value = self.random.uniform(0.15, 2.0) * self.random.choice([-1, 1])
            self.values[key] = mpmath.mpf(value)
        return self.values[key]

    def integer(self, term: Expr, bound: dict[Symbol, int]) -> int:
        value = self(term, bound)
        if int(value) != value:
            raise NoValue("an index that is no integer")
        return int(value)

    def symbol(self, term: Symbol, bound: dict[Symbol, int]) -> Any:
        if term in bound:
            return mpmath.mpf(bound[term])
        if isinstance(term, Dim):
            # Dimensions differ, so that a matrix is not its transpose.
            order = sorted(self.values.setdefault("dims", [])) if "dims" in self.values else []
            names = self.values.setdefault("dims", order)
            if term.name not in names:
                names.append(term.name)
            return mpmath.mpf(self.size + names.index(term.name))
        if isinstance(term, Index):
            if term not in self.values:
                low = self.integer(term.lower, bound)
                high = low + 6 if term.upper == S.Infinity else self.integer(term.upper, bound)
                self.values[term] = mpmath.mpf(self.random.randint(low, max(low, high)))
            return self.values[term]
        if term.is_integer:
            if term not in self.values:
                self.values[term] = mpmath.mpf(self.random.randint(2, 6))
            return self.values[term]
        return self.number(term, term.name)

    def __call__(self, term: Expr, bound: dict[Symbol, int] | None = None) -> Any:
        bound = bound or {}
        if isinstance(term, Symbol):
            return self.symbol(term, bound)
        if isinstance(term, (Number, NumberSymbol)):
            return mpmath.mpf(term.p) / term.q if term.is_Rational else term._to_mpmath(200)
        args = term.args
        if isinstance(term, Add):
            return mpmath.fsum(self(arg, bound) for arg in args)
        if isinstance(term, Mul):
            return mpmath.fprod([self(arg, bound) for arg in args])
        if isinstance(term, Pow):
            return self.power(self(args[0], bound), self(args[1], bound))
        if isinstance(term, exp):
            return mpmath.exp(self(args[0], bound))
        if isinstance(term, log):
            value = self(args[0], bound)
            if value <= 0:
                raise NoValue("log")
            return mpmath.log(value)
        if isinstance(term, Abs):
            return abs(self(args[0], bound))
        if isinstance(term, sign) or type(term).__name__ == "_SignInside":
            return mpmath.sign(self(args[0], bound))
        if isinstance(term, (Max, Min)):
            values = [self(arg, bound) for arg in args]
            return max(values) if isinstance(term, Max) else min(values)
        if isinstance(term, (Sum, Product, IndexedMax, IndexedMin)):
            return self.over(term, bound)
        if isinstance(term, Indexed):
            return self.entry(term, bound)
        if isinstance(term, KroneckerDelta):
            return mpmath.mpf(1 if self(args[0], bound) == self(args[1], bound) else 0)
        if isinstance(term, Iverson):
            return mpmath.mpf(1 if self.holds(term.condition, bound) else 0)
        if isinstance(term, Piecewise):
            for value, condition in args:
                if self.holds(condition, bound):
                    return self(value, bound)
            raise NoValue("cases")
        if isinstance(term, binomial):
            n, k = (self.integer(arg, bound) for arg in args)
            return mpmath.binomial(n, k) if k >= 0 else mpmath.mpf(0)
        if isinstance(term, factorial):
            return mpmath.factorial(self(args[0], bound))
        if isinstance(term, Operation):
            return self(term.unfold(), bound)
        if isinstance(term, Apply):
            return self.application(term, bound)
        if hasattr(mpmath, type(term).__name__) and len(args) == 1:
            return getattr(mpmath, type(term).__name__)(self(args[0], bound))
        raise NoValue(type(term).__name__)

    def holds(self, condition: Any, bound: dict[Symbol, int]) -> bool:
        if isinstance(condition, Relational):
            left, right = (self(arg, bound) for arg in condition.args)
            return bool(
                {
                    "==": left == right,
                    "!=": left != right,
                    ">": left > right,
                    ">=": left >= right,
                    "<": left < right,
                    "<=": left <= right,
                }[condition.rel_op]
            )
        return bool(condition)

    def power(self, base: Any, exponent: Any) -> Any:
        if exponent == int(exponent):
            if base == 0 and exponent < 0:
                raise NoValue("division by zero")
            return base ** int(exponent)
        if base < 0 or (base == 0 and exponent < 0):
            raise NoValue("root")
        return base**exponent

    def over(self, term: Expr, bound: dict[Symbol, int]) -> Any:
        assignments = [dict(bound)]
        for index, lower, upper in limits_of(term):
            assignments = [
                {**held, index: value}
                for held in assignments
                for value in range(self.integer(lower, held), self.integer(upper, held) + 1)
            ]
        values = [self(term.args[0], held) for held in assignments]
        if isinstance(term, Sum):
            return mpmath.fsum(values)
        if isinstance(term, Product):
            return mpmath.fprod(values)
        return max(values) if isinstance(term, IndexedMax) else min(values)

    def entry(self, term: Indexed, bound: dict[Symbol, int]) -> Any:
        places = tuple(self.integer(index, bound) for index in term.indices)
        for place, (lower, upper) in zip(places, getattr(term.base, "ranges", ()), strict=False):
            if not self.ranged:
                break
            if place < self.integer(lower, bound) or (
                upper != S.Infinity and place > self.integer(upper, bound)
            ):
                raise NoValue("out of range")
        family = str(term.base)
        rule = self.recurrences.get(family)
        if rule is not None and (family, places) not in self.values:
            step = places[-1] - int(rule.at - rule.step)
            if step >= int(rule.step.lower):
                held = dict(zip(rule.components, places[:-1], strict=True)) | {rule.step: step}
                self.values[family, places] = self(rule.body, held)
        return self.number((family, places), family)

    def application(self, term: Apply, bound: dict[Symbol, int]) -> Any:
        """A sine of a random combination of the arguments: not the judge's exponentials."""
        places = tuple(self.integer(part, bound) for part in term.components)
        if term.head in self.families or not term.arguments:
            return self.number((term.head, places), term.head)
        values: list[tuple[Any, Any]] = []
        for slot, argument in enumerate(term.arguments):
            if isinstance(argument, Vec):
                ((index, lower, upper),) = argument.limits
                places_here = range(self.integer(lower, bound), self.integer(upper, bound) + 1)
                values += [
                    ((slot, value), self(argument.body, {**bound, index: value})) for value in places_here
                ]
            else:
                values.append(((slot,), self(argument, bound)))
        phase, scale = self.number((term.head, places, "phase"), ""), mpmath.mpf(1)
        for at, value in values:
            phase += self.number((term.head, places, at), "") * value
        for order in term.derivatives:
            at = tuple(self.integer(part, bound) for part in order)
            scale *= self.number((term.head, places, at), "")
        positive = 2 if term.head in self.positive | self.unit else 0
        turn = len(term.derivatives) * mpmath.pi / 2
        return scale * mpmath.sin(phase + turn) + (positive if not term.derivatives else 0)


def gaps(
    claim: Claim,
    positive: Iterable[str] = (),
    unit: Iterable[str] = (),
    trials: int = 6,
    digits: int = 60,
) -> Iterator[Any]:
    """``lhs − rhs`` relative to the sides, at the points where both have a value, one after the other."""
    try:
        lhs, rhs = (unfold(side, claim.definitions) for side in (claim.lhs, claim.rhs))
    except MisusedDefinition:
        return
    families = undifferentiated(lhs, rhs, *(h.lhs for h in claim.hypotheses))
    with mpmath.workdps(digits):
        for seed in range(trials):
            for size in SIZES:
                world = World(size, seed, positive, unit)
                world.recurrences = {r.head: r for r in claim.recurrences}
                world.families = families
                try:
                    normalise(world, claim)
                    left, right = world(lhs), world(rhs)
                except (NoValue, ZeroDivisionError, KeyError, ValueError):
                    continue
                yield (left - right) / max(1, abs(left), abs(right))


def undifferentiated(*terms: Any) -> set[str]:
    """The functions that are nowhere differentiated."""
    nodes = [node for term in terms for node in term.atoms(Apply)]
    return {node.head for node in nodes} - {node.head for node in nodes if node.derivatives}


def normalise(world: World, claim: Claim) -> None:
    """Rescale the families that a hypothesis Σ = 1 speaks of; other equations must hold by themselves."""
    for h in claim.hypotheses:
        if h.relation == "=" and isinstance(h.lhs, Indexed) and h.lhs.indices[-1].is_Integer:
            # An initial value, for every component that the hypothesis speaks of.
            components = [
                range(1, 2 * world.size) if index in h.forall else [index] for index in h.lhs.indices
            ]
            for places in product(*components):
                bound = {
                    index: place
                    for index, place in zip(h.lhs.indices, places, strict=True)
                    if index in h.forall
                }
                try:
                    value = world(h.rhs, bound)
                except NoValue:  # a component that the other side does not have
                    continue
                world.values[str(h.lhs.base), tuple(map(int, places))] = value
    for h in claim.hypotheses:
        if h.relation == "=" and isinstance(h.lhs, Sum) and not h.forall:
            total = world(h.lhs)
            families = {str(node.base) for node in h.lhs.atoms(Indexed)}
            families = {node.head for node in h.lhs.atoms(Apply)} or families
            (family,) = families
            for key in [key for key in world.values if isinstance(key, tuple) and key[0] == family]:
                world.values[key] *= world(h.rhs) / total
        elif h.relation in ("=", "!=") and not h.forall:
            if (world(h.lhs) == world(h.rhs)) != (h.relation == "="):
                raise NoValue("hypothesis")
        elif h.relation in ("<", "<=", ">", ">=") and not h.forall:
            gap = world(h.lhs) - world(h.rhs)
            if "=" not in h.relation if gap == 0 else (gap < 0) != (h.relation[0] == "<"):
                raise NoValue("hypothesis")


def is_false(claim: Claim, positive: Iterable[str] = (), unit: Iterable[str] = ()) -> bool:
    """Is an equation false at some point, beyond any rounding?

    A gap of rounding alone shrinks with more digits: √0 is 1e-30 where 0 is 1e-60.
    """
    if not any(abs(gap) > mpmath.mpf("1e-30") for gap in gaps(claim, positive, unit)):
        return False
    return any(abs(gap) > mpmath.mpf("1e-30") for gap in gaps(claim, positive, unit, digits=120))
