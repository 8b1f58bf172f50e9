"""Every rule is recognised as itself, written with other letters; and a rule with a mistake never as a rule
that steps otherwise: both are run.
"""

import numpy as np
import pytest
from sympy import Expr, Symbol, oo

from symderive.optimizers import RULES, Reference, UpdateRule
from symderive.optimizers.recognising import Recogniser, Stated
from symderive.optimizers.recurrent_system import TIME
from symderive.optimizers.rule_system import rule_form
from symderive.optimizers.update_rule import GRADIENT, PARAMETER, STEP
from symderive.terms import Claim, Index, Recurrence, Tensor, scalar
from symderive.terms.slips import slips

T = Index("k", oo, 0)
#: Letters of a document that are those of other things in the registry.
LETTERS = ("gamma", "mu", "lambda", "beta_2", "epsilon", "beta_1", "rho", "tau")
METHODS = [
    rule
    for rule in RULES.values()
    if rule_form(rule) is not None and rule.family != "averaging" and rule.gradient_at == PARAMETER
]
NUMBERS = (0.31, 0.43, 0.59, 0.67, 0.23, 0.79, 0.83, 0.37)


def _written(rule: UpdateRule) -> list[Stated]:
    """The updates of a rule as recurrences of a document, every name another one."""
    changing = {PARAMETER, *(state.symbol for state in rule.states)}
    families = {name: Tensor(f"s{number}", (0, oo)) for number, name in enumerate(sorted(changing, key=str))}
    letters = {row.symbol: scalar(letter) for row, letter in zip(rule.hyperparameters, LETTERS, strict=False)}
    current: dict[Symbol, Expr] = {name: family[T - 1] for name, family in families.items()}
    fixed = {STEP: T, GRADIENT: Tensor("h", (0, oo))[T], **letters}
    stated = []
    for number, (target, body) in enumerate(rule.updates):
        family = families.get(target) or Tensor(f"helper{number}", (0, oo))
        term = body.xreplace({**current, **fixed})
        stated.append(Stated(number, 0, Recurrence(str(family.label), (), T, T, term)))
        current[target] = family[T]
    return stated


def _match(rule: UpdateRule):
    recogniser = Recogniser(_written(rule))
    systems = [s for s in recogniser.systems if s.equations.parameter == _parameter(rule)]
    return next((found for system in systems if (found := recogniser.match(system)) is not None), None)


def _parameter(rule: UpdateRule) -> str:
    changing = sorted({PARAMETER, *(state.symbol for state in rule.states)}, key=str)
    return f"s{changing.index(PARAMETER)}"


def _path(rule: UpdateRule, values: dict[str, float]) -> np.ndarray:
    random = np.random.default_rng(8)
    start = random.uniform(0.5, 1.5, size=4)
    gradients = random.normal(size=(8, 4))
    reference = Reference(rule, start, **values)
    with np.errstate(all="ignore"):
        return np.array([reference.step(lambda _, g=g: g) * 0 + reference.parameters for g in gradients])


def _agree(one: UpdateRule, match) -> bool:
    """Do a rule and what it was taken for step alike, from rest?"""
    letters = {row.symbol.name: letter for row, letter in zip(one.hyperparameters, LETTERS, strict=False)}
    numbers = dict(zip(LETTERS, NUMBERS, strict=True))
    mine = {name: numbers[letter] for name, letter in letters.items()}
    points = {scalar(letter): number for letter, number in numbers.items()}
    theirs = {
        symbol.name: float(term.xreplace(points))
        for symbol, term in match.values.items()
        if symbol.name in match.rule.defaults
    }
    if "s_0" in match.rule.defaults:
        theirs["s_0"] = mine.get("s_0", 0.0)  # where a sum starts is not part of its recurrence
    found, expected = _path(match.rule, theirs), _path(one, mine)
    known = np.isfinite(expected)
    return bool(np.allclose(found[known], expected[known], rtol=1e-9, atol=1e-12))


@pytest.mark.parametrize("rule", METHODS, ids=lambda rule: rule.name)
def test_a_rule_is_recognised_as_itself_in_other_letters(rule: UpdateRule) -> None:
    """Fails where letters, helpers or the order of updates decide, or where two rows are one rule."""
    match = _match(rule)
    assert match is not None
    assert match.rule.name == rule.name
    assert _agree(rule, match)


def _mutants(rule: UpdateRule, most: int):
    """Rules with one mistake in one update."""
    left = scalar("left")
    for number, (target, body) in enumerate(rule.updates):
        taken = 0
        for slip in slips(Claim(left, "=", body), limit=200):
            if slip.side != "rhs" or slip.claim.relation != "=":
                continue
            updates = list(rule.updates)
            updates[number] = (target, slip.claim.rhs)
            used = set().union(*(term.free_symbols for _, term in updates))
            kept = tuple(
                row for row in rule.hyperparameters if row.symbol in used | {Symbol("s_0", real=True)}
            )
            yield UpdateRule("mutant", f"{number}-{taken}", "a mutant", kept, rule.states, tuple(updates), "")
            taken += 1
            if taken == most:
                break


MUTATED = [
    "momentum/rate-inside",
    "rmsprop/epsilon-inside",
    "adam/epsilon-outside",
    "lion/plain",
    "adagrad/epsilon-outside",
]


@pytest.mark.parametrize("name", MUTATED)
def test_a_mutant_is_never_taken_for_a_rule_that_steps_otherwise(name: str) -> None:
    """Fails where one mistake passes unseen."""
    _run(RULES[name], 6)


@pytest.mark.sweep
@pytest.mark.parametrize("rule", METHODS, ids=lambda rule: rule.name)
def test_many_mutants(rule: UpdateRule) -> None:
    """Fails where one mistake passes unseen."""
    _run(rule, 40)


def _run(rule: UpdateRule, most: int) -> None:
    seen = 0
    for mutant in _mutants(rule, most):
        match = _match(mutant)
        seen += 1
        # A sum of squares may start elsewhere than an average, and steps may be counted from 0.
        started = match is not None and "s_0" in rule.defaults and match.rule.family != rule.family
        recounted = match is not None and match.values.get(TIME, TIME) != TIME
        if match is not None and not started and not recounted:
            assert _agree(mutant, match), (mutant.updates, match.rule.name, dict(match.values))
    assert seen >= 4
