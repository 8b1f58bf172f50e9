"""From syntax to terms: each style means what it says, or is refused with a reason."""

from __future__ import annotations

import pytest
from sympy import Expr, KroneckerDelta, Rational, exp, log

from symderive.notation import ReadError, elaborate, load_notation, parse
from symderive.notation.meaning import Statement
from symderive.terms import Apply, Dim, Index, Partial, Tensor, indexed_sum

K = Dim("K")
i, j, k = Index("i", K), Index("j", K), Index("k", K)
x = Tensor("x", (1, K))
NOTATION = "names: {K: dim, x: vector K, y: vector K, p: vector K, q: vector K, W: matrix K K, b: vector K, i: index K, k: index K, J: function of x}"


def read(latex: str, declared: str = NOTATION) -> Statement:
    return elaborate(parse(latex), load_notation(declared))


def term(latex: str, declared: str = NOTATION) -> Expr:
    return read(latex, declared).lhs


def same(one: object, two: object) -> bool:
    return one == two or bool(one.dummy_eq(two))  # type: ignore[attr-defined]


Z = indexed_sum(exp(x[j]), j)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{\exp x_i}{\sum_{j=1}^K \exp x_j}",
        r"\frac{\exp{x_i}}{\sum_j \exp{x_j}}",
        r"\dfrac{e^{x_i}}{\sum_{i=1}^{K} e^{x_i}}",
        r"e^{x_i} / \sum_j e^{x_j}",
        r"\frac{exp\left({x}_{i}\right)}{\sum_{j} exp\left({x}_{j}\right)}",
        r"\exp(x_i) \left(\sum_{j \in \{1, \dots, K\}} e^{x_j}\right)^{-1}",
        r"\operatorname{softmax}(x)_i",
    ],
)
def test_softmax_styles(latex: str) -> None:
    """One meaning under seven notations."""
    found = term(latex)
    if "softmax" in latex:
        assert found.unfold().dummy_eq(exp(x[i]) / Z)  # type: ignore[attr-defined]
    else:
        assert same(found, exp(x[i]) / Z)


@pytest.mark.parametrize(
    ("latex", "meaning"),
    [
        (r"\delta_{ik}", KroneckerDelta(i, k)),
        (r"\mathbb{1}(i = k)", KroneckerDelta(i, k)),
        (r"\mathbf 1\{i = k\}", KroneckerDelta(i, k)),
        (r"\mathbf{1}_{i=k}", KroneckerDelta(i, k)),
        (r"[i = k]", KroneckerDelta(i, k)),
        (r"0.1", Rational(1, 10)),
        (r"1e-8", Rational(1, 10**8)),
        (r"\log^2 x_i", log(x[i]) ** 2),
        (r"\sum_{i \ne k} x_i", None),
        (r"x^\top y", None),
        (r"\|x\|_2^2", None),
        (r"\mathbb{E}_{i \sim p}[x_i]", None),
        (r"\max_j x_j", None),
        (r"\prod_j x_j", None),
    ],
)
def test_values(latex: str, meaning: Expr | None) -> None:
    """Deltas, decimals and operators have one exact meaning."""
    found = term(latex)
    if meaning is not None:
        assert found == meaning


def test_sum_is_not_a_constant_times_k() -> None:
    """The stock parser reads Σ x_i as K times a constant."""
    assert same(term(r"\sum_{i=1}^K x_i"), indexed_sum(x[i], i))


def test_limits_left_out_come_from_the_slot() -> None:
    """``\\sum_j`` runs over the range of what j indexes."""
    assert same(term(r"\sum_j x_j"), indexed_sum(x[j], j))


def test_double_sum_over_ordered_pairs() -> None:
    """``1 ≤ i < j ≤ n`` binds j above i, not over everything."""
    found = elaborate(parse(r"\sum_{1 \le i < j \le n} x_i x_j")).lhs
    (inner, low, high), outer = found.args[1:]  # type: ignore[misc]
    assert low == outer[0] + 1 and high == outer[2] and inner != outer[0]


def test_vector_equation_is_componentwise() -> None:
    """A vector equation becomes an equation of components with a fresh free index."""
    statement = read(r"\nabla_x J(x) = x - y")
    assert len(statement.free) == 1
    (index,) = statement.free
    assert statement.rhs == x[index] - Tensor("y", (1, K))[index]


def test_matrices() -> None:
    """Products, transposes and diag are sums and deltas over indices."""
    statement = read(r"W x + b = y")
    assert len(statement.free) == 1 and statement.lhs.has(Tensor("b", (1, K)).label)
    outer = read(r"\operatorname{diag}(p) - p p^\top")
    a, c = outer.free
    p = Tensor("p", (1, K))
    assert outer.lhs == KroneckerDelta(a, c) * p[a] - p[a] * p[c]


def test_elementwise_square() -> None:
    """``\\mathbf g_t^2`` squares the entries."""
    statement = elaborate(parse(r"\mathbf{x}^2 = \mathbf{x} \odot \mathbf{x}"))
    assert statement.lhs == statement.rhs


def test_derivatives() -> None:
    """Derivatives stay nodes: a defined name under one must be unfolded first."""
    found = term(r"\frac{\partial}{\partial x_k} \log \sum_j e^{x_j}")
    assert same(found, Partial(log(Z), x[k]))
    assert same(term(r"\partial_{x_k} \log \sum_j e^{x_j}"), Partial(log(Z), x[k]))
    second = term(r"\frac{\partial^2}{\partial x_i \partial x_k} \log \sum_j e^{x_j}")
    assert isinstance(second, Partial) and second.wrt == (x[i], x[k])


def test_unspecified_function() -> None:
    """``∂J/∂x_k`` of an unspecified J is its slot derivative."""
    found = term(r"\frac{\partial J}{\partial x_k}")
    assert isinstance(found, Apply) and found.head == "J" and tuple(found.derivatives[0])[1] == k


def test_evaluation() -> None:
    """The bar evaluates after differentiating."""
    assert elaborate(parse(r"\left.\frac{d}{dt} t^3\right|_{t=2}")).lhs == 12
    assert elaborate(parse(r"t^2|_{t=3}")).lhs == 9


def test_domain_is_collected_before_cancelling() -> None:
    """x²/x = x keeps x ≠ 0, though SymPy has forgotten the denominator."""
    statement = elaborate(parse(r"\frac{x^2}{x} = x"))
    assert statement.lhs == statement.rhs
    assert [(str(h.lhs), h.relation) for h in statement.domain] == [("x", "!=")]
    logs = read(r"\sum_i p_i \log q_i")
    assert logs.domain[0].relation == ">" and logs.domain[0].forall


def test_bound_index_under_a_free_one_of_the_same_name() -> None:
    """A bound i under a free i changes nothing."""
    found = term(r"x_i \sum_i x_i")
    assert same(found, x[i] * indexed_sum(x[j], j))


@pytest.mark.parametrize(
    ("latex", "rule"),
    [
        (r"\log x y", "ambiguous"),
        (r"f(b+c)", "ambiguous"),
        (r"a/bc", "ambiguous"),
        (r"x_1 + \dots + x_K", "unsupported"),
        (r"a \approx b", "unsupported"),
        (r"\lim_{n \to 3} n", "unsupported"),
        (r"\int x", "unsupported"),
        (r"x^{100000000}", "unsupported"),
        (r"9^{9^{9^9}}", "unsupported"),
        (r"(10^{10000})^{10000}", "unsupported"),
        (r"10000000!", "unsupported"),
        (r"\mathbf x \mathbf y", "ambiguous"),
        (r"\sigma + \sigma(t)", "ambiguous"),
        (r"W \mathbf x = 3", "ambiguous"),
        (r"\sum_y f(y)", "ambiguous"),
        (r"\frac{1}{0}", "syntax"),
        (r"2 3", "syntax"),
    ],
)
def test_refused_with_a_reason(latex: str, rule: str) -> None:
    """Two readings, or none: never a guess, never a hang."""
    with pytest.raises(ReadError) as caught:
        elaborate(parse(latex))
    assert caught.value.rule == rule
    assert caught.value.message


def test_ordinary_readings() -> None:
    """What everybody reads one way is read that way."""
    from sympy import E, pi

    from symderive.terms import scalar

    a, b, c, g = (scalar(name) for name in ("a", "b", "c", "gamma"))
    assert elaborate(parse("a(b+c)")).lhs == a * (b + c)
    assert elaborate(parse(r"\gamma(1 - a)")).lhs == g * (1 - a)
    assert elaborate(parse(r"e^{2} + \pi")).lhs == E**2 + pi
    assert elaborate(parse(r"1/2 a")).lhs == a / 2
    assert elaborate(parse(r"a − b × c")).lhs == a - b * c


def test_declarations_settle_both_readings() -> None:
    """The declaration that the message names settles the formula."""
    from symderive.terms import scalar

    f, b, c = scalar("f"), scalar("b"), scalar("c")
    assert term("f(b+c)", "names: {f: scalar}") == f * (b + c)
    assert term("f(b+c)", "names: {f: function}") == Apply("f", (b + c,))
