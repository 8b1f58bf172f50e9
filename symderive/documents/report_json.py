"""The JSON of `symderive check`: its keys are a contract; they are added to, never renamed."""

from __future__ import annotations

import json
from typing import Any

from symderive.documents.findings import Formula, Report

__all__ = ["render_json", "to_json"]


def render_json(report: Report) -> str:
    """The report as JSON text, in UTF-8 characters."""
    text = json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def to_json(report: Report) -> dict[str, Any]:
    """The report as dicts and lists; what is absent is None.

    Lines and columns count from 1, columns in code points; the end is the place behind the last character. A
    finding that the author's comment ignores or expects has no code.
    """
    return {
        "version": 1,
        "summary": report.summary,
        "formulas": [_formula(formula) for formula in report.formulas],
        "declarations": [
            {"path": row.path, "name": row.name, "kind": row.kind, "line": row.line, "inferred": row.inferred}
            for row in report.declarations
        ],
        "errors": [{"path": error.path, "message": error.message} for error in report.errors],
    }


def _formula(formula: Formula) -> dict[str, Any]:
    return {
        "path": formula.path,
        "line": formula.line,
        "column": formula.column,
        "end_line": formula.end_line,
        "end_column": formula.end_column,
        "label": formula.label,
        "latex": formula.latex,
        "status": formula.status,
        "method": formula.method,
        "hypotheses": list(formula.hypotheses),
        "code": None if formula.suppressed else formula.code,
        "message": formula.message,
        "counterexample": dict(formula.counterexample) if formula.counterexample is not None else None,
        "suggestion": formula.suggestion,
        "recognised": formula.recognised,
    }
