"""``path:line:column: CODE STATUS message``: one line a finding, for editors and greps."""

from __future__ import annotations

from symderive.documents.findings import Report
from symderive.documents.terminal import visible

__all__ = ["render_concise"]


def render_concise(report: Report) -> str:
    """The findings one a line, errors of files, and the coverage."""
    lines = [
        f"{visible(finding.path)}:{finding.line}:{finding.column}: {finding.code} {finding.status} "
        f"{visible(finding.message)}"
        + (f" [suggestion: {visible(finding.suggestion)}]" if finding.suggestion else "")
        for finding in report.findings
        if not finding.suppressed
    ]
    lines += [f"{visible(error.path)}: error: {visible(error.message)}" for error in report.errors]
    return "\n".join([*lines, report.coverage]) + "\n"
