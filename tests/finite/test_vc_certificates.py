"""Certificates: right ones stand, corrupted ones fall, and every labelling of every small set has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symderive.decide import Status
from symderive.finite.certificates import Alternation, Disagreement, Enclosed, Gordan, Realised
from symderive.finite.finite_class import FiniteClass
from symderive.finite.halfspaces import Halfspace, Halfspaces, cover_count, radon_partition
from symderive.finite.hypothesis_class import HypothesisClass, sauer_sum
from symderive.finite.line_classes import Intervals, Threshold, Thresholds, UnionsOfIntervals
from symderive.finite.polynomials import Polynomials, PolynomialSign
from symderive.finite.rectangles import Rectangles
from symderive.finite.sine import Sine, SineSign, Swept, decimal_points
from symderive.finite.stumps import Entangled, Stumps

FULL_SQUARE = FiniteClass(list(product((1, -1), repeat=3))[:6])

# class → its VC dimension
DIMENSIONS: dict[HypothesisClass, float] = {
    Thresholds(): 1,
    Intervals(): 2,
    UnionsOfIntervals(3): 6,
    Polynomials(0): 1,
    Polynomials(4): 5,
    Rectangles(1): 2,
    Rectangles(2): 4,
    Rectangles(3): 6,
    Halfspaces(1): 2,
    Halfspaces(2): 3,
    Halfspaces(3): 4,
    Halfspaces(4): 5,
    Stumps(1): 2,
    Stumps(2): 3,
    Stumps(10): 6,
    Sine(): inf,
    FULL_SQUARE: 2,
}


@pytest.mark.parametrize("family", DIMENSIONS, ids=repr)
def test_dimension_with_witness_and_upper_bound(family: HypothesisClass) -> None:
    """A dimension that is off by one, a witness that is not shattered, or an upper bound without proof."""
    found = family.vc_dimension()
    assert found.value == DIMENSIONS[family]
    assert found.verify()
    assert found.witness is not None
    assert found.witness.shattered
    if found.upper is None:
        assert found.value == inf
    else:
        assert found.upper.status in (Status.PROVED, Status.CITED)
        assert all(status is not Status.UNDECIDED for status in found.upper.chain.statuses.values())


POINT_SETS = st.integers(1, 3).flatmap(
    lambda d: st.lists(st.tuples(*[st.integers(-2, 2)] * d), min_size=1, max_size=5)
)


@settings(max_examples=40)
@given(POINT_SETS)
def test_every_labelling_is_certified_both_ways(points: list[tuple[int, ...]]) -> None:
    """Duplicates, collinear points and ties: an exact check of all 2^m labellings by certificates."""
    d = len(points[0])
    families: list[HypothesisClass] = [Halfspaces(d, "exact"), Rectangles(d), Stumps(d)]
    if d == 1:
        families += [Thresholds(), Intervals(), UnionsOfIntervals(2), Polynomials(2)]
    for family in families:
        found = family.dichotomies(points)
        assert found.verify(), family
        assert found.count <= sauer_sum(len(set(points)), int(family.vc_dimension().value))
        if d < 3:
            assert found.count <= family.growth_function(len(points))


@settings(max_examples=40)
@given(POINT_SETS.filter(lambda points: len(set(points)) == len(points)))
def test_upper_bound_refutes_any_points(points: list[tuple[int, ...]]) -> None:
    """The obstruction works for every d + 1 points, not only for those in general position."""
    d = len(points[0])
    for family in (Halfspaces(d, "exact"), Rectangles(d), Stumps(d)):
        upper = family.vc_dimension().upper
        assert upper is not None
        if len(points) == upper.bound + 1:
            exclusion = upper.refute(points)
            assert exclusion.verify()
            assert family.admits(exclusion)
        else:
            with pytest.raises(ValueError, match="points"):
                upper.refute(points)


# certificate → a corruption of it; each must be rejected
ZERO, ONE, TWO = Fraction(0), Fraction(1), Fraction(2)
LINE = ((ZERO,), (ONE,), (TWO,))
SQUARE = ((ZERO, ZERO), (ONE, ONE), (ONE, ZERO), (ZERO, ONE))
GORDAN = Gordan(SQUARE, (1, 1, -1, -1), (ONE,) * 4)
ALTERNATION = Alternation(LINE, (0, 1, 2), 1, 1)
ENCLOSED = Enclosed(((ZERO, ZERO), (TWO, TWO), (ONE, ONE)), 2, (0, 0), (1, 1))
MEMBERS = FULL_SQUARE.members
DISAGREEMENT = FULL_SQUARE.certify(tuple(FULL_SQUARE.domain), (-1, -1, 1))
ENTANGLED = Stumps(2).certify(((ZERO, ZERO), (ONE, ONE), (ZERO, ONE), (ONE, ZERO)), (1, 1, -1, -1))
SWEPT = Swept(((ONE,), (TWO,), (3 * ONE,), (4 * ONE,)), (1, 1, -1, 1), 4)
CORRUPTIONS = {
    "gordan: one weight": (GORDAN, {"multipliers": (ONE, ONE, ONE, TWO)}),
    "gordan: all zero": (GORDAN, {"multipliers": (ZERO,) * 4}),
    "gordan: negative": (GORDAN, {"multipliers": (-ONE,) * 4}),
    "gordan: one label": (GORDAN, {"labels": (1, 1, -1, 1)}),
    "gordan: label 0": (GORDAN, {"labels": (1, 1, -1, 0)}),
    "gordan: too short": (GORDAN, {"multipliers": (ONE,) * 3}),
    "gordan: one point": (GORDAN, {"points": (*SQUARE[:3], (ZERO, TWO))}),
    "alternation: order": (ALTERNATION, {"places": (1, 0, 2)}),
    "alternation: too few": (ALTERNATION, {"places": (0, 2)}),
    "alternation: repeated": (ALTERNATION, {"places": (0, 1, 1)}),
    "alternation: no place": (ALTERNATION, {"places": (0, 1, 7)}),
    "alternation: more allowed": (ALTERNATION, {"allowed": 2}),
    "enclosed: outside": (ENCLOSED, {"inside": 1}),
    "enclosed: wrong side": (ENCLOSED, {"below": (1, 1)}),
    "enclosed: one axis": (ENCLOSED, {"below": (0,)}),
    "disagreement: wrong place": (DISAGREEMENT, {"places": (2,) * len(MEMBERS)}),
    "disagreement: no place": (DISAGREEMENT, {"places": (7,) * len(MEMBERS)}),
    "entangled: label": (ENTANGLED, {"labels": (1, 1, 1, 1)}),
    "entangled: one axis": (ENTANGLED, {"upward": ((0, 2),)}),
    "entangled: not below": (ENTANGLED, {"upward": ((1, 2), (1, 2))}),
    "swept: a labelling that exists": (SWEPT, {"labels": (1, 1, 1, 1)}),
    "swept: no points": (SWEPT, {"size": 0}),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_corrupted_exclusion_is_rejected(name: str) -> None:
    """A verifier that accepts anything proves nothing."""
    certificate, change = CORRUPTIONS[name]
    assert certificate.verify()
    assert not replace(certificate, **change).verify()


HYPOTHESES = {
    "halfspace": (Halfspaces(1), lambda h: Halfspace((-h.weights[0],), h.bias)),
    "threshold": (Thresholds(), lambda h: Threshold(h.at + 100)),
    "polynomial": (Polynomials(2), lambda h: PolynomialSign(-h.leading, h.roots)),
    "sine": (Sine(), lambda h: SineSign(ZERO)),
}


@pytest.mark.parametrize("name", HYPOTHESES)
def test_corrupted_hypothesis_is_rejected(name: str) -> None:
    """A hypothesis that labels a point otherwise, or a labelling that is not its own."""
    corrupt: Callable[..., object]
    family, corrupt = HYPOTHESES[name]
    found = family.realise([1, 2], [-1, 1])
    assert isinstance(found, Realised)
    assert found.verify()
    assert not replace(found, hypothesis=corrupt(found.hypothesis)).verify()
    assert not replace(found, labels=(1, -1)).verify()
    assert not replace(found, labels=(-1,)).verify()


def test_incomplete_or_foreign_records_are_rejected() -> None:
    """A record that omits a labelling, repeats one, or borrows another class's certificates."""
    found = Halfspaces(2).dichotomies(SQUARE)
    assert found.verify()
    assert not replace(found, realised=found.realised[1:]).verify()
    assert not replace(found, excluded=found.excluded[1:]).verify()
    assert not replace(found, realised=(*found.realised, found.realised[0])).verify()
    assert not replace(found, points=SQUARE[::-1]).verify()
    other = Intervals().dichotomies([0, 1, 2])
    assert not replace(other, family=UnionsOfIntervals(2)).verify()
    assert not replace(other, family=Thresholds()).verify()
    # a stronger class's hypothesis does not pass for a weaker class's
    cubic = Polynomials(3).dichotomies([0, 1, 2])
    assert not replace(cubic, family=Polynomials(1)).verify()


def test_why_answers_for_every_labelling() -> None:
    """The record holds a certificate for each labelling that agrees with the count."""
    found = Rectangles(2).dichotomies([(0, 0), (1, 1), (2, 2), (1, 0)])
    kinds = [isinstance(found.why(y), Realised) for y in product((1, -1), repeat=4)]
    assert sum(kinds) == found.count == len(found)


def test_finite_upper_bound_names_every_larger_set() -> None:
    """An exhaustive bound with a case left out is no proof."""
    found = FULL_SQUARE.vc_dimension()
    assert found.upper is not None
    assert found.upper.status is Status.PROVED
    assert not replace(found.upper, cases=()).verify()
    assert isinstance(found.upper.cases[0], Disagreement)
    full = FiniteClass(list(product((1, -1), repeat=3))).vc_dimension()
    assert (full.value, full.verify()) == (3, True)
    single = FiniteClass([(1, 1)]).vc_dimension()
    assert (single.value, single.verify(), single.witness) == (0, True, None)


def test_radon_partition_is_exact() -> None:
    """The common point lies in both hulls; independent points have no partition."""
    found = radon_partition([(0, 0), (3, 0), (0, 3), (1, 1)])
    assert found.verify()
    assert found.common_point == (1, 1)
    assert not replace(found, multipliers=(ONE, *found.multipliers[1:])).verify()
    with pytest.raises(ValueError, match="independent"):
        radon_partition([(0, 0), (1, 0), (0, 1)])


@pytest.mark.parametrize("size", [1, 3, 7])
def test_sine_shatters_decimal_points(size: int) -> None:
    """The construction, certified for every labelling, against an independent ball evaluation."""
    from flint import arb

    found = Sine().shatters(decimal_points(size))
    assert found.shattered
    for certificate in found.realised[:64]:
        hypothesis = certificate.hypothesis
        assert isinstance(hypothesis, SineSign)
        for (x,), label in zip(certificate.points, certificate.labels, strict=True):
            turn = hypothesis.q * x
            value = (arb(turn.numerator) / turn.denominator * arb.pi()).sin()
            assert (value > 0) if label > 0 else (value < 0)


def test_entangled_and_cover_have_their_types() -> None:
    """The parametrised corruptions above start from the certificates that they are meant to be."""
    assert isinstance(ENTANGLED, Entangled)
    assert cover_count(4, 2) == 14
