"""Statements in C that take two passes over a whole axis: sums row by row, products of the other factors."""

from __future__ import annotations

from typing import Any

from symderive.codegen.c_lines import Lines
from symderive.codegen.c_places import c_word
from symderive.codegen.c_schedule import Others, Spread, loops_of

__all__ = ["WholeAxes"]


class WholeAxes(Lines):
    """Lines for what shares its loops with no other statement."""

    def _spread(self, node: Spread) -> None:
        """Σ_j over rows of an array, for every column at once."""
        statement, printer = node.statement, self.printer
        kept, summed = loops_of(statement)[node.depth :]
        column = self._fresh(c_word(kept.name.lstrip("_") or "k"))
        self._open_loops[node.depth :] = [column]
        columns = self._range(statement, node.depth)
        self._say(f"for (ptrdiff_t {column} = 0; {column} < {columns}; {column}++) {{")
        self._say("    " + self._set(statement, "0"), "}")
        row = self._fresh(c_word(summed.name.lstrip("_") or "j"))
        self._open_loops.append(row)
        self._look(statement)
        self._say(f"for (ptrdiff_t {row} = 0; {row} < {self._range(statement, node.depth + 1)}; {row}++) {{")
        self._deep += 1
        hoisted: dict[Any, str] = {}
        printer.within(kept, hoisted, self._fresh)
        text = printer.real(statement.expression)
        self._hoist(hoisted)
        target = printer.element(statement.name, statement.indices)
        self._simd(
            "#pragma omp simd",
            f"ptrdiff_t {column} = 0; {column} < {columns}; {column}++",
            [f"{target} += {text};"],
        )
        self._deep -= 1
        self._say("}")

    def _others(self, node: Others) -> None:
        """The product of the other factors, for every one: of those before it, times those after it."""
        statement, printer = node.statement, self.printer
        kept, _ = loops_of(statement)[node.depth :]
        name = self._fresh(c_word(kept.name.lstrip("_") or "k"))
        self._open_loops[node.depth :] = [name, name]
        self._look(statement)
        factor, length = printer.real(statement.expression), self._range(statement, node.depth)
        before, after = self._fresh("before"), self._fresh("after")
        target = printer.element(statement.name, statement.indices)
        self._say(
            f"{self.real} {before} = 1;",
            f"for (ptrdiff_t {name} = 0; {name} < {length}; {name}++) {{",
            f"    {target} = {before};",
            f"    {before} *= {factor};",
            "}",
            f"{self.real} {after} = 1;",
            f"for (ptrdiff_t {name} = {length}; {name}-- > 0;) {{",
            f"    {target} *= {after};",
            f"    {after} *= {factor};",
            "}",
        )
