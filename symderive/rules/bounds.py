"""Known inequalities: each step of a chain of ≤ or ≥ uses one of them."""

from __future__ import annotations

from sympy import Abs, Expr, Integer, Rational, exp, log, sqrt

from symderive.rules.rule import Example, Rule
from symderive.terms import Dim, Hypothesis, Index, Vector, indexed_product, indexed_sum, scalar

__all__ = ["BY_FACT", "ROWS"]

_ZERO = Integer(0)

#: The judge's name of a fact → the rule that a step by it is named after.
BY_FACT = {
    "log t ≤ t − 1": "bound.logarithm",
    "1 + t ≤ exp t": "bound.exponential",
    "cosh t ≤ exp(t²/2)": "bound.hyperbolic-cosine",
    "Jensen (exp)": "bound.jensen",
    "AM–GM": "bound.am-gm",
    "Cauchy–Schwarz": "bound.cauchy-schwarz",
    "a longer sum is larger": "bound.longer-sum",
}


def _names() -> tuple[Dim, Index, Expr, Expr, Expr]:
    K = Dim("K")
    return K, Index("j", K), Vector("x", K), Vector("y", K), scalar("t")


def _positive(*terms: Expr) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(term, ">", _ZERO) for term in terms)


def _example_logarithm() -> Example:
    t = scalar("t")
    return Example(log(t), t - 1, (t - 2, 1 - t, log(t) - 1), "<=", _positive(t))


def _example_exponential() -> Example:
    t = scalar("t")
    return Example(exp(t), 1 + t, (2 + t, 1 + 2 * t), ">=")


def _example_hyperbolic() -> Example:
    t = scalar("t")
    after = exp(t**2 / 2)
    return Example((exp(t) + exp(-t)) / 2, after, (exp(t**2 / 3), after - 1, exp(t)), "<=")


def _example_jensen() -> Example:
    K, j, x, _, _ = _names()
    before = indexed_sum(exp(x[j]), j) / K
    after = exp(indexed_sum(x[j], j) / K)
    return Example(before, after, (after + 1, 2 * after), ">=")


def _example_am_gm() -> Example:
    a, b = scalar("a"), scalar("b")
    return Example((a + b) / 2, sqrt(a * b), (2 * sqrt(a * b), sqrt(a * b) + 1), ">=", _positive(a, b))


def _example_cauchy_schwarz() -> Example:
    _, j, x, y, _ = _names()
    before = indexed_sum(x[j] * y[j], j) ** 2
    after = indexed_sum(x[j] ** 2, j) * indexed_sum(y[j] ** 2, j)
    return Example(before, after, (after / 2, indexed_sum(x[j] ** 2, j)), "<=")


def _example_longer() -> Example:
    d, m = Dim("d"), Dim("m")
    x, j = Vector("x", m), Index("j", m)
    before = indexed_sum(x[j] ** 2, j, 1, d)
    after = indexed_sum(x[j] ** 2, j, 1, m)
    return Example(before, after, (after - 1, after / 2), "<=", (Hypothesis(d, "<=", m),))


def _example_termwise() -> Example:
    _, j, x, y, _ = _names()
    before = indexed_sum(Abs(x[j] + y[j]), j)
    after = indexed_sum(Abs(x[j]) + Abs(y[j]), j)
    return Example(before, after, (indexed_sum(Abs(x[j]) - Abs(y[j]), j), after / 2), "<=")


def _example_square() -> Example:
    a, b = scalar("a"), scalar("b")
    return Example(a**2 + b**2, 2 * a * b, (2 * a * b + 1, 3 * a * b), ">=")


def _example_sign() -> Example:
    a, b = scalar("a"), scalar("b")
    return Example(a + b, a, (a + 2 * b, 2 * a), ">=", _positive(a, b))


def _example_cells() -> Example:
    a, b = scalar("a"), scalar("b")
    return Example(Abs(a + b), Abs(a) + Abs(b), (Abs(a) - Abs(b), (Abs(a) + Abs(b)) / 2), "<=")


def _example_squared() -> Example:
    a, b = scalar("a"), scalar("b")
    right = sqrt((a + b) / 2)
    known = tuple(Hypothesis(name, ">=", _ZERO) for name in (a, b))
    return Example((sqrt(a) + sqrt(b)) / 2, right, (right / 2, right - 1), "<=", known)


def _example_monotone() -> Example:
    d, m = scalar("d"), scalar("m")
    return Example((1 + d / m) ** m, exp(d), (exp(d) / 2, exp(d) - 1), "<=", _positive(d, m))


def _example_product() -> Example:
    _, j, x, _, _ = _names()
    before = indexed_product(exp(x[j]), j)
    return Example(before, exp(indexed_sum(x[j], j)) * Rational(1, 2), (2 * before, before + 1), ">=")


ROWS: tuple[Rule, ...] = (
    Rule("bound.logarithm", "log t ≤ t − 1", "log t ≤ t − 1", _example_logarithm, None, 3),
    Rule("bound.exponential", "exp t ≥ 1 + t", "exp t ≥ 1 + t", _example_exponential, None, 3),
    Rule(
        "bound.hyperbolic-cosine",
        "cosh t ≤ exp(t²/2), term by term in the power series",
        "멱급수를 항별로 비교: cosh t ≤ exp(t²/2)",
        _example_hyperbolic,
        None,
        3,
    ),
    Rule("bound.jensen", "Jensen's inequality", "옌센 부등식", _example_jensen, None, 3),
    Rule(
        "bound.am-gm",
        "inequality of arithmetic and geometric means",
        "산술·기하 평균 부등식",
        _example_am_gm,
        None,
        3,
    ),
    Rule(
        "bound.cauchy-schwarz",
        "Cauchy–Schwarz inequality",
        "코시–슈바르츠 부등식",
        _example_cauchy_schwarz,
        None,
        3,
    ),
    Rule(
        "bound.longer-sum",
        "a sum of more non-negative terms is larger",
        "음이 아닌 항이 더 많은 합이 더 크다",
        _example_longer,
        None,
        3,
    ),
    Rule("bound.termwise", "term by term", "항별로 비교", _example_termwise, None, 3),
    Rule("bound.square", "a square is not negative", "제곱은 음수가 아니다", _example_square, None, 3),
    Rule("bound.sign", "every term has this sign", "모든 항의 부호가 같다", _example_sign, None, 3),
    Rule("bound.cells", "by cases on the signs", "부호에 따라 경우를 나눈다", _example_cells, None, 3),
    Rule(
        "bound.squared",
        "both sides squared: the root is monotone",
        "양변을 제곱: 제곱근은 단조",
        _example_squared,
        None,
        3,
    ),
    Rule(
        "bound.monotone",
        "by logarithms of both sides, and log t ≤ t − 1",
        "양변의 로그와 log t ≤ t − 1",
        _example_monotone,
        None,
        3,
    ),
    Rule(
        "bound.fact",
        "the difference has a known sign",
        "두 변의 차의 부호가 알려져 있다",
        _example_product,
        None,
        2,
    ),
)
