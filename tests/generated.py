"""Random terms: scalars, entries, sums, deltas, exponentials, roots, powers with symbolic exponents."""

from __future__ import annotations

import random

from sympy import Abs, Expr, Integer, KroneckerDelta, Max, Piecewise, Rational, binomial, exp, log, oo, sqrt

from symderive.terms import (
    Dim,
    Index,
    Iverson,
    Matrix,
    Tensor,
    Vector,
    indexed_max,
    indexed_product,
    indexed_sum,
    scalar,
    substitute,
)

K, N = Dim("K"), Dim("N")
FREE = [Index("i", K), Index("k", K), Index("l", K)]
STEP = Index("n", oo, 0)
X, Y, P = Vector("x", K), Vector("y", K), Vector("p", K)
W, V = Matrix("W", K, K), Matrix("V", K, N)
G = Tensor("g", (0, oo))
A, B, GAMMA = scalar("a"), scalar("b"), scalar("gamma")
#: Names that stand for positive numbers wherever a generated term is evaluated.
POSITIVE = ("p", "b", "gamma")


class Generator:
    """Random terms of bounded depth; the same seed gives the same term."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fresh = 0

    def index(self, bound: list[Index]) -> Expr:
        """An index over classes, bound or free."""
        pool = [b for b in bound if b.upper == K and b.lower == 1] * 2 + FREE
        return self.random.choice(pool)

    def atom(self, bound: list[Index]) -> Expr:
        """A leaf."""
        pick = self.random.randrange(10)
        if pick < 3:
            return self.random.choice([X, Y, P])[self.index(bound)]
        if pick == 3:
            return W[self.index(bound), self.index(bound)]
        if pick == 4:
            return KroneckerDelta(self.index(bound), self.index(bound))
        if pick == 5:
            return Rational(self.random.choice([-2, -1, 1, 2, 3]), self.random.choice([1, 1, 2, 3]))
        if pick == 6:
            return self.random.choice([A, B, GAMMA, K])
        if pick == 7:
            steps = [b for b in bound if b.upper == STEP]
            if steps:
                j = self.random.choice(steps)
                return self.random.choice([G[j], G[STEP - j], GAMMA**j, GAMMA ** (STEP - j), j])
            return self.random.choice([G[STEP], G[STEP + 1], GAMMA**STEP])
        if pick == 8:
            return Iverson(self.index(bound) < self.index(bound))
        return self.random.choice([X, Y])[self.index(bound)]

    def positive(self, depth: int, bound: list[Index]) -> Expr:
        """A term that is positive wherever `POSITIVE` names are."""
        pick = self.random.randrange(6 if depth > 0 else 3)
        if pick == 0:
            return P[self.index(bound)]
        if pick == 1:
            return self.random.choice([B, GAMMA, K])
        if pick == 2:
            return exp(self.atom(bound))
        if pick == 3:
            return self.positive(depth - 1, bound) * self.positive(depth - 1, bound)
        if pick == 4:
            return self.positive(depth - 1, bound) + self.positive(depth - 1, bound)
        j = self.bind("q", K)
        return indexed_sum(self.positive(depth - 1, [*bound, j]), j)

    def bind(self, name: str, upper: Expr, lower: int = 1) -> Index:
        """A new bound index; names repeat on purpose."""
        self.fresh += 1
        return Index(self.random.choice([name, "i", "k", "j"]), upper, lower)

    def sum(self, depth: int, bound: list[Index]) -> Expr:
        """A sum over one of several ranges."""
        pick = self.random.randrange(10)
        if pick < 4:
            j = self.bind("j", K)
            return indexed_sum(self.term(depth, [*bound, j]), j)
        if pick >= 8:
            # One summand over several ranges, shifted and reversed: limits are split off and re-based.
            j = self.bind("j", K)
            body = self.term(depth, [*bound, j])
            shifted = substitute(body, {j: j - 1})
            return (
                indexed_sum(body, j, 1, K)
                + 2 * indexed_sum(body, j, 2, K)
                - 3 * indexed_sum(body, j, 1, K - 1)
                + 5 * indexed_sum(shifted, j, 2, K + 1)
                - 7 * indexed_sum(substitute(body, {j: K + 1 - j}), j, 1, K)
            )
        if pick == 4:
            j = Index("t", STEP)
            return indexed_sum(self.term(depth, [*bound, j]), j, 1, STEP)
        if pick == 5:
            j = self.bind("j", K)
            return indexed_sum(self.term(depth, [*bound, j]), j, 1, K - 1)
        if pick == 6:
            j = self.bind("j", K)
            return indexed_sum(self.term(depth, [*bound, j]), j, 2, K)
        j = Index("t", STEP)
        return indexed_sum(binomial(STEP, j) * GAMMA**j, j, 0, STEP)

    def term(self, depth: int, bound: list[Index] | None = None) -> Expr:
        """A term."""
        bound = bound or []
        if depth <= 0:
            return self.atom(bound)
        pick = self.random.randrange(16)
        if pick < 3:
            return self.term(depth - 1, bound) + self.term(depth - 1, bound)
        if pick < 6:
            return self.term(depth - 1, bound) * self.term(depth - 1, bound)
        if pick < 9:
            return self.sum(depth - 1, bound)
        if pick == 9:
            return exp(self.term(min(depth - 1, 1), bound) / 2)
        if pick == 10:
            return log(self.positive(depth - 1, bound))
        if pick == 11:
            return sqrt(self.positive(depth - 1, bound))
        if pick == 12:
            return self.term(depth - 1, bound) / self.positive(depth - 1, bound)
        if pick == 13:
            inner = self.term(depth - 1, bound)
            return self.random.choice(
                [Abs(inner), inner**2, Max(inner, self.atom(bound)), self.cases(inner, bound)]
            )
        if pick == 14:
            j = self.bind("j", K)
            body = self.term(min(depth - 1, 1), [*bound, j])
            return self.random.choice(
                [indexed_max(body, j), indexed_product(self.positive(1, [*bound, j]), j)]
            )
        return self.positive(depth - 1, bound) ** self.random.choice([STEP, Integer(-1), Rational(1, 3)])

    def cases(self, inner: Expr, bound: list[Index]) -> Expr:
        """Cases on equal indices."""
        condition = self.index(bound), self.index(bound)
        return inner * KroneckerDelta(*condition) + (1 - KroneckerDelta(*condition)) * Piecewise(
            (self.atom(bound), self.index(bound) <= self.index(bound)), (A, True), evaluate=False
        )
