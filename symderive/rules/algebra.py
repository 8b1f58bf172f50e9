"""TODO."""

from __future__ import annotations

from symderive.rules.rule import Rule

__all__ = ["ROWS"]

ROWS: tuple[Rule, ...] = ()
