"""Cases in sums: SymPy takes them out of sums inside, and an index with them."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, KroneckerDelta, Ne, Piecewise, Sum, exp, log

from symderive.decide import Status, judge
from symderive.derivation.derive import derive
from symderive.terms import (
    Dim,
    Index,
    Vector,
    differentiate,
    free_names,
    indexed_max,
    indexed_product,
    indexed_sum,
    product_of,
    substitute,
    sum_of,
    vec,
)

K = Dim("K")
u, w, x, y = (Vector(name, K) for name in "uwxy")
i, j, k, t = (Index(name, K) for name in "ijkt")
INNER = indexed_sum(Piecewise((x[j], y[j] >= y[i]), (0, True)), j)


@pytest.mark.parametrize(
    "term",
    [
        indexed_sum(w[i] * INNER, i),
        indexed_sum(log(1 + INNER**2), i),
        indexed_product(1 + INNER, i),
        indexed_sum(indexed_product(Piecewise((x[j], y[j] >= y[i]), (1, True)), j), i),
        indexed_max(w[i] * INNER, i),
        indexed_sum(indexed_sum(u[k] * w[i] * INNER, i), k),
        sum_of(w[i] * INNER, (i, 1, K)),
        product_of(w[i] * INNER, (i, 1, K)),
    ],
)
def test_no_index_gets_out(term: Expr) -> None:
    """Nor does one by renaming or differentiating."""
    for made in (term, substitute(term, {x: w, y: u}), differentiate(term, w[k])):
        assert free_names(made) <= {K, k} | {v.label for v in (u, w, x, y)}, made


@pytest.mark.parametrize(
    ("cases", "value"),
    [
        (Piecewise((KroneckerDelta(i, k) - 1 / K, Ne(i, t)), (0, True)), Integer(0)),
        (Piecewise((KroneckerDelta(i, k), Ne(i, t)), (1 / K, True)), indexed_sum(u[k], k)),
    ],
)
def test_what_was_proved_is_false(cases: Expr, value: Expr) -> None:
    """Out of its sum the case said nothing of i; the second one adds up to Σ u − u_t + Σ u/K."""
    term = indexed_sum(u[k] * indexed_sum(cases, i), k)
    assert judge(term, value).status is Status.REFUTED
    total = indexed_sum(u[k], k)
    right = {0: (total - u[t]) - (1 - 1 / K) * total, 1: total - u[t] + total / K}[int(value != 0)]
    assert judge(term, right).status in (Status.PROVED, Status.SUPPORTED)


def test_a_loose_index_is_not_judged() -> None:
    """However it got out, a claim about it says nothing."""
    sound = indexed_sum(w[i] * INNER, i)
    ((body, limit),) = [sound.args]
    loose = next(iter(body.atoms(Sum))).args[1][0]
    broken = Sum(w[limit[0]] * x[loose] + body, limit)
    verdict = judge(broken, broken + 0 * w[1])
    assert verdict.status is Status.UNDECIDED and "outside" in verdict.evidence


def test_derivatives_of_nested_cases() -> None:
    """Cox's partial likelihood by risk sets, and a sum over those that rank higher."""
    risk = indexed_sum(Piecewise((exp(x[j]), y[j] >= y[i]), (0, True)), j)
    derivation = derive(indexed_sum(log(risk), i), x)
    assert derivation.verdict.status in (Status.PROVED, Status.SUPPORTED)
    ranks = indexed_sum(x[i] * indexed_sum(Piecewise((1, y[j] > y[i]), (0, True)), j), i)
    above = indexed_sum(Piecewise((1, y[j] > y[k]), (0, True)), j)
    assert judge(differentiate(ranks, x[k]), above).status is Status.PROVED
    assert judge(differentiate(ranks, x[k]), 2 * above).status is Status.REFUTED
    assert vec(INNER, i).free_symbols.isdisjoint({i, j})
