"""What a formula's additions could lose: the scale of a condition-aware error."""

from __future__ import annotations

from typing import Any

from flint import arb, fmpq
from sympy import Add, Mul, Piecewise, Pow, exp, log

from symderive.codegen.ball_arrays import BallArrays
from symderive.codegen.grids import Grid

__all__ = ["Magnitudes"]


class Magnitudes(BallArrays):
    """What a formula's additions could lose: the same term with the absolute values of its summands.

    ``s_i − y_i`` has the magnitude ``s_i + |y_i|``: an error of some ulps of that is what a computation that
    rounds both has. Exponentials count with
    their value; a logarithm adds the relative magnitude of its argument.
    """

    def __init__(self, values: BallArrays) -> None:
        super().__init__(values.leaves, values.lowers, values.integers)
        self.values = values
        self._order, self._length = values._order, values._length
        self.integers = values.integers

    def _compute(self, term: Any) -> Grid:
        if isinstance(term, (Add, Mul)):
            return super()._compute(term)
        if isinstance(term, Pow) and term.args[1].is_Rational and not isinstance(term, exp):
            power = abs(arb(fmpq(int(term.args[1].p), int(term.args[1].q))))

            def rule(value: arb, base: arb, magnitude: arb) -> arb:
                if base.contains(0):
                    return magnitude**power
                return abs(value) * (1 + power * (magnitude / abs(base) - 1))

            return self._map(rule, self.values(term), self.values(term.args[0]), self(term.args[0]))
        if isinstance(term, log):
            inner = term.args[0]
            return self._map(
                lambda value, z, m: abs(value) if z.contains(0) else abs(value) + m / abs(z),
                self.values(term),
                self.values(inner),
                self(inner),
            )
        if isinstance(term, Piecewise):
            return super()._compute(term)
        return self._map(abs, self.values(term))

    def truth(self, condition: Any) -> Grid:
        return self.values.truth(condition)
