"""Products and quotients as text: where the divisions stand decides how often they are rounded."""

from __future__ import annotations

from typing import Any, Protocol

from sympy import Expr, Integer, Mul, Pow

from symderive.terms import Dim, Index, free_names

__all__ = ["ProductPrinter", "product_text"]


class ProductPrinter(Protocol):
    """What a printer has to know to print a product."""

    wider: bool

    @property
    def loops(self) -> tuple[Index, ...]:
        """The loops around what is being printed."""

    def parenthesize(self, item: Expr, level: int) -> Any:
        """A factor, in brackets where it needs them."""


def product_text(printer: ProductPrinter, expr: Mul) -> str:
    """Factors above, then divisions one after the other: a quotient is rounded once."""
    above: list[str] = []
    below: list[str] = []
    inverted: list[str] = []
    sign = ""
    free = free_names(expr)
    varies = [loop for loop in printer.loops if loop in free]
    for factor in expr.args:
        if factor == -1:
            sign = "-"
            continue
        if factor.is_Rational and not factor.is_Integer:
            if factor.p != 1:
                above.append(str(Integer(factor.p)))
            below.append(str(Integer(factor.q)))
            continue
        base, exponent = factor.as_base_exp()
        if exponent.is_Rational and exponent < 0 and not isinstance(base, (Dim, Integer)):
            many = printer.wider and varies and not any(loop in free_names(base) for loop in varies)
            (inverted if many else below).append(printer.parenthesize(Pow(base, -exponent), 100))
        elif exponent == -1:
            below.append(printer.parenthesize(base, 100))
        else:
            above.append(printer.parenthesize(factor, 50))
    text = " * ".join(above) if above else "1"
    for divisor in below:
        text = f"{text} / {divisor}"
    for divisor in inverted:
        text = f"{text} * (1 / {divisor})"
    return f"{sign}{text}"
