"""What the words around an inline formula make of it: a condition, a conclusion, or one of two cases."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symderive.documents.displays import SourceFormula

__all__ = ["Role", "role_of"]

#: A condition ("let", "for"), a conclusion ("hence"), or what no word tells.
Role = str

_GIVEN = (
    r"let|assum\w*|suppos\w*|given|fix|fixed|take|choose|consider|where|wherever|for|if|when|whenever|with|under|"
    r"provided|such that|satisf\w*|subject to|s\.t\.|while|as long as|constrain\w*|condition\w*|requir\w*|"
    r"가정\w*|조건\w*|단|여기서|만약|만일"
)
_CONCLUDED = (
    r"then|hence|thus|therefore|so|implies|imply|yields?|gives?|gets?|obtains?|have|has|follows?|concludes?|shows?|"
    r"proves?|means|equivalently|consequently|that is|i\.e\.|becomes?|equals?|따라서|그러므로|그래서|결국|즉"
)
_WORDS = re.compile(rf"(?<![\w\\])(?:(?P<given>{_GIVEN})|(?P<concluded>{_CONCLUDED}))(?!\w)", re.IGNORECASE)
# Korean says it behind the formula: "$x > 0$일 때", "$y = 1$이다".
_GIVEN_BEHIND = re.compile(
    r"\s*(?:일\s*때|일\s*경우|인\s*경우|인\s|이면|이라면|라면|면\b|(?:이?라고?\s*)?(?:하자|두자|가정|하면|할\s*때)|"
    r"(?:을|를)\s*(?:만족|가정)|에\s*대[해하]|에서|하에|을\s*조건)"
)
_CONCLUDED_BEHIND = re.compile(
    r"\s*(?:이다|임을|임이|가\s*된다|이\s*된다|을\s*얻|를\s*얻|이\s*성립|가\s*성립)"
)
_EITHER = re.compile(
    r"\s*,?\s*(?:either\s+)?(?:or|또는|혹은)\s*(?:if|when|for|that)?\s*|\s*(?:이?거나)\s*,?\s*"
)
_SENTENCE_END = re.compile(r"[.!?。！？](?:\s|\Z)|\n\s*\n")
_REACH = 300


def role_of(text: str, formulas: Sequence[SourceFormula], number: int) -> tuple[Role, bool]:
    r"""The role of a formula of a text, and whether it is one of two that an "or" stands between.

    >>> from symderive.documents.markdown import scan_markdown
    >>> found = scan_markdown("For $a > 0$ or $b = 1$ we have $c > 0$. 이제 $d = 1$이면 된다.")
    >>> [role_of(found.source.text, found.formulas, number) for number in range(4)]
    [('given', True), ('given', True), ('concluded', False), ('given', False)]
    """
    here = formulas[number]
    before = _gaps_before(text, formulas, number)
    behind_end = formulas[number + 1].start if number + 1 < len(formulas) else here.end + _REACH
    behind = text[here.end : min(behind_end, here.end + _REACH)]
    either = number + 1 < len(formulas) and _EITHER.fullmatch(behind) is not None
    either = either or bool(number and before and _EITHER.fullmatch(before[0]))
    if _GIVEN_BEHIND.match(behind):
        return "given", either
    if _CONCLUDED_BEHIND.match(behind):
        return "concluded", either
    for gap in before:
        words = list(_WORDS.finditer(gap))
        if words:
            return str(words[-1].lastgroup), either
    return "", either


def _gaps_before(text: str, formulas: Sequence[SourceFormula], number: int) -> list[str]:
    """The words before a formula in its sentence, nearest first, cut where formulas stand between them."""
    gaps: list[str] = []
    end, first = formulas[number].start, formulas[number].start - _REACH
    for at in range(number - 1, -2, -1):
        begin = max(formulas[at].end if at >= 0 else 0, first)
        gap = text[begin:end] if begin < end else ""
        ends = list(_SENTENCE_END.finditer(gap))
        if ends:
            gaps.append(gap[ends[-1].end() :])
            return gaps
        gaps.append(gap)
        if at < 0 or formulas[at].start <= first or formulas[at].display:
            return gaps
        end = formulas[at].start
    return gaps
