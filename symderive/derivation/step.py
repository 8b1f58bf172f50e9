"""Steps and derivations: a chain of terms, each step with the rule that makes it and a verdict of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from sympy import Expr

from symderive.decide import Status, Verdict
from symderive.decide.conditions import unimplied
from symderive.derivation.conditions import conditions_beyond
from symderive.derivation.problem import Problem
from symderive.derivation.witness import contradiction
from symderive.rules import rule
from symderive.terms import Definition, Hypothesis, plain_hypothesis
from symderive.terms.display import written

__all__ = ["ORDER", "Derivation", "Part", "PartKind", "Step"]

#: From the strongest status to the weakest; a derivation is as good as its weakest step.
ORDER = (Status.PROVED, Status.CITED, Status.SUPPORTED, Status.UNDECIDED, Status.REFUTED)


@dataclass(frozen=True)
class Step:
    """``before relation after``, by one rule.

    Parameters
    ----------
    before, after
        Whole lines, not the piece that changed.
    rule
        The id of a row of `symderive.rules`.
    where
        The place of the redex in `before`, as argument positions from the root; ``()`` is the whole line.
    relation
        ``=``, ``<=``, ``>=``, ``<`` or ``>``.
    about
        What the reason is about: a term (a constraint, the definition's head applied), a name, or None.
    redex, contractum
        The piece that changed and what it became; None where it is the whole line.
    ranges
        The indices bound around the redex, with their limits.
    differentiated
        Does the redex stand under a ``∂``? Then no equation that holds at a point only may be used on it.
    verdict
        The judge's answer from before and after alone; None while it has not been asked.
    steps
        The finer steps that a printed line stands for; empty for a step that is one rule.
    hypotheses
        What holds for this step beyond the problem's hypotheses (an induction hypothesis, a case).
    """

    before: Expr
    after: Expr
    rule: str
    where: tuple[int, ...] = ()
    relation: str = "="
    about: Expr | str | None = None
    redex: Expr | None = None
    contractum: Expr | None = None
    ranges: tuple[tuple[Expr, Expr, Expr], ...] = ()
    differentiated: bool = False
    verdict: Verdict | None = None
    steps: tuple[Step, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()

    def reason(self, language: str = "en", about: str = "") -> str:
        """Why, in one line; `about` is `self.about` as the output format writes it."""
        return rule(self.rule).reason(language, about)

    @property
    def fine(self) -> tuple[Step, ...]:
        """The finest steps: every rule one step."""
        return tuple(inner for step in self.steps for inner in step.fine) if self.steps else (self,)


class PartKind(StrEnum):
    """What a part of a derivation is for."""

    MAIN = "main"
    LEMMA = "lemma"
    CASE = "case"
    BASE = "base"
    INDUCTION = "induction"


@dataclass(frozen=True)
class Part:
    """One chain of a derivation: the main one, a lemma's, a case, the base or the step of an induction.

    `hypotheses` hold in this part alone: the case, the induction hypothesis. `subject` is what it is about
    (the case's condition, the index of the induction), for its heading.
    """

    kind: PartKind
    steps: tuple[Step, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    subject: Expr | str | None = None

    @property
    def first(self) -> Expr:
        """The line that the part starts from."""
        return self.steps[0].before

    @property
    def last(self) -> Expr:
        """The line that it ends in."""
        return self.steps[-1].after


@dataclass(frozen=True)
class Derivation:
    """From a problem to its answer.

    Parameters
    ----------
    problem
        What was asked.
    parts
        The chains: lemmas first, then the main chain, or the cases, or base and step of an induction.
    abbreviations
        Names that the derivation introduced (``s = softmax(x)``), in the order in which they are explained.
    missing
        Where the engine stopped short of its goal: what is missing, in a sentence; None when it arrived.
    """

    problem: Problem
    parts: tuple[Part, ...]
    abbreviations: tuple[Definition, ...] = ()
    missing: str | None = None
    conclusion: Verdict | None = field(default=None, compare=False)

    @property
    def main(self) -> Part:
        """The chain that ends in the result."""
        return self.parts[-1]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The printed lines of every part, in order."""
        return tuple(step for part in self.parts for step in part.steps)

    @property
    def fine_steps(self) -> tuple[Step, ...]:
        """Every rule as a step of its own."""
        return tuple(inner for step in self.steps for inner in step.fine)

    @property
    def result(self) -> Expr:
        """The last line."""
        return self.main.last

    @property
    def weakest(self) -> Verdict:
        """The weakest step's verdict; UNDECIDED where the derivation stopped short of its goal."""
        weakest = self.conclusion
        for step in self.steps:
            verdict = step.verdict
            if verdict is None:
                verdict = Verdict(Status.UNDECIDED, evidence="not judged")
            if weakest is None or ORDER.index(verdict.status) > ORDER.index(weakest.status):
                weakest = verdict
        if weakest is None:
            return Verdict(Status.UNDECIDED, evidence=self.missing or "no step was found")
        if self.missing and ORDER.index(weakest.status) < ORDER.index(Status.UNDECIDED):
            return replace(weakest, status=Status.UNDECIDED, evidence=self.missing)
        return weakest

    @cached_property
    def conditions(self) -> tuple[Hypothesis, ...]:
        """What its lines need to have a value, beyond the problem's hypotheses and domain.

        Empty where the lines are not all proved: nothing is stated then.
        """
        if ORDER.index(self.weakest.status) >= ORDER.index(Status.UNDECIDED):
            return ()
        return conditions_beyond(self)

    @property
    def presumed(self) -> tuple[Hypothesis, ...]:
        """Where it holds: the problem's domain, without what `conditions` say more sharply, and these."""
        domain = self.problem.domain
        return (*(unimplied(self.conditions, domain) if self.conditions else domain), *self.conditions)

    @cached_property
    def unmet(self) -> str | None:
        """Why nothing is stated: no point was found at which all lines have a value; None where one was."""
        if not self.conditions:
            return None
        return contradiction(self.problem, self.conditions)

    @cached_property
    def verdict(self) -> Verdict:
        """From the first line to the last: the weakest step's verdict, and under which conditions.

        Each line is proved where both of its sides have a value; the whole, where all lines have one.
        """
        weakest = self.weakest
        if self.unmet is not None:
            return replace(weakest, status=Status.UNDECIDED, evidence=self.unmet)
        if ORDER.index(weakest.status) >= ORDER.index(Status.UNDECIDED):
            return weakest
        held = self.problem.hypotheses
        shown = [plain_hypothesis(h) for h in (*held, *unimplied(held, self.presumed))]
        return replace(weakest, hypotheses=tuple(dict.fromkeys(shown)))

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def text(self, **options: Any) -> str:
        """For a terminal; options: language, detail, width, colour."""
        return written(self, "text", **options)

    def latex(self, **options: Any) -> str:
        """A LaTeX document of its own; options: language, detail."""
        return written(self, "latex", **options)

    def markdown(self, **options: Any) -> str:
        """Markdown with displays; options: language, detail."""
        return written(self, "markdown", **options)

    def to_json(self, **options: Any) -> str:
        """JSON that `symderive.render.from_json` replays; options: language, detail."""
        return written(self, "json", **options)

    def __str__(self) -> str:
        return self.text()

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_latex_(self) -> str:
        return written(self, "notebook")
