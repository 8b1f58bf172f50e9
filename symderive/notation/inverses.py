"""Left sides that define a name through a function of it: ``\\sigma^2 = …``, ``\\log L = …``, ``e^y = …``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sympy import Expr, Integer, Rational, exp, log

from symderive.notation.access import unbraced
from symderive.notation.definitions import Defined, Head, head_of_definition
from symderive.notation.notation import Notation
from symderive.notation.syntax import Fraction, Group, Name, Node, Number, Operator, Product, Root, Script
from symderive.terms import Definition, Hypothesis

__all__ = ["Inverse", "inverse_head"]


@dataclass(frozen=True)
class Inverse:
    """A name, and how it follows from the value of a function of it."""

    head: Head
    solve: Callable[[Expr], Expr]
    relation: str | None  # how the function's value must stand to 0
    note: str

    def solved(self, defined: Defined) -> Defined | None:
        """The definition of the name, from one of the function's value."""
        meaning = defined.known.meaning
        if not isinstance(meaning, Definition):
            return None
        domain = defined.known.domain
        if self.relation is not None:
            domain = (*domain, Hypothesis(meaning.body, self.relation, Integer(0)))
        solved = replace(meaning, body=self.solve(meaning.body))
        return replace(defined, known=replace(defined.known, meaning=solved, domain=domain))


def inverse_head(left: Node, root: Node, notation: Notation) -> Inverse | None:
    """The name whose square, even power, logarithm, exponential, reciprocal or root a left side is."""
    left = unbraced(left)
    inner: Node | None = None
    solve: Callable[[Expr], Expr] = exp
    relation: str | None = None
    note = ""
    if isinstance(left, Script) and left.sup is not None:
        base, power = unbraced(left.base), unbraced(left.sup)
        if isinstance(base, Name) and base.text == "e" and left.sub is None and "e" not in notation.declared:
            inner, solve, relation, note = left.sup, log, ">", "the logarithm of the right side"
        elif isinstance(power, Number) and power.text.isdigit() and 0 < int(power.text) <= 10:
            degree = int(power.text)
            if degree % 2 == 0:
                inner, relation = replace(left, sup=None) if left.sub is not None else left.base, ">="
                note = "the nonnegative root of the right side"

                def root_of(body: Expr) -> Expr:
                    return body ** Rational(1, degree)

                solve = root_of
    elif isinstance(left, Fraction):
        one = unbraced(left.numerator)
        if isinstance(one, Number) and one.text == "1":
            inner, relation, note = left.denominator, "!=", "the reciprocal of the right side"
            solve = _reciprocal
    elif isinstance(left, Root) and left.degree is None:
        inner, solve, relation, note = left.radicand, _square, ">=", "the square of the right side"
    elif isinstance(left, Product) and isinstance(left.factors[0], Operator) and len(left.factors) > 1:
        rest = left.factors[1:]
        if all(operator == "juxt" for operator in left.operators):
            only = unbraced(rest[0])
            if len(rest) > 1:
                inner = Product(rest[0].start, rest[-1].end, rest, left.operators[1:])
            elif isinstance(only, Group):
                inner = only.items[0] if only.open == "(" and len(only.items) == 1 else None
            else:
                inner = only
        if left.factors[0].name in ("log", "ln"):
            solve, note = exp, "the exponential of the right side"
        elif left.factors[0].name == "exp":
            solve, relation, note = log, ">", "the logarithm of the right side"
        else:
            inner = None
    if inner is None:
        return None
    head = head_of_definition(inner, root, notation)
    if head is None or head.step is not None or head.numeric:
        return None
    return Inverse(head, solve, relation, f"defines {head.name}: {note}")


def _reciprocal(body: Expr) -> Expr:
    return 1 / body


def _square(body: Expr) -> Expr:
    return body**2
