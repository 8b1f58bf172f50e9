"""Processes that can be killed: how one starts, what it may use, how it ends."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

__all__ = ["Child", "confine", "hard_deadline", "method", "resident", "start"]

_MEBI = 1 << 20


class Child:
    """A process and the pipe to it."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe

    def send(self, message: Any) -> None:
        """Send, where there is still somebody to hear it."""
        with contextlib.suppress(OSError, ValueError):
            self.pipe.send(message)

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        with contextlib.suppress(OSError, ValueError):
            self.process.kill()
        self.process.join()
        with contextlib.suppress(OSError):
            self.pipe.close()

    def fate(self) -> str:
        """How a process that is no more came to its end, in words."""
        self.process.join(1)
        code = self.process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return f"the worker was ended by {name}, probably for want of memory"
        return "the worker broke down"


def method() -> str:
    """How processes start: forked where that is safe, so that they begin with everything imported."""
    return "fork" if sys.platform.startswith("linux") else "spawn"


def start(how: str, target: Callable[..., None], *arguments: Any) -> Child:
    """Start ``target(pipe, *arguments)`` in a process of its own."""
    context: BaseContext = multiprocessing.get_context(how)
    here, there = context.Pipe()
    process = context.Process(target=target, args=(there, *arguments))  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        # Python warns of forks in a process with threads (a notebook, a test runner). The child runs only our
        # code, which takes no lock that another thread may hold.
        warnings.simplefilter("ignore", DeprecationWarning)
        gc.freeze()  # what is there already is not looked at again: its pages stay shared
        try:
            process.start()
        finally:
            gc.unfreeze()
    there.close()
    return Child(process, here)


def confine(mebibytes: int) -> None:
    """In a new process: end with the parent, leave Ctrl-C to it, and take no more memory than this on top."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        with contextlib.suppress(Exception):
            import ctypes

            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        limit = _address_space() + mebibytes * _MEBI
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _address_space() -> int:
    """Bytes of address space in use."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 512 * _MEBI


def resident() -> int:
    """Mebibytes that this process has held at most, 0 where that is not known."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // _MEBI if sys.platform == "darwin" else peak // 1024


def hard_deadline(timeout: float) -> float:
    """When a process is killed that was given `timeout` seconds: the work inside should have stopped by
    itself.
    """
    return timeout + max(0.5, timeout * 0.1)
