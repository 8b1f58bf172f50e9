"""The registry holds together; averages, clipping and schedules against the libraries."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from sympy import Indexed, Sum, Symbol

from optimizers.library_calls import evaluated
from symderive.optimizers import RULES, SCHEDULES, Reference, UpdateRule, rules_named
from symderive.optimizers.clipping import SIZE
from symderive.optimizers.names import ALIASES, FAMILIES, VARIANTS, canonical
from symderive.optimizers.update_rule import GRADIENT, PARAMETER, STEP


def _needs(library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed: it is compared with where it is")


def test_the_names_are_those_of_the_rows() -> None:
    """Fails where a row has no name that a comment or a command may use, or a name no row."""
    assert [f"{family}/{variant}" for family in VARIANTS for variant in VARIANTS[family]] == sorted(
        RULES, key=lambda name: [*FAMILIES].index(name.partition("/")[0])
    )
    assert list(VARIANTS) == list(FAMILIES)
    for alias, target in ALIASES.items():
        assert canonical(target) == target
        assert rules_named(alias)
    assert rules_named("no such rule") == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_is_complete(rule: UpdateRule) -> None:
    """Fails where an update uses a name that nothing gives a value, or a hyper-parameter is never used."""
    given = {row.symbol for row in rule.hyperparameters}
    known = given | {state.symbol for state in rule.states} | {PARAMETER, GRADIENT, STEP, SIZE}
    used = set().union(*(state.initial.free_symbols for state in rule.states))
    assert used <= given | {PARAMETER}
    assert rule.gradient_at.free_symbols <= known
    for target, body in rule.updates:
        bound = {name for total in body.atoms(Sum) for name in total.bound_symbols}
        entries = {name for entry in body.atoms(Indexed) for name in entry.free_symbols}
        names = {name for name in body.free_symbols if isinstance(name, Symbol)}
        assert names - bound - entries <= known
        used |= names
        known.add(target)
    assert given <= used
    assert {state.symbol for state in rule.states} <= {target for target, _ in rule.updates}
    assert rule.title
    assert rule.source
    assert len({row.symbol.name for row in rule.hyperparameters}) == len(rule.hyperparameters)


def test_names_need_no_sympy() -> None:
    """Fails where reading a comment of a document starts to cost the import of SymPy."""
    code = (
        "import sys, symderive.optimizers.names as n; n.canonical('adam'); sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.frameworks
def test_averages_of_weights() -> None:
    """Fails where an average of weights is not the libraries'."""
    for library in ("torch", "optax"):
        _needs(library)
    import jax
    import optax
    import torch

    random = np.random.default_rng(7)
    weights = random.normal(size=(100, 4))
    start = random.normal(size=4)
    exponential = Reference(RULES["averaging/exponential"], start, gamma=0.9)
    uniform = Reference(RULES["averaging/uniform"], np.zeros(4))
    corrected = Reference(RULES["averaging/corrected"], np.zeros(4), gamma=0.9)
    average = torch.tensor(start)
    swa = [torch.zeros(4, dtype=torch.float64)]
    ema = torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    mean = torch.optim.swa_utils.get_swa_multi_avg_fn()
    with jax.enable_x64(True):
        debiased = optax.ema(0.9)
        state = debiased.init(jax.numpy.zeros(4))
        theta = jax.numpy.asarray(start)
        for count, w in enumerate(weights):
            for reference in (exponential, uniform, corrected):
                reference.step(lambda _, w=w: w)
            ema([average], [torch.tensor(w)], torch.tensor(count))
            mean(swa, [torch.tensor(w)], count)
            theta = optax.incremental_update(jax.numpy.asarray(w), theta, step_size=1 - 0.9)
            out, state = debiased.update(jax.numpy.asarray(w), state)
            assert np.max(np.abs(average.numpy() - exponential.parameters)) <= 1e-12
            assert np.max(np.abs(np.asarray(theta) - exponential.parameters)) <= 1e-12
            assert np.max(np.abs(swa[0].numpy() - uniform.parameters)) <= 1e-12
            assert np.max(np.abs(np.asarray(out) - corrected.parameters)) <= 1e-12


@pytest.mark.frameworks
@pytest.mark.parametrize("name", ["value", "global-norm", "global-norm-torch"])
@pytest.mark.parametrize("limit", [0.5, 1.0, 50.0])
def test_clipping(name: str, limit: float) -> None:
    """Fails where a gradient is clipped to something else than the library's."""
    rule = RULES[f"clipping/{name}"]
    random = np.random.default_rng(11)
    for _ in range(20):
        gradient = random.normal(size=6) * random.choice([0.1, 1, 10])
        found = Reference(rule, np.zeros(6), c=limit).step(lambda _, g=gradient: g)
        for call in rule.implementations:
            _needs(call.library)
            if call.library == "torch":
                import torch

                theta = torch.zeros(6, dtype=torch.float64, requires_grad=True)
                theta.grad = torch.tensor(gradient)
                evaluated(call.call, {"params": [theta], "c": limit})
                expected = theta.grad.numpy()
            else:
                import jax

                with jax.enable_x64(True):
                    clip = evaluated(call.call, {"c": limit})
                    out, _ = clip.update(jax.numpy.asarray(gradient), clip.init(jax.numpy.zeros(6)))
                    expected = np.asarray(out)
            assert np.max(np.abs(found - expected)) <= 1e-12


@pytest.mark.frameworks
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name: str) -> None:
    """Fails where a schedule is off, by a step or otherwise, from the library call that stands at it."""
    schedule = SCHEDULES[name]
    given = {"mu": 0.3, "rho": 0.7, "kappa": 0.05, "mu_min": 0.01, "T": 7}
    values = {row.symbol.name: given[row.symbol.name] for row in schedule.hyperparameters}
    rate = schedule.function(values)
    assert rate(1) == pytest.approx(
        values["mu"] / (values["T"] if name == "linear-warm-up" else 1), rel=1e-15
    )
    for call in schedule.implementations:
        _needs(call.library)
        found = []
        if call.library == "torch":
            import torch

            theta = torch.zeros(1, dtype=torch.float64, requires_grad=True)
            optimizer = torch.optim.SGD([theta], lr=values["mu"])
            scheduler = evaluated(call.call, {"optimizer": optimizer, **values})
            for _ in range(8 if name == "cosine" else 30):
                found.append(optimizer.param_groups[0]["lr"])
                optimizer.step()
                scheduler.step()
        else:
            import jax

            with jax.enable_x64(True):
                function = evaluated(call.call, values)
                found = [float(function(count)) for count in range(30)]
        for n, value in enumerate(found, 1):
            assert abs(value - rate(n)) <= 1e-7 * values["mu"]  # optax computes some rates in float32


def test_a_schedule_takes_its_own_parameters_only() -> None:
    """Fails where a misspelt name is ignored."""
    with pytest.raises(ValueError, match=r"the schedule cosine takes mu, mu_min, T, not length"):
        SCHEDULES["cosine"].function({"length": 3})
