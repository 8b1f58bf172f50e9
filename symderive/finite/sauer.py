"""From dimension to growth: Pajor's and Sauer's induction, and Σ_{i≤d} C(m, i) ≤ (em/d)^d, link by link.

What is arithmetic is judged for every m and d; what is combinatorics about arbitrary sets is cited, and
checked exhaustively up to four points by `check_all_families`.
"""

from __future__ import annotations

from sympy import E, Expr, Integer, Max, Min, binomial, exp, factorial

from symderive.decide import Status, Verdict, judge_claim
from symderive.finite.ball_values import ball_value
from symderive.finite.chains import Chain, Link
from symderive.finite.hypothesis_class import checked_size
from symderive.terms import Claim, Dim, Hypothesis, Index, Tensor, Vector, indexed_sum, scalar

__all__ = ["pascal_identity", "polynomial_growth_chain", "polynomial_growth_verdict", "sauer_chain"]

_PAJOR = "Pajor, Sous-espaces ℓ1ⁿ des espaces de Banach, 1985"
_SAUER = "Sauer, On the density of families of sets, 1972; Shelah 1972; Vapnik and Chervonenkis 1971"


def pascal_identity() -> Claim:
    """Pascal's rule with the binomials as quotients of factorials, for 1 ≤ k ≤ n.

    Examples
    --------
    >>> judge_claim(pascal_identity()).status
    <Status.PROVED: 'PROVED'>
    """
    n = Dim("n")
    k = Index("k", n)

    def choose(top: Expr, bottom: Expr) -> Expr:
        return factorial(top) / (factorial(bottom) * factorial(top - bottom))

    return Claim(choose(n + 1, k), "=", choose(n, k) + choose(n, k - 1))


def sauer_chain() -> Chain:
    """Sauer's lemma by Pajor's induction on the number of points.

    F is a family on n + 1 points, K the number of patterns on the first n of them; e_p and f_p say whether
    the pattern p followed by − and by + belongs to F (0 or 1). F′ (patterns with some continuation)
    and F″ (patterns with both) are families on n points.

    Examples
    --------
    >>> chain = sauer_chain()
    >>> [name for name, status in chain.statuses.items() if status.value == "PROVED"]
    ['base', 'split', 'some', 'both', 'add', 'pascal']
    """
    K = Dim("K")
    p = Index("p", K)
    e, f = Vector("e", K), Vector("f", K)
    a, b, c, d = (scalar(name) for name in ("a", "b", "s", "t"))
    members = indexed_sum(e[p] + f[p], p)
    parts = indexed_sum(Max(e[p], f[p]), p) + indexed_sum(Min(e[p], f[p]), p)
    bounded = (Hypothesis(a, "<=", c), Hypothesis(b, "<=", d))
    return Chain(
        "a family of VC dimension d on m points has at most Σ_{i≤d} C(m, i) members",
        (
            Link("base", "no points: one member at most, and it shatters the empty set",
                 Claim(Integer(1), "=", binomial(Integer(0), Integer(0), evaluate=False))),
            Link("split", "|F| = |F′| + |F″|: a pattern has maximum plus minimum continuations",
                 Claim(members, "=", parts)),
            Link("some", "a pattern in F′ continues in F: some continuation is a member",
                 Claim(Max(a, b), "<=", a + b, (Hypothesis(a, ">=", 0), Hypothesis(b, ">=", 0)))),
            Link("both", "a pattern in F″ continues in F both ways", Claim(Min(a, b), "<=", a)),
            Link("lift", "F shatters what F′ does, and with the new point added what F″ does", source=_PAJOR),
            Link("add", "|F| = |F′| + |F″| ≤ #sh(F′) + #sh(F″) ≤ #sh(F), by the induction hypothesis",
                 Claim(a + b, "<=", c + d, bounded)),
            Link("sizes", "a shattered set has at most d points; C(m, i) sets have i points", source=_SAUER),
            Link("pascal", "the same count by recursion: the sums of binomials obey Pascal's rule",
                 pascal_identity()),
        ),
    )  # fmt: skip


def polynomial_growth_chain() -> Chain:
    """Σ_{i≤d} C(m, i) ≤ (em/d)^d for m ≥ d ≥ 1, in links that the judge decides one by one.

    Two of them are the steps of inductions on an exponent: a further factor q ≤ 1 makes a power
    smaller, and A ≤ B is kept by multiplying A^k ≤ B^k with it.

    Examples
    --------
    >>> polynomial_growth_chain().status
    <Status.PROVED: 'PROVED'>
    """
    m, d, n = Dim("m"), Dim("d"), Dim("n")
    i = Index("i", m, 0)
    low = Index("i", d, 0)
    step = Index("i", Dim("d") + n, 0)
    q, power, a, b, c = (scalar(name) for name in ("q", "p", "a", "b", "c"))
    u, v = Tensor("u", (0, d)), Tensor("v", (0, d + n))
    enough = (Hypothesis(m, ">=", d),)
    ratio = (Hypothesis(q, ">=", 0), Hypothesis(q, "<=", 1), Hypothesis(power, ">=", 0))
    falling = (Hypothesis(u[low], ">=", power, (low,)),)
    grown = (Hypothesis(b, ">=", a), Hypothesis(power, ">=", 0))
    grown_too = (Hypothesis(b, ">=", 0), Hypothesis(c, ">=", power))
    head, tail = indexed_sum(v[step], step, 0, d), indexed_sum(v[step], step, d + 1, d + n)
    positive = (Hypothesis(v[step], ">=", 0, (step,)),)
    count = indexed_sum(binomial(m, low), low, 0, d)
    weighted = indexed_sum(binomial(m, low) * u[low], low, 0, d)
    return Chain(
        "Σ_{i≤d} C(m, i) ≤ (em/d)^d for m ≥ d",
        (
            Link("ratio", "q = d/m is at most 1, because m ≥ d", Claim(d / m, "<=", Integer(1), enough)),
            Link("powers fall", "induction step: one more factor q does not enlarge a power of q",
                 Claim(power * q, "<=", power, ratio)),
            Link("smallest power first", "so u_i = q^i ≥ p = q^d for i ≤ d: p Σ C(m, i) ≤ Σ C(m, i) u_i",
                 Claim(power * count, "<=", weighted, falling)),
            Link("more terms", "terms v_i = C(m, i) q^i ≥ 0 are added, m = d + n (for m = d there are none)",
                 Claim(head, "<=", head + tail, positive)),
            Link("one sum", "both parts are one sum",
                 Claim(indexed_sum(v[step], step, 0, d + n), "=", head + tail)),
            Link("binomial theorem", "the sum with all terms is a power",
                 Claim(indexed_sum(binomial(m, i) * q**i, i, 0, m), "=", (1 + q) ** m)),
            Link("exponential", "1 + t ≤ e^t at t = d/m, whose m-th power is e^d",
                 Claim(1 + d / m, "<=", exp(d / m))),
            Link("powers grow", "induction step: a ≤ b and p ≤ c give pa ≤ pb",
                 Claim(power * a, "<=", power * b, grown)),
            Link("powers grow too", "and pb ≤ cb", Claim(power * b, "<=", c * b, grown_too)),
            Link("divide", "(d/m)^d (em/d)^d = e^d: the factor (d/m)^d is divided out",
                 Claim((d / m) ** d * (E * m / d) ** d, "=", exp(d))),
        ),
    )  # fmt: skip


def polynomial_growth_verdict(
    m: int | None = None, d: int | None = None, *, precondition: bool = True
) -> Verdict:
    """The judge on Σ_{i≤d} C(m, i) ≤ (em/d)^d itself.

    Parameters
    ----------
    m, d
        Numbers, at least 1, or None for any.
    precondition
        Whether m ≥ d is assumed. Numbers with m < d contradict it, and are refused then.

    Returns
    -------
    Verdict
        For numbers ``PROVED`` or ``REFUTED``. For any m and d ``REFUTED`` without the precondition, and
        open to the judge in one step (``UNDECIDED``) with it: the chain proves it.

    Examples
    --------
    >>> polynomial_growth_verdict(1, 2, precondition=False).status  # 2 ≤ (e/2)² is false
    <Status.REFUTED: 'REFUTED'>
    >>> polynomial_growth_verdict(precondition=False).status
    <Status.REFUTED: 'REFUTED'>
    """
    size = Dim("m") if m is None else Integer(checked_size(m, 1))
    dimension = Dim("d") if d is None else Integer(checked_size(d, 1))
    if precondition and m is not None and d is not None and m < d:
        raise ValueError(f"m = {m} < d = {d}: the bound needs m ≥ d, and is false at m = 1, d = 2")
    if m is not None and d is not None:
        left: Expr = sum((binomial(size, i) for i in range(d + 1)), Integer(0))
    else:
        i = Index("i", dimension, 0)
        left = indexed_sum(binomial(size, i), i, 0, dimension)
    hypotheses = (Hypothesis(size, ">=", dimension),) if precondition and None in (m, d) else ()
    right = (E * size / dimension) ** dimension
    verdict = judge_claim(Claim(left, "<=", right, hypotheses))
    if verdict.status is Status.UNDECIDED and left.is_number and ball_value(right - left) > 0:
        return Verdict(Status.PROVED, "ball arithmetic", evidence="a ball around the difference is positive")
    return verdict
