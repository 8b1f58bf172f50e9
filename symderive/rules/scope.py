"""What is known at one place of a term: definitions, hypotheses, and the ranges of the indices around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sympy import Expr, Integer, Symbol, expand, oo

from symderive.terms import (
    BINDERS,
    Definition,
    Dim,
    Hypothesis,
    Index,
    Partial,
    Recurrence,
    free_names,
    limits_of,
)

__all__ = ["Scope"]


@dataclass(frozen=True)
class Scope:
    """The surroundings of a redex.

    Parameters
    ----------
    definitions
        Head → definition in force.
    hypotheses
        What may be used.
    recurrences
        Head → rule of a sequence.
    ranges
        Bound index → its limits (both included), of the binders that stand around.
    """

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    hypotheses: tuple[Hypothesis, ...] = ()
    recurrences: Mapping[str, Recurrence] = field(default_factory=dict)
    ranges: Mapping[Symbol, tuple[Expr, Expr]] = field(default_factory=dict)

    def under(self, binder: Expr) -> Scope:
        """The scope of a binder's body, and of what is differentiated."""
        if isinstance(binder, Partial):
            # Σ p = 1 holds at the point, not around it: nothing under ∂ may be rewritten by an equation.
            return replace(self, hypotheses=tuple(h for h in self.hypotheses if h.relation != "="))
        if not isinstance(binder, BINDERS):
            return self
        more = {index: (lower, upper) for index, lower, upper in limits_of(binder)}
        return replace(self, ranges={**self.ranges, **more})

    def range_of(self, index: Expr) -> tuple[Expr, Expr] | None:
        """The limits between which an index runs, where they are known."""
        if index in self.ranges:
            return self.ranges[index]
        if isinstance(index, Index):
            return index.lower, index.upper
        return None

    def within(self, place: Expr, lower: Expr, upper: Expr) -> bool:
        """Does ``lower ≤ place ≤ upper`` hold for every value of the indices in `place`?

        False where it does not follow from ranges of this shape, even if it is true.
        """
        least, most = self._extent(place)
        if least is None or most is None:
            return False
        return self._at_least(least - lower) and (upper == oo or self._at_least(upper - most))

    def _extent(self, place: Expr) -> tuple[Expr | None, Expr | None]:
        """The least and the largest value of ``index + constant`` or of a constant."""
        offset, rest = expand(place).as_coeff_Add()
        if rest == 0:
            return offset, offset
        if isinstance(rest, Symbol):
            found = self.range_of(rest)
            if found is not None:
                return offset + found[0], offset + found[1]
        if rest.is_integer and not any(self.range_of(name) for name in free_names(rest)):
            return offset + rest, offset + rest
        return None, None

    def _at_least(self, difference: Expr) -> bool:
        """Is a difference of limits certainly ≥ 0? Dimensions are at least 1."""
        difference = expand(difference)
        if difference == oo:
            return True
        constant = difference.as_coeff_Add()[0]
        total = constant
        for name, coefficient in difference.as_coefficients_dict().items():
            if name == 1:
                continue
            if not isinstance(name, Dim) or coefficient < 0:
                return False
            total += coefficient
        return bool(total.is_number and total >= Integer(0))
