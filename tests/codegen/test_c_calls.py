"""Calls of compiled functions: any array gives the right numbers or the NumPy function's error, never a crash."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from c_formulas import made

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 5))
T = np.array([0, 1, 2, 4])


pytestmark = pytest.mark.usefixtures("compiled")


def outcome(target: str, *args: Any, **named: Any) -> Any:
    """What a call gives: numbers, or the error that it raises."""
    try:
        return made("cross_entropy", target)["gradient"](*args, **named)
    except Exception as error:
        return type(error), str(error)


READ_ONLY = X.copy()
READ_ONLY.flags.writeable = False
UNALIGNED = np.frombuffer(b"\0" + X.tobytes(), dtype=np.uint8)[1:].view(float).reshape(4, 5)


@pytest.mark.parametrize(
    "args",
    [
        (X, T),
        (X.astype(np.float32), T),
        (X.astype(np.float16), T),
        (X, T.astype(np.uint8)),
        ((X * 10).astype(int), T),
        (X.tolist(), T.tolist()),
        (X[0], 2),
        (X[:, None], T),
        (X, 2),
        (np.asfortranarray(X), T),
        (X[::-1], T),
        (X[::2], T[::2]),
        (X[:, ::2], np.array([0, 1, 2, 1])),
        (X[:, 1:], np.array([0, 1, 2, 3])),
        (X[:0], T[:0]),
        (np.broadcast_to(X[0], (3, 4, 5)), T),
        (X[None], np.zeros((3, 1), int)),
        (READ_ONLY, T),
        (UNALIGNED, T),
        (np.zeros((3, 0)), T[:3]),
        (X, T[:3]),
        (X, T + 1),
        (X, T - 1),
        (X, T * 1.0),
        (X + 1j, T),
        (np.array("a"), T),
        (X, None),
        (3.0, T),
        (X, T.astype(np.uint64) + np.uint64(2**63)),
        (X, np.array([True] * 4)),
    ],
    ids=str,
)
def test_arguments_are_taken_as_by_numpy(args: tuple[Any, ...]) -> None:
    """A stride, a type or a length that is read wrongly gives other numbers, another error or a crash."""
    wanted = outcome("numpy", *args)
    for _ in range(2):  # the second call is remembered
        got = outcome("c", *args)
        if isinstance(wanted, tuple):
            assert got == wanted
        else:
            assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
            np.testing.assert_allclose(got, wanted, rtol=2e-7 if got.dtype == np.float32 else 1e-14)


def test_a_layout_that_was_seen_does_not_excuse_another() -> None:
    """The same shape and strides at an address that is no multiple of the item size is checked again."""
    call = made("cross_entropy")["gradient"]
    first = call(X, T)
    assert np.array_equal(call(UNALIGNED, T), first)
    assert np.array_equal(call(X.astype(">f8"), T), first)
    with pytest.raises(IndexError, match=r"t must lie in 0, \.\.\., 4"):
        call(X, T + 1)


def test_axis_names_and_missing_arguments() -> None:
    """`axis` moves the vectors; arguments may be named; what is missing or unknown is a TypeError."""
    call = made("cross_entropy")["gradient"]
    assert np.array_equal(call(X.T.copy(), T, axis=0), call(X, T).T)
    assert np.array_equal(call(t=T, x=X), call(X, T))
    assert list(inspect.signature(call).parameters) == ["x", "t", "axis", "out", "threads"]
    for args, named in (((X,), {}), ((X, T, T), {}), ((X, T), {"other": 1})):
        with pytest.raises(TypeError, match="cross_entropy_gradient"):
            call(*args, **named)
    with pytest.raises(TypeError, match="axis"):
        made("bce")(0.5, 0.5, axis=0)


def test_threads_share_the_rows() -> None:
    """Two threads give the numbers of one, a row or a number each; a count that is none is refused."""
    rows, places = np.tile(X, (500, 1)), np.tile(T, 500)
    call = made("cross_entropy")["value_and_gradient"]
    for one, two in zip(call(rows, places), call(rows, places, threads=2), strict=True):
        assert np.array_equal(one, two)
    logits = RNG.normal(size=40_000)
    assert np.array_equal(made("bce")(0.5, logits), made("bce")(0.5, logits, threads=2))
    for count in (0, -1, 1.5):
        with pytest.raises(ValueError, match="threads"):
            call(rows, places, threads=count)


def test_python_threads_call_and_compile_at_once() -> None:
    """First calls from eight threads: one library, the same numbers."""
    call = made("smooth")
    numbers = RNG.normal(size=1000)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: call(numbers), range(16)))
    assert all(np.array_equal(result, results[0]) for result in results)


PROGRAM = """
import numpy as np
from symderive.codegen.generate import generate
from symderive.terms import scalar
made = generate(scalar("z") ** 2 + 1, target="c", name="square")
print(made(np.arange(4.0)).tolist())
"""


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    """The program above in a process of its own."""
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": root, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_processes_compile_at_once(tmp_path: Path) -> None:
    """Three processes with one empty cache: nobody loads half a library."""
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: run(SYMDERIVE_CACHE=str(tmp_path / "shared")), range(3)))
    assert [one.stdout.strip() for one in done] == ["[1.0, 2.0, 5.0, 10.0]"] * 3, done[0].stderr


def test_without_a_compiler_numpy_computes_and_a_warning_says_so(tmp_path: Path) -> None:
    """No compiler: the function is there all the same, and the message says what would help."""
    done = run(CC=str(tmp_path / "none"), SYMDERIVE_CACHE=str(tmp_path / "cache"))
    assert done.stdout.strip() == "[1.0, 2.0, 5.0, 10.0]", done.stderr
    assert "square is computed by NumPy: no C compiler found" in done.stderr
