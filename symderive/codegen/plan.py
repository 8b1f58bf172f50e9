"""What is generated: which functions of a formula, over which arguments, with which terms behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sympy import Expr, Indexed, Symbol, sympify
from sympy.core.cache import clear_cache

from symderive.codegen.arguments import arguments_of
from symderive.codegen.arithmetic import Accuracy, Arithmetic, arithmetic_of
from symderive.codegen.identifiers import identifier, identifiers
from symderive.codegen.kernel import Argument, Kernel
from symderive.codegen.lowering import lowered
from symderive.codegen.opaque import opaque_as_inputs
from symderive.codegen.stabilising import Level, Stabilised, stabilised
from symderive.derivation import Derivation, Step
from symderive.derivation.derive import derive
from symderive.terms import (
    Definition,
    Dim,
    Hypothesis,
    Index,
    NotDifferentiable,
    Partial,
    Tensor,
    differentiate,
    free_names,
    indexed_sum,
    substitute,
    unfold,
    walk,
)

__all__ = ["COMPUTE", "DTYPES", "Function", "Output", "Plan", "planned"]

#: What can be computed of a formula.
COMPUTE = ("value", "gradient", "value_and_gradient", "jacobian", "vjp", "jvp", "hvp")
#: The types of arguments and results.
DTYPES = ("float32", "float64")

Variable: TypeAlias = Symbol | Tensor


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
        How its terms were derived; empty for a value.
    kernels
        dtype → what is computed for arguments of that type.
    steps
        dtype → the stable forms, each judged.
    """

    compute: str
    name: str
    arguments: tuple[Argument, ...]
    outputs: tuple[Output, ...]
    derivations: tuple[Derivation, ...]
    kernels: Mapping[str, Kernel]
    steps: Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True)
class Plan:
    """Everything a target needs to write its file."""

    name: str
    expression: Expr
    functions: tuple[Function, ...]
    arithmetic: Mapping[str, Arithmetic]
    accuracy: Accuracy
    hypotheses: tuple[Hypothesis, ...]
    origin: str | None = None
    wrt: tuple[Variable, ...] = ()
    axes: tuple[Index, ...] = ()
    inputs: tuple[Index, ...] = ()

    def function(self, compute: str) -> Function:
        """The function that computes one thing."""
        return next(f for f in self.functions if f.compute == compute)


def planned(
    expression: Any,
    wrt: Variable | Sequence[Variable] | None = None,
    *,
    compute: Sequence[str] = ("value",),
    accuracy: Accuracy | str = Accuracy.DEFAULT,
    index: Sequence[Index] = (),
    axes: Sequence[Index] | None = None,
    order: Sequence[str] = (),
    hypotheses: Iterable[Hypothesis] = (),
    definitions: Iterable[Definition] = (),
    name: str = "function",
    origin: str | None = None,
) -> Plan:
    """What is to be generated for a formula.

    Parameters
    ----------
    expression
        A term; its free indices are axes of the result, in the order of `axes` (default: by name), but for
        those in `index`, which the caller gives as integers.
    wrt
        What to differentiate by: whole families or scalars. Default: every family of the formula.
    compute
        A selection of `COMPUTE`.
    accuracy
        ``fast``, ``default`` or ``high``.
    index
        Free indices that are integer inputs (a class label).
    order
        Names of arguments as they are called; the others follow.
    hypotheses, definitions
        What may be used.
    name, origin
        The function's identifier, and where the formula is from.

    Raises
    ------
    ValueError
        For an unknown computation, a gradient of a vector, or a term that has no code.
    """
    unknown = [c for c in compute if c not in COMPUTE]
    if unknown:
        raise ValueError(f"{unknown[0]!r} cannot be computed: choose from {', '.join(COMPUTE)}")
    term = unfold(sympify(expression), tuple(definitions), operations=False)
    if not isinstance(term, Expr):
        raise ValueError(f"{expression!r} is no formula: give a SymPy expression over symderive's terms")
    term = opaque_as_inputs(term)
    held = tuple(hypotheses)
    names = identifiers(term)
    if any(isinstance(name, Dim) for name in names):
        # Families are equal where their names are, so that SymPy's cache would bring the old ranges back.
        clear_cache()
    term = substitute(term, names)
    held = tuple(_renamed(h, names) for h in held)
    inputs = tuple(names.get(i, i) for i in index)
    loops = _axes(term, inputs, None if axes is None else [names.get(a, a) for a in axes])
    variables = _variables(term, wrt, names)
    renamed = {str(getattr(old, "name", old)): str(new.name) for old, new in names.items()}
    ranks = [renamed.get(n, n) for n in order]
    maker = _Maker(identifier(name, set()), term, loops, inputs, variables, held, ranks)
    accuracy = Accuracy(accuracy)
    arithmetic = {dtype: arithmetic_of(dtype, accuracy) for dtype in DTYPES}
    functions = tuple(maker.function(c, arithmetic) for c in dict.fromkeys(compute))
    return Plan(maker.name, term, functions, arithmetic, accuracy, held, origin, variables, loops, inputs)


def _renamed(hypothesis: Hypothesis, names: Mapping[Any, Any]) -> Hypothesis:
    sizes = {old: new for old, new in names.items() if isinstance(old, Dim)}
    every = {
        index: Index(index.name, index.upper.xreplace(sizes), index.lower.xreplace(sizes))
        for index in hypothesis.forall
        if isinstance(index, Index) and index not in names
    }
    known = {**names, **every}
    return replace(
        hypothesis,
        lhs=substitute(hypothesis.lhs, known),
        rhs=substitute(hypothesis.rhs, known),
        forall=tuple(known.get(index, index) for index in hypothesis.forall),
    )


# -- what is free ---------------------------------------------------------------------------------------


def _axes(term: Expr, inputs: Sequence[Index], axes: Sequence[Index] | None) -> tuple[Index, ...]:
    free = sorted((n for n in free_names(term) if isinstance(n, Index) and n not in inputs), key=str)
    if axes is None:
        return tuple(free)
    missing = [str(n) for n in free if n not in axes]
    if missing:
        raise ValueError(f"{', '.join(missing)} is free: name it in axes, or in index if the caller gives it")
    return tuple(a for a in axes if isinstance(a, Index))


def _variables(term: Expr, wrt: Any, names: Mapping[Any, Any]) -> tuple[Variable, ...]:
    if wrt is None:
        families = {n.base.name: n.base for n in walk(term) if isinstance(n, Indexed)}
        if families:
            return tuple(families[key] for key in sorted(families))
        scalars = [n for n in free_names(term) if not isinstance(n, (Dim, Index)) and n.is_real]
        return tuple(sorted(scalars, key=str))
    given = wrt if isinstance(wrt, (list, tuple)) else [wrt]
    return tuple(names.get(v, v) for v in given)


def _unfolded(derivation: Derivation) -> Expr:
    return unfold(derivation.result, derivation.abbreviations, operations=False)


def _folded(derivation: Derivation | None) -> tuple[Expr, tuple[Definition, ...]] | tuple[()]:
    """The last line of a derivation in the names that it gave, if any."""
    if derivation is None or not derivation.abbreviations:
        return ()
    return derivation.result, derivation.abbreviations


# -- functions ---------------------------------------------------------------------------------------------


class _Maker:
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
        self._taken = {a.name for a in self.arguments} | {str(n) for n in free_names(term)}

    def function(self, compute: str, arithmetic: Mapping[str, Arithmetic]) -> Function:
        """One function, with a kernel for every type."""
        extra: tuple[Argument, ...] = ()
        derivations: list[Derivation] = []
        outputs: list[Output] = []
        if compute in ("value", "value_and_gradient"):
            outputs.append(Output("value", self.term, self.loops))
        if compute != "value":
            made, extra = self._derived(compute)
            for output, derivation in made:
                outputs.append(output)
                if derivation is not None:
                    derivations.append(derivation)
        arguments = (*self.arguments, *extra)
        kernels: dict[str, Kernel] = {}
        steps: dict[str, tuple[Step, ...]] = {}
        name = self.name if compute == "value" else f"{self.name}_{compute}"
        known: dict[Any, dict[str, Stabilised]] = {}
        for dtype, numbers in arithmetic.items():
            if numbers.level not in known:
                known[numbers.level] = {o.name: o.stabilised(self.hypotheses, numbers.level) for o in outputs}
            forms = known[numbers.level]
            kernels[dtype] = lowered(name, {o.name: (forms[o.name].term, o.axes) for o in outputs}, arguments)
            steps[dtype] = tuple(step for form in forms.values() for step in form.steps)
        return Function(compute, name, arguments, tuple(outputs), tuple(derivations), kernels, steps)

    def _derived(self, compute: str) -> tuple[list[tuple[Output, Derivation | None]], tuple[Argument, ...]]:
        if compute in ("gradient", "value_and_gradient", "hvp") and self.loops:
            axes = ", ".join(str(loop) for loop in self.loops)
            raise ValueError(
                f"the formula is a vector (its free indices: {axes}), which has no gradient: ask for "
                "jacobian, vjp or jvp, or give an index as an integer input (index=…)"
            )
        if not self.variables:
            raise ValueError("there is nothing to differentiate by: name it (wrt=…)")
        if compute == "vjp":
            weight, argument = self._like("cotangent", self.loops)
            summed = weight * self.term
            for loop in reversed(self.loops):
                summed = indexed_sum(summed, loop)
            return [self._partial("vjp", summed, v) for v in self.variables], (argument,)
        if compute == "jvp":
            return self._directional()
        if compute == "hvp":
            return self._hessian_product()
        label = "gradient" if compute == "value_and_gradient" else compute
        return [self._partial(label, self.term, v, self.loops) for v in self.variables], ()

    def _partial(
        self, label: str, term: Expr, variable: Variable, loops: tuple[Index, ...] = ()
    ) -> tuple[Output, Derivation | None]:
        entry, axes = self._entry(variable)
        name = label if len(self.variables) == 1 else f"{label}_{variable.name}"
        result, derivation = self._derive(term, entry)
        return Output(name, result, (*loops, *axes), *_folded(derivation)), derivation

    def _directional(self) -> tuple[list[tuple[Output, Derivation | None]], tuple[Argument, ...]]:
        total: Expr = sympify(0)
        arguments = []
        derivations = []
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
        found: list[tuple[Output, Derivation | None]] = [(Output("jvp", total, self.loops, *folded), only)]
        return found, tuple(arguments)

    def _hessian_product(self) -> tuple[list[tuple[Output, Derivation | None]], tuple[Argument, ...]]:
        total: Expr = sympify(0)
        arguments = []
        for variable in self.variables:
            entry, axes = self._entry(variable)
            direction, argument = self._like(f"direction_{variable.name}", axes)
            arguments.append(argument)
            gradient, _ = self._derive(self.term, entry)
            part = direction * gradient
            for axis in reversed(axes):
                part = indexed_sum(part, axis)
            total += part
        return [self._partial("hvp", total, v) for v in self.variables], tuple(arguments)

    def _like(self, name: str, axes: tuple[Index, ...]) -> tuple[Expr, Argument]:
        """A new argument with these axes, and its entry at them."""
        name = identifier(name, set(self._taken))
        if not axes:
            scalar = Symbol(name, real=True)
            return scalar, Argument(name, scalar)
        ranges = tuple((axis.lower, axis.upper) for axis in axes)
        family = Tensor(name, *ranges)
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

    def _derive(self, term: Expr, entry: Expr | None) -> tuple[Expr, Derivation | None]:
        """The derivative in folded form; unfolded where the engine stops short."""
        start = term if entry is None else Partial(term, entry)
        try:
            if entry is None:
                derivation = derive(start, hypotheses=self.hypotheses)
            else:
                derivation = derive(term, entry, hypotheses=self.hypotheses)
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
