"""A node put together by hand is the one that SymPy makes."""

import random

import pytest
from sympy import (
    Abs,
    Add,
    Basic,
    Eq,
    Expr,
    I,
    Integer,
    KroneckerDelta,
    Lt,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Sum,
    exp,
    log,
    nan,
    sqrt,
    zoo,
)

from symderive.terms import (
    Apply,
    Dim,
    Index,
    Iverson,
    Matrix,
    Vector,
    fresh_index,
    indexed_max,
    indexed_sum,
    operation,
    rebuild,
    scalar,
    vec,
)
from symderive.terms.assembling import alike
from symderive.terms.substitution import alpha_normal, renamed, substitute

K, N = Dim("K"), Dim("N")
x, y, W = Vector("x", K), Vector("y", K), Matrix("W", N, K)
i, j, k = (Index(name, K) for name in "ijk")
a, b, c = scalar("a"), scalar("b"), scalar("c")
LEAVES = [a, b, c, x[i], x[j], y[i], K, Integer(2), Integer(-1), Rational(1, 2), Integer(0), Integer(1)]
LEAVES += [indexed_sum(exp(x[k]), k), KroneckerDelta(i, j), Apply("f", (a,)), operation("sigmoid", a)]
LEAVES += [Iverson(Lt(a, b)), operation("softmax", vec(x[k], k), i), indexed_max(x[k], k), sqrt(2)]


def _term(rng: random.Random, depth: int) -> Expr:
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LEAVES)
    kind = rng.choice(["add", "mul", "mul", "pow", "exp", "log", "abs", "max", "sum"])
    if kind in ("add", "mul"):
        parts = [_term(rng, depth - 1) for _ in range(rng.choice([2, 2, 3, 4]))]
        return Add(*parts) if kind == "add" else Mul(*parts)
    inner = _term(rng, depth - 1)
    if kind == "pow":
        return Pow(inner, rng.choice([2, -1, 3, -2, Rational(1, 2), Rational(-1, 2), K, a]))
    if kind == "max":
        return rng.choice([Max, Min])(inner, _term(rng, depth - 1))
    if kind == "sum":
        return indexed_sum(inner, rng.choice([i, j, k]))
    return {"exp": exp, "log": log, "abs": Abs}[kind](inner)


def _is_real(term: Basic) -> bool:
    return isinstance(term, Expr) and not term.has(zoo, nan, I)


def _real_term(rng: random.Random, depth: int) -> Expr:
    while True:
        try:
            term = _term(rng, depth)
        except (TypeError, ValueError):  # what has no value is not compared
            continue
        if _is_real(term):
            return term


@pytest.mark.parametrize("seed", range(12))
def test_other_arguments_give_the_term_that_sympy_makes(seed: int) -> None:
    rng = random.Random(seed)
    tried = 0
    while tried < 150:
        term = _real_term(rng, 3)
        if not isinstance(term, (Add, Mul, Pow, exp, log, Sum)):
            continue
        args = tuple(
            _real_term(rng, rng.choice([0, 1, 2]))
            if rng.random() < 0.5 and not isinstance(term, Sum)
            else arg
            for arg in term.args
        )
        try:
            expected = term.func(*args)
        except (TypeError, ValueError):
            continue
        if not _is_real(expected):
            continue
        made = alike(term, args)
        assert made == expected, (term, args)
        assert made.args == expected.args
        assert type(made) is type(expected)
        tried += 1


@pytest.mark.parametrize(
    ("term", "args", "expected"),
    [
        (a * b, (a, a), a**2),
        (a * b, (a, 1 / a), Integer(1)),
        (a * exp(b), (exp(b), exp(2 * b)), exp(3 * b)),
        (2 * a, (Integer(2), a + b), 2 * a + 2 * b),
        (2 * a * b, (Integer(2), Rational(1, 2), b), b),
        (a + b, (a, -a), Integer(0)),
        (a + b, (2 * a, 3 * a), 5 * a),
        (a + b, (a + c, b), a + b + c),
        (exp(a), (a + log(b),), b * exp(a)),
        (exp(a), (2 * log(b),), b**2),
        (log(a), (exp(b),), b),
        (log(a), (Integer(1),), Integer(0)),
        (a**2, (a, Integer(0)), Integer(1)),
        ((a + b) ** 2, (a + b, Integer(1)), a + b),
        (a**2, (a * b, Integer(2)), a**2 * b**2),
        (KroneckerDelta(i, j), (i, i), Integer(1)),
        (Lt(i, j), (i, i), Lt(i, i)),
        (Eq(i, j), (i, i), Eq(i, i)),
    ],
)
def test_what_combines_is_combined(term: Basic, args: tuple[Expr, ...], expected: Basic) -> None:
    assert alike(term, args) == expected


def test_a_sum_is_rebuilt_with_its_limits() -> None:
    inner = fresh_index("n")
    double = Sum(W[inner, i] * x[i], (i, 1, inner), (inner, 1, N))
    again = rebuild(double, lambda arg: substitute(arg, {x: y}) if isinstance(arg, Expr) else arg)
    assert again == Sum(W[inner, i] * y[i], (i, 1, inner), (inner, 1, N))
    assert again.is_commutative and again.free_symbols == Sum(*again.args).free_symbols


def test_names_are_renamed_together() -> None:
    # Each name becomes another at once: a swap is no substitution after substitution.
    n, m = fresh_index("n"), fresh_index("m")
    term = (x[i] - x[j]) ** 2 * KroneckerDelta(i, j)
    assert renamed(term, {i: n, j: m}) == (x[n] - x[m]) ** 2 * KroneckerDelta(n, m)
    assert alpha_normal(indexed_sum(term, i)) == alpha_normal(indexed_sum(renamed(term, {i: k}), k))
    assert alpha_normal(indexed_sum(x[j] * y[k], k)) != alpha_normal(indexed_sum(x[k] * y[j], k))
