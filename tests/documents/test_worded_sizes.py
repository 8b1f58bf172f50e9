r"""Sizes with a word for a subscript, ``d_{\text{out}}``: dimensions, each its own, and nothing said of ``d``."""

from __future__ import annotations

import pytest

import symderive

WRITTEN = [r"\text{%s}", r"\mathrm{%s}", r"\rm %s", r"\textrm{%s}", r"\operatorname{%s}", r"\mathsf{%s}"]


def size(style: str, word: str) -> str:
    return f"d_{{{style % word}}}"


def statuses(text: str) -> list[str]:
    return [str(formula.status) for formula in symderive.check_text(text, timeout=None).formulas]


@pytest.mark.parametrize("style", WRITTEN)
def test_a_matrix_between_two_worded_sizes(style: str) -> None:
    rows, columns = size(style, "out"), size(style, "in")
    given = f"Let $W \\in \\mathbb{{R}}^{{{rows} \\times {columns}}}$ and $x \\in \\mathbb{{R}}^{{{columns}}}$.\n\n"
    slope = "$$\n\\frac{\\partial y_i}{\\partial x_j} = %s\n$$\n\n"
    report = symderive.check_text(
        f"{given}$$\ny = W x\n$$\n\n{slope % 'W_{ij}'}{slope % 'W_{ji}'}", timeout=None
    )
    assert [str(formula.status) for formula in report.formulas] == ["DEFINITION", "PROVED", "REFUTED"]
    kinds = {declared.name: declared.kind for declared in report.declarations}
    assert kinds["W"] == "matrix 1..d_out, 1..d_in"
    assert (kinds["d_out"], kinds["d_in"]) == ("dim", "dim")
    assert "d" not in kinds
    turned = given.replace(f"x \\in \\mathbb{{R}}^{{{columns}}}", f"x \\in \\mathbb{{R}}^{{{rows}}}")
    assert statuses(f"{turned}$$\ny = W x\n$$") == ["NOT_UNDERSTOOD"]


@pytest.mark.parametrize("style", WRITTEN)
def test_a_worded_size_is_a_whole_number(style: str) -> None:
    one, other = size(style, "in"), size(style, "out")
    given = f"Let $x \\in \\mathbb{{R}}^{{{one}}}$ and $y \\in \\mathbb{{R}}^{{{other}}}$.\n\n"
    claims = [
        (f"\\sum_{{i=1}}^{{{one}}} 1 = {one}", "PROVED"),
        (f"\\sum_{{i=1}}^{{{one}}} 1 = {other}", "REFUTED"),
        (f"\\sum_{{i=1}}^{{{one}}} (x_i + 1) = {one} + \\sum_{{i=1}}^{{{one}}} x_i", "PROVED"),
        (f"\\sum_{{i=1}}^{{{one}}} (x_i + 1) = {other} + \\sum_{{i=1}}^{{{one}}} x_i", "REFUTED"),
        (f"\\frac{{\\partial}}{{\\partial x_j}} \\sum_{{i=1}}^{{{one}}} x_i^2 = 2 x_j", "PROVED"),
        (f"\\frac{{\\partial}}{{\\partial x_j}} \\sum_{{i=1}}^{{{one}}} x_i^2 = x_j", "REFUTED"),
    ]
    assert statuses(given + "\n\n".join(f"$$\n{claim}\n$$" for claim, _ in claims)) == [s for _, s in claims]


def test_the_letter_of_a_worded_size_is_a_name_of_its_own() -> None:
    """It was a dimension, and d³ ≥ d, true of whole numbers alone, was proved."""
    given = "Let $x \\in \\mathbb{R}^{d_{\\text{in}}}$ and $d > 0$.\n\n"
    assert statuses(f"{given}$$\nd^3 \\ge d\n$$") == ["REFUTED"]


def test_a_size_with_an_index_is_no_dimension() -> None:
    """n_k depends on k: one number for all would prove too much."""
    claim = "$$\n\\sum_{k=1}^{K} \\sum_{i=1}^{n_k} 1 = K n_1\n$$"
    assert statuses(claim)[0] not in ("PROVED", "SUPPORTED")


def test_a_sum_to_another_size_is_no_second_meaning_of_a_stated_one() -> None:
    """‖x‖² of a vector of K entries is no sum over M of them, though the document says M nowhere else."""
    text = "Let $x \\in \\mathbb{R}^K$.\n\n$$\n\\|x\\|^2 = \\sum_{i=1}^{%s} x_i^2\n$$\n"
    assert statuses(text % "K") == ["PROVED"]
    assert statuses(text % "M") == ["REFUTED"]
    assert statuses(text % "K-1") == ["REFUTED"]
