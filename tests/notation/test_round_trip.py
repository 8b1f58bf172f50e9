"""What is printed reads back as the same term: print → read → judge equal, over generated terms."""

from hypothesis import example, given
from sympy import Expr, exp, log

from formulas import FREE, SCALARS, STEP, VECTORS, K, terms
from symderive.decide import Status, judge_claim
from symderive.notation import elaborate, latex, load_notation, parse
from symderive.terms import Claim, Index, free_names, indexed_sum, substitute

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
    """
)
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
