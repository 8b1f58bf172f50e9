"""``derive``: from a formula in Python to its derivation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sympy import Expr, Indexed, Symbol, sympify

from symderive.derivation.engine import SECONDS, derive_problem
from symderive.derivation.folding import Rewriting
from symderive.derivation.problem import Problem
from symderive.derivation.recognising import abbreviate, recognise
from symderive.derivation.step import Derivation
from symderive.terms import (
    Apply,
    Definition,
    Hypothesis,
    Index,
    Partial,
    Tensor,
    free_names,
    indexed_sum,
    walk,
)

__all__ = ["derive"]

#: A variable of differentiation: an entry, a scalar, or a whole family.
Variable: TypeAlias = Expr | Tensor
_LETTERS = "kjlmnpqrtuvwabcdefgh"


def derive(
    expression: Any,
    wrt: Variable | Sequence[Variable] | None = None,
    goal: Any = None,
    *,
    vjp: Any = None,
    jvp: Any = None,
    hypotheses: Iterable[Hypothesis] = (),
    definitions: Iterable[Definition] = (),
    relation: str = "=",
    name: str | None = None,
    timeout: float = SECONDS,
) -> Derivation:
    """Derive a gradient, a Jacobian, a Hessian, a product with one, or the way to a given form.

    Parameters
    ----------
    expression
        The formula; with a free `Index` it is a component of a vector, and its derivative a Jacobian.
    wrt
        What to differentiate by: an entry (``x[k]``, ``W[i, m]``), a scalar, or a whole `Vector` or `Matrix`,
        whose entry gets indices of its own. Several, one after the other, for a Hessian. Left out, the
        expression is brought to the form `goal`.
    goal
        The form that the last line should have ("show that it equals …"); chosen by the engine if left out.
    vjp
        A family v: the vector–Jacobian product ``Σ_i v_i ∂f_i/∂x_k`` over the expression's one free index.
    jvp
        A family u shaped like `wrt`: the directional derivative ``Σ_k u_k ∂f/∂x_k``.
    hypotheses, definitions
        What may be used.
    relation
        How the expression is related to the goal where nothing is differentiated: ``=``, ``<=``, …
    name
        How the derivation is called.
    timeout
        Seconds after which it stops where it is; lines that were not judged by then are ``UNDECIDED``.

    Returns
    -------
    Derivation
        `steps`, `result`, `verdict`, `latex()`, `markdown()`, `text()`, `to_json()`. Where no rule leads on,
        `missing` says what is missing, and the verdict is ``UNDECIDED``.

    Raises
    ------
    TypeError, ValueError
        For something that nothing can be differentiated by, or a product without the index it runs over.

    Examples
    --------
    >>> from sympy import exp, log
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> K = Dim("K"); x, y = Vector("x", K), Vector("y", K); i, j = Index("i", K), Index("j", K)
    >>> loss = -indexed_sum(y[i] * log(exp(x[i]) / indexed_sum(exp(x[j]), j)), i)
    >>> total = Hypothesis(indexed_sum(y[i], i), "=", 1)
    >>> derivation = derive(loss, x, hypotheses=[total])
    >>> derivation.result, derivation.verdict.status
    (-y[k] + softmax(x, k), <Status.PROVED: 'PROVED'>)
    """
    term = sympify(expression)
    held, known = tuple(hypotheses), tuple(definitions)
    aim = None if goal is None else sympify(goal)
    if wrt is None:
        if vjp is not None or jvp is not None:
            raise ValueError("a product with a Jacobian needs wrt, what is differentiated by")
        problem = Problem(term, aim, relation, hypotheses=held, definitions=known, name=name)
        return derive_problem(problem, timeout=timeout)
    if not isinstance(term, Expr):
        raise TypeError(f"{term!r} is no formula: give a SymPy expression over symderive's terms")
    variables = _variables(wrt)
    taken = _letters_in(term, *(v for v in variables if isinstance(v, Expr)), aim)
    entries = [_entry(variable, taken) for variable in variables]
    start: Expr = Partial(term, *entries)
    if vjp is not None:
        start = _weighted(vjp, start, _free_index(term, entries))
    if jvp is not None:
        start = _directional(jvp, start, entries)
    problem = Problem(start, aim, hypotheses=held, definitions=known, name=name)
    first = recognise(start, problem.scope)
    line = first[-1].after if first else start
    named, abbreviations = abbreviate(line, problem.scope, taken | _letters_in(start))
    if abbreviations:
        heads = [str(step.about) for step in first] + [d.head for d in abbreviations]
        first = [Rewriting("definition.fold", named, ", ".join(heads))]
        problem = replace(problem, definitions=abbreviations)
    return replace(derive_problem(problem, first, timeout=timeout), abbreviations=abbreviations)


def _variables(wrt: Any) -> list[Any]:
    found = list(wrt) if isinstance(wrt, (list, tuple)) else [wrt]
    if not found:
        raise ValueError("there is nothing to differentiate by")
    for variable in found:
        if isinstance(variable, Tensor):
            continue
        if not isinstance(variable, (Symbol, Indexed, Apply)) or variable.is_integer:
            raise TypeError(
                f"nothing can be differentiated by {variable}: give an entry such as x[k], a scalar, "
                "or a Vector or Matrix"
            )
    return found


def _letters_in(*terms: Any) -> set[str]:
    """Every name that occurs, bound ones included: a new index must not look like one of them."""
    return {
        node.name for term in terms if term is not None for node in walk(term) if isinstance(node, Symbol)
    }


def _entry(variable: Any, taken: set[str]) -> Expr:
    """An entry of a family at indices of its own; anything else as it is."""
    if not isinstance(variable, Tensor):
        assert isinstance(variable, Expr)
        return variable
    indices = []
    for lower, upper in variable.ranges:
        letter = next(letter for letter in _fresh_letters() if letter not in taken)
        taken.add(letter)
        indices.append(Index(letter, upper, lower))
    return variable[tuple(indices)]


def _fresh_letters() -> Iterable[str]:
    yield from _LETTERS
    number = 0
    while True:
        number += 1
        yield f"k{number}"


def _free_index(term: Expr, entries: Sequence[Expr]) -> Index:
    free = sorted((n for n in free_names(term) if isinstance(n, Index)), key=str)
    if len(free) != 1:
        names = ", ".join(str(n) for n in free) or "none"
        raise ValueError(f"vjp needs a formula with exactly one free index to sum over; this has {names}")
    return free[0]


def _weighted(weights: Any, start: Expr, index: Index) -> Expr:
    weight = weights[index] if isinstance(weights, Tensor) else sympify(weights)
    return indexed_sum(weight * start, index)


def _directional(direction: Any, start: Expr, entries: Sequence[Expr]) -> Expr:
    if len(entries) != 1:
        raise ValueError("jvp needs one thing to differentiate by")
    (entry,) = entries
    if not isinstance(entry, Indexed):
        return sympify(direction) * start
    indices = [index for index in entry.indices if isinstance(index, Index)]
    if not isinstance(direction, Tensor) or len(indices) != len(entry.indices):
        raise ValueError("jvp takes a family shaped like what is differentiated by, which has free indices")
    result = direction[tuple(indices)] * start
    for index in reversed(indices):
        result = indexed_sum(result, index)
    return result
