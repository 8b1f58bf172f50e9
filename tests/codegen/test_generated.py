"""What `generate` returns, to those who look at it: a line, a signature, a text, a place in a table."""

from __future__ import annotations

import inspect
import pickle

import numpy as np
import pytest

from symderive import generate
from symderive.codegen.c_support import has_compiler


def test_it_shows_itself_in_a_line() -> None:
    """Plans and sources filled the screen."""
    made = generate("cross_entropy/loss-by-logits", compute="value,gradient", name="cross_entropy")
    assert repr(made) == "<Generated cross_entropy: value, gradient; target numpy; PROVED>"


def test_it_is_itself_and_no_other() -> None:
    """Keys of dictionaries must be hashed: two are the same where they are the same object."""
    first, second = generate("softmax/softmax"), generate("softmax/softmax")
    assert len({first, second, first}) == 2


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_it_has_the_signature_of_what_it_calls(target: str) -> None:
    """`help` and editors read it; `(*args, **kwargs)` says nothing."""
    if target == "c" and (reason := has_compiler()) is not None:
        pytest.skip(reason)
    made = generate("softmax/softmax", target=target)
    assert list(inspect.signature(made).parameters)[:3] == ["x", "axis", "out"]
    assert (made.__doc__ or "").startswith("The value of softmax/softmax.")


@pytest.mark.parametrize("target", ["numpy", "c"])
def test_functions_are_pickled(target: str) -> None:
    """A module that nobody finds by its name is no place for a function; the same text is made once."""
    if target == "c" and (reason := has_compiler()) is not None:
        pytest.skip(reason)
    function = generate("softmax/softmax", target=target)["value"]
    generate("softmax/softmax", target=target)
    again = pickle.loads(pickle.dumps(function))  # noqa: S301 - written a line before
    assert again(np.zeros(2)).tolist() == [0.5, 0.5]
    if target == "numpy":
        assert inspect.getsource(function).startswith("def softmax(x")


def test_jax_traces_it() -> None:
    """`jax.jit` keeps what it traced by the function's hash."""
    jax = pytest.importorskip("jax")
    made = generate("softmax/softmax", target="jax")
    assert np.allclose(jax.jit(made)(np.zeros(4)), 0.25)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, of how it traces
def test_torch_compiles_it() -> None:
    """It looks for the globals of a function in `sys.modules`."""
    torch = pytest.importorskip("torch")
    softmax = generate("softmax/softmax", target="torch")
    compiled = torch.compile(softmax["value"], backend="eager")
    assert torch.allclose(compiled(torch.zeros(4)), torch.full((4,), 0.25))
