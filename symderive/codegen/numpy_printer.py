"""Statements as NumPy expressions over blocks of rows: SymPy's NumPy printer, told about our terms.

Every array of a kernel has the batch as its first axis and one axis a loop after it; what does not depend on
a loop is given an axis of length 1 there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sympy import Basic, Eq, Expr, Indexed, Mul, Pow, S, Symbol
from sympy.printing.numpy import NumPyPrinter

from symderive.codegen.carried_sums import carried_parts
from symderive.codegen.kernel import Argument, Kernel, Kind, Reduction, Statement
from symderive.codegen.primitives import Primitive, Select
from symderive.codegen.python_layout import bare
from symderive.codegen.quotients import product_text
from symderive.terms import Dim, Index, Tensor, free_names

__all__ = ["HELPERS", "KernelPrinter"]

#: Functions of the generated file that stand for primitives; `numpy_support` has their text.
HELPERS = {
    "exp_shifted": "_exp_shifted",
    "exp_product": "_exp_product",
    "shifted": "_shifted",
    "shifted_less": "_shifted_less",
    "masked_product": "_masked_product",
    "kl_term": "_kl_term",
    "log_ratio": "_log_ratio",
    "scaled": "_scaled",
    "erfcx": "_erfcx",
}
_DIRECT = ("log1p", "expm1")
#: Their arguments are compared: an entry of an array, and the same entry on its own, must be one number.
_COMPARING = ("shifted", "exp_shifted", "shifted_less")


class KernelPrinter(NumPyPrinter):
    """Prints the right sides of one kernel's statements."""

    _module = "np"

    def __init__(self, kernel: Kernel, *, wider: bool = False, compensated: bool = False) -> None:
        super().__init__({"fully_qualified_modules": True, "allow_unknown_functions": False})
        #: The working type has digits to spare: a number that many are divided by is inverted once.
        self.wider = wider
        #: Rounding errors are carried along.
        self.compensated = compensated
        self.language = "Python with NumPy"
        self.used: set[str] = set()
        self._loops: tuple[Index, ...] = ()
        self._lower: dict[Any, Expr] = {}
        self._arrays: dict[str, tuple[tuple[Expr, Expr], ...]] = {}
        self._integers: set[str] = set()
        self._inputs = {argument.name for argument in kernel.arguments}
        for argument in kernel.arguments:
            self.declare_argument(argument)
        for statement in kernel.statements:
            if statement.integer:
                self._integers.add(statement.name)
                assert statement.index is not None
                self._lower[statement.name] = statement.index.lower
            self._arrays[statement.name] = tuple((loop.lower, loop.upper) for loop in statement.indices)

    @property
    def loops(self) -> tuple[Index, ...]:
        """The loops around what is being printed."""
        return self._loops

    def declare_argument(self, argument: Argument) -> None:
        """Make an argument known."""
        if argument.kind is Kind.INDEX:
            self._integers.add(argument.name)
            self._lower[argument.name] = argument.axes[0][0]
            self._arrays[argument.name] = ()
        else:
            self._arrays[argument.name] = argument.axes

    # -- what another array library says otherwise ------------------------------------------------------

    def named(self, function: str) -> str:
        """How the library calls one of NumPy's functions."""
        return f"{self._module}.{function}"

    def folded(self, terms: str, method: str) -> str:
        """A reduction of an array over its last axis: sum, prod, max, min or argmax."""
        return f"{terms}.{method}(axis=-1)"

    def contracted(self, subscripts: str, arrays: str) -> str:
        """A sum of products by Einstein's convention."""
        return f'{self.named("einsum")}("{subscripts}", {arrays}, optimize=True)'

    def transposed(self, name: str, order: Sequence[int]) -> str:
        """An array with its axes in another order."""
        return f"{name}.transpose({', '.join(map(str, order))})"

    def counted(self, lower: str, upper: str) -> str:
        """The integers from one up to, but not including, another."""
        return f"{self.named('arange')}({lower}, {upper})"

    def _module_format(self, fqn: str, register: bool = True) -> str:
        """What SymPy calls by NumPy's full name, by the name under which it is imported."""
        module, _, function = fqn.rpartition(".")
        return self.named(function) if module == "numpy" else fqn

    # -- statements -------------------------------------------------------------------------------------

    def right_side(self, statement: Statement) -> str:
        """The expression that a statement assigns."""
        if statement.reduction is None:
            text = self._elementwise(statement)
            # Outer brackets serve method calls; an assignment needs none.
            return bare(text)
        assert statement.index is not None
        loops = (*statement.indices, statement.index)
        if statement.reduction is Reduction.ARGMAX:
            with self._rounded_alike(True):
                return self.folded(self._full(statement.expression, loops), "argmax")
        if statement.leaves_out_its_own:
            self.used.add("_products_of_others")
            factors = self._full(statement.expression, (*statement.indices[:-1], statement.index))
            return f"_products_of_others({bare(factors)})"
        if statement.excluding is not None:
            place = self._integer_array(statement.excluding, statement.index.lower, statement.indices)
            helper = "_sum_except" if statement.reduction is Reduction.SUM else "_product_except"
            self.used.add(helper)
            terms = statement.expression
            text, own = self._full(terms, loops), self._owned(terms, loops)
            borrowed = isinstance(terms, Indexed) and terms.base.name not in self._inputs
            text = text if borrowed and not text.startswith("_filled") else own
            return f"{helper}({text}, {place})"
        if statement.reduction is Reduction.SUM:
            contraction = self._contraction(statement, loops)
            if contraction:
                return contraction
            parts = carried_parts(statement) if self.compensated else ()
            if parts:
                self.used.add("_carried_sum")
                return f"_carried_sum({', '.join(bare(self._full(part, loops)) for part in parts)})"
        method = {"sum": "sum", "product": "prod", "max": "max", "min": "min"}[statement.reduction]
        return self.folded(self._full(statement.expression, loops), method)

    def _elementwise(self, statement: Statement) -> str:
        expression, loops = statement.expression, statement.indices
        if isinstance(expression, Select) and isinstance(expression.condition, Eq):
            place = self._patched(expression.condition, loops)
            if place is not None and loops[-1] not in free_names(expression.there):
                self.used.add("_placed")
                whole = self._owned(expression.elsewhere, loops)
                there = self.within(expression.there, loops[:-1])
                return f"_placed({whole}, {self._integer_array(place, loops[-1].lower, loops[:-1])}, {there})"
        return self._full(expression, loops)

    def _patched(self, condition: Eq, loops: tuple[Index, ...]) -> Expr | None:
        """The single place of the last loop that a condition names."""
        if not loops or loops[-1] not in condition.args:
            return None
        (place,) = (arg for arg in condition.args if arg != loops[-1])
        return None if loops[-1] in free_names(place) else place

    def _owned(self, expression: Expr, loops: tuple[Index, ...]) -> str:
        """An array that may be written to for a moment."""
        text = self._full(expression, loops)
        lasting = isinstance(expression, Indexed) or text.startswith("_filled")
        return f"{text}.copy()" if lasting else text

    def _full(self, expression: Expr, loops: tuple[Index, ...]) -> str:
        """An expression whose value has every loop's full length."""
        text = self.within(expression, loops)
        free = free_names(expression)
        if all(loop in free for loop in loops) and (loops or _is_array(expression)):
            return text if text.isidentifier() else f"({text})"
        self.used.add("_filled")
        sizes = ", ".join(self._size(loop) for loop in loops)
        return f"_filled({text}, rows{', ' + sizes if sizes else ''})"

    def _contraction(self, statement: Statement, loops: tuple[Index, ...]) -> str | None:
        """A sum of products of arrays over loops that are each in some array, without all the products."""
        factors = Mul.make_args(statement.expression)
        if len(factors) < 2 or not all(isinstance(f, Indexed) for f in factors):
            return None
        used = [tuple(f.indices) for f in factors]
        plain = {index for indices in used for index in indices} == set(loops)
        if not plain or all(set(indices) == set(loops) for indices in used):
            return None
        if not all(self._aligned(f, loops) for f in factors):
            return None
        letters = dict(zip(loops, "ijklmn", strict=False))
        *inputs, result = ("..." + "".join(letters[i] for i in axes) for axes in (*used, statement.indices))
        arrays = ", ".join(str(f.base.name) for f in factors)
        return self.contracted(f"{','.join(inputs)}->{result}", arrays)

    # -- expressions ------------------------------------------------------------------------------------

    def within(self, expression: Expr, loops: tuple[Index, ...]) -> str:
        """An expression under some loops: broadcastable to ``(rows, *sizes)``."""
        before, self._loops = self._loops, loops
        try:
            return str(self._print(expression))
        finally:
            self._loops = before

    def _size(self, loop: Index) -> str:
        return self._print_integer(loop.upper - loop.lower + 1)

    def _print_integer(self, term: Expr) -> str:
        return str(self._print(term))

    def _spread(self, name: str, axes: Sequence[Any]) -> str:
        """An array whose axes are some of the loops, with axes of length 1 for the others."""
        loops = self._loops
        order = sorted(range(len(axes)), key=lambda n: loops.index(axes[n]))
        text = name
        if order != list(range(len(axes))):
            text = self.transposed(text, (0, *(n + 1 for n in order)))
        if len(axes) == len(loops):
            return text
        where = ["None" if loop not in axes else ":" for loop in loops]
        while where and where[-1] == ":":
            where.pop()
        return f"{text}[:, {', '.join(where)}]" if where else text

    def _aligned(self, entry: Indexed, loops: tuple[Index, ...]) -> bool:
        """Do the indices of an entry run, as loops, over exactly the array's axes?"""
        axes = self._arrays[entry.base.name]
        return len(set(entry.indices)) == len(entry.indices) and all(
            isinstance(index, Index) and (index.lower, index.upper) == axis and index in loops
            for index, axis in zip(entry.indices, axes, strict=True)
        )

    def _print_Indexed(self, expr: Indexed) -> str:
        text = self._entry(expr)
        if expr.base.name not in self._integers or self._lower[expr.base.name] == 0:
            return text
        # A place counts from 0 in an array, and from where its index begins in the formula.
        return f"({text} + {self._print(self._lower[expr.base.name])})"

    def _entry(self, expr: Indexed) -> str:
        name = expr.base.name
        saved = self._loops
        if self._aligned(expr, self._loops):
            return self._spread(name, expr.indices)
        places = [
            self._position(index, lower)
            for index, (lower, _) in zip(expr.indices, self._arrays[name], strict=True)
        ]
        self._loops = saved
        self.used.add("_row")
        return f"{name}[_row({name}, {len(self._loops)}), {', '.join(places)}]"

    def _position(self, index: Expr, lower: Expr) -> str:
        """A position counted from 0 on an axis, as an integer array under the loops."""
        return self._integer_array(index, lower, self._loops)

    def _integer_name(self, index: Expr) -> str | None:
        if isinstance(index, Indexed) and index.base.name in self._integers:
            return str(index.base.name)
        if isinstance(index, Symbol) and index.name in self._integers and index not in self._loops:
            return str(index.name)
        return None

    def _integer_array(self, index: Expr, lower: Expr, loops: tuple[Index, ...]) -> str:
        """A place, counted from 0 where the axis begins, as an array under some loops."""
        before, self._loops = self._loops, loops
        try:
            name = self._integer_name(index)
            if name is None or self._lower[name] != lower:
                return self._print_index_number(index - lower)
            axes = tuple(index.indices) if isinstance(index, Indexed) else ()
            return self._spread(name, axes)
        finally:
            self._loops = before

    def _print_index_number(self, term: Expr) -> str:
        """An integer term under the loops, as an integer array."""
        return f"({self._print(term)})" if term.args else str(self._print(term))

    def _print_Symbol(self, expr: Symbol) -> str:
        if isinstance(expr, Dim):
            return str(expr.name)
        if expr in self._loops:
            loop = self._loops[self._loops.index(expr)]
            upper = self._print(loop.upper + 1)
            where = ["None"] * (1 + len(self._loops))
            where[1 + self._loops.index(expr)] = ":"
            return f"{self.counted(self._print(loop.lower), upper)}[{', '.join(where)}]"
        if expr.name in self._integers:
            lower = self._lower[expr.name]
            text = self._spread(expr.name, ())
            return f"({text} + {self._print(lower)})" if lower != 0 else text
        return self._spread(str(expr.name), ())

    _print_Dim = _print_Index = _print_Dummy = _print_Symbol

    @contextmanager
    def _rounded_alike(self, wanted: bool) -> Iterator[None]:
        """Divide wherever the formula divides: a product with an inverse is rounded otherwise."""
        held, self.wider = self.wider, self.wider and not wanted
        try:
            yield
        finally:
            self.wider = held

    def _print_Primitive(self, expr: Primitive) -> str:
        with self._rounded_alike(expr.name in _COMPARING):
            arguments = ", ".join(self._print(argument) for argument in expr.arguments)
        if expr.name in _DIRECT:
            return f"{self.named(expr.name)}({arguments})"
        self.used.add(HELPERS[expr.name])
        return f"{HELPERS[expr.name]}({arguments})"

    def _print_Binade(self, expr: Expr) -> str:
        self.used.add("_binade")
        return f"_binade({self._print(expr.args[0])})"

    def _print_Select(self, expr: Select) -> str:
        condition, there, elsewhere = (self._print(arg) for arg in expr.args)
        return f"{self.named('where')}({condition}, {there}, {elsewhere})"

    def _print_Relational(self, expr: Any) -> str:
        sign = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}[expr.rel_op]
        return f"({self._print(expr.lhs)} {sign} {self._print(expr.rhs)})"

    _print_Equality = _print_Unequality = _print_Relational

    def _print_KroneckerDelta(self, expr: Expr) -> str:
        return f"(({self._print(expr.args[0])} == {self._print(expr.args[1])}) * one)"

    def _print_Iverson(self, expr: Expr) -> str:
        return f"({self._print(expr.args[0])} * one)"

    def _print_Not(self, expr: Expr) -> str:
        return f"~{self._print(expr.args[0])}"

    def _print_And(self, expr: Expr) -> str:
        return "(" + " & ".join(self._print(arg) for arg in expr.args) + ")"

    def _print_Or(self, expr: Expr) -> str:
        return "(" + " | ".join(self._print(arg) for arg in expr.args) + ")"

    def _print_Max(self, expr: Expr) -> str:
        return self._chained(self.named("maximum"), expr)

    def _print_Min(self, expr: Expr) -> str:
        return self._chained(self.named("minimum"), expr)

    def _chained(self, function: str, expr: Expr) -> str:
        text = self._print(expr.args[-1])
        for arg in reversed(expr.args[:-1]):
            text = f"{function}({self._print(arg)}, {text})"
        return str(text)

    def _print_Rational(self, expr: Expr) -> str:
        return f"({expr.p} * one / {expr.q})"

    _print_Half = _print_Rational

    def _print_sign(self, expr: Expr) -> str:
        return f"{self.named('sign')}({self._print(expr.args[0])})"

    def _print_erf(self, expr: Expr) -> str:
        self.used.add("_erf")
        return f"_erf({self._print(expr.args[0])})"

    def _print_Pi(self, expr: Expr) -> str:
        return f"(4 * {self.named('arctan')}(one))"

    def _print_Exp1(self, expr: Expr) -> str:
        return f"{self.named('exp')}(one)"

    def _print_log(self, expr: Expr) -> str:
        (argument,) = expr.args
        # The logarithm of a number in the working type, not in Python's.
        return f"{self.named('log')}({f'{argument} * one' if argument.is_Integer else self._print(argument)})"

    def _print_Pow(self, expr: Pow, rational: bool = False) -> str:
        base, exponent = expr.base, expr.exp
        if exponent in (S.Half, -S.Half):
            root = f"{self.named('sqrt')}({self._print(base)})"
            return root if exponent == S.Half else f"(1 / {root})"
        if exponent == -1:
            return f"(1 / {self.parenthesize(base, 100)})"
        if exponent.is_Integer and abs(int(exponent)) <= 3:
            once = self.parenthesize(base, 100)
            if exponent < 0:
                return f"(1 / ({' * '.join([once] * -int(exponent))}))"
            if exponent == 2:
                return f"{self.named('square')}({self._print(base)})"
        return f"{self.named('power')}({self._print(base)}, {self._print(exponent)})"

    _print_Mul = product_text


def _is_array(expression: Basic) -> bool:
    """Does a value have an entry a row? (A number has not.)"""
    return any(isinstance(n, (Symbol, Tensor)) and not isinstance(n, Dim) for n in free_names(expression))
