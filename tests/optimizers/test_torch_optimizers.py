"""Generated torch optimizers behave as torch's own: groups, states, schedules, closures, types."""

import copy
import functools
import importlib.util
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from symderive.codegen.generate import Generated
from symderive.codegen.generate_step import generate_step
from symderive.optimizers import RULES, Reference

pytestmark = [
    pytest.mark.frameworks,
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed"),
]


@functools.cache
def _made(name: str, accuracy: str = "default") -> Generated:
    return generate_step(RULES[name], target="torch", accuracy=accuracy)


def _weights(dtype: Any = None, seed: int = 0) -> list[Any]:
    import torch

    random = torch.Generator().manual_seed(seed)
    shapes = [(3, 2), (4,), ()]
    return [
        torch.randn(shape, generator=random, dtype=torch.float64)
        .to(dtype or torch.float64)
        .requires_grad_(True)
        for shape in shapes
    ]


def _loss(weights: list[Any]) -> Any:
    return sum(((w - 1) ** 2 * (1 + n)).sum() + w.cos().sum() for n, w in enumerate(weights))


def _walk(optimizer: Any, weights: list[Any], steps: int, scheduler: Any = None) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        _loss(weights).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def _apart(one: list[Any], other: list[Any]) -> float:
    return max(
        float((a.detach().double() - b.detach().double()).abs().max())
        for a, b in zip(one, other, strict=True)
    )


def test_it_is_an_optimizer_of_torch() -> None:
    """Fails where tools that ask for `torch.optim.Optimizer` refuse it, or a hyper-parameter has another name."""
    import torch

    optimizer = _made("adam/epsilon-outside")(_weights())
    assert isinstance(optimizer, torch.optim.Optimizer)
    assert type(optimizer).__name__ == "Adam"
    group = optimizer.param_groups[0]
    assert {k: group[k] for k in ("lr", "beta_1", "beta_2", "epsilon")} == {
        "lr": 1e-3,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-8,
    }


@pytest.mark.parametrize(
    ("name", "call", "mine"),
    [
        ("adam/epsilon-outside", "Adam", {}),
        ("rmsprop/momentum-epsilon-outside", "RMSprop", {"alpha": 0.9}),
        ("momentum/rate-outside", "SGD", {}),
    ],
)
def test_groups_and_schedules(name: str, call: str, mine: dict[str, float]) -> None:
    """Fails where a group's own rate, or a scheduler of torch, does not reach the step."""
    import torch

    theirs = {"Adam": {}, "RMSprop": {"alpha": 0.9, "momentum": 0.9}, "SGD": {"momentum": 0.9}}[call]
    one, other = _weights(), _weights()
    paths = []
    for weights, maker in (
        (one, functools.partial(_made(name), lr=0.02, **mine)),
        (other, functools.partial(getattr(torch.optim, call), lr=0.02, **theirs)),
    ):
        optimizer = maker([{"params": weights[:1], "lr": 0.05}, {"params": weights[1:]}])
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12)
        _walk(optimizer, weights, 20, scheduler)
        paths.append([group["lr"] for group in optimizer.param_groups])
    assert paths[0] == paths[1]
    assert _apart(one, other) <= 1e-13


def test_a_cycle_of_the_rate() -> None:
    """Fails where a scheduler that would also turn the momentum cannot be told to leave it."""
    import torch

    weights = _weights()
    optimizer = _made("adam/epsilon-outside")(weights)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=10, cycle_momentum=False
    )
    _walk(optimizer, weights, 3, scheduler)
    assert optimizer.param_groups[0]["lr"] > 0.05


@pytest.mark.parametrize(
    "name", ["adam/epsilon-outside", "amsgrad/raw", "momentum/heavy-ball", "nadam/scheduled-momentum"]
)
@pytest.mark.parametrize("kind", ["float64", "float32", "bfloat16"])
def test_a_state_goes_out_and_in(name: str, kind: str, tmp_path: Any) -> None:
    """Fails where a run that is saved and loaded goes on otherwise than one that is not interrupted."""
    import torch

    dtype = getattr(torch, kind)
    whole, first = _weights(dtype), _weights(dtype)
    _walk(_made(name)(whole, lr=0.01), whole, 9)
    optimizer = _made(name)(first, lr=0.01)
    _walk(optimizer, first, 4)
    torch.save(optimizer.state_dict(), tmp_path / "state")
    second = [w.detach().clone().requires_grad_(True) for w in first]
    again = _made(name)(second, lr=0.5)
    again.load_state_dict(torch.load(tmp_path / "state"))
    assert again.param_groups[0]["lr"] == 0.01
    assert {s["step"] for s in again.state.values()} == {4}
    _walk(again, second, 5)
    assert _apart(whole, second) == 0


@pytest.mark.parametrize(("kind", "near"), [("float32", 1e-5), ("bfloat16", 0.1), ("float16", 1e-2)])
@pytest.mark.parametrize("accuracy", ["default", "fast"])
def test_short_types(kind: str, near: float, accuracy: str) -> None:
    """Fails where parameters change their type, or are far from the run in float64."""
    import torch

    exact, short = _weights(), _weights(getattr(torch, kind))
    _walk(_made("adam/epsilon-outside", accuracy)(exact, lr=0.01, epsilon=1e-5), exact, 20)
    optimizer = _made("adam/epsilon-outside", accuracy)(short, lr=0.01, epsilon=1e-5)
    _walk(optimizer, short, 20)
    assert {w.dtype for w in short} == {getattr(torch, kind)}
    assert {s["v"].dtype for s in optimizer.state.values()} == {getattr(torch, kind)}
    assert _apart(exact, short) <= near


def test_what_has_no_gradient_is_left_alone() -> None:
    """Fails where a frozen or unused parameter moves, or its steps are counted."""
    weights = _weights()
    before = weights[1].detach().clone()
    optimizer = _made("lion/plain")(weights, lr=0.1)
    ((weights[0] ** 2).sum() + weights[2] ** 2).backward()
    optimizer.step()
    assert bool((weights[1] == before).all())
    assert weights[1] not in optimizer.state
    assert optimizer.state[weights[0]]["step"] == 1


def test_a_closure_is_called_with_gradients() -> None:
    """Fails where `step(closure)` does not return the loss, or computes it without gradients."""
    weights = _weights()
    optimizer = _made("rmsprop/epsilon-inside")(weights)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = _loss(weights)
        loss.backward()
        return loss.detach()

    first = float(optimizer.step(closure))
    assert float(optimizer.step(closure)) < first


def test_memory_and_layout_stay() -> None:
    """Fails where a parameter is replaced, or one that is not contiguous is written in another order."""
    import torch

    base = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)
    turned = base.clone().t().requires_grad_(True)
    plain = base.clone().requires_grad_(True)
    place = turned.data_ptr()
    for weights in (turned, plain):
        optimizer = _made("adam/epsilon-outside")([weights], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            (weights**3).sum().backward()
            optimizer.step()
    assert turned.data_ptr() == place
    assert torch.equal(turned.t(), plain)


def test_the_look_ahead_needs_a_closure() -> None:
    """Fails where Nesterov's step is taken by a gradient from the wrong point, or leaves the parameters moved."""
    import torch

    theta = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer = _made("nesterov/look-ahead")([theta], lr=0.1, gamma=0.8)
    with pytest.raises(RuntimeError, match=r"give step\(closure\).*nesterov/library-rate"):
        optimizer.step()

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (theta**4).sum() / 4
        loss.backward()
        return loss

    reference = Reference(RULES["nesterov/look-ahead"], [1.0, -2.0], mu=0.1, gamma=0.8)
    for _ in range(10):
        optimizer.step(closure)
        reference.step(lambda point: point**3)
        assert np.max(np.abs(theta.detach().numpy() - reference.parameters)) <= 1e-14

    def broken() -> Any:
        raise KeyError("no data")

    before = theta.detach().clone()
    with pytest.raises(KeyError):
        optimizer.step(broken)
    assert torch.equal(theta, before)


def test_bad_input_is_refused() -> None:
    """Fails where a wrong number, a sparse gradient or complex parameters give numbers instead of an error."""
    import torch

    made = _made("adam/epsilon-outside")
    for name, value in (("lr", -1.0), ("beta_1", 1.0), ("beta_2", 1.5), ("epsilon", float("nan"))):
        with pytest.raises(ValueError, match=f"{name} must be"):
            made(_weights(), **{name: value})
    with pytest.raises(ValueError, match="lr must be"):
        made([{"params": _weights(), "lr": -0.1}])
    with pytest.raises(TypeError):
        made(_weights(), betas=(0.9, 0.99))
    table = torch.nn.Embedding(5, 2, sparse=True)
    optimizer = made(table.parameters())
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match="sparse gradients"):
        optimizer.step()
    wave = torch.ones(2, dtype=torch.complex64, requires_grad=True)
    optimizer = made([wave])
    wave.abs().sum().backward()
    with pytest.raises(TypeError, match="complex64"):
        optimizer.step()


@pytest.mark.parametrize("name", ["value", "global-norm", "global-norm-torch"])
@pytest.mark.parametrize("limit", [0.5, 50.0])
def test_clipping(name: str, limit: float) -> None:
    """Fails where gradients of several parameters are not clipped together, or otherwise than by the rule."""
    import torch

    weights = _weights()
    _loss(weights).backward()
    flat = np.concatenate([w.grad.numpy().ravel() for w in weights])
    expected = Reference(RULES[f"clipping/{name}"], np.zeros(flat.size), c=limit).step(lambda _: flat)
    frozen = torch.zeros(3, requires_grad=True)
    _made(f"clipping/{name}")([*weights, frozen], c=limit)
    found = np.concatenate([w.grad.numpy().ravel() for w in weights])
    assert np.max(np.abs(found - expected)) <= 1e-14
    assert frozen.grad is None


@pytest.mark.parametrize("name", ["exponential", "corrected", "uniform"])
def test_averages(name: str) -> None:
    """Fails where an average of weights is another one, or does not survive its own state."""
    weights = _weights()
    numbers = {"gamma": 0.9} if RULES[f"averaging/{name}"].hyperparameters else {}
    average = _made(f"averaging/{name}")(weights, **numbers)
    references = [Reference(RULES[f"averaging/{name}"], w.detach().numpy(), **numbers) for w in weights]
    for seed in range(1, 8):
        fresh = _weights(seed=seed)
        average.update(fresh)
        for reference, w in zip(references, fresh, strict=True):
            reference.step(lambda _, w=w: w.detach().numpy())
        other = _made(f"averaging/{name}")(weights, **numbers)
        other.load_state_dict(copy.deepcopy(average.state_dict()))
        average = other
    for reference, mean in zip(references, average.averages, strict=True):
        assert np.max(np.abs(reference.parameters - mean.numpy())) <= 1e-14
    average.copy_to(weights)
    assert _apart(weights, average.averages) == 0


def test_the_file_stands_alone(tmp_path: Any) -> None:
    """Fails where the generated file imports the package, or does not run by itself."""
    text = _made("adagrad/epsilon-inside").source
    assert "import symderive" not in text
    path = tmp_path / "adagrad.py"
    path.write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-I", path], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.split()) == 3
