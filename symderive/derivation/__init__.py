"""Floor 2: how do we get there? From a problem to a chain of checked steps."""

from symderive.derivation.problem import Problem
from symderive.derivation.step import Derivation, Part, PartKind, Step

__all__ = ["Derivation", "Part", "PartKind", "Problem", "Step"]
