"""The shipped documents by name: ``softmax/jacobian`` is the display labelled ``jacobian`` of
``softmax.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from symderive.documents.directives import read_directives

__all__ = ["LANGUAGES", "Entry", "Topic", "find", "locate", "topics"]

#: Languages of the book, and what follows a file's stem in each.
LANGUAGES = {"en": ".md", "ko": ".ko.md"}

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_TITLE = re.compile(r"""title\s*:\s*(?P<title>.+?)\s*\Z""")


@dataclass(frozen=True, slots=True)
class Entry:
    """A labelled display: its name (``stem/label``), its label, and the line that names it."""

    name: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class Topic:
    """A document of the book.

    Parameters
    ----------
    name : the file's stem
    titles : language → title
    entries : its labelled displays, in order
    """

    name: str
    titles: dict[str, str]
    entries: tuple[Entry, ...]

    def path(self, language: str = "en") -> Path:
        """The document in a language."""
        return locate() / f"{self.name}{LANGUAGES[language]}"


def locate() -> Path:
    """The folder of the book: that of the checkout first, else the one that was installed.

    Raises
    ------
    FileNotFoundError : where an installation lost it
    """
    package = Path(__file__).resolve().parent
    checkout = package.parent / "derivations"
    if checkout.is_dir() and (package.parent / "pyproject.toml").is_file():
        return checkout
    installed = package / "derivations"
    if installed.is_dir():
        return installed
    raise FileNotFoundError(
        f"the book is missing: neither {checkout} nor {installed} exists; install symderive again"
    )


def topics() -> tuple[Topic, ...]:
    """Every document of the book, by name. Nothing is computed, and SymPy is not imported.

    Examples
    --------
    >>> "softmax" in [topic.name for topic in topics()]
    True
    """
    folder = locate()
    found = []
    for path in sorted(folder.glob("*.md")):
        if path.name.endswith(".ko.md"):
            continue
        text = path.read_text(encoding="utf-8")
        titles = {"en": _title(text) or path.stem}
        for language, ending in LANGUAGES.items():
            translation = folder / f"{path.stem}{ending}"
            if language != "en" and translation.is_file():
                titles[language] = _title(translation.read_text(encoding="utf-8")) or titles["en"]
        labels = tuple(Entry(f"{path.stem}/{label}", label, line) for label, line in _labels(text))
        found.append(Topic(path.stem, titles, labels))
    return tuple(found)


def find(name: str) -> tuple[Topic, Entry]:
    """The labelled display of the book that a name stands for.

    Raises
    ------
    LookupError : with the names that are near

    Examples
    --------
    >>> topic, entry = find("softmax/softmax")
    >>> topic.name, entry.label
    ('softmax', 'softmax')
    """
    everything = [(topic, entry) for topic in topics() for entry in topic.entries]
    for topic, entry in everything:
        if entry.name == name:
            return topic, entry
    import difflib

    near = difflib.get_close_matches(name, [entry.name for _, entry in everything], n=3)
    advice = f"; did you mean {' or '.join(near)}?" if near else "; `symderive list` shows all names"
    raise LookupError(f"the book has no {name!r}{advice}")


def _title(text: str) -> str | None:
    """A document's title: that of its front matter, else its first heading."""
    lines = text.splitlines()
    if lines and lines[0].strip() == "---":
        for line in lines[1:40]:
            if line.strip() == "---":
                break
            if match := _TITLE.match(line):
                return match["title"].strip("\"'")
    return next((line[2:].strip() for line in lines if line.startswith("# ")), None)


def _labels(text: str) -> Iterator[tuple[str, int]]:
    """The labels that comments give to displays, with their lines; fenced code is passed over."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        marker = _FENCE.match(line)
        if fence:
            if marker and marker[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if marker:
            fence = marker[1]
            continue
        for comment in _COMMENT.finditer(line):
            for directive in read_directives(comment[1], 0, 0):
                if directive.kind == "label":
                    yield directive.value, number
