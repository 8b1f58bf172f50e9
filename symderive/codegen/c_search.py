"""The maximum of a vector and its place in C, by vector instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["SEARCH_NAMES", "Search"]

_RUN = 2048  # numbers among which the maximum is looked for a second time
_STRIDE = 32  # numbers that are compared at once in that search
#: What the variables of a search are called, where nothing else is.
SEARCH_NAMES = ("largest", "block", "at", "start", "stop", "most", "lost", "found", "v")


@dataclass(frozen=True)
class Search:
    """A search for the first of the largest numbers; a NaN counts as larger than any.

    Parameters
    ----------
    real
        The type of the numbers.
    length
        How many there are.
    loop
        The variable that `text` counts by.
    text
        The number at a place.
    names
        The variables, by the names in `SEARCH_NAMES`.
    """

    real: str
    length: str
    loop: str
    text: str
    names: Mapping[str, str]

    def maximum(self, *, place: bool, vector: bool) -> list[str]:
        """Lines that find the largest number, and the run of numbers that it is in."""
        n, real, loop = self.names, self.real, self.loop
        most, lost, largest, start, stop = n["most"], n["lost"], n["largest"], n["start"], n["stop"]
        order = {"float": "f32", "double": "f64"}.get(real) if vector else None
        whole = {"f32": "int32_t", "f64": "int64_t"}.get(order or "", real)
        lowest = f"sd_order_{order}(-({real})INFINITY)" if order else f"-({real})INFINITY"
        value = f"sd_order_{order}({n['v']})" if order else n["v"]
        found = f"sd_from_order_{order}({most})" if order else most
        return [
            f"{real} {largest} = -({real})INFINITY;",
            *([f"ptrdiff_t {n['block']} = 0, {n['at']} = 0;"] if place else []),
            f"for (ptrdiff_t {start} = 0; {start} < {self.length}; {start} += {_RUN}) {{",
            f"    const ptrdiff_t {stop} =",
            f"        {self.length} - {start} < {_RUN} ? {self.length} : {start} + {_RUN};",
            f"    {whole} {most} = {lowest};",
            f"    int {lost} = 0;",
            *([f"    #pragma omp simd reduction(max:{most}) reduction(|:{lost})"] if vector else []),
            f"    for (ptrdiff_t {loop} = {start}; {loop} < {stop}; {loop}++) {{",
            f"        const {real} {n['v']} = {self.text};",
            f"        {most} = {value} > {most} ? {value} : {most};",
            f"        {lost} |= {n['v']} != {n['v']};",
            "    }",
            f"    if ({found} > {largest} || {lost}) {{",
            f"        {largest} = {lost} ? ({real})NAN : {found};",
            *([f"        {n['block']} = {start};"] if place else []),
            "    }",
            f"    if ({lost})",
            "        break;",
            "}",
        ]

    def place(self, *, vector: bool) -> list[str]:
        """Lines that find the place in that run."""
        n, loop, at, v = self.names, self.loop, self.names["at"], self.names["v"]
        same = f"{n['largest']} == {n['largest']} ? {v} == {n['largest']} : {v} != {v}"
        return [
            f"for ({at} = {n['block']}; {at} + {_STRIDE} <= {self.length}; {at} += {_STRIDE}) {{",
            f"    int {n['found']} = 0;",
            *([f"    #pragma omp simd reduction(|:{n['found']})"] if vector else []),
            f"    for (ptrdiff_t {loop} = {at}; {loop} < {at} + {_STRIDE}; {loop}++) {{",
            f"        const {self.real} {v} = {self.text};",
            f"        {n['found']} |= {same};",
            "    }",
            f"    if ({n['found']})",
            "        break;",
            "}",
            f"for (ptrdiff_t {loop} = {at}; {loop} < {self.length}; {loop}++) {{",
            f"    const {self.real} {v} = {self.text};",
            f"    if ({same}) {{",
            f"        {at} = {loop};",
            "        break;",
            "    }",
            "}",
        ]

    @property
    def result(self) -> str:
        """The place."""
        return f"{self.names['at']} < {self.length} ? {self.names['at']} : 0"
