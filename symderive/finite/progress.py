"""A bar for counts that take long: on standard error, on a terminal only, after two seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

__all__ = ["Progress", "progress"]

_PATIENCE = 2.0
_REFRESH = 0.2


class Progress:
    """Counts finished steps; the bar itself is made when the patience is over.

    An interruption (Ctrl-C) leaves the loop that calls `advance` as any exception does.
    """

    def __init__(self, total: float, description: str, patience: float = _PATIENCE) -> None:
        self.total, self.description = total, description
        self.done = 0.0
        self._next = monotonic() + patience
        self._bar: Any = None
        self._task: Any = None

    def advance(self, steps: float = 1) -> None:
        """Note that `steps` more of the total are finished."""
        self.done += steps
        now = monotonic()
        if now < self._next:
            return
        self._next = now + _REFRESH
        if self._bar is None:
            if not sys.stderr.isatty():
                self._next = float("inf")
                return
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self.description, total=self.total)
            self._bar.start()
        self._bar.update(self._task, completed=self.done)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def progress(total: float, description: str, patience: float = _PATIENCE) -> Iterator[Progress]:
    """A `Progress` that is closed however the block ends.

    Examples
    --------
    >>> with progress(3, "counting") as bar:
    ...     for _ in range(3):
    ...         bar.advance()
    >>> bar.done
    3.0
    """
    bar = Progress(total, description, patience)
    try:
        yield bar
    finally:
        bar.close()
