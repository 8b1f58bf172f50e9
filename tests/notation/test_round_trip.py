"""What is printed reads back as the same term: print → read → judge equal, over generated terms."""

import pytest
from hypothesis import example, given
from sympy import Expr, binomial, exp, factorial, log, oo, sqrt

from formulas import FREE, SCALARS, STEP, VECTORS, K, terms
from symderive.decide import Status, judge_claim
from symderive.notation import elaborate, latex, load_notation, parse
from symderive.terms import (
    Apply,
    Claim,
    Index,
    Partial,
    Tensor,
    free_names,
    indexed_max,
    indexed_min,
    indexed_sum,
    operation,
    scalar,
    substitute,
    vec,
)

NOTATION = load_notation(
    """
    names:
      K: dim
      i: index K
      k: index K
      j: index K
      x: vector K
      "y": vector K
      q: vector K
      W: matrix K K
      v: sequence
      "n": step
      a: scalar
      t: scalar
      gamma: scalar
      mu: scalar
      s: function of x into K
      theta: sequence of vector K
      phi: sequence of vector K
      J: function
      f: function of t
      L: function of x
    """
)
theta = Tensor("theta", (1, K), (0, oo))
phi = Tensor("phi", (1, K), (0, oo))
i, k = FREE
j = Index("j", K)
x, y = VECTORS["x"], VECTORS["y"]
t = SCALARS[1]


def read(text: str) -> Expr:
    term = elaborate(parse(text), NOTATION).lhs
    assert isinstance(term, Expr)
    # A step that is used as n − 1 is read as counting from 1: the same name, another range.
    steps = {name: STEP for name in free_names(term) if name.name == STEP.name}
    return substitute(term, steps)


def same(term: Expr, other: Expr) -> bool:
    """Equal as they stand up to bound names, else by the judge."""
    if term.as_dummy() == other.as_dummy():
        return True
    return judge_claim(Claim(term, "=", other), timeout=20).status in (Status.PROVED, Status.SUPPORTED)


@given(terms())
@example(substitute(indexed_sum(x[j] * y[i], j), {i: j}))
@example(indexed_sum(x[i] * indexed_sum(y[i] * x[j], i), j))
@example(log(t**2 + 1) * log(exp(x[i]) + 1) * x[k])
@example(exp(-(t**2) / (2 * (1 + x[i] ** 2))))
def test_a_printed_term_reads_back_as_itself(term: Expr) -> None:
    text = latex(term)
    again = read(text)
    assert same(term, again), text
    assert same(again, read(latex(again)))


def gradient(*derivatives: tuple[object, ...]) -> Apply:
    return Apply("J", (vec(theta[j, STEP], j),), (), derivatives)


def gradient_at(point: Expr, *derivatives: tuple[object, ...]) -> Apply:
    return Apply("J", (vec(point, j),), (), derivatives)


xs = vec(x[j], j)
APPLIED = [
    gradient((0, k)) ** 2,
    gradient((0, i), (0, k)),
    gradient_at(theta[j, STEP] - scalar("gamma") * phi[j, STEP], (0, k)),
    phi[i, STEP] * gradient_at(theta[j, STEP] - scalar("gamma") * phi[j, STEP], (0, i), (0, k)) ** 2,
    -scalar("mu") * gradient_at(2 * theta[j, STEP] + 3 * phi[j, STEP], (0, k)) * phi[k, STEP],
    gradient_at(x[j] + scalar("gamma") * y[j], (0, k)) * (y[k] - x[k]),
    theta[k, STEP + 1] - scalar("mu") * gradient((0, k)) / sqrt(1 + gradient((0, k)) ** 2),
    Apply("J", (vec(theta[j, STEP] - scalar("mu") * theta[j, STEP - 1], j),)),
    Apply("f", (t + 1,), (), ((0,), (0,))),
    Partial(Apply("s", (xs,), (i,)), x[k]),
    Partial(t**2 * exp(t), t),
    Partial(indexed_sum(y[j] * log(1 + x[j] ** 2), j), x[k], x[i]),
    operation("softmax", xs, i) * (1 - operation("softmax", xs, k)),
    operation("norm1", xs) + operation("norm2", xs),
    indexed_max(x[j], j) - indexed_min(x[j], j),
    binomial(K, i) * factorial(K - i),
]


@pytest.mark.parametrize("term", APPLIED, ids=str)
def test_functions_and_derivatives_read_back(term: Expr) -> None:
    assert same(term, read(latex(term))), latex(term)


@pytest.mark.parametrize("letters", ["ln", "tr", "nl"])
def test_indices_that_spell_a_function_read_back(letters: str) -> None:
    """S_{ln} would be read as a logarithm in a subscript."""
    first, second = (Index(letter, K) for letter in letters)
    term = Tensor("W", (1, K), (1, K))[first, second]
    notation = load_notation(
        f"names: {{K: dim, W: matrix K K, {letters[0]}: index K, '{letters[1]}': index K}}"
    )
    assert elaborate(parse(latex(term)), notation).lhs == term
