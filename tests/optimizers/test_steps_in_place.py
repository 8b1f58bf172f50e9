"""Compiled steps in place: the same numbers as the step itself, and nothing written where it must not be."""

import numpy as np
import pytest

from symderive.codegen.c_in_place import in_place
from symderive.codegen.c_support import has_compiler
from symderive.codegen.generate_step import generate_step
from symderive.optimizers import RULES, UpdateRule

ELEMENTWISE = [rule for rule in RULES.values() if rule.elementwise]
NAMES = [
    "adam/epsilon-outside",
    "momentum/heavy-ball",
    "nesterov/two-sequences",
    "lion/plain",
    "clipping/value",
]


def _arguments(rule: UpdateRule, dtype: type, size: int) -> tuple[list[str], list[str], dict[str, object]]:
    """The names of the arguments, of those that are renewed, and values."""
    (function,) = generate_step(rule).plan.functions
    random = np.random.default_rng(4)
    arrays = {"theta", "g", *(state.symbol.name for state in rule.states)}
    names = [argument.name for argument in function.arguments]
    values: dict[str, object] = {
        n: random.uniform(0.1, 0.9, size).astype(dtype) for n in names if n in arrays
    }
    values |= {name: 3 if name == "n" else 0.25 for name in names if name not in arrays}
    return names, [output.name.removesuffix("_new") for output in function.outputs], values


@pytest.mark.skipif(has_compiler() is not None, reason="no C compiler")
@pytest.mark.parametrize("size", [1, 5, 40_000])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_step(name: str, size: int) -> None:
    """Fails where a result is written before an argument is read, or lands in another argument's place."""
    made = generate_step(RULES[name], target="c")
    for dtype in (np.float32, np.float64):
        names, renewed, values = _arguments(RULES[name], dtype, size)
        expected = made(*(np.copy(values[n]) for n in names))
        for threads in (1, 2):
            held = {n: np.copy(v) if isinstance(v, np.ndarray) else v for n, v in values.items()}
            assert in_place(made)(*(held[n] for n in names), threads=threads) is None
            results = expected if isinstance(expected, tuple) else (expected,)
            for place, result in zip(renewed, results, strict=True):
                assert np.array_equal(held[place], result), place
            for kept in set(names) - set(renewed):
                assert np.array_equal(held[kept], values[kept])


@pytest.mark.skipif(has_compiler() is not None, reason="no C compiler")
def test_every_rule_of_coordinates_alone_has_it() -> None:
    """Fails where a rule's results do not say which argument they renew."""
    for rule in ELEMENTWISE:
        names, renewed, _ = _arguments(rule, np.float64, 1)
        assert set(renewed) <= set(names), rule.name


def test_without_a_compiler_it_is_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails where the arrays stay as they were without a compiler."""
    monkeypatch.setenv("CC", "no-such-compiler")
    theta = np.array([1.0, 2.0])
    with pytest.warns(RuntimeWarning, match="computed by NumPy"):
        in_place(generate_step(RULES["gradient-descent/plain"], target="c"))(
            theta, np.array([2.0, -2.0]), 0.5
        )
    assert theta.tolist() == [0.0, 3.0]


@pytest.mark.skipif(has_compiler() is not None, reason="no C compiler")
def test_arrays_that_cannot_be_renewed_are_refused() -> None:
    """Fails where memory is written that is not the caller's to give, or numbers are read from elsewhere."""
    step = in_place(generate_step(RULES["momentum/rate-inside"], target="c"))
    theta, g, v = np.ones(6), np.ones(6), np.zeros(6)
    frozen = np.ones(6)
    frozen.flags.writeable = False
    whole = np.zeros(12)
    for arguments, error, message in [
        ((theta, g, whole[::2], 0.1, 0.9), ValueError, "v must be writable, contiguous"),
        ((frozen, g, v, 0.1, 0.9), ValueError, "theta must be writable"),
        ((theta, g, v.astype(np.float32), 0.1, 0.9), ValueError, "float64 of shape"),
        ((theta, g[:5], v, 0.1, 0.9), ValueError, "g is float64 of shape"),
        ((theta, theta, v, 0.1, 0.9), ValueError, "overlap"),
        ((whole[:6], g, whole[3:9], 0.1, 0.9), ValueError, "overlap"),
        (([1.0] * 6, g, v, 0.1, 0.9), TypeError, "theta must be an array"),
        ((np.ones(6, int), g, v, 0.1, 0.9), TypeError, "theta must be an array"),
        ((theta, g, v, 0.1), TypeError, "missing"),
    ]:
        with pytest.raises(error, match=message):
            step(*arguments)
    with pytest.raises(ValueError, match="threads"):
        step(theta, g, v, 0.1, 0.9, threads=0)
    assert (theta == 1).all()
    assert (v == 0).all()
    with pytest.raises(ValueError, match="target c"):
        in_place(generate_step(RULES["momentum/rate-inside"]))
    with pytest.raises(ValueError, match="each coordinate alone"):
        in_place(generate_step(RULES["clipping/global-norm"], target="c"))
