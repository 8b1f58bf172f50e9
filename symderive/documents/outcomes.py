"""What becomes of a statement that was read: definitions as they are, claims by the judge's verdict."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from symderive.documents.codes import CODES

if TYPE_CHECKING:
    from symderive.decide import Verdict
    from symderive.documents.reading_types import Reserve, Statement
    from symderive.terms import Claim
    from symderive.terms.slips import Slip

__all__ = ["Outcome", "correction", "one_line", "outcomes"]

_READING_CODES = {"unclosed": "SD101", "syntax": "SD102", "ambiguous": "SD103", "limit": "SD104"}
_ILL_DEFINED_CODES = {"own step": "SD301", "idle index": "SD302"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status of one statement of a display, before directives."""

    status: str
    span: tuple[int, int]
    code: str | None = None
    message: str | None = None
    method: str | None = None
    hypotheses: tuple[str, ...] = ()
    counterexample: dict[str, str] | None = None
    suggestion: str | None = None
    recognised: str | None = None
    claim: Claim | None = None  # a refuted one, for which a correction is looked for
    notes: tuple[str, ...] = ()


def outcomes(statement: Statement, cited: str | None, deadline: float | None) -> Iterable[Outcome]:
    """What becomes of one statement: one outcome, or one a claim."""
    from symderive.documents.reading_types import Kind

    match statement.kind:
        case Kind.CLAIM:
            for number, claim in enumerate(statement.claims):
                spans = statement.claim_spans
                span = spans[number] if number < len(spans) else statement.span
                reserve = statement.reserves[number] if number < len(statement.reserves) else None
                yield replace(_judged(claim, reserve, span, cited, deadline), notes=statement.notes)
        case Kind.ILL_DEFINED:
            code = _ILL_DEFINED_CODES.get(statement.rule or "", "SD301")
            yield Outcome(
                "ILL_DEFINED",
                statement.span,
                code,
                statement.message,
                suggestion=statement.suggestion,
                notes=statement.notes,
            )
        case Kind.NOT_UNDERSTOOD:
            code = _READING_CODES.get(statement.rule or "", "SD102")
            yield Outcome("NOT_UNDERSTOOD", statement.span, code, statement.message)
        case Kind.HYPOTHESIS:
            yield Outcome(
                "DEFINITION",
                statement.span,
                message=statement.message,
                recognised="hypothesis",
                notes=statement.notes,
            )
        case Kind.DEFINITION:
            yield Outcome("DEFINITION", statement.span, message=statement.message, notes=statement.notes)
        case _:
            yield Outcome("EXPRESSION", statement.span, message=statement.message, notes=statement.notes)


def _judged(
    claim: Claim, reserve: Reserve | None, span: tuple[int, int], cited: str | None, deadline: float | None
) -> Outcome:
    from symderive.documents.verdicts import judge_stated

    left = _left(deadline)
    if left is not None and left <= 0:
        return Outcome("UNDECIDED", span, "SD403", "no time was left to judge this")
    try:
        judged = judge_stated(claim, reserve, left)
    except MemoryError:
        return Outcome("UNDECIDED", span, "SD403", "judging took more memory than a worker has")
    except RecursionError:
        return Outcome("UNDECIDED", span, "SD403", "the formula is nested too deeply to be judged")
    except Exception as error:  # a judge that breaks down has decided nothing, and the next formula waits
        return Outcome(
            "UNDECIDED",
            span,
            "SD403",
            f"the judge broke down: {type(error).__name__}: {one_line(str(error))}",
        )
    return _from_verdict(judged.claim, judged.verdict, span, cited, _left(deadline))


def _from_verdict(
    claim: Claim, verdict: Verdict, span: tuple[int, int], cited: str | None, left: float | None
) -> Outcome:
    status = str(verdict.status)
    common = Outcome(status, span, method=verdict.method, hypotheses=tuple(verdict.hypotheses))
    if status == "REFUTED" and not cited:
        from symderive.documents.conditions import condition_on

        names = condition_on(claim)
        if names:
            held = ", ".join(names)
            message = (
                f"one side holds only {held}, which nothing else defines or uses here: a condition on it, or "
                "its definition in another form, and no statement about every value"
            )
            return replace(common, status="UNDECIDED", method=None, code="SD401", message=message)
    if status == "REFUTED":
        code = "SD203" if cited else "SD201" if claim.relation in ("=", "!=") else "SD202"
        message = f"false{_where(verdict.counterexample)}"
        if cited:
            message = f"cited from {cited}, but {message}"
        return replace(common, code=code, message=message, counterexample=verdict.counterexample, claim=claim)
    if status == "PROVED":
        return common
    if cited:
        return replace(common, status="CITED", method=None, message=f"cited: {cited}")
    evidence = one_line(verdict.evidence or "")
    if status == "SUPPORTED":
        return replace(common, code="SD402", message=evidence or CODES["SD402"].title)
    if left is not None and left <= 0:
        return replace(common, code="SD403", message=evidence or "the time was up")
    return replace(common, code="SD401", message=evidence or CODES["SD401"].title)


def _where(counterexample: dict[str, str] | None) -> str:
    """The point of a counterexample in a few words."""
    if not counterexample:
        return ""
    sides = {"left side", "right side"}
    point = ", ".join(
        f"{name} = {_short(value)}" for name, value in counterexample.items() if name not in sides
    )
    left, right = counterexample.get("left side"), counterexample.get("right side")
    at = f" at {point}" if point else ""
    return at + (
        f": the left side is {_short(left)}, the right side {_short(right)}" if left and right else ""
    )


def _short(value: str) -> str:
    return value if len(value) <= 24 else value[:21] + "…"


def correction(claim: Claim, deadline: float | None, most: int = 250) -> str | None:
    """A claim one edit away from a refuted one that is proved, as LaTeX."""
    from symderive.decide import judge_claim
    from symderive.decide.refute import may_hold
    from symderive.notation.printer import claim_latex
    from symderive.terms.slips import slips

    weaker = {"<": "<=", ">": ">="}.get(claim.relation)
    try:
        # a strict inequality that fails is most often one that is not strict
        relaxed = [replace(claim, relation=weaker)] if weaker else []
        for candidate in chain(relaxed, (s.claim for s in slips(claim, most) if _repairs(s, claim))):
            left = _left(deadline)
            if left is not None and left <= 0.05:
                return None
            each = 2.0 if left is None else min(left, 2.0)
            if (
                may_hold(candidate, time.monotonic() + each)
                and str(judge_claim(candidate, timeout=each).status) == "PROVED"
            ):
                return claim_latex(candidate)
    except Exception:  # a correction is a courtesy: without one the finding stands as it is
        return None
    return None


def _repairs(slip: Slip, claim: Claim) -> bool:
    """Would the edit be a correction, and not a way to make anything true?"""
    from symderive.terms import alpha_equal

    candidate = slip.claim
    if alpha_equal(candidate.lhs, candidate.rhs):
        return False
    if claim.relation in ("=", "!="):
        return True
    # A minus or a root before a side makes many inequalities true and none right.
    return slip.kind not in ("sign", "exponent", "reciprocal", "function", "sum")


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()


def one_line(text: str) -> str:
    """A message in one line of bearable length."""
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:299] + "…"
