"""The functions of a formula: a value, and the derivatives that are derived for it, each with its kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol, sympify

from symderive.codegen.arguments import arguments_of
from symderive.codegen.arithmetic import Arithmetic
from symderive.codegen.form_steps import FormStep
from symderive.codegen.identifiers import identifier
from symderive.codegen.kernel import Argument, Kernel
from symderive.codegen.lowering import lowered
from symderive.codegen.stabilising import Level, Stabilised, stabilised
from symderive.codegen.tangents import Variable, along, moved
from symderive.derivation import Derivation
from symderive.derivation.derive import derive
from symderive.derivation.engine import derive_compact
from symderive.derivation.problem import Problem
from symderive.terms import (
    Definition,
    Hypothesis,
    Index,
    NotDifferentiable,
    Partial,
    Tensor,
    differentiate,
    free_names,
    indexed_sum,
    unfold,
    walk,
)
from symderive.terms.remembering import forget_other_ranges

__all__ = ["Function", "FunctionMaker", "Output", "Variable"]


@dataclass(frozen=True)
class Output:
    """A result: its name, its term before any stable form, and the indices that are its axes.

    `folded` is the term as the derivation left it, in the `names` that it gave to long vectors.
    """

    name: str
    term: Expr
    axes: tuple[Index, ...]
    folded: Expr | None = None
    names: tuple[Definition, ...] = ()

    def stabilised(self, hypotheses: tuple[Hypothesis, ...], level: Level) -> Stabilised:
        """Its stable form."""
        return stabilised(self.term if self.folded is None else self.folded, hypotheses, level, self.names)


@dataclass(frozen=True)
class Function:
    """One generated function.

    Parameters
    ----------
    compute
        ``value``, ``gradient``, …
    name
        Its identifier.
    arguments
        In calling order: families, integer inputs, scalars, then what the product is taken with.
    outputs
        What it returns, in order.
    derivations
        How its terms were derived, and what they were derived from; empty for a value.
    kernels
        dtype → what is computed for arguments of that type.
    steps
        dtype → the stable forms, each judged.
    by_rule
        Whether a derivative was taken by rule alone, as no folded form was derived.
    """

    compute: str
    name: str
    arguments: tuple[Argument, ...]
    outputs: tuple[Output, ...]
    derivations: tuple[Derivation, ...]
    kernels: Mapping[str, Kernel]
    steps: Mapping[str, tuple[FormStep, ...]]
    by_rule: bool = False


@dataclass(frozen=True)
class _Derived:
    """The outputs of a derivative, what it takes beside the formula's arguments, and how each was derived."""

    outputs: tuple[Output, ...]
    derivations: tuple[Derivation | None, ...]
    arguments: tuple[Argument, ...] = ()


class FunctionMaker:
    """The functions of one formula."""

    def __init__(
        self,
        name: str,
        term: Expr,
        loops: tuple[Index, ...],
        inputs: tuple[Index, ...],
        variables: tuple[Variable, ...],
        hypotheses: tuple[Hypothesis, ...],
        ranks: Sequence[str],
    ) -> None:
        self.name, self.term, self.loops, self.inputs = name, term, loops, inputs
        self.variables, self.hypotheses = variables, hypotheses
        found = arguments_of([term], inputs)
        self.arguments = tuple(
            sorted(found, key=lambda a: ranks.index(a.name) if a.name in ranks else len(ranks))
        )
        self._derivatives: dict[Any, tuple[Expr, Derivation | None]] = {}
        self._taken = {a.name for a in self.arguments} | {str(n) for n in free_names(term)}

    def function(self, compute: str, arithmetic: Mapping[str, Arithmetic]) -> Function:
        """One function, with a kernel for every type."""
        derived = _Derived((), ()) if compute == "value" else self._derived(compute)
        outputs = derived.outputs
        if compute in ("value", "value_and_gradient"):
            outputs = (Output("value", self.term, self.loops), *outputs)
        derivations = tuple(derivation for derivation in derived.derivations if derivation is not None)
        arguments = (*self.arguments, *derived.arguments)
        kernels: dict[str, Kernel] = {}
        steps: dict[str, tuple[FormStep, ...]] = {}
        name = self.name if compute == "value" else f"{self.name}_{compute}"
        known: dict[Any, dict[str, Stabilised]] = {}
        for dtype, numbers in arithmetic.items():
            if numbers.level not in known:
                known[numbers.level] = {o.name: o.stabilised(self.hypotheses, numbers.level) for o in outputs}
            forms = known[numbers.level]
            kernels[dtype] = lowered(name, {o.name: (forms[o.name].term, o.axes) for o in outputs}, arguments)
            steps[dtype] = tuple(step for form in forms.values() for step in form.steps)
        by_rule = None in derived.derivations
        return Function(compute, name, arguments, outputs, derivations, kernels, steps, by_rule)

    def _derived(self, compute: str) -> _Derived:
        if compute in ("gradient", "value_and_gradient", "hvp") and self.loops:
            axes = ", ".join(str(loop) for loop in self.loops)
            raise ValueError(
                f"the formula is a vector (its free indices: {axes}), which has no gradient: ask for "
                "jacobian, vjp or jvp, or give an index as an integer input (index=…, --index)"
            )
        if not self.variables:
            raise ValueError("there is nothing to differentiate by: name it (wrt=…)")
        if compute == "vjp":
            weight, argument = self._like("cotangent", self.loops)
            summed = weight * self.term
            for loop in reversed(self.loops):
                summed = indexed_sum(summed, loop)
            return self._partials("vjp", summed, (), (argument,))
        if compute == "jvp":
            return self._jacobian_product() if self.loops else self._gradient_product()
        if compute == "hvp":
            return self._hessian_product()
        label = "gradient" if compute == "value_and_gradient" else compute
        return self._partials(label, self.term, self.loops)

    def _partials(
        self,
        label: str,
        term: Expr,
        loops: tuple[Index, ...] = (),
        arguments: tuple[Argument, ...] = (),
    ) -> _Derived:
        """The derivatives of a term by every variable."""
        outputs, derivations = [], list[Derivation | None]()
        for variable in self.variables:
            entry, axes = self._entry(variable)
            name = label if len(self.variables) == 1 else f"{label}_{variable.name}"
            result, derivation = self._derive(term, entry)
            outputs.append(Output(name, result, (*loops, *axes), *_folded(derivation)))
            derivations.append(derivation)
        return _Derived(tuple(outputs), tuple(derivations), arguments)

    def _gradient_product(self) -> _Derived:
        """The gradients' products with directions, compact: what is derived of a gradient serves them."""
        total: Expr = sympify(0)
        arguments: list[Argument] = []
        derivations: list[Derivation | None] = []
        folded: tuple[Expr, tuple[Definition, ...]] | tuple[()] = ()
        for variable in self.variables:
            entry, axes = self._entry(variable)
            direction, argument = self._like(f"direction_{variable.name}", axes)
            arguments.append(argument)
            gradient, derivation = self._derive(self.term, entry)
            derivations.append(derivation)
            names = () if derivation is None else derivation.abbreviations
            part = direction * (derivation.result if derivation is not None and names else gradient)
            for axis in reversed(axes):
                part = indexed_sum(part, axis)
            compact = derive_compact(Problem(part, hypotheses=self.hypotheses, definitions=names))
            if compact.missing is None:
                derivations.append(compact)
                part = compact.result
            # The names of one gradient are not those of another.
            folded = (part, names) if names and len(self.variables) == 1 else ()
            total += unfold(part, names, operations=False)
        return _Derived((Output("jvp", total, (), *folded),), tuple(derivations), tuple(arguments))

    def _jacobian_product(self) -> _Derived:
        total: Expr = sympify(0)
        arguments = []
        derivations: list[Derivation | None] = []
        for variable in self.variables:
            entry, axes = self._entry(variable)
            direction, argument = self._like(f"direction_{variable.name}", axes)
            arguments.append(argument)
            if not axes:
                result, derivation = self._derive(self.term, entry)
                total += direction * result
                derivations.append(derivation)
                continue
            start: Expr = direction * Partial(self.term, entry)
            for axis in reversed(axes):
                start = indexed_sum(start, axis)
            result, derivation = self._derive(start, None)
            total += result
            derivations.append(derivation)
        only = derivations[0] if len(derivations) == 1 else None
        # The product with a direction of a scalar is no derivation's last line.
        folded = _folded(only) if only is not None and _unfolded(only) == total else ()
        return _Derived((Output("jvp", total, self.loops, *folded),), tuple(derivations), tuple(arguments))

    def _hessian_product(self) -> _Derived:
        """How the gradient moves along the directions, by what it is around the point, not at it alone."""
        held = tuple(h for h in self.hypotheses if h.relation != "=" or not self._speaks_of_variables(h))
        arguments: list[Argument] = []
        directions: dict[Variable, Variable] = {}
        for variable in self.variables:
            _, argument = self._like(f"direction_{variable.name}", self._entry(variable)[1])
            arguments.append(argument)
            assert not isinstance(argument.term, Index)
            directions[variable] = argument.term
        outputs: list[Output] = []
        derivations: list[Derivation | None] = []
        for variable in self.variables:
            entry, axes = self._entry(variable)
            name = "hvp" if len(self.variables) == 1 else f"hvp_{variable.name}"
            gradient, derivation = self._derive(self.term, entry, held)
            names = () if derivation is None else derivation.abbreviations
            line = derivation.result if derivation is not None and names else gradient
            found = moved(line, names, directions, held)
            if found is None:
                result, by_rule = self._derive(along(gradient, directions), None, held)
                outputs.append(Output(name, result, axes))
                derivations += [derivation, by_rule]
                continue
            folded = (found.term, found.names) if found.names else ()
            outputs.append(Output(name, unfold(found.term, found.names, operations=False), axes, *folded))
            derivations += [derivation, *found.derivations]
        return _Derived(tuple(outputs), tuple(derivations), tuple(arguments))

    def _speaks_of_variables(self, hypothesis: Hypothesis) -> bool:
        """Σ p = 1 holds at the point, and not around it, where p is what is differentiated by."""
        own = {*walk(hypothesis.lhs), *walk(hypothesis.rhs)}
        return any(variable in own for variable in self.variables)

    def _like(self, name: str, axes: tuple[Index, ...]) -> tuple[Expr, Argument]:
        """A new argument with these axes, and its entry at them."""
        name = identifier(name, set(self._taken))
        if not axes:
            scalar = Symbol(name, real=True)
            return scalar, Argument(name, scalar)
        ranges = tuple((axis.lower, axis.upper) for axis in axes)
        family = Tensor(name, *ranges)
        forget_other_ranges(family)
        return family[axes], Argument(name, family, ranges)

    def _entry(self, variable: Variable) -> tuple[Expr, tuple[Index, ...]]:
        if not isinstance(variable, Tensor):
            return variable, ()
        taken = {str(n) for n in self._taken} | {str(i) for i in (*self.loops, *self.inputs)}
        axes = []
        for lower, upper in variable.ranges:
            letter = next(x for x in "kmnpqruvwabcdefgh" if x not in taken)
            taken.add(letter)
            axes.append(Index(letter, upper, lower))
        return variable[tuple(axes)], tuple(axes)

    def _derive(
        self, term: Expr, entry: Expr | None, hypotheses: tuple[Hypothesis, ...] | None = None
    ) -> tuple[Expr, Derivation | None]:
        """The derivative in folded form; unfolded where the engine stops short. Functions share it."""
        held = self.hypotheses if hypotheses is None else hypotheses
        found = self._derivatives.get((term, entry, held))
        if found is None:
            found = self._derivatives[term, entry, held] = _newly_derived(term, entry, held)
        return found


def _newly_derived(
    term: Expr, entry: Expr | None, hypotheses: tuple[Hypothesis, ...]
) -> tuple[Expr, Derivation | None]:
    start = term if entry is None else Partial(term, entry)
    try:
        derivation = derive(term, entry, hypotheses=hypotheses)
        result = _unfolded(derivation)
        if derivation.missing is None and not any(isinstance(n, Partial) for n in walk(result)):
            return result, derivation
    except (ValueError, TypeError):
        pass
    try:
        if entry is None:
            return unfold(start, (), operations=False), None
        return differentiate(unfold(term, (), operations=False), entry), None
    except NotDifferentiable as error:
        raise ValueError(str(error)) from None


def _unfolded(derivation: Derivation) -> Expr:
    return unfold(derivation.result, derivation.abbreviations, operations=False)


def _folded(derivation: Derivation | None) -> tuple[Expr, tuple[Definition, ...]] | tuple[()]:
    """The last line of a derivation in the names that it gave, if any."""
    if derivation is None or not derivation.abbreviations:
        return ()
    return derivation.result, derivation.abbreviations
