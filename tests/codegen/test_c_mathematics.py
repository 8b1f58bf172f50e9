"""The errors of the C functions against ball arithmetic, their special values, and that loops of them are vectorised."""

import ctypes
import math
import platform
import re
import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from flint import arb, ctx

from symderive.codegen.c_compiler import Compiler, CompilerNotFound, compiler, load
from symderive.codegen.c_mathematics import EXTENDED_PRECISION_CHECK, c_function_names, c_functions

EXACT: dict[str, Callable[[arb], arb]] = {
    "exp": arb.exp,
    "log": arb.log,
    "log1p": arb.log1p,
    "expm1": arb.expm1,
    "tanh": arb.tanh,
}
KINDS = {"f64": np.float64, "f64w": np.float64, "f32": np.float32}
C_TYPES = {np.float64: "double", np.float32: "float"}
CASES = [(function, kind) for function in EXACT for kind in KINDS]
BOUNDS = {"f64": 0.6, "f64w": 2.0**-34, "f32": 1.1, "expm1 f32": 2.0, "tanh f32": 3.0}
SUBNORMAL_BOUND = 0.8  # the result is rounded twice, the second time to fewer bits

LOOP = """
void {name}_loop(const {type} *restrict x, {type} *restrict y, long n) {{
#pragma omp simd
    for (long i = 0; i < n; i++) y[i] = {name}(x[i]);
}}
"""
SUM_LOOP = """
void sd_exp_sum_f64_loop(const double *restrict d, const double *restrict delta, double *restrict y, long n) {
#pragma omp simd
    for (long i = 0; i < n; i++) y[i] = sd_exp_sum_f64(d[i], delta[i]);
}
/* the main use: float in, double inside, with the sum */
double softmax_loop(const float *restrict x, double m, double *restrict e, long n) {
    double z = 0;
#pragma omp simd reduction(+ : z)
    for (long j = 0; j < n; j++) {
        e[j] = sd_exp_f64w((double)x[j] - m);
        z += e[j];
    }
    return z;
}
"""
NAMES = [f"sd_{function}_{kind}" for function, kind in CASES]


MAXIMUM_LOOP = """
{type} maximum_{kind}_loop(const {type} *restrict x, long n) {{
    int{bits}_t order = INT{bits}_MIN;
#pragma omp simd reduction(max : order)
    for (long i = 0; i < n; i++) order = sd_order_{kind}(x[i]) > order ? sd_order_{kind}(x[i]) : order;
    return sd_from_order_{kind}(order);
}}
"""
ORDERS = ["sd_order_f32", "sd_from_order_f32", "sd_order_f64", "sd_from_order_f64"]


def driver() -> str:
    loops = [LOOP.format(name=f"sd_{function}_{kind}", type=C_TYPES[KINDS[kind]]) for function, kind in CASES]
    loops += [MAXIMUM_LOOP.format(type=f"{C_TYPES[KINDS[k]]}", kind=k, bits=k[1:]) for k in ("f32", "f64")]
    return c_functions([*NAMES, *ORDERS, "sd_exp_sum_f64"]) + "".join(loops) + SUM_LOOP


@pytest.fixture(scope="module")
def cc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compiler]:
    """The compiler, with an empty cache."""
    try:
        found = compiler()
    except CompilerNotFound as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMDERIVE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield found


@pytest.fixture(scope="module", params=["fma", "no fma"])
def library(cc: Compiler, request: pytest.FixtureRequest) -> ctypes.CDLL:
    """All functions in loops, with fused operations and for a machine without them."""
    return load(driver() if request.param == "fma" else "#define SD_HAS_FMA 0\n" + driver())


def call(library: ctypes.CDLL, name: str, *arrays: np.ndarray) -> np.ndarray:
    y = np.empty_like(arrays[0])
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (*arrays, y)]
    library[f"{name}_loop"](*pointers, ctypes.c_long(y.size))
    return y


def points(function: str, kind: str, n: int, seed: int = 0) -> np.ndarray:
    """Arguments over the whole range, near 0 and 1, and on both sides of every threshold in the text."""
    random = np.random.default_rng(seed)
    scalar = KINDS[kind]
    info = np.finfo(scalar)
    near_zero = random.uniform(-1, 1, n) * 2.0 ** random.uniform(-70, 1, n)
    if function == "log":
        # for float alone: a subnormal double is no result of anything that is rounded to float
        lowest = info.minexp if kind == "f64w" else info.minexp - info.nmant
        x = np.concatenate([2.0 ** random.uniform(lowest, info.maxexp, n), 1 + near_zero])
        x = np.concatenate(
            [x, 2.0 ** np.arange(info.minexp, info.maxexp), math.sqrt(2) * 2.0 ** np.arange(-9, 9)]
        )
    elif function == "log1p":
        x = np.concatenate(
            [2.0 ** random.uniform(-70, info.maxexp, n), near_zero, -1 + 2.0 ** random.uniform(-20, 0, n)]
        )
        x = np.concatenate([x, math.sqrt(2) * 2.0 ** np.arange(-9, 60) - 1])
    else:
        low, high = {
            "exp f64": (-746, 709.78),
            "exp f64w": (-708, 709.4),
            "exp f32": (-104, 88.72),
            "expm1 f32": (-22, 88.72),
        }.get(f"{function} {kind}", (-44, 709.4 if function == "expm1" else 44))
        halves = (np.arange(math.ceil(low), math.floor(high)) + 0.5) * math.log(2)
        x = np.concatenate([random.uniform(low, high, n), near_zero, halves])
        x = x[(low <= x) & (x <= high)]
    x = x.astype(scalar)
    x = np.concatenate([x, np.nextafter(x[-200:], scalar(np.inf)), np.nextafter(x[-200:], scalar(-np.inf))])
    lower = {"log": 0, "log1p": -1}.get(function, -np.inf)
    return x[(x > lower) & np.isfinite(x)]


def errors(function: str, kind: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """|y - f(x)| in units of f(x)'s last place, or of f(x) itself for the kind that is rounded to float later."""
    found = np.empty(x.size)
    saved = ctx.prec
    ctx.prec = 160
    try:
        for i, (argument, result) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
            truth = EXACT[function](arb(argument))
            unit = abs(truth)
            if kind != "f64w" or truth == 0:
                unit = arb(float(np.spacing(np.abs(KINDS[kind](float(truth.mid()))))))
            found[i] = float((abs(truth - arb(result)) / unit).mid()) if math.isfinite(result) else math.inf
    finally:
        ctx.prec = saved
    return found


@pytest.mark.parametrize(("function", "kind"), CASES)
def test_the_error_is_within_the_bound(library: ctypes.CDLL, function: str, kind: str) -> None:
    """A coefficient with a wrong digit, a reduction that loses its low part, a missing sticky case near a threshold."""
    x = points(function, kind, 1500)
    y = call(library, f"sd_{function}_{kind}", x)
    found = errors(function, kind, x, y)
    normal = np.abs(y) >= np.finfo(x.dtype).tiny
    bound = BOUNDS.get(f"{function} {kind}", BOUNDS[kind])
    worst = int(np.argmax(np.where(normal, found, 0)))
    assert found[worst] <= bound, (x[worst].hex() if kind != "f32" else x[worst], y[worst])
    assert np.all(found[~normal] <= max(bound, SUBNORMAL_BOUND))


def test_the_bound_catches_a_wrong_digit(cc: Compiler) -> None:
    """The test above would be worthless if a wrong coefficient passed it."""
    changes = {
        "exp f64": ("0x1.1f92d36643013p-29", "0x1.9f92d36643013p-29"),
        "exp f64w": ("0x1.555554430b745p-3", "0x1.555559430b745p-3"),
        "log f64": ("0x1.ef35793c7673p-45", "0x1.ed35793c7673p-45"),
        "log1p f64": ("reduced_error - (high - f)", "0.0"),
        "tanh f64": ("sd_fma_f64(-quotient, divisor_low, low)", "low"),
        "log1p f32": ("sd_fma_f32(-f, error, error)", "0.0f"),
    }
    for case, (right, wrong) in changes.items():
        function, kind = case.split()
        name = f"sd_{function}_{kind}"
        text = c_functions([name]) + LOOP.format(name=name, type=C_TYPES[KINDS[kind]])
        assert right in text
        x = points(function, kind, 1500)
        y = call(load(text.replace(right, wrong)), name, x)
        normal = np.abs(y) >= np.finfo(x.dtype).tiny
        assert errors(function, kind, x, y)[normal].max() > BOUNDS[kind], case


@pytest.mark.sweep
@pytest.mark.parametrize(("function", "kind"), CASES)
def test_the_error_at_very_many_points(library: ctypes.CDLL, function: str, kind: str) -> None:
    """The worst points are rare: what a few thousand arguments do not show, these may."""
    for seed in range(1, 11):
        x = points(function, kind, 20_000, seed)
        y = call(library, f"sd_{function}_{kind}", x)
        found = errors(function, kind, x, y)
        normal = np.abs(y) >= np.finfo(x.dtype).tiny
        bound = BOUNDS.get(f"{function} {kind}", BOUNDS[kind])
        assert found[normal].max() <= bound
        assert np.all(found[~normal] <= max(bound, SUBNORMAL_BOUND))


@pytest.mark.parametrize(("function", "kind"), CASES)
def test_special_values(library: ctypes.CDLL, function: str, kind: str) -> None:
    """Infinite logits, masks and NaN reach the functions as they are, also NaN with a payload and either sign."""
    huge = float(np.finfo(KINDS[kind]).max)
    inf, nan = math.inf, math.nan
    table = {
        "exp": [
            (inf, inf),
            (-inf, 0.0),
            (0.0, 1.0),
            (-0.0, 1.0),
            (huge, inf),
            (-huge, 0.0),
            (-800, 0.0),
            (800, inf),
        ],
        "log": [(inf, inf), (-inf, nan), (0.0, -inf), (-0.0, -inf), (-1.0, nan), (-huge, nan), (1.0, 0.0)],
        "log1p": [(inf, inf), (-inf, nan), (0.0, 0.0), (-0.0, -0.0), (-1.0, -inf), (-1.5, nan), (-huge, nan)],
        "expm1": [(inf, inf), (-inf, -1.0), (0.0, 0.0), (-0.0, -0.0), (huge, inf), (-huge, -1.0), (800, inf)],
        "tanh": [(inf, 1.0), (-inf, -1.0), (0.0, 0.0), (-0.0, -0.0), (huge, 1.0), (-huge, -1.0)],
    }[function]
    scalar = KINDS[kind]
    x = np.array([a for a, _ in table], scalar)
    expected = np.array([b for _, b in table], scalar)
    y = call(library, f"sd_{function}_{kind}", x)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(np.signbit(y)[~np.isnan(y)], np.signbit(expected)[~np.isnan(y)])
    patterns = [0x7FC00000, 0xFFC00000, 0x7FC00FFF, 0xFFFFFFFF] if kind == "f32" else []
    patterns = patterns or [0x7FF8 << 48, 0xFFF8 << 48, (0x7FF8 << 48) + 0xFFF, (1 << 64) - 1]
    bits = np.array(patterns, np.uint32 if kind == "f32" else np.uint64)
    assert np.all(np.isnan(call(library, f"sd_{function}_{kind}", bits.view(scalar))))


@pytest.mark.parametrize("function", ["log1p", "expm1", "tanh"])
@pytest.mark.parametrize("kind", KINDS)
def test_subnormal_arguments_are_their_own_results(library: ctypes.CDLL, function: str, kind: str) -> None:
    scalar = KINDS[kind]
    x = np.array([1, -1, 12345, -12345], scalar) * np.finfo(scalar).smallest_subnormal
    np.testing.assert_array_equal(call(library, f"sd_{function}_{kind}", x), x)


def test_exp_of_an_exact_sum(library: ctypes.CDLL) -> None:
    """The rounding error of x - max counts in the result: it is ulp(d) times as large as the result."""
    random = np.random.default_rng(1)
    d = np.concatenate(
        [random.uniform(-708, 709, 2000), random.uniform(-1, 1, 1000), [0.0, -0.0, 709.5, -0.3465735]]
    )
    delta = random.uniform(-1, 1, d.size) * np.spacing(np.abs(d))
    y = call(library, "sd_exp_sum_f64", d, delta)
    ctx.prec = 160
    for a, b, c in zip(d.tolist(), delta.tolist(), y.tolist(), strict=True):
        truth = (arb(a) + arb(b)).exp()
        assert abs(truth - arb(c)) / arb(float(np.spacing(float(truth.mid())))) < 0.6, (a, b)
    without = call(library, "sd_exp_f64", d)
    assert np.any(without != y)


def test_exp_of_a_sum_whose_error_is_of_no_use(library: ctypes.CDLL) -> None:
    """TwoSum gives NaN beside an infinite sum, and an overflow gives an infinite one: exp must not see either."""
    nan, inf = math.nan, math.inf
    d = np.array([-inf, -inf, inf, inf, nan, nan, 1.0, -1e300, 1e300])
    delta = np.array([nan, -inf, nan, inf, 0.0, nan, nan, 1e284, -1e284])
    expected = np.array([0.0, 0.0, inf, inf, nan, nan, 2.718281828459045, 0.0, inf])
    np.testing.assert_array_equal(call(library, "sd_exp_sum_f64", d, delta), expected)


def test_the_main_loop_sums_what_it_stores(library: ctypes.CDLL) -> None:
    random = np.random.default_rng(2)
    x = random.normal(0, 40, 1003).astype(np.float32)
    x[5] = -math.inf
    e = np.empty(x.size)
    library.softmax_loop.restype = ctypes.c_double
    z = library.softmax_loop(
        ctypes.c_void_p(x.ctypes.data),
        ctypes.c_double(x.max()),
        ctypes.c_void_p(e.ctypes.data),
        ctypes.c_long(x.size),
    )
    np.testing.assert_allclose(e, np.exp(x.astype(np.float64) - np.float64(x.max())), rtol=2**-34)
    assert e[5] == 0
    assert e.max() == 1
    assert z == pytest.approx(math.fsum(e), rel=1e-14)


@pytest.mark.parametrize("kind", ["f32", "f64"])
def test_the_maximum_by_integers(library: ctypes.CDLL, kind: str) -> None:
    """Softmax shifts by the maximum: one that is too small overflows, and masked rows are -infinity throughout."""
    random = np.random.default_rng(3)
    maximum = library[f"maximum_{kind}_loop"]
    maximum.restype = ctypes.c_float if kind == "f32" else ctypes.c_double
    rows = [random.normal(0, 10.0**e, n) for e in (-42, -3, 0, 30) for n in (1, 2, 3, 17, 1000)]
    rows += [-abs(row) for row in rows] + [
        np.full(9, -np.inf),
        np.array([-np.inf, -1e30]),
        np.array([1.0, np.inf]),
    ]
    for row in rows:
        x = row.astype(KINDS[kind])
        assert maximum(ctypes.c_void_p(x.ctypes.data), ctypes.c_long(x.size)) == x.max()
    zeros = np.array([-0.0, 0.0, -0.0], KINDS[kind])
    assert math.copysign(1, maximum(ctypes.c_void_p(zeros.ctypes.data), ctypes.c_long(3))) == 1


@pytest.mark.parametrize("without", ["", "-mno-avx512f"])
def test_every_loop_is_vectorised(cc: Compiler, without: str) -> None:
    """One branch that the compiler cannot turn into a selection costs a factor of eight, silently."""
    if "Free Software Foundation" not in cc.version:
        pytest.skip("only gcc answers this way")
    if without and platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("these are instructions of x86-64")
    text = driver()
    command = [
        *cc.command,
        *cc.flags_for(False),
        *without.split(),
        "-fopt-info-vec",
        "-x",
        "c",
        "-",
        "-o",
        "/dev/null",
        "-lm",
    ]
    said = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=120).stderr
    lines = {int(line) for line in re.findall(r"<stdin>:(\d+):\d+: optimized: loop vectorized", said)}
    loops = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("#pragma omp simd")]
    missing = [n for n in loops if not lines & {n, n + 1}]
    assert not missing, [text.split("\n")[n] for n in missing]


@pytest.mark.parametrize(
    "name", [*NAMES, *ORDERS, "sd_exp_sum_f64", "sd_pow_f64", "sd_pow_f64w", "sd_pow_f32"]
)
def test_each_function_stands_alone_without_a_warning(cc: Compiler, name: str) -> None:
    """The text ends in users' files, who compile them with their own warnings."""
    text = c_functions([name])
    command = [
        *cc.command,
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-pedantic",
        "-Wconversion",
        "-Werror",
        "-O1",
        "-c",
    ]
    command += ["-x", "c", "-", "-o", "/dev/null"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert text.count(f" {name}(") == 1 + text.count(f" {name}(", text.index(f" {name}(") + 1)


def test_what_is_asked_is_given_once_and_in_order() -> None:
    one = c_functions(["sd_tanh_f64", "sd_exp_f64w", "sd_tanh_f64"])
    assert one == c_functions(["sd_exp_f64w", "sd_tanh_f64"])
    defined = re.findall(r"^SD_INLINE [\w ]+?(sd_\w+)\(", one, re.MULTILINE)
    assert len(defined) == len(set(defined))
    assert defined.index("sd_half_expm1_f64") < defined.index("sd_tanh_f64")
    assert "sd_log_f64" not in defined
    with pytest.raises(KeyError, match="sd_sin_f64 is no function"):
        c_functions(["sd_sin_f64"])
    assert {*NAMES, "sd_exp_sum_f64"} <= set(c_function_names())
    assert max(map(len, c_functions(c_function_names()).split("\n"))) <= 120


@pytest.mark.parametrize(
    ("before", "text", "message"),
    [
        ("", EXTENDED_PRECISION_CHECK.replace("LDBL_MANT_DIG", "53"), "long double has no 64 bits"),
        ("#define __FAST_MATH__ 1\n", c_functions([]), "without -ffast-math"),
    ],
)
def test_an_unfit_machine_is_refused_with_the_reason(
    cc: Compiler, before: str, text: str, message: str
) -> None:
    command = [*cc.command, "-fsyntax-only", "-x", "c", "-"]
    done = subprocess.run(
        command, input=before + text, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert message in done.stderr
