"""Inputs on which a function of floats is tried: by the kind and domain of each variable, never by its name.

A regime is one way to draw every variable: ordinary scales, extreme ones, ties, one dominant entry, variables
near each other, subnormals, masks, orders. The same seed gives the same points on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Indexed, Symbol, exp

from symderive.terms import Definition, Dim, Hypothesis, free_names, unfold, walk

__all__ = ["FULL", "QUICK", "REGIMES", "Points", "Regime", "Variable", "variables_of"]

Generator = np.random.Generator
Points = dict[str, NDArray[Any]]

#: Sizes of a dimension: all of them, and those of a test that runs every time.
FULL = (1, 2, 3, 10, 1000, 50_257)
QUICK = (1, 2, 3, 10, 100)

REAL, LOGITS, POSITIVE = "real", "logits", "positive"
SIMPLEX, TARGET, UNIT, LABEL, INDEX = "simplex", "target", "unit", "label", "index"


@dataclass(frozen=True)
class Variable:
    """One input: its name, the dimension of each axis, and the domain that its values are drawn from.

    `domain` is ``real``; ``logits`` (reals that are exponentiated, may be −inf); ``positive``;
    ``simplex`` (positive, of sum 1); ``target`` (not negative, of sum 1, so zeros occur);
    ``unit`` (0 ≤ t ≤ 1); ``label`` (0 or 1); ``index``.
    """

    name: str
    axes: tuple[Expr, ...] = ()
    domain: str = REAL
    bound: Expr | None = None

    def shape(self, sizes: Mapping[Any, int]) -> tuple[int, ...]:
        """The shape for given sizes of the dimensions."""
        return tuple(int(axis.xreplace(dict(sizes))) for axis in self.axes)


def variables_of(
    term: Expr,
    indices: Sequence[Symbol] = (),
    hypotheses: Iterable[Hypothesis] = (),
    definitions: Iterable[Definition] = (),
) -> tuple[Variable, ...]:
    """The inputs of a term, each with the widest domain that the hypotheses and the term allow.

    Parameters
    ----------
    term
        Any term.
    indices
        The free indices that are axes of the result; any other free index is an index input.
    hypotheses
        ``p_i > 0``, ``y_i ≥ 0``, ``Σ p_i = 1``, ``0 ≤ y ≤ 1`` narrow a domain.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, indexed_sum
    >>> from sympy import log
    >>> K = Dim("K"); x = Vector("x", K); j, t = Index("j", K), Index("t", K)
    >>> for variable in variables_of(log(indexed_sum(exp(x[j]), j)) - x[t]):
    ...     print(variable.name, variable.axes, variable.domain)
    t () index
    x (K,) logits
    """
    term = unfold(term, tuple(definitions))
    families: dict[str, tuple[Any, ...]] = {}
    raised: set[str] = set()
    for node in walk(term):
        if isinstance(node, Indexed):
            families.setdefault(str(node.base), getattr(node.base, "ranges", ()))
        elif isinstance(node, exp):
            raised |= {name.name for name in free_names(node.args[0])}
    facts = list(hypotheses)
    result = []
    for name in sorted(free_names(term), key=lambda symbol: symbol.name):
        if name in indices or isinstance(name, Dim):
            continue
        if name.name in families:
            axes = tuple(upper - lower + 1 for lower, upper in families[name.name])
            result.append(Variable(name.name, axes, _domain(name.name, raised, facts)))
        elif name.is_integer:
            result.append(Variable(name.name, (), INDEX, getattr(name, "upper", None)))
        else:
            result.append(Variable(name.name, (), _domain(name.name, raised, facts)))
    return tuple(result)


def _domain(name: str, raised: set[str], facts: list[Hypothesis]) -> str:
    positive = nonnegative = summed = below = False
    for fact in facts:
        names = {symbol.name for symbol in free_names(fact.lhs) | free_names(fact.rhs)}
        if name not in names:
            continue
        left, right = fact.lhs, fact.rhs
        relation = fact.relation
        if relation in ("<", "<=") and name in {s.name for s in free_names(right)}:
            left, right, relation = right, left, {"<": ">", "<=": ">="}[relation]
        if relation in (">", ">=") and right == 0:
            positive, nonnegative = positive or relation == ">", True
        elif relation in ("<", "<=") and right == 1:
            below = True
        elif relation == "=" and (left == 1 or right == 1) and not left.is_Symbol:
            summed = True
    if summed:
        return SIMPLEX if positive else TARGET
    if below and nonnegative:
        return UNIT
    if positive or nonnegative:
        return POSITIVE
    return LOGITS if name in raised else REAL


@dataclass(frozen=True)
class Regime:
    """A way to draw every variable of a function.

    `logits(rng, shape, tiny)` draws reals; the other domains are derived from it (`exp` of them, softmax of
    them). `relate` may then tie variables to each other.
    """

    name: str
    logits: Callable[[Generator, tuple[int, ...], str], NDArray[np.float64]]
    relate: Callable[[Generator, Points, Sequence[Variable], str], None] | None = None
    masked: bool = False

    def draw(
        self,
        variables: Sequence[Variable],
        sizes: Mapping[Any, int],
        points: int,
        dtype: str = "float64",
        seed: int = 0,
    ) -> Points:
        """`points` points, the first axis of every array; floats of `dtype`, indices counted from 0."""
        rng = np.random.default_rng([seed, crc32(self.name.encode()), *sorted(sizes.values())])
        values: Points = {}
        for variable in variables:
            shape = (points, *variable.shape(sizes))
            if variable.domain == INDEX:
                bound = sizes.get(variable.bound, 2)
                values[variable.name] = rng.integers(0, bound, size=shape)
            else:
                values[variable.name] = _DRAWS[variable.domain](self.logits(rng, shape, dtype), rng)
        if self.relate is not None:
            self.relate(rng, values, variables, dtype)
        for variable in variables:
            array = values[variable.name]
            if self.masked and variable.domain == LOGITS and array.ndim > 1 and array.shape[-1] > 1:
                hidden = rng.random(array.shape) < rng.choice([0.2, 0.8])
                hidden[..., rng.integers(array.shape[-1])] = False
                values[variable.name] = np.where(hidden, -np.inf, array)
        return {name: _rounded(array, dtype) for name, array in values.items()}


def _rounded(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    if array.dtype.kind in "iu":
        return array
    with np.errstate(over="ignore", under="ignore"):
        result = array.astype(dtype)
    largest = np.finfo(dtype).max
    return np.where(np.isinf(result) & np.isfinite(array), np.sign(array) * largest, result).astype(dtype)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    if logits.ndim == 1:
        return 1 / (1 + np.exp(-np.clip(logits, -700, 700)))
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def _simplex(logits: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    return np.maximum(_softmax(logits), 1.2e-38)


def _target(logits: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    """Soft targets, some with exact zeros, some one-hot."""
    weights = _softmax(logits)
    kind = rng.integers(3, size=weights.shape[:1])
    if weights.ndim > 1:
        some = weights * (rng.random(weights.shape) < 0.5)
        total = some.sum(axis=-1, keepdims=True)
        some = np.where(total > 0, some / np.where(total > 0, total, 1), weights)
        hot = (weights == weights.max(axis=-1, keepdims=True)).astype(float)
        hot /= hot.sum(axis=-1, keepdims=True)
        spread = (slice(None), *([None] * (weights.ndim - 1)))
        return np.where(kind[spread] == 0, weights, np.where(kind[spread] == 1, some, hot))
    return np.where(kind == 0, weights, np.where(kind == 1, np.round(weights), 1 - weights))


def _unit(logits: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        soft = 1 / (1 + np.exp(-logits))
    return np.where(rng.random(soft.shape) < 0.5, np.round(soft), soft)


def _positive(logits: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    return np.exp(np.clip(logits, -80, 80))


_DRAWS: dict[str, Callable[[NDArray[np.float64], Generator], NDArray[np.float64]]] = {
    REAL: lambda values, rng: values,
    LOGITS: lambda values, rng: values,
    POSITIVE: _positive,
    SIMPLEX: _simplex,
    TARGET: _target,
    UNIT: _unit,
    LABEL: lambda values, rng: (values > 0).astype(float),
}


def _normal(scale: float) -> Callable[[Generator, tuple[int, ...], str], NDArray[np.float64]]:
    return lambda rng, shape, dtype: rng.normal(scale=scale, size=shape)


def _extremes(scale: float) -> Callable[[Generator, tuple[int, ...], str], NDArray[np.float64]]:
    """Values out to ±scale, most of them at the ends."""
    return lambda rng, shape, dtype: (
        scale * np.sign(rng.normal(size=shape)) * (1 - rng.random(shape) ** 3 / 2)
    )


def _offset(rng: Generator, shape: tuple[int, ...], dtype: str) -> NDArray[np.float64]:
    return rng.normal(size=shape) + rng.uniform(-1e4, 1e4, size=shape[:1]).reshape(
        -1, *[1] * (len(shape) - 1)
    )


def _ties(rng: Generator, shape: tuple[int, ...], dtype: str) -> NDArray[np.float64]:
    return rng.choice([0.0, 1.5, 1.5, -2.25], size=shape) * rng.choice(
        [0.0, 1.0, 30.0], size=shape[:1]
    ).reshape(-1, *[1] * (len(shape) - 1))


def _dominant(rng: Generator, shape: tuple[int, ...], dtype: str) -> NDArray[np.float64]:
    values = rng.normal(size=shape)
    gaps = rng.choice([5.0, 10.0, 16.7, 18.0, 36.8, 40.0, 87.0, 100.0, 700.0, 1000.0], size=shape[:1])
    if len(shape) == 1:
        return values + gaps * rng.choice([-1.0, 1.0], size=shape)
    place = rng.integers(shape[-1], size=shape[0])
    values[np.arange(shape[0]), ..., place] += gaps.reshape(-1, *[1] * (len(shape) - 2))
    return values


def _subnormal(rng: Generator, shape: tuple[int, ...], dtype: str) -> NDArray[np.float64]:
    """Subnormal values, and values whose exponential is subnormal beside one that is 1."""
    deepest = {"float32": (1e-45, 87.0, 104.0)}.get(dtype, (5e-324, 708.0, 746.0))
    small = deepest[0] * rng.integers(-1000, 1000, size=shape).astype(float)
    down = -rng.uniform(deepest[1], deepest[2], size=shape)
    if len(shape) > 1:
        down[..., 0] = 0.0
    rows = (rng.random(shape[:1]) < 0.5).reshape(-1, *[1] * (len(shape) - 1))
    return np.where(rows, small, down)


def _tiny_and_huge(rng: Generator, shape: tuple[int, ...], dtype: str) -> NDArray[np.float64]:
    """Magnitudes whose squares overflow or underflow."""
    reach = {"float32": 37.0}.get(dtype, 300.0)
    rows = rng.choice([-1.0, -0.9, 0.9, 1.0], size=shape[:1]).reshape(-1, *[1] * (len(shape) - 1))
    return rng.normal(size=shape) * 10.0 ** (rows * reach)


def _sorted(rng: Generator, shape: tuple[int, ...], dtype: str) -> NDArray[np.float64]:
    """Rising, falling and shuffled rows of the same values; the maximum last, first, anywhere."""
    values = np.sort(rng.normal(scale=20, size=shape), axis=-1)
    if len(shape) > 1:
        for n in range(shape[0]):
            values[n] = (values[n], values[n][..., ::-1], rng.permuted(values[n], axis=-1))[n % 3]
    return values


def _near(rng: Generator, values: Points, variables: Sequence[Variable], dtype: str) -> None:
    """Variables of one shape drawn near each other, distributions near the softmax of logits."""
    apart = 10.0 ** -rng.integers(1, 17, size=len(next(iter(values.values())))).astype(float)
    floats = [variable for variable in variables if variable.domain != INDEX]
    for n, variable in enumerate(floats):
        for other in floats[:n]:
            if other.axes != variable.axes:
                continue
            base = values[other.name]
            spread = apart.reshape(-1, *[1] * (base.ndim - 1))
            noise = 1 + spread * rng.normal(size=base.shape)
            weights = (SIMPLEX, TARGET, UNIT)
            if other.domain == variable.domain or (other.domain in weights and variable.domain in weights):
                values[variable.name] = base * noise
            elif other.domain == LOGITS and variable.domain in weights:
                values[variable.name] = _softmax(base) * noise
            elif variable.domain == LOGITS and other.domain in weights:
                values[other.name] = _softmax(values[variable.name]) * noise
            if variable.domain == UNIT:
                values[variable.name] = np.clip(values[variable.name], 0, 1)
            break


#: Every regime, in the order of a report.
REGIMES: tuple[Regime, ...] = (
    Regime("normal scale 1", _normal(1.0)),
    Regime("normal scale 10", _normal(10.0)),
    Regime("±80", _extremes(80.0)),
    Regime("±1e2", _extremes(1e2)),
    Regime("±1e4", _extremes(1e4)),
    Regime("offset", _offset),
    Regime("ties", _ties),
    Regime("one dominant", _dominant),
    Regime("near equal", _normal(3.0), relate=_near),
    Regime("subnormal", _subnormal),
    Regime("tiny and huge", _tiny_and_huge),
    Regime("masked", _normal(5.0), masked=True),
    Regime("sorted and shuffled", _sorted),
)
