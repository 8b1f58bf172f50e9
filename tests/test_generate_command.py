"""`symderive generate`: formulas by name, files, reports, and what it says where it cannot."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

from symderive import generate
from symderive.cli import main
from symderive.codegen.c_support import has_compiler
from symderive.terms import Dim, Index, Vector, indexed_sum

DOCUMENT = r"""# Notes

Let $x \in \mathbb{R}^K$ and $y \in \mathbb{R}^K$.

<!-- symderive: label soft -->
$$s_i(x) = \frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}$$

<!-- symderive: label loss -->
$$L(x, y) = -\sum_{i=1}^K y_i \log s_i(x)$$

<!-- symderive: label gradient -->
$$\frac{\partial L(x, y)}{\partial x_k} = s_k(x) \sum_{i=1}^K y_i - y_k$$

<!-- symderive: label wrong -->
$$\frac{\partial L(x, y)}{\partial x_k} = s_k(x) + y_k$$

<!-- symderive: label bound -->
$$s_i(x) \le 1$$

<!-- symderive: label unread -->
$$\foo{3} = 1$$
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was written to standard output and standard error."""
    code = main(["generate", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_definition_of_the_book(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The first example of the help: what is written runs."""
    path = tmp_path / "made.py"
    code, out, err = run(capsys, "softmax/softmax", "--compute", "value,vjp", "-o", str(path))
    assert (code, out, err) == (0, "", "")
    names = runpy.run_path(str(path))
    assert names["softmax"](np.array([1000.0, 0.0])) == pytest.approx([1.0, 0.0])
    assert names["softmax_vjp"](np.array([1.0, 2.0]), np.array([1.0, 1.0])) == pytest.approx([0.0, 0.0])


def test_a_claim_gives_its_right_side(
    capsys: pytest.CaptureFixture[str], notes: Path, tmp_path: Path
) -> None:
    """A gradient that the document states is code once it is not refuted."""
    path = tmp_path / "made.py"
    code, _, err = run(capsys, f"{notes}#gradient", "-o", str(path))
    assert (code, err) == (0, "")
    gradient = runpy.run_path(str(path))["gradient"]
    logits, target = np.array([0.5, -1.0, 2.0]), np.array([0.2, 0.3, 0.5])
    weights = np.exp(logits) / np.exp(logits).sum()
    assert gradient(logits, target) == pytest.approx(weights - target)


def test_a_definition_is_differentiated(notes: Path) -> None:
    """The order of the arguments is the definition's; the first is differentiated by."""
    loss = generate(f"{notes}#loss", compute="value,gradient")
    logits, target = np.array([0.5, -1.0, 2.0]), np.array([0.2, 0.3, 0.5])
    weights = np.exp(logits) / np.exp(logits).sum()
    assert loss(logits, target) == pytest.approx(-(target * np.log(weights)).sum())
    assert loss["gradient"](logits, target) == pytest.approx(weights - target)
    by_targets = generate(f"{notes}#loss", "y", compute="gradient")
    assert by_targets(logits, target) == pytest.approx(-np.log(weights))


def test_a_false_claim_gives_no_code(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """Exit code 1, the numbers, and nothing on standard output."""
    code, out, err = run(capsys, f"{notes}#wrong")
    assert (code, out) == (1, "")
    assert "REFUTED" in err
    assert "left side" in err


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("bound", "inequality"),
        ("unread", "no value to compute"),
        ("nothing", "has no label 'nothing'"),
        ("loss --wrt z", "'z' is no variable of the formula; it has x, y"),
        ("soft --index m", "'m' is no free index"),
        ("soft --compute gradient", "which has no gradient"),
        ("loss --compute speed", "'speed' cannot be computed: choose from value, gradient"),
    ],
)
def test_what_cannot_be_generated(
    capsys: pytest.CaptureFixture[str], notes: Path, label: str, said: str
) -> None:
    """Exit code 2 and one line that says what to do; no traceback."""
    name, *options = label.split()
    code, out, err = run(capsys, f"{notes}#{name}", *options)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_missing_files_and_topics(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What does not exist is named, with what is near."""
    assert run(capsys, f"{tmp_path}/none.md#loss")[0] == 2
    code, _, err = run(capsys, "softmax/softmaks")
    assert code == 2
    assert "softmax/softmax" in err
    code, _, err = run(capsys, "softmax/softmax", "-o", str(tmp_path))
    assert code == 2
    assert str(tmp_path) in err


def test_the_report_says_how_the_code_was_reached(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """Every stable form with its verdict; as JSON, too."""
    code, out, _ = run(capsys, f"{notes}#loss", "--compute", "value,gradient", "--report")
    assert code == 0
    assert "PROVED set the largest term apart" in out
    assert out.splitlines()[-1].startswith("PROVED")
    code, out, _ = run(capsys, f"{notes}#loss", "--report", "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert data["status"] == "PROVED"
    assert {row["status"] for row in data["functions"][0]["stable_forms"]} == {"PROVED"}
    assert "def loss(x, y" in data["source"]


def test_a_picture_has_a_format(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Matplotlib adds an ending of its own to a name that has none."""
    code, _, err = run(capsys, "softmax/softmax", "--plot", str(tmp_path / "errors"))
    assert code == 2
    assert ".svg, .png or .pdf" in err


def test_integer_inputs_by_name(notes: Path) -> None:
    """An index that the caller gives is no axis of the result."""
    weight = generate(f"{notes}#soft", index="i")
    assert weight(np.array([0.0, 0.0, 0.0, 0.0]), 2) == pytest.approx(0.25)


def test_what_was_taken_to_differentiate_by_is_said(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """One of several parameters was taken without a word; what is written to standard output stays code."""
    asked = (f"{notes}#loss", "--compute", "value,gradient")
    code, out, err = run(capsys, *asked)
    assert code == 0
    assert err == "symderive: differentiated by x; the formula has y, too: --wrt x,y\n"
    compile(out, "made", "exec")
    for chosen in ("x", "y", "x,y"):
        code, said, err = run(capsys, *asked, "--wrt", chosen)
        assert (code, err) == (0, "")
        assert (said == out) == (chosen == "x")
    code, out, err = run(capsys, *asked, "--report", "--format", "json")
    assert json.loads(out)["wrt"] == ["x"]
    assert "differentiated by x" in err
    code, out, err = run(capsys, *asked, "--report", "--wrt", "y")
    assert "differentiated by y" in out
    assert err == ""


def test_nothing_is_said_where_there_is_no_choice(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    assert run(capsys, f"{notes}#loss")[2] == ""  # the value alone
    assert run(capsys, f"{notes}#soft", "--compute", "vjp,jvp")[2] == ""  # a cotangent is no parameter
    assert run(capsys, "rmsprop")[2] == ""
    assert run(capsys, "schedule/cosine")[2] == ""


def test_a_report_that_finds_lost_digits_exits_with_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`fast` shifts by a rounded difference; the columns are explained, and the line names the regime."""
    asked = ("softmax/softmax", "--accuracy", "fast", "--report")
    code, out, err = run(capsys, *asked)
    assert (code, err) == (1, "")
    assert "loses digits: softmax, float64, " in out
    assert "conditioned: times what rounding each operation of the formula once may do" in out
    code, out, _ = run(capsys, *asked, "--format", "json", "-o", str(tmp_path / "made.py"))
    assert code == 1
    assert {row["finding"] for row in json.loads(out)["findings"]} == {"loses digits"}
    assert (tmp_path / "made.py").exists()


def test_a_line_is_named_with_a_hash(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """`notes.md:5` is how editors write it; the answer was about topics of the book."""
    code, out, err = run(capsys, f"{notes}:5")
    assert (code, out) == (2, "")
    assert f"{notes}#5" in err


def test_a_format_without_a_report_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """It was ignored, and code came where JSON was asked for."""
    code, out, err = run(capsys, "softmax/softmax", "--format", "json")
    assert (code, out) == (2, "")
    assert "add --report" in err


def test_a_vector_without_a_gradient_names_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--index" in run(capsys, "softmax/softmax", "--compute", "gradient")[2]


def test_what_is_given_with_a_term_is_no_name() -> None:
    """Strings ended in an AttributeError somewhere inside."""
    x, i = Vector("x", Dim("K")), Index("i", Dim("K"))
    term = indexed_sum(x[i] ** 2, i)
    for options in ({"wrt": "x"}, {"index": "i"}, {"index": ["i"]}, {"axes": ["i"]}):
        with pytest.raises(TypeError, match="strings are for formulas that are given by name"):
            generate(term, **options)
    with pytest.raises(TypeError, match="None is no formula"):
        generate(None)


def test_unknown_arguments_are_named(notes: Path) -> None:
    """A misspelt name left the order as it was, without a word."""
    x, i = Vector("x", Dim("K")), Index("i", Dim("K"))
    with pytest.raises(ValueError, match="arguments names u, w, which the formula does not have; it has x"):
        generate(indexed_sum(x[i] ** 2, i), arguments=["u", x, "w"])
    with pytest.raises(ValueError, match="arguments names z"):
        generate(f"{notes}#loss", arguments=["y", "z"])
    made = generate(f"{notes}#loss", arguments=["y", "x"])
    assert [argument.name for argument in made.plan.functions[0].arguments] == ["y", "x"]


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_an_axis_that_is_none(target: str) -> None:
    """NumPy's own message named neither the argument nor what was wrong with the axis."""
    if target == "c" and (reason := has_compiler()) is not None:
        pytest.skip(reason)
    softmax = generate("softmax/softmax", target=target)
    with pytest.raises(TypeError, match=r"axis must be an integer, not 1\.5"):
        softmax(np.zeros((2, 2)), axis=1.5)
    with pytest.raises(ValueError, match="axis 2 is out of range: x has 2 axes"):
        softmax(np.zeros((2, 2)), axis=2)
