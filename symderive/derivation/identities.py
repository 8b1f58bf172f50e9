"""Derivations of what is no derivative."""

from __future__ import annotations

from symderive.derivation.problem import Problem
from symderive.derivation.step import Derivation

__all__ = ["derive_without_derivatives"]


def derive_without_derivatives(problem: Problem) -> Derivation:
    """The derivation of an identity, an inequality or a closed form."""
    return Derivation(problem, (), missing="not yet")
