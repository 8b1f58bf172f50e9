"""What the files for torch and JAX have in common: a function with its derivative, and kernels as functions.

The derivative that a framework asks for, the vector-Jacobian product by every real argument, is derived,
rewritten and judged like any other function; second derivatives are the framework's own of that kernel.
"""

from __future__ import annotations

import importlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symderive.codegen.arguments import NotLowered
from symderive.codegen.arithmetic import Accuracy
from symderive.codegen.documentation import docstring, signature_axes
from symderive.codegen.framework_printer import FrameworkPrinter
from symderive.codegen.functions import Function
from symderive.codegen.generate import MissingFramework
from symderive.codegen.kernel import Kernel, Kind
from symderive.codegen.numpy_target import Body
from symderive.codegen.plan import COMPUTE, Plan, planned

__all__ = [
    "BACKWARD",
    "Texts",
    "call_of",
    "completed",
    "imported",
    "kernel_text",
    "keyword_of",
    "ordered",
    "support_text",
    "with_docstring",
]

#: The computation that a framework's function calls for its gradient.
BACKWARD = "backward"


def imported(module: str, command: str) -> Any:
    """A framework, or a message that says how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingFramework(f"the target {module} needs {module}: {command} ({error})") from error


def completed(plan: Plan) -> Plan:
    """A plan with the value and what its gradient needs, in types that the frameworks have.

    The value is differentiable, so that it brings a function `backward`: the vector-Jacobian product by every
    real argument. Where that has no derivation the framework differentiates the value's kernel itself.
    ``high`` becomes the default: the frameworks have no long double.
    """
    asked = [function.compute for function in plan.functions]
    if not set(asked) <= set(COMPUTE):
        return plan
    common: dict[str, Any] = {
        "accuracy": Accuracy.DEFAULT if plan.accuracy is Accuracy.HIGH else plan.accuracy,
        "index": plan.inputs,
        "axes": plan.axes,
        "hypotheses": plan.hypotheses,
        "name": plan.name,
        "origin": plan.origin,
    }
    functions = list(plan.functions)
    arithmetic = plan.arithmetic
    if plan.accuracy is Accuracy.HIGH:
        lower = planned(plan.expression, plan.wrt, compute=asked, **common)
        functions, arithmetic = list(lower.functions), lower.arithmetic
    if "value" not in asked:
        functions += planned(plan.expression, plan.wrt, compute=("value",), **common).functions
    value = next(function for function in functions if function.compute == "value")
    variables = [argument.term for argument in value.arguments if argument.kind is Kind.REAL]
    if variables:
        try:
            (found,) = planned(plan.expression, variables, compute=("vjp",), **common).functions
        except ValueError:
            pass
        else:
            functions.append(replace(found, compute=BACKWARD, name=f"{plan.name}_{BACKWARD}"))
    return replace(plan, functions=tuple(functions), arithmetic=arithmetic)


@dataclass(frozen=True)
class Texts:
    """The kernels of one function: their text, the helpers they call, and which one serves which type."""

    bodies: tuple[Body, ...]
    names: Mapping[str, str]


def kernel_text(
    plan: Plan,
    function: Function,
    printer: type[FrameworkPrinter],
    helpers: Mapping[str, str],
    *,
    gradients: bool = False,
    selective: bool = False,
) -> Texts:
    """The kernels of a function as Python functions over rows, one where both types share it.

    A kernel takes the arguments, each with the batch as its first axis, then ``rows`` and ``one`` (the number
    1 in the working type). With `gradients` its results are the gradients of its real arguments: it takes
    which of them all rows share, and with `selective` which are wanted, and computes no others.
    """
    known: dict[Any, str] = {}
    bodies: list[Body] = []
    names: dict[str, str] = {}
    for dtype, kernel in function.kernels.items():
        numbers = plan.arithmetic[dtype]
        key = (kernel.statements, numbers.compensated)
        if key not in known:
            known[key] = f"_{function.name}_{dtype}"
            prints = printer(kernel, compensated=numbers.compensated)
            bodies.append(_body(kernel, known[key], prints, gradients, selective))
            if numbers.compensated:
                bodies[-1] = _exactly(bodies[-1], helpers)
        names[dtype] = known[key]
    return Texts(tuple(bodies), names)


def _body(
    kernel: Kernel,
    name: str,
    printer: FrameworkPrinter,
    gradients: bool,
    selective: bool,
) -> Body:
    arguments = [argument.name for argument in kernel.arguments]
    results = [target.name for _, target in kernel.outputs]
    selective = gradients and selective and len(results) > 1
    options = [f"_shared={(False,) * len(results)}"] if gradients else []
    options += [f"_wanted={(True,) * len(results)}"] if selective else []
    lines = [f"def {name}({', '.join([*arguments, 'rows', 'one', *options])}):"]
    lines += [f"    {dim} = {_size_text(kernel, dim)}" for dim in kernel.named_dimensions]
    users = _users(kernel)
    if selective:
        lines.append(f"    {' = '.join(results)} = None")
    guarded: frozenset[int] = frozenset(range(len(results)))
    for statement in kernel.statements:
        shared = f"_shared[{results.index(statement.name)}]" if statement.name in results else ""
        outer = printer.outer(statement, shared) if gradients and shared else None
        line = f"{statement.name} = {outer or printer.right_side(statement)}"
        needed_by = users[statement.name]
        if not selective or len(needed_by) == len(results):
            lines.append(f"    {line}")
        else:
            if needed_by != guarded:
                lines.append(f"    if {' or '.join(f'_wanted[{n}]' for n in sorted(needed_by))}:")
            lines.append(f"        {line}")
        guarded = needed_by
    lines.append(f"    return ({', '.join(results)},)")
    return Body("\n".join(lines), frozenset(printer.used))


def _exactly(body: Body, helpers: Mapping[str, str]) -> Body:
    """A kernel that takes rounding errors along where it can."""
    text, used = body.text, set(body.helpers)
    for helper in sorted(used):
        if f"{helper}:compensated" in helpers:
            text = re.sub(rf"\b{helper}\(", f"{helper}_exactly(", text)
            used = {*used - {helper}, f"{helper}:compensated"}
    return Body(text, frozenset(used))


def _users(kernel: Kernel) -> dict[str, frozenset[int]]:
    """Statement's name → the numbers of the results that need it."""
    found: dict[str, set[int]] = {statement.name: set() for statement in kernel.statements}
    for number, (_, target) in enumerate(kernel.outputs):
        found[target.name].add(number)
    for statement in reversed(kernel.statements):
        parts = [statement.expression, *([] if statement.excluding is None else [statement.excluding])]
        for part in parts:
            for symbol in part.free_symbols:
                name = str(symbol.base.name) if hasattr(symbol, "base") else str(symbol)
                if name in found:
                    found[name] |= found[statement.name]
    return {name: frozenset(numbers) for name, numbers in found.items()}


def _size_text(kernel: Kernel, dim: Any) -> str:
    """A dimension from the shape of the first argument that has it."""
    for argument in kernel.arguments:
        if argument.kind is Kind.INDEX:
            continue
        for axis, size in enumerate(argument.sizes):
            constant = size - dim
            if constant.is_Integer:
                shape = f"{argument.name}.shape[{axis + 1}]"
                return shape if constant == 0 else f"{shape} - {constant}"
    raise NotLowered(f"no argument says what {dim} is")


def support_text(bodies: Sequence[Body], helpers: Mapping[str, str], needs: Mapping[str, Any]) -> list[str]:
    """The helpers that some kernels call, each once, in order of their names."""
    wanted: set[str] = set()

    def want(key: str) -> None:
        for needed in needs.get(key, ()):
            want(needed)
        wanted.add(key)

    for body in bodies:
        for name in body.helpers:
            want(name)
    return [helpers[key].strip() for key in sorted(wanted)]


def call_of(function: Function, compute: str, keyword: str | None) -> str:
    """The statement by which a wrapper computes its results."""
    reals = ", ".join(
        f'"{a.name}": ({a.name}, {_labels(signature_axes(a))})'
        for a in function.arguments
        if a.kind is Kind.REAL
    )
    indices = ", ".join(
        f'"{a.name}": ({a.name}, "{a.sizes[0]}")' for a in function.arguments if a.kind is Kind.INDEX
    )
    results = ", ".join(
        _labels([str(axis.upper - axis.lower + 1) for axis in output.axes]) for output in function.outputs
    )
    last = "" if keyword is None else f", {keyword}"
    return f"return _evaluate({compute}, {{{reals}}}, {{{indices}}}, ({results},){last})"


def _labels(labels: Sequence[str]) -> str:
    return "(" + "".join(f'"{label}", ' for label in labels).rstrip() + ")"


def ordered(function: Function) -> list[str]:
    """The names of its arguments as `_evaluate` passes them: real ones, then places."""
    reals = [argument.name for argument in function.arguments if argument.kind is Kind.REAL]
    return reals + [argument.name for argument in function.arguments if argument.kind is Kind.INDEX]


def with_docstring(
    plan: Plan, function: Function, notes: Sequence[str], statement: str, keyword: str | None
) -> str:
    """A function of the file, documented, that makes one statement."""
    shown = replace(function, compute="vjp") if function.compute == BACKWARD else function
    by = tuple(a.term for a in function.arguments if a.kind is Kind.REAL and a.name != "cotangent")
    about = replace(plan, wrt=by) if function.compute == BACKWARD else plan
    lines = [line for note in notes for line in textwrap.wrap(note, 96)]
    text = textwrap.indent(docstring(about, shown, lines), "    ").strip()
    names = [argument.name for argument in function.arguments]
    signature = ", ".join([*names, *([] if keyword is None else ["*", f"{keyword}=-1"])])
    return f'def {function.name}({signature}):\n    r"""{text}\n    """\n    {statement}'


def keyword_of(function: Function, name: str) -> str | None:
    """The name of the parameter that says which axis is the vectors'; None where no argument is one."""
    if not any(len(argument.axes) == 1 for argument in function.arguments if argument.kind is Kind.REAL):
        return None
    taken = {argument.name for argument in function.arguments}
    return name if name not in taken else f"{name}_"
