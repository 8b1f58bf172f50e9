"""The formats of a report: what each promises to those who read it."""

import json
from pathlib import Path

import jsonschema
import pytest

from symderive.documents import Declaration, FileError, Finding, Formula, Report
from symderive.documents.codes import CODES, STATUSES, explanation, page
from symderive.documents.report_concise import render_concise
from symderive.documents.report_full import render_full
from symderive.documents.report_github import render_github
from symderive.documents.report_json import render_json, to_json
from symderive.documents.report_sarif import render_sarif, to_sarif
from symderive.documents.terminal import clip, visible, width

SARIF = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
TEXT = "# 제목\n이것은 한국어 $$a = b$$ 끝\n$$c$$\n"

REFUTED = Formula(
    path="notes.md",
    line=2,
    column=11,
    end_line=2,
    end_column=16,
    latex="a = b",
    status="REFUTED",
    label="eq:a",
    hypotheses=("a > 0",),
    code="SD201",
    message="false at a = 1, b = 2: the left side is 1, the right side 2",
    counterexample={"a": "1", "b": "2", "left side": "1", "right side": "2"},
    suggestion="a = a",
)
EXPRESSION = Formula("notes.md", 3, 3, 3, 4, "c", "EXPRESSION")
SUPPRESSED = Formula(
    "notes.md", 3, 3, 3, 4, "c", "ILL_DEFINED", code="SD302", message="known", suppressed=True
)
REPORT = Report(
    (REFUTED, EXPRESSION, SUPPRESSED),
    (Declaration("notes.md", "a", "scalar", 2, True),),
    (FileError("gone.md", "No such file or directory"),),
    (Finding("SD106", "NOT_UNDERSTOOD", "notes.md", 1, 1, 1, 3, "# ", "no display follows"),),
    {"notes.md": TEXT},
)

_OPTIONAL_TEXT = {"type": ["string", "null"]}
JSON = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "summary", "formulas", "declarations", "errors"],
    "properties": {
        "version": {"const": 1},
        "summary": {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 10,
            "properties": {
                key: {"type": "integer", "minimum": 0}
                for key in (
                    *("formulas", "definitions", "expressions", "proved", "refuted", "supported", "cited"),
                    *("undecided", "ill_defined", "not_understood"),
                )
            },
        },
        "formulas": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 15,
                "properties": {
                    "path": {"type": "string"},
                    "line": {"type": "integer", "minimum": 1},
                    "column": {"type": "integer", "minimum": 1},
                    "end_line": {"type": "integer", "minimum": 1},
                    "end_column": {"type": "integer", "minimum": 1},
                    "label": _OPTIONAL_TEXT,
                    "latex": {"type": "string"},
                    "status": {"enum": list(STATUSES)},
                    "method": _OPTIONAL_TEXT,
                    "hypotheses": {"type": "array", "items": {"type": "string"}},
                    "code": {"enum": [None, *CODES]},
                    "message": _OPTIONAL_TEXT,
                    "counterexample": {
                        "type": ["object", "null"],
                        "additionalProperties": {"type": "string"},
                    },
                    "suggestion": _OPTIONAL_TEXT,
                    "recognised": _OPTIONAL_TEXT,
                },
            },
        },
        "declarations": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 5,
                "properties": {
                    "path": {"type": "string"},
                    "name": {"type": "string"},
                    "kind": {"type": "string"},
                    "line": {"type": ["integer", "null"]},
                    "inferred": {"type": "boolean"},
                },
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def with_path(path):
    return Report((Formula(path, 1, 1, 1, 2, "x", "REFUTED", code="SD201", message="a, b: c%\n::error::d"),))


def test_the_json_has_the_keys_that_were_promised_and_no_others():
    jsonschema.validate(json.loads(render_json(REPORT)), JSON)
    first, _, third = to_json(REPORT)["formulas"]
    assert first["code"] == "SD201"
    assert first["counterexample"]["left side"] == "1"
    assert third["code"] is None, "a suppressed finding is none"
    assert "한국어" not in render_json(REPORT)


def test_json_and_sarif_survive_lone_surrogates():
    report = with_path("a\ud800.md")
    json.loads(render_json(report).encode("utf-8"))
    json.loads(render_sarif(report, "1").encode("utf-8"))


@pytest.mark.parametrize("report", [REPORT, Report(), with_path("/abs/ü name.md"), with_path("a:b.md")])
def test_the_sarif_validates_against_its_schema(report):
    jsonschema.Draft4Validator(SARIF).validate(json.loads(render_sarif(report, "1.2.3")))


def test_the_sarif_says_what_its_columns_count_and_what_is_suppressed():
    (run,) = to_sarif(REPORT, "1.2.3")["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(CODES)
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in run["tool"]["driver"]["rules"])
    results = {result["ruleId"]: result for result in run["results"]}
    assert set(results) == {"SD106", "SD201", "SD302"}
    assert results["SD302"]["suppressions"] == [{"kind": "inSource"}]
    assert "suppressions" not in results["SD201"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    region = results["SD201"]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 11, "endLine": 2, "endColumn": 16}


def test_concise_is_one_line_a_finding():
    lines = render_concise(REPORT).splitlines()
    assert lines[0] == "notes.md:1:1: SD106 NOT_UNDERSTOOD no display follows"
    assert lines[1].startswith("notes.md:2:11: SD201 REFUTED false at a = 1")
    assert lines[2:] == ["gone.md: error: No such file or directory", REPORT.coverage]


def test_github_commands_cannot_be_forged():
    """A message or a path that ends the command could begin another one on the runner."""
    (line, _) = render_github(with_path("a,b:c\n%.md")).splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%0A%25.md,line=1,endLine=1,col=1,endColumn=1,title=SD201 ")
    assert line.endswith("::REFUTED: a, b: c%25%0A::error::d")
    lines = render_github(REPORT).splitlines()
    assert lines[0].startswith("::warning file=notes.md,line=1")
    assert lines[2] == "::error file=gone.md::No such file or directory"


def test_the_caret_stands_under_the_formula_in_wide_text():
    text = render_full(REPORT, columns=100)
    quoted = [line for line in text.splitlines() if "이것은" in line or "^" in line]
    line, carets = quoted[-2:]
    before = line[: line.index("a = b")]
    assert width(before) == carets.index("^")
    assert carets.count("^") == 5


def test_a_long_line_is_cut_around_the_formula():
    source = "가" * 500 + "$$a = b$$" + "x" * 1_000_000
    formula = Formula("n.md", 1, 503, 1, 508, "a = b", "REFUTED", code="SD201", message="false")
    for columns in (40, 80, 120):
        lines = render_full(Report((formula,), sources={"n.md": source}), columns=columns).splitlines()
        line = next(line for line in lines if "a = b" in line)
        assert width(line) <= columns
        carets = next(line for line in lines if "^" in line)
        assert width(line[: line.index("a = b")]) == carets.index("^")


def test_nothing_from_a_document_controls_the_terminal():
    """Escape sequences, line ends and direction marks of an untrusted text are made visible."""
    bad = "\x1b[31m\u202ea\r\nb\x07"
    formula = Formula(f"p{bad}.md", 1, 1, 1, 2, bad, "REFUTED", code="SD201", message=bad, suggestion=bad)
    report = Report(
        (formula,), (Declaration(f"p{bad}.md", bad, bad, 1, True),), (FileError(bad, bad),), (), {}
    )
    for text in (render_full(report, declarations=True), render_concise(report), render_github(report)):
        assert not {"\x1b", "\u202e", "\r", "\x07"} & set(text)


def test_colour_is_on_request_only():
    assert "\x1b" not in render_full(REPORT)
    assert "\x1b[" in render_full(REPORT, colour=True)


def test_full_shows_declarations_on_request():
    assert "a: scalar (inferred, line 2)" in render_full(REPORT, declarations=True)
    assert "scalar" not in render_full(REPORT)


def test_coverage_is_always_printed():
    for text in (render_full(REPORT), render_concise(REPORT), render_github(REPORT)):
        assert text.endswith("3 formulas, 3 understood: 1 expression, 1 refuted, 1 ill-defined\n")
    assert to_sarif(REPORT, "1")["runs"][0]["properties"]["coverage"] == REPORT.coverage


@pytest.mark.parametrize(
    ("code", "plain", "strict"),
    [(row.id, int(row.level == "error"), int(row.level != "note")) for row in CODES.values()],
)
def test_a_findings_weight_decides_the_exit_code(code, plain, strict):
    report = Report((Formula("a", 1, 1, 1, 2, "x", "UNDECIDED", code=code),))
    assert (report.exit_code(), report.exit_code(strict=True)) == (plain, strict)
    suppressed = Report((Formula("a", 1, 1, 1, 2, "x", "UNDECIDED", code=code, suppressed=True),))
    assert suppressed.exit_code(strict=True) == 0


def test_text_is_clipped_to_the_width_that_is_there():
    assert clip("short", 1, 2, 10) == ("short", 1, 2)
    for columns in range(8, 40):
        excerpt, start, end = clip("가나다 " * 30, 40, 44, columns)
        assert width(excerpt) <= columns
        assert excerpt[start:end].startswith(("가", "나", "다", " "))
    assert visible("a\tb\nc\x00") == "a b c\ufffd"


def test_the_page_of_findings_is_the_table():
    """`python -m symderive.documents.codes > docs/findings.md` writes it anew."""
    root = Path(__file__).resolve().parents[2]
    assert (root / "docs" / "findings.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())
def test_every_code_is_explained(code):
    assert code.id[:3] in ("SD1", "SD2", "SD3", "SD4", "SD5")
    assert code.level in ("error", "warning", "note")
    assert code.example in explanation(code).replace("\n    ", "\n")
