"""GitHub annotations: workflow commands that a runner shows at the line of a pull request."""

from __future__ import annotations

from symderive.documents.codes import CODES
from symderive.documents.findings import Report
from symderive.documents.terminal import visible

__all__ = ["render_github"]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(report: Report) -> str:
    """One ``::error …`` a finding, one an unreadable file, and the coverage as a line of the log."""
    lines = []
    for finding in report.findings:
        if finding.suppressed:
            continue
        properties = {"file": finding.path, "line": str(finding.line), "endLine": str(finding.end_line)}
        if finding.line == finding.end_line:  # columns are understood within one line only
            properties |= {
                "col": str(finding.column),
                "endColumn": str(max(finding.column, finding.end_column - 1)),
            }
        properties["title"] = f"{finding.code} {CODES[finding.code].name}"
        message = f"{finding.status}: {finding.message}"
        if finding.suggestion:
            message += f"\nsuggestion: {finding.suggestion}"
        lines.append(_command(_COMMANDS[finding.level], properties, message))
    lines += [_command("error", {"file": error.path}, error.message) for error in report.errors]
    return "\n".join([*lines, report.coverage]) + "\n"


def _command(name: str, properties: dict[str, str], message: str) -> str:
    text = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {text}::{_data(message)}"


def _data(text: str) -> str:
    """Escaped so that no document can end the command and begin one of its own."""
    lines = (visible(line) for line in text.replace("%", "%25").splitlines())
    return "%0A".join(lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
