"""Measured accuracy as a picture: worst ulps of each function, one mark an implementation and type."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from symderive.codegen.accuracy_table import Accuracy, worst

__all__ = ["plot"]

_MARKS = "os^vD*Px"
_MOST = 1e17  # what is not finite stands at the right edge


def plot(results: Iterable[Accuracy], path: str | Path) -> None:
    """Draw the worst errors into a file; its suffix says which format.

    Raises
    ------
    ImportError
        Where matplotlib is missing.

    Examples
    --------
    ::

        plot(measured(generate(formula)), "accuracy.svg")
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("the plot needs matplotlib: pip install 'symderive[plot]'") from error
    found = worst(results)
    functions = list(dict.fromkeys(one.function for one in found))
    kinds = list(dict.fromkeys((one.implementation, one.dtype) for one in found))
    figure: Any = Figure(figsize=(8, 1.2 + 0.35 * len(functions)), layout="constrained")
    axes = figure.subplots()
    for number, (implementation, dtype) in enumerate(kinds):
        chosen = [one for one in found if (one.implementation, one.dtype) == (implementation, dtype)]
        axes.plot(
            [float(np.clip(one.ulps, 1e-2, _MOST)) for one in chosen],
            [functions.index(one.function) for one in chosen],
            _MARKS[number % len(_MARKS)],
            label=f"{implementation}, {dtype}",
        )
    axes.axvline(0.5, linewidth=0.8, color="grey")
    axes.set_xscale("log")
    axes.set_xlabel("worst error in ulps (right edge: not finite)")
    axes.set_yticks(range(len(functions)), functions)
    axes.invert_yaxis()
    axes.legend(fontsize="small")
    figure.savefig(path)
