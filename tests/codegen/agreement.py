"""Generated functions against the formula's own term, evaluated by mpmath at 60 digits."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import mpmath
import numpy as np

from oracle import World
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Argument, Kind
from symderive.terms import Index

__all__ = ["inputs", "truths"]


def inputs(function: Function, world: World) -> dict[str, Any]:
    """A value for every argument: float64 numbers of the world, integers counted from 0."""
    return {argument.name: _value(argument, world) for argument in function.arguments}


def _value(argument: Argument, world: World) -> Any:
    if argument.kind is Kind.INDEX:
        (lower, _) = argument.axes[0]
        return int(world(argument.term)) - int(world(lower))
    if not argument.axes:
        return float(world(argument.term))
    ranges = [range(int(world(lower)), int(world(upper)) + 1) for lower, upper in argument.axes]
    array = np.empty([len(places) for places in ranges])
    for place in product(*ranges):
        where = tuple(p - r.start for p, r in zip(place, ranges, strict=True))
        array[where] = float(world(argument.term[place]))
    return array


def truths(function: Function, world: World) -> Mapping[str, Any]:
    """Every result of a function, from its unstabilised term."""
    found = {}
    with mpmath.workdps(60):
        for output in function.outputs:
            ranges = [_range(axis, world) for axis in output.axes]
            array = np.empty([len(places) for places in ranges])
            for place in product(*ranges):
                bound = dict(zip(output.axes, place, strict=True))
                where = tuple(p - r.start for p, r in zip(place, ranges, strict=True))
                array[where] = float(world(output.term, bound))
            found[output.name] = array
    return found


def _range(axis: Index, world: World) -> range:
    return range(int(world(axis.lower)), int(world(axis.upper)) + 1)
