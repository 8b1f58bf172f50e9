"""Lengths of axes that are no names: K − 1 goes with K, 3 is 3. What a Python file says of those in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symderive.codegen.functions import Function
from symderive.terms import Dim

__all__ = ["ALL_NAMES", "SOME_NAMES", "lengths_text"]

#: What a driver says where every length is a name.
ALL_NAMES = {"lengths": "", "sizes": "**sizes"}
#: What it says where some are not: they are completed once the arguments are known, and are no keywords.
SOME_NAMES = {
    "lengths": "_complete(sizes)\n    ",
    "sizes": "**{label: size for label, size in sizes.items() if label.isidentifier()}",
}

_COMPLETE = '''
_LENGTHS = {<<lengths>>}  # each is the length of a name, None for 0, and a number more


def _complete(sizes):
    """The lengths that follow from others; those that were given must go together."""
    for label, (name, more) in _LENGTHS.items():
        if label not in sizes:
            continue
        expected = more if name is None else sizes.setdefault(name, sizes[label] - more) + more
        if sizes[label] != expected:
            raise ValueError(f"an axis of {label} has {sizes[label]} entries, where {expected} are needed")
    for label, (name, more) in _LENGTHS.items():
        if name is None or name in sizes:
            sizes[label] = more if name is None else sizes[name] + more
'''


def lengths_text(functions: Iterable[Function]) -> str:
    """The function that completes the lengths, or nothing where every length is a name.

    Raises
    ------
    ValueError
        For a length that is more than a name and a number: N − M + 1.
    """
    found: dict[str, tuple[str | None, int]] = {}
    for function in functions:
        sizes: list[Any] = [size for argument in function.arguments for size in argument.sizes]
        sizes += [axis.upper - axis.lower + 1 for output in function.outputs for axis in output.axes]
        for size in sizes:
            names = [symbol for symbol in size.free_symbols if isinstance(symbol, Dim)]
            rest = size - sum(names)
            if isinstance(size, Dim):
                continue
            if len(names) > 1 or not rest.is_Integer:
                raise ValueError(
                    f"an axis of length {size} has no code in Python: give the length a name of its own"
                )
            found[str(size)] = (str(names[0]) if names else None, int(rest))
    if not found:
        return ""
    entries = ", ".join(f'"{label}": ({name!r}, {more})' for label, (name, more) in sorted(found.items()))
    return _COMPLETE.replace("<<lengths>>", entries.replace("'", '"'))
