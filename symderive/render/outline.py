"""What every output format shows of a derivation, in order: LaTeX and words, not yet set.

A format decides only how a line, a reason and a heading look; what is shown is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Basic, Expr

from symderive.decide import Status
from symderive.derivation import Derivation, Part, PartKind, Step
from symderive.derivation.checking import in_full
from symderive.notation import latex
from symderive.notation.algebra_printer import RELATIONS
from symderive.notation.naming import own_argument
from symderive.notation.printer import hypothesis_latex
from symderive.render.vector_form import vector_form
from symderive.render.wording import part_title, status_words, words
from symderive.rules import Rule
from symderive.terms import Apply, Definition, Hypothesis, Recurrence, Tensor
from symderive.terms.substitution import alpha_equal

__all__ = ["DETAILS", "Outline", "Piece", "Row", "Section", "Typesetter", "outline"]

#: The levels of detail: the lines of a textbook, or a line for every rule.
DETAILS = ("brief", "full")


@dataclass(frozen=True)
class Piece:
    """A piece of a sentence: words, or a formula in LaTeX."""

    text: str
    math: bool = False


@dataclass(frozen=True)
class Row:
    """One line of a chain: ``relation latex`` and why. `status` is the judge's word on the step."""

    relation: str
    latex: str
    reason: tuple[Piece, ...]
    status: Status


@dataclass(frozen=True)
class Section:
    """A part: its heading, and its chains, each a first line and the rows that follow it."""

    kind: PartKind
    title: tuple[Piece, ...]
    hypotheses: tuple[str, ...]
    chains: tuple[tuple[str, tuple[Row, ...]], ...]


@dataclass(frozen=True)
class Outline:
    """A derivation as it is shown."""

    title: str | None
    language: str
    question: str
    is_claim: bool
    definitions: tuple[str, ...]
    abbreviations: tuple[str, ...]
    hypotheses: tuple[str, ...]
    sections: tuple[Section, ...]
    status: Status
    meaning: str
    method: str | None
    vector: str | None
    missing: str | None

    def words(self, key: str) -> str:
        """Words in the derivation's language."""
        return words(key, self.language)


class Typesetter:
    """Terms of one derivation as LaTeX: one way to write a name in all of its lines."""

    def __init__(self, derivation: Derivation) -> None:
        problem = derivation.problem
        self.notation = {key: value for key, value in problem.notation.items() if key in ("steps", "bold")}
        self.avoid: tuple[Basic, ...] = (problem.start,) + (
            (problem.goal,) if problem.goal is not None else ()
        )

    def term(self, term: Basic) -> str:
        """A term; no bound index takes a name that is free in the problem."""
        return latex(term, avoid=self.avoid, **self.notation)

    def relation(self, left: Expr, relation: str, right: Expr) -> str:
        """``left relation right``."""
        return f"{self.term(left)} {RELATIONS[relation]} {self.term(right)}"

    def hypothesis(self, hypothesis: Hypothesis, language: str = "en") -> str:
        """``p_i > 0 \\text{ for all } i``."""
        text = self.relation(hypothesis.lhs, hypothesis.relation, hypothesis.rhs)
        if not hypothesis.forall:
            return text
        indices = ", ".join(self.term(index) for index in hypothesis.forall)
        if language == "ko":
            return rf"{text} \text{{ (모든 }} {indices} \text{{에 대해)}}"
        return rf"{text} \text{{ for all }} {indices}"

    def definition(self, definition: Definition) -> str:
        """``head = body``."""
        return _definition(definition, self.notation)

    def recurrence(self, rule: Recurrence) -> str:
        """``v(n) = body``."""
        return _recurrence(rule, self.notation)

    def reason(self, step: Step, language: str) -> tuple[Piece, ...]:
        """Why, in words, with what it is about as a formula."""
        about = step.about
        if not isinstance(about, Basic):
            return (Piece(step.reason(language, about or "")),)
        if step.reason(language, "\0").count("\0") != 1:
            return (Piece(step.reason(language)), Piece(" "), Piece(self.term(about), math=True))
        before, after = step.reason(language, "\0").split("\0")
        pieces = (Piece(before), Piece(self.term(about), math=True), Piece(after))
        return tuple(piece for piece in pieces if piece.text)


def outline(
    derivation: Derivation, *, language: str = "en", detail: str = "brief", vectors: bool = True
) -> Outline:
    """A derivation laid out.

    Parameters
    ----------
    language
        Of the reasons and headings, ``en`` or ``ko``.
    detail
        ``brief`` for the lines that a textbook prints, ``full`` for every rule.
    vectors
        Look for a vector form of the last line.

    Raises
    ------
    ValueError
        For an unknown language or level of detail.
    """
    words("where", language)  # refuses an unknown language before any work
    if detail not in DETAILS:
        raise ValueError(f"{detail!r} is no level of detail: use one of {', '.join(DETAILS)}")
    if detail == "full":
        derivation = in_full(derivation)
    setter = Typesetter(derivation)
    problem = derivation.problem
    verdict = derivation.verdict
    if problem.goal is None:
        question = setter.term(problem.start)
    else:
        question = setter.relation(problem.start, problem.relation, problem.goal)
    hypotheses = dict.fromkeys(
        setter.hypothesis(hypothesis, language) for hypothesis in (*problem.hypotheses, *derivation.presumed)
    )
    definitions = [setter.definition(d) for d in problem.definitions if d not in derivation.abbreviations]
    return Outline(
        title=problem.name,
        language=language,
        question=question,
        is_claim=problem.goal is not None,
        definitions=(*definitions, *(setter.recurrence(rule) for rule in problem.recurrences)),
        abbreviations=tuple(setter.definition(d) for d in derivation.abbreviations),
        hypotheses=tuple(hypotheses),
        sections=tuple(_section(part, setter, language) for part in derivation.parts if part.steps),
        status=verdict.status,
        meaning=status_words(verdict.status, language),
        method=verdict.method,
        vector=vector_form(derivation) if vectors and derivation.parts else None,
        missing=derivation.missing or derivation.unmet,
    )


def _section(part: Part, setter: Typesetter, language: str) -> Section:
    subject = part.subject
    title = [Piece(part_title(part.kind, language))]
    if subject is not None:
        formula = isinstance(subject, Basic)
        about = Piece(setter.term(subject) if formula else str(subject), formula)
        before, after = part_title(part.kind, language, "\0").split("\0")
        title = [piece for piece in (Piece(before), about, Piece(after)) if piece.text]
    elif part.kind is PartKind.CASE and part.hypotheses:
        title.append(Piece(" "))
        title.append(Piece(", ".join(setter.hypothesis(h, language) for h in part.hypotheses), math=True))
    chains: list[tuple[str, tuple[Row, ...]]] = []
    for chain in _chains(part.steps):
        rows = tuple(
            Row(
                RELATIONS[step.relation],
                setter.term(step.after),
                setter.reason(step, language),
                step.verdict.status if step.verdict is not None else Status.UNDECIDED,
            )
            for step in chain
        )
        chains.append((setter.term(chain[0].before), rows))
    hypotheses = tuple(setter.hypothesis(h, language) for h in part.hypotheses)
    return Section(part.kind, tuple(title), hypotheses, tuple(chains))


def _chains(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps in runs in which each starts from the line that the one before it ends in."""
    run: list[Step] = []
    for step in steps:
        if run and run[-1].after != step.before and not alpha_equal(run[-1].after, step.before):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _definition(definition: Definition, notation: Mapping[str, Any]) -> str:
    head = Apply(definition.head, [own_argument(p) for p in definition.parameters], definition.components)
    return f"{latex(head, **notation)} = {latex(definition.body, avoid=(head,), **notation)}"


def _recurrence(rule: Recurrence, notation: Mapping[str, Any]) -> str:
    axes = [(index.lower, index.upper) for index in rule.components]
    family = Tensor(rule.head, *axes, (rule.step.lower, rule.step.upper))
    left = family[(*rule.components, rule.at)]
    return f"{latex(left, **notation)} = {latex(rule.body, avoid=(left,), **notation)}"


def rule_example(rule: Rule) -> tuple[str, tuple[str, ...]]:
    """A rule's example in LaTeX, and what it needs: definitions, recurrences, hypotheses."""
    example = rule.example()
    sides = (example.before, example.after)
    left, right = (latex(side, avoid=sides) for side in sides)
    given = [_definition(definition, {}) for definition in example.definitions]
    given += [_recurrence(recurrence, {}) for recurrence in example.recurrences]
    given += [hypothesis_latex(hypothesis) for hypothesis in example.hypotheses]
    return f"{left} {RELATIONS[example.relation]} {right}", tuple(given)
