"""Numbers that are the same for all rows: what depends on them alone is computed before the loop over rows.

Which arguments are shared is known when the function is called, or when it is compiled for one kind of call;
the text serves both by macros.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sympy import Expr, Function, Pow

from symderive.codegen.kernel import Kernel, Kind, Statement
from symderive.codegen.primitives import Binade, Primitive
from symderive.terms import free_names

__all__ = ["SharedNumbers", "shared_macro"]


def shared_macro(function: str, argument: str) -> str:
    """The macro that says, where it is defined, whether an argument is one number for all rows.

    >>> shared_macro("step", "beta")
    'STEP_BETA_SHARED'
    """
    return f"{function.upper()}_{argument.upper()}_SHARED"


class SharedNumbers:
    """The costly parts of a kernel of single numbers that use some of its arguments, and not all.

    Parameters
    ----------
    function
        The function's name, for the macros.
    kernel
        What it computes.
    real
        The working type.
    names
        The kernel's names → identifiers.

    Attributes
    ----------
    before
        Lines before the loop: the values where their arguments are shared.
    inside
        Lines in the loop that are not written yet: these values, or others a row.
    """

    def __init__(self, function: str, kernel: Kernel, real: str, names: Mapping[str, str]) -> None:
        self.before: list[str] = []
        self.inside: list[str] = []
        self._function, self._real, self._names = function, real, names
        self._known: dict[Any, str] = {}
        self._arguments = frozenset(a.name for a in kernel.arguments if a.kind is Kind.REAL)
        self._uses: dict[str, frozenset[str]] = {}
        self._early: set[str] = set()
        for argument in kernel.arguments:
            self._uses[argument.name] = frozenset({argument.name})
        for statement in kernel.statements:
            self._uses[statement.name] = self.uses(statement.expression)

    def uses(self, expression: Expr) -> frozenset[str]:
        """The arguments behind an expression."""
        names = [str(getattr(name, "name", name)) for name in free_names(expression)]
        return frozenset().union(*(self._uses.get(name, frozenset()) for name in names))

    def _condition(self, expression: Expr) -> str | None:
        used = self.uses(expression)
        if not used or not used < self._arguments:
            return None
        return " && ".join(shared_macro(self._function, name) for name in sorted(used))

    def part(self, expression: Expr, text: Callable[[], str], fresh: Callable[[str], str]) -> str | None:
        """The name of a costly part of an expression, if it may be shared."""
        costly = isinstance(expression, (Function, Primitive, Binade)) or (
            isinstance(expression, Pow) and not expression.exp.is_Integer
        )
        condition = self._condition(expression) if costly else None
        if condition is None:
            return None
        if expression not in self._known:
            printed = text()
            name = fresh("c")
            self._known[expression] = name
            self._write(name, condition, printed)
        return self._known[expression]

    def statement(self, statement: Statement, text: str) -> bool:
        """Write a statement that may be shared; False for another one."""
        condition = self._condition(statement.expression)
        if condition is None:
            return False
        self._write(self._names[statement.name], condition, text)
        return True

    def _write(self, name: str, condition: str, text: str) -> None:
        early = text
        for argument in self._arguments:
            plain = self._names[argument]
            early = re.sub(rf"\b{re.escape(plain)}\b", f"(({self._real}){plain}_all)", early)
        for known in self._early:
            early = re.sub(rf"\b{re.escape(known)}\b", f"{known}_all", early)
        self._early.add(name)
        self.before.append(f"const {self._real} {name}_all = {condition} ? {early} : 0;")
        self.inside.append(f"const {self._real} {name} = {condition} ? {name}_all : {text};")

    def written(self) -> list[str]:
        """The lines in the loop since the last call."""
        lines, self.inside = self.inside, []
        return lines
