"""What is generated: which functions of a formula, over which arguments, with which terms behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, I, Indexed, Symbol, erf, erfc, nan, oo, sympify, zoo

from symderive.codegen.arithmetic import Accuracy, Arithmetic, arithmetic_of
from symderive.codegen.functions import Function, FunctionMaker, Variable
from symderive.codegen.identifiers import identifier, identifiers
from symderive.codegen.opaque import opaque_as_inputs
from symderive.codegen.places import check_places, check_sequences, check_sizes
from symderive.terms import (
    Definition,
    Dim,
    Hypothesis,
    Index,
    Tensor,
    free_names,
    rebuild,
    substitute,
    unfold,
    walk,
)
from symderive.terms.remembering import forget_other_ranges

__all__ = ["COMPUTE", "DTYPES", "Plan", "planned"]

#: What can be computed of a formula.
COMPUTE = ("value", "gradient", "value_and_gradient", "jacobian", "vjp", "jvp", "hvp")
#: The types of arguments and results.
DTYPES = ("float32", "float64")


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
    if expression is None:
        raise TypeError("None is no formula: give a SymPy expression over symderive's terms, or a name")
    term = unfold(sympify(expression), tuple(definitions), operations=False)
    if not isinstance(term, Expr):
        raise ValueError(f"{expression!r} is no formula: give a SymPy expression over symderive's terms")
    if term.has(I, nan, zoo) or term in (oo, -oo):
        raise ValueError(f"{term} is no formula over the real numbers: it has no code")
    wrong = [h for h in hypotheses if not isinstance(h, Hypothesis)]
    if wrong:
        raise TypeError(f"{wrong[0]!r} is no Hypothesis: write Hypothesis(z, '>', 0)")
    term = _by_erf(term)
    check_sequences(term, origin)
    term = opaque_as_inputs(term)
    check_places(term)
    held = tuple(hypotheses)
    names = identifiers(term)
    # Families are equal where their names are, so that SymPy's cache would bring other ranges back.
    forget_other_ranges(term)
    forget_other_ranges([name for name in names.values() if isinstance(name, Tensor)])
    term = substitute(term, names)
    held = tuple(_renamed(h, names) for h in held)
    inputs = tuple(names.get(i, i) for i in index)
    loops = _axes(term, inputs, None if axes is None else [names.get(a, a) for a in axes])
    variables = _variables(term, wrt, names)
    renamed = {str(getattr(old, "name", old)): str(new.name) for old, new in names.items()}
    ranks = [renamed.get(n, n) for n in order]
    maker = FunctionMaker(identifier(name, set()), term, loops, inputs, variables, held, ranks)
    if str(accuracy) not in list(Accuracy):
        raise ValueError(f"{accuracy!r} is no accuracy: choose from {', '.join(Accuracy)}")
    accuracy = Accuracy(accuracy)
    arithmetic = {dtype: arithmetic_of(dtype, accuracy) for dtype in DTYPES}
    functions = tuple(maker.function(c, arithmetic) for c in dict.fromkeys(compute))
    for function in functions:
        for kernel in function.kernels.values():
            check_sizes(kernel)
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
    known = free_names(term)
    for v in given:
        new = names.get(v, v)
        if isinstance(v, (Symbol, Tensor)) and getattr(new, "label", new) not in known:
            there = sorted({str(n) for n in known if not isinstance(n, (Dim, Index))})
            if str(v) in there:
                raise ValueError(f"{v} is another symbol than the formula's: make both by scalar({str(v)!r})")
            raise ValueError(f"{v} is no variable of the formula, which has {', '.join(there) or 'none'}")
    return tuple(dict.fromkeys(names.get(v, v) for v in given))


def _by_erf(term: Any) -> Any:
    """A term with ``1 − erf(t)`` for each erfc(t): one function has the code, the rules and the reference."""
    if not term.has(erfc):
        return term
    return 1 - erf(_by_erf(term.args[0])) if isinstance(term, erfc) else rebuild(term, _by_erf)
