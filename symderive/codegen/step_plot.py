"""A picture of where optimizers go: trajectories of generated steps over the level lines of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symderive.codegen.step_trajectory import trajectory
from symderive.optimizers import UpdateRule

__all__ = ["LANDSCAPES", "Landscape", "plot_optimizers"]

_Array = NDArray[Any]


@dataclass(frozen=True)
class Landscape:
    """A function of two unknowns.

    Parameters
    ----------
    title
        Its formula, for the picture.
    value, gradient
        Of points whose first axis has the two coordinates.
    start, minimum
        Where to begin, and where to end.
    frame
        What is shown: ``(left, right, bottom, top)``.
    """

    title: str
    value: Callable[[_Array], _Array]
    gradient: Callable[[_Array], _Array]
    start: tuple[float, float]
    minimum: tuple[float, float]
    frame: tuple[float, float, float, float]


def _rosenbrock(x: _Array) -> _Array:
    return np.asarray((1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)


def _rosenbrock_gradient(x: _Array) -> _Array:
    gap = x[1] - x[0] ** 2
    return np.array([-2 * (1 - x[0]) - 400 * x[0] * gap, 200 * gap])


_CURVATURES = np.array([1.0, 20.0])

#: The problems by name. The quadratic's eigenvalues are 1 and 20; Rosenbrock's start is Rosenbrock's.
LANDSCAPES: dict[str, Landscape] = {
    "quadratic": Landscape(
        "f(x, y) = (x² + 20 y²)/2",
        lambda x: np.asarray((x[0] ** 2 + 20 * x[1] ** 2) / 2),
        lambda x: _CURVATURES * x,
        (-2.5, 1.0),
        (0.0, 0.0),
        (-3.0, 1.5, -1.6, 1.6),
    ),
    "rosenbrock": Landscape(
        "f(x, y) = (1 − x)² + 100 (y − x²)²",
        _rosenbrock,
        _rosenbrock_gradient,
        (-1.2, 1.0),
        (1.0, 1.0),
        (-2.0, 2.0, -1.0, 3.0),
    ),
}


def plot_optimizers(
    rules: Sequence[UpdateRule],
    problem: str = "quadratic",
    *,
    steps: int = 100,
    hyperparameters: Mapping[str, float] | None = None,
) -> Any:
    """Trajectories over level lines, and the values along them.

    Parameters
    ----------
    rules
        Rules of the registry that move parameters.
    problem
        A name of `LANDSCAPES`.
    steps
        How many steps each takes, 1 at least.
    hyperparameters
        By the names of the registry; each rule takes those that it has, and its defaults for others.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``figure.savefig(path)``; no window is opened.

    Raises
    ------
    ImportError
        Without matplotlib, which is an extra.
    ValueError
        For an unknown problem, no rules, no steps, or a hyper-parameter that none of the rules has.
    """
    if problem not in LANDSCAPES:
        raise ValueError(f"{problem!r} is no problem: choose from {', '.join(LANDSCAPES)}")
    if not rules:
        raise ValueError("no rules are given: name one at least")
    if steps < 1:
        raise ValueError(f"the number of steps must be 1 or greater, not {steps}")
    given = dict(hyperparameters or {})
    known = {name for rule in rules for name in rule.defaults}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"none of the rules has a {unknown[0]}; they have {', '.join(sorted(known))}")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'symderive[plot]'") from error
    landscape = LANDSCAPES[problem]
    paths = {rule.name: _path(rule, landscape, steps, given) for rule in rules}
    # A figure of its own, without pyplot: no global state, no window, no backend to choose.
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    plane, fall = figure.subplots(1, 2)
    _draw_levels(plane, landscape)
    for number, (name, path) in enumerate(paths.items()):
        style = {"color": f"C{number % 10}", "linewidth": 1.3}
        plane.plot(path[:, 0], path[:, 1], marker=".", markersize=3, label=name, **style)
        fall.plot(np.arange(len(path)), landscape.value(path.T), label=name, **style)
    plane.plot(*landscape.minimum, marker="*", color="black", markersize=10, linestyle="none")
    fall.set_yscale("log")
    fall.set_xlabel("step n")
    fall.set_ylabel("f at θ(n)")
    fall.legend(fontsize="small")
    return figure


def _path(rule: UpdateRule, landscape: Landscape, steps: int, given: Mapping[str, float]) -> _Array:
    """A trajectory, up to where it leaves what floating-point numbers can say."""
    own: dict[str, Any] = {name: value for name, value in given.items() if name in rule.defaults}
    with np.errstate(all="ignore"):
        path = trajectory(rule, landscape.gradient, np.array(landscape.start), steps, **own)
        fine = np.isfinite(path).all(axis=1) & (landscape.value(path.T) < 1e100)
    return path if fine.all() else path[: int(np.argmin(fine))]


def _draw_levels(axes: Any, landscape: Landscape) -> None:
    left, right, bottom, top = landscape.frame
    x, y = np.meshgrid(np.linspace(left, right, 240), np.linspace(bottom, top, 240))
    values = landscape.value(np.array([x, y]))
    levels = np.geomspace(max(values.min(), 1e-2), values.max(), 16)
    axes.contour(x, y, values, levels=levels, colors="0.75", linewidths=0.7)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.set_title(landscape.title)
