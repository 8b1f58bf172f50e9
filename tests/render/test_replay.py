"""A derivation in a file proves nothing: every line, every finer step and every assumption is looked at again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from book_claims import TOPICS
from derivation.cases import CASES
from derivation.test_book import derived
from derivation.test_unprepared import derived as unprepared
from symderive.decide import Status
from symderive.derivation import Derivation
from symderive.render import from_data, from_json, render_json
from symderive.render.json_format import render_several_json


def of_book(name: str) -> Derivation:
    return next(d for found, _, d in derived(name.partition("/")[0]) if found == name)


def data_of(name: str, detail: str = "full") -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render_json(of_book(name), detail=detail))
    return data


@pytest.mark.parametrize(
    "name", ["softmax/jacobian", "kl_divergence/gibbs-inequality", "root_mean_square/gradient"]
)
def test_finer_steps_are_replayed_too(name: str) -> None:
    """A line that opens into steps nobody judged would show a way that nobody checked."""
    derivation = of_book(name)
    replayed = from_json(render_json(derivation))
    assert replayed.verdict.status is Status.PROVED
    assert len(replayed.fine_steps) == len(derivation.fine_steps)
    for one, two in zip(replayed.fine_steps, derivation.fine_steps, strict=True):
        assert one.rule == two.rule
        assert one.verdict is not None
        assert one.verdict.status is Status.PROVED


@pytest.mark.sweep
@pytest.mark.parametrize("topic", TOPICS)
def test_the_whole_book_is_replayed_in_full(topic: str) -> None:
    for name, _, derivation in derived(topic):
        assert from_json(render_json(derivation)).verdict.status is Status.PROVED, name


#: A few of every kind by default; each takes as long as a derivation and its judging together.
BRIEF = sorted(CASES)[::5]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in BRIEF else pytest.mark.sweep) for name in CASES]
)
def test_what_nobody_prepared_is_replayed(name: str) -> None:
    """Abbreviations, named operations of long arguments, indices that the engine chose: all must read back."""
    derivation = unprepared(name)
    replayed = from_json(derivation.to_json(detail="brief"))
    assert replayed.verdict.status is Status.PROVED
    assert len(replayed.steps) == len(derivation.steps)


def test_the_statuses_of_the_file_are_not_believed() -> None:
    """PROVED is a word that anyone can write."""
    data = data_of("softmax/jacobian")
    for step in data["steps"]:
        step["status"], step["method"] = "REFUTED", "nonsense"
    data["status"] = "REFUTED"
    assert from_data(data).verdict.status is Status.PROVED


def finer(data: dict[str, Any]) -> None:
    step = next(step for step in data["steps"] if len(step["steps"]) > 1)
    inner = step["steps"]
    changed = f"2 \\left({inner[0]['after']}\\right)"
    inner[0]["after"] = inner[1]["before"] = changed


def middle(data: dict[str, Any]) -> None:
    steps = data["steps"]
    changed = f"{steps[1]['after']} + x_k"
    steps[1]["after"] = steps[2]["before"] = changed
    for step in steps:
        step["steps"] = []


@pytest.mark.parametrize("change", [finer, middle])
def test_a_false_step_anywhere_refutes_the_whole(change: Callable[[dict[str, Any]], None]) -> None:
    """The slip may be in a line of its own or inside of one."""
    data = data_of("softmax/jacobian")
    change(data)
    assert from_data(data).verdict.status is Status.REFUTED


def gap(data: dict[str, Any]) -> None:
    del data["steps"][1]


def other_result(data: dict[str, Any]) -> None:
    data["result"] = "0"


def other_problem(data: dict[str, Any]) -> None:
    data["problem"] = data["problem"].replace("-", "+")


def other_end_of_the_finer(data: dict[str, Any]) -> None:
    step = next(step for step in data["steps"] if len(step["steps"]) > 1)
    step["steps"].pop()


def no_rule(data: dict[str, Any]) -> None:
    data["steps"][0]["rule"] = "algebra.magic"


def assumption_of_a_step(data: dict[str, Any]) -> None:
    data["steps"][0]["hypotheses"] = ["x_k = 0"]


def unreadable(data: dict[str, Any]) -> None:
    data["steps"][0]["after"] = r"\frac{1}{"


def lost_part(data: dict[str, Any]) -> None:
    data["steps"][0]["part"] = 7


def no_kind_of_part(data: dict[str, Any]) -> None:
    data["parts"][0]["kind"] = "appendix"


def no_declaration(data: dict[str, Any]) -> None:
    data["declarations"] = 3


@pytest.mark.parametrize(
    "change",
    [
        gap,
        other_result,
        other_problem,
        other_end_of_the_finer,
        no_rule,
        assumption_of_a_step,
        unreadable,
        lost_part,
        no_kind_of_part,
        no_declaration,
    ],
)
def test_what_does_not_hang_together_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    """True steps that start elsewhere, or rest on what nobody assumed, prove nothing of the problem."""
    data = data_of("softmax/jacobian")
    change(data)
    with pytest.raises(ValueError, match=r"\w+"):
        from_data(data)


def test_an_assumption_of_a_part_is_no_licence() -> None:
    """A false claim does not follow because a part of its derivation assumes it."""
    data = data_of("softmax/jacobian", "brief")
    wrong = data["goal"].replace("-", "+")
    data["problem"] = f"{data['start']} = {wrong}"
    data["goal"] = data["result"] = wrong
    data["parts"][0]["hypotheses"] = [data["problem"]]
    step = data["steps"][0]
    step.update(after=wrong, hypotheses=[data["problem"]])
    data["steps"] = [step]
    replayed = from_data(data)
    assert replayed.verdict.status is Status.REFUTED


def test_an_induction_is_judged_as_a_whole() -> None:
    """Base and step alone are two claims of their own: what they show together is asked again."""
    data = data_of("momentum/unrolled-velocity", "brief")
    replayed = from_data(data)
    assert replayed.conclusion is not None
    assert replayed.conclusion.status is Status.PROVED
    data["parts"] = data["parts"][:1]
    data["steps"] = [step for step in data["steps"] if step["part"] == 0]
    data["result"] = data["steps"][-1]["after"]
    only_base = from_data(data)
    assert only_base.conclusion is not None  # the base alone is not taken for the claim


def test_several_derivations_are_one_object() -> None:
    """A display may claim several things: each can be replayed, none is taken for all."""
    both = [of_book("softmax/jacobian-diagonal"), of_book("softmax/jacobian-off-diagonal")]
    data = json.loads(render_several_json(both))
    assert data["status"] == "PROVED"
    assert {"version", "name", "status", "problem", "declarations", "hypotheses", "steps", "result"} <= set(
        data
    )
    with pytest.raises(ValueError, match="derivations"):
        from_data(data)
    assert all(from_data(one).verdict.status is Status.PROVED for one in data["derivations"])


def test_the_contract_of_the_keys() -> None:
    """Programs read these keys: none may be renamed."""
    data = data_of("softmax/jacobian")
    assert list(data["steps"][0])[:1] == ["before"]
    assert {"version", "name", "status", "problem", "declarations", "hypotheses", "steps", "result"} <= set(
        data
    )
    for step in (*data["steps"], *data["steps"][0]["steps"]):
        assert {"before", "after", "where", "rule", "reason", "status", "method"} <= set(step)
        assert step["status"] == "PROVED"
