"""The reference against an oracle that shares no code with it: mpmath at 60 digits, formulas written by hand."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from sympy import Abs, Max, Piecewise, exp, log

from symderive.codegen.reference import Reference, ulp
from symderive.codegen.regimes import REGIMES
from symderive.codegen.standard_functions import STANDARD_FUNCTIONS, standard_function
from symderive.decide.balls import NoValue, TooMuchWork
from symderive.terms import (
    Dim,
    Index,
    Vector,
    differentiate,
    indexed_max,
    indexed_sum,
    operation,
    scalar,
    unfold,
    vec,
)

mp = mpmath.MPContext()
mp.dps = 60

K = Dim("K")
x, y, v = (Vector(name, K) for name in "xyv")
i, j, k, t = (Index(name, K) for name in "ijkt")


def _softmax(x):
    total = mp.fsum(mp.exp(a) for a in x)
    return [mp.exp(a) / total for a in x]


def _lse(x):
    return mp.log(mp.fsum(mp.exp(a) for a in x))


def _rms(x):
    return mp.sqrt(mp.fsum(a * a for a in x) / len(x))


def _norm_backward(x, g, v):
    inner = mp.fsum(a * b * c for a, b, c in zip(x, g, v, strict=True)) / (len(x) * _rms(x) ** 2)
    return [(b * c - a * inner) / _rms(x) for a, b, c in zip(x, g, v, strict=True)]


def _vjp(x, v):
    s = _softmax(x)
    inner = mp.fsum(a * b for a, b in zip(s, v, strict=True))
    return [a * (b - inner) for a, b in zip(s, v, strict=True)]


def _kl(p, q):
    return mp.fsum(a * mp.log(a / b) for a, b in zip(p, q, strict=True))


def _sigmoid(s):
    return 1 / (1 + mp.exp(-s))


BY_HAND = {
    "softmax": _softmax,
    "log_softmax": lambda x: [a - _lse(x) for a in x],
    "cross_entropy": lambda x, t: _lse(x) - x[t],
    "cross_entropy_gradient": lambda x, t: [s - (n == t) for n, s in enumerate(_softmax(x))],
    "soft_cross_entropy": lambda x, y: mp.fsum(b * (_lse(x) - a) for a, b in zip(x, y, strict=True)),
    "sigmoid": _sigmoid,
    "softplus": lambda s: mp.log(1 + mp.exp(s)),
    "bce_with_logits": lambda s, b: -b * mp.log(_sigmoid(s)) - (1 - b) * mp.log(1 - _sigmoid(s)),
    "bce_hard_gradient": lambda s, b: _sigmoid(s) - b,
    "rms": _rms,
    "rms_gradient": lambda x: [a / (len(x) * _rms(x)) for a in x],
    "rms_norm": lambda x, g: [a * b / _rms(x) for a, b in zip(x, g, strict=True)],
    "manhattan": lambda x, y: mp.fsum(abs(a - b) for a, b in zip(x, y, strict=True)),
    "kl_divergence": _kl,
    "soft_cross_entropy_gradient": lambda x, y: [
        mp.fsum(y) * s - b for s, b in zip(_softmax(x), y, strict=True)
    ],
    "bce_soft_gradient": lambda s, b: _sigmoid(s) - b,
    "kl_near": _kl,
    "kl_gradient_by_logits": lambda x, p: [a - b for a, b in zip(_softmax(x), p, strict=True)],
    "softmax_vjp": _vjp,
    "rms_norm_backward": _norm_backward,
    "logsumexp": _lse,
    "gradient_step": lambda x, v, r: [a - r * b for a, b in zip(x, v, strict=True)],
    "momentum": lambda x, v, r: [r * b + (1 - r) * a for a, b in zip(x, v, strict=True)],
}


def test_every_standard_function_has_its_formula_here():
    """A row without an independent formula would be measured against itself."""
    assert set(BY_HAND) == {row.name for row in STANDARD_FUNCTIONS}


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("row", STANDARD_FUNCTIONS, ids=lambda row: row.name)
def test_the_truth_is_what_mpmath_finds(row, size):
    """Any slip in the term, in the evaluation over axes or in the splitting into head and tail shows here."""
    drawn = REGIMES[0].draw(row.variables, {K: size}, 4, "float32", seed=5)
    truth = Reference(row.term, row.indices)(drawn)
    for n in range(4):
        arguments = []
        for variable in row.variables:
            value = drawn[variable.name][n]
            if variable.domain == "index":
                arguments.append(int(value))
            else:
                exact = [mp.mpf(float(a)) for a in np.atleast_1d(value)]
                arguments.append(exact if variable.axes else exact[0])
        expected = BY_HAND[row.name](*arguments)
        expected = expected if isinstance(expected, list) else [expected]
        for value, head, tail in zip(
            expected, np.atleast_1d(truth.head[n]), np.atleast_1d(truth.tail[n]), strict=True
        ):
            found = mp.mpf(head) + mp.mpf(tail) * mp.mpf(float(ulp(head)))
            # Where the true value is 0 (one class), 60 digits leave a remainder of their own.
            assert abs(found - value) <= mp.mpf(float(ulp(head))) * mp.mpf(2) ** -30 + mp.mpf(10) ** -50
            assert abs(tail) <= 0.5


def test_ulp_is_the_spacing_of_the_floats():
    """The unit of every figure: NumPy's spacing, and the smallest subnormal at zero."""
    values = np.array([1.0, 1.5, 2.0, 1e-310, 5e-324, 1e300, 0.1, -3.0])
    assert (ulp(values) == np.abs(np.spacing(values))).all()
    singles = values.astype("float32")[[0, 1, 2, 6, 7]]
    assert (ulp(singles, "float32") == np.abs(np.spacing(singles))).all()
    assert float(ulp(1e-60, "float32")) == 2.0**-149


def test_an_error_of_one_place_is_one_ulp():
    """Neighbouring floats are one ulp apart, in float32, in float64 and among the subnormals."""
    truth = Reference(exp(scalar("s")))({"s": np.array([0.3, -100.0, -740.0])})
    nearest = truth.head
    assert (truth.errors(nearest, "float64") <= 0.5).all()
    beside = np.nextafter(nearest, np.inf)
    assert np.allclose(truth.errors(beside, "float64"), np.abs(1 - truth.tail))
    single = nearest.astype("float32")
    assert (truth.errors(single, "float32") <= 0.5001).all()
    assert (truth.errors(np.nextafter(single, np.float32(1)), "float32") >= 0.5).all()


def test_overflow_asks_for_infinity_and_nothing_else():
    """A value beyond the range must come out infinite with its sign; a finite one must not."""
    truth = Reference(exp(scalar("s")))({"s": np.array([100.0, 800.0])})
    assert truth.errors(np.array([np.inf, np.inf], "float32"), "float32").tolist() == [0, 0]
    assert np.isinf(truth.errors([np.inf, np.inf], "float64")).tolist() == [True, False]
    assert np.isinf(truth.errors([1.0, -np.inf], "float64")).tolist() == [False, True]
    assert np.isinf(truth.errors([np.nan, np.nan], "float64")).all()


def test_masked_logits_are_limits():
    """−inf contributes exact zeros; where its target is positive the loss is infinite, where it is 0 not."""
    inf = np.inf
    softmax = Reference(operation("softmax", vec(x[j], j), i), [i])
    assert softmax({"x": np.array([[0.0, -inf, 0.0]])}).head.tolist() == [[0.5, 0.0, 0.5]]
    entropy = standard_function("soft_cross_entropy")
    values = {"x": np.array([[0.0, -inf], [0.0, -inf]]), "y": np.array([[1.0, 0.0], [0.5, 0.5]])}
    assert Reference(entropy.term)(values).head.tolist() == [0.0, inf]
    gradient = standard_function("cross_entropy_gradient")
    found = Reference(gradient.term, gradient.indices)({"x": values["x"], "t": np.array([1, 0])})
    assert found.head.tolist() == [[1.0, -1.0], [0.0, 0.0]]


def test_exact_cancellation_is_settled():
    """A true value of exactly zero has no leading digit: raising the precision for ever would not end."""
    row = standard_function("kl_gradient_by_logits")
    truth = Reference(row.term, row.indices)({"x": np.zeros((1, 2)), "p": np.full((1, 2), 0.5)})
    assert truth.head.tolist() == [[0.0, 0.0]]


def test_cancellation_is_followed_to_the_last_digit():
    """s_t − 1 where s_t is 1 − e^−700: every float sees 1 − 1, the reference does not."""
    row = standard_function("cross_entropy_gradient")
    truth = Reference(row.term, row.indices)({"x": np.array([[700.0, 0.0]]), "t": np.array([0])})
    assert truth.head[0, 0] == pytest.approx(-np.exp(-700.0), rel=1e-12)


def test_sums_over_pairs_are_separated():
    """The rewriting that avoids K² terms gives what the sum over all pairs gives, and is fast at K = 50 257."""
    term = indexed_sum(v[k] * differentiate(unfold(operation("softmax", vec(x[j], j), k)), x[i]), k)
    rng = np.random.default_rng(1)
    small = {"x": rng.normal(size=(2, 7)), "v": rng.normal(size=(2, 7))}
    dense = Reference(term, [i])(small)
    from symderive.codegen import ball_arrays

    before = ball_arrays._DENSE
    try:
        ball_arrays._DENSE = 1
        separated = Reference(term, [i])(small)
    finally:
        ball_arrays._DENSE = before
    assert (dense.head == separated.head).all()
    assert np.allclose(dense.tail, separated.tail, atol=1e-6)
    large = {"x": rng.normal(size=(1, 50_257)), "v": rng.normal(size=(1, 50_257))}
    head = Reference(term, [i])(large).head
    s = np.exp(large["x"]) / np.exp(large["x"]).sum()
    assert np.allclose(head, s * (large["v"] - (s * large["v"]).sum()), rtol=1e-9, atol=1e-18)


def test_what_is_no_sum_of_products_over_pairs_is_refused_when_large():
    """exp(−|x_i − x_j|) has no form without pairs: a clear stop, not hours of work."""
    term = indexed_sum(exp(-Abs(x[i] - x[j])), j)
    with pytest.raises(TooMuchWork):
        Reference(term, [i])({"x": np.zeros((1, 50_257))})
    assert Reference(term, [i])({"x": np.zeros((1, 3))}).head.tolist() == [[3.0, 3.0, 3.0]]


def test_branches_extrema_and_conventions():
    """Cases by a condition, maxima and 0 · log 0."""
    s = scalar("s")
    hinge = Reference(Piecewise((s**2, s > 0), (0, True)))({"s": np.array([-1.0, 0.0, 3.0])})
    assert hinge.head.tolist() == [0.0, 0.0, 9.0]
    assert Reference(Max(s, 0))({"s": np.array([-1.0, 2.0])}).head.tolist() == [0.0, 2.0]
    top = Reference(indexed_max(x[j], j))({"x": np.array([[1.0, 5.0, 2.0]])})
    assert top.head.tolist() == [5.0]
    entropy = Reference(-indexed_sum(x[j] * log(x[j]), j))({"x": np.array([[0.0, 1.0]])})
    assert entropy.head.tolist() == [0.0]
    assert np.isnan(Reference(log(s))({"s": np.array([-1.0])}).head[0])


def test_a_name_without_a_value_is_an_error():
    """A missing input must not be taken for zero."""
    with pytest.raises(NoValue, match="y has no value"):
        Reference(indexed_sum(x[j] * y[j], j))({"x": np.zeros((1, 3))})


def test_magnitudes_are_what_is_added():
    """The condition-aware scale of s − y is s + y: near p = y it does not shrink with the result."""
    row = standard_function("kl_gradient_by_logits")
    values = {"x": np.zeros((1, 2)), "p": np.array([[0.5, 0.5 + 2**-40]])}
    truth = Reference(row.term, row.indices)(values, magnitude=True)
    assert truth.magnitude is not None
    assert np.allclose(truth.magnitude, 1.0)
    assert abs(truth.head[0, 1]) == 2**-40
