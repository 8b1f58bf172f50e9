"""What the files for torch and JAX need of an update rule: its functions, its numbers, their limits."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, preorder_traversal

from symderive.codegen.arithmetic import Accuracy
from symderive.codegen.documentation import literal
from symderive.codegen.framework_printer import FrameworkPrinter
from symderive.codegen.framework_target import Texts, kernel_text, support_text
from symderive.codegen.functions import Function
from symderive.codegen.numpy_target import Body
from symderive.codegen.plan import Plan
from symderive.codegen.step_notes import default_text
from symderive.codegen.steps import planned_point, planned_start, renamed
from symderive.optimizers import UpdateRule
from symderive.optimizers.update_rule import LEARNING_RATE, STEP

__all__ = ["Number", "Parts", "lines_in", "parts_of", "used_accuracy"]


@dataclass(frozen=True)
class Number:
    """A hyper-parameter in a generated file.

    Parameters
    ----------
    kernel
        Its name in the kernels.
    public
        Its name for the caller: the learning rate has the one that the framework's schedules know.
    default, meaning
        As in the registry.
    below_one
        Must it be less than 1 (a decay that is corrected for: 1 − βⁿ is a divisor)?
    at_most_one
        At most 1 (the share 1 − γ of an average)?
    """

    kernel: str
    public: str
    default: str
    meaning: str
    below_one: bool
    at_most_one: bool


@dataclass(frozen=True)
class Parts:
    """A rule as text of one framework: kernels, and what calls them."""

    rule: UpdateRule
    plan: Plan
    numbers: tuple[Number, ...]
    states: tuple[str, ...]
    bodies: tuple[Body, ...]
    support: tuple[str, ...]
    tables: Mapping[str, Texts]
    functions: Mapping[str, Function]

    def arguments(self, compute: str, values: Mapping[str, str]) -> str:
        """``name=value`` for the arguments of a function, by what each is called in the file."""
        names = [argument.name for argument in self.functions[compute].arguments]
        return ", ".join(f"{name}={values[name]}" for name in names)


def parts_of(
    rule: UpdateRule,
    step: Plan,
    rate: str,
    printer: type[FrameworkPrinter],
    helpers: Mapping[str, str],
    needs: Mapping[str, Any],
) -> Parts:
    """The kernels of a rule for a framework.

    Parameters
    ----------
    rule
        A row of the registry.
    step
        The plan of its step, or of its change.
    rate
        What the caller calls the learning rate.
    printer, helpers, needs
        The framework's printer and the text that it calls.
    """
    plans = [step, planned_start(rule, accuracy=step.accuracy), planned_point(rule, accuracy=step.accuracy)]
    functions: dict[str, Function] = {}
    tables: dict[str, Texts] = {}
    bodies: list[Body] = []
    for plan in plans:
        if plan is None:
            continue
        (function,) = plan.functions
        functions[function.compute] = function
        tables[function.compute] = kernel_text(plan, function, printer, helpers)
        bodies += tables[function.compute].bodies
    named = renamed(rule)
    below, most = _shares(named)
    numbers = tuple(
        Number(
            row.symbol.name,
            rate if row.symbol == LEARNING_RATE else row.symbol.name,
            default_text(row.default),
            row.meaning,
            row.symbol in below,
            row.symbol in most,
        )
        for row in named.hyperparameters
    )
    return Parts(
        named,
        step,
        numbers,
        tuple(state.symbol.name for state in named.states),
        tuple(bodies),
        tuple(support_text(bodies, helpers, needs)),
        tables,
        functions,
    )


def _shares(rule: UpdateRule) -> tuple[set[Expr], set[Expr]]:
    """The hyper-parameters x with 1 − xⁿ in the updates, and those with 1 − x."""
    below: set[Expr] = set()
    most: set[Expr] = set()
    for _, body in rule.updates:
        for node in preorder_traversal(body):
            for row in rule.hyperparameters:
                x = row.symbol
                if node == 1 - x:
                    most.add(x)
                elif node.is_Add and any((-part).is_Pow and (-part).base == x for part in node.args):
                    if STEP in node.free_symbols:
                        below.add(x)
    return below, most


def lines_in(lines: Sequence[str], indent: str = "    ") -> str:
    """Lines of a docstring, whatever they hold, indented but for the first."""
    return textwrap.indent("\n".join(literal(line).rstrip() for line in lines), indent).strip()


def used_accuracy(accuracy: Accuracy | str) -> Accuracy:
    """The frameworks have no long double: ``high`` is the default there."""
    accuracy = Accuracy(accuracy)
    return Accuracy.DEFAULT if accuracy is Accuracy.HIGH else accuracy
