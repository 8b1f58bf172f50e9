"""Comments that speak to the program."""

import pytest

from symderive.documents import check_text
from symderive.documents.directives import read_directives
from symderive.documents.markdown import scan_markdown


def kinds(comment):
    return [(directive.kind, directive.value) for directive in read_directives(comment, 0, 0)]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("symderive: ignore SD201", [("ignore", "SD201")]),
        (" symderive:ignore SD201, SD302 ", [("ignore", "SD201 SD302")]),
        ("symderive: expect ILL_DEFINED", [("expect", "ILL_DEFINED")]),
        ('symderive: cited "Sauer 1972; Thm 1"', [("cited", "Sauer 1972; Thm 1")]),
        ("symderive: cited “Sauer 1972”", [("cited", "Sauer 1972")]),
        ("symderive: label eq:a; expect PROVED", [("label", "eq:a"), ("expect", "PROVED")]),
        ("an ordinary comment", []),
        ("symderive is a program", []),
    ],
)
def test_directives_are_read(comment, expected):
    assert kinds(comment) == expected


@pytest.mark.parametrize(
    "comment",
    ["ignore", "ignore all", "expect FALSE", "cited Sauer", 'cited ""', "label a b", "label", "ignroe SD201"],
)
def test_a_directive_that_is_misspelt_is_a_finding_and_not_silence(comment):
    ((kind, reason),) = kinds(f"symderive: {comment}")
    assert kind == "malformed"
    assert reason
    report = check_text(f"<!-- symderive: {comment} -->\n$$a + a = 2 a$$", timeout=None)
    assert [finding.code for finding in report.findings] == ["SD106"]
    assert report.exit_code() == 0
    assert report.exit_code(strict=True) == 1


def test_a_directive_binds_the_next_display_and_no_inline_formula():
    text = "<!-- symderive: label a -->\ntext $x$ text\n\n$$y$$ $$z$$"
    assert [(f.latex, f.label) for f in scan_markdown(text).formulas] == [
        ("x", None),
        ("y", "a"),
        ("z", None),
    ]


def test_directives_in_code_are_no_directives():
    text = "```\n<!-- symderive: label a -->\n```\n`<!-- symderive: label b -->`\n\n$$y$$"
    assert [f.label for f in scan_markdown(text).formulas] == [None]


def test_a_directive_without_a_display_is_a_finding():
    (finding,) = check_text("text\n\n<!-- symderive: label a -->\n", timeout=None).findings
    assert (finding.code, finding.line, finding.column, finding.end_column) == ("SD106", 3, 1, 28)


FALSE = "$$(a + b)^2 = a^2 + b^2$$"


def test_an_expected_status_is_no_finding():
    report = check_text(f"<!-- symderive: expect REFUTED -->\n{FALSE}", timeout=None)
    assert report.formulas[0].status == "REFUTED"
    assert report.exit_code(strict=True) == 0


def test_an_expectation_that_is_not_met_is_a_finding():
    report = check_text(f"<!-- symderive: expect PROVED -->\n{FALSE}", timeout=None)
    assert [finding.code for finding in report.findings] == ["SD105"]
    assert report.exit_code() == 1
    assert report.formulas[0].counterexample is not None


def test_an_ignored_finding_is_suppressed_and_not_forgotten():
    report = check_text(f"<!-- symderive: ignore SD201 -->\n{FALSE}", timeout=None)
    assert [(finding.code, finding.suppressed) for finding in report.findings] == [("SD201", True)]
    assert report.summary["refuted"] == 1
    assert report.exit_code(strict=True) == 0
    other = check_text(f"<!-- symderive: ignore SD202 -->\n{FALSE}", timeout=None)
    assert other.exit_code() == 1


def test_a_citation_shields_nothing():
    report = check_text(
        '<!-- symderive: cited "a book" -->\n$$\\sqrt{x^2} = x$$\n\n'
        '<!-- symderive: cited "a book" -->\n$$(a + b)(a - b) = a^2 - b^2$$\n\n',
        timeout=None,
    )
    assert [(formula.status, formula.code) for formula in report.formulas] == [
        ("REFUTED", "SD203"),
        ("PROVED", None),
    ]
