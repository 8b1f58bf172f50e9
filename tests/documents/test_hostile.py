"""Documents that nobody should have written: no traceback, nothing evaluated, no hang, bounded memory."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symderive.documents import check_text
from symderive.documents.latex_source import scan_latex
from symderive.documents.markdown import scan_markdown

ROOT = Path(__file__).resolve().parents[2]
PIECES = [
    *(
        "$$",
        "$",
        "\\[",
        "\\]",
        "\\\\[",
        "\\\\]",
        "\\(",
        "\\)",
        "\n",
        "\n\n",
        "\r\n",
        " ",
        "\t",
        ">",
        "> ",
        "- ",
        "1. ",
    ),
    *(
        "```",
        "```math\n",
        "~~~",
        "`",
        "``",
        "<!--",
        "-->",
        "<!-- symderive: label a -->",
        "<a href='",
        "</",
        "](",
    ),
    *(
        "\\begin{align}",
        "\\end{align}",
        "\\begin{",
        "\\text{",
        "{",
        "}",
        "\\",
        "%",
        "\\verb|",
        "\\begin{verbatim}",
    ),
    *(
        "---\n",
        "===",
        "# ",
        "    ",
        "a",
        "x_i",
        "=",
        "+",
        "…",
        "다. ",
        "\ufeff",
        "\u2028",
        "\ud800",
        "\0",
        "𝔸",
        "\x1b[31m",
    ),
    *(
        "\\frac{",
        "\\sum_{i=1}^K",
        "^",
        "_",
        "&",
        "\\\\",
        "9" * 30,
        "\\input{/etc/passwd}",
        "__import__('os')",
    ),
]
SOUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
SCANS = {"markdown": scan_markdown, "latex": scan_latex}


@pytest.mark.parametrize("form", SCANS)
@given(text=SOUP)
def test_every_formula_of_any_text_lies_where_it_is_said_to_lie(form, text):
    scanned = SCANS[form](text)
    source = scanned.source.text
    position = 0
    for formula in scanned.formulas:
        assert (
            position
            <= formula.start
            <= formula.position
            <= formula.position + len(formula.latex)
            <= formula.end
        )
        assert formula.end <= len(source)
        taken = source[formula.position : formula.position + len(formula.latex)]
        assert all(ours in (theirs, " ") for ours, theirs in zip(formula.latex, taken, strict=True))
        line, column = scanned.source.place(formula.position)
        assert scanned.source.line(line)[column - 1 :][:1] in (
            source[formula.position : formula.position + 1],
            "",
        )
        position = formula.end


@given(text=SOUP, form=st.sampled_from(list(SCANS)))
def test_no_text_breaks_a_check(text, form):
    report = check_text(text, format=form, timeout=None)
    assert all(formula.line >= 1 and formula.column >= 1 for formula in report.formulas)
    assert all((f.end_line, f.end_column) >= (f.line, f.column) for f in report.formulas)


MEGABYTE = 1_000_000
LARGE = [
    *(
        "$$a$$ ",
        "$$a$$\n\n",
        "$$ ",
        "$$\n",
        "- $$\n",
        "> $$\n",
        "\\[",
        "\\[ x",
        "- \\[\n",
        "\\begin{align}",
        "\\text{",
    ),
    *(
        "$$\\text{",
        "$x",
        "$",
        "`",
        "`$$",
        "<!-- ",
        "<a ",
        "[x](",
        "....",
        "{",
        "> ",
        "- ",
        "* * ",
        "```math\n",
        "a\n",
    ),
    *(
        "<code>",
        "%",
        "\\verb|",
        "\\begin{verbatim}",
        "\\newcommand{",
        "\\section{",
        "http://",
        "\\",
        "x ",
        "\n",
        "\t",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("form", SCANS)
@pytest.mark.parametrize("piece", LARGE, ids=repr)
def test_scanning_takes_linear_time(form, piece):
    """Sixteen times the text takes about sixteen times as long: quadratic, it would take 256 times."""
    size = MEGABYTE // 100
    small, large = piece * (size // len(piece)), piece * (16 * size // len(piece))
    times = []
    for text in (small, large):
        begun = time.process_time()
        SCANS[form](text)
        times.append(time.process_time() - begun)
    assert times[1] < 80 * times[0] + 2


HOSTILE = {
    "deep braces": "$$" + "{" * 9_000 + "x" + "}" * 9_000 + "$$",
    "a hundred thousand braces": "$$" + "{" * 100_000 + "$$",
    "deep fractions": "$$" + "\\frac{1}{" * 1_500 + "x" + "}" * 1_500 + " = y$$",
    "deep roots": "$$" + "\\sqrt{" * 2_500 + "x" + "}" * 2_500 + " = y$$",
    "a tower": "$$" + "9^{" * 50 + "9" + "}" * 50 + " = x$$",
    "a factorial": "$$ 99999999! = x $$",
    "a power": "$$ 7^{9999999} = 3^{9999999} $$",
    "a root of a power": "$$ (7^{99999})^{99999} = x $$",
    "a large sum": "$$ \\sum_{i=1}^{10^9} i^i = x $$",
    "a large product": "$$ \\prod_{i=1}^{99999} (x + i) = y $$",
    "a large binomial": "$$ \\binom{10^9}{10^8} = x $$",
    "a large number": "$$ " + "9" * 15_000 + " = x $$",
    "a power of a sum": "$$ (a + b + c + d + e)^{300} = (e + d + c + b + a)^{300} $$",
    "many sums": "$$ " + " ".join(f"\\sum_{{i_{{{n}}}=1}}^K" for n in range(60)) + " x = y $$",
    "Python": "$$ __import__('os').system('touch hacked') = 1 $$",
    "a lambda": "$$ (lambda: 1)() = 1 $$",
    "input": "$$ \\input{/etc/passwd} = 1 $$",
    "write18": "$$ \\write18{touch hacked} = 1 $$",
    "a macro": "$$ \\def\\x{\\x\\x}\\x = 1 $$",
    "a bomb in the front matter": "---\nsymderive:\n  a: &a [x,x]\n  b: &b [*a,*a]\n  names: [*b,*b]\n---\n$$a$$",
    "tags in the front matter": "---\nsymderive: !!python/object/apply:os.system ['touch hacked']\n---\n$$a$$",
    "brackets in the front matter": "---\nsymderive: " + "[" * 5_000 + "\n---\n$$a$$",
    "surrogates": "$$ \ud800 = \udfff $$",
    "NUL": "$$ a\0b = c $$",
    "escapes": "$$ \x1b[31m = c $$",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_formulas_are_answered_within_the_deadline(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    begun = time.monotonic()
    report = check_text(text + "\n\n$$a + a = 2 a$$", timeout=2)
    assert time.monotonic() - begun < 15
    assert report.formulas[-1].status == "PROVED"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak of the children from Linux")
def test_a_document_of_five_megabytes(tmp_path):
    """Mostly text, as large documents are, with two thousand formulas in it; memory stays below one gigabyte."""
    path = tmp_path / "large.md"
    words = "이것은 문장입니다 and these are words. " * 60 + "\n\n"
    path.write_text("".join(f"{words}$$a + {n} = {n} + a$$\n\n" for n in range(2_000)), encoding="utf-8")
    assert path.stat().st_size > 5 * MEGABYTE
    code = (
        "import pathlib, re, resource, sys; from symderive.cli import main\n"
        "code = main(['check', '--format', 'concise', '--jobs', '2', sys.argv[1]])\n"
        # Not ru_maxrss of the process itself, which begins with what the one that started it had.
        "own = int(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1])\n"
        "use = [own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]\n"
        "print(sum(use) // 1024)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    coverage, peak = done.stdout.splitlines()[-2:]
    assert coverage.startswith("2000 formulas, 2000 understood")
    assert done.returncode == 0
    assert int(peak) < 1024
