"""Generated files as they are shipped: a change of what is written shows as a difference. `--update` rewrites."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from codegen.formulas import FORMULAS
from symderive.codegen.generate import TARGETS
from symderive.codegen.plan import Plan, planned
from symderive.codegen.steps import planned_step
from symderive.optimizers import RULES

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"numpy": "py", "c": "c", "torch": "py", "jax": "py"}


def plan_of(name: str) -> Plan:
    """The plan behind a golden file."""
    if name == "rmsprop_step":
        return planned_step(RULES["rmsprop/epsilon-inside"])
    (formula,) = (f for f in FORMULAS if f.name == name)
    compute = ["value", "vjp"] if formula.vector else ["value", "gradient"]
    return planned(formula.term, formula.wrt, compute=compute, index=formula.index, name=name)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["softmax", "cross_entropy", "rmsnorm", "rmsprop_step"])
def test_the_file_is_what_it_was(name: str, target: str, update: bool) -> None:
    """What users paste into their projects must not change unseen."""
    if name == "rmsprop_step" and target in ("torch", "jax"):
        pytest.skip("optimizers of the frameworks have tests of their own")
    text = importlib.import_module(TARGETS[target]).source(plan_of(name))
    path = GOLDEN / f"{name}_{target}.{ENDINGS[target]}.txt"
    if update:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), (
        f"pytest --update {Path(__file__).name} rewrites {path.name}"
    )


@pytest.mark.parametrize("target", TARGETS)
def test_a_second_run_writes_the_same(target: str) -> None:
    """Names of sets in their order of hashing would make every run another file."""
    module = importlib.import_module(TARGETS[target])
    assert module.source(plan_of("rmsnorm")) == module.source(plan_of("rmsnorm"))


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_breaking_lines_changes_no_meaning(target: str) -> None:
    """A line broken at the wrong place would be another program."""
    module = importlib.import_module(TARGETS[target])
    whole = module.source(plan_of("cross_entropy"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "laid_out", lambda text: text)
        long = module.source(plan_of("cross_entropy"))
    assert max(map(len, long.splitlines())) > 110
    assert max(map(len, whole.splitlines())) <= 110
    assert ast.dump(ast.parse(whole)) == ast.dump(ast.parse(long))
