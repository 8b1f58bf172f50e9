"""A generated file tests itself: it knows what it should return, and says so where it does not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sympy import Abs, Max, Piecewise, acosh, exp, sqrt

from codegen.formulas import FORMULAS
from symderive import generate
from symderive.codegen.c_compiler import compiler
from symderive.codegen.c_support import has_compiler
from symderive.codegen.functions import Function
from symderive.codegen.generate import Generated
from symderive.codegen.generate import generate as generate_term
from symderive.codegen.plan import Plan
from symderive.codegen.samples import number, sample_of
from symderive.terms import Dim, Index, Vector, indexed_sum, scalar

#: A loss by labels, one by targets of sum 1, a normalisation with a product, a divergence of two arguments, one of matrices.
FILES = ("cross_entropy", "normalised_cross_entropy", "rmsnorm", "divergence", "affine_cross_entropy")


def needed(target: str) -> None:
    """Skip where a target's library or compiler is absent."""
    if target == "c" and (reason := has_compiler()) is not None:
        pytest.skip(reason)
    if target in ("torch", "jax"):
        pytest.importorskip(target)


def made(name: str, target: str, **options: Any) -> Generated:
    (formula,) = (f for f in FORMULAS if f.name == name)
    options.setdefault("compute", "value,vjp" if formula.vector else "value,gradient")
    return generate_term(
        formula.term,
        formula.wrt,
        index=formula.index,
        hypotheses=formula.hypotheses,
        name=name,
        target=target,
        **options,
    )


def run(text: str, target: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The file as a user runs it, without the package."""
    needed(target)
    path = folder / f"made.{'c' if target == 'c' else 'py'}"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", str(path)]
    if target == "c":
        strict = [
            "-std=c11",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Wno-unknown-pragmas",
            "-O1",
            "-DSYMDERIVE_MAIN",
        ]
        command = [str(folder / "made")]
        subprocess.run([*compiler().command, *strict, str(path), "-o", *command, "-lm"], check=True)
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=environment)


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_passes_its_own_test(name: str, target: str, tmp_path: Path) -> None:
    """A tolerance that is too narrow for the platform's functions would cry wolf."""
    needed(target)
    file = made(name, target)
    done = run(file.source, target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert all(line.endswith(": ok") for line in lines)
    for function in file.plan.functions:
        for dtype in ("f32", "f64") if target == "c" else ("float32", "float64"):
            assert any(function.name in line and dtype in line for line in lines)


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
def test_the_largest_entry_of_each_row(target: str, tmp_path: Path) -> None:
    """Its place, counted from 0, was compared with an index that runs from 1."""
    needed(target)
    done = run(generate("cross_entropy/mean-loss-gradient", target=target).source, target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as in float64" not in done.stdout


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
def test_a_damaged_file_fails_its_own_test(target: str, tmp_path: Path) -> None:
    """A smoke test that prints whatever comes out passes with any sign."""
    needed(target)
    text = generate("cross_entropy/loss-by-logits", target=target, name="loss").source
    damaged = text.replace("= -total2", "= total2").replace("(-total2)", "(total2)")
    assert damaged != text
    done = run(damaged, target, tmp_path)
    assert done.returncode == 1
    assert "WRONG" in done.stdout
    assert "is -1.66368134 and should be 1.66368134, within" in done.stdout + done.stderr


def test_a_small_error_of_one_type_is_seen(tmp_path: Path) -> None:
    """float64 that is computed in float32 keeps seven digits, and is wrong all the same."""
    text = made("cross_entropy", "numpy").source
    start = text.index("def cross_entropy(")
    damaged = text[:start] + text[start:].replace("np.float64)", "np.float32)", 2)
    assert damaged != text
    done = run(damaged, "numpy", tmp_path)
    assert done.returncode == 1
    assert "cross_entropy float32: ok" in done.stdout
    assert "cross_entropy float64: WRONG" in done.stdout


def by_cases() -> dict[str, tuple[Any, str]]:
    """Formulas by cases, with a hinge, and with a number that is written with a point."""
    K = Dim("K")
    x, y, i, j = Vector("x", K), Vector("y", K), Index("i", K), Index("j", K)
    z, d, tau = scalar("z"), scalar("d"), scalar("tau")
    away = Abs(x[i] - y[i])
    mean = indexed_sum(x[j], j) / K
    variance = indexed_sum((x[j] - mean) ** 2, j) / K
    return {
        "elu": (Piecewise((z, z > 0), (exp(z) - 1, True)), "value,gradient,hvp"),
        "leaky": (Piecewise((z, z > 0.5), (0.1 * z, True)), "value,gradient"),
        "huber": (
            indexed_sum(Piecewise((away**2 / 2, away <= d), (d * (away - d / 2), True)), i),
            "value,gradient,hvp",
        ),
        "pinball": (
            indexed_sum(Max(tau * (y[i] - x[i]), (tau - 1) * (y[i] - x[i])), i),
            "value,gradient,hvp",
        ),
        "layer_norm": ((x[i] - mean) / sqrt(variance + 1e-5), "value,jacobian"),
    }


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
@pytest.mark.parametrize("name", list(by_cases()))
def test_formulas_by_cases_are_compared_with_their_values(name: str, target: str, tmp_path: Path) -> None:
    """float32 beside itself says nothing; torch made float32 of two numbers between which a float64 chooses."""
    needed(target)
    term, compute = by_cases()[name]
    wrt = scalar("z") if name in ("elu", "leaky") else Vector("x", Dim("K"))
    done = run(generate_term(term, wrt, compute=compute, target=target).source, target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as in float64" not in done.stdout


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
def test_without_a_reference_the_types_are_compared(target: str, tmp_path: Path) -> None:
    """Where no argument has a value, a file that says ok without a word would claim more than was done."""
    needed(target)
    z = scalar("z")
    done = run(generate_term(acosh(z), target=target, name="shifted").source, target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0].endswith(": ok, as in float64; by ball arithmetic there is no value")


@pytest.mark.parametrize(("name", "accuracy"), [("softmax", "fast"), ("softmax", "high"), ("focal", "fast")])
def test_every_accuracy_passes(name: str, accuracy: str, tmp_path: Path) -> None:
    """`fast` rounds in the caller's type, and is due as much."""
    done = run(made(name, "numpy", accuracy=accuracy).source, "numpy", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_a_step_passes(target: str, tmp_path: Path) -> None:
    """An optimizer's step is compared with its rule, every state."""
    done = run(generate("adam", target=target).source, target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_arguments_differ_and_every_type_holds_them() -> None:
    """At p = q a divergence is 0, whatever the code does; a rounded argument would blur the comparison."""
    plan = made("divergence", "numpy").plan
    sample = sample_of(plan, plan.functions[0])
    assert sample is not None
    assert sample.results is not None
    assert sample.arguments[0] != sample.arguments[1]
    assert all(abs(value or 0) > 0.01 for value in sample.results[0].numbers)
    assert all(number(place) * 16 in range(1, 12) for place in range(100))


def test_axes_of_other_lengths_are_filled() -> None:
    """A family of K − 1 entries, and one of 5, are given as many."""
    K = Dim("K")
    x, y, i = Vector("x", K - 1), Vector("y", 5), Index("i", K - 1)
    sample = sample_of(*_planned(x[i] * y[2], axes=[i]))
    assert sample is not None
    assert sample.arguments == ((0, (4, 2)), (1, (4, 5)))
    assert sample.sizes == (8,)


def _planned(term: Any, **options: Any) -> tuple[Plan, Function]:
    plan = generate_term(term, **options).plan
    return plan, plan.functions[0]


def test_expected_values_cost_little() -> None:
    """Ball arithmetic over twelve numbers must not be felt beside the judging of identities."""
    plan = made("cross_entropy", "numpy").plan
    start = time.perf_counter()
    for function in plan.functions:
        sample_of(plan, function)
    assert time.perf_counter() - start < 0.2  # 10 ms; slow machines are let pass
