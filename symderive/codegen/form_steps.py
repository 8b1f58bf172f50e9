"""Stable forms as steps: each with its verdict, and lines that are written out once somebody reads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sympy import Expr

from symderive.codegen.primitives import generalised
from symderive.decide import Verdict
from symderive.derivation import Step
from symderive.terms import Tensor, Vec, substitute

__all__ = ["FormStep"]


@dataclass(frozen=True)
class FormStep:
    """One stable form that was taken.

    Parameters
    ----------
    rule
        The rule's name.
    lines
        The term before and after it, with primitives.
    verdict
        The weakest verdict on the places where it was taken.
    about
        What the reason is about, if anything.
    names
        What stands in the lines for long vectors, and these.
    """

    rule: str
    lines: tuple[Expr, Expr]
    verdict: Verdict
    about: Expr | str | None = None
    names: tuple[tuple[Tensor, Vec], ...] = ()

    @cached_property
    def shown(self) -> Step:
        """As a step of a derivation: most code is generated without anybody looking at its lines."""
        before, after = (self._shown(line) for line in self.lines)
        return Step(before, after, self.rule, about=self.about, verdict=self.verdict)

    @property
    def reason(self) -> str:
        """Why, in English."""
        about = "" if self.about is None else str(self.about)
        return Step(*self.lines, self.rule, about=self.about).reason("en", about)

    def _shown(self, line: Expr) -> Expr:
        (general,), _ = generalised(substitute(line, dict(self.names)))
        return general
