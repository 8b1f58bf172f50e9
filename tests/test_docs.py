"""What the project's own pages promise is held here: their commands, examples, links and limits."""

import doctest
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from symderive.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("derivations/*.md")])


class Block(NamedTuple):
    path: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks(path: Path) -> Iterator[Block]:
    """The fenced code blocks of a page."""
    fence = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
    text = path.read_text(encoding="utf-8")
    for match in fence.finditer(text):
        yield Block(path, text.count("\n", 0, match.start()) + 2, match["language"], match["text"])


def commands() -> dict[str, str]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"<!-- command: (\w+) -->\n```\w*\n(.+)\n```", readme))


PYTHON = [block for page in PAGES for block in blocks(page) if ">>>" in block.text]


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_examples_show_what_python_says(block: Block) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, {}, str(block), str(block.path), block.line - 1)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    results = doctest.DocTestRunner(optionflags=flags).run(test)
    assert results.failed == 0


def test_readme_gives_one_command_to_run_and_one_to_test() -> None:
    assert list(commands()) == ["run", "test"]
    assert "symderive check derivations" in commands()["run"]
    assert "pytest" in commands()["test"]


def test_readme_shows_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], update: bool
) -> None:
    """The first thing that a reader sees is real output; `pytest --update` puts today's there."""
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    notes = re.search(r"<!-- file: (\S+) -->\n```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    shown = re.compile(r"<!-- output: symderive ([^\n]+) -->\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    outputs = list(shown.finditer(text))
    assert notes
    assert outputs
    (tmp_path / notes[1]).write_text(notes[2], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")  # the width of the page, wherever this runs
    # From the end, so that what is rewritten moves nothing that is still to come.
    for found in reversed(outputs):
        command = found[1].split()
        assert main(command) == (1 if command[0] == "check" else 0)  # the notes hold two mistakes
        printed = capsys.readouterr().out
        if update:
            text = text[: found.start(2)] + printed + text[found.end(2) :]
        else:
            assert printed == found[2]
    if update:
        readme.write_text(text, encoding="utf-8")


def test_ci_runs_the_commands_of_the_readme_as_they_stand() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    body = text[text.index("readme_command() {") : text.index("step() {")]
    for name, command in commands().items():
        script = ["bash", "-c", f"{body}\nreadme_command {name}"]
        shown = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=True)
        assert shown.stdout == command
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=False).returncode == 0


def test_contributing_is_short() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```|\$\$.*?\$\$|`[^`\n]*`|\$[^$\n]*\$", "", text, flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), target
