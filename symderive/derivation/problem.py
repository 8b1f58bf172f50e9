"""What is asked: a term to rewrite, perhaps with the form that it should get, and everything in force."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sympy import Expr

from symderive.rules import Scope
from symderive.terms import Claim, Definition, Hypothesis, Recurrence

__all__ = ["Problem"]


@dataclass(frozen=True)
class Problem:
    """``start relation goal``, or ``start`` alone, to be brought into its textbook form.

    Parameters
    ----------
    start
        The first line: a `Partial` for a derivative, a side of an identity, a term of a sequence.
    goal
        The form that the last line should have; None where the engine is free to choose.
    relation
        How the start is related to the goal.
    name
        How the problem is called (``softmax/jacobian``).
    domain
        Conditions under which both sides have a value, as a document wrote them.
    notation
        How names are printed: ``steps`` and ``bold`` of `symderive.notation.printer.latex`.
    """

    start: Expr
    goal: Expr | None = None
    relation: str = "="
    hypotheses: tuple[Hypothesis, ...] = ()
    definitions: tuple[Definition, ...] = ()
    recurrences: tuple[Recurrence, ...] = ()
    domain: tuple[Hypothesis, ...] = ()
    name: str | None = None
    notation: dict[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, claim: Claim, name: str | None = None) -> Problem:
        """The problem of connecting the sides of a claim."""
        return cls(
            claim.lhs,
            claim.rhs,
            claim.relation,
            claim.hypotheses,
            claim.definitions,
            claim.recurrences,
            claim.domain,
            name,
        )

    @property
    def scope(self) -> Scope:
        """What the rules may use."""
        return Scope(
            {definition.head: definition for definition in self.definitions},
            self.hypotheses,
            {recurrence.head: recurrence for recurrence in self.recurrences},
        )

    def claim(
        self, before: Expr, after: Expr, relation: str = "=", more: tuple[Hypothesis, ...] = ()
    ) -> Claim:
        """``before relation after`` under what is in force, for the judge."""
        return Claim(
            before,
            relation,
            after,
            (*self.hypotheses, *more),
            self.definitions,
            self.recurrences,
            self.domain,
        )
