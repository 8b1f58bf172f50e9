"""Sequences over steps, and lengths that no array tells: both are refused before a file is written."""

from __future__ import annotations

import numpy as np
import pytest

from symderive import generate
from symderive.cli import main

SEQUENCES = {
    "adam/no-memory": "generate adam",
    "lion/mixture-and-momentum": "generate lion",
    "momentum/velocity-from-parameters": "generate momentum",
    "adadelta/first-update": "generate adadelta",
    "adam/unrolled-first-moment": "generate adam",
}


@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_over_steps_has_no_code(name: str, target: str) -> None:
    """An axis without an end was printed as `oo`, or was an internal error."""
    with pytest.raises(ValueError, match="is a sequence over steps") as raised:
        generate(name, target=target)
    assert f"by its name ({SEQUENCES[name]})" in str(raised.value)


def test_the_command_says_what_to_generate(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one line."""
    assert main(["generate", "adam/no-memory"]) == 2
    assert "has no code: generate the optimizer's step by its name" in capsys.readouterr().err


def test_steps_by_name_have_code() -> None:
    """What the message advises must work."""
    step = generate("adam")
    assert len(step(np.ones(2), np.ones(2), np.zeros(2), np.zeros(2), 0.1, 0.9, 0.99, 1e-8, 1)) == 3


@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("name", ["vc_dimension/intervals", "adam/sum-of-the-weights"])
def test_a_length_that_no_array_has_is_named(name: str, target: str) -> None:
    """The file was written, and its function ended in a NameError."""
    with pytest.raises(ValueError, match=r"no argument says what [mn] is"):
        generate(name, target=target)
