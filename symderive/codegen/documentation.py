"""What a generated function says of itself: formula, hypotheses, shapes, derivation, stable forms."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from sympy import Indexed, Mul, Pow

from symderive.codegen.functions import Function, Output
from symderive.codegen.kernel import Argument, Kernel, Kind, Reduction
from symderive.codegen.plan import COMPUTE, Plan
from symderive.codegen.primitives import Primitive
from symderive.decide import Status
from symderive.derivation import Step
from symderive.derivation.step import ORDER
from symderive.notation.printer import hypothesis_latex, latex
from symderive.terms import Apply, alpha_equal, substitute, walk
from symderive.terms.substitution import alpha_normal

__all__ = ["distinct_steps", "docstring", "formula", "literal", "reason_of", "signature_axes"]

_WIDTH = 96

#: The computations that differentiate.
DERIVED = tuple(compute for compute in COMPUTE if compute != "value")

#: What each arithmetic promises in words.
_ROUNDING = {
    ("float32", "float64", False): "float32 is computed in float64 and rounded once",
    ("float64", "float64", True): "float64 carries the rounding errors of shifts along (TwoSum, Knuth 1969)",
    (
        "float64",
        "extended",
        False,
    ): "float64 is computed in extended precision (long double) and rounded once",
    ("float32", "float32", False): "float32 is computed in float32 by the shifted form",
    ("float64", "float64", False): "float64 is computed in float64 by the shifted form",
}


def signature_axes(argument: Argument) -> tuple[str, ...]:
    """The lengths of an argument's axes, as text."""
    return tuple(str(size) for size in argument.sizes)


def _shape(argument: Argument) -> str:
    if argument.kind is Kind.INDEX:
        lower, upper = argument.axes[0]
        return f"integer array of shape (...), values 0, ..., {upper - lower}"
    sizes = "".join(f", {size}" for size in signature_axes(argument))
    return f"real array of shape (...{sizes})" if sizes else "real number, or array of shape (...)"


def _out(function: Function) -> list[str]:
    """What the caller may give for the results."""
    one = "array of the result's shape and type"
    several = "tuple of arrays of the results' shapes and types, None for a new one"
    return [
        f"out : {several if len(function.outputs) > 1 else one}, optional",
        "    Written to and returned. Wrong arguments leave it as it is; an error on the way (no memory, a",
        "    place t + 1 past the end of an axis) may not.",
    ]


def docstring(plan: Plan, function: Function, accuracy: Sequence[str] = (), *, out: bool = False) -> str:
    """The text of a function's docstring, without quotes; a raw string must hold it.

    Parameters
    ----------
    plan, function
        What is documented.
    accuracy
        Lines on what was measured.
    out
        Does the caller give arrays for the results, if he likes?
    """
    lines = [_title(plan, function), ""]
    for output in function.outputs:
        for line in formula(output):
            lines += textwrap.wrap(line, _WIDTH, subsequent_indent="    ")
    lines += [""]
    if plan.hypotheses:
        held = "; ".join(hypothesis_latex(h) for h in plan.hypotheses)
        lines += [*textwrap.wrap(f"Hypotheses: {held}", _WIDTH, subsequent_indent="    "), ""]
    lines += ["Parameters", "----------"]
    lines += [f"{argument.name} : {_shape(argument)}" for argument in function.arguments]
    if out:
        lines += _out(function)
    lines += ["", "Returns", "-------"]
    for output in function.outputs:
        sizes = "".join(f", {axis.upper - axis.lower + 1}" for axis in output.axes)
        lines.append(f"{output.name} : array of shape (...{sizes})")
    lines += ["", "Notes", "-----"]
    lines += _notes(plan, function)
    lines += list(accuracy)
    return "\n".join(literal(line).rstrip() for line in lines)


def formula(output: Output) -> list[str]:
    """What a result is, and what the names that its formula is written in stand for."""
    term = output.term if output.folded is None else output.folded
    heads = {
        node.head
        for part in (term, *(n.body for n in output.names))
        for node in walk(part)
        if isinstance(node, Apply)
    }
    names = [name for name in output.names if name.head in heads]
    return [
        f"{output.name} = {latex(term)}",
        *(f"    with {latex(Apply(name.head, (), name.components))} = {latex(name.body)}" for name in names),
    ]


def literal(text: str) -> str:
    """Text that can stand in a raw docstring and in a C comment, whatever a document's names hold."""
    plain = text.replace('"' * 3, "'" * 3).replace("*/", "* /")
    return "".join(letter if letter.isprintable() else " " for letter in plain)


def _title(plan: Plan, function: Function) -> str:
    what = {
        "value": "The value",
        "gradient": "The gradient",
        "value_and_gradient": "The value and the gradient",
        "jacobian": "The Jacobian",
        "vjp": "The vector-Jacobian product",
        "jvp": "The Jacobian-vector product",
        "hvp": "The Hessian-vector product",
        "step": "One step",
        "change": "The change of the parameters in one step",
        "start": "The states before the first step",
        "point": "The point of the gradient",
    }[function.compute]
    by = ", ".join(str(v.name) for v in plan.wrt)
    about = f" of {plan.origin}" if plan.origin else f" of {plan.name}"
    return f"{what}{about}{f' by {by}' if by and function.compute in DERIVED else ''}."


def _notes(plan: Plan, function: Function) -> list[str]:
    lines: list[str] = []
    lines += derived_in(function)
    if function.by_rule:
        lines.append("Differentiated by rule; no folded form was derived.")
    for dtype, numbers in plan.arithmetic.items():
        lines.append(f"{_ROUNDING[dtype, numbers.working, numbers.compensated]}.")
    used: dict[str, list[Status]] = {}
    for step in dict.fromkeys(step for steps in function.steps.values() for step in steps):
        used.setdefault(step.reason, []).append(step.verdict.status)
    if used:
        lines.append("Stable forms, each an identity over the reals:")
        for reason, found in used.items():
            weakest = max(found, key=ORDER.index)
            lines += textwrap.wrap(f"- {reason}: {weakest.value}", _WIDTH, subsequent_indent="  ")
    holes = _holes(function)
    if holes:
        lines.append("Where the formula has no value:")
        lines += [f"- {hole}" for hole in holes]
    return lines


def derived_in(function: Function) -> list[str]:
    """How many lines its derivations have, and the weakest verdict on these."""
    counts: dict[str, list[int]] = {}
    for derivation in function.derivations:
        counts.setdefault(derivation.weakest.status.value, []).append(len(derivation.steps))
    return [
        f"Derived in {' + '.join(map(str, lengths))} line{'s' if lengths != [1] else ''}: {status}."
        for status, lengths in counts.items()
    ]


def distinct_steps(function: Function) -> tuple[Step, ...]:
    """The stable forms of a function, one that both types use once."""
    found: dict[object, Step] = {}
    for step in dict.fromkeys(step for steps in function.steps.values() for step in steps):
        shown = step.shown
        found.setdefault((shown.rule, alpha_normal(shown.before), alpha_normal(shown.after)), shown)
    return tuple(found.values())


def reason_of(step: Step) -> str:
    """Why, in English."""
    return step.reason("en", "" if step.about is None else str(step.about))


def _holes(function: Function) -> list[str]:
    """What is returned at infinities and zeros, from the primitives that the kernels use."""
    kernel = function.kernels["float64"]
    parts = [node for statement in kernel.statements for node in walk(statement.expression)]
    names = {node.name for node in parts if isinstance(node, Primitive)}
    of_entries = {node.name for node in parts if isinstance(node, Primitive) and node.has(Indexed)}
    holes = []
    if of_entries & {"exp_shifted", "shifted", "shifted_less"}:
        holes += [
            "an entry of -inf counts as left out; where all are -inf, they count as equal",
            "an entry of +inf takes all the weight; NaN gives NaN",
        ]
    if "masked_product" in names:
        holes.append("a weight of 0 gives 0, also where what it weighs is infinite")
    rules = {step.rule for step in function.steps["float64"]}
    if "stable.inactive" in rules:
        holes.append("what a condition that fails multiplies counts as 0, whatever it is")
    if "stable.one_of_two" in rules:
        holes.append("of two parts with weights of sum 1 the one of weight 0 counts as 0, whatever it is")
    if "kl_term" in names:
        holes.append("p = 0 contributes nothing (0 log 0 = 0); q = 0 < p gives +inf")
    if _divides_by_a_factor(kernel):
        holes.append("a factor of 0 in a product gives NaN: the formula divides by it")
    return holes


def _divides_by_a_factor(kernel: Kernel) -> bool:
    """Is a factor of a product, at some place, divided by?"""
    factors = [
        (statement.index, factor.as_base_exp()[0])
        for statement in kernel.statements
        if statement.reduction is Reduction.PRODUCT
        for factor in Mul.make_args(statement.expression)
    ]
    below = {
        node.base
        for statement in kernel.statements
        for node in walk(statement.expression)
        if isinstance(node, Pow) and node.exp.is_number and node.exp < 0
    }
    return any(
        alpha_equal(sign * substitute(factor, {index: place}), divisor)
        for index, factor in factors
        for divisor in below
        for node in walk(divisor)
        if isinstance(node, Indexed)
        for place in node.indices
        for sign in (1, -1)
    )
