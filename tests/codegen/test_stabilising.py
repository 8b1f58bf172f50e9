"""Stable forms: each is proved where it is used, and none is used that is not an identity."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, KroneckerDelta, exp, log

from codegen.formulas import FORMULAS, Formula, K, i, indexed_sum, j, k, softmax, t, x, y
from symderive.codegen import stabilising
from symderive.codegen.primitives import Anchor, Argmax, Binade, exact, generalised, primitive
from symderive.codegen.stabilising import Level, stabilised
from symderive.decide import Status, judge
from symderive.rules import RULES, Scope
from symderive.terms import Apply, Definition, Index, operation, scalar, substitute, vec, walk


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
@pytest.mark.parametrize("level", [Level(), Level(scaled=True), Level(stable=False)], ids=str)
def test_every_step_is_proved(formula: Formula, level: Level) -> None:
    """A step that the judge does not prove would put an unproved formula into code."""
    found = stabilised(formula.term, formula.hypotheses, level)
    assert all(step.verdict is not None and step.verdict.status is Status.PROVED for step in found.steps)
    assert {step.rule for step in found.steps} <= set(RULES)


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_the_stable_term_is_the_formula(formula: Formula) -> None:
    """Steps that are true one by one but do not meet would compute something else."""
    found = stabilised(formula.term, formula.hypotheses, Level(scaled=True))
    (left, right), scales = generalised(formula.term, found.term)
    verdict = judge(left, right, (*formula.hypotheses, *scales), timeout=10)
    # A power with a symbolic exponent is beyond the judge as a whole; it is proved where it is used.
    assert verdict.status is (Status.UNDECIDED if formula.name == "focal" else Status.PROVED)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda term, scope: term + 1 if isinstance(term, log) else None,
        lambda term, scope: 2 * term if isinstance(term, exp) else None,
        lambda term, scope: (
            exp(x[i]) if getattr(term, "name", "") == "softmax" and not term.atoms(Argmax) else None
        ),
        lambda term, scope: (
            primitive("log1p", term.args[0]) if isinstance(term, log) else None
        ),  # log(u) is not log1p(u)
    ],
    ids=["plus one", "doubled", "unnormalised", "log1p of the argument"],
)
def test_a_wrong_form_is_refused(wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rewriting that is no identity must not be taken, whatever proposes it."""
    monkeypatch.setattr(stabilising, "_FORMS", (("stable.log1p", wrong),))
    term = log(softmax(i)) + exp(x[i])
    found = stabilised(term)
    assert all(step.rule == "definition.fold" for step in found.steps)


def test_forms_hold_for_any_place_of_the_largest_entry() -> None:
    """A proof for one index alone would not cover the place of the maximum."""
    place = Argmax(vec(x[j], j))
    (general, other), held = generalised(x[place] - x[i], x[place])
    assert not held
    assert {node for node in walk(general) if isinstance(node, Index)} >= {Index("a", K)}
    assert other.indices[0] == Index("a", K)


def test_two_vectors_have_two_places() -> None:
    """One letter for two maxima would prove what holds only where they coincide."""
    u, v = Argmax(vec(x[j], j)), Argmax(vec(2 * x[j], j))
    (left,), _ = generalised(x[u] - x[v])
    assert left != 0


def test_what_changes_with_a_bound_index_is_no_constant() -> None:
    """Σ_n b (v_n − mean) is 0 for one number b, and not for numbers b_n."""
    deviation = y[k] - indexed_sum(y[j], j) / K
    for chosen in (Anchor(x[k]), Binade(Abs(x[k]))):
        (sides, other), held = generalised(indexed_sum(chosen * deviation, k), indexed_sum(deviation, k))
        assert judge(sides, other, held).status is Status.REFUTED
        (sides, other), held = generalised(
            indexed_sum((y[k] - chosen) * chosen + chosen**2, k),
            indexed_sum(y[i] * chosen.func(*_at_i(chosen)), i),
        )
        assert judge(sides, other, held).status is Status.PROVED
    (alone, again), _ = generalised(Anchor(x[t]) + y[t], Anchor(x[t]) - y[t])
    assert judge(alone - again, 2 * y[t]).status is Status.PROVED


def _at_i(node: Expr) -> tuple[Expr, ...]:
    return tuple(substitute(arg, {k: i}) for arg in node.args)


@pytest.mark.parametrize(
    ("term", "rule"),
    [
        (1 - softmax(t), "stable.complement"),
        (softmax(k) - KroneckerDelta(k, t), "stable.delta"),
        (softmax(k) * indexed_sum(y[i], i) - y[k], "stable.target"),
        (y[k] - indexed_sum(y[i] * softmax(i), i), "stable.common_part"),
    ],
    ids=["complement", "delta", "target", "common part"],
)
def test_a_cancellation_is_taken_out(term: Expr, rule: str) -> None:
    """A form that is no identity any more would be refused in silence, and the digits lost with it."""
    assert rule in {step.rule for step in stabilised(term).steps}


def test_primitives_mean_what_they_say() -> None:
    """The meaning is what the judge sees; a wrong one would prove wrong code."""
    u, v = scalar("u"), scalar("v")
    assert exact(primitive("expm1", u)) == exp(u) - 1
    assert exact(primitive("kl_term", u, v)) == u * log(u / v) - u + v
    assert exact(primitive("shifted_less", u, v, primitive("log1p", u))) == u - v - log(1 + u)


def test_a_scope_is_respected() -> None:
    """Σ y = 1 must not be used where it is not given: softmax − y has another form without it."""
    from symderive.codegen.softmax_forms import cancelled_target

    term = operation("softmax", vec(x[j], j), k) - y[k]
    assert cancelled_target(term, Scope()) is None


def test_a_term_in_names_is_recognised_like_any_other() -> None:
    """What a derivation gave a name to is written by it; the rest may still be raw exponentials."""
    name = Definition("z", (i,), (), indexed_sum(x[j] ** 2, j) * x[i])
    entry = Apply("z", (), (i,))
    found = stabilised(log(1 + exp(entry)), names=(name,))
    assert found.steps[0].rule == "definition.fold"
    assert judge(exact(found.term), log(1 + exp(name.body))).status is Status.PROVED
