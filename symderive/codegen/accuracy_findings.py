"""What a measurement finds: digits that the code loses and the formula does not, and what is not finite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from symderive.codegen.accuracy_table import Accuracy

__all__ = ["LEGEND", "findings", "findings_json", "findings_text", "remarks"]

#: The columns of the table, in words.
LEGEND = (
    "ulps: in units of each result's last place; normwise: in epsilons, beside the largest of its row;",
    "conditioned: times what rounding each operation of the formula once may do; climb: from the worst on.",
)

_LIMIT = 20.0  # ulps, and times what the formula is due
_DUE = 5.0  # times what the formula is due: as near as carried errors come to it


def findings(results: Iterable[Accuracy]) -> tuple[tuple[str, Accuracy], ...]:
    """What is worth an exit code of 1: its kind, and the worst row of each function and type.

    ``not finite`` where results are infinite or NaN and the truth is not; ``loses digits`` where the error is
    more than 20 ulps, and more than 20 times what rounding each operation of the formula once may do.

    Examples
    --------
    >>> row = Accuracy("f", "numpy", "float32", "N(0,1)", 3, 900.0, 50.0, 30.0, 0, 60, "x = [1.0]")
    >>> [kind for kind, _ in findings([row])]
    ['loses digits']
    """
    rows = list(results)
    lost = [one for one in rows if one.conditioned > _LIMIT and one.ulps > _LIMIT]
    kinds = [("loses digits", lost), ("not finite", [one for one in rows if one.nonfinite])]
    found = []
    for kind, concerned in kinds:
        worst: dict[tuple[str, str, str], Accuracy] = {}
        for one in concerned:
            key = (one.function, one.implementation, one.dtype)
            if key not in worst or _size(kind, one) > _size(kind, worst[key]):
                worst[key] = one
        found += [(kind, one) for one in worst.values()]
    return tuple(found)


def _size(kind: str, one: Accuracy) -> float:
    return one.conditioned if kind == "loses digits" else float(one.nonfinite)


def findings_text(results: Sequence[Accuracy]) -> list[str]:
    """A line a finding: function, type, regime and size, and how bad it is."""
    lines = []
    for kind, one in findings(results):
        place = f"{one.function}, {one.dtype}, {one.regime}{f', size {one.size}' if one.size else ''}"
        if kind == "not finite":
            lines.append(f"not finite: {place}: {one.nonfinite} of {one.points} results")
        else:
            due = f"{one.conditioned:.3g} times what the formula is due"
            lines.append(f"loses digits: {place}: {one.ulps:.3g} ulps, {due}")
    return lines


def findings_json(results: Sequence[Accuracy]) -> list[dict[str, Any]]:
    """The same for JSON."""
    return [
        {
            "finding": kind,
            "function": one.function,
            "dtype": one.dtype,
            "regime": one.regime,
            "size": one.size,
            "where": one.where,
        }
        for kind, one in findings(results)
    ]


def remarks(results: Iterable[Accuracy]) -> list[str]:
    """Where ulps are many and the code is not to blame: the formula itself cancels."""
    worst: dict[tuple[str, str], Accuracy] = {}
    most: dict[tuple[str, str], float] = {}
    for one in results:
        key = one.function, one.dtype
        most[key] = max(most.get(key, 0.0), one.conditioned)
        if not one.nonfinite and (key not in worst or one.ulps > worst[key].ulps):
            worst[key] = one
    return [
        f"{name}, {dtype}: the formula itself cancels ({one.regime}): many ulps, and no more than it is due"
        for (name, dtype), one in worst.items()
        if one.ulps > _LIMIT and most[name, dtype] <= _DUE
    ]
