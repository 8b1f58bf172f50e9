"""The value of a term at a point: exact rationals where possible, Arb balls elsewhere.

An evaluator of its own, sharing nothing with the normal form: what one gets wrong the other contradicts.
A ball always holds the true value, so a ball that excludes zero refutes an equation.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from typing import Any, Protocol

from flint import arb, fmpq
from sympy import (
    And,
    Basic,
    Eq,
    Expr,
    Float,
    Ge,
    Gt,
    Integer,
    Le,
    Lt,
    Ne,
    Not,
    Or,
    Pow,
    Product,
    Rational,
    S,
    Sum,
    Symbol,
    Tuple,
    exp,
    log,
)

from symderive.decide.balls import (
    NoValue,
    Number,
    TooMuchWork,
    compare,
    subtract,
)
from symderive.decide.evaluation_rules import find_rule
from symderive.terms import (
    Apply,
    IndexedMax,
    IndexedMin,
    free_names,
    limits_of,
)

__all__ = ["Evaluator", "Source"]

Bindings = dict[Symbol, int]

_MOST_TERMS = 60_000


class Source(Protocol):
    """Where names get their values."""

    def noting(self) -> AbstractContextManager[set[Any]]:
        """The names whose values are asked for inside, and nothing of them outside."""

    def note(self, names: set[Any]) -> None:
        """A value was used again that rests on these names."""

    def symbol(self, name: Symbol) -> Number | int:
        """The value of a scalar, a dimension or a free index."""

    def entry(self, family: str, indices: tuple[int, ...]) -> Number:
        """The value of an entry of an indexed family."""

    def is_family(self, head: str) -> bool:
        """Is a function only ever met at one argument, so that its components are plain numbers?"""

    def application(
        self,
        head: str,
        arguments: tuple[Any, ...],
        components: tuple[int, ...],
        derivatives: tuple[tuple[int, ...], ...],
    ) -> Number:
        """The value of an unspecified function or of one of its derivatives."""

    def opaque(self, key: str) -> Number:
        """The value of something that is only a name."""


class Evaluator:
    """Evaluates terms at one point."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.steps = 0
        # a value, and the names that it rests on
        self._cache: dict[tuple[Any, ...], tuple[Number, set[Any]]] = {}

    def __call__(self, term: Basic, bindings: Bindings | None = None) -> Number:
        """The value of a term, bound indices given by `bindings`."""
        return self._value(term, bindings or {})

    def integer(self, term: Basic, bindings: Bindings) -> int:
        """The value of an integer term."""
        if isinstance(term, Integer):
            return int(term.p)
        if isinstance(term, Symbol) and term in bindings:
            return bindings[term]
        value = self._value(term, bindings)
        if isinstance(value, arb) or value.q != 1:
            raise NoValue(f"the index {term} is no integer here")
        return int(value.p)

    def _value(self, term: Basic, bindings: Bindings) -> Number:
        if isinstance(term, Symbol):
            if term in bindings:
                return fmpq(bindings[term])
            value = self.source.symbol(term)
            return fmpq(value) if isinstance(value, int) else value
        if isinstance(term, Rational):
            return fmpq(int(term.p), int(term.q))
        if isinstance(term, Float):
            exact = Rational(term)
            return fmpq(int(exact.p), int(exact.q))
        rule = find_rule(type(term))
        if rule is None:
            raise NoValue(f"{type(term).__name__} is not evaluated")
        if not isinstance(term, (Sum, Product, Apply, Pow, exp, log, IndexedMax, IndexedMin)):
            return rule(self, term, bindings)
        # What does not depend on the bound indices (a softmax's denominator) is computed once.
        names = free_names(term)
        # By the indices themselves: two that are bound at once may have one name in print.
        key = term, frozenset((b, v) for b, v in bindings.items() if b in names)
        if key not in self._cache:
            with self.source.noting() as noted:
                value = rule(self, term, bindings)
            self._cache[key] = value, noted
        value, used = self._cache[key]
        self.source.note(used)
        return value

    def forget(self, changed: Set[Any]) -> None:
        """Drop what rests on values that were changed, and count work anew."""
        self.steps = 0
        self._cache = {key: held for key, held in self._cache.items() if held[1].isdisjoint(changed)}

    def spend(self, steps: int = 1) -> None:
        """Count work; raises `TooMuchWork` when there is too much."""
        self.steps += steps
        if self.steps > _MOST_TERMS:
            raise TooMuchWork("too many terms to add up")

    def points(self, term: Expr, bindings: Bindings) -> Any:
        """All assignments of a binder's indices, outermost first."""

        def walk(limits: tuple[Tuple, ...], held: Bindings) -> Any:
            if not limits:
                self.spend()
                yield held
                return
            index, lower, upper = limits[0]
            low, high = self.integer(lower, held), self.integer(upper, held)
            if high - low > _MOST_TERMS:
                raise TooMuchWork("too many terms to add up")
            for n in range(low, high + 1):
                yield from walk(limits[1:], {**held, index: n})

        return walk(limits_of(term), bindings)

    def holds(self, condition: Basic, bindings: Bindings) -> bool:
        """Is a condition true?"""
        if condition == S.true:
            return True
        if condition == S.false:
            return False
        if isinstance(condition, Not):
            return not self.holds(condition.args[0], bindings)
        if isinstance(condition, And):
            return all(self.holds(part, bindings) for part in condition.args)
        if isinstance(condition, Or):
            return any(self.holds(part, bindings) for part in condition.args)
        test = _ORDER.get(type(condition))
        if test is None:
            raise NoValue(f"the condition {condition} is not evaluated")
        left, right = (self._value(arg, bindings) for arg in condition.args)
        return test(compare(subtract(left, right)))


_ORDER: dict[type, Callable[[int], bool]] = {
    Eq: lambda c: c == 0,
    Ne: lambda c: c != 0,
    Gt: lambda c: c > 0,
    Ge: lambda c: c >= 0,
    Lt: lambda c: c < 0,
    Le: lambda c: c <= 0,
}
