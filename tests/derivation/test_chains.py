"""Chains that people write: good ones are explained, of bad ones the first bad line and its slip are found."""

from __future__ import annotations

import pytest
from sympy import Expr, KroneckerDelta, exp, log

from symderive.decide import Status, judge_claim
from symderive.derivation.chains import explain_chain
from symderive.terms import Claim, Dim, Hypothesis, Index, Partial, Vector, indexed_sum, scalar

K = Dim("K")
x, y, p, q = (Vector(name, K) for name in "xypq")
i, j, k = (Index(name, K) for name in "ijk")
Z = indexed_sum(exp(x[j]), j)


def s(at: Index) -> Expr:
    """The softmax of x, written out."""
    return exp(x[at]) / Z


JACOBIAN = [
    Partial(s(i), x[k]),
    (Partial(exp(x[i]), x[k]) * Z - exp(x[i]) * Partial(Z, x[k])) / Z**2,
    (exp(x[i]) * KroneckerDelta(i, k) * Z - exp(x[i]) * exp(x[k])) / Z**2,
    s(i) * (KroneckerDelta(i, k) - s(k)),
]


def test_a_right_chain_is_proved_and_every_line_has_its_rule() -> None:
    """An author's own derivation should come back with the reasons that it leaves out."""
    found = explain_chain(JACOBIAN)
    assert found.bad is None
    assert found.verdict.status is Status.PROVED
    assert found.derivation.steps[0].rule == "derivative.quotient"
    assert all(step.reason("ko") for step in found.derivation.steps)


@pytest.mark.parametrize(
    ("number", "line", "kind"),
    [
        (2, (exp(x[i]) * KroneckerDelta(i, k) * Z + exp(x[i]) * exp(x[k])) / Z**2, "sign"),
        (2, (exp(x[i]) * Z - exp(x[i]) * exp(x[k])) / Z**2, "delta"),
        (3, s(i) * (KroneckerDelta(i, k) - s(i)), "index"),
        (2, (exp(x[i]) * KroneckerDelta(i, k) * Z - exp(x[i]) * exp(x[k])) / Z, "exponent"),
    ],
)
def test_the_first_bad_line_and_its_slip_are_found(number: int, line: Expr, kind: str) -> None:
    """A finding without its line and kind leaves the author to search."""
    lines = list(JACOBIAN)
    lines[number] = line
    found = explain_chain(lines)
    assert found.verdict.status is Status.REFUTED
    assert found.bad is not None
    assert found.bad.number == number
    assert found.bad.slip is not None
    assert found.bad.slip.kind == kind
    assert found.bad.describe("ko")


D = KroneckerDelta(i, k)
LOSS = [
    -indexed_sum(y[j] * Partial(log(s(j)), x[k]), j),
    -indexed_sum(y[j] * (KroneckerDelta(j, k) - s(k)), j),
    -y[k] + indexed_sum(y[j], j) * s(k),
]
#: name → a right line, the line that should follow from it with one piece dropped, the kind
DROPPED = {
    "e^x_i beside a delta": (JACOBIAN[1], (D * Z - exp(x[i]) * exp(x[k])) / Z**2, "factor"),
    "Z beside a delta": (JACOBIAN[1], (exp(x[i]) * D - exp(x[i]) * exp(x[k])) / Z**2, "factor"),
    "e^x_k, written nowhere else": (JACOBIAN[1], (exp(x[i]) * D * Z - exp(x[i])) / Z**2, "factor"),
    "one of two Z": (JACOBIAN[2], s(i) * (D - exp(x[k])), "factor"),
    "the softmax before the bracket": (JACOBIAN[2], D - s(k), "factor"),
    "the delta, 1 in its place": (JACOBIAN[2], s(i) * (1 - s(k)), "delta"),
    "the delta, nothing in its place": (JACOBIAN[2], s(i) - s(i) * s(k), "delta"),
    "1/Z of a derivative": (Partial(log(Z) - x[i], x[k]), Partial(Z, x[k]) - D, "factor"),
    "the delta under a sum": (LOSS[0], -indexed_sum(y[j] * (1 - s(k)), j), "delta"),
    "the targets under a sum": (LOSS[0], -indexed_sum(KroneckerDelta(j, k) - s(k), j), "factor"),
    "the sum of the targets": (LOSS[1], -y[k] + s(k), "factor"),
    "one target": (LOSS[1], -1 + indexed_sum(y[j], j) * s(k), "factor"),
}


@pytest.mark.parametrize("name", DROPPED)
def test_what_was_dropped_is_named(name: str) -> None:
    """The delta and the factor are lost more often than any sign, among raw exponentials too."""
    before, after, kind = DROPPED[name]
    found = explain_chain([before, after])
    assert found.verdict.status is Status.REFUTED
    assert found.bad is not None
    assert found.bad.slip is not None
    assert found.bad.slip.kind == kind
    right = found.bad.slip.claim
    assert judge_claim(Claim(before, "=", right.rhs)).status is Status.PROVED


def test_two_slips_in_one_line_have_no_name() -> None:
    """A correction that is not what was meant would be worse than none."""
    found = explain_chain([JACOBIAN[0], 3 * s(i) * (D + exp(x[k]))])
    assert found.verdict.status is Status.REFUTED
    assert found.bad is not None
    assert found.bad.slip is None


def test_only_the_line_that_is_wrong_is_called_bad() -> None:
    """Lines after a slip that follow from it are right by themselves."""
    wrong = 2 * exp(x[i]) / Z
    found = explain_chain([s(i), wrong, exp(x[i]) * 2 / Z])
    assert found.bad is not None
    assert found.bad.number == 1
    assert found.derivation.steps[1].verdict is not None
    assert found.derivation.steps[1].verdict.status is Status.PROVED


def test_a_chain_of_inequalities_names_its_bounds() -> None:
    """Gibbs' inequality as people write it."""
    known = [Hypothesis(name[i], ">", 0, (i,)) for name in (p, q)]
    known += [Hypothesis(indexed_sum(name[i], i), "=", 1) for name in (p, q)]
    found = explain_chain(
        [
            indexed_sum(p[i] * log(q[i] / p[i]), i),
            indexed_sum(p[i] * (q[i] / p[i] - 1), i),
            indexed_sum(q[i], i) - indexed_sum(p[i], i),
            0,
        ],
        relations=["<=", "=", "="],
        hypotheses=known,
    )
    assert found.verdict.status is Status.PROVED
    assert found.derivation.steps[0].rule in ("bound.logarithm", "bound.termwise")
    assert found.derivation.problem.relation == "<="


def test_a_bound_that_points_the_wrong_way_is_bad() -> None:
    """log t ≥ t − 1 is the slip that turns a proof around."""
    t = scalar("t")
    found = explain_chain([log(t), t - 1], relations=[">="], hypotheses=[Hypothesis(t, ">", 0)])
    assert found.bad is not None
    assert found.bad.slip is not None
    assert found.bad.slip.kind == "relation"


def test_too_short_a_chain_is_an_error() -> None:
    """One line claims nothing."""
    with pytest.raises(ValueError, match="at least two lines"):
        explain_chain([x[i]])
    with pytest.raises(ValueError, match="a relation for each line"):
        explain_chain([x[i], x[i]], relations=["=", "="])
