"""The command line: its answers, its exit codes, and how fast it starts."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symderive import book
from symderive.cli import main

TRUE, FALSE = "$$a + b = b + a$$\n", "$$(a + b)^2 = a^2 + b^2$$\n"
ROOT = Path(__file__).resolve().parents[1]
RUN = [sys.executable, "-m", "symderive"]


@pytest.fixture
def notes(tmp_path):
    def write(text, name="notes.md"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def run(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **options.pop("env", {})}
    return subprocess.run(
        [*RUN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=120,
        **options,
    )


def test_exit_codes(notes, capsys):
    """0 no finding, 1 a finding, 2 a file that could not be checked, even when the others could."""
    true, false, odd = notes(TRUE, "t.md"), notes(FALSE, "f.md"), notes("$$\\boxplus x$$", "o.md")
    assert main(["check", true]) == 0
    assert main(["check", false]) == 1
    assert main(["check", odd]) == 0
    assert main(["check", "--strict", odd]) == 1
    assert main(["check", true, "missing.md"]) == 2
    assert main(["check", false, "missing.md"]) == 2
    assert "SD201 REFUTED" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["check"],
        ["check", "--jobs", "0", "x"],
        ["check", "--jobs", "many", "x"],
        ["check", "--timeout", "-1", "x"],
        ["check", "--timeout", "nan", "x"],
        ["check", "--format", "xml", "x"],
        ["list", "--format", "xml"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["check", "--help"], ["list", "--help"], ["explain", "--help"]]
)
def test_help_shows_examples(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 0
    assert "examples:\n  symderive " in capsys.readouterr().out


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_machines_get_nothing_but_what_they_read(form, notes):
    done = run("check", "--format", form, notes(FALSE + "$$한$$"), env={"LC_ALL": "C", "PYTHONUTF8": "0"})
    assert json.loads(done.stdout)["version"] in (1, "2.1.0")
    assert done.stderr == ""


def test_standard_input_is_a_document(notes):
    done = run("check", "--format", "concise", "-", input=FALSE)
    assert done.stdout.startswith("<stdin>:1:3: SD201 REFUTED")
    assert done.returncode == 1


def test_a_notation_file_declares_and_is_checked(notes):
    text = notes("$$p(x + 1) = p x + p$$")
    good, bad = notes("names: {p: scalar}", "n.yaml"), notes("names: [p]", "b.yaml")
    assert main(["check", "--strict", "--notation", good, text]) == 0
    assert main(["check", "--notation", bad, text]) == 2
    assert main(["check", "--notation", "missing.yaml", text]) == 2


def test_declarations_are_shown_on_request(notes, capsys):
    path = notes("$$\\sum_{i=1}^K (x_i + x_i) = 2 \\sum_{i=1}^K x_i$$")
    main(["check", path])
    assert ": declarations" not in capsys.readouterr().out
    main(["check", "--show-declarations", path])
    assert "K: dim (inferred, line 1)" in capsys.readouterr().out


def test_no_colour_and_no_progress_where_nobody_watches(notes):
    done = run("check", notes(FALSE))
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_a_reader_that_stops_reading_is_no_error(notes):
    path = notes(FALSE * 50)
    command = (
        f'"{sys.executable}" -m symderive check --format concise "{path}" | head -1; exit ${{PIPESTATUS[0]}}'
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    assert done.stderr == ""
    assert done.returncode == 1


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_everything_without_a_traceback(notes):
    """The workers are in the same process group and get the signal, too."""
    path = notes("$$\\sum_{i=1}^n \\frac{1}{i^2} < 1.6449341$$\n\n" * 2_000)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*RUN, "check", "--jobs", "2", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
        # A shell that runs the tests in the background ignores the signal, and so would the command.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(4)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "interrupted" in errors
    for _ in range(150):  # nobody of the group is left, if not at once
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("a worker outlived the command")


def test_an_error_of_our_own_is_one_line_and_exit_code_2(monkeypatch, notes, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("symderive.documents.check.check_paths", broken)
    assert main(["check", notes(TRUE)]) == 2
    assert "internal error: ZeroDivisionError: ours" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("SD201", "SD201 refuted-equality"),
        ("sd302", "SD302"),
        ("unclosed-display", "SD101"),
        ("UNDECIDED", "running out of time is undecided"),
        ("ill-defined", "ILL_DEFINED"),
    ],
)
def test_explain(asked, said, capsys):
    assert main(["explain", asked]) == 0
    assert said in capsys.readouterr().out


def test_explain_without_a_code_lists_all_and_a_wrong_one_is_answered_with_the_nearest(capsys):
    assert main(["explain"]) == 0
    assert "SD501" in capsys.readouterr().out
    assert main(["explain", "SD20"]) == 2
    assert "SD20" in capsys.readouterr().err


def test_explain_names_what_is_near_as_it_is_typed(capsys):
    """In capitals none of them could be found in the documentation or copied to the next command."""
    assert main(["explain", "adam/nope"]) == 2
    said = capsys.readouterr().err
    assert "adam" in said
    assert "ADAM" not in said
    assert main(["explain", "unclosed-displey"]) == 2
    assert "unclosed-display" in capsys.readouterr().err
    assert main(["explain", "refutd"]) == 2
    assert "REFUTED" in capsys.readouterr().err


def test_list_names_the_book_in_both_languages(capsys):
    assert main(["list"]) == 0
    text = capsys.readouterr().out
    assert "softmax/jacobian" in text
    assert main(["list", "--format", "json"]) == 0
    topics = json.loads(capsys.readouterr().out)["topics"]
    assert {"en", "ko"} == set(topics[0]["titles"])
    assert str(ROOT) not in json.dumps(topics)


def test_the_labels_of_list_are_those_that_check_sees():
    """`list` reads labels with its own few lines, so as to be quick: they must agree with the real thing."""
    from symderive.documents.markdown import scan_markdown

    for topic in book.topics():
        scanned = scan_markdown(topic.path().read_text(encoding="utf-8"))
        assert [entry.label for entry in topic.entries] == [f.label for f in scanned.formulas if f.label]


def test_the_book_is_found_by_name():
    topic, entry = book.find("softmax/softmax")
    assert (topic.name, entry.name) == ("softmax", "softmax/softmax")
    with pytest.raises(LookupError, match="softmax/softmax"):
        book.find("softmax/sotfmax")


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["explain", "SD201"], ["--version"]])
def test_what_computes_nothing_does_not_import_sympy(arguments):
    code = (
        "import sys; from symderive.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print(sorted({'sympy', 'flint', 'numpy', 'yaml', 'markdown_it', 'multiprocessing'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_public_names_are_there_and_are_listed():
    import symderive

    assert set(symderive.__all__) <= set(dir(symderive))
    assert all(getattr(symderive, name) is not None for name in symderive.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        symderive.nothing
