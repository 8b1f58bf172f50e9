"""Steps of a rule in float64 numpy: slow, plain, and the same text as the registry's updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Indexed, Sum, Symbol, lambdify

from symderive.optimizers.clipping import COORDINATE
from symderive.optimizers.update_rule import GRADIENT, LEARNING_RATE, PARAMETER, STEP, UpdateRule

__all__ = ["Reference"]

_Array = NDArray[np.float64]


class Reference:
    """An optimizer that follows a rule of the registry assignment by assignment.

    Parameters
    ----------
    rule
        What to do.
    parameters
        The start, any shape; it is copied.
    rate
        The learning rate as a function of the step, in the place of the rule's constant one.
    hyperparameters
        By the names of their symbols; defaults where left out.

    Raises
    ------
    ValueError
        Where a hyper-parameter is given that the rule does not have.

    Examples
    --------
    >>> import numpy as np
    >>> from symderive.optimizers import RULES
    >>> descent = Reference(RULES["momentum/rate-inside"], np.array([1.0, -2.0]), mu=0.1, gamma=0.5)
    >>> for _ in range(2):
    ...     gradient = descent.step(lambda theta: theta)
    >>> descent.parameters
    array([ 0.76, -1.52])
    """

    def __init__(
        self,
        rule: UpdateRule,
        parameters: Any,
        rate: Callable[[int], float] | None = None,
        **hyperparameters: float,
    ) -> None:
        self.rule = rule
        self.values = rule.values(hyperparameters)
        self.rate = rate
        self.count = 0
        self.parameters: _Array = np.array(parameters, dtype=np.float64)
        self._compiled: list[tuple[Symbol, tuple[Symbol, ...], Callable[..., Any]]] = [
            (_name(target), *_compile(body)) for target, body in rule.updates
        ]
        self._point = _compile(rule.gradient_at)
        environment = {PARAMETER: self.parameters, **self.values}
        self.states: dict[Symbol, _Array] = {}
        for state in rule.states:
            names, value = _compile(state.initial)
            start = value(*(environment[name] for name in names))
            self.states[state.symbol] = np.array(
                np.broadcast_to(start, self.parameters.shape), dtype=np.float64
            )

    def step(self, gradient: Callable[[_Array], Any]) -> _Array:
        """One step.

        Parameters
        ----------
        gradient
            The gradient at a point; for averages the weights that come in, whatever the point.

        Returns
        -------
        array
            The gradient as the rule left it: clipping changes nothing else.
        """
        self.count += 1
        if self.rate is not None:
            self.values[LEARNING_RATE] = float(self.rate(self.count))
        environment: dict[Symbol, Any] = {
            **self.values,
            **self.states,
            PARAMETER: self.parameters,
            STEP: self.count,
        }
        names, point = self._point
        at = np.asarray(point(*(environment[name] for name in names)), dtype=np.float64)
        environment[GRADIENT] = np.asarray(gradient(at), dtype=np.float64)
        for target, names, value in self._compiled:
            environment[target] = value(*(environment[name] for name in names))
        shape = self.parameters.shape
        self.parameters = np.array(np.broadcast_to(environment[PARAMETER], shape), dtype=np.float64)
        self.states = {
            name: np.array(np.broadcast_to(environment[name], shape), dtype=np.float64)
            for name in self.states
        }
        return np.asarray(environment[GRADIENT], dtype=np.float64)


def _name(target: Expr) -> Symbol:
    """What an assignment assigns: a name, or every coordinate of one."""
    return Symbol(str(target.base.label), real=True) if isinstance(target, Indexed) else target


def _compile(body: Expr) -> tuple[tuple[Symbol, ...], Callable[..., Any]]:
    """A term as a function of its names: ``g[k]`` is the whole array, a sum over k its numpy sum."""
    totals: dict[Expr, Symbol] = {}
    for number, term in enumerate(sorted(body.atoms(Sum), key=str)):
        totals[term] = Symbol(f"total_{number}", real=True)
    inner = {symbol: _whole(term.function, term.limits[0][0]) for term, symbol in totals.items()}
    outer = _whole(body.xreplace(totals), COORDINATE)
    parts = {symbol: _plain(term) for symbol, term in inner.items()}
    free = sorted(
        {name for term in (outer, *inner.values()) for name in term.free_symbols} - set(parts), key=str
    )
    compiled = lambdify([*free, *parts], outer, modules="numpy", cse=False)

    def value(*arguments: Any) -> Any:
        given = dict(zip(free, arguments, strict=True))
        sums = [np.sum(part(*(given[name] for name in names))) for names, part in parts.values()]
        return compiled(*arguments, *sums)

    return tuple(free), value


def _plain(term: Expr) -> tuple[tuple[Symbol, ...], Callable[..., Any]]:
    names = tuple(sorted(term.free_symbols, key=str))
    return names, lambdify(names, term, modules="numpy", cse=False)


def _whole(term: Expr, index: Symbol) -> Expr:
    """Entries at `index` as names of the whole array."""
    entries = {node: Symbol(str(node.base.label), real=True) for node in term.atoms(Indexed)}
    for node in entries:
        if node.indices != (index,):
            raise ValueError(f"{node} is no entry at {index}")
    return term.xreplace(entries)
