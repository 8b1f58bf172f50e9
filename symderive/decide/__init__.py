"""Floor 1: is it true? Verdicts and the judges."""

from symderive.decide.judge import judge, judge_claim
from symderive.decide.verdict import Status, Verdict

__all__ = ["Status", "Verdict", "judge", "judge_claim"]
