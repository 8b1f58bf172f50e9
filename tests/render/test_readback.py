"""Over all of the book: each printed line is read by our own reader, and judged equal again."""

from __future__ import annotations

import json

import pytest

from book_claims import TOPICS
from derivation.test_book import derived
from symderive.decide import Status
from symderive.render import from_data, render_json


@pytest.mark.parametrize("topic", TOPICS)
def test_every_printed_line_of_the_book_reads_back_and_is_proved(topic: str) -> None:
    """A line that a person reads otherwise than the judge did would be a proof of something else."""
    for name, _, derivation in derived(topic):
        replayed = from_data(json.loads(render_json(derivation, detail="brief")))
        assert replayed.verdict.status is Status.PROVED, name
        assert len(replayed.steps) == len(derivation.steps), name
