"""The generalization bounds by VC dimension, or by the number of members: each theorem with its constants."""

from __future__ import annotations

from sympy import E, Integer, exp, log, sqrt

from symderive.decide import Verdict, judge_claim
from symderive.finite.generalization_bounds import (
    COMPLEXITY,
    DELTA,
    EPSILON,
    SIZE,
    GeneralizationBound,
)
from symderive.terms import Claim, Dim, Hypothesis, scalar

__all__ = [
    "BOUNDS",
    "DVORETZKY_KIEFER_WOLFOWITZ",
    "FINITE_CLASS",
    "MOHRI",
    "SHALEV_SHWARTZ_BEN_DAVID",
    "VAPNIK_1998",
    "VAPNIK_CHERVONENKIS_1971",
    "lecture_form_inversion",
]

m, d, epsilon, delta = SIZE, COMPLEXITY, EPSILON, DELTA
# ln of (2em/d)^d, which bounds the growth function at 2m for 2m ≥ d
_GROWTH = d * (log(2 * m / d) + 1)
_DIMENSION = "VC dimension"


def _half(dimension: int) -> int:
    return (dimension + 1) // 2


VAPNIK_CHERVONENKIS_1971 = GeneralizationBound(
    name="Vapnik and Chervonenkis 1971",
    source="Vapnik and Chervonenkis, On the uniform convergence of relative frequencies of events to their"
    " probabilities, 1971",
    statement="P(sup |error − sample error| > ε) ≤ 4 Π(2m) exp(−ε² m / 8) for m ε² ≥ 2;"
    " here Π(2m) ≤ (2em/d)^d",
    complexity=_DIMENSION,
    two_sided=True,
    tail=4 * (2 * E * m / d) ** d * exp(-(epsilon**2) * m / 8),
    deviation=sqrt(8 * (_GROWTH + log(4 / delta)) / m),
    constants={"factor": "4", "growth at": "2m", "exponent": "1/8"},
    least_size=_half,
    by_growth=True,
)

VAPNIK_1998 = GeneralizationBound(
    name="Vapnik 1998",
    source="Vapnik, Statistical Learning Theory, 1998, chapter 4",
    statement="P(sup |error − sample error| > ε) ≤ 4 exp((G(2m)/m − (ε − 1/m)²) m);"
    " here G(2m) ≤ d (ln(2m/d) + 1)",
    complexity=_DIMENSION,
    two_sided=True,
    tail=4 * exp((_GROWTH / m - (epsilon - 1 / m) ** 2) * m),
    deviation=sqrt((_GROWTH - log(delta / 4)) / m) + 1 / m,
    constants={"factor": "4", "growth at": "2m", "exponent": "1", "shift": "1/m"},
    least_size=_half,
    by_growth=True,
)

SHALEV_SHWARTZ_BEN_DAVID = GeneralizationBound(
    name="Shalev-Shwartz and Ben-David 2014",
    source="Shalev-Shwartz and Ben-David, Understanding Machine Learning, 2014, Theorem 6.11",
    statement="with probability 1 − δ, every |error − sample error| ≤ (4 + √ln Π(2m)) / (δ √(2m)): the"
    " expectation of the largest deviation is bounded, and Markov's inequality gives the δ",
    complexity=_DIMENSION,
    two_sided=True,
    tail=(4 + sqrt(_GROWTH)) / (epsilon * sqrt(2 * m)),
    deviation=(4 + sqrt(_GROWTH)) / (delta * sqrt(2 * m)),
    constants={"summand": "4", "growth at": "2m", "confidence": "1/δ, no logarithm"},
    least_size=_half,
    by_growth=True,
)

MOHRI = GeneralizationBound(
    name="Mohri, Rostamizadeh and Talwalkar 2018",
    source="Mohri, Rostamizadeh and Talwalkar, Foundations of Machine Learning, 2nd edition 2018, chapter 3",
    statement="with probability 1 − δ, every error ≤ sample error + √(2 d ln(em/d) / m) + √(ln(1/δ) / (2m))",
    complexity=_DIMENSION,
    two_sided=False,
    tail=None,
    deviation=sqrt(2 * d * (log(m / d) + 1) / m) + sqrt(log(1 / delta) / (2 * m)),
    constants={"growth at": "m", "growth factor": "2", "confidence": "1/2"},
    least_size=lambda dimension: dimension,
    by_growth=True,
)

FINITE_CLASS = GeneralizationBound(
    name="finite class (Hoeffding 1963)",
    source="Hoeffding, Probability inequalities for sums of bounded random variables, 1963; union bound",
    statement="P(max |error − sample error| > ε) ≤ 2 N exp(−2 m ε²) for a class of N members",
    complexity="number of members",
    two_sided=True,
    tail=2 * d * exp(-2 * m * epsilon**2),
    deviation=sqrt(log(2 * d / delta) / (2 * m)),
    constants={"factor": "2N", "exponent": "2"},
    least_size=lambda members: 1,
    size=log(2 * d / delta) / (2 * epsilon**2),
)

DVORETZKY_KIEFER_WOLFOWITZ = GeneralizationBound(
    name="Dvoretzky, Kiefer and Wolfowitz, with Massart's constant",
    source="Massart, The tight constant in the Dvoretzky–Kiefer–Wolfowitz inequality, 1990",
    statement="thresholds on the line: P(sup_a |F_m(a) − F(a)| > ε) ≤ 2 exp(−2 m ε²), without d",
    complexity=_DIMENSION,
    two_sided=True,
    tail=2 * exp(-2 * m * epsilon**2),
    deviation=sqrt(log(2 / delta) / (2 * m)),
    constants={"factor": "2", "exponent": "2"},
    least_size=lambda dimension: 1,
    size=log(2 / delta) / (2 * epsilon**2),
)

#: Every bound by VC dimension or by size of the class.
BOUNDS = (
    VAPNIK_CHERVONENKIS_1971,
    VAPNIK_1998,
    SHALEV_SHWARTZ_BEN_DAVID,
    MOHRI,
    FINITE_CLASS,
    DVORETZKY_KIEFER_WOLFOWITZ,
)


def lecture_form_inversion() -> Verdict:
    """The inversion in lecture notes: ε = √((D(ln(2N/D) + 1) − ln(η/4))/N) solves 4(2eN/D)^D e^{−ε²N} = η.

    It leaves out the 1/m of Vapnik's theorem; what is judged is the algebra, not the theorem.

    Examples
    --------
    >>> lecture_form_inversion().status
    <Status.PROVED: 'PROVED'>
    """
    N, D, eta = Dim("N"), Dim("D"), scalar("eta")
    root = sqrt((D * (log(2 * N / D) + 1) - log(eta / 4)) / N)
    bound = 4 * (2 * E * N / D) ** D * exp(-(root**2) * N)
    return judge_claim(Claim(bound, "=", eta, (Hypothesis(eta, ">", Integer(0)),)))
