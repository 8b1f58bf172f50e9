r"""The algebra of a textbook: names, sums of terms, fractions, products, powers, elementary functions.

SymPy's printer is the base; its order of terms, its braces around every name and its brackets are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sympy import Add, And, Basic, Expr, Indexed, Integer, Mul, Not, Or, Pow, Rational, S, Sum, Symbol
from sympy.core.relational import Relational
from sympy.printing.latex import LatexPrinter

from symderive.notation import typeset
from symderive.notation.typeset import bracket, is_negative, script
from symderive.terms import Apply, Iverson, Operation, Tensor, limits_of, walk

__all__ = ["RELATIONS", "STEPS", "AlgebraPrinter", "Steps"]

#: The ways to write the step of a sequence, as the reader names them.
STEPS = {"call": "({})", "sub": "_{{{}}}", "sup": "^{{({})}}", "bracket": "[{}]"}
Steps = str | Mapping[str, str]
RELATIONS = {
    "=": "=", "==": "=", "!=": r"\ne", "<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "in": r"\in",
}  # fmt: skip
_COMMANDS = frozenset("sin cos tan sinh cosh tanh coth arcsin arccos arctan".split())


class AlgebraPrinter(LatexPrinter):
    """One printing of one term; `taken` are the names that no bound index may take."""

    printmethod = "_textbook"  # our nodes' own `_latex`, which SymPy's printer asks for, leads here

    def __init__(self, steps: Steps, bold: bool, taken: set[str]) -> None:
        super().__init__()
        if isinstance(steps, str) and steps not in STEPS:
            raise ValueError(f"steps={steps!r}: choose one of {', '.join(STEPS)}")
        self._steps = steps
        self._bold = bold
        self._taken = taken
        self._bound: dict[Symbol, str] = {}
        self._hidden: frozenset[Symbol] = frozenset()  # the axes of a vector that is written as a whole
        self._script = False  # inside a superscript a fraction is written a/b

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:
        return typeset.name(self._bound.get(expr, expr.name))

    _print_Dummy = _print_Dim = _print_Index = _print_Symbol

    def _print_Integer(self, expr: Integer) -> str:
        return typeset.digits(int(expr.p))

    def _print_Rational(self, expr: Rational) -> str:
        sign = "-" if expr.p < 0 else ""
        above, below = typeset.digits(abs(int(expr.p))), typeset.digits(int(expr.q))
        return f"{sign}{above}/{below}" if self._script else rf"{sign}\frac{{{above}}}{{{below}}}"

    def _print_Exp1(self, expr: Expr) -> str:
        return r"\exp(1)" if "e" in self._taken else "e"

    def _print_NumberSymbol(self, expr: Expr) -> str:
        return str(expr._latex(self))  # π

    @contextmanager
    def _binding(self, binder: Expr) -> Iterator[None]:
        """The names of the indices that `binder` binds, for as long as its body is printed."""
        before = dict(self._bound)
        for index, _, _ in limits_of(binder):
            taken = self._taken | set(self._bound.values())
            self._bound[index] = typeset.bound_name(index.name, taken)
        try:
            yield
        finally:
            self._bound = before

    @contextmanager
    def _setting(self, *, script: bool) -> Iterator[None]:
        before, self._script = self._script, script
        try:
            yield
        finally:
            self._script = before

    def _small(self, expr: Basic) -> str:
        with self._setting(script=True):
            return self._tex(expr)

    def _tex(self, expr: Basic) -> str:
        return str(self._print(expr))

    def _print_Indexed(self, expr: Indexed, *, bold: bool = False) -> str:
        base = expr.base
        name = typeset.name(str(base.label), bold=bold)
        axes = list(expr.indices)
        step = None
        if isinstance(base, Tensor) and base.ranges and base.ranges[-1][1] is S.Infinity:
            step = self._small(axes.pop())
        subscript = [self._small(axis) for axis in axes if axis not in self._hidden]
        if step is None:
            return typeset.subscripted(name, subscript)
        steps = self._steps
        style = steps if isinstance(steps, str) else steps.get(str(base.label), "call")
        if style == "sub" and not axes:
            return typeset.subscripted(name, [step])
        # θ_{k,t} would leave open which of the two is the step.
        return typeset.subscripted(name, subscript) + STEPS["sup" if style == "sub" else style].format(step)

    def _sub(self, printed: Sequence[str]) -> str:
        return script("_", typeset.indices(printed)) if printed else ""

    def _print_Add(self, expr: Expr, order: Any = None) -> str:
        pairs = [(term, self._tex(-term if is_negative(term) else term)) for term in expr.args]
        tex = ""
        for term, printed in typeset.sorted_terms(pairs):
            if isinstance(term, Add):
                printed = bracket(printed)
            sign = "-" if is_negative(term) else "+"
            if tex:
                tex += f"{sign}{printed}" if self._script else f" {sign} {printed}"
            else:
                tex = ("-" if sign == "-" else "") + printed
        return tex

    def _print_Mul(self, expr: Expr) -> str:
        negative, above, below = typeset.split_fraction(expr)
        sign = "-" if negative else ""
        above, below = typeset.join_roots(above, below)
        if not below:
            return sign + self._product(above)
        if self._script:
            return sign + self._inline_fraction(above, below)
        tall = [factor for factor in above if typeset.is_tall(factor)]
        if any(isinstance(node, Sum) for factor in below for node in walk(factor)):
            tall = []
        low = [factor for factor in above if factor not in tall]
        tex = rf"{sign}\frac{{{self._product(low)}}}{{{self._product(below)}}}"
        return f"{tex} {self._product(tall)}" if tall else tex

    def _inline_fraction(self, above: list[Expr], below: list[Expr]) -> str:
        top, bottom = self._product(above), self._product(below)
        if len(above) == 1 and isinstance(above[0], Add):
            top = bracket(top)
        if len(below) > 1 or isinstance(below[0], Add):
            bottom = bracket(bottom)
        return f"{top}/{bottom}"

    def _product(self, factors: Sequence[Expr]) -> str:
        if not factors:
            return "1"
        if len(factors) == 1:
            return self._tex(factors[0])
        pairs = [(self._tex(factor), factor) for factor in factors]
        ranked = sorted(pairs, key=lambda pair: (_rank(*pair), pair[0]))
        tex, before = "", None
        for at, (printed, factor) in enumerate(ranked):
            printed = self._as_factor(factor, printed, last=at == len(ranked) - 1)
            if before is not None:
                tex += r" \cdot " if _would_be_misread(before, tex, factor, printed) else " "
            tex += printed
            before = factor
        return tex

    def _as_factor(self, factor: Expr, printed: str, *, last: bool) -> str:
        if isinstance(factor, (Add, Mul)) or printed.startswith("-"):
            return bracket(printed)
        if not last and _runs_on(factor):
            return bracket(printed)
        return printed

    def _print_Pow(self, expr: Expr) -> str:
        base, power = expr.as_base_exp() if not isinstance(expr, Pow) else (expr.base, expr.exp)
        if power.is_Rational and power.is_negative:
            return self._print_Mul(expr)
        if power == S.Half:
            with self._setting(script=False):
                return rf"\sqrt{{{self._tex(base)}}}"
        if power.is_Rational and power.p == 1 and power.q <= 9:
            with self._setting(script=False):
                return rf"\sqrt[{power.q}]{{{self._tex(base)}}}"
        printed = self._tex(base)
        if base.is_negative or not _is_closed(base) or "^" in printed:
            printed = bracket(printed)
        return printed + script("^", self._small(power))

    def _print_exp(self, expr: Expr, exp: Any = None) -> str:
        (argument,) = expr.args
        power = self._small(argument)
        tall = any(command in power for command in ("\\sum", "\\prod", "\\log", "\\begin", "\\frac", "e^"))
        if tall or self._script or len(power) > 40 or "e" in self._taken:
            with self._setting(script=False):
                return r"\exp" + bracket(self._tex(argument))
        return "e" + script("^", power)

    _print_ExpBase = _print_exp

    def _print_log(self, expr: Expr, exp: Any = None) -> str:
        (argument,) = expr.args
        with self._setting(script=False):
            printed = self._tex(argument)
        bare = (
            argument.is_Integer
            or isinstance(argument, (Symbol, Indexed, Apply, Sum))
            or (printed.startswith(r"\frac") and not any(typeset.is_tall(f) for f in Mul.make_args(argument)))
        )
        return rf"\log {printed}" if bare and not printed.startswith("-") else r"\log" + bracket(printed)

    def _print_Abs(self, expr: Expr, exp: Any = None) -> str:
        return rf"\left|{self._tex(expr.args[0])}\right|"

    def _print_Function(self, expr: Expr, exp: Any = None) -> str:
        command = expr.func.__name__
        head = "\\" + command if command in _COMMANDS else rf"\operatorname{{{command}}}"
        return head + self._arguments(expr.args)

    def _print_sign(self, expr: Expr, exp: Any = None) -> str:
        return self._print_Function(expr)

    def _print_Max(self, expr: Expr, exp: Any = None) -> str:
        return rf"\{expr.func.__name__.lower()}" + self._arguments(sorted(expr.args, key=self._tex))

    _print_Min = _print_Max

    def _print_binomial(self, expr: Expr, exp: Any = None) -> str:
        above, below = (self._tex(arg) for arg in expr.args)
        return rf"\binom{{{above}}}{{{below}}}"

    def _print_factorial(self, expr: Expr, exp: Any = None) -> str:
        (argument,) = expr.args
        printed = self._tex(argument)
        return (printed if isinstance(argument, (Symbol, Integer)) else bracket(printed)) + "!"

    def _print_KroneckerDelta(self, expr: Expr, exp: Any = None) -> str:
        i, k = (self._small(arg) for arg in expr.args)
        if "delta" in self._taken:  # δ means something else here
            return f"[{i} = {k}]"
        return r"\delta" + script("_", typeset.indices((i, k)))

    def _print_Iverson(self, expr: Iverson) -> str:
        return f"[{self._tex(expr.condition)}]"

    def _print_Relational(self, expr: Relational) -> str:
        return f"{self._tex(expr.lhs)} {RELATIONS[expr.rel_op]} {self._tex(expr.rhs)}"

    def _print_And(self, expr: And) -> str:
        return self._joined(expr, r" \land ")

    def _print_Or(self, expr: Or) -> str:
        return self._joined(expr, r" \lor ")

    def _print_Not(self, expr: Not) -> str:
        return r"\lnot " + bracket(self._tex(expr.args[0]))

    def _joined(self, expr: Basic, sign: str) -> str:
        parts = sorted(
            self._tex(arg) if not arg.args or isinstance(arg, Relational) else bracket(self._tex(arg))
            for arg in expr.args
        )
        return sign.join(parts)

    def _print_Piecewise(self, expr: Expr) -> str:
        rows = []
        for value, condition in expr.args:
            when = r"\text{otherwise}" if condition == S.true else rf"\text{{if }} {self._tex(condition)}"
            rows.append(f"{self._tex(value)} & {when}")
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def _arguments(self, arguments: Sequence[Basic]) -> str:
        with self._setting(script=False):
            return bracket(", ".join(self._tex(argument) for argument in arguments))


def _rank(printed: str, factor: Expr) -> int:
    # [i = k] never stands after a name: x [i = k] would be read as an entry of x.
    return 2 if printed[0] == "[" else typeset.factor_rank(factor)


def _runs_on(factor: Expr) -> bool:
    """Would the factor take in what follows it? A sum does, and so does a logarithm."""
    return typeset.factor_rank(factor) >= 11 and not isinstance(factor, Pow)


def _is_closed(base: Expr) -> bool:
    """May a power be set right after the base, without brackets?"""
    if isinstance(base, (Apply, Operation)):
        return not getattr(base, "derivatives", ())
    return isinstance(base, (Symbol, Indexed, Integer)) or base.func.__name__ in (
        "Abs",
        "KroneckerDelta",
        "Exp1",
    )


def _would_be_misread(before: Expr, tex: str, factor: Expr, printed: str) -> bool:
    """2 · 3 is not 23, and x · (n + 1) no entry of a sequence x."""
    if tex[-1:].isdigit() and printed[:1].isdigit():
        return True
    name = isinstance(before, (Symbol, Indexed)) and not before.is_integer
    return name and isinstance(factor, Add) and bool(factor.is_integer)
