"""``out=``: the numbers of a call without it, in the caller's arrays, whatever these share with the arguments."""

from __future__ import annotations

import inspect
import tracemalloc
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from sympy import exp, log

from c_formulas import FORMULAS, K, needs_compiler
from symderive.codegen.generate import generate
from symderive.codegen.generate_step import generate_step
from symderive.optimizers import RULES
from symderive.terms import Index, Vector, indexed_sum

Array = np.ndarray[Any, Any]

RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(4, 5)), np.array([0, 1, 2, 4])
i = Index("i", K)
PRODUCT = indexed_sum(Vector("x", K)[i] * Vector("y", K)[i], i)


pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.fixture(params=["numpy", "c"])
def target(request: pytest.FixtureRequest) -> str:
    """Each target that writes into arrays."""
    if request.param == "c":
        needs_compiler()
    return str(request.param)


@cache
def made(target: str, name: str, compute: str = "value") -> Callable[..., Any]:
    """A function of a formula of the table, or of the product of two vectors."""
    formula, by, more = (PRODUCT, None, {}) if name == "product of vectors" else FORMULAS[name]
    options = {**more, "compute": compute}
    return generate(formula, by, target=target, name=name.replace(" ", "_"), **options)[compute]


@pytest.fixture
def row_by_row(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[..., Any]]:
    """A function whose NumPy blocks have one row: what is written early is read late."""

    def of(*args: str) -> Callable[..., Any]:
        function = made(*args)
        if inspect.isfunction(function):
            monkeypatch.setitem(function.__globals__, "_BLOCK", 1)
        return function

    return of


def filled(shape: Any, dtype: Any = float) -> Array:
    """An array in which nothing was written yet."""
    return np.full(shape, 7, dtype)


# -- what is written -----------------------------------------------------------------------------------------

CALLS: list[tuple[str, str, tuple[Any, ...]]] = [
    ("softmax", "value", (X,)),
    ("softmax", "jacobian", (X,)),
    ("softmax", "vjp", (X, X[::-1])),
    ("softmax", "jvp", (X, X[::-1])),
    ("logsumexp", "hvp", (X, X[::-1])),
    ("cross_entropy", "value", (X, T)),
    ("cross_entropy", "gradient", (X, T)),
    ("cross_entropy", "value_and_gradient", (X, T)),
    ("cross_entropy", "value_and_gradient", (X[0], T)),
    ("cross_entropy", "value_and_gradient", (X[0], 2)),
    ("cross_entropy", "value_and_gradient", (X.reshape(2, 2, 5), T[:2])),
    ("cross_entropy", "gradient", (X[:0], T[:0])),
    ("mean_logsumexp", "gradient", (np.stack([X, -X, 2 * X]),)),
    ("kl", "gradient", (np.exp(X), np.exp(-X))),
    ("bce", "gradient", (X, 0.5)),
    ("bce", "value_and_gradient", (0.25, 0.5)),
]


@pytest.mark.parametrize(("name", "compute", "args"), CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_are_written_and_returned(
    target: str, name: str, compute: str, args: Any, dtype: Any
) -> None:
    """The same object comes back, with the same numbers, on the first call and on those that are remembered."""
    function = made(target, name, compute)
    args = tuple(a.astype(dtype) if np.ndim(a) and np.asarray(a).dtype.kind == "f" else a for a in args)
    wanted = function(*args)
    several = wanted if isinstance(wanted, tuple) else (wanted,)
    for _ in range(2):
        outs = tuple(filled(np.shape(w), w.dtype) for w in several)
        found = function(*args, out=outs if len(outs) > 1 else outs[0])
        assert all(f is o for f, o in zip(found if len(outs) > 1 else (found,), outs, strict=True))
        assert all(map(np.array_equal, outs, several))


def test_a_tuple_for_one_result_and_none_for_a_new_array(target: str) -> None:
    """As NumPy's functions have it."""
    value, both = made(target, "cross_entropy"), made(target, "cross_entropy", "value_and_gradient")
    losses, gradient = both(X, T)
    out = filled(4)
    assert value(X, T, out=(out,)) is out
    assert np.array_equal(value(X, T, out=None), losses)
    assert np.array_equal(value(X, T, out=(None,)), losses)
    out = filled((4, 5))
    new, same = both(X, T, out=(None, out))
    assert same is out
    assert np.array_equal(out, gradient)
    assert np.array_equal(new, losses)
    number, same = both(X[0], 0, out=(None, filled(5)))
    assert type(number) is np.float64


def test_axis_says_where_the_entries_lie_in_out_too(target: str) -> None:
    """The shape of `out` is that of the result, with its axis where the caller's is."""
    function = made(target, "cross_entropy", "value_and_gradient")
    logits, labels = RNG.normal(size=(2, 5, 3)), RNG.integers(0, 5, (2, 3))
    for axis in (1, -2):
        wanted = function(logits, labels, axis=axis)
        for order in "CF":
            outs = filled((2, 3)), filled((2, 5, 3)).copy(order)
            assert function(logits, labels, axis=axis, out=outs)[1] is outs[1]
            assert all(map(np.array_equal, outs, wanted))
        with pytest.raises(
            ValueError, match=r"out\[1\] has the shape \(2, 3, 5\), and the result has \(2, 5, 3\)"
        ):
            function(logits, labels, axis=axis, out=(None, filled((2, 3, 5))))
    jacobian = made(target, "softmax", "jacobian")
    assert np.array_equal(jacobian(X.T, axis=0, out=filled((4, 5, 5))), jacobian(X))


#: Views of 4 rows of 5 entries, each with a way to lie in memory that is not a row after the other.
VIEWS: dict[str, Callable[[], Array]] = {
    "every other column": lambda: filled((4, 10))[:, ::2],
    "every third row": lambda: filled((12, 5))[::3],
    "part of longer rows": lambda: filled((4, 9))[:, 2:7],
    "Fortran's order": lambda: filled((5, 4)).T,
    "rows backwards": lambda: filled((4, 5))[::-1],
    "entries backwards": lambda: filled((4, 5))[:, ::-1],
    "a diagonal": lambda: np.einsum("iji->ij", filled((4, 5, 4))),
    "not aligned": lambda: filled(161, np.uint8)[1:].view(float).reshape(4, 5),
    "a field": lambda: np.zeros((4, 5), [("a", np.int8), ("b", float)])["b"],
}


@pytest.mark.parametrize("view", VIEWS)
def test_arrays_of_any_strides(target: str, view: str) -> None:
    """What lies in memory otherwise than C or a block of rows writes it has the numbers where they belong."""
    function, logits = made(target, "cross_entropy", "gradient"), np.exp(X)
    for _ in range(2):
        out = VIEWS[view]()
        owner = out
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        others = owner.tobytes().count(filled(1).tobytes())
        assert function(logits, T, out=out) is out
        assert np.array_equal(out, function(logits, T))
        if owner.dtype == float:  # between the entries of the view nothing was written
            assert owner.tobytes().count(filled(1).tobytes()) == others - 20
    folded = VIEWS[view]().reshape(2, 2, 5) if view != "not aligned" else VIEWS[view]()[None]
    wanted = function(logits.reshape(folded.shape), T.reshape(folded.shape[:-1]))
    assert np.array_equal(
        function(logits.reshape(folded.shape), T.reshape(folded.shape[:-1]), out=folded), wanted
    )


def test_batches_of_several_axes_with_gaps(target: str) -> None:
    """Batch axes that are no single axis of rows are written through an array between."""
    function = made(target, "cross_entropy", "value_and_gradient")
    logits, labels = RNG.normal(size=(3, 4, 5)), RNG.integers(0, 5, (3, 4))
    outs = filled((4, 3)).T, filled((4, 3, 5)).transpose(1, 0, 2)
    assert function(logits, labels, out=outs)[1] is outs[1]
    assert all(map(np.array_equal, outs, function(logits, labels)))


def test_subclasses_are_written_like_arrays(
    target: str, tmp_path: Path, row_by_row: Callable[..., Any]
) -> None:
    """A gradient can go to a file; a matrix, whose parts have two axes always, is written right."""
    function = made(target, "cross_entropy", "gradient")
    on_disk = np.memmap(tmp_path / "gradient", float, "w+", shape=(4, 5))
    assert function(X, T, out=on_disk) is on_disk
    assert np.array_equal(np.fromfile(tmp_path / "gradient").reshape(4, 5), function(X, T))
    matrix = filled((4, 5)).view(np.matrix)
    slopes = row_by_row(target, "bce", "gradient")
    assert slopes(X, 0.5, out=matrix) is matrix
    assert np.array_equal(matrix, slopes(X, 0.5))


# -- what overlaps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compute", ["value", "vjp"])
def test_the_input_itself(target: str, compute: str, row_by_row: Callable[..., Any]) -> None:
    """In place: every entry of the result depends on all entries of its row."""
    function = row_by_row(target, "softmax", compute)
    given = [RNG.normal(size=(6, 5)) for _ in range(1 if compute == "value" else 2)]
    for place in range(len(given)):
        args = [array.copy() for array in given]
        assert function(*args, out=args[place]) is args[place]
        assert np.array_equal(args[place], function(*given))


def test_any_part_of_the_input(target: str, row_by_row: Callable[..., Any]) -> None:
    """Results that are written over logits not read yet, forwards, backwards and between."""
    function = row_by_row(target, "cross_entropy", "gradient")
    views: list[Callable[[Array], Array]] = [
        *(lambda base, n=n: base[n : n + 20].reshape(4, 5) for n in (0, 1, 5, 10, 13, 20, 40)),
        lambda base: base[:40].reshape(4, 10)[:, ::2],
        lambda base: base[:40].reshape(4, 10)[:, 1::2],
        lambda base: base[:40].reshape(8, 5)[::2],
        lambda base: base[19::-1].reshape(4, 5),
        lambda base: base[:20].reshape(5, 4).T,
    ]
    numbers = RNG.normal(size=60)
    for read, write in product(views, views):
        base = numbers.copy()
        wanted = function(read(numbers).copy(), T)
        out = write(base)
        assert function(read(base), T, out=out) is out
        assert np.array_equal(out, wanted)
        write(expected := numbers.copy())[...] = wanted
        assert np.array_equal(base, expected)


def test_a_row_for_all_and_numbers_a_row(target: str, row_by_row: Callable[..., Any]) -> None:
    """What every row reads must not change with the first; nor what a loop over rows reads ahead."""
    function = row_by_row(target, "softmax", "vjp")
    logits, base = X[0].copy(), RNG.normal(size=(6, 5))
    wanted = function(logits, base)
    for row in range(6):
        held = base.copy()
        held[row] = logits
        wanted = function(logits, held.copy())
        assert np.array_equal(function(held[row], held, out=held), wanted)
    slopes = row_by_row(target, "bce", "gradient")
    base = np.linspace(-1, 1, 40)
    for start in range(8):
        held = base.copy()
        wanted = slopes(base[4:36], base[2:34])
        assert np.array_equal(slopes(held[4:36], held[2:34], out=held[start : start + 32]), wanted)
    number = np.array(0.25)
    wanted = slopes(0.25, 0.5)
    assert slopes(number, 0.5, out=number) is number
    assert number == wanted


def test_labels_in_the_memory_of_the_result(target: str, row_by_row: Callable[..., Any]) -> None:
    """Integers are arguments, too."""
    function = row_by_row(target, "cross_entropy", "gradient")
    for start in (0, 8, 15):
        base = np.empty(20)
        labels = base[start : start + 4].view(np.int64)
        labels[:] = T
        out = base.reshape(4, 5)
        assert np.array_equal(function(X, labels, out=out), function(X, T))


def test_results_that_exchange_their_arguments(target: str, row_by_row: Callable[..., Any]) -> None:
    """The gradient of Σ x y is (y, x): written over x and y, the second must not read what the first wrote."""
    for name in ("product of vectors", "kl"):
        function = row_by_row(target, name, "gradient")
        p, q = np.exp(X), np.exp(-X)
        wanted = function(p, q)
        for order in (slice(None), slice(None, None, -1)):
            args = [p.copy(), q.copy()]
            outs = tuple(args[order])
            assert function(*args, out=outs)[0] is outs[0]
            assert all(map(np.array_equal, outs, wanted))


# -- what is refused -----------------------------------------------------------------------------------------


def read_only(shape: Any) -> Array:
    """An array that must not be written."""
    array = filled(shape)
    array.flags.writeable = False
    return array


WRONG: list[tuple[Any, type[Exception], str]] = [
    (filled((4, 6)), ValueError, r"out has the shape \(4, 6\), and the result has \(4, 5\)"),
    (filled((1, 4, 5)), ValueError, r"out has the shape \(1, 4, 5\), and the result has \(4, 5\)"),
    (filled(20), ValueError, r"out has the shape \(20,\)"),
    (filled(()), ValueError, r"out has the shape \(\)"),
    (filled((4, 5), np.float32), TypeError, "out holds float32, and the result is float64"),
    (filled((4, 5), int), TypeError, "out holds int64, and the result is float64"),
    (filled((4, 5), complex), TypeError, "out holds complex128"),
    (filled((4, 5), object), TypeError, "out holds object"),
    (
        filled((4, 5), np.dtype(float).newbyteorder()),
        TypeError,
        r"out holds [<>]f8, and the result is float64",
    ),
    (read_only((4, 5)), ValueError, "out is read-only"),
    (
        np.ma.masked_array(filled((4, 5))),
        TypeError,
        "out must be a NumPy array without a mask, not MaskedArray",
    ),
    ([[7.0] * 5] * 4, TypeError, "out must be a NumPy array without a mask, not list"),
    (7.0, TypeError, "out must be a NumPy array without a mask, not float"),
    ((), ValueError, r"out has 0 entries, and there must be one a result: 1"),
    ((filled((4, 5)),) * 2, ValueError, r"out has 2 entries, and there must be one a result: 1"),
    (as_strided(filled(8), (4, 5), (8, 8)), ValueError, "out has entries that share memory"),
    (as_strided(filled(5), (4, 5), (0, 8)), ValueError, "out has entries that share memory"),
    (as_strided(filled(20), (4, 5), (20, 8)), ValueError, "out has entries that share memory"),
]


@pytest.mark.parametrize(("out", "error", "message"), WRONG)
def test_arrays_that_are_none_for_the_result(
    target: str, out: Any, error: type[Exception], message: str
) -> None:
    """Whatever is written to such an array would be lost, cut, or in somebody else's memory."""
    function = made(target, "cross_entropy", "gradient")
    before = out.tobytes() if isinstance(out, np.ndarray) else None
    for _ in range(2):
        with pytest.raises(error, match=message):
            function(X, T, out=out)
        assert np.array_equal(function(X, T, out=filled((4, 5))), function(X, T))
    assert before is None or out.tobytes() == before


def test_tuples_of_several_results(target: str) -> None:
    """The entry that is wrong is named, and nothing is written to the others."""
    function = made(target, "cross_entropy", "value_and_gradient")
    losses, gradient, whole = filled(4), filled((4, 5)), filled(24)
    overlapping = [(whole[:4], whole[3:23].reshape(4, 5)), (whole[20:], whole[4:].reshape(4, 5))]
    for out, error, message in [
        (gradient, TypeError, "out must be a tuple of 2 arrays, not ndarray"),
        ([losses, gradient], TypeError, "out must be a tuple of 2 arrays, not list"),
        ((losses,), ValueError, "out has 1 entries, and there must be one a result: 2"),
        ((losses, None, None), ValueError, "out has 3 entries"),
        ((gradient, losses), ValueError, r"out\[0\] has the shape \(4, 5\), and the result has \(4,\)"),
        ((losses, gradient.astype(np.float32)), TypeError, r"out\[1\] holds float32"),
        ((losses, read_only((4, 5))), ValueError, r"out\[1\] is read-only"),
        ((losses, 7.0), TypeError, r"out\[1\] must be a NumPy array"),
        *((out, ValueError, r"out\[0\] and out\[1\] share memory") for out in overlapping),
    ]:
        with pytest.raises(error, match=message):
            function(X, T, out=out)
    assert (losses == 7).all()
    assert (gradient == 7).all()
    assert (whole == 7).all()
    outs = whole[:4], whole[4:].reshape(4, 5)
    assert all(map(np.array_equal, function(X, T, out=outs), function(X, T)))
    columns = filled((4, 10))
    pair = columns[:, ::2], columns[:, 1::2]  # side by side: their bounds overlap, and they do not
    gradients = made(target, "kl", "gradient")
    assert all(
        map(np.array_equal, gradients(np.exp(X), np.exp(-X), out=pair), gradients(np.exp(X), np.exp(-X)))
    )


def test_wrong_arguments_leave_it_as_it_was(target: str, row_by_row: Callable[..., Any]) -> None:
    """A label is looked at before the first row is written, though it may stand in the last."""
    function = row_by_row(target, "cross_entropy", "value_and_gradient")
    outs = filled(4), filled((4, 5))
    for _ in range(2):
        for args, error in [
            ((X, np.array([0, 0, 0, 5])), IndexError),
            ((X, np.array([0, 0, 0, -1])), IndexError),
            ((X, T * 1.0), TypeError),
            ((X, T[:3]), ValueError),
            ((X + 1j, T), TypeError),
            ((X,), TypeError),
        ]:
            with pytest.raises(error):
                function(*args, out=outs)
        assert (outs[0] == 7).all()
        assert (outs[1] == 7).all()
        function(X, T)  # remembered from here on


# -- what it costs, and who has it ---------------------------------------------------------------------------


def peak(run: Callable[[], Any]) -> int:
    """The most bytes that a second call holds at once."""
    run()
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory(target: str) -> None:
    """Contiguous arrays, and NumPy's with any rows, are written as they are; in place takes one array."""
    function = made(target, "softmax")
    logits = RNG.normal(size=(20_000, 300)).astype(np.float32)
    base = np.empty((20_000, 600), np.float32)
    out, strided = np.empty_like(logits), base[:, ::2]
    blocks = 0.6 * logits.nbytes if target == "numpy" else 0.01 * logits.nbytes
    assert peak(lambda: function(logits, out=out)) < blocks
    assert peak(lambda: function(logits, out=strided)) < blocks + (target == "c") * logits.nbytes
    assert peak(lambda: function(logits, out=logits)) < blocks + logits.nbytes
    assert peak(lambda: function(logits, out=logits[::-1])) < blocks + logits.nbytes


def test_signatures_and_docstrings(target: str) -> None:
    """`out` is a keyword, described in a docstring; a step of an optimizer has none."""
    value, both = made(target, "bce"), made(target, "cross_entropy", "value_and_gradient")
    for function in (value, both):
        parameter = inspect.signature(function).parameters["out"]
        assert (parameter.kind, parameter.default) == (inspect.Parameter.KEYWORD_ONLY, None)
    assert "\nout : array of the result's shape and type, optional\n" in inspect.cleandoc(str(value.__doc__))
    assert "\nout : tuple of arrays" in inspect.cleandoc(str(both.__doc__))
    step = generate_step(RULES["momentum/rate-inside"], target=target)
    (callable_,) = step.functions.values()
    assert "out" not in inspect.signature(callable_).parameters
    assert "out :" not in str(callable_.__doc__)
    with pytest.raises(TypeError, match="unexpected keyword argument 'out'"):
        step(X, X, X, 0.1, 0.9, out=(X, X))


def test_an_argument_called_out_is_renamed(target: str) -> None:
    """A document's name must not be taken for the array that is written."""
    named = Vector("out", K)
    function = generate(log(indexed_sum(exp(named[i]), i)), named, target=target, name="total")
    assert function(out_=X, out=filled(4)).shape == (4,)


def test_without_a_compiler_numpy_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function that stands in takes the same arguments."""
    monkeypatch.setenv("CC", "no-such-compiler")
    formula, by, more = FORMULAS["cross_entropy"]
    with pytest.warns(RuntimeWarning, match="computed by NumPy"):
        compiled = generate(formula, by, target="c", name="cross_entropy", **more)
    function = compiled["value_and_gradient"]
    outs = filled(4), filled((5, 4))
    assert function(X.T, T, axis=0, out=outs)[1] is outs[1]
    assert all(map(np.array_equal, outs, function(X.T, T, axis=0)))
    with pytest.raises(ValueError, match=r"out\[1\] has the shape"):
        function(X, T, out=outs)
