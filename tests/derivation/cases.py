"""All losses that no document of ours holds, by name."""

from derivation.further import FURTHER
from derivation.unprepared import CASES as FIRST

__all__ = ["CASES"]

CASES = {**FIRST, **FURTHER}
