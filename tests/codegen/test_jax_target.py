"""The jax target: values, derived gradients, second derivatives, jit, vmap, edges, with and without float64."""

import subprocess
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from sympy import log

from codegen.framework_formulas import FORMULAS, drawn, made, names_of
from symderive.codegen.generate import MissingFramework, generate
from symderive.terms import scalar

jax = pytest.importorskip("jax", reason="jax is not installed (the extra frameworks)")
from jax import numpy as jnp  # noqa: E402
from jax.test_util import check_grads  # noqa: E402

pytestmark = pytest.mark.frameworks

INF, NAN = float("inf"), float("nan")


@pytest.fixture(params=[False, True], ids=["float32 alone", "with float64"])
def x64(request):
    """Both settings of jax_enable_x64."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", request.param)
    yield request.param
    jax.config.update("jax_enable_x64", before)


@pytest.fixture
def double():
    """With float64."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def arguments(name, batch=(3,), *, seed=0):
    """Arrays for the value's arguments, in calling order."""
    values = drawn(name, batch, seed)
    return [jnp.asarray(values[a]) for a in names_of(made(name, "jax"))]


def reals(name):
    """The places of the real arguments."""
    order = names_of(made(name, "jax"))
    return [n for n, a in enumerate(order) if not FORMULAS[name].draw[a][1].startswith("label")]


def summed(function, name, given):
    """The sum of the results as a function of the real arguments."""

    def over_reals(*values):
        full = list(given)
        for n, value in zip(reals(name), values, strict=True):
            full[n] = value
        return function(*full).sum()

    return over_reals


#: Every formula compiles for seconds: all but these are for the sweep.
CORE = ("softmax", "cross_entropy", "bce", "rmsnorm", "kl")
SOME = [pytest.param(name, marks=[] if name in CORE else [pytest.mark.sweep]) for name in FORMULAS]


@pytest.mark.parametrize("name", SOME)
def test_the_value_is_numpys(name, x64):
    """Both print one kernel: a difference is a slip of a printer."""
    given = arguments(name, (2, 3))
    expected = made(name, "numpy")(
        *(np.asarray(a, np.float64 if a.dtype.kind == "f" else None) for a in given)
    )
    found = jax.jit(made(name, "jax").functions[name])(*given)
    assert found.shape == expected.shape
    tolerance = 1e-13 if x64 else 2e-6
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", SOME)
def test_gradients_of_first_and_second_order(name, double):
    """Finite differences disagree with a wrong backward kernel, or one that JAX cannot differentiate."""
    given = arguments(name, (2,))
    function = jax.jit(summed(made(name, "jax"), name, given))
    check_grads(function, [given[n] for n in reals(name)], order=2, modes=["rev"])


@pytest.mark.parametrize("name", SOME)
def test_gradients_without_float64(name):
    """The compensated float32 kernel has the gradient of the float64 one."""
    results = []
    given = arguments(name, (4,))
    for wide in (False, True):
        jax.config.update("jax_enable_x64", wide)
        try:
            dtype = jnp.float64 if wide else jnp.float32
            full = [a.astype(dtype) if a.dtype.kind == "f" else a for a in given]
            places = tuple(range(len(reals(name))))
            gradients = jax.jit(jax.grad(summed(made(name, "jax"), name, full), places))
            results.append(gradients(*(full[n] for n in reals(name))))
            assert all(g.dtype == dtype for g in results[-1])
        finally:
            jax.config.update("jax_enable_x64", False)
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)


def references():
    optax = pytest.importorskip("optax", reason="optax is not installed")
    softmax, log_softmax = jax.nn.softmax, jax.nn.log_softmax

    def labelled(x, t):
        return optax.softmax_cross_entropy_with_integer_labels(x, t)

    def affine(w, b, h, t):
        return labelled(jnp.einsum("bnk,bk->bn", w, h) + b, t)

    def focal(x, t, gamma):
        log_p = -labelled(x, t)
        return -((1 - jnp.exp(log_p)) ** gamma) * log_p

    def rmsnorm(w, x, epsilon):
        return w * x / jnp.sqrt(jnp.square(x).mean(-1, keepdims=True) + epsilon[:, None])

    return {
        "softmax": softmax,
        "log_softmax": log_softmax,
        "logsumexp": lambda x: jax.nn.logsumexp(x, -1),
        "cross_entropy": labelled,
        "soft_cross_entropy": optax.softmax_cross_entropy,
        "bce": lambda y, z: optax.sigmoid_binary_cross_entropy(z, y),
        "kl": lambda p, q: optax.kl_divergence(jnp.log(q), p),
        "focal": focal,
        "temperature": lambda x, t, temperature: labelled(x / temperature[:, None], t),
        "info_nce": lambda w, h, t, s: labelled(jnp.einsum("bnk,bk->bn", w, h) / s[:, None], t),
        "rmsnorm": rmsnorm,
        "manhattan": lambda x, y: jnp.abs(x - y).sum(-1),
        "affine_cross_entropy": affine,
    }


@pytest.mark.parametrize("name", [some for some in SOME if "jensen_shannon" not in some.values])
def test_agreement_with_optax_and_jax(name, double):
    """Value, gradient and Hessian are those of optax or jax.nn on ordinary inputs."""
    given = arguments(name, (4,), seed=1)
    places = tuple(range(len(reals(name))))
    values = [given[n] for n in reals(name)]
    mine, theirs = made(name, "jax"), references()[name]
    np.testing.assert_allclose(mine(*given), theirs(*given), rtol=1e-10, atol=1e-12)
    results = []
    for function in (mine, theirs):
        total = summed(function, name, given)

        def weighted(*v, total=total):
            return sum(
                (jnp.arange(1.0, 1 + g.size).reshape(g.shape) * g).sum() for g in jax.grad(total, places)(*v)
            )

        results.append(
            jax.jit(lambda *v, f=total, g=weighted: [*jax.grad(f, places)(*v), *jax.grad(g, places)(*v)])(
                *values
            )
        )
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_float32_is_float64_rounded_once(double):
    """With float64 at hand, float32 is at most one unit in the last place from the rounded exact value."""
    x = jnp.asarray(np.random.default_rng(0).normal(size=(50, 9)) * 10, jnp.float32)
    for name in ("softmax", "log_softmax", "logsumexp"):
        found = made(name, "jax")(x)
        assert found.dtype == jnp.float32
        expected = made(name, "numpy")(np.asarray(x, np.float64)).astype(np.float32)
        np.testing.assert_array_max_ulp(np.asarray(found), expected, maxulp=1)


@pytest.mark.parametrize("size", [2, 1000, 50257])
@pytest.mark.parametrize("scale", [1.0, 80.0, 1e4])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp", "cross_entropy"])
def test_the_floor_of_float32_alone(name, size, scale):
    """Without float64 the compensated kernel keeps within 6 ulps, where the shifted form loses all digits."""
    rng = np.random.default_rng(size)
    x = (rng.normal(size=(8, size)) * scale).astype(np.float32)
    more = [rng.integers(0, size, 8)] if name == "cross_entropy" else []
    found = np.asarray(jax.jit(made(name, "jax").functions[name])(x, *more), np.float64)
    expected = made(name, "numpy")(x.astype(np.float64), *more)
    # XLA on CPUs takes subnormal numbers for 0, which sums of the smallest normal ones still show.
    normal = np.abs(expected) > 1e-30
    ulps = np.abs(found - expected) / np.spacing(np.abs(expected).astype(np.float32))
    assert ulps[normal].max(initial=0) <= 6


@pytest.mark.parametrize("sign", ["-", "+", "*"])
def test_rounding_errors_survive_the_compiler(sign, x64):
    """XLA must not simplify TwoSum away: a result and its error are together exact, under jit and vmap."""
    name = "softmax" if sign == "-" else "kl"
    helper = {"-": "_two_difference", "+": "_two_sum", "*": "_two_product"}[sign]
    exactly = made(name, "jax").functions[name].__globals__[helper]
    rng = np.random.default_rng(0)
    u, w = jnp.asarray(rng.normal(size=500) * 100), jnp.asarray(rng.normal(size=500))
    for function in (exactly, jax.jit(exactly), jax.jit(jax.vmap(exactly))):
        d, error = function(u, w)
        assert np.abs(error).max() > 0
        for a, b, c, e in zip(*(np.asarray(v, np.float64) for v in (u, w, d, error)), strict=True):
            a, b = Fraction(a), Fraction(b)
            assert {"-": a - b, "+": a + b, "*": a * b}[sign] == Fraction(c) + Fraction(e)


def test_digits_at_a_gap_of_50(x64):
    """p − 1 would be exactly 0 here; the complement is summed instead, in the first and second derivative."""
    loss = made("cross_entropy", "jax")
    x, tail = jnp.asarray([50.0, 0.0, 0.0]), np.exp(-50.0)
    tolerance = 1e-14 if x64 else 5e-7
    gradient = jax.jit(jax.grad(lambda v: loss(v, 0)))(x)
    np.testing.assert_allclose(gradient, [-2 * tail, tail, tail], rtol=tolerance)
    second = jax.grad(lambda v: (jax.grad(lambda u: loss(u, 0))(v) * jnp.array([1.0, 2.0, 3.0])).sum())
    second = jax.jit(second)(x)
    np.testing.assert_allclose(second, [-3 * tail, tail, 2 * tail], rtol=tolerance)


def test_log1p_below_0(double):
    """XLA's own loses a hundred units in the last place between −0.41 and −0.29; the derivative is 1/(1 + t)."""
    t = scalar("t")
    function = generate(log(1 + t), t, target="jax", name="f")
    points = np.linspace(-0.999, 0.3, 400)
    for jitted in (function, jax.jit(jax.vmap(function))):
        for point, found in zip(points, np.asarray(jitted(jnp.asarray(points))), strict=True):
            with mpmath.workdps(40):
                true = mpmath.log1p(mpmath.mpf(float(point)))
                assert abs(mpmath.mpf(float(found)) - true) <= 2.0**-51 * abs(true), point
    slopes = jax.grad(lambda v: function(v).sum())(jnp.asarray([-1.0, -0.9, -0.3, -0.29, 0.0, 3.0]))
    np.testing.assert_allclose(slopes, [INF, 10.0, 1 / 0.7, 1 / 0.71, 1.0, 0.25], rtol=1e-14)


EDGES = {
    "masked": ([-INF, 1.0, 2.0], True),
    "all masked": ([-INF, -INF, -INF], True),
    "one takes all": ([INF, 1.0, 2.0], True),
    "two take all": ([INF, INF, 2.0], True),
    "far apart": ([1e4, -1e4, 0.0], True),
    "ties": ([2.0, 2.0, 2.0], True),
    "no number": ([NAN, 1.0, 2.0], False),
}


@pytest.mark.parametrize(
    "edge",
    [pytest.param(e, marks=[] if n < 3 else [pytest.mark.sweep]) for n, e in enumerate(EDGES)],
)
def test_infinite_logits_give_finite_gradients(edge, x64):
    """−inf is a mask and +inf takes all: no NaN may come from a branch that is not taken; NaN stays NaN."""
    logits, finite = EDGES[edge]
    logits, weights = jnp.asarray(logits), jnp.asarray([0.0, 0.5, 0.5])
    functions = [made(name, "jax") for name in ("softmax", "log_softmax", "logsumexp")]
    functions += [lambda x: made("cross_entropy", "jax")(x, 0)]
    functions += [lambda x: made("soft_cross_entropy", "jax")(x, weights)]
    for function in functions:
        gradient_of = jax.grad(lambda x, f=function: f(x).sum())
        value, gradient = function(logits), jax.jit(gradient_of)(logits)
        second = jax.jit(jax.grad(lambda x, g=gradient_of: (g(x) * jnp.arange(1.0, 4.0)).sum()))(logits)
        if finite:
            assert not np.isnan(value).any()
            assert np.isfinite(gradient).all()
            assert np.isfinite(second).all()
        else:
            assert np.isnan(value).all()
            assert np.isnan(gradient).all()


@pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("logit", [0.0, 80.0, -80.0])
def test_second_derivative_where_parts_have_a_corner(label, logit, double):
    """|z| and max(z, 0) have a corner at 0 where the loss has none: its second derivative there is 1/4."""
    loss = made("bce", "jax")
    second = jax.jit(jax.grad(jax.grad(lambda z: loss(label, z))))(jnp.asarray(logit))
    expected = np.exp(-abs(logit)) / (1 + np.exp(-abs(logit))) ** 2
    np.testing.assert_allclose(second, expected, rtol=1e-14)


def test_transforms(x64):
    """jit, vmap, grad and their compositions; per-example gradients; the Hessian forward over reverse."""
    loss = made("cross_entropy", "jax").functions["cross_entropy"]
    rng = np.random.default_rng(0)
    x, t = jnp.asarray(rng.normal(size=(6, 5))), jnp.asarray(rng.integers(0, 5, 6))
    tolerance = 1e-12 if x64 else 2e-6
    expected = jax.nn.softmax(x) - jax.nn.one_hot(t, 5)
    np.testing.assert_allclose(jax.vmap(loss)(x, t), loss(x, t), rtol=tolerance)
    for gradient in (
        jax.vmap(jax.grad(loss)),
        jax.jit(jax.vmap(jax.grad(loss))),
        jax.vmap(jax.jit(jax.grad(loss))),
    ):
        np.testing.assert_allclose(gradient(x, t), expected, atol=tolerance)
    assert jax.vmap(jax.vmap(loss, (0, None)), (None, 0))(x, t).shape == (6, 6)
    s = jax.nn.softmax(x[0])
    np.testing.assert_allclose(jax.hessian(loss)(x[0], t[0]), jnp.diag(s) - jnp.outer(s, s), atol=tolerance)
    cotangents = jax.grad(lambda x, t: loss(x, t).sum(), (0, 1), allow_int=True)(x, t)
    assert cotangents[1].dtype == jax.dtypes.float0
    np.testing.assert_allclose(jax.jit(lambda v: loss(v, 2))(x), loss(x, 2), rtol=tolerance)


def test_axes_types_and_shared_arguments(double):
    """`axis` names the vectors' axis; half types round once; a shared weight takes the sum over the batch."""
    softmax, loss = made("softmax", "jax"), made("affine_cross_entropy", "jax")
    x = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5, 3)))
    np.testing.assert_allclose(softmax(x, axis=1), jax.nn.softmax(x, 1), rtol=1e-14)
    for half in (jnp.float16, jnp.bfloat16):
        expected = jax.nn.softmax(x.astype(half).astype(jnp.float64), -1).astype(half)
        assert (softmax(x.astype(half)) == expected).all()
    single = made("temperature", "jax")(x.astype(jnp.float32)[..., 0], 2, 0.5)
    assert single.dtype == jnp.float32
    w, b, h, t = arguments("affine_cross_entropy", (7,))
    total = jax.jit(lambda w, b: loss(w, b, h, t).sum())
    check_grads(total, (w[0], b[0]), order=2, modes=["rev"])
    assert jax.grad(lambda w: loss(w, b[0], h, t).sum())(w[0]).shape == (4, 5)


@pytest.mark.parametrize("compute", ["gradient", "value_and_gradient", "vjp", "jvp", "hvp"])
def test_what_is_asked_for_is_there_beside_the_value(compute, double):
    """A requested product is a plain function; the differentiable value comes with it."""
    generated, expected = made("logsumexp", "jax", compute), made("logsumexp", "numpy", compute)
    rng = np.random.default_rng(0)
    given = [rng.normal(size=(3, 5))]
    if compute == "vjp":
        given.append(rng.normal(size=3))
    elif compute in ("jvp", "hvp"):
        given.append(rng.normal(size=(3, 5)))
    found, known = generated(*given), expected(*given)
    if compute != "value_and_gradient":
        found, known = [found], [known]
    for one, other in zip(found, known, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-15)
    assert list(generated) == [compute, "value", "backward"]


def test_accuracy_levels_say_what_they_are():
    """`fast` stays in the caller's type; `high` and the default state their floor."""
    x = jnp.asarray(np.random.default_rng(0).normal(size=(3, 5)))
    for level in ("fast", "high"):
        np.testing.assert_allclose(made("softmax", "jax", accuracy=level)(x), jax.nn.softmax(x), rtol=1e-6)
    assert "optimization_barrier" not in made("softmax", "jax", accuracy="fast").source
    assert "JAX has no long double" in made("softmax", "jax", accuracy="high").source
    assert "subnormal" in made("softmax", "jax").source


def test_a_missing_framework_is_named(monkeypatch):
    """Without jax the message says how to install it; the other targets do not need it."""
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(MissingFramework, match="pip install jax"):
        generate(FORMULAS["softmax"].term, target="jax")
    generate(FORMULAS["softmax"].term, target="numpy")


def test_wrong_arguments(x64):
    """A wrong shape, type or label is an error that names the argument; under jit a wrong label gives NaN."""
    loss = made("cross_entropy", "jax").functions["cross_entropy"]
    x = jnp.ones((3, 5))
    for label in (5, -1):
        wrong = jnp.asarray([0, 1, label])
        with pytest.raises(IndexError, match=r"t must lie in 0, \.\.\., 4"):
            loss(x, wrong)
        assert np.isnan(jax.jit(loss)(x, wrong)).tolist() == [False, False, True]
    with pytest.raises(TypeError, match="t must hold integers"):
        loss(x, jnp.asarray([0.0, 1.0, 2.0]))
    with pytest.raises(TypeError, match="x must hold real numbers"):
        loss(x.astype(jnp.complex64), 0)
    with pytest.raises(ValueError, match="do not broadcast"):
        loss(x, jnp.asarray([0, 1]))
    with pytest.raises(ValueError, match="x is empty along K"):
        loss(x[:, :0], 0)
    with pytest.raises(ValueError, match="are needed"):
        made("manhattan", "jax")(x, x[:, :4])


def test_the_file_stands_alone(tmp_path):
    """The generated file runs by itself, imports jax only, and tests itself."""
    path = tmp_path / "generated.py"
    text = made("affine_cross_entropy", "jax").source
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "affine_cross_entropy float32: ok" in done.stdout
    assert {line for line in text.splitlines() if line.startswith(("import", "from"))} == {
        "import functools",
        "import math",
        "import jax",
        "import jax.numpy as jnp",
    }
