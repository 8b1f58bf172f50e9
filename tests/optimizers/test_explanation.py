"""`symderive explain` of optimizers."""

import pytest

from symderive.cli import main
from symderive.optimizers import RULES, SCHEDULES
from symderive.optimizers.explanation import explained
from symderive.optimizers.names import FAMILIES, known_names


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("rmsprop/epsilon-inside", "θ ← θ − μ g/√(v + ε)"),
        ("RMSProp", "equal iff ε_n = √(v+ε) − √v"),
        ("rmsprop", "optax.rmsprop(mu, decay=gamma, eps=epsilon, eps_in_sqrt=False)"),
        ("adam", "Kingma and Ba 2015, Algorithm 1"),
        ("NAG", "g is the gradient at θ − γ v"),
        ("momentum", "torch.optim.SGD(params, lr=mu, momentum=gamma)  (constant learning rate)"),
        ("lion", "θ ← θ − μ (λ θ + sign(c))"),
        ("clipping", "norm ← √(Σ_j g[j]²)"),
        ("optimizers", "nesterov          Nesterov's accelerated gradient: look-ahead"),
        ("schedules", "exponential decay: μ ρ^(n − 1)"),
        ("SD502", "near-match"),
    ],
)
def test_explain_shows_a_rule(asked: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Fails where a rule, its libraries or its source are not told."""
    assert main(["explain", asked]) == 0
    assert said in capsys.readouterr().out


def test_a_misspelt_optimizer_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """Fails where a typing error ends in a list of codes."""
    assert main(["explain", "adagradd"]) == 2
    assert "did you mean adagrad" in capsys.readouterr().err


@pytest.mark.parametrize("name", known_names())
def test_every_name_is_explained_with_every_library_and_condition(name: str) -> None:
    """Fails where a call or its condition is lost on the way to the reader."""
    text = " ".join(explained(name).split())
    for rule in RULES.values():
        if f"{rule.name}: " in text:
            assert rule.title in text
            assert " ".join(rule.source.split()) in text
            for call in rule.implementations:
                assert call.call in text
                assert call.condition in text
            for relation in rule.relations:
                assert relation in text


def test_every_family_and_schedule_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Fails where a new row is not in the list."""
    for asked, names in (("optimizers", FAMILIES), ("schedules", SCHEDULES)):
        assert main(["explain", asked]) == 0
        said = capsys.readouterr().out
        assert all(name in said for name in names)


def test_a_name_that_is_no_optimizer_is_an_error() -> None:
    """Fails where an unknown name is explained by nothing."""
    with pytest.raises(LookupError, match="no optimizer 'sofia': known are gradient-descent"):
        explained("sofia")
