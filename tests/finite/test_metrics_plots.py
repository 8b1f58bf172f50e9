"""Plots: drawn without a display, holding the numbers that they show; a clear message without matplotlib."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from symderive.finite import confusion_matrix, plot_confusion_matrix, plot_precision_recall


def test_precision_recall_plot_names_every_definition(tmp_path) -> None:
    """Six definitions with their values in the legend; the picture can be saved."""
    pytest.importorskip("matplotlib", reason="needs matplotlib")
    axes = plot_precision_recall([1, 0, 1, 1, 0, 0, 1, 0, 0, 0], range(10, 0, -1))
    legend = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {
        "step 0.7470",
        "trapezoid 0.7068",
        "davis-goadrich 0.7111",
        "voc07 0.7695",
        "voc10 0.7679",
    } < legend
    assert "coco 0.7702" in legend
    axes.figure.savefig(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 1000
    leading_negative = plot_precision_recall([0, 1, 1], [3, 2, 1])
    assert leading_negative.get_xlabel() == "recall"
    with pytest.raises(ValueError, match="no sample is positive"):
        plot_precision_recall([0, 0], [1, 2])


def test_confusion_matrix_plot_shows_the_counts(tmp_path) -> None:
    """Every cell's count or share; an absent class stays blank instead of dividing by zero."""
    figure = pytest.importorskip("matplotlib.figure", reason="needs matplotlib")
    matrix = confusion_matrix(["a", "a", "b"], ["a", "b", "b"], labels=["a", "b", "c"])
    axes = plot_confusion_matrix(matrix)
    assert [text.get_text() for text in axes.texts] == ["1", "1", "0", "0", "1", "0", "0", "0", "0"]
    own = figure.Figure().add_subplot()
    assert plot_confusion_matrix(matrix, normalise=True, axes=own) is own
    assert [text.get_text() for text in own.texts][:3] == ["0.50", "0.50", "0.00"]
    assert [text.get_text() for text in own.texts][6:] == ["", "", ""]
    axes.figure.savefig(tmp_path / "matrix.png")


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch) -> None:
    """The extra is optional: importing the package must not need it, plotting must say so."""
    original = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=r"symderive\[plot\]"):
        plot_confusion_matrix(confusion_matrix([0], [0]))
