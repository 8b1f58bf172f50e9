"""Raw derivatives fold to what a textbook prints, line by line, and never to something longer or unequal."""

from __future__ import annotations

import gc
import time

import pytest
from sympy import Expr, Integer, Mul, Symbol, exp, log, sqrt

from derivation.raw_derivatives import RAW, SOFTMAX, K, Raw, delta, i, j, k, s, soft, total, x, y
from symderive.decide import Status, judge_claim
from symderive.decide.conditions import conditions_of, unimplied
from symderive.derivation.cost import cost
from symderive.derivation.fold_sums import collapsed, known_sums, spread
from symderive.derivation.folding import Rewriting, applications, compact
from symderive.derivation.presenting import present
from symderive.rules import RULES, Scope
from symderive.terms import (
    Apply,
    Claim,
    Definition,
    Dim,
    Index,
    Matrix,
    Vector,
    alpha_equal,
    differentiate,
    indexed_sum,
    scalar,
    vec,
    walk,
)

#: Lines whose proof needs more than one normal form: their ends are compared, as their parts are, elsewhere.
POWERS = {"focal loss"}
#: Raw forms of functions of functions: too long for the judge to take in one line.
LONG = {"softmax of softmax", "Jensen–Shannon by logits"}


def folded(name: str) -> tuple[Raw, list[Rewriting]]:
    """A case and the steps that fold it."""
    case = RAW[name]
    return case, compact(case.raw(), case.scope, keep=case.keep)


def holds(case: Raw, left: Expr, right: Expr) -> Status:
    """The judge's status for an equation in the case's scope."""
    claim = Claim(left, "=", right, hypotheses=case.hypotheses, definitions=case.definitions)
    return judge_claim(claim, 20.0).status


@pytest.mark.parametrize("name", RAW)
def test_the_end_is_as_short_as_the_textbook_form(name: str) -> None:
    """A line that is right and three times as long is not what anybody would print."""
    case, steps = folded(name)
    end = steps[-1].after if steps else case.raw()
    assert cost(end) <= cost(case.expected), end


@pytest.mark.parametrize("name", sorted(RAW.keys() - POWERS))
def test_the_end_is_equal_to_the_textbook_form(name: str) -> None:
    """Short and wrong is worse than long."""
    case, steps = folded(name)
    end = steps[-1].after if steps else case.raw()
    assert holds(case, end, case.expected) is Status.PROVED


@pytest.mark.parametrize("name", sorted(RAW.keys() - POWERS - LONG))
def test_each_line_is_equal_to_the_one_before(name: str) -> None:
    """Two mistakes that cancel would leave a right end and a wrong way to it."""
    case, steps = folded(name)
    before = case.raw()
    for step in steps:
        assert holds(case, before, step.after) is Status.PROVED, step.rule
        before = step.after


@pytest.mark.parametrize("name", RAW)
def test_each_line_is_new_and_shorter_and_has_a_rule(name: str) -> None:
    """A step that changes nothing, or makes the line longer, is no step."""
    case, steps = folded(name)
    assert len(steps) <= 5
    before = case.raw()
    for step in steps:
        assert step.rule in RULES
        assert not alpha_equal(step.after, before)
        assert cost(step.after) <= cost(before)
        before = step.after
    assert compact(before, case.scope, keep=case.keep) == []


@pytest.mark.parametrize("name", ["softmax", "cross-entropy by logits", "RMSNorm", "expanded Jacobian"])
def test_wrong_ends_are_not_equal(name: str) -> None:
    """The oracle of the tests above has to tell right from wrong."""
    case, steps = folded(name)
    end = steps[-1].after
    for wrong in (-end, 2 * end, end + delta(i, k), end * s(k)):
        assert holds(case, case.expected, wrong) is not Status.PROVED


def test_no_raw_exponential_is_left_where_a_name_covers_it() -> None:
    """e^{x_i}/Z beside s_i would be two names of one thing."""
    for name in RAW:
        case, steps = folded(name)
        if case.definitions or case.keep:
            end = steps[-1].after if steps else case.raw()
            assert not any(isinstance(node, exp) for node in walk(end)), name


def test_letters_do_not_matter() -> None:
    """An index called like the bound one of the definition is another index all the same."""
    at, other = Index("j", K), Index("i", K)
    raw = (
        exp(x[at]) * delta(at, other) / total(exp(x[j]), j) - exp(x[at] + x[other]) / total(exp(x[j]), j) ** 2
    )
    end = compact(raw, Scope({"s": SOFTMAX}), keep=[s(i)])[-1].after
    assert end in (s(at) * (delta(at, other) - s(other)), s(other) * (delta(at, other) - s(at)))


def test_a_shorter_line_has_a_value_wherever_the_longer_one_has() -> None:
    """z = Σ A x/(|A| |x|) says 1/|A| = z |x|/Σ A x, which is 0/0 where A and x are orthogonal."""
    A, v = Matrix("A", K, K), Vector("v", K)

    def norm(entry: Expr, index: Index) -> Expr:
        return sqrt(indexed_sum(entry**2, index))

    products = indexed_sum(A[i, j] * v[j], j)
    name = Definition("z", (i,), (), products / (norm(A[i, j], j) * norm(v[j], j)))
    scope, z = Scope({"z": name}), Apply("z", (), (i,))
    line = A[i, k] / (norm(A[i, j], j) * norm(v[j], j)) - products * v[k] / (
        norm(A[i, j], j) * norm(v[j], j) ** 3
    )
    end = compact(line, scope, keep=[z])[-1].after
    assert z in walk(end)
    assert cost(end) < cost(line)
    given = conditions_of(line, (name,))
    assert unimplied(given, conditions_of(end, (name,))) == ()
    wrong = z * A[i, k] / products - z * v[k] / indexed_sum(v[j] ** 2, j)
    assert cost(wrong) < cost(end)
    assert unimplied(given, conditions_of(wrong, (name,))) != ()


def test_a_name_at_a_bound_row_is_found() -> None:
    """softmax(B_m) under Σ_m is the same operation as at a free row."""
    _, steps = folded("mixture of softmaxes")
    assert any(step.rule == "definition.fold" for step in steps)
    assert {node.name for node in applications(steps[-1].after)} == {"softmax"}


def test_a_delta_out_of_range_is_not_collapsed() -> None:
    """Σ_{j=1}^{K} f_j δ_{jn} is 0 for n > K: it is f_n only where n runs no further."""
    n = Index("n", Dim("N"))
    term = total(x[j] * delta(j, n), j)
    assert collapsed(term, Scope()) == term
    assert collapsed(total(x[j] * delta(j, k), j), Scope()) == x[k]


def test_sums_are_split_with_constants_in_front() -> None:
    """Constraints and known sums are found in this form; a wrong split would prove nothing later."""
    a = scalar("a")
    term = total(s(k) * y[i] * (a - x[i]), i)
    parts = spread(term)
    assert parts.func.__name__ == "Add"
    assert judge_claim(Claim(term, "=", parts)).status is Status.PROVED


def test_only_sums_that_are_numbers_are_valued() -> None:
    """Σ s_j = 1 and Σ_j softmax(v)_j = 1 for any v; Σ x_j s_j and Σ s_j² are no numbers."""
    scope = Scope({"s": SOFTMAX})
    family = vec(x[j] ** 2 + y[j], j)
    assert [after for after, _ in known_sums(total(s(j), j) + x[k], scope)] == [1 + x[k]]
    assert [after for after, _ in known_sums(total(soft(family, j), j), scope)] == [Integer(1)]
    assert known_sums(total(x[j] * s(j), j) + total(s(j) ** 2, j), scope) == []


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (lambda a, b: (a**2 - b**2) / (a - b), lambda a, b: a + b),
        (lambda a, b: a / sqrt(a**2 + b), lambda a, b: a / sqrt(a**2 + b)),
        (lambda a, b: (a**2 + b) / sqrt(a**2 + b), lambda a, b: sqrt(a**2 + b)),
        (lambda a, b: log(a) * b - log(a) * a, lambda a, b: log(a) * (b - a)),
        (lambda a, b: 1 / a + b / a**2, lambda a, b: (1 + b / a) / a),
    ],
)
def test_ways_of_writing(term: object, expected: object) -> None:
    """What the compact form is chosen from."""
    a, b = scalar("a"), scalar("b")
    assert callable(term) and callable(expected)
    assert cost(present(term(a, b))) <= cost(expected(a, b))


def test_softmax_is_folded_fast() -> None:
    """A reader waits for it; a slow first example is the last one."""
    case = RAW["softmax"]
    raw = case.raw()
    compact(raw, case.scope, keep=case.keep)
    present.cache_clear()
    cost.cache_clear()
    start = time.perf_counter()
    compact(raw, case.scope, keep=case.keep)
    assert time.perf_counter() - start < 0.3  # some 10 ms on an idle core


def test_the_work_does_not_explode_with_the_length_of_a_line() -> None:
    """Sums of many different terms are given up on, not worked on for ever."""
    spent = []
    for size in (4, 8, 16, 32):
        names = [Vector(f"q{n}", K) for n in range(size)]
        line = sum((indexed_sum(q[i] * (delta(i, k) - s(k)), i) * Symbol(q.name) for q in names), Integer(0))
        gc.collect()  # what other tests left is not collected at this one's expense
        start = time.process_time()
        steps = compact(line, Scope({"s": SOFTMAX}), keep=[s(i)])
        spent.append(time.process_time() - start)
        assert steps
        assert cost(steps[-1].after) < cost(line)
    assert spent[-1] < 20 * max(spent[1], 0.05)  # four times as long: 16 is quadratic, 64 cubic


def test_products_of_many_brackets_are_left_alone() -> None:
    """(a₁ + b₁)(a₂ + b₂)… has 2ⁿ terms when multiplied out; nobody asked for them."""
    brackets = [scalar(f"a{n}") + scalar(f"b{n}") for n in range(14)]
    line = Mul(*brackets) * s(k) + Mul(*brackets[::-1])
    start = time.perf_counter()
    steps = compact(line, Scope({"s": SOFTMAX}), keep=[s(i)])
    assert time.perf_counter() - start < 5
    assert all(cost(step.after) <= cost(line) for step in steps)


def test_second_derivatives_fold_too() -> None:
    """∂²s_i/∂x_k∂x_c is where a way that only knows one pattern would stop."""
    c = Index("c", K)
    lse = log(total(exp(x[j]), j))
    raw = differentiate(lse, x[k], x[c])
    end = compact(raw, Scope({"s": SOFTMAX}), keep=[s(i)])[-1].after
    assert cost(end) <= cost(s(k) * (delta(k, c) - s(c)))
