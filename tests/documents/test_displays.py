"""Where formulas are found in Markdown, and where they are not."""

import pytest

from symderive.documents.displays import SourceText, closing, label_of, prose_words
from symderive.documents.markdown import scan_markdown
from symderive.documents.running_text import scan

AGREE = "$$a = b$$"


def found(text, *, display=True):
    return [formula.latex for formula in scan_markdown(text).formulas if formula.display is display]


def places(text):
    scanned = scan_markdown(text)
    return [scanned.source.place(formula.position) for formula in scanned.formulas if formula.display]


@pytest.mark.parametrize(
    "text",
    [
        "text $$a = b$$ text",
        r"text \[a = b\] text",
        r"text \\[a = b\\] text",
        "```math\na = b\n```",
        "~~~ math\na = b\n~~~",
        "```{math}\n:label: rms\n\na = b\n```",
        "> quoted $$a = b$$",
        "- item\n\n  $$a = b$$",
        "1. item $$a = b$$",
        "# heading $$a = b$$",
        "heading $$a = b$$\n===",
        "| cell | $$a = b$$ |\n|---|---|",
        "<div>\n$$a = b$$\n</div>",
        "[^1]: footnote $$a = b$$",
        "$$a = b$$ <!-- $$no$$ -->",
        "수식은 $$a = b$$입니다.",
        "costs \\$5 and $10, $$a = b$$",
        "---\ntitle: $$no$$\n---\n$$a = b$$",
        "(https://example.org/x)$$a = b$$",
        "[link](https://example.org/$$no$$) $$a = b$$",
        "`$$no$$` $$a = b$$",
        "``a ` $$no$$`` $$a = b$$",
        "if x <y and $$a = b$$ > z",
    ],
)
def test_a_display_is_found_in_every_place_where_one_may_stand(text):
    assert [latex.strip() for latex in found(text)] == ["a = b"]


@pytest.mark.parametrize(
    "text",
    [
        "    $$code = 1$$",
        "```python\n$$code = 1$$\n```",
        "`$$code = 1$$`",
        "<!-- $$comment = 1$$ -->",
        "<!--\n$$comment = 1$$\n\n$$more = 1$$\n-->",
        "<script>\n$$script = 1$$\n</script>",
        "<pre>$$pre = 1$$</pre>",
        "<code>$$code = 1$$</code> text",
        "[a]: https://example.org/$$a=b$$",
        r"\$\$no\$\$",
        "$5 and $10",
        r"see \[the second part of this text\]",
        r"- \[ \] to do",
        "$$ $$",
        "$$",
    ],
)
def test_what_is_no_mathematics_is_left_alone(text):
    """Money, code, comments, addresses and escaped brackets: a finding there would be a false alarm."""
    assert [f for f in scan_markdown(text).formulas if f.closed] == []


def test_several_displays_stand_in_one_long_paragraph():
    text = "one $$a$$ two $$\\text{RMS of $x[n]$ : } r$$ three $x$ four $$c$$ five"
    assert found(text) == ["a", "\\text{RMS of $x[n]$ : } r", "c"]
    assert found(text, display=False) == ["x"]


@pytest.mark.parametrize("mark", ["- b", "+ b", "* b", "> b", "= b", "1. b", "--- b", "=", "---"])
def test_markdown_inside_a_display_is_mathematics(mark):
    """Without a rule for displays, `- b` starts a list, `> b` a quotation and `=` makes a heading."""
    text = f"text\n\n$$\na\n{mark}\nc\n$$\n\nafter $$d$$"
    assert found(text) == [f"\na\n{mark}\nc\n", "d"]


def test_two_displays_of_several_lines_in_one_paragraph():
    assert found("x $$a\n- b$$ and $$c\n- d$$\n- item $$e$$") == ["a\n- b", "c\n- d", "e"]


def test_environments_are_displays_with_their_delimiters():
    text = "\\begin{align*}\na &= b \\\\[2pt]\nc &= d\n\\end{align*} and $$\\begin{aligned}x\\end{aligned}$$"
    assert found(text) == [text[: text.index(" and")], "\\begin{aligned}x\\end{aligned}"]


def test_quote_marks_are_blanked_so_that_offsets_stay():
    text = "> a $$x\n>   > y$$"
    (formula,) = scan_markdown(text).formulas
    assert formula.latex == "x\n    > y"
    assert text[formula.position : formula.position + len(formula.latex)].replace(">", " ") == "x\n      y"


def test_a_display_may_hold_blank_lines_when_no_prose_is_in_it():
    assert found("$$\n\na = b\n\n$$ and\nthen $$c$$") == ["\n\na = b\n\n", "c"]


@pytest.mark.parametrize(
    ("text", "unclosed", "others"),
    [
        ("$$a = b … Read more\n\nnext $$c$$", "a = b … Read more", ["c"]),
        ("one $$a$$ two $$b = … Read more", "b = … Read more", ["a"]),
        ("$$a = b, and here words follow. Then $$c = d$$ is right", None, ["c = d"]),
        ("$$\na = b\n\nThe next paragraph of words is here.\n\n$$\nc\n$$", "\na = b", ["\nc\n"]),
        ("\\[ a = b\n\n$$c$$", " a = b", ["c"]),
        ("\\begin{align} a \\\\[2pt] b\n\n$$c$$", " a \\\\[2pt] b", ["c"]),
        ("```math\na = b\n\ntext $$c$$", "a = b", ["c"]),
        ("```math\na = b\n\ntext\n\n```math\nc\n```", "a = b", ["c"]),
        ("```math\na = b\n```math\nc\n```", "a = b", ["c"]),
        ("$$\\begin{align}a\\end{align}\n\n$$c$$", "", ["\\begin{align}a\\end{align}", "c"]),
        ("$$x", "x", []),
    ],
)
def test_a_forgotten_delimiter_costs_one_formula_and_not_the_rest(text, unclosed, others):
    formulas = [f for f in scan_markdown(text).formulas if f.display]
    (broken,) = [f for f in formulas if not f.closed]
    assert unclosed is None or broken.latex == unclosed
    assert [f.latex for f in formulas if f.closed] == others


def test_the_display_that_was_forgotten_is_the_one_that_looks_like_it():
    """With an odd number of `$$`, pairing them in order would make formulas of all the text between them."""
    text = "the sum is $$a = b and this was never closed. Now $$c = d$$ and $$e = f$$ are."
    assert [(f.latex, f.closed) for f in scan_markdown(text).formulas] == [
        ("a = b and this was never closed. Now", False),
        ("c = d", True),
        ("e = f", True),
    ]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("let $x_i$가 be", "x_i"),
        (r"let \(x_i\) be", "x_i"),
        (r"let \\(x_i\\) be", "x_i"),
        ("let $`x_i`$ be", "x_i"),
        (r"let $\text{if $y$}$ be", r"\text{if $y$}"),
        ("$5 and $x_i$", "x_i"),
    ],
)
def test_inline_formulas(text, latex):
    assert found(text, display=False) == [latex]


@pytest.mark.parametrize(
    "text", ["$5 and $10", "US$5,HK$6", "a $ b $ c", "\\$x\\$", "`$x$`", "$x\n\ny$", "$$"]
)
def test_money_is_no_inline_formula(text):
    assert found(text, display=False) == []


def test_lines_and_columns_count_code_points_from_one():
    """With CRLF, a byte order mark, tabs and characters outside the basic plane."""
    assert places("\ufeff$$a$$\r\n\r\n𝔸가\t$$b$$\r\n> $$\r\n> c$$") == [(1, 3), (3, 6), (4, 5)]
    assert places("a\rb $$c$$") == [(2, 5)]
    assert places("a\u2028b\x0b $$c$$") == [(1, 8)]


def test_sections_and_sentences_are_numbered():
    text = "# A\nIf $i = k$ then $$a$$. If $i \\neq k$, i.e. $x$, then $$b$$\n\nSub\n---\n\n$$c.$$ Now $$d$$"
    formulas = scan_markdown(text).formulas
    sections = {f.latex: f.section for f in formulas}
    sentences = {f.latex: f.sentence for f in formulas}
    assert sections == {"i = k": 1, "a": 1, "i \\neq k": 1, "x": 1, "b": 1, "c.": 2, "d": 2}
    assert sentences["i = k"] == sentences["a"] != sentences["b"]
    assert sentences["i \\neq k"] == sentences["x"] == sentences["b"]
    assert sentences["c."] != sentences["d"]


def test_labels_come_from_the_formula_the_fence_or_a_comment():
    text = "$$a \\label{eq:a}$$\n\n<!-- symderive: label b -->\n$$b$$\n\n```{math}\n:label: c\nc\n```"
    assert [f.label for f in scan_markdown(text).formulas] == ["eq:a", "b", "c"]
    assert label_of(r"\label{}") is None


def test_the_closing_delimiter_may_be_escaped_or_inside_text():
    assert closing(r"\text{a $$ b} c$$", 0, "$$") == 15
    assert closing(r"a \\] b\]", 0, r"\]") == 7
    assert closing(r"a\$$$", 0, "$$") == 3
    assert closing(r"\text{a $$ b", 0, "$$") == 8, "braces that do not balance hide nothing"


def test_words_tell_prose_from_mathematics():
    assert prose_words(r"\operatorname{softmax}(x)_i = \frac{\exp x_i}{TP + FN}") <= 2
    assert prose_words("and this is a whole sentence") >= 5
    assert prose_words("이것은 문장입니다") == 2


def test_a_place_knows_its_line():
    source = SourceText("ab\ncd\n")
    assert [source.place(offset) for offset in (0, 2, 3, 6)] == [(1, 1), (1, 3), (2, 1), (3, 1)]
    assert [source.line(number) for number in (1, 2, 3)] == ["ab", "cd", ""]


def test_comments_are_reported_with_their_place():
    (comment,) = scan("a <!-- b --> c").comments
    assert (comment.text, comment.start, comment.end) == (" b ", 2, 12)
