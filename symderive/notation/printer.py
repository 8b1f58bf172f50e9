r"""Terms in the LaTeX of a textbook: ``s_i (\delta_{ik} - s_k)``; the reader reads it back as the same term.

Here is what binds an index, applies a function or differentiates; the algebra is in `algebra_printer`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Basic, Expr, Indexed, Mul, S, Sum, Symbol

from symderive.notation import typeset
from symderive.notation.algebra_printer import RELATIONS, AlgebraPrinter, Steps
from symderive.notation.typeset import bracket, script
from symderive.terms import (
    Apply,
    Claim,
    Hypothesis,
    IndexedMax,
    Operation,
    Partial,
    Tensor,
    Vec,
    free_names,
    limits_of,
    walk,
)

__all__ = ["claim_latex", "hypothesis_latex", "latex"]

_NORMS = {"norm1": "1", "norm2": "2", "norm_inf": r"\infty"}


def latex(
    term: Basic | Claim, *, steps: Steps = "call", bold: bool = True, avoid: Sequence[Basic] = ()
) -> str:
    r"""The LaTeX of a term.

    Parameters
    ----------
    term
        Any term, or a `Claim` (then ``lhs = rhs``, see `claim_latex`).
    steps
        How an entry of a sequence is written: ``"call"`` for v(n), ``"sub"`` for v_n, ``"sup"`` for v^{(n)},
        ``"bracket"`` for v[n]; or a mapping from names to these.
    bold
        Is a vector that is written as a whole set in bold: s_i(\mathbf{x})?
    avoid
        Further terms whose free names no bound index may take.

    Examples
    --------
    >>> from sympy import exp, log
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x = Vector("x", K); i, j = Index("i", K), Index("j", K)
    >>> print(latex(exp(x[i]) / indexed_sum(exp(x[j]), j)))
    \frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}
    """
    if isinstance(term, Claim):
        return claim_latex(term, steps=steps, bold=bold)
    return TextbookPrinter(steps, bold, typeset.names_of(term, *avoid)).doprint(term)


def claim_latex(claim: Claim, *, steps: Steps = "call", bold: bool = True) -> str:
    r"""The LaTeX of a claim, without its hypotheses: ``lhs = rhs``."""
    sides = (claim.lhs, claim.rhs)
    left, right = (latex(side, steps=steps, bold=bold, avoid=sides) for side in sides)
    return f"{left} {RELATIONS[claim.relation]} {right}"


def hypothesis_latex(hypothesis: Hypothesis, *, steps: Steps = "call", bold: bool = True) -> str:
    r"""The LaTeX of a hypothesis: ``p_i > 0 \text{ for all } i``."""
    sides = (hypothesis.lhs, hypothesis.rhs)
    left, right = (latex(side, steps=steps, bold=bold, avoid=sides) for side in sides)
    text = f"{left} {RELATIONS[hypothesis.relation]} {right}"
    if hypothesis.forall:
        text += r" \text{ for all } " + ", ".join(typeset.name(index.name) for index in hypothesis.forall)
    return text


class TextbookPrinter(AlgebraPrinter):
    """The algebra of a textbook, and what binds, applies and differentiates."""

    def _print_Sum(self, expr: Expr) -> str:
        command = r"\sum" if isinstance(expr, Sum) else r"\prod"
        tex = ""
        with self._binding(expr), self._setting(script=False):
            for index, lower, upper in limits_of(expr):
                low = f"{self._tex(index)}={self._small(lower)}"
                tex += command + script("_", low) + script("^", self._small(upper)) + " "
            return tex + self._operand(expr.function)

    _print_Product = _print_Sum

    def _operand(self, body: Expr) -> str:
        """What stands after a sum sign or ∂/∂x: one product."""
        printed = self._tex(body)
        return bracket(printed) if isinstance(body, Add) or printed.startswith("-") else printed

    def _print_IndexedMax(self, expr: Expr) -> str:
        command = r"\max" if isinstance(expr, IndexedMax) else r"\min"
        with self._binding(expr), self._setting(script=False):
            ranges = [
                rf"{self._small(lower)} \le {self._tex(index)} \le {self._small(upper)}"
                for index, lower, upper in limits_of(expr)
            ]
            return rf"{command}_{{{', '.join(ranges)}}} {self._operand(expr.body)}"

    _print_IndexedMin = _print_IndexedMax

    def _print_Vec(self, expr: Vec) -> str:
        with self._binding(expr):
            axes = frozenset(index for index, _, _ in limits_of(expr))
            if _reads_as_whole(expr.body, axes):
                before, self._hidden = self._hidden, self._hidden | axes
                try:
                    return self._whole(expr.body)
                finally:
                    self._hidden = before
            low = ", ".join(f"{self._tex(index)}={self._small(lower)}" for index, lower, _ in limits_of(expr))
            high = ", ".join(self._small(upper) for _, _, upper in limits_of(expr))
            return bracket(self._tex(expr.body)) + script("_", low) + script("^", high)

    def _whole(self, body: Expr) -> str:
        if isinstance(body, Indexed):
            return self._print_Indexed(body, bold=self._bold and len(body.indices) == 1)
        return self._tex(body)

    def _head(self, expr: Apply) -> str:
        name = typeset.name(expr.head)
        if expr.arguments:
            name = name.replace(r"\mathrm", r"\operatorname", 1) if name.startswith(r"\mathrm") else name
        return typeset.subscripted(name, [self._small(c) for c in expr.components if c not in self._hidden])

    def _print_Apply(self, expr: Apply) -> str:
        arguments = self._arguments(expr.arguments) if expr.arguments else ""
        if not expr.derivatives:
            return self._head(expr) + arguments
        if len(expr.arguments) == 1 and all(len(derivative) == 1 for derivative in expr.derivatives):
            return self._head(expr) + "'" * len(expr.derivatives) + arguments
        below = []
        for derivative in expr.derivatives:
            name = _variable_name(expr.arguments[int(derivative[0])])
            places = [self._small(index) for index in derivative[1:]]
            below.append(typeset.subscripted(typeset.name(name), places))
        quotient = self._quotient(r"\partial", self._head(expr), below)
        point = expr.arguments[0] if len(expr.arguments) == 1 else None
        if point is not None and isinstance(_body(point), Add):
            # A bracket around a sum would be read as a factor: ∂J/∂θ_i times θ(n) − γ v(n).
            low = f"{typeset.name(_variable_name(point))} = {self._small(point)}"
            return rf"\left. {quotient} \right|" + script("_", low)
        return quotient + arguments

    def _quotient(self, d: str, above: str, below: Sequence[str]) -> str:
        order = f"^{len(below)}" if len(below) > 1 else ""
        under = " ".join(
            f"{d} {variable}" + (f"^{count}" if count > 1 else "") for variable, count in _runs(below)
        )
        return rf"\frac{{{f'{d}{order} {above}'.strip()}}}{{{under}}}"

    def _print_Partial(self, expr: Partial) -> str:
        alone = free_names(expr.term) | set(expr.wrt)
        single = len(set(expr.wrt)) == 1 and isinstance(expr.wrt[0], Symbol)
        d = "d" if single and {n for n in alone if not n.is_integer} == set(expr.wrt) else r"\partial"
        with self._setting(script=False):
            below = [self._tex(variable) for variable in expr.wrt]
            if isinstance(expr.term, Apply) and not expr.term.derivatives and not expr.term.arguments:
                return self._quotient(d, self._tex(expr.term), below)
            operand = self._operand(expr.term)
            if isinstance(expr.term, Mul) and not operand.startswith((r"\left(", r"\frac")):
                operand = bracket(operand)
            return f"{self._quotient(d, '', below)} {operand}"

    def _print_Operation(self, expr: Operation) -> str:
        row = expr.row
        inputs = [a for a, kind in zip(expr.arguments, row.signature, strict=True) if kind != "index"]
        outputs = [a for a, kind in zip(expr.arguments, row.signature, strict=True) if kind == "index"]
        if expr.name in _NORMS:
            return rf"\|{self._tex(inputs[0])}\|" + script("_", _NORMS[expr.name])
        if expr.name == "maximum":
            return r"\max" + self._arguments(inputs)
        name = next(name for name in (*row.latex, expr.name) if " " not in name)
        return (
            rf"\operatorname{{{name}}}"
            + self._arguments(inputs)
            + self._sub([self._small(o) for o in outputs])
        )


def _runs(items: Sequence[str]) -> list[tuple[str, int]]:
    runs: list[tuple[str, int]] = []
    for item in items:
        if runs and runs[-1][0] == item:
            runs[-1] = (item, runs[-1][1] + 1)
        else:
            runs.append((item, 1))
    return runs


def _reads_as_whole(body: Expr, axes: frozenset[Symbol]) -> bool:
    """Is the body linear in families that hold each axis once, so that they can be left out: θ(n) − v(n)?"""
    if isinstance(body, Add):
        return all(_reads_as_whole(term, axes) for term in body.args)
    if isinstance(body, Mul):
        inside = [factor for factor in body.args if free_names(factor) & axes]
        return len(inside) == 1 and _reads_as_whole(inside[0], axes)
    if isinstance(body, Indexed):
        slots: Sequence[Expr] = body.indices
    elif isinstance(body, Apply) and not body.derivatives:
        slots = body.components
        if any(free_names(argument) & axes for argument in body.arguments):
            return False
    else:
        return False
    inner = [slot for slot in slots if free_names(slot) & axes]
    return len(inner) == len(axes) == len(slots) - _steps(body) and set(inner) == axes


def _steps(body: Expr) -> int:
    """The number of step axes of an entry."""
    base = body.base if isinstance(body, Indexed) else None
    return int(isinstance(base, Tensor) and bool(base.ranges) and base.ranges[-1][1] is S.Infinity)


def _body(argument: Basic) -> Basic:
    return argument.body if isinstance(argument, Vec) else argument


def _variable_name(argument: Basic) -> str:
    """What a function's argument is called in ∂J/∂θ_k: its family, or its first symbol.

    In a sum it is the letter that stands there on its own: θ in θ(n) − γ v(n).
    """
    body = _body(argument)
    if isinstance(body, Add):
        alone = [str(term.base.label) for term in body.args if isinstance(term, Indexed)]
        alone += [str(term.name) for term in body.args if isinstance(term, Symbol)]
        if alone:
            return min(alone)
    for node in walk(argument):
        if isinstance(node, Indexed):
            return str(node.base.label)
    for node in walk(argument):
        if isinstance(node, Symbol):
            return str(node.name)
    return "u"
