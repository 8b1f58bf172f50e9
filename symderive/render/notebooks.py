"""Derivations write and show themselves: the methods of `Derivation` lead to the formats of this package."""

from __future__ import annotations

from symderive.derivation import Derivation
from symderive.render.json_format import render_json
from symderive.render.latex import render_latex_document
from symderive.render.markdown import aligned, render_markdown
from symderive.render.outline import outline
from symderive.render.text import render_text
from symderive.terms.display import register_writer

__all__ = ["notebook_display", "register_derivations"]


def notebook_display(derivation: Derivation) -> str:
    """The chains alone, as one display: what a notebook shows that knows no Markdown output."""
    plan = outline(derivation, vectors=False)
    chains = [aligned(start, rows) for section in plan.sections for start, rows in section.chains]
    body = (
        chains[0]
        if len(chains) == 1
        else "\\begin{gathered}\n" + " \\\\\n".join(chains) + "\n\\end{gathered}"
    )
    return f"$\\displaystyle {body}$"


def register_derivations() -> None:
    """Fill the registry; done once, when `symderive.render` is imported."""
    for format, writer in (
        ("text", render_text),
        ("latex", render_latex_document),
        ("markdown", render_markdown),
        ("json", render_json),
        ("notebook", notebook_display),
    ):
        register_writer(Derivation, format, writer)
