"""Factors of 0 beside what has no value there: hinges that are inactive, labels that leave a part out."""

from typing import Any

import numpy as np
import pytest
from sympy import Expr, Max, Min, Piecewise, exp, log, sqrt

from symderive.codegen.c_support import has_compiler
from symderive.codegen.generate import Generated, generate
from symderive.decide import Status
from symderive.terms import Dim, Index, Iverson, Vector, indexed_sum, scalar

K = Dim("K")
x, y, q = (Vector(name, K) for name in "xyq")
i, j = Index("i", K), Index("j", K)
label, margin, epsilon, z = (scalar(name) for name in ("o", "margin", "epsilon", "z"))
near = indexed_sum((x[i] - y[i]) ** 2, i)
far = indexed_sum((x[i] - q[i]) ** 2, i)
ONE_TWO = np.array([1.0, 2.0])

CONTRASTIVE = label * near + (1 - label) * Max(0, margin - sqrt(near)) ** 2
TRIPLET = Max(0, sqrt(near) - sqrt(far) + margin)
UNIT = x[i] / Max(sqrt(indexed_sum(x[j] ** 2, j)), epsilon)


def at(made: Generated, compute: str, **values: Any) -> Any:
    (function,) = (f for f in made.plan.functions if f.compute == compute)
    return made[compute](*(values[argument.name] for argument in function.arguments))


@pytest.mark.parametrize("accuracy", ["default", "fast", "high"])
@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize(
    ("term", "compute", "point", "expected"),
    [
        (CONTRASTIVE, "gradient", {"y": ONE_TWO, "o": 1.0, "margin": 1.0}, [0, 0]),
        (CONTRASTIVE, "hvp", {"y": ONE_TWO, "o": 1.0, "margin": 1.0}, [2, 6]),
        (CONTRASTIVE, "gradient", {"y": ONE_TWO - [0.6, 0.8], "o": 0.0, "margin": 3.0}, [-2.4, -3.2]),
        (TRIPLET, "gradient", {"y": ONE_TWO, "q": np.array([5.0, 5.0]), "margin": 1.0}, [0, 0]),
        (TRIPLET, "gradient", {"y": ONE_TWO - [3, 4], "q": np.array([4.0, 6.0]), "margin": 1.0}, [1.2, 1.6]),
        (UNIT, "jacobian", {"epsilon": 4.0, "x": np.zeros(2)}, [[0.25, 0], [0, 0.25]]),
        (UNIT, "jacobian", {"epsilon": 0.5, "x": np.array([0.0, 2.0])}, [[0.5, 0], [0, 0]]),
    ],
)
def test_what_is_left_out_has_no_say(
    term: Expr, compute: str, point: dict[str, Any], expected: Any, target: str, accuracy: str
) -> None:
    """0 times 0/0 is NaN, though the formula around that point does not depend on the quotient."""
    if target == "c" and (reason := has_compiler()) is not None:
        pytest.skip(reason)
    made = generate(term, x, compute=compute, target=target, accuracy=accuracy)
    assert made.verdict.status is Status.PROVED
    np.testing.assert_allclose(
        at(made, compute, **{"x": ONE_TWO, "direction_x": np.array([1.0, 3.0]), **point}),
        expected,
        rtol=1e-14,
    )


def test_what_is_not_known_is_told() -> None:
    """A hinge of NaN is neither active nor inactive: its gradient is NaN, not 0."""
    made = generate(TRIPLET, x, compute="gradient")
    point = {"y": np.array([np.nan, 2.0]), "q": np.array([5.0, 5.0]), "margin": 1.0}
    assert np.isnan(at(made, "gradient", x=ONE_TWO, **point)).all()


def test_the_docstring_says_what_counts_for_nothing() -> None:
    """A user who knows 0/0 as NaN is told why there is a number."""
    text = " ".join((generate(CONTRASTIVE, x, compute="gradient").__doc__ or "").split())
    assert "what a condition that fails multiplies counts as 0" in text
    assert "of two parts with weights of sum 1 the one of weight 0 counts as 0" in text


def test_a_hole_that_counts_stays_one() -> None:
    """A distance of 0 has no direction where its hinge is active."""
    made = generate(CONTRASTIVE, x, compute="gradient")
    assert np.isnan(at(made, "gradient", x=ONE_TWO, y=ONE_TWO, o=0.0, margin=1.0)).all()


@pytest.mark.parametrize(
    ("term", "point", "expected"),
    [
        (Iverson(z > 0) * log(z), -1.0, 0.0),
        (Iverson(z < 0) * exp(z), 1e3, 0.0),
        (Piecewise((0, z > 0), (2, True)) * exp(z), 1e3, 0.0),
        (Piecewise((2, z < 0), (0, True)) * exp(z), 1e3, 0.0),
        (Piecewise((2, z < 0), (0, True)) * exp(z), -1.0, 2 * np.exp(-1.0)),
        (Iverson(z > 0) * Iverson(z < 2) / z, 0.0, 0.0),
        (label * log(z) + (1 - label) * log(1 - z), 1.0, 0.0),
        (label * 2 + (1 - label) / (1 - z), 1.0, 2.0),
        (3 * label / z + (label - 1) / (1 - z), 1.0, 3.0),
        ((label * (1 - z) ** 2 + (1 - label) * z) / (1 - z) ** 2, 1.0, 1.0),
    ],
)
def test_conditions_and_labels(term: Expr, point: float, expected: float) -> None:
    """By an indicator, by cases that are 0, by weights of sum 1."""
    made = generate(term)
    np.testing.assert_allclose(at(made, "value", z=point, o=1.0), expected, rtol=1e-15)


@pytest.mark.parametrize("term", [Iverson(z > 0) * z, label * z + (1 - label) * z**2, label / z])
def test_products_that_need_no_care_are_left_alone(term: Expr) -> None:
    """A choice for each number costs time; a share of its own is no weight: 0/0 has no value."""
    assert not {"stable.inactive", "stable.one_of_two"} & {step.rule for step in generate(term).steps}


def test_elu_by_minimum() -> None:
    """A hinge beside an exponential that overflows where it counts for nothing."""
    made = generate(Max(0, z) + Min(0, exp(z) - 1), z, compute="value,gradient,hvp")
    assert at(made, "gradient", z=1e3) == 1
    assert at(made, "gradient", z=-1.0) == pytest.approx(np.exp(-1.0), rel=1e-15)
    assert at(made, "hvp", z=1e3, direction_z=1.0) == 0
