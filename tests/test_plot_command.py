"""``symderive plot``: the picture is written, and bad input is a sentence."""

import sys
from pathlib import Path

import numpy as np
import pytest

from symderive.cli import main
from symderive.codegen.step_plot import LANDSCAPES, plot_optimizers
from symderive.optimizers import RULES


@pytest.mark.parametrize(("suffix", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_the_suffix_says_which_picture(suffix: str, head: bytes, tmp_path: Path) -> None:
    """Fails where no picture, or one of another kind, is written."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    path = tmp_path / f"picture.{suffix}"
    code = main(["plot", "optimizers", "--rules", "momentum,adam", "--steps", "5", "-o", str(path)])
    assert code == 0
    assert path.read_bytes().startswith(head)


def test_the_lines_are_the_trajectories() -> None:
    """Fails where a picture shows something else than the rules' steps."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    rule = RULES["gradient-descent/plain"]
    figure = plot_optimizers([rule], "quadratic", steps=3, hyperparameters={"mu": 0.01})
    plane, fall = figure.axes
    (line,) = (line for line in plane.lines if line.get_label() == rule.name)
    expected = np.array([(-2.5 * 0.99**n, 0.8**n) for n in range(4)])
    assert np.allclose(line.get_xydata(), expected, rtol=1e-14)
    values = (expected[:, 0] ** 2 + 20 * expected[:, 1] ** 2) / 2
    assert np.allclose(fall.lines[0].get_ydata(), values, rtol=1e-14)


def test_a_run_that_diverges_is_cut_where_numbers_end() -> None:
    """Fails where infinities reach the picture."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    figure = plot_optimizers([RULES["gradient-descent/plain"]], "rosenbrock", hyperparameters={"mu": 1.0})
    path = figure.axes[0].lines[0].get_xydata()
    assert np.isfinite(path).all()
    assert 1 < len(path) < 101


@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_gradients_are_the_functions(name: str) -> None:
    """Fails where a landscape's gradient is not that of its function, or its minimum none."""
    landscape = LANDSCAPES[name]
    point, h = np.array(landscape.start) + 0.1, 1e-6
    for axis in range(2):
        shift = h * np.eye(2)[axis]
        slope = (landscape.value(point + shift) - landscape.value(point - shift)) / (2 * h)
        assert landscape.gradient(point)[axis] == pytest.approx(float(slope), rel=1e-6)
    assert np.all(landscape.gradient(np.array(landscape.minimum)) == 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rules", "adm", "-o", "a.svg"], "did you mean adam"),
        (["--rules", ",", "-o", "a.svg"], "no rules are given"),
        (["--rules", "clipping", "-o", "a.svg"], "no trajectory"),
        (["--set", "beta=0.9", "-o", "a.svg"], "none of the rules has a beta"),
        (["-o", "a.gif"], "the suffix must be one of .svg, .png, .pdf"),
        (["-o", "no/such/folder/a.svg"], "No such file"),
    ],
)
def test_bad_input_is_a_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails where a mistake ends in a traceback, or is passed over."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    assert main(["plot", "optimizers", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--steps", "0"], ["--set", "mu"], ["--set", "mu=nan"], ["--problem", "x"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Fails where a number that is none is taken."""
    with pytest.raises(SystemExit) as ended:
        main(["plot", "optimizers", "-o", "a.svg", *arguments])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_without_matplotlib_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fails where a missing extra is a traceback."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["plot", "optimizers", "-o", "a.svg"]) == 2
    assert "pip install 'symderive[plot]'" in capsys.readouterr().err
