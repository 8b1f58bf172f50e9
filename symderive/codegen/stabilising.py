"""From a folded term to one that floating point evaluates well: identities, each judged where it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import Eq, Expr, Heaviside, Integer, Piecewise, S

from symderive.codegen import scalar_forms, softmax_forms
from symderive.codegen.primitives import Select, generalised
from symderive.decide import Status, Verdict, judge
from symderive.derivation import Step
from symderive.derivation.recognising import recognise
from symderive.rules import Scope
from symderive.terms import (
    BINDERS,
    Hypothesis,
    Index,
    Operation,
    Vec,
    freshen,
    rebuild,
    substitute,
)
from symderive.terms.substitution import alpha_normal

__all__ = ["Level", "Stabilised", "stabilised"]

Form = Callable[[Expr, Scope], Expr | None]
_SECONDS = 2.0
_PASSES = 40

#: Operations that have a form of their own; every other one is unfolded.
_KEPT = ("softmax", "log_softmax", "logsumexp", "sigmoid", "softplus")


@dataclass(frozen=True)
class Level:
    """How far a term is rewritten.

    `stable`: complements, log1p and divergences; without it the shift by the maximum alone, as one writes by
    hand. `scaled`: roots of sums of squares by powers of two, where the working type has no exponents to
    spare.
    """

    stable: bool = True
    scaled: bool = False


@dataclass(frozen=True)
class Stabilised:
    """A term, and the judged steps that led to it."""

    term: Expr
    steps: tuple[Step, ...]


def _unfolded(term: Expr, scope: Scope) -> Expr | None:
    if isinstance(term, Operation) and term.name not in _KEPT:
        return freshen(term.unfold())
    if isinstance(term, Piecewise) and term.args[-1][1] == S.true:
        *cases, (last, _) = term.args
        for value, condition in reversed(cases):
            last = Select(condition, value, last)
        return last
    if isinstance(term, Heaviside):
        return Select(term.args[0] > 0, Integer(1), Select(Eq(term.args[0], 0), term.args[1], Integer(0)))
    return None


_FORMS: tuple[tuple[str, Form], ...] = (
    ("stable.unfold", _unfolded),
    ("stable.weighted_mean", softmax_forms.weighted_mean),
    ("stable.together", scalar_forms.together),
    ("stable.divergence", scalar_forms.divergence),
    ("stable.common_part", softmax_forms.shifted_product),
    ("stable.target", softmax_forms.cancelled_target),
    ("stable.delta", softmax_forms.cancelled_delta),
    ("stable.complement", softmax_forms.cancelled_complement),
    ("stable.opposite_sigmoid", scalar_forms.opposite_sigmoid),
    ("stable.label", scalar_forms.hard_label),
    ("stable.log_of_softmax", softmax_forms.logarithm_of_softmax),
    ("stable.less_logsumexp", softmax_forms.less_logsumexp),
    ("stable.masked", scalar_forms.masked),
    ("stable.largest", softmax_forms.split_largest),
    ("stable.logistic", scalar_forms.logistic),
    ("stable.log_cosh", scalar_forms.logarithm_of_cosh),
    ("stable.expm1", scalar_forms.exponential_less_one),
    ("stable.log1p", scalar_forms.logarithm_of_one_plus),
    ("stable.log_ratio", scalar_forms.logarithm_of_quotient),
    ("stable.vanishing", scalar_forms.vanishing),
)
_ROOT: tuple[tuple[str, Form], ...] = (("stable.one_root", scalar_forms.one_root),)
_SCALED: tuple[tuple[str, Form], ...] = (
    ("stable.scale", scalar_forms.scaled_root),
    *_ROOT,
    ("stable.scaled_quotient", scalar_forms.scaled_quotient),
)
_SIMPLE: tuple[tuple[str, Form], ...] = (
    ("stable.unfold", _unfolded),
    ("stable.weighted_mean", softmax_forms.weighted_mean),
    ("stable.opposite_sigmoid", scalar_forms.opposite_sigmoid),
    ("stable.log_of_softmax", softmax_forms.logarithm_of_softmax),
    ("stable.less_logsumexp", softmax_forms.less_logsumexp),
    ("stable.masked", scalar_forms.masked),
    ("stable.shift", softmax_forms.simple_softmax),
    ("stable.logistic", scalar_forms.logistic),
)


def stabilised(term: Expr, hypotheses: tuple[Hypothesis, ...] = (), level: Level | None = None) -> Stabilised:
    """A form of `term` that loses no digits where that can be had, equal to it over the reals.

    Parameters
    ----------
    term
        A term without definitions and derivatives; named operations may occur.
    hypotheses
        What may be used (Σ y = 1).
    level
        How far to go.

    Returns
    -------
    Stabilised
        The term, with primitives, and one `Step` a rule that was used; a step's verdict is the weakest of
        the places where the rule was used.

    Examples
    --------
    >>> from symderive.terms import Dim, Index, Vector, operation, vec
    >>> K = Dim("K"); x = Vector("x", K); i, j = Index("i", K), Index("j", K)
    >>> form = stabilised(operation("logsumexp", vec(x[j], j)))
    >>> [(step.rule, step.verdict.status.name) for step in form.steps]
    [('stable.largest', 'PROVED')]
    """
    level = level or Level()
    line, before = _first(term, tuple(hypotheses), level.stable)
    if not level.stable:
        return Stabilised(line, before)
    line, after = _rewritten(line, _SCALED if level.scaled else _ROOT, Scope(hypotheses=hypotheses))
    return Stabilised(line, (*before, *after))


@lru_cache(maxsize=256)
def _first(term: Expr, hypotheses: tuple[Hypothesis, ...], stable: bool) -> tuple[Expr, tuple[Step, ...]]:
    """What both types share; remembered, since fused functions share their terms, too."""
    scope = Scope(hypotheses=hypotheses)
    line, steps = freshen(term), list[Step]()
    for found in recognise(line, scope):
        verdict = _verdict(line, found.after, hypotheses)
        steps.append(
            Step(_shown(line), _shown(found.after), "definition.fold", about=found.about, verdict=verdict)
        )
        line = found.after
    line, after = _rewritten(line, _FORMS if stable else _SIMPLE, scope)
    return line, (*steps, *after)


def _rewritten(
    line: Expr, forms: tuple[tuple[str, Form], ...], scope: Scope
) -> tuple[Expr, tuple[Step, ...]]:
    """A line after every form has been taken wherever it fits."""
    steps: list[Step] = []
    for name, form in forms:
        for _ in range(_PASSES):
            after, verdicts = _everywhere(line, form, scope)
            if after == line:
                break
            steps.append(Step(_shown(line), _shown(after), name, verdict=_weakest(verdicts)))
            line = after
    return line, tuple(steps)


def _shown(term: Expr) -> Expr:
    (general,), _ = generalised(term)
    return general


def _weakest(verdicts: list[Verdict]) -> Verdict:
    order = (Status.REFUTED, Status.UNDECIDED, Status.SUPPORTED, Status.CITED, Status.PROVED)
    return min(verdicts, key=lambda verdict: order.index(verdict.status))


def _everywhere(term: Expr, form: Form, scope: Scope) -> tuple[Expr, list[Verdict]]:
    """The form taken at every place that it fits, outermost first; a place is rewritten only once it is
    proved, or at least supported, by the judge.
    """
    verdicts: list[Verdict] = []

    def change(node: Any, around: Scope) -> Any:
        if not node.args:
            return node
        found = form(node, around) if isinstance(node, Expr) and not isinstance(node, Vec) else None
        if found is not None and found != node:
            verdict = _judged(node, found, around)
            if verdict.status in (Status.PROVED, Status.SUPPORTED):
                verdicts.append(verdict)
                return found
        if isinstance(node, BINDERS):
            inner = around.under(node)
            return rebuild(node, lambda arg: change(arg, inner))
        return rebuild(node, lambda arg: change(arg, around))

    return change(term, scope), verdicts


def _judged(before: Expr, after: Expr, scope: Scope) -> Verdict:
    """The verdict on one place, for all values of the indices that are bound around it."""
    names: dict[Any, Any] = {}
    for number, (index, (lower, upper)) in enumerate(scope.ranges.items()):
        names[index] = Index(f"{index.name}{number}", substitute(upper, names), substitute(lower, names))
    return _verdict(substitute(before, names), substitute(after, names), scope.hypotheses)


def _verdict(before: Expr, after: Expr, hypotheses: tuple[Hypothesis, ...]) -> Verdict:
    (left, right), scales = generalised(before, after)
    return _remembered(alpha_normal(left), alpha_normal(right), (*hypotheses, *scales))


@lru_cache(maxsize=2048)
def _remembered(left: Expr, right: Expr, hypotheses: tuple[Hypothesis, ...]) -> Verdict:
    return judge(left, right, hypotheses, timeout=_SECONDS)
