"""Markdown that Git hosts show: allowed macros, paragraphs that stay formulas, and what our own checker says of it."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from book_claims import TOPICS
from derivation.test_book import derived
from symderive import check_text
from symderive.render import render_markdown
from symderive.rules import LANGUAGES

#: GitHub shows an error in place of a formula that uses one of these.
REFUSED = re.compile(r"\\(?:operatorname|mbox|phantom|def|newcommand|require|href|class|style|unicode)\b")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
def test_git_hosts_allow_every_macro(topic: str, language: str) -> None:
    """One refused macro, and the reader sees an error where the derivation should be."""
    for name, _, derivation in derived(topic):
        text = render_markdown(derivation, language=language)
        assert not REFUSED.search(text), name


@pytest.mark.parametrize("topic", TOPICS)
def test_a_display_is_one_paragraph_of_its_own(topic: str) -> None:
    """A line that begins like a list item, a heading's underline or code would end the formula."""
    for name, _, derivation in derived(topic):
        text = render_markdown(derivation)
        displays = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.DOTALL | re.MULTILINE)
        tokens = MarkdownIt().parse(text)
        paragraphs = [token.content for token in tokens if token.type == "inline"]
        for display in displays:
            assert f"$$\n{display}\n$$" in paragraphs, name
        kinds = {token.type for token in tokens}
        assert kinds <= {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline"}, name


@pytest.mark.parametrize("name", ["softmax/jacobian", "softmax/weights-sum-to-one", "softmax/jvp"])
def test_the_checker_proves_what_was_written(name: str) -> None:
    """A derivation pasted into notes is checked with them: its chain is read line by line, and proved."""
    derivation = next(d for found, _, d in derived("softmax") if found == name)
    formulas = check_text(render_markdown(derivation)).formulas
    assert not [f for f in formulas if f.status in ("REFUTED", "ILL_DEFINED", "NOT_UNDERSTOOD")]
    assert [f for f in formulas if "aligned" in f.latex and f.status == "PROVED"]
