"""Statements as torch or JAX expressions: what these say otherwise than NumPy, and what they differentiate.

Every expression that is printed can be differentiated by the framework, and rightly so where a formula is
smooth though its parts are not: parts with a corner take their right-hand derivative together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    GreaterThan,
    Indexed,
    LessThan,
    Max,
    Min,
    Mul,
    Pow,
    S,
    StrictGreaterThan,
    StrictLessThan,
    Symbol,
    exp,
)

from symderive.codegen.arguments import NotLowered
from symderive.codegen.held_branches import Branches
from symderive.codegen.kernel import Kernel, Statement
from symderive.codegen.numpy_printer import KernelPrinter
from symderive.codegen.primitives import Primitive, Select
from symderive.codegen.python_layout import bare
from symderive.terms import Dim, Index, Tensor, free_names

__all__ = ["FrameworkPrinter", "JaxPrinter", "TorchPrinter"]

#: What both know under NumPy's name.
_SHARED = (
    *("exp", "log", "log1p", "expm1", "sqrt", "square", "where"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "floor", "ceil"),
)
#: SymPy's function → NumPy's name for it.
_FUNCTIONS = {
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "exp": "exp",
    "sign": "sign",
    "erf": "erf",
    "floor": "floor",
    "ceiling": "ceil",
    "Abs": "abs",
}


class FrameworkPrinter(KernelPrinter):
    """What torch and JAX have in common."""

    #: NumPy's name → the framework's; a name with an underscore first is a function of the generated file.
    table: Mapping[str, str] = {}
    framework = ""

    def __init__(self, kernel: Kernel, *, wider: bool = False, compensated: bool = False) -> None:
        super().__init__(kernel, wider=wider, compensated=compensated)
        self._branches = Branches(kernel.statements)
        self._cases = 0
        #: Where what is being printed is taken, as code: the cases around it.
        self._taken: tuple[str, ...] = ()
        self._names = {*self._arrays, *(dim.name for dim in kernel.dimensions)}

    def named(self, function: str) -> str:
        """How the framework, or the generated file, calls one of NumPy's functions."""
        if function not in self.table:
            raise NotLowered(f"{function} has no code in {self.framework}")
        found = self.table[function]
        if found.startswith("_"):
            self.used.add(found)
        return found

    def _value(self, term: Expr) -> str:
        """A term as an argument of a function: an array of the working type, never a Python number."""
        text = str(self._print(term))
        return text if _real(term) else f"({text}) * one"

    def _full(self, expression: Expr, loops: tuple[Index, ...]) -> str:
        if _real(expression):
            return super()._full(expression, loops)
        self.used.add("_filled")
        sizes = ", ".join(["rows", *(self._size(loop) for loop in loops)])
        return f"_filled(({self.within(expression, loops)}) * one, {sizes})"

    def _owned(self, expression: Expr, loops: tuple[Index, ...]) -> str:
        return self._full(expression, loops)  # nothing is written to

    def outer(self, statement: Statement, shared: str) -> str | None:
        """A statement over two loops that is a product of one over each, as such; None where it is not.

        `shared` says, when it runs, whether only the sum of the products over the rows is wanted.
        """
        if statement.reduction is not None or len(statement.indices) != 2:
            return None
        first, second = statement.indices
        factors = Mul.make_args(statement.expression)
        right = [f for f in factors if second in free_names(f)]
        left = [f for f in factors if second not in free_names(f)]
        if not right or any(first in free_names(f) for f in right):
            return None
        self.used.add("_outer")
        parts = self._full(Mul(*left), (first,)), self._full(Mul(*right), (second,))
        return f"_outer({parts[0]}, {parts[1]}, {shared})"

    def _print_Function(self, expr: Any) -> str:
        name = type(expr).__name__
        if name not in _FUNCTIONS:
            raise NotLowered(f"{name} has no code in {self.framework}")
        return f"{self.named(_FUNCTIONS[name])}({', '.join(self._value(a) for a in expr.args)})"

    _print_exp = _print_sign = _print_erf = _print_floor = _print_ceiling = _print_Abs = _print_Function
    _print_sin = _print_cos = _print_tan = _print_sinh = _print_cosh = _print_tanh = _print_Function
    _print_asin = _print_acos = _print_atan = _print_asinh = _print_acosh = _print_atanh = _print_Function

    def _print_Primitive(self, expr: Primitive) -> str:
        if expr.name in ("log1p", "expm1"):
            function = self.logarithm(expr.arguments[0]) if expr.name == "log1p" else self.named("expm1")
            return f"{function}({self._value(expr.arguments[0])})"
        self.used.add(f"_{expr.name}")
        return f"_{expr.name}({', '.join(self._value(argument) for argument in expr.arguments)})"

    def logarithm(self, argument: Expr) -> str:
        """What log(1 + argument) is called."""
        return self.named("log1p")

    def _print_log(self, expr: Expr) -> str:
        return f"{self.named('log')}({self._value(expr.args[0])})"

    def _print_Max(self, expr: Expr) -> str:
        return self._in_turn("maximum", expr)

    def _print_Min(self, expr: Expr) -> str:
        return self._in_turn("minimum", expr)

    def _in_turn(self, function: str, expr: Max | Min) -> str:
        # At a tie the first argument is taken, and with it its derivative.
        whole, *others = sorted(expr.args, key=lambda arg: (not _real(arg), str(arg)))
        text = self._value(whole)
        for arg in others:
            first, second = text, self._value(arg)
            # A little beyond a tie of the whole and the next, the larger is the whole where it grows.
            if _turned(whole - arg) == (function == "maximum"):
                first, second = second, first
            text, whole = f"{self.named(function)}({first}, {second})", expr.func(whole, arg)
        return text

    def _print_Select(self, expr: Select) -> str:
        condition = self._beyond_the_edge(expr)
        around, self._taken = self._taken, ()
        text = self._print(condition)
        self._taken = around
        branches = [self._branches.written_out(branch) for branch in (expr.there, expr.elsewhere)]
        cases: tuple[tuple[str, ...], ...] = ((), ())
        if _real(condition) and any(branch is not None for branch in branches):
            case = self._case()
            text, cases = f"({case} := {bare(text)})", ((case,), (f"~{case}",))
        # Of two plain numbers a framework makes an array of its own default type.
        shown = self._print if _real(expr.there) or _real(expr.elsewhere) else self._value
        parts = [text]
        for branch, steep, own in zip((expr.there, expr.elsewhere), branches, cases, strict=True):
            self._taken = around if steep is None else (*around, *own)
            parts.append(shown(branch if steep is None or not own else steep))
        self._taken = around
        return f"{self.named('where')}({', '.join(parts)})"

    def _beyond_the_edge(self, expr: Select) -> Basic:
        """The condition; where both cases meet at its edge, the one beyond holds there."""
        condition = expr.condition
        if not isinstance(condition, (GreaterThan, LessThan)):
            return condition
        a, b = condition.lhs, condition.rhs
        if _turned(a - b) != isinstance(condition, GreaterThan):
            return condition
        if not self._branches.meets(expr.there, expr.elsewhere, {a: b, -a: -b}):
            return condition
        strict = StrictGreaterThan if isinstance(condition, GreaterThan) else StrictLessThan
        return strict(a, b, evaluate=False)

    def _case(self) -> str:
        """A new name for a condition."""
        while True:
            self._cases += 1
            name = "case" if self._cases == 1 else f"case{self._cases}"
            if name not in self._names:
                return name

    def _held(self, text: str) -> str:
        """A name as a constant wherever a case around it is not taken."""
        for case in reversed(self._taken):
            self.used.add("_held")
            text = f"_held({case}, {text})"
        return text

    def _print_Symbol(self, expr: Symbol) -> str:
        text = super()._print_Symbol(expr)
        return self._held(text) if self._taken and _real(expr) else text

    def _print_Indexed(self, expr: Indexed) -> str:
        text = super()._print_Indexed(expr)
        return self._held(text) if self._taken and _real(expr) else text

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent in (S.Half, -S.Half):
            root = f"{self.named('sqrt')}({self._value(base)})"
            return root if exponent == S.Half else f"(1 / {root})"
        if not _real(base) and exponent == -1:
            return f"(one / {self.parenthesize(base, 100)})"
        if not _real(base) and exponent.is_Integer:  # a length is a number of Python's
            whole = f"({self.parenthesize(base, 100)} ** {abs(int(exponent))} * one)"
            return whole if exponent > 0 else f"(1 / {whole})"
        if exponent.is_Integer and abs(int(exponent)) <= 3:
            return super()._print_Pow(expr, rational)
        return f"{self.named('power')}({self._value(base)}, {self._value(exponent)})"

    def _print_KroneckerDelta(self, expr: Expr) -> str:
        return f"({super()._print_KroneckerDelta(expr)} * one)"

    def _print_Iverson(self, expr: Expr) -> str:
        return f"({super()._print_Iverson(expr)} * one)"


class TorchPrinter(FrameworkPrinter):
    """Prints the right sides of one kernel's statements for torch."""

    framework = "torch"
    table = {
        **{name: f"torch.{name}" for name in _SHARED},
        "arctan": "torch.atan",
        "arcsin": "torch.asin",
        "arccos": "torch.acos",
        "arcsinh": "torch.asinh",
        "arccosh": "torch.acosh",
        "arctanh": "torch.atanh",
        "power": "torch.pow",
        "erf": "torch.erf",
        "abs": "_absolute",
        "sign": "_sign",
        "maximum": "_maximum",
        "minimum": "_minimum",
    }

    def folded(self, terms: str, method: str) -> str:
        """A reduction over the last axis."""
        return f"{terms}.{ {'max': 'amax', 'min': 'amin'}.get(method, method) }(dim=-1)"

    def contracted(self, subscripts: str, arrays: str) -> str:
        """A sum of products."""
        return f'torch.einsum("{subscripts}", {arrays})'

    def transposed(self, name: str, order: Sequence[int]) -> str:
        """Axes in another order."""
        return f"{name}.permute({', '.join(map(str, order))})"

    def counted(self, lower: str, upper: str) -> str:
        """A range of integers, on the device of the arguments."""
        return f"torch.arange({lower}, {upper}, device=one.device)"


class JaxPrinter(FrameworkPrinter):
    """Prints the right sides of one kernel's statements for JAX."""

    framework = "JAX"
    table = {
        **{name: f"jnp.{name}" for name in _SHARED},
        **{name: f"jnp.{name}" for name in ("arctan", "arcsin", "arccos", "arcsinh", "arccosh", "arctanh")},
        "power": "jnp.power",
        "erf": "jax.scipy.special.erf",
        "abs": "_absolute",
        "sign": "jnp.sign",
        "maximum": "_maximum",
        "minimum": "_minimum",
    }

    def __init__(self, kernel: Kernel, *, wider: bool = False, compensated: bool = False) -> None:
        super().__init__(kernel, wider=wider, compensated=compensated)
        self._statements = {statement.name: statement for statement in kernel.statements}

    def logarithm(self, argument: Expr) -> str:
        """XLA's own, but where the argument may lie below 0."""
        if self._is_positive(argument):
            return self.named("log1p")
        self.used.add("_log1p")
        return "_log1p"

    def _is_positive(self, term: Any) -> bool:
        """Is it seen to be no number below 0? Made of exponentials."""
        if isinstance(term, (Indexed, Symbol)):
            name = str(term.base.name if isinstance(term, Indexed) else term.name)
            return name in self._statements and self._is_positive(self._statements[name].expression)
        if isinstance(term, Select):
            return self._is_positive(term.there) and self._is_positive(term.elsewhere)
        if isinstance(term, (Add, Mul)):
            return all(self._is_positive(arg) for arg in term.args)
        power = isinstance(term, Primitive) and term.name.startswith("exp_")
        return power or isinstance(term, exp) or bool(term.is_nonnegative)

    def folded(self, terms: str, method: str) -> str:
        """A reduction over the last axis; a sum by halves, since XLA adds one after the other."""
        if method == "sum":
            self.used.add("_total")
            return f"_total({terms})"
        return f"{terms}.{method}(axis=-1)"

    def contracted(self, subscripts: str, arrays: str) -> str:
        """A sum of products."""
        return f'jnp.einsum("{subscripts}", {arrays}, precision="highest")'

    def counted(self, lower: str, upper: str) -> str:
        """A range of integers."""
        return f"jnp.arange({lower}, {upper})"


def _real(expression: Basic) -> bool:
    """Does a value depend on a real argument, and not on dimensions and places alone?"""
    return any(
        isinstance(node, (Symbol, Tensor))
        and not isinstance(node, (Dim, Index))
        and not getattr(node, "is_integer", None)
        for node in free_names(expression)
    )


def _turned(difference: Expr) -> bool:
    """Is a difference minus what SymPy writes into ``Abs`` of it? Then it falls where that grows."""
    size = Abs(difference)
    found = [node.args[0] for node in size.atoms(Abs)] if isinstance(size, Expr) else []
    if len(found) != 1:
        return False
    return bool((difference / found[0]).could_extract_minus_sign() or difference + found[0] == 0)
