"""What a rule is: a named reason why one term may stand for another, with an example that is tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr

from symderive.rules.scope import Scope
from symderive.terms import Definition, Hypothesis, Recurrence

__all__ = ["LANGUAGES", "Example", "Rewrite", "Rule"]

#: The languages that every reason is given in.
LANGUAGES = ("en", "ko")

#: A rule at work: a term and what is known around it, to the term that takes its place, or None where the
#: rule says nothing about it.
Rewrite = Callable[[Expr, Scope], Expr | None]


@dataclass(frozen=True)
class Example:
    """``before relation after``, true under the hypotheses; false with a term of `wrong` for `after`.

    The tests judge and sample every example, and demand of every wrong variant that it does not pass.
    """

    before: Expr
    after: Expr
    wrong: tuple[Expr, ...]
    relation: str = "="
    hypotheses: tuple[Hypothesis, ...] = ()
    definitions: tuple[Definition, ...] = ()
    recurrences: tuple[Recurrence, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One row of a family.

    Parameters
    ----------
    id
        ``family.name``, the key of the row: ``derivative.product``.
    en, ko
        The reason in one line, as it stands at the right of a step. ``{}`` is replaced by what the step is
        about (the name that is unfolded, the constraint that is used).
    example
        Makes the example; called by tests and by ``symderive explain``.
    rewrite
        The rewriting at one node, for rules that are local. A rule without one is a pattern of reasoning (a
        bound, an induction) that the engine proposes and the judge checks.
    rank
        How much of a step it is: a printed line that stands for several rules is named after the one of
        highest rank (0 is bookkeeping, 3 is what the reader came for).
    """

    id: str
    en: str
    ko: str
    example: Callable[[], Example]
    rewrite: Rewrite | None = None
    rank: int = 1

    def reason(self, language: str = "en", about: str = "") -> str:
        """The one-line reason in a language, about a name or a constraint.

        Raises
        ------
        ValueError
            For a language that has no reasons.
        """
        if language not in LANGUAGES:
            raise ValueError(f"{language!r} is no language of the reasons: use one of {', '.join(LANGUAGES)}")
        text = self.ko if language == "ko" else self.en
        if "{}" in text:
            return text.replace("{}", about).strip()
        return f"{text}: {about}" if about else text
