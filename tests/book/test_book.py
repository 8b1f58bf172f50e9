"""The book: every formula that it claims is proved, and its two languages say the same."""

import doctest
import re
from functools import cache
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import symderive
import symderive.finite

BOOK = Path(__file__).parents[2] / "derivations"
TOPICS = (
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "classification_metrics",
    "cross_entropy",
    "gradient_clipping",
    "gradient_descent",
    "kl_divergence",
    "learning_rate_schedules",
    "lion",
    "manhattan_distance",
    "momentum",
    "nadam",
    "nesterov",
    "rademacher_complexity",
    "rmsprop",
    "root_mean_square",
    "sign_descent",
    "softmax",
    "vc_dimension",
    "weight_averaging",
)
#: Theorems of the literature that the book only cites, by topic and label.
CITED = {
    ("rademacher_complexity", "hoeffding-for-a-sign"),
    ("vc_dimension", "polynomial-growth"),
}
#: Formulas that the book shows because they are wrong.
MISPRINTS = {("rmsprop", "misprinted-second-moment"), ("root_mean_square", "misprinted-rms")}
#: Topics whose numbers are counted, not derived: their code calls the package.
FINITE = ("classification_metrics", "manhattan_distance", "rademacher_complexity", "vc_dimension")
PAGES = [f"{topic}{language}" for topic in TOPICS for language in ("", ".ko")]

_DISPLAY = re.compile(
    r"^\$\$\n(?P<dollars>.*?)^\$\$$|^```math\n(?P<fence>.*?)^```$", re.DOTALL | re.MULTILINE
)
_DIRECTIVE = re.compile(r"^<!-- symderive: (?P<text>.*?) -->$", re.MULTILINE)
_CODE = re.compile(r"^```python\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)


def page(name):
    return (BOOK / f"{name}.md").read_text(encoding="utf-8")


@cache
def report(name):
    return symderive.check_text(page(name), path=f"{name}.md")


def displays(text):
    return [match["dollars"] or match["fence"] for match in _DISPLAY.finditer(text)]


def directives(text):
    return [match["text"] for match in _DIRECTIVE.finditer(text)]


def labels(text):
    return [
        words[1] for words in (directive.split() for directive in directives(text)) if words[0] == "label"
    ]


def test_every_page_of_the_book_is_tested():
    assert sorted(path.name.removesuffix(".md") for path in BOOK.glob("*.md")) == sorted(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_check_finds_nothing(name):
    assert report(name).exit_code(strict=True) == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_claim_is_proved(name):
    """Not by instances, not by citation (save for the two theorems above), and nothing is left unread."""
    topic = name.removesuffix(".ko")
    formulas = report(name).formulas
    assert len(formulas) == len(displays(page(name)))
    wanted = {"PROVED", "DEFINITION"}
    for formula in formulas:
        allowed = wanted
        if (topic, formula.label) in CITED:
            allowed = {"CITED", "PROVED"}
        elif (topic, formula.label) in MISPRINTS:
            allowed = {"ILL_DEFINED"}
        elif formula.label is None:  # a hypothesis, on a line of its own
            allowed = {"DEFINITION", "EXPRESSION"}
        assert formula.status in allowed, (formula.line, formula.label, formula.status, formula.message)


@pytest.mark.parametrize("name", PAGES)
def test_labels_are_unique_and_every_claim_has_one(name):
    text = page(name)
    found = labels(text)
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", label) for label in found)
    unlabelled = [formula for formula in report(name).formulas if formula.label is None]
    assert all(formula.status != "PROVED" for formula in unlabelled)


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_say_the_same(topic):
    """The same formulas, labels and code in the same order, under the same headings."""
    english, korean = page(topic), page(f"{topic}.ko")
    assert displays(english) == displays(korean)
    assert directives(english) == directives(korean)
    assert _CODE.findall(english) == _CODE.findall(korean)
    assert _HEADING.findall(english) == _HEADING.findall(korean)
    assert [f.status for f in report(topic).formulas] == [f.status for f in report(f"{topic}.ko").formulas]


@pytest.mark.parametrize("topic", TOPICS)
def test_code_blocks_run(topic):
    code = "\n".join(_CODE.findall(page(topic)))
    test = doctest.DocTestParser().get_doctest(code, {}, topic, f"{topic}.md", 0)
    assert test.examples
    printed = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=printed.append).failed == 0, "".join(printed)


@pytest.mark.parametrize("topic", FINITE)
def test_finite_topics_call_the_package(topic):
    blocks = _CODE.findall(page(topic))
    assert len(blocks) >= 3
    assert all("from symderive.finite import" in block for block in blocks)


@pytest.mark.parametrize("name", PAGES)
def test_functions_that_are_named_exist(name):
    for function in re.findall(r"`symderive\.finite\.(\w+)`", page(name)):
        assert function in symderive.finite.__all__, function


@pytest.mark.parametrize("name", PAGES)
def test_any_host_shows_the_mathematics(name):
    """Some hosts hand mathematics through Markdown first, which eats ``\\\\`` and pairs of ``_``."""
    text = re.sub(r"\A---\n.*?^---\n", "", page(name), flags=re.DOTALL | re.MULTILINE)
    assert r"\operatorname" not in text  # refused by GitHub
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "inline":
            assert not re.search(r"\\[!-/:-@\[-`{-~]", token.content), token.content
            assert not any(child.markup.startswith("_") for child in token.children), token.content
            assert not any(child.type == "text" and "*" in child.content for child in token.children)
