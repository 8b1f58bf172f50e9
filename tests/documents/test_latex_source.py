"""Where formulas are found in LaTeX sources."""

import pytest

from symderive.documents.latex_source import scan_latex


def found(text, *, display=True):
    return [formula.latex for formula in scan_latex(text).formulas if formula.display is display]


@pytest.mark.parametrize(
    "text",
    [
        "$$a = b$$",
        r"\[a = b\]",
        "\\documentclass{article}\n$$no$$\n\\begin{document}\n$$a = b$$\n\\end{document}\n$$no$$",
        "% $$no$$\n$$a = b$$",
        "50\\% $$a = b$$",
        "\\verb|$$no$$| $$a = b$$",
        "\\lstinline+$no$+ $$a = b$$",
        "\\begin{verbatim}\n% $$no$$\n\\end{verbatim}\n$$a = b$$",
        "\\begin{lstlisting}[language=C]\n$$no$$\n\\end{lstlisting}$$a = b$$",
        "\\newcommand{\\no}[1]{$$no$$} $$a = b$$",
        "\\def\\no{$$no$$}\n$$a = b$$",
        "a line \\\\[2pt] broken, $$a = b$$",
        "\\input{no} $$a = b$$",
    ],
)
def test_a_display_is_found(text):
    assert found(text) == ["a = b"]


def test_environments_keep_their_delimiters():
    text = "\\begin{align*} a &= b \\\\[2pt] c &= d \\label{eq:c} \\end{align*}"
    (formula,) = scan_latex(f"text {text} text").formulas
    assert formula.latex == text
    assert formula.label == "eq:c"


def test_comments_in_a_formula_are_blanked_so_that_offsets_stay():
    text = "\\[ a % $ \\]\n = b \\]"
    (formula,) = scan_latex(text).formulas
    assert formula.latex == " a       \n = b "
    assert formula.position == 2


def test_directives_stand_in_comments():
    text = "% symderive: label one; expect REFUTED\n\\[ a = b \\]\n% symderive: foo\n\\[ c \\]"
    scanned = scan_latex(text)
    one, two = scanned.formulas
    assert (one.label, [d.kind for d in one.directives]) == ("one", ["label", "expect"])
    assert two.directives == ()
    assert [stray.kind for stray in scanned.stray] == ["malformed"]


@pytest.mark.parametrize(
    ("text", "broken", "others"),
    [
        ("$$a = b\n\nNow $$c$$", "a = b", ["c"]),
        ("\\[ a = b\n\n\\begin{align}c\\end{align}", " a = b", ["\\begin{align}c\\end{align}"]),
        ("\\begin{equation}\na = b\n\n\\[c\\]", "\na = b", ["c"]),
        ("$$ a = b \\end{document} $$", " a = b", []),
    ],
)
def test_a_forgotten_delimiter_ends_with_the_paragraph(text, broken, others):
    formulas = scan_latex(text).formulas
    assert [f.latex for f in formulas if not f.closed] == [broken]
    assert [f.latex for f in formulas if f.closed] == others


def test_inline_formulas_sections_and_sentences():
    text = "\\section{One $s$}\nIf $i=k$ then \\[a\\] Else \\(b\\). Then \\begin{math}c\\end{math}\n\\subsection{Two}\n$d$"
    formulas = scan_latex(text).formulas
    assert [(f.latex, f.section) for f in formulas] == [
        ("s", 1),
        ("i=k", 1),
        ("a", 1),
        ("b", 1),
        ("c", 1),
        ("d", 2),
    ]
    sentence = {f.latex: f.sentence for f in formulas}
    assert sentence["i=k"] == sentence["a"] != sentence["c"]
    assert sentence["d"] > sentence["c"]
