"""`check` and `check_text`: documents in, a report out."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from symderive.documents.examination import Document
from symderive.documents.findings import FileError, Report
from symderive.documents.pool import Checked, Progress, check_documents, check_here

__all__ = ["FORMATS", "check_paths", "check_text", "find_documents"]

#: Suffix → format; a directory is searched for these.
FORMATS: Mapping[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".mkd": "markdown",
    ".qmd": "markdown",
    ".rmd": "markdown",
    ".tex": "latex",
    ".latex": "latex",
    ".ltx": "latex",
}
#: How standard input is called in a report; ``-`` asks for it.
STDIN = "<stdin>"
_NOT_YET = {".ipynb": "notebooks", ".rst": "reStructuredText", ".html": "HTML", ".pdf": "PDF"}
_LARGEST = 32_000_000  # bytes


def check_text(
    text: str,
    *,
    path: str = "<text>",
    format: str = "markdown",
    inline: bool = False,
    notation: str | None = None,
    timeout: float | None = 10.0,
    jobs: int = 1,
) -> Report:
    """Judge every displayed formula of a text.

    Parameters
    ----------
    text : the document
    path : how it is called in the report
    format : ``markdown`` or ``latex``
    inline : judge inline formulas too
    notation : YAML that declares what cannot be inferred (`docs/notation.md`)
    timeout : seconds a formula, enforced by judging in other processes; None judges in this one
    jobs : how many processes judge at a time

    Returns
    -------
    Report : its `formulas`, `findings`, `declarations`, `errors` and `summary`

    Raises
    ------
    ValueError : for an unknown format or a notation that cannot be read

    Examples
    --------
    >>> report = check_text("$$(a + b)^2 = a^2 + 2 a b + b^2$$ and $$(a + b)(a - b) = a^2 + b^2$$")
    >>> [formula.status for formula in report.formulas]
    ['PROVED', 'REFUTED']
    >>> report.findings[0].suggestion
    '(a + b) (a - b) = a^2 - b^2'
    """
    if format not in ("markdown", "latex"):
        raise ValueError(f"unknown format {format!r}: use 'markdown' or 'latex'")
    _check_notation(notation)
    document = Document(path, text, format, inline, notation)
    if timeout is None:
        checked = check_here(document)
    else:
        (checked,) = check_documents([document], jobs=jobs, timeout=timeout)
    return _report([(document, checked)], ())


def check_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    jobs: int = 1,
    timeout: float = 10.0,
    inline: bool = False,
    notation: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Judge every displayed formula of files, and of the Markdown and LaTeX files in directories.

    Parameters
    ----------
    paths : one file or directory, or several
    jobs : how many processes compute at a time
    timeout : seconds a formula
    inline : judge inline formulas too
    notation : YAML that declares what cannot be inferred
    progress : called with the numbers of formulas done and known, and a path

    Returns
    -------
    Report : files that cannot be read are among its `errors`; the others are checked
    """
    _check_notation(notation)
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    documents: list[Document] = []
    errors: list[FileError] = []
    for path in find_documents(paths, errors):
        try:
            text = decode(sys.stdin.buffer.read(_LARGEST + 1)) if path == STDIN else read_text(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            errors.append(FileError(path, reason))
            continue
        documents.append(Document(path, text, format_of(path), inline, notation))
    checked = check_documents(documents, jobs=jobs, timeout=timeout, progress=progress)
    return _report(zip(documents, checked, strict=True), errors)


def _check_notation(notation: str | None) -> None:
    if notation is not None:
        from symderive.notation import load_notation

        load_notation(notation)


def _report(results: Iterable[tuple[Document, Checked]], errors: Iterable[FileError]) -> Report:
    results = list(results)
    return Report(
        formulas=tuple(formula for _, checked in results for formula in checked.formulas),
        declarations=tuple(row for _, checked in results for row in checked.declarations),
        errors=(*errors, *(error for _, checked in results for error in checked.errors)),
        remarks=tuple(remark for _, checked in results for remark in checked.remarks),
        sources={document.path: document.text for document, _ in results},
    )


def format_of(path: str) -> str:
    """The format of a file by its name; what is not LaTeX is read as Markdown."""
    return FORMATS.get(Path(path).suffix.lower(), "markdown")


def find_documents(paths: Iterable[str | os.PathLike[str]], errors: list[FileError]) -> Iterator[str]:
    """The files to check, each once: those named, and those found in directories, sorted.

    Links to directories are not followed, so that a link to its own parent leads nowhere. Hidden
    directories are passed over.
    """
    seen: set[str] = set()
    for named in paths:
        path = os.fspath(named)
        if path == "-":
            yield STDIN
            continue
        found: Iterable[str] = [path]
        if os.path.isdir(path):
            found = sorted(_in_directory(path, errors))
            if not found:
                errors.append(FileError(path, "no Markdown or LaTeX documents in this directory"))
        for name in found:
            real = os.path.realpath(name)
            if real not in seen:
                seen.add(real)
                yield name


def _in_directory(directory: str, errors: list[FileError]) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        errors.append(FileError(str(error.filename), error.strerror or "unreadable"))

    for folder, subfolders, names in os.walk(directory, onerror=unreadable):
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".") and name != "node_modules"
        )
        for name in names:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in FORMATS:
                yield os.path.join(folder, name)


def read_text(path: str) -> str:
    """The text of a file; ValueError for one that is none."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _NOT_YET:
        raise ValueError(f"{_NOT_YET[suffix]} is not read: convert it to Markdown or LaTeX")
    mode = os.stat(path)
    if not stat.S_ISREG(mode.st_mode):  # a pipe or a device might never end
        raise ValueError("not a regular file")
    if mode.st_size > _LARGEST:
        raise ValueError(f"larger than {_LARGEST // 1_000_000} MB")
    with open(path, "rb") as file:
        return decode(file.read(_LARGEST + 1))


def decode(data: bytes) -> str:
    """Bytes as text: UTF-8, or UTF-16 where it begins with its mark; ValueError for anything else."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise ValueError("binary, or damaged UTF-16") from None
    if b"\0" in data:
        raise ValueError("binary: it contains a NUL byte")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"not UTF-8: byte 0x{data[error.start]:02x} in line {line}") from None
