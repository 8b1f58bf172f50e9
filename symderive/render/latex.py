r"""A derivation as a standalone LaTeX document: ``align*`` with the reasons at the right.

English compiles with pdflatex, lualatex and xelatex. Korean asks for lualatex and one of the Korean fonts
that Debian, TeX Live or the operating systems bring; the document looks for them itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len

from symderive.decide import Status
from symderive.derivation import Derivation
from symderive.render.line_breaking import broken, set_width
from symderive.render.outline import Outline, Piece, Row, Section, outline

__all__ = ["latex_body", "latex_document", "render_latex_document"]

_PACKAGES = r"""\documentclass[11pt]{article}
\usepackage[a4paper, margin=20mm]{geometry}
\usepackage{amsmath, amssymb}
\usepackage{iftex}
"""
_ENGLISH = r"""\iftutex\usepackage{fontspec}\else\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\fi
\usepackage{lmodern}
"""
# luaotfload takes what Latin Modern lacks from the first of these fonts that is there: no package for Korean
# is needed, and none fights with the fonts of mathematics.
_KOREAN = r"""\RequireLuaTeX
\usepackage{fontspec}
\let\hangulfont\empty
\newcommand{\tryhangul}[1]{\ifx\hangulfont\empty\IfFontExistsTF{#1}{\def\hangulfont{#1}}{}\fi}
\tryhangul{NanumMyeongjo}\tryhangul{Noto Serif CJK KR}\tryhangul{UnBatang}\tryhangul{Baekmuk Batang}
\tryhangul{NanumGothic}\tryhangul{Noto Sans CJK KR}\tryhangul{AppleMyungjo}
\tryhangul{Batang}\tryhangul{Malgun Gothic}
\ifx\hangulfont\empty
  \PackageError{symderive}{no Korean font was found}{Install one, for example the package fonts-nanum.}
\fi
\directlua{luaotfload.add_fallback("hangul", {"\hangulfont:mode=node;"})}
\setmainfont{Latin Modern Roman}[RawFeature={fallback=hangul}]
"""
_LINES = r"""\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
\begin{document}
"""
#: Characters of reasons that stand for mathematics, and their commands.
_SYMBOLS = {
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "η": r"\eta",
    "θ": r"\theta", "λ": r"\lambda", "μ": r"\mu", "σ": r"\sigma", "τ": r"\tau", "π": r"\pi", "Σ": r"\sum",
    "Π": r"\prod", "∑": r"\sum", "∏": r"\prod", "∂": r"\partial", "∇": r"\nabla", "√": r"\surd",
    "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "−": "-", "·": r"\cdot", "×": r"\times", "∞": r"\infty",
    "∈": r"\in", "→": r"\to", "≡": r"\equiv", "⟨": r"\langle", "⟩": r"\rangle", "‖": r"\|", "ℓ": r"\ell",
    "⊙": r"\odot", "ᵀ": r"^{\top}", "²": "^{2}", "³": "^{3}", "₀": "_{0}", "₁": "_{1}", "₂": "_{2}",
    "ᵢ": "_{i}", "ⱼ": "_{j}", "ₖ": "_{k}", "ₙ": "_{n}", "ⁿ": "^{n}", "≈": r"\approx", "…": r"\dots",
    "½": r"\tfrac12", "¼": r"\tfrac14", "↦": r"\mapsto", "⇒": r"\Rightarrow",
    "∎": r"\square", "∀": r"\forall",
}  # fmt: skip
_FORMULA = re.compile(
    "[^\\s\uac00-\ud7a3()\u3000-\u303f,;:.]*["
    + "".join(map(re.escape, _SYMBOLS))
    + "_^|<>=][^\\s\uac00-\ud7a3\u3000-\u303f,;:]*"
)
#: What fits on a line, in letters of the text; reasons are set smaller.
_LINE, _SMALLER = 80.0, 0.85
#: A first line that is wider stands above its chain.
_LONGEST_START = 16.0


def render_latex_document(derivation: Derivation, *, language: str = "en", detail: str = "brief") -> str:
    """The derivation as a document of its own.

    Parameters
    ----------
    language
        Of the reasons, ``en`` or ``ko``; Korean compiles with lualatex.
    detail
        ``brief`` or ``full``.
    """
    return latex_document([latex_body(derivation, language=language, detail=detail)], language=language)


def latex_document(bodies: Iterable[str], *, language: str = "en") -> str:
    """A document that holds the given bodies (see `latex_body`)."""
    preamble = _PACKAGES + (_KOREAN if language == "ko" else _ENGLISH) + _LINES
    return preamble + "\n".join(bodies) + "\\end{document}\n"


def latex_body(derivation: Derivation, *, language: str = "en", detail: str = "brief") -> str:
    """What stands between ``\\begin{document}`` and ``\\end{document}``."""
    return "\n".join(_blocks(outline(derivation, language=language, detail=detail))) + "\n"


def _blocks(plan: Outline) -> Iterator[str]:
    if plan.title:
        yield rf"\section*{{{_escaped(plan.title)}}}"
    if plan.is_claim:
        yield from _labelled(plan.words("claim"), (plan.question,))
    else:
        yield from _labelled(plan.words("problem"), (plan.question,))
    yield from _labelled(plan.words("definitions"), plan.definitions)
    yield from _labelled(plan.words("where"), plan.abbreviations)
    if plan.hypotheses:
        label = rf"\textbf{{{plan.words('hypotheses')}.}}"
        yield rf"{{\raggedright {label} {_listed(plan.hypotheses)}\par}}" + "\n"
    for section in plan.sections:
        yield from _section(section, plan, alone=len(plan.sections) == 1)
    if plan.vector:
        yield from _labelled(plan.words("vector"), (plan.vector,))
    if plan.missing:
        yield rf"\textbf{{{plan.words('missing')}.}} {prose(plan.missing)}" + "\n"
    method = f" ({prose(plan.method)})" if plan.method else ""
    yield rf"\textbf{{{plan.status.value}}}{method}: {prose(plan.meaning)}." + "\n"


def _labelled(label: str, formulas: Sequence[str]) -> Iterator[str]:
    if not formulas:
        return
    yield rf"\textbf{{{label}}}"
    yield r"\begin{gather*}" + "\n" + " \\\\\n".join(formulas) + "\n" + r"\end{gather*}"


def _listed(formulas: Sequence[str]) -> str:
    return ", ".join(f"${formula}$" for formula in formulas) + "."


def _section(section: Section, plan: Outline, *, alone: bool) -> Iterator[str]:
    if not alone:
        given = ""
        if section.hypotheses and not any(piece.math for piece in section.title):
            given = f" {plan.words('assuming')} {_listed(section.hypotheses)}"
        yield rf"\textbf{{{sentence(section.title)}.}}{given}" + "\n"
    for start, rows in section.chains:
        yield _align(start, rows)


def _align(start: str, rows: Sequence[Row]) -> str:
    long = set_width(start) > _LONGEST_START
    indent = r"\quad " if long else ""
    room = _LINE - (4 if long else set_width(start) + 2)
    opening = rf"{_without_width(start)} & && \\*" if long else f"{start} &"
    lines = [r"\begin{flalign*}", opening]
    across = max((_SMALLER * _said_width(row) for row in rows), default=0.0)
    for number, row in enumerate(rows):
        end = r" \\" if number < len(rows) - 1 else ""
        head = "&" if number or long else ""
        first, *rest = broken(row.latex, room)
        if not rest and set_width(first) + 3 + across <= room:
            lines.append(f"{head}{indent}{row.relation} {first} && {_reason(row)}{end}")
            continue
        # A line that leaves no room at the right must not push the reasons of the others off the page.
        shown = _without_width(f"{{}} {row.relation} {first}")
        lines.append(rf"{head}{indent}{shown} && \\*")
        lines += [rf"&{indent}\quad {_without_width(piece)} && \\*" for piece in rest]
        lines.append(f"& && {_reason(row)}{end}")
    lines.append(r"\end{flalign*}")
    return "\n".join(lines)


def _without_width(latex: str) -> str:
    return rf"\rlap{{$\displaystyle {latex}$}}"


def _said_width(row: Row) -> float:
    return sum(set_width(piece.text) if piece.math else cell_len(piece.text) for piece in row.reason)


def _reason(row: Row) -> str:
    said = sentence(row.reason)
    if row.status is not Status.PROVED:
        said += f" [{row.status.value}]"
    return rf"\text{{\small {said}}}"


def sentence(pieces: Sequence[Piece]) -> str:
    """Words and formulas as running text."""
    return "".join(f"${piece.text}$" if piece.math else prose(piece.text) for piece in pieces)


def prose(text: str) -> str:
    r"""Plain words as LaTeX; what looks like a formula in them (``x_i ≤ 1``) is set as one.

    Examples
    --------
    >>> print(prose("50% of ∂x_i/∂x_k = δ_ik"))
    50\% of $\partial x_{i}/\partial x_{k}$ $=$ $\delta _{ik}$
    """
    shown, at = "", 0
    for match in _FORMULA.finditer(text):
        shown += _escaped(text[at : match.start()]) + f"${_formula(match[0])}$"
        at = match.end()
    return shown + _escaped(text[at:])


def _formula(text: str) -> str:
    text = re.sub(r"[\\{}$%&#~]", "", text)
    text = re.sub(r"([_^])(\w+)", r"\1{\2}", text)
    while text.endswith(("_", "^")):
        text = text[:-1]
    text = re.sub(r"\b([A-Za-z]{3,})\b", r"\\mathrm{\1}", text)
    for character, command in _SYMBOLS.items():
        text = text.replace(character, f"{command} " if command[-1].isalpha() else command)
    return text


def _escaped(text: str) -> str:
    text = text.replace("\\", "\0")
    text = re.sub(r"([#$%&_{}])", r"\\\1", text)
    text = text.replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")
    return text.replace("\0", r"\textbackslash{}")
