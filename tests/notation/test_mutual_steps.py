"""Equations that give two sequences by each other are recurrences; other equations are what they were."""

import pytest

from symderive.documents import check_text


def _statuses(text):
    return [formula.status for formula in check_text(text, timeout=None).formulas]


@pytest.mark.parametrize(
    "text",
    [
        r"$$x_{k+1} = 2 y_k$$ $$y_{k+1} = x_{k+1} + x_k$$",
        r"$$x(n+1) = 2 y(n)$$ $$y(n+1) = x(n+1) + x(n)$$",
        r"$$a_t = b_{t-1}$$ $$b_t = c_{t-1} + 1$$ $$c_t = 2 a_t$$",
    ],
)
def test_sequences_that_shift_each_other_are_defined(text):
    """Fails where a definition of a sequence by another is judged as a claim, and refuted."""
    assert set(_statuses(text)) == {"DEFINITION"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A circle that comes back to the same index is none of steps.
        (r"$$d_i = x_i - c$$ $$x_i = d_i + c$$", ["DEFINITION", "DEFINITION"]),
        (r"$$x_i = d_i + c$$ $$x_i - d_i = c$$", ["DEFINITION", "PROVED"]),
        (r"$$x_i = d_i + c$$ $$x_i - d_i = c + 1$$", ["DEFINITION", "REFUTED"]),
        # Different sections speak of different things.
        (r"$$s_i = q_{i+1}$$" + "\n\n# Other\n\n" + r"$$s_i + q_i = q_i + s_i$$", ["DEFINITION", "PROVED"]),
        # A recurrence by its own past is proved and refuted as before.
        (r"$$v_t = 2 v_{t-1} + w_t$$ $$v_t = 2^t v_0 + \sum_{i=1}^t 2^{t-i} w_i$$", ["DEFINITION", "PROVED"]),
        (
            r"$$v_t = 2 v_{t-1} + w_t$$ $$v_t = 2^t v_0 + \sum_{i=1}^t 2^{t-i+1} w_i$$",
            ["DEFINITION", "REFUTED"],
        ),
    ],
)
def test_other_equations_are_read_as_before(text, expected):
    """Fails where a claim about entries of a vector is taken for a recurrence and never judged."""
    assert _statuses(text) == expected
