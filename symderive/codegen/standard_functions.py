"""The functions whose accuracy is promised: a row each, with the term, its inputs and what is promised.

The first set is well conditioned: every value is promised to some ulps. In the second, values cancel, so
that the last places of the inputs decide the result; there the error is measured in ulps of the largest entry
of the result (``normwise``) or of what the formula's additions put together (``conditioned``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Abs, Expr, Indexed, Symbol, exp, log, sqrt

from symderive.codegen.regimes import INDEX, LABEL, LOGITS, REAL, SIMPLEX, TARGET, UNIT, Variable
from symderive.terms import (
    Dim,
    Index,
    Tensor,
    Vector,
    differentiate,
    indexed_sum,
    operation,
    scalar,
    unfold,
    vec,
)

__all__ = ["STANDARD_FUNCTIONS", "StandardFunction", "standard_function"]

ULPS, NORMWISE, CONDITIONED = "ulps", "normwise", "conditioned"


@dataclass(frozen=True)
class StandardFunction:
    """One function: its term, the axes of its result, its inputs in order, and the measure of its promise.

    `left_out` names regimes in which the function is another one's business (KL near p = q), or in which it
    has no value (a division by a norm that is 0).
    """

    name: str
    term: Expr
    indices: tuple[Symbol, ...]
    variables: tuple[Variable, ...]
    promise: str = ULPS
    left_out: tuple[str, ...] = ()

    @property
    def well_conditioned(self) -> bool:
        """Is every single value promised?"""
        return self.promise == ULPS


def _rows() -> tuple[StandardFunction, ...]:
    K = Dim("K")
    i, j, k, t = Index("i", K), Index("j", K), Index("k", K), Index("t", K)
    g, p, q, v, x, y = (Vector(name, K) for name in "gpqvxy")
    s, label, rate, beta = (scalar(name) for name in ("s", "label", "rate", "beta"))

    def var(family: Tensor | Symbol, domain: str) -> Variable:
        axes = (K,) if isinstance(family, Tensor) else ()
        return Variable(family.name, axes, domain)

    logits, soft = var(x, LOGITS), var(y, TARGET)
    target = Variable("t", (), INDEX, K)
    number, unit = var(s, LOGITS), var(label, UNIT)
    likely, other = var(p, SIMPLEX), var(q, SIMPLEX)
    total = indexed_sum(exp(x[j]), j)
    softmax = operation("softmax", vec(x[j], j), i)
    entropy = log(total) - x[t]
    soft_entropy = -indexed_sum(y[k] * operation("log_softmax", vec(x[j], j), k), k)
    sigmoid = 1 / (1 + exp(-s))
    bce = log(1 + exp(s)) - label * s
    rms = sqrt(indexed_sum(x[j] ** 2, j) / K)
    divergence = indexed_sum(p[j] * log(p[j] / q[j]), j)

    def by(term: Expr, variable: Indexed) -> Expr:
        return differentiate(unfold(term), variable)

    def row(name: str, term: Expr, indices: tuple[Symbol, ...], *variables: Variable, **more: Any) -> Any:
        return StandardFunction(name, term, indices, variables, **more)

    real = var(x, REAL)
    return (
        row("softmax", softmax, (i,), logits),
        row("log_softmax", operation("log_softmax", vec(x[j], j), i), (i,), logits),
        row("cross_entropy", entropy, (), logits, target),
        row("cross_entropy_gradient", by(entropy, x[i]), (i,), logits, target),
        row("soft_cross_entropy", soft_entropy, (), logits, soft),
        row("sigmoid", sigmoid, (), number),
        row("softplus", log(1 + exp(s)), (), number),
        row("bce_with_logits", bce, (), number, unit),
        row("bce_hard_gradient", differentiate(bce, s), (), number, var(label, LABEL)),
        row("rms", rms, (), real),
        row("rms_gradient", by(rms, x[i]), (i,), real),
        row("rms_norm", g[i] * x[i] / rms, (i,), real, var(g, REAL)),
        row("manhattan", indexed_sum(Abs(x[j] - y[j]), j), (), real, var(y, REAL)),
        row("kl_divergence", divergence, (), likely, other, left_out=("near equal",)),
        row("soft_cross_entropy_gradient", by(soft_entropy, x[i]), (i,), logits, soft, promise=CONDITIONED),
        row("bce_soft_gradient", sigmoid - label, (), number, unit, promise=CONDITIONED),
        row("kl_near", divergence, (), likely, other, promise=CONDITIONED),
        row("kl_gradient_by_logits", softmax - p[i], (i,), logits, likely, promise=CONDITIONED),
        row(
            "softmax_vjp",
            indexed_sum(v[k] * by(operation("softmax", vec(x[j], j), k), x[i]), k),
            (i,),
            logits,
            var(v, REAL),
            promise=CONDITIONED,
        ),
        row(
            "rms_norm_backward",
            indexed_sum(v[k] * by(g[k] * x[k] / rms, x[i]), k),
            (i,),
            real,
            var(g, REAL),
            var(v, REAL),
            promise=CONDITIONED,
        ),
        row("logsumexp", log(total), (), logits, promise=CONDITIONED),
        row(
            "gradient_step",
            x[i] - rate * v[i],
            (i,),
            real,
            var(v, REAL),
            var(rate, REAL),
            promise=CONDITIONED,
        ),
        row(
            "momentum",
            beta * v[i] + (1 - beta) * x[i],
            (i,),
            real,
            var(v, REAL),
            var(beta, UNIT),
            promise=CONDITIONED,
        ),
    )


#: Every row, the well-conditioned set first.
STANDARD_FUNCTIONS: tuple[StandardFunction, ...] = _rows()


def standard_function(name: str) -> StandardFunction:
    """The row of a name.

    Examples
    --------
    >>> standard_function("rms").variables[0].domain
    'real'
    """
    for row in STANDARD_FUNCTIONS:
        if row.name == name:
            return row
    raise KeyError(f"{name!r} is none of {', '.join(row.name for row in STANDARD_FUNCTIONS)}")
