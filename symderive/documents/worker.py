"""One document in a process of its own: read there, and judged there or by processes forked from it.

The document's process tells which formula it is at, so that `pool` can kill it when one takes too long, and
start it again without that one. A short document is judged in the same process. With a long one it does no
mathematics any more once everything is read: it hands formulas to judges, which share what was read, and
kills the one that runs over its deadline. No term ever travels between processes, only plain results.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from symderive.documents.examination import LONGEST_FORMULA, Document, Examination
from symderive.documents.findings import Formula
from symderive.documents.processes import Child, confine, hard_deadline, resident, start

__all__ = ["Task", "serve_document", "serve_judge"]

#: A judge whose memory grew by this many mebibytes is replaced by a fresh one.
_GROWN = 160


@dataclass(frozen=True, slots=True)
class Task:
    """What a document's process is to do.

    Parameters
    ----------
    document : to be checked
    how : how processes start
    timeout : seconds a formula
    memory : mebibytes that a process may take on top of what it starts with
    longest : up to so many formulas are judged in the document's own process
    without : formulas that could not be read, and why
    stopped : formulas that could not be judged, and why
    done : formulas whose results are in
    """

    document: Document
    how: str
    timeout: float
    memory: int
    longest: int = 12
    without: Mapping[int, str] = field(default_factory=dict)
    stopped: Mapping[int, str] = field(default_factory=dict)
    done: frozenset[int] = frozenset()


def serve_document(pipe: Connection, task: Task) -> None:
    """Read a document, then judge it or see to its judging.

    Says ``("scanned", formulas)``, ``("reading", number)``, ``("read", declarations, remarks, errors)``; then
    ``("judging", number)`` where this process judges; ``("preliminary", number, Formula)`` and ``("formula",
    number, Formula)``; at last ``("end",)``; or ``("failed", reason)``. Hears ``("jobs", count)``.
    """
    confine(task.memory)
    try:
        examination = Examination(task.document)
        pipe.send(("scanned", len(examination.formulas)))
        examination.read(_Watch(pipe), task.without)
        pipe.send(("read", examination.declarations, examination.remarks, tuple(examination.errors)))
    except (OSError, KeyboardInterrupt):
        return
    except MemoryError:
        pipe.send(("failed", "reading took more memory than a worker has"))
        return
    except RecursionError:
        pipe.send(("failed", "nested too deeply to be read"))
        return
    except Exception as error:
        pipe.send(
            ("failed", f"the reader broke down: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
        )
        return
    bench = _Bench(pipe, examination, task)
    try:
        if len(examination.formulas) <= task.longest:
            _alone(pipe, examination, task)
        else:
            bench.run()
        pipe.send(("end",))
    except (OSError, EOFError):
        pass  # nobody listens any more
    finally:
        bench.close()


def _alone(pipe: Connection, examination: Examination, task: Task) -> None:
    """Judge every formula here."""

    def early(formula: Formula) -> None:
        pipe.send(("preliminary", number, formula))

    for number in range(len(examination.formulas)):
        if number in task.done:
            continue
        formula = _settled(examination, number, task)
        if formula is None:
            pipe.send(("judging", number))
            formula = _judged(examination, number, task.timeout, early)
        pipe.send(("formula", number, formula))


def _settled(examination: Examination, number: int, task: Task) -> Formula | None:
    """What is known of a formula before it is judged: that it cannot be."""
    if number in task.without:
        return examination.unread(number, "SD104", task.without[number])
    if number in task.stopped:
        return examination.stopped(number, task.stopped[number])
    if len(examination.formulas[number].latex) > LONGEST_FORMULA:
        return examination.too_long(number)
    return None


class _Watch:
    """Tells the parent which formula is being read, once each time that changes."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe
        self.last = -2

    def __call__(self, number: int) -> None:
        if number != self.last:
            self.last = number
            self.pipe.send(("reading", number))


class _Judge:
    """A judge's process, the formula it is working on and until when."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.number: int | None = None
        self.deadline = 0.0
        self.preliminary: Formula | None = None


class _Bench:
    """The judges of one document."""

    def __init__(self, pipe: Connection, examination: Examination, task: Task) -> None:
        self.pipe = pipe
        self.examination = examination
        self.task = task
        self.jobs = 1
        self.judges: list[_Judge] = []
        self.waiting: deque[int] = deque()

    def run(self) -> None:
        for number in range(len(self.examination.formulas)):
            if number in self.task.done:
                continue
            formula = _settled(self.examination, number, self.task)
            if formula is None:
                self.waiting.append(number)
            else:
                self.report(number, formula)
        while self.waiting or any(judge.number is not None for judge in self.judges):
            self.hand_out()
            self.listen()

    def report(self, number: int, formula: Formula) -> None:
        self.pipe.send(("formula", number, formula))

    def hand_out(self) -> None:
        """Give every free judge a formula; more judges where there is work for them."""
        for judge in [judge for judge in self.judges if judge.number is None]:
            if self.waiting and len(self.judges) <= self.jobs:
                self.give(judge)
            else:
                self.dismiss(judge)
        while self.waiting and len(self.judges) < self.jobs:
            # a forked judge inherits what was read; a spawned one has to read again
            inherited = self.examination if self.task.how == "fork" else None
            judge = _Judge(start(self.task.how, serve_judge, inherited, self.task))
            self.judges.append(judge)
            self.give(judge)

    def give(self, judge: _Judge) -> None:
        judge.number = self.waiting.popleft()
        judge.preliminary = None
        judge.deadline = (
            time.monotonic() + hard_deadline(self.task.timeout) + (0 if self.task.how == "fork" else 60)
        )
        judge.child.send(judge.number)

    def listen(self) -> None:
        """Wait for an answer, a deadline, or a word from the parent."""
        busy = [judge for judge in self.judges if judge.number is not None]
        soonest = min((judge.deadline for judge in busy), default=time.monotonic())
        things: list[Any] = [self.pipe]
        for judge in busy:
            things += [judge.child.pipe, judge.child.process.sentinel]
        ready = wait(things, max(0.0, soonest - time.monotonic()))
        if self.pipe in ready:
            _, self.jobs = self.pipe.recv()
        for judge in busy:
            if judge.child.pipe in ready:
                self.hear(judge)
            elif judge.child.process.sentinel in ready:
                self.lost(judge, judge.child.fate())
            elif time.monotonic() >= judge.deadline:
                self.lost(judge, f"not decided within {self.task.timeout:g} s")

    def hear(self, judge: _Judge) -> None:
        try:
            kind, content = judge.child.pipe.recv()
        except (EOFError, OSError):
            self.lost(judge, judge.child.fate())
            return
        except Exception as error:  # an answer that cannot be unpacked
            self.lost(judge, f"the worker's answer was lost: {type(error).__name__}")
            return
        if kind == "preliminary":
            judge.preliminary = content
            return
        assert judge.number is not None
        self.report(judge.number, content)
        judge.number = None
        if kind == "last":
            self.dismiss(judge)

    def lost(self, judge: _Judge, reason: str) -> None:
        """A judge did not come back from a formula: the formula is undecided, unless its verdict was in
        already.
        """
        number = judge.number
        judge.number = None
        self.dismiss(judge)
        if number is not None:
            self.report(number, judge.preliminary or self.examination.stopped(number, reason))

    def dismiss(self, judge: _Judge) -> None:
        self.judges.remove(judge)
        judge.child.kill()

    def close(self) -> None:
        for judge in list(self.judges):
            self.dismiss(judge)


def serve_judge(pipe: Connection, inherited: Examination | None, task: Task) -> None:
    """Judge the formulas whose numbers come in, one at a time."""
    confine(task.memory)
    if inherited is None:
        examination = Examination(task.document)
        examination.read(None, task.without)
    else:
        examination = inherited
    begun = resident()
    try:
        while True:
            number = pipe.recv()
            formula = _judged(
                examination, number, task.timeout, lambda early: pipe.send(("preliminary", early))
            )
            grown = resident() - begun > _GROWN
            pipe.send(("last" if grown else "done", formula))
            if grown:
                return
    except (EOFError, OSError, KeyboardInterrupt):
        return


def _judged(
    examination: Examination, number: int, timeout: float, preliminary: Callable[[Formula], None]
) -> Formula:
    try:
        return examination.judge(number, timeout, preliminary)
    except MemoryError:
        return examination.stopped(number, "judging took more memory than a worker has")
    except RecursionError:
        return examination.stopped(number, "the formula is nested too deeply to be judged")
    except OSError:
        raise
    except Exception as error:
        reason = f"the worker broke down: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        return examination.stopped(number, reason)
