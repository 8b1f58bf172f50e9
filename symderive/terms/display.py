"""How objects show themselves in a notebook: a registry that higher floors fill."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["notebook_latex", "register_renderer", "render_latex"]

_RENDERERS: dict[type, Callable[[Any], str]] = {}


def register_renderer(kind: type, renderer: Callable[[Any], str]) -> None:
    """Show objects of `kind` in notebooks as the LaTeX that `renderer` returns."""
    _RENDERERS[kind] = renderer


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
