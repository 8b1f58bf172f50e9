"""Terms as one line of text, for verdicts, counterexamples and error messages: ``Σ_{i=1}^{K} p[i] = 1``."""

from __future__ import annotations

from typing import Any

from sympy import Basic, Indexed
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from symderive.terms.claim import Hypothesis

__all__ = ["plain", "plain_hypothesis"]

_SIGNS = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "in": "∈"}


class _PlainPrinter(StrPrinter):
    printmethod = "_plain"  # our nodes' own `_sympystr` leads here

    def _print_Dummy(self, term: Any) -> str:
        return str(term.name)

    def _binder(self, sign: str, term: Any) -> str:
        shown = "".join(
            f"{sign}_{{{self._print(j)}={self._print(low)}}}^{{{self._print(high)}}} "
            for j, low, high in reversed(term.limits)
        )
        return shown + self.parenthesize(term.function, PRECEDENCE["Mul"])

    def _print_Sum(self, term: Any) -> str:
        return self._binder("Σ", term)

    def _print_Product(self, term: Any) -> str:
        return self._binder("Π", term)

    def _print_Indexed(self, term: Any) -> str:
        return f"{term.base.name}[{', '.join(self._print(index) for index in term.indices)}]"

    def _print_KroneckerDelta(self, term: Any) -> str:
        return f"δ[{', '.join(self._print(arg) for arg in term.args)}]"

    def _print_Iverson(self, term: Any) -> str:
        return f"[{self._print(term.condition)}]"

    def _print_Vec(self, term: Any) -> str:
        bound = tuple(limit[0] for limit in term.limits)
        if isinstance(term.body, Indexed) and term.body.indices == bound:
            return str(term.body.base.name)
        shown = ", ".join(f"{self._print(j)}={self._print(a)}..{self._print(b)}" for j, a, b in term.limits)
        return f"({self._print(term.body)})_{{{shown}}}"

    def _extremum(self, name: str, term: Any) -> str:
        shown = ", ".join(f"{self._print(j)}={self._print(a)}..{self._print(b)}" for j, a, b in term.limits)
        return f"{name}_{{{shown}}} {self.parenthesize(term.body, PRECEDENCE['Mul'])}"

    def _print_IndexedMax(self, term: Any) -> str:
        return self._extremum("max", term)

    def _print_IndexedMin(self, term: Any) -> str:
        return self._extremum("min", term)

    def _print_Apply(self, term: Any) -> str:
        shown = term.head
        if term.derivatives:
            orders = ",".join("/".join(self._print(part) for part in order) for order in term.derivatives)
            shown = f"∂_{{{orders}}}{shown}"
        if term.arguments:
            shown += f"({', '.join(self._print(argument) for argument in term.arguments)})"
        if term.components:
            shown += f"[{', '.join(self._print(part) for part in term.components)}]"
        return str(shown)

    def _print_Operation(self, term: Any) -> str:
        return f"{term.name}({', '.join(self._print(argument) for argument in term.arguments)})"

    def _print_Partial(self, term: Any) -> str:
        variables = " ".join(f"∂{self._print(variable)}" for variable in term.wrt)
        return f"∂/{variables} ({self._print(term.term)})"


_PRINTER = _PlainPrinter()


def plain(term: Basic) -> str:
    """A term as text.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); p = Vector("p", K); i = Index("i", K)
    >>> plain(indexed_sum(p[i], i))
    'Σ_{i=1}^{K} p[i]'
    """
    return str(_PRINTER.doprint(term))


def plain_hypothesis(hypothesis: Hypothesis) -> str:
    """A hypothesis as text: ``q[i] > 0 for all i``."""
    shown = f"{plain(hypothesis.lhs)} {_SIGNS[hypothesis.relation]} {plain(hypothesis.rhs)}"
    if hypothesis.forall:
        shown += " for all " + ", ".join(index.name for index in hypothesis.forall)
    return shown
