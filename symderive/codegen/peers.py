"""What the libraries that are installed return for the same operations: SciPy, torch, JAX, scikit-learn."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

__all__ = ["PEERS", "peers"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Implementation: TypeAlias = "Callable[[Mapping[str, Array]], Sequence[Array]]"


def _torch(call: Callable[..., Any]) -> Callable[[Any], Implementation]:
    def make(module: Any) -> Implementation:
        def run(arguments: Mapping[str, Array]) -> Sequence[Array]:
            tensors = {n: module.from_numpy(np.array(a)) for n, a in arguments.items()}
            return [call(module, tensors).numpy()]

        return run

    return make


def _plain(call: Callable[..., Any]) -> Callable[[Any], Implementation]:
    def make(module: Any) -> Implementation:
        def run(arguments: Mapping[str, Array]) -> Sequence[Array]:
            with np.errstate(all="ignore"):
                return [np.asarray(call(module, arguments))]

        return run

    return make


def _jax(call: Callable[..., Any]) -> Callable[[Any], Implementation]:
    def make(module: Any) -> Implementation:
        jax = importlib.import_module("jax")

        def run(arguments: Mapping[str, Array]) -> Sequence[Array]:
            before = jax.config.jax_enable_x64
            jax.config.update("jax_enable_x64", True)
            try:
                return [np.asarray(call(module, arguments))]
            finally:
                jax.config.update("jax_enable_x64", before)

        return run

    return make


#: (operation, peer) → the module that it needs, and the call; arguments by the formula's names.
PEERS: dict[tuple[str, str], tuple[str, Callable[[Any], Implementation]]] = {
    ("softmax", "scipy"): ("scipy.special", _plain(lambda m, a: m.softmax(a["x"], axis=-1))),
    ("softmax", "torch"): ("torch", _torch(lambda m, a: m.softmax(a["x"], -1))),
    ("softmax", "jax"): ("jax.nn", _jax(lambda m, a: m.softmax(a["x"], axis=-1))),
    ("softmax", "sklearn"): ("sklearn.utils.extmath", _plain(lambda m, a: m.softmax(a["x"], copy=True))),
    ("log_softmax", "scipy"): ("scipy.special", _plain(lambda m, a: m.log_softmax(a["x"], axis=-1))),
    ("log_softmax", "torch"): ("torch", _torch(lambda m, a: m.log_softmax(a["x"], -1))),
    ("log_softmax", "jax"): ("jax.nn", _jax(lambda m, a: m.log_softmax(a["x"], axis=-1))),
    ("logsumexp", "scipy"): ("scipy.special", _plain(lambda m, a: m.logsumexp(a["x"], axis=-1))),
    ("logsumexp", "torch"): ("torch", _torch(lambda m, a: m.logsumexp(a["x"], -1))),
    ("sigmoid", "scipy"): ("scipy.special", _plain(lambda m, a: m.expit(a["z"]))),
    ("sigmoid", "torch"): ("torch", _torch(lambda m, a: m.sigmoid(a["z"]))),
    ("sigmoid", "jax"): ("jax.nn", _jax(lambda m, a: m.sigmoid(a["z"]))),
    ("softplus", "torch"): ("torch", _torch(lambda m, a: m.nn.functional.softplus(a["z"]))),
    ("softplus", "jax"): ("jax.nn", _jax(lambda m, a: m.softplus(a["z"]))),
    ("kl", "scipy"): ("scipy.special", _plain(lambda m, a: m.rel_entr(a["p"], a["q"]).sum(axis=-1))),
}


def peers(operation: str) -> dict[str, Implementation]:
    """The peers that are installed and have an operation, by name; their arguments are called as in `PEERS`.

    Examples
    --------
    >>> set(peers("kl")) <= {"scipy"}
    True
    """
    found: dict[str, Implementation] = {}
    for (name, peer), (module, make) in PEERS.items():
        if name != operation:
            continue
        try:
            found[peer] = make(importlib.import_module(module))
        except ImportError:
            continue
    return found
