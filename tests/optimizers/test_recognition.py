"""Updates of documents are recognised in every notation, and what is no known rule is not."""

import json
from itertools import pairwise

import pytest

from optimizers.recognised_documents import NOT_RECOGNISED, RECOGNISED
from symderive.documents import check_text
from symderive.optimizers import RULES
from symderive.optimizers.wording import described


def _recognised(report):
    return [f.recognised for f in report.formulas if f.recognised not in (None, "hypothesis")]


def _expecting(name, document):
    """The document with a comment before its first display."""
    return document.replace("$$", f"<!-- symderive: expect {name} -->\n$$", 1)


@pytest.mark.parametrize("title", RECOGNISED)
def test_a_rule_is_recognised_where_its_parameter_is_updated(title):
    """Fails where a notation hides a rule, a display is read for another rule, or advice is given on it."""
    document, names = RECOGNISED[title]
    report = check_text(document, timeout=None)
    assert report.summary["not_understood"] == 0
    assert len(_recognised(report)) == len(names)
    for found, name in zip(_recognised(report), names, strict=True):
        assert found.startswith(RULES[name].title)
        if title != "momentum under a schedule":
            assert found == described(RULES[name])
    assert not [finding.code for finding in report.findings if finding.code not in ("SD501",)]
    assert report.exit_code(strict=True) == 0


@pytest.mark.parametrize("title", RECOGNISED)
def test_an_expected_rule_is_no_finding_and_another_one_is(title):
    """Fails where the comment's expectation is not held against what was recognised."""
    document, names = RECOGNISED[title]
    family, variant = names[0].split("/")
    for name in (family, f"{family}/{variant}"):
        assert check_text(_expecting(name, document), timeout=None).exit_code() == 0
    other = "lion" if family != "lion" else "adadelta"
    report = check_text(_expecting(other, document), timeout=None)
    (finding,) = [finding for finding in report.findings if finding.level == "error"]
    assert finding.code == "SD105"
    assert finding.message.startswith(f"expected {other}, found {RULES[names[0]].title}")
    assert report.exit_code() == 1


@pytest.mark.parametrize("title", NOT_RECOGNISED)
def test_what_is_no_known_rule_is_not_recognised(title):
    """Fails where a wrong rule passes for the right one, or an unfamiliar one becomes an error."""
    document, _, advice = NOT_RECOGNISED[title]
    report = check_text(document, timeout=None)
    assert _recognised(report) == []
    assert report.exit_code(strict=True) == 0
    said = [finding.message for finding in report.findings if finding.code == "SD502"]
    if advice is None:
        assert said == []
    else:
        assert len(said) == 1
        assert advice in said[0]


@pytest.mark.parametrize("title", NOT_RECOGNISED)
def test_what_is_not_the_expected_rule_is_a_finding_that_says_why(title):
    """Fails where a document's own word on what it shows is not held."""
    document, name, advice = NOT_RECOGNISED[title]
    report = check_text(f"<!-- symderive: expect {name} -->\n{document}", timeout=None)
    (finding,) = [finding for finding in report.findings if finding.level == "error"]
    assert finding.code == "SD105"
    assert finding.message.startswith(f"expected {name}")
    if advice is not None:
        assert advice in finding.message
    assert report.exit_code() == 1


def test_a_schedule_leaves_out_what_needs_a_constant_rate():
    """Fails where torch is said to step like a velocity that holds a changing learning rate."""
    (found,) = _recognised(check_text(RECOGNISED["momentum under a schedule"][0], timeout=None))
    assert "torch" not in found
    assert "Keras" in found


def test_a_misprinted_recurrence_is_recognised_as_what_it_means():
    """Fails where a step on both sides, an error of its own, hides the optimizer."""
    text = (
        r"$$G_k(n) = \gamma G_k(n) + (1-\gamma) (\frac{\partial J}{\partial \theta_k}(\theta(n)))^2$$"
        "\n\n"
        r"$$\theta_k(n+1) = \theta_k(n) - \mu \frac{1}{\sqrt{G_k(n)+\epsilon}}\frac{\partial J}{\partial \theta_k}$$"
    )
    report = check_text(text, timeout=None)
    assert [finding.code for finding in report.findings] == ["SD301"]
    (found,) = _recognised(report)
    assert found.startswith("once line 1 names the step before: RMSprop with ε inside the root: Keras, optax")
    assert found.endswith("equal iff ε_n = √(v+ε) − √v")


def test_json_says_what_was_recognised_at_the_parameter(tmp_path, capsys):
    """Fails where machines are not told."""
    from symderive.cli import main

    path = tmp_path / "notes.md"
    path.write_text(RECOGNISED["arrows"][0], encoding="utf-8")
    assert main(["check", "--format", "json", "--jobs", "1", str(path)]) == 0
    velocity, parameter = json.loads(capsys.readouterr().out)["formulas"]
    assert velocity["recognised"] is None
    assert parameter["recognised"].startswith("momentum with the learning rate inside the velocity: ")


def test_a_document_without_recurrences_does_not_load_the_registry():
    """Fails where every check pays for optimizers."""
    import subprocess
    import sys

    code = (
        "import sys; from symderive.documents import check_text;"
        "check_text('$$s_i = x_i + x_1$$ $$x + x = 2 x$$', timeout=None);"
        "sys.exit('symderive.optimizers.registry' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_wrong_closed_forms_are_refuted_beside_a_recognised_rule():
    """Fails where recognising a rule shields what is claimed about it."""
    text = RECOGNISED["superscripts for steps"][0].replace("^{(", "_{").replace(")}", "}")
    right = text + "\n" + r"$$v_t = \gamma^t v_0 + \sum_{i=1}^t \gamma^{t-i} g_i$$"
    wrong = text + "\n" + r"$$v_t = \gamma^t v_0 + \sum_{i=1}^t \gamma^{t-i+1} g_i$$"
    assert check_text(right, timeout=None).summary["proved"] == 1
    report = check_text(wrong, timeout=None)
    assert report.summary["refuted"] == 1
    assert len(_recognised(report)) == 1


@pytest.mark.parametrize("comment", ["expect RMSProp", "expect NAG", "expect heavy-ball", "expect sgd"])
def test_rules_go_by_their_usual_names(comment):
    """Fails where a usual name of a rule is a comment without effect."""
    report = check_text(
        f"<!-- symderive: {comment} -->\n$$\\theta_{{t+1}} = \\theta_t - \\eta g_t$$", timeout=None
    )
    assert "SD106" not in [finding.code for finding in report.findings]
    assert report.exit_code() == (0 if comment == "expect sgd" else 1)


def test_an_expectation_of_an_unreadable_display_is_not_met():
    """Fails where a display that was not understood passes for the rule that is expected."""
    report = check_text("<!-- symderive: expect adam -->\n$$\\theta = \\frac{$$", timeout=None)
    assert report.exit_code() == 1


def test_without_epsilon_its_place_is_not_told():
    """Fails where a library is said to differ by the place of a constant that is 0."""
    text = r"$$v_t = \gamma v_{t-1} + (1-\gamma) g_t^2$$ $$x_t = x_{t-1} - \eta \frac{g_t}{\sqrt{v_t}}$$"
    (found,) = _recognised(check_text(text, timeout=None))
    assert found == "RMSprop with ε = 0: where a library puts ε does not matter then"


def test_helpers_that_grow_are_left_alone():
    """Fails where formulas that are put into each other take all time and memory."""
    letters = "abcdefhjlpq"
    growing = [rf"$${b}_t = {a}_t {a}_t^2 + ({a}_t+1)^2 + ({a}_t-1)^3$$" for a, b in pairwise(letters)]
    report = check_text("\n".join([*growing, "$$w_t = w_{t-1} - q_t$$"]), timeout=20)
    assert _recognised(report) == []
    assert report.exit_code() == 0


def test_a_count_of_steps_that_starts_at_0_is_said():
    """Fails where a correction that is one step ahead passes without a word, or one that is behind passes."""
    text = RECOGNISED["Adam, each correction a display"][0]
    (ahead,) = _recognised(check_text(text.replace("^t}", "^{t+1}}"), timeout=None))
    assert ahead == described(RULES["adam/epsilon-outside"]) + "; if the first step is number 0"
    assert _recognised(check_text(text.replace("^t}", "^{t-1}}"), timeout=None)) == []
