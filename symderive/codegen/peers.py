"""The same functions from elsewhere: what `lambdify` prints, and the libraries that are installed.

A peer takes and returns NumPy arrays whose first axis is the batch, as `measure` calls it. A library is
imported when one of its functions is asked for, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Add, Indexed, Max, Min, Mul, Sum, Symbol, lambdify

from symderive.codegen.regimes import INDEX
from symderive.codegen.standard_functions import StandardFunction
from symderive.terms import (
    BINDERS,
    Dim,
    IndexedMax,
    IndexedMin,
    free_names,
    limits_of,
    rebuild,
    substitute,
    unfold,
    walk,
)

__all__ = ["LIBRARIES", "lambdified", "peers_of"]

Array = NDArray[Any]
Function = Callable[..., Any]

#: The libraries that are asked, in order.
LIBRARIES = ("scipy", "torch", "jax", "sklearn")


def peers_of(row: StandardFunction) -> Iterator[tuple[str, Function]]:
    """The installed peers of a function: pairs of the library's name and a function on NumPy arrays.

    A gradient is the library's own derivative of the value.
    """
    for library in LIBRARIES:
        function = _TABLES[library].get(row.name)
        if function is not None and find_spec(library) is not None:
            yield library, function


def lambdified(row: StandardFunction, size: int) -> Function:
    """What SymPy's own `lambdify` makes of the formula, written out for dimensions of this size.

    The baseline that shows what a rewriting is worth. Every entry of the result is a text of its own: a size
    above some dozens takes long.

    Examples
    --------
    >>> from symderive.codegen.standard_functions import standard_function
    >>> softmax = lambdified(standard_function("softmax"), 2)
    >>> softmax(np.array([[0.0, 1000.0]]))
    array([[ 0., nan]])
    """
    term = unfold(row.term)
    term = substitute(term, {name: size for name in free_names(term) if isinstance(name, Dim)})
    symbols = {name.name: name for name in free_names(term)}
    index_names = {v.name: symbols[v.name] for v in row.variables if v.domain == INDEX}
    plain = [v for v in row.variables if v.domain != INDEX]
    columns = {(v.name, n): Symbol(f"{v.name}_{n}") for v in plain if v.axes for n in range(1, size + 1)}
    arguments = [columns[v.name, n] for v in plain if v.axes for n in range(1, size + 1)]
    arguments += [Symbol(v.name) for v in plain if not v.axes]

    @cache
    def entry(*places: int) -> Function:
        indices = (*row.indices, *index_names.values())
        written = _written(substitute(term, dict(zip(indices, places, strict=True))))
        entries = {
            node: columns[str(node.base), int(node.indices[0])]
            for node in walk(written)
            if isinstance(node, Indexed)
        }
        scalars = {name: Symbol(name.name) for name in free_names(written) if not name.is_integer}
        compiled: Function = lambdify(arguments, written.xreplace(entries).xreplace(scalars), "numpy")
        return compiled

    def function(*arrays: Array) -> Array:
        given = {v.name: array for v, array in zip(row.variables, arrays, strict=True)}
        flat = [given[v.name][:, n] for v in plain if v.axes for n in range(size)]
        flat += [given[v.name] for v in plain if not v.axes]
        points = len(next(iter(given.values())))
        result = np.empty((points, *[size] * len(row.indices)), dtype=flat[0].dtype)
        picked = [given[name] + 1 for name in index_names]
        for places in np.ndindex(*[size] * len(row.indices)):
            for n in range(points) if picked else (slice(None),):
                chosen = [int(p[n]) for p in picked] if picked else []
                part = entry(*(place + 1 for place in places), *chosen)
                result[(n, *places)] = part(*(column[n] for column in flat))
        return result

    return function


def _written(term: Any) -> Any:
    """A term whose limits are numbers with every binder written out."""
    if isinstance(term, BINDERS):
        bodies = [term.args[0]]
        for index, lower, upper in reversed(limits_of(term)):
            bodies = [substitute(b, {index: n}) for b in bodies for n in range(int(lower), int(upper) + 1)]
        joined = {Sum: Add, IndexedMax: Max, IndexedMin: Min}.get(type(term), Mul)
        return joined(*(_written(body) for body in bodies))
    return rebuild(term, _written) if term.args else term


def _torch(function: Callable[..., Any]) -> Function:
    def on_arrays(*arrays: Array) -> Array:
        torch = import_module("torch")
        tensors = [torch.from_numpy(np.ascontiguousarray(array)) for array in arrays]
        result: Array = function(torch, *tensors).detach().numpy()
        return result

    return on_arrays


def _torch_gradient(function: Callable[..., Any], position: int = 0) -> Function:
    def gradient(torch: Any, *tensors: Any) -> Any:
        inputs = [tensor.requires_grad_() if n == position else tensor for n, tensor in enumerate(tensors)]
        return torch.autograd.grad(function(torch, *inputs).sum(), inputs[position])[0]

    return _torch(gradient)


def _torch_entropy(torch: Any, x: Any, t: Any) -> Any:
    return torch.nn.functional.cross_entropy(x, t, reduction="none")


def _torch_bce(torch: Any, s: Any, label: Any) -> Any:
    return torch.nn.functional.binary_cross_entropy_with_logits(s, label, reduction="none")


def _torch_norm(torch: Any, x: Any, g: Any) -> Any:
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True)) * g


def _jax(function: Callable[..., Any]) -> Function:
    def on_arrays(*arrays: Array) -> Array:
        jax = import_module("jax")
        with _wide(jax):
            return np.asarray(function(jax, *(jax.numpy.asarray(array) for array in arrays)))

    return on_arrays


def _wide(jax: Any) -> Any:
    """The context in which jax keeps float64; its place has moved between versions."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    return import_module("jax.experimental").enable_x64()


def _jax_gradient(function: Callable[..., Any]) -> Function:
    def gradient(jax: Any, *arrays: Any) -> Any:
        return jax.grad(lambda first: function(jax, first, *arrays[1:]).sum())(arrays[0])

    return _jax(gradient)


def _jax_entropy(jax: Any, x: Any, t: Any) -> Any:
    rows = jax.nn.log_softmax(x, axis=-1)
    return -jax.numpy.take_along_axis(rows, t[:, None], axis=-1)[:, 0]


def _jax_bce(jax: Any, s: Any, label: Any) -> Any:
    return -label * jax.nn.log_sigmoid(s) - (1 - label) * jax.nn.log_sigmoid(-s)


def _jax_norm(jax: Any, x: Any, g: Any) -> Any:
    return x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True)) * g


def _scipy(name: str, **options: Any) -> Function:
    return lambda x: getattr(import_module("scipy.special"), name)(x, **options)


def _scipy_entropy(x: Array, t: Array) -> Array:
    rows = import_module("scipy.special").log_softmax(x, axis=-1)
    return np.asarray(-np.take_along_axis(rows, t[:, None], axis=-1)[:, 0])


def _scipy_entropy_gradient(x: Array, t: Array) -> Array:
    result = np.asarray(import_module("scipy.special").softmax(x, axis=-1))
    result[np.arange(len(x)), t] -= 1
    return result


def _scipy_kl(p: Array, q: Array) -> Array:
    return np.asarray(import_module("scipy.special").rel_entr(p, q).sum(axis=-1))


def _sklearn_softmax(x: Array) -> Array:
    return np.asarray(import_module("sklearn.utils.extmath").softmax(x, copy=True))


def _sklearn_manhattan(x: Array, y: Array) -> Array:
    return np.asarray(import_module("sklearn.metrics.pairwise").paired_manhattan_distances(x, y))


_TABLES: dict[str, dict[str, Function]] = {
    "scipy": {
        "softmax": _scipy("softmax", axis=-1),
        "log_softmax": _scipy("log_softmax", axis=-1),
        "cross_entropy": _scipy_entropy,
        "cross_entropy_gradient": _scipy_entropy_gradient,
        "sigmoid": _scipy("expit"),
        "logsumexp": _scipy("logsumexp", axis=-1),
        "kl_divergence": _scipy_kl,
        "kl_near": _scipy_kl,
    },
    "torch": {
        "softmax": _torch(lambda torch, x: torch.softmax(x, -1)),
        "log_softmax": _torch(lambda torch, x: torch.log_softmax(x, -1)),
        "cross_entropy": _torch(_torch_entropy),
        "cross_entropy_gradient": _torch_gradient(_torch_entropy),
        "soft_cross_entropy": _torch(_torch_entropy),
        "soft_cross_entropy_gradient": _torch_gradient(_torch_entropy),
        "sigmoid": _torch(lambda torch, s: torch.sigmoid(s)),
        "softplus": _torch(lambda torch, s: torch.nn.functional.softplus(s)),
        "bce_with_logits": _torch(_torch_bce),
        "bce_hard_gradient": _torch_gradient(_torch_bce),
        "bce_soft_gradient": _torch_gradient(_torch_bce),
        "rms_norm": _torch(_torch_norm),
        "logsumexp": _torch(lambda torch, x: torch.logsumexp(x, -1)),
    },
    "jax": {
        "softmax": _jax(lambda jax, x: jax.nn.softmax(x, axis=-1)),
        "log_softmax": _jax(lambda jax, x: jax.nn.log_softmax(x, axis=-1)),
        "cross_entropy": _jax(_jax_entropy),
        "cross_entropy_gradient": _jax_gradient(_jax_entropy),
        "sigmoid": _jax(lambda jax, s: jax.nn.sigmoid(s)),
        "softplus": _jax(lambda jax, s: jax.nn.softplus(s)),
        "bce_with_logits": _jax(_jax_bce),
        "bce_hard_gradient": _jax_gradient(_jax_bce),
        "bce_soft_gradient": _jax_gradient(_jax_bce),
        "rms_norm": _jax(_jax_norm),
        "logsumexp": _jax(lambda jax, x: jax.nn.logsumexp(x, axis=-1)),
    },
    "sklearn": {
        "softmax": _sklearn_softmax,
        "manhattan": _sklearn_manhattan,
    },
}
