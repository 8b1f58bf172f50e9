"""Lines of C with their names and storage: what loops are written with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Expr

from symderive.codegen.arithmetic import Arithmetic
from symderive.codegen.c_places import c_word
from symderive.codegen.c_printer import CPrinter
from symderive.codegen.c_schedule import loops_of
from symderive.codegen.c_shared import SharedNumbers
from symderive.codegen.carried_sums import carried_parts
from symderive.codegen.kernel import Kernel, Reduction, Statement

__all__ = ["Lines", "wrapped"]


def wrapped(head: str, parts: Sequence[str], tail: str) -> str:
    """Parts between a head and a tail, joined by commas, in lines of at most 110 letters."""
    line = f"{head}{', '.join(parts)}{tail}"
    if len(line) <= 110:
        return line
    indent = " " * (len(head) - len(head.lstrip()) + 8)
    lines, current = [head], indent
    for number, part in enumerate(parts):
        piece = part + ("," if number < len(parts) - 1 else "")
        if len(current) + len(piece) > 110 and current.strip():
            lines.append(current.rstrip())
            current = indent
        current += piece + " "
    return "\n".join([*lines, current.rstrip() + tail])


class Lines:
    """The lines of one kernel's function, in the making."""

    printer: CPrinter

    def __init__(self, kernel: Kernel, numbers: Arithmetic, function: str | None) -> None:
        self._numbers = numbers
        self._function = function
        self._outputs = {target.name for _, target in kernel.outputs}
        self._made = {statement.name: statement for statement in kernel.statements}

    def _start_again(self, kernel: Kernel, folded: Mapping[str, int]) -> None:
        self.printer = CPrinter(kernel, self._numbers, folded)
        self.real = self.printer.working.name
        self.scratch: dict[str, str] = {}
        self.integers: set[str] = set()
        self.lines: list[str] = []
        self.shared_lines: list[str] = []
        self._folded = folded
        self._taken = set(self.printer.names.values())
        self._deep = 1
        self._open_loops: list[str] = []
        if self._function is not None:
            self.printer.shared = SharedNumbers(self._function, kernel, self.real, self.printer.names)
        for statement in kernel.statements:
            self._declare(statement)

    def _declare(self, statement: Statement) -> None:
        if statement.name in self._outputs:
            return
        axes = statement.indices[self._folded[statement.name] :]
        if axes:
            sizes = [self.printer.size((axis.lower, axis.upper), parenthesised=True) for axis in axes]
            self.scratch[self.printer.names[statement.name]] = " * ".join(sizes)
            if statement.integer:
                self.integers.add(self.printer.names[statement.name])

    def _fresh(self, letter: str) -> str:
        number, name = 1, letter if letter not in ("c",) else "c1"
        while name in self._taken:
            number += 1
            name = f"{letter}{number}"
        self._taken.add(name)
        return name

    def _say(self, *lines: str) -> None:
        self.lines += ["    " * self._deep + line for line in lines]

    def _open(self, statements: Sequence[Statement], depth: int) -> str:
        """A variable for the loops of some statements at a depth."""
        index = loops_of(statements[0])[depth]
        name = self._fresh(c_word(index.name.lstrip("_") or "j"))
        self._open_loops[depth:] = [name]
        self._look(statements[0])
        return name

    def _look(self, statement: Statement) -> None:
        """Print a statement from now on: its first loop may have the name of the second one of another."""
        self.printer.loops = dict(zip(loops_of(statement), self._open_loops, strict=False))

    def _set(self, statement: Statement, text: str, indices: Sequence[Expr] | None = None) -> str:
        """The line that stores a value."""
        self._look(statement)
        name = statement.name
        kept = statement.indices[self._folded[name] :]
        if name in self._outputs:
            place = self.printer.element(name, statement.indices if indices is None else indices)
            if not statement.indices:
                place = f"{place}[row]" if self._function is not None else f"*{place}"
            narrow = "float" if self._numbers.dtype == "float32" else "double"
            return f"{place} = ({narrow})({text});" if narrow != self.real else f"{place} = {text};"
        if kept:
            place = self.printer.element(name, statement.indices if indices is None else indices)
            return f"{place} = {text};"
        kind = "ptrdiff_t" if statement.integer else self.real
        return f"const {kind} {self.printer.names[name]} = {text};"

    def _range(self, statement: Statement, depth: int) -> str:
        loop = loops_of(statement)[depth]
        return self.printer.size((loop.lower, loop.upper))

    def _hoist(self, hoisted: dict[Any, str]) -> None:
        for text in hoisted.values():
            if " = " in text:
                self._say(f"const {self.real} {text};")

    def _start(self, statement: Statement) -> str:
        infinity = f"({self.real})INFINITY"
        return {"sum": "0", "product": "1", "max": f"-{infinity}", "min": infinity}[str(statement.reduction)]

    def _begin(self, fold: Statement) -> None:
        name = self.printer.names[fold.name]
        self._say(f"{self.real} {name}_sum = {self._start(fold)};")
        if fold.reduction is Reduction.SUM and self._numbers.compensated:
            self._say(f"{self.real} {name}_low = 0;")
        if fold.reduction in (Reduction.MAX, Reduction.MIN):
            self._say(f"int {name}_nan = 0;")

    def _end(self, fold: Statement) -> None:
        name = self.printer.names[fold.name]
        text = f"{name}_sum"
        if fold.reduction is Reduction.SUM and self._numbers.compensated:
            text = f"{self.printer.helper('total')}({name}_sum, {name}_low)"
        if fold.reduction in (Reduction.MAX, Reduction.MIN):
            text = f"{name}_nan ? ({self.real})NAN : {name}_sum"
        self._say(self._set(fold, text))

    def _carried(self, fold: Statement) -> tuple[Expr, ...]:
        """What a sum adds up, where it carries its rounding errors along from the first addition on."""
        return carried_parts(fold) if self._numbers.compensated else ()

    def _simd(self, pragma: str, head: str, body: Sequence[str]) -> None:
        # long double has no vector instructions
        self._say(*([pragma] if self._numbers.working != "extended" else []), f"for ({head}) {{")
        self._say(*("    " + line for line in body))
        self._say("}")
