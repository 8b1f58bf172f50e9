"""`symderive derive`: names of the book and of documents, four formats, and what it says where it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from symderive.cli import main
from symderive.render import from_json

DOCUMENT = r"""# Notes

Let $x \in \mathbb{R}^K$.

<!-- symderive: label soft -->
$$s_i(x) = \frac{e^{x_i}}{\sum_{j=1}^K e^{x_j}}$$

<!-- symderive: label jacobian -->
$$\frac{\partial s_i(x)}{\partial x_k} = s_i(x) (\delta_{ik} - s_k(x))$$

<!-- symderive: label wrong -->
$$\frac{\partial s_i(x)}{\partial x_k} = s_i(x) (\delta_{ik} + s_k(x))$$

<!-- symderive: label unread -->
$$\frac{\partial s_i(x)}{\partial x_k} = \foo{3}$$

<!-- symderive: label idle -->
$$\sum_{i=1}^K e^{x_j}$$

$$\sum_{i=1}^K s_i(x) = 1$$

<!-- symderive: label chain -->
$$\sum_{i=1}^K 2 s_i(x) = 2 \sum_{i=1}^K s_i(x) = 2$$
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.md"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was written to standard output and standard error."""
    code = main(["derive", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_claim_of_the_book(capsys: pytest.CaptureFixture[str]) -> None:
    """The first example of the help: it must work as it stands there."""
    code, out, err = run(capsys, "softmax/jacobian")
    assert (code, err) == (0, "")
    assert "quotient rule" in out
    assert "diag(s(x)) − s(x) s(x)ᵀ" in out
    assert out.splitlines()[-1].startswith("PROVED")
    assert "\x1b" not in out


def test_reasons_in_korean(capsys: pytest.CaptureFixture[str]) -> None:
    """The mathematics stays, the words change."""
    code, out, _ = run(capsys, "softmax/jacobian", "--lang", "ko")
    assert code == 0
    assert "몫의 미분법" in out
    assert "quotient" not in out


def test_full_detail_shows_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """Brief lines stand for several rules each."""
    _, brief, _ = run(capsys, "softmax/jacobian")
    code, full, _ = run(capsys, "softmax/jacobian", "--detail", "full")
    assert code == 0
    assert full.count("= ") > brief.count("= ")
    assert "UNDECIDED" not in full


@pytest.mark.parametrize(
    ("format", "beginning"), [("latex", "\\documentclass"), ("markdown", "## "), ("json", "{")]
)
def test_formats_are_written_to_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, format: str, beginning: str
) -> None:
    """What goes to a file is what would be printed, and nothing is printed then."""
    path = tmp_path / "out"
    code, printed, _ = run(capsys, "softmax/jacobian", "--format", format)
    assert code == 0
    assert printed.startswith(beginning)
    code, out, _ = run(capsys, "softmax/jacobian", "--format", format, "-o", str(path))
    assert (code, out) == (0, "")
    assert path.read_text(encoding="utf-8") == printed


def test_json_keeps_the_contract_and_replays(capsys: pytest.CaptureFixture[str]) -> None:
    """The keys that programs rely on, and the way back."""
    code, out, _ = run(capsys, "softmax/jacobian", "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert data["version"] == 1
    assert data["name"] == "softmax/jacobian"
    assert data["status"] == "PROVED"
    assert from_json(out).verdict.status.value == "PROVED"


def test_a_claim_of_a_document(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """Nobody prepared these notes."""
    code, out, _ = run(capsys, f"{notes}#jacobian")
    assert code == 0
    assert out.splitlines()[-1].startswith("PROVED")


def test_a_claim_by_its_line(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """Most displays have no label."""
    line = DOCUMENT.splitlines().index(r"$$\sum_{i=1}^K s_i(x) = 1$$") + 1
    code, out, _ = run(capsys, f"{notes}#{line}")
    assert code == 0
    assert "PROVED" in out


def test_every_line_of_a_chain_is_derived(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """A display of three sides claims two things."""
    code, out, _ = run(capsys, f"{notes}#chain")
    assert code == 0
    assert out.count("PROVED") == 2


@pytest.mark.parametrize("format", ["text", "latex", "markdown", "json"])
def test_a_false_claim_is_refuted_with_its_numbers(
    capsys: pytest.CaptureFixture[str], notes: Path, format: str
) -> None:
    """A false claim has no derivation; the point where it fails is the answer, in every format."""
    code, out, _ = run(capsys, f"{notes}#wrong", "--format", format)
    assert code == 1
    assert "REFUTED" in out
    assert "left side" in out
    if format == "json":
        assert json.loads(out)["steps"] == []
    if format == "text":
        assert out.startswith(f"{notes}:12:3")


def test_what_cannot_be_derived_says_where_and_why(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """Path, line and column, as an editor takes them; then the reason and what to do."""
    code, out, err = run(capsys, f"{notes}#unread")
    assert (code, out) == (2, "")
    column = DOCUMENT.splitlines()[14].index("\\foo") + 1
    assert f"{notes}:15:{column}: NOT_UNDERSTOOD" in err
    assert "\\foo" in err
    code, _, err = run(capsys, f"{notes}#idle")
    assert code == 1
    assert f"{notes}:18:3: ILL_DEFINED" in err
    code, _, err = run(capsys, f"{notes}#soft")
    assert code == 2
    assert f"{notes}#jacobian" in err  # a definition is not derived, the claims about it are


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("softmax/jacobain", "softmax/jacobian"),
        ("nothing/here", "symderive list"),
        ("missing.md", "no such file"),
        ("missing.md#label", "No such file"),
        ("#label", "FILE#LABEL"),
        ("notes.md#", "FILE#LABEL"),
    ],
)
def test_unknown_names_get_advice(capsys: pytest.CaptureFixture[str], name: str, expected: str) -> None:
    """A name that is nearly right is the usual case."""
    code, out, err = run(capsys, name)
    assert (code, out) == (2, "")
    assert expected in err


def test_an_unknown_label_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str], notes: Path
) -> None:
    code, _, err = run(capsys, f"{notes}#jacobain")
    assert code == 2
    assert "did you mean jacobian" in err
    code, _, err = run(capsys, f"{notes}#zzz")
    assert "soft, jacobian, wrong" in err


def test_files_that_are_no_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Binary data and directories are refused by name, not by a traceback."""
    binary = tmp_path / "data.md"
    binary.write_bytes(b"\x00\xff\xfe")
    for name in (f"{binary}#x", f"{tmp_path}#x"):
        code, _, err = run(capsys, name)
        assert code == 2
        assert str(tmp_path) in err


def test_claims_are_listed(capsys: pytest.CaptureFixture[str], notes: Path) -> None:
    """Every name of the list is one that the command takes; definitions are none of them."""
    code, out, _ = run(capsys)
    assert code == 0
    names = [line.split()[0] for line in out.splitlines()]
    assert "softmax/jacobian" in names
    assert "softmax/softmax" not in names
    code, out, _ = run(capsys, "softmax")
    assert [line.split()[0] for line in out.splitlines()] == [n for n in names if n.startswith("softmax/")]
    code, out, _ = run(capsys, str(notes), "--format", "json")
    data = json.loads(out)
    assert [row["name"] for row in data["claims"]] == [
        f"{notes}#{label}" for label in ("jacobian", "wrong", "20", "chain")
    ]
    assert {"name", "line", "column", "latex"} == set(data["claims"][0])


def test_an_output_file_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The derivation is lost, but the reason is not."""
    target = tmp_path / "no" / "such" / "folder.tex"
    code, _, err = run(capsys, "softmax/weights-sum-to-one", "-o", str(target))
    assert code == 2
    assert str(target) in err


def test_a_pipe_gets_no_colours() -> None:
    """Escape sequences in a pipe are rubbish, whatever TERM says."""
    done = subprocess.run(
        [sys.executable, "-m", "symderive", "derive", "softmax/weights-sum-to-one"],
        capture_output=True,
        env={"TERM": "xterm-256color", "PATH": "", "LC_ALL": "C"},
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    assert "Σ" in done.stdout.decode("utf-8")


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """The id that JSON names leads to an explanation."""
    assert main(["explain", "derivative.product"]) == 0
    out = capsys.readouterr().out
    assert "product rule" in out
    assert "곱의 미분법" in out
    assert "d/dt" in out
    assert main(["explain", "derivative.produkt"]) == 2
    assert "derivative.product" in capsys.readouterr().err
