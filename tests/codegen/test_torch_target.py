"""The torch target: values, derived gradients, second derivatives, batches, transforms, edges."""

import subprocess
import sys

import numpy as np
import pytest
from sympy import Max, Min, exp, log, sign, sqrt, tanh

from codegen.framework_formulas import FORMULAS, K, N, W, b, drawn, i, j, made, n, names_of, x, z
from symderive.codegen.generate import MissingFramework, generate
from symderive.terms import indexed_sum

torch = pytest.importorskip("torch", reason="torch is not installed (the extra frameworks)")
pytestmark = pytest.mark.frameworks

DOUBLE = torch.float64
INF, NAN = float("inf"), float("nan")


def arguments(name, batch=(3,), *, dtype=DOUBLE, requires_grad=True, seed=0):
    """Tensors for the value's arguments, in calling order."""
    values = drawn(name, batch, seed)
    return [
        torch.tensor(values[a], dtype=dtype, requires_grad=requires_grad)
        if values[a].dtype.kind == "f"
        else torch.tensor(values[a])
        for a in names_of(made(name, "torch"))
    ]


def first_and_second(function, *values):
    """The value, its gradients, and the gradients of a weighted sum of these."""
    values = [value.clone().requires_grad_() for value in values]
    result = function(*values)
    gradients = torch.autograd.grad(result.sum(), values, create_graph=True)
    weighted = sum(
        (g * torch.arange(1.0, 1 + g.numel(), dtype=g.dtype).reshape(g.shape)).sum() for g in gradients
    )
    return result.detach(), [g.detach() for g in gradients], torch.autograd.grad(weighted, values)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_value_is_numpys(name):
    """Both print one kernel: a difference is a slip of a printer."""
    expected = made(name, "numpy")(*(a.detach().numpy() for a in arguments(name, (2, 3))))
    found = made(name, "torch")(*arguments(name, (2, 3)))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", FORMULAS)
def test_gradients_of_first_and_second_order(name):
    """Finite differences disagree with a wrong backward kernel, or one that autograd cannot differentiate."""
    given = arguments(name, (2,))
    assert torch.autograd.gradcheck(made(name, "torch"), given)
    assert torch.autograd.gradgradcheck(made(name, "torch"), given)


@pytest.mark.parametrize("name", FORMULAS)
def test_float32_is_float64_rounded_once(name):
    """float32 through float64 is the rounded exact value: at most one unit in the last place away."""
    single = arguments(name, (50,), dtype=torch.float32)
    double = [a.detach().double().requires_grad_() if a.is_floating_point() else a for a in single]
    results = []
    for given in (single, double):
        value = made(name, "torch")(*given)
        reals = [a for a in given if a.is_floating_point()]
        results.append([value.detach(), *torch.autograd.grad(value.sum(), reals)])
    for found, expected in zip(*results, strict=True):
        assert found.dtype == torch.float32
        np.testing.assert_array_max_ulp(found.numpy(), expected.float().numpy(), maxulp=1)


def references():
    f = torch.nn.functional

    def focal(x, t, gamma):
        log_p = f.log_softmax(x, -1).gather(-1, t[:, None])[:, 0]
        return -((1 - log_p.exp()) ** gamma) * log_p

    def jensen_shannon(p, x):
        s = f.softmax(x, -1)
        m = (p + s) / 2
        return ((p * (p / m).log()).sum(-1) + (s * (s / m).log()).sum(-1)) / 2

    def affine(w, b, h, t):
        return f.cross_entropy(torch.einsum("bnk,bk->bn", w, h) + b, t, reduction="none")

    def info_nce(w, h, t, temperature):
        return f.cross_entropy(torch.einsum("bnk,bk->bn", w, h) / temperature[:, None], t, reduction="none")

    def rmsnorm(w, x, epsilon):
        return w * x / (x.square().mean(-1, keepdim=True) + epsilon[:, None]).sqrt()

    return {
        "softmax": lambda x: f.softmax(x, -1),
        "log_softmax": lambda x: f.log_softmax(x, -1),
        "logsumexp": lambda x: torch.logsumexp(x, -1),
        "cross_entropy": lambda x, t: f.cross_entropy(x, t, reduction="none"),
        "soft_cross_entropy": lambda x, y: f.cross_entropy(x, y, reduction="none"),
        "bce": lambda y, z: f.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "kl": lambda p, q: f.kl_div(q.log(), p, reduction="none").sum(-1),
        "focal": focal,
        "jensen_shannon": jensen_shannon,
        "temperature": lambda x, t, temperature: f.cross_entropy(
            x / temperature[:, None], t, reduction="none"
        ),
        "info_nce": info_nce,
        "rmsnorm": rmsnorm,
        "manhattan": lambda x, y: (x - y).abs().sum(-1),
        "affine_cross_entropy": affine,
    }


@pytest.mark.parametrize("name", FORMULAS)
def test_agreement_with_torch_itself(name):
    """Value, gradient and second derivative are those of torch's own function on ordinary inputs."""
    formula, reference = FORMULAS[name], references()[name]
    order = names_of(made(name, "torch"))
    given = arguments(name, (4,), requires_grad=False, seed=1)
    reals = [n for n, a in enumerate(order) if not formula.draw[a][1].startswith("label")]

    def closed(function):
        def over_reals(*values):
            full = list(given)
            for place, value in zip(reals, values, strict=True):
                full[place] = value
            return function(*full)

        return over_reals

    found = first_and_second(closed(made(name, "torch")), *(given[n] for n in reals))
    expected = first_and_second(closed(reference), *(given[n] for n in reals))
    for mine, theirs in zip(
        [found[0], *found[1], *found[2]], [expected[0], *expected[1], *expected[2]], strict=True
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-11)


def test_digits_at_a_gap_of_50():
    """p − 1 would be exactly 0 here; the complement is summed instead, in the first and second derivative."""
    loss = made("cross_entropy", "torch")
    value, (gradient,), (second,) = first_and_second(
        lambda x: loss(x, 0), torch.tensor([50.0, 0.0, 0.0], dtype=DOUBLE)
    )
    tail = np.exp(-50.0)
    np.testing.assert_allclose(value, 2 * tail, rtol=1e-15)
    np.testing.assert_allclose(gradient, [-2 * tail, tail, tail], rtol=1e-15)
    np.testing.assert_allclose(second, [-3 * tail, tail, 2 * tail], rtol=1e-14)
    single = torch.tensor([50.0, 0.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(single, 0), single)
    np.testing.assert_allclose(gradient, [-tail, tail], rtol=1e-7)


EDGES = {
    "masked": ([-INF, 1.0, 2.0], True),
    "all masked": ([-INF, -INF, -INF], True),
    "one takes all": ([INF, 1.0, 2.0], True),
    "two take all": ([INF, INF, 2.0], True),
    "far apart": ([1e4, -1e4, 0.0], True),
    "ties": ([2.0, 2.0, 2.0], True),
    "no number": ([NAN, 1.0, 2.0], False),
}


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_infinite_logits_give_finite_gradients(edge, dtype):
    """−inf is a mask and +inf takes all: no NaN may come from a branch that is not taken; NaN stays NaN."""
    logits, finite = EDGES[edge]
    logits = torch.tensor(logits, dtype=dtype)
    weights = torch.tensor([0.0, 0.5, 0.5], dtype=dtype)
    functions = [made(name, "torch") for name in ("softmax", "log_softmax", "logsumexp")]
    functions += [lambda x: made("cross_entropy", "torch")(x, 0)]
    functions += [lambda x: made("soft_cross_entropy", "torch")(x, weights)]
    for function in functions:
        value, (gradient,), (second,) = first_and_second(function, logits)
        if finite:
            assert not value.isnan().any()
            assert gradient.isfinite().all()
            assert second.isfinite().all()
        else:
            assert value.isnan().all()
            assert gradient.isnan().all()
    if edge == "all masked":
        assert torch.equal(made("softmax", "torch")(logits), torch.full((3,), 1 / 3, dtype=dtype))


@pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("logit", [0.0, -0.0, 1e3, -1e3])
def test_second_derivative_where_parts_have_a_corner(label, logit):
    """|z| and max(z, 0) have a corner at 0 where the loss has none: its second derivative there is 1/4."""
    y, z = torch.tensor(label, dtype=DOUBLE), torch.tensor(logit, dtype=DOUBLE, requires_grad=True)
    (gradient,) = torch.autograd.grad(made("bce", "torch")(y, z), z, create_graph=True)
    (second,) = torch.autograd.grad(gradient, z)
    sigmoid = torch.sigmoid(z.detach())
    torch.testing.assert_close(gradient.detach(), sigmoid - label)
    torch.testing.assert_close(second, sigmoid * (1 - sigmoid), atol=1e-300, rtol=1e-14)


def test_a_weight_that_the_batch_shares():
    """An argument without batch axes takes the sum of the gradients; one that needs none takes none."""
    loss = made("affine_cross_entropy", "torch")
    w, b, h, t = arguments("affine_cross_entropy", (7,))
    shared_w, shared_b = w[0].detach().requires_grad_(), b[0].detach().requires_grad_()
    fixed = h.detach()
    assert torch.autograd.gradcheck(lambda w, b: loss(w, b, fixed, t), (shared_w, shared_b))
    assert torch.autograd.gradgradcheck(lambda w, b: loss(w, b, fixed, t), (shared_w, shared_b))
    loss(shared_w, shared_b, fixed, t).sum().backward()
    expected = torch.autograd.grad(
        torch.nn.functional.cross_entropy(fixed @ shared_w.T + shared_b, t, reduction="sum"), shared_w
    )
    torch.testing.assert_close(shared_w.grad, expected[0])
    assert fixed.grad is None


def test_blocks_of_rows_are_the_rows():
    """Without a graph the rows are computed in blocks, with one as a whole: the results are the same."""
    loss = made("affine_cross_entropy", "torch")
    w, b, h, t = arguments("affine_cross_entropy", (20_001,))
    w, b = w[0].detach().requires_grad_(), b[0].detach().requires_grad_()
    by_blocks = torch.autograd.grad(loss(w, b, h, t).sum(), (w, b, h))
    whole = torch.autograd.grad(loss(w, b, h, t).sum(), (w, b, h), create_graph=True)
    torch.testing.assert_close(by_blocks, tuple(g.detach() for g in whole), rtol=1e-11, atol=1e-12)
    reference = torch.nn.functional.cross_entropy(h @ w.T + b, t, reduction="none")
    torch.testing.assert_close(loss(w, b, h, t), reference)
    torch.testing.assert_close(
        by_blocks, torch.autograd.grad(reference.sum(), (w, b, h)), rtol=1e-10, atol=1e-11
    )


def test_axes_and_types():
    """`dim` names the vectors' axis; half types are rounded once; results follow the tensors' type."""
    softmax, loss = made("softmax", "torch"), made("temperature", "torch")
    x = torch.randn(2, 5, 3, dtype=DOUBLE)
    torch.testing.assert_close(softmax(x, dim=1), torch.softmax(x, 1))
    torch.testing.assert_close(softmax(x.permute(2, 0, 1)), torch.softmax(x.permute(2, 0, 1), -1))
    for half in (torch.float16, torch.bfloat16):
        assert softmax(x.to(half)).dtype == half
        torch.testing.assert_close(
            softmax(x.to(half)), torch.softmax(x.to(half).double(), -1).to(half), rtol=0, atol=0
        )
    single = torch.randn(4, 5, requires_grad=True)
    value = loss(single, torch.tensor(2), 0.5)
    assert (value.dtype, value.shape) == (torch.float32, (4,))
    temperature = torch.tensor(0.5, dtype=DOUBLE, requires_grad=True)
    value = loss(single, torch.tensor([0, 1, 2, 3], dtype=torch.int32), temperature)
    assert value.dtype == torch.float32
    value.sum().backward()
    assert (temperature.grad.dtype, temperature.grad.shape) == (DOUBLE, ())
    with torch.no_grad():
        assert not loss(single, 1, 0.5).requires_grad
    assert softmax(x[:0]).shape == (0, 5, 3)


def test_transforms():
    """`vmap`, `vjp` and `jacrev` of `torch.func` map the function like any other."""
    loss, softmax = made("cross_entropy", "torch"), made("softmax", "torch")
    x, t = torch.randn(6, 5, dtype=DOUBLE), torch.randint(0, 5, (6,))
    torch.testing.assert_close(torch.func.vmap(loss)(x, t), loss(x, t))
    per_row = torch.func.vmap(torch.func.grad(loss))(x, t)
    torch.testing.assert_close(per_row, torch.softmax(x, -1) - torch.nn.functional.one_hot(t, 5))
    jacobian = torch.func.vmap(torch.func.jacrev(softmax))(x)
    s = torch.softmax(x, -1)
    torch.testing.assert_close(jacobian, torch.diag_embed(s) - s[:, :, None] * s[:, None, :])
    _, pull = torch.func.vjp(softmax, x)
    torch.testing.assert_close(pull(torch.ones_like(x))[0], torch.zeros_like(x), atol=1e-15, rtol=0)
    hessian = torch.func.jacrev(torch.func.grad(lambda row: loss(row, 2)))(x[0])
    torch.testing.assert_close(hessian, jacobian[0])


def test_the_same_twice():
    """Equal inputs give equal bits."""
    x, t = torch.randn(64, 33), torch.randint(0, 33, (64,))
    loss = made("cross_entropy", "torch")
    assert torch.equal(loss(x, t), loss(x, t))


@pytest.mark.parametrize("compute", ["gradient", "value_and_gradient", "vjp", "jvp", "hvp"])
def test_what_is_asked_for_is_there_beside_the_value(compute):
    """A requested product is a plain function; the differentiable value comes with it."""
    generated, expected = made("logsumexp", "torch", compute), made("logsumexp", "numpy", compute)
    given = [torch.randn(3, 5, dtype=DOUBLE)]
    if compute == "vjp":
        given.append(torch.randn(3, dtype=DOUBLE))
    elif compute in ("jvp", "hvp"):
        given.append(torch.randn(3, 5, dtype=DOUBLE))
    found, known = generated(*given), expected(*(a.numpy() for a in given))
    if compute != "value_and_gradient":
        found, known = [found], [known]
    for one, other in zip(found, known, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-13, atol=1e-15)
    assert list(generated) == [compute, "value", "backward"]


def test_accuracy_levels_say_what_they_are():
    """`fast` stays in float32; `high` says that torch has no long double."""
    x = torch.randn(3, 5)
    for level in ("fast", "high"):
        generated = made("softmax", "torch", accuracy=level)
        torch.testing.assert_close(generated(x), torch.softmax(x, -1))
        assert torch.autograd.gradgradcheck(generated, x.double().requires_grad_())
    assert (
        "torch.float64)"
        not in made("softmax", "torch", accuracy="fast").source.split("float32:")[1].split("\n")[0]
    )
    assert "torch has no long double" in made("softmax", "torch", accuracy="high").source


def test_a_missing_framework_is_named(monkeypatch):
    """Without torch the message says how to install it; the other targets do not need it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingFramework, match="pip install torch"):
        generate(FORMULAS["softmax"].term, target="torch")
    generate(FORMULAS["softmax"].term, target="numpy")


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_more_shapes_of_formulas(target):
    """Two axes, several loops, a dimension as a number, corners, an argument returned as it is."""
    pytest.importorskip(target)
    cases = {
        "rows": exp(W[n, i]) / indexed_sum(exp(W[n, j]), j),
        "mean": indexed_sum(log(indexed_sum(exp(W[n, j]), j)), n) / N,
        "scaled": x[i] / sqrt(K) + log(K),
        "discounted": indexed_sum(x[j] / log(j + 1), j),
        "corners": 3 * Max(z, 0) + Min(z, 1) + tanh(z) * sign(z),
        "identity": x[i],
        "outer": x[i] * b[n],
    }
    rng = np.random.default_rng(0)
    for name, term in cases.items():
        generated = generate(term, target=target, name=name)
        sizes = {"K": 4, "N": 3}
        given = [
            rng.uniform(0.2, 0.9, (2, *(sizes[str(size)] for size in argument.sizes)))
            for argument in generated.plan.function("value").arguments
        ]
        expected = generate(term, target="numpy", name=name)(*given)
        if target == "torch":
            given = [torch.tensor(value, requires_grad=True) for value in given]
            assert torch.autograd.gradgradcheck(generated, given)
            np.testing.assert_allclose(generated(*given).detach(), expected, rtol=1e-13)
        else:
            np.testing.assert_allclose(generated(*given), expected, rtol=1e-6)
    with pytest.raises(ValueError, match="no argument says what K is"):
        generate(indexed_sum(z, j), target=target)


def test_wrong_arguments():
    """A wrong shape, type or label is an error that names the argument."""
    loss = made("cross_entropy", "torch")
    x = torch.randn(3, 5)
    for label in (5, -1):
        with pytest.raises(IndexError, match=r"t must lie in 0, \.\.\., 4"):
            loss(x, torch.tensor([0, 1, label]))
    with pytest.raises(IndexError):
        torch.func.vmap(loss)(x, torch.tensor([0, 1, -1]))
    with pytest.raises(TypeError, match="t must hold integers"):
        loss(x, torch.tensor([0.0, 1.0, 2.0]))
    with pytest.raises(TypeError, match="x must hold real numbers"):
        loss(x.to(torch.complex64), torch.tensor(0))
    with pytest.raises(ValueError, match="do not broadcast"):
        loss(x, torch.tensor([0, 1]))
    with pytest.raises(ValueError, match="x is empty along K"):
        loss(x[:, :0], torch.tensor(0))
    with pytest.raises(ValueError, match="needs at least 1"):
        made("softmax", "torch")(torch.tensor(1.0))
    with pytest.raises(ValueError, match="are needed"):
        made("manhattan", "torch")(x, x[:, :4])


def test_the_file_stands_alone(tmp_path):
    """The generated file runs by itself, imports torch only, and tests itself."""
    path = tmp_path / "generated.py"
    text = made("affine_cross_entropy", "torch").source
    path.write_text(text)
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "affine_cross_entropy float32: ok" in done.stdout
    assert {line for line in text.splitlines() if line.startswith(("import", "from"))} == {
        "import functools",
        "import math",
        "import torch",
    }
