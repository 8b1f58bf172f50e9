"""Vectors and matrices in place of components: shown only where they are read back and proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import pytest
from sympy import Symbol, log

from derivation.test_book import derived
from symderive import Dim, Index, Matrix, Vector, derive, indexed_sum
from symderive.derivation import Derivation
from symderive.render import vector_form

module = import_module("symderive.render.vector_form")
K, M, N, D = (Dim(name) for name in "KMND")
x, y, v = (Vector(name, K) for name in "xyv")
i, j, k = (Index(name, K) for name in "ijk")


def of_book(name: str) -> Derivation:
    return next(d for found, _, d in derived(name.partition("/")[0]) if found == name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "softmax/jacobian",
            r"\frac{\partial \mathbf{s}}{\partial \mathbf{x}} = \operatorname{diag}(\mathbf{s}(\mathbf{x})) - \mathbf{s}(\mathbf{x}) \mathbf{s}(\mathbf{x})^\top",
        ),
        (
            "cross_entropy/gradient-by-logits-normalised",
            r"\nabla_{\mathbf{x}} L(\mathbf{x}, \mathbf{y}) = \mathbf{s}(\mathbf{x}) - \mathbf{y}",
        ),
        (
            "cross_entropy/gradient-by-features",
            r"\nabla_{\mathbf{h}} C = W^\top \left(S \mathbf{s}(z) - \mathbf{y}\right)",
        ),
        (
            "cross_entropy/gradient-by-weights-normalised",
            r"\nabla_{W} C = \left(\mathbf{s}(z) - \mathbf{y}\right) \mathbf{h}^\top",
        ),
    ],
)
def test_the_forms_that_people_write(name: str, expected: str) -> None:
    assert vector_form(of_book(name)) == expected


def test_least_squares_by_a_matrix() -> None:
    """Xᵀ(XW − Y): a product of matrices, one of them transposed, is found from sums of components."""
    X, W, Y = Matrix("X", N, D), Matrix("W", D, M), Matrix("Y", N, M)
    n, m, d = Index("n", N), Index("m", M), Index("d", D)
    residual = indexed_sum(X[n, d] * W[d, m], d) - Y[n, m]
    loss = indexed_sum(indexed_sum(residual**2, m), n) / 2
    derivation = derive(loss, W)
    form = vector_form(derivation)
    assert form is not None
    assert form.endswith(r"X^\top \left(X W - Y\right)")


def test_least_squares_by_a_vector() -> None:
    """The gradient 2 Aᵀ(Ax − b)."""
    A, b = Matrix("A", N, K), Vector("b", N)
    n = Index("n", N)
    derivation = derive(indexed_sum((indexed_sum(A[n, j] * x[j], j) - b[n]) ** 2, n), x)
    form = vector_form(derivation)
    assert form is not None
    assert r"A^\top" in form
    assert r"A \mathbf{x} - \mathbf{b}" in form


@pytest.mark.parametrize(
    "wrong",
    [
        r"\mathbf{y} - \mathbf{x}",
        r"2 \mathbf{x}",
        r"\mathbf{x} \mathbf{y}^\top",
        r"\mathbf{x}^\top \mathbf{y}",
        r"\mathbf{x",
        r"\mathbf{x} - \mathbf{y} = 0",
    ],
)
def test_a_form_that_is_not_the_result_is_not_shown(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pattern proposes, the judge decides: another vector, a number, a matrix, rubbish."""
    derivation = derive(indexed_sum((x[j] - y[j]) ** 2, j) / 2, x)
    assert vector_form(derivation) is not None

    def proposal(term: object, axes: Sequence[Symbol]) -> object:
        return module._Form(wrong)

    monkeypatch.setattr(module, "_form", proposal)
    assert vector_form(derivation) is None


def test_components_without_a_form_have_none() -> None:
    """Nothing is invented for a number, a case, or a function of one component."""
    assert vector_form(of_book("softmax/jacobian-diagonal")) is None
    assert vector_form(of_book("cross_entropy/sigmoid-derivative")) is None
    assert vector_form(derive(indexed_sum(log(x[j]) * v[j], j), x)) is None


def test_a_derivation_that_stopped_has_no_vector_form() -> None:
    """What was not proved by components is not shown as vectors either."""
    derivation = of_book("softmax/jacobian")
    part = derivation.parts[-1]
    last = part.steps[-1]
    false = replace(last, after=2 * last.after)
    changed = replace(derivation, parts=(replace(part, steps=(*part.steps[:-1], false)),))
    form = vector_form(changed)  # it is that of the last line, whatever that is
    assert form is None or form != vector_form(derivation)
