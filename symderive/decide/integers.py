"""Integer ranges: is a bound on an index certain? Exact linear arithmetic over ranges and hypotheses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sympy import Expr, Integer, Symbol, expand, oo

from symderive.decide.linear import Linear, feasible
from symderive.terms import Dim, Index

__all__ = ["IntegerFacts", "linear_form"]


def linear_form(term: Expr) -> dict[Any, Fraction]:
    """An integer term as a linear form; products of names count as names of their own."""
    form: dict[Any, Fraction] = {}
    for part, coefficient in expand(term).as_coefficients_dict().items():
        if not coefficient.is_Rational:
            part, coefficient = part * coefficient, Integer(1)
        key = None if part == 1 else part
        form[key] = form.get(key, Fraction(0)) + Fraction(int(coefficient.p), int(coefficient.q))
    return {v: c for v, c in form.items() if c != 0}


class IntegerFacts:
    """What the ranges of indices and the hypotheses say of integer terms."""

    def __init__(self) -> None:
        self._linear: list[tuple[dict[Any, Fraction], bool]] = []
        self._apart: list[Expr] = []
        self._at_least: dict[tuple[Expr, Expr], bool] = {}

    def assume(self, difference: Expr, *, strict: bool) -> None:
        """Install ``difference ≥ 0`` (or ``> 0``)."""
        self._linear.append((linear_form(difference), strict))
        self._at_least.clear()

    def assume_apart(self, difference: Expr) -> None:
        """Install ``difference ≠ 0``."""
        self._apart.append(expand(difference))

    def settled(self, index: Expr) -> Expr:
        """The only value of an index whose range the hypotheses leave one value (i = 1 where K = 1)."""
        if self._linear and isinstance(index, Index) and index.lower != index:
            if self.at_least(index.lower, index):
                return index.lower
        return index

    def is_apart(self, difference: Expr) -> bool:
        """Is an integer difference certainly not zero, by a hypothesis such as i ≠ k?"""
        return any(expand(difference - d) == 0 or expand(difference + d) == 0 for d in self._apart)

    def in_range(self, place: Expr, quantifier: Symbol) -> bool:
        """Does an index term provably lie in the range of an index?"""
        if not isinstance(quantifier, Index):
            return True
        if not self.at_least(place, quantifier.lower):
            return False
        return quantifier.upper == oo or self.at_least(quantifier.upper, place)

    def at_least(self, term: Expr, bound: Expr | int) -> bool:
        """Is ``term ≥ bound`` certain, for integer terms, from ranges and hypotheses?"""
        if not (term - bound).is_integer:
            return False
        key = (term, Integer(bound) if isinstance(bound, int) else bound)
        found = self._at_least.get(key)
        if found is None:
            found = self._prove_at_least(term, bound)
            self._at_least[key] = found
        return found

    def _prove_at_least(self, term: Expr, bound: Expr | int) -> bool:
        difference = linear_form(term - bound)
        if set(difference) <= {None}:
            return difference.get(None, 0) >= 0
        negated = {v: -c for v, c in difference.items()}
        negated[None] = negated.get(None, Fraction(0)) - 1
        weak: list[Linear] = [negated]
        strict: list[Linear] = []
        for form, is_strict in self._linear:
            if is_strict:  # over the integers, f > 0 is f - 1 ≥ 0
                form = {**form, None: form.get(None, Fraction(0)) - 1}
            weak.append(form)
        pending = [v for v in difference if v is not None]
        pending += [v for form, _ in self._linear for v in form if v is not None]
        seen: set[Expr] = set()
        while pending:
            variable = pending.pop()
            if variable in seen:
                continue
            seen.add(variable)
            for lower, upper in _range_of(variable):
                for low, high in ((lower, variable), (variable, upper)):
                    if low is None or high is None or high == oo:
                        continue
                    form = linear_form(high - low)
                    weak.append(form)
                    pending += [v for v in form if v is not None]
        return not feasible(weak, strict)


def _range_of(variable: Expr) -> list[tuple[Expr | None, Expr | None]]:
    if isinstance(variable, Index):
        return [(variable.lower, variable.upper)]
    if isinstance(variable, Dim) or variable.is_positive:
        return [(Integer(1), None)]
    if variable.is_nonnegative:
        return [(Integer(0), None)]
    return []
