"""Errors in ulps against ball arithmetic: bounds that hold, and a measurement that can fail."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from accuracy_formulas import CANCELLING, WELL
from symderive.codegen import c_support, c_target
from symderive.codegen.accuracy import Accuracy, as_json, lines, measured, measured_against, table, worst
from symderive.codegen.argument_kinds import kinds_of
from symderive.codegen.climbing import perturbed
from symderive.codegen.generate import Generated, generate
from symderive.codegen.regimes import REGIMES, drawn
from symderive.codegen.textbook import textbook

#: The worst error in ulps that is promised, by type and accuracy.
PROMISED = {("float32", "default"): 0.51, ("float64", "default"): 5.0, ("float64", "high"): 2.0}
#: Functions of whose error less is promised at any accuracy.
TIGHTER = {"sigmoid": 3.0, "rmsnorm": 4.0}
#: Where digits cancel: times the error that rounding each operation of the formula once may make.
CONDITIONED = {("float32", "default"): 1.0, ("float64", "default"): 5.0, ("float64", "high"): 1.0}
#: Its logarithms of mixtures lose more, at one dominant class and in float64 alone.
JENSEN_SHANNON = 20.0


TARGETS = ("numpy", "c")


def made(options: Mapping[str, Any], accuracy: str) -> Generated:
    return generate(**options, accuracy=accuracy, name="function")


@cache
def _numpy(name: str, accuracy: str) -> Generated:
    return made((WELL.get(name) or CANCELLING[name])[0], accuracy)


def for_target(name: str, accuracy: str, target: str) -> Generated:
    """A function of the lists; its plan is made once for all targets."""
    generated = _numpy(name, accuracy)
    if target == "numpy":
        return generated
    if (reason := c_support.has_compiler()) is not None:
        pytest.skip(reason)
    text = c_target.source(generated.plan)
    return replace(generated, target=target, source=text, functions=c_target.load(generated.plan, text))


def failures(results: tuple[Accuracy, ...], wrong: Callable[[Accuracy], bool]) -> str:
    return table([one for one in results if one.nonfinite or wrong(one)]).partition("\n")[2]


def promised(name: str, dtype: str, accuracy: str) -> float:
    return min(PROMISED[dtype, accuracy], TIGHTER.get(name, 5.0))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("dtype", "accuracy"), PROMISED)
@pytest.mark.parametrize("name", WELL)
def test_well_conditioned_functions_keep_their_digits(
    name: str, dtype: str, accuracy: str, target: str
) -> None:
    """A stable form that loses digits in some regime would be printed as accurate all the same."""
    _, kinds, cancels = WELL[name]
    results = measured(
        for_target(name, accuracy, target),
        dtype=dtype,
        regimes=[regime for regime in REGIMES if regime not in cancels],
        sizes=(1, 3, 10),
        budget=1,
        kinds=kinds,
    )
    bound = promised(name, dtype, accuracy)
    assert not (found := failures(results, lambda one: one.ulps > bound).strip("- \n")), found


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("dtype", "accuracy"), CONDITIONED)
@pytest.mark.parametrize("name", [name for name in CANCELLING if name != "jensen_shannon"])
def test_where_digits_cancel_the_error_is_what_the_formula_is_due(
    name: str, dtype: str, accuracy: str, target: str
) -> None:
    """Without a bound, anything could hide behind a cancellation; NaN and infinities are never let pass."""
    kinds = CANCELLING[name][1]
    generated = for_target(name, accuracy, target)
    results = measured(generated, dtype=dtype, sizes=(1, 3), budget=0, kinds=kinds)
    bound = CONDITIONED[dtype, accuracy]
    assert not (found := failures(results, lambda one: one.conditioned > bound).strip("- \n")), found


@pytest.mark.sweep
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("dtype", "accuracy"), PROMISED)
@pytest.mark.parametrize("name", WELL)
def test_well_conditioned_functions_at_all_sizes(name: str, dtype: str, accuracy: str, target: str) -> None:
    """Long sums round more often: K = 1000 and 50 257, and four rounds of climbing."""
    _, kinds, cancels = WELL[name]
    regimes = [regime for regime in REGIMES if regime not in cancels]
    results = measured(for_target(name, accuracy, target), dtype=dtype, regimes=regimes, kinds=kinds)
    bound = promised(name, dtype, accuracy)
    assert not (found := failures(results, lambda one: one.ulps > bound).strip("- \n")), found


@pytest.mark.sweep
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("dtype", "accuracy"), CONDITIONED)
@pytest.mark.parametrize("name", CANCELLING)
def test_cancelling_functions_at_all_sizes(name: str, dtype: str, accuracy: str, target: str) -> None:
    """The same bounds at K = 1000, and after four rounds of climbing towards the worst point."""
    kinds = CANCELLING[name][1]
    generated = for_target(name, accuracy, target)
    results = measured(generated, dtype=dtype, sizes=(1, 2, 3, 10, 1000), kinds=kinds)
    bound = CONDITIONED[dtype, accuracy]
    if name == "jensen_shannon" and bound > 1:
        bound = JENSEN_SHANNON
    assert not (found := failures(results, lambda one: one.conditioned > bound).strip("- \n")), found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_climbing_keeps_distributions_as_nearly_as_their_type_permits(dtype: str) -> None:
    """Off the simplex Σp log(p/q) cancels: the worst point would be none that a distribution has."""
    rng = np.random.default_rng(5)
    shares = np.array([[0.5, 0.3, 0.2 - 2.0**-20, 2.0**-20, 0]]).astype(dtype)
    point = {"p": shares, "q": np.array([[0.9, 0.04, 0.03, 0.02, 0.01]]).astype(dtype)}
    kinds = {"p": "probabilities", "q": "reference"}
    for _ in range(100):
        variants = perturbed(point, kinds, rng, 24)
        for name, array in variants.items():
            assert array.dtype == dtype
            unit = np.spacing(array.max(axis=-1))
            assert all(abs(math.fsum(row) - 1) <= one for row, one in zip(array, unit, strict=True))
            assert ((array > 0) == (point[name] > 0)).all()
        point = {name: array[23:] for name, array in variants.items()}
    assert not np.array_equal(point["p"], shares)
    # What is no distribution keeps its own sum, and one number that is one stays.
    scaled = perturbed({"p": 4 * shares}, {"p": "probabilities"}, rng, 24)["p"]
    assert np.allclose(scaled.sum(axis=-1), 4, rtol=1e-6)
    assert (perturbed({"p": shares[:, :1] * 2}, {"p": "probabilities"}, rng, 24)["p"] == 1).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("regime", sorted(set(REGIMES) - {"offset", "near-equal"}))
def test_probabilities_are_drawn_as_distributions(regime: str, dtype: str) -> None:
    """Two regimes scale them on purpose; elsewhere a divergence of anything else would be measured."""
    function = _numpy("kl", "default").plan.functions[0]
    kinds = {"p": "probabilities", "q": "reference"}
    for size in (1, 3, 10):
        found = drawn(function, kinds, regime, rows=50, size=size, dtype=dtype, seed=(1, size))
        for array in found.values():
            sums = np.array([math.fsum(row) for row in array])
            assert (abs(sums - 1) <= size * np.finfo(dtype).eps).all()


def test_plain_lambdify_fails_where_generated_code_holds() -> None:
    """If the textbook's formula passed too, the measurement would measure nothing."""
    generated = _numpy("softmax", "default")
    function = generated.plan.functions[0]
    results = measured_against(
        function,
        {
            "generated": lambda a: [generated(a["x"])],
            "lambdify": textbook(function, 3),
        },
        kinds_of(generated.plan, function),
        dtype="float64",
        sizes=(3,),
        budget=0,
    )
    ours, plain = worst(results)
    assert ours.ulps <= 5
    assert ours.nonfinite == 0
    assert plain.nonfinite > 100
    ordinary = [one for one in results if one.implementation == "lambdify" and one.regime == "N(0,1)"]
    assert max(one.ulps for one in ordinary) < 5


def test_a_wrong_digit_is_seen() -> None:
    """A measurement that compares the code with itself would call a factor of 1 + 4ε exact."""
    generated = _numpy("sigmoid", "default")
    function = generated.plan.functions[0]
    results = measured_against(
        function,
        {"off": lambda a: [generated(a["z"]) * (1 + 8 * np.finfo(np.float64).eps)]},
        kinds_of(generated.plan, function),
        dtype="float64",
        regimes=["N(0,1)"],
        budget=0,
    )
    assert results[0].ulps > 7


def test_results_do_not_depend_on_anything_but_the_seed() -> None:
    """A worst point that cannot be found again cannot be looked into."""
    generated = _numpy("softplus", "default")
    first, second = (measured(generated, dtype="float32", regimes=["±80"]) for _ in range(2))
    assert first == second
    assert measured(generated, dtype="float32", regimes=["±80"], seed=1) != first


def test_an_unknown_regime_says_which_there_are() -> None:
    """A misspelt name that measured nothing would pass for an accurate function."""
    generated = _numpy("sigmoid", "default")
    with pytest.raises(ValueError, match=r"'normal' is no regime: choose from N\(0,1\)"):
        measured(generated, regimes=["normal"])
    with pytest.raises(ValueError, match="'logit' is no kind of argument"):
        measured(generated, kinds={"z": "logit"})


def test_reports_in_text_json_and_docstrings(tmp_path: Path) -> None:
    """A report that loses the worst point, or writes Infinity into JSON, is of no use to its reader."""
    generated = _numpy("softmax", "default")
    results = measured(generated, dtype="float32", regimes=["N(0,1)", "dominant"], sizes=(2,), budget=1)
    rows = json.loads(as_json(results))["accuracy"]
    assert {row["regime"] for row in rows} == {"N(0,1)", "dominant", "climb"}
    assert all(row["where"].startswith("x = [") for row in rows)
    infinite = [Accuracy("f", "g", "float32", "N(0,1)", 2, float("inf"), 0.0, 0.0, 3, 9, "")]
    assert json.loads(as_json(infinite))["accuracy"][0]["ulps"] is None
    assert "not finite" in table(infinite)
    assert "3 results were not finite" in lines(infinite)["f"][1]
    (line,) = lines(results)["function"]
    assert re.search(r"at most 0\.(4|50)", line)

    pytest.importorskip("matplotlib")
    from symderive.codegen.accuracy_plot import plot

    plot([*results, *infinite], tmp_path / "accuracy.svg")
    assert "<svg" in (tmp_path / "accuracy.svg").read_text()
