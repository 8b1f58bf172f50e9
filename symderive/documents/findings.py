"""What is said of a document: one `Formula` a display, the findings among them, and the `Report` of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from symderive.documents.codes import CODES

__all__ = ["Declaration", "FileError", "Finding", "Formula", "Report"]

#: Keys of the summary, and the status that each counts.
COUNTED = {
    "definitions": "DEFINITION",
    "expressions": "EXPRESSION",
    "proved": "PROVED",
    "refuted": "REFUTED",
    "supported": "SUPPORTED",
    "cited": "CITED",
    "undecided": "UNDECIDED",
    "ill_defined": "ILL_DEFINED",
    "not_understood": "NOT_UNDERSTOOD",
}

_WORDS = {  # one, several; the other keys are their own words
    "definitions": ("definition", "definitions"),
    "expressions": ("expression", "expressions"),
    "ill_defined": ("ill-defined", "ill-defined"),
    "not_understood": ("not understood", "not understood"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at, and where: from ``line:column`` up to, not including, ``end_line:end_column``."""

    code: str
    status: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    latex: str
    message: str
    counterexample: Mapping[str, str] | None = None
    suggestion: str | None = None
    suppressed: bool = False

    @property
    def level(self) -> str:
        """``error``, ``warning`` or ``note``."""
        return CODES[self.code].level


@dataclass(frozen=True, slots=True)
class Formula:
    """One judged formula.

    Parameters
    ----------
    path, line, column, end_line, end_column
        Where the smallest sub-formula stands that `message` is about, else the formula itself. Lines and
        columns count from 1, columns in code points; the end is the place behind the last character.
    label : its name in the document
    latex : as it stands in the document
    status : one of the statuses of `symderive.documents.codes.STATUSES`
    method, hypotheses : how it was proved, and under what
    code, message : of its finding; a message may stand alone
    counterexample : object name → exact or decimal string, with both sides' values
    suggestion : LaTeX that would be right
    recognised : what the formula was recognised as, beyond its status
    suppressed : the author's comment says that the finding is known
    notes : what else was learned from it
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    latex: str
    status: str
    label: str | None = None
    method: str | None = None
    hypotheses: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None
    counterexample: Mapping[str, str] | None = None
    suggestion: str | None = None
    recognised: str | None = None
    suppressed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def finding(self) -> Finding | None:
        """The finding about this formula, if there is one."""
        if self.code is None:
            return None
        return Finding(
            self.code,
            self.status,
            self.path,
            self.line,
            self.column,
            self.end_line,
            self.end_column,
            self.latex,
            self.message or CODES[self.code].title,
            self.counterexample,
            self.suggestion,
            self.suppressed,
        )


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a name was taken for; `inferred` is False where the author said so."""

    path: str
    name: str
    kind: str
    line: int | None
    inferred: bool


@dataclass(frozen=True, slots=True)
class FileError:
    """A file that was not checked, and why."""

    path: str
    message: str


@dataclass(frozen=True)
class Report:
    """All that a run of `symderive check` found, in the order of the files and of their formulas.

    Parameters
    ----------
    formulas, declarations, errors
        What the JSON of `check` holds.
    remarks
        Findings that belong to no formula: comments that have no effect.
    sources
        The text of each file, for quoting lines.
    """

    formulas: tuple[Formula, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    errors: tuple[FileError, ...] = ()
    remarks: tuple[Finding, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, suppressed ones too, by file and place."""
        order = {path: number for number, path in enumerate(self.paths)}
        found = [formula.finding for formula in self.formulas]
        all_findings = [finding for finding in found if finding is not None] + list(self.remarks)
        return tuple(sorted(all_findings, key=lambda f: (order.get(f.path, len(order)), f.line, f.column)))

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that were checked."""
        return tuple(dict.fromkeys([*self.sources, *(formula.path for formula in self.formulas)]))

    @property
    def summary(self) -> dict[str, int]:
        """How many formulas have which status."""
        counts = Counter(formula.status for formula in self.formulas)
        return {"formulas": len(self.formulas)} | {key: counts[status] for key, status in COUNTED.items()}

    @property
    def coverage(self) -> str:
        """In one line, how many formulas were understood and what became of them."""
        summary = self.summary
        total, unread = summary["formulas"], summary["not_understood"]
        words = [
            f"{summary[key]} {_WORDS.get(key, (key, key))[summary[key] > 1]}"
            for key in COUNTED
            if summary[key]
        ]
        what = "1 formula" if total == 1 else f"{total} formulas"
        return f"{what}, {total - unread} understood" + (f": {', '.join(words)}" if words else "")

    def exit_code(self, strict: bool = False) -> int:
        """0 without findings, 1 with findings, 2 where a file could not be checked."""
        if self.errors:
            return 2
        weights = {"error", "warning"} if strict else {"error"}
        return int(any(finding.level in weights and not finding.suppressed for finding in self.findings))
