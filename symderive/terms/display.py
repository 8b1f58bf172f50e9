"""How objects show themselves in a notebook and write themselves out: registries that higher floors fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["notebook_latex", "register_renderer", "register_writer", "render_latex", "written"]

_RENDERERS: dict[type, Callable[[Any], str]] = {}
_WRITERS: dict[tuple[type, str], Callable[..., str]] = {}


def register_renderer(kind: type, renderer: Callable[[Any], str]) -> None:
    """Show objects of `kind` in notebooks as the LaTeX that `renderer` returns."""
    _RENDERERS[kind] = renderer


def register_writer(kind: type, format: str, writer: Callable[..., str]) -> None:
    """Let objects of `kind` be written in `format` by ``writer(thing, **options)``."""
    _WRITERS[kind, format] = writer


def written(thing: Any, format: str, **options: Any) -> str:
    """`thing` in an output format.

    Raises
    ------
    LookupError
        Where nothing that was imported writes it so.
    """
    for kind in type(thing).__mro__:
        if (kind, format) in _WRITERS:
            return _WRITERS[kind, format](thing, **options)
    raise LookupError(f"nothing writes {type(thing).__name__} as {format} yet: import symderive.render")


def render_latex(thing: Any) -> str | None:
    """The LaTeX of `thing`, or None where no renderer is known."""
    for kind in type(thing).__mro__:
        if kind in _RENDERERS:
            return _RENDERERS[kind](thing)
    return None


def notebook_latex(thing: Any) -> str | None:
    """What a notebook shows for `thing`: display mathematics, or nothing where no renderer is known."""
    latex = render_latex(thing)
    return None if latex is None else f"$\\displaystyle {latex}$"
