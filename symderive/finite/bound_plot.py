"""A picture of the bounds beside the exact probability that they bound, for thresholds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symderive.finite.deviations import deviation_probability
from symderive.finite.exact_input import exact_number
from symderive.finite.generalization_bounds import GeneralizationBound
from symderive.finite.progress import progress
from symderive.finite.vc_bounds import BOUNDS, FINITE_CLASS

__all__ = ["bound_table", "plot_bounds"]


def bound_table(
    m: int,
    epsilons: Iterable[Any],
    bounds: Sequence[GeneralizationBound] | None = None,
) -> list[dict[str, float]]:
    """The exact probability of a deviation above ε, and what each theorem says, for thresholds (d = 1).

    Parameters
    ----------
    m
        Sample size.
    epsilons
        The deviations.
    bounds
        The theorems; by default all that bound a two-sided probability by the VC dimension.

    Returns
    -------
    list of dict
        One a deviation: ``epsilon``, ``exact``, and the bound of each theorem under its name.

    Examples
    --------
    >>> row = bound_table(20, ["1/2"])[0]
    >>> row["exact"] < row["Dvoretzky, Kiefer and Wolfowitz, with Massart's constant"] < 1
    True
    """
    chosen = bounds
    if chosen is None:
        chosen = [bound for bound in BOUNDS if bound.tail is not None and bound is not FINITE_CLASS]
    wanted = [exact_number(value, "ε") for value in epsilons]
    if not wanted:
        raise ValueError("no deviations are given: give at least one ε")
    table = []
    with progress(len(wanted), "exact deviations") as bar:
        for epsilon in wanted:
            row = {"epsilon": float(epsilon), "exact": float(deviation_probability(m, epsilon))}
            row |= {bound.name: bound.failure_probability(m, epsilon, 1) for bound in chosen}
            table.append(row)
            bar.advance()
    return table


def plot_bounds(
    m: int,
    epsilons: Iterable[Any],
    bounds: Sequence[GeneralizationBound] | None = None,
) -> Any:
    """Probability against deviation: the exact curve for thresholds, and the theorems above it.

    Parameters
    ----------
    m, epsilons, bounds
        As in `bound_table`.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``figure.savefig(path)``; no window is opened.

    Raises
    ------
    ImportError
        Without matplotlib, which is an extra.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'symderive[plot]'") from error
    table = bound_table(m, epsilons, bounds)
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    places = [row["epsilon"] for row in table]
    for name in (key for key in table[0] if key != "epsilon"):
        exact = name == "exact"
        style: dict[str, Any] = (
            {"color": "black", "linewidth": 2.5} if exact else {"linewidth": 1.2, "linestyle": "--"}
        )
        axes.plot(places, [row[name] for row in table], label="exact probability" if exact else name, **style)
    axes.set_yscale("log")
    axes.set_xlabel("deviation ε")
    axes.set_ylabel(f"probability of a deviation above ε, m = {m}")
    axes.legend(fontsize="small")
    return figure
