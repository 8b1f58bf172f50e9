"""Known inequalities, and their instances that a difference suggests.

An instance is a normal form that is ≥ 0 by the fact. Each family reads from the difference where its fact
could apply; a wrong guess costs time only, because the rest still has to have a known sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from symderive.decide.algebra import Algebra, Ratio, Undefined, Unsupported
from symderive.decide.exp_facts import exponentials, hyperbolic_cosines, jensen_exponential
from symderive.decide.fact_instances import Instance
from symderive.decide.log_facts import logarithms, ratios_of_logarithms, sums_of_logarithms
from symderive.decide.polynomial import TooLarge
from symderive.decide.sum_facts import cauchy_schwarz, terms_of_sums

__all__ = ["FAMILIES", "instances"]


def instances(algebra: Algebra, gap: Ratio) -> Iterator[Instance]:
    """Instances of every family, as (name of the fact, term ≥ 0)."""
    for family in FAMILIES:
        try:
            yield from family(algebra, gap)
        except (Unsupported, Undefined, TooLarge):
            continue


#: One function a known fact: difference → instances.
FAMILIES: tuple[Callable[[Algebra, Ratio], Iterator[Instance]], ...] = (
    logarithms,
    ratios_of_logarithms,
    sums_of_logarithms,
    exponentials,
    hyperbolic_cosines,
    jensen_exponential,
    cauchy_schwarz,
    terms_of_sums,
)
