"""Every library call of the registry steps exactly as the rule it stands at, for a hundred steps."""

import importlib.util

import numpy as np
import pytest

from optimizers.library_calls import FLOAT32, OTHER, TRAJECTORIES, Problem
from symderive.optimizers import RULES, Implementation, Reference, UpdateRule

STEPS = 100
TRAINED = [rule for rule in RULES.values() if rule.family not in ("averaging", "clipping")]
CALLS = [(rule, call) for rule in TRAINED for call in rule.implementations]


def _trajectory(rule: UpdateRule, problem: Problem, values: dict[str, float]) -> np.ndarray:
    reference = Reference(rule, problem.start, **values)
    path = []
    for _ in range(STEPS):
        reference.step(problem.gradient)
        path.append(reference.parameters)
    return np.array(path)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.max(np.abs(one - other) / np.maximum(1, np.abs(other))))


def _needs(library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed: its optimizers are compared where it is")


def _values(rule: UpdateRule, call: Implementation, which: str) -> dict[str, float]:
    values = {name: float(default) for name, default in rule.defaults.items()}
    if which == "others":
        values |= {name: value for name, value in OTHER.items() if name in values}
    if call.condition == "ψ = 1":
        values["psi"] = 1.0
    return values


@pytest.mark.frameworks
@pytest.mark.parametrize("which", ["defaults", "others"])
@pytest.mark.parametrize(("rule", "call"), CALLS, ids=lambda item: getattr(item, "call", None) or item.name)
def test_a_library_call_is_its_rule(rule: UpdateRule, call: Implementation, which: str) -> None:
    """Fails where the registry names a call for the wrong variant, or an update is wrong."""
    _needs(call.library)
    for seed in (1, 2):
        problem = Problem(seed)
        values = _values(rule, call, which)
        expected = _trajectory(rule, problem, values)
        found = TRAJECTORIES[call.library](call.call, problem, values, STEPS)
        tolerance = 1e-7 if call.condition == FLOAT32 else 1e-12
        assert _apart(found, expected) <= tolerance
        assert _apart(expected, np.broadcast_to(problem.start, expected.shape)) > 1e-3  # it moved


# A placement of ε, a correction, the place of the rate under a schedule: where the libraries disagree.
DIFFERENT = [
    ("rmsprop/epsilon-inside", "rmsprop/epsilon-outside"),
    ("rmsprop/epsilon-outside", "rmsprop/epsilon-inside"),
    ("rmsprop/centred-epsilon-inside", "rmsprop/centred-epsilon-outside"),
    ("rmsprop/momentum-epsilon-inside", "rmsprop/momentum-epsilon-outside"),
    ("adagrad/epsilon-outside", "adagrad/epsilon-inside"),
    ("adam/epsilon-outside", "adam/epsilon-hat"),
    ("adam/epsilon-outside", "adam/epsilon-inside"),
    ("adam/l2", "adamw/decay-with-rate"),
    ("adamw/decay-with-rate", "adamw/decay-without-rate"),
    ("amsgrad/raw", "amsgrad/corrected-maximum"),
    ("nadam/constant-momentum", "nadam/scheduled-momentum"),
    ("momentum/moving-average", "momentum/dampened"),
    ("momentum/rate-inside", "nesterov/library-rate-inside"),
    ("gradient-descent/l2", "gradient-descent/decoupled-decay"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_variants_that_libraries_disagree_on_differ(one: str, other: str) -> None:
    """Fails where the comparison above could not tell two variants apart."""
    problem = Problem(3)
    paths = []
    for name in (one, other):
        rule = RULES[name]
        values = {key: value for key, value in OTHER.items() if key in rule.defaults}
        if name == "momentum/dampened":
            values["tau"] = values["gamma"]
        paths.append(_trajectory(rule, problem, values))
    assert np.max(np.abs(paths[0] - paths[1])) > 1e-6


SAME = [
    ("momentum/rate-inside", "momentum/rate-outside", {}),
    ("momentum/rate-inside", "momentum/heavy-ball", {}),
    ("nesterov/library-rate-inside", "nesterov/library-rate-outside", {}),
    ("nesterov/library-rate-inside", "nesterov/two-sequences", {}),
]


@pytest.mark.parametrize(("one", "other", "values"), SAME)
def test_variants_that_are_equal_at_a_constant_rate_are_so_and_only_then(
    one: str, other: str, values: dict[str, float]
) -> None:
    """Fails where a stated relation between two variants is false."""
    problem = Problem(4)
    constant = [_trajectory(RULES[name], problem, values) for name in (one, other)]
    assert np.max(np.abs(constant[0] - constant[1])) <= 1e-12
    scheduled = []
    for name in (one, other):
        reference = Reference(RULES[name], problem.start, rate=lambda n: 0.05 / n, **values)
        for _ in range(STEPS):
            reference.step(problem.gradient)
        scheduled.append(reference.parameters)
    differ = bool(np.max(np.abs(scheduled[0] - scheduled[1])) > 1e-6)
    assert differ is (other in ("momentum/rate-outside", "nesterov/library-rate-outside"))


def test_the_libraries_iterate_is_the_look_ahead_point() -> None:
    """Fails where the map between the two forms of Nesterov's method is wrong."""
    problem = Problem(5)
    book = Reference(RULES["nesterov/look-ahead"], problem.start, mu=0.04, gamma=0.8)
    library = Reference(RULES["nesterov/library-rate-inside"], problem.start, mu=0.04, gamma=0.8)
    (velocity,) = book.states
    for _ in range(STEPS):
        book.step(problem.gradient)
        library.step(problem.gradient)
        assert np.allclose(book.parameters - 0.8 * book.states[velocity], library.parameters, atol=1e-13)


def test_a_hyperparameter_that_a_rule_has_not_is_an_error() -> None:
    """Fails where a misspelt name is ignored."""
    with pytest.raises(ValueError, match=r"rmsprop/epsilon-inside has no hyper-parameter beta; it has mu"):
        Reference(RULES["rmsprop/epsilon-inside"], [1.0], beta=0.9)
