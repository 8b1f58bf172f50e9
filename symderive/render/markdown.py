r"""A derivation as Markdown that Git hosts and notebooks show: ``aligned`` displays, reasons at the right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from symderive.decide import Status
from symderive.derivation import Derivation
from symderive.render.outline import Outline, Piece, Row, outline
from symderive.render.unicode_math import unicode_math

__all__ = ["aligned", "render_markdown"]


def render_markdown(derivation: Derivation, *, language: str = "en", detail: str = "brief") -> str:
    """The derivation as Markdown.

    Parameters
    ----------
    language
        Of the reasons, ``en`` or ``ko``.
    detail
        ``brief`` or ``full``.
    """
    plan = outline(derivation, language=language, detail=detail)
    return _portable("\n\n".join(_blocks(plan))) + "\n"


def _portable(text: str) -> str:
    """With the macros that Git hosts allow: GitHub refuses a formula with ``\\operatorname``."""
    return text.replace(r"\operatorname{", r"\mathrm{")


def _blocks(plan: Outline) -> Iterator[str]:
    if plan.title:
        yield f"## {_escaped(plan.title)}"
    if plan.definitions:
        yield f"**{plan.words('definitions')}.**"
        yield from (_display(definition) for definition in plan.definitions)
    if plan.hypotheses:
        shown = ", ".join(f"${hypothesis}$" for hypothesis in plan.hypotheses)
        yield f"**{plan.words('hypotheses')}.** {shown}."
    if plan.is_claim:
        yield f"**{plan.words('claim')}.**"
        yield _display(plan.question)
    if plan.abbreviations:
        yield f"**{plan.words('where').capitalize()}**"
        yield from (_display(abbreviation) for abbreviation in plan.abbreviations)
    for section in plan.sections:
        given = ""
        if section.hypotheses and not any(piece.math for piece in section.title):
            given = f" {plan.words('assuming')} " + ", ".join(f"${h}$" for h in section.hypotheses)
        yield f"**{_sentence(section.title)}.**{given}"
        for start, rows in section.chains:
            yield _display(aligned(start, rows))
    if plan.vector:
        yield f"**{plan.words('vector')}.**"
        yield _display(plan.vector)
    if plan.missing:
        yield f"**{plan.words('missing')}.** {_escaped(plan.missing)}"
    method = f" ({plan.method})" if plan.method else ""
    yield f"**{plan.status.value}**{method}: {plan.meaning}."


def _display(latex: str) -> str:
    return f"$$\n{latex}\n$$"


def aligned(start: str, rows: Sequence[Row]) -> str:
    """One chain as an ``aligned`` environment."""
    lines = [r"\begin{aligned}"]
    for number, row in enumerate(rows):
        # No line begins with a relation sign alone: "=" under a paragraph would be a heading.
        head = f"{start} " if number == 0 else ""
        end = r" \\" if number < len(rows) - 1 else ""
        lines.append(rf"{head}&{row.relation} {row.latex} && {reason_in_math(row)}{end}")
    lines.append(r"\end{aligned}")
    return "\n".join(lines)


def reason_in_math(row: Row) -> str:
    r"""A reason inside a display: words in ``\text``, formulas in Unicode, so that they state nothing."""
    said = "".join(unicode_math(piece.text) if piece.math else piece.text for piece in row.reason)
    if row.status is not Status.PROVED:
        said += f" [{row.status.value}]"
    return rf"\text{{{_in_text(said)}}}"


def _in_text(words: str) -> str:
    r"""Words inside ``\text{…}``: every character that TeX reads as more than itself is escaped."""
    words = words.replace("\\", "∖").replace("~", "∼").replace("^", "ˆ").replace("$", "＄")
    return re.sub(r"([#%&_{}])", r"\\\1", words)


def _sentence(pieces: Sequence[Piece]) -> str:
    """A heading, its formulas in Unicode: Git hosts read no formula in ``$n$에``, for the letter after it."""
    return "".join(_escaped(unicode_math(piece.text) if piece.math else piece.text) for piece in pieces)


def _escaped(words: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|$])", r"\\\1", words)
