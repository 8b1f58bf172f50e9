"""Files and texts in, a report out."""

import os

import pytest

from symderive.documents import check_paths, check_text
from symderive.documents.check import decode

TRUE, FALSE = "$$a + b = b + a$$\n", "$$(a + b)^2 = a^2 + b^2$$\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "b.md").write_text(TRUE, encoding="utf-8")
    (tmp_path / "a.tex").write_text("\\[a + b = b + a\\] % " + FALSE, encoding="utf-8")
    (tmp_path / "c.txt").write_text(FALSE, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.markdown").write_text(TRUE, encoding="utf-8")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "e.md").write_text(FALSE, encoding="utf-8")
    return tmp_path


def names(report):
    return [os.path.basename(formula.path) for formula in report.formulas]


def test_a_directory_is_searched_for_documents_in_order(folder):
    assert names(check_paths(folder)) == ["a.tex", "b.md", "d.markdown"]


def test_a_file_that_is_named_is_checked_whatever_its_suffix_and_once(folder):
    assert names(check_paths([folder / "c.txt", folder, folder / "b.md"])) == [
        "c.txt",
        "a.tex",
        "b.md",
        "d.markdown",
    ]


def test_a_link_to_its_own_parent_leads_nowhere(folder):
    try:
        (folder / "sub" / "up").symlink_to(folder)
        (folder / "sub" / "loop.md").symlink_to(folder / "sub" / "loop.md")
    except OSError:
        pytest.skip("no links here")
    report = check_paths(folder)
    assert names(report) == ["a.tex", "b.md", "d.markdown"]
    assert [os.path.basename(error.path) for error in report.errors] == ["loop.md"]


def test_files_that_cannot_be_read_are_errors_and_the_others_are_checked(folder):
    bad = {
        "nul.md": b"a\0b",
        "latin.md": "é".encode("latin-1"),
        "image.md": b"\x89PNG\r\n\x1a\n\0\0",
        "odd.md": b"\xff\xfea",
        "notebook.ipynb": b"{}",
    }
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    (folder / "empty").mkdir()
    paths = [*(folder / name for name in bad), folder / "missing.md", folder / "empty", folder / "b.md"]
    report = check_paths(paths)
    assert [os.path.basename(error.path) for error in report.errors] == [*bad, "missing.md", "empty"] or {
        os.path.basename(error.path) for error in report.errors
    } == {*bad, "missing.md", "empty"}
    assert names(report) == ["b.md"]
    assert report.exit_code() == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_that_never_ends_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (error,) = check_paths(tmp_path / "pipe.md").errors
    assert error.message == "not a regular file"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_an_error(tmp_path):
    path = tmp_path / "a.md"
    path.write_text(TRUE)
    path.chmod(0)
    assert len(check_paths(path).errors) == 1


def test_texts_are_utf_8_or_marked_utf_16():
    assert decode("수식".encode()) == "수식"
    assert decode("수식".encode("utf-16")) == "수식"
    assert decode(b"\xef\xbb\xbfa") == "\ufeffa"
    with pytest.raises(ValueError, match="line 2"):
        decode(b"a\n\xe9")


def test_an_empty_document_holds_no_formula():
    report = check_text("")
    assert (report.formulas, report.findings, report.errors, report.exit_code(strict=True)) == ((), (), (), 0)
    assert report.coverage == "0 formulas, 0 understood"


def test_inline_formulas_are_judged_on_request():
    text = "where $a + a = 2 a$ and $(a + b)^2 = a^2$\n"
    assert check_text(text, timeout=None).formulas == ()
    report = check_text(text, timeout=None, inline=True)
    assert [formula.status for formula in report.formulas] == ["PROVED", "REFUTED"]


def test_the_worst_line_gives_a_display_its_status_and_its_place():
    text = "$$\\begin{aligned}\n(a + b)^2 &= a^2 + 2 a b + b^2 \\\\\n&= a^2 + a b + b^2\n\\end{aligned}$$"
    (formula,) = check_text(text, timeout=None).formulas
    assert (formula.status, formula.line) == ("REFUTED", 3)
    assert "line 3" in formula.message


def test_a_refuted_claim_comes_with_its_counterexample_and_a_correction():
    text = "$$\\frac{\\partial}{\\partial x_k} \\sum_{j=1}^K x_j^2 = x_k$$"
    (formula,) = check_text(text, timeout=None).formulas
    assert formula.code == "SD201"
    assert {"K", "k", "left side", "right side"} <= set(formula.counterexample)
    (again,) = check_text(f"$${formula.suggestion}$$", timeout=None).formulas
    assert again.status == "PROVED"


def test_a_strict_inequality_that_fails_at_equality_is_corrected_to_one_that_is_not_strict():
    (formula,) = check_text("$$\\log t < t - 1$$", timeout=None).formulas
    assert (formula.status, formula.code) == ("REFUTED", "SD202")
    assert "\\le" in formula.suggestion


def test_a_formula_of_a_million_characters_is_not_read():
    (formula, other) = check_text(f"$${'a + ' * 250_000}a = b$$\n\n{TRUE}").formulas
    assert (formula.status, formula.code) == ("NOT_UNDERSTOOD", "SD104")
    assert other.status == "PROVED"


def test_mistakes_in_the_front_matter_are_errors_of_the_file():
    report = check_text("---\nsymderive: [1, 2\n---\n$$a + a = 2 a$$\n", timeout=None)
    assert "front matter" in report.errors[0].message
    assert report.exit_code() == 2
    assert [formula.status for formula in report.formulas] == ["PROVED"]


@pytest.mark.parametrize(
    "front", ["title: [broken", "title: fine", "date: 2020-01-01\ntags:\n- a", "a: &a [*a]"]
)
def test_front_matter_that_does_not_speak_to_symderive_is_nobodys_mistake(front):
    assert check_text(f"---\n{front}\n---\n{TRUE}", timeout=None).errors == ()


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="format"):
        check_text("", format="html")
    with pytest.raises(ValueError, match=r"."):
        check_text("", notation="[")


def test_unclosed_displays_are_placed_at_their_delimiter():
    (formula,) = check_text("a\n\n> text $$\\frac{a", timeout=None).formulas
    assert (formula.status, formula.code) == ("NOT_UNDERSTOOD", "SD101")
    assert (formula.line, formula.column, formula.end_line, formula.end_column) == (3, 8, 3, 10)
    assert formula.latex == "\\frac{a"


def test_each_statement_is_placed_where_it_stands():
    """Behind a byte order mark, tabs, wide characters and CRLF; the end is the place behind."""
    (formula,) = check_text("\ufeff가\t나\r\n  $$  (a + b)^2 = a^2  $$\r\n", timeout=None).formulas
    assert (formula.line, formula.column, formula.end_line, formula.end_column) == (2, 7, 2, 22)
