"""The one-edit slips: what must be among them, and what none of them may do."""

import pytest
from sympy import Dummy, Expr, KroneckerDelta, Rational, S, binomial, exp, log, oo, sqrt

from symderive.terms import (
    Apply,
    Claim,
    Dim,
    Index,
    Matrix,
    Partial,
    Tensor,
    Vector,
    free_names,
    indexed_sum,
    operation,
    scalar,
    vec,
)
from symderive.terms.slips import KINDS, slips

K, N, M = Dim("K"), Dim("N"), Dim("M")
x, y, p, q = (Vector(name, K) for name in "xypq")
a, b, t, gamma, mu = (scalar(name) for name in ("a", "b", "t", "gamma", "mu"))
i, j, k = (Index(name, K) for name in "ijk")
n = Index("n", oo, 0)
v = Tensor("v", (0, oo))
theta = Tensor("theta", (1, K), (0, oo))
W = Matrix("W", K, K)


def s(index: Index) -> Apply:
    return Apply("s", (vec(x[j], j),), (index,))


def gradient(step: Expr) -> Apply:
    return Apply("J", (vec(theta[j, step], j),), (), ((0, k),))


SOFTMAX = Partial(s(i), x[k])

# wrong right side, what is meant, the kind of the one edit between them, and the left side
CORRECTIONS = [
    ("sign", SOFTMAX, s(i) * (KroneckerDelta(i, k) + s(k)), s(i) * (KroneckerDelta(i, k) - s(k))),
    ("sign", t, 1 / (1 + exp(t)), 1 / (1 + exp(-t))),
    ("index", SOFTMAX, s(i) * (KroneckerDelta(i, k) - s(i)), s(i) * (KroneckerDelta(i, k) - s(k))),
    ("delta", SOFTMAX, -s(i) * s(k), s(i) * (KroneckerDelta(i, k) - s(k))),
    ("term", SOFTMAX, -s(i) * s(k), s(i) * KroneckerDelta(i, k) - s(i) * s(k)),
    ("transposition", t, indexed_sum(W[j, i] * x[j], j), indexed_sum(W[i, j] * x[j], j)),
    ("step", v[n], gamma * v[n] + mu * t, gamma * v[n - 1] + mu * t),
    ("step", t, gradient(n - 1), gradient(n)),
    ("step", t, gamma ** (n - 1) * v[0], gamma**n * v[0]),
    ("factor", p[k], indexed_sum(log(q[j]), j), indexed_sum(p[j] * log(q[j]), j)),
    ("factor", t, sqrt(indexed_sum(x[j] ** 2, j)), sqrt(indexed_sum(x[j] ** 2, j) / K)),
    ("factor", t, (a - b) ** 2, (a - b) ** 2 / 2),
    ("factor", t / indexed_sum(exp(x[j]), j), exp(x[i]) - 1, exp(x[i]) - indexed_sum(exp(x[j]), j)),
    ("factor", y[k], s(k) - y[k], indexed_sum(y[j], j) * s(k) - y[k]),
    ("delta", SOFTMAX, 1 - s(k), KroneckerDelta(i, k) - s(k)),
    ("factor", v[n], gamma * v[n - 1] + t**2, gamma * v[n - 1] + (1 - gamma) * t**2),
    ("exponent", t, gradient(n), gradient(n) ** 2),
    ("exponent", t, indexed_sum(x[j] ** 2, j), sqrt(indexed_sum(x[j] ** 2, j))),
    ("exponent", t, a / b**2, a / b),
    ("range", t, indexed_sum(x[j], j, 0, K - 1), indexed_sum(x[j], j, 1, K)),
    ("sum", t, x[j] * y[j], indexed_sum(x[j] * y[j], j)),
    ("reciprocal", t, b / a, a / b),
    ("arguments", t, binomial(a, b), binomial(b, a)),
    ("function", t, abs(x[j]) - x[j], x[j] - x[j]),
    ("term", t, a * b, (1 - a) * b),
]


@pytest.mark.parametrize(("kind", "lhs", "wrong", "right"), CORRECTIONS)
def test_the_edit_that_people_mean_is_among_the_slips(kind: str, lhs: Expr, wrong: Expr, right: Expr) -> None:
    if kind == "factor" and right.has(1 - gamma):
        lhs = lhs + 0 * t  # the factor to be restored occurs in the claim
        wrong = wrong + (1 - gamma) * t
        right = right + (1 - gamma) * t
    found = {
        _shape(slip.claim.rhs): slip.kind for slip in slips(Claim(lhs, "=", wrong)) if slip.side == "rhs"
    }
    assert _shape(right) in found


def _shape(term: Expr) -> Expr:
    """A term expanded, up to the names of its bound indices."""
    return term.as_dummy().expand()


CLAIMS = [
    Claim(SOFTMAX, "=", s(i) * (KroneckerDelta(i, k) - s(k))),
    Claim(v[n], "=", gamma**n * v[0] + mu * indexed_sum(gamma ** (n - j) * Apply("g", (j,)), j, 1, n)),
    Claim(Apply("L"), "=", -indexed_sum(p[i] * log(q[i]), i) + indexed_sum(p[i] * log(p[i]), i)),
    Claim(indexed_sum(indexed_sum(W[i, j] * x[i] * x[j], j), i), ">=", 0),
    Claim(operation("softmax", vec(x[j], j), i), "<", Rational(3, 2)),
    Claim(theta[k, n + 1], "=", theta[k, n] - mu * gradient(n) / sqrt(v[n] + a)),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.lhs))
def test_no_slip_captures_repeats_or_is_the_claim_itself(claim: Claim) -> None:
    found = list(slips(claim, limit=2_000))
    assert len(found) >= 20
    keys = [(slip.claim.lhs, slip.claim.relation, slip.claim.rhs) for slip in found]
    assert len(set(keys)) == len(keys)
    assert (claim.lhs, claim.relation, claim.rhs) not in keys
    for slip in found:
        assert slip.kind in KINDS
        for side in (slip.claim.lhs, slip.claim.rhs):
            # A bound index that is free has left its sum: it would mean nothing.
            assert not any(isinstance(name, Dummy) for name in free_names(side))
            assert not side.has(S.NaN, S.ComplexInfinity)
        changed = (slip.claim.lhs != claim.lhs) + (slip.claim.rhs != claim.rhs)
        assert changed == (0 if slip.side == "relation" else 1)


def test_the_first_slips_hold_something_of_every_family() -> None:
    kinds = {slip.kind for slip in slips(CLAIMS[1], limit=40)}
    assert {"sign", "step", "factor", "exponent", "term", "range", "reciprocal"} <= kinds


def test_the_number_of_slips_is_bounded() -> None:
    assert len(list(slips(CLAIMS[0], limit=7))) == 7


def test_hypotheses_stay_and_the_relation_is_turned() -> None:
    claim = CLAIMS[3]
    assert {slip.claim.relation for slip in slips(claim) if slip.kind == "relation"} == {"<=", ">"}


def test_a_slip_is_described_in_both_languages() -> None:
    slip = next(slips(CLAIMS[0]))
    assert slip.describe() == "the sign of a term is flipped"
    assert slip.describe("ko") == "항의 부호가 바뀌었다"
