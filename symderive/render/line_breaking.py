r"""How wide a formula in LaTeX is when it is set, roughly, and where it may be broken into lines."""

from __future__ import annotations

import re

__all__ = ["broken", "set_width"]

_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
_SCRIPT = re.compile(r"[_^](?:\{([^{}]*)\}|(\\[A-Za-z]+|.))")
_GROUP = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"\\(?:operatorname|text|mathrm|mathbf|mathbb|boldsymbol)\s*\{([^{}]*)\}")
_FUNCTION = re.compile(r"\\(log|exp|max|min|sin|cos|tan|tanh|operatorname)\b")
_SIZE = re.compile(r"\\(?:left|right|displaystyle|small)\b")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)")
_RELATION = re.compile(r"[=<>+]|(?<=\S )-")
#: Stands for a letter while a formula is measured, and for one in a subscript.
_LETTER, _SMALL = "m", "\x01"


def set_width(latex: str) -> float:
    r"""The width of a formula, in letters of its size.

    Examples
    --------
    >>> set_width("a b") == set_width(r"\alpha \beta") == 2
    True
    >>> set_width(r"\frac{a b c}{d}"), set_width("x_i")
    (3.0, 1.6)
    """
    text = _SIZE.sub("", latex)
    text = _NAMED.sub(lambda match: re.sub(r"\s", _LETTER, match[1]), text)
    text = _FUNCTION.sub(lambda match: match[1], text)
    for _ in range(200):
        reduced = _FRACTION.sub(lambda match: max(match[1], match[2], key=_flat), text)
        if reduced == text:
            reduced = _SCRIPT.sub(lambda match: _SMALL * round(_flat(match[1] or match[2])), text)
        if reduced == text:
            reduced = _GROUP.sub(lambda match: match[1], text)
        if reduced == text:
            break
        text = reduced
    return round(_flat(text), 1)


def _flat(text: str) -> float:
    """The width of a text without groups; signs between terms have room on both sides."""
    plain = _COMMAND.sub(_LETTER, text)
    signs = len(_RELATION.findall(plain))
    letters = re.sub(r"[\s{}]", "", plain)
    small = letters.count(_SMALL)
    return len(letters) - small + 0.6 * small + 0.8 * signs


def broken(latex: str, columns: float) -> list[str]:
    r"""A formula in pieces of at most `columns` letters, each after the first begun by its sign.

    Only signs outside of all brackets are places to break; where there are none the formula stays whole.

    Examples
    --------
    >>> broken("a + b - c", 4)
    ['a + b', '- c']
    """
    pieces: list[str] = []
    current = ""
    for term in _terms(latex):
        if current and set_width(f"{current} {term}") > columns:
            pieces.append(current)
            current = term
        else:
            current = f"{current} {term}" if current else term
    return [*pieces, current]


def _terms(latex: str) -> list[str]:
    """The terms of a sum with their signs, as they are written."""
    terms, start, depth = [], 0, 0
    for match in re.finditer(r"\\left\b|\\right\b|\\begin\b|\\end\b|\\.|[{}()\[\]]|(?<= )[+-](?= )", latex):
        sign = match[0]
        if sign in ("{", "(", "[", r"\left", r"\begin"):
            depth += 1
        elif sign in ("}", ")", "]", r"\right", r"\end"):
            depth -= 1
        elif sign in ("+", "-") and depth == 0 and match.start() > 0:
            terms.append(latex[start : match.start()].strip())
            start = match.start()
    return [*terms, latex[start:].strip()]
