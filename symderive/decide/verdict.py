"""What is known of a claim, and how it is known."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Status", "Verdict"]


class Status(enum.StrEnum):
    """The five things that can be said of a claim."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    SUPPORTED = "SUPPORTED"
    CITED = "CITED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Verdict:
    """The judge's answer.

    Parameters
    ----------
    status
        What is known.
    method
        For a proof, how: ``normal form``, ``sign cells``, ``induction``, ``lemma NAME``,
        ``exhaustive (SIZE)``.
    hypotheses
        What the status rests on, readable: the claim's hypotheses that were used, and its domain.
    evidence
        What the proof, the refutation or the support consists of.
    counterexample
        For a refutation, object name → exact value, and both sides' values.
    seconds
        How long it took.
    """

    status: Status
    method: str | None = None
    hypotheses: tuple[str, ...] = ()
    evidence: str | None = None
    counterexample: dict[str, str] | None = None
    seconds: float = 0.0

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        shown = f"**{self.status}**" + (f" ({self.method})" if self.method else "")
        if self.hypotheses:
            shown += " if " + ", ".join(self.hypotheses)
        if self.counterexample:
            shown += ": " + ", ".join(f"{name} = {value}" for name, value in self.counterexample.items())
        return shown

    def __bool__(self) -> bool:
        raise TypeError("a verdict is no boolean: compare its status, e.g. verdict.status is Status.PROVED")
