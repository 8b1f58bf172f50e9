"""Every output compiles where it is meant to: LaTeX with lualatex and pdflatex, formulas with KaTeX."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from book_claims import TOPICS
from derivation.test_book import derived
from symderive.render import render_markdown
from symderive.render.latex import latex_body, latex_document

#: Where `npm install katex` put it; .ci/run sets it.
KATEX = os.environ.get("SYMDERIVE_KATEX", "")
_CHECK = """
const katex = require(process.argv[1]);
const formulas = JSON.parse(require('fs').readFileSync(0, 'utf8'));
let bad = 0;
for (const formula of formulas) {
  try { katex.renderToString(formula, {displayMode: true, throwOnError: true, strict: false}); }
  catch (error) { bad += 1; console.log(formula + '\\n  ' + error.message); }
}
process.exit(bad ? 1 : 0);
"""


@pytest.mark.tex
@pytest.mark.parametrize(
    ("program", "language", "detail"),
    [
        ("lualatex", "en", "brief"),
        ("pdflatex", "en", "brief"),
        ("lualatex", "ko", "brief"),
        ("pdflatex", "en", "full"),
    ],
)
def test_the_whole_book_compiles(program: str, language: str, detail: str, tmp_path: Path) -> None:
    """A document that does not compile is no document."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    chosen = TOPICS if detail == "brief" else TOPICS[-3:]
    bodies = [
        latex_body(derivation, language=language, detail=detail)
        for topic in chosen
        for _, _, derivation in derived(topic)
    ]
    (tmp_path / "book.tex").write_text(latex_document(bodies, language=language), encoding="utf-8")
    done = subprocess.run(
        [program, "-interaction=nonstopmode", "-halt-on-error", "book.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    log = (tmp_path / "book.log").read_text(encoding="utf-8", errors="replace")
    assert "Missing character" not in log, re.findall("Missing character.*", log)[:5]


@pytest.mark.katex
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_formula_parses_with_katex(language: str) -> None:
    """Git hosts and web pages set the Markdown with KaTeX or MathJax."""
    node = shutil.which("node")
    if node is None or not KATEX:
        pytest.skip("node is not installed, or SYMDERIVE_KATEX does not say where katex is")
    formulas = []
    for topic in TOPICS:
        for _, _, derivation in derived(topic):
            text = render_markdown(derivation, language=language)
            formulas += re.findall(r"\$\$\n(.*?)\n\$\$", text, re.DOTALL)
            formulas += re.findall(r"(?<!\$)\$([^$\n]+)\$(?!\$)", text)
    assert len(formulas) > 300
    done = subprocess.run(
        [node, "-e", _CHECK, KATEX],
        input=json.dumps(formulas),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
