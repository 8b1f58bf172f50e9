"""The primitives of generated C in every working type, against ball arithmetic."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from symderive.codegen.c_compiler import load
from symderive.codegen.c_mathematics import c_functions
from symderive.codegen.c_primitives import WORKING, elementary_functions, helpers_text

TYPES = {working.helper: working for working in WORKING.values()}
#: Working type → the type that a test hands over, and the error that is let pass, in units of its epsilon.
GIVEN = {
    "f32": (np.float32, 4.0),
    "f64w": (np.float64, 2.0**-34 / 2.0**-52),  # what one rounding to float needs
    "f64": (np.float64, 3.0),
    "ext": (np.float64, 0.51),
}
INFINITY = np.inf


pytestmark = pytest.mark.usefixtures("compiled")


@cache
def _library() -> Any:
    names = ("exp_product", "log_ratio", "kl_term", "binade")
    used = [(name, working) for name in names for working in TYPES.values()]
    used += [(name, TYPES["f64"]) for name in ("exp_product_exactly", "kl_term_exactly")]
    entries = []
    for name, working in used:
        narrow = "float" if working.helper == "f32" else "double"
        given = "u[n]" if name == "binade" else "u[n], w[n]"
        vector = "" if working.helper == "ext" else "    #pragma omp simd\n"
        entries.append(
            f"void {name}_{working.helper}(ptrdiff_t size, const {narrow} *u, const {narrow} *w, {narrow} *out) {{\n"
            f"    (void)w;\n{vector}    for (ptrdiff_t n = 0; n < size; n++)\n"
            f"        out[n] = ({narrow})sd_{name}_{working.helper}({given});\n}}"
        )
    text = c_functions(elementary_functions(used)) + "#include <stddef.h>\n" + helpers_text(used)
    return load("\n\n".join([text, *entries]) + "\n")


def called(name: str, helper: str, u: Any, w: Any) -> np.ndarray[Any, Any]:
    """A primitive of two arrays, in a loop."""
    dtype = GIVEN[helper][0]
    u, w = (np.ascontiguousarray(part, dtype) for part in np.broadcast_arrays(u, w))
    out = np.empty_like(u)
    run = _library()[f"{name}_{helper}"]
    run.argtypes, run.restype = [ctypes.c_ssize_t, *[ctypes.c_void_p] * 3], None
    run(u.size, u.ctypes.data, w.ctypes.data, out.ctypes.data)
    return out


def pairs(dtype: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Positive numbers: equal, next to each other, at the borders of the cases, and far out of range."""
    rng = np.random.default_rng(3)
    kind = np.finfo(dtype)
    q = rng.uniform(1e-3, 1, 3000)
    ratio = np.exp(rng.normal(size=3000) * 10.0 ** rng.uniform(-9, 1, 3000))
    ratio[:200] = np.nextafter(1, rng.choice([0, 2], 200))
    for place, border in enumerate((1, 1.5, 1 / 1.5, 3, 1 / 3, 0.51 / 0.49 + 2, 2, 0.5)):
        ratio[200 + 20 * place : 220 + 20 * place] = border * (1 + rng.normal(size=20) * 1e-6)
    p, q = (q * ratio).astype(dtype), q.astype(dtype)
    out = [kind.smallest_subnormal, 3 * kind.smallest_normal, 0.9 * kind.max, 1.3, 1.1e-30, 1.2e30]
    return np.append(p, np.repeat(out, 6)).astype(dtype), np.append(q, np.tile(out, 6)).astype(dtype)


def relative(found: np.ndarray[Any, Any], wanted: list[arb], dtype: Any) -> float:
    """The worst error in units of epsilon times the truth; half of the smallest number is let pass."""
    kind = np.finfo(dtype)
    worst = 0.0
    for number, true in zip(found, wanted, strict=True):
        if abs(true) > float(kind.max):
            assert not np.isfinite(number)
            continue
        error = abs(arb(float(number)) - true) - arb(float(kind.smallest_subnormal)) * 0.51
        if true != 0 and error > 0:
            worst = max(worst, float((error / abs(true)).mid()) / float(kind.eps))
    return worst


@pytest.mark.parametrize("helper", TYPES)
def test_log_ratio_keeps_its_digits(helper: str) -> None:
    """Near 1 log(a/b) is (a − b)/b, not log of a rounded quotient; out of range the quotient is no number."""
    ctx.prec = 200
    dtype, most = GIVEN[helper]
    a, b = pairs(dtype)
    wanted = [(arb(float(u)) / arb(float(w))).log() for u, w in zip(a, b, strict=True)]
    assert relative(called("log_ratio", helper, a, b), wanted, dtype) <= most


@pytest.mark.parametrize("helper", TYPES)
def test_kl_term_keeps_its_digits(helper: str) -> None:
    """p log(p/q) − p + q is of second order in p − q: what cancels may not be formed."""
    ctx.prec = 400
    dtype, most = GIVEN[helper]
    p, q = pairs(dtype)
    p, q = p[:3000], q[:3000]
    true = [(arb(float(u)), arb(float(w))) for u, w in zip(p, q, strict=True)]
    wanted = [u * (u / w).log() - u + w for u, w in true]
    found = called("kl_term", helper, p, q)
    assert (found >= 0).all()
    assert relative(found, wanted, dtype) <= 2 * most + 1


def test_the_compensated_kl_term_loses_hardly_a_digit() -> None:
    """What its quotients and products round away has to come back: half of what the plain term may lose."""
    ctx.prec = 400
    p, q = pairs(np.float64)
    p, q = p[:3000], q[:3000]
    true = [(arb(float(u)), arb(float(w))) for u, w in zip(p, q, strict=True)]
    wanted = [u * (u / w).log() - u + w for u, w in true]
    found = called("kl_term_exactly", "f64", p, q)
    assert (found >= 0).all()
    assert relative(found, wanted, np.float64) <= 2
    p, q = [0, 0, 0.5, np.nan, 0.25, INFINITY, 5e-324, 1e308], [0.5, 0, 0, 0.5, 0.25, 1, 5e-324, 1e308]
    wanted_there = [0.5, 0, INFINITY, np.nan, 0, INFINITY, 0, 0]
    np.testing.assert_array_equal(called("kl_term_exactly", "f64", p, q), wanted_there)


def test_the_exponential_of_a_product_carries_its_rounding_error() -> None:
    """Two ulps at most where the product as rounded would cost hundreds; the other types say what they do."""
    ctx.prec = 200
    rng = np.random.default_rng(5)
    u = rng.uniform(0.01, 5, 2000)
    w = -rng.uniform(0, 700, 2000) / u
    wanted = [(arb(float(a)) * arb(float(b))).exp() for a, b in zip(u, w, strict=True)]
    assert relative(called("exp_product_exactly", "f64", u, w), wanted, np.float64) <= 1
    plain = relative(called("exp_product", "f64", u, w), wanted, np.float64)
    assert 100 < plain < 400
    assert relative(called("exp_product", "ext", u, w), wanted, np.float64) <= 0.7
    near = [u * 0.01, w * 0.1]
    wanted = [(arb(float(a)) * arb(float(b))).exp() for a, b in zip(*near, strict=True)]
    assert relative(called("exp_product", "f64w", *near), wanted, np.float64) <= GIVEN["f64w"][1]
    u, w = [0, 0, 1, 2, -1, np.nan, 1e300], [-INFINITY, INFINITY, -INFINITY, 1e4, -1e4, 0, -1e300]
    edges = [1, 1, 0, INFINITY, INFINITY, np.nan, 0]
    np.testing.assert_array_equal(called("exp_product_exactly", "f64", u, w), edges)
    np.testing.assert_array_equal(called("exp_product", "ext", u, w), edges)


@pytest.mark.parametrize("helper", TYPES)
def test_edges(helper: str) -> None:
    """Zeros, infinities, NaN and negative numbers have the values that NumPy's helpers give them."""
    nan = np.nan
    a = [0, 1, 0, INFINITY, 1, nan, 1, -1, -1, 1, -2]
    b = [1, 0, 0, 1, INFINITY, 1, nan, 1, 0, -1, -1]
    wanted = [-INFINITY, INFINITY, nan, INFINITY, -INFINITY, nan, nan, nan, INFINITY, nan, np.log(2)]
    np.testing.assert_allclose(called("log_ratio", helper, a, b), wanted, rtol=1e-6)
    p, q = [0, 0, 0.5, nan, 0.25, INFINITY], [0.5, 0, 0, 0.5, 0.25, 1]
    np.testing.assert_array_equal(called("kl_term", helper, p, q), [0.5, 0, INFINITY, nan, 0, INFINITY])


@pytest.mark.parametrize("helper", ["f32", "f64"])
def test_a_scale_is_a_normal_power_of_two(helper: str) -> None:
    """A subnormal scale has an infinite inverse: a vector of subnormal numbers would have the norm NaN."""
    kind = np.finfo(GIVEN[helper][0])
    sizes = [kind.smallest_subnormal, kind.smallest_normal, 0.75, 1, 1.5, kind.max, 0, INFINITY, np.nan]
    top = 2.0 ** (kind.maxexp - 1)
    wanted = [kind.smallest_normal, kind.smallest_normal, 0.5, 1, 1, top, 1, 1, 1]
    np.testing.assert_array_equal(called("binade", helper, sizes, 0), wanted)
