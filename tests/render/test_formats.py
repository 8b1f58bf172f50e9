"""What every format shows of a derivation: the same lines, reasons in the language asked for, no loss."""

from __future__ import annotations

import json
import re

import pytest
from rich.cells import cell_len

from derivation.test_book import derived
from derivation.test_unprepared import derived as unprepared
from symderive import derive
from symderive.decide import Status
from symderive.derivation import Derivation
from symderive.render import FORMATS, from_json, render, render_json, vector_form
from symderive.terms import Partial, scalar


def of_book(name: str) -> Derivation:
    """A derivation of the book by its name."""
    return next(d for found, _, d in derived(name.partition("/")[0]) if found == name)


NAMES = ["softmax/jacobian", "kl_divergence/gibbs-inequality", "momentum/unrolled-velocity"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_text_fits_the_terminal(name: str, width: int, language: str) -> None:
    """A line that the terminal breaks by itself destroys the alignment."""
    text = render(of_book(name), "text", language=language, width=width)
    for line in text.splitlines():
        assert cell_len(line) <= width, line
    assert "\x1b[" not in text


def test_text_is_coloured_only_where_asked() -> None:
    """Escape sequences in a file or a pipe are rubbish."""
    derivation = of_book("softmax/jacobian")
    assert "\x1b[" in render(derivation, "text", colour=True)
    assert "\x1b[" not in render(derivation, "text")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_every_format_names_every_reason_in_both_languages(name: str, format: str) -> None:
    """A format that drops a reason shows a chain without its rules."""
    derivation = of_book(name)
    for language in ("en", "ko"):
        text = render(derivation, format, language=language)
        for step in derivation.steps:
            words = [word for word in re.split(r"[^\w가-힣]+", step.reason(language)) if len(word) > 3]
            plain = text.replace("\\", "")
            assert all(word in plain for word in words if word.isalpha() or "가" <= word[0] <= "힣"), words


def test_full_detail_has_a_line_for_every_rule_each_with_its_verdict() -> None:
    """A brief line that cannot be opened hides what was done."""
    derivation = of_book("softmax/jacobian")
    brief = json.loads(render_json(derivation, detail="brief"))
    full = json.loads(render_json(derivation, detail="full"))
    assert not any(step["steps"] for step in brief["steps"])
    assert sum(len(step["steps"]) or 1 for step in full["steps"]) == len(derivation.fine_steps)
    text = render(derivation, "text", detail="full")
    assert "UNDECIDED" not in text


@pytest.mark.parametrize(
    "name", [*NAMES, "cross_entropy/gradient-by-weights", "softmax/hessian-is-a-variance"]
)
def test_json_is_read_back_and_judged_anew(name: str) -> None:
    """What was written must be what was judged: the reader reads every line, the judge proves it again."""
    derivation = of_book(name)
    replayed = from_json(render_json(derivation, detail="brief"))
    assert replayed.verdict.status is Status.PROVED
    assert len(replayed.steps) == len(derivation.steps)
    assert [step.rule for step in replayed.steps] == [step.rule for step in derivation.steps]


@pytest.mark.parametrize(
    "name", ["softmax with temperature", "cosine similarity", "cross-entropy of an affine map by W"]
)
def test_derivations_from_python_are_read_back_too(name: str) -> None:
    """Abbreviations and named operations have to survive the way through LaTeX."""
    derivation = unprepared(name)
    replayed = from_json(derivation.to_json(detail="brief"))
    assert replayed.verdict.status is Status.PROVED
    assert len(replayed.steps) == len(derivation.steps)


def test_a_line_that_was_tampered_with_is_caught() -> None:
    """A status in a file proves nothing: only the judge does."""
    data = json.loads(render_json(of_book("softmax/jacobian"), detail="brief"))
    last = data["steps"][-1]
    changed = last["after"].replace("-", "+")
    assert changed != last["after"]
    last["after"] = data["result"] = changed
    replayed = from_json(json.dumps(data))
    assert replayed.verdict.status is Status.REFUTED


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"version": 1}', '{"version": 99, "steps": []}', '{"version": 1, "steps": 3}']
)
def test_what_is_no_derivation_is_refused(text: str) -> None:
    """A traceback from the depths is no message."""
    with pytest.raises(ValueError, match=r"\w+"):
        from_json(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("softmax/jacobian", r"diag"),
        ("cross_entropy/gradient-by-logits-normalised", r"\nabla"),
        ("cross_entropy/gradient-by-weights", r"\top"),
    ],
)
def test_vector_forms_are_found(name: str, expected: str) -> None:
    """People write diag(s) − s sᵀ: the components are how it is proved."""
    form = vector_form(of_book(name))
    assert form is not None
    assert expected in form


def test_a_derivation_shows_itself() -> None:
    """print, str and notebooks are how most people meet a derivation."""
    t = scalar("t")
    derivation = derive(t**3, t)
    assert "PROVED" in str(derivation)
    assert "$$" in derivation.markdown()
    assert derivation.latex().startswith("\\documentclass")
    assert derivation._repr_markdown_()
    assert derivation._repr_latex_().startswith("$")
    assert not any(isinstance(node, Partial) for node in [derivation.result])


def test_unknown_formats_languages_and_details_are_named() -> None:
    """The message lists what there is."""
    derivation = of_book("softmax/jacobian")
    for options, expected in (
        ({"format": "word"}, "text, latex, markdown, json"),
        ({"language": "de"}, "en"),
        ({"detail": "all"}, "brief, full"),
    ):
        with pytest.raises(ValueError, match=expected):
            render(derivation, **options)  # type: ignore[arg-type]
