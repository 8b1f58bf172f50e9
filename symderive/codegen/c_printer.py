"""Expressions of a kernel as C: one number of the working type each, with the loops around it open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sympy import Add, Basic, Eq, Expr, Indexed, Integer, Mul, Number, Pow, S, Symbol
from sympy.logic.boolalg import BooleanAtom
from sympy.printing.numpy import NumPyPrinter

from symderive.codegen.arithmetic import Arithmetic
from symderive.codegen.c_places import Places
from symderive.codegen.c_primitives import WORKING, function_name
from symderive.codegen.c_shared import SharedNumbers
from symderive.codegen.kernel import Kernel, Statement
from symderive.codegen.primitives import Primitive, Select
from symderive.terms import Dim, Index, Tensor, free_names, substitute

__all__ = ["CPrinter"]

_FAMILY = ("exp", "log", "tanh", "pow")
_SAME = ("sin", "cos", "tan", "sinh", "cosh", "asin", "acos", "atan", "asinh", "acosh", "atanh")
_LIBRARY = {
    **{name: name for name in (*_SAME, "erf", "erfc", "floor")},
    "ceiling": "ceil",
    "gamma": "tgamma",
    "loggamma": "lgamma",
}
_EXACT = frozenset({"exp_product", "exp_shifted", "shifted_less", "kl_term"})
_SQUARINGS = 16  # whole powers up to this one are products, where the working type has digits to spare


class CPrinter(Places, NumPyPrinter):
    """Prints right sides; names what does not depend on the innermost loop, so that it is computed before.

    Parameters
    ----------
    kernel, numbers
        What is printed, and the arithmetic that it is in.
    stored
        Target's name → how many of its leading axes have no storage.
    """

    def __init__(self, kernel: Kernel, numbers: Arithmetic, stored: Mapping[str, int]) -> None:
        super().__init__({"allow_unknown_functions": False})
        self.language = "C"
        self.working = WORKING[numbers.dtype, numbers.working]
        self.compensated = numbers.compensated
        self.reciprocals = numbers.wider or numbers.working == "float32"
        self.wider = numbers.wider
        self.helpers: set[str] = set()
        self.functions: set[str] = set()
        self.hoisted: dict[Any, str] = {}
        self.innermost: Index | None = None
        self.maxima: dict[Any, tuple[str, Statement]] = {}
        self.shared: SharedNumbers | None = None
        self.finite: dict[str, None] | None = None
        self._fresh: Callable[[str], str] = lambda name: name
        self.know(kernel, stored)

    # -- what the loops need ------------------------------------------------------------------------------

    def real(self, expression: Any) -> str:
        """A number of the working type."""
        return str(self._print(expression))

    def within(self, innermost: Index | None, hoisted: dict[Any, str], fresh: Callable[[str], str]) -> None:
        """Print the inside of a loop from now on; `hoisted` collects what belongs before it."""
        self.innermost, self.hoisted, self._fresh = innermost, hoisted, fresh

    def helper(self, name: str) -> str:
        """A helper's name in C; its text is wanted."""
        self.helpers.add(name)
        return f"sd_{name}_{self.working.helper}"

    # -- expressions --------------------------------------------------------------------------------------

    def _print(self, expr: Any, **kwargs: Any) -> str:
        if expr in self.maxima:
            return self.maxima[expr][0]
        if self.shared is not None and isinstance(expr, Expr):
            part = self.shared.part(expr, lambda: str(super(CPrinter, self)._print(expr)), self._fresh)
            if part is not None:
                return part
        if self.innermost is not None and self._before_loop(expr):
            key = expr, self._variables(expr)
            if key not in self.hoisted:
                loop, self.innermost = self.innermost, None
                text = str(super()._print(expr, **kwargs))
                self.innermost = loop
                self.hoisted[key] = text if text.isidentifier() else self._fresh("c") + f" = {text}"
            return self.hoisted[key].split(" = ")[0]
        return str(super()._print(expr, **kwargs))

    def _variables(self, *terms: Any) -> frozenset[Any]:
        """The variables of the loops in terms: statements with other loops may share the terms alone."""
        free = {name for term in terms for name in free_names(term)}
        return frozenset((loop, name) for loop, name in self.loops.items() if loop in free)

    def _before_loop(self, expr: Any) -> bool:
        if not isinstance(expr, Expr) or isinstance(expr, (Number, Index, Dim)):
            return False
        if isinstance(expr, Symbol) or (not expr.args):
            return False
        if isinstance(expr, Mul) and expr.args[0] == -1 and len(expr.args) == 2:
            return False
        return self.innermost not in free_names(expr)

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        text = self._print(item)
        atomic = text.replace(".", "").isidentifier() or text.replace(".", "").isdigit()
        if atomic or (text.endswith(")") and _one_call(text)) or isinstance(item, Indexed):
            return text
        return f"({text})"

    def _cast(self, text: str) -> str:
        return f"({self.working.name}){text if text.isidentifier() else f'({text})'}"

    def _print_Integer(self, expr: Any) -> str:
        return f"{int(expr)}.0{self._literal}"

    _print_Zero = _print_One = _print_NegativeOne = _print_Integer

    @property
    def _literal(self) -> str:
        return self.working.suffix

    def _print_Rational(self, expr: Any) -> str:
        return f"({expr.p}.0{self._literal} / {expr.q}.0{self._literal})"

    _print_Half = _print_Rational

    def _print_Float(self, expr: Any) -> str:
        return f"{expr.n(21)!s}{self._literal}"

    def _print_Pi(self, expr: Any) -> str:
        return self._constant(expr)

    _print_Exp1 = _print_EulerGamma = _print_GoldenRatio = _print_Catalan = _print_Pi

    def _constant(self, expr: Any) -> str:
        return f"{expr.n(36)!s}{self._literal}"

    def _print_Infinity(self, expr: Any) -> str:
        return self._cast("INFINITY")

    def _print_NegativeInfinity(self, expr: Any) -> str:
        return f"-{self._cast('INFINITY')}"

    def _print_NaN(self, expr: Any) -> str:
        return self._cast("NAN")

    def _print_Symbol(self, expr: Symbol) -> str:
        if isinstance(expr, (Dim, Index)) or expr.name in self._lower:
            return self._cast(self.integer(expr))
        if expr.name not in self.names:
            raise ValueError(f"{expr} has no code: nothing gives it a value")
        return self.names[expr.name]

    _print_Dim = _print_Index = _print_Dummy = _print_Symbol

    def _print_Indexed(self, expr: Indexed) -> str:
        name = expr.base.name
        if name in self._lower:
            return self._cast(self.integer(expr))
        text = self.element(name, expr.indices)
        argument = name in self._arguments
        return f"({self.working.name}){text}" if argument and (self.wider) else text

    def _print_Add(self, expr: Add, order: Any = None) -> str:
        text = ""
        for term in expr.as_ordered_terms():
            if term.could_extract_minus_sign():
                part = self.parenthesize(-term, 0) if (-term).is_Add else self._print(-term)
                text = f"{text} - {part}" if text else f"-{self.parenthesize(-term, 0)}"
            else:
                part = self._print(term)
                text = f"{text} + {part}" if text else part
        return text

    def _print_Mul(self, expr: Mul) -> str:
        """Factors above, then the divisions: a quotient is rounded once, or one reciprocal serves a loop."""
        above: list[Any] = []
        below: list[Any] = []
        sign = ""
        for factor in expr.args:
            if factor == -1:
                sign = "-"
            elif factor.is_Rational and not factor.is_Integer:
                above += [Integer(factor.p)] if factor.p != 1 else []
                below.append(Integer(factor.q))
            elif isinstance(factor, Pow) and factor.exp.is_Rational and factor.exp < 0:
                below.append(Pow(factor.base, -factor.exp))
            else:
                above.append(factor)
        constant = ""
        if self.innermost is not None and self.reciprocals:
            fixed = [f for f in below if self.innermost not in free_names(f)]
            if fixed and len(fixed) + len(above) + len(below) > 1:
                also = [f for f in above if self.innermost not in free_names(f)] if self.wider else []
                constant = self._hoist_quotient(also, fixed)
                above, below = [f for f in above if f not in also], [f for f in below if f not in fixed]
        texts = [self.parenthesize(factor, 50) for factor in above] + ([constant] if constant else [])
        text = " * ".join(texts) or f"1.0{self._literal}"
        for divisor in below:
            text = f"{text} / {self.parenthesize(divisor, 100)}"
        return f"{sign}{text}"

    def _hoist_quotient(self, above: Sequence[Any], below: Sequence[Any]) -> str:
        key = ("quotient", tuple(above), tuple(below), self._variables(*above, *below))
        if key not in self.hoisted:
            loop, self.innermost = self.innermost, None
            text = " * ".join(self.parenthesize(f, 50) for f in above) or f"1.0{self._literal}"
            for divisor in below:
                text = f"{text} / {self.parenthesize(divisor, 100)}"
            self.innermost = loop
            self.hoisted[key] = f"{self._fresh('c')} = {text}"
        return self.hoisted[key].split(" = ")[0]

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent == S.Half:
            return f"{self._library('sqrt')}({self._print(base)})"
        if exponent.is_Rational and exponent < 0:
            return f"1.0{self._literal} / {self.parenthesize(Pow(base, -exponent), 100)}"
        if exponent.is_Integer and int(exponent) <= (_SQUARINGS if self.wider else 3):
            return self._whole_power(base, int(exponent))
        return f"{self._elementary('pow')}({self._print(base)}, {self._print(exponent)})"

    def _whole_power(self, base: Expr, exponent: int) -> str:
        once = self.parenthesize(base, 100)
        if exponent <= 3:
            return f"({' * '.join([once] * exponent)})"
        half = self._whole_power(base, exponent // 2)
        return f"({half} * {half}{f' * {once}' if exponent % 2 else ''})"

    def _elementary(self, function: str) -> str:
        name = function_name(function, self.working)
        if self.working.family:
            self.functions.add(name)
        return name

    def _library(self, function: str) -> str:
        return f"{function}{self.working.suffix}"

    def _print_Function(self, expr: Any) -> str:
        name = type(expr).__name__
        arguments = ", ".join(self._print(arg) for arg in expr.args)
        if name in _FAMILY:
            return f"{self._elementary(name)}({arguments})"
        if name in _LIBRARY:
            return f"{self._library(_LIBRARY[name])}({arguments})"
        raise ValueError(f"{name} has no code in C")

    _print_exp = _print_log = _print_tanh = _print_sin = _print_cos = _print_tan = _print_Function
    _print_sinh = _print_cosh = _print_erf = _print_erfc = _print_floor = _print_ceiling = _print_Function
    _print_asin = _print_acos = _print_atan = _print_asinh = _print_acosh = _print_atanh = _print_Function
    _print_gamma = _print_loggamma = _print_Function

    def _print_Abs(self, expr: Any) -> str:
        return f"{self._library('fabs')}({self._print(expr.args[0])})"

    def _print_sign(self, expr: Any) -> str:
        return f"{self.helper('sign')}({self._print(expr.args[0])})"

    def _chained(self, helper: str, expr: Any) -> str:
        text = self._print(expr.args[-1])
        for arg in reversed(expr.args[:-1]):
            text = f"{self.helper(helper)}({self._print(arg)}, {text})"
        return text

    def _print_Max(self, expr: Any) -> str:
        return self._chained("max", expr)

    def _print_Min(self, expr: Any) -> str:
        return self._chained("min", expr)

    def _print_Primitive(self, expr: Primitive) -> str:
        arguments = ", ".join(self._print(argument) for argument in expr.arguments)
        if expr.name in ("log1p", "expm1"):
            return f"{self._elementary(expr.name)}({arguments})"
        exact = self.compensated and expr.name in _EXACT
        if self._below(expr):
            return f"{self.helper('exp_less_exactly' if exact else 'exp_less')}({arguments})"
        name = f"{expr.name}_exactly" if exact else expr.name
        return f"{self.helper(name)}({arguments})"

    def _below(self, expr: Primitive) -> bool:
        """Is it the exponential of an entry less a maximum that the loop asks to be finite?"""
        if expr.name != "exp_shifted" or self.finite is None or not self.working.family:
            return False
        entry, top = expr.arguments
        if top not in self.maxima or self.innermost is None:
            return False
        name, statement = self.maxima[top]
        assert statement.index is not None
        index = statement.index
        if (index.lower, index.upper) != (self.innermost.lower, self.innermost.upper):
            return False
        if substitute(statement.expression, {index: self.innermost}) != entry:
            return False
        self.finite[name] = None
        return True

    def _print_Binade(self, expr: Any) -> str:
        return f"{self.helper('binade')}({self._print(expr.args[0])})"

    # -- conditions ---------------------------------------------------------------------------------------

    def _print_Select(self, expr: Select) -> str:
        if isinstance(expr.condition, BooleanAtom):
            return self._print(expr.there if expr.condition else expr.elsewhere)
        condition = self.condition(expr.condition)
        return (
            f"{self.helper('select')}({condition}, {self._print(expr.there)}, {self._print(expr.elsewhere)})"
        )

    def _print_KroneckerDelta(self, expr: Any) -> str:
        return f"({self.working.name})({self.condition(Eq(*expr.args))})"

    def _print_Iverson(self, expr: Any) -> str:
        return f"({self.working.name})({self.condition(expr.args[0])})"

    def condition(self, term: Any) -> str:
        """A truth value."""
        if isinstance(term, BooleanAtom):
            return "1" if term else "0"
        name = type(term).__name__
        if name in ("And", "Or"):
            sign = " && " if name == "And" else " || "
            return "(" + sign.join(self.condition(arg) for arg in term.args) + ")"
        if name == "Not":
            return f"!({self.condition(term.args[0])})"
        if not hasattr(term, "rel_op"):
            raise ValueError(f"the condition {term} has no code in C")
        if all(self._whole(side) for side in term.args):
            left, right = (self._counted(side) for side in term.args)
            if left and right and left[1][0] == right[1][0]:
                return f"{left[0]} {term.rel_op} {right[0]}"
            return f"{self.integer(term.lhs)} {term.rel_op} {self.integer(term.rhs)}"
        return f"{self._print(term.lhs)} {term.rel_op} {self._print(term.rhs)}"

    def _whole(self, term: Basic) -> bool:
        return all(
            isinstance(node, (Dim, Index))
            or (isinstance(node, Symbol) and node.name in self._lower)
            or (isinstance(node, Tensor) and node.name in self._lower)
            for node in free_names(term)
        ) and not any(isinstance(arg, (Number,)) and not arg.is_Integer for arg in (term, *term.args))

    def _not_supported(self, expr: Any) -> str:
        raise ValueError(f"{expr} has no code in C")

    def emptyPrinter(self, expr: Any) -> str:
        raise ValueError(f"{expr} has no code in C")


def _one_call(text: str) -> bool:
    """Is a text one call or one parenthesis, whole?"""
    start = text.find("(")
    if start > 0 and not text[:start].isidentifier():
        return False
    depth = 0
    for number, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and letter == ")":
            return number == len(text) - 1
    return False
