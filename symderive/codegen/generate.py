"""``generate``: from a formula to functions, their source, and what is known about them."""

from __future__ import annotations

import contextlib
import importlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from symderive.codegen.arithmetic import Accuracy as Asked
from symderive.codegen.functions import Variable
from symderive.codegen.plan import DTYPES, Plan, planned
from symderive.decide import Status, Verdict
from symderive.derivation import Derivation, Step
from symderive.derivation.step import ORDER
from symderive.terms import Definition, Hypothesis, Index

if TYPE_CHECKING:
    from symderive.codegen.accuracy_table import Accuracy

__all__ = ["TARGETS", "Generated", "MissingFramework", "generate", "with_accuracy"]

#: Lengths of the dimensions at which errors are measured while one waits.
_QUICK = (1, 2, 3, 10)

#: Target → the module that writes its file (`source`) and makes functions of it (`load`).
TARGETS = {
    "numpy": "symderive.codegen.numpy_target",
    "c": "symderive.codegen.c_target",
    "torch": "symderive.codegen.torch_target",
    "jax": "symderive.codegen.jax_target",
}


class MissingFramework(ImportError):
    """The target's library is not installed."""


@dataclass(frozen=True, eq=False, repr=False)
class Generated:
    """Generated functions: call it for the first, index it by what is computed for the others.

    Parameters
    ----------
    plan
        What was generated: terms, derivations, kernels.
    target
        ``numpy``, ``c``, ``torch`` or ``jax``.
    source
        The text of the file; it stands alone.
    functions
        Identifier → callable.
    claim
        The verdict on the claim whose right side was generated; None for a definition or a term.
    accuracy
        The errors that were measured; empty where nothing was.
    unmeasured
        Why nothing was, where it was asked for.
    """

    plan: Plan
    target: str
    source: str
    functions: Mapping[str, Callable[..., Any]]
    claim: Verdict | None = None
    accuracy: tuple[Accuracy, ...] = ()
    unmeasured: str | None = None

    def __post_init__(self) -> None:
        # What asks a function for its signature and its text (`inspect`, `jax.jit`) asks the first one's.
        first = self.functions.get(self.plan.functions[0].name)
        if first is None:
            return
        object.__setattr__(self, "__name__", getattr(first, "__name__", self.plan.name))
        object.__setattr__(self, "__doc__", first.__doc__)
        with contextlib.suppress(TypeError, ValueError):
            object.__setattr__(self, "__signature__", inspect.signature(first))

    def __repr__(self) -> str:
        made = ", ".join(self)
        return f"<Generated {self.plan.name}: {made}; target {self.target}; {self.verdict.status.value}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.functions[self.plan.functions[0].name](*args, **kwargs)

    def __getitem__(self, compute: str) -> Callable[..., Any]:
        for function in self.plan.functions:
            if function.compute == compute:
                return self.functions[function.name]
        made = ", ".join(function.compute for function in self.plan.functions)
        raise KeyError(f"{compute} was not generated; there is {made}")

    def __iter__(self) -> Iterator[str]:
        return (function.compute for function in self.plan.functions)

    @property
    def derivations(self) -> tuple[Derivation, ...]:
        """How the derivatives were derived."""
        return tuple(d for function in self.plan.functions for d in function.derivations)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The stable forms that were used, each judged."""
        found = {}
        for function in self.plan.functions:
            for steps in function.steps.values():
                for step in steps:
                    shown = step.shown
                    found[shown.rule, shown.before, shown.after] = shown
        return tuple(found.values())

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict on the way from the formula to the code."""
        verdicts = [d.verdict for d in self.derivations]
        if self.claim is not None:
            verdicts.append(self.claim)
        verdicts += [
            step.verdict for f in self.plan.functions for steps in f.steps.values() for step in steps
        ]
        if not verdicts:
            return Verdict(Status.PROVED, method="the formula itself")
        return max(verdicts, key=lambda verdict: ORDER.index(verdict.status))


def generate(
    expression: Any,
    wrt: Variable | Sequence[Variable] | None = None,
    *,
    target: str = "numpy",
    compute: str | Sequence[str] = "value",
    accuracy: Asked | str = "default",
    index: Index | Sequence[Index] = (),
    axes: Sequence[Index] | None = None,
    arguments: Sequence[Any] = (),
    hypotheses: Iterable[Hypothesis] = (),
    definitions: Iterable[Definition] = (),
    name: str = "function",
    origin: str | None = None,
    measure: bool = False,
) -> Generated:
    """Generate functions that compute a formula, its derivatives, and products with them.

    Parameters
    ----------
    expression
        The formula. A free `Index` is an axis of the result, unless it is in `index`.
    wrt
        What to differentiate by; every vector and matrix of the formula if left out.
    target
        ``numpy``, ``c``, ``torch`` or ``jax``.
    compute
        ``value``, ``gradient``, ``value_and_gradient``, ``jacobian``, ``vjp``, ``jvp``, ``hvp``; several, or
        joined by commas.
    accuracy
        ``fast`` (the caller's type throughout), ``default`` (float32 rounded once, float64 compensated) or
        ``high`` (float64 in extended precision).
    index
        Free indices that the caller gives as integers, counted from 0: class labels.
    axes
        The order of the result's axes, where several indices are free.
    arguments
        Names (or the vectors and scalars themselves) in the order of the calls; others follow by name.
    hypotheses, definitions
        What may be used.
    name, origin
        The functions' identifier, and where the formula is from.
    measure
        Measure the errors in ulps against ball arithmetic (a second or two), and state them in the
        docstrings.

    Returns
    -------
    Generated
        Callable; `source`, `verdict`, `derivations`, `steps`.

    Raises
    ------
    ValueError
        For an unknown target or computation, or a formula that has no code.

    Examples
    --------
    The gradient of cross-entropy at a logit gap where p − 1 would be exactly 0:

    >>> import numpy as np
    >>> from sympy import exp, log
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x = Vector("x", K); j, t = Index("j", K), Index("t", K)
    >>> loss = -log(exp(x[t]) / indexed_sum(exp(x[j]), j))
    >>> made = generate(loss, x, compute="gradient", index=t, name="cross_entropy")
    >>> made(np.array([50.0, 0.0]), 0)
    array([-1.92874985e-22,  1.92874985e-22])
    """
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no target: choose from {', '.join(TARGETS)}")
    wanted = compute.split(",") if isinstance(compute, str) else list(compute)
    plan = planned(
        expression,
        wrt,
        compute=[word.strip() for word in wanted],
        accuracy=accuracy,
        index=[index] if isinstance(index, Index) else list(index),
        axes=axes,
        order=[str(getattr(a, "name", a)) for a in arguments],
        hypotheses=hypotheses,
        definitions=definitions,
        name=name,
        origin=origin,
    )
    module = importlib.import_module(TARGETS[target])
    # A framework's function brings its own derivative, whatever else was asked for.
    plan = module.completed(plan) if hasattr(module, "completed") else plan
    text = module.source(plan)
    made = Generated(plan, target, text, module.load(plan, text))
    return with_accuracy(made) if measure else made


def _types(target: str) -> tuple[str, ...]:
    """The types that a target has here: JAX has float64 only where it was switched on."""
    if target == "jax":
        import jax

        return DTYPES if getattr(jax.config, "jax_enable_x64", False) else ("float32",)
    return DTYPES


def with_accuracy(made: Generated) -> Generated:
    """The same functions with their errors measured, and stated in the docstrings."""
    from symderive.codegen.accuracy import measured
    from symderive.codegen.accuracy_table import lines

    try:
        found = measured(made, dtype=_types(made.target), sizes=_QUICK, budget=1)
    except ValueError as error:  # a formula that ball arithmetic does not know
        return replace(made, unmeasured=str(error))
    module = importlib.import_module(TARGETS[made.target])
    text = module.source(made.plan, lines(found))
    return replace(made, source=text, functions=module.load(made.plan, text), accuracy=found)
