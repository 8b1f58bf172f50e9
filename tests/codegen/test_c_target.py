"""Generated C computes what the formulas say: it agrees with NumPy's functions, and with ball arithmetic."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx
from sympy import exp, log

from c_formulas import FORMULAS, PRODUCTS, inputs, made, x
from symderive.codegen.c_compiler import compiler
from symderive.codegen.generate import Generated, generate
from symderive.terms import Dim, Index, Vector, indexed_sum, scalar

INFINITY = np.inf
LOGITS = np.array(
    [
        [-INFINITY, 1, 2, 3],
        [-INFINITY] * 4,
        [INFINITY, 1, 2, -INFINITY],
        [INFINITY, INFINITY, 1, 2],
        [np.nan, 1, 2, 3],
        [1, 2, np.nan, INFINITY],
        [np.nan] * 4,
        [0, 0, 0, 0],
        [1e30, -1e30, 0, 1],
        [3, 2, 1, 0],
        [0, -200, -300, -104],
        [0, -745, -700, -87],
    ]
)


pytestmark = pytest.mark.usefixtures("compiled")


def several(result: Any) -> tuple[Any, ...]:
    """One result or several, as several."""
    return result if isinstance(result, tuple) else (result,)


def agree(c: Any, numpy: Any, args: list[Any], tolerance: float, absolute: float = 0.0) -> None:
    """Both functions return the same types, shapes and numbers."""
    got = several(c(*args))
    with np.errstate(all="ignore"):
        wanted = several(numpy(*args))
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        assert (one.shape, one.dtype, type(one)) == (other.shape, other.dtype, type(other))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=absolute)


def agree_throughout(c: Generated, numpy: Generated, tolerances: dict[Any, float], absolute: float) -> None:
    """Every function of a formula agrees, in both types."""
    for compute, (dtype, tolerance) in product(c, tolerances.items()):
        args = inputs(c.plan.function(compute), dtype)
        agree(c[compute], numpy[compute], args, tolerance, absolute * tolerance)


TOLERANCES = {np.float32: 2e-7, np.float64: 2e-14}


@pytest.mark.parametrize("name", FORMULAS)
def test_agrees_with_numpy(name: str) -> None:
    """A loop that is fused, a sum that is folded or an index that is shifted wrongly changes a number."""
    agree_throughout(made(name), made(name, "numpy"), TOLERANCES, 1e-286)


@pytest.mark.slow
@pytest.mark.parametrize("name", PRODUCTS)
def test_products_agree_with_numpy(name: str) -> None:
    """Products with derivatives have cotangents and tangents among their arguments, and more axes."""
    c, numpy = (made(name, target, compute=PRODUCTS[name]) for target in ("c", "numpy"))
    agree_throughout(c, numpy, TOLERANCES, 1e-286)


@pytest.mark.parametrize("accuracy", ["fast", "high"])
@pytest.mark.parametrize("name", ["softmax", "soft_target", "rmsnorm", "kl", "mean_logsumexp"])
def test_other_accuracies_agree_with_numpy(name: str, accuracy: str) -> None:
    """Each working type has functions and helpers of its own."""
    tolerances = {np.float32: 4e-6 if accuracy == "fast" else 2e-7, np.float64: 1e-13}
    agree_throughout(made(name, accuracy=accuracy), made(name, "numpy", accuracy), tolerances, 0.1)


@pytest.mark.parametrize(
    ("name", "compute"),
    [
        *((name, "") for name in ("softmax", "log_softmax", "logsumexp", "soft_target", "cross_entropy")),
        pytest.param("softmax", "vjp", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("accuracy", ["default", "high"])
def test_infinities_and_nan_mean_the_same(name: str, compute: str, accuracy: str) -> None:
    """Masks of −inf, all −inf, +inf and NaN: a vectorised maximum that loses NaN would answer numbers."""
    c, numpy = made(name, "c", accuracy, compute), made(name, "numpy", accuracy, compute)
    values = {"t": np.array(3), "y": np.array([0, 0.5, 0.5, 0]), "cotangent": np.array([0.5, -0.5, 1, 0])}
    for one, dtype in product(c, (np.float32, np.float64)):
        args = []
        for argument in c.plan.function(one).arguments:
            value = values.get(argument.name, LOGITS)
            args.append(value if argument.name == "t" else value.astype(dtype))
        agree(c[one], numpy[one], args, 2e-7 if dtype == np.float32 else 1e-13)


def test_zeros_of_a_divergence() -> None:
    """p = 0 contributes q, both 0 nothing, and q = 0 < p is infinite."""
    value = made("kl")
    assert value(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == pytest.approx(np.log(2))
    assert value(np.array([0.5, 0.5]), np.array([0.0, 1.0])) == INFINITY
    assert value(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_fast_binary_cross_entropy_is_finite(target: str) -> None:
    """1 − sigmoid(z) is 0 from z = 40 on, and its logarithm −inf, where the loss is z/2."""
    loss = made("bce", target, "fast")
    for dtype in (np.float32, np.float64):
        given = {"z": np.array([1000, -1000, 90, 0], dtype), "y": np.full(4, 0.5, dtype)}
        found = loss(**given)
        np.testing.assert_allclose(found, [500, 500, 45, np.log(2)], rtol=4 * np.finfo(dtype).eps)


# -- accuracy ----------------------------------------------------------------------------------------------


def truth(logits: np.ndarray[Any, Any], target: int) -> dict[str, list[arb]]:
    """Softmax, log-softmax, cross-entropy and its gradient of the very numbers given, in 200 bits."""
    ctx.prec = 200
    numbers = [arb(float(v)) for v in logits]
    top = int(np.argmax(logits))
    weights = [(v - numbers[top]).exp() for v in numbers]
    rest = sum((e for place, e in enumerate(weights) if place != top), arb(0))
    shares = [e / (1 + rest) for e in weights]
    logs = [v - numbers[top] - rest.log1p() for v in numbers]
    gradient = list(shares)
    gradient[target] = -sum((s for place, s in enumerate(shares) if place != target), arb(0))
    return {"softmax": shares, "log_softmax": logs, "value": [-logs[target]], "gradient": gradient}


def worst(got: Any, wanted: list[arb], dtype: Any) -> float:
    """The largest error in units in the last place; subnormal numbers have the smallest unit."""
    kind, found = np.finfo(dtype), 0.0
    for number, true in zip(np.ravel(got), wanted, strict=True):
        assert np.isfinite(number)
        size = abs(float(true.mid()))
        exponent = np.frexp(size)[1] - 1 if size else kind.minexp
        unit = 2.0 ** (max(int(exponent), int(kind.minexp)) - kind.nmant)
        found = max(found, abs(float((arb(float(number)) - true).mid())) / unit)
    return found


def regimes(size: int) -> dict[str, np.ndarray[Any, Any]]:
    """Logits of several kinds."""
    rng = np.random.default_rng(size)
    dominated = rng.normal(size=size)
    dominated[size // 2] += 60
    return {
        "normal": rng.normal(size=size),
        "wide": rng.normal(size=size) * 10,
        "80": rng.uniform(-80, 80, size),
        "dominated": dominated,
        "ties": np.round(rng.normal(size=size)),
        "offset": rng.normal(size=size) + 1e5,
    }


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1000, 50257])
def test_errors_in_units_in_the_last_place(size: int) -> None:
    """float32 is rounded once; float64 keeps to 5 units, and to 2 in extended precision, however long a row."""
    cases = regimes(size)
    if size > 1000:  # the oracle takes a second for each
        cases = {name: cases[name] for name in ("normal", "ties")}
    for name, logits in cases.items():
        target = size // 2
        for dtype, accuracy, most in (
            (np.float32, "default", 0.51),
            (np.float64, "default", 5.0),
            (np.float64, "high", 2.0),
        ):
            given = logits.astype(dtype)
            true = truth(given, target)
            loss = made("cross_entropy", accuracy=accuracy)
            value, gradient = loss["value_and_gradient"](given, target)
            assert value == loss(given, target)
            errors = {
                "softmax": worst(made("softmax", accuracy=accuracy)(given), true["softmax"], dtype),
                "log_softmax": worst(
                    made("log_softmax", accuracy=accuracy)(given), true["log_softmax"], dtype
                ),
                "value": worst(value, true["value"], dtype),
                "gradient": worst(gradient, true["gradient"], dtype),
            }
            assert max(errors.values()) <= most, (name, np.dtype(dtype).name, accuracy, errors)


def test_sums_of_a_long_row_keep_their_digits() -> None:
    """0.1, 50 257 times: one accumulator would be wrong by thousands of units."""
    total = generate(indexed_sum(x[Index("i", Dim("K"))], Index("i", Dim("K"))), target="c", name="total")
    for number in (0.1, 0.3, 0.7, 1 / 3):
        true = 50257 * number
        assert abs(total(np.full(50257, number)) - true) <= 3 * np.spacing(true)


# -- the text ----------------------------------------------------------------------------------------------


def test_text_is_a_program_that_stands_alone(tmp_path: Path) -> None:
    """The text compiles without a warning, without our directories, and its self-test runs."""
    for name in ("cross_entropy", "bce", "affine"):
        file = tmp_path / f"{name}.c"
        file.write_text(made(name).source, encoding="utf-8")
        command = [*compiler().command, "-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]
        program = tmp_path / name
        done = subprocess.run(
            [*command, "-O1", "-DSYMDERIVE_MAIN", str(file), "-o", str(program), "-lm"],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        ran = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=True)
        assert f"{name}_f32 value: ok" in ran.stdout
        assert "nan" not in ran.stdout


def test_comment_says_what_the_function_is() -> None:
    """The formula, the shapes and what is proved are in the text; a comment cannot be ended by a name."""
    text = made("cross_entropy").source
    assert "integer array of shape" in text
    assert "PROVED" in text
    named = generate(x[Index("i", Dim("K"))] * 2, target="c", name="twice", origin="*/ int bad; /*")
    assert "*/ int bad" not in named.source


def test_words_of_c_are_no_names() -> None:
    """An argument called `double` or `INFINITY` or `gamma_rows` still compiles, and means itself."""
    taken = [scalar(name) for name in ("double", "INFINITY", "a_rows", "expf", "rows", "NULL")]
    size = Dim("errno")
    vector, index = Vector("static", size), Index("register", size)
    total = indexed_sum(vector[index] * taken[0], index) + sum(taken[1:])
    function = generate(total, target="c", name="words")
    ones = [np.ones(3) if argument.axes else 2.0 for argument in function.plan.functions[0].arguments]
    assert function(*ones) == 3 * 2 + 5 * 2


def test_places_outside_an_axis_are_not_read() -> None:
    """A place that is outside for sure has no code; where two lengths decide, the function looks first."""
    size = Dim("K")
    index = Index("i", size)
    vector = Vector("x", size)
    with pytest.raises(ValueError, match=r"x\[i \+ 1\] is outside 1, …, K at i = K"):
        generate(indexed_sum(vector[index + 1] - vector[index], index), target="c", name="steps")
    inner = Index("i", size - 1)
    function = generate(
        indexed_sum((vector[inner + 1] - vector[inner]) ** 2, inner), target="c", name="inner"
    )
    assert function(np.array([1.0, 2.0, 4.0])) == 5.0
    longer = Index("t", Dim("N"))
    other, place = Vector("y", Dim("N")), Index("j", Dim("N"))
    total = vector[longer] + indexed_sum(other[place], place)
    function = generate(total, target="c", name="longer", index=longer)
    assert function(np.ones(4), np.ones(3), 2) == 4.0
    with pytest.raises(IndexError):
        function(np.ones(3), np.ones(5), 4)


def test_shared_numbers_leave_the_loop() -> None:
    """A step with one β for all parameters and with one for each: the same numbers."""
    theta, g, v, beta, tau = (scalar(name) for name in ("theta", "g", "v", "beta", "tau"))
    step = theta - g / (exp(log(v) / 2) / (1 - beta**tau) + beta)
    c, numpy = generate(step, target="c", name="step"), generate(step, name="step")
    rng = np.random.default_rng(0)
    rows = {name: rng.uniform(0.5, 0.9, 1000).astype(np.float32) for name in ("theta", "g", "v")}
    for beta_value, tau_value in ((0.9, 3.0), (rows["g"], 3.0), (0.9, rows["v"]), (rows["g"], rows["v"])):
        given = {**rows, "beta": beta_value, "tau": tau_value}
        args = [given[argument.name] for argument in c.plan.functions[0].arguments]
        agree(c, numpy, args, 2e-7)


def test_what_has_no_code_is_said() -> None:
    """A function that C lacks is a clear error when the text is made."""
    from sympy import zeta

    with pytest.raises(ValueError, match="no code"):
        generate(zeta(scalar("z")), target="c", name="unknown")
