"""Deadlines, crashes and memory: one formula never takes the others with it."""

import faulthandler
import multiprocessing
import os
import signal
import time

import pytest

import symderive.decide
import symderive.documents.reading
from symderive.decide import Status, Verdict
from symderive.documents import check_text
from symderive.documents.examination import Document
from symderive.documents.pool import check_documents
from symderive.documents.processes import start

GOOD = "$$a + b = b + a$$\n\n"
LINUX = pytest.mark.skipif(not hasattr(os, "fork"), reason="the workers inherit what the test replaced")
BAD = "$$z + z = 2 z$$\n\n"


def is_bad(claim):
    return "z" in str(claim.lhs)


@pytest.fixture
def judge_that(monkeypatch):
    """Replace the judge for formulas about z, in the workers too: they are forked after this."""

    def replace(behave):
        honest = symderive.decide.judge_claim

        def judge_claim(claim, timeout=None):
            return behave() if is_bad(claim) else honest(claim, timeout)

        monkeypatch.setattr(symderive.decide, "judge_claim", judge_claim)

    return replace


def hang():
    while True:
        pass


def hang_where_python_cannot_interrupt():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
    pow(3, 10**9)


def exhaust():
    kept = []
    while True:
        kept.append(bytearray(1 << 24))


def patience(behave):
    """The deadline of a test: short where it is what ends the formula, else not in the way."""
    return 1.0 if behave in (hang, hang_where_python_cannot_interrupt) else 20


def crash():
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)


def recurse():
    return recurse()


def fail():
    raise KeyError("an error of the judge's own")


@LINUX
@pytest.mark.parametrize("count", [1, 20], ids=["alone", "bench"])
@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (hang, "within 1 s"),
        (hang_where_python_cannot_interrupt, "within 1 s"),
        (exhaust, "memory"),
        (crash, "SIGSEGV"),
        (recurse, "nested"),
        (fail, "KeyError"),
    ],
)
def test_a_judge_that_fails_leaves_its_formula_undecided_and_judges_the_others(
    judge_that, behave, said, count
):
    judge_that(behave)
    begun = time.monotonic()
    report = check_text(GOOD * count + BAD + GOOD, timeout=patience(behave), jobs=2)
    assert time.monotonic() - begun < 60
    statuses = [formula.status for formula in report.formulas]
    assert statuses == ["PROVED"] * count + ["UNDECIDED", "PROVED"]
    undecided = report.formulas[count]
    assert undecided.code == "SD403"
    assert said in undecided.message
    assert report.exit_code() == 0
    assert report.exit_code(strict=True) == 1


@LINUX
@pytest.mark.parametrize("count", [1, 20], ids=["alone", "bench"])
def test_a_verdict_outlives_a_search_for_a_correction_that_hangs(judge_that, monkeypatch, count):
    """The counterexample is there already: losing it to the deadline would turn a finding into silence."""
    refuted = Verdict(Status.REFUTED, counterexample={"z": "1", "left side": "2", "right side": "3"})
    judge_that(lambda: refuted)
    monkeypatch.setattr("symderive.documents.examination.correction", lambda *_: hang())
    report = check_text(GOOD * count + BAD, timeout=1)
    assert [formula.status for formula in report.formulas] == ["PROVED"] * count + ["REFUTED"]
    assert report.formulas[-1].counterexample == refuted.counterexample


@LINUX
@pytest.mark.parametrize(
    ("behave", "said"), [(hang, "not read within 1 s"), (exhaust, "memory"), (crash, "SIGSEGV")]
)
def test_a_formula_that_cannot_be_read_is_not_understood_and_the_others_are(monkeypatch, behave, said):
    honest = symderive.documents.reading.read_document

    def read_document(displays, inlines, notation, watch=None):
        for number, display in enumerate(displays):
            watch(number)
            if "z" in display.latex:
                behave()
        return honest(displays, inlines, notation)

    monkeypatch.setattr(symderive.documents.reading, "read_document", read_document)
    report = check_text(GOOD + BAD + GOOD + BAD, timeout=patience(behave))
    statuses = [formula.status for formula in report.formulas]
    assert statuses == ["PROVED", "NOT_UNDERSTOOD", "PROVED", "NOT_UNDERSTOOD"]
    assert {formula.code for formula in report.formulas[1::2]} == {"SD104"}
    assert said in report.formulas[1].message


@LINUX
def test_a_document_whose_reading_fails_as_a_whole_is_an_error_and_the_next_is_checked(monkeypatch):
    honest = symderive.documents.reading.read_document

    def read_document(displays, *rest, **more):
        if any("z" in display.latex for display in displays):
            raise ValueError("the reader's own mistake")
        return honest(displays, *rest, **more)

    monkeypatch.setattr(symderive.documents.reading, "read_document", read_document)
    bad, good = check_documents([Document("bad.md", BAD), Document("good.md", GOOD)], jobs=2, timeout=5)
    assert [error.path for error in bad.errors] == ["bad.md"]
    assert "ValueError" in bad.errors[0].message
    assert [formula.status for formula in good.formulas] == ["PROVED"]


def test_the_order_is_that_of_the_document_however_many_work_on_it():
    text = "".join(f"$$a + {n} = {n} + a$$\n\n$$a = a + {n + 1}b$$\n\n" for n in range(20))
    one, two, four = (check_text(text, jobs=jobs) for jobs in (1, 2, 4))
    assert one.formulas == two.formulas == four.formulas
    assert [formula.line for formula in one.formulas] == sorted(formula.line for formula in one.formulas)


def test_judged_here_and_judged_in_workers_come_out_the_same():
    text = GOOD + "$$(a + b)^2 = a^2 + b^2$$\n\n$$\\boxplus$$\n\n$$x = $$ <!-- symderive: foo -->\n\n$$open"
    here, there = check_text(text, timeout=None), check_text(text)
    assert here == there


@pytest.mark.slow
def test_where_processes_cannot_fork_they_are_spawned():
    documents = [Document("a.md", GOOD * 20 + "$$a = a + 1 + b$$"), Document("b.md", GOOD)]
    spawned = check_documents(documents, jobs=2, timeout=10, how="spawn")
    forked = check_documents(documents, jobs=2, timeout=10)
    assert [checked.formulas for checked in spawned] == [checked.formulas for checked in forked]


def test_progress_counts_up_to_the_number_of_formulas():
    seen = []
    documents = [Document("a.md", GOOD * 3), Document("b.md", GOOD * 15)]
    check_documents(documents, jobs=2, progress=lambda done, known, path: seen.append((done, known, path)))
    assert [done for done, _, _ in seen] == list(range(1, 19))
    assert seen[-1][1] == 18


@LINUX
def test_no_process_is_left_behind(judge_that):
    judge_that(hang)
    check_text(GOOD * 20 + BAD, timeout=0.3, jobs=2)
    assert multiprocessing.active_children() == []


def answer(pipe):
    pipe.send("here")


def test_a_process_answers_through_its_pipe():
    child = start("spawn", answer)
    try:
        assert child.pipe.recv() == "here"
    finally:
        child.kill()
