"""In which numbers a kernel computes: the type of the caller, the type in between, and how it rounds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from symderive.codegen.stabilising import Level

__all__ = ["Accuracy", "Arithmetic", "arithmetic_of"]


class Accuracy(StrEnum):
    """What a user asks for."""

    FAST = "fast"
    DEFAULT = "default"
    HIGH = "high"


@dataclass(frozen=True)
class Arithmetic:
    """How one function computes.

    Parameters
    ----------
    dtype
        The type of arguments and results: ``float32`` or ``float64``.
    working
        The type in between: ``float32``, ``float64`` or ``extended`` (the platform's long double).
    compensated
        Are rounding errors of shifts carried along (TwoSum)? Not needed where `working` is wider.
    level
        How far the formula is rewritten.
    """

    dtype: str
    working: str
    compensated: bool
    level: Level

    @property
    def wider(self) -> bool:
        """Is the working type wider than the caller's?"""
        return self.working != self.dtype


def arithmetic_of(dtype: str, accuracy: Accuracy | str) -> Arithmetic:
    """The arithmetic for a type and an accuracy.

    float32 is computed in float64 and rounded once; float64 by stable forms with compensated shifts, or, for
    ``high``, in extended precision; ``fast`` stays in the caller's type.

    Examples
    --------
    >>> arithmetic_of("float32", "default").working
    'float64'
    """
    accuracy = Accuracy(accuracy)
    if accuracy is Accuracy.FAST:
        return Arithmetic(dtype, dtype, False, Level(stable=False))
    if dtype == "float32":
        return Arithmetic(dtype, "float64", False, Level())
    if accuracy is Accuracy.HIGH:
        return Arithmetic(dtype, "extended", False, Level())
    return Arithmetic(dtype, "float64", True, Level(scaled=True))
