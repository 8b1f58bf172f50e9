"""A picture of measured accuracy: ulps on a logarithmic axis, a line of marks a function (extra ``plot``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from symderive.codegen.accuracy import Accuracy

__all__ = ["plot_accuracy"]

_CEILING = 1e20
_MARKS = "osD^vP*X<>"


def plot_accuracy(measured: Sequence[Accuracy], path: str | Path, dtype: str = "float64") -> Path:
    """Draw the errors of functions that were measured over the same regimes.

    Parameters
    ----------
    measured
        One `Accuracy` a function or a peer.
    path
        Where the picture goes; its ending names the format (``.svg``, ``.png``, ``.pdf``).
    dtype
        The float type that is drawn.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    ModuleNotFoundError
        Without matplotlib; the message names the extra to install.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("a plot needs matplotlib: pip install 'symderive[plot]'") from error
    regimes = list(dict.fromkeys(row.regime for a in measured for row in a.rows if row.dtype == dtype))
    figure = Figure(figsize=(9, 0.42 * len(regimes) + 1.6), layout="constrained")
    axes = figure.subplots()
    for n, accuracy in enumerate(measured):
        rows = [row for row in accuracy.rows if row.dtype == dtype]
        # An exact result has no place on a logarithmic axis, an infinite error none on any: both at the edge.
        ulps = [min(max(row.ulps, 0.1), _CEILING) for row in rows]
        places = [regimes.index(row.regime) for row in rows]
        axes.plot(ulps, places, _MARKS[n % len(_MARKS)], label=accuracy.name, alpha=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(regimes)), regimes)
    axes.invert_yaxis()
    axes.axvline(0.5, color="0.6", linewidth=0.8)
    axes.set_xlabel(f"error in ulps, {dtype} (0.5: correctly rounded; right edge: infinite)")
    axes.grid(axis="x", color="0.9")
    axes.legend(loc="best", fontsize="small")
    figure.savefig(path)
    return Path(path)
