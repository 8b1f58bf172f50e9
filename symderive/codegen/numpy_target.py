"""NumPy: a kernel's statements through `sympy.lambdify` with our printer, in a file that stands alone."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Basic, Dummy, Expr, Symbol, lambdify

from symderive.codegen.arithmetic import Arithmetic
from symderive.codegen.kernel import Argument, Kernel, Kind, Statement
from symderive.codegen.numpy_printer import KernelPrinter
from symderive.codegen.numpy_support import DRIVER, HELPERS, NEEDS
from symderive.terms import Dim

__all__ = ["body_of", "helpers_text", "numpy_functions"]

_WORKING = {"float32": "np.float32", "float64": "np.float64", "extended": "np.longdouble"}


class _Line(Basic):
    """A statement's right side, in the place where lambdify expects an expression."""

    def __new__(cls, number: int) -> _Line:
        made = Basic.__new__(cls)
        made.number = number
        return made

    number: int

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.number,)


class _LinePrinter(KernelPrinter):
    """Prints whole statements where lambdify hands over their numbers."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel)
        self._statements = kernel.statements

    def _print__Line(self, line: _Line) -> str:
        return self.right_side(self._statements[line.number])


@dataclass(frozen=True)
class Body:
    """The text of one kernel function, and the helpers that it calls."""

    text: str
    helpers: frozenset[str]


def body_of(kernel: Kernel, name: str) -> Body:
    """The kernel as a Python function over blocks of rows.

    The function's arguments are the kernel's, each with the batch as its first axis, then the dimensions,
    ``rows`` and ``one`` (the number 1 in the working type).
    """
    printer = _LinePrinter(kernel)
    names = [Symbol(argument.name) for argument in kernel.arguments]
    sizes = [Symbol(str(dim)) for dim in dimensions_of(kernel)]
    lines = [(Symbol(s.name), _Line(n)) for n, s in enumerate(kernel.statements)]
    results = [Symbol(target.name) for _, target in kernel.outputs]
    function = lambdify(
        [*names, *sizes, Symbol("rows"), Symbol("one")],
        results,
        modules=[{}, "numpy"],
        printer=_Bare(printer),
        cse=lambda expressions: (lines, expressions),
        docstring_limit=0,
    )
    text = textwrap.dedent(inspect.getsource(function)).replace("_lambdifygenerated", name)
    return Body(text, frozenset(printer.used))


class _Bare(KernelPrinter):
    """What lambdify prints itself: names of statements, with no axes added."""

    def __init__(self, lines: _LinePrinter) -> None:
        self.__dict__.update(lines.__dict__)
        self._lines = lines

    def doprint(self, expr: Any) -> str:
        if isinstance(expr, _Line):
            return self._lines._print__Line(expr)
        if isinstance(expr, (list, tuple)):
            return "[" + ", ".join(str(e) for e in expr) + "]"
        return str(expr)

    def _print(self, expr: Any, **_: Any) -> str:
        return self.doprint(expr)


def dimensions_of(kernel: Kernel) -> tuple[Dim, ...]:
    """The dimensions that the arguments have, by name."""
    found = {
        node
        for argument in kernel.arguments
        for size in argument.sizes
        for node in size.free_symbols
        if isinstance(node, Dim)
    }
    return tuple(sorted(found, key=str))


def helpers_text(bodies: Sequence[Body], *, compensated: bool) -> str:
    """The helpers that some kernels call, each once."""
    wanted: dict[str, None] = {}

    def want(name: str) -> None:
        key = f"{name}:compensated" if compensated and f"{name}:compensated" in HELPERS else name
        for needed in NEEDS.get(key, ()):
            want(needed)
        wanted[key] = None

    for body in bodies:
        for name in sorted(body.helpers):
            want(name)
    return "\n".join(HELPERS[key] for key in wanted)


def numpy_functions(text: str, names: Sequence[str]) -> Mapping[str, Any]:
    """The functions of a generated file."""
    namespace: dict[str, Any] = {"__name__": "symderive_generated"}
    exec(compile(text, "<symderive generated>", "exec"), namespace)
    return {name: namespace[name] for name in names}
