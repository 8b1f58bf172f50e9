"""What is remembered about a term is not taken for a term of other ranges."""

from collections.abc import Iterator

import pytest
from sympy import Basic, exp

from symderive.decide import Status
from symderive.decide.domain import domain_of
from symderive.derivation.checking import verdict_of
from symderive.terms import Claim, Dim, Index, Tensor, Vector, indexed_sum, operation, vec, walk
from symderive.terms.remembering import forget_other_ranges, ranges_in, remembered
from symderive.terms.substitution import alpha_normal

K, N = Dim("K"), Dim("N")
n = Index("n", K)
FAMILIES = [Vector("x", K), Vector("x", K, lower=0), Vector("x", N), Tensor("x")]


def _tensors(term: Basic) -> Iterator[Tensor]:
    return (node for node in walk(term) if isinstance(node, Tensor))


def test_equal_terms_may_differ_in_their_ranges() -> None:
    first, *others = (family[n] for family in FAMILIES)
    for other in others:
        assert other == first  # one name is one variable
        assert ranges_in(other) != ranges_in(first)
    assert ranges_in(Claim(first, "=", 0)) != ranges_in(Claim(others[0], "=", 0))
    assert ranges_in((first, exp(first))) == ranges_in(first)
    assert ranges_in(n) == ranges_in("x") == frozenset()


def test_each_has_a_result_of_its_own() -> None:
    asked: list[Basic] = []

    @remembered(maxsize=8)
    def itself(term: Basic) -> Basic:
        asked.append(term)
        return term

    terms = [family[n] for family in FAMILIES]
    for term in (*terms, *terms):
        assert itself(term) is term
    assert len(asked) == len(terms)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_normal_form_keeps_the_ranges(family: Tensor) -> None:
    bound = Index("j", K)
    # SymPy makes no power or product here, which it would remember itself, by name alone.
    for term in (indexed_sum(family[bound], bound), operation("logsumexp", vec(family[bound], bound))):
        assert {t.ranges for t in _tensors(alpha_normal(term))} == {family.ranges}
        assert all(t.ranges == family.ranges for h in domain_of(term) for t in _tensors(h.lhs))


def test_a_verdict_is_about_the_ranges_that_were_meant() -> None:
    first = Index("i", K)
    inside, outside = (
        verdict_of(Claim(operation("logsumexp", vec(family[first], first)), "=", family[1]))
        for family in FAMILIES[:2]
    )
    assert inside.status is Status.REFUTED
    # Of x_0, …, x_{K−1} there is no x_K: neither side has a value there.
    assert outside.status is Status.UNDECIDED


def test_sympy_forgets_families_of_other_ranges() -> None:
    """It would give the product that was made first, with the family in it."""
    for family in (FAMILIES[0], FAMILIES[2], FAMILIES[0]):
        forget_other_ranges(family)
        product = 2 * family[n] ** 2
        assert {t.ranges for t in _tensors(product)} == {family.ranges}
