"""All families of subsets of a small set: Sauer's and Pajor's inequalities by exhaustion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from symderive.decide import Status
from symderive.finite.hypothesis_class import checked_size, sauer_sum

__all__ = ["FamilyCheck", "check_all_families", "shattered_sets"]

Subset = frozenset[int]
_MOST_POINTS = 4


def shattered_sets(family: Iterable[Iterable[int]], m: int) -> tuple[Subset, ...]:
    """The subsets of {0, …, m − 1} that a family of subsets shatters, by size.

    Parameters
    ----------
    family
        Subsets of {0, …, m − 1}.
    m
        The size of the ground set, at most 20.

    Examples
    --------
    >>> [sorted(s) for s in shattered_sets([[], [0], [1], [0, 1], [2]], 3)]
    [[], [0], [1], [2], [0, 1]]
    """
    if checked_size(m) > 20:
        raise ValueError(f"m = {m}: 2^{m} subsets are too many to test, give at most 20")
    masks = set()
    for member in family:
        listed = frozenset(member)
        if not all(0 <= i < m for i in listed):
            raise ValueError(f"{sorted(listed)} is no subset of 0, …, {m - 1}")
        masks.add(sum(1 << i for i in listed))
    found = []
    for size in range(m + 1):
        for chosen in combinations(range(m), size):
            window = sum(1 << i for i in chosen)
            if len({mask & window for mask in masks}) == 2**size:
                found.append(frozenset(chosen))
    return tuple(found)


@dataclass(frozen=True)
class FamilyCheck:
    """What was found over all families of subsets of an m-set.

    Parameters
    ----------
    m
        The size of the ground set.
    families
        How many families there are: 2^(2^m).
    pajor_violations
        Families with more members than shattered sets.
    sauer_violations
        Non-empty families with more than Σ_{i≤d} C(m, i) members, d their VC dimension.
    pajor_tight, sauer_tight
        Families that reach the bounds.
    """

    m: int
    families: int
    pajor_violations: int
    sauer_violations: int
    pajor_tight: int
    sauer_tight: int

    @property
    def status(self) -> Status:
        """Proved for this m, by exhaustion, unless a family violates one of the two."""
        return Status.REFUTED if self.pajor_violations or self.sauer_violations else Status.PROVED

    @property
    def method(self) -> str:
        """How the status was found."""
        return f"exhaustive ({self.families} families)"


def check_all_families(m: int) -> FamilyCheck:
    """Pajor's |F| ≤ #{S shattered by F} and Sauer's |F| ≤ Σ_{i≤d} C(m, i), for every family F.

    Parameters
    ----------
    m
        The size of the ground set, at most 4: then a family is a bit mask over 2^m subsets.

    Raises
    ------
    ValueError
        For a larger m: 5 points have 2^32 families.

    Examples
    --------
    >>> found = check_all_families(3)
    >>> found.families, found.status, found.method
    (256, <Status.PROVED: 'PROVED'>, 'exhaustive (256 families)')
    """
    if checked_size(m) > _MOST_POINTS:
        raise ValueError(
            f"m = {m} has 2^{2**m} families: choose m ≤ {_MOST_POINTS}, or test one with shattered_sets"
        )
    families = np.arange(2 ** (2**m), dtype=np.int64)
    sizes = _bit_counts(families, 2**m)
    shattered = np.zeros_like(families)
    dimension = np.full_like(families, -1)
    for window in range(2**m):
        holds = np.ones(families.shape, dtype=bool)
        # Every trace on the window needs a member of the family that has it.
        for trace in {subset & window for subset in range(2**m)}:
            members = sum(1 << subset for subset in range(2**m) if subset & window == trace)
            holds &= (families & members) != 0
        shattered += holds
        dimension[holds] = np.maximum(dimension[holds], window.bit_count())
    bounds = np.array([0, *(sauer_sum(m, d) for d in range(m + 1))])[dimension + 1]
    return FamilyCheck(
        m,
        len(families),
        int(np.sum(sizes > shattered)),
        int(np.sum(sizes > bounds)),
        int(np.sum(sizes == shattered)),
        int(np.sum(sizes == bounds)),
    )


def _bit_counts(values: np.ndarray, bits: int) -> np.ndarray:
    counts = np.zeros_like(values)
    for bit in range(bits):
        counts += values >> bit & 1
    return counts
