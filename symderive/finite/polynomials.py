"""Signs of polynomials of degree at most k on the line."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symderive.finite.certificates import Alternation, Exclusion, Realised
from symderive.finite.chains import Chain, Link
from symderive.finite.exact_input import Labels, Point
from symderive.finite.hypothesis_class import HypothesisClass, UpperBound, VCDimension, checked_size
from symderive.finite.line_classes import alternating_labels, alternation, label_runs, runs_count

__all__ = ["PolynomialSign", "Polynomials"]


@dataclass(frozen=True)
class PolynomialSign:
    """The sign of ``leading · Π (x − root)``.

    Examples
    --------
    >>> PolynomialSign(1, (Fraction(0), Fraction(2))).predict((Fraction(1),))
    -1
    """

    leading: int
    roots: tuple[Fraction, ...]

    def predict(self, point: Point) -> int:
        """The sign at the point, 0 at a root."""
        sign = self.leading
        for root in self.roots:
            sign *= (point[0] > root) - (point[0] < root)
        return sign


@dataclass(frozen=True)
class Polynomials(HypothesisClass):
    """x ↦ sign p(x) for polynomials p of degree at most k, on points where p is not 0.

    Parameters
    ----------
    k
        The largest degree, at least 0.

    Examples
    --------
    >>> cubics = Polynomials(3)
    >>> cubics.dichotomies(range(6)).count, cubics.growth_function(6)
    (52, 52)
    >>> cubics.vc_dimension().value
    4
    >>> Polynomials(1).realise([0, 1, 2], [1, -1, 1]).verify()  # an exclusion: a line crosses 0 once
    True
    """

    k: int

    def __post_init__(self) -> None:
        checked_size(self.k)

    @property
    def dimension(self) -> int:
        """One coordinate."""
        return 1

    def admits(self, certificate: Realised | Exclusion) -> bool:
        """At most k roots and a sign that is not 0; alternations of more than k changes."""
        if isinstance(certificate, Realised):
            found = certificate.hypothesis
            return isinstance(found, PolynomialSign) and len(found.roots) <= self.k and found.leading != 0
        return isinstance(certificate, Alternation) and (certificate.allowed, certificate.before) == (
            self.k,
            0,
        )

    def certify(self, points: tuple[Point, ...], labels: Labels) -> Realised | Exclusion:
        """A root midway between neighbouring runs, or k + 2 points with alternating labels."""
        excluded = alternation(points, labels, self.k)
        if excluded is not None:
            return excluded
        runs, _ = label_runs(points, labels)
        roots = tuple((points[left[-1]][0] + points[right[0]][0]) / 2 for left, right in pairwise(runs))
        # Far to the right the polynomial has the sign of its leading coefficient.
        return Realised(points, labels, PolynomialSign(labels[runs[-1][0]], roots))

    def growth_function(self, m: int) -> int:
        """2 Σ_{i ≤ k} C(m − 1, i): a first label, and the places of at most k changes among m − 1."""
        return runs_count(m, self.k) if checked_size(m) else 1

    def vc_dimension(self) -> VCDimension:
        """K + 1; the certificate against k + 2 points is the alternating labelling."""
        size = self.k + 1
        source = (
            "fundamental theorem of algebra: a polynomial of degree at most k, not 0, has at most k roots"
        )
        chain = Chain(
            f"alternating labels on {size + 1} points need {size} roots",
            (
                Link(
                    "roots",
                    "intermediate value theorem: a root between neighbours of opposite sign",
                    source=source,
                ),
            ),
        )
        bound = UpperBound(
            self,
            size,
            "alternation",
            "k + 2 points with alternating labels would put a root into each of k + 1 gaps",
            chain,
            self._obstruct,
        )
        return VCDimension(size, self.shatters(range(size)), bound)

    def _obstruct(self, points: tuple[Point, ...]) -> Exclusion:
        found = self.certify(points, alternating_labels(points, 1))
        if isinstance(found, Realised):
            raise AssertionError("an alternating labelling was realised: the bound is wrong")
        return found
