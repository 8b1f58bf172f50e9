"""Named operations: one row each, with definition, partial derivatives and domain.

A row is all there is to an operation: the reader knows its LaTeX names, the judge unfolds its definition,
differentiation uses its partials (proved equal to the derivative of the definition by a test).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeGuard

from sympy import Abs, Expr, Integer, KroneckerDelta, Max, Symbol, erf, exp, log, pi, sqrt, sympify

from symderive.terms.claim import Hypothesis
from symderive.terms.nodes import IndexedMax, Iverson, Shown, Vec, sum_of
from symderive.terms.substitution import freshen, substitute
from symderive.terms.symbols import Index

__all__ = ["OPERATIONS", "Operation", "OperationRow", "is_operation", "operation", "partial_of"]

SCALAR, VECTOR, INDEX = "scalar", "vector", "index"


@dataclass(frozen=True)
class OperationRow:
    """One named operation.

    Parameters
    ----------
    name
        The field's standard name.
    latex
        How it is printed, and the names that the reader accepts (first one printed).
    signature
        The kind of each argument: ``scalar``, ``vector`` or ``index`` (an output component).
    definition
        The arguments to a term without the operation.
    domain
        Where it has a value, in words; the judge takes the conditions from the definition.
    partials
        For some slots, the partial derivative: the arguments, then the entry for a vector slot.
    facts
        Of a vector of results: what they satisfy whatever the arguments are, from the one at an index, and
        that index, which runs over a range that is not empty. They are proved by a test.
    """

    name: str
    latex: tuple[str, ...]
    signature: tuple[str, ...]
    definition: Callable[..., Expr]
    domain: str = "everywhere"
    partials: dict[int, Callable[..., Expr]] = field(default_factory=dict)
    facts: Callable[[Expr, Index], tuple[Hypothesis, ...]] | None = None


class Operation(Shown):
    """A named operation applied to scalars, vectors (`Vec`) and output indices."""

    is_commutative = True
    is_extended_real: ClassVar[bool] = True
    is_number = False

    def __new__(cls, name: Symbol, *arguments: Expr) -> Operation:
        return Expr.__new__(cls, name, *arguments)

    @property
    def name(self) -> str:
        """The operation's name."""
        return str(self.args[0])

    @property
    def row(self) -> OperationRow:
        """Its row in the table."""
        return OPERATIONS[self.name]

    @property
    def arguments(self) -> tuple[Expr, ...]:
        """Its arguments."""
        return self.args[1:]

    def unfold(self) -> Expr:
        """The term that it stands for; other named operations may occur in it."""
        return self.row.definition(*self.arguments)

    def has_partial(self, slot: int) -> bool:
        """Does the table give the partial derivative by this slot?"""
        return slot in self.row.partials


def operation(name: str, *arguments: Any) -> Operation:
    """A named operation, applied.

    Parameters
    ----------
    name
        A name of `OPERATIONS`.
    arguments
        As in its row's signature: terms for scalars and indices, `Vec` for vectors.

    Raises
    ------
    ValueError
        For an unknown name, or arguments that do not fit the signature.
    """
    row = OPERATIONS.get(name)
    if row is None:
        raise ValueError(f"{name!r} is no named operation; known: {', '.join(sorted(OPERATIONS))}")
    if len(arguments) != len(row.signature):
        raise ValueError(f"{name} takes {len(row.signature)} arguments ({', '.join(row.signature)})")
    terms = [sympify(argument) for argument in arguments]
    for term, kind in zip(terms, row.signature, strict=True):
        if (kind == VECTOR) != isinstance(term, Vec):
            raise ValueError(f"{name} takes ({', '.join(row.signature)}), but {term} is no {kind}")
    return Operation(Symbol(name), *terms)


def is_operation(term: Any, name: str) -> TypeGuard[Operation]:
    """Is a term the named operation of this name?"""
    return isinstance(term, Operation) and term.name == name


def partial_of(term: Operation, slot: int, at: tuple[Expr, ...]) -> Expr:
    """The partial derivative of an operation by one slot (by its entry `at` for a vector slot)."""
    return term.row.partials[slot](*term.arguments, *at)


def entry(vector: Expr, index: Expr) -> Expr:
    """The entry of a comprehension at `index`."""
    assert isinstance(vector, Vec)
    return substitute(vector.body, {vector.limits[0][0]: index})


def total(vector: Expr, body: Callable[..., Expr]) -> Expr:
    """``Σ_j body(v_j, j)`` over the range of a comprehension."""
    assert isinstance(vector, Vec)
    fresh = freshen(vector)
    limits = fresh.limits
    # Multi-axis comprehensions (a Frobenius norm) sum over every axis.
    return sum_of(body(fresh.body, limits[0][0]), *reversed(limits))


def size(vector: Expr) -> Expr:
    """The number of entries of a comprehension."""
    assert isinstance(vector, Vec)
    result: Expr = Integer(1)
    for _, lower, upper in vector.limits:
        result *= upper - lower + 1
    return result


def paired(p: Expr, q: Expr, body: Callable[..., Expr]) -> Expr:
    """``Σ_i body(p_i, q_i)``; `q`'s range is shifted onto `p`'s."""
    assert isinstance(p, Vec)
    assert isinstance(q, Vec)
    shift = q.limits[0][1] - p.limits[0][1]
    return total(p, lambda value, index: body(value, entry(q, index + shift)))


def _maximum(vector: Expr) -> Expr:
    fresh = freshen(vector)
    return IndexedMax(fresh.body, *fresh.limits)


def _softmax(v: Expr, i: Expr) -> Expr:
    return exp(entry(v, i)) / total(v, lambda value, _: exp(value))


def _is_distribution(value: Expr, index: Index) -> tuple[Hypothesis, ...]:
    everything = sum_of(value, (index, index.lower, index.upper))
    return Hypothesis(value, ">", Integer(0), (index,)), Hypothesis(everything, "=", Integer(1))


def _logsumexp(v: Expr) -> Expr:
    return log(total(v, lambda value, _: exp(value)))


def _sigmoid(t: Expr) -> Expr:
    return 1 / (1 + exp(-t))


def _mean(v: Expr) -> Expr:
    return total(v, lambda value, _: value) / size(v)


def _xlogy(x: Expr, y: Expr) -> Expr:
    return x * log(y)


def _norm2(v: Expr) -> Expr:
    return sqrt(total(v, lambda value, _: value**2))


def _variance(v: Expr) -> Expr:
    return total(v, lambda value, _: (value - _mean(v)) ** 2) / size(v)


def _dot(u: Expr, v: Expr) -> Expr:
    return paired(u, v, lambda a, b: a * b)


def _entropy(p: Expr) -> Expr:
    return -total(p, lambda value, _: value * log(value))


def _cross_entropy(p: Expr, q: Expr) -> Expr:
    return -paired(p, q, lambda a, b: a * log(b))


def _kl(p: Expr, q: Expr) -> Expr:
    return paired(p, q, lambda a, b: a * log(a / b))


def _gaussian(t: Expr) -> Expr:
    return exp(-(t**2) / 2) / sqrt(2 * pi)


def _normal_cdf(t: Expr) -> Expr:
    return (1 + erf(t / sqrt(2))) / 2


def _error_slope(t: Expr) -> Expr:
    return 2 * exp(-(t**2)) / sqrt(pi)


def _softmax_partial(v: Expr, i: Expr, k: Expr) -> Expr:
    name = Symbol("softmax")
    return Operation(name, v, i) * (KroneckerDelta(i, k) - Operation(name, v, k))


def _op(name: str, *arguments: Expr) -> Operation:
    return Operation(Symbol(name), *arguments)


_ROWS = (
    OperationRow(
        "softmax",
        ("softmax",),
        (VECTOR, INDEX),
        _softmax,
        partials={0: _softmax_partial},
        facts=_is_distribution,
    ),
    OperationRow(
        "log_softmax",
        ("log softmax", "logsoftmax", "log-softmax"),
        (VECTOR, INDEX),
        lambda v, i: entry(v, i) - _op("logsumexp", v),
        partials={0: lambda v, i, k: KroneckerDelta(i, k) - _op("softmax", v, k)},
    ),
    OperationRow(
        "logsumexp",
        ("logsumexp", "LSE", "lse", "LogSumExp"),
        (VECTOR,),
        _logsumexp,
        partials={0: lambda v, k: _op("softmax", v, k)},
    ),
    OperationRow(
        "sigmoid",
        ("sigmoid", "sigm", "expit"),
        (SCALAR,),
        _sigmoid,
        partials={0: lambda t: _op("sigmoid", t) * (1 - _op("sigmoid", t))},
    ),
    OperationRow(
        "softplus",
        ("softplus",),
        (SCALAR,),
        lambda t: log(1 + exp(t)),
        partials={0: lambda t: _op("sigmoid", t)},
    ),
    OperationRow(
        "logit",
        ("logit",),
        (SCALAR,),
        lambda t: log(t / (1 - t)),
        "0 < t < 1",
        {0: lambda t: 1 / (t * (1 - t))},
    ),
    OperationRow(
        "relu", ("ReLU", "relu"), (SCALAR,), lambda t: Max(t, 0), "kink at 0", {0: lambda t: Iverson(t > 0)}
    ),
    OperationRow("silu", ("SiLU", "silu", "swish"), (SCALAR,), lambda t: t * _op("sigmoid", t)),
    OperationRow(
        "xlogy",
        ("xlogy",),
        (SCALAR, SCALAR),
        _xlogy,
        "y > 0 (0 where x = 0, by continuity)",
        {0: lambda x, y: log(y), 1: lambda x, y: x / y},
    ),
    OperationRow("entropy", ("H", "entropy", "Entropy"), (VECTOR,), _entropy, "p > 0"),
    OperationRow("cross_entropy", ("CE", "crossentropy"), (VECTOR, VECTOR), _cross_entropy, "q > 0"),
    OperationRow("kl_divergence", ("KL", "D_KL"), (VECTOR, VECTOR), _kl, "p > 0, q > 0"),
    OperationRow(
        "binary_cross_entropy",
        ("BCE",),
        (SCALAR, SCALAR),
        lambda t, p: -t * log(p) - (1 - t) * log(1 - p),
        "0 < p < 1",
    ),
    OperationRow("mean", ("mean", "avg"), (VECTOR,), _mean, partials={0: lambda v, k: 1 / size(v)}),
    OperationRow("variance", ("Var", "var"), (VECTOR,), _variance),
    OperationRow("rms", ("RMS", "rms"), (VECTOR,), lambda v: sqrt(total(v, lambda t, _: t**2) / size(v))),
    OperationRow("norm1", ("norm1",), (VECTOR,), lambda v: total(v, lambda t, _: Abs(t))),
    OperationRow("norm2", ("norm2",), (VECTOR,), _norm2, "gradient undefined at 0"),
    OperationRow("norm_inf", ("norminf",), (VECTOR,), lambda v: IndexedMax(*_abs_args(v))),
    OperationRow("maximum", ("max",), (VECTOR,), _maximum),
    OperationRow("dot", ("dot",), (VECTOR, VECTOR), _dot),
    OperationRow(
        "cosine_similarity",
        ("cossim",),
        (VECTOR, VECTOR),
        lambda u, v: _dot(u, v) / (_norm2(u) * _norm2(v)),
        "u ≠ 0, v ≠ 0",
    ),
    OperationRow(
        "manhattan", ("manhattan",), (VECTOR, VECTOR), lambda u, v: paired(u, v, lambda a, b: Abs(a - b))
    ),
    OperationRow("normal_pdf", ("normalpdf",), (SCALAR,), _gaussian),
    OperationRow(
        "normal_cdf", ("normalcdf",), (SCALAR,), _normal_cdf, partials={0: lambda t: _op("normal_pdf", t)}
    ),
    OperationRow("erf", ("erf",), (SCALAR,), erf, partials={0: _error_slope}),
    OperationRow(
        "erfc", ("erfc",), (SCALAR,), lambda t: 1 - erf(t), partials={0: lambda t: -_error_slope(t)}
    ),
    OperationRow("gelu", ("GELU", "gelu"), (SCALAR,), lambda t: t * _op("normal_cdf", t)),
)


def _abs_args(vector: Expr) -> tuple[Any, ...]:
    fresh = freshen(vector)
    return (Abs(fresh.body), *fresh.limits)


#: The table of named operations.
OPERATIONS: dict[str, OperationRow] = {row.name: row for row in _ROWS}
