"""NumPy: a kernel's statements through `sympy.lambdify` with our printer, in a file that stands alone."""

from __future__ import annotations

import hashlib
import importlib.abc
import importlib.util
import inspect
import linecache
import re
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

from sympy import Basic, Symbol, lambdify

from symderive.codegen.documentation import docstring, literal, signature_axes
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kernel, Kind
from symderive.codegen.lengths import ALL_NAMES, SOME_NAMES, lengths_text
from symderive.codegen.numpy_printer import KernelPrinter
from symderive.codegen.numpy_support import DRIVER, HELPERS, NEEDS
from symderive.codegen.out_arrays import GIVEN, NEW, OUT_ARRAYS, takes_out
from symderive.codegen.plan import Plan
from symderive.codegen.python_layout import filled, laid_out
from symderive.codegen.python_self_test import Framework, self_test

__all__ = ["body_of", "helpers_text", "load", "source"]

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

    def __init__(self, kernel: Kernel, *, wider: bool = False, compensated: bool = False) -> None:
        super().__init__(kernel, wider=wider, compensated=compensated)
        self._statements = kernel.statements

    def _print__Line(self, line: _Line) -> str:
        return self.right_side(self._statements[line.number])


@dataclass(frozen=True)
class Body:
    """The text of one kernel function, and the helpers that it calls."""

    text: str
    helpers: frozenset[str]


def body_of(kernel: Kernel, name: str, *, compensated: bool = False, wider: bool = False) -> Body:
    """The kernel as a Python function over blocks of rows.

    The function's arguments are the kernel's, each with the batch as its first axis, then the dimensions,
    ``rows`` and ``one`` (the number 1 in the working type).
    """
    printer = _LinePrinter(kernel, wider=wider, compensated=compensated)
    names = [Symbol(argument.name) for argument in kernel.arguments]
    sizes = [Symbol(str(dim)) for dim in kernel.dimensions]
    lines = [(Symbol(s.name), _Line(n)) for n, s in enumerate(kernel.statements)]
    results = [Symbol(target.name) for _, target in kernel.outputs]
    function = lambdify(
        [*names, *sizes, Symbol("rows"), Symbol("one")],
        results,
        modules=[{}],
        printer=_Bare(printer),
        cse=lambda expressions: (lines, expressions),
        docstring_limit=0,
    )
    text = textwrap.dedent(inspect.getsource(function)).replace("_lambdifygenerated", name)
    used = set(printer.used)
    if compensated:
        for helper in sorted(used):
            if f"{helper}:compensated" in HELPERS:
                text = re.sub(rf"\b{helper}\(", f"{helper}_exactly(", text)
                used = {*used - {helper}, f"{helper}:compensated"}
    return Body(text, frozenset(used))


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


def helpers_text(bodies: Sequence[Body]) -> str:
    """The helpers that some kernels call, each once."""
    wanted: dict[str, None] = {}

    def want(key: str) -> None:
        for needed in NEEDS.get(key, ()):
            want(needed)
        wanted[key] = None

    for body in bodies:
        for name in sorted(body.helpers):
            want(name)
    return "\n".join(HELPERS[key] for key in sorted(wanted))


def source(plan: Plan, accuracy: Mapping[str, Sequence[str]] | None = None) -> str:
    """The file of a plan: one function a computation, NumPy alone imported.

    Parameters
    ----------
    plan
        What is to be generated.
    accuracy
        Function's name → lines on what was measured, for its docstring.
    """
    kernels: list[str] = []
    bodies: list[Body] = []
    functions: list[str] = []
    for function in plan.functions:
        table: dict[str, str] = {}
        known: dict[Any, str] = {}
        for dtype, kernel in function.kernels.items():
            numbers = plan.arithmetic[dtype]
            key = (kernel.statements, numbers.compensated, numbers.wider)
            if key not in known:
                known[key] = f"_{function.name}_{dtype}"
                body = body_of(kernel, known[key], compensated=numbers.compensated, wider=numbers.wider)
                bodies.append(body)
                kernels.append(body.text)
            table[dtype] = f"({known[key]}, {_WORKING[numbers.working]})"
        functions.append(_function(plan, function, table, (accuracy or {}).get(function.name, ())))
    names = ", ".join(f.name for f in plan.functions)
    writes = any(takes_out(function) for function in plan.functions)
    lengths = lengths_text(plan.functions)
    parts = [
        f'r"""{literal(plan.origin or plan.name)}: {names}.\n\nGenerated by symderive; needs NumPy.\n"""',
        "import math\n\nimport numpy as np",
        *(["_needs_extended = np.finfo(np.longdouble).nmant >= 63", _EXTENDED] if _extended(plan) else []),
        filled(DRIVER, {**(GIVEN if writes else NEW), **(SOME_NAMES if lengths else ALL_NAMES)}).strip(),
        lengths.strip(),
        *([OUT_ARRAYS.strip()] if writes else []),
        helpers_text(bodies).strip(),
        *(kernel.strip() for kernel in kernels),
        *functions,
        self_test(plan, _FRAMEWORK),
    ]
    return laid_out("\n\n\n".join(part for part in parts if part) + "\n")


_EXTENDED = """if not _needs_extended:
    raise ImportError("accuracy='high' needs a long double of 64 bits or more, which this platform lacks")"""


def _extended(plan: Plan) -> bool:
    return any(numbers.working == "extended" for numbers in plan.arithmetic.values())


def _function(plan: Plan, function: Function, table: Mapping[str, str], measured: Sequence[str]) -> str:
    names = [argument.name for argument in function.arguments]
    one_axis = any(len(argument.axes) == 1 for argument in function.arguments if argument.kind is Kind.REAL)
    out = takes_out(function)
    options = [*(["axis=-1"] if one_axis else []), *(["out=None"] if out else [])]
    signature = ", ".join([*names, *(["*", *options] if options else [])])
    text = textwrap.indent(docstring(plan, function, measured, out=out), "    ").strip()
    reals = [
        f'"{a.name}": ({a.name}, {_names(signature_axes(a))})'
        for a in function.arguments
        if a.kind is Kind.REAL
    ]
    indices = [f'"{a.name}": ({a.name}, "{a.sizes[0]}")' for a in function.arguments if a.kind is Kind.INDEX]
    results = [
        _names(tuple(str(axis.upper - axis.lower + 1) for axis in output.axes)) for output in function.outputs
    ]
    kernels = ", ".join(f'"{dtype}": {value}' for dtype, value in table.items())
    return "\n".join(
        [
            f"def {function.name}({signature}):",
            f'    r"""{text}',
            '    """',
            "    return _evaluate(",
            f"        {{{kernels}}},",
            f"        {{{', '.join(reals)}}},",
            f"        {{{', '.join(indices)}}},",
            f"        ({', '.join(results)},),",
            *(["        axis,"] if one_axis else []),
            *(["        out=out,"] if out else []),
            "    )",
        ]
    )


def _names(labels: Sequence[str]) -> str:
    return "(" + "".join(f'"{label}", ' for label in labels).rstrip() + ")"


_FRAMEWORK = Framework(
    places="np.array(a)",
    reals="np.array(numbers(*a), dtype).reshape(a[1])",
    listed="np.ravel(r).tolist()",
    loop="for dtype in (np.float32, np.float64):",
    narrow="np.float32",
    wide="np.float64",
    name="{dtype.__name__}",
)


def load(plan: Plan, text: str) -> dict[str, Callable[..., Any]]:
    """The functions of a generated file, by name."""
    module = module_of(text, plan.name)
    return {function.name: getattr(module, function.name) for function in plan.functions}


def module_of(text: str, name: str) -> ModuleType:
    """A generated text as a module; `inspect.getsource` shows its functions."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    loader = _Text(text, f"<symderive {name} {digest}>")
    # The same text is the same module, which `torch.compile` and `pickle` look for by its name.
    full = f"symderive_generated_{name}_{digest}"
    held = sys.modules.get(full)
    if held is not None and getattr(held.__loader__, "text", None) == text:
        return held
    spec = importlib.util.spec_from_loader(full, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = loader.path
    sys.modules[full] = module
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[full]
        raise
    linecache.cache[loader.path] = (len(text), None, text.splitlines(keepends=True), loader.path)
    return module


class _Text(importlib.abc.InspectLoader):
    """A loader of one text."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path

    def get_source(self, fullname: str) -> str:
        return self.text

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.text.encode(), self.path)
