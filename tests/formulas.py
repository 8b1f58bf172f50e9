"""Hypothesis strategies for formulas: terms over vectors, a matrix, a sequence and scalars, with their names.

Every term that they make has a real value for all real values of its names: logarithms, roots and
denominators are given positive arguments.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sympy import (
    Abs,
    Eq,
    Expr,
    Integer,
    KroneckerDelta,
    Max,
    Ne,
    Piecewise,
    Rational,
    Symbol,
    exp,
    log,
    oo,
    sign,
    sqrt,
)

from symderive.terms import (
    Apply,
    Dim,
    Index,
    Iverson,
    Matrix,
    Tensor,
    Vector,
    indexed_product,
    indexed_sum,
    operation,
    scalar,
    vec,
)

K = Dim("K")
VECTORS = {letter: Vector(letter, K) for letter in "xyq"}
W = Matrix("W", K, K)
SEQUENCE = Tensor("v", (0, oo))
STEP = Index("n", oo, 0)
FREE = tuple(Index(letter, K) for letter in "ik")
SCALARS = tuple(scalar(letter) for letter in ("a", "t", "gamma", "mu"))


def leaves(indices: tuple[Symbol, ...]) -> SearchStrategy[Expr]:
    """Entries at the indices in scope, scalars, numbers."""
    index = st.sampled_from(indices)
    entry = st.builds(lambda x, i: x[i], st.sampled_from(list(VECTORS.values())), index)
    number = st.integers(-3, 5).map(Integer)
    fraction = st.builds(Rational, st.integers(1, 3), st.integers(2, 5))
    step = st.sampled_from([STEP, STEP - 1, STEP + 1]).map(lambda n: SEQUENCE[n])
    return st.one_of(
        entry,
        st.sampled_from(SCALARS),
        st.builds(lambda i, j: W[i, j], index, index),
        number,
        fraction,
        step,
        st.just(K),
        st.builds(KroneckerDelta, index, index),
        st.builds(lambda i, j: Iverson(Eq(i, j)) if i != j else Integer(1), index, index),
        st.builds(lambda i: Apply("s", (vec(VECTORS["x"][Index("j", K)], Index("j", K)),), (i,)), index),
    )


def positive(term: Expr) -> Expr:
    """A term with a positive value, made of any term."""
    return 1 + term**2


def grown(inner: SearchStrategy[Expr]) -> SearchStrategy[Expr]:
    """Terms made of terms over the same indices."""
    return st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, b: a * (b + 1), inner, inner),
        st.builds(lambda a, b: a / positive(b), inner, inner),
        inner.map(lambda a: -a),
        inner.map(lambda a: a**2),
        inner.map(lambda a: exp(-a)),
        inner.map(lambda a: log(positive(a))),
        inner.map(lambda a: sqrt(positive(a))),
        inner.map(lambda a: 1 / sqrt(positive(a))),
        inner.map(Abs),
        inner.map(sign),
        inner.map(lambda a: Max(a, 0)),
        inner.map(lambda a: operation("sigmoid", a)),
        st.builds(
            lambda a, b: Piecewise((a, Eq(*FREE)), (b, Ne(*FREE)), evaluate=False),
            inner,
            inner,
        ),
    )


@st.composite
def sums(draw: st.DrawFn, indices: tuple[Symbol, ...], depth: int) -> Expr:
    """A sum or product over a new index; its name may be that of a free one."""
    name = draw(st.sampled_from("jik"))
    bound = Index(name, K)
    inside = (*(index for index in indices if index != bound), bound)
    body = draw(terms(inside, depth - 1))
    lower, upper = draw(st.sampled_from([(1, K), (1, K - 1), (2, K)]))
    build = draw(st.sampled_from([indexed_sum, indexed_sum, indexed_sum, indexed_product]))
    return build(body, bound, lower, upper)


def terms(indices: tuple[Symbol, ...] = FREE, depth: int = 3) -> SearchStrategy[Expr]:
    """Terms over the given indices."""
    if depth == 0:
        return leaves(indices)
    inner = terms(indices, depth - 1)
    return st.one_of(leaves(indices), grown(inner), sums(indices, depth))
