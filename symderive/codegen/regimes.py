"""Where functions are measured: inputs by kind and by regime, drawn from a seed.

A regime says how numbers are drawn for each kind of argument; a kind for which it says nothing is drawn as
usual. What was drawn before is known to what is drawn next: targets equal to the softmax, masked weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from sympy import Expr

from symderive.codegen.argument_kinds import KINDS
from symderive.codegen.functions import Function
from symderive.codegen.kernel import Kind
from symderive.terms import Dim

__all__ = ["REGIMES", "Draw", "drawn"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Sampler: TypeAlias = "Callable[[Draw], Array]"

_GAPS = (10.0, 16.7, 36.8, 100.0, 700.0, 1000.0)


@dataclass(frozen=True)
class Draw:
    """What a sampler knows: randomness, the shape ``(rows, …axes)``, the type, what was drawn before."""

    rng: np.random.Generator
    shape: tuple[int, ...]
    dtype: str
    before: Mapping[str, tuple[str, Array]] = field(default_factory=dict)

    def normal(self, scale: float = 1.0) -> Array:
        """Normal numbers."""
        return self.rng.normal(0, scale, self.shape)

    def uniform(self, low: float, high: float) -> Array:
        """Uniform numbers."""
        return self.rng.uniform(low, high, self.shape)

    def each(self, values: Sequence[float]) -> Array:
        """One of some values a row."""
        return self.rng.choice(np.array(values), self.shape[:1]).reshape((-1,) + (1,) * (len(self.shape) - 1))

    def one_hot(self) -> Array:
        """One entry a row of the last axis is True."""
        found = np.zeros(self.shape, dtype=bool)
        if len(self.shape) == 1:
            return self.rng.random(self.shape) < 0.5
        place = self.rng.integers(0, self.shape[-1], self.shape[:-1])
        np.put_along_axis(found, place[..., None], True, axis=-1)
        return found

    def last(self, *kinds: str) -> Array | None:
        """The array of one of these kinds that was drawn last, if it has this shape."""
        for kind, array in reversed(list(self.before.values())):
            if kind in kinds and array.shape == self.shape:
                return array
        return None

    @property
    def tiny(self) -> float:
        """The smallest normal number."""
        return float(np.finfo(self.dtype).tiny)


def _share(logits: Array) -> Array:
    if logits.ndim == 1:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -700, 700))))
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _distribution(scale: float) -> Sampler:
    """Weights whose sum is exactly 1 in both types."""

    def sample(d: Draw) -> Array:
        share = _share(d.normal(scale))
        parts = np.floor(share * 2**20)
        place = parts.argmax(axis=-1)[..., None]
        missing = 2**20 - parts.sum(axis=-1, keepdims=True)
        np.put_along_axis(parts, place, np.take_along_axis(parts, place, -1) + missing, -1)
        return np.asarray(parts / 2**20)

    return sample


def _near_logits(d: Draw) -> Array:
    """Logits whose softmax is nearly a distribution that was drawn before, or all nearly equal."""
    weights = d.last("distribution")
    if weights is not None:
        return np.log(np.maximum(weights, 1e-9)) * (1 + 1e-12 * d.normal())
    return d.each((0.0, 1.0, -30.0)) + 1e-15 * d.normal()


def _shares(scale: float) -> Sampler:
    return lambda d: np.maximum(_share(d.normal(scale)), d.tiny)


def _dominant(d: Draw) -> Array:
    return d.normal() + d.one_hot() * d.each(_GAPS)


def _outlier(d: Draw) -> Array:
    """One entry that is larger than all others together by far."""
    return d.normal() + d.one_hot() * d.each((1e4, -1e8, 1e12))


def _dominant_share(d: Draw) -> Array:
    return np.maximum(_share(d.normal() + d.one_hot() * d.each((10.0, 20.0, 40.0, 80.0))), d.tiny)


def _near(d: Draw, array: Array) -> Array:
    """Off by a few ulps up to a hundredth."""
    size = d.each([1e-16, 1e-12, 1e-8, 1e-7, 1e-5, 1e-3, 1e-2])
    return np.asarray(array * (1 + size * d.normal()))


def _near_reference(d: Draw) -> Array:
    before = d.last("probabilities", "reference", "positive")
    return _near(d, _share(d.normal()) if before is None else before)


def _near_targets(d: Draw) -> Array:
    logits = d.last("logits")
    return _near(d, _share(d.normal() if logits is None else logits))


def _masked(d: Draw) -> Array:
    array = d.normal(10.0)
    array[(d.rng.random(d.shape) < 0.3) & ~d.one_hot()] = -np.inf
    return array


def _unmasked_targets(d: Draw) -> Array:
    logits = d.last("logits")
    weights = _share(d.normal())
    return weights if logits is None else np.where(np.isneginf(logits), 0, weights)


def _kept(shares: Array, kept: Array) -> Array:
    """Some of the shares, of sum 1 again, and 0 for the others."""
    found = np.where(kept, shares, 0)
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


def _some_zeros(d: Draw) -> Array:
    return _kept(_share(d.normal(3.0)), (d.rng.random(d.shape) < 0.6) | d.one_hot())


def _zeros_where_allowed(d: Draw) -> Array:
    weights = d.last("probabilities", "positive")
    own = _share(d.normal(3.0))
    if weights is None:
        return own
    return _kept(own, (weights != 0) | (d.rng.random(d.shape) < 0.5))


def _subnormal(d: Draw) -> Array:
    return np.asarray(d.tiny * d.uniform(-1, 1) * 10 ** d.uniform(-6, 1))


def _some_subnormal(d: Draw) -> Array:
    return np.where(d.rng.random(d.shape) < 0.5, _positive_subnormal(d), _share(d.normal()))


def _positive_subnormal(d: Draw) -> Array:
    return np.asarray(np.abs(_subnormal(d)) + d.tiny * np.finfo(d.dtype).eps)


def _some_subnormal_shares(d: Draw) -> Array:
    kept = (d.rng.random(d.shape) < 0.5) | d.one_hot()
    return np.where(kept, _kept(_share(d.normal()), kept), _positive_subnormal(d))


def _spread(d: Draw) -> Array:
    top = np.log10(float(np.finfo(d.dtype).max)) - 2
    return np.asarray(np.sign(d.normal()) * 10 ** d.uniform(-top, top))


def _huge(d: Draw) -> Array:
    return np.asarray(d.normal() * (float(np.finfo(d.dtype).max) / 1e3 / max(d.shape[-1], 1)))


def _zigzag(d: Draw) -> Array:
    found = np.sort(d.normal(10.0), axis=-1)
    if found.ndim > 1:
        found[..., 1::2] = found[..., 1::2][..., ::-1]
    return found


def _at_top(d: Draw) -> Array:
    """The place of the largest logit, for a class; a number between 0 and 1 where there are no logits."""
    vectors = [array for kind, array in d.before.values() if kind == "logits" and array.ndim == 2]
    return np.asarray(vectors[0].argmax(axis=-1) if vectors else d.uniform(0, 1))


def _at_most(d: Draw, array: Array) -> Array:
    return np.clip(array, 0, 1)


#: What each kind is drawn as where a regime says nothing.
_USUAL: dict[str, Sampler] = {
    "distribution": _distribution(1.0),
    "logits": lambda d: d.normal(),
    "probabilities": _shares(1.0),
    "reference": _shares(1.0),
    "positive": lambda d: np.exp(d.normal()),
    "targets": lambda d: _share(d.normal()),
    "vector": lambda d: d.normal(),
    "factor": lambda d: d.normal(),
    "direction": lambda d: d.normal(),
    "label": lambda d: d.uniform(0, 1),
    "scale": lambda d: np.exp(d.normal(0.5)),
}

#: Regime → kind → how it is drawn.
REGIMES: dict[str, dict[str, Sampler]] = {
    "N(0,1)": {},
    "N(0,10)": {
        **dict.fromkeys(("logits", "vector", "factor", "direction"), lambda d: d.normal(10.0)),
        **dict.fromkeys(("probabilities", "reference", "targets"), _shares(10.0)),
        "positive": lambda d: np.exp(d.normal(10.0)),
        "distribution": _distribution(10.0),
    },
    "±80": {
        **dict.fromkeys(("logits", "vector"), lambda d: d.uniform(-80, 80)),
        **dict.fromkeys(("probabilities", "reference"), _shares(40.0)),
    },
    "±1e2": {**dict.fromkeys(("logits", "vector", "factor", "direction"), lambda d: d.uniform(-1e2, 1e2))},
    "±1e4": {**dict.fromkeys(("logits", "vector", "factor", "direction"), lambda d: d.uniform(-1e4, 1e4))},
    "offset": {
        "logits": lambda d: d.normal() + d.each((1e2, -1e2, 1e4, -1e4, 1e6)),
        "vector": lambda d: d.normal() + d.each((1e2, -1e2, 1e4, -1e4, 1e6)),
        "probabilities": lambda d: _share(d.normal()) * d.each((1e-3, 0.5, 2.0, 1e3)),
        **dict.fromkeys(("factor", "direction"), lambda d: d.normal() + d.each((1e2, -1e4))),
        "targets": lambda d: _share(d.normal()) * d.each((0.5, 2.0, 1e3)),
    },
    "ties": {
        **dict.fromkeys(("logits", "vector"), lambda d: d.rng.integers(-1, 2, d.shape) * d.each((1.0, 30.0))),
        **dict.fromkeys(("probabilities", "targets"), lambda d: np.full(d.shape, 1 / d.shape[-1])),
    },
    "dominant": {
        **dict.fromkeys(("logits", "vector"), _dominant),
        **dict.fromkeys(("probabilities", "reference", "targets"), _dominant_share),
        "distribution": _distribution(5.0),
        "index": _at_top,
        "label": lambda d: d.rng.integers(0, 2, d.shape),
    },
    "one-hot": {
        # Orthogonal rows, and products that are 0 in part.
        **dict.fromkeys(("vector", "factor", "direction"), lambda d: d.one_hot() * d.each((1.0, -1.0, 30.0))),
        "distribution": lambda d: d.one_hot(),
        "logits": _dominant,
        "targets": lambda d: d.one_hot(),
        "label": lambda d: d.rng.integers(0, 2, d.shape),
    },
    "near-equal": {
        "logits": _near_logits,
        "vector": lambda d: d.each((1.0, -30.0)) * (1 + 1e-15 * d.normal()),
        **dict.fromkeys(("factor", "direction"), lambda d: d.each((1.0, -30.0)) * (1 + 1e-13 * d.normal())),
        "reference": _near_reference,
        "targets": _near_targets,
        "label": lambda d: _at_most(d, _near_targets(d)),
        "positive": _near_reference,
    },
    "subnormal": {
        **dict.fromkeys(("logits", "vector", "factor", "direction"), _subnormal),
        **dict.fromkeys(("probabilities", "reference"), _some_subnormal_shares),
        **dict.fromkeys(("positive", "targets"), _some_subnormal),
        "label": lambda d: np.abs(_subnormal(d)),
    },
    "small": {
        **dict.fromkeys(
            ("logits", "vector", "factor"), lambda d: d.normal() * d.each((1e-3, 1e-9, 1e-18, 1e-30))
        ),
    },
    "masked": {
        "logits": _masked,
        "targets": _unmasked_targets,
        "probabilities": _some_zeros,
        "reference": _zeros_where_allowed,
        "vector": lambda d: np.where(d.rng.random(d.shape) < 0.5, 0, d.normal()),
    },
    "descending": {
        **dict.fromkeys(("logits", "vector"), lambda d: -np.sort(-d.normal(10.0), axis=-1)),
    },
    "zigzag": {**dict.fromkeys(("logits", "vector"), _zigzag)},
    "huge": {"vector": _huge, "logits": lambda d: d.normal(1e6)},
    "spread": {"vector": _spread, "logits": lambda d: d.normal() * 10 ** d.uniform(-12, 3)},
    "outlier": {
        "logits": lambda d: d.normal() * d.each((0.0, 1.0)),
        **dict.fromkeys(("vector", "factor", "direction"), _outlier),
        "label": lambda d: d.rng.integers(0, 2, d.shape),
    },
}


def drawn(
    function: Function,
    kinds: Mapping[str, str],
    regime: str,
    *,
    rows: int,
    size: int,
    dtype: str,
    seed: Sequence[int],
) -> dict[str, Array]:
    """A batch of one regime: name → array of shape ``(rows, …axes)`` of the type.

    Raises
    ------
    ValueError
        For an unknown regime or kind.
    """
    if regime not in REGIMES:
        raise ValueError(f"{regime!r} is no regime: choose from {', '.join(REGIMES)}")
    rng = np.random.default_rng(list(seed))
    found: dict[str, tuple[str, Array]] = {}
    # Logits and the weights of a divergence first: others are drawn near them.
    order = sorted(function.arguments, key=lambda a: KINDS.index(_known(kinds[a.name])))
    for argument in order:
        kind = kinds[argument.name]
        lengths = tuple(
            size if isinstance(length, Dim) else _length(length, size) for length in argument.sizes
        )
        draw = Draw(rng, (rows,) if argument.kind is Kind.INDEX else (rows, *lengths), dtype, found)
        sampler = REGIMES[regime].get(kind, _USUAL.get(kind))
        if argument.kind is Kind.INDEX:
            found[argument.name] = kind, _class(draw, sampler, lengths[0])
            continue
        assert sampler is not None
        with np.errstate(all="ignore"):
            found[argument.name] = kind, np.broadcast_to(sampler(draw), draw.shape).astype(dtype)
    return {argument.name: found[argument.name][1] for argument in function.arguments}


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of argument: choose from {', '.join(KINDS)}")
    return kind


def _length(length: Expr, size: int) -> int:
    return int(length.subs(dict.fromkeys(length.free_symbols, size)))


def _class(draw: Draw, sampler: Sampler | None, count: int) -> Array:
    """Labels: mostly any class, at the top where the regime says so."""
    anywhere = draw.rng.integers(0, count, draw.shape)
    if sampler is None:
        return np.asarray(anywhere)
    found = sampler(draw)
    if found.dtype.kind == "f":
        return np.asarray(anywhere)
    return np.where(draw.rng.random(draw.shape) < 0.5, found % count, anywhere)
