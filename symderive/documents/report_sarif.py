"""SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/"""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from symderive.documents.codes import CODES, Code
from symderive.documents.findings import Finding, Report

__all__ = ["render_sarif", "to_sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(report: Report, version: str) -> str:
    """The report as the text of a SARIF log."""
    text = json.dumps(to_sarif(report, version), ensure_ascii=False, indent=2) + "\n"
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def to_sarif(report: Report, version: str) -> dict[str, Any]:
    """The report as a SARIF log.

    Parameters
    ----------
    version : of symderive, for the log's description of its tool
    """
    codes = list(CODES)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "symderive",
                        "version": version,
                        "rules": [_rule(code) for code in CODES.values()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not report.errors,
                        "toolExecutionNotifications": [
                            {
                                "level": "error",
                                "message": {"text": error.message or "could not be checked"},
                                "locations": [
                                    {"physicalLocation": {"artifactLocation": _artifact(error.path)}}
                                ],
                            }
                            for error in report.errors
                        ],
                    }
                ],
                "artifacts": [
                    {"location": _artifact(path), "roles": ["analysisTarget"]} for path in report.paths
                ],
                "results": [_result(finding, codes) for finding in report.findings],
                "properties": {"coverage": report.coverage, "summary": report.summary},
            }
        ],
    }


def _rule(code: Code) -> dict[str, Any]:
    example = f"Example:\n\n{code.example}" + (f"\n\nInstead:\n\n{code.instead}" if code.instead else "")
    markdown = f"{code.meaning}\n\nExample:\n\n````markdown\n{code.example}\n````"
    if code.instead:
        markdown += f"\n\nInstead:\n\n````markdown\n{code.instead}\n````"
    return {
        "id": code.id,
        "name": "".join(word.capitalize() for word in code.name.split("-")),
        "shortDescription": {"text": f"{code.title[0].upper()}{code.title[1:]}."},
        "fullDescription": {"text": code.meaning},
        "help": {"text": f"{code.meaning}\n\n{example}", "markdown": markdown},
        "defaultConfiguration": {"level": code.level},
    }


def _result(finding: Finding, codes: list[str]) -> dict[str, Any]:
    text = f"{finding.status}: {finding.message}"
    if finding.suggestion:
        text += f" Suggestion: {finding.suggestion}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.level,
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(finding.path),
                    "region": {
                        "startLine": finding.line,
                        "startColumn": finding.column,
                        "endLine": finding.end_line,
                        "endColumn": finding.end_column,
                    },
                }
            }
        ],
        "properties": {"status": finding.status, "latex": finding.latex},
    }
    if finding.counterexample is not None:
        result["properties"]["counterexample"] = dict(finding.counterexample)
    if finding.suggestion is not None:
        result["properties"]["suggestion"] = finding.suggestion
    if finding.suppressed:
        result["suppressions"] = [{"kind": "inSource"}]
    return result


def _artifact(path: str) -> dict[str, str]:
    """Where a file is, as a URI: relative to where the command ran, unless the path is absolute."""
    safe = path.encode("utf-8", "replace").decode("utf-8") if _lone_surrogates(path) else path
    if os.path.isabs(safe):
        return {"uri": PurePath(safe).as_uri()}
    return {"uri": quote(safe.replace(os.sep, "/"))}


def _lone_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
