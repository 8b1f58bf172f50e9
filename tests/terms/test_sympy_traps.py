"""The places where SymPy is silently wrong: each comes out right here."""

from __future__ import annotations

from sympy import KroneckerDelta, Piecewise, exp, log

from symderive.decide import Status, judge
from symderive.terms import (
    Dim,
    Index,
    Matrix,
    Vector,
    differentiate,
    indexed_sum,
    substitute,
)

K = Dim("K")
i, j, k, other = (Index(name, K) for name in "ijkl")
x, y = Vector("x", K), Vector("y", K)
W = Matrix("W", K, K)


def proved(left: object, right: object) -> bool:
    return judge(left, right).status is Status.PROVED


def test_derivative_by_a_name_that_a_sum_binds() -> None:
    """SymPy: log Σ_j exp(x_j) differentiated by x_j is 1, for it takes the bound j for the free one."""
    lse = log(indexed_sum(exp(x[j]), j))
    assert proved(differentiate(lse, x[j]), exp(x[j]) / indexed_sum(exp(x[other]), other))
    assert not proved(differentiate(lse, x[j]), 1)


def test_softmax_with_a_clashing_bound_name() -> None:
    """SymPy: softmax whose sum binds i, differentiated by x_i, is 0."""
    s = exp(x[k]) / indexed_sum(exp(x[i]), i)
    assert proved(differentiate(s, x[i]), s * (KroneckerDelta(i, k) - exp(x[i]) / indexed_sum(exp(x[j]), j)))


def test_substitution_does_not_capture() -> None:
    """SymPy: Σ_j x_i y_j with j for i becomes Σ_j x_j y_j."""
    term = substitute(indexed_sum(x[i] * y[j], j), {i: j})
    assert proved(term, x[j] * indexed_sum(y[other], other))
    assert not proved(term, indexed_sum(x[j] * y[j], j))


def test_ranged_index_at_an_explicit_size() -> None:
    """SymPy: Σ x over a ranged Idx at K = 5 becomes 5·x[i]."""
    term = substitute(indexed_sum(x[i], i), {K: 5})
    assert proved(term, x[1] + x[2] + x[3] + x[4] + x[5])


def test_half_integer_delta() -> None:
    """SymPy: Σ_j δ_{2j,k} x_j is x[k/2] for odd k too."""
    term = indexed_sum(KroneckerDelta(2 * j, k) * x[j], j)
    assert substitute(term, {}) is term
    assert judge(term, x[k]).status is Status.REFUTED
    at_two = substitute(term, {k: 2})
    assert proved(at_two, x[1])


def test_delta_under_a_shift_keeps_its_range() -> None:
    """SymPy: δ_{j,k+1} under a sum loses the border k = K."""
    term = indexed_sum(KroneckerDelta(j, k + 1) * x[j], j)
    assert judge(term, Piecewise((x[k + 1], k < K), (0, True), evaluate=False)).status is Status.PROVED
    assert judge(term, x[k]).status is Status.REFUTED


def test_derivatives_by_a_matrix() -> None:
    """SymPy: exp(tr W) and log Σ_ij exp(W_ij) differentiate to 0 by W."""
    trace = indexed_sum(W[i, i], i)
    assert proved(differentiate(exp(trace), W[k, other]), KroneckerDelta(k, other) * exp(trace))
    lse = log(indexed_sum(indexed_sum(exp(W[i, j]), i), j))
    assert proved(differentiate(lse, W[k, other]), exp(W[k, other] - lse))


def test_second_derivative_through_a_double_sum() -> None:
    """A quadratic form's Hessian is W + Wᵀ."""
    form = indexed_sum(indexed_sum(x[i] * W[i, j] * x[j], i), j)
    assert proved(differentiate(form, x[k], x[other]), W[k, other] + W[other, k])
    assert not proved(differentiate(form, x[k], x[other]), 2 * W[k, other])
