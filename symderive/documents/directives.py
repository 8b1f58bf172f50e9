"""Comments that speak to the program: ``<!-- symderive: expect ILL_DEFINED -->`` and its kin."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symderive.optimizers.names import FAMILIES, canonical

__all__ = ["EXPECTABLE", "Directive", "read_directives"]

#: Statuses that ``expect`` may name.
EXPECTABLE = (
    "PROVED",
    "REFUTED",
    "SUPPORTED",
    "CITED",
    "UNDECIDED",
    "DEFINITION",
    "EXPRESSION",
    "ILL_DEFINED",
    "NOT_UNDERSTOOD",
)

_CODE = re.compile(r"SD[0-9]{3}\Z")
_LABEL = re.compile(r"[\w:.+-]{1,100}\Z")
_CITED = re.compile(r"""["“'](?P<source>[^"”]{1,500})["”']\Z""")
_USAGE = 'use ignore CODE…, expect STATUS-OR-OPTIMIZER, cited "SOURCE" or label NAME'


@dataclass(frozen=True, slots=True)
class Directive:
    """One instruction of a comment.

    Parameters
    ----------
    kind : ``ignore``, ``expect``, ``expect-rule``, ``cited``, ``label``, or ``malformed``
    value : the codes (separated by spaces), the status, the rule, the source, the name; for a malformed one
        what is wrong
    position : offset of the comment in the document's text
    length : of the comment
    """

    kind: str
    value: str
    position: int
    length: int


def read_directives(comment: str, position: int, length: int) -> tuple[Directive, ...]:
    """What a comment says to the program; nothing where it does not start with ``symderive:``.

    Parameters
    ----------
    comment : the comment's text without its markers
    position, length : where the whole comment stands

    Examples
    --------
    >>> [(d.kind, d.value) for d in read_directives(' symderive: expect ILL_DEFINED; label rms ', 0, 30)]
    [('expect', 'ILL_DEFINED'), ('label', 'rms')]
    """
    head, colon, rest = comment.strip().partition(":")
    if not colon or head.strip().lower() != "symderive":
        return ()
    return tuple(_read_one(part.strip(), position, length) for part in _split(rest) if part.strip())


def _split(text: str) -> list[str]:
    """Parts between semicolons and line ends, quotations kept whole."""
    return re.findall(r"""(?:"[^"]*"|“[^”]*”|[^;\n])+""", text)


def _read_one(text: str, position: int, length: int) -> Directive:
    def malformed(reason: str) -> Directive:
        return Directive("malformed", reason, position, length)

    word, _, rest = text.partition(" ")
    rest = rest.strip()
    match word:
        case "ignore":
            codes = rest.replace(",", " ").split()
            if not codes or not all(_CODE.match(code) for code in codes):
                return malformed(f"ignore needs finding codes such as SD201, not {rest[:60]!r}")
            return Directive("ignore", " ".join(codes), position, length)
        case "expect":
            if rest in EXPECTABLE:
                return Directive("expect", rest, position, length)
            rule = canonical(rest)
            if rule is not None:
                return Directive("expect-rule", rule, position, length)
            names = ", ".join(FAMILIES)
            return malformed(
                f"expect needs one of {', '.join(EXPECTABLE)}, or an optimizer ({names}), not {rest[:60]!r}"
            )
        case "cited":
            quoted = _CITED.match(rest)
            if not quoted or not quoted["source"].strip():
                return malformed('cited needs its source in quotation marks: cited "Sauer 1972, Thm 1"')
            return Directive("cited", quoted["source"].strip(), position, length)
        case "label":
            if not _LABEL.match(rest):
                return malformed(f"label needs one name of letters, digits and - _ . : +, not {rest[:60]!r}")
            return Directive("label", rest, position, length)
    return malformed(f"unknown directive {word[:60]!r}: {_USAGE}")
