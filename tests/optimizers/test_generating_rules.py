"""Update rules by name: which variant, what the docstring says, what cannot be asked."""

import numpy as np
import pytest

from symderive.cli import main
from symderive.codegen.generate_step import generate_step
from symderive.codegen.steps import planned_change, planned_point, planned_start, planned_step
from symderive.named import generate
from symderive.optimizers import RULES, SCHEDULES, UpdateRule


def test_a_family_gives_its_usual_variant_and_says_so() -> None:
    """Fails where a family's name picks another variant, or hides that there are others."""
    made = generate("RMSprop")
    assert made.plan.origin == "optimizers/rmsprop/epsilon-inside"
    text = " ".join((made["step"].__doc__ or "").split())
    assert "names several variants: this is the usual one, epsilon-inside" in text
    assert "centred-epsilon-outside" in text
    assert "Tieleman and Hinton 2012" in text
    assert "optax.rmsprop(mu, decay=gamma, eps=epsilon)" in text
    assert "torch differs: ε outside the root" in text
    exact = generate("rmsprop/epsilon-outside", compute="step")
    assert "several variants" not in (exact["step"].__doc__ or "")


def test_a_docstring_says_under_which_condition_a_library_steps_so() -> None:
    """Fails where a call is listed without its condition, or the point of the gradient is not named."""
    text = " ".join((generate("momentum")["step"].__doc__ or "").split())
    assert "where: constant learning rate: torch.optim.SGD(params, lr=mu, momentum=gamma)" in text
    text = generate("nesterov/look-ahead")["step"].__doc__ or ""
    assert "taken at \\theta - \\gamma v" in text
    assert "No library" in text


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_has_a_step_whose_forms_are_proved(rule: UpdateRule) -> None:
    """Fails where a rule has no code, or a stable form in it was not proved."""
    made = generate_step(rule)
    assert made.verdict.status.name == "PROVED"
    assert list(made) == ["step"]


def test_the_compiled_step_is_the_numpy_step() -> None:
    """Fails where results that other assignments read are not kept apart from what is written."""
    random = np.random.default_rng(3)
    for name in ("adam/epsilon-outside", "momentum/heavy-ball", "lion/plain"):
        one, other = generate(name, target="c"), generate(name)
        for dtype in (np.float32, np.float64):
            arguments = one.plan.functions[0].arguments
            values = [random.uniform(0.1, 0.9, 1000).astype(dtype) if a.name in "theta g m v previous".split() else 3 if a.name == "n" else 0.25 for a in arguments]  # fmt: skip
            for a, b in zip(one(*values), other(*values), strict=True):
                assert a.dtype == dtype
                assert np.max(np.abs(a - b)) <= 2 * np.finfo(dtype).eps


def test_a_result_is_written_and_not_read() -> None:
    """Fails where a kernel reads a result, which targets write in the caller's type and in another place."""
    for rule in RULES.values():
        for plan in (planned_step(rule), planned_start(rule), planned_point(rule)):
            if plan is None:
                continue
            for kernel in plan.functions[0].kernels.values():
                results = {target for _, target in kernel.outputs}
                assert not any(results & s.expression.free_symbols for s in kernel.statements), rule.name


def test_a_change_is_multiplied_out_where_the_parameter_drops() -> None:
    """Fails where a change is computed as a difference of parameters that cancels."""
    (plain,) = planned_change(RULES["gradient-descent/plain"]).functions
    assert [argument.name for argument in plain.arguments] == ["g", "mu"]
    (decayed,) = planned_change(RULES["gradient-descent/decoupled-decay"]).functions
    theta = {argument.name: argument.term for argument in decayed.arguments}["theta"]
    assert decayed.outputs[0].term.count(theta) == 1
    with pytest.raises(ValueError, match="does not change the parameters"):
        planned_change(RULES["clipping/value"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rmsprp"], "an update rule is rmsprop"),
        (["adam/epsilon-in"], "adam/epsilon-inside"),
        (["adam", "--compute", "gradient"], "adam is an update rule, of which its step is generated"),
        (["adam", "--compute", "value,jvp"], "of which its step is generated"),
        (["adam", "--wrt", "theta"], "wrt says nothing about its step"),
        (["nesterov", "--target", "jax"], "nesterov/library-rate-inside"),
        (["schedule/cos"], "there are constant, step, exponential"),
        (["schedule/cosine", "--compute", "gradient"], "a schedule, of which the value is generated"),
        (["softmax/softmax", "--compute", "step"], "'step' cannot be computed"),
    ],
)
def test_what_cannot_be_generated_is_a_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails where a wrong name or option is a traceback, or is passed over."""
    assert main(["generate", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_the_command_writes_and_reports(capsys: pytest.CaptureFixture[str]) -> None:
    """Fails where the command gives something else than the function does."""
    assert main(["generate", "lion", "--compute", "step"]) == 0
    assert capsys.readouterr().out == generate("lion").source
    assert main(["generate", "adam", "--report"]) == 0
    out = capsys.readouterr().out
    assert "optimizers/adam/epsilon-outside: numpy, accuracy default" in out
    assert "differentiated" not in out
    assert "PROVED by expm1 near 1" in out


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "constant"])
def test_schedules_give_the_rates_of_the_registry(name: str, target: str) -> None:
    """Fails where a generated schedule is off by a step, or not defined at one step alone."""
    if target in ("torch", "jax"):
        pytest.importorskip(target, reason=f"{target} is not installed")
    schedule = SCHEDULES[name]
    given = {"mu": 0.3, "rho": 0.7, "kappa": 0.05, "mu_min": 0.01, "T": 7}
    expected = schedule.function(
        {row.symbol.name: given[row.symbol.name] for row in schedule.hyperparameters}
    )
    made = generate(f"schedule/{name}", target=target)
    names = [argument.name for argument in made.plan.functions[0].arguments]
    for n in range(1, 20):
        values = [np.array([float(n) if a == "n" else given[a]]) for a in names]
        if target == "torch":
            import torch

            values = [torch.tensor(value) for value in values]
        (found,) = np.asarray(made(*values), dtype=np.float64)
        # JAX computes in float32 where it is not told otherwise.
        assert found == pytest.approx(expected(n), rel=2e-6 if target == "jax" else 1e-14)


def test_the_constant_schedule_is_the_rate_alone() -> None:
    """Fails where a step that does not occur is asked for."""
    assert generate("schedule/constant")(0.3) == 0.3
