"""What an ill-defined formula would mean as it stands, in words and LaTeX."""

from __future__ import annotations

import re

from sympy import Expr

from symderive.documents.illdefined import solved, without_idle_sums
from symderive.documents.statements import Found
from symderive.notation.printer import latex

__all__ = ["consequence"]


def consequence(found: Found) -> str:
    """The message of an ill-defined formula: what is wrong, what follows from it, what is meant."""
    fault = found.fault
    assert fault is not None
    if fault.rule == "own step":
        return _own_step(found)
    return _idle_index(found)


def _shown(term: Expr) -> str | None:
    try:
        text = latex(term)
    except Exception:  # a formula that cannot be printed must not hide the finding
        return None
    return text if len(text) < 300 else None


def _own_step(found: Found) -> str:
    fault = found.fault
    assert fault is not None
    message = f"the right side names the very step that the left side defines, {fault.index}"
    if found.claims:
        claim = found.claims[0]
        kind, value, gap = solved(claim.lhs, claim.rhs)
        left = _shown(claim.lhs) or fault.index
        shown = _shown(value) if value is not None else None
        if kind == "value" and shown is not None:
            where = _shown(gap) if gap is not None and not gap.is_number else None
            unless = f" (where {where} is not 0)" if where else ""
            message += f": as an equation it forces {left} = {shown}{unless}, with no memory of earlier steps"
        elif kind == "constraint" and shown is not None:
            message += f": as an equation {left} drops out and {shown} = 0 remains"
        elif kind == "any":
            message += ": as an equation it says nothing"
        else:
            message += ": as an equation it fixes that step alone, with no memory of earlier steps"
    return f"{message}; {fault.fixed} is meant"


def _as_written(text: str | None, brackets: tuple[str, ...]) -> str | None:
    """Entries in the author's square brackets: ``x[n]``, not ``x_n``."""
    for name in brackets:
        if text is not None:
            text = re.sub(
                rf"(?<![A-Za-z]){re.escape(name)}_(?:\{{([^{{}}]*)\}}|(\w))", rf"{name}[\1\2]", text
            )
    return text


def _idle_index(found: Found) -> str:
    fault = found.fault
    assert fault is not None
    message = (
        f"the index {fault.index} of the sum does not occur in what is summed, while {fault.other} is "
        f"free there: "
        "every term is the same"
    )
    term = found.term
    if term is None and found.claims:
        term = found.claims[0].rhs
    if term is not None:
        shown = _as_written(_shown(without_idle_sums(term)), fault.brackets)
        if shown is not None:
            message += f", and the whole equals {shown}"
    return f"{message}; {fault.fixed} is meant"
