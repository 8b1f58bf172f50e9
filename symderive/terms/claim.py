"""What is stated: hypotheses, definitions, recurrences and claims."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Symbol, sympify

from symderive.terms.display import notebook_latex
from symderive.terms.symbols import Index, Tensor

__all__ = ["RELATIONS", "Claim", "Condition", "Definition", "Hypothesis", "Recurrence", "Update"]

#: The relations that a claim or a hypothesis may state.
RELATIONS = ("=", "<=", ">=", "<", ">", "!=", "in")


@dataclass(frozen=True)
class Hypothesis:
    """``lhs relation rhs``, for every value of the indices in `forall`.

    ``p_i > 0`` for all i has ``forall=(i,)``; ``i ≠ k`` about the two indices of a claim has none.
    """

    lhs: Expr
    relation: str
    rhs: Expr
    forall: tuple[Symbol, ...] = ()

    def __post_init__(self) -> None:
        _check_relation(self.relation)
        object.__setattr__(self, "lhs", sympify(self.lhs))
        object.__setattr__(self, "rhs", sympify(self.rhs))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self)


#: A side condition under which a formula has a value (a denominator ≠ 0, a logarithm's argument > 0).
Condition = Hypothesis


@dataclass(frozen=True)
class Definition:
    """``head_components(parameters) := body``.

    Parameters
    ----------
    head
        The name that is defined.
    components
        The indices of the head, each used in `body`.
    parameters
        `Symbol` for a scalar or a function parameter, `Tensor` for a vector one.
    body
        What the head stands for.
    """

    head: str
    components: tuple[Symbol, ...]
    parameters: tuple[Symbol | Tensor, ...]
    body: Expr
    step: Expr | None = None


@dataclass(frozen=True)
class Recurrence:
    """``head_components(at) = body`` for every step: the rule of a sequence.

    `at` is the step that the left side names (``n`` or ``n + 1``), `step` the index that runs.
    """

    head: str
    components: tuple[Symbol, ...]
    step: Index
    at: Expr
    body: Expr


@dataclass(frozen=True)
class Update:
    """``target ← body``: an assignment, whose right side holds the old values.

    `target` is a name or an entry of a family at an index that runs: every entry is assigned.
    """

    target: Expr
    body: Expr


@dataclass(frozen=True)
class Claim:
    """``lhs relation rhs`` under hypotheses, with the definitions and recurrences in force.

    `domain` holds the side conditions under which both sides have a value, as they were written: the terms
    themselves no longer show them once SymPy has cancelled a factor.
    """

    lhs: Expr
    relation: str
    rhs: Expr
    hypotheses: tuple[Hypothesis, ...] = ()
    definitions: tuple[Definition, ...] = ()
    recurrences: tuple[Recurrence, ...] = ()
    domain: tuple[Hypothesis, ...] = ()
    source: Any = field(default=None, compare=False)

    def __post_init__(self) -> None:
        _check_relation(self.relation)
        object.__setattr__(self, "lhs", sympify(self.lhs))
        object.__setattr__(self, "rhs", sympify(self.rhs))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self)


def _check_relation(relation: str) -> None:
    if relation not in RELATIONS:
        raise ValueError(f"{relation!r} is no relation: use one of {', '.join(RELATIONS)}")
