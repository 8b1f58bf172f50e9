"""Many documents at once, each in a process of its own, with deadlines; results in the order of the
documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import current_process
from multiprocessing.connection import wait
from typing import Any

from symderive.documents.examination import Document, Examination
from symderive.documents.findings import Declaration, FileError, Finding, Formula
from symderive.documents.processes import Child, hard_deadline, method, start
from symderive.documents.worker import Task, serve_document

__all__ = ["Checked", "Progress", "check_documents", "check_here"]

#: Told how many formulas are done, how many are known of, and the document that the news is from.
Progress = Callable[[int, int, str], None]

# Mebibytes that all workers together may take on top of what they start with.
_MEMORY, _LEAST_MEMORY = 600, 160
# A document is given up after so many formulas that cannot be read.
_MOST_ATTEMPTS = 25
_SCAN_SECONDS = 60.0
# A document with at most so many formulas is judged in its own process: with processors to spare, and
# without.
_ALONE, _LONG = 12, 200


@dataclass(slots=True)
class Checked:
    """What came out of one document."""

    formulas: tuple[Formula, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    remarks: tuple[Finding, ...] = ()
    errors: tuple[FileError, ...] = ()


@dataclass(slots=True)
class _Running:
    """A document that is being checked."""

    place: int
    task: Task
    child: Child
    total: int = 0
    formulas: dict[int, Formula] = field(default_factory=dict)
    preliminary: dict[int, Formula] = field(default_factory=dict)
    rest: tuple[Any, ...] = ((), (), ())
    phase: str = "scanning"
    at: int = -1  # the formula that is being read or judged
    heard: float = 0.0
    attempts: int = 0
    share: int = 0


def check_here(document: Document) -> Checked:
    """Check a document in this process, with no deadline but the judge's own."""
    examination = Examination(document)
    examination.read()
    formulas = tuple(examination.judge(number) for number in range(len(examination.formulas)))
    return Checked(formulas, examination.declarations, examination.remarks, tuple(examination.errors))


def check_documents(
    documents: Sequence[Document],
    *,
    jobs: int = 1,
    timeout: float = 10.0,
    progress: Progress | None = None,
    how: str | None = None,
) -> list[Checked]:
    """Check documents, each formula within its deadline.

    Parameters
    ----------
    documents : the order of the results is theirs
    jobs : how many processes compute at a time, over documents and over the formulas of one
    timeout : seconds a formula, for reading and for judging it
    progress : called now and then
    how : how processes start (``fork`` or ``spawn``); None for what suits the platform
    """
    if current_process().daemon:  # such a process may have no children
        return [check_here(document) for document in documents]
    _preload()
    pool = _Pool(documents, max(1, jobs), timeout, progress, how or method())
    try:
        return pool.run()
    finally:
        pool.close()


def _preload() -> None:
    """Import what the workers need, so that a forked one starts with it."""
    import symderive.decide
    import symderive.documents.reading
    import symderive.notation.printer
    import symderive.terms.slips  # noqa: F401


class _Pool:
    def __init__(
        self, documents: Sequence[Document], jobs: int, timeout: float, progress: Progress | None, how: str
    ) -> None:
        self.documents = documents
        self.jobs = jobs
        self.timeout = timeout
        self.progress = progress
        self.how = how
        self.memory = max(_LEAST_MEMORY, _MEMORY // jobs)
        self.results: list[Checked | None] = [None] * len(documents)
        self.running: list[_Running] = []
        self.done = 0
        self.known = 0

    def run(self) -> list[Checked]:
        following = 0
        while following < len(self.documents) or self.running:
            while following < len(self.documents) and len(self.running) < self.jobs:
                # where every process has a document of its own, none needs judges beside it
                longest = _LONG if len(self.documents) >= self.jobs else _ALONE
                task = Task(self.documents[following], self.how, self.timeout, self.memory, longest)
                self.running.append(_Running(following, task, self.begin(task), heard=time.monotonic()))
                following += 1
            self.share()
            self.listen()
        return [result if result is not None else Checked() for result in self.results]

    def begin(self, task: Task) -> Child:
        return start(self.how, serve_document, task)

    def share(self) -> None:
        """Tell each document how many judges it may have."""
        for place, running in enumerate(self.running):
            share = self.jobs // len(self.running) + (place < self.jobs % len(self.running))
            if share != running.share and running.phase == "judging":
                running.share = share
                running.child.send(("jobs", share))

    def listen(self) -> None:
        things: list[Any] = []
        for running in self.running:
            things += [running.child.pipe, running.child.process.sentinel]
        now = time.monotonic()
        ready = wait(things, min((max(0.0, self.patience(r) - now) for r in self.running), default=0.0))
        for running in list(self.running):
            if running.child.pipe in ready:
                self.hear(running)
            elif running.child.process.sentinel in ready:
                self.failed(running, running.child.fate())
            elif time.monotonic() >= self.patience(running):
                self.failed(running, f"not read within {self.timeout:g} s")

    def patience(self, running: _Running) -> float:
        """Until when the next word from a document is waited for."""
        if running.phase == "scanning":
            return running.heard + _SCAN_SECONDS + (30 if self.how == "spawn" else 0)
        if running.phase == "reading":
            # what concerns all formulas together takes its time where there are many
            return running.heard + hard_deadline(self.timeout) + running.total / 200
        if running.phase == "alone":
            return running.heard + hard_deadline(self.timeout)
        # judging: the document's own process sees to the deadlines of its judges
        return running.heard + 2 * hard_deadline(self.timeout) + 120

    def hear(self, running: _Running) -> None:
        try:
            kind, *content = running.child.pipe.recv()
        except Exception:  # closed, or cut off in the middle of a word
            self.failed(running, running.child.fate())
            return
        if kind != "preliminary":  # which does not give a formula more time
            running.heard = time.monotonic()
        match kind:
            case "scanned":
                self.known += content[0] - running.total
                running.total = content[0]
                running.phase = "reading"
            case "reading":
                running.at = content[0]
            case "read":
                running.rest = tuple(content)
                running.phase, running.at = "judging", -1
            case "judging":
                running.phase, running.at = "alone", content[0]
            case "preliminary":
                number, formula = content
                running.preliminary[number] = formula
            case "formula":
                number, formula = content
                running.formulas[number] = formula
                self.done += 1
                if self.progress is not None:
                    self.progress(self.done, self.known, running.task.document.path)
            case "failed":
                self.failed(running, content[0])
            case "end":
                self.finished(running, ())

    def failed(self, running: _Running, reason: str) -> None:
        """A document's process came to nothing: again without the formula it was at, or give the document
        up.
        """
        running.child.kill()
        task, culprit = running.task, running.at
        if running.phase == "alone" and culprit not in running.formulas:
            if culprit in running.preliminary:
                running.formulas[culprit] = running.preliminary[culprit]
            else:
                reason = reason.replace("not read", "not decided")
                task = replace(task, stopped={**task.stopped, culprit: reason})
            task = replace(task, done=frozenset(running.formulas))
        elif running.phase == "reading" and running.attempts < _MOST_ATTEMPTS and culprit not in task.without:
            running.attempts += 1
            task = replace(task, without={**task.without, culprit: reason})
        else:
            self.finished(running, (FileError(task.document.path, f"could not be checked: {reason}"),))
            return
        running.task, running.child = task, self.begin(task)
        running.phase, running.at, running.share = "scanning", -1, 0
        running.heard = time.monotonic()

    def finished(self, running: _Running, errors: tuple[FileError, ...]) -> None:
        running.child.kill()
        self.running.remove(running)
        declarations, remarks, own = running.rest
        formulas = tuple(running.formulas[number] for number in sorted(running.formulas))
        self.results[running.place] = Checked(formulas, declarations, remarks, (*own, *errors))

    def close(self) -> None:
        for running in self.running:
            running.child.kill()
        self.running = []
