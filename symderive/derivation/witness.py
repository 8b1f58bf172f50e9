"""Can the hypotheses of a derivation hold at all? From a contradiction nothing is proved."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sympy import Integer

from symderive.decide import Status, judge_claim
from symderive.derivation.problem import Problem
from symderive.terms import Claim, Hypothesis

__all__ = ["contradiction"]

_SECONDS = 2.0


def contradiction(problem: Problem, conditions: tuple[Hypothesis, ...] = ()) -> str | None:
    """Why nothing follows from the hypotheses of a problem; None where a point satisfies them all.

    A line may be proved without them, so no line's verdict tells. `conditions` are those under which all
    lines have a value: what holds of one line may exclude another.

    Examples
    --------
    >>> from symderive.terms import Hypothesis, scalar
    >>> t = scalar("t")
    >>> above, below = Hypothesis(t, ">", 0), Hypothesis(t, "<", 0)
    >>> contradiction(Problem(t, hypotheses=(above,)))
    >>> contradiction(Problem(t, hypotheses=(above, below)))
    'no point was found that satisfies all hypotheses, and from a contradiction nothing is proved'
    """
    problem = replace(problem, hypotheses=(*problem.hypotheses, *conditions))
    if not problem.hypotheses:
        return None
    # Points for a sequence are found where it is asked for, those of an induction by the claim itself.
    candidates = [problem.claim(Integer(0), Integer(0)), problem.claim(problem.start, problem.start)]
    if problem.goal is not None:
        candidates.append(problem.claim(problem.start, problem.goal, problem.relation))
    reasons = []
    for claim in candidates:
        why = _contradiction(claim)
        if why is None:
            return None
        reasons.append(why)
    return reasons[0]


@lru_cache(maxsize=512)
def _contradiction(claim: Claim) -> str | None:
    verdict = judge_claim(claim, _SECONDS, listed=False)
    return None if verdict.status is Status.PROVED else verdict.evidence
