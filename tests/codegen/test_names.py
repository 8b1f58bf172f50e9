"""What a formula calls things never decides whether its code runs: clashing names, conditions that are settled."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from sympy import exp, log

from symderive import Dim, Index, Vector, generate, indexed_sum, scalar
from symderive.codegen.generate import generate as generate_term

_LOGITS = np.array([1.0, 2.0, 3.0])
_SOFTMAX = np.exp(_LOGITS) / np.exp(_LOGITS).sum()


@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("dim", ["lambda", "np", "d_{model}", "double", "range"])
def test_a_dimension_may_be_called_anything(dim: str, target: str) -> None:
    """A dimension's name stood in the code as it was, where the array's shape had another."""
    size = Dim(dim)
    x, j = Vector("x", size), Index("j", size)
    term = log(indexed_sum(exp(x[j]), j) / size)
    made = generate(term, x, target=target, compute="value,gradient")
    assert made(_LOGITS) == pytest.approx(np.log(np.exp(_LOGITS).mean()))
    assert made["gradient"](_LOGITS) == pytest.approx(_SOFTMAX)


@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("name", ["value", "gradient", "gradient_x", "range", "tuple", "slice", "threads"])
def test_a_vector_and_a_function_may_be_called_anything(name: str, target: str) -> None:
    """An argument hid a result, or a function one of those that the file itself calls."""
    size = Dim("K")
    x, j = Vector(name, size), Index("j", size)
    made = generate(log(indexed_sum(exp(x[j]), j)), x, target=target, compute="value,gradient", name=name)
    assert made(_LOGITS) == pytest.approx(np.log(np.exp(_LOGITS).sum()))
    assert made["gradient"](_LOGITS) == pytest.approx(_SOFTMAX)


def test_label_smoothing_on_torch() -> None:
    """A case whose condition had become true was printed as torch.where(True, …), which torch refuses."""
    torch = pytest.importorskip("torch")
    size = Dim("K")
    x, i, j, t = Vector("x", size), Index("i", size), Index("j", size), Index("t", size)
    smooth = scalar("epsilon")
    total = indexed_sum(exp(x[j]), j)
    mean = indexed_sum(log(exp(x[i]) / total), i) / size
    term = -(1 - smooth) * log(exp(x[t]) / total) - smooth * mean
    made = generate(term, x, target="torch", compute="gradient", index=t, arguments=["x", "t", "epsilon"])
    logits = torch.tensor(_LOGITS)
    found = made(logits, torch.tensor(1), torch.tensor(0.1, dtype=torch.float64))
    targets = np.array([0.1 / 3, 0.9 + 0.1 / 3, 0.1 / 3])
    assert found.numpy() == pytest.approx(_SOFTMAX - targets)


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_byte_orders_and_masks(target: str) -> None:
    """Numbers of the other byte order were refused on NumPy; entries that are masked were computed with."""
    size = Dim("K")
    x, j = Vector("x", size), Index("j", size)
    made = generate(log(indexed_sum(exp(x[j]), j)), x, target=target)
    assert made(_LOGITS.astype(">f8")) == made(_LOGITS)
    assert made(_LOGITS.astype(">f4")).dtype == np.float32
    assert made(np.ma.masked_array(_LOGITS, mask=False)) == made(_LOGITS)
    with pytest.raises(TypeError, match="masked entries"):
        made(np.ma.masked_array(_LOGITS, mask=[False, True, False]))


@pytest.mark.parametrize("target", ["numpy", "c", "torch", "jax"])
@pytest.mark.parametrize("ends", ['"""', "*/", "\\", "\n", "\\N{x}"])
def test_where_a_formula_is_from_is_never_run(ends: str, target: str) -> None:
    """A document's path with three quotes in it ended the docstring, and what followed was run as code."""
    if target in ("torch", "jax"):
        pytest.importorskip(target)
    size = Dim("K")
    x, j = Vector("x", size), Index("j", size)
    origin = f"a{ends}\nraise SystemExit('run')\n+r{ends}"
    made = generate_term(indexed_sum(x[j] ** 2, j), x, target=target, origin=origin)
    if target == "c":
        comment, _, code = made.source.partition("*/")
        assert comment.startswith("/*") and "SystemExit" not in code.split("/*")[0]
        return
    named = {node.id for node in ast.walk(ast.parse(made.source)) if isinstance(node, ast.Name)}
    assert "SystemExit" not in named


def test_a_document_without_a_formula_in_that_line(tmp_path: Path) -> None:
    """A document without ``#`` was said not to exist, and a line without a formula to be no label."""
    path = tmp_path / "notes.md"
    path.write_text("# Notes\n\n$$ f = \\sum_{i=1}^K x_i^2 $$\n", encoding="utf-8")
    with pytest.raises(ValueError, match="say which formula"):
        generate(str(path))
    with pytest.raises(LookupError, match="no formula in line 9"):
        generate(f"{path}#9")
