"""Where the formulas are: documents, their formulas with positions, findings and the formats of reports."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symderive.documents.check import check_paths, check_text
    from symderive.documents.findings import Declaration, FileError, Finding, Formula, Report

__all__ = ["Declaration", "FileError", "Finding", "Formula", "Report", "check_paths", "check_text"]

# Imported when they are asked for: `symderive explain` needs the table of codes and nothing else of this
# package.
_HOMES = {"check": ("check_paths", "check_text")} | {
    "findings": ("Declaration", "FileError", "Finding", "Formula", "Report")
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"symderive.documents.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
