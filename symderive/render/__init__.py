"""Floor 3: how is a derivation shown? One file an output format.

`FORMATS` holds them by name; each renders several derivations at once, because a display may claim several
things (the rows of cases, the lines of a chain).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symderive.derivation import Derivation
from symderive.render.json_format import as_data, render_json, render_several_json
from symderive.render.latex import latex_body, latex_document, render_latex_document
from symderive.render.markdown import render_markdown
from symderive.render.notebooks import register_derivations
from symderive.render.outline import DETAILS
from symderive.render.replay import from_data, from_json
from symderive.render.text import render_text
from symderive.render.vector_form import vector_form

__all__ = [
    "DETAILS",
    "FORMATS",
    "as_data",
    "from_data",
    "from_json",
    "render",
    "render_json",
    "render_latex_document",
    "render_markdown",
    "render_text",
    "vector_form",
]


def _text(all_of: Sequence[Derivation], language: str, detail: str, width: int, colour: bool) -> str:
    shown = (render_text(d, language=language, detail=detail, width=width, colour=colour) for d in all_of)
    return "\n".join(shown)


def _latex(all_of: Sequence[Derivation], language: str, detail: str, width: int, colour: bool) -> str:
    bodies = (latex_body(derivation, language=language, detail=detail) for derivation in all_of)
    return latex_document(bodies, language=language)


def _markdown(all_of: Sequence[Derivation], language: str, detail: str, width: int, colour: bool) -> str:
    return "\n".join(render_markdown(d, language=language, detail=detail) for d in all_of)


def _json(all_of: Sequence[Derivation], language: str, detail: str, width: int, colour: bool) -> str:
    if len(all_of) == 1:
        return render_json(all_of[0], language=language, detail=detail)
    return render_several_json(all_of, language=language, detail=detail)


#: Output format → how it writes derivations: (derivations, language, detail, width, colour) → text.
FORMATS: dict[str, Callable[[Sequence[Derivation], str, str, int, bool], str]] = {
    "text": _text,
    "latex": _latex,
    "markdown": _markdown,
    "json": _json,
}


def render(
    derivations: Derivation | Sequence[Derivation],
    format: str = "text",
    *,
    language: str = "en",
    detail: str = "brief",
    width: int = 100,
    colour: bool = False,
) -> str:
    """Derivations in an output format.

    Parameters
    ----------
    derivations
        One, or several that belong together.
    format
        ``text``, ``latex``, ``markdown`` or ``json``.
    language
        Of the reasons, ``en`` or ``ko``.
    detail
        ``brief`` for the lines of a textbook, ``full`` for every rule.
    width, colour
        For text: columns, and whether escape sequences colour it.

    Raises
    ------
    ValueError
        For an unknown format, language or level of detail.
    """
    if format not in FORMATS:
        raise ValueError(f"{format!r} is no format of derivations: use one of {', '.join(FORMATS)}")
    several = [derivations] if isinstance(derivations, Derivation) else list(derivations)
    return FORMATS[format](several, language, detail, width, colour)


register_derivations()
